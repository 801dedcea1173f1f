//! The kinds of file that maillint reads, and by which names it knows them.

use crate::tree::{Problem, USER_CAP};

/// A sort of file with its own language.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// `/etc/userdomains`: which account owns which domain. Exim looks owners up in it with `lsearch`.
    Userdomains,
    /// `/etc/resolv.conf`: which servers the resolver asks (resolv.conf(5)).
    ResolvConf,
    /// `/etc/nsswitch.conf`: where names are looked up (nsswitch.conf(5)).
    NsswitchConf,
    /// A filter of a user or an account, in the place where cPanel's routers look for one.
    EximFilter,
    /// The filter through which Exim puts all mail of the server.
    EximSystemFilter,
    /// A file of SpamAssassin's site-wide configuration: `local.cf` and its neighbours, `*.cf` and `*.pre`.
    Spamassassin,
    /// A user's file on top of that, as spamd reads it.
    SpamassassinUserPrefs,
}

impl Kind {
    /// All kinds, in the order in which they are listed to people.
    pub const ALL: &[Self] = &[
        Self::Userdomains,
        Self::ResolvConf,
        Self::NsswitchConf,
        Self::EximFilter,
        Self::EximSystemFilter,
        Self::Spamassassin,
        Self::SpamassassinUserPrefs,
    ];

    /// The kind's name, on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Userdomains => "userdomains",
            Self::ResolvConf => "resolv-conf",
            Self::NsswitchConf => "nsswitch-conf",
            Self::EximFilter => "exim-filter",
            Self::EximSystemFilter => "exim-system-filter",
            Self::Spamassassin => "spamassassin",
            Self::SpamassassinUserPrefs => "spamassassin-user-prefs",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Where a server keeps the files of this kind.
    #[must_use]
    pub fn places(self) -> &'static [Place] {
        match self {
            Self::Userdomains => &[Place::System("etc/userdomains")],
            Self::ResolvConf => &[Place::System("etc/resolv.conf")],
            Self::NsswitchConf => &[Place::System("etc/nsswitch.conf")],
            Self::EximFilter => &[
                Place::ForDomain("etc/vfilters"),
                Place::Home("etc/filter"),
                Place::Home(".forward"),
                Place::Mailbox("filter"),
            ],
            Self::Spamassassin => &[Place::Folder("etc/mail/spamassassin"), Place::Folder("etc/spamassassin")],
            Self::SpamassassinUserPrefs => &[Place::Home(".spamassassin/user_prefs")],
            Self::EximSystemFilter => {
                &[Place::System("etc/cpanel_exim_system_filter"), Place::System("etc/antivirus.exim")]
            }
        }
    }

    /// Whether it is known what the engine does when such a thing stands in the place of a file of this kind: then that is
    /// a finding, and no failure to read.
    #[must_use]
    pub fn has_verdict_on(self, problem: Problem) -> bool {
        match self {
            Self::Userdomains | Self::NsswitchConf | Self::SpamassassinUserPrefs => false,
            Self::Spamassassin => matches!(problem, Problem::Dangling | Problem::Not { .. }),
            Self::EximFilter | Self::EximSystemFilter => {
                matches!(problem, Problem::Not { .. } | Problem::NotForAccount | Problem::TooBig { cap: USER_CAP, .. })
            }
            Self::ResolvConf => matches!(problem, Problem::Dangling | Problem::TooManyLinks | Problem::Not { .. }),
        }
    }

    /// The kind of a file, by its place and name.
    #[must_use]
    pub fn of_path(path: &[u8]) -> Option<Self> {
        let mut parts = path.rsplit(|&byte| byte == b'/');
        let (name, folder) = (parts.next().unwrap_or(path), parts.next());
        match name {
            _ if folder == Some(b"vfilters") => Some(Self::EximFilter),
            b"filter" | b".forward" => Some(Self::EximFilter),
            b"user_prefs" => Some(Self::SpamassassinUserPrefs),
            b"local.cf" => Some(Self::Spamassassin),
            _ if name.ends_with(b".cf") || name.ends_with(b".pre") => {
                let is_spamassassins = |part: &[u8]| memchr::memmem::find(part, b"spamassassin").is_some();
                folder.into_iter().chain(parts).any(is_spamassassins).then_some(Self::Spamassassin)
            }
            b"cpanel_exim_system_filter" | b"antivirus.exim" => Some(Self::EximSystemFilter),
            b"userdomains" => Some(Self::Userdomains),
            b"resolv.conf" => Some(Self::ResolvConf),
            b"nsswitch.conf" => Some(Self::NsswitchConf),
            _ => None,
        }
    }
}

/// A known place of a server's files, relative to the tree or to an account's home.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// One file of the system.
    System(&'static str),
    /// A folder of the system that holds one file for each domain, named after it.
    ForDomain(&'static str),
    /// One file in each account's home.
    Home(&'static str),
    /// A folder of the system whose files are read together.
    Folder(&'static str),
    /// A file of this name in `~/etc/DOMAIN/BOX`, for each of an account's domains and each mailbox in them.
    Mailbox(&'static str),
}
