//! Of a pattern that `spamassassin/regex-backtracking` warns of there is a text on which the installed Perl takes too long,
//! of one that `spamassassin/regex-endless-recursion` tells there is one on which it dies; and of SpamAssassin's own rules both
//! say nothing.
//!
//! Perl runs as nobody, and each match has a limit of its CPU time. `MAILLINT_CASES=20000 cargo test --release --test
//! regex_backtracking` tries more.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers")]
#![allow(clippy::print_stdout, reason = "the numbers are shown when a test fails, and with --nocapture")]

mod common;
#[path = "perl_patterns/stock.rs"]
mod stock;

use std::path::Path;

use common::{Random, ask, cases, has_spamassassin};
use maillint::perl_pattern::{Pattern, Verdict, Version};
use maillint::spamassassin::endless_recursion::endless_recursion;
use maillint::spamassassin::slow_pattern::slow_loop;

/// A pattern of a rule, and its part that is slow, if one is.
struct Judged {
    text: String,
    slow: Option<String>,
}

impl Judged {
    /// Nothing where SpamAssassin refuses the pattern.
    fn new(text: String) -> Option<Self> {
        let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
        let slow = slow_loop(&pattern, Version::V5_36, true).map(|span| text[pattern.in_text(span).range()].to_owned());
        (pattern.verdict == Verdict::Accepted).then_some(Self { text, slow })
    }
}

#[test]
fn perl_takes_as_long_as_is_said() {
    if !has_spamassassin() {
        return;
    }
    let mut random = Random::new();
    let wanted = cases(2_000) / 100;
    let (mut told, mut others) = (Vec::new(), Vec::new());
    while told.len() < wanted {
        match Judged::new(pattern(&mut random)) {
            Some(judged) if judged.slow.is_some() => told.push(judged),
            Some(judged) if others.len() < wanted => others.push(judged),
            _ => (),
        }
    }
    let all: Vec<&Judged> = told.iter().chain(&others).collect();
    let texts: Vec<&str> = all.iter().map(|judged| judged.text.as_str()).collect();
    let answers = ask_perl(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/perl_slow.pl"), &texts);
    let (mut quick, mut missed) = (Vec::new(), 0);
    for (Judged { text, slow }, answer) in all.iter().zip(answers) {
        match (slow, answer) {
            (Some(part), 0) => quick.push(format!("{text}: {part}")),
            (None, 1) => {
                println!("not told: {text}");
                missed += 1;
            }
            (_, 2) => panic!("refused: {text}"),
            _ => (),
        }
    }
    println!("{} told; of {} others {missed} take long", told.len(), others.len());
    // The search for such a text is a blind one.
    println!("no text was found for {quick:#?}");
    // The texts are sought blindly, and one of ten is not found: of twenty, so many by chance only once in a million runs.
    assert!(quick.len() * 2 <= told.len(), "too many are quick");
}

/// A pattern of a few letters with loops in it.
fn pattern(random: &mut Random) -> String {
    let before = random.pick(&["^", "^", "", "b", "(c)?", "^(a|b)?"]);
    let behind = random.pick(&["$", "!", "c", "!$", "[^a]", "", "x*", "\\b!", "(?=c)c", "\\1!", "$"]);
    let (parts, modifiers) = (part(random, 3), random.pick(&["", "", "i", "s"]));
    format!("/{before}{parts}{behind}/{modifiers}")
}

fn part(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(4) == 0 {
        let atom = random.pick(&["a", "b", "[ab]", "\\w", ".", "a", "(?:a|b)", "ab", "(?:a|aa)", "(?:ab|a)"]);
        return atom.to_owned();
    }
    match random.below(5) {
        0 => format!("{}{}", part(random, depth - 1), part(random, depth - 1)),
        1 => format!("(?:{}|{})", part(random, depth - 1), part(random, depth - 1)),
        _ => {
            let open = random.pick(&["(?:", "(?:", "(?:", "(", "(?>"]);
            let quantifier = random.pick(&[
                "*", "+", "+", "?", "{1,5}", "{3,20}", "{4}", "{0,30}", "{2,}", "{1,3}", "*?", "{5,9}?", "{1,40}",
                "++", "{20}",
            ]);
            format!("{open}{}){quantifier}", part(random, depth - 1))
        }
    }
}

/// A byte for each pattern, from a script.
fn ask_perl(script: &str, patterns: &[&str]) -> Vec<u8> {
    let mut input = Vec::new();
    for text in patterns {
        input.extend_from_slice(&(text.len() as u32).to_ne_bytes());
        input.extend_from_slice(text.as_bytes());
    }
    let answers = ask(Path::new("/usr/bin/perl"), &[script], input);
    assert_eq!(answers.len(), patterns.len());
    answers
}

#[test]
fn perl_dies_of_endless_recursion() {
    if !has_spamassassin() {
        return;
    }
    let mut random = Random::new();
    let patterns: Vec<String> = (0..cases(2_000) / 2).map(|_| calling(&mut random)).collect();
    let texts: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let answers = ask_perl(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/perl_recursion.pl"), &texts);
    let (mut told, mut lives, mut missed) = (0, Vec::new(), Vec::new());
    for (text, answer) in texts.iter().zip(answers) {
        let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
        if pattern.verdict != Verdict::Accepted || answer == 2 {
            continue;
        }
        let is_told = endless_recursion(&pattern.tree).is_some();
        told += usize::from(is_told);
        match (is_told, answer) {
            (true, 0) => lives.push(*text),
            (false, 1) => missed.push(*text),
            _ => (),
        }
    }
    println!("{told} told; lives: {lives:#?}; missed: {missed:#?}");
    assert!(missed.is_empty(), "missed: {missed:#?}");
    // The call may stand where Perl never comes to, behind a branch that always fits.
    assert!(told * 20 > patterns.len() && lives.len() * 5 <= told, "{} of {told} do not die", lives.len());
}

/// A pattern with groups that it calls.
fn calling(random: &mut Random) -> String {
    let groups = 1 + random.below(2);
    let mut text = "/".to_owned();
    for _ in 0..groups {
        let parts: Vec<String> = (0..=random.below(2))
            .map(|_| {
                let pieces = (0..=random.below(3)).map(|_| {
                    random.pick(&[
                        "a", "b", "a?", "b*", "x", "(?R)", "(?1)", "(?1)?", "(?2)", "(?R)*", "(?=a)", "^", "[ab]",
                    ])
                });
                pieces.collect()
            })
            .collect();
        text = format!("{text}({}){}", parts.join("|"), random.pick(&["", "", "?", "*", "+"]));
    }
    format!("{text}{}/", random.pick(&["", "x", "b", "$"]))
}

#[test]
fn stock_patterns_are_quick() {
    let stock = stock::patterns();
    let told: Vec<String> = stock
        .iter()
        .filter_map(|text| {
            let pattern = Pattern::read(text, Version::V5_36);
            let span = slow_loop(&pattern, Version::V5_36, true).or_else(|| endless_recursion(&pattern.tree))?;
            let part = &text[pattern.in_text(span).range()];
            Some(format!("{}: {}", text.escape_ascii(), part.escape_ascii()))
        })
        .collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(stock.is_empty() || stock.len() > 1000);
}
