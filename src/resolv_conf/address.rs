//! Addresses as the C library reads them, which is not as people write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// glibc's `inet_aton`: one to four parts, each decimal, octal (a leading `0`) or hexadecimal (`0x`), the last one
/// filling what is left. `exact` admits nothing behind it (2.29 and newer); otherwise white space may follow, and after that
/// anything.
#[must_use]
pub fn inet_aton(text: &[u8], exact: bool) -> Option<Ipv4Addr> {
    const LIMITS: [u64; 4] = [0xffff_ffff, 0xff_ffff, 0xffff, 0xff];
    let (mut address, mut parts, mut at) = (0_u64, 0, 0);
    loop {
        let (value, len) = number(&text[at..])?;
        at += len;
        if text.get(at) == Some(&b'.') {
            if parts > 2 || value > 0xff {
                return None;
            }
            address |= value << (24 - 8 * parts);
            parts += 1;
            at += 1;
            continue;
        }
        let ends = match text.get(at) {
            None => true,
            Some(byte) => !exact && matches!(byte, b' ' | b'\t'..=b'\r'),
        };
        let fits = value <= LIMITS[parts];
        return (ends && fits).then(|| Ipv4Addr::from(u32::try_from(address | value).unwrap_or_default()));
    }
}

/// `strtoul` with base 0, of text that must begin with a digit, and of at most 32 bits: the value and its length.
fn number(text: &[u8]) -> Option<(u64, usize)> {
    text.first().filter(|byte| byte.is_ascii_digit())?;
    let hex = matches!(text, [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit());
    let (base, skip) = if hex {
        (16, 2)
    } else if text[0] == b'0' {
        (8, 0)
    } else {
        (10, 0)
    };
    let digits = text[skip..].iter().map_while(|&byte| char::from(byte).to_digit(base));
    let (value, len) = digits.fold((0_u64, skip), |(value, len), digit| {
        (value.saturating_mul(u64::from(base)).saturating_add(u64::from(digit)), len + 1)
    });
    (value <= 0xffff_ffff).then_some((value, len))
}

/// glibc's `inet_ntop`, which writes the last four bytes as an IPv4 address where nothing but zeros stands before them.
#[must_use]
pub fn inet_ntop(address: IpAddr) -> String {
    match address {
        IpAddr::V6(v6) if v6.segments()[..6] == [0; 6] && v6.segments()[6] != 0 => {
            let [.., a, b, c, d] = v6.octets();
            format!("::{}", Ipv4Addr::new(a, b, c, d))
        }
        address => address.to_string(),
    }
}

/// glibc's `inet_pton` for IPv6.
#[must_use]
pub fn inet_pton6(text: &[u8]) -> Option<Ipv6Addr> {
    str::from_utf8(text).ok()?.parse().ok()
}
