//! The programs that the tests need, and the Debian packages that bring them.

use crate::run::{Outcome, capture, find, program, run};
use std::process::Stdio;

/// Programs and the packages they come from. Ninja is no more than a quicker make.
const PROGRAMS: [(&str, &str); 17] = [
    ("cc", "gcc"),
    ("c++", "g++"),
    ("cmake", "cmake"),
    ("ctest", "cmake"),
    ("make", "make"),
    ("pkg-config", "pkg-config"),
    ("ld", "binutils"),
    ("objcopy", "binutils"),
    ("readelf", "binutils"),
    ("python3", "python3"),
    ("kinit", "krb5-user"),
    ("php", "php-cli"),
    ("isql", "unixodbc"),
    ("chromium", "chromium"),
    ("abidw", "abigail-tools"),
    ("abidiff", "abigail-tools"),
    ("valgrind", "valgrind"),
];
/// What is no program in PATH: shell commands that fail where it is not there.
const OTHERS: [(&str, &[&str]); 13] = [
    ("python3 -c 'import venv, ensurepip'", &["python3-venv"]),
    ("PATH=$PATH:/usr/sbin; command -v nginx", &["nginx-light"]),
    ("php -r 'new DOMDocument;'", &["php-xml"]),
    // With php-cgi before it, and nginx, apt does not take Apache for it.
    ("test -d /usr/share/simplesamlphp/www", &["php-cgi", "simplesamlphp"]),
    ("ls /usr/lib/postgresql/*/bin/initdb || command -v initdb", &["postgresql"]),
    ("odbcinst -q -d -n 'PostgreSQL Unicode'", &["odbc-postgresql"]),
    ("PATH=$PATH:/usr/sbin; command -v krb5kdc", &["krb5-kdc"]),
    ("PATH=$PATH:/usr/sbin; command -v kadmin.local", &["krb5-admin-server"]),
    // Version 2 of the AWS CLI: what comes earlier in PATH may be version 1, which has no `sso login`.
    ("/usr/bin/aws --version | grep -q ^aws-cli/2", &["awscli"]),
    // The other GSSAPI library, beside the one that comes with kinit.
    ("/sbin/ldconfig -p | grep -q libgssapi.so.3", &["libgssapi3-heimdal"]),
    // What hosts have around them: a driver manager, other speakers of TLS, a locale that is not C.
    ("pkg-config --exists odbc", &["unixodbc-dev"]),
    ("test -e /usr/share/i18n/locales/de_DE", &["locales"]),
    ("pkg-config --exists openssl libcurl libpq", &["libssl-dev", "libcurl4-openssl-dev", "libpq-dev"]),
];

/// Installs its arguments. The tests start their own servers: those of the packages stay off (invoke-rc.d(8)).
const INSTALL: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
"#;

/// Sees to it that everything is there: installs what is missing where we are root on Debian, else names it.
pub fn provide() -> Outcome {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let root = capture(program("id").arg("-u")).is_ok_and(|user| user.trim() == "0");
    if !root || find("apt-get").is_none() {
        return Err(format!("missing programs or libraries; on Debian: apt-get install {names}"));
    }
    println!("installing {names}");
    run(program("sh").args(["-euc", INSTALL, "sh"]).args(&missing))
}

/// The packages that are missing, each once.
fn missing() -> Vec<&'static str> {
    let programs = PROGRAMS.iter().filter(|(name, _)| find(name).is_none()).map(|(_, package)| *package);
    let others = OTHERS.iter().filter(|(command, _)| !succeeds(command)).flat_map(|(_, packages)| *packages).copied();
    let mut missing: Vec<&str> = Vec::new();
    for package in programs.chain(others) {
        if !missing.contains(&package) {
            missing.push(package);
        }
    }
    missing
}

fn succeeds(command: &str) -> bool {
    let mut shell = program("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_succeeds_or_not() {
        assert!(succeeds("true"));
        assert!(!succeeds("false"));
        assert!(!succeeds("rs-auth-no-such-program"));
    }
}
