//! The kinds of file that maillint reads, and by which names it knows them.

/// A sort of file with its own language.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// `/etc/userdomains`: which account owns which domain. Exim looks owners up in it with `lsearch`.
    Userdomains,
}

impl Kind {
    /// All kinds, in the order in which they are listed to people.
    pub const ALL: &[Self] = &[Self::Userdomains];

    /// The kind's name, on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Userdomains => "userdomains",
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
        }
    }

    /// The kind of a file, by its place and name.
    #[must_use]
    pub fn of_path(path: &[u8]) -> Option<Self> {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
        match name {
            b"userdomains" => Some(Self::Userdomains),
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
    /// A file of this name in `~/etc/DOMAIN/BOX`, for each of an account's domains and each mailbox in them.
    Mailbox(&'static str),
}
