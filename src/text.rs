//! Text that is partly ours and partly somebody else's, and the only ways to make somebody else's text visible.
//!
//! What stands in a file or in a path is bytes that nobody has checked: it may hold escape sequences that rewrite the
//! terminal, right-to-left marks that turn a line around, or no valid UTF-8 at all. Such bytes live in [`Untrusted`] and
//! in a [`Text`], which knows which of its words are theirs. Neither has a `Display` or a `Debug`: they leave the program
//! through [`Text::visible`] (people) or [`Text::exact`] (JSON, whose writer escapes the rest), and through nothing else.

use std::borrow::Cow;
use std::sync::Arc;

/// How many bytes of somebody else's text a message quotes. The span says where the rest is.
const QUOTED: usize = 160;

/// Bytes from a file or a path. Deliberately without `Display` and `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Untrusted(Arc<[u8]>);

impl Untrusted {
    /// The bytes, for comparing and opening; never for printing.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// For people: see [`push_visible`].
    #[must_use]
    pub fn visible(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        push_visible(&mut out, &self.0);
        out
    }

    /// For JSON: see [`exact`].
    #[must_use]
    pub fn exact(&self) -> String {
        exact(&self.0)
    }
}

impl<T: Into<Vec<u8>>> From<T> for Untrusted {
    fn from(bytes: T) -> Self {
        Self(Arc::from(bytes.into()))
    }
}

/// What stands in the place of a `{}` of [`text!`](crate::text!).
pub enum Piece<'p> {
    /// Our own words.
    Ours(&'static str),
    /// A number, which is ours, too.
    Number(u64),
    /// Words from a file or a path, which are cut where they are longer than a message should quote.
    Theirs(&'p [u8]),
}

impl From<&'static str> for Piece<'_> {
    fn from(words: &'static str) -> Self {
        Self::Ours(words)
    }
}

impl<'p> From<&'p [u8]> for Piece<'p> {
    fn from(bytes: &'p [u8]) -> Self {
        Self::Theirs(bytes)
    }
}

impl<'p> From<&'p Cow<'_, [u8]>> for Piece<'p> {
    fn from(bytes: &'p Cow<'_, [u8]>) -> Self {
        Self::Theirs(bytes)
    }
}

impl<'p> From<&'p Untrusted> for Piece<'p> {
    fn from(text: &'p Untrusted) -> Self {
        Self::Theirs(text.bytes())
    }
}

impl From<u32> for Piece<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Piece<'_> {
    fn from(number: usize) -> Self {
        // No machine has a longer `usize`.
        Self::Number(number as u64)
    }
}

impl Piece<'_> {
    /// At least so many bytes are shown of it, and mostly no more.
    fn size(&self) -> usize {
        match self {
            Self::Ours(words) => words.len(),
            Self::Number(_) => 4,
            Self::Theirs(words) => words.len().min(QUOTED),
        }
    }
}

/// A message, a label or a help: our words with somebody else's between them. Made by [`text!`](crate::text!).
///
/// A file of a MiB may have half a million findings with several texts each, so a text is one piece of memory at most.
#[derive(Clone)]
pub struct Text(Words);

#[derive(Clone)]
enum Words {
    /// Nothing but our own words, all of them known when this program was built.
    Ours(&'static str),
    /// Runs of our own and of somebody else's words, each behind its [`Head`].
    Mixed(Vec<u8>),
}

/// What stands before a run of words: twice its length in bytes, and one more if the words are somebody else's.
type Head = u64;

impl Default for Text {
    fn default() -> Self {
        Self(Words::Ours(""))
    }
}

impl Text {
    /// For people, safe on any terminal, in any mail and log.
    #[must_use]
    pub fn visible(&self) -> String {
        self.written(push_visible)
    }

    /// For JSON: somebody else's text as it is, but for bytes that are no UTF-8.
    #[must_use]
    pub fn exact(&self) -> String {
        self.written(push_exact)
    }

    /// Somebody else's words, all of them.
    #[must_use]
    pub fn theirs(words: &[u8]) -> Self {
        let mut runs = Vec::with_capacity(size_of::<Head>() + words.len());
        push_run(&mut runs, words, true);
        Self(Words::Mixed(runs))
    }

    /// Puts a piece in the place of each `{}`; for [`text!`](crate::text!), which knows where they are.
    #[must_use]
    pub fn fill<const N: usize>(words: &'static str, holes: [usize; N], pieces: [Piece<'_>; N]) -> Self {
        if N == 0 {
            return Self(Words::Ours(words));
        }
        let quoted: usize = pieces.iter().map(Piece::size).sum();
        let mut runs = Vec::with_capacity(words.len() + quoted + (2 * N + 1) * size_of::<Head>());
        let mut from = 0;
        for (hole, piece) in holes.into_iter().zip(pieces) {
            push_run(&mut runs, &words.as_bytes()[from..hole], false);
            from = hole + "{}".len();
            match piece {
                Piece::Ours(words) => push_run(&mut runs, words.as_bytes(), false),
                Piece::Number(number) => push_run(&mut runs, number.to_string().as_bytes(), false),
                Piece::Theirs(words) if words.len() <= QUOTED => push_run(&mut runs, words, true),
                Piece::Theirs(words) => {
                    push_run(&mut runs, &words[..char_start(words, QUOTED)], true);
                    push_run(&mut runs, "…".as_bytes(), false);
                }
            }
        }
        push_run(&mut runs, &words.as_bytes()[from..], false);
        Self(Words::Mixed(runs))
    }

    /// Appends a further sentence.
    pub fn extend(&mut self, more: Self) {
        if let Words::Ours(words) = self.0 {
            if words.is_empty() {
                *self = more;
                return;
            }
            let mut runs = Vec::new();
            push_run(&mut runs, words.as_bytes(), false);
            self.0 = Words::Mixed(runs);
        }
        if let Words::Mixed(runs) = &mut self.0 {
            more.runs().for_each(|(words, is_theirs)| push_run(runs, words, is_theirs));
        }
    }

    fn written(&self, push_theirs: fn(&mut String, &[u8])) -> String {
        let mut out = String::new();
        for (words, is_theirs) in self.runs() {
            match str::from_utf8(words) {
                Ok(words) if !is_theirs => out.push_str(words),
                _ => push_theirs(&mut out, words),
            }
        }
        out
    }

    /// The runs of words, and whether they are somebody else's.
    fn runs(&self) -> impl Iterator<Item = (&[u8], bool)> {
        let (ours, mut rest) = match &self.0 {
            Words::Ours(words) => (Some((words.as_bytes(), false)), &[][..]),
            Words::Mixed(runs) => (None, &runs[..]),
        };
        let mixed = std::iter::from_fn(move || {
            let (head, behind) = rest.split_first_chunk()?;
            let head = Head::from_le_bytes(*head);
            let words = behind.split_at_checked(usize::try_from(head / 2).ok()?)?;
            rest = words.1;
            Some((words.0, head % 2 == 1))
        });
        ours.into_iter().chain(mixed)
    }
}

fn push_run(runs: &mut Vec<u8>, words: &[u8], are_theirs: bool) {
    if !words.is_empty() {
        let head = 2 * words.len() as Head + Head::from(are_theirs);
        runs.extend_from_slice(&head.to_le_bytes());
        runs.extend_from_slice(words);
    }
}

/// Builds a [`Text`](crate::text::Text) as `format!` would: our words, with a `{}` for each piece. Byte slices are
/// somebody else's text.
///
/// ```
/// use maillint::text;
/// let message = text!("`{}` is not yours", b"yahoo.com\x1b[2J".as_slice());
/// assert_eq!(message.visible(), r"`yahoo.com\x1b[2J` is not yours");
/// ```
///
/// It is an error to give too few pieces, or too many:
///
/// ```compile_fail
/// let message = maillint::text!("`{}` is not `{}`", b"yours".as_slice());
/// ```
#[macro_export]
macro_rules! text {
    ($words:literal $(, $piece:expr)* $(,)?) => {{
        const HOLES: [usize; <[&str]>::len(&[$(stringify!($piece)),*])] = $crate::text::holes($words);
        $crate::text::Text::fill($words, HOLES, [$($crate::text::Piece::from($piece)),*])
    }};
}

/// Where some words have a `{}`; for [`text!`](crate::text!).
///
/// # Panics
/// While the program is built, where there are not as many as there are pieces for.
#[must_use]
pub const fn holes<const N: usize>(words: &str) -> [usize; N] {
    let (bytes, mut at, mut count, mut holes) = (words.as_bytes(), 1, 0, [0; N]);
    while at < bytes.len() {
        if bytes[at - 1] == b'{' && bytes[at] == b'}' {
            assert!(count < N, "a piece too few");
            holes[count] = at - 1;
            count += 1;
        }
        at += 1;
    }
    assert!(count == N, "a piece too many");
    holes
}

/// Text for JSON: UTF-8 as it is, every other byte as the four characters `\xNN`.
#[must_use]
pub fn exact(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    push_exact(&mut out, bytes);
    out
}

fn push_exact(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|&byte| push_byte(out, byte));
    }
}

/// Every byte as the code point of the same number: the one form that keeps any bytes in JSON.
#[must_use]
pub fn code_points(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Appends text for people: printable characters as they are, everything that has no sure shape of its own (controls,
/// bidi and zero-width characters, unusual blanks, bytes that are no UTF-8) as an escape that can be read.
pub fn push_visible(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        let mut text = chunk.valid();
        while !text.is_empty() {
            // Nearly all text is of these, and may be as long as a file.
            let plain = text.bytes().take_while(|byte| matches!(byte, b' '..=b'~')).count();
            out.push_str(&text[..plain]);
            text = &text[plain..];
            if let Some(char) = text.chars().next() {
                push_char(out, char);
                text = &text[char.len_utf8()..];
            }
        }
        chunk.invalid().iter().for_each(|&byte| push_byte(out, byte));
    }
}

/// Appends one character so that it can be seen: see [`push_visible`].
pub(crate) fn push_char(out: &mut String, char: char) {
    match char {
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        _ if char.is_ascii_control() => push_byte(out, char as u8),
        _ if has_own_shape(char) => out.push(char),
        _ => out.extend(char.escape_unicode()),
    }
}

/// Appends a byte as `\xNN`.
pub(crate) fn push_byte(out: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push_str("\\x");
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

/// Whether a character shows itself, and nothing else, wherever it is printed. Not so: controls (C0, C1, DEL), bidi
/// and zero-width characters, line separators, blanks that look like a space but are none, variation selectors, tags.
#[must_use]
pub(crate) fn has_own_shape(char: char) -> bool {
    !matches!(char,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{1680}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The start of the character that `at` lies in: `at` itself, unless it is inside a valid UTF-8 sequence.
#[must_use]
pub(crate) fn char_start(bytes: &[u8], at: usize) -> usize {
    let is_continuation = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    if !is_continuation(at) {
        return at;
    }
    let Some(lead) = (at.saturating_sub(3)..at).rev().find(|&lead| !is_continuation(lead)) else {
        return at;
    };
    let sequence = &bytes[lead..bytes.len().min(lead + 4)];
    match sequence.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
        Some(char) if lead + char.len_utf8() > at => lead,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_shape_is_shown_as_an_escape() {
        let text = Untrusted::from("a\u{1b}[2J\u{202e}b\u{a0}\u{feff}\u{85}é".as_bytes());
        assert_eq!(text.visible(), r"a\x1b[2J\u{202e}b\u{a0}\u{feff}\u{85}é");
        assert_eq!(Untrusted::from(b"\xff\x00\t\r\n".as_slice()).visible(), r"\xff\x00\t\r\n");
    }

    #[test]
    fn json_text_keeps_what_is_utf8() {
        assert_eq!(exact(b"a\x00\xe9\xc3\xa9"), "a\0\\xe9é");
    }

    #[test]
    fn a_character_starts_at_its_lead_byte_and_a_stray_byte_at_itself() {
        let bytes = "a€b".as_bytes();
        assert_eq!([0, 1, 2, 3, 4, 5].map(|at| char_start(bytes, at)), [0, 1, 1, 1, 4, 5]);
        assert_eq!([1, 2, 3, 4].map(|at| char_start(b"a\x80\x80\x80\x80", at)), [1, 2, 3, 4]);
        assert_eq!(char_start(b"\xe2\x82", 1), 1, "a cut sequence is two bytes, each by itself");
    }

    #[test]
    fn a_quote_is_cut_between_characters() {
        let long = "é".repeat(200);
        assert_eq!(text!("{}!", long.as_bytes()).visible(), "é".repeat(80) + "…!");
    }

    #[test]
    fn a_text_keeps_apart_what_is_ours() {
        let mut text = text!("{} of {}:", 7_usize, b"a\x1b".as_slice());
        text.extend(text!(" \u{a0}"));
        text.extend(Text::theirs(b"\xff\n"));
        assert_eq!(text.visible(), "7 of a\\x1b: \u{a0}\\xff\\n");
        assert_eq!(text.exact(), "7 of a\x1b: \u{a0}\\xff\n");
        assert_eq!(Text::default().visible(), "");
    }
}
