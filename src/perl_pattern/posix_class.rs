//! `[:alpha:]`, and what looks as if it were meant so (`handle_possible_posix`).

use super::complaint::Stop;
use super::parser::Parser;

/// What stands at a place that may begin a POSIX class.
pub(super) enum Lookalike<'p> {
    /// One, well formed and known.
    Class { name: &'p [u8], negated: bool, end: usize },
    /// One that was meant, but is not, and what Perl would say of that.
    Defective { end: usize, assumptions: Vec<Assumption> },
    /// None was meant.
    NotMeant,
}

/// Why a look-alike is none, and where Perl marks it.
pub(super) struct Assumption {
    pub reason: &'static str,
    pub start: usize,
    pub here: usize,
}

const BLANKS: &str = "no blanks are allowed in one";
const SEMICOLON: &str = "a semi-colon was found instead of a colon";

const NAMES: [&[u8]; 14] = [
    b"alnum", b"alpha", b"ascii", b"blank", b"cntrl", b"digit", b"graph", b"lower", b"print", b"punct", b"space",
    b"upper", b"word", b"xdigit",
];

/// As many characters as a name may have, less one.
const LONGEST: usize = 15;
/// So many different letters every name has.
const FEWEST_LETTERS: usize = 4;
/// So many letters may be wrong for a name to be meant.
const MOST_TYPOS: usize = 2;

/// What a byte is in a name: the number of a letter, or one of the other two, or 0.
static SORTS: [u8; 256] = {
    let (mut sorts, mut byte) = ([0; 256], 0_u8);
    while byte < 0x80 {
        sorts[byte as usize] = match byte {
            b' ' | b'\t' => BLANK,
            b'a'..=b'z' | b'A'..=b'Z' => byte & 31,
            _ if byte.is_ascii_punctuation() => PUNCT,
            _ => 0,
        };
        byte += 1;
    }
    sorts
};
const BLANK: u8 = 30;
const PUNCT: u8 = 31;

/// What has been found of a look-alike so far.
#[expect(clippy::struct_excessive_bools, reason = "each is something that was found")]
struct Look {
    start: usize,
    at: usize,
    has_problem: bool,
    /// What Perl would say. Most looks find that nothing was meant, so it is written down by a second one only.
    assumptions: Vec<Assumption>,
    is_second: bool,
    has_opening_bracket: bool,
    has_opening_colon: bool,
}

impl Look {
    fn assume(&mut self, reason: &'static str, here: usize) {
        self.has_problem = true;
        if self.is_second {
            self.assumptions.push(Assumption { reason, start: self.start, here });
        }
    }

    fn skip_blanks(&mut self, bytes: &[u8]) {
        if !matches!(bytes.get(self.at), Some(b' ' | b'\t')) {
            return;
        }
        let blanks = bytes[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.at += blanks;
        self.assume(BLANKS, self.at);
    }
}

impl Look {
    /// How many letters of a name may be wrong. `is_closed`: it ends as it should.
    fn most_typos(&self, is_closed: bool) -> usize {
        let is_whole = self.has_opening_bracket && self.has_opening_colon && is_closed;
        if is_whole { MOST_TYPOS } else { MOST_TYPOS - 1 }
    }
}

/// What the reading of a name found.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is something that may be wrong")]
struct Name {
    letters: Letters,
    has_blank: bool,
    has_upper: bool,
    has_colon: bool,
    has_bracket: bool,
    has_semicolon: bool,
}

/// The letters of a name, of which there are few: every `[` in a class makes one, so it must cost nothing.
#[derive(Default)]
struct Letters {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Letters {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }
}

impl std::ops::Deref for Letters {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// A byte that may have been meant as the end of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PossibleEnd {
    None,
    At(usize),
    /// This is the second reading, which ends there.
    Tried,
}

impl<'p> Parser<'p> {
    /// Looks at what may be a POSIX class; `start` is behind its `[`, or at a byte that could have had one before it
    /// (then `is_check`). What Perl would say stands beside the outcome, and is said later, if at all.
    pub fn posix_lookalike(&self, start: usize, is_check: bool) -> Result<Lookalike<'p>, Stop> {
        match self.look(start, is_check, false)? {
            Lookalike::Defective { .. } => self.look(start, is_check, true),
            other => Ok(other),
        }
    }

    fn look(&self, start: usize, is_check: bool, is_second: bool) -> Result<Lookalike<'p>, Stop> {
        let bytes = self.bytes;
        let end = bytes.len();
        if start >= end {
            return Ok(Lookalike::NotMeant);
        }
        let mut look = Look {
            start,
            at: start,
            has_problem: false,
            assumptions: Vec::new(),
            is_second,
            has_opening_bracket: bytes[start - 1] == b'[',
            has_opening_colon: false,
        };
        if !look.has_opening_bracket {
            look.assume("it doesn't start with a '['", start);
        }
        look.skip_blanks(bytes);
        if matches!(self.byte(look.at), b'=' | b'.')
            && look.at + 3 < end
            && let Some(after) = self.collating(look.at)
        {
            if !look.has_problem && !is_check {
                let shown = char::from(bytes[look.at]);
                let message = format!("POSIX syntax [{shown} {shown}] is reserved for future extensions");
                return self.cut_error(message, start - 1, after);
            }
            return Ok(Lookalike::Defective { end: after, assumptions: Vec::new() });
        }
        let Some(negated) = self.before_name(&mut look) else { return Ok(Lookalike::NotMeant) };
        let name_start = look.at;
        if !self.may_be_name(&look) {
            return Ok(Lookalike::NotMeant);
        }
        let mut possible_end = PossibleEnd::None;
        loop {
            let read = self.read_name(&mut look, name_start, &mut possible_end);
            if let Some((name, at)) = read {
                if name.letters.len() < 3 {
                    return Ok(Lookalike::NotMeant);
                }
                let raw = &bytes[name_start..end.min(name_start + name.letters.len())];
                let known = NAMES.iter().find(|known| **known == raw);
                if known.is_some() || !look.has_problem || is_close(&look, &name) {
                    return self.outcome(look, &name, at, known.copied(), (name_start, negated, is_check));
                }
            }
            if !matches!(possible_end, PossibleEnd::At(_)) {
                return Ok(Lookalike::NotMeant);
            }
            possible_end = PossibleEnd::Tried;
        }
    }

    /// `[=a=]`, `[.a.]`: the place behind it.
    fn collating(&self, at: usize) -> Option<usize> {
        let opener = self.byte(at);
        let mut inside = at + 1;
        if self.byte(inside + 1) == opener {
            inside += 1;
        } else {
            while matches!(self.byte(inside), b'-' | b'_') || self.byte(inside).is_ascii_alphanumeric() {
                inside += 1;
            }
        }
        (self.byte(inside) == opener && self.byte(inside + 1) == b']').then_some(inside + 2)
    }

    /// Reads up to the name; whether it is negated, or none when no class was meant.
    fn before_name(&self, look: &mut Look) -> Option<bool> {
        let mut negated = false;
        if self.byte(look.at) == b'^' {
            look.assume("the '^' must come after the colon", look.at + 1);
            negated = true;
            look.at += 1;
            look.skip_blanks(self.bytes);
        }
        match self.byte(look.at) {
            b':' => {
                look.at += 1;
                look.has_opening_colon = true;
            }
            b';' => {
                look.at += 1;
                look.assume(SEMICOLON, look.at);
                look.has_opening_colon = true;
            }
            byte => {
                look.assume("there must be a starting ':'", look.at);
                if byte.is_ascii_punctuation() && !matches!(byte, b'^' | b']') {
                    look.at += 1;
                }
            }
        }
        look.skip_blanks(self.bytes);
        if self.byte(look.at) == b'^' {
            if negated {
                return None;
            }
            negated = true;
            look.at += 1;
        }
        look.skip_blanks(self.bytes);
        if self.byte(look.at) == b']' {
            if look.has_opening_bracket {
                return None;
            }
            look.at -= 1;
            match self.byte(look.at) {
                b';' => look.assume(SEMICOLON, look.at),
                b':' => {}
                _ => return None,
            }
            look.has_opening_colon = false;
            look.at -= 1;
            while look.at > 0 && (self.byte(look.at).is_ascii_alphanumeric() || self.byte(look.at) == b'_') {
                look.at -= 1;
            }
            look.at += 1;
        }
        Some(negated)
    }

    /// Whether the closer look at a name can find that one was meant. Mostly too few letters follow for that.
    fn may_be_name(&self, look: &Look) -> bool {
        let (mut letters, mut puncts, mut length) = (0_u32, 0, 0);
        let bytes = self.rest(look.at);
        for (at, &byte) in bytes.iter().enumerate().take(2 * LONGEST) {
            match SORTS[usize::from(byte)] {
                BLANK => continue,
                PUNCT => {
                    // Without a problem so far any name is one, if only an unknown one.
                    if !look.has_problem && bytes.get(at + 1) == Some(&b']') {
                        return true;
                    }
                    puncts += 1;
                }
                letter => letters |= 1 << letter,
            }
            length += 1;
            if length == LONGEST || puncts > MOST_TYPOS {
                break;
            }
        }
        // The lowest bit is that of all other bytes.
        letters &= !1;
        let is_read = length == LONGEST || puncts > MOST_TYPOS || bytes.len() <= 2 * LONGEST;
        !is_read || letters.count_ones() as usize + look.most_typos(true) >= FEWEST_LETTERS
    }

    /// Reads a name, and gives the place behind it; none when it is too long or too odd.
    fn read_name(&self, look: &mut Look, start: usize, possible: &mut PossibleEnd) -> Option<(Name, usize)> {
        let end = self.bytes.len();
        let (mut name, mut at, mut puncts) = (Name::default(), start, 0);
        while at < end {
            let byte = self.bytes[at];
            if matches!(byte, b' ' | b'\t') {
                name.has_blank = true;
                look.has_problem = true;
                at += 1;
                continue;
            }
            if byte.is_ascii_punctuation() {
                if byte != b']' {
                    let blanks = self.rest(at + 1).iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                    if blanks > 0 {
                        name.has_blank = true;
                        look.has_problem = true;
                    }
                    let peek = at + 1 + blanks;
                    if self.byte(peek) == b']' {
                        name.has_bracket = true;
                        name.has_semicolon = byte == b';';
                        name.has_colon = matches!(byte, b':' | b';');
                        look.has_problem |= !name.has_colon;
                        return Some((name, peek + 1));
                    }
                }
                if matches!(byte, b']' | b'[' | b':' | b';') {
                    if *possible != PossibleEnd::None {
                        break;
                    }
                    *possible = PossibleEnd::At(at);
                }
                puncts += 1;
                if puncts > MOST_TYPOS {
                    break;
                }
            } else if byte.is_ascii_uppercase() {
                name.has_upper = true;
                look.has_problem = true;
            }
            name.letters.push(if byte.is_ascii_punctuation() { byte } else { byte.to_ascii_lowercase() });
            at += 1;
            if name.letters.len() >= LONGEST {
                break;
            }
        }
        look.has_problem = true;
        if name.letters.len() >= LONGEST || puncts > MOST_TYPOS {
            return None;
        }
        if !name.letters.is_empty() && at == end && self.bytes[at - 1].is_ascii_punctuation() {
            at -= 1;
            name.letters.pop();
        }
        match self.byte(at) {
            b']' if at < end => {
                name.has_bracket = true;
                if let PossibleEnd::At(first) = *possible
                    && self.bytes[first] == b']'
                    && name.letters.last() == Some(&b']')
                {
                    name.letters.pop();
                    at = first;
                    *possible = PossibleEnd::Tried;
                }
            }
            byte if at < end && byte.is_ascii_punctuation() => {
                name.has_semicolon = byte == b';';
                name.has_colon = matches!(byte, b':' | b';');
                at += 1;
            }
            _ => {}
        }
        Some((name, at))
    }

    fn outcome(
        &self,
        mut look: Look,
        name: &Name,
        at: usize,
        known: Option<&'static [u8]>,
        (name_start, negated, is_check): (usize, bool, bool),
    ) -> Result<Lookalike<'p>, Stop> {
        if look.has_problem {
            let found = [
                (name.has_upper, "the name must be all lowercase letters"),
                (name.has_blank, BLANKS),
                (name.has_semicolon, SEMICOLON),
                (!name.has_semicolon && !name.has_colon, "there is no terminating ':'"),
                (!name.has_bracket, "there is no terminating ']'"),
            ];
            for (_, reason) in found.into_iter().filter(|(is_so, _)| *is_so) {
                look.assume(reason, at);
            }
            return Ok(Lookalike::Defective { end: at, assumptions: look.assumptions });
        }
        if let Some(name) = known {
            return Ok(Lookalike::Class { name, negated, end: at });
        }
        if !is_check {
            let name = &self.bytes[name_start..at - 2];
            let caret = if negated { "^" } else { "" };
            let message = [b"POSIX class [:".as_slice(), caret.as_bytes(), name, b":] unknown"].concat();
            return self.cut_error(message, look.start - 1, at);
        }
        Ok(Lookalike::Defective { end: at, assumptions: Vec::new() })
    }
}

/// Whether a name is close enough to a known one.
fn is_close(look: &Look, name: &Name) -> bool {
    let most = look.most_typos(name.has_bracket && name.has_colon);
    let letters = letters(&name.letters);
    if (letters.count_ones() as usize) + most < FEWEST_LETTERS {
        return false;
    }
    NAMES.iter().zip(LETTERS).any(|(known, of_known)| {
        // Each edit brings in at most one letter that was missing; most names are done with here.
        let missing = (of_known & !letters).count_ones() as usize;
        missing <= most && known.len().abs_diff(name.letters.len()) <= most && edits(&name.letters, known) <= most
    })
}

/// The letters of each of [`NAMES`].
static LETTERS: [u32; NAMES.len()] = {
    let (mut sets, mut index) = ([0; NAMES.len()], 0);
    while index < sets.len() {
        sets[index] = letters(NAMES[index]);
        index += 1;
    }
    sets
};

/// The small letters of a name, as a set.
const fn letters(name: &[u8]) -> u32 {
    let (mut set, mut index) = (0, 0);
    while index < name.len() {
        if name[index].is_ascii_lowercase() {
            set |= 1 << (name[index] - b'a');
        }
        index += 1;
    }
    set
}

/// How many letters must be put in, taken out, changed or swapped with a neighbour to make one name of the other
/// (Damerau and Levenshtein, unrestricted: swapped letters may have others between them).
fn edits(name: &[u8], known: &[u8]) -> usize {
    const SIZE: usize = LONGEST + 2;
    let most = name.len() + known.len();
    let mut table = [[most; SIZE]; SIZE];
    for (at, row) in table.iter_mut().enumerate().take(name.len() + 2).skip(1) {
        row[1] = at - 1;
    }
    for (at, cell) in table[1].iter_mut().enumerate().take(known.len() + 2).skip(1) {
        *cell = at - 1;
    }
    let mut last_row = [0_usize; 256];
    for row in 1..=name.len() {
        let mut last_column = 0;
        for column in 1..=known.len() {
            let swap_row = last_row[usize::from(known[column - 1])];
            let swapped = table[swap_row][last_column] + (row - swap_row - 1) + 1 + (column - last_column - 1);
            let is_same = name[row - 1] == known[column - 1];
            let changed = table[row][column] + usize::from(!is_same);
            let put_or_taken = table[row + 1][column].min(table[row][column + 1]) + 1;
            if is_same {
                last_column = column;
            }
            table[row + 1][column + 1] = changed.min(put_or_taken).min(swapped);
        }
        last_row[usize::from(name[row - 1])] = row;
    }
    table[name.len() + 1][known.len() + 1]
}
