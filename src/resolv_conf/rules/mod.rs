//! The rules of the subject `resolv-conf`, one function each, named as its page in `rules/resolv-conf/`: in `lines` what is
//! skipped, in `servers`, `search` and `options` what is in force and should not be, in `file` what is wrong with the file
//! as a whole.

mod file;
mod lines;
mod options;
mod search;
mod servers;
mod spamassassin;

#[allow(
    clippy::wildcard_imports,
    reason = "so that a further rule is one page and one function, and nothing else"
)]
use self::{file::*, lines::*, options::*, search::*, servers::*, spamassassin::*};
use super::Resolver;
use crate::finding::Bound;
use crate::rule::Severity;

/// The rules and their functions.
pub static RULES: &[Bound<Resolver>] = include!(concat!(env!("OUT_DIR"), "/resolv-conf.rs"));

/// The keywords of the file.
const KEYWORDS: [&str; 5] = ["nameserver", "search", "domain", "sortlist", "options"];

/// How bad it is that a server is skipped, and what then happens.
fn skipped_server(resolver: &Resolver) -> (Severity, &'static str) {
    match (resolver.state.servers.is_empty(), resolver.has_local_resolver()) {
        (false, _) => (Severity::Warning, ""),
        (true, true) => (Severity::Warning, "; no server is left, so it asks 127.0.0.1"),
        (true, false) => (Severity::Error, "; no server is left, so it asks 127.0.0.1"),
    }
}
