//! Exim's `lsearch` tables: files of `key: value` lines, in which Exim looks a key up by reading from the top.
//!
//! The language is older and odder than it looks (Exim specification, chapter 9.3, and Exim 4.96 itself, against which
//! `tests/lsearch.rs` holds every word of this): an indented line belongs to the entry above, a comment is one only at
//! the start of a line, a key may be quoted, a NUL byte swallows the next line, and lines are read 4,095 bytes at a time.
//! [`Table`] knows where all of that happened; the rules of the subject `lsearch` say so.

mod rules;
mod table;

pub use rules::RULES;
pub use table::{BYTE_ORDER_MARK, Entry, Indented, Nul, Table, lower};
