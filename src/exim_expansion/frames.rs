//! What the walk waits for: its stack in place of Exim's recursion, and how values pass from one frame to another.

use super::names::{Condition, Item, Operator};
use super::tree::NodeKind;
use super::walk::{Walk, offset};
use crate::source::Span;

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

/// An offset or an index; a text is nested as deep as it is long, and small frames keep that cheap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(u32);

impl Place {
    pub fn new(at: usize) -> Self {
        Self(offset(at))
    }

    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// The value of an argument that was read: bytes of `Walk::values`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arg {
    pub start: Place,
    pub end: Place,
    pub is_known: bool,
    /// Whether it would be the same if it was skipped.
    pub is_fixed: bool,
    /// Where it stands.
    pub span: Span,
}

/// A text that is being read.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "they are independent")]
pub(super) struct TextFrame {
    pub ends_at_brace: bool,
    /// Whether `$` means anything.
    pub expands: bool,
    pub reach: Reach,
    pub start: Place,
    pub is_known: bool,
    pub is_fixed: bool,
    pub from: Place,
    pub node: Option<u32>,
    /// How many settings of `$value` and the numbers there were when it began.
    pub settings: u32,
}

/// An item that is being read.
#[derive(Clone, Copy)]
pub(super) struct ItemFrame {
    pub item: Item,
    pub step: u8,
    pub reach: Reach,
    /// The first of its arguments on the stack of them.
    pub args: Place,
    /// Where its value goes.
    pub start: Place,
    pub node: u32,
    /// Whether its success is known, for those with alternatives.
    pub yes: Truth,
    /// How many arguments stand before its alternatives.
    pub leading: u8,
    /// Where the text begins that it repeats for each element of a list.
    pub repeats: Place,
    /// 1 for `extract json`, 2 for `extract jsons`.
    pub json: u8,
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
    pub start: Place,
    pub node: u32,
}

/// A condition that is being read.
#[derive(Clone, Copy)]
pub(super) struct ConditionFrame {
    pub condition: Option<Condition>,
    pub is_negated: bool,
    pub step: u8,
    pub reach: Reach,
    pub args: Place,
    pub start: Place,
    pub node: u32,
    pub name: Span,
    pub combined: Truth,
    pub next_reach: Reach,
    pub repeats: Place,
}

#[derive(Clone, Copy)]
pub(super) enum Frame {
    Text(TextFrame),
    Item(ItemFrame),
    Operator(OperatorFrame),
    Condition(ConditionFrame),
}

/// What an item or operator gives.
pub(super) enum Value {
    Nothing,
    Unknown,
    Bytes(Vec<u8>),
    Arg(Arg),
}

impl Walk<'_> {
    /// Pushes the reading of a text that ends at a `}`; the walk stands behind its `{`.
    pub fn push_argument(&mut self, reach: Reach, expands: bool) {
        self.open(NodeKind::Argument, self.at - 1);
        self.push_text(reach, true, expands);
        if let Some(Frame::Text(frame)) = self.stack.last_mut() {
            frame.node = Some(self.node);
        }
    }

    pub fn push_text(&mut self, reach: Reach, ends_at_brace: bool, expands: bool) {
        self.stack.push(Frame::Text(TextFrame {
            ends_at_brace,
            expands,
            reach,
            start: Place::new(self.values.len()),
            is_known: true,
            is_fixed: true,
            from: Place::new(self.at),
            node: None,
            settings: self.settings,
        }));
    }

    /// Starts the walk over a text that ends at a brace, or at the end.
    pub fn start_text(&mut self, ends_at_brace: bool, reach: Reach) {
        self.push_text(reach, ends_at_brace, true);
    }

    pub fn push_item(&mut self, item: Item, node: u32, reach: Reach) {
        self.stack.push(Frame::Item(ItemFrame {
            item,
            step: 0,
            reach,
            args: Place::new(self.args.len()),
            start: Place::new(self.values.len()),
            node,
            yes: Truth::Unknown,
            leading: 0,
            repeats: Place::new(0),
            json: 0,
            number: 0,
            is_numeric: false,
        }));
    }

    pub fn push_condition(&mut self, reach: Reach) {
        self.stack.push(Frame::Condition(ConditionFrame {
            condition: None,
            is_negated: false,
            step: 0,
            reach,
            args: Place::new(self.args.len()),
            start: Place::new(self.values.len()),
            node: 0,
            name: Span::at(self.at),
            combined: Truth::Unknown,
            next_reach: reach,
            repeats: Place::new(0),
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
                if self.may_spend(arg.end.at() - arg.start.at()) {
                    self.values.copy_within(arg.start.at()..arg.end.at(), start);
                    self.values.truncate(start + arg.end.at() - arg.start.at());
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

    pub fn text_is(&mut self, is_known: bool, is_fixed: bool) {
        if let Some(Frame::Text(frame)) = self.stack.last_mut() {
            frame.is_known &= is_known;
            frame.is_fixed &= is_fixed;
            if !frame.is_known {
                self.values.truncate(frame.start.at());
            }
        }
    }

    /// Adds to the value of the text that is being read.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        if let Some(Frame::Text(frame)) = self.stack.last()
            && frame.is_known
        {
            self.values.extend_from_slice(bytes);
        }
    }
}
