//! What this program runs on, for a support case.

use super::files::Files;
use std::path::Path;

/// Small files of the system; what is longer is none of them.
const LARGEST: u64 = 64 << 10;

/// An operating system as people know it.
#[derive(Debug)]
pub(crate) struct Platform {
    /// `linux`
    pub(crate) system: &'static str,
    /// `x86_64`
    pub(crate) architecture: &'static str,
    /// Of Linux.
    pub(crate) kernel: Option<String>,
    /// As the distribution calls itself.
    pub(crate) distribution: Option<String>,
}

/// This one.
pub(crate) fn here(files: &Files) -> Platform {
    let read = |path: &str| files.read_text(Path::new(path), LARGEST).ok();
    Platform {
        system: std::env::consts::OS,
        architecture: std::env::consts::ARCH,
        kernel: read("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()),
        distribution: read("/etc/os-release").as_deref().and_then(pretty_name),
    }
}

/// os-release(5).
fn pretty_name(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_says_its_name() {
        let text = "NAME=\"Some Linux\"\nPRETTY_NAME=\"Some Linux 12 (tree)\"\nID=some\n";
        assert_eq!(pretty_name(text).as_deref(), Some("Some Linux 12 (tree)"));
        assert_eq!(pretty_name("NAME=x\n"), None);
        assert_eq!(here(&Files::real()).system, std::env::consts::OS);
    }
}
