//! Perl's verdict on the pattern of a SpamAssassin rule, without Perl.

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
pub mod questions;
pub mod rule_text;
mod study;
pub mod tree;
mod version;

pub use rule_text::{Pattern, Verdict};
pub use version::Version;
