//! Addresses of hosts, as Exim reads them (`string_is_ip_address`).

use memchr::memchr;

/// A host's address in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Address {
    /// 4 or 6.
    pub version: u8,
    /// Where the `/` of a mask stands.
    pub mask: Option<usize>,
}

/// Whether a text is an address; with a mask, where one may stand.
pub(super) fn address(text: &[u8], may_have_mask: bool) -> Option<Address> {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let slash = text.len().checked_sub(digits + 1).filter(|&at| digits > 0 && text[at] == b'/');
    let mask = slash.filter(|&at| may_have_mask && at > 0);
    let at = |at: usize| text.get(at).copied().unwrap_or(0);
    let has_mask_at = |at: usize| text.get(at) == Some(&b'/') && mask.is_some();
    let mut here = 0;
    let mut version = 4;
    if memchr(b':', text).is_some() {
        version = 6;
        let (mut had_double_colon, mut ends_in_version_4, mut count) = (false, false, 0);
        if at(0) == b':' {
            here = 1;
            if at(1) != b':' {
                return None;
            }
        }
        while count < 8 {
            match at(here) {
                0 | b'%' | b'/' => return had_double_colon.then_some(Address { version, mask }),
                b':' if had_double_colon => return None,
                b':' => {
                    had_double_colon = true;
                    here += 1;
                    count += 1;
                    continue;
                }
                _ => {}
            }
            let rest = &text[here..];
            if memchr(b':', rest).is_none() && memchr(b'.', rest).is_some() {
                if (!had_double_colon && count != 6) || (had_double_colon && count > 6) {
                    return None;
                }
                ends_in_version_4 = true;
                break;
            }
            if !at(here).is_ascii_hexdigit() {
                return None;
            }
            here += text[here..].iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
            if at(here) == b':' {
                here += 1;
                if at(here) == 0 {
                    return None;
                }
            }
            count += 1;
        }
        if !ends_in_version_4 {
            let is_end = at(here) == 0 || at(here) == b'%' || has_mask_at(here);
            return is_end.then_some(Address { version, mask });
        }
    }
    for part in 0..4 {
        if part > 0 {
            if at(here) != b'.' {
                return None;
            }
            here += 1;
        }
        // `strtol` takes white space and a sign, but all of it must fit in three bytes.
        let rest = text.get(here..).unwrap_or_default();
        let blanks = rest.iter().take_while(|&&byte| super::is_space(byte)).count();
        let sign = usize::from(matches!(rest.get(blanks), Some(b'+' | b'-')));
        let digits = rest[blanks + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let len = blanks + sign + digits;
        if digits == 0 || len > 3 {
            return None;
        }
        let value = rest[blanks + sign..len].iter().fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'));
        if value > 255 || (value > 0 && rest.get(blanks) == Some(&b'-')) {
            return None;
        }
        here += len;
    }
    (at(here) == 0 || has_mask_at(here)).then_some(Address { version, mask })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_exim() {
        let version = |text: &str| address(text.as_bytes(), true).map(|address| address.version);
        assert_eq!(version("1.2.3.4/24"), Some(4));
        assert_eq!(version("1.2.3.256"), None);
        assert_eq!(version("::1"), Some(6));
        assert_eq!(version("1:2:3:4:5:6:7:8/64"), Some(6));
        assert_eq!(version("::ffff:1.2.3.4"), Some(6));
        assert_eq!(version("1:2"), None);
        assert_eq!(address(b"1.2.3.4/24", false), None);
    }
}
