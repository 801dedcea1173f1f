//! The study of a pattern part by part, as Perl does it (`study_chunk`): for repetitions of nothing, of which it warns,
//! and for lookbehinds that call groups.
//!
//! What Perl finds depends on how far it got before: it warns only while it looks for texts that must occur, it loses
//! the length of a part when something endless stands before, and it follows calls of groups, but not always. So all of
//! it is done in Perl's order, with a stack in the place of its recursion.

use super::complaint::Stop;
use super::study::{Behind, Found, is_unexpected, never_matches};
use super::tree::{Fold, Group, Kind, NodeId, Tree, UNKNOWN_GROUP, Verb, index};
use crate::source::Span;

/// So many steps may calls of groups take beyond one for each node. Perl takes them all, which may be without end.
const MOST_STEPS: usize = 1 << 19;

/// Goes over a pattern and asks of each repetition of nothing and each lookbehind what is to be said of it.
pub(super) fn study_parts(tree: &Tree, judge: impl Fn(Found, Span) -> Result<(), Stop>) -> Result<(), Stop> {
    let Some(top) = tree.top() else { return Ok(()) };
    // With alternatives at the top Perl looks for no text that must occur.
    let looks_for_texts = tree.kind(top.only_child()) != Kind::Alternation;
    let looks_for_first = !looks_for_texts || !begins_with_class(tree, top);
    let mut study = Study {
        tree,
        parts: vec![Part { looks_for_texts, looks_for_first, ..Part::default() }],
        notes: vec![Notes::default()],
        tasks: vec![Task::Visit { next: top, count: 1 }],
        groups: Vec::new(),
        is_called: vec![false; tree.groups as usize + 1],
        is_merged: vec![false; tree.len()],
        last_closed: None,
        steps: 0,
    };
    while let Some(task) = study.tasks.pop() {
        match task {
            Task::Visit { mut next, mut count } => {
                let before = study.tasks.len();
                while count > 0 && study.tasks.len() == before {
                    study.steps += 1;
                    if study.steps > tree.len() + MOST_STEPS {
                        return Err(Stop::cannot_tell());
                    }
                    if study.visit(next) {
                        judge(Found::Repetition, tree.span(next))?;
                    }
                    count -= 1;
                    if count > 0 {
                        next = tree.sibling(next);
                    }
                }
                // What is in the node comes before its siblings.
                if count > 0 {
                    study.tasks.insert(before, Task::Visit { next, count });
                }
            }
            Task::EndRepeat(repetition) => {
                if study.end_repeat(repetition) {
                    judge(Found::Repetition, tree.span(repetition.id))?;
                }
            }
            Task::Branches(branches) => study.branches(branches),
            Task::EndCapture { id } => study.last_closed = Some(id),
            Task::EndAside { id, last_closed } => {
                if let Some(behind) = study.end_aside(id, last_closed) {
                    judge(Found::Behind(behind), tree.span(id))?;
                }
            }
            Task::EndCall { group } => study.is_called[group as usize] = false,
        }
    }
    Ok(())
}

/// What is still to be done, the next thing last.
#[derive(Clone, Copy)]
enum Task {
    /// So many siblings are to be passed from a node on.
    Visit { next: NodeId, count: u32 },
    /// The body of a repetition has been passed.
    EndRepeat(Repetition),
    /// A branch has been passed, or none yet.
    Branches(Branches),
    /// The inside of a capturing group has been passed.
    EndCapture { id: NodeId },
    /// The inside of something that has no length by itself has been passed. `last_closed`: what it was before.
    EndAside { id: NodeId, last_closed: Option<NodeId> },
    /// The body of a group has been passed that was called.
    EndCall { group: u32 },
}

/// A repetition, the body of which is passed.
#[derive(Clone, Copy)]
struct Repetition {
    id: NodeId,
    min: u32,
    max: Option<u32>,
    /// What stood in the notes before it.
    had_capture: bool,
}

/// Branches that are passed one after the other.
#[derive(Clone, Copy)]
struct Branches {
    /// The next one.
    next: NodeId,
    /// How many are to come.
    left: u32,
    /// How many there are.
    count: u32,
    is_conditional: bool,
    /// One has been passed, and is to be counted in.
    has_passed: bool,
    min: u64,
    max: u64,
}

/// What is known of the part that is passed: a call of `study_chunk`.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is something that Perl knows")]
struct Part {
    min: u64,
    /// How much longer than that it may be; [`ENDLESS`].
    more: u64,
    /// The shortest text before an `(*ACCEPT)`.
    accept: u64,
    /// Something endless is in it, or came before.
    is_endless: bool,
    /// Something endless is in it (`is_inf_internal`).
    has_endless: bool,
    /// How many capturing groups are in it, as Perl counts them.
    captures: u32,
    /// Perl looks for texts that must occur (`SCF_DO_SUBSTR`).
    looks_for_texts: bool,
    /// Perl looks for what a match may begin with (`SCF_DO_STCLASS`).
    looks_for_first: bool,
    /// It is the body of a `(?(DEFINE)...)`.
    is_definition: bool,
}

const ENDLESS: u64 = u64::MAX;

impl Default for Part {
    fn default() -> Self {
        Self {
            min: 0,
            more: 0,
            accept: u64::MAX,
            is_endless: false,
            has_endless: false,
            captures: 0,
            looks_for_texts: false,
            looks_for_first: false,
            is_definition: false,
        }
    }
}

impl Part {
    fn add(&mut self, min: u64, more: u64) {
        self.min = self.min.saturating_add(min);
        self.more = self.more.saturating_add(more);
    }

    fn end_first(&mut self) {
        self.looks_for_first = false;
    }

    fn is_without_end(&mut self) {
        (self.is_endless, self.has_endless) = (true, true);
    }
}

/// What parts that belong together leave for each other (`scan_data_t`).
#[derive(Clone, Copy, Default)]
struct Notes {
    /// Something endless came before a repetition.
    is_endless: bool,
    /// The last repetition has a capturing group in it.
    has_capture: bool,
    has_accept: bool,
}

struct Study<'t> {
    tree: &'t Tree,
    /// The part that is passed, and those that it stands in.
    parts: Vec<Part>,
    notes: Vec<Notes>,
    tasks: Vec<Task>,
    /// The groups, once they are needed.
    groups: Vec<Option<NodeId>>,
    is_called: Vec<bool>,
    /// The capturing group that was closed last.
    last_closed: Option<NodeId>,
    /// Perl has made one operation of the group and its repetition. From then on it is no group by itself, and a call
    /// of it is one of a repetition.
    is_merged: Vec<bool>,
    steps: usize,
}

impl Study<'_> {
    fn part(&mut self) -> &mut Part {
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }

    fn notes(&mut self) -> &mut Notes {
        let last = self.notes.len() - 1;
        &mut self.notes[last]
    }

    fn inside(&mut self, id: NodeId) {
        self.tasks.push(Task::Visit { next: id.only_child(), count: 1 });
    }

    /// Passes a node, or begins to. True when it is a repetition that Perl warns of.
    fn visit(&mut self, id: NodeId) -> bool {
        let tree = self.tree;
        let part = self.part();
        match tree.kind(id) {
            Kind::Literal { len, .. } => {
                part.add(len.into(), 0);
                part.end_first();
            }
            Kind::Any { .. } | Kind::Set(_) => {
                part.add(1, 0);
                part.end_first();
            }
            Kind::LineEnd => {
                part.add(1, 1);
                part.end_first();
            }
            Kind::Grapheme | Kind::Backref(_) | Kind::Recurse(UNKNOWN_GROUP) => {
                part.is_without_end();
                part.end_first();
            }
            Kind::Fail | Kind::Verb(Verb::Commit) => part.looks_for_texts = false,
            Kind::Verb(Verb::Accept) => {
                part.looks_for_texts = false;
                part.accept = part.accept.min(part.min);
                self.notes().has_accept = true;
            }
            Kind::Sequence => {
                if let Some((next, count)) = tree.first_child(id) {
                    self.tasks.push(Task::Visit { next, count });
                }
            }
            Kind::Group(Group::Capture(_)) => {
                if !self.is_merged[id.index()] {
                    self.part().captures += 1;
                    self.tasks.push(Task::EndCapture { id });
                }
                self.inside(id);
            }
            Kind::Group(Group::Plain | Group::ScriptRun | Group::Atomic) => self.inside(id),
            Kind::Group(group @ (Group::Ahead { .. } | Group::Behind { .. })) => {
                let looks_for_first = part.looks_for_first && group == Group::Ahead { negated: false };
                self.aside(id, Part { looks_for_first, ..Part::default() });
            }
            Kind::Conditional { define: true, .. } => {
                self.aside(id, Part { is_definition: true, ..Part::default() });
            }
            Kind::Conditional { define: false, has_condition } => {
                let Some((first, count)) = tree.first_child(id) else { return false };
                let (next, left) = if has_condition { (tree.sibling(first), count - 1) } else { (first, count) };
                self.tasks.push(Task::Branches(Branches::new(next, left, true)));
                if has_condition {
                    self.tasks.push(Task::Visit { next: first, count: 1 });
                }
            }
            Kind::Alternation => {
                if let Some((next, count)) = tree.first_child(id) {
                    self.tasks.push(Task::Branches(Branches::new(next, count, false)));
                }
            }
            Kind::Repeat { min, max, .. } => return self.repeat(id, min, max),
            Kind::Recurse(group) => self.call(group),
            Kind::Empty
            | Kind::Start { .. }
            | Kind::End { .. }
            | Kind::VeryEnd
            | Kind::LastMatch
            | Kind::Keep
            | Kind::Boundary { .. }
            | Kind::Verb(Verb::Other) => {}
        }
        false
    }

    /// Passes what is in a lookaround, or is only defined.
    fn aside(&mut self, id: NodeId, part: Part) {
        self.parts.push(part);
        self.notes.push(Notes::default());
        self.tasks.push(Task::EndAside { id, last_closed: self.last_closed });
        self.inside(id);
    }

    /// Leaves it, and gives what is to be judged.
    fn end_aside(&mut self, id: NodeId, last_closed: Option<NodeId>) -> Option<Behind> {
        let ((min, more), notes) = self.end_part();
        let Kind::Group(group) = self.tree.kind(id) else {
            self.last_closed = last_closed;
            return None;
        };
        self.part().captures += u32::from(notes.has_capture);
        let Group::Behind { negated } = group else { return None };
        let longest = (more != ENDLESS).then(|| u32::try_from(min.saturating_add(more)).unwrap_or(u32::MAX));
        let shortest = u32::try_from(min).unwrap_or(u32::MAX);
        // So Perl sees whether there is a capturing group in it: whether another one was closed last.
        let captures = self.last_closed != last_closed;
        Some(Behind { shortest, longest, captures, is_negated: negated })
    }

    /// Leaves a part with notes of its own.
    fn end_part(&mut self) -> ((u64, u64), Notes) {
        let lengths = self.end_shared_part();
        (lengths, self.notes.pop().unwrap_or_default())
    }

    /// Leaves a part, and gives its least length and how much longer it may be.
    fn end_shared_part(&mut self) -> (u64, u64) {
        let part = self.parts.pop().unwrap_or_default();
        self.notes().has_capture |= part.captures > 0;
        let min = part.min.min(part.accept);
        (min, if part.has_endless { ENDLESS } else { part.more.saturating_add(part.min - min) })
    }

    fn branches(&mut self, mut branches: Branches) {
        if branches.has_passed {
            let ((min, more), notes) = self.end_part();
            let part = self.part();
            branches.min = branches.min.min(min);
            branches.max = branches.max.max(min.saturating_add(more));
            if more == ENDLESS {
                part.is_without_end();
            }
            part.captures += u32::from(notes.has_capture);
            if notes.has_accept {
                part.accept = part.accept.min(part.min.saturating_add(branches.min));
                part.looks_for_texts = false;
                self.notes().has_accept = true;
            }
        }
        if branches.left > 0 {
            let next = branches.next;
            let looks_for_first = self.part().looks_for_first;
            self.parts.push(Part { looks_for_first, ..Part::default() });
            self.notes.push(Notes::default());
            branches.left -= 1;
            branches.has_passed = true;
            if branches.left > 0 {
                branches.next = self.tree.sibling(next);
            }
            self.tasks.push(Task::Branches(branches));
            self.tasks.push(Task::Visit { next, count: 1 });
            return;
        }
        let min = if branches.is_conditional && branches.count < 2 { 0 } else { branches.min };
        let part = self.part();
        part.add(min, if branches.max == ENDLESS { ENDLESS } else { branches.max - min });
        part.looks_for_first &= min == 0;
    }

    fn repeat(&mut self, id: NodeId, min: u32, max: Option<u32>) -> bool {
        let (tree, child) = (self.tree, id.only_child());
        let kind = tree.kind(child);
        let part = self.part();
        // `a*` and `a+` are operations of their own, the inside of which Perl mostly does not look at.
        let is_simple = matches!(kind, Kind::Literal { len: 1, .. } | Kind::Any { .. } | Kind::Set(_))
            || never_matches(tree, child);
        if is_simple && max.is_none() && min < 2 {
            let is_plain = matches!(kind, Kind::Literal { fold: Fold::No, .. });
            if !(part.looks_for_first || (min == 1 && part.looks_for_texts && is_plain)) {
                part.add(min.into(), 0);
                part.is_without_end();
                return false;
            }
        }
        // Most repetitions are of something small, for which no part needs to be begun.
        let length = match kind {
            Kind::Literal { len, .. } => u64::from(len),
            Kind::Any { .. } | Kind::Set(_) => 1,
            Kind::Empty | Kind::Fail | Kind::Start { .. } | Kind::End { .. } | Kind::Boundary { .. } => 0,
            _ => {
                self.repeated(id, min, max);
                self.inside(id);
                return false;
            }
        };
        let had_capture = self.note_repetition();
        self.count_repetition(Repetition { id, min, max, had_capture }, (length, 0), u64::MAX)
    }

    /// Notes that a repetition begins, and gives whether a capturing group had been noted.
    fn note_repetition(&mut self) -> bool {
        let is_endless = self.part().is_endless;
        let notes = self.notes();
        notes.is_endless |= is_endless;
        std::mem::take(&mut notes.has_capture)
    }

    /// Begins the body of a repetition.
    fn repeated(&mut self, id: NodeId, min: u32, max: Option<u32>) {
        let part = *self.part();
        let had_capture = self.note_repetition();
        let looks_for_texts = part.looks_for_texts && min > 0;
        let inside = Part {
            is_endless: looks_for_texts && self.notes().is_endless,
            looks_for_texts,
            looks_for_first: part.looks_for_first,
            is_definition: part.is_definition,
            ..Part::default()
        };
        self.parts.push(inside);
        self.tasks.push(Task::EndRepeat(Repetition { id, min, max, had_capture }));
    }

    /// Leaves the body of a repetition. True when Perl warns of that.
    fn end_repeat(&mut self, repetition: Repetition) -> bool {
        let Part { captures, accept, .. } = *self.part();
        let (min, more) = self.end_shared_part();
        let child = repetition.id.only_child();
        if matches!(self.tree.kind(child), Kind::Group(Group::Capture(_))) && captures == 1 && more == 0 && min > 0 {
            self.is_merged[child.index()] = true;
        }
        self.count_repetition(repetition, (min, more), accept)
    }

    /// Counts a repetition in, the body of which has been passed. True when Perl warns of it.
    fn count_repetition(&mut self, repetition: Repetition, (min, more): (u64, u64), accept: u64) -> bool {
        let Repetition { min: least, max: most, had_capture, .. } = repetition;
        let notes = *self.notes();
        let part = self.part();
        part.looks_for_first &= least == 0 || min == 0;
        let is_warned =
            part.looks_for_texts && is_unexpected(least, most) && (min, more) == (0, 0) && !notes.has_capture;
        // Behind a place where the match may end no text must occur.
        part.looks_for_texts &= !notes.has_accept;
        part.accept = part.accept.min(part.min.saturating_add(accept));
        let least_length = min.saturating_mul(least.into());
        part.min = part.min.saturating_add(least_length);
        part.has_endless |= more == ENDLESS || (most.is_none() && min.saturating_add(more) > 0);
        part.is_endless |= part.has_endless;
        part.more = match most {
            _ if part.is_endless => ENDLESS,
            Some(most) => {
                let longest = min.saturating_add(more).saturating_mul(most.into());
                part.more.saturating_add(longest.saturating_sub(least_length))
            }
            None => part.more,
        };
        part.captures += u32::from(had_capture);
        is_warned
    }

    fn call(&mut self, group: u32) {
        let notes = *self.notes();
        let part = self.part();
        let is_endless = part.is_endless || notes.is_endless;
        if part.is_definition {
            return;
        }
        // Perl does not follow a call when nothing can come of it any more, and thinks the worst of it.
        if is_endless && !part.looks_for_texts && !part.looks_for_first {
            part.is_without_end();
            return;
        }
        if self.groups.is_empty() {
            self.groups = groups(self.tree);
        }
        let called = self.groups.get(group as usize).copied().flatten();
        if let (Some(is_called @ false), Some(called)) = (self.is_called.get_mut(group as usize), called) {
            *is_called = true;
            self.tasks.push(Task::EndCall { group });
            if self.is_merged[called.index()] {
                self.repeated(called, 1, Some(1));
            }
            self.inside(called);
        } else {
            let part = self.part();
            part.is_without_end();
            part.end_first();
        }
    }
}

impl Branches {
    fn new(next: NodeId, left: u32, is_conditional: bool) -> Self {
        Self { next, left, count: left, is_conditional, has_passed: false, min: u64::MAX, max: 0 }
    }
}

/// The groups by their numbers, of several with one number the first; the pattern is number 0.
fn groups(tree: &Tree) -> Vec<Option<NodeId>> {
    let mut groups = vec![None; tree.groups as usize + 1];
    for at in (0..index(tree.len())).rev().map(NodeId) {
        if let Kind::Group(Group::Capture(number)) = tree.kind(at) {
            groups.get_mut(number as usize).into_iter().for_each(|group| *group = Some(at));
        }
    }
    groups[0] = tree.top();
    groups
}

/// Whether Perl already knows what a match begins with, since that stands first: a class, a letter whose case does not
/// count, an edge of a word.
fn begins_with_class(tree: &Tree, top: NodeId) -> bool {
    let mut next = vec![(top, 1)];
    while let Some((id, count)) = next.pop() {
        if count > 1 {
            next.push((tree.sibling(id), count - 1));
        }
        match tree.kind(id) {
            Kind::Sequence => next.extend(tree.first_child(id)),
            Kind::Group(Group::Capture(_) | Group::Plain | Group::Ahead { negated: false })
            | Kind::Repeat { min: 1.., .. } => next.push((id.only_child(), 1)),
            Kind::Repeat { min: 0, max: None, .. } if matches!(tree.kind(id.only_child()), Kind::Any { .. }) => {
                return true;
            }
            Kind::Empty | Kind::Start { .. } | Kind::LastMatch => {}
            Kind::Literal { fold, .. } => return fold != Fold::No,
            kind => return matches!(kind, Kind::Any { .. } | Kind::Set(_) | Kind::Boundary { .. }),
        }
    }
    false
}
