//! An account's home, which is entered once for all the files in it.

use std::cell::OnceCell;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::{Account, Problem, Refusal};

/// The home of an account while its files are read.
pub struct Home<'a> {
    /// Whose it is.
    pub account: &'a Account,
    folder: OnceCell<Result<OwnedFd, Refusal>>,
}

impl<'a> Home<'a> {
    /// The home of an account; nothing is looked for yet.
    #[must_use]
    pub fn of(account: &'a Account) -> Self {
        Self { account, folder: OnceCell::new() }
    }

    /// The folder, for a tree on disk; `open` is asked once, but for a folder that was changed while it was opened.
    pub(super) fn enter(&self, open: impl FnOnce() -> Result<OwnedFd, Refusal>) -> Result<BorrowedFd<'_>, Refusal> {
        let folder = match self.folder.get() {
            Some(folder) => folder,
            None => match open() {
                Err(Refusal::Problem(Problem::Changing)) => return Err(Problem::Changing.into()),
                opened => self.folder.get_or_init(|| opened),
            },
        };
        folder.as_ref().map(OwnedFd::as_fd).map_err(|refusal| *refusal)
    }
}
