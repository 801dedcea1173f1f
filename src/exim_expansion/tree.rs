//! What a text turns out to be: its parts, in one flat list.

use super::names::{Condition, Item, Operator, Variable};
use crate::source::Span;

/// A part of a text. Its children follow it in the list, up to `after`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its first byte.
    pub(super) start: u32,
    /// Behind its last byte.
    pub(super) end: u32,
    /// Behind its last descendant in the list.
    pub(super) after: u32,
    /// The part that it belongs to; itself, for those of the whole text.
    pub(super) parent: u32,
}

/// What a part of a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeKind {
    /// The whole text.
    Text,
    /// Bytes that stand for themselves.
    Literal,
    /// A backslash and what belongs to it: the byte that it stands for.
    Escape(u8),
    /// `\N...\N`, with both of them.
    Protected,
    /// `$name` or `${name}`; nothing when there is no such variable in the list. (The variables of access control lists
    /// and of routers, `$auth1` and `$regex1` are not in the list, and exist.)
    Variable(Option<Variable>),
    /// A header: `$h_name:`, with its colon if it has one.
    Header(HeaderForm),
    /// `$1` or `${1}`
    Number,
    /// `${item ...}`
    Item(Item),
    /// `${operator:...}`; nothing for one that does not exist.
    Operator(Option<Operator>),
    /// A condition; nothing for one that does not exist.
    Condition(Option<Condition>),
    /// An argument, with its braces.
    Argument,
}

/// Which text of a header is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderForm {
    /// `h_`, `header_`: decoded and translated.
    Translated,
    /// `rh_`, `rheader_`: as it stands in the message.
    Raw,
    /// `bh_`, `bheader_`: decoded.
    Decoded,
    /// `lh_`, `lheader_`: as a list.
    List,
}

impl Node {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}
