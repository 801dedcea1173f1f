//! A tree on disk, read so that root may read what hostile users have put there.
//!
//! The way to a file is walked one name at a time from a descriptor of the tree's root, and links are followed here, not
//! by the kernel: so a link can be held within its bound, and a folder that is swapped for a link between two looks
//! changes nothing. (Measured with a thread that swaps as fast as it can: `O_NOFOLLOW` on the last name alone leaked in
//! 135,629 of 200,000 opens, the chain in none.) The file is opened without waiting, so that neither a FIFO nor a lease
//! can hold the run up, and everything that is known of it is asked of the descriptor that is then read.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, read, retry_on_intr};

use super::ahead::{Ahead, below_home};
use super::{Account, Attributes, Bound, Content, MAX_NAMES, Problem, Refusal, Tree};

/// A tree on disk.
pub struct Disk {
    root: OwnedFd,
    /// Folders of the system: thousands of files and homes lie in one.
    folders: RwLock<Vec<Folder>>,
    /// Root reads on behalf of accounts; anybody else is stopped by the kernel.
    is_root: bool,
}

/// A folder of the system that was looked for.
struct Folder {
    path: Vec<u8>,
    opened: Result<Arc<OwnedFd>, Refusal>,
}

/// A walk to a file: where it is, and what is still before it.
struct Walk<'t> {
    /// Where it began: the tree's root, or the home that it may not leave.
    start: BorrowedFd<'t>,
    /// The folders from the start down to here.
    below: Vec<OwnedFd>,
    /// What is still to be walked.
    ahead: Ahead,
    /// The account whose home it began in.
    home: Option<&'t Account>,
    /// Whether root walks, on behalf of the account.
    is_root: bool,
}

impl Disk {
    /// The tree below a folder.
    ///
    /// # Errors
    /// The system's reason when the folder does not exist, is none, or may not be entered.
    pub fn open(root: &Path) -> std::io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = retry_on_intr(|| fs::open(root, flags, Mode::empty()))?;
        Ok(Self { root, folders: RwLock::default(), is_root: rustix::process::geteuid().is_root() })
    }

    fn stat_of_folder(&self, path: &[u8]) -> Option<Stat> {
        let folder = self.open_at(path, Bound::System, OFlags::PATH | OFlags::DIRECTORY).ok()?;
        stat(folder.as_fd()).ok()
    }

    /// Walks to the last name of a path and opens it with `flags`, following links within the bound.
    fn open_at(&self, path: &[u8], bound: Bound<'_>, flags: OFlags) -> Result<OwnedFd, Refusal> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        match bound {
            Bound::System => self.open_in_system(path, flags),
            Bound::Home(home) => {
                let start = home.enter(|| self.open_home(home.account.home()))?;
                Walk::new(start, path, Some(home.account), self.is_root).open_last(flags)
            }
        }
    }

    /// Opens a home. The way to it is the system's own, and its links may lead anywhere; where a file stands in its place,
    /// nothing is in it.
    fn open_home(&self, path: &[u8]) -> Result<OwnedFd, Refusal> {
        match self.open_in_system(path, FOLDER) {
            Err(Refusal::Problem(Problem::Not { .. })) => Err(Refusal::Absent),
            opened => opened,
        }
    }

    /// Opens what belongs to the system: mostly its folder is known already, and no link stands in its place.
    fn open_in_system(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd, Refusal> {
        if let Some(slash) = path.iter().rposition(|&byte| byte == b'/')
            && let name = &path[slash + 1..]
            && !matches!(name, b"" | b"." | b"..")
        {
            match self.folder(&path[..slash]).map(|folder| open_name(folder.as_fd(), name, flags)) {
                Ok(Ok(file)) => return Ok(file),
                Ok(Err(Errno::NOENT)) | Err(Refusal::Absent) => return Err(Refusal::Absent),
                // The walk knows what it is, or how to go on.
                Ok(Err(_)) | Err(Refusal::Problem(_)) => {}
            }
        }
        Walk::new(self.root.as_fd(), path, None, self.is_root).open_last(flags)
    }

    /// A folder of the system: the same one as long as the tree is read.
    fn folder(&self, path: &[u8]) -> Result<Arc<OwnedFd>, Refusal> {
        // A thread that panics holds no half-made folder.
        if let Some(known) =
            self.folders.read().unwrap_or_else(PoisonError::into_inner).iter().find(|known| known.path == path)
        {
            return known.opened.clone();
        }
        let walk = Walk::new(self.root.as_fd(), path, None, self.is_root);
        let opened = walk.open_last(FOLDER).map(Arc::new);
        let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        if folders.len() < FOLDERS {
            folders.push(Folder { path: path.to_vec(), opened: opened.clone() });
        }
        opened
    }

    fn read_once(&self, path: &[u8], bound: Bound<'_>) -> Result<Content, Refusal> {
        let file = self.open_at(path, bound, OFlags::RDONLY)?;
        let found = stat(file.as_fd())?;
        let kind = FileType::from_raw_mode(found.st_mode);
        if kind != FileType::RegularFile {
            return Err(not_regular(kind).into());
        }
        if let Bound::Home(home) = bound
            && self.is_root
            && !may(home.account, &found, READ)
        {
            return Err(Problem::NotForAccount.into());
        }
        let (size, cap) = (u64::try_from(found.st_size).unwrap_or(0), bound.cap());
        let expected = usize::try_from(size).ok().filter(|&size| size <= cap).ok_or(Problem::TooBig { size, cap })?;
        let attributes = Attributes { mode: found.st_mode & 0o7777, uid: found.st_uid, gid: found.st_gid };
        Ok(Content { bytes: read_all(file.as_fd(), expected)?, attributes })
    }
}

/// So many folders of the system are kept open; each costs a descriptor.
const FOLDERS: usize = 32;
/// How a folder on the way is opened.
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl<'t> Walk<'t> {
    fn new(start: BorrowedFd<'t>, path: &[u8], home: Option<&'t Account>, is_root: bool) -> Self {
        let mut ahead = Ahead::default();
        ahead.push(path);
        Self { start, below: Vec::new(), ahead, home, is_root }
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.below.last().map_or(self.start, OwnedFd::as_fd)
    }

    /// Goes into a folder, or puts the names of a link's target in the place of its own.
    fn step(&mut self, name: &[u8]) -> Result<(), Refusal> {
        if name == b".." {
            return self.up();
        }
        match open_name(self.here(), name, FOLDER) {
            Ok(folder) => {
                self.admit(&folder, SEARCH)?;
                self.below.push(folder);
                Ok(())
            }
            Err(Errno::NOTDIR) if self.follow(name)? => Ok(()),
            Err(Errno::NOTDIR) => Err(self.no_folder(name)),
            Err(errno) => Err(self.refusal(errno)),
        }
    }

    /// What it means that a name was neither a folder nor a link: mostly that a file stands there, so that nothing can be
    /// in it. But somebody may have put one in the place of the other between the two looks.
    fn no_folder(&self, name: &[u8]) -> Refusal {
        match fs::statat(self.here(), name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => match FileType::from_raw_mode(found.st_mode) {
                FileType::Directory | FileType::Symlink => Problem::Changing.into(),
                _ => Refusal::Absent,
            },
            Err(Errno::NOENT) => Problem::Changing.into(),
            Err(errno) => self.refusal(errno),
        }
    }

    fn up(&mut self) -> Result<(), Refusal> {
        // Above the root there is the root, as for the kernel.
        if self.below.pop().is_none() && self.home.is_some() {
            return Err(Problem::LeavesHome.into());
        }
        Ok(())
    }

    /// Follows a link: its target's names are walked next, from the tree's root when it is absolute. Says whether
    /// there was a link at all.
    fn follow(&mut self, name: &[u8]) -> Result<bool, Refusal> {
        let target = match retry_on_intr(|| fs::readlinkat(self.here(), name, Vec::new())) {
            Ok(target) => target.into_bytes(),
            Err(Errno::INVAL) => return Ok(false),
            Err(errno) => return Err(self.refusal(errno)),
        };
        match (target.starts_with(b"/"), self.home) {
            (false, _) => self.ahead.follow(&target)?,
            (true, None) => {
                self.below.clear();
                self.ahead.follow(&target)?;
            }
            // Inside a home an absolute link is good only when it plainly leads back there. Whether what it leads to
            // exists must not be told: that would let a user ask root about files that only root can see.
            (true, Some(account)) => {
                let inside = below_home(&target, account.home()).ok_or(Problem::LeavesHome)?;
                self.below.clear();
                self.ahead.follow(inside)?;
            }
        }
        Ok(true)
    }

    /// Opens what the walk leads to.
    fn open_last(mut self, flags: OFlags) -> Result<OwnedFd, Refusal> {
        while let Some(name) = self.ahead.next()? {
            if name == b".." || !self.ahead.is_last() {
                self.step(&name)?;
                continue;
            }
            match open_name(self.here(), &name, flags) {
                Ok(file) => return Ok(file),
                Err(Errno::LOOP | Errno::NOTDIR) if self.follow(&name)? => {}
                Err(Errno::NOTDIR) => return Err(Problem::Not { wanted: "a folder", found: "a file" }.into()),
                Err(Errno::LOOP) => return Err(Problem::Changing.into()),
                // Opening a socket, or a device that is not there, fails before anybody can ask what it is.
                Err(errno @ (Errno::NXIO | Errno::NODEV)) => {
                    let found = fs::statat(self.here(), name.as_slice(), AtFlags::SYMLINK_NOFOLLOW);
                    let kind = found.map(|found| FileType::from_raw_mode(found.st_mode));
                    return Err(kind.map_or_else(|_| self.refusal(errno), |kind| not_regular(kind).into()));
                }
                Err(Errno::AGAIN) => return Err(Problem::Leased.into()),
                Err(errno) => return Err(self.refusal(errno)),
            }
        }
        // The path, or a link's target, is a folder that the walk has been in.
        open_name(self.here(), b".", flags).map_err(|errno| self.refusal(errno))
    }

    /// Why the name that was looked at last could not be opened.
    fn refusal(&self, errno: Errno) -> Refusal {
        match errno {
            // Where a file stands in the place of a folder, what was asked for in it does not exist; nor does a file
            // whose name is too long for one, or has a NUL in it.
            Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::INVAL => self.ahead.absent(),
            errno => Problem::System(errno).into(),
        }
    }

    /// When root walks in a home: whether the account itself could go here.
    fn admit(&self, folder: &OwnedFd, wanted: u32) -> Result<(), Refusal> {
        match self.home {
            Some(account) if self.is_root && !may(account, &stat(folder.as_fd())?, wanted) => {
                Err(Problem::NotForAccount.into())
            }
            _ => Ok(()),
        }
    }
}

impl Tree for Disk {
    fn read(&self, path: &[u8], bound: Bound<'_>) -> Result<Content, Refusal> {
        match self.read_once(path, bound) {
            // Somebody wrote to it just now; that happens. Twice is a file that cannot be read.
            Err(Refusal::Problem(Problem::Changing)) => self.read_once(path, bound),
            result => result,
        }
    }

    fn list(&self, path: &[u8], bound: Bound<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
        let folder = self.open_at(path, bound, OFlags::RDONLY | OFlags::DIRECTORY)?;
        if let Bound::Home(home) = bound
            && self.is_root
            && !may(home.account, &stat(folder.as_fd())?, READ | SEARCH)
        {
            return Err(Problem::NotForAccount.into());
        }
        let mut names = Vec::new();
        let system = |errno| Refusal::Problem(Problem::System(errno));
        for entry in fs::Dir::new(folder).map_err(system)? {
            let entry = match entry {
                Err(Errno::INTR) => continue,
                entry => entry.map_err(system)?,
            };
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() == MAX_NAMES {
                return Err(Problem::TooManyNames.into());
            }
            names.push(name.to_vec());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn is_same_folder(&self, one: &[u8], other: &[u8]) -> bool {
        let identity = |path| self.stat_of_folder(path).map(|stat| (stat.st_dev, stat.st_ino));
        identity(one).is_some_and(|one| identity(other) == Some(one))
    }

    fn owner(&self, folder: &[u8]) -> Option<u32> {
        Some(self.stat_of_folder(folder)?.st_uid)
    }
}

fn open_name(folder: BorrowedFd<'_>, name: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    retry_on_intr(|| fs::openat(folder, name, flags, Mode::empty()))
}

fn stat(file: BorrowedFd<'_>) -> Result<Stat, Refusal> {
    retry_on_intr(|| fs::fstat(file)).map_err(|errno| Problem::System(errno).into())
}

/// Reads a file of a known size, and notices when it has another one.
fn read_all(file: BorrowedFd<'_>, expected: usize) -> Result<Vec<u8>, Refusal> {
    // One byte more than expected: a read that fills it says that the file has grown. (A read of a regular file that
    // brings less than it was asked for has met the end, so that no further read need say so.)
    let mut bytes = vec![0; expected + 1];
    let mut filled = 0;
    while filled < expected {
        match retry_on_intr(|| read(file, &mut bytes[filled..])) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(Errno::AGAIN) => return Err(Problem::Leased.into()),
            Err(errno) => return Err(Problem::System(errno).into()),
        }
    }
    if filled != expected {
        return Err(Problem::Changing.into());
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The permission bits to read a file, and to go through a folder.
const READ: u32 = 0o4;
const SEARCH: u32 = 0o1;

/// Whether an account itself may do to a file what the bits of `wanted` say, by its own user and its own group. Further groups are not known here; where only they would admit it, the file is left alone.
fn may(account: &Account, file: &Stat, wanted: u32) -> bool {
    let shift = match () {
        () if file.st_uid == account.uid => 6,
        () if file.st_gid == account.gid => 3,
        () => 0,
    };
    (file.st_mode >> shift) & wanted == wanted
}

fn not_regular(kind: FileType) -> Problem {
    let found = match kind {
        FileType::Directory => "a folder",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice => "a character device",
        FileType::BlockDevice => "a block device",
        FileType::Symlink => "a link",
        _ => "something unknown",
    };
    Problem::Not { wanted: "a regular file", found }
}
