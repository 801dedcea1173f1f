//! The tree of a pattern: a flat arena, children before their parents.
//!
//! Every node knows its bytes of the pattern, and how many children it has; the last of them stands right before it. So
//! whatever is asked of the tree is answered by one pass with a stack, from the front ([`Tree::fold`]: what a node is
//! made of is known before the node) or from the back ([`Tree::hand_down`]), and nothing needs recursion, however deep
//! somebody nests.

use std::sync::OnceLock;

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

    /// The only child of this node, which is a group or a repetition.
    pub(super) fn only_child(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// One node.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its bytes of the pattern.
    pub span: Span,
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
    /// `(?:...)`, `(?i:...)`, `(?|...)`.
    Plain,
    /// `(*sr:...)`: matches only when all its characters are of one script.
    ScriptRun,
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

impl Group {
    /// Whether what is in it is matched there, between what stands before it and behind.
    pub(super) fn is_in_place(self) -> bool {
        matches!(self, Self::Capture(_) | Self::Plain | Self::ScriptRun | Self::Atomic)
    }

    /// Whether it matches only where what is in it does.
    pub(super) fn wants_inside(self) -> bool {
        self.is_in_place() || matches!(self, Self::Ahead { negated: false } | Self::Behind { negated: false })
    }
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

/// Whose regular expression it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dialect {
    /// Perl's, as SpamAssassin compiles them.
    #[default]
    Perl,
    /// PCRE2's, as Exim compiles them: bytes, in the C locale. What PCRE2 may read otherwise than Perl has no tree.
    Pcre2,
}

/// A whole pattern.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(super) dialect: Dialect,
    nodes: Vec<Packed>,
    /// The characters of all literals.
    pub chars: Vec<u32>,
    /// The sets.
    pub sets: Vec<Set>,
    /// How many capturing groups there are.
    pub groups: u32,
    /// What does not fit into a node.
    large: Vec<(u32, Option<u32>)>,
    /// The nodes of 16 MiB and more, with their lengths: as a pattern is that long, and so deep as it may be.
    long: Vec<(u32, u32)>,
    /// A bit for each [`Tag`] that occurs.
    occurring: u32,
    /// The most children that a node has.
    widest: u32,
    siblings: OnceLock<Vec<u32>>,
}

impl Tree {
    pub(super) fn reserve(&mut self, bytes: usize) {
        // Of what is never written to the kernel gives nothing, and what grows would be copied.
        self.nodes.reserve(bytes);
        self.chars.reserve(bytes);
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// There is none: the parser did not come to the end of the first.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The top; none when there is no node.
    #[must_use]
    pub fn top(&self) -> Option<NodeId> {
        (!self.nodes.is_empty()).then(|| NodeId(index(self.nodes.len() - 1)))
    }

    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Node {
        Node { kind: self.nodes[id.index()].kind(&self.large), span: self.span(id) }
    }

    /// All nodes, children before their parents.
    #[must_use]
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, Node)> + ExactSizeIterator {
        (0..self.nodes.len()).map(|at| {
            let id = NodeId(index(at));
            (id, self.node(id))
        })
    }

    /// The bytes of a node.
    pub(super) fn span(&self, id: NodeId) -> Span {
        let packed = self.nodes[id.index()];
        let mut len = packed.meta >> LEN_SHIFT;
        if len == LONG {
            len = self.long.iter().find(|(long, _)| *long == id.0).map_or(LONG, |&(_, len)| len);
        }
        Span { start: packed.start, end: packed.start + len }
    }

    /// What a node is.
    pub(super) fn kind(&self, id: NodeId) -> Kind {
        self.nodes[id.index()].kind(&self.large)
    }

    /// Computes something for every node, of what it is and of what was computed for its children, and gives that of
    /// the top; none when there is no node.
    #[inline]
    pub(super) fn fold<T: Copy>(&self, mut of: impl FnMut(NodeId, Kind, &[T]) -> T) -> Option<T> {
        // What is complete and has no parent yet.
        let mut values: Vec<T> = Vec::with_capacity(self.widest as usize + 1);
        for (at, packed) in self.nodes.iter().enumerate() {
            let first = values.len() - packed.parts() as usize;
            let children = if packed.is(Tag::FailInstead) { &[] } else { &values[first..] };
            let value = of(NodeId(index(at)), packed.kind(&self.large), children);
            values.truncate(first);
            values.push(value);
        }
        values.pop()
    }

    /// The same for a part of the tree, which ends where `of` gives nothing.
    #[inline]
    pub(super) fn fold_part<T: Copy>(&self, top: NodeId, mut of: impl FnMut(Kind, &[T]) -> Option<T>) -> Option<T> {
        let mut values: Vec<T> = Vec::new();
        for packed in &self.nodes[self.start(top).index()..=top.index()] {
            let first = values.len() - packed.parts() as usize;
            let children = if packed.is(Tag::FailInstead) { &[] } else { &values[first..] };
            let value = of(packed.kind(&self.large), children)?;
            values.truncate(first);
            values.push(value);
        }
        values.pop()
    }

    /// Goes from the last node to the first, so that each comes before what it is made of. `enter` gets what the parent
    /// handed down and gives what the node hands down; `leave` gets that again when all inside was passed.
    #[inline]
    pub(super) fn hand_down<C>(
        &self,
        top: C,
        mut enter: impl FnMut(NodeId, Kind, &mut C) -> C,
        mut leave: impl FnMut(C),
    ) {
        // For each node that is not passed yet what it handed down, and how many children are still to come.
        let mut open = vec![(top, u32::MAX)];
        for (at, packed) in self.nodes.iter().enumerate().rev() {
            let Some((parent, missing)) = open.last_mut() else { return };
            *missing -= 1;
            let handed = enter(NodeId(index(at)), packed.kind(&self.large), parent);
            match packed.parts() {
                0 => leave(handed),
                parts => {
                    open.push((handed, parts));
                    continue;
                }
            }
            while let Some((handed, _)) = open.pop_if(|(_, missing)| *missing == 0) {
                leave(handed);
            }
        }
    }

    /// The first node of those that a node is made of, itself if there are none.
    pub(super) fn start(&self, id: NodeId) -> NodeId {
        let (mut at, mut missing) = (id.index(), self.nodes[id.index()].parts());
        while missing > 0 {
            at -= 1;
            missing = missing - 1 + self.nodes[at].parts();
        }
        NodeId(index(at))
    }

    /// Whether there is an endless or large repetition, a verb, a group that is called, a conditional.
    pub(super) fn has(&self, tags: &[Tag]) -> bool {
        tags.iter().any(|&tag| self.occurring >> tag as u32 & 1 == 1)
    }

    /// The children of a node, in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let (first, count) = self.first_child(id).unwrap_or((id, 0));
        std::iter::successors((count > 0).then_some(first), |&child| Some(self.sibling(child))).take(count as usize)
    }

    /// The first child of a node, and how many there are.
    pub(super) fn first_child(&self, id: NodeId) -> Option<(NodeId, u32)> {
        let packed = self.nodes[id.index()];
        let count = if packed.is(Tag::FailInstead) { 0 } else { packed.parts() };
        (count > 0).then(|| (self.sibling(id.only_child()), count))
    }

    /// The next sibling of a node; of the last one the first.
    pub(super) fn sibling(&self, id: NodeId) -> NodeId {
        NodeId(self.siblings.get_or_init(|| self.link())[id.index()])
    }

    /// For each node its next sibling, for the last one the first.
    fn link(&self) -> Vec<u32> {
        let mut siblings: Vec<u32> = vec![0; self.nodes.len()];
        // What has no parent yet.
        let mut open: Vec<u32> = Vec::with_capacity(self.widest as usize + 1);
        for (at, packed) in self.nodes.iter().enumerate() {
            let first = open.len() - packed.parts() as usize;
            let children = &open[first..];
            for (child, next) in children.iter().zip(children.iter().cycle().skip(1)) {
                siblings[*child as usize] = *next;
            }
            open.truncate(first);
            open.push(index(at));
        }
        siblings
    }

    /// The characters of a literal.
    #[must_use]
    pub fn literal(&self, at: u32, len: u32) -> &[u32] {
        &self.chars[at as usize..(at + len) as usize]
    }

    /// Adds a node without children, or with one: that which was added last.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "where it is called the kind is known: half the work goes away")]
    pub(super) fn push(&mut self, kind: Kind, span: Span) {
        let (tag, detail, value) = self.pack(kind, span);
        self.add(tag, detail, value, span);
    }

    /// Adds the parent of so many nodes: the last ones that have none yet.
    #[inline]
    pub(super) fn push_parent(&mut self, kind: Kind, span: Span, count: u32) {
        let (tag, detail, _) = self.pack(kind, span);
        self.widest = self.widest.max(count);
        self.add(tag, detail, count, span);
    }

    /// Adds what never matches, in the place of the node that was added last, which has no parent then.
    pub(super) fn push_fail_instead(&mut self, span: Span) {
        self.occurring |= 1 << Tag::Fail as u32;
        self.add(Tag::FailInstead, 0, 0, span);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "where it is called the kind is known: half the work goes away")]
    fn add(&mut self, tag: Tag, detail: u8, value: u32, span: Span) {
        let mut len = span.end - span.start;
        if len >= LONG {
            self.long.push((index(self.nodes.len()), len));
            len = LONG;
        }
        let meta = len << LEN_SHIFT | u32::from(detail) << DETAIL_SHIFT | tag as u32;
        self.occurring |= 1 << tag as u32;
        self.nodes.push(Packed { start: span.start, meta, value });
    }

    /// The node that was added last.
    pub(super) fn last(&self) -> NodeId {
        NodeId(index(self.nodes.len()).wrapping_sub(1))
    }

    /// Gives a reference by name the number of its group.
    pub(super) fn resolve(&mut self, id: NodeId, group: u32) {
        self.nodes[id.index()].value = group;
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "where it is called the kind is known: half the work goes away")]
    fn pack(&mut self, kind: Kind, span: Span) -> (Tag, u8, u32) {
        match kind {
            Kind::Empty => (Tag::Empty, 0, 0),
            Kind::Fail => (Tag::Fail, 0, 0),
            Kind::Literal { at, len, fold } => {
                if len == span.end - span.start && len < LONG {
                    (Tag::Literal, fold as u8, at)
                } else {
                    self.large.push((at, Some(len)));
                    (Tag::EscapedLiteral, fold as u8, index(self.large.len() - 1))
                }
            }
            Kind::Any { newline } => (Tag::Any, newline.into(), 0),
            Kind::Set(set) => (Tag::Set, 0, set),
            Kind::LineEnd => (Tag::LineEnd, 0, 0),
            Kind::Grapheme => (Tag::Grapheme, 0, 0),
            Kind::Start { multiline } => (Tag::Start, multiline.into(), 0),
            Kind::End { multiline } => (Tag::End, multiline.into(), 0),
            Kind::VeryEnd => (Tag::VeryEnd, 0, 0),
            Kind::LastMatch => (Tag::LastMatch, 0, 0),
            Kind::Keep => (Tag::Keep, 0, 0),
            Kind::Boundary { negated } => (Tag::Boundary, negated.into(), 0),
            Kind::Backref(group) => (Tag::Backref, 0, group),
            Kind::Recurse(group) => (Tag::Recurse, 0, group),
            Kind::Verb(verb) => (Tag::Verb, verb as u8, 0),
            Kind::Sequence => (Tag::Sequence, 0, 0),
            Kind::Alternation => (Tag::Alternation, 0, 0),
            Kind::Group(Group::Capture(number)) => (Tag::Capture, 0, number),
            Kind::Group(Group::Plain) => (Tag::Group, 0, 0),
            Kind::Group(Group::Atomic) => (Tag::Group, 1, 0),
            Kind::Group(Group::ScriptRun) => (Tag::Group, 6, 0),
            Kind::Group(Group::Ahead { negated }) => (Tag::Group, 2 + u8::from(negated), 0),
            Kind::Group(Group::Behind { negated }) => (Tag::Group, 4 + u8::from(negated), 0),
            Kind::Conditional { define, has_condition } => {
                (Tag::Conditional, u8::from(define) | u8::from(has_condition) << 1, 0)
            }
            Kind::Repeat { min, max, greed } => match (u16::try_from(min), max.map_or(Ok(ENDLESS), u16::try_from)) {
                (Ok(low), Ok(high)) if max.is_none() || high != ENDLESS => {
                    (Tag::Repeat, greed as u8, u32::from(high) << 16 | u32::from(low))
                }
                _ => {
                    self.large.push((min, max));
                    (Tag::LargeRepeat, greed as u8, index(self.large.len() - 1))
                }
            },
        }
    }
}

/// A node as it is kept. A pattern of a MiB may have a million of them, and memory that was never used before costs
/// more time than reading the pattern.
#[derive(Clone, Copy, Debug)]
struct Packed {
    start: u32,
    /// The [`Tag`], 3 bits of detail, and the length.
    meta: u32,
    /// A number of the node's kind; for a parent of several how many they are.
    value: u32,
}

const DETAIL_SHIFT: u32 = 5;
const LEN_SHIFT: u32 = 8;
/// The length of what is so long or longer stands elsewhere.
const LONG: u32 = u32::MAX >> LEN_SHIFT;

/// A repetition without end, where the largest number stands.
const ENDLESS: u16 = u16::MAX;

/// What kind of node it is, without the details.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tag {
    Empty,
    Fail,
    FailInstead,
    Literal,
    /// One that is not as long as its bytes.
    EscapedLiteral,
    Any,
    Set,
    LineEnd,
    Grapheme,
    Start,
    End,
    VeryEnd,
    LastMatch,
    Keep,
    Boundary,
    Backref,
    Recurse,
    Verb,
    Sequence,
    Alternation,
    Group,
    Capture,
    Conditional,
    Repeat,
    LargeRepeat,
}

/// The tags, by their numbers.
const TAGS: [Tag; 32] = [
    Tag::Empty,
    Tag::Fail,
    Tag::FailInstead,
    Tag::Literal,
    Tag::EscapedLiteral,
    Tag::Any,
    Tag::Set,
    Tag::LineEnd,
    Tag::Grapheme,
    Tag::Start,
    Tag::End,
    Tag::VeryEnd,
    Tag::LastMatch,
    Tag::Keep,
    Tag::Boundary,
    Tag::Backref,
    Tag::Recurse,
    Tag::Verb,
    Tag::Sequence,
    Tag::Alternation,
    Tag::Group,
    Tag::Capture,
    Tag::Conditional,
    Tag::Repeat,
    Tag::LargeRepeat,
    Tag::Empty,
    Tag::Empty,
    Tag::Empty,
    Tag::Empty,
    Tag::Empty,
    Tag::Empty,
    Tag::Empty,
];

impl Packed {
    #[inline]
    fn is(self, tag: Tag) -> bool {
        self.meta & 31 == tag as u32
    }

    #[inline]
    fn tag(self) -> Tag {
        TAGS[(self.meta & 31) as usize]
    }

    /// How many nodes it is made of: its children, or what stands there for nothing.
    #[inline]
    fn parts(self) -> u32 {
        match self.tag() {
            Tag::Sequence | Tag::Alternation | Tag::Conditional => self.value,
            Tag::Group | Tag::Capture | Tag::Repeat | Tag::LargeRepeat | Tag::FailInstead => 1,
            _ => 0,
        }
    }

    #[inline]
    fn kind(self, large: &[(u32, Option<u32>)]) -> Kind {
        let detail = self.meta >> DETAIL_SHIFT & 7;
        let is = detail == 1;
        let fold = match detail {
            0 => Fold::No,
            1 => Fold::Ascii,
            _ => Fold::Unicode,
        };
        let greed = match detail {
            0 => Greed::Greedy,
            1 => Greed::Lazy,
            _ => Greed::Possessive,
        };
        let outside = || large.get(self.value as usize).copied().unwrap_or_default();
        match self.tag() {
            Tag::Empty => Kind::Empty,
            Tag::Fail | Tag::FailInstead => Kind::Fail,
            Tag::Literal => Kind::Literal { at: self.value, len: self.meta >> LEN_SHIFT, fold },
            Tag::EscapedLiteral => {
                let (at, len) = outside();
                Kind::Literal { at, len: len.unwrap_or(0), fold }
            }
            Tag::Any => Kind::Any { newline: is },
            Tag::Set => Kind::Set(self.value),
            Tag::LineEnd => Kind::LineEnd,
            Tag::Grapheme => Kind::Grapheme,
            Tag::Start => Kind::Start { multiline: is },
            Tag::End => Kind::End { multiline: is },
            Tag::VeryEnd => Kind::VeryEnd,
            Tag::LastMatch => Kind::LastMatch,
            Tag::Keep => Kind::Keep,
            Tag::Boundary => Kind::Boundary { negated: is },
            Tag::Backref => Kind::Backref(self.value),
            Tag::Recurse => Kind::Recurse(self.value),
            Tag::Verb => Kind::Verb(match detail {
                0 => Verb::Accept,
                1 => Verb::Commit,
                _ => Verb::Other,
            }),
            Tag::Sequence => Kind::Sequence,
            Tag::Alternation => Kind::Alternation,
            Tag::Capture => Kind::Group(Group::Capture(self.value)),
            Tag::Group => Kind::Group(match detail {
                0 => Group::Plain,
                1 => Group::Atomic,
                2 | 3 => Group::Ahead { negated: detail == 3 },
                4 | 5 => Group::Behind { negated: detail == 5 },
                _ => Group::ScriptRun,
            }),
            Tag::Conditional => Kind::Conditional { define: detail & 1 != 0, has_condition: detail & 2 != 0 },
            Tag::Repeat => {
                let (min, max) = (self.value & 0xffff, self.value >> 16);
                Kind::Repeat { min, max: (max != u32::from(ENDLESS)).then_some(max), greed }
            }
            Tag::LargeRepeat => {
                let (min, max) = outside();
                Kind::Repeat { min, max, greed }
            }
        }
    }
}

#[inline]
pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
