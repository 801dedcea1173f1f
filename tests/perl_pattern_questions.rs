//! What the tree of a pattern is asked, against what the installed Perl really matches: it never contradicts what is said to
//! be certain.
//!
//! `MAILLINT_CASES=200000 cargo test --release --test perl_pattern_questions` tries more; `MAILLINT_SEED` repeats a run.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small texts")]
#![allow(clippy::print_stdout, reason = "the numbers are shown when a test fails, and with --nocapture")]

mod common;
#[path = "perl_patterns/grammar.rs"]
mod grammar;
#[path = "perl_patterns/stock.rs"]
mod stock;

use std::path::Path;

use common::{Random, ask, cases};
use maillint::perl_pattern::backtracking::{Backtracking, backtracking};
use maillint::perl_pattern::questions::{
    Anchor, can_match_empty, end_anchor, matches_everything, required_literal, start_anchor,
};
use maillint::perl_pattern::tree::Kind;
use maillint::perl_pattern::{Pattern, Verdict, Version};

#[test]
fn perl_never_contradicts_what_is_certain() {
    if !Path::new("/usr/share/perl5/Mail/SpamAssassin/Util.pm").exists() {
        assert!(std::env::var_os("CI").is_none(), "SpamAssassin is not installed, and in CI no test may be skipped");
        return;
    }
    let mut random = Random::new();
    let stock = stock::patterns();
    let mut asked: Vec<Case> = Vec::new();
    while asked.len() < cases(20_000) {
        let text = if random.below(2) == 0 { grammar::simple(&mut random) } else { grammar::text(&mut random, &stock) };
        let pattern = Pattern::read(&text, Version::V5_36);
        if pattern.verdict == Verdict::Accepted {
            let subjects = subjects(&mut random, &pattern);
            asked.push((text, pattern, subjects));
        }
    }
    let answers = matches(&asked);
    let mut counts = [0; 8];
    for ((text, pattern, subjects), answer) in asked.iter().zip(&answers) {
        check(text, pattern, subjects, answer, &mut counts);
    }
    let [empty, everything, required, start, end, slow, bounded, unexpected] = counts;
    println!(
        "{} patterns: {empty} never match the empty text, {everything} match all, {required} need a text, \
         {start} and {end} are anchored, {slow} took too long, {bounded} are bounded",
        asked.len()
    );
    assert!(unexpected * 5000 <= asked.len(), "{unexpected} took too long that should not");
    let least = asked.len() / 200;
    assert!(
        empty > least && everything > least && required > least && start > least && end > least,
        "too few: {counts:?}"
    );
}

/// A pattern, as text and read, and what it is matched against.
type Case = (Vec<u8>, Pattern, Vec<Vec<u8>>);

/// What Perl made of a pattern: for each text whether it matched, from where and to where.
enum Answer {
    Matched(Vec<(bool, usize, usize)>),
    TookTooLong,
    Died,
}

fn check(text: &[u8], pattern: &Pattern, subjects: &[Vec<u8>], answer: &Answer, counts: &mut [usize; 8]) {
    let shown = text.escape_ascii();
    let tree = &pattern.tree;
    let (empty, everything, required) = (can_match_empty(tree), matches_everything(tree), required_literal(tree));
    let (start, end, steps) = (start_anchor(tree), end_anchor(tree), backtracking(tree));
    for (count, is) in counts.iter_mut().zip([
        !empty,
        everything,
        required.is_some(),
        start == Anchor::Text,
        end == Anchor::Text,
        matches!(answer, Answer::TookTooLong),
        steps == Backtracking::Bounded,
    ]) {
        *count += usize::from(is);
    }
    let answer = match answer {
        Answer::Matched(answer) => answer,
        Answer::TookTooLong => {
            // The time may still grow with a high power of the length: `.*.*.*.*.*x`. That must be rare.
            if steps == Backtracking::Bounded {
                println!("took too long: {shown}");
                counts[7] += 1;
            }
            return;
        }
        Answer::Died => return,
    };
    let keeps = tree.nodes().any(|(_, node)| node.kind == Kind::Keep);
    for (subject, &(is_match, from, to)) in subjects.iter().zip(answer) {
        let place = format!("{shown} against {}", subject.escape_ascii());
        assert!(is_match || !everything, "does not match everything: {place}");
        if !is_match {
            continue;
        }
        assert!(empty || !subject.is_empty(), "matches the empty text: {place}");
        if let Some(required) = &required {
            let (subject, bytes) = (fold(subject, required.folds), fold(&required.bytes, required.folds));
            let holds = subject.windows(bytes.len()).any(|window| window == bytes);
            assert!(holds, "does not need {}: {place}", required.bytes.escape_ascii());
        }
        assert!(start != Anchor::Text || from == 0 || keeps, "begins at {from}: {place}");
        let is_at_end = to == subject.len() || (to + 1 == subject.len() && subject[to] == b'\n');
        assert!(end != Anchor::Text || is_at_end, "ends at {to}: {place}");
    }
}

fn fold(bytes: &[u8], folds: bool) -> Vec<u8> {
    if folds { bytes.to_ascii_lowercase() } else { bytes.to_vec() }
}

/// Texts that a pattern may match: made of its own characters, and of odd ones.
fn subjects(random: &mut Random, pattern: &Pattern) -> Vec<Vec<u8>> {
    let own: Vec<u8> = pattern.tree.chars.iter().filter_map(|&char| u8::try_from(char).ok()).collect();
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

fn matches(asked: &[Case]) -> Vec<Answer> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/perl_matches.pl");
    let mut input = Vec::new();
    for (text, _, subjects) in asked {
        input.extend_from_slice(&(text.len() as u32).to_ne_bytes());
        input.extend_from_slice(text);
        input.push(subjects.len() as u8);
        for subject in subjects {
            input.push(subject.len() as u8);
            input.extend_from_slice(subject);
        }
    }
    let output = ask(Path::new("/usr/bin/perl"), &[script], input);
    let (mut at, mut answers) = (0, Vec::new());
    for (text, _, subjects) in asked {
        let kind = *output.get(at).expect("an answer for each pattern");
        at += 1;
        assert_ne!(kind, 2, "refused: {}", text.escape_ascii());
        answers.push(match kind {
            0 => {
                let answer = output[at..at + 3 * subjects.len()].as_chunks::<3>().0;
                at += 3 * subjects.len();
                let answer = answer.iter().map(|&[is, from, to]| (is == 1, usize::from(from), usize::from(to)));
                Answer::Matched(answer.collect())
            }
            1 => Answer::TookTooLong,
            _ => Answer::Died,
        });
    }
    answers
}
