//! A word or a quoted string, what it stands for, and where each byte of that came from.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::token::is_space;
use crate::source::Span;

/// How many bytes a word or string can hold: Exim's buffer of 1,024, with a NUL at the end.
pub(super) const CAPACITY: usize = 1023;

/// An argument as it stands in the file: a word, or a quoted string with its quotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item {
    /// Where it stands.
    pub span: Span,
    /// Whether it is a quoted string, in which backslashes mean something.
    pub is_quoted: bool,
}

impl Item {
    /// What it stands for: the word, or the string without its quotes and with its backslashes resolved. What Exim
    /// cannot keep is cut off: a text of more than 1,023 bytes, and everything behind a NUL that an escape made.
    #[must_use]
    pub fn value<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let text = &bytes[self.span.range()];
        if !self.is_quoted {
            return Cow::Borrowed(&text[..text.len().min(CAPACITY)]);
        }
        let mut value = Vec::with_capacity(text.len().min(CAPACITY));
        unquote(text, CAPACITY, |byte, _| value.push(byte));
        value.truncate(memchr(0, &value).unwrap_or(value.len()));
        Cow::Owned(value)
    }

    /// Where in the file the bytes of the value came from.
    #[must_use]
    pub fn places(&self, bytes: &[u8]) -> Places {
        let text = &bytes[self.span.range()];
        let mut sources = Vec::new();
        if self.is_quoted {
            unquote(text, CAPACITY, |_, source| {
                let start = self.span.start as usize;
                sources.push(Span::new(start + source.start, start + source.end));
            });
        }
        Places { item: self.span, sources: self.is_quoted.then_some(sources) }
    }
}

/// Where the bytes of an item's value came from.
pub struct Places {
    item: Span,
    /// The source of each byte; none when the value stands in the file as it is.
    sources: Option<Vec<Span>>,
}

impl Places {
    /// The bytes of the file that a range of the value came from. An empty range is the place before its first byte.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.source(range.start).start;
        let end = if range.is_empty() { start } else { self.source(range.end - 1).end };
        Span { start, end: end.max(start) }
    }

    fn source(&self, at: usize) -> Span {
        let end = self.item.end as usize;
        let Some(sources) = &self.sources else {
            let start = (self.item.start as usize + at).min(end);
            return Span::new(start, (start + 1).min(end));
        };
        // Behind the last byte stands the closing quote.
        sources.get(at).copied().unwrap_or_else(|| Span::at(sources.last().map_or(end - 1, |last| last.end as usize)))
    }
}

/// How a quoted string ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// At its closing quote.
    Closed,
    /// At the end of a line, or of the text.
    Open,
    /// In front of a byte that the buffer has no place for.
    Full,
}

/// A quoted string that was read.
pub(super) struct Quoted {
    /// Where Exim stands afterwards: behind the closing quote, at the LF, or in the middle.
    pub end: usize,
    /// Why it stands there.
    pub ending: Ending,
    /// How many lines were joined by a backslash at their end.
    pub continued: u32,
}

/// Reads the quoted string that a text begins with, and hands on each byte of its value with the bytes it came from.
pub(super) fn unquote(text: &[u8], capacity: usize, mut keep: impl FnMut(u8, Range<usize>)) -> Quoted {
    let (mut at, mut kept, mut continued) = (1, 0, 0);
    let ending = loop {
        let Some(&byte) = text.get(at) else { break Ending::Open };
        match byte {
            b'"' => {
                at += 1;
                break Ending::Closed;
            }
            b'\n' => break Ending::Open,
            // Even a line that goes on needs a place here.
            _ if kept == capacity => break Ending::Full,
            b'\\' => {
                if let Some(next_line) = continuation(text, at) {
                    continued += 1;
                    at = next_line;
                    continue;
                }
                let (byte, len) = escape(&text[at + 1..]);
                keep(byte, at..at + 1 + len);
                at += 1 + len;
            }
            byte => {
                keep(byte, at..at + 1);
                at += 1;
            }
        }
        kept += 1;
    };
    Quoted { end: at, ending, continued }
}

/// Where a string goes on when only white space stands between the backslash and the end of the line: behind the white
/// space of the next line, but not behind another LF.
fn continuation(text: &[u8], backslash: usize) -> Option<usize> {
    let blank = |&byte: &u8| byte != b'\n' && is_space(byte);
    let blanks = |from: usize| text[from..].iter().take_while(|byte| blank(byte)).count();
    let lf = backslash + 1 + blanks(backslash + 1);
    (text.get(lf) == Some(&b'\n')).then(|| lf + 1 + blanks(lf + 1))
}

/// The byte that an escape stands for, and how many bytes behind the backslash belong to it
/// (`string_interpret_escape`).
pub(super) fn escape(text: &[u8]) -> (u8, usize) {
    let digits = |text: &[u8], radix, most| -> (u32, usize) {
        let digits = text.iter().take(most).map_while(|&byte| char::from(byte).to_digit(radix));
        digits.fold((0, 0), |(value, len), digit| (value * radix + digit, len + 1))
    };
    let low = |value: u32| u8::try_from(value & 0xff).unwrap_or_default();
    match text.first() {
        None => (b'\\', 0),
        Some(b'0'..=b'7') => {
            let (value, len) = digits(text, 8, 3);
            (low(value), len)
        }
        Some(b'x') => {
            let (value, len) = digits(&text[1..], 16, 2);
            (low(value), 1 + len)
        }
        Some(b'b') => (8, 1),
        Some(b'f') => (12, 1),
        Some(b'n') => (b'\n', 1),
        Some(b'r') => (b'\r', 1),
        Some(b't') => (b'\t', 1),
        Some(b'v') => (11, 1),
        Some(&other) => (other, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Item {
        Item { span: Span::new(0, text.len()), is_quoted: text.starts_with('"') }
    }

    fn value(text: &str) -> Vec<u8> {
        item(text).value(text.as_bytes()).into_owned()
    }

    #[test]
    fn escapes_are_those_of_exim() {
        assert_eq!(value(r#""\101\x41\x4g\8\N\$\"\\\n""#), b"AA\x04g8N$\"\\\n");
        assert_eq!(value(r#""\777\18""#), b"\xff\x018");
        assert_eq!(value(r#""a\0b""#), b"a");
        assert_eq!(value(r#""\xzz""#), b"");
        assert_eq!(value(r"a\n"), br"a\n");
    }

    #[test]
    fn a_line_goes_on_behind_a_backslash() {
        assert_eq!(value("\"a\\ \r\n  \tb\""), b"ab");
        assert_eq!(value("\"a\\ b\""), b"a b");
        assert_eq!(value("\"a\\\n\nb\""), b"a");
    }

    #[test]
    fn every_byte_knows_where_it_came_from() {
        let text = "\"a\\x41\\\n  \\\"b\"";
        let places = item(text).places(text.as_bytes());
        let shown = |range: Range<usize>| &text[places.span(range).range()];
        assert_eq!([shown(0..1), shown(1..2), shown(2..3), shown(3..4)], ["a", "\\x41", "\\\"", "b"]);
        assert_eq!(shown(0..4), &text[1..text.len() - 1]);
        assert_eq!(places.span(4..4), Span::at(text.len() - 1));
        let word = "abc";
        assert_eq!(item(word).places(word.as_bytes()).span(1..3), Span::new(1, 3));
    }
}
