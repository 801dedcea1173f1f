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

use memchr::{memchr, memchr2, memchr3};

use super::build::BuildOption;
use super::error::{Certainty, Error, What};
use super::names::{Condition, Item, Operator, Variable};
use super::setting::Setting;
use super::tree::{HeaderForm, Node, NodeKind};
use crate::source::Span;

/// Exim keeps this much of a name.
const NAME: usize = 255;
/// So many errors of one text are kept.
const MOST_ERRORS: usize = 200;
/// For so many errors of one text the right name is looked for.
const MOST_SUGGESTIONS: usize = 16;
/// How deep texts that texts stand for, and conditions of elements of lists, are followed.
const MOST_REPLAYS: u8 = 6;

/// Whether Exim evaluates a part, or only reads over it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    Taken,
    /// It depends on the message.
    Maybe,
    Skipped,
}

/// What a condition, or the success of an item, turns out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Truth {
    No,
    Yes,
    Unknown,
}

impl Truth {
    pub fn of(is_true: bool) -> Self {
        if is_true { Self::Yes } else { Self::No }
    }

    pub fn negate_if(self, negate: bool) -> Self {
        match self {
            Self::No if negate => Self::Yes,
            Self::Yes if negate => Self::No,
            other => other,
        }
    }

    /// How what is evaluated only when this is true is reached, from something that is reached so itself.
    pub fn reach(self, from: Reach) -> Reach {
        match (self, from) {
            (Self::No, _) => Reach::Skipped,
            (Self::Unknown, _) | (Self::Yes, Reach::Maybe) => Reach::Maybe,
            (Self::Yes, _) => Reach::Taken,
        }
    }
}

/// A syntax error behind which it is anyone's guess which brace closes what: the walk ends.
pub(super) struct Stop;

/// Whether a frame waits for another above it, or is done.
pub(super) enum Flow {
    Wait,
    Done,
}

/// The value of an argument that was read: bytes of `Walk::values`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arg {
    pub start: usize,
    pub end: usize,
    pub is_known: bool,
    /// Whether it would be the same if it was skipped.
    pub is_fixed: bool,
    /// Where it stands.
    pub span: Span,
}

/// A text that is being read.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "they are independent")]
struct TextFrame {
    ends_at_brace: bool,
    /// Whether `$` means anything.
    expands: bool,
    reach: Reach,
    start: usize,
    is_known: bool,
    is_fixed: bool,
    from: usize,
    node: Option<u32>,
}

/// An item that is being read.
#[derive(Clone, Copy)]
pub(super) struct ItemFrame {
    pub item: Item,
    pub step: u8,
    pub reach: Reach,
    /// The first of its arguments on the stack of them.
    pub args: usize,
    /// Where its value goes.
    pub start: usize,
    pub node: u32,
    /// Whether its success is known, for those with alternatives.
    pub yes: Truth,
    /// How many arguments stand before its alternatives.
    pub leading: usize,
    /// Where the text begins that it repeats for each element of a list.
    pub repeats: usize,
    /// A number that it has read.
    pub number: i32,
    pub is_numeric: bool,
}

/// An operator that is being read.
#[derive(Clone, Copy)]
pub(super) struct OperatorFrame {
    pub operator: Option<Operator>,
    pub name: Span,
    pub reach: Reach,
    pub start: usize,
    pub node: u32,
}

/// A condition that is being read.
#[derive(Clone, Copy)]
pub(super) struct ConditionFrame {
    pub condition: Option<Condition>,
    pub is_negated: bool,
    pub step: u8,
    pub reach: Reach,
    pub args: usize,
    pub start: usize,
    pub node: u32,
    pub name: Span,
    pub combined: Truth,
    pub next_reach: Reach,
    pub repeats: usize,
}

#[derive(Clone, Copy)]
enum Frame {
    Text(TextFrame),
    Item(ItemFrame),
    Operator(OperatorFrame),
    Condition(ConditionFrame),
}

/// A value that is certain, or not.
pub(super) type Known = Option<Rc<[u8]>>;

/// The variables that an expansion itself sets.
#[derive(Clone)]
pub(super) struct Scope {
    /// `$item`
    pub item: Known,
    /// `$value`; the second says whether there is none.
    pub value: Known,
    /// `$0` and so on; nothing when they are not certain.
    pub numbers: Option<Rc<[Vec<u8>]>>,
}

/// What an item or operator gives.
pub(super) enum Value {
    Nothing,
    Unknown,
    Bytes(Vec<u8>),
    Arg(Arg),
}

pub(super) struct Walk<'t> {
    /// The text, up to its first NUL.
    pub text: &'t [u8],
    pub at: usize,
    pub setting: &'t Setting,
    stack: Vec<Frame>,
    pub args: Vec<Arg>,
    pub values: Vec<u8>,
    pub scope: Scope,
    pub saved: Vec<Scope>,
    /// What the condition that was read last turned out to be.
    pub truth: Truth,
    pub nodes: Vec<Node>,
    node: u32,
    pub errors: Vec<Error>,
    /// Whether a header's name held a `}`: it changes the words for missing braces.
    is_header_malformed: bool,
    /// Whether Exim certainly stopped.
    pub has_stopped: bool,
    /// Whether Exim may have stopped for a reason that is not known here.
    pub is_unsure: bool,
    /// How many bytes may still be computed with.
    pub budget: usize,
    replays: u8,
    /// The next `}` that no backslash protects, from some place on.
    next_brace: Option<(usize, Brace)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Brace {
    At(usize),
    BackslashAtEnd,
    None,
}

impl<'t> Walk<'t> {
    /// A walk that has not begun; the text holds no NUL.
    pub fn new(text: &'t [u8], setting: &'t Setting) -> Self {
        let nothing = (!setting.has_message).then(|| Rc::from(&[][..]));
        let scope =
            Scope { item: nothing.clone(), value: nothing, numbers: (!setting.has_message).then(|| Rc::from([])) };
        Self {
            text,
            at: 0,
            setting,
            stack: Vec::new(),
            args: Vec::new(),
            values: Vec::new(),
            scope,
            saved: Vec::new(),
            truth: Truth::Unknown,
            nodes: Vec::new(),
            node: 0,
            errors: Vec::new(),
            is_header_malformed: false,
            has_stopped: false,
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

    fn run(&mut self) {
        while let Some(&frame) = self.stack.last() {
            let flow = match frame {
                Frame::Text(_) => self.read_text(),
                Frame::Item(frame) => self.item(frame),
                Frame::Operator(frame) => {
                    self.operator(frame);
                    Ok(())
                }
                Frame::Condition(frame) => self.condition(frame),
            };
            if flow.is_err() || (self.replays > 0 && self.has_stopped) {
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

    // Nodes

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

    fn leaf(&mut self, kind: NodeKind, start: usize, end: usize) {
        let id = offset(self.nodes.len());
        self.nodes.push(Node { kind, start: offset(start), end: offset(end), after: id + 1, parent: self.node });
    }

    // Errors

    /// Whether it is worth looking for the name that an unknown one was meant to be: in a text of nothing but errors it
    /// is not.
    pub fn may_suggest(&self) -> bool {
        self.errors.len() < MOST_SUGGESTIONS
    }

    /// Notes an error; `depends` says whether it depends on the message.
    fn note(&mut self, what: What, span: Span, words: Vec<u8>, depends: bool) {
        let certainty = match depends {
            _ if self.has_stopped => Certainty::Behind,
            true => Certainty::Possible,
            false => Certainty::Certain,
        };
        if self.errors.len() < MOST_ERRORS || certainty == Certainty::Certain {
            self.errors.push(Error { what, span, certainty, words, node: self.node });
        }
        self.has_stopped |= certainty == Certainty::Certain;
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

    // Reading

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

    /// Reads over a name of letters, digits and some more bytes.
    pub fn name(&mut self, extra: &[u8]) -> Span {
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || extra.contains(byte);
        let len = self.text[self.at..].iter().take_while(is_name).count();
        let span = Span::new(self.at, self.at + len);
        self.at += len;
        span
    }

    /// As much of a name as Exim keeps.
    pub fn kept(&self, name: Span) -> &'t [u8] {
        let name = &self.text[name.range()];
        &name[..name.len().min(NAME)]
    }

    // Values

    /// Whether so many bytes may still be computed with.
    pub fn may_spend(&mut self, bytes: usize) -> bool {
        let may = bytes <= self.budget;
        self.budget = self.budget.saturating_sub(bytes);
        may
    }

    /// The bytes of an argument, when they are known.
    pub fn bytes(&self, arg: Arg) -> Option<&[u8]> {
        arg.is_known.then(|| &self.values[arg.start..arg.end])
    }

    /// Pushes the reading of a text that ends at a `}`; the walk stands behind its `{`.
    pub fn push_argument(&mut self, reach: Reach, expands: bool) {
        self.open(NodeKind::Argument, self.at - 1);
        self.push_text(reach, true, expands);
        if let Some(Frame::Text(frame)) = self.stack.last_mut() {
            frame.node = Some(self.node);
        }
    }

    fn push_text(&mut self, reach: Reach, ends_at_brace: bool, expands: bool) {
        self.stack.push(Frame::Text(TextFrame {
            ends_at_brace,
            expands,
            reach,
            start: self.values.len(),
            is_known: true,
            is_fixed: true,
            from: self.at,
            node: None,
        }));
    }

    pub fn push_item(&mut self, frame: ItemFrame) {
        self.stack.push(Frame::Item(frame));
    }

    pub fn push_condition(&mut self, reach: Reach) {
        self.stack.push(Frame::Condition(ConditionFrame {
            condition: None,
            is_negated: false,
            step: 0,
            reach,
            args: self.args.len(),
            start: self.values.len(),
            node: 0,
            name: Span::at(self.at),
            combined: Truth::Unknown,
            next_reach: reach,
            repeats: 0,
        }));
    }

    /// Keeps what changed in the frame that is being worked on, before another goes on top of it.
    pub fn keep_item(&mut self, frame: ItemFrame) {
        if let Some(top) = self.stack.last_mut() {
            *top = Frame::Item(frame);
        }
    }

    pub fn keep_condition(&mut self, frame: ConditionFrame) {
        if let Some(top) = self.stack.last_mut() {
            *top = Frame::Condition(frame);
        }
    }

    pub fn pop(&mut self) {
        self.stack.pop();
    }

    /// Ends an item or operator: its value goes to the text around it.
    pub fn give(&mut self, value: Value, start: usize, args: usize) {
        self.stack.pop();
        self.args.truncate(args);
        match value {
            Value::Nothing => self.values.truncate(start),
            Value::Arg(arg) if arg.is_known => {
                if self.may_spend(arg.end - arg.start) {
                    self.values.copy_within(arg.start..arg.end, start);
                    self.values.truncate(start + arg.end - arg.start);
                    self.text_is(true, false);
                } else {
                    self.values.truncate(start);
                    self.text_is(false, false);
                }
            }
            Value::Unknown | Value::Arg(_) => {
                self.values.truncate(start);
                self.text_is(false, false);
            }
            Value::Bytes(bytes) => {
                self.values.truncate(start);
                self.push_bytes(&bytes);
                self.text_is(true, false);
            }
        }
    }

    fn text_is(&mut self, is_known: bool, is_fixed: bool) {
        if let Some(Frame::Text(frame)) = self.stack.last_mut() {
            frame.is_known &= is_known;
            frame.is_fixed &= is_fixed;
            if !frame.is_known {
                self.values.truncate(frame.start);
            }
        }
    }

    /// Adds to the value of the text that is being read.
    fn push_bytes(&mut self, bytes: &[u8]) {
        if let Some(Frame::Text(frame)) = self.stack.last()
            && frame.is_known
        {
            self.values.extend_from_slice(bytes);
        }
    }

    // Text

    fn read_text(&mut self) -> Result<(), Stop> {
        let Some(&Frame::Text(frame)) = self.stack.last() else { return Ok(()) };
        loop {
            let rest = &self.text[self.at..];
            let run = match (frame.ends_at_brace, frame.expands) {
                (true, true) => memchr3(b'\\', b'$', b'}', rest),
                (true, false) => memchr2(b'\\', b'}', rest),
                (false, true) => memchr2(b'\\', b'$', rest),
                (false, false) => memchr(b'\\', rest),
            };
            let run = run.unwrap_or(rest.len());
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
                    if self.stack.len() != depth {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn end_text(&mut self) {
        let Some(Frame::Text(frame)) = self.stack.pop() else { return };
        let value = &self.values[frame.start..];
        // A NUL that an escape made ends the value.
        let len = if frame.is_known { memchr(0, value).unwrap_or(value.len()) } else { 0 };
        self.values.truncate(frame.start + len);
        let span = Span::new(frame.from, self.at - usize::from(frame.ends_at_brace));
        let (start, end) = (frame.start, frame.start + len);
        self.args.push(Arg { start, end, is_known: frame.is_known, is_fixed: frame.is_fixed, span });
        if let Some(node) = frame.node {
            self.close(node, self.at);
        }
    }

    fn escape(&mut self) -> Result<(), Stop> {
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
                self.push_bytes(&[byte]);
                self.at = start + 1 + len;
                self.leaf(NodeKind::Escape(byte), start, self.at);
                Ok(())
            }
        }
    }

    fn dollar(&mut self, reach: Reach) -> Result<(), Stop> {
        let start = self.at;
        self.at += 1;
        match self.byte() {
            Some(letter) if letter.is_ascii_alphabetic() => {
                let name = self.name(b"_");
                if let Some(form) = header_form(self.kept(name)) {
                    self.header(name);
                    self.leaf(NodeKind::Header(form), start, self.at);
                    self.text_is(!self.setting.has_headers, !self.setting.has_headers);
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

    /// Reads the rest of a header's name, behind what a variable's name can hold.
    pub fn header(&mut self, name: Span) {
        let is_graphic = |byte: &&u8| **byte > 32 && **byte != 127 && **byte != b':';
        let len = self.text[self.at..].iter().take_while(is_graphic).count();
        let more = &self.text[self.at..self.at + len];
        let prefix = memchr(b'_', self.kept(name)).map_or(0, |at| at + 1);
        let room = NAME.saturating_sub(self.kept(name).len() - prefix);
        // Exim asks only when there is no such header, but a header with a brace in its name is nobody's.
        self.is_header_malformed |= memchr(b'}', &more[..len.min(room)]).is_some();
        self.at += len;
        if self.byte() == Some(b':') {
            self.at += 1;
        }
    }

    fn variable(&mut self, name: Span, is_braced: bool, start: usize, reach: Reach) {
        let bytes = self.kept(name);
        let id = Variable::find(bytes, self.setting.engine);
        self.leaf(NodeKind::Variable(id), start, self.at);
        match self.find_variable(bytes, reach) {
            Ok(known) => {
                if reach == Reach::Skipped {
                    return;
                }
                match known {
                    Some(value) => {
                        self.push_bytes(&value);
                        self.text_is(true, value.is_empty());
                    }
                    None => self.text_is(false, false),
                }
            }
            Err(depends) => {
                let nearest = self.may_suggest().then(|| Variable::nearest(bytes, self.setting.engine)).flatten();
                let (what, words) = if is_braced {
                    (What::UnknownVariableInBraces(nearest), say(&[b"unknown variable in \"${", bytes, b"}\""]))
                } else {
                    (What::UnknownVariable(nearest), say(&[b"unknown variable name \"", bytes, b"\""]))
                };
                let words = [words, about_acl_variables(bytes)].concat();
                self.note(what, name, words, depends);
                self.text_is(false, false);
            }
        }
    }

    /// The value of a variable, if it is certain; an error if there is none, and whether that depends on the message.
    pub fn find_variable(&mut self, name: &[u8], reach: Reach) -> Result<Known, bool> {
        let nothing: Known = Some(Rc::from(&[][..]));
        let unset = if self.setting.has_message { None } else { nothing.clone() };
        if (name.starts_with(b"acl_c") || name.starts_with(b"acl_m"))
            && !name.get(5).is_some_and(u8::is_ascii_alphabetic)
        {
            return Ok(unset);
        }
        if name.starts_with(b"r_") {
            return Ok(unset);
        }
        let has_patterns = self.setting.engine.options.contains(BuildOption::ContentScan);
        for (prefix, most) in [(&b"auth"[..], 4), (b"regex", if has_patterns { 9 } else { 0 })] {
            if most > 0
                && let Some(digits) = name.strip_prefix(prefix)
                && !digits.is_empty()
                && digits.iter().all(u8::is_ascii_digit)
            {
                let number =
                    digits.iter().fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
                if (1..=most).contains(&number) {
                    return Ok(unset);
                }
                // Exim cuts the number down to 32 bits, with a sign, and reads whatever lies there.
                if number > 0x7fff_ffff {
                    self.unsure();
                    return Ok(None);
                }
            }
        }
        let Some(variable) = Variable::find(name, self.setting.engine) else { return Err(false) };
        if reach == Reach::Skipped {
            return Ok(nothing);
        }
        if variable.is_of_filters() && !self.setting.in_filter {
            return Err(reach == Reach::Maybe);
        }
        Ok(match variable.name() {
            "item" => self.scope.item.clone(),
            "value" => self.scope.value.clone(),
            name => {
                let known = self.setting.known.iter().find(|(known, _)| *known == name);
                known.map(|(_, value)| Rc::from(value.as_bytes()))
            }
        })
    }

    /// Reads over the digits of `$1`: too big a number wraps.
    fn number(&mut self) -> i32 {
        let mut number = 0_i32;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            number = number.wrapping_mul(10).wrapping_add(i32::from(digit - b'0'));
            self.at += 1;
        }
        number
    }

    fn give_number(&mut self, number: i32) {
        match &self.scope.numbers {
            Some(numbers) => {
                let numbers = numbers.clone();
                if let Some(value) = usize::try_from(number).ok().and_then(|number| numbers.get(number)) {
                    self.push_bytes(value);
                    self.text_is(true, value.is_empty());
                }
            }
            None => self.text_is(false, false),
        }
    }

    /// What follows `${`.
    fn braced(&mut self, start: usize, reach: Reach) -> Result<(), Stop> {
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
        let name = self.name(b"_-");
        let bytes = self.kept(name);
        if let Some(item) = Item::find(bytes, self.setting.engine) {
            let node = self.open(NodeKind::Item(item), start);
            let (args, start) = (self.args.len(), self.values.len());
            let number = 0;
            let (yes, leading, repeats, is_numeric) = (Truth::Unknown, 0, 0, false);
            self.push_item(ItemFrame {
                item,
                step: 0,
                reach,
                args,
                start,
                node,
                yes,
                leading,
                repeats,
                number,
                is_numeric,
            });
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
    fn begin_operator(&mut self, name: Span, start: usize, reach: Reach) -> Result<(), Stop> {
        let bytes = self.kept(name);
        let underscore = memchr(b'_', bytes).unwrap_or(bytes.len());
        let engine = self.setting.engine;
        let whole = Operator::find(bytes, engine).filter(|operator| operator.name().contains('_'));
        let operator = whole.or_else(|| Operator::find(&bytes[..underscore], engine));
        let node = self.open(NodeKind::Operator(operator), start);
        self.at += 1;
        let can_be_certificate =
            matches!(operator, Some(Operator::Md5 | Operator::Sha1 | Operator::Sha256 | Operator::Base64));
        let value_start = self.values.len();
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
                        self.args.push(Arg { start: from, end: end_of_value, is_known, is_fixed: false, span });
                        self.at = end + 1;
                        return Ok(());
                    }
                }
            }
        }
        self.push_text(reach, true, true);
        Ok(())
    }

    /// The next `}` from a place on when `$` means nothing. The answer is kept: it holds for all places up to there.
    fn next_brace(&mut self, from: usize) -> Brace {
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

    // Again

    /// Walks over a part again, or over another text, as Exim does for each element of a list. The closure starts it.
    /// Gives the walk when it ended well, and otherwise Exim's words; nothing when that is not known.
    /// `span` is the part; what stands behind it is there for Exim's words.
    pub fn replay<'a>(
        &mut self,
        text: &'a [u8],
        span: Span,
        start: impl FnOnce(&mut Walk<'a>),
    ) -> Option<Result<Replayed, Vec<u8>>>
    where
        't: 'a,
    {
        if self.has_stopped || self.replays >= MOST_REPLAYS || !self.may_spend(256 + 8 * span.range().len()) {
            return None;
        }
        let mut walk = Walk::new(text, self.setting);
        walk.at = span.start as usize;
        walk.scope = self.scope.clone();
        walk.is_header_malformed = self.is_header_malformed;
        walk.replays = self.replays + 1;
        walk.budget = self.budget / 2;
        let given = walk.budget;
        walk.open(NodeKind::Text, walk.at);
        start(&mut walk);
        walk.run();
        self.budget = self.budget.saturating_sub(given - walk.budget);
        self.is_header_malformed |= walk.is_header_malformed;
        if let Some(error) = walk.errors.first() {
            let is_certain = error.certainty == Certainty::Certain && !walk.is_unsure;
            return is_certain.then(|| Err(super::all_words(error, &walk.nodes)));
        }
        if walk.is_unsure {
            return None;
        }
        let value = walk.args.first().and_then(|&arg| walk.bytes(arg).map(<[u8]>::to_vec));
        Some(Ok(Replayed { value, truth: walk.truth, scope: walk.scope }))
    }

    /// Walks over a whole other text.
    pub fn replay_text(&mut self, text: &[u8]) -> Option<Result<Replayed, Vec<u8>>> {
        // Every expansion of a whole text forgets about malformed headers, if it has anything to expand.
        if memchr2(b'\\', b'$', text).is_some() {
            self.is_header_malformed = false;
        }
        self.replay(text, Span::new(0, text.len()), |walk| walk.start_text(false, Reach::Taken))
    }

    /// Starts the walk over a text that ends at a brace, or at the end.
    pub fn start_text(&mut self, ends_at_brace: bool, reach: Reach) {
        self.push_text(reach, ends_at_brace, true);
    }
}

/// What came of walking over a part again.
pub(super) struct Replayed {
    /// The value of a text, if it is certain.
    pub value: Option<Vec<u8>>,
    /// What a condition turned out to be.
    pub truth: Truth,
    /// What it left in the variables.
    pub scope: Scope,
}

/// How many bytes behind `\N` come before the next `\N`.
fn protected_len(text: &[u8]) -> usize {
    memchr::memmem::find(text, b"\\N").unwrap_or(text.len())
}

/// Whether a name begins that of a header, and which text of it is meant.
pub(super) fn header_form(name: &[u8]) -> Option<HeaderForm> {
    let (form, rest) = match name {
        [b'h', rest @ ..] => (HeaderForm::Translated, rest),
        [b'r', b'h', rest @ ..] => (HeaderForm::Raw, rest),
        [b'b', b'h', rest @ ..] => (HeaderForm::Decoded, rest),
        [b'l', b'h', rest @ ..] => (HeaderForm::List, rest),
        _ => return None,
    };
    (rest.starts_with(b"_") || rest.starts_with(b"eader_")).then_some(form)
}

/// What Exim adds about variables of access control lists.
pub(super) fn about_acl_variables(name: &[u8]) -> Vec<u8> {
    if !name.starts_with(b"acl_") {
        return Vec::new();
    }
    let more = match (name.get(4), name.get(5)) {
        (Some(b'c' | b'm'), Some(letter)) if letter.is_ascii_alphabetic() => {
            "6th character of a user-defined ACL variable must be a digit or underscore"
        }
        (Some(b'c' | b'm'), _) => "strict_acl_vars is set",
        _ => "user-defined ACL variables must start acl_c or acl_m",
    };
    format!(" ({more})").into_bytes()
}

/// Words from their parts.
pub(super) fn say(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
