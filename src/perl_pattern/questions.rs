//! What can be asked of a pattern's tree. Each answer is certain in the direction that its name says.

use super::tree::{Dialect, Fold, Group, Kind, Tree, Verb};

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
    let accepts = has_accept(tree);
    let mut can = vec![false; tree.len()];
    for (id, node) in tree.nodes() {
        let mut children = tree.children(id).map(|child| can[child.index()]);
        can[id.index()] = match node.kind {
            Kind::Fail | Kind::Literal { .. } | Kind::Any { .. } | Kind::Set(_) | Kind::LineEnd | Kind::Grapheme => {
                false
            }
            Kind::Sequence => children.all(|can| can),
            Kind::Alternation => children.any(|can| can),
            Kind::Group(
                Group::Capture(_)
                | Group::Plain
                | Group::ScriptRun
                | Group::Atomic
                | Group::Ahead { negated: false }
                | Group::Behind { negated: false },
            ) => children.all(|can| can),
            Kind::Repeat { min, .. } => min == 0 || children.all(|can| can),
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
        };
    }
    accepts || tree.top().is_none_or(|top| can[top.index()])
}

/// Whether a pattern surely matches every text.
#[must_use]
pub fn matches_everything(tree: &Tree) -> bool {
    let steers = tree.nodes().any(|(_, node)| match node.kind {
        Kind::Verb(_) | Kind::Recurse(_) | Kind::Conditional { .. } => true,
        // What PCRE2 (10.42) leaves out may still decide: `(?!a|(?=b)f){0}` does not match the empty text.
        Kind::Repeat { max: Some(0), .. } => tree.dialect == Dialect::Pcre2,
        _ => false,
    });
    let Some(top) = tree.top().filter(|_| !steers) else { return false };
    [Place::Start, Place::End].into_iter().any(|place| sure(tree, place)[top.index()])
}

/// A place in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Any.
    Anywhere,
    /// The start, as long as nothing has been matched.
    Start,
    /// The end, where nothing more can be matched.
    End,
}

/// For each node whether it surely matches at a place, whatever the text.
pub(super) fn sure(tree: &Tree, place: Place) -> Vec<bool> {
    // At the start a sequence goes on elsewhere as soon as something of it may have a width.
    let elsewhere = if place == Place::Start { sure(tree, Place::Anywhere) } else { Vec::new() };
    let mut sure = vec![false; tree.len()];
    let mut may_move = vec![false; tree.len()];
    for (id, node) in tree.nodes() {
        let at = id.index();
        may_move[at] = match node.kind {
            Kind::Literal { .. }
            | Kind::Any { .. }
            | Kind::Set(_)
            | Kind::LineEnd
            | Kind::Grapheme
            | Kind::Backref(_)
            | Kind::Recurse(_) => true,
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => false,
            _ => tree.children(id).any(|child| may_move[child.index()]),
        };
        sure[at] = match node.kind {
            Kind::Empty | Kind::Keep => true,
            Kind::Start { .. } => place == Place::Start,
            Kind::End { .. } | Kind::VeryEnd => place == Place::End,
            Kind::Sequence => {
                let mut has_moved = false;
                tree.children(id).all(|child| {
                    let is_sure =
                        if has_moved && place == Place::Start { elsewhere[child.index()] } else { sure[child.index()] };
                    has_moved |= may_move[child.index()];
                    is_sure
                })
            }
            Kind::Alternation => {
                // Another branch may be taken first, so what follows must be sure from there as well: it is judged as
                // if anything had moved.
                tree.children(id).any(|child| sure[child.index()])
            }
            Kind::Group(Group::Capture(_) | Group::Plain | Group::Atomic | Group::Ahead { negated: false }) => {
                tree.children(id).all(|child| sure[child.index()])
            }
            Kind::Repeat { min, .. } => {
                min == 0
                    || (tree.children(id).all(|child| sure[child.index()])
                        && (place != Place::Start
                            || min == 1
                            || tree.children(id).all(|child| elsewhere[child.index()])))
            }
            _ => false,
        };
    }
    sure
}

/// Where a match must begin.
#[must_use]
pub fn start_anchor(tree: &Tree) -> Anchor {
    // An anchor behind `(*ACCEPT)` is never come to.
    if has_accept(tree) {
        return Anchor::Anywhere;
    }
    let mut anchors = vec![Anchor::Anywhere; tree.len()];
    let widths = super::study::lengths(tree);
    for (id, node) in tree.nodes() {
        let children =
            || tree.children(id).map(|child| (anchors[child.index()], widths[child.index()].max() == Some(0)));
        anchors[id.index()] = match node.kind {
            Kind::Start { multiline: true } => Anchor::Line,
            Kind::Start { multiline: false } => Anchor::Text,
            Kind::Sequence => strongest(children()),
            Kind::Alternation => weakest(children().map(|(anchor, _)| anchor)),
            Kind::Group(
                Group::Capture(_) | Group::Plain | Group::ScriptRun | Group::Atomic | Group::Ahead { negated: false },
            ) => weakest(children().map(|(anchor, _)| anchor)),
            Kind::Repeat { min: 1.., .. } => weakest(children().map(|(anchor, _)| anchor)),
            _ => Anchor::Anywhere,
        };
    }
    tree.top().map_or(Anchor::Anywhere, |top| anchors[top.index()])
}

/// Where a match must end.
#[must_use]
pub fn end_anchor(tree: &Tree) -> Anchor {
    if has_accept(tree) {
        return Anchor::Anywhere;
    }
    let mut anchors = vec![Anchor::Anywhere; tree.len()];
    let widths = super::study::lengths(tree);
    for (id, node) in tree.nodes() {
        let children =
            || tree.children(id).map(|child| (anchors[child.index()], widths[child.index()].max() == Some(0)));
        anchors[id.index()] = match node.kind {
            Kind::End { multiline: true } => Anchor::Line,
            Kind::End { multiline: false } | Kind::VeryEnd => Anchor::Text,
            Kind::Sequence => {
                let mut reversed: Vec<_> = children().collect();
                reversed.reverse();
                strongest(reversed.into_iter())
            }
            Kind::Alternation => weakest(children().map(|(anchor, _)| anchor)),
            Kind::Group(Group::Capture(_) | Group::Plain | Group::ScriptRun | Group::Atomic) => {
                weakest(children().map(|(anchor, _)| anchor))
            }
            Kind::Repeat { min: 1.., .. } => weakest(children().map(|(anchor, _)| anchor)),
            _ => Anchor::Anywhere,
        };
    }
    tree.top().map_or(Anchor::Anywhere, |top| anchors[top.index()])
}

/// The strongest anchor before something has a width, itself included.
fn strongest(children: impl Iterator<Item = (Anchor, bool)>) -> Anchor {
    let mut found = Anchor::Anywhere;
    for (anchor, is_empty) in children {
        if anchor == Anchor::Text || (anchor == Anchor::Line && found == Anchor::Anywhere) {
            found = anchor;
        }
        if !is_empty {
            break;
        }
    }
    found
}

fn weakest(anchors: impl Iterator<Item = Anchor>) -> Anchor {
    anchors
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

/// The longest text that must occur for the pattern to match, if one is certain.
#[must_use]
pub fn required_literal(tree: &Tree) -> Option<Required> {
    if has_accept(tree) {
        return None;
    }
    let count = tree.len();
    let (mut must, mut start, mut breaks) = (vec![false; count], vec![0; count], vec![false; count]);
    for (id, _) in tree.nodes() {
        start[id.index()] = tree.children(id).next().map_or(id.index(), |child| start[child.index()]);
    }
    must[tree.top()?.index()] = true;
    for (id, node) in tree.nodes().rev() {
        let at = id.index();
        let is_inside = matches!(
            node.kind,
            Kind::Sequence
                | Kind::Group(
                    Group::Capture(_)
                        | Group::Plain
                        | Group::ScriptRun
                        | Group::Atomic
                        | Group::Ahead { negated: false }
                        | Group::Behind { negated: false }
                )
                | Kind::Repeat { min: 1.., .. }
        );
        let is_seamless = matches!(
            node.kind,
            Kind::Sequence | Kind::Group(Group::Capture(_) | Group::Plain | Group::ScriptRun | Group::Atomic)
        );
        let is_edge = matches!(
            node.kind,
            Kind::Empty
                | Kind::Keep
                | Kind::Start { .. }
                | Kind::End { .. }
                | Kind::VeryEnd
                | Kind::Boundary { .. }
                | Kind::LastMatch
                | Kind::Literal { .. }
        );
        if must[at] && !is_seamless && !is_edge {
            breaks[start[at]] = true;
            breaks[at] = true;
        }
        if must[at] && is_inside {
            tree.children(id).for_each(|child| must[child.index()] = true);
        }
    }
    let mut runs = Runs::default();
    for (id, node) in tree.nodes() {
        if breaks[id.index()] {
            runs.end();
        }
        let Kind::Literal { at, len, fold } = node.kind else { continue };
        if !must[id.index()] {
            continue;
        }
        let folds = fold != Fold::No;
        if runs.now.folds != folds {
            runs.end();
            runs.now.folds = folds;
        }
        for &char in tree.literal(at, len) {
            match u8::try_from(char) {
                Ok(byte) if fold == Fold::No || (fold == Fold::Ascii && byte.is_ascii()) => runs.now.bytes.push(byte),
                _ => runs.end(),
            }
        }
    }
    runs.end();
    (!runs.best.bytes.is_empty()).then_some(runs.best)
}

/// The texts that must occur, as they are gathered.
#[derive(Default)]
struct Runs {
    now: Required,
    best: Required,
}

impl Runs {
    fn end(&mut self) {
        if self.now.bytes.len() > self.best.bytes.len() {
            std::mem::swap(&mut self.now, &mut self.best);
            self.now.folds = self.best.folds;
        }
        self.now.bytes.clear();
    }
}

/// Whether a match may end early.
fn has_accept(tree: &Tree) -> bool {
    tree.nodes().any(|(_, node)| node.kind == Kind::Verb(Verb::Accept))
}
