//! What the tree of a pattern is asked, against what the installed Perl really matches: it never contradicts what is
//! said to be certain.
//!
//! `MAILLINT_CASES=200000 cargo test --release --test perl_pattern_questions` tries more; `MAILLINT_SEED` repeats a
//! run.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small texts")]
#![allow(clippy::print_stdout, reason = "the numbers are shown when a test fails, and with --nocapture")]

#[path = "perl_patterns/certain.rs"]
mod certain;
mod common;
#[path = "perl_patterns/grammar.rs"]
mod grammar;
#[path = "perl_patterns/stock.rs"]
mod stock;

use std::path::Path;

use certain::{Certain, Match, subjects};
use common::{Random, ask, cases, has_spamassassin};
use maillint::perl_pattern::backtracking::Backtracking;
use maillint::perl_pattern::{Pattern, Verdict, Version};

#[test]
fn perl_never_contradicts_what_is_certain() {
    if !has_spamassassin() {
        return;
    }
    let mut random = Random::new();
    let stock = stock::patterns();
    let mut asked: Vec<Case> = Vec::new();
    while asked.len() < cases(20_000) {
        let text = if random.below(2) == 0 { grammar::simple(&mut random) } else { grammar::text(&mut random, &stock) };
        let pattern = Pattern::read(&text, Version::V5_36);
        if pattern.verdict == Verdict::Accepted {
            let subjects = subjects(&mut random, &pattern.tree);
            asked.push((text, pattern, subjects));
        }
    }
    let answers = matches(&asked);
    let (mut counts, mut slow, mut bounded, mut unexpected) = ([0; 5], 0, 0, 0);
    for ((text, pattern, subjects), answer) in asked.iter().zip(&answers) {
        let (shown, certain) = (text.escape_ascii().to_string(), Certain::of(&pattern.tree));
        certain.count(&mut counts);
        let is_bounded = certain.steps == Backtracking::Bounded;
        bounded += usize::from(is_bounded);
        match answer {
            Answer::Matched(found) => {
                subjects.iter().zip(found).for_each(|(subject, &found)| certain.check(&shown, subject, found));
            }
            Answer::TookTooLong => {
                slow += 1;
                // The time may still grow with a high power of the length: `.*.*.*.*.*x`. That must be rare.
                if is_bounded {
                    println!("took too long: {shown}");
                    unexpected += 1;
                }
            }
            Answer::Died => {}
        }
    }
    let [empty, everything, required, start, end] = counts;
    println!(
        "{} patterns: {empty} never match the empty text, {everything} match all, {required} need a text, \
         {start} and {end} are anchored, {slow} took too long, {bounded} are bounded",
        asked.len()
    );
    assert!(unexpected * 5000 <= asked.len(), "{unexpected} took too long that should not");
    assert!(counts.iter().all(|&count| count > asked.len() / 200), "too few: {counts:?}");
}

/// A pattern, as text and read, and what it is matched against.
type Case = (Vec<u8>, Pattern, Vec<Vec<u8>>);

/// What Perl made of a pattern: for each text the match, if there was one.
enum Answer {
    Matched(Vec<Option<Match>>),
    TookTooLong,
    Died,
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
                let found = output[at..at + 3 * subjects.len()].as_chunks::<3>().0;
                at += 3 * subjects.len();
                let found = found.iter().zip(subjects).map(|(&[is_match, from, to], subject)| {
                    let rest = &subject[usize::from(to)..];
                    (is_match == 1).then_some(Match { is_at_start: from == 0, is_at_end: matches!(rest, [] | b"\n") })
                });
                Answer::Matched(found.collect())
            }
            1 => Answer::TookTooLong,
            _ => Answer::Died,
        });
    }
    answers
}
