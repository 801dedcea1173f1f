//! `\x41`, `\x{41}`, `\o{101}`, `\cA`: characters by number (`grok_bslash_x`, `_o`, `_c`).

use super::complaint::{Shown, Stop, Warnings};
use super::numbers::{Underscores, digits};
use super::parser::Parser;
use super::tree::Dialect;

/// A character by its number.
pub(super) struct Escaped {
    pub value: u64,
    /// Where the escape ends.
    pub end: usize,
}

impl Parser<'_> {
    /// Reads the escape at a backslash. `is_range_end`: the largest 64-bit number may stand here.
    pub fn escaped_number(&self, at: usize, is_range_end: bool) -> Result<Escaped, Stop> {
        if self.tree.dialect == Dialect::Pcre2 && !is_plain_number(self.rest(at + 1)) {
            return Err(Stop::cannot_tell());
        }
        match self.byte(at + 1) {
            b'c' => self.control(at),
            b'x' if self.byte(at + 2) != b'{' => self.short_hex(at),
            letter => {
                if self.byte(at + 2) != b'{' {
                    return self.error("Missing braces on \\o{}", at, at + 2);
                }
                self.braced(at, letter, is_range_end)
            }
        }
    }

    fn control(&self, at: usize) -> Result<Escaped, Stop> {
        let letter = self.byte(at + 2);
        if !is_print(letter) {
            return self.error("Character following \"\\c\" must be printable ASCII", at, at + 3);
        }
        if letter == b'{' {
            return self.error("Use \";\" instead of \"\\c{\"", at, at + 3);
        }
        let value = letter.to_ascii_uppercase() ^ 64;
        if is_print(value) {
            let shown = char::from(value);
            let backslash = if value.is_ascii_alphanumeric() || value == b'_' { "" } else { "\\" };
            let message =
                format!("\"\\c{}\" is more clearly written simply as \"{backslash}{shown}\"", char::from(letter));
            self.warning(message, at, at + 3)?;
        }
        Ok(Escaped { value: u64::from(value), end: at + 3 })
    }

    fn short_hex(&self, at: usize) -> Result<Escaped, Stop> {
        let start = at + 2;
        if start >= self.bytes.len() {
            return Ok(Escaped { value: 0, end: start });
        }
        let read = digits(self.rest(start), 2, 4, Underscores::No);
        let end = start + read.len;
        if read.len != 2 && read.stopped {
            let message = self.alien_digit(b'x', start, end, false);
            self.warning(message, at, end)?;
        }
        Ok(Escaped { value: read.value, end })
    }

    fn braced(&self, at: usize, letter: u8, is_range_end: bool) -> Result<Escaped, Stop> {
        let content = at + 3;
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let (shift, largest) = if letter == b'x' { (4, "0x7FFFFFFFFFFFFFFF") } else { (3, "0777777777777777777777") };
        let Some(brace) = memchr::memchr(b'}', self.rest(content)).map(|found| content + found) else {
            let blanks = self.rest(content).iter().take_while(is_blank).count();
            let rest = self.rest(content + blanks);
            let digits = rest.iter().take_while(|&&byte| char::from(byte).is_digit(1 << shift)).count();
            let message = format!("Missing right brace on \\{}{{}}", char::from(letter));
            return self.error(message, at, content + blanks + digits);
        };
        let inside = &self.bytes[content..brace];
        let leading = inside.iter().take_while(is_blank).count();
        let trailing = inside[leading..].iter().rev().take_while(is_blank).count();
        let (start, end) = (content + leading, brace - trailing);
        if start == end {
            if letter == b'o' {
                return self.error("Empty \\o{}", at, start + 1);
            }
            return Ok(Escaped { value: 0, end: brace + 1 });
        }
        let read = digits(self.rest(start), end - start, shift, Underscores::Yes);
        if read.overflowed {
            let words: &[u8] = if letter == b'x' {
                b"Hexadecimal number > 0xffffffff non-portable"
            } else {
                b"Octal number > 037777777777 non-portable"
            };
            if self.shown.warnings == Warnings::Refuse {
                return Err(Shown::plain(words, self.span(start, end)));
            }
        }
        if read.value == u64::MAX && !is_range_end {
            let prefix = if letter == b'x' { "0x" } else { "0" };
            let message = [
                b"Use of code point ".as_slice(),
                prefix.as_bytes(),
                &self.bytes[start..start + read.len],
                b" is not allowed; the permissible max is ",
                largest.as_bytes(),
            ]
            .concat();
            let here = if letter == b'x' { end + 1 } else { brace + 1 };
            return self.error(message, at, here);
        }
        if start + read.len != end {
            let message = self.alien_digit(letter, start, start + read.len, true);
            self.warning(message, at, brace + 1)?;
        }
        Ok(Escaped { value: read.value, end: brace + 1 })
    }

    /// What Perl says of a byte that ends a number early (`form_alien_digit_msg`). `kind` is `x`, `o` or `8`: the
    /// octal number without a letter. The digits begin at `start`, the byte stands at `alien`.
    pub fn alien_digit(&self, kind: u8, start: usize, alien: usize, is_braced: bool) -> Vec<u8> {
        let byte = self.byte(alien);
        let shown = match byte {
            b'\n' => "\\n".to_owned(),
            b'\r' => "\\r".to_owned(),
            b'\t' => "\\t".to_owned(),
            0x0c => "\\f".to_owned(),
            0x07 => "\\a".to_owned(),
            0x1b => "\\e".to_owned(),
            0x08 => "\\b".to_owned(),
            b'\\' => "\\\\".to_owned(),
            _ if is_print(byte) => char::from(byte).to_string(),
            0x80.. if !self.shown.is_utf8 => format!("\\x{{ffffff{byte:x}}}"),
            _ => format!("\\x{{{byte:x}}}"),
        };
        let quote = if is_print(byte) { "'" } else { "" };
        let digits = &self.bytes[start..alien];
        let (name, symbol) = match kind {
            b'x' => ("hex", 'x'),
            b'o' => ("octal", 'o'),
            _ => ("octal", '0'),
        };
        let padding = match digits.len() {
            0 => "00",
            1 => "0",
            _ => "",
        };
        let more = if symbol == 'o' && digits.len() < 3 { "0" } else { "" };
        let (open, close) = if is_braced { ("{", "}") } else { ("", shown.as_str()) };
        let before = format!(
            "Non-{name} character {quote}{shown}{quote} terminates \\{symbol} early.  Resolved as \"\\{symbol}{open}{more}{padding}"
        );
        [before.as_bytes(), digits, close.as_bytes(), b"\""].concat()
    }
}

/// An escape of a byte that Perl and PCRE2 read alike, behind its backslash: `x41`, `x{41}`, `cA`.
fn is_plain_number(escape: &[u8]) -> bool {
    let is_hex = u8::is_ascii_hexdigit;
    match escape {
        [b'x', b'{', a, b'}', ..] => is_hex(a),
        [b'x', b'{', a, b, b'}', ..] | [b'x', a, b, ..] => is_hex(a) && is_hex(b),
        [b'c', letter, ..] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

fn is_print(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}
