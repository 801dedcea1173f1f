//! What the domain tables claim: which domains this server says are its own, and whose they are.
//!
//! The tables are read by the room of their language, [`crate::lsearch`]; here stand the rules of the subject `domains`,
//! about the names in them, held against the server's other files.

mod foreign;
mod rules;

pub use foreign::{Reason, is_deliberate, reason};
pub use rules::RULES;

use std::borrow::Cow;
use std::sync::Arc;

use crate::facts::Facts;
use crate::lsearch::{Entry, Table, lower};

/// A table of domains, and what the server's other files say.
pub struct Claims {
    /// The table.
    pub table: Table,
    /// The server's facts, which all tables share.
    pub facts: Arc<Facts>,
}

/// The domain that an entry is meant for: its key without a byte order mark, in lower case.
#[must_use]
pub fn domain_of<'t>(table: &'t Table, entry: &'t Entry) -> Cow<'t, [u8]> {
    lower(without_mark(table.name(entry)))
}

/// A name without the byte order mark that may stand before the first one of a file.
fn without_mark(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name)
}
