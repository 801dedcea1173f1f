//! `\N`: not a newline, or a character by its name or number (`grok_bslash_N`).

use super::complaint::{Shown, Stop, Warnings};
use super::numbers::{Underscores, digits};
use super::parser::Parser;

/// What a `\N` is.
pub(super) enum Named {
    /// Anything but a newline. `self.at` is where the next token begins.
    NotNewline,
    /// `\N{_}`: nothing; the place of the brace.
    Nothing(usize),
    /// A character, and the place of the brace.
    One(u32, usize),
    /// Several characters.
    Several {
        chars: Vec<u32>,
        /// The place of the brace.
        brace: usize,
        /// Where Perl stands when it only counts them.
        after: usize,
    },
}

impl Parser<'_> {
    /// Reads what follows a `\N`; `start` is its backslash. Only for [`Named::NotNewline`] `self.at` moves.
    pub fn named_character(&mut self, start: usize) -> Result<Named, Stop> {
        let token = self.skip(self.at)?;
        if self.byte(token) != b'{' || self.braces(token).is_some() {
            self.at = token;
            return Ok(Named::NotNewline);
        }
        if self.here() != b'{' {
            return self.error("Missing braces on \\N{}", start, self.at);
        }
        let content = self.at + 1;
        let Some(brace) = self.find(b'}', content) else {
            return self.cut_error("Missing right brace on \\N{}", start, content);
        };
        let inside = &self.bytes[content..brace];
        if inside == b"_" {
            return Ok(Named::Nothing(brace));
        }
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let leading = inside.iter().take_while(is_blank).count();
        let trailing = inside[leading..].iter().rev().take_while(is_blank).count();
        let (name_start, end) = (content + leading, brace - trailing);
        let name = &self.bytes[name_start..end];
        if !name.starts_with(b"U+") {
            return self.official_name(name, brace, start);
        }
        let (mut at, mut chars) = (name_start + 2, Vec::new());
        loop {
            let read = digits(self.rest(at), end - at, 4, Underscores::Between);
            let Ok(char) = u32::try_from(read.value) else {
                let words = b"Hexadecimal number > 0xffffffff non-portable";
                if self.shown.warnings != Warnings::Refuse {
                    return Err(Stop::cannot_tell());
                }
                return Err(Shown::plain(words, self.span(at, at + read.len)));
            };
            if read.len == 0 {
                return self.byte_error("Invalid hexadecimal number in \\N{U+...}", start, at);
            }
            at += read.len;
            chars.push(char);
            if at >= end {
                break;
            }
            if self.byte(at) != b'.' || at + 1 >= end {
                return self.error("Invalid hexadecimal number in \\N{U+...}", at, end.min(at + 1));
            }
            at += 1;
        }
        match chars[..] {
            [char] => Ok(Named::One(char, brace)),
            _ => Ok(Named::Several { chars, brace, after: end + 1 }),
        }
    }

    /// A character by its name. The names are thousands; only what can be none of them is judged.
    fn official_name(&self, name: &[u8], brace: usize, start: usize) -> Result<Named, Stop> {
        let may_be_name =
            |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'(' | b')');
        // The short forms (`greek:alpha`), and what Perl's own handler would say of odd bytes, are not known here.
        let is_odd = |byte: &u8| !byte.is_ascii() || matches!(byte, b':' | 0);
        if !name.is_empty() && (name.iter().all(may_be_name) || name.iter().any(is_odd)) {
            return Err(Stop::cannot_tell());
        }
        let message = [b"Unknown charname '".as_slice(), name, b"'"].concat();
        self.error(message, start, brace)
    }
}
