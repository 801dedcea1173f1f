//! The operators, `${operator:...}`: what they say to a value, and what they make of it.

use super::arithmetic;
use super::error::What;
use super::frames::{Arg, OperatorFrame, Reach, Value};
use super::items::strings::Cut;
use super::list::List;
use super::names::Operator;
use super::numbers::{self, Integer};
use super::setting::Forbidden;
use super::walk::{Walk, say};
use crate::source::Span;

impl Walk<'_> {
    /// Ends an operator: its argument has been read.
    pub fn operator(&mut self, frame: OperatorFrame) {
        let args = self.args.len().saturating_sub(1);
        let Some(&arg) = self.args.last() else { return };
        let value = match frame.operator {
            None => {
                let name = self.kept(frame.name);
                let nearest = self.may_suggest().then(|| Operator::nearest(name, self.setting.engine)).flatten();
                let words = say(&[b"unknown expansion operator \"", name, b"\""]);
                self.certain(What::UnknownOperator(nearest), frame.name, words);
                Value::Unknown
            }
            Some(_) if frame.reach == Reach::Skipped => Value::Nothing,
            Some(operator) => self.operate(operator, &frame, arg),
        };
        self.give(value, frame.start.at(), args);
        self.close(frame.node, self.at);
    }

    /// What stands behind the first `_` of an operator's name.
    fn suffix(&self, frame: &OperatorFrame) -> Option<&[u8]> {
        let name = self.kept(frame.name);
        memchr::memchr(b'_', name).map(|at| &name[at + 1..])
    }

    fn operate(&mut self, operator: Operator, frame: &OperatorFrame, arg: Arg) -> Value {
        match operator {
            Operator::Length
            | Operator::L
            | Operator::Substr
            | Operator::S
            | Operator::Hash
            | Operator::H
            | Operator::Nhash
            | Operator::Nh => return self.numbered(operator, frame, arg),
            Operator::Sha256 | Operator::Sha2 | Operator::Sha3 => {
                self.check_sha(operator, frame);
                return Value::Unknown;
            }
            Operator::Stat => {
                if self.setting.forbidden.contains(Forbidden::EXISTSTEST) {
                    let words = b"Use of the stat() expansion is not permitted".to_vec();
                    self.evaluated(What::StatForbidden, frame.name, words, frame.reach);
                } else {
                    self.unsure();
                }
                return Value::Unknown;
            }
            Operator::Listnamed => {
                self.check_list_type(frame);
                return Value::Unknown;
            }
            Operator::Quote if self.suffix(frame).is_some() => {
                self.check_quote_type(frame);
                return Value::Unknown;
            }
            Operator::Md5
            | Operator::Sha1
            | Operator::Address
            | Operator::Domain
            | Operator::LocalPart
            | Operator::Rfc2047
            | Operator::Headerwrap => return Value::Unknown,
            // Where nothing but an empty variable stands before it, `utf8clean` writes through a null pointer.
            Operator::Utf8clean
            | Operator::Rfc2047d
            | Operator::Utf8DomainFromAlabel
            | Operator::Utf8DomainToAlabel
            | Operator::Utf8LocalpartFromAlabel
            | Operator::Utf8LocalpartToAlabel
            | Operator::FromUtf8
            | Operator::Xtextd
            | Operator::Bless => {
                self.unsure();
                return Value::Unknown;
            }
            _ => {}
        }
        if !self.may_spend(arg.end.at() - arg.start.at()) {
            self.unsure();
            return Value::Unknown;
        }
        let Some(bytes) = self.bytes(arg).map(<[u8]>::to_vec) else {
            if can_fail(operator) {
                self.unsure();
            }
            return Value::Unknown;
        };
        match self.compute(operator, frame, &bytes) {
            Ok(value) => value,
            Err((what, words)) => {
                let place = if arg.span.is_empty() { frame.name } else { arg.span };
                self.evaluated(what, place, words, frame.reach);
                Value::Unknown
            }
        }
    }

    #[allow(clippy::too_many_lines, reason = "one line for each operator")]
    fn compute(&mut self, operator: Operator, frame: &OperatorFrame, bytes: &[u8]) -> Result<Value, (What, Vec<u8>)> {
        let name = self.kept(frame.name);
        let text = |text: String| Ok(Value::Bytes(text.into_bytes()));
        let encoding = |kind: &str, end: &str| {
            let start = format!("argument for {kind} operator is \"");
            Err((What::Encoding, say(&[start.as_bytes(), bytes, b"\", which is not a ", end.as_bytes()])))
        };
        match operator {
            Operator::Lc => Ok(Value::Bytes(bytes.to_ascii_lowercase())),
            Operator::Uc => Ok(Value::Bytes(bytes.to_ascii_uppercase())),
            Operator::Strlen => text(bytes.len().to_string()),
            Operator::Listcount => text(List::new(bytes).count().to_string()),
            Operator::Quote | Operator::QuoteLocalPart => {
                Ok(Value::Bytes(quote(bytes, operator == Operator::QuoteLocalPart)))
            }
            Operator::Rxquote => Ok(Value::Bytes(escaped(bytes, |byte, out| {
                if !byte.is_ascii_alphanumeric() {
                    out.push(b'\\');
                }
                out.push(byte);
            }))),
            Operator::Hexquote => Ok(Value::Bytes(escaped(bytes, |byte, out| match byte {
                0x21..=0x7e => out.push(byte),
                _ => out.extend([b'\\', b'x', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
            }))),
            Operator::Escape8bit => Ok(Value::Bytes(escaped(bytes, |byte, out| match byte {
                b'\\' | 127.. => out.extend(octal(byte)),
                _ => out.push(byte),
            }))),
            Operator::Escape => Ok(Value::Bytes(escaped(bytes, printing))),
            Operator::Str2b64 | Operator::Base64 => Ok(Value::Bytes(base64(bytes))),
            Operator::Base64d => match decode_base64(bytes) {
                Some(mut decoded) => {
                    // A NUL ends what Exim copies.
                    decoded.truncate(memchr::memchr(0, &decoded).unwrap_or(decoded.len()));
                    Ok(Value::Bytes(decoded))
                }
                None => Err((
                    What::Encoding,
                    say(&[b"string \"", bytes, b"\" is not well-formed for \"", name, b"\" operator"]),
                )),
            },
            Operator::Hex2b64 => {
                if !bytes.iter().all(u8::is_ascii_hexdigit) {
                    return Err((What::NotHex, say(&[b"\"", bytes, b"\" is not a hex string"])));
                }
                if !bytes.len().is_multiple_of(2) {
                    return Err((What::OddHex, say(&[b"\"", bytes, b"\" contains an odd number of characters"])));
                }
                let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap_or(0)).unwrap_or(0);
                let decoded: Vec<u8> = bytes.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
                Ok(Value::Bytes(base64(&decoded)))
            }
            Operator::Base32 | Operator::Base62 => match numbers::whole_number(bytes) {
                Some(_) => Ok(Value::Unknown),
                None => encoding(operator.name(), "decimal number"),
            },
            Operator::Base32d => match positional(bytes, b"abcdefghijklmnopqrstuvwxyz234567") {
                Some(number) => Ok(self.number_text(number)),
                None => encoding("base32d", "base 32 number"),
            },
            Operator::Base62d => match positional(bytes, BASE62) {
                Some(number) => Ok(self.number_text(number)),
                None => encoding("base62d", "base 62 number"),
            },
            Operator::Eval | Operator::Eval10 => match arithmetic::evaluate(bytes, operator == Operator::Eval10) {
                None => {
                    self.unsure();
                    Ok(Value::Unknown)
                }
                Some(Ok(value)) => Ok(self.number_text(value)),
                Some(Err(error)) => {
                    let start = format!("error in expression evaluation: {} (after processing \"", error.why);
                    Err((What::Expression, say(&[start.as_bytes(), &bytes[..error.at], b"\")"])))
                }
            },
            Operator::TimeEval => match read_time(bytes) {
                Some(seconds) => text(seconds.to_string()),
                None => Err((
                    What::NotATime,
                    say(&[b"string \"", bytes, b"\" is not an Exim time interval in \"", name, b"\" operator"]),
                )),
            },
            Operator::TimeInterval if !bytes.iter().all(u8::is_ascii_digit) => Err((
                What::NotAPositiveNumber,
                say(&[b"string \"", bytes, b"\" is not a positive number in \"", name, b"\" operator"]),
            )),
            Operator::Mask => mask(bytes),
            Operator::Ipv6norm | Operator::Ipv6denorm => match super::address::address(bytes, false) {
                Some(_) => Ok(Value::Unknown),
                None => Err((What::NotAnIpAddress, say(&[b"\"", bytes, b"\" is not an IP address"]))),
            },
            Operator::ReverseIp => match super::address::address(bytes, true) {
                Some(_) => Ok(Value::Unknown),
                None => Err((What::NotAnIpAddress, say(&[b"reverse_ip() not given an IP address [", bytes, b"]"]))),
            },
            Operator::Randint => randint(bytes).map(|is_safe| {
                if !is_safe {
                    self.unsure();
                }
                Value::Unknown
            }),
            Operator::Addresses => {
                let rest = numbers::trim_start(bytes);
                if rest == b">" {
                    let words = b"output separator missing in expanding ${addresses:>}".to_vec();
                    return Err((What::AddressesSeparator, words));
                }
                Ok(Value::Unknown)
            }
            Operator::Expand => {
                match self.replay(bytes, Span::new(0, bytes.len()), |walk| walk.start_text(false, Reach::Taken)) {
                    Some(Ok(replayed)) => Ok(replayed.value.map_or(Value::Unknown, Value::Bytes)),
                    Some(Err(words)) => {
                        Err((What::Inner, say(&[b"internal expansion of \"", bytes, b"\" failed: ", &words])))
                    }
                    None => {
                        self.unsure();
                        Ok(Value::Unknown)
                    }
                }
            }
            _ => Ok(Value::Unknown),
        }
    }

    /// A number in digits. Of many digits 4.96 dies where nothing but a missing header stands before them: it has made
    /// too little room.
    fn number_text(&mut self, number: i64) -> Value {
        let text = number.to_string();
        if text.len() > 13 {
            self.unsure();
        }
        Value::Bytes(text.into_bytes())
    }

    /// `length_3`, `substr_-3_2`, `hash_5` and so on.
    fn numbered(&mut self, operator: Operator, frame: &OperatorFrame, arg: Arg) -> Value {
        let name = self.kept(frame.name);
        let Some(suffix) = self.suffix(frame).map(<[u8]>::to_vec) else {
            let words = say(&[b"missing values after ", name]);
            self.evaluated(What::OperatorValuesMissing, frame.name, words, frame.reach);
            return Value::Unknown;
        };
        let is_length = matches!(operator, Operator::Length | Operator::L);
        let mut numbers: [i32; 2] = if is_length { [0, 0] } else { [0, -1] };
        let mut which = usize::from(is_length);
        let (mut digits, mut sign) = (&suffix[..], 1);
        if !is_length
            && name.first() == Some(&b's')
            && let Some(rest) = digits.strip_prefix(b"-")
        {
            (digits, sign) = (rest, -1);
        }
        let mut at = 0;
        while let Some(&byte) = digits.get(at) {
            if at > 0 && byte == b'_' && which == 0 {
                which = 1;
                numbers[1] = 0;
                if digits.len() > at + 1 {
                    at += 1;
                }
                // An underscore at the end stays there, and is no digit.
                continue;
            }
            if !byte.is_ascii_digit() {
                let words = say(&[b"non-digit after underscore in \"", name, b"\""]);
                self.evaluated(What::OperatorValues, frame.name, words, frame.reach);
                return Value::Unknown;
            }
            numbers[which] = numbers[which].wrapping_mul(10).wrapping_add(i32::from(byte - b'0'));
            at += 1;
        }
        numbers[0] *= sign;
        let cut = match operator {
            Operator::Hash | Operator::H => Cut::Hash,
            Operator::Nhash | Operator::Nh => Cut::Nhash,
            _ => Cut::Part,
        };
        self.part_of(cut, numbers, Some(arg), frame.reach)
    }

    fn check_sha(&mut self, operator: Operator, frame: &OperatorFrame) {
        let (name, variants): (_, &[&[u8]]) = match operator {
            Operator::Sha3 => ("sha3", &[b"224", b"256", b"384", b"512"]),
            _ => ("sha2", &[b"256", b"384", b"512"]),
        };
        if self.suffix(frame).is_some_and(|suffix| !variants.contains(&suffix)) {
            let words = format!("unrecognised {name} variant").into_bytes();
            self.evaluated(What::ShaVariant, frame.name, words, frame.reach);
        }
    }

    fn check_list_type(&mut self, frame: &OperatorFrame) {
        match self.suffix(frame) {
            Some(suffix) if !matches!(suffix.first(), Some(b'a' | b'd' | b'h' | b'l')) => {
                let words = b"bad suffix on \"list\" operator".to_vec();
                self.evaluated(What::ListType, frame.name, words, frame.reach);
            }
            // Which lists have names is in the configuration.
            _ => self.unsure(),
        }
    }

    fn check_quote_type(&mut self, frame: &OperatorFrame) {
        let suffix = self.suffix(frame).unwrap_or_default();
        let kind = suffix.split(|&byte| byte == b'_').next().unwrap_or_default();
        if super::lookups::is_known(kind) {
            self.unsure();
        } else {
            let words = say(&[b"unknown lookup type \"", kind, b"\""]);
            self.evaluated(What::QuoteType, frame.name, words, frame.reach);
        }
    }
}

/// Whether an operator refuses some values.
fn can_fail(operator: Operator) -> bool {
    !matches!(
        operator,
        Operator::Lc
            | Operator::Uc
            | Operator::Strlen
            | Operator::Listcount
            | Operator::Quote
            | Operator::QuoteLocalPart
            | Operator::Rxquote
            | Operator::Hexquote
            | Operator::Escape8bit
            | Operator::Escape
            | Operator::Str2b64
            | Operator::Base64
    )
}

fn escaped(bytes: &[u8], write: impl Fn(u8, &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 4);
    for &byte in bytes {
        write(byte, &mut out);
    }
    out
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn octal(byte: u8) -> [u8; 4] {
    [b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]
}

/// How Exim shows a byte that does not print (`string_printing`).
fn printing(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'\n' => out.extend(b"\\n"),
        b'\r' => out.extend(b"\\r"),
        8 => out.extend(b"\\b"),
        11 => out.extend(b"\\v"),
        12 => out.extend(b"\\f"),
        0..=8 | 10..=31 | 127.. => out.extend(octal(byte)),
        _ => out.push(byte),
    }
}

fn quote(bytes: &[u8], is_local_part: bool) -> Vec<u8> {
    let last = bytes.len().saturating_sub(1);
    let is_plain = |(at, &byte): (usize, &u8)| {
        byte.is_ascii_alphanumeric()
            || if is_local_part {
                b"!#$%&'*+-/=?^_`{|}~".contains(&byte) || (byte == b'.' && at != 0 && at != last)
            } else {
                b"_-.".contains(&byte)
            }
    };
    if !bytes.is_empty() && bytes.iter().enumerate().all(is_plain) {
        return bytes.to_vec();
    }
    let inner = escaped(bytes, |byte, out| match byte {
        b'\n' => out.extend(b"\\n"),
        b'\r' => out.extend(b"\\r"),
        b'\\' | b'"' => out.extend([b'\\', byte]),
        _ => out.push(byte),
    });
    say(&[b"\"", &inner, b"\""])
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A number in some digits; it wraps.
fn positional(text: &[u8], digits: &[u8]) -> Option<i64> {
    let base = i64::try_from(digits.len()).ok()?;
    text.iter().try_fold(0_i64, |number, byte| {
        let digit = digits.iter().position(|digit| digit == byte).and_then(|digit| i64::try_from(digit).ok())?;
        Some(number.wrapping_mul(base).wrapping_add(digit))
    })
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let sextet = (bits >> (18 - 6 * digit)) & 63;
            out.push(if digit > chunk.len() { b'=' } else { BASE64[sextet as usize] });
        }
    }
    out
}

fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text.iter().copied().filter(|&byte| !super::is_space(byte));
    let digit = |byte: u8| BASE64.iter().position(|&known| known == byte).and_then(|at| u8::try_from(at).ok());
    let mut out = Vec::new();
    while let Some(first) = rest.next() {
        let x = digit(first)?;
        let y = digit(rest.next()?)?;
        out.push(x << 2 | y >> 4);
        match rest.next()? {
            b'=' => return (rest.next() == Some(b'=') && rest.next().is_none()).then_some(out),
            third => {
                let x = digit(third)?;
                out.push(y << 4 | x >> 2);
                match rest.next()? {
                    b'=' => return rest.next().is_none().then_some(out),
                    fourth => out.push(x << 6 | digit(fourth)?),
                }
            }
        }
    }
    Some(out)
}

/// A time: `1w2d3h4m5s` (`readconf_readtime`). In seconds; it wraps.
fn read_time(text: &[u8]) -> Option<i32> {
    let (mut rest, mut seconds) = (text, 0_i32);
    loop {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let number = numbers::atoi(&rest[..digits]);
        let factor = match rest.get(digits)? {
            b'w' => 604_800,
            b'd' => 86_400,
            b'h' => 3_600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        seconds = seconds.wrapping_add(number.wrapping_mul(factor));
        rest = &rest[digits + 1..];
        if rest.is_empty() {
            // Exim takes a negative result for an error.
            return (seconds >= 0).then_some(seconds);
        }
    }
}

fn mask(bytes: &[u8]) -> Result<Value, (What, Vec<u8>)> {
    let Some(address) = super::address::address(bytes, true) else {
        return Err((What::NotAnIpAddress, say(&[b"\"", bytes, b"\" is not an IP address"])));
    };
    let Some(slash) = address.mask else {
        return Err((What::MaskMissing, say(&[b"missing mask value in \"", bytes, b"\""])));
    };
    let most = if address.version == 4 { 32 } else { 128 };
    match numbers::whole_number(&bytes[slash + 1..]) {
        Some(mask) if (0..=most).contains(&mask) => Ok(Value::Unknown),
        _ => Err((What::MaskTooBig, say(&[b"mask value too big in \"", bytes, b"\""]))),
    }
}

/// Whether the number for `randint` is one that nobody divides by zero.
fn randint(bytes: &[u8]) -> Result<bool, (What, Vec<u8>)> {
    let shown = numbers::trim_start(bytes);
    let (what, words): (_, [&[u8]; 2]) = match numbers::integer(bytes) {
        // An empty text is not cast to zero here.
        Integer::Value(_) if bytes.is_empty() => (What::IntegerExpected, [b"integer expected but \"", b"\" found"]),
        Integer::None => (What::IntegerExpected, [b"integer expected but \"", b"\" found"]),
        Integer::Value(..0) => (What::NegativeInteger, [b"non-negative integer expected but \"", b"\" found"]),
        Integer::Value(value) => return Ok(i32::try_from(value).is_ok_and(|value| value > 0)),
        _ if shown.starts_with(b"-") => (What::NegativeInteger, [b"non-negative integer expected but \"", b"\" found"]),
        Integer::Invalid => (What::InvalidInteger, [b"invalid integer \"", b"\""]),
        Integer::Overflow => (What::IntegerOverflow, [b"absolute value of integer \"", b"\" is too large (overflow)"]),
    };
    Err((what, say(&[words[0], shown, words[1]])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_those_of_exim() {
        assert_eq!(base64(b"a"), b"YQ==");
        assert_eq!(base64(b"abcd"), b"YWJjZA==");
        assert_eq!(decode_base64(b"YWJj ZA=="), Some(b"abcd".to_vec()));
        assert_eq!(decode_base64(b"YWJ"), None);
        assert_eq!(read_time(b"1h30m"), Some(5400));
        assert_eq!(read_time(b"90"), None);
        assert_eq!(quote(b"a.b", false), b"a.b");
        assert_eq!(quote(b"a b", false), b"\"a b\"");
        assert_eq!(quote(b".a", true), b"\".a\"");
    }
}
