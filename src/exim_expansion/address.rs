//! Addresses of hosts, as Exim reads them: the C library's `inet_pton`, and around it a mask or an interface.

use std::net::{Ipv4Addr, Ipv6Addr};

use memchr::memchr;

use super::numbers;

/// A host's address in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Address {
    /// 4 or 6.
    pub version: u8,
    /// Where the `/` of a mask stands.
    pub mask: Option<usize>,
}

/// Whether a text is an address; with a mask, where one may stand. (Debian's 4.96 has the newer function of 4.97 here.
/// Exim's own, before that, took `01.2.3.4` and the like.)
pub(super) fn address(text: &[u8], may_have_mask: bool) -> Option<Address> {
    let (slash, percent) = (memchr(b'/', text), memchr(b'%', text));
    if let Some(slash) = slash {
        let digits = &text[slash + 1..];
        let mask = if digits.is_empty() { 0 } else { numbers::long(digits)? };
        if !may_have_mask || percent.is_some() || mask < 0 {
            return None;
        }
    }
    if let Some(percent) = percent
        && !text[percent + 1..].iter().all(u8::is_ascii_graphic)
    {
        return None;
    }
    let end = slash.or(percent).unwrap_or(text.len());
    let bare = std::str::from_utf8(&text[..end]).ok()?;
    let version = if bare.contains(':') {
        bare.parse::<Ipv6Addr>().ok().map(|_| 6)
    } else {
        bare.parse::<Ipv4Addr>().ok().filter(|_| percent.is_none()).map(|_| 4)
    };
    version.map(|version| Address { version, mask: slash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_exim() {
        let version = |text: &str| address(text.as_bytes(), true).map(|address| address.version);
        assert_eq!(version("1.2.3.4/24"), Some(4));
        assert_eq!(version("1.2.3.256"), None);
        assert_eq!(version("01.2.3.4"), None);
        assert_eq!(version("::1"), Some(6));
        assert_eq!(version("1:2:3:4:5:6:7:8/64"), Some(6));
        assert_eq!(version("::ffff:1.2.3.4"), Some(6));
        assert_eq!(version("fe80::1%eth0"), Some(6));
        assert_eq!(version("::1%e/3"), None);
        assert_eq!(version("1:2"), None);
        assert_eq!(address(b"1.2.3.4/24", false), None);
    }
}
