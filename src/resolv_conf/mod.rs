//! `/etc/resolv.conf` (resolv.conf(5)): which servers the resolver asks, and what it makes of everything else.
//!
//! The resolver never complains. A line that it does not like is skipped, no usable line means 127.0.0.1, and two kinds
//! of line stop every process that resolves a name. [`State`] is what glibc has after reading a file, in any version from
//! 2.17 on; `tests/resolv_conf.rs` holds it against the installed one. [`NetDns`] is what SpamAssassin has of the same file: it does
//! not ask glibc.

mod address;
mod glibc;
mod net_dns;

pub use address::{inet_aton, inet_pton6};
pub use glibc::{Directive, Fatal, Line, MAX_SERVERS, Options, Server, State, Version, WORDS};
pub use net_dns::{Died, NO_SERVERS, Nameserver, NetDns, SETTINGS, Setting, Word, domain_name};
