//! What the files of a server say together.
//!
//! Everything here is optional: in a repository of four files the others are unknown, not absent, and a rule that needs
//! a fact keeps silent without it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::evidence::blocklists::Asked;
use crate::evidence::{CommonDomains, Freemail, Passwd, UsersFile, Zone};
use crate::finding::File;
use crate::lsearch::lower;
use crate::resolv_conf::Version;
use crate::source::Span;
use crate::tree::{Account, Attributes};

/// The server's facts.
#[derive(Default)]
pub struct Facts {
    /// The server's own name, in lower case.
    pub hostname: Option<Hostname>,
    /// `/etc/passwd`.
    pub passwd: Option<Passwd>,
    /// The files of `/var/cpanel/users`, by account.
    pub cpanel: Option<CpanelUsers>,
    /// cPanel's own list of names that accounts may not claim.
    pub common: Option<(Arc<File>, CommonDomains)>,
    /// The administrator's additions to it.
    pub local_common: Option<(Arc<File>, CommonDomains)>,
    /// SpamAssassin's list of freemail providers.
    pub freemail: Option<(Arc<File>, Freemail)>,
    /// The zones in `/var/named` of the domains that rules asked for; nothing when the tree has no such folder.
    pub zones: Option<HashMap<Vec<u8>, Option<Zone>>>,
    /// The version of glibc.
    pub glibc: Option<Glibc>,
    /// The version of SpamAssassin.
    pub spamassassin: Option<SpamAssassin>,
    /// What the permission bits in this tree are worth.
    pub modes: Modes,
    /// What bears on how names are resolved; only read when a resolv.conf is checked.
    pub name_service: Option<NameService>,
    /// The server's addresses, from `/var/cpanel/mainip` and `/etc/ips`.
    pub addresses: Vec<Vec<u8>>,
}

/// The server's name and where it comes from.
#[derive(Clone)]
pub struct Hostname {
    /// The name, in lower case.
    pub name: Vec<u8>,
    /// `command line`, or the path of a file in the tree.
    pub from: &'static str,
}

/// A version of glibc and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Glibc {
    /// The version.
    pub version: Version,
    /// `command line`, the path of a file in the tree, or `default`.
    pub from: &'static str,
}

/// A version of SpamAssassin and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SpamAssassin {
    /// The version.
    pub version: crate::spamassassin::Version,
    /// `command line`, the path of a folder in the tree, or `default`.
    pub from: &'static str,
}

/// What the permission bits in a tree are worth. A copy that was made under another umask, as in a repository, has other
/// bits than the server; that shows in files whose bits are the same on every server.
#[derive(Clone, Copy, Default)]
pub struct Modes {
    /// Whether everybody may read one of those files; unknown when the tree has none.
    pub let_all_read: Option<bool>,
    /// Whether their group may write one of them.
    pub let_groups_write: Option<bool>,
}

impl Modes {
    /// Whether a missing permission to read is missing on the server, too. Where nothing else shows it, a file of root's is
    /// taken for a server's.
    #[must_use]
    pub fn are_true_for_reading(self, file: Attributes) -> bool {
        self.let_all_read.unwrap_or(file.uid == 0)
    }

    /// Whether a group's permission to write is one on the server, too. Where nothing else shows it, a file of root's or
    /// of the account that it belongs to is taken for a server's.
    #[must_use]
    pub fn are_true_for_writing(self, file: Attributes, account: Option<u32>) -> bool {
        self.let_groups_write.map_or(file.uid == 0 || Some(file.uid) == account, |writes| !writes)
    }
}

/// What bears on how the server resolves names.
#[derive(Default)]
pub struct NameService {
    /// Whether the tree holds a whole server, so that what is not in it is not on the server.
    pub is_whole: bool,
    /// The program that answers on the loopback address.
    pub local_resolver: Option<&'static str>,
    /// Whether systemd-resolved is there, which answers on 127.0.0.53.
    pub has_systemd_resolved: bool,
    /// The places that make Exim ask blocklists which refuse public resolvers.
    pub exim_asks: Vec<(Arc<File>, Asked)>,
    /// The configuration of a SpamAssassin that asks blocklists.
    pub spamassassin_asks: Option<Arc<File>>,
    /// The blocklists of which spamd has noted that they refuse to answer.
    pub refused_lists: Vec<Vec<u8>>,
    /// A `.resolv.conf` that SpamAssassin's daemon reads, too.
    pub dotfile: Option<Arc<File>>,
    /// Whether the tree has `/run`, whose files are made while the server runs.
    pub has_run: bool,
}

/// What `/var/cpanel/users` says.
#[derive(Default)]
pub struct CpanelUsers {
    users: BTreeMap<Vec<u8>, (Arc<File>, UsersFile)>,
    /// Accounts whose file is there but could not be read: what they own is unknown.
    unread: BTreeSet<Vec<u8>>,
    /// Who lists a domain, and where.
    owners: HashMap<Vec<u8>, Vec<(Vec<u8>, Span)>>,
}

/// Domains of the server itself are listed there, under no account.
const SYSTEM: &[u8] = b"system";

impl CpanelUsers {
    /// Adds an account's file.
    pub fn add(&mut self, user: Vec<u8>, file: Arc<File>, domains: UsersFile) {
        for &span in &domains.domains {
            let domain = lower(file.source.slice(span)).into_owned();
            self.owners.entry(domain).or_default().push((user.clone(), span));
        }
        self.users.insert(user, (file, domains));
    }

    /// Adds an account whose file could not be read.
    pub fn add_unread(&mut self, user: Vec<u8>) {
        self.unread.insert(user);
    }

    /// Whether every file was read, so that what none of them says is not so.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// Whether the folder has a file for the account.
    #[must_use]
    pub fn has(&self, user: &[u8]) -> bool {
        self.users.contains_key(user) || self.unread.contains(user)
    }

    /// Where an account's file lists a domain (in lower case).
    #[must_use]
    pub fn lists(&self, user: &[u8], domain: &[u8]) -> Option<(&Arc<File>, Span)> {
        let span = self.owners.get(domain)?.iter().find(|(owner, _)| owner == user)?.1;
        Some((&self.users.get(user)?.0, span))
    }

    /// The account whose file lists a domain (in lower case), and where.
    #[must_use]
    pub fn owner_of(&self, domain: &[u8]) -> Option<(&[u8], &Arc<File>, Span)> {
        let (owner, span) = self.owners.get(domain)?.first()?;
        Some((owner, &self.users.get(owner)?.0, *span))
    }

    /// All domains that accounts list, with the account and the place.
    pub fn domains(&self) -> impl Iterator<Item = (&[u8], &Arc<File>, Span)> {
        let users = self.users.iter().filter(|(name, _)| name.as_slice() != SYSTEM);
        users.flat_map(|(name, (file, list))| list.domains.iter().map(move |&span| (name.as_slice(), file, span)))
    }
}

/// The first user id of people, as Debian and RHEL give them (`UID_MIN` in login.defs(5)).
const FIRST_PERSON: u32 = 1000;
/// The last one (`UID_MAX`); above are `nobody` and the like.
const LAST_PERSON: u32 = 60_000;

/// The accounts of a tree, in the order of their names: on a cPanel-style server the users that own a domain, on any
/// other the people in the password file. `owners` are the domains of each user.
#[must_use]
pub fn accounts(passwd: &Passwd, owners: &BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>) -> Vec<Account> {
    let is_account = |name: &[u8], uid| {
        if owners.is_empty() {
            (FIRST_PERSON..=LAST_PERSON).contains(&uid)
        } else {
            uid != 0 && owners.contains_key(name)
        }
    };
    let mut accounts: Vec<Account> = passwd
        .users()
        .filter(|user| is_account(user.name, user.uid))
        .filter_map(|user| {
            let domains = owners.get(user.name).into_iter().flatten().cloned().collect();
            Account::new(user.name, user.uid, user.gid, user.home, domains)
        })
        .collect();
    accounts.sort_by(|a, b| a.name.cmp(&b.name));
    accounts
}
