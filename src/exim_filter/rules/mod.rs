//! The rules of the subject `exim-filter`, one function each, named as its page in `rules/exim-filter/`.
//!
//! What Exim's parser says: of words and strings in `strings`, of conditions in `conditions`, of commands in `commands`,
//! of `if`s and how they are nested in `blocks`. What fails when Exim runs the filter: in `expansions`, `numbers`,
//! `patterns`, `addresses`, `mail` and `logs`, each named for what fails. What is wrong with the file as a whole: in `file` what Exim refuses before
//! it reads a line, in `form` what it takes the file for. What a filter does to mail stands in a file of its own.

mod addresses;
mod blocks;
mod commands;
mod conditions;
mod discards;
mod expansions;
mod file;
mod form;
mod forward_list;
mod in_words;
mod logs;
mod mail;
mod numbers;
mod patterns;
mod strings;

#[allow(
    clippy::wildcard_imports,
    reason = "so that a further rule is one page and one function, and nothing else"
)]
use self::{
    addresses::*, blocks::*, commands::*, conditions::*, discards::*, expansions::*, file::*, form::*, logs::*,
    mail::*, numbers::*, patterns::*, strings::*,
};
use super::FilterFile;
use crate::finding::Bound;

/// The rules and their functions.
pub static RULES: &[Bound<FilterFile>] = include!(concat!(env!("OUT_DIR"), "/exim-filter.rs"));
