//! What Perl finds only when the whole pattern is read: how long lookbehinds may be, and repetitions of nothing
//! (`study_chunk`).

use std::cell::LazyCell;

use super::complaint::Stop;
use super::parser::Parser;
use super::tree::{Fold, Group, Kind, NodeId, Tree, UNKNOWN_GROUP, Verb, index};

/// How long the texts are that a node matches. Lengths that do not fit are the largest that do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Length {
    /// The shortest.
    pub min: u32,
    /// The longest, or [`ENDLESS`].
    max: u32,
}

const ENDLESS: u32 = u32::MAX;

impl Length {
    pub const ZERO: Self = Self::exactly(0);
    const ANY: Self = Self { min: 0, max: ENDLESS };

    const fn exactly(length: u32) -> Self {
        let length = if length == ENDLESS { ENDLESS - 1 } else { length };
        Self { min: length, max: length }
    }

    /// The longest; none: without end.
    pub fn max(self) -> Option<u32> {
        (self.max != ENDLESS).then_some(self.max)
    }

    fn new(min: u32, max: Option<u32>) -> Self {
        Self { min: min.min(ENDLESS - 1), max: max.map_or(ENDLESS, |max| max.min(ENDLESS - 1)) }
    }

    fn then(self, other: Self) -> Self {
        let max = self.max().zip(other.max()).map(|(a, b)| a.saturating_add(b));
        Self::new(self.min.saturating_add(other.min), max)
    }

    fn or(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    fn repeated(self, min: u32, max: Option<u32>) -> Self {
        let longest = match max {
            Some(times) => self.max().map(|max| max.saturating_mul(times)),
            None if self.max == 0 => Some(0),
            None => None,
        };
        Self::new(self.min.saturating_mul(min), longest)
    }
}

/// How often the lengths are computed when groups are called before they stand; what is not known then is recursive.
const ROUNDS: usize = 8;

/// The longest lookbehind.
const LONGEST_BEHIND: u32 = 255;

impl Parser<'_> {
    /// The second look at a pattern that has been read to its end. Most need none: they have no lookbehind, and repeat
    /// what surely has a width.
    pub fn study(&mut self) -> Result<(), Stop> {
        if !self.needs_study {
            return Ok(());
        }
        let lengths = lengths(&self.tree);
        let has_fail = self.tree.nodes().any(|(_, node)| node.kind == Kind::Fail);
        let behind = LazyCell::new(|| lengths_as(&self.tree, true));
        let captures = LazyCell::new(|| captures(&self.tree));
        let accepts = LazyCell::new(|| accepts(&self.tree, &lengths));
        let folds_into_one = LazyCell::new(|| folds_into_one(&self.tree));
        let straight = LazyCell::new(|| straight_nodes(&self.tree, &lengths));
        for (id, node) in self.tree.nodes() {
            let child = id.only_child();
            let length = lengths[child.index()];
            match node.kind {
                Kind::Group(Group::Behind { negated }) => {
                    let length = if has_fail { behind[child.index()] } else { length };
                    let is_variable = length.max() != Some(length.min);
                    if is_variable && !self.version.has_variable_lookbehind() {
                        let message = b"Variable length lookbehind not implemented";
                        return Err(self.shown.unmarked_error(message, node.span));
                    }
                    let Some(max) = length.max().filter(|&max| max <= LONGEST_BEHIND) else {
                        let message = b"Lookbehind longer than 255 not implemented";
                        return Err(self.shown.unmarked_error(message, node.span));
                    };
                    if is_variable && self.version.warns_of_variable_lookbehind() {
                        let message = b"Variable length lookbehind is experimental";
                        self.shown.warning(message, node.span, self.bytes.len())?;
                    }
                    let shortest = || accepts[child.index()].map_or(length.min, |min| min.min(length.min));
                    if max > 0 && captures[child.index()] && max > shortest() {
                        let kind = if negated { "negative" } else { "positive" };
                        let message = format!("Variable length {kind} lookbehind with capturing is experimental");
                        self.shown.warning(message.as_bytes(), node.span, self.bytes.len())?;
                    } else if captures[child.index()] && *folds_into_one {
                        return Err(Stop::cannot_tell());
                    }
                }
                Kind::Repeat { min, max, .. }
                    if is_unexpected(min, max)
                        && length == Length::ZERO
                        && !captures[child.index()]
                        && straight[id.index()] =>
                {
                    let message = b"Quantifier unexpected on zero-length expression";
                    self.shown.warning_without_place(message, node.span)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether letters in a row, where case does not count, may match one character: `ss` matches a sharp s.
fn folds_into_one(tree: &Tree) -> bool {
    tree.nodes().any(|(_, node)| {
        let Kind::Literal { at, len, fold } = node.kind else { return false };
        let letters: Vec<u8> = tree.literal(at, len).iter().map(|&char| u8::try_from(char).unwrap_or(0x80)).collect();
        let pairs: [&[u8]; 5] = [b"ss", b"ff", b"fi", b"fl", b"st"];
        let is_pair = |two: &[u8]| pairs.iter().any(|pair| pair.eq_ignore_ascii_case(two));
        fold != Fold::No && (letters.windows(2).any(is_pair) || !letters.is_ascii())
    })
}

/// Whether a repetition of nothing is worth a warning: neither `?` nor one without end.
pub(super) fn is_unexpected(min: u32, max: Option<u32>) -> bool {
    max.is_some_and(|max| max <= 21_845 && (min, max) != (0, 1))
}

/// For each node whether it calls a group that it stands in.
fn recursive_calls(tree: &Tree) -> Vec<bool> {
    let mut is_recursive = vec![false; tree.len()];
    if !tree.nodes().any(|(_, node)| matches!(node.kind, Kind::Recurse(_))) {
        return is_recursive;
    }
    // Where the groups of each number begin and end, as one range: groups of the same number stand in one `(?|...)`.
    let mut starts = vec![0; tree.len()];
    let mut ranges = vec![(usize::MAX, 0); tree.groups as usize + 1];
    for (id, node) in tree.nodes() {
        starts[id.index()] = tree.children(id).next().map_or(id.index(), |child| starts[child.index()]);
        if let Kind::Group(Group::Capture(number)) = node.kind
            && let Some(range) = ranges.get_mut(number as usize)
        {
            *range = (range.0.min(starts[id.index()]), range.1.max(id.index()));
        }
    }
    for (id, node) in tree.nodes() {
        if let Kind::Recurse(group) = node.kind {
            let range = ranges.get(group as usize);
            is_recursive[id.index()] =
                group == 0 || range.is_some_and(|&(start, end)| start <= id.index() && id.index() < end);
        }
    }
    is_recursive
}

/// The lengths of all nodes.
pub(super) fn lengths(tree: &Tree) -> Vec<Length> {
    lengths_as(tree, false)
}

/// The lengths of all nodes, as Perl computes them outside of lookbehinds, or in them.
fn lengths_as(tree: &Tree, in_lookbehind: bool) -> Vec<Length> {
    let is_recursive = recursive_calls(tree);
    let mut groups: Vec<Option<Length>> = vec![None; tree.groups as usize + 1];
    let mut known = vec![None; tree.len()];
    for _ in 0..ROUNDS {
        let mut is_complete = true;
        for (id, node) in tree.nodes() {
            let length = if is_recursive[id.index()] {
                Some(Length::ANY)
            } else {
                length(tree, (id, node.kind), in_lookbehind, &known, &groups)
            };
            is_complete &= length.is_some();
            known[id.index()] = length;
            if let Kind::Group(Group::Capture(number)) = node.kind
                && let Some(slot) = groups.get_mut(number as usize)
                && slot.is_none()
            {
                *slot = length;
            }
        }
        if is_complete {
            break;
        }
    }
    known.into_iter().map(|length| length.unwrap_or(Length::ANY)).collect()
}

/// The length of a node whose children's are known; none when it is not known yet.
fn length(
    tree: &Tree,
    (id, kind): (NodeId, Kind),
    in_lookbehind: bool,
    known: &[Option<Length>],
    groups: &[Option<Length>],
) -> Option<Length> {
    let children = || tree.children(id).map(|child| known[child.index()]);
    let only_child = || known[id.only_child().index()];
    Some(match kind {
        Kind::Literal { len, .. } => Length::exactly(len),
        Kind::Any { .. } | Kind::Set(_) => Length::exactly(1),
        Kind::LineEnd => Length { min: 1, max: 2 },
        Kind::Grapheme | Kind::Backref(_) | Kind::Recurse(UNKNOWN_GROUP) => Length::ANY,
        Kind::Recurse(group) => return groups.get(group as usize).copied().flatten(),
        Kind::Sequence => children().try_fold(Length::ZERO, |sum, child| Some(sum.then(child?)))?,
        Kind::Alternation => {
            let mut children = children();
            let first = children.next()??;
            children.try_fold(first, |sum, child| Some(sum.or(child?)))?
        }
        Kind::Group(Group::Capture(_) | Group::Plain | Group::ScriptRun | Group::Atomic) => only_child()?,
        Kind::Conditional { define: false, has_condition } => {
            let mut branches = children().skip(usize::from(has_condition));
            let yes = branches.next()??;
            yes.or(branches.next().unwrap_or(Some(Length::ZERO))?)
        }
        Kind::Repeat { min: 0 | 1, max: None, .. } if in_lookbehind && never_matches(tree, id.only_child()) => {
            Length::ANY
        }
        Kind::Repeat { min, max, .. } => only_child()?.repeated(min, max),
        Kind::Group(_)
        | Kind::Conditional { .. }
        | Kind::Empty
        | Kind::Fail
        | Kind::Start { .. }
        | Kind::End { .. }
        | Kind::VeryEnd
        | Kind::LastMatch
        | Kind::Keep
        | Kind::Boundary { .. }
        | Kind::Verb(_) => Length::ZERO,
    })
}

/// Whether a node is a class without characters, perhaps in parentheses. In a lookbehind Perl thinks of its endless
/// repetition as of that of any other class, though by itself it has no length.
fn never_matches(tree: &Tree, mut id: NodeId) -> bool {
    while tree.node(id).kind == Kind::Group(Group::Plain) {
        id = id.only_child();
    }
    tree.node(id).kind == Kind::Fail
}

/// For each node with an `(*ACCEPT)` in it the shortest text before that, which is where a match may end.
fn accepts(tree: &Tree, lengths: &[Length]) -> Vec<Option<u32>> {
    let mut accepts = vec![None; tree.len()];
    for (id, node) in tree.nodes() {
        let mut before = 0_u32;
        accepts[id.index()] = match node.kind {
            Kind::Verb(Verb::Accept) => Some(0),
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => None,
            Kind::Sequence => tree
                .children(id)
                .filter_map(|child| {
                    let accepted = accepts[child.index()].map(|min| before.saturating_add(min));
                    before = before.saturating_add(lengths[child.index()].min);
                    accepted
                })
                .min(),
            _ => tree.children(id).filter_map(|child| accepts[child.index()]).min(),
        };
    }
    accepts
}

/// For each node whether a capturing group is in it, or in a group that is called from it.
fn captures(tree: &Tree) -> Vec<bool> {
    let mut captures = vec![false; tree.len()];
    let mut groups = vec![false; tree.groups as usize + 1];
    let mut is_complete = false;
    for _ in 0..ROUNDS {
        if is_complete {
            break;
        }
        is_complete = true;
        for (id, node) in tree.nodes() {
            let inside = |captures: &[bool]| tree.children(id).any(|child| captures[child.index()]);
            captures[id.index()] = match node.kind {
                Kind::Group(Group::Capture(number)) => {
                    if let Some(group) = groups.get_mut(number as usize).filter(|group| !**group) {
                        *group = inside(&captures);
                        is_complete &= !*group;
                    }
                    true
                }
                Kind::Recurse(group) => groups.get(group as usize).copied().unwrap_or_default(),
                // What is only defined is looked at by itself.
                Kind::Conditional { define: true, .. } => false,
                _ => inside(&captures),
            };
        }
    }
    captures
}

/// For each node whether it stands in the straight sequence of the pattern, in which Perl looks for texts that must
/// occur: in no alternation, lookaround or conditional, in nothing that may be left out, and behind nothing that ends
/// the match. What a group holds that is called from that sequence belongs to it.
fn straight_nodes(tree: &Tree, lengths: &[Length]) -> Vec<bool> {
    let count = tree.len();
    let mut bodies = vec![None; tree.groups as usize + 1];
    for (id, node) in tree.nodes().rev() {
        if let Kind::Group(Group::Capture(number)) = node.kind {
            bodies.get_mut(number as usize).into_iter().for_each(|body| *body = Some(id.only_child()));
        }
    }
    let accepts = tree.nodes().any(|(_, node)| node.kind == Kind::Verb(Verb::Accept)).then(|| places_of_accept(tree));
    let (mut straight, mut seen) = (vec![false; count], vec![false; count]);
    let mut scope = vec![index(count); count];
    let mut insides = vec![Inside::NOTHING; count + 1];
    let (mut is_behind_end, mut is_behind_endless) = (vec![false; count + 1], vec![false; count + 1]);
    let mut sequences: Vec<NodeId> = tree.top().into_iter().collect();
    while let Some(root) = sequences.pop() {
        scope[root.index()] = index(count);
        insides[count] = Inside::NOTHING;
        // From the last node to the first, each before what it holds.
        let (mut order, mut waiting) = (Vec::new(), vec![root]);
        while let Some(id) = waiting.pop() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            order.push(id);
            let kind = tree.node(id).kind;
            let is_bend = matches!(
                kind,
                Kind::Alternation
                    | Kind::Conditional { .. }
                    | Kind::Group(Group::Ahead { .. } | Group::Behind { .. })
                    | Kind::Repeat { min: 0, .. }
            );
            let inner = if matches!(kind, Kind::Repeat { .. }) { index(id.index()) } else { scope[id.index()] };
            for child in tree.children(id).filter(|_| !is_bend) {
                scope[child.index()] = inner;
                waiting.push(child);
            }
        }
        // Each repetition is looked at by itself, so what ends the match ends it up to the end of the innermost one. Of a
        // repetition that holds another, or that may be left out, Perl loses the length once something endless has come
        // before.
        let mut first_accept = u32::MAX;
        for id in &order {
            let (at, inside) = (index(id.index()), &mut insides[scope[id.index()] as usize]);
            let kind = tree.node(*id).kind;
            if matches!(kind, Kind::Fail | Kind::Verb(Verb::Commit)) {
                inside.first_end = inside.first_end.min(at);
            }
            let accept = accepts.as_ref().map_or(u32::MAX, |places| places[id.index()].first_accept);
            first_accept = first_accept.min(accept);
            if lengths[id.index()].max().is_none() {
                inside.first_endless = inside.first_endless.min(at);
            }
            inside.has_repetition |= matches!(kind, Kind::Repeat { .. });
        }
        for id in order {
            let (at, outer) = (id.index(), scope[id.index()] as usize);
            is_behind_end[at] = is_behind_end[outer] || insides[outer].first_end < index(at);
            is_behind_endless[at] = is_behind_endless[outer] || insides[outer].first_endless < index(at);
            // But behind an `(*ACCEPT)`, even one that may be left out, no text must occur.
            let may_be_left_out = match (tree.node(id).kind, tree.node(id.only_child()).kind) {
                (_, Kind::Group(Group::Ahead { .. } | Group::Behind { .. })) => false,
                (Kind::Repeat { min: 0, max, .. }, inner) => max != Some(0) || matches!(inner, Kind::Recurse(_)),
                _ => false,
            };
            let is_behind_accept = accepts.as_ref().is_some_and(|places| first_accept < places[at].start);
            let is_lost = is_behind_end[at]
                || is_behind_accept
                || (is_behind_endless[at] && (insides[at].has_repetition || may_be_left_out));
            straight[at] = !is_lost;
            if let Kind::Recurse(group) = tree.node(id).kind
                && !is_lost
            {
                let body = bodies.get(group as usize).copied().flatten();
                sequences.extend(body.filter(|body| !seen[body.index()]));
            }
        }
    }
    straight
}

/// Where a node begins, and where the first `(*ACCEPT)` is in it.
struct AcceptPlace {
    start: u32,
    first_accept: u32,
}

/// For each node, the place of the first `(*ACCEPT)` in it that ends the match of the pattern, not that of a lookaround.
fn places_of_accept(tree: &Tree) -> Vec<AcceptPlace> {
    let mut places: Vec<AcceptPlace> = Vec::with_capacity(tree.len());
    for (id, node) in tree.nodes() {
        let start = tree.children(id).next().map_or(index(id.index()), |child| places[child.index()].start);
        let first_accept = match node.kind {
            Kind::Verb(Verb::Accept) => index(id.index()),
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => u32::MAX,
            _ => tree.children(id).map(|child| places[child.index()].first_accept).min().unwrap_or(u32::MAX),
        };
        places.push(AcceptPlace { start, first_accept });
    }
    places
}

/// What the straight sequence inside a repetition holds: the first node that ends the match, the first without end, and
/// whether there is a repetition.
#[derive(Clone, Copy)]
struct Inside {
    first_end: u32,
    first_endless: u32,
    has_repetition: bool,
}

impl Inside {
    const NOTHING: Self = Self { first_end: u32::MAX, first_endless: u32::MAX, has_repetition: false };
}
