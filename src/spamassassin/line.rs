//! One line as SpamAssassin reads it: the comment cut, `\#` made `#`, white space and `lang` taken away, key and value.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use super::bytes::{first_word, is_space, offset_in, trim};
use crate::source::Span;

/// What SpamAssassin understands of a line, and where each byte of it stands in the file.
pub struct Line<'b> {
    /// The text as its messages quote it.
    pub text: Cow<'b, [u8]>,
    /// The key's length; the key is the beginning of the text.
    key_len: usize,
    /// Where the value begins in the text; at its end when there is none.
    value_at: usize,
    /// Where the text begins in the file.
    start: usize,
    /// For each `#` of the text that was `\#` in the file: its offset in the text.
    escapes: Vec<usize>,
}

impl<'b> Line<'b> {
    /// Reads a line of a file that begins at `start`. Nothing comes of one that is empty, or exactly `0`: Perl holds
    /// that to be false.
    #[inline]
    pub fn read(raw: &'b [u8], start: usize) -> Option<Self> {
        let line = Self::read_again(raw, start);
        (!line.text.is_empty() && *line.text != *b"0").then_some(line)
    }

    /// The same of a line of which it is known that something comes of it: of one for a language that may be a lone `0`.
    #[inline]
    pub fn read_again(raw: &'b [u8], start: usize) -> Self {
        if raw.contains(&b'#') {
            return Self::with_hash(raw, start);
        }
        let text = trim(raw);
        Self::of(Cow::Borrowed(text), start + offset_in(raw, text), Vec::new())
    }

    fn with_hash(raw: &'b [u8], start: usize) -> Self {
        // Only the one byte before is looked at: in `\\#` the hash is escaped.
        let comment = memchr_iter(b'#', raw).find(|&hash| hash == 0 || raw[hash - 1] != b'\\');
        let uncommented = &raw[..comment.unwrap_or(raw.len())];
        let kept = trim(uncommented);
        let start = start + offset_in(raw, kept);
        let mut escapes = Vec::new();
        let text = if memchr(b'#', kept).is_some() {
            let mut text = Vec::with_capacity(kept.len());
            for (at, &byte) in kept.iter().enumerate() {
                if byte == b'#' && at > 0 {
                    text.pop();
                    escapes.push(text.len());
                }
                text.push(byte);
            }
            Cow::Owned(text)
        } else {
            Cow::Borrowed(kept)
        };
        Self::of(text, start, escapes)
    }

    #[inline]
    fn of(text: Cow<'b, [u8]>, start: usize, escapes: Vec<usize>) -> Self {
        let (key, value) = first_word(&text);
        let (key_len, value_at) = (key.len(), value.map_or(text.len(), |value| offset_in(&text, value)));
        Self { text, key_len, value_at, start, escapes }
    }

    /// The language that the line is for, when it begins with `lang WORD` and goes on after that.
    #[inline]
    pub fn language(&self) -> Option<&[u8]> {
        if !self.text.starts_with(b"lang") || !self.text.get(4).is_some_and(|&byte| is_space(byte)) {
            return None;
        }
        let (word, rest) = first_word(self.value());
        rest.map(|_| word)
    }

    /// Takes `lang WORD` away.
    pub fn without_language(mut self) -> Self {
        let rest = first_word(self.value()).1.unwrap_or_default();
        let cut = offset_in(&self.text, rest);
        let start = self.file_offset(cut);
        self.escapes.retain(|&escape| escape >= cut);
        self.escapes.iter_mut().for_each(|escape| *escape -= cut);
        // What stands before an escaped `#` at the very beginning is a backslash, which is a part of it.
        let text = match self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[cut..]),
            Cow::Owned(text) => Cow::Owned(text[cut..].to_vec()),
        };
        Self::of(text, start, self.escapes)
    }

    /// The key as it is typed.
    #[inline]
    pub fn key(&self) -> &[u8] {
        &self.text[..self.key_len]
    }

    /// The value, empty when there is none.
    #[inline]
    pub fn value(&self) -> &[u8] {
        &self.text[self.value_at..]
    }

    /// Where an offset of the text lies in the file.
    #[inline]
    fn file_offset(&self, at: usize) -> usize {
        if self.escapes.is_empty() {
            return self.start + at;
        }
        self.start + at + self.escapes.partition_point(|&escape| escape < at)
    }

    /// Where a part that was cut out of the text stands in the file.
    #[inline]
    pub fn span_of(&self, part: &[u8]) -> Span {
        let at = offset_in(&self.text, part);
        Span::new(self.file_offset(at), self.file_offset(at + part.len()))
    }

    /// Where the whole text stands.
    #[inline]
    pub fn span(&self) -> Span {
        Span::new(self.start, self.file_offset(self.text.len()))
    }

    /// Where the key stands.
    #[inline]
    pub fn key_span(&self) -> Span {
        Span::new(self.start, self.file_offset(self.key_len))
    }

    /// Where the value stands; behind the line when there is none.
    #[inline]
    pub fn value_span(&self) -> Span {
        Span::new(self.file_offset(self.value_at), self.file_offset(self.text.len()))
    }
}

/// A key in lower case with `_` for `-`, as SpamAssassin looks it up.
#[inline]
pub fn folded(key: &[u8]) -> Cow<'_, [u8]> {
    if key.iter().any(|&byte| byte.is_ascii_uppercase() || byte == b'-') {
        let fold = |&byte: &u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
        Cow::Owned(key.iter().map(fold).collect())
    } else {
        Cow::Borrowed(key)
    }
}

/// A line's text with `#` in the place of `\#`.
pub fn unescaped(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'#', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    for &byte in raw {
        if byte == b'#' && text.last() == Some(&b'\\') {
            text.pop();
        }
        text.push(byte);
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_the_text_has_its_place() {
        let raw = b"  lang en  body X /a\\#b\\#/ # c";
        let Some(line) = Line::read(raw, 100).map(Line::without_language) else { unreachable!() };
        assert_eq!(line.text.as_ref(), b"body X /a#b#/");
        assert_eq!(line.value_span(), Span::new(116, 126));
        assert_eq!(line.span_of(&line.text[10..]), Span::new(122, 126));
    }
}
