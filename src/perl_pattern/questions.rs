//! What can be asked of a pattern's tree. Each answer is certain in the direction that its name says.

use std::cell::RefCell;

use super::tree::{Dialect, Fold, Group, Kind, Tag, Tree, Verb};

/// Where a match must begin, or end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// Anywhere.
    Anywhere,
    /// At the edge of a line.
    Line,
    /// At the edge of the text. At its end a newline may still follow.
    Text,
}

/// Whether a pattern may match the empty text. If not, it surely does not.
#[must_use]
pub fn can_match_empty(tree: &Tree) -> bool {
    let can = tree.fold(|_, kind, children: &[bool]| match kind {
        Kind::Fail | Kind::Literal { .. } | Kind::Any { .. } | Kind::Set(_) | Kind::LineEnd | Kind::Grapheme => false,
        Kind::Alternation => children.contains(&true),
        Kind::Sequence => !children.contains(&false),
        Kind::Group(group) if group.wants_inside() => !children.contains(&false),
        Kind::Repeat { min, .. } => min == 0 || !children.contains(&false),
        Kind::Empty
        | Kind::Start { .. }
        | Kind::End { .. }
        | Kind::VeryEnd
        | Kind::LastMatch
        | Kind::Keep
        | Kind::Boundary { .. }
        | Kind::Backref(_)
        | Kind::Recurse(_)
        | Kind::Verb(_)
        | Kind::Group(_)
        | Kind::Conditional { .. } => true,
    });
    has_accept(tree) || can.unwrap_or(true)
}

/// Whether a pattern surely matches every text.
#[must_use]
pub fn matches_everything(tree: &Tree) -> bool {
    // What PCRE2 (10.42) leaves out may still decide: `(?!a|(?=b)f){0}` does not match the empty text.
    let may_leave_out = tree.dialect == Dialect::Pcre2
        && tree.nodes().any(|(_, node)| matches!(node.kind, Kind::Repeat { max: Some(0), .. }));
    if may_leave_out || tree.has(&[Tag::Verb, Tag::Recurse, Tag::Conditional]) {
        return false;
    }
    let sure = tree.fold(|_, kind, children: &[Sure]| Sure::of(kind, children));
    sure.is_some_and(|sure| sure.at_start || sure.at_end)
}

/// Where a node surely matches, whatever the text.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a place")]
pub(super) struct Sure {
    /// Anywhere.
    pub anywhere: bool,
    /// At the start, as long as nothing has been matched.
    at_start: bool,
    /// At the end, where nothing more can be matched.
    at_end: bool,
    /// It may have a width.
    may_move: bool,
}

impl Sure {
    const NOWHERE: Self = Self { anywhere: false, at_start: false, at_end: false, may_move: false };
    const EVERYWHERE: Self = Self { anywhere: true, at_start: true, at_end: true, may_move: false };

    #[inline]
    pub(super) fn of(kind: Kind, children: &[Self]) -> Self {
        match kind {
            Kind::Literal { .. }
            | Kind::Any { .. }
            | Kind::Set(_)
            | Kind::LineEnd
            | Kind::Grapheme
            | Kind::Backref(_)
            | Kind::Recurse(_) => Self { may_move: true, ..Self::NOWHERE },
            Kind::Empty | Kind::Keep => Self::EVERYWHERE,
            Kind::Start { .. } => Self { at_start: true, ..Self::NOWHERE },
            Kind::End { .. } | Kind::VeryEnd => Self { at_end: true, ..Self::NOWHERE },
            Kind::Sequence => children.iter().fold(Self::EVERYWHERE, |before, &next| before.then(next)),
            // Another branch may be taken first, so what follows must be sure from there as well: it is judged as if
            // anything had moved.
            Kind::Alternation => children.iter().fold(Self::NOWHERE, |before, &next| Self {
                anywhere: before.anywhere | next.anywhere,
                at_start: before.at_start | next.at_start,
                at_end: before.at_end | next.at_end,
                may_move: before.may_move | next.may_move,
            }),
            Kind::Group(Group::Capture(_) | Group::Plain | Group::Atomic) => Self::only(children),
            Kind::Group(Group::Ahead { negated: false }) => Self { may_move: false, ..Self::only(children) },
            Kind::Repeat { min, .. } => {
                let inside = Self::only(children);
                match min {
                    0 => Self { may_move: inside.may_move, ..Self::EVERYWHERE },
                    1 => inside,
                    _ => Self { at_start: inside.at_start && inside.anywhere, ..inside },
                }
            }
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => Self::NOWHERE,
            _ => Self { may_move: children.iter().any(|child| child.may_move), ..Self::NOWHERE },
        }
    }

    fn only(children: &[Self]) -> Self {
        children.first().copied().unwrap_or(Self::EVERYWHERE)
    }

    /// With another node behind it: as soon as something may have a width, that one no longer stands at the start.
    fn then(self, next: Self) -> Self {
        Self {
            anywhere: self.anywhere & next.anywhere,
            at_start: self.at_start & if self.may_move { next.anywhere } else { next.at_start },
            at_end: self.at_end & next.at_end,
            may_move: self.may_move | next.may_move,
        }
    }
}

/// Where a match must begin.
#[must_use]
pub fn start_anchor(tree: &Tree) -> Anchor {
    anchor(tree, |kind, children| match kind {
        Kind::Start { multiline } => Some(if multiline { Anchor::Line } else { Anchor::Text }),
        Kind::Sequence => Some(strongest(children.iter())),
        Kind::Group(Group::Ahead { negated: false }) => Some(weakest(children)),
        _ => None,
    })
}

/// Where a match must end.
#[must_use]
pub fn end_anchor(tree: &Tree) -> Anchor {
    anchor(tree, |kind, children| match kind {
        Kind::End { multiline: true } => Some(Anchor::Line),
        Kind::End { multiline: false } | Kind::VeryEnd => Some(Anchor::Text),
        Kind::Sequence => Some(strongest(children.iter().rev())),
        _ => None,
    })
}

/// What a node is anchored at, and whether it surely has no width.
#[derive(Clone, Copy)]
struct Anchored {
    anchor: Anchor,
    is_empty: bool,
}

/// Where a match must begin, or end. `at_one_side` says what differs between the two.
#[inline]
fn anchor(tree: &Tree, at_one_side: impl Fn(Kind, &[Anchored]) -> Option<Anchor>) -> Anchor {
    // An anchor behind `(*ACCEPT)` is never come to.
    if has_accept(tree) {
        return Anchor::Anywhere;
    }
    let top = tree.fold(|_, kind, children: &[Anchored]| {
        let is_empty = match kind {
            Kind::Literal { .. }
            | Kind::Any { .. }
            | Kind::Set(_)
            | Kind::LineEnd
            | Kind::Grapheme
            | Kind::Backref(_)
            | Kind::Recurse(_) => false,
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. })
            | Kind::Conditional { define: true, .. }
            | Kind::Repeat { max: Some(0), .. } => true,
            _ => children.iter().all(|child| child.is_empty),
        };
        let anchor = at_one_side(kind, children).unwrap_or_else(|| match kind {
            Kind::Alternation | Kind::Repeat { min: 1.., .. } => weakest(children),
            Kind::Group(group) if group.is_in_place() => weakest(children),
            _ => Anchor::Anywhere,
        });
        Anchored { anchor, is_empty }
    });
    top.map_or(Anchor::Anywhere, |top| top.anchor)
}

/// The strongest anchor before something has a width, itself included.
fn strongest<'c>(children: impl Iterator<Item = &'c Anchored>) -> Anchor {
    let mut found = Anchor::Anywhere;
    for &Anchored { anchor, is_empty } in children {
        if anchor == Anchor::Text || (anchor == Anchor::Line && found == Anchor::Anywhere) {
            found = anchor;
        }
        if !is_empty {
            break;
        }
    }
    found
}

fn weakest(children: &[Anchored]) -> Anchor {
    children
        .iter()
        .map(|child| child.anchor)
        .reduce(|a, b| match (a, b) {
            (Anchor::Anywhere, _) | (_, Anchor::Anywhere) => Anchor::Anywhere,
            (Anchor::Text, Anchor::Text) => Anchor::Text,
            _ => Anchor::Line,
        })
        .unwrap_or(Anchor::Anywhere)
}

/// A text that every text must hold that the pattern matches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Required {
    /// The bytes; of ASCII when case does not count.
    pub bytes: Vec<u8>,
    /// Whether case counts not.
    pub folds: bool,
}

/// The longest text that must occur for the pattern to match, if one is certain; of several the first.
#[must_use]
pub fn required_literal(tree: &Tree) -> Option<Required> {
    if has_accept(tree) {
        return None;
    }
    // From the end, since of a part that may be left out nothing in it must occur.
    let runs = RefCell::new(Runs::default());
    let top = Inside { must: true, is_seam: false };
    tree.hand_down(
        top,
        |_, kind, parent| {
            let must = parent.must;
            if !must {
                return Inside { must, is_seam: false };
            }
            let is_inside = match kind {
                Kind::Group(group) => group.wants_inside(),
                kind => matches!(kind, Kind::Sequence | Kind::Repeat { min: 1.., .. }),
            };
            let is_seamless = match kind {
                Kind::Group(group) => group.is_in_place(),
                Kind::Sequence
                | Kind::Empty
                | Kind::Keep
                | Kind::Start { .. }
                | Kind::End { .. }
                | Kind::VeryEnd
                | Kind::Boundary { .. }
                | Kind::LastMatch
                | Kind::Literal { .. } => true,
                _ => false,
            };
            let mut runs = runs.borrow_mut();
            if !is_seamless {
                runs.end();
            }
            if let Kind::Literal { at, len, fold } = kind {
                runs.add(tree.literal(at, len), fold);
            }
            Inside { must: is_inside, is_seam: !is_seamless }
        },
        |inside| {
            if inside.is_seam {
                runs.borrow_mut().end();
            }
        },
    );
    let mut runs = runs.into_inner();
    runs.end();
    runs.best.bytes.reverse();
    (!runs.best.bytes.is_empty()).then_some(runs.best)
}

/// What is known of the inside of a node.
struct Inside {
    /// It must be matched.
    must: bool,
    /// What stands before and behind it does not hang together.
    is_seam: bool,
}

/// The texts that must occur, as they are gathered, each from its end.
#[derive(Default)]
struct Runs {
    now: Required,
    best: Required,
}

impl Runs {
    fn add(&mut self, chars: &[u32], fold: Fold) {
        let folds = fold != Fold::No;
        if self.now.folds != folds {
            self.end();
            self.now.folds = folds;
        }
        for &char in chars.iter().rev() {
            match u8::try_from(char) {
                Ok(byte) if fold == Fold::No || (fold == Fold::Ascii && byte.is_ascii()) => self.now.bytes.push(byte),
                _ => self.end(),
            }
        }
    }

    fn end(&mut self) {
        if self.now.bytes.is_empty() {
            return;
        }
        if self.now.bytes.len() >= self.best.bytes.len() {
            std::mem::swap(&mut self.now, &mut self.best);
            self.now.folds = self.best.folds;
        }
        self.now.bytes.clear();
    }
}

/// Whether a match may end early.
fn has_accept(tree: &Tree) -> bool {
    tree.has(&[Tag::Verb]) && tree.nodes().any(|(_, node)| node.kind == Kind::Verb(Verb::Accept))
}
