//! What of a path is still to be walked, and how far a walk may go.

use super::{Problem, Refusal};

/// How many links are followed on the way to one file; the kernel's own limit (`path_resolution(7)`).
const MAX_LINKS: usize = 40;
/// How many names a way may have in all: each folder on it costs a descriptor, and forty links of four thousand bytes
/// could name eighty thousand.
const MAX_STEPS: usize = 128;

/// The names that are still to be walked.
#[derive(Default)]
pub struct Ahead {
    /// The next name last, each with whether it comes from a link.
    names: Vec<(Vec<u8>, bool)>,
    /// Whether the name that was given last came from a link.
    is_from_link: bool,
    links: usize,
    steps: usize,
}

impl Ahead {
    /// Puts a path's names before all others.
    pub fn push(&mut self, path: &[u8]) {
        self.extend(path, false);
    }

    /// Puts the names of a link's target in the place of its own.
    pub fn follow(&mut self, target: &[u8]) -> Result<(), Refusal> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(Problem::TooManyLinks.into());
        }
        self.extend(target, true);
        Ok(())
    }

    fn extend(&mut self, path: &[u8], is_from_link: bool) {
        self.names.extend(super::parts(path).rev().map(|name| (name.to_vec(), is_from_link)));
    }

    /// The next name.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        let Some((name, is_from_link)) = self.names.pop() else { return Ok(None) };
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Problem::TooFar.into());
        }
        self.is_from_link = is_from_link;
        Ok(Some(name))
    }

    /// Whether the name that was given last was the last one.
    pub fn is_last(&self) -> bool {
        self.names.is_empty()
    }

    /// What it means that the name that was given last does not exist: a link to nothing where a link asked for it, and
    /// else no more than that.
    pub fn absent(&self) -> Refusal {
        if self.is_from_link { Problem::Dangling.into() } else { Refusal::Absent }
    }
}

/// The rest of an absolute path below an account's home.
pub fn below_home<'p>(path: &'p [u8], home: &[u8]) -> Option<&'p [u8]> {
    let rest = path.strip_prefix(b"/")?.strip_prefix(home)?;
    (rest.is_empty() || rest.starts_with(b"/")).then_some(rest)
}
