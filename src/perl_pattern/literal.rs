//! Runs of characters that match themselves, and the escapes that stand for a character.

use super::complaint::{Shown, Stop};
use super::escape_number::Escaped;
use super::flags::Charset;
use super::named_character::Named;
use super::numbers::{Underscores, digits, group_number};
use super::parser::{Atom, Parser};
use super::tree::{Fold, Kind, index};

/// The byte may end a run, or mean something in it.
const SPECIAL: u8 = 1;
/// The same under `x`, where it is left out.
const BLANK: u8 = 2;
/// The byte takes part in case folding.
const LETTER: u8 = 4;

/// What a byte may be in a run.
static SORTS: [u8; 256] = {
    let mut sorts = [0; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        byte += 1;
        if takes_part_in_folding_as_byte(byte) {
            sorts[byte as usize] = LETTER;
        }
    }
    let special = b"\\^$.[()|{*+?";
    let mut index = 0;
    while index < special.len() {
        sorts[special[index] as usize] = SPECIAL;
        index += 1;
    }
    let blank = b"# \t\n\x0b\x0c\r\x85";
    index = 0;
    while index < blank.len() {
        sorts[blank[index] as usize] = BLANK;
        index += 1;
    }
    sorts
};

/// Perl's own limit: from here on a code point is no Unicode and needs Perl's own UTF-8.
const LARGEST_PORTABLE: u64 = 0x7fff_ffff;

/// A character of a run that has been read.
struct Member {
    /// Where it ends.
    end: usize,
    /// Where the next one begins.
    next: usize,
    /// A quantifier follows.
    is_last: bool,
}

impl Parser<'_> {
    /// Reads a run of literal characters. It ends before what is no literal, and before a character with a quantifier
    /// when others stand before it.
    #[inline(never)]
    pub fn literal(&mut self, start: usize) -> Result<Atom, Stop> {
        if let Some(atom) = self.lone_character(start) {
            return Ok(atom);
        }
        let first = self.tree.chars.len();
        let (mut at, mut end, mut is_letter) = (start, start, None);
        loop {
            let plain = self.plain(at, is_letter);
            let next = self.byte(plain);
            if plain > at {
                let has_members = plain - at > 1 || self.tree.chars.len() > first;
                let is_quantified = matches!(next, b'*' | b'+' | b'?');
                let needs_look = self.needs_look(plain);
                // The quantifier is that of the last character alone.
                let taken = plain - usize::from((is_quantified && has_members) || needs_look);
                if let [byte] = self.bytes[at..taken] {
                    self.tree.chars.push(u32::from(byte));
                } else {
                    self.tree.chars.extend(self.bytes[at..taken].iter().map(|&byte| u32::from(byte)));
                }
                if taken > at {
                    end = taken;
                    is_letter = Some(SORTS[usize::from(self.bytes[at])] & LETTER != 0);
                }
                at = taken;
                if !needs_look && next != b'\\' {
                    break;
                }
            }
            if at >= self.bytes.len() {
                break;
            }
            let Some(step) = self.run_member(at, start, first, &mut is_letter)? else { break };
            end = step.end;
            at = step.next;
            if step.is_last || at >= self.bytes.len() {
                break;
            }
        }
        self.at = at;
        let (at, len) = (index(first), index(self.tree.chars.len() - first));
        Ok(self.leaf(Kind::Literal { at, len, fold: self.fold() }, start, end))
    }

    /// A run of one byte that means nothing else, before something that surely ends it. Patterns of many small parts
    /// are full of such runs.
    #[inline]
    fn lone_character(&mut self, start: usize) -> Option<Atom> {
        let (byte, next) = (self.byte(start), self.byte(start + 1));
        let is_end = match next {
            b'{' | b'\\' => false,
            b'(' => self.byte(start + 2) != b'?',
            next => SORTS[usize::from(next)] & SPECIAL != 0,
        };
        if !is_end || SORTS[usize::from(byte)] & SPECIAL != 0 || self.flags.extended {
            return None;
        }
        self.at = start + 1;
        let at = index(self.tree.chars.len());
        self.tree.chars.push(u32::from(byte));
        Some(self.leaf(Kind::Literal { at, len: 1, fold: self.fold() }, start, start + 1))
    }

    /// Reads one character of a run that may mean something, or stand before something that does; none when it is not
    /// of the run. `first` is where the characters of the run begin.
    #[inline(never)]
    fn run_member(
        &mut self,
        at: usize,
        start: usize,
        first: usize,
        is_letter: &mut Option<bool>,
    ) -> Result<Option<Member>, Stop> {
        let has_members = self.tree.chars.len() > first;
        let Some((char, end)) = self.literal_character(at, start, has_members)? else { return Ok(None) };
        if char > 255 {
            self.upgrade();
            self.check_portable(char, at, end)?;
        }
        let next = self.skip(end)?;
        let is_last = next < self.bytes.len() && self.is_quantifier(next);
        if is_last && has_members {
            return Ok(None);
        }
        if self.flags.fold && self.flags.charset != Charset::Locale {
            let this = takes_part_in_folding(char);
            if *is_letter.get_or_insert(this) != this {
                return Ok(None);
            }
        }
        if char > i64::MAX as u64 {
            // Only when the warning about it was forgiven: Perl cannot write such a character.
            let words = format!("Use of code point 0x{char:X} is not allowed; the permissible max is 0x{:X}", i64::MAX);
            return Err(Shown::plain(words.as_bytes(), self.span(at, end)));
        }
        self.tree.chars.push(u32::try_from(char).unwrap_or(u32::MAX));
        Ok(Some(Member { end, next, is_last }))
    }

    /// Whether the byte behind a character of a run asks for a closer look: it may begin a quantifier, a comment, or a
    /// blank that is left out and has a quantifier behind it.
    fn needs_look(&self, at: usize) -> bool {
        match self.byte(at) {
            b'{' => true,
            b'(' => self.begins(at, b"(?#"),
            byte => self.flags.extended && SORTS[usize::from(byte)] & BLANK != 0,
        }
    }

    /// How far from a place on the bytes surely belong to a run: under `i` those of one sort.
    fn plain(&self, at: usize, is_letter: Option<bool>) -> usize {
        let same = if self.flags.fold && self.flags.charset != Charset::Locale { LETTER } else { 0 };
        let ends = same | SPECIAL | if self.flags.extended { BLANK } else { 0 };
        // Under `i` a byte goes on with the run when it is as its first one.
        let sort = same
            & match is_letter {
                Some(true) => LETTER,
                Some(false) => 0,
                None => SORTS[usize::from(self.byte(at))],
            };
        let rest = &self.bytes[at..];
        at + rest.iter().position(|&byte| SORTS[usize::from(byte)] & ends != sort).unwrap_or(rest.len())
    }

    /// A literal whose characters are known.
    pub fn literal_leaf(&mut self, chars: &[u32], start: usize, end: usize) -> Atom {
        let at = index(self.tree.chars.len());
        self.tree.chars.extend_from_slice(chars);
        self.leaf(Kind::Literal { at, len: index(chars.len()), fold: self.fold() }, start, end)
    }

    fn fold(&self) -> Fold {
        match (self.flags.fold, self.flags.charset) {
            (false, _) => Fold::No,
            (true, Charset::AsciiMore) => Fold::Ascii,
            (true, _) => Fold::Unicode,
        }
    }

    /// A character of a run, and where it ends; none where the run ends.
    fn literal_character(&mut self, at: usize, start: usize, has_members: bool) -> Result<Option<(u64, usize)>, Stop> {
        Ok(Some(match self.bytes[at] {
            b'^' | b'$' | b'.' | b'[' | b'(' | b')' | b'|' => return Ok(None),
            b'\\' => return self.literal_escape(at),
            b'{' => {
                let before = if at == 0 { 0 } else { self.bytes[at - 1] };
                if has_members || before.is_ascii_alphabetic() {
                    let is_escape = at > start + 1 && before.is_ascii_alphabetic() && self.bytes[at - 2] == b'\\';
                    if is_escape && self.version.forbids_brace_after_escape() {
                        return self.error("Unescaped left brace in regex is illegal here", at, at + 1);
                    }
                    self.unescaped_brace(at)?;
                }
                (u64::from(b'{'), at + 1)
            }
            byte => (u64::from(byte), at + 1),
        }))
    }

    /// An escape that stands for a character; none when it is of another kind.
    fn literal_escape(&mut self, at: usize) -> Result<Option<(u64, usize)>, Stop> {
        let letter = self.byte(at + 1);
        let one = |byte: u8| Ok(Some((u64::from(byte), at + 2)));
        match letter {
            b'A' | b'b' | b'B' | b'C' | b'd' | b'D' | b'g' | b'G' | b'h' | b'H' | b'k' | b'K' | b'p' | b'P' | b'R'
            | b's' | b'S' | b'v' | b'V' | b'w' | b'W' | b'X' | b'z' | b'Z' | b'8' | b'9' => Ok(None),
            b'n' => one(b'\n'),
            b'r' => one(b'\r'),
            b't' => one(b'\t'),
            b'f' => one(0x0c),
            b'e' => one(0x1b),
            b'a' => one(0x07),
            b'N' => self.literal_named(at),
            b'o' | b'x' | b'c' => {
                let Escaped { value, end } = self.escaped_number(at, false)?;
                Ok(Some((value, end)))
            }
            b'1'..=b'7'
                if !self.byte(at + 2).is_ascii_digit()
                    || group_number(self.rest(at + 1)).unwrap_or(i32::MAX as u32) < self.next_group =>
            {
                Ok(None)
            }
            b'0'..=b'7' => self.octal(at, at + 1).map(Some),
            0 if at + 1 >= self.bytes.len() => Err(self.shown.unmarked_error(b"Trailing \\", self.span(at, at + 1))),
            _ => {
                let is_before_brace = letter.is_ascii_alphabetic() && self.byte(at + 2) == b'{';
                if letter.is_ascii_alphanumeric() && !is_before_brace {
                    let message = format!("Unrecognized escape \\{} passed through", char::from(letter));
                    self.warning(message, at, at + 2)?;
                }
                one(letter)
            }
        }
    }

    /// Up to three octal digits, from a place on.
    pub fn octal(&self, backslash: usize, at: usize) -> Result<(u64, usize), Stop> {
        self.only_perl()?;
        let read = digits(self.rest(at), 3, 3, Underscores::No);
        let end = at + read.len;
        if read.stopped && self.byte(end).is_ascii_digit() {
            let message = self.alien_digit(b'8', at, end, false);
            self.warning(message, backslash, end + 1)?;
        }
        Ok((read.value, end))
    }

    fn literal_named(&mut self, at: usize) -> Result<Option<(u64, usize)>, Stop> {
        let before = self.at;
        self.at = at + 2;
        let named = self.named_character(at)?;
        self.at = before;
        Ok(match named {
            Named::One(char, brace) => Some((u64::from(char), brace + 1)),
            Named::NotNewline | Named::Nothing(_) | Named::Several { .. } => None,
        })
    }

    /// A code point that only Perl has.
    pub fn check_portable(&self, char: u64, start: usize, here: usize) -> Result<(), Stop> {
        if char <= LARGEST_PORTABLE {
            return Ok(());
        }
        let message =
            format!("Code point 0x{char:X} is not Unicode, requires a Perl extension, and so is not portable");
        self.warning(message, start, here)
    }
}

/// Whether a character takes part in case folding, after which Perl cuts runs under `i`.
fn takes_part_in_folding(char: u64) -> bool {
    if let Ok(byte) = u8::try_from(char) {
        return takes_part_in_folding_as_byte(byte);
    }
    u32::try_from(char)
        .ok()
        .and_then(char::from_u32)
        .is_some_and(|char| char.to_lowercase().next() != Some(char) || char.to_uppercase().next() != Some(char))
}

const fn takes_part_in_folding_as_byte(byte: u8) -> bool {
    matches!(byte, 0x41..=0x5a | 0x61..=0x7a | 0xb5 | 0xc0..=0xd6 | 0xd8..=0xf6 | 0xf8..=0xff)
}
