//! Names of groups, and references to groups by name and by number.

use super::complaint::Stop;
use super::numbers::group_number;
use super::parser::{Atom, Parser, Pending, Wanted};
use super::tree::Kind;

impl<'p> Parser<'p> {
    /// Reads the name of a group; empty only at the end of the pattern (`reg_scan_name`).
    pub fn name(&mut self) -> Result<&'p [u8], Stop> {
        let start = self.at;
        if self.is_end() {
            return Ok(&[]);
        }
        let first = self.here();
        if !self.is_word(first) || first.is_ascii_digit() {
            return self.byte_error("Group name must start with a non-digit word character", start, start);
        }
        while !self.is_end() && self.is_word(self.here()) {
            self.at += 1;
        }
        Ok(&self.bytes[start..self.at])
    }

    /// Once Perl went over to UTF-8, letters of Latin-1 are letters of names.
    fn is_word(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || byte == b'_'
            || (self.shown.is_utf8 && !byte.is_ascii() && char::from(byte).is_alphabetic())
    }

    /// A name that a group should have; when it has none yet, the second pass decides.
    pub fn want_name(&mut self, name: &'p [u8], start: usize, here: usize) {
        if !self.names.contains_key(name) {
            self.pending.push(Pending { group: Wanted::Name(name), at: self.span(start, here), here });
        }
    }

    /// A reference by name, at the name (`handle_named_backref`). `text` is where the three bytes begin that Perl
    /// shows.
    pub fn named_reference(&mut self, text: usize, closer: u8, start: usize) -> Result<Atom, Stop> {
        let name_start = self.at;
        let name = self.name()?;
        self.want_name(name, name_start, self.at);
        if !name.is_empty() && closer == b'}' {
            while matches!(self.here(), b' ' | b'\t') {
                self.at += 1;
            }
        }
        if name.is_empty() || self.here() != closer {
            let shown = self.rest(text);
            let message = [b"Sequence ".as_slice(), &shown[..shown.len().min(3)], b"... not terminated"].concat();
            return self.cut_error(message, start, self.at);
        }
        let end = self.at + 1;
        self.next()?;
        let group = self.names.get(name).copied();
        let atom = self.leaf(Kind::Backref(group.unwrap_or(0)), start, end);
        if group.is_none() {
            self.unresolved.push((self.tree.last(), name));
        }
        Ok(atom)
    }

    /// `\k<name>` and, when it is no number, `\g{name}`; at the letter.
    pub fn named_escape(&mut self, start: usize) -> Result<Atom, Stop> {
        let quote = self.byte(self.at + 1);
        if self.at + 1 >= self.bytes.len() || !matches!(quote, b'<' | b'\'' | b'{') {
            let text = &self.bytes[start..(start + 2).min(self.bytes.len())];
            let message = [b"Sequence ".as_slice(), text, b"... not terminated"].concat();
            return self.cut_error(message, start, self.at + 1);
        }
        self.at += 2;
        let closer = match quote {
            b'<' => b'>',
            b'{' => b'}',
            _ => b'\'',
        };
        while quote == b'{' && matches!(self.here(), b' ' | b'\t') {
            self.at += 1;
        }
        self.named_reference(start, closer, start)
    }

    /// `\g1`, `\g{-1}`, `\g{name}`; at the letter.
    pub fn g_escape(&mut self, start: usize) -> Result<Atom, Stop> {
        let mut digits = self.at + 1;
        let is_braced = self.byte(digits) == b'{';
        let closer = if is_braced { self.find(b'}', digits) } else { None };
        if is_braced && closer.is_none() {
            digits += 1;
            digits += usize::from(self.byte(digits) == b'-');
            if !self.byte(digits).is_ascii_digit() {
                return self.named_escape(start);
            }
            while self.byte(digits).is_ascii_digit() {
                digits += 1;
            }
            return self.error("Unterminated \\g{...} pattern", start, digits);
        }
        if is_braced {
            digits += 1;
            while matches!(self.byte(digits), b' ' | b'\t') {
                digits += 1;
            }
        }
        let is_relative = self.byte(digits) == b'-';
        digits += usize::from(is_relative);
        let is_number = self.byte(digits).is_ascii_digit();
        if is_braced && !is_number {
            return self.named_escape(start);
        }
        let mut number = match group_number(self.rest(digits)) {
            Some(0) => return self.error("Reference to invalid group 0", start, digits),
            Some(number) => number,
            None if is_number => return self.error("Reference to nonexistent group", start, digits),
            None => return self.error("Unterminated \\g... pattern", start, digits),
        };
        if is_relative {
            number = match self.next_group.checked_sub(number) {
                Some(number @ 1..) => number,
                _ => return self.error("Reference to nonexistent or unclosed group", start, digits),
            };
        }
        self.at = digits;
        if let Some(closer) = closer {
            self.at = closer + 1;
        }
        self.numbered_reference(number, start)
    }

    /// A reference by number, at the digits or behind the brace.
    pub fn numbered_reference(&mut self, number: u32, start: usize) -> Result<Atom, Stop> {
        while self.here().is_ascii_digit() && self.bytes[self.at - 1] != b'}' {
            self.at += 1;
        }
        let end = self.at;
        if number >= self.next_group {
            let at = self.span(start, end);
            self.pending.push(Pending { group: Wanted::Number(number), at, here: end });
        }
        self.at = self.skip(end)?;
        Ok(self.leaf(Kind::Backref(number), start, end))
    }
}
