//! MIT's key distribution centre on loopback, with a user and a web server.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const REALM: &str = "RS-AUTH.TEST";
const PASSWORD: &str = "correct horse";
/// The web server that the realm knows: `HTTP/localhost`.
pub const HOST: &str = "localhost";
/// A web server that it does not know.
pub const STRANGER: &str = "elsewhere.test";
/// The user, as a server sees him.
pub const USER: &str = "alice@RS-AUTH.TEST";
/// A port may be taken by somebody else between its choice and its use.
const ATTEMPTS: usize = 5;

/// A running realm; dropping it ends it and deletes its files.
pub struct Realm {
    directory: TempDir,
    clock_skew: Duration,
    kdc: Option<Child>,
}

impl Realm {
    /// Starts one. Nobody has a ticket yet.
    ///
    /// # Panics
    /// If the programs are missing, or nothing comes of it.
    pub fn start() -> Self {
        Self::with_clock_skew(Duration::from_mins(5))
    }

    /// One that forgives clocks no more than that: a ticket is good for so long after its end. The usual five minutes are
    /// long for a test that waits for it.
    pub fn with_clock_skew(clock_skew: Duration) -> Self {
        let mut realm = Self { directory: TempDir::new().unwrap(), clock_skew, kdc: None };
        for attempt in 0..ATTEMPTS {
            realm.configure(free_port());
            if attempt == 0 {
                realm.fill();
            }
            realm.kdc = realm.serve();
            if realm.kdc.is_some() {
                return realm;
            }
        }
        panic!("krb5kdc does not start");
    }

    /// `KRB5_CONFIG` and `KRB5CCNAME` of the user.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("KRB5_CONFIG", self.path("krb5.conf").display().to_string()),
            ("KRB5CCNAME", format!("FILE:{}", self.path("tickets").display())),
        ]
    }

    /// The keys of the web server.
    pub fn keytab(&self) -> PathBuf {
        self.path("http.keytab")
    }

    /// Gets the user a ticket that holds as long as `kinit -l` says, and could be handed on to act as him.
    pub fn sign_in(&self, lifetime: &str) {
        feed(self.program("kinit").args(["-f", "-l", lifetime, "alice"]), &format!("{PASSWORD}\n"));
    }

    /// Gets the user a ticket and waits until nobody takes it any more.
    pub fn sign_in_and_wait_until_it_is_over(&self) {
        self.sign_in("1s");
        while self.program("klist").arg("-s").status().unwrap().success() {
            std::thread::sleep(Duration::from_millis(50));
        }
        // Whole seconds count.
        std::thread::sleep(self.clock_skew + Duration::from_secs(1));
    }

    /// Has the user's requests go to that port of loopback from now on.
    pub fn move_kdc_to(&self, port: u16) {
        self.configure(port);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn configure(&self, port: u16) {
        let skew = self.clock_skew.as_secs();
        // No name is looked up: neither the centre's nor, to make it canonical, the server's.
        let user = format!(
            "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n \
             dns_canonicalize_hostname = false\n rdns = false\n clockskew = {skew}\n\
             [realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n[domain_realm]\n {HOST} = {REALM}\n {STRANGER} = {REALM}\n"
        );
        let here = self.directory.path().display();
        let centre = format!(
            "[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n\
             [realms]\n {REALM} = {{\n  database_name = {here}/principal\n  key_stash_file = {here}/stash\n \
             acl_file = {here}/acl\n }}\n[logging]\n kdc = STDERR\n"
        );
        std::fs::write(self.path("krb5.conf"), user).unwrap();
        std::fs::write(self.path("kdc.conf"), centre).unwrap();
    }

    /// The database with its two principals.
    fn fill(&self) {
        feed(self.program("kdb5_util").args(["-r", REALM, "create", "-s", "-P", "master"]), "");
        let keytab = self.keytab();
        let orders = format!(
            "addprinc -pw \"{PASSWORD}\" alice\naddprinc -randkey HTTP/{HOST}\nktadd -k {} HTTP/{HOST}\n",
            keytab.display()
        );
        feed(self.program("kadmin.local").args(["-r", REALM]), &orders);
        assert!(keytab.exists(), "kadmin.local has written no keys");
    }

    /// The centre, once it says that it is ready; none if it ends before.
    fn serve(&self) -> Option<Child> {
        let mut child = self.program("krb5kdc").arg("-n").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        if !lines.any(|line| line.contains("commencing operation")) {
            child.wait().unwrap();
            return None;
        }
        // It logs on, and must not be held up or ended by a pipe that nobody reads.
        std::thread::spawn(move || lines.for_each(drop));
        Some(child)
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(find(name));
        command.envs(self.environment()).env("KRB5_KDC_PROFILE", self.path("kdc.conf")).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        if let Some(kdc) = &mut self.kdc {
            let _ = kdc.kill();
            let _ = kdc.wait();
        }
    }
}

/// Runs a program to its good end, with that on its standard input.
fn feed(command: &mut Command, input: &str) {
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {} {said}", output.status);
}

/// Debian keeps the servers where the search path of a user does not lead.
fn find(name: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/usr/bin"]);
    folders.map(|folder| Path::new(folder).join(name)).find(|file| file.is_file()).unwrap_or_else(|| {
        panic!("{name} is missing: these tests want MIT Kerberos; on Debian: apt-get install krb5-kdc krb5-admin-server krb5-user")
    })
}

/// A port that is free for UDP and TCP.
fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
