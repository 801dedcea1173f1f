//! A tree in memory: the examples of rules, standard input, and tests.

use std::collections::{BTreeMap, BTreeSet};

use super::ahead::{Ahead, below_home};
use super::{Attributes, Bound, Content, Problem, Refusal, Tree, parts};

/// A tree in memory. Links are followed as on disk; modes and owners stop nobody.
#[derive(Default)]
pub struct Memory {
    entries: BTreeMap<Vec<u8>, Entry>,
}

enum Entry {
    File(Vec<u8>, Attributes),
    Link(Vec<u8>),
}

impl Memory {
    /// Puts a file into the tree.
    pub fn file(&mut self, path: impl Into<Vec<u8>>, bytes: impl Into<Vec<u8>>) {
        self.file_with(path, bytes, Attributes::USUAL);
    }

    /// Puts a file with an owner and a mode into the tree.
    pub fn file_with(&mut self, path: impl Into<Vec<u8>>, bytes: impl Into<Vec<u8>>, attributes: Attributes) {
        self.entries.insert(path.into(), Entry::File(bytes.into(), attributes));
    }

    /// Puts a symbolic link into the tree.
    pub fn link(&mut self, path: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>) {
        self.entries.insert(path.into(), Entry::Link(target.into()));
    }

    /// Walks a path as [`super::Disk`] does; the result is the path without links.
    fn resolve(&self, path: &[u8], bound: Bound<'_>) -> Result<(Vec<u8>, Ahead), Refusal> {
        let (mut here, mut home) = (Vec::new(), None);
        if let Bound::Home(of) = bound {
            let path = of.account.home();
            let (way, ahead) = self.walk(here, path, None)?;
            if self.entries.contains_key(&way) {
                return Err(Refusal::Absent);
            }
            if !self.is_folder(&way) {
                return Err(ahead.absent());
            }
            here = way;
            home = Some((path, here.len()));
        }
        self.walk(here, path, home)
    }

    fn walk(&self, start: Vec<u8>, path: &[u8], home: Option<(&[u8], usize)>) -> Result<(Vec<u8>, Ahead), Refusal> {
        let (mut here, mut ahead) = (start, Ahead::default());
        ahead.push(path);
        while let Some(name) = ahead.next()? {
            if name == b".." {
                if home.is_some_and(|(_, home)| here.len() <= home) {
                    return Err(Problem::LeavesHome.into());
                }
                here.truncate(here.iter().rposition(|&byte| byte == b'/').unwrap_or(0));
                continue;
            }
            let parent = here.len();
            if !here.is_empty() {
                here.push(b'/');
            }
            here.extend_from_slice(&name);
            if let Some(Entry::Link(target)) = self.entries.get(&here) {
                here.truncate(parent);
                match (target.starts_with(b"/"), home) {
                    (false, _) => ahead.follow(target)?,
                    (true, None) => {
                        here.clear();
                        ahead.follow(target)?;
                    }
                    (true, Some((home, len))) => {
                        let inside = below_home(target, home).ok_or(Problem::LeavesHome)?;
                        here.truncate(len);
                        ahead.follow(inside)?;
                    }
                }
                continue;
            }
            if self.entries.contains_key(&here) {
                // A file: nothing is in it.
                if !ahead.is_last() {
                    return Err(Refusal::Absent);
                }
            } else if !self.is_folder(&here) {
                return Err(ahead.absent());
            }
        }
        Ok((here, ahead))
    }

    fn is_folder(&self, path: &[u8]) -> bool {
        path.is_empty() || !self.names(path).is_empty()
    }

    fn names(&self, folder: &[u8]) -> Vec<Vec<u8>> {
        let below = |path: &[u8]| {
            let rest = if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix(b"/") };
            parts(rest?).next().map(<[u8]>::to_vec)
        };
        let names: BTreeSet<Vec<u8>> = self.entries.keys().filter_map(|path| below(path)).collect();
        names.into_iter().collect()
    }
}

impl Tree for Memory {
    fn read(&self, path: &[u8], bound: Bound<'_>) -> Result<Content, Refusal> {
        let (path, ahead) = self.resolve(path, bound)?;
        match self.entries.get(&path) {
            Some(Entry::File(bytes, _)) if bytes.len() > bound.cap() => {
                Err(Problem::TooBig { size: bytes.len() as u64, cap: bound.cap() }.into())
            }
            Some(Entry::File(bytes, attributes)) => Ok(Content { bytes: bytes.clone(), attributes: *attributes }),
            None if self.is_folder(&path) => Err(Problem::Not { wanted: "a regular file", found: "a folder" }.into()),
            _ => Err(ahead.absent()),
        }
    }

    fn list(&self, path: &[u8], bound: Bound<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
        let (path, ahead) = self.resolve(path, bound)?;
        match self.entries.get(&path) {
            Some(_) => Err(Problem::Not { wanted: "a folder", found: "a file" }.into()),
            None if self.is_folder(&path) => Ok(self.names(&path)),
            None => Err(ahead.absent()),
        }
    }

    fn is_same_folder(&self, one: &[u8], other: &[u8]) -> bool {
        let resolved = |path| self.resolve(path, Bound::System).ok().map(|(path, _)| path);
        let one = resolved(one).filter(|path| self.is_folder(path));
        one.is_some() && one == resolved(other)
    }

    /// A folder in memory has no owner of its own: it belongs to whom something in it belongs to, but for root.
    fn owner(&self, folder: &[u8]) -> Option<u32> {
        let (folder, _) = self.resolve(folder, Bound::System).ok()?;
        let below = [folder.as_slice(), b"/"].concat();
        let entries = self.entries.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below));
        let owners = entries.filter_map(|(_, entry)| match entry {
            Entry::File(_, attributes) => Some(attributes.uid),
            Entry::Link(_) => None,
        });
        owners.max()
    }
}
