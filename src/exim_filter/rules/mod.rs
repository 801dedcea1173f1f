//! The rules of the subject `exim-filter`, one function each, named as its page in `rules/exim-filter/`: in `syntax` what
//! Exim's parser says, in `file` what is wrong with the file as a whole, and what a filter does to mail in a file of its own.

mod discards;
mod file;
mod in_words;
mod syntax;

#[allow(
    clippy::wildcard_imports,
    reason = "so that a further rule is one page and one function, and nothing else"
)]
use self::{discards::*, file::*, syntax::*};
use super::FilterFile;
use crate::finding::Bound;

/// The rules and their functions.
pub static RULES: &[Bound<FilterFile>] = include!(concat!(env!("OUT_DIR"), "/exim-filter.rs"));
