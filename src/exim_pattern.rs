//! Exim's patterns, judged by Exim's own library: PCRE2 compiles them. Only short texts are matched, with patterns that
//! cannot take long.
//!
//! The version of the library is the one whose words Exim 4.96 of Debian 12 logs, 10.42; 10.43 accepts a little more, and
//! counts some offsets differently.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;
use pcre2::bytes::RegexBuilder;

use crate::perl_pattern::Pattern;
use crate::perl_pattern::tree::{Kind, Tree};

/// What stands in a pattern for a byte that is no UTF-8, which the library's interface does not take. Outside of UTF mode
/// PCRE2 treats both alike: neither is a letter, a blank or special, and neither may follow `\c`.
const STAND_IN: u8 = 0x7f;

/// What PCRE2 says of a pattern that it cannot compile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatternError {
    /// Its words, without the offset.
    pub words: String,
    /// Where it stopped, in bytes from the start of the pattern.
    pub offset: usize,
    code: i32,
}

/// What PCRE2 makes of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PatternVerdict {
    /// It compiles.
    Accepted,
    /// It does not.
    Refused(PatternError),
    /// It has bytes that are no UTF-8 where they matter.
    CannotTell,
}

/// Asks PCRE2, with the options that Exim gives it (filter.c: none, or caseless).
#[must_use]
pub fn judge(pattern: &[u8], is_caseless: bool) -> PatternVerdict {
    let Some(text) = as_text(pattern) else { return PatternVerdict::CannotTell };
    match RegexBuilder::new().caseless(is_caseless).build(&text) {
        Ok(_) => PatternVerdict::Accepted,
        Err(error) => {
            let offset = error.offset().unwrap_or_default();
            // The library gives the words only behind some of its own.
            let shown = error.to_string();
            let words = shown.split_once(&format!(" at offset {offset}: ")).map_or(&*shown, |(_, words)| words);
            PatternVerdict::Refused(PatternError { words: words.to_owned(), offset, code: error.code() })
        }
    }
}

/// As a judge for string expansions, whose patterns mind the case.
#[must_use]
pub fn expansion_judge(pattern: &[u8]) -> Option<(String, usize)> {
    match judge(pattern, false) {
        PatternVerdict::Refused(error) => Some((error.words, error.offset)),
        PatternVerdict::Accepted | PatternVerdict::CannotTell => None,
    }
}

/// Whether a pattern matches a text; nothing where that is not computed. `is_caseless` as in Exim's `matches`.
#[must_use]
pub fn matches(pattern: &[u8], is_caseless: bool, text: &[u8]) -> Option<bool> {
    if pattern.len() > LONGEST_MATCHED || text.len() > LONGEST_SUBJECT || !is_quick(&Pattern::of_exim(pattern).tree) {
        return None;
    }
    let regex = RegexBuilder::new().caseless(is_caseless).build(&as_text(pattern)?).ok()?;
    regex.is_match(text).ok()
}

/// As a judge for string expansions.
#[must_use]
pub fn expansion_match(pattern: &[u8], text: &[u8]) -> Option<bool> {
    matches(pattern, false, text)
}

/// The longest pattern that is matched with, and the longest text that is matched.
const LONGEST_MATCHED: usize = 256;
const LONGEST_SUBJECT: usize = 16;
/// So many repetitions may share such a text between them.
const MOST_REPETITIONS: usize = 5;

/// Whether a pattern surely comes to its end soon with a text that short: few repetitions, those that are counted of single
/// characters, and nothing that leads back.
fn is_quick(tree: &Tree) -> bool {
    let mut repetitions = 0;
    tree.nodes().all(|(id, node)| match node.kind {
        Kind::Repeat { max, .. } => {
            repetitions += 1;
            let is_single = tree.children(id).all(|child| {
                matches!(tree.node(child).kind, Kind::Set(_) | Kind::Any { .. } | Kind::Literal { len: 1, .. })
            });
            repetitions <= MOST_REPETITIONS && (is_single || matches!(max, None | Some(0 | 1)))
        }
        Kind::Recurse(_) | Kind::Backref(_) | Kind::Verb(_) | Kind::Conditional { .. } => false,
        _ => true,
    })
}

/// The pattern as text, byte for byte of the same length; nothing where the place of a byte that is no UTF-8 matters: at
/// the end of a range in brackets, or when the pattern asks for UTF mode.
fn as_text(pattern: &[u8]) -> Option<Cow<'_, str>> {
    if let Ok(text) = str::from_utf8(pattern) {
        return Some(Cow::Borrowed(text));
    }
    let is_range = |pair: &[u8]| pair.contains(&b'-') && pair.iter().any(|byte| !byte.is_ascii());
    if pattern.windows(2).any(is_range) || memmem::find(pattern, b"(*UTF").is_some() {
        return None;
    }
    let mut text = String::with_capacity(pattern.len());
    for chunk in pattern.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::from(STAND_IN)));
    }
    Some(Cow::Owned(text))
}

impl PatternError {
    /// The bytes of the pattern to blame: what stands where PCRE2 stopped, or the bracket that is never closed.
    #[must_use]
    pub fn blamed(&self, pattern: &[u8]) -> Range<usize> {
        // PCRE2's own numbers for its errors (pcre2.h).
        const CLASS_NOT_CLOSED: i32 = 106;
        const RANGE_ORDER: i32 = 108;
        const QUANTIFIER: i32 = 109;
        const GROUP_NOT_CLOSED: i32 = 114;
        const UNMATCHED_CLOSING: i32 = 122;
        const LOOKBEHIND: i32 = 125;
        let one = |at: usize| at.min(pattern.len())..(at + 1).min(pattern.len());
        match self.code {
            CLASS_NOT_CLOSED | GROUP_NOT_CLOSED => {
                open_bracket(pattern).map_or_else(|| one(self.offset.saturating_sub(1)), one)
            }
            QUANTIFIER if pattern.get(self.offset) == Some(&b'}') => {
                let start = pattern[..self.offset].iter().rposition(|&byte| byte == b'{');
                start.unwrap_or(self.offset)..self.offset + 1
            }
            QUANTIFIER | RANGE_ORDER | UNMATCHED_CLOSING | LOOKBEHIND => one(self.offset),
            // It stops behind what it cannot read.
            _ => one(self.offset.saturating_sub(1)),
        }
    }
}

/// The innermost bracket that is still open at the end of a pattern.
fn open_bracket(pattern: &[u8]) -> Option<usize> {
    let (mut open, mut at) = (Vec::new(), 0);
    while let Some(&byte) = pattern.get(at) {
        match byte {
            b'\\' if pattern.get(at + 1) == Some(&b'Q') => {
                at += 2 + memmem::find(&pattern[at + 2..], b"\\E")?;
                at += 1;
            }
            b'\\' => at += 1,
            b'[' => match end_of_class(pattern, at) {
                Some(end) => at = end,
                None => return Some(at),
            },
            b'(' => open.push(at),
            b')' => {
                open.pop();
            }
            _ => (),
        }
        at += 1;
    }
    open.pop()
}

/// The `]` that closes a class; one that stands first is a member of it.
fn end_of_class(pattern: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    at += usize::from(pattern.get(at) == Some(&b'^'));
    at += usize::from(pattern.get(at) == Some(&b']'));
    loop {
        match pattern.get(at)? {
            b']' => return Some(at),
            b'\\' => at += 2,
            b'[' if pattern.get(at + 1) == Some(&b':') => {
                let name = memmem::find(&pattern[at + 2..], b":]");
                at += name.map_or(1, |len| len + 4);
            }
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pattern: &[u8]) -> PatternError {
        match judge(pattern, true) {
            PatternVerdict::Refused(error) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_words_are_those_that_exim_logs() {
        assert_eq!(pcre2::version(), (10, 42));
        let error = refused(b"*.ru");
        assert_eq!((&*error.words, error.offset), ("quantifier does not follow a repeatable item", 0));
        let error = refused(b"(?z)");
        assert_eq!((&*error.words, error.offset), ("unrecognized character after (? or (?-", 2));
        assert_eq!(judge(b"^\\d+$", true), PatternVerdict::Accepted);
    }

    #[test]
    fn the_culprit_is_found() {
        let shown = |pattern: &'static str| &pattern[refused(pattern.as_bytes()).blamed(pattern.as_bytes())];
        assert_eq!(shown("*.ru"), "*");
        assert_eq!(shown("a***x"), "*");
        assert_eq!(shown("a{2}{3}x"), "{3}");
        assert_eq!(refused(b"(a|b(c)").blamed(b"(a|b(c)"), 0..1);
        assert_eq!(refused(b"[]a(\\Q)\\E").blamed(b"[]a(\\Q)\\E"), 0..1);
        assert_eq!(refused(b"([[:alpha:])]").blamed(b"([[:alpha:])]"), 0..1);
        assert_eq!(shown("a)b"), ")");
        assert_eq!(shown("[z-a]"), "a");
        assert_eq!(shown("x\\"), "\\");
    }

    #[test]
    fn bytes_that_are_no_text_stand_for_themselves() {
        assert_eq!(judge(b"caf\xe9[\xe9]", true), PatternVerdict::Accepted);
        assert_eq!(refused(b"\xe9\xe9(").offset, 3);
        assert_eq!(judge(b"[\xea-\xe9]", true), PatternVerdict::CannotTell);
    }
}
