//! No pattern, whatever its bytes, makes the reader or a question to its tree panic, hang or point outside the text:
//! the fuzzer's target, here on patterns of the grammar and of stock rules that are damaged in many places.
//!
//! `cargo +nightly fuzz run perl_pattern` looks for more.
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small texts")]
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]

#[path = "perl_patterns/any_bytes.rs"]
mod any_bytes;
mod common;
#[path = "perl_patterns/grammar.rs"]
mod grammar;
#[path = "perl_patterns/stock.rs"]
mod stock;

use common::{Random, cases};

#[test]
fn any_bytes_are_read_and_asked() {
    let mut random = Random::new();
    let stock = stock::patterns();
    for _ in 0..cases(10_000) {
        let mut text = grammar::text(&mut random, &stock);
        for _ in 0..random.below(8) {
            // Any byte may come in, and some that mean something more often.
            random.damage(&mut text, b"\\()[]{}?*+|^$-:<>#/CNKgkpPxo0189\0\n\x85\xc3\xff");
        }
        any_bytes::read_and_ask(&text);
    }
}

#[test]
fn a_single_byte_is_known_to_old_perls() {
    // What the fuzzer found: this was read without end.
    any_bytes::read_and_ask(b"/\\C?!|)\\b/i");
}
