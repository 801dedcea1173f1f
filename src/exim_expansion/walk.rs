//! The walk over a text: what Exim's `expand_string_internal` does, with a stack of our own in place of its recursion.
//!
//! One walk does three things. It notes the parts of the text as nodes. It finds the errors that Exim finds, in Exim's
//! order. And it computes values as far as they are certain, because whether Exim meets an error can depend on them: in
//! `${if eq{a}{b}{${eval:x}}}` the expression is skipped.
//!
//! Exim reads the parts that it skips as well, with their errors of syntax, and even computes something of them (text and
//! `${tr` go on as usual, operators give nothing). Where it depends on the message whether a part is skipped, the walk
//! takes it for read, and an error that skipping would avoid is a possible one.

use std::rc::Rc;

use super::error::{Certainty, Error, What};
use super::frames::{Arg, Frame, Reach, Stop, Truth};
use super::setting::Setting;
use super::text::Brace;
use super::tree::{Node, NodeKind};
use super::variables::Scope;
use crate::source::Span;

/// Exim keeps this much of a name.
pub(super) const NAME: usize = 255;
/// The bytes of names.
const IN_NAME: [bool; 256] = {
    let (mut is_in, mut byte) = ([false; 256], 0_u8);
    while byte < 128 {
        is_in[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    is_in
};
/// So many errors of one text are kept.
const MOST_ERRORS: usize = 200;
/// For so many errors of one text the right name is looked for.
const MOST_SUGGESTIONS: usize = 16;

#[allow(clippy::struct_excessive_bools, reason = "they are independent")]
pub(super) struct Walk<'t> {
    /// The text, up to its first NUL.
    pub text: &'t [u8],
    pub at: usize,
    pub setting: &'t Setting,
    pub stack: Vec<Frame>,
    pub args: Vec<Arg>,
    pub values: Vec<u8>,
    pub scope: Rc<Scope>,
    pub saved: Vec<Rc<Scope>>,
    /// How often `$value` or the numbers were set.
    pub settings: u32,
    /// What the condition that was read last turned out to be.
    pub truth: Truth,
    pub nodes: Vec<Node>,
    pub node: u32,
    pub errors: Vec<Error>,
    /// Whether an escape made a NUL.
    pub has_nul: bool,
    /// Whether a header's name held a `}`: it changes the words for missing braces.
    pub is_header_malformed: bool,
    /// Whether Exim certainly stopped.
    pub has_stopped: bool,
    /// Whether there are so many errors behind the one where Exim stopped that more would help nobody.
    pub has_enough: bool,
    /// Whether Exim may have stopped for a reason that is not known here.
    pub is_unsure: bool,
    /// How many bytes may still be computed with.
    pub budget: usize,
    pub replays: u8,
    /// The next `}` that no backslash protects, from some place on.
    pub next_brace: Option<(usize, Brace)>,
}

impl<'t> Walk<'t> {
    /// A walk that has not begun, over so many bytes of a text that holds no NUL.
    pub fn new(text: &'t [u8], len: usize, setting: &'t Setting) -> Self {
        let nothing = (!setting.has_message).then(|| Rc::from(&[][..]));
        let numbers = (!setting.has_message).then(|| Rc::from([]));
        let scope = Scope { item: nothing.clone(), value: nothing, numbers, settings: [0; 2] };
        Self {
            text,
            at: 0,
            setting,
            // A long text of nothing but openings takes most of its time in making room, if that is made bit by bit.
            stack: Vec::with_capacity(len / 8),
            args: Vec::with_capacity(len / 8),
            values: Vec::new(),
            scope: Rc::new(scope),
            saved: Vec::new(),
            settings: 0,
            truth: Truth::Unknown,
            nodes: Vec::with_capacity(len / 2 + len / 8 + 2),
            node: 0,
            errors: Vec::new(),
            has_nul: false,
            is_header_malformed: false,
            has_stopped: false,
            has_enough: false,
            is_unsure: false,
            budget: 1 << 20,
            replays: 0,
            next_brace: None,
        }
    }

    /// Walks over the whole text. Its value is the only argument afterwards.
    pub fn whole(&mut self) {
        self.open(NodeKind::Text, 0);
        self.push_text(Reach::Taken, false, true);
        self.run();
        self.nodes[0].end = offset(self.text.len());
        self.nodes[0].after = offset(self.nodes.len());
    }

    pub fn run(&mut self) {
        while let Some(frame) = self.stack.last() {
            let flow = match *frame {
                Frame::Text(_) => self.read_text(),
                Frame::Item(frame) => self.item(frame),
                Frame::Operator(frame) => {
                    self.operator(frame);
                    Ok(())
                }
                Frame::Condition(frame) => self.condition(frame),
            };
            if flow.is_err() || self.has_enough || (self.replays > 0 && self.has_stopped) {
                break;
            }
        }
        // What was left open ends with the text.
        let (mut node, end) = (self.node, self.at.min(self.text.len()));
        while node != 0 {
            self.close(node, end);
            node = self.node;
        }
    }

    pub fn open(&mut self, kind: NodeKind, start: usize) -> u32 {
        let id = offset(self.nodes.len());
        self.nodes.push(Node { kind, start: offset(start), end: offset(start), after: id + 1, parent: self.node });
        self.node = id;
        id
    }

    pub fn close(&mut self, node: u32, end: usize) {
        let after = offset(self.nodes.len());
        if let Some(closed) = self.nodes.get_mut(node as usize) {
            closed.end = offset(end);
            closed.after = after;
            self.node = closed.parent;
        }
    }

    pub fn leaf(&mut self, kind: NodeKind, start: usize, end: usize) {
        let id = offset(self.nodes.len());
        self.nodes.push(Node { kind, start: offset(start), end: offset(end), after: id + 1, parent: self.node });
    }

    /// Whether it is worth looking for the name that an unknown one was meant to be: in a text of nothing but errors it
    /// is not.
    pub fn may_suggest(&self) -> bool {
        self.errors.len() < MOST_SUGGESTIONS
    }

    /// Notes an error; `depends` says whether it depends on the message.
    pub fn note(&mut self, what: What, span: Span, words: Vec<u8>, depends: bool) {
        let certainty = match depends {
            _ if self.has_stopped => Certainty::Behind,
            true => Certainty::Possible,
            false => Certainty::Certain,
        };
        if self.errors.len() < MOST_ERRORS || certainty == Certainty::Certain {
            self.errors.push(Error { what, span, certainty, words, node: self.node });
        }
        self.has_stopped |= certainty == Certainty::Certain;
        self.has_enough = self.has_stopped && self.errors.len() >= MOST_ERRORS;
    }

    /// An error that Exim meets even where it skips.
    pub fn certain(&mut self, what: What, span: Span, words: Vec<u8>) {
        self.note(what, span, words, false);
    }

    /// An error that Exim meets only where it evaluates.
    pub fn evaluated(&mut self, what: What, span: Span, words: Vec<u8>, reach: Reach) {
        if reach != Reach::Skipped {
            self.note(what, span, words, reach == Reach::Maybe);
        }
    }

    /// An error that depends on the message.
    pub fn possible(&mut self, what: What, span: Span, words: Vec<u8>) {
        self.note(what, span, words, true);
    }

    /// Exim may stop here, or not: that is not known.
    pub fn unsure(&mut self) {
        self.is_unsure |= !self.has_stopped;
    }

    pub fn stop<T>(&mut self, what: What, span: Span, words: Vec<u8>) -> Result<T, Stop> {
        self.certain(what, span, words);
        Err(Stop)
    }

    /// A missing or superfluous brace: a header that swallowed one has its own words.
    pub fn stop_at_brace<T>(&mut self, what: What, span: Span, words: Vec<u8>) -> Result<T, Stop> {
        let words = if self.is_header_malformed {
            b"missing or misplaced { or } - could be header name not terminated by colon".to_vec()
        } else if words.is_empty() {
            b"missing or misplaced { or }".to_vec()
        } else {
            words
        };
        self.stop(what, span, words)
    }

    pub fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The place of the next byte: empty at the end.
    pub fn here(&self) -> Span {
        Span::new(self.at, (self.at + 1).min(self.text.len()))
    }

    pub fn skip_space(&mut self) {
        while self.byte().is_some_and(super::is_space) {
            self.at += 1;
        }
    }

    /// Reads over a name of letters, digits, underscores, and perhaps hyphens.
    pub fn name(&mut self, with_hyphens: bool) -> Span {
        let rest = &self.text[self.at..];
        let is_end = |&byte: &u8| !(IN_NAME[usize::from(byte)] || (with_hyphens && byte == b'-'));
        let len = rest.iter().position(is_end).unwrap_or(rest.len());
        let span = Span::new(self.at, self.at + len);
        self.at += len;
        span
    }

    /// As much of a name as Exim keeps.
    pub fn kept(&self, name: Span) -> &'t [u8] {
        let name = &self.text[name.range()];
        &name[..name.len().min(NAME)]
    }

    /// Whether so many bytes may still be computed with.
    pub fn may_spend(&mut self, bytes: usize) -> bool {
        let may = bytes <= self.budget;
        self.budget = self.budget.saturating_sub(bytes);
        may
    }

    /// The bytes of an argument, when they are known.
    pub fn bytes(&self, arg: Arg) -> Option<&[u8]> {
        arg.is_known.then(|| &self.values[arg.start.at()..arg.end.at()])
    }
}

/// Words from their parts.
pub(super) fn say(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
