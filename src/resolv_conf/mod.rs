//! `/etc/resolv.conf` (resolv.conf(5)): which servers the resolver asks, and what it makes of everything else.
//!
//! The resolver never complains. A line that it does not like is skipped, no usable line means 127.0.0.1, and two kinds
//! of line stop every process that resolves a name. [`State`] is what glibc has after reading a file, in any version from
//! 2.17 on; `tests/resolv_conf.rs` holds it against the installed one. [`NetDns`] is what SpamAssassin has of the same
//! file, since it does not ask glibc; `tests/net_dns.rs` does the same for it.

mod address;
mod effective;
mod glibc;
pub mod net_dns;
mod range;
mod rules;
pub mod wait;

pub use address::{inet_aton, inet_ntop, inet_pton6};
pub use effective::{Effective, Skipped, SpamAssassin, effective, skipped, spamassassin, tell};
pub use glibc::{Directive, Fatal, Line, MAX_SERVERS, Options, Server, Setting, State, Version, WORDS};
pub use net_dns::NetDns;
use net_dns::{Died, Nameserver};
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
    /// What SpamAssassin has after reading it, and the `.resolv.conf` that it may read, too.
    pub net_dns: NetDns,
    /// The server's facts.
    pub facts: Arc<Facts>,
}

/// The files that Net::DNS reads, in order.
fn files<'f>(file: &'f Arc<File>, facts: &'f Facts) -> impl Iterator<Item = &'f [u8]> {
    let dotfile = facts.name_service.as_ref().and_then(|around| around.dotfile.as_ref());
    std::iter::once(file).chain(dotfile).map(|file| file.source.bytes())
}

impl Resolver {
    /// Puts together what is known.
    #[must_use]
    pub fn new(file: Arc<File>, state: State, facts: Arc<Facts>) -> Self {
        let version = facts.glibc.map_or(Version::NEWEST, |glibc| glibc.version);
        let net_dns = files(&file, &facts).fold(NetDns::default(), |mut net_dns, bytes| {
            net_dns.read(bytes);
            net_dns
        });
        Self { file, state, version, net_dns, facts }
    }

    /// The server that SpamAssassin asks.
    ///
    /// # Errors
    /// Why it has none, and so no DNS at all.
    fn spamassassins(&self) -> Result<Option<Nameserver>, Died> {
        let files: Vec<&[u8]> = files(&self.file, &self.facts).collect();
        Ok(self.net_dns.spamassassin(&files, true)?.first().copied())
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
