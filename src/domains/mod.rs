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
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use crate::facts::Facts;
use crate::lsearch::{BYTE_ORDER_MARK, Entry, Table, lower};

/// What a table's keys are by themselves. They are looked through once: a table may have fifty thousand, and nearly all are
/// as they should be.
pub struct Keys {
    /// For each entry, whether its key is not plainly a domain: everything that can be wrong with a key is among these.
    odd: Vec<bool>,
    /// The entries whose domain is foreign to this server, and why.
    foreign: BTreeMap<usize, Reason>,
}

impl Keys {
    /// Looks through a table's keys.
    #[must_use]
    pub fn new(table: &Table, facts: &Facts) -> Self {
        let odd = table.entries.iter().map(|entry| !is_plain(table.name(entry))).collect();
        let foreign = |(index, entry): (usize, &Entry)| {
            let domain = domain_of(table, entry);
            let reason = reason(&domain, facts)?;
            fault::fault(without_dot(&domain)).is_none().then_some((index, reason))
        };
        Self { odd, foreign: table.entries.iter().enumerate().filter_map(foreign).collect() }
    }

    /// The domains that are foreign, in lower case and without a final dot.
    pub fn foreign_domains(&self, table: &Table) -> impl Iterator<Item = Vec<u8>> {
        self.foreign.keys().map(|&index| without_dot(&domain_of(table, &table.entries[index])).to_vec())
    }
}

/// A table of domains, and what the server's other files say.
pub struct Claims {
    /// The table.
    pub table: Table,
    /// What its keys are.
    pub keys: Keys,
    /// The server's facts, which all tables share.
    pub facts: Arc<Facts>,
    /// All domains of the table, once somebody asked.
    domains: OnceLock<HashSet<Vec<u8>>>,
}

impl Claims {
    /// Puts together what is known.
    #[must_use]
    pub fn new(table: Table, keys: Keys, facts: Arc<Facts>) -> Self {
        Self { table, keys, facts, domains: OnceLock::new() }
    }

    /// Whether the table has a domain (in lower case).
    fn has(&self, domain: &[u8]) -> bool {
        let all = || self.table.entries.iter().map(|entry| domain_of(&self.table, entry).into_owned()).collect();
        self.domains.get_or_init(all).contains(domain)
    }

    /// The entries whose key is not plainly a domain.
    fn odd_keys(&self) -> impl Iterator<Item = &Entry> {
        self.table.entries.iter().zip(&self.keys.odd).filter(|(_, odd)| **odd).map(|(entry, _)| entry)
    }
}

/// A name without the dot that it may end with.
fn without_dot(domain: &[u8]) -> &[u8] {
    domain.strip_suffix(b".").unwrap_or(domain)
}

/// Whether a key is a domain in the form that cPanel writes: lower case, without anything odd (nor the beginning of an
/// address of a page, which ends at its colon).
fn is_plain(key: &[u8]) -> bool {
    let mut label = 0;
    for byte in key {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => label += 1,
            b'.' if (1..=63).contains(&label) => label = 0,
            _ => return false,
        }
    }
    (1..=63).contains(&label) && key.len() <= 253 && key != b"http" && key != b"https"
}

/// The domain that an entry is meant for: its key without a byte order mark, in lower case.
#[must_use]
pub fn domain_of<'t>(table: &'t Table, entry: &'t Entry) -> Cow<'t, [u8]> {
    lower(without_mark(table.name(entry)))
}

/// A name without the byte order mark that may stand before the first one of a file.
fn without_mark(name: &[u8]) -> &[u8] {
    name.strip_prefix(BYTE_ORDER_MARK).unwrap_or(name)
}
