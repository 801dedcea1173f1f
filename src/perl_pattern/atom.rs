//! One atom: a group, a class, an escape with a meaning of its own, or literal text (`regatom`).

use super::complaint::Stop;
use super::flags::Charset;
use super::named_character::Named;
use super::numbers::group_number;
use super::parser::{Atom, Parser, Step};
use super::tree::{Dialect, Kind, Set};

impl Parser<'_> {
    /// Reads an atom. `piece` is where the piece began, of which flags may be a part: `(?i)a`.
    pub fn atom(&mut self, piece: usize) -> Result<Step, Stop> {
        loop {
            let start = self.at;
            match self.here() {
                b'^' => return self.sign(Kind::Start { multiline: self.flags.multiline }),
                b'$' => return self.sign(Kind::End { multiline: self.flags.multiline }),
                b'.' => return self.sign(Kind::Any { newline: self.flags.dot_all }),
                b'[' => return self.bracketed(start).map(Step::Atom),
                b'(' => match self.group(piece)? {
                    // Flags: what follows them is the atom.
                    Step::Nothing if !self.is_end() && !matches!(self.here(), b'|' | b')') => {}
                    step => return Ok(step),
                },
                b'*' | b'+' | b'?' => return self.error("Quantifier follows nothing", start, start + 1),
                b'\\' => return self.escape(start).map(Step::Atom),
                _ => return self.literal(start).map(Step::Atom),
            }
        }
    }

    /// An atom of one byte, which stands here.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "where it is called the kind is known: half the work goes away")]
    fn sign(&mut self, kind: Kind) -> Result<Step, Stop> {
        let start = self.at;
        self.next()?;
        Ok(Step::Atom(self.leaf(kind, start, start + 1)))
    }

    #[inline(never)]
    fn bracketed(&mut self, start: usize) -> Result<Atom, Stop> {
        self.at += 1;
        let set = self.class(start)?;
        if self.here() != b']' {
            return self.error("Unmatched [", start, start + 1);
        }
        let end = self.at + 1;
        self.next()?;
        Ok(self.set(set, start, end))
    }

    /// An escape, at its backslash.
    #[inline(never)]
    fn escape(&mut self, start: usize) -> Result<Atom, Stop> {
        self.at += 1;
        let letter = self.here();
        if self.tree.dialect == Dialect::Pcre2
            && (matches!(letter, b'C' | b'N' | b'X' | b'p' | b'P')
                || (letter.is_ascii_digit() && self.byte(self.at + 1).is_ascii_digit()))
        {
            return Err(Stop::cannot_tell());
        }
        let kind = match letter {
            b'A' => Kind::Start { multiline: false },
            b'G' => Kind::LastMatch,
            b'K' if self.lookarounds > 0 && self.version.forbids_keep_in_lookaround() => {
                return self.error("\\K not permitted in lookahead/lookbehind", start, start + 2);
            }
            b'K' => Kind::Keep,
            b'Z' => Kind::End { multiline: false },
            b'z' => Kind::VeryEnd,
            b'C' if self.version.forbids_single_byte() => {
                return self.error("\\C no longer supported", start, self.at);
            }
            // One byte of whatever stands there.
            b'C' => Kind::Any { newline: true },
            b'X' => Kind::Grapheme,
            b'R' => Kind::LineEnd,
            b'b' | b'B' => {
                if self.byte(self.at + 1) == b'{' {
                    self.only_perl()?;
                    return self.bound(start);
                }
                Kind::Boundary { negated: letter == b'B' }
            }
            b'd' | b'D' | b'h' | b'H' | b'p' | b'P' | b's' | b'S' | b'v' | b'V' | b'w' | b'W' => {
                return self.class_escape(start);
            }
            b'N' => return self.n_escape(start),
            b'k' => return self.named_escape(start),
            b'g' => return self.g_escape(start),
            b'1'..=b'9' => {
                let number = group_number(self.rest(self.at)).unwrap_or(i32::MAX as u32);
                if number > 9 && number >= self.next_group && !matches!(letter, b'8' | b'9') {
                    self.at = start;
                    return self.literal(start);
                }
                return self.numbered_reference(number, start);
            }
            _ => {
                self.at = start;
                return self.literal(start);
            }
        };
        self.end_of_escape(start)?;
        let end = start + 2;
        Ok(self.leaf(kind, start, end))
    }

    /// Behind an escape of one letter no brace may stand that is no quantifier. `self.at` is at the last byte of the
    /// escape.
    fn end_of_escape(&mut self, start: usize) -> Result<(), Stop> {
        let brace = self.at + 1;
        if self.at == start + 1
            && self.byte(brace) == b'{'
            && self.braces(brace).is_none()
            && self.version.forbids_brace_after_escape()
        {
            return self.error("Unescaped left brace in regex is illegal here", brace, brace + 1);
        }
        self.next()
    }

    /// `\b{wb}` and its like, at the letter.
    fn bound(&mut self, start: usize) -> Result<Atom, Stop> {
        let letter = self.here();
        let shown = char::from(letter);
        let content = self.at + 2;
        let Some(brace) = self.find(b'}', self.at) else {
            return self.cut_error(format!("Missing right brace on \\{shown}{{}}"), start, content);
        };
        let inside = &self.bytes[content..brace];
        let leading = inside.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let trailing = inside[leading..].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let name = &inside[leading..inside.len() - trailing];
        if name.is_empty() {
            return self.cut_error(format!("Empty \\{shown}{{}}"), start, brace + 1);
        }
        if !matches!(name, b"g" | b"gcb" | b"lb" | b"sb" | b"wb") {
            let message = [b"'".as_slice(), name, b"' is an unknown bound type"].concat();
            return self.cut_error(message, content + leading, brace - trailing);
        }
        self.at = brace;
        if self.flags.charset.is_ascii() {
            let modifiers = if self.flags.charset == Charset::Ascii { "a" } else { "aa" };
            let text = &self.bytes[brace + 1 - (name.len() + 4)..=brace];
            let message = [b"Using /u for '".as_slice(), text, b"' instead of /", modifiers.as_bytes()].concat();
            self.warning(message, start, brace + 1)?;
        }
        self.next()?;
        Ok(self.leaf(Kind::Boundary { negated: letter == b'B' }, start, brace + 1))
    }

    /// `\d`, `\w`, `\pL` and their like: classes of their own, at the letter.
    fn class_escape(&mut self, start: usize) -> Result<Atom, Stop> {
        let mut set = Set { exact: true, ..Set::default() };
        self.at += 1;
        let letter = self.bytes[start + 1];
        if matches!(letter, b'p' | b'P') {
            self.property(start, letter)?;
            set = Set::UNKNOWN;
        } else {
            self.add_escape_class(&mut set, letter);
        }
        let end = self.at;
        if self.flags.extended_more {
            while matches!(self.here(), b' ' | b'\t') {
                self.at += 1;
            }
        }
        self.at -= 1;
        self.end_of_escape(start)?;
        Ok(self.set(set, start, end))
    }

    /// `\N`, `\N{name}`, `\N{U+41}`, at the letter.
    fn n_escape(&mut self, start: usize) -> Result<Atom, Stop> {
        self.at += 1;
        match self.named_character(start)? {
            Named::NotNewline => Ok(self.leaf(Kind::Any { newline: false }, start, start + 2)),
            Named::Nothing(brace) => {
                self.at = brace;
                self.next()?;
                Ok(self.leaf(Kind::Empty, start, brace + 1))
            }
            Named::One(..) => {
                self.at = start;
                self.literal(start)
            }
            Named::Several { chars, brace, .. } => {
                if chars.iter().any(|&char| char > 255) {
                    self.upgrade();
                }
                self.at = brace;
                self.next()?;
                Ok(self.literal_leaf(&chars, start, brace + 1))
            }
        }
    }
}
