//! What the domain tables claim: which domains this server says are its own, and whose they are.
//!
//! The tables are read by the room of their language, [`crate::lsearch`]; here stand the rules of the subject `domains`,
//! about the names in them, held against the server's other files.

mod fault;
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
    /// Which entries have a key that is not plainly a domain; most tables have none, and large ones are many.
    odd: Vec<usize>,
}

impl Claims {
    /// Looks through a table's keys once.
    #[must_use]
    pub fn new(table: Table, facts: Arc<Facts>) -> Self {
        let keys = table.entries.iter().map(|entry| table.name(entry)).enumerate();
        let odd = keys.filter(|(_, key)| !is_plain(key)).map(|(index, _)| index).collect();
        Self { table, facts, odd }
    }

    /// The entries whose key is not plainly a domain: everything that can be wrong with a key itself is among them.
    fn odd_keys(&self) -> impl Iterator<Item = &Entry> {
        self.odd.iter().map(|&index| &self.table.entries[index])
    }
}

/// Whether a key is a domain in the form that cPanel writes: lower case, without anything odd (nor the beginning of an
/// address of a page, which ends at its colon).
fn is_plain(key: &[u8]) -> bool {
    key != b"http"
        && key != b"https"
        && key.split(|&byte| byte == b'.').all(|label| (1..=63).contains(&label.len()))
        && key.iter().all(|&byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'))
        && key.len() <= 253
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
