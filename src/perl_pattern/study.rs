//! What Perl finds only when the whole pattern is read: how long lookbehinds may be, and repetitions of nothing
//! (`study_chunk`).

use std::cell::LazyCell;

use super::complaint::Stop;
use super::parser::Parser;
use super::study_part::study_parts;
use super::tree::{Fold, Group, Kind, NodeId, Tag, Tree, Verb};
use crate::source::Span;

/// How long the texts are that a node matches, as Perl computes it in a lookbehind. Lengths that do not fit are the
/// largest that do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Length {
    /// The shortest.
    min: u32,
    /// The longest, or [`ENDLESS`].
    max: u32,
}

const ENDLESS: u32 = u32::MAX;

impl Length {
    const ZERO: Self = Self::exactly(0);
    const ANY: Self = Self { min: 0, max: ENDLESS };

    const fn exactly(length: u32) -> Self {
        let length = if length == ENDLESS { ENDLESS - 1 } else { length };
        Self { min: length, max: length }
    }

    /// The longest; none: without end.
    fn max(self) -> Option<u32> {
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

/// The longest lookbehind.
const LONGEST_BEHIND: u32 = 255;

/// Whether a repetition of nothing is worth a warning: neither `?` nor one without end.
pub(super) fn is_unexpected(min: u32, max: Option<u32>) -> bool {
    max.is_some_and(|max| max <= 21_845 && (min, max) != (0, 1))
}

impl Parser<'_> {
    /// The second look at a pattern that has been read to its end. Most need none: they have no lookbehind, and repeat
    /// what surely has a width.
    pub fn study(&mut self) -> Result<(), Stop> {
        if !self.needs_study {
            return Ok(());
        }
        let folds_into_one = LazyCell::new(|| folds_into_one(&self.tree));
        let judge = |found: Found, at: Span| match found {
            Found::Repetition => {
                self.shown.warning_without_place(b"Quantifier unexpected on zero-length expression", at)
            }
            Found::Behind(behind) => self.lookbehind(&behind, at, || *folds_into_one),
        };
        // Without calls of groups one look at the parts is enough, unless a repetition may be one of nothing.
        let (mut outcome, mut is_enough) = (Ok(()), !self.tree.has(&[Tag::Recurse]));
        if is_enough {
            self.tree.fold(|id, kind, children: &[Summary]| {
                match (kind, children) {
                    (Kind::Group(Group::Behind { negated }), [inside]) if outcome.is_ok() => {
                        outcome = judge(Found::Behind(inside.behind(negated)), self.tree.span(id));
                    }
                    (Kind::Repeat { min, max, .. }, [inside]) => {
                        let may_be_nothing = inside.length.min == 0 && !inside.captures;
                        is_enough &= !(is_unexpected(min, max) && may_be_nothing);
                    }
                    _ => {}
                }
                Summary::of(&self.tree, (id, kind), children)
            });
        }
        if is_enough { outcome } else { study_parts(&self.tree, judge) }
    }

    /// Judges a lookbehind.
    fn lookbehind(&self, behind: &Behind, span: Span, folds_into_one: impl Fn() -> bool) -> Result<(), Stop> {
        let Behind { shortest, longest, captures, is_negated } = *behind;
        let is_variable = longest != Some(shortest);
        if is_variable && !self.version.has_variable_lookbehind() {
            return Err(self.shown.unmarked_error(b"Variable length lookbehind not implemented", span));
        }
        if longest.is_none_or(|longest| longest > LONGEST_BEHIND) {
            return Err(self.shown.unmarked_error(b"Lookbehind longer than 255 not implemented", span));
        }
        if is_variable && self.version.warns_of_variable_lookbehind() {
            self.shown.warning(b"Variable length lookbehind is experimental", span, self.bytes.len())?;
        }
        if captures && is_variable {
            let kind = if is_negated { "negative" } else { "positive" };
            let message = format!("Variable length {kind} lookbehind with capturing is experimental");
            self.shown.warning(message.as_bytes(), span, self.bytes.len())?;
        } else if captures && folds_into_one() {
            return Err(Stop::cannot_tell());
        }
        Ok(())
    }
}

/// What the study finds that may be complained of.
pub(super) enum Found {
    /// A repetition of what has no length.
    Repetition,
    Behind(Behind),
}

/// What is known of a lookbehind.
pub(super) struct Behind {
    /// The shortest text that is looked for.
    pub shortest: u32,
    /// The longest; none: without end.
    pub longest: Option<u32>,
    /// A capturing group is in it, or in a group that is called from it.
    pub captures: bool,
    pub is_negated: bool,
}

/// Whether letters in a row, where case does not count, may match one character: `ss` matches a sharp s.
fn folds_into_one(tree: &Tree) -> bool {
    tree.nodes().any(|(_, node)| {
        let Kind::Literal { at, len, fold } = node.kind else { return false };
        let is_letter = |char: u32, letters: &str| {
            u8::try_from(char).is_ok_and(|byte| letters.as_bytes().contains(&byte.to_ascii_lowercase()))
        };
        let is_pair = |two: &[u32]| {
            (is_letter(two[0], "s") && is_letter(two[1], "st")) || (is_letter(two[0], "f") && is_letter(two[1], "fil"))
        };
        let chars = tree.literal(at, len);
        fold != Fold::No && (chars.windows(2).any(is_pair) || chars.iter().any(|&char| char > 0x7f))
    })
}

/// What is known of a node.
#[derive(Clone, Copy)]
struct Summary {
    length: Length,
    /// The shortest text before an `(*ACCEPT)` in it, which is where a match may end.
    accept: Option<u32>,
    /// A capturing group is in it.
    captures: bool,
}

impl Summary {
    const NOTHING: Self = Self { length: Length::ZERO, accept: None, captures: false };

    /// That of a node whose children's are known, and which calls no group.
    fn of(tree: &Tree, (id, kind): (NodeId, Kind), children: &[Self]) -> Self {
        let exactly = |length| Self { length, ..Self::NOTHING };
        let only = children.first().copied().unwrap_or(Self::NOTHING);
        match kind {
            Kind::Literal { len, .. } => exactly(Length::exactly(len)),
            Kind::Any { .. } | Kind::Set(_) => exactly(Length::exactly(1)),
            Kind::LineEnd => exactly(Length { min: 1, max: 2 }),
            Kind::Grapheme | Kind::Backref(_) | Kind::Recurse(_) => exactly(Length::ANY),
            Kind::Sequence => children.iter().fold(Self::NOTHING, |before, &next| before.then(next)),
            Kind::Alternation => children.iter().copied().reduce(Self::or).unwrap_or(Self::NOTHING),
            Kind::Group(Group::Capture(_)) => Self { captures: true, ..only },
            Kind::Group(Group::Plain | Group::ScriptRun | Group::Atomic) => only,
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => {
                Self { captures: only.captures, ..Self::NOTHING }
            }
            // What is only defined is looked at by itself.
            Kind::Conditional { define: true, .. } => Self { accept: only.accept, ..Self::NOTHING },
            Kind::Conditional { define: false, has_condition } => {
                let (condition, branches) = children.split_at(usize::from(has_condition).min(children.len()));
                let missing = (branches.len() < 2).then_some(Self::NOTHING);
                let either = branches.iter().copied().chain(missing).reduce(Self::or).unwrap_or(Self::NOTHING);
                condition.iter().fold(either, |either, condition| Self {
                    captures: either.captures | condition.captures,
                    accept: least(either.accept, condition.accept),
                    ..either
                })
            }
            // Perl thinks of the endless repetition of a class without characters as of that of any other class, though
            // by itself it has no length.
            Kind::Repeat { min: 0 | 1, max: None, .. } if never_matches(tree, id.only_child()) => {
                Self { length: Length::ANY, ..only }
            }
            Kind::Repeat { min, max, .. } => Self { length: only.length.repeated(min, max), ..only },
            Kind::Verb(Verb::Accept) => Self { accept: Some(0), ..Self::NOTHING },
            Kind::Empty
            | Kind::Fail
            | Kind::Start { .. }
            | Kind::End { .. }
            | Kind::VeryEnd
            | Kind::LastMatch
            | Kind::Keep
            | Kind::Boundary { .. }
            | Kind::Verb(_) => Self::NOTHING,
        }
    }

    /// That of the inside of a lookbehind, as it is judged.
    fn behind(self, is_negated: bool) -> Behind {
        let shortest = self.accept.map_or(self.length.min, |accept| accept.min(self.length.min));
        Behind { shortest, longest: self.length.max(), captures: self.captures, is_negated }
    }

    fn then(self, next: Self) -> Self {
        Self {
            length: self.length.then(next.length),
            accept: least(self.accept, next.accept.map(|min| self.length.min.saturating_add(min))),
            captures: self.captures | next.captures,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            length: self.length.or(other.length),
            accept: least(self.accept, other.accept),
            captures: self.captures | other.captures,
        }
    }
}

fn least(first: Option<u32>, second: Option<u32>) -> Option<u32> {
    first.into_iter().chain(second).min()
}

/// Whether a node is a class without characters, perhaps in parentheses.
pub(super) fn never_matches(tree: &Tree, mut id: NodeId) -> bool {
    while tree.kind(id) == Kind::Group(Group::Plain) {
        id = id.only_child();
    }
    tree.kind(id) == Kind::Fail
}
