//! Where reading goes on behind an error: at the next place where something sensible begins, so that one cause is one
//! error.

use memchr::{memchr, memrchr};

use super::condition::Operator;
use super::parse::Parser;
use super::token::{Until, is_space};
use super::words::{Word, nearest};

/// What was found behind a broken command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Something that can be a command; reading goes on at it.
    Command,
    /// A `then`; reading goes on behind it.
    Then,
    /// The end of the text.
    Nothing,
}

/// What was found behind a broken condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// `and` or `or`, with what looks like a condition behind it; which of them it was.
    Term(Connective),
    /// A `)` that closes a parenthesis; it is still to be read.
    Closing,
    /// The `then`, which has been read, or a command that begins without one.
    End,
    /// The end of the text.
    Nothing,
}

/// What joins two conditions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Connective {
    And,
    Or,
}

impl Parser<'_> {
    /// Goes over words and strings to the next command: an `elif`, `else` or `endif` anywhere, other commands at the start
    /// of a line, also misspelt ones.
    pub(super) fn skip_to_command(&mut self) -> Found {
        loop {
            let start = self.scan.at;
            if self.scan.is_at_end() {
                return Found::Nothing;
            }
            if self.scan.peek() == Some(b'"') {
                self.skip_item();
                continue;
            }
            let token = self.scan.word(Until::Space);
            let value = token.value;
            self.forget();
            if *value == *b"then" {
                return Found::Then;
            }
            let is_command = match Word::of(&value) {
                Some(Word::Elif | Word::Else | Word::Endif) => true,
                Some(Word::If) => self.is_term(self.scan.at),
                Some(_) => self.scan.is_first_on_line(start),
                None => {
                    self.scan.is_first_on_line(start)
                        && (self.looks_like_command(&value) || Word::meant(&value).next().is_some())
                }
            };
            if is_command {
                self.scan.at = start;
                return Found::Command;
            }
        }
    }

    /// Whether an unknown word at the start of a line looks like a command: a word and a string, or a word and nothing.
    fn looks_like_command(&self, word: &[u8]) -> bool {
        let is_word = word.len() > 1 && word.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
        let connects = matches!(word, b"and" | b"or" | b"not");
        is_word && !connects && (self.scan.peek() == Some(b'"') || self.scan.is_first_on_line(self.scan.at))
    }

    /// Goes to where a condition can go on, or ends. `depth` tells how many parentheses are open.
    pub(super) fn skip_condition(&mut self, depth: usize) -> Next {
        let mut inner = 0_usize;
        loop {
            let start = self.scan.at;
            match self.scan.peek() {
                None => return Next::Nothing,
                Some(b'(') => {
                    inner += 1;
                    self.scan.skip_byte();
                    continue;
                }
                Some(b')') if inner > 0 => {
                    inner -= 1;
                    self.scan.skip_byte();
                    continue;
                }
                Some(b')') if depth > 0 => return Next::Closing,
                Some(b')') => {
                    self.scan.skip_byte();
                    continue;
                }
                Some(b'"') => {
                    self.skip_item();
                    continue;
                }
                Some(_) => (),
            }
            let value = self.scan.word(Until::Parenthesis).value;
            self.forget();
            match &*value {
                b"then" => return Next::End,
                b"and" if inner == 0 && self.is_term(self.scan.at) => return Next::Term(Connective::And),
                b"or" if inner == 0 && self.is_term(self.scan.at) => return Next::Term(Connective::Or),
                word => {
                    if Word::of(word).is_some() && self.scan.is_first_on_line(start) {
                        self.scan.at = start;
                        return Next::End;
                    }
                }
            }
        }
    }

    /// Whether a condition seems to begin at a place.
    pub(super) fn is_term(&mut self, at: usize) -> bool {
        let before = self.scan.clone();
        self.scan.at = at;
        let is_term = self.scan.peek() == Some(b'(') || {
            let first = self.scan.item(Until::Parenthesis).value;
            match &*first {
                b"not" | b"delivered" | b"error_message" | b"first_delivery" | b"manually_thawed" | b"personal"
                | b"foranyaddress" => true,
                b"" | b"then" => false,
                _ => {
                    let word = self.scan.word(Until::Parenthesis).value;
                    word.eq_ignore_ascii_case(b"does")
                        || Operator::of(&word).is_some()
                        || nearest(&word, &Operator::WORDS).is_some()
                }
            }
        };
        self.scan = before;
        is_term
    }

    /// Goes over a word or string without looking whether it is well formed.
    fn skip_item(&mut self) {
        self.scan.item(Until::Space);
        self.forget();
    }

    /// Goes on as if nothing had been wrong with the last token.
    fn forget(&mut self) {
        self.scan.error = None;
        if let Some(end) = self.scan.resume.take() {
            self.scan.at = end;
            self.scan.skip();
        }
    }

    /// Where a string ends that has no quote at the end of its line, at `lf`: there, or some lines below when it was meant
    /// to go on, as texts of mails often do. It was, when the next quote stands alone on its line and nothing before it
    /// looks like a command.
    pub(super) fn end_of_string(&self, lf: usize) -> usize {
        let text = self.scan.text;
        let mut start = lf + 1;
        while start < text.len() {
            let end = start + memchr(b'\n', &text[start..]).unwrap_or(text.len() - start);
            let line = &text[start..end];
            let first = line.iter().position(|&byte| !is_space(byte)).unwrap_or(line.len());
            let word = line[first..].split(|&byte| is_space(byte)).next().unwrap_or_default();
            if Word::of(word).is_some() || matches!(word, b"and" | b"or" | b"then") || word.first() == Some(&b'#') {
                break;
            }
            let is_escaped = |at: usize| at > 0 && line[at - 1] == b'\\';
            let mut quotes = memchr::memchr_iter(b'"', line).filter(|&at| !is_escaped(at));
            if let Some(quote) = quotes.next() {
                return if quotes.count().is_multiple_of(2) { start + quote + 1 } else { lf };
            }
            start = end + 1;
        }
        lf
    }

    /// Whether the text up to a place ends with a `then`, which an open string took in.
    pub(super) fn ends_with_then(&self, end: usize) -> bool {
        let line = &self.scan.text[..end];
        let line = &line[memrchr(b'\n', line).map_or(0, |lf| lf + 1)..];
        let line = line.trim_ascii_end();
        line.strip_suffix(b"then").and_then(<[u8]>::last).is_some_and(|&byte| is_space(byte) || byte == b'"')
    }
}
