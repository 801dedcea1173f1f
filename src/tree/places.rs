//! Which files an account has, by the places where servers keep them. Nothing is walked: below `mail/` or
//! `public_html/` lie millions of files and no configuration.

use super::{Bound, Home, MAX_NAMES, Problem, Refusal, Tree, is_domain_name};
use crate::kind::{Kind, Place};
use crate::text::Untrusted;

/// A file that an account may have.
pub struct Candidate {
    /// What it would be.
    pub kind: Kind,
    /// The place that it has by its kind.
    pub place: Place,
    /// Its path: in the home when `in_home`, else in the tree.
    pub path: Vec<u8>,
    /// Whether it lies in the account's home, and is read within that bound.
    pub in_home: bool,
}

/// The files that an account may have of the given kinds, and the folders that could not be read on the way.
#[must_use]
pub fn account_files(
    tree: &dyn Tree,
    home: &Home<'_>,
    kinds: &[(Kind, Place)],
) -> (Vec<Candidate>, Vec<(Untrusted, Problem)>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let mut boxes: Option<Vec<Vec<u8>>> = None;
    for &(kind, place) in kinds {
        let mut add = |path: Vec<u8>, in_home| files.push(Candidate { kind, place, path, in_home });
        match place {
            Place::System(_) | Place::Folder(_) => {}
            Place::Home(path) => add(path.into(), true),
            Place::ForDomain(folder) => {
                let domains = home.account.domains.iter().filter(|domain| is_domain_name(domain));
                domains.for_each(|domain| add(join(folder.as_bytes(), domain), false));
            }
            Place::Mailbox(name) => {
                let boxes = boxes.get_or_insert_with(|| mailboxes(tree, home, &mut problems));
                boxes.iter().for_each(|folder| add(join(folder, name.as_bytes()), true));
            }
        }
    }
    (files, problems)
}

/// The folders `etc/DOMAIN/BOX` of an account's home.
fn mailboxes(tree: &dyn Tree, home: &Home<'_>, problems: &mut Vec<(Untrusted, Problem)>) -> Vec<Vec<u8>> {
    let list = |path: &[u8], problems: &mut Vec<_>| match tree.list(path, Bound::Home(home)) {
        Ok(names) => names,
        Err(Refusal::Absent | Refusal::Problem(Problem::Not { .. })) => Vec::new(),
        Err(Refusal::Problem(problem)) => {
            problems.push((join(home.account.home(), path).into(), problem));
            Vec::new()
        }
    };
    let (mut folders, mut seen) = (Vec::new(), 0);
    for domain in list(b"etc", problems).iter().filter(|name| is_domain_name(name)) {
        let domain = join(b"etc", domain);
        let boxes = list(&domain, problems);
        // Links from many names to one large folder would make far more of these than there are files; and where the
        // names begin with a dot, or are too many, none of these, but as much work.
        seen += boxes.len();
        if seen > MAX_NAMES {
            problems.push((join(home.account.home(), b"etc").into(), Problem::TooManyNames));
            break;
        }
        folders.extend(boxes.iter().filter(|name| !name.starts_with(b".")).map(|name| join(&domain, name)));
        if problems.last().is_some_and(|&(_, problem)| problem == Problem::TooManyNames) {
            break;
        }
    }
    folders
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    [folder, b"/", name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Account, Memory};

    fn files(tree: &Memory, places: &[Place]) -> Vec<String> {
        let domains = vec![b"a.net".to_vec(), b"../x".to_vec(), b"*".to_vec()];
        let Some(alice) = Account::new(b"alice", 1000, 1000, b"/home/alice", domains) else { unreachable!() };
        let kinds: Vec<(Kind, Place)> = places.iter().map(|&place| (Kind::Userdomains, place)).collect();
        let (files, problems) = account_files(tree, &Home::of(&alice), &kinds);
        assert!(problems.is_empty());
        files.into_iter().map(|file| Untrusted::from(file.path).visible()).collect()
    }

    #[test]
    fn an_account_has_files_at_known_places_only() {
        let mut tree = Memory::default();
        for path in [
            "etc/a.net/info/filter",
            "etc/a.net/..x/filter",
            "etc/a.net/passwd",
            "etc/notes/x/filter",
            "mail/a.net/info/filter",
        ] {
            tree.file(format!("home/alice/{path}"), "");
        }
        let places = [Place::Home("etc/filter"), Place::Mailbox("filter"), Place::ForDomain("etc/vfilters")];
        let expected = ["etc/filter", "etc/a.net/info/filter", "etc/a.net/passwd/filter", "etc/vfilters/a.net"];
        assert_eq!(files(&tree, &places), expected);
    }

    #[test]
    fn an_account_without_files_has_none_and_that_is_no_problem() {
        assert_eq!(files(&Memory::default(), &[Place::Mailbox("filter")]), Vec::<String>::new());
    }
}
