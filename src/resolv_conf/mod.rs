//! `/etc/resolv.conf` (resolv.conf(5)): which servers the resolver asks, and what it makes of everything else.
//!
//! The resolver never complains. A line that it does not like is skipped, no usable line means 127.0.0.1, and two kinds
//! of line stop every process that resolves a name. [`State`] is what glibc has after reading a file, in any version from
//! 2.17 on; `tests/resolv_conf.rs` holds it against the installed one.

mod address;
mod effective;
mod glibc;
mod range;
mod rules;
pub mod wait;

pub use address::{inet_aton, inet_ntop, inet_pton6};
pub use effective::{Effective, effective, tell};
pub use glibc::{Directive, Fatal, Line, MAX_SERVERS, Options, Server, Setting, State, Version, WORDS};
pub use range::{is_loopback, public_resolver, reserved};
pub use rules::RULES;

use std::sync::Arc;

use crate::facts::{Facts, NameService};
use crate::finding::File;
use crate::source::Span;

/// A resolv.conf, what glibc makes of it, and what the server's other files say.
pub struct Resolver {
    /// The file.
    pub file: Arc<File>,
    /// What glibc has after reading it.
    pub state: State,
    /// The version that reads it.
    pub version: Version,
    /// The server's facts.
    pub facts: Arc<Facts>,
}

impl Resolver {
    /// Puts together what is known.
    #[must_use]
    pub fn new(file: Arc<File>, state: State, facts: Arc<Facts>) -> Self {
        let version = facts.glibc.map_or(Version::NEWEST, |glibc| glibc.version);
        Self { file, state, version, facts }
    }

    fn text(&self, span: Span) -> &[u8] {
        self.file.source.slice(span)
    }

    /// The whole line that a line's text begins with, also what the resolver does not see of it behind a NUL.
    fn whole_line(&self, line: &Line) -> &[u8] {
        let bytes = self.file.source.bytes();
        let end = self.file.source.line_end(line.span.start) as usize;
        bytes.get(line.span.start as usize..end).unwrap_or_default()
    }

    /// The servers that are asked, as they are written.
    fn asked(&self) -> &[Server] {
        &self.state.servers[..self.state.servers.len().min(MAX_SERVERS)]
    }

    /// What is known of name service on this server; nothing for a file by itself.
    fn surroundings(&self) -> Option<&NameService> {
        self.facts.name_service.as_ref()
    }

    /// Whether a program answers on the loopback address, as far as the tree shows.
    fn has_local_resolver(&self) -> bool {
        self.surroundings().is_some_and(|around| around.local_resolver.is_some())
    }
}
