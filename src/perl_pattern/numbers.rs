//! Numbers in patterns, read as Perl's own scanners read them.

/// The digits of a hexadecimal or octal escape.
pub(super) struct Digits {
    /// The value; `u64::MAX` when it overflowed.
    pub value: u64,
    /// How many bytes were read.
    pub len: usize,
    /// The value does not fit into 64 bits.
    pub overflowed: bool,
    /// A byte that is no digit stopped the reading (the end and a NUL do not count).
    pub stopped: bool,
}

/// Where underscores may stand in a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Underscores {
    /// Nowhere.
    No,
    /// Before any digit.
    Yes,
    /// Between digits.
    Between,
}

/// Reads digits of a base with `shift` bits (`grok_bin_oct_hex`). `bytes` may be longer than the window `len`: the byte
/// after an underscore is looked at even there.
pub(super) fn digits(bytes: &[u8], len: usize, shift: u32, underscores: Underscores) -> Digits {
    let digit = |byte: u8| char::from(byte).to_digit(1 << shift);
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let (mut value, mut overflowed, mut stopped, mut read) = (0_u64, false, false, 0);
    while read < len {
        let mut byte = at(read);
        let is_separator = underscores != Underscores::No
            && byte == b'_'
            && read + 1 < len
            && digit(at(read + 1)).is_some()
            && (read > 0 || underscores == Underscores::Yes);
        if is_separator {
            read += 1;
            byte = at(read);
        }
        let Some(digit) = digit(byte) else {
            stopped = byte != 0;
            break;
        };
        if value >> (64 - shift) != 0 {
            overflowed = true;
            value = 0;
        }
        value = value << shift | u64::from(digit);
        read += 1;
    }
    Digits { value: if overflowed { u64::MAX } else { value }, len: read, overflowed, stopped }
}

/// A decimal number, and the offset after it (`grok_atoUV`); none when it has a needless leading zero or does not fit
/// into 64 bits.
pub(super) fn decimal(bytes: &[u8]) -> Option<(u64, usize)> {
    let len = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 || (len > 1 && bytes[0] == b'0') {
        return None;
    }
    let value = bytes[..len]
        .iter()
        .try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?;
    Some((value, len))
}

/// A decimal number that names a group; none when Perl cannot take it for one.
pub(super) fn group_number(bytes: &[u8]) -> Option<u32> {
    let (value, _) = decimal(bytes)?;
    u32::try_from(value).ok().filter(|&value| value < i32::MAX.unsigned_abs())
}

/// The bounds of `{2}`, `{2,}`, `{,3}`, `{2,3}`, as offsets from the brace.
#[derive(Clone, Copy)]
pub(super) struct Braces {
    /// The digits of the lower bound.
    pub min: Option<(usize, usize)>,
    /// The digits of the upper bound.
    pub max: Option<(usize, usize)>,
    /// There is a comma.
    pub has_comma: bool,
    /// The offset of the closing brace.
    pub end: usize,
}

/// Reads braces that are a quantifier (`regcurly`); none when they are not.
pub(super) fn braces(bytes: &[u8], lenient: bool) -> Option<Braces> {
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let blanks = |mut index: usize| {
        while lenient && matches!(at(index), b' ' | b'\t') {
            index += 1;
        }
        index
    };
    let number = |start: usize| {
        let mut end = start;
        while at(end).is_ascii_digit() {
            end += 1;
        }
        (end > start).then_some((start, end))
    };
    if at(0) != b'{' {
        return None;
    }
    let mut index = blanks(1);
    let min = number(index);
    index = blanks(min.map_or(index, |(_, end)| end));
    let has_comma = at(index) == b',';
    let mut max = None;
    if has_comma {
        index = blanks(index + 1);
        max = number(index);
        index = blanks(max.map_or(index, |(_, end)| end));
    }
    let has_number = min.is_some() || (max.is_some() && lenient);
    (at(index) == b'}' && has_number).then_some(Braces { min, max, has_comma, end: index })
}
