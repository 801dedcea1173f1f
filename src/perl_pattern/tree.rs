//! The tree of a pattern: a flat arena, children before their parents.
//!
//! Every node knows its bytes of the pattern. Since a child always stands before its parent, whatever is asked of the
//! tree is answered by one pass from the front (what a node is made of is known before the node) or from the back, and
//! nothing needs recursion, however deep somebody nests.

use crate::source::Span;

/// A node, by its place in the arena.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The place in the arena, for tables beside it.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// No node: the end of a list of siblings.
pub(super) const NONE: u32 = u32::MAX;

/// One node.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its bytes of the pattern.
    pub span: Span,
    pub(super) first: u32,
    pub(super) next: u32,
}

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Nothing: an empty branch, an empty lookahead.
    Empty,
    /// Something that never matches: `(*FAIL)`, `(?!)`, `a{2,1}`.
    Fail,
    /// Characters that match themselves.
    Literal {
        /// The first of them in [`Tree::chars`].
        at: u32,
        /// How many.
        len: u32,
        /// Whether case counts.
        fold: Fold,
    },
    /// `.` and `\N`.
    Any {
        /// The newline as well.
        newline: bool,
    },
    /// One character of a set, by its number in [`Tree::sets`].
    Set(u32),
    /// `\R`: a line's end, of one or two characters.
    LineEnd,
    /// `\X`: what a reader takes for one character.
    Grapheme,
    /// `^`; with `multiline` after every newline too. `\A` is the one without.
    Start {
        /// After every newline too.
        multiline: bool,
    },
    /// `$`, `\Z`: the end, or before a newline there; with `multiline` before every newline.
    End {
        /// Before every newline.
        multiline: bool,
    },
    /// `\z`: the very end.
    VeryEnd,
    /// `\G`.
    LastMatch,
    /// `\K`.
    Keep,
    /// `\b`, or `\B`.
    Boundary {
        /// `\B`.
        negated: bool,
    },
    /// A back-reference. The group is 0 when it is not known yet by number (a name, a group of a later pass).
    Backref(u32),
    /// `(?1)`, `(?R)`, `(?&name)`: a group as a subroutine. [`UNKNOWN_GROUP`] when it is named.
    Recurse(u32),
    /// `(*PRUNE)` and its like, which steer the search.
    Verb(Verb),
    /// Its children, one after the other.
    Sequence,
    /// One of its children.
    Alternation,
    /// Something in parentheses; one child.
    Group(Group),
    /// `(?(condition)yes|no)`: the condition, when it is a lookaround, then one or two branches.
    Conditional {
        /// `(?(DEFINE)...)`, which matches nothing by itself.
        define: bool,
        /// The first child is the condition.
        has_condition: bool,
    },
    /// A repetition; one child.
    Repeat {
        /// At least so often.
        min: u32,
        /// At most so often; none: without end.
        max: Option<u32>,
        /// How it goes about it.
        greed: Greed,
    },
}

/// Whether case counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fold {
    /// It does.
    No,
    /// It does not, and no letter of ASCII is the other case of one outside: what SpamAssassin's rules have.
    Ascii,
    /// It does not, by the rules of Unicode: `ss` is the other case of `\xDF` as well.
    Unicode,
}

/// The group of a named subroutine call.
pub const UNKNOWN_GROUP: u32 = u32::MAX;

/// What kind of parentheses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// `(...)`, with its number; a named group as well.
    Capture(u32),
    /// `(?:...)`, `(?i:...)`, `(?|...)`, a script run.
    Plain,
    /// `(?>...)`: what it matched is not tried otherwise.
    Atomic,
    /// `(?=...)`, `(?!...)`.
    Ahead {
        /// `(?!...)`.
        negated: bool,
    },
    /// `(?<=...)`, `(?<!...)`.
    Behind {
        /// `(?<!...)`.
        negated: bool,
    },
}

/// How a repetition goes about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Greed {
    /// As often as possible.
    Greedy,
    /// `?`: as seldom as possible.
    Lazy,
    /// `+`: as often as possible, and never less.
    Possessive,
}

/// A verb that steers the search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// `(*ACCEPT)`: the match ends here.
    Accept,
    /// `(*COMMIT)`.
    Commit,
    /// `(*PRUNE)`, `(*SKIP)`, `(*THEN)`, `(*MARK:name)`.
    Other,
}

/// A set of characters: what is known of it, for the 256 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Set {
    /// A bit for each byte that it may match.
    pub bytes: [u64; 4],
    /// Which characters above 255 it may match.
    pub above: Above,
    /// The bits are exact; else a byte with a bit may still be refused.
    pub exact: bool,
}

/// Which characters above 255 a set may match.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Above {
    /// None.
    #[default]
    None,
    /// Some, or it is not known which.
    Some,
    /// All.
    All,
}

impl Set {
    /// A set of which nothing is known.
    pub(super) const UNKNOWN: Self = Self { bytes: [u64::MAX; 4], above: Above::Some, exact: false };

    /// Whether a byte may be matched.
    #[must_use]
    pub fn has(&self, byte: u8) -> bool {
        self.bytes[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    pub(super) fn add(&mut self, byte: u8) {
        self.bytes[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Turns it into its complement.
    pub(super) fn negate(&mut self) {
        for word in &mut self.bytes {
            *word = !*word;
        }
        self.above = match self.above {
            Above::None => Above::All,
            Above::Some => Above::Some,
            Above::All => Above::None,
        };
    }

    /// Whether two sets may have a byte in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        (self.above != Above::None && other.above != Above::None)
            || self.bytes.iter().zip(&other.bytes).any(|(a, b)| a & b != 0)
    }

    /// Whether it may match nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.above == Above::None && self.bytes == [0; 4]
    }
}

/// A whole pattern.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    /// The characters of all literals.
    pub chars: Vec<u32>,
    /// The sets.
    pub sets: Vec<Set>,
    /// How many capturing groups there are.
    pub groups: u32,
}

impl Tree {
    /// The top; none when the parser did not come to the end.
    #[must_use]
    pub fn top(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then(|| NodeId(index(self.nodes.len() - 1)))
    }

    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All nodes, children before their parents.
    #[must_use]
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> + ExactSizeIterator {
        self.nodes.iter().enumerate().map(|(at, node)| (NodeId(index(at)), node))
    }

    /// The children of a node, in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut next = self.nodes[id.index()].first;
        std::iter::from_fn(move || {
            (next != NONE).then(|| {
                let id = NodeId(next);
                next = self.nodes[id.index()].next;
                id
            })
        })
    }

    /// The characters of a literal.
    #[must_use]
    pub fn literal(&self, at: u32, len: u32) -> &[u32] {
        &self.chars[at as usize..(at + len) as usize]
    }

    pub(super) fn push(&mut self, kind: Kind, span: Span, children: List) -> NodeId {
        self.nodes.push(Node { kind, span, first: children.first, next: NONE });
        NodeId(index(self.nodes.len() - 1))
    }

    pub(super) fn append(&mut self, list: &mut List, id: NodeId) {
        if list.first == NONE {
            list.first = id.0;
        } else {
            self.nodes[list.last as usize].next = id.0;
        }
        list.last = id.0;
    }
}

/// Siblings, while they are gathered.
#[derive(Clone, Copy)]
pub(super) struct List {
    pub first: u32,
    pub last: u32,
}

impl List {
    pub const EMPTY: Self = Self { first: NONE, last: NONE };

    pub fn of(id: NodeId) -> Self {
        Self { first: id.0, last: id.0 }
    }

    pub fn is_empty(self) -> bool {
        self.first == NONE
    }

    /// It holds one node.
    pub fn is_one(self) -> bool {
        self.first == self.last && self.first != NONE
    }
}

pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
