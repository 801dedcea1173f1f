//! The bare safe reader: the least that a program must do to read a tree's files as safely as maillint does, and the
//! measure that maillint is held against.
//!
//! Every file is opened one name at a time from a descriptor of the root, with no link followed and no waiting, asked
//! what it is, and read with one call into a buffer that is used again. It is told which files there are: finding them
//! is a part of maillint's own work. A file that is not as it should be is an error, since the measure would be wrong.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rayon::prelude::*;
use rustix::fs::{self, FileType, Mode, OFlags};

/// How many threads read; as many as maillint's own (`READERS` in src/check/accounts.rs).
const READERS: usize = 8;

/// Reads all files whose paths, relative to `root`, are the lines of the file `list`; gives the number of their bytes.
pub fn read_all(root: &OsStr, list: &OsStr) -> io::Result<usize> {
    let list = std::fs::read_to_string(Path::new(list))?;
    let paths: Vec<&str> = list.lines().collect();
    let root = fs::open(root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(READERS.max(cores)).build().map_err(io::Error::other)?;
    pool.install(|| paths.par_iter().map_init(Vec::new, |buffer, path| read_one(&root, path, buffer)).sum())
}

fn read_one(root: &OwnedFd, path: &str, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut folder: Option<OwnedFd> = None;
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    for name in folders.split('/').filter(|name| !name.is_empty()) {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        folder = Some(fs::openat(folder.as_ref().unwrap_or(root), name, flags, Mode::empty())?);
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = fs::openat(folder.as_ref().unwrap_or(root), name, flags, Mode::empty())?;
    let found = fs::fstat(file.as_fd())?;
    let size = usize::try_from(found.st_size).map_err(io::Error::other)?;
    // The buffer only grows, so that few files cost the clearing of new memory.
    if buffer.len() <= size {
        buffer.resize(size + 1, 0);
    }
    let read = rustix::io::read(&file, &mut buffer[..=size])?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile || read != size {
        return Err(io::Error::other(format!("{path} is not a regular file of {size} bytes")));
    }
    Ok(read)
}
