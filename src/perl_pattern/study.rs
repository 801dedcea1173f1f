//! What Perl finds only when the whole pattern is read: how long lookbehinds may be, and repetitions of nothing
//! (`study_chunk`).

use super::complaint::Stop;
use super::parser::Parser;
use super::tree::{Fold, Group, Kind, NodeId, Tag, Tree, UNKNOWN_GROUP, Verb};
use super::zero_length::first_unexpected;
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

/// How often the lengths are computed when groups are called before they stand; what is not known then is recursive.
const ROUNDS: usize = 8;

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
        let groups = Groups::of(&self.tree);
        let folds_into_one = self.tree.has(&[Tag::Group]) && folds_into_one(&self.tree);
        let (mut refused, mut has_candidate) = (None, false);
        self.tree.fold(|id, kind, children: &[Summary]| {
            match (kind, children) {
                (Kind::Group(Group::Behind { negated }), &[inside]) if refused.is_none() => {
                    let verdict = self.lookbehind(inside, negated, self.tree.span(id), folds_into_one);
                    refused = verdict.err().map(|stop| (id, stop));
                }
                (Kind::Repeat { min, max, .. }, [inside]) => {
                    let may_be_nothing = inside.length.is_none_or(|length| length.min == 0) && !inside.captures;
                    has_candidate |= is_unexpected(min, max) && may_be_nothing;
                }
                _ => {}
            }
            let summary = Summary::of(&self.tree, (id, kind), children, &groups);
            Summary { length: summary.length.or(Some(Length::ANY)), ..summary }
        });
        if has_candidate {
            // What comes first is what Perl says.
            let refused_at = refused.as_ref().map(|&(id, _)| id);
            let warn = |id| {
                let message = b"Quantifier unexpected on zero-length expression";
                self.shown.warning_without_place(message, self.tree.span(id))
            };
            first_unexpected(&self.tree, refused_at, warn)?;
        }
        refused.map_or(Ok(()), |(_, stop)| Err(stop))
    }

    /// Judges a lookbehind.
    fn lookbehind(&self, inside: Summary, negated: bool, span: Span, folds_into_one: bool) -> Result<(), Stop> {
        let length = inside.length.unwrap_or(Length::ANY);
        let is_variable = length.max() != Some(length.min);
        if is_variable && !self.version.has_variable_lookbehind() {
            return Err(self.shown.unmarked_error(b"Variable length lookbehind not implemented", span));
        }
        let Some(max) = length.max().filter(|&max| max <= LONGEST_BEHIND) else {
            return Err(self.shown.unmarked_error(b"Lookbehind longer than 255 not implemented", span));
        };
        if is_variable && self.version.warns_of_variable_lookbehind() {
            self.shown.warning(b"Variable length lookbehind is experimental", span, self.bytes.len())?;
        }
        let shortest = inside.accept.map_or(length.min, |min| min.min(length.min));
        if max > 0 && inside.captures && max > shortest {
            let kind = if negated { "negative" } else { "positive" };
            let message = format!("Variable length {kind} lookbehind with capturing is experimental");
            self.shown.warning(message.as_bytes(), span, self.bytes.len())?;
        } else if inside.captures && folds_into_one {
            return Err(Stop::cannot_tell());
        }
        Ok(())
    }
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
    /// None: it calls a group that is not known yet.
    length: Option<Length>,
    /// The shortest text before an `(*ACCEPT)` in it, which is where a match may end.
    accept: Option<u32>,
    /// A capturing group is in it, or in a group that is called from it.
    captures: bool,
}

impl Summary {
    const NOTHING: Self = Self { length: Some(Length::ZERO), accept: None, captures: false };

    /// That of a node whose children's are known.
    fn of(tree: &Tree, (id, kind): (NodeId, Kind), children: &[Self], groups: &Groups) -> Self {
        let exactly = |length| Self { length: Some(length), ..Self::NOTHING };
        let only = children.first().copied().unwrap_or(Self::NOTHING);
        match kind {
            Kind::Literal { len, .. } => exactly(Length::exactly(len)),
            Kind::Any { .. } | Kind::Set(_) => exactly(Length::exactly(1)),
            Kind::LineEnd => exactly(Length { min: 1, max: 2 }),
            Kind::Grapheme | Kind::Backref(_) | Kind::Recurse(UNKNOWN_GROUP) => exactly(Length::ANY),
            Kind::Recurse(group) => groups.called(id, group),
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
                Self { length: only.length.and(Some(Length::ANY)), ..only }
            }
            Kind::Repeat { min, max, .. } => {
                Self { length: only.length.map(|length| length.repeated(min, max)), ..only }
            }
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

    fn then(self, next: Self) -> Self {
        let before = self.length.map_or(0, |length| length.min);
        Self {
            length: self.length.zip(next.length).map(|(a, b)| a.then(b)),
            accept: least(self.accept, next.accept.map(|min| before.saturating_add(min))),
            captures: self.captures | next.captures,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            length: self.length.zip(other.length).map(|(a, b)| a.or(b)),
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

/// What is known of the groups that are called.
#[derive(Default)]
struct Groups {
    /// For each group what is known of it; whether it captures: of what is in it.
    summaries: Vec<Option<Summary>>,
    /// Where the groups of each number begin and end, as one range: groups of the same number stand in one `(?|...)`.
    ranges: Vec<(u32, u32)>,
}

impl Groups {
    fn of(tree: &Tree) -> Self {
        if !tree.has(&[Tag::Recurse]) {
            return Self::default();
        }
        let count = tree.groups as usize + 1;
        let mut groups = Self { summaries: vec![None; count], ranges: vec![(u32::MAX, 0); count] };
        tree.fold(|id, kind, starts: &[u32]| {
            let start = starts.first().copied().unwrap_or(id.0);
            if let Kind::Group(Group::Capture(number)) = kind
                && let Some(range) = groups.ranges.get_mut(number as usize)
            {
                *range = (range.0.min(start), range.1.max(id.0));
            }
            start
        });
        for _ in 0..ROUNDS {
            let mut is_complete = true;
            let mut found = groups.summaries.clone();
            tree.fold(|id, kind, children: &[Summary]| {
                let summary = Summary::of(tree, (id, kind), children, &groups);
                is_complete &= summary.length.is_some();
                if let (Kind::Group(Group::Capture(number)), [inside]) = (kind, children)
                    && let Some(slot) = found.get_mut(number as usize)
                {
                    // Of groups of one number the first has the length.
                    let length = slot.and_then(|slot| slot.length).or(inside.length);
                    let captures = inside.captures || slot.is_some_and(|slot| slot.captures);
                    is_complete &= slot.is_some_and(|slot| slot.captures == captures && slot.length == length);
                    *slot = Some(Summary { length, accept: None, captures });
                }
                summary
            });
            groups.summaries = found;
            if is_complete {
                break;
            }
        }
        groups
    }

    /// What is known of a call.
    fn called(&self, call: NodeId, group: u32) -> Summary {
        let is_inside = group == 0
            || self.ranges.get(group as usize).is_some_and(|&(start, end)| start <= call.0 && call.0 < end);
        let known = self.summaries.get(group as usize).copied().flatten();
        let captures = known.is_some_and(|known| known.captures) || (group == 0 && self.summaries.len() > 1);
        let length = if is_inside { Some(Length::ANY) } else { known.and_then(|known| known.length) };
        Summary { length, accept: None, captures }
    }
}
