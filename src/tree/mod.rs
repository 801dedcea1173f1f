//! Trees: folders laid out like a server's `/`. This is the only place that opens files.
//!
//! A tree is on disk ([`Disk`]) or in memory ([`Memory`]: the examples of rules, standard input). Both answer the same
//! two questions, for a file's bytes and for a folder's names, and both follow links as the engines would, but never
//! out of a bound: the tree itself for the system's files, an account's home for an account's files. Paths are bytes,
//! relative to the tree, without a leading slash.

mod account;
mod ahead;
mod disk;
mod home;
mod memory;
mod names;
mod places;

pub use account::Account;
pub use disk::Disk;
pub use home::Home;
pub use memory::Memory;
pub use names::{is_domain_name, is_user_name};
pub use places::{Candidate, account_files};

use crate::text;
use crate::text::{Text, Untrusted};

/// The largest file of an account that is read: 1 MiB. Exim refuses a larger filter (`MAX_FILTER_SIZE`).
pub const USER_CAP: usize = 1 << 20;
/// The largest file of the system that is read: 64 MiB.
pub const SYSTEM_CAP: usize = 64 << 20;
/// How many names of one folder are read.
const MAX_NAMES: usize = 100_000;

/// A folder laid out like a server's `/`.
pub trait Tree: Sync {
    /// What a regular file holds.
    ///
    /// # Errors
    /// [`Refusal::Absent`] when there is no such file, and the reason when there is one that is not to be read.
    fn read(&self, path: &[u8], bound: Bound<'_>) -> Result<Content, Refusal>;

    /// The names in a folder, sorted, without `.` and `..`.
    ///
    /// # Errors
    /// [`Refusal::Absent`] when there is no such folder, and the reason when it cannot be read.
    fn list(&self, path: &[u8], bound: Bound<'_>) -> Result<Vec<Vec<u8>>, Refusal>;

    /// Whether two paths of the system lead to one folder, by links; not when one leads to none.
    fn is_same_folder(&self, one: &[u8], other: &[u8]) -> bool;

    /// The user that a folder of the system belongs to; nothing when there is none, or nobody can tell.
    fn owner(&self, folder: &[u8]) -> Option<u32>;
}

/// What a regular file holds, and who may read it.
#[derive(Debug)]
pub struct Content {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whose it is.
    pub attributes: Attributes,
}

/// Whose a file is, and what others may do to it (`inode(7)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attributes {
    /// The permission bits, the lowest twelve of `st_mode`.
    pub mode: u32,
    /// The user that owns it.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

impl Attributes {
    /// What most files of a system have: root's, to be read by everybody.
    pub const USUAL: Self = Self { mode: 0o644, uid: 0, gid: 0 };

    /// Whether everybody may read the file.
    #[must_use]
    pub fn is_for_all(self) -> bool {
        self.mode & 0o004 != 0
    }
}

/// How far links may lead, how large a file may be, and on whose behalf it is read.
#[derive(Clone, Copy)]
pub enum Bound<'a> {
    /// A file of the system: links may lead anywhere in the tree.
    System,
    /// A file in an account's home: links may not leave it, and when root reads, the account itself must be able to.
    Home(&'a Home<'a>),
}

impl Bound<'_> {
    fn cap(self) -> usize {
        match self {
            Self::System => SYSTEM_CAP,
            Self::Home(_) => USER_CAP,
        }
    }
}

/// Why there are no bytes.
#[derive(Clone, Copy)]
pub enum Refusal {
    /// There is no such file. This is a fact, not a problem.
    Absent,
    /// There is a file, and it could not be read.
    Problem(Problem),
}

/// Why a file that exists was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// A link on the way leads to nothing.
    Dangling,
    /// A link on the way leads out of the account's home.
    LeavesHome,
    /// More links on the way than the kernel would follow.
    TooManyLinks,
    /// More names on the way than any honest path has.
    TooFar,
    /// It is something else than a regular file (or, where a folder is read, than a folder).
    Not {
        /// What was wanted.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// It is larger than what is read of such a file, in bytes.
    TooBig {
        /// Its size.
        size: u64,
        /// The limit.
        cap: usize,
    },
    /// Root could read it, but the account whose home it is in could not.
    NotForAccount,
    /// Its size changed while it was read, twice.
    Changing,
    /// Another process holds a lease on it, and opening it would have waited for that process.
    Leased,
    /// The folder has more names than are read.
    TooManyNames,
    /// The system's own reason.
    System(rustix::io::Errno),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Problem {
    /// What to tell people.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Dangling => text!("it is a link to something that does not exist"),
            Self::LeavesHome => text!("it is a link that leads out of the account's home"),
            Self::TooManyLinks => text!("its links lead in a circle, or through more than 40 links"),
            Self::Not { wanted, found } => text!("it is {}, not {}", found, wanted),
            Self::TooBig { size, cap } => {
                text!("it is too big: {} bytes; at most {} are read", usize::try_from(size).unwrap_or(usize::MAX), cap)
            }
            Self::TooFar => text!("its links lead through too many folders"),
            Self::NotForAccount => text!("the account itself may not read it"),
            Self::Changing => text!("it changed while it was read"),
            Self::Leased => text!("another process holds a lease on it"),
            Self::TooManyNames => text!("the folder holds more than {} names", MAX_NAMES),
            Self::System(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => text!("permission denied"),
            Self::System(errno) => {
                let reason = std::io::Error::from(errno).to_string();
                text!("{}", Untrusted::from(reason).bytes())
            }
        }
    }
}

/// The folder that a path's last name stands in; empty for a name alone.
#[must_use]
pub fn folder_of(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(b"", |slash| &path[..slash])
}

/// The parts of a path; empty and `.` parts mean nothing.
fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}
