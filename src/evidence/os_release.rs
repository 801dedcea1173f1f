//! `/etc/os-release` (os-release(5)): which distribution the server runs, and so which glibc.

use crate::resolv_conf::Version;

/// The glibc of each release of the distributions that mail servers run: `ID` or a word of `ID_LIKE`, the release as
/// `VERSION_ID` begins, and the second number of the version. (Distributions never change it within a release.)
const RELEASES: &[(&str, &str, u16)] = &[
    ("rhel", "7", 17),
    ("rhel", "8", 28),
    ("rhel", "9", 34),
    ("rhel", "10", 39),
    ("amzn", "2", 26),
    ("amzn", "2023", 34),
    ("debian", "9", 24),
    ("debian", "10", 28),
    ("debian", "11", 31),
    ("debian", "12", 36),
    ("debian", "13", 41),
    ("ubuntu", "18.04", 27),
    ("ubuntu", "20.04", 31),
    ("ubuntu", "22.04", 35),
    ("ubuntu", "24.04", 39),
];

/// The version of glibc of the release that the file names.
#[must_use]
pub fn glibc_of(os_release: &[u8]) -> Option<Version> {
    let value = |key: &str| {
        let lines =
            super::lines(os_release).filter_map(|(_, line)| line.strip_prefix(key.as_bytes())?.strip_prefix(b"="));
        lines.last().map(|value| value.trim_ascii().trim_ascii_start()).map(unquoted)
    };
    let (id, release) = (value("ID")?, value("VERSION_ID")?);
    let like = value("ID_LIKE").unwrap_or_default();
    let is_known = |name: &[u8]| RELEASES.iter().any(|(known, ..)| known.as_bytes() == name);
    // Those that are like RHEL count as it counts; those that are like Debian do not count as Debian does.
    let name = if is_known(id) { id } else { like.split(|&byte| byte == b' ').find(|&name| name == b"rhel")? };
    let major = release.split(|&byte| byte == b'.').next().unwrap_or_default();
    let found = RELEASES.iter().find(|(known, version, _)| {
        known.as_bytes() == name && (version.as_bytes() == release || version.as_bytes() == major)
    });
    found.map(|&(.., minor)| Version { major: 2, minor })
}

fn unquoted(value: &[u8]) -> &[u8] {
    let inner = |quote: &[u8]| value.strip_prefix(quote)?.strip_suffix(quote);
    inner(b"\"").or_else(|| inner(b"'")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_a_glibc_each() {
        let minor = |text: &str| glibc_of(text.as_bytes()).map(|version| version.minor);
        assert_eq!(
            minor("NAME=\"AlmaLinux\"\nID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"8.10\"\n"),
            Some(28)
        );
        assert_eq!(minor("ID=debian\nVERSION_ID=\"12\"\n"), Some(36));
        assert_eq!(minor("ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"\n"), Some(35));
        assert_eq!(minor("ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\n"), Some(17));
        assert_eq!(minor("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"21.3\"\n"), None);
        assert_eq!(minor("ID=debian\n"), None);
    }
}
