//! Texts: what stands for itself, escapes, and what a `$` begins.

use memchr::{memchr, memchr2, memchr3};

use super::error::What;
use super::frames::{Arg, Frame, OperatorFrame, Place, Reach, Stop};
use super::names::{Item, Operator, Variable};
use super::tree::NodeKind;
use super::variables::header_form;
use super::walk::{NAME, Walk, say};
use crate::source::Span;

/// The next `}` of a text in which `$` means nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Brace {
    At(usize),
    BackslashAtEnd,
    None,
}

impl Walk<'_> {
    pub fn read_text(&mut self) -> Result<(), Stop> {
        let Some(&Frame::Text(frame)) = self.stack.last() else { return Ok(()) };
        let special = BACKSLASH | if frame.expands { DOLLAR } else { 0 } | if frame.ends_at_brace { BRACE } else { 0 };
        loop {
            let rest = &self.text[self.at..];
            let run = plain_len(rest, special);
            if run > 0 {
                self.leaf(NodeKind::Literal, self.at, self.at + run);
                self.push_bytes(&rest[..run]);
                self.at += run;
            }
            match self.byte() {
                None if frame.ends_at_brace => {
                    let (what, more): (_, &[u8]) = if self.is_header_malformed {
                        (What::HeaderSwallowedBrace, b" - could be header name not terminated by colon")
                    } else {
                        (What::ClosingMissing, b"")
                    };
                    let words = [b"missing } at end of string", more].concat();
                    return self.stop(what, self.here(), words);
                }
                None => {
                    self.end_text();
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(b'}') => {
                    self.at += 1;
                    self.end_text();
                    return Ok(());
                }
                Some(_) => {
                    let depth = self.stack.len();
                    self.dollar(frame.reach)?;
                    if self.stack.len() != depth || self.has_enough {
                        return Ok(());
                    }
                }
            }
        }
    }

    pub fn end_text(&mut self) {
        let Some(Frame::Text(frame)) = self.stack.pop() else { return };
        let value = &self.values[frame.start.at()..];
        // A NUL that an escape made ends the value.
        let nul = if self.has_nul { memchr(0, value) } else { None };
        let len = if frame.is_known { nul.unwrap_or(value.len()) } else { 0 };
        self.values.truncate(frame.start.at() + len);
        let span = Span::new(frame.from.at(), self.at - usize::from(frame.ends_at_brace));
        let (start, end) = (frame.start.at(), frame.start.at() + len);
        let (start, end) = (Place::new(start), Place::new(end));
        self.args.push(Arg { start, end, is_known: frame.is_known, is_fixed: frame.is_fixed, span });
        if let Some(node) = frame.node {
            self.close(node, self.at);
        }
    }

    pub fn escape(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let rest = &self.text[start + 1..];
        match rest {
            [] => self.stop(What::BackslashAtEnd, self.here(), b"\\ at end of string".to_vec()),
            [b'N', protected @ ..] => {
                let len = protected_len(protected);
                self.push_bytes(&protected[..len]);
                self.at = (start + 2 + len + 2).min(self.text.len());
                self.leaf(NodeKind::Protected, start, self.at);
                Ok(())
            }
            _ => {
                let (byte, len) = super::escape(rest);
                self.has_nul |= byte == 0;
                self.push_bytes(&[byte]);
                self.at = start + 1 + len;
                self.leaf(NodeKind::Escape(byte), start, self.at);
                Ok(())
            }
        }
    }

    pub fn dollar(&mut self, reach: Reach) -> Result<(), Stop> {
        let start = self.at;
        self.at += 1;
        match self.byte() {
            Some(letter) if letter.is_ascii_alphabetic() => {
                let name = self.name(false);
                self.forget_what_is_freed();
                if let Some(form) = header_form(self.kept(name)) {
                    self.header(name);
                    self.leaf(NodeKind::Header(form), start, self.at);
                    self.give_header(form);
                } else {
                    self.variable(name, false, start, reach);
                }
            }
            Some(b'0'..=b'9') => {
                let number = self.number();
                self.leaf(NodeKind::Number, start, self.at);
                self.give_number(number);
            }
            Some(b'{') => {
                self.at += 1;
                self.braced(start, reach)?;
            }
            _ => {
                let span = Span::new(start, (start + 1).min(self.text.len()));
                self.certain(What::DollarAlone, span, b"$ not followed by letter, digit, or {".to_vec());
                self.leaf(NodeKind::Literal, start, start + 1);
            }
        }
        Ok(())
    }

    /// What follows `${`.
    pub fn braced(&mut self, start: usize, reach: Reach) -> Result<(), Stop> {
        match self.byte() {
            Some(b'0'..=b'9') => {
                let number = self.number();
                if self.byte() != Some(b'}') {
                    return self.stop(What::NumberNotClosed, self.here(), b"} expected after number".to_vec());
                }
                self.at += 1;
                self.leaf(NodeKind::Number, start, self.at);
                self.give_number(number);
                return Ok(());
            }
            Some(letter) if letter.is_ascii_alphabetic() => {}
            _ => {
                let span = Span::new(start, self.here().end as usize);
                return self.stop(What::LetterExpected, span, b"letter or digit expected after ${".to_vec());
            }
        }
        let name = self.name(true);
        let bytes = self.kept(name);
        if let Some(item) = Item::find(bytes, self.setting.engine) {
            let node = self.open(NodeKind::Item(item), start);
            self.push_item(item, node, reach);
            return Ok(());
        }
        match self.byte() {
            Some(b':') => self.begin_operator(name, start, reach),
            Some(b'}') => {
                self.at += 1;
                self.variable(name, true, start, reach);
                Ok(())
            }
            _ => {
                let words =
                    say(&[b"\"${", bytes, b"\" is not a known operator (or a } is missing in a variable reference)"]);
                let nearest = self.may_suggest().then(|| Item::nearest(bytes, self.setting.engine)).flatten();
                self.stop(What::NotAnItem(nearest), name, words)
            }
        }
    }

    /// The walk stands at the `:`.
    pub fn begin_operator(&mut self, name: Span, start: usize, reach: Reach) -> Result<(), Stop> {
        let bytes = self.kept(name);
        let underscore = memchr(b'_', bytes).unwrap_or(bytes.len());
        let engine = self.setting.engine;
        let whole = Operator::find(bytes, engine).filter(|operator| operator.name().contains('_'));
        let operator = whole.or_else(|| Operator::find(&bytes[..underscore], engine));
        let node = self.open(NodeKind::Operator(operator), start);
        self.at += 1;
        let can_be_certificate =
            matches!(operator, Some(Operator::Md5 | Operator::Sha1 | Operator::Sha256 | Operator::Base64));
        let value_start = Place::new(self.values.len());
        self.stack.push(Frame::Operator(OperatorFrame { operator, name, reach, start: value_start, node }));
        if can_be_certificate && self.byte() == Some(b'$') {
            match self.next_brace(self.at + 1) {
                Brace::BackslashAtEnd => {
                    let end = Span::new(self.text.len() - 1, self.text.len());
                    return self.stop(What::BackslashAtEnd, end, b"\\ at end of string".to_vec());
                }
                Brace::None => {
                    self.at = self.text.len();
                    let words = if self.is_header_malformed {
                        &b"missing } at end of string - could be header name not terminated by colon"[..]
                    } else {
                        b"missing } at end of string"
                    };
                    return self.stop(What::ClosingMissing, self.here(), words.to_vec());
                }
                Brace::At(end) => {
                    let argument = &self.text[self.at + 1..end];
                    let variable = Variable::find(&argument[..argument.len().min(NAME)], self.setting.engine);
                    if let Some(variable) = variable.filter(|variable| variable.is_certificate()) {
                        self.leaf(NodeKind::Variable(Some(variable)), self.at, end);
                        let span = Span::new(self.at, end);
                        let from = self.values.len();
                        self.values.extend_from_slice(argument);
                        let is_known = !self.setting.has_message;
                        let end_of_value = if is_known { self.values.len() } else { from };
                        self.values.truncate(end_of_value);
                        self.at = end + 1;
                        let (start, end) = (Place::new(from), Place::new(end_of_value));
                        self.args.push(Arg { start, end, is_known, is_fixed: false, span });
                        return Ok(());
                    }
                }
            }
        }
        self.push_text(reach, true, true);
        Ok(())
    }

    /// The next `}` from a place on when `$` means nothing. The answer is kept: it holds for all places up to there.
    pub fn next_brace(&mut self, from: usize) -> Brace {
        if let Some((known_from, brace)) = self.next_brace
            && from >= known_from
            && match brace {
                Brace::At(at) => from <= at,
                _ => true,
            }
        {
            return brace;
        }
        let mut at = from;
        let brace = loop {
            match memchr2(b'\\', b'}', &self.text[at.min(self.text.len())..]) {
                None => break Brace::None,
                Some(len) if self.text[at + len] == b'}' => break Brace::At(at + len),
                Some(len) => match &self.text[at + len + 1..] {
                    [] => break Brace::BackslashAtEnd,
                    [b'N', protected @ ..] => at += len + 2 + protected_len(protected) + 2,
                    rest => at += len + 1 + super::escape(rest).1,
                },
            }
        };
        self.next_brace = Some((from, brace));
        brace
    }
}

const BACKSLASH: u8 = 1;
const DOLLAR: u8 = 2;
const BRACE: u8 = 4;

/// What each byte can mean in a text.
const MEANINGS: [u8; 256] = {
    let mut meanings = [0; 256];
    meanings[b'\\' as usize] = BACKSLASH;
    meanings[b'$' as usize] = DOLLAR;
    meanings[b'}' as usize] = BRACE;
    meanings
};

/// How many bytes come before the first that means one of some things.
fn plain_len(text: &[u8], special: u8) -> usize {
    // Most are few: it takes longer to begin to search than to look at them.
    const FEW: usize = 12;
    let few = text.iter().take(FEW).position(|&byte| MEANINGS[usize::from(byte)] & special != 0);
    few.unwrap_or_else(|| {
        let rest = text.get(FEW..).unwrap_or_default();
        let len = match (special & BRACE != 0, special & DOLLAR != 0) {
            (true, true) => memchr3(b'\\', b'$', b'}', rest),
            (true, false) => memchr2(b'\\', b'}', rest),
            (false, true) => memchr2(b'\\', b'$', rest),
            (false, false) => memchr(b'\\', rest),
        };
        len.map_or(text.len(), |len| FEW + len)
    })
}

/// How many bytes behind `\N` come before the next `\N`.
fn protected_len(text: &[u8]) -> usize {
    memchr::memmem::find(text, b"\\N").unwrap_or(text.len())
}
