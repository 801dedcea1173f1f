//! Perl's verdict on patterns against the installed Perl, live, through SpamAssassin's own compile step: stock
//! patterns, their mutations, and patterns that a grammar made; the verdict and every byte of the words.
//!
//! `MAILLINT_CASES=500000 cargo test --release --test perl_pattern` tries more; `MAILLINT_SEED` repeats a run.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small patterns")]
#![allow(clippy::print_stdout, reason = "the numbers are shown when a test fails, and with --nocapture")]

mod common;
#[path = "perl_patterns/grammar.rs"]
mod grammar;
#[path = "perl_patterns/stock.rs"]
mod stock;

use std::path::Path;

use common::{Random, ask, cases, has_spamassassin};
use maillint::perl_pattern::rule_text::with_templates;
use maillint::perl_pattern::{Pattern, Verdict, Version};

const PERL: &str = "/usr/bin/perl";

#[test]
fn every_pattern_gets_the_words_that_spamassassin_logs() {
    if !has_spamassassin() {
        return;
    }
    let mut random = Random::new();
    let stock = stock::patterns();
    let text = |random: &mut Random| {
        if random.below(4) == 0 { grammar::simple(random) } else { grammar::text(random, &stock) }
    };
    let texts: Vec<(Vec<u8>, bool)> = (0..cases(50_000)).map(|_| (text(&mut random), random.below(4) == 0)).collect();
    let answers = compile(&texts);
    let (mut refused, mut unknown, mut wrong) = (0, 0, Vec::new());
    for ((text, lint), answer) in texts.iter().zip(&answers) {
        // On a busy machine Perl may need longer than it is given for counts of thousands in each other: no answer.
        if answer.as_slice() == b"took too long" {
            continue;
        }
        let pattern = Pattern::read(text, Version::V5_36);
        match said(&pattern, *lint) {
            None => {
                unknown += 1;
                if std::env::var_os("MAILLINT_SHOW_UNKNOWN").is_some() {
                    println!("UNKNOWN {}", text.escape_ascii());
                }
            }
            Some(words) => {
                refused += usize::from(!words.is_empty());
                if words != *answer {
                    wrong.push(format!(
                        "  text {}\n  perl {}\n  here {}\n",
                        text.escape_ascii(),
                        answer.escape_ascii(),
                        words.escape_ascii()
                    ));
                }
            }
        }
    }
    println!("{} patterns, {refused} refused, {unknown} unknown, {} wrong", texts.len(), wrong.len());
    wrong.sort_by_key(String::len);
    let shown = &wrong[..wrong.len().min(25)];
    assert!(wrong.is_empty(), "{} of {} differ, the shortest:\n{}", wrong.len(), texts.len(), shown.join("\n"));
    assert!(unknown * 500 <= texts.len(), "{unknown} of {} are not judged: too many", texts.len());
    assert!(refused * 5 > texts.len() && refused * 10 < texts.len() * 9, "{refused} are refused: bad cases");
}

#[test]
fn all_stock_patterns_are_accepted() {
    let stock = stock::patterns();
    if !has_spamassassin() {
        return;
    }
    assert!(stock.len() > 1500, "{} stock patterns: too few", stock.len());
    for text in &stock {
        let pattern = Pattern::read(&with_templates(text).text, Version::V5_36);
        assert_eq!(pattern.verdict, Verdict::Accepted, "for {}", text.escape_ascii());
    }
}

/// The words for a pattern; empty when it is accepted, none when it is not judged.
fn said(pattern: &Pattern, lint: bool) -> Option<Vec<u8>> {
    if lint && let Some(refusal) = &pattern.lint {
        return Some(refusal.words.clone());
    }
    match &pattern.verdict {
        Verdict::Accepted => Some(Vec::new()),
        Verdict::Refused(refusal) => Some(refusal.words.clone()),
        Verdict::CannotTell => None,
    }
}

/// Asks SpamAssassin about all patterns at once.
fn compile(texts: &[(Vec<u8>, bool)]) -> Vec<Vec<u8>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/perl_patterns.pl");
    let input = texts
        .iter()
        .flat_map(|(text, lint)| [&(text.len() as u32).to_ne_bytes(), [u8::from(*lint)].as_slice(), text].concat())
        .collect();
    let output = ask(Path::new(PERL), &[script], input);
    let mut answers = Vec::new();
    let mut rest = output.as_slice();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (answer, after) = after.split_at(u32::from_ne_bytes(*length) as usize);
        answers.push(answer.to_vec());
        rest = after;
    }
    assert_eq!(answers.len(), texts.len(), "SpamAssassin answered for every pattern");
    answers
}

#[test]
fn a_refusal_points_at_the_characters_that_are_to_blame() {
    for (text, blamed) in [
        ("/foo(bar/", "("),
        ("/foo)bar/", ")"),
        ("/foo[bar/", "["),
        ("m!a{3,2}!", "{3,2}"),
        ("m{x%{foo}}", "{"),
        ("/a**/", "**"),
        ("/foo/g", "g"),
        ("/foo/iq", "q"),
        ("/[z-a]/i", "z-a"),
        (r"/\yx/", r"\y"),
        (r"/a\x4g/", r"\x4"),
        (r"/(?<1>x)/", "1"),
        (r"/x\k<foo>/", "foo"),
        (r"/x\p{Qq}/", r"\p{Qq}"),
        (r"/x[[:foo:]]/", "[:foo:]"),
        ("/^{2}x/", "^{2}"),
        ("/(?<=a*)x/", "(?<=a*)"),
        ("foo", "foo"),
        ("/foo/e", "e"),
        ("/a/b/", "/"),
        ("/(?{x})/", "(?{"),
        (r"m\a\", r"\"),
    ] {
        let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
        let Verdict::Refused(refusal) = pattern.verdict else { panic!("accepted: {text}") };
        assert_eq!(&text[refusal.at.range()], blamed, "in {text}: {}", refusal.words.escape_ascii());
    }
}

#[test]
fn other_versions_of_perl_differ() {
    for (text, versions) in [
        ("/foo{/", [(24, true), (26, false), (28, true), (30, false), (36, false)]),
        ("/a{,3}/", [(24, true), (26, false), (32, false), (34, true), (36, true)]),
        ("/a{40000}/", [(24, false), (28, false), (30, true), (36, true), (38, true)]),
        ("/a{70000}/", [(28, false), (30, false), (36, false), (38, true), (40, true)]),
        ("/a{2}?/", [(18, true), (20, false), (24, false), (30, false), (36, false)]),
        (r"/\Ca/", [(16, true), (22, true), (24, false), (30, false), (36, false)]),
        (r"/(?=a\K)/", [(24, true), (30, true), (32, false), (34, false), (36, false)]),
        ("/(?<=a|bc)d/", [(24, false), (28, false), (30, false), (34, false), (36, true)]),
        ("/[[:alpha]]/", [(22, true), (24, false), (26, false), (30, false), (36, false)]),
    ] {
        for (minor, is_accepted) in versions {
            let verdict = Pattern::read(text.as_bytes(), Version(minor)).verdict;
            assert_eq!(verdict == Verdict::Accepted, is_accepted, "{text} in 5.{minor}: {verdict:?}");
        }
    }
}
