//! Reading files of a tree, so that nothing is ever lost silently: a file is read, absent, or reported.

use std::sync::Arc;

use super::{Request, guarded};
use crate::finding::File;
use crate::kind::Kind;
use crate::source::Source;
use crate::text::{Text, Untrusted};
use crate::tree::{Bound, Refusal};

/// A file that exists and was not read.
pub struct Unread {
    /// Its name, as it is shown.
    pub path: Untrusted,
    /// Why.
    pub message: Text,
}

/// Reads a file that may be absent.
pub fn read(
    request: &Request<'_>,
    path: &[u8],
    bound: Bound<'_>,
    kind: Option<Kind>,
    problems: &mut Vec<Unread>,
) -> Option<Arc<File>> {
    let full = match bound {
        Bound::System => path.to_vec(),
        Bound::Home(account) => [account.home(), b"/", path].concat(),
    };
    let shown = Untrusted::from(full);
    let bytes = refused(&shown, problems, || request.tree.read(path, bound))?;
    Some(Arc::new(File { path: shown.clone(), shown, kind, source: Source::new(bytes) }))
}

/// The names in a folder that may be absent.
pub fn list(request: &Request<'_>, path: &[u8], problems: &mut Vec<Unread>) -> Option<Vec<Vec<u8>>> {
    refused(&Untrusted::from(path), problems, || request.tree.list(path, Bound::System))
}

/// Turns a refusal into a problem, unless the file is just not there.
pub fn refused<T>(
    shown: &Untrusted,
    problems: &mut Vec<Unread>,
    work: impl FnOnce() -> Result<T, Refusal>,
) -> Option<T> {
    match guarded(shown, problems, work)? {
        Ok(done) => Some(done),
        Err(Refusal::Absent) => None,
        Err(Refusal::Problem(problem)) => {
            problems.push(Unread { path: shown.clone(), message: problem.text() });
            None
        }
    }
}

/// Reads a file of the system that may be absent, and makes something of it.
pub fn read_as<T>(
    request: &Request<'_>,
    path: &[u8],
    problems: &mut Vec<Unread>,
    parse: impl FnOnce(&Arc<File>) -> T,
) -> Option<T> {
    let file = read(request, path, Bound::System, None, problems)?;
    guarded(&file.shown, problems, || parse(&file))
}
