//! What the tree of a pattern says for certain, and what an engine found.

use maillint::perl_pattern::backtracking::{Backtracking, backtracking};
use maillint::perl_pattern::questions::{
    Anchor, Required, can_match_empty, end_anchor, matches_everything, required_literal, start_anchor,
};
use maillint::perl_pattern::tree::{Kind, Tree};

use crate::common::Random;

/// The answers for one pattern.
pub struct Certain {
    pub empty: bool,
    pub everything: bool,
    pub required: Option<Required>,
    pub start: Anchor,
    pub end: Anchor,
    pub steps: Backtracking,
    /// `\K` moves the beginning of a match.
    keeps: bool,
}

/// A match, as an engine tells it.
#[derive(Clone, Copy)]
pub struct Match {
    /// It begins where the text begins, or may.
    pub is_at_start: bool,
    /// It ends where the text ends or before its last newline, or may.
    pub is_at_end: bool,
}

impl Certain {
    pub fn of(tree: &Tree) -> Self {
        Self {
            empty: can_match_empty(tree),
            everything: matches_everything(tree),
            required: required_literal(tree),
            start: start_anchor(tree),
            end: end_anchor(tree),
            steps: backtracking(tree),
            keeps: tree.nodes().any(|(_, node)| node.kind == Kind::Keep),
        }
    }

    /// How many patterns something certain is said of: they never match the empty text, match all, need a text, are
    /// anchored at the start, at the end.
    pub fn count(&self, counts: &mut [usize; 5]) {
        let said = [
            !self.empty,
            self.everything,
            self.required.is_some(),
            self.start == Anchor::Text,
            self.end == Anchor::Text,
        ];
        counts.iter_mut().zip(said).for_each(|(count, is)| *count += usize::from(is));
    }

    /// Holds the answers against what an engine found in a text.
    pub fn check(&self, shown: &str, subject: &[u8], found: Option<Match>) {
        let place = format!("{shown} against {}", subject.escape_ascii());
        let Some(found) = found else {
            assert!(!self.everything, "does not match everything: {place}");
            return;
        };
        assert!(self.empty || !subject.is_empty(), "matches the empty text: {place}");
        if let Some(required) = &self.required {
            let (subject, bytes) = (fold(subject, required.folds), fold(&required.bytes, required.folds));
            let holds = subject.windows(bytes.len()).any(|window| window == bytes);
            assert!(holds, "does not need {}: {place}", required.bytes.escape_ascii());
        }
        assert!(self.start != Anchor::Text || found.is_at_start || self.keeps, "does not begin at the start: {place}");
        assert!(self.end != Anchor::Text || found.is_at_end, "does not end at the end: {place}");
    }
}

fn fold(bytes: &[u8], folds: bool) -> Vec<u8> {
    if folds { bytes.to_ascii_lowercase() } else { bytes.to_vec() }
}

/// Texts that a pattern may match: made of its own characters, and of odd ones.
pub fn subjects(random: &mut Random, tree: &Tree) -> Vec<Vec<u8>> {
    let own: Vec<u8> = tree.chars.iter().filter_map(|&char| u8::try_from(char).ok()).collect();
    let mut subjects = vec![Vec::new(), b"\n".to_vec(), own[..own.len().min(60)].to_vec()];
    for _ in 0..6 {
        let mut subject = Vec::new();
        for _ in 0..random.below(9) {
            if own.is_empty() || random.below(4) == 0 {
                subject.push(b"ab \n1x-.\xe9A"[random.below(10)]);
            } else {
                let at = random.below(own.len());
                subject.extend_from_slice(&own[at..own.len().min(at + 1 + random.below(4))]);
            }
        }
        subjects.push(subject);
    }
    let again = b"ab1 x"[random.below(5)];
    subjects.push(vec![again; 28]);
    if let Some(&first) = own.first() {
        subjects.push([vec![first; 28], b"!".to_vec()].concat());
    }
    subjects.iter_mut().for_each(|subject| subject.truncate(60));
    subjects
}
