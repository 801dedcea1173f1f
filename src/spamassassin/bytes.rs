//! Bytes as Perl's regular expressions see them when SpamAssassin reads its files: never decoded, ASCII only.

/// Perl's `\s`. The bytes 85 and A0 are none: the text is not decoded.
#[inline]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Perl's `\w`.
#[inline]
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A text without white space at either end.
#[inline]
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

/// A text with each occurrence of a name replaced.
pub fn replaced(text: &[u8], name: &[u8], by: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some(at) = memchr::memmem::find(rest, name) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by);
        rest = &rest[at + name.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// The words of a text: what `split /\s+/` makes of one that has no white space at its ends.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| is_space(byte)).filter(|word| !word.is_empty())
}

/// The first word, and what follows the white space behind it, if any does.
#[inline]
pub fn first_word(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let len = text.iter().position(|&byte| is_space(byte)).unwrap_or(text.len());
    let (word, rest) = text.split_at(len);
    if rest.is_empty() {
        return (word, None);
    }
    let blank = rest.iter().position(|&byte| !is_space(byte)).unwrap_or(rest.len());
    (word, Some(&rest[blank..]))
}

/// Where a part of a text stands in it. The part must have been cut out of the text.
#[inline]
pub fn offset_in(text: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

/// Whether all of a text, and something, is made of such bytes.
pub fn all(text: &[u8], is_good: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_good(byte))
}

/// Perl's `^\d+$`.
pub fn is_digits(text: &[u8]) -> bool {
    all(text, |byte| byte.is_ascii_digit())
}

/// SpamAssassin's pattern for the name of a rule: a letter or `_`, then at most 127 word characters.
pub fn is_rule_name(name: &[u8]) -> bool {
    name.len() <= 128 && all(name, is_word) && !name[0].is_ascii_digit()
}

/// The name of a Perl package: up to eleven words with `::` between them.
pub fn is_package(name: &[u8]) -> bool {
    let mut rest = name;
    for _ in 0..11 {
        let len = rest.iter().take_while(|&&byte| is_word(byte)).count();
        match &rest[len..] {
            [] => return len > 0,
            [b':', b':', more @ ..] if len > 0 => rest = more,
            _ => return false,
        }
    }
    false
}

/// A number as Perl reads the front of a text (`strtod` without hexadecimal); 0 when there is none.
pub fn number(text: &[u8]) -> f64 {
    let text = trim(text);
    let word = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    let is_minus = text.first() == Some(&b'-');
    let value = match word.get(..3).map(<[u8]>::to_ascii_lowercase).as_deref() {
        Some(b"inf") => f64::INFINITY,
        Some(b"nan") => f64::NAN,
        _ => return str::from_utf8(&text[..decimal_len(text)]).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0),
    };
    if is_minus { -value } else { value }
}

/// Whether all of a text is a number to Perl, so that it computes with it without a warning.
pub fn is_numeric(text: &[u8]) -> bool {
    let text = trim(text);
    let word = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text).to_ascii_lowercase();
    matches!(word.as_slice(), b"inf" | b"infinity" | b"nan") || !text.is_empty() && decimal_len(text) == text.len()
}

/// How many bytes at the front of a text are a decimal number.
fn decimal_len(text: &[u8]) -> usize {
    let digits = |at: usize| text[at.min(text.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    end
}
