//! Words, strings and what stands between them, with Exim's count of the lines.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

use super::error::{Error, What};
use super::quote::{CAPACITY, Ending, Item, unquote};
use crate::source::Span;

/// C's `isspace` in the C locale, which Exim runs in.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What ends a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// White space.
    Space,
    /// White space or a parenthesis.
    Parenthesis,
}

/// A word or string that was read.
pub(super) struct Token<'t> {
    /// Where it stands, all of it, also when Exim keeps only a part.
    pub item: Item,
    /// What Exim has of it.
    pub value: Cow<'t, [u8]>,
}

/// A place to which reading can go back.
#[derive(Clone, Copy)]
pub(super) struct Place {
    at: usize,
    last_end: usize,
}

/// The text, as Exim goes through it.
#[derive(Clone)]
pub(super) struct Scanner<'t> {
    /// What Exim sees of the file.
    pub text: &'t [u8],
    /// Where it stands: always at something significant, or at the end. (After a token that is too long, in it.)
    pub at: usize,
    /// Exim's line number. It grows with every LF that is passed, and does not shrink when Exim goes back, so that those
    /// between are counted again.
    pub line: u32,
    /// Exim's error pointer: it may be set for some while before Exim stops, and another error may replace it.
    pub error: Option<Error>,
    /// The end of the last token.
    pub last_end: usize,
    /// The end of the token that an error is about, where it really ends: that is where reading can go on.
    pub resume: Option<usize>,
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, line: 1, error: None, last_end: 0, resume: None }
    }

    pub fn rest(&self) -> &'t [u8] {
        &self.text[self.at..]
    }

    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { at: self.at, last_end: self.last_end }
    }

    /// Goes back. As in Exim the lines that were passed stay counted.
    pub fn go_back(&mut self, place: Place) {
        (self.at, self.last_end) = (place.at, place.last_end);
    }

    pub fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Goes to the next significant byte.
    pub fn skip(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            if byte == b'#' {
                self.at += memchr(b'\n', self.rest()).unwrap_or(self.text.len() - self.at);
            } else if is_space(byte) {
                self.line += u32::from(byte == b'\n');
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// Goes over one byte, and to what is significant behind it.
    pub fn skip_byte(&mut self) {
        self.at += 1;
        self.last_end = self.at;
        self.skip();
    }

    /// Reads a word, which may be empty; quotes and backslashes mean nothing in it.
    pub fn word(&mut self, until: Until) -> Token<'t> {
        let (start, rest) = (self.at, self.rest());
        let ends = |&byte: &u8| is_space(byte) || (until == Until::Parenthesis && matches!(byte, b'(' | b')'));
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        let kept = len.min(CAPACITY);
        let span = Span::new(start, start + len);
        self.last_end = start + len;
        if kept < len {
            self.fail(What::WordTooLong, span);
            self.resume = Some(start + len);
        }
        self.at = start + kept;
        self.skip();
        Token { item: Item { span, is_quoted: false }, value: Cow::Borrowed(&rest[..kept]) }
    }

    /// Reads a word or a quoted string.
    pub fn item(&mut self, until: Until) -> Token<'t> {
        let (start, rest) = (self.at, self.rest());
        if rest.first() != Some(&b'"') {
            return self.word(until);
        }
        // Most strings are short and plain.
        if let Some(len) = memchr3(b'"', b'\\', b'\n', &rest[1..])
            && len <= CAPACITY
            && rest[1 + len] == b'"'
        {
            self.at = start + len + 2;
            self.last_end = self.at;
            let span = Span::new(start, self.at);
            self.skip();
            return Token { item: Item { span, is_quoted: true }, value: Cow::Borrowed(&rest[1..=len]) };
        }
        self.odd_string()
    }

    fn odd_string(&mut self) -> Token<'t> {
        let (start, rest) = (self.at, self.rest());
        let mut value = Vec::new();
        let quoted = unquote(rest, CAPACITY, |byte, _| value.push(byte));
        self.line += quoted.continued;
        value.truncate(memchr(0, &value).unwrap_or(value.len()));
        let end = match quoted.ending {
            Ending::Full => unquote(rest, usize::MAX, |_, _| ()).end,
            _ => quoted.end,
        };
        let span = Span::new(start, start + end);
        match quoted.ending {
            Ending::Full => self.fail(What::StringTooLong, span),
            Ending::Open if self.error.is_none() => self.fail(What::QuoteMissing, span),
            Ending::Open | Ending::Closed => (),
        }
        self.last_end = span.end as usize;
        if quoted.ending != Ending::Closed {
            self.resume = Some(self.last_end);
        }
        self.at = start + quoted.end;
        self.skip();
        Token { item: Item { span, is_quoted: true }, value: Cow::Owned(value) }
    }

    /// Sets Exim's error pointer, whatever it was.
    pub fn fail(&mut self, what: What, span: Span) {
        self.error = Some(Error { what, span, line: self.line });
    }

    /// Where something is missing: behind the last token.
    pub fn gap(&self) -> Span {
        Span::at(self.last_end)
    }

    /// Whether nothing but white space stands before an offset on its line.
    pub fn is_first_on_line(&self, at: usize) -> bool {
        let before = self.text[..at].iter().rev().find(|&&byte| byte == b'\n' || !is_space(byte));
        before.is_none_or(|&byte| byte == b'\n')
    }

    /// How far an offset is from the start of its line, when only white space stands between.
    pub fn indentation(&self, at: usize) -> Option<u32> {
        let blanks = self.text[..at].iter().rev().take_while(|&&byte| byte != b'\n' && is_space(byte)).count();
        let is_first = at == blanks || self.text[at - blanks - 1] == b'\n';
        is_first.then(|| Span::at(blanks).start)
    }
}
