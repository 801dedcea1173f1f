//! Exim's filter language: what Exim makes of a filter file, and what its writer meant.
//!
//! Two views of one text. Exim's: it reads until the first thing that it cannot read, says so in its own words, with its
//! own idea of the line, and then no mail of that mailbox moves. And ours: the parser goes on behind that place, so that
//! three broken commands are three [`Error`]s, the first of them Exim's. It is one parser: it does what Exim does, in
//! Exim's order and with Exim's counting of lines, up to where Exim stops; there it notes the error, goes to the next place
//! where something sensible begins, and reads on. `tests/exim_filter.rs` holds it against the installed Exim.
//!
//! - [`form`]: whether Exim takes a file for a filter at all.
//! - [`token`]: where words and strings begin and end, and which lines Exim counts; [`quote`]: what a string stands for.
//! - [`syntax`] and [`condition`]: the commands and conditions that a text turns out to be.
//! - [`parse`], [`arguments`] and [`parse_condition`]: reading them; [`recover`]: where to go on after an error.
//! - [`error`]: everything that Exim's parser can say.
//! - [`run`]: what fails when Exim runs a filter that it could read, held against it by `tests/exim_filter_runtime.rs`.

mod arguments;
pub mod condition;
pub mod error;
mod file;
pub mod form;
mod parse;
mod parse_condition;
mod permissions;
mod quote;
mod recover;
mod rules;
pub mod run;
pub mod syntax;
mod token;
mod whose;
mod words;

pub use condition::{Condition, ConditionId, Operator, Test};
pub use error::{Error, What};
pub use file::{FilterFile, Missing, Reader};
pub use form::Form;
pub use permissions::Permissions;
pub use quote::{Item, Places};
pub use rules::RULES;
pub use syntax::{Action, Command, Filter, MailArgument, MailKey, Section, Verdict};
pub use whose::Whose;
pub use words::Word;
