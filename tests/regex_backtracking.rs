//! Of a pattern that `spamassassin/regex-backtracking` warns of there is a text on which the installed Perl takes too long;
//! and of SpamAssassin's own rules it says nothing.
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
use maillint::spamassassin::slow_pattern::slow_loop;

/// The part of a pattern that is slow; nothing at all where SpamAssassin refuses it.
fn slow(text: &str) -> Option<Option<String>> {
    let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
    if pattern.verdict != Verdict::Accepted {
        return None;
    }
    let part = slow_loop(&pattern, Version::V5_36, true);
    Some(part.map(|span| text[pattern.in_text(span).range()].to_owned()))
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
        let text = pattern(&mut random);
        match slow(&text) {
            Some(Some(part)) => told.push((text, part)),
            Some(None) if others.len() < wanted => others.push((text, String::new())),
            _ => (),
        }
    }
    let all: Vec<&(String, String)> = told.iter().chain(&others).collect();
    let mut input = Vec::new();
    for (text, _) in &all {
        input.extend_from_slice(&(text.len() as u32).to_ne_bytes());
        input.extend_from_slice(text.as_bytes());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/perl_slow.pl");
    let answers = ask(Path::new("/usr/bin/perl"), &[script], input);
    assert_eq!(answers.len(), all.len());
    let (mut quick, mut missed) = (Vec::new(), 0);
    for ((text, part), answer) in all.iter().zip(answers) {
        match (part.is_empty(), answer) {
            (false, 0) => quick.push(format!("{text}: {part}")),
            (true, 1) => {
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
    assert!(quick.len() * 4 <= told.len(), "too many are quick");
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
                "*", "+", "+", "?", "{1,5}", "{3,20}", "{4}", "{0,30}", "{2,}", "{1,3}", "*?", "{5,9}?", "{1,40}", "++", "{20}",
            ]);
            format!("{open}{}){quantifier}", part(random, depth - 1))
        }
    }
}

#[test]
fn stock_patterns_are_quick() {
    let stock = stock::patterns();
    let told: Vec<String> = stock
        .iter()
        .filter_map(|text| {
            let pattern = Pattern::read(text, Version::V5_36);
            let span = slow_loop(&pattern, Version::V5_36, true)?;
            let part = &text[pattern.in_text(span).range()];
            Some(format!("{}: {}", text.escape_ascii(), part.escape_ascii()))
        })
        .collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(stock.is_empty() || stock.len() > 1000);
}
