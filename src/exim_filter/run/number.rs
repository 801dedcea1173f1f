//! Numbers and times, as Exim reads them from a filter's strings.

/// White space of the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn skip_space(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|&&byte| is_space(byte)).count()..]
}

/// The number that a side of `is above` or `is below` stands for (filter.c: `get_number`): C's `%i`, so that `0x` is
/// hexadecimal and a leading `0` octal, cut to 32 bits; then `k` for kibi, then `m` for mebi, then white space.
pub fn compared_number(text: &[u8]) -> Option<i32> {
    let (mut value, mut rest) = scanned(skip_space(text))?;
    if let [b'k' | b'K', after @ ..] = rest {
        (value, rest) = (value.wrapping_mul(1 << 10), after);
    }
    if let [b'm' | b'M', after @ ..] = rest {
        (value, rest) = (value.wrapping_mul(1 << 20), after);
    }
    skip_space(rest).is_empty().then_some(value)
}

/// The number that people read in a text that [`compared_number`] takes: decimal whatever it begins with (but for `0x`),
/// and as great as it is. Nothing when it is too great for words.
pub fn evident_number(text: &[u8]) -> Option<i128> {
    let (is_negative, text) = sign(text.trim_ascii());
    let (radix, text) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        _ => (10, text),
    };
    let units = text.iter().rev().take_while(|byte| matches!(byte, b'k' | b'K' | b'm' | b'M')).count();
    let (digits, units) = text.split_at(text.len() - units);
    let number = digits.iter().try_fold(0_i128, |number, &byte| {
        let digit = char::from(byte).to_digit(radix)?;
        number.checked_mul(i128::from(radix))?.checked_add(i128::from(digit))
    })?;
    let unit =
        |number: i128, unit: &u8| number.checked_mul(if matches!(unit, b'k' | b'K') { 1 << 10 } else { 1 << 20 });
    let number = units.iter().try_fold(number, unit)?;
    Some(if is_negative { -number } else { number })
}

/// What `%i` reads, and what it leaves. (glibc takes `0x` with no digit behind it for nought.)
fn scanned(text: &[u8]) -> Option<(i32, &[u8])> {
    let (is_negative, digits) = sign(text);
    let (radix, rest) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let (value, len) = integer(rest, radix, is_negative);
    if len == 0 && radix != 16 {
        return None;
    }
    Some((low(value), &rest[len..]))
}

/// Whether `add` takes a text for a number (filter.c: each leading `--` is dropped, then C's `strtol`, which takes no text
/// at all for nought).
pub fn is_added_number(text: &[u8]) -> bool {
    strtol(without_minuses(text)).is_some()
}

/// What Exim's words show of a number that `add` refuses.
pub fn without_minuses(mut text: &[u8]) -> &[u8] {
    while let [b'-', b'-', rest @ ..] = text {
        text = rest;
    }
    text
}

/// The number that the whole of a text is for C's `strtol` of base 0, cut to 32 bits.
pub fn strtol(text: &[u8]) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    let (is_negative, digits) = sign(skip_space(text));
    let (radix, rest) = match digits {
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => (16, rest),
        [b'0', ..] => (8, digits),
        _ => (10, digits),
    };
    let (value, len) = integer(rest, radix, is_negative);
    (len > 0 && len == rest.len()).then(|| low(value))
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// The number that a text begins with, held within 64 bits, and how many digits it has.
fn integer(text: &[u8], radix: u32, is_negative: bool) -> (i64, usize) {
    let sign = if is_negative { -1 } else { 1 };
    let digits = text.iter().map_while(|&byte| char::from(byte).to_digit(radix));
    digits.fold((0_i64, 0), |(value, len), digit| {
        (value.saturating_mul(i64::from(radix)).saturating_add(sign * i64::from(digit)), len + 1)
    })
}

/// The lower 32 bits.
fn low(value: i64) -> i32 {
    #[allow(clippy::cast_possible_truncation, reason = "as Exim cuts it")]
    let low = value as i32;
    low
}

/// Whether a text is a time (readconf.c: `readconf_readtime`): numbers, each with one of the letters w, d, h, m, s. What
/// is too great wraps, and must not come out below nought.
pub fn is_time(text: &[u8]) -> bool {
    let (mut total, mut rest) = (0_i32, text);
    loop {
        let (value, len) = integer(rest, 10, false);
        let value = low(value);
        let seconds = match rest.get(len) {
            Some(_) if len == 0 => return false,
            Some(b'w') => 7 * 24 * 60 * 60,
            Some(b'd') => 24 * 60 * 60,
            Some(b'h') => 60 * 60,
            Some(b'm') => 60,
            Some(b's') => 1,
            _ => return false,
        };
        total = total.wrapping_add(value.wrapping_mul(seconds));
        rest = &rest[len + 1..];
        if rest.is_empty() {
            return total >= 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compared_numbers_are_those_of_scanf() {
        for (text, number) in [
            ("5", Some(5)),
            (" -5 \n", Some(-5)),
            ("010", Some(8)),
            ("0x1F", Some(31)),
            ("0x", Some(0)),
            ("10K", Some(10_240)),
            ("1km", Some(1 << 30)),
            ("1mk", None),
            ("3000000000", Some(-1_294_967_296)),
            ("99999999999999999999", Some(-1)),
            ("", None),
            ("5.0", None),
            ("08", None),
            ("1G", None),
            ("+", None),
            ("- 5", None),
            ("1,000", None),
        ] {
            assert_eq!(compared_number(text.as_bytes()), number, "{text}");
        }
    }

    #[test]
    fn evident_numbers_are_those_of_people() {
        for (text, number) in [
            ("010", 10),
            ("3000000000", 3_000_000_000),
            (" -07 ", -7),
            ("0x1F", 31),
            ("4194304K", 1 << 32),
            ("2km", 1 << 31),
            ("0x", 0),
        ] {
            assert!(compared_number(text.as_bytes()).is_some(), "{text}");
            assert_eq!(evident_number(text.as_bytes()), Some(number), "{text}");
        }
    }

    #[test]
    fn added_numbers_are_those_of_strtol() {
        for text in ["", "5", "--5", "----5", "---5", " 7", "0x1f", "010", "+3"] {
            assert!(is_added_number(text.as_bytes()), "{text}");
        }
        for text in ["5 ", " ", "1.5", "08", "0x", "x", "-"] {
            assert!(!is_added_number(text.as_bytes()), "{text}");
        }
        assert_eq!(without_minuses(b"---x"), b"-x");
    }

    #[test]
    fn times_have_letters() {
        for text in ["7d", "1h30m", "0s", "1d1d"] {
            assert!(is_time(text.as_bytes()), "{text}");
        }
        for text in ["", "7", "7 d", "d", "1x", "7d ", "3000000000s", "1.5h"] {
            assert!(!is_time(text.as_bytes()), "{text}");
        }
    }
}
