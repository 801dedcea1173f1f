//! What the reading of a pattern, and all questions to its tree, cost: never more than in proportion to its length,
//! whatever somebody writes. How fast it is in milliseconds, `cargo bench -- patterns` tells.
#![allow(missing_docs, reason = "a test has no reader")]

#[path = "perl_patterns/dense.rs"]
mod dense;
#[path = "perl_patterns/questions.rs"]
mod questions;

use std::time::{Duration, Instant};

use maillint::perl_pattern::{Pattern, Version};

/// The length of the patterns: a MiB; without `--release` less, so that the test is quick.
const LENGTH: usize = if cfg!(debug_assertions) { 1 << 16 } else { 1 << 20 };
/// What is out of proportion: what grows with the square of the length is far beyond, a busy machine is not.
const MOST: Duration = Duration::from_secs(2);

#[test]
fn no_pattern_costs_more_than_in_proportion() {
    let mut slow = Vec::new();
    for (name, text) in dense::patterns(LENGTH) {
        let (reading, pattern) = timed(|| Pattern::read(&text, Version::V5_36));
        let (asking, _) = timed(|| questions::ask(&pattern));
        if reading > MOST || asking > MOST {
            slow.push(format!("{name}: {reading:?} {asking:?}"));
        }
    }
    assert!(slow.is_empty(), "too slow: {slow:#?}");
}

/// The shortest of a few times: the machine may be busy with something else.
fn timed<T>(work: impl Fn() -> T) -> (Duration, T) {
    let once = || {
        let start = Instant::now();
        let done = work();
        (start.elapsed(), done)
    };
    let mut best = once();
    for _ in 0..2 {
        let next = once();
        if next.0 < best.0 {
            best = next;
        }
    }
    best
}
