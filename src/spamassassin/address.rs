//! IP addresses as SpamAssassin's own pattern takes them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// SpamAssassin's `IS_IP_ADDRESS`: IPv4 without leading zeros, IPv6, or either behind `IPv6:`.
pub fn is_address(text: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(text) else { return false };
    let is_ipv6 = |text: &str| {
        // The pattern knows no `1:2:3:4:5:6:7::`-like form that leaves out nothing, and Rust takes none either.
        text.parse::<Ipv6Addr>().is_ok()
    };
    text.parse::<Ipv4Addr>().is_ok()
        || is_ipv6(text)
        || text.get(..5).is_some_and(|prefix| prefix.eq_ignore_ascii_case("ipv6:")) && is_ipv6(&text[5..])
}
