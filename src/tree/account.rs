//! Whose files are read: an account, as far as the reader needs to know it.

use super::is_user_name;

/// A user of the server whose files are looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The user's name; it passed [`is_user_name`].
    pub name: Vec<u8>,
    /// The user's id.
    pub uid: u32,
    /// The id of the user's own group.
    pub gid: u32,
    home: Vec<u8>,
    /// The domains that it owns, in lower case.
    pub domains: Vec<Vec<u8>>,
}

impl Account {
    /// An account, if its home may be opened: absolute, not the root itself, without `..`.
    #[must_use]
    pub fn new(name: &[u8], uid: u32, gid: u32, home: &[u8], domains: Vec<Vec<u8>>) -> Option<Self> {
        let mut path = Vec::new();
        for part in super::parts(home.strip_prefix(b"/")?) {
            if part == b".." {
                return None;
            }
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(part);
        }
        (!path.is_empty() && is_user_name(name)).then(|| Self { name: name.to_vec(), uid, gid, home: path, domains })
    }

    /// The home's path below the tree's root, without a leading slash.
    #[must_use]
    pub fn home(&self) -> &[u8] {
        &self.home
    }
}
