//! What the tree of a pattern is asked, against what the installed Exim (PCRE2) really matches: patterns of its
//! `matches` that are read as PCRE2's.
//!
//! `MAILLINT_CASES=200000 cargo test --release --test perl_pattern_exim` tries more; `MAILLINT_SEED` repeats a run.
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small texts")]
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
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
use common::{Random, ask, cases, exim};
use maillint::perl_pattern::backtracking::Backtracking;
use maillint::perl_pattern::{Pattern, Verdict};

/// A pattern, what is said of it, and the texts that it is matched against.
struct Case {
    pattern: Vec<u8>,
    certain: Certain,
    subjects: Vec<Vec<u8>>,
}

#[test]
fn exim_never_contradicts_what_is_certain() {
    let Some(exim) = exim() else { return };
    let mut random = Random::new();
    let stock = stock::patterns();
    let (mut asked, mut unread) = (Vec::new(), 0);
    while asked.len() < cases(10_000) {
        let text = match random.below(4) {
            0 if !stock.is_empty() => stock[random.below(stock.len())].clone(),
            1 => grammar::text(&mut random, &stock),
            _ => grammar::simple(&mut random),
        };
        let pattern = without_delimiters(text);
        if !can_be_asked(&pattern) {
            continue;
        }
        let read = Pattern::of_exim(&pattern);
        if read.verdict != Verdict::Accepted {
            unread += 1;
            continue;
        }
        let certain = Certain::of(&read.tree);
        // A search that is given up looks to Exim as one that found nothing.
        if certain.steps == Backtracking::Bounded {
            let subjects = subjects(&mut random, &read.tree);
            asked.push(Case { pattern, certain, subjects });
        }
    }
    let (mut counts, mut refused, mut matched) = ([0; 5], 0, 0);
    for (case, answers) in asked.iter().zip(matches(&exim, &asked)) {
        let Some(answers) = answers else {
            refused += 1;
            continue;
        };
        case.certain.count(&mut counts);
        let shown = case.pattern.escape_ascii().to_string();
        for (subject, found) in case.subjects.iter().zip(answers) {
            matched += usize::from(found.is_some());
            case.certain.check(&shown, subject, found);
        }
    }
    let [empty, everything, required, start, end] = counts;
    println!(
        "{} patterns, {unread} not read, {refused} refused, {matched} matches: {empty} never match the empty text, \
         {everything} match all, {required} need a text, {start} and {end} are anchored",
        asked.len()
    );
    assert!(counts.iter().all(|&count| count > asked.len() / 300), "too few: {counts:?}");
    assert!(refused * 5 < asked.len(), "{refused} of {} are refused: bad cases", asked.len());
}

/// The pattern between its delimiters, behind its modifiers.
fn without_delimiters(text: Vec<u8>) -> Vec<u8> {
    let mut pattern = text;
    if pattern.first() == Some(&b'/')
        && let Some(end) = memchr::memrchr(b'/', &pattern).filter(|&end| end > 0)
    {
        let flags = pattern.split_off(end);
        pattern.remove(0);
        if flags.len() > 1 && flags[1..].iter().all(|flag| matches!(flag, b'i' | b's' | b'm' | b'x' | b'n')) {
            pattern.splice(0..0, [b"(?", &flags[1..], b")"].concat());
        }
    }
    pattern
}

/// A line of `-be` has no newline and no NUL in it, and is not too long; within `\N` no other `\N`.
fn can_be_asked(pattern: &[u8]) -> bool {
    pattern.len() < 300
        && !pattern.iter().any(|byte| matches!(byte, b'\n' | 0))
        && memchr::memmem::find(pattern, b"\\N").is_none()
        && !pattern.ends_with(b"\\")
}

/// A text as Exim's expansion reads it.
fn quoted(text: &[u8]) -> Vec<u8> {
    text.iter().fold(Vec::new(), |mut out, &byte| {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b' ' => out.extend_from_slice(b"\\x20"),
            byte if byte.is_ascii_alphanumeric() || !byte.is_ascii() => out.push(byte),
            byte => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
        out
    })
}

/// Asks one Exim about all of them; for each none when PCRE2 refuses the pattern.
fn matches(exim: &Path, asked: &[Case]) -> Vec<Option<Vec<Option<Match>>>> {
    let mut input = Vec::new();
    for case in asked {
        for subject in &case.subjects {
            let parts: [&[u8]; 5] =
                [b"${if match{", &quoted(subject), b"}{\\N", &case.pattern, b"\\N}{+${base64:$0}}{-}}\n"];
            input.extend_from_slice(&parts.concat());
        }
    }
    let output = ask(exim, &["-be"], input);
    let mut lines = output.split(|&byte| byte == b'\n').map(|line| line.strip_prefix(b"> ").unwrap_or(line));
    asked
        .iter()
        .map(|case| {
            let answers: Vec<_> = lines.by_ref().take(case.subjects.len()).collect();
            assert_eq!(answers.len(), case.subjects.len(), "Exim answers for every text");
            let found = |(answer, subject): (&&[u8], &Vec<u8>)| match answer {
                [b'+', base64 @ ..] => Some(Some(place(subject, &from_base64(base64)))),
                [b'-'] => Some(None),
                _ => {
                    assert!(
                        answer.starts_with(b"Failed: "),
                        "{} says {}",
                        case.pattern.escape_ascii(),
                        answer.escape_ascii()
                    );
                    None
                }
            };
            answers.iter().zip(&case.subjects).map(found).collect()
        })
        .collect()
}

/// Where a text that was matched may stand in the whole.
fn place(subject: &[u8], matched: &[u8]) -> Match {
    let without_newline = subject.strip_suffix(b"\n").unwrap_or(subject);
    Match {
        is_at_start: subject.starts_with(matched),
        is_at_end: subject.ends_with(matched) || without_newline.ends_with(matched),
    }
}

fn from_base64(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for &byte in text.iter().filter(|&&byte| byte != b'=') {
        bits = (bits << 6 | u32::from(digit(byte))) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    out
}
