//! Text that is partly ours and partly somebody else's, and the only ways to make somebody else's text visible.
//!
//! What stands in a file or in a path is bytes that nobody has checked: it may hold escape sequences that rewrite the
//! terminal, right-to-left marks that turn a line around, or no valid UTF-8 at all. Such bytes live in [`Untrusted`] and
//! in the [`Piece::Theirs`] pieces of a [`Text`]. Neither has a `Display` or a `Debug`: they leave the program through
//! [`Text::visible`] (people) or [`Text::exact`] (JSON, whose writer escapes the rest), and through nothing else.

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

/// One piece of a [`Text`].
#[derive(Clone)]
pub enum Piece {
    /// Our own words.
    Ours(Cow<'static, str>),
    /// Words from a file or a path, cut where they are longer than a message should quote.
    Theirs(Untrusted),
}

impl From<&'static str> for Piece {
    fn from(words: &'static str) -> Self {
        Self::Ours(Cow::Borrowed(words))
    }
}

impl From<&[u8]> for Piece {
    fn from(bytes: &[u8]) -> Self {
        let end = if bytes.len() > QUOTED { char_start(bytes, QUOTED) } else { bytes.len() };
        let mut quoted = bytes[..end].to_vec();
        if end < bytes.len() {
            quoted.extend_from_slice("…".as_bytes());
        }
        Self::Theirs(Untrusted::from(quoted))
    }
}

impl From<&Cow<'_, [u8]>> for Piece {
    fn from(bytes: &Cow<'_, [u8]>) -> Self {
        Self::from(bytes.as_ref())
    }
}

impl From<&Untrusted> for Piece {
    fn from(text: &Untrusted) -> Self {
        Self::from(text.bytes())
    }
}

impl From<u32> for Piece {
    fn from(number: u32) -> Self {
        Self::Ours(Cow::Owned(number.to_string()))
    }
}

impl From<usize> for Piece {
    fn from(number: usize) -> Self {
        Self::Ours(Cow::Owned(number.to_string()))
    }
}

/// A message, a label or a help: our words with somebody else's between them. Made by [`text!`](crate::text!).
#[derive(Clone, Default)]
pub struct Text(Box<[Piece]>);

impl Text {
    /// For people, safe on any terminal, in any mail and log.
    #[must_use]
    pub fn visible(&self) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Ours(words) => out.push_str(words),
                Piece::Theirs(text) => push_visible(&mut out, text.bytes()),
            }
        }
        out
    }

    /// For JSON: somebody else's text as it is, but for bytes that are no UTF-8.
    #[must_use]
    pub fn exact(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Ours(words) => words.clone(),
                Piece::Theirs(text) => Cow::Owned(text.exact()),
            })
            .collect()
    }

    /// Somebody else's words, all of them.
    #[must_use]
    pub fn theirs(words: Untrusted) -> Self {
        Self([Piece::Theirs(words)].into())
    }

    /// Puts a piece in the place of each `{}`; for [`text!`](crate::text!).
    #[must_use]
    pub fn fill<const N: usize>(words: &'static str, pieces: [Piece; N]) -> Self {
        let mut pieces = pieces.into_iter();
        let mut filled = Vec::with_capacity(2 * N + 1);
        for words in words.split("{}") {
            if !words.is_empty() {
                filled.push(Piece::from(words));
            }
            filled.extend(pieces.next());
        }
        Self(filled.into_boxed_slice())
    }

    /// Appends a further sentence.
    pub fn extend(&mut self, more: Text) {
        self.0 = std::mem::take(&mut self.0).into_iter().chain(more.0).collect();
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
        const { assert!($crate::text::holes($words) == <[&str]>::len(&[$(stringify!($piece)),*]), "a piece too few or too many") };
        $crate::text::Text::fill($words, [$($crate::text::Piece::from($piece)),*])
    }};
}

/// How many `{}` some words have; for [`text!`](crate::text!).
#[must_use]
pub const fn holes(words: &str) -> usize {
    let (bytes, mut at, mut count) = (words.as_bytes(), 1, 0);
    while at < bytes.len() {
        if bytes[at - 1] == b'{' && bytes[at] == b'}' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// Text for JSON: UTF-8 as it is, every other byte as the four characters `\xNN`.
#[must_use]
pub fn exact(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            push_byte(&mut out, byte);
        }
    }
    out
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
        chunk.valid().chars().for_each(|char| push_char(out, char));
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
        let Piece::Theirs(text) = Piece::from(long.as_bytes()) else { unreachable!() };
        assert_eq!(text.visible(), "é".repeat(80) + "…");
    }
}
