//! Reading files of a tree, so that nothing is ever lost silently: a file is read, absent, or reported.

use std::sync::Arc;

use super::{Named, Request, guarded};
use crate::finding::File;
use crate::kind::Kind;
use crate::source::Source;
use crate::text;
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
        Bound::Home(home) => [home.account.home(), b"/", path].concat(),
    };
    let shown = Untrusted::from(full);
    refused(&shown, problems, || read_file(request, path, bound, kind, &shown))
}

/// Reads a file of the system that the user named: that it is absent is a problem, too.
pub fn read_named(request: &Request<'_>, named: &Named, problems: &mut Vec<Unread>) -> Option<Arc<File>> {
    let Named { kind, path, shown } = named;
    let read = || match read_file(request, path, Bound::System, Some(*kind), shown) {
        Err(Refusal::Absent) => Ok(None),
        result => result.map(Some),
    };
    let file = refused(shown, problems, read)?;
    if file.is_none() {
        problems.push(Unread { path: shown.clone(), message: text!("it does not exist") });
    }
    file
}

/// Reads a file. One that cannot be read is a file without bytes where it is known what the engine makes of that.
pub fn read_file(
    request: &Request<'_>,
    path: &[u8],
    bound: Bound<'_>,
    kind: Option<Kind>,
    shown: &Untrusted,
) -> Result<Arc<File>, Refusal> {
    let (bytes, attributes) = match request.tree.read(path, bound) {
        Ok(content) => (content.bytes, Ok(content.attributes)),
        Err(Refusal::Problem(problem)) if kind.is_some_and(|kind| kind.has_verdict_on(problem)) => {
            (Vec::new(), Err(problem))
        }
        Err(refusal) => return Err(refusal),
    };
    let path = match bound {
        Bound::System => path.into(),
        Bound::Home(_) => shown.clone(),
    };
    Ok(Arc::new(File { path, shown: shown.clone(), kind, source: Source::new(bytes), attributes }))
}

/// Whether something stands at a path of the system, be it readable or not.
pub fn is_there(request: &Request<'_>, path: &str) -> bool {
    let exists = || !matches!(request.tree.read(path.as_bytes(), Bound::System), Err(Refusal::Absent));
    guarded(&path.into(), &mut Vec::new(), exists).unwrap_or(false)
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
