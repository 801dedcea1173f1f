//! Numbers, and parts of texts that numbers mean, as Exim and the C library read them.

use std::ops::Range;

use super::is_space;

/// A side of a numeric comparison (`expanded_string_integer`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Integer {
    Value(i64),
    /// No number at all.
    None,
    /// Something behind the number.
    Invalid,
    /// More than 64 bits.
    Overflow,
}

/// Without white space before it.
pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|&&byte| is_space(byte)).count()..]
}

/// Without white space around it.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let text = trim_start(text);
    &text[..text.len() - text.iter().rev().take_while(|&&byte| is_space(byte)).count()]
}

/// A number as `strtoll` reads it: how many bytes belong to it, and whether it is too big.
fn strtoll(text: &[u8]) -> Option<(i64, usize, bool)> {
    let blanks = text.len() - trim_start(text).len();
    let (is_negative, sign) = match text.get(blanks) {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let digits = text[blanks + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let len = blanks + sign + digits;
    let mut value = Some(0_i64);
    for digit in &text[blanks + sign..len] {
        let digit = i64::from(digit - b'0');
        value = value
            .and_then(|value| value.checked_mul(10))
            .and_then(|value| if is_negative { value.checked_sub(digit) } else { value.checked_add(digit) });
    }
    let most = if is_negative { i64::MIN } else { i64::MAX };
    Some((value.unwrap_or(most), len, value.is_none()))
}

/// A number with an optional `k`, `m` or `g`. Nothing but white space counts as zero.
pub(super) fn integer(text: &[u8]) -> Integer {
    if trim_start(text).is_empty() {
        return Integer::Value(0);
    }
    let Some((value, len, is_too_big)) = strtoll(text) else { return Integer::None };
    let mut rest = &text[len..];
    let shift = match rest.first().map(u8::to_ascii_lowercase) {
        Some(b'k') => 10,
        Some(b'm') => 20,
        Some(b'g') => 30,
        _ => 0,
    };
    if shift > 0 {
        rest = &rest[1..];
    }
    let factor = 1_i64 << shift;
    if is_too_big || value > i64::MAX / factor || value < i64::MIN / factor {
        return Integer::Overflow;
    }
    if trim_start(rest).is_empty() { Integer::Value(value * factor) } else { Integer::Invalid }
}

/// What `atoi` makes of a text.
pub(super) fn atoi(text: &[u8]) -> i32 {
    low(strtoll(text).map_or(0, |(value, _, _)| value))
}

#[allow(clippy::cast_possible_truncation, reason = "C keeps the low bits")]
fn low(value: i64) -> i32 {
    value as i32
}

/// An argument that must be a number and nothing else; an empty one is zero.
pub(super) fn whole_number(text: &[u8]) -> Option<i32> {
    match strtoll(text) {
        Some((value, len, _)) if len == text.len() => Some(low(value)),
        None if text.is_empty() => Some(0),
        _ => None,
    }
}

/// A text that is a number and nothing else, as `strtol` reads it: one that is too large is the largest.
pub(super) fn long(text: &[u8]) -> Option<i64> {
    strtoll(text).filter(|&(_, len, _)| len == text.len()).map(|(value, ..)| value)
}

/// The number of a field: whether the text is one, and which.
pub(super) fn field(text: &[u8]) -> (bool, i32) {
    let (digits, sign) = text.strip_prefix(b"-").map_or((text, 1), |digits| (digits, -1));
    let is_numeric = digits.iter().all(u8::is_ascii_digit);
    let number = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_i32, |number, digit| number.wrapping_mul(10).wrapping_add(i32::from(digit - b'0')));
    (is_numeric, number.wrapping_mul(sign))
}

/// The part of a text that `substr` means: from an offset, of a length (negative: to the end, or to the beginning).
pub(super) fn part(len: usize, offset: i32, length: i32) -> Range<usize> {
    let size = i64::try_from(len).unwrap_or(i64::MAX);
    let (mut from, mut length) = (i64::from(offset), i64::from(length));
    if from < 0 {
        from += size;
        if from < 0 {
            length = (length + from).max(0);
            from = 0;
        } else if length < 0 {
            length = from;
            from = 0;
        }
    } else if from > size {
        from = size;
        length = 0;
    } else if length < 0 {
        length = size;
    }
    let end = (from + length).min(size);
    usize::try_from(from).unwrap_or(len)..usize::try_from(end).unwrap_or(len)
}

/// A field between separators, by its number; zero is all (`expand_gettokened`).
pub(super) fn token<'t>(text: &'t [u8], separators: &[u8], number: i32) -> Option<&'t [u8]> {
    if number == 0 {
        return Some(text);
    }
    let mut fields = text.split(|byte| separators.contains(byte));
    let at = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX) - 1;
    if number > 0 { fields.nth(at) } else { fields.nth_back(at) }
}

/// The value of a key in `key=value` pairs (`expand_getkeyed`).
pub(super) fn keyed(text: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let mut rest = trim_start(text);
    while !rest.is_empty() {
        let len = rest.iter().position(|&byte| byte == b'=' || is_space(byte)).unwrap_or(rest.len());
        let name = &rest[..len];
        rest = trim_start(&rest[len..]);
        if rest.first() == Some(&b'=') {
            rest = trim_start(&rest[1..]);
        }
        let (value, used) = dequote(rest);
        if name.eq_ignore_ascii_case(key) {
            return Some(value);
        }
        rest = trim_start(&rest[used..]);
    }
    None
}

/// A word, or a text in quotes, and how many bytes it takes (`string_dequote`).
fn dequote(text: &[u8]) -> (Vec<u8>, usize) {
    if text.first() != Some(&b'"') {
        let len = text.iter().position(|&byte| is_space(byte)).unwrap_or(text.len());
        return (text[..len].to_vec(), len);
    }
    let (mut value, mut at) = (Vec::new(), 1);
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => return (value, at),
            b'\\' => {
                let (byte, len) = super::escape(&text[at..]);
                value.push(byte);
                at += len;
            }
            byte => value.push(byte),
        }
    }
    (value, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_exim() {
        assert_eq!(integer(b" 5k "), Integer::Value(5120));
        assert_eq!(integer(b"  "), Integer::Value(0));
        assert_eq!(integer(b"5.3"), Integer::Invalid);
        assert_eq!(integer(b"x"), Integer::None);
        assert_eq!(integer(b"99999999999999999999"), Integer::Overflow);
        assert_eq!(integer(b"9223372036854775807"), Integer::Value(i64::MAX));
        assert_eq!(whole_number(b""), Some(0));
        assert_eq!(whole_number(b"1 "), None);
    }

    #[test]
    fn parts_are_those_of_exim() {
        assert_eq!(part(5, -3, 2), 2..4);
        assert_eq!(part(5, -3, -1), 0..2);
        assert_eq!(part(5, -9, 6), 0..2);
        assert_eq!(part(5, 1, -1), 1..5);
        assert_eq!(part(5, 9, 1), 5..5);
        assert_eq!(token(b"a:b:c", b":", -1), Some(&b"c"[..]));
        assert_eq!(token(b"a:b:c", b":", 4), None);
        assert_eq!(keyed(b"a=1 B = \"x y\" c", b"b"), Some(b"x y".to_vec()));
    }
}
