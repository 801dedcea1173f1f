//! Perl's verdict on the pattern of a SpamAssassin rule, without Perl.
//!
//! SpamAssassin 4 drops a rule whose pattern Perl refuses, and takes every warning of Perl for a refusal. So what
//! decides over a rule is Perl's own compiler, down to its warnings. [`Pattern::read`] goes the same way as
//! SpamAssassin and gives the same [`Verdict`], in the same words, with the characters that are to blame:
//!
//! - [`rule_text`] takes off delimiters and modifiers and makes SpamAssassin's own checks, lint's extra ones apart;
//! - the parser does what Perl's compiler does, in its order, and builds the [`tree`]: `parser` holds groups and
//!   branches, `group` what follows a `(`, `quantifier` what follows an atom, `atom`, `literal`, `class`,
//!   `posix_class`, `escape_number`, `named_character`, `property`, `names` and `flags` the rest of the syntax, each as it is called;
//! - `study` finds what Perl finds only at the end: lookbehinds that are too long, repetitions of nothing; where that
//!   is not easy, `study_part` does it as Perl does;
//! - `complaint` words what is found, as Perl does.
//!
//! Nothing is ever matched, nothing recurses over the depth of a pattern, and the time grows with its length only. What
//! the tree can be asked stands in [`questions`], [`backtracking`] and [`false_friends`].
//!
//! A pattern of Exim's `matches` is PCRE2's. [`Pattern::of_exim`] reads it, as far as both mean the same by it, so that
//! the same can be asked of its tree.
//!
//! `tests/perl_pattern.rs` holds all of it against the installed Perl, `tests/perl_pattern_questions.rs` the questions,
//! `tests/perl_pattern_exim.rs` those of PCRE2's patterns against the installed Exim. `cargo bench -- patterns` shows
//! what it costs, `tests/perl_pattern_cost.rs` that it grows no faster than the pattern, and
//! `tests/perl_pattern_any_bytes.rs` and the fuzzer that no bytes make it panic.

mod atom;
pub mod backtracking;
mod class;
mod complaint;
mod escape_number;
pub mod false_friends;
mod flags;
mod group;
mod literal;
mod named_character;
mod names;
mod numbers;
mod parser;
mod posix_class;
mod property;
mod quantifier;
pub mod questions;
pub mod rule_text;
mod study;
mod study_part;
pub mod tree;
mod version;

pub use rule_text::{Pattern, Refusal, Verdict};
pub use version::Version;
