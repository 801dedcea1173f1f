//! The servers that Net::DNS keeps, and what it takes for an address.

use std::net::IpAddr;

use memchr::{memchr, memchr_iter, memrchr};

use super::Word;
use crate::resolv_conf::address::{inet_aton, inet_pton6};

/// A server. Net::DNS keeps its text; whether that is a real address shows only when somebody connects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nameserver {
    /// Where it is written; nowhere when it is one of the two by default, `::1` and `127.0.0.1`.
    pub written: Option<Word>,
    /// Whether it counts as an IPv6 address.
    pub is_ipv6: bool,
}

impl Nameserver {
    /// The text that Net::DNS keeps.
    #[must_use]
    pub fn text<'f>(self, files: &[&'f [u8]]) -> &'f [u8] {
        match self.written {
            Some(word) => word.text(files),
            None if self.is_ipv6 => b"::1",
            None => b"127.0.0.1",
        }
    }

    /// The address that the text is to `getaddrinfo`, which SpamAssassin connects with: `192.168.001.010` is
    /// 192.168.1.8. None means that it would have to be looked up; SpamAssassin says so and goes on to the next server.
    /// (So it does with an IPv6 scope that is no interface of the machine, which is not looked at here.)
    #[must_use]
    pub fn address(self, files: &[&[u8]]) -> Option<IpAddr> {
        let text = self.text(files);
        if self.is_ipv6 {
            return inet_pton6(&text[..memchr(b'%', text).unwrap_or(text.len())]).map(IpAddr::V6);
        }
        inet_aton(text, true).map(IpAddr::V4)
    }
}

/// What Net::DNS takes for an IPv4 address without asking anybody: digits and dots, with digits between two dots.
/// `192.0.2` and `192.0.2.256` are some, `8` and `127.1` are none.
pub(super) fn is_ipv4(text: &[u8]) -> bool {
    let (Some(first), Some(last)) = (memchr(b'.', text), memrchr(b'.', text)) else { return false };
    text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') && text[first..last].iter().any(u8::is_ascii_digit)
}

/// What it takes for an IPv6 address: two colons, and besides them hexadecimal digits; or also dots, with anything behind
/// a `%`, or when only digits and dots follow the last colon.
pub(super) fn is_ipv6(text: &[u8]) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    if memchr_iter(b':', text).count() < 2 {
        return false;
    }
    let address = &text[..memchr(b'%', text).unwrap_or(text.len())];
    if address.len() < text.len() {
        let has_scope = text.len() > address.len() + 1;
        return has_scope && !address.is_empty() && address.iter().all(|byte| is_hex(byte) || *byte == b'.');
    }
    let colon = memrchr(b':', text).unwrap_or_default();
    text.iter().all(is_hex)
        || colon > 0
            && colon + 1 < text.len()
            && text[..colon].iter().all(is_hex)
            && text[colon + 1..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}
