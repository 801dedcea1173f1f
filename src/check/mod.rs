//! A run over one tree: reading, in the order in which facts become known, and asking the rules.
//!
//! The system's files come first, since they say which accounts there are; then the accounts, side by side, each read,
//! checked and dropped; then the rules that need what all files say together.

mod accounts;
mod name_service;
mod reading;
mod spamassassin;
mod stock_rules;
mod system;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use name_service::glibc;
pub use reading::Unread;
pub use spamassassin::effective as spamassassin_effective;
use system::Begun;
pub use system::{hostname, wanted};

use crate::domains::{self, Claims};
use crate::exim_filter::{self, FilterFile, Reader};
use crate::facts::{self, Facts, Glibc, Hostname, Modes};
use crate::finding::{Bound as BoundRule, File, Found, Sink};
use crate::kind::Kind;
use crate::lsearch::{self, Table};
use crate::nsswitch::{self, Nsswitch};
use crate::resolv_conf::{self, Resolver, Version};
use crate::settled::{Findings, settle};
use crate::spamassassin::Configuration;
use crate::text;
use crate::text::Untrusted;
use crate::tree::Tree;

/// What to check.
pub struct Request<'t> {
    /// The tree.
    pub tree: &'t dyn Tree,
    /// How the tree is named in the report; lone files have none.
    pub root: Option<Untrusted>,
    /// Which of its files.
    pub wanted: Wanted,
    /// Whether the tree is laid out like a server, so that the files around those wanted are facts about them.
    pub is_server: bool,
    /// The server's name, where the user gives it.
    pub hostname: Option<Vec<u8>>,
    /// The version of glibc, where the user gives it.
    pub glibc: Option<Version>,
    /// The version of SpamAssassin, where the user gives it.
    pub spamassassin: Option<crate::spamassassin::Version>,
    /// SpamAssassin's stock rules, where the user says which.
    pub stock_rules: StockRules<'t>,
    /// How many findings of one rule in one file are wanted; by default all. Of the others only the number is kept.
    pub most_findings: Option<usize>,
    /// How many threads to use; by default as many as help.
    pub threads: Option<usize>,
}

impl<'t> Request<'t> {
    /// A whole server, of which the user says nothing.
    #[must_use]
    pub fn of_server(tree: &'t dyn Tree) -> Self {
        Self {
            tree,
            root: None,
            wanted: Wanted::Whole,
            is_server: true,
            hostname: None,
            glibc: None,
            spamassassin: None,
            stock_rules: StockRules::OfTree,
            most_findings: None,
            threads: None,
        }
    }
}

/// Where the rules come from that SpamAssassin is delivered with.
#[derive(Clone, Copy)]
pub enum StockRules<'t> {
    /// From the tree, or where it has none from the tables of this program.
    OfTree,
    /// From another tree, which holds nothing else.
    From(&'t dyn Tree),
    /// From the tables of this program.
    Shipped,
    /// They are unknown.
    Unknown,
}

/// Which files of a tree to check.
pub enum Wanted {
    /// All of known kinds, at their known places.
    Whole,
    /// These.
    Only(Vec<Named>),
}

/// A file that the user named.
#[derive(Clone)]
pub struct Named {
    /// What to read it as.
    pub kind: Kind,
    /// Its path in the tree.
    pub path: Vec<u8>,
    /// How it is named in the report.
    pub shown: Untrusted,
}

/// What a run found.
#[derive(Default)]
pub struct Checked {
    /// As in the request.
    pub root: Option<Untrusted>,
    /// The server's name and where it comes from.
    pub hostname: Option<Hostname>,
    /// The version of glibc.
    pub glibc: Option<Glibc>,
    /// The version of SpamAssassin.
    pub spamassassin: Option<facts::SpamAssassin>,
    /// What is wrong, in no particular order.
    pub findings: Findings,
    /// The files that exist and were not read, or not understood.
    pub problems: Vec<Unread>,
    /// The files that were checked.
    pub files: Vec<(Untrusted, Kind)>,
}

/// Checks a tree, or some files of it.
#[must_use]
pub fn check(request: &Request<'_>) -> Checked {
    let mut checked = Checked { root: request.root.clone(), ..Checked::default() };
    let mut system = system::read(request, &mut checked);
    accounts::check(request, &mut system, &mut checked);
    let facts = Arc::new(system.facts);
    for begun in system.files {
        let file = Arc::clone(begun.file());
        let findings =
            guarded(&file.shown, &mut checked.problems, || system_findings(begun, &facts, request.most_findings));
        if let Some(findings) = findings {
            checked.findings.append(findings);
            checked.files.extend(file.kind.map(|kind| (file.shown.clone(), kind)));
        }
    }
    checked.hostname.clone_from(&facts.hostname);
    checked.glibc = facts.glibc;
    checked.spamassassin = facts.spamassassin;
    checked
}

/// Everything that the rules say of a file of the system.
fn system_findings(begun: Begun, facts: &Arc<Facts>, most: Option<usize>) -> Findings {
    let mut found = Found::new(most);
    match begun {
        Begun::Table(table, keys) => {
            let claims = Claims::new(table, keys, Arc::clone(facts));
            let table = &claims.table;
            ask(lsearch::RULES, table, &table.file, &mut found);
            ask(domains::RULES, &claims, &table.file, &mut found);
        }
        Begun::ResolvConf(file, state) => {
            let resolver = Resolver::new(file, state, Arc::clone(facts));
            ask(resolv_conf::RULES, &resolver, &resolver.file, &mut found);
        }
        Begun::SpamAssassin(configuration) => {
            ask(crate::spamassassin::RULES, &configuration, &configuration.file, &mut found);
        }
        Begun::MissingFilter(filter, configuration) => {
            for bound in exim_filter::RULES.iter().filter(|bound| bound.rule.kinds.contains(&Kind::EximSystemFilter)) {
                (bound.check)(&filter, &mut Sink::new(bound.rule, &configuration, &mut found));
            }
        }
        Begun::Other(file) => {
            let reader = Reader { has_true_modes: has_true_modes(&file, facts.modes, None), ..Reader::default() };
            return file.kind.map(|kind| file_findings(kind, &file, reader, most)).unwrap_or_default();
        }
    }
    settle(found)
}

/// What the rules say of a user's SpamAssassin preferences.
fn prefs_findings(configuration: &Configuration, most: Option<usize>) -> Findings {
    let mut found = Found::new(most);
    ask(crate::spamassassin::RULES, configuration, &configuration.file, &mut found);
    settle(found)
}

/// Whether a file's permission bits are those on the server.
fn has_true_modes(file: &File, modes: Modes, account: Option<u32>) -> bool {
    file.attributes.is_ok_and(|attributes| modes.are_true_for_writing(attributes, account))
}

/// What the rules that need no facts but the file's reader say of it.
fn file_findings(kind: Kind, file: &Arc<File>, reader: Reader, most: Option<usize>) -> Findings {
    let mut found = Found::new(most);
    match kind {
        Kind::Userdomains => {
            let table = Table::parse(file);
            ask(lsearch::RULES, &table, &table.file, &mut found);
        }
        Kind::NsswitchConf => {
            let services = Nsswitch::read(Arc::clone(file));
            ask(nsswitch::RULES, &services, file, &mut found);
        }
        Kind::EximFilter | Kind::EximSystemFilter => {
            let filter = FilterFile::new(Arc::clone(file), reader);
            ask(exim_filter::RULES, &filter, file, &mut found);
        }
        // The one is never an account's, and the others are never read alone.
        Kind::ResolvConf | Kind::Spamassassin | Kind::SpamassassinUserPrefs => {}
    }
    settle(found)
}

/// Asks the rules of a room that apply to the file's kind.
fn ask<T>(rules: &'static [BoundRule<T>], model: &T, file: &Arc<File>, found: &mut Found) {
    for bound in rules.iter().filter(|bound| file.kind.is_some_and(|kind| bound.rule.kinds.contains(&kind))) {
        let mut sink = Sink::new(bound.rule, file, found);
        (bound.check)(model, &mut sink);
        sink.finish();
    }
}

/// Does some work on a file. If that panics, our mistake is a problem of this file and not the end of the run.
fn guarded<T>(shown: &Untrusted, problems: &mut Vec<Unread>, work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    if done.is_none() {
        let message = text!("maillint itself failed on this file, which is a bug in maillint: please report it");
        problems.push(Unread { path: shown.clone(), message });
    }
    done
}
