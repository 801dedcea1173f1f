//! A tree in memory: the examples of rules, standard input, and tests.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bound, MAX_LINKS, Problem, Refusal, Tree, parts};

/// A tree in memory. Links are followed as on disk; modes and owners are not looked at.
#[derive(Default)]
pub struct Memory {
    entries: BTreeMap<Vec<u8>, Entry>,
}

enum Entry {
    File(Vec<u8>),
    Link(Vec<u8>),
}

impl Memory {
    /// Puts a file into the tree.
    pub fn file(&mut self, path: impl Into<Vec<u8>>, bytes: impl Into<Vec<u8>>) {
        self.entries.insert(path.into(), Entry::File(bytes.into()));
    }

    /// Puts a symbolic link into the tree.
    pub fn link(&mut self, path: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>) {
        self.entries.insert(path.into(), Entry::Link(target.into()));
    }

    /// The path without links, and how many there were; `home` is what it may not leave.
    fn resolve(&self, path: &[u8], home: Option<&[u8]>) -> Result<(Vec<u8>, usize), Refusal> {
        let mut ahead: Vec<Vec<u8>> = parts(path).rev().map(<[u8]>::to_vec).collect();
        let (mut here, mut links) = (home.unwrap_or_default().to_vec(), 0);
        while let Some(name) = ahead.pop() {
            if name == b".." {
                if home.is_some_and(|home| here.len() <= home.len()) {
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
            let Some(Entry::Link(target)) = self.entries.get(&here) else { continue };
            links += 1;
            if links > MAX_LINKS {
                return Err(Problem::TooManyLinks.into());
            }
            here.truncate(parent);
            let mut target = target.as_slice();
            if let Some(absolute) = target.strip_prefix(b"/") {
                here.clear();
                target = absolute;
                if let Some(home) = home {
                    let inside = absolute.strip_prefix(home).filter(|rest| rest.is_empty() || rest.starts_with(b"/"));
                    target = inside.ok_or(Problem::LeavesHome)?;
                    here = home.to_vec();
                }
            }
            ahead.extend(parts(target).rev().map(<[u8]>::to_vec));
        }
        Ok((here, links))
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

fn home_of(bound: Bound<'_>) -> Option<&[u8]> {
    match bound {
        Bound::System => None,
        Bound::Home(account) => Some(account.home()),
    }
}

impl Tree for Memory {
    fn read(&self, path: &[u8], bound: Bound<'_>) -> Result<Vec<u8>, Refusal> {
        let (path, links) = self.resolve(path, home_of(bound))?;
        match self.entries.get(&path) {
            Some(Entry::File(bytes)) if bytes.len() > bound.cap() => {
                Err(Problem::TooBig { size: bytes.len() as u64, cap: bound.cap() }.into())
            }
            Some(Entry::File(bytes)) => Ok(bytes.clone()),
            _ if !self.names(&path).is_empty() => {
                Err(Problem::Not { wanted: "a regular file", found: "a folder" }.into())
            }
            _ if links > 0 => Err(Problem::Dangling.into()),
            _ => Err(Refusal::Absent),
        }
    }

    fn list(&self, path: &[u8], bound: Bound<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
        let (path, links) = self.resolve(path, home_of(bound))?;
        let names = self.names(&path);
        match self.entries.get(&path) {
            Some(_) => Err(Problem::Not { wanted: "a folder", found: "a file" }.into()),
            None if !names.is_empty() => Ok(names),
            None if links > 0 => Err(Problem::Dangling.into()),
            None => Err(Refusal::Absent),
        }
    }
}
