//! The accounts, side by side: what cPanel says of each, and the files that each has.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::reading::{self, Unread};
use super::system::System;
use super::{Checked, Request, Wanted, file_findings, guarded, has_true_modes};
use crate::evidence::UsersFile;
use crate::exim_filter::Reader;
use crate::facts::{CpanelUsers, Modes, accounts};
use crate::finding::File;
use crate::kind::{Kind, Place};
use crate::settled::Findings;
use crate::text::Untrusted;
use crate::tree::{Account, Bound, Candidate, account_files, is_user_name};

/// Up to this many accounts one thread is faster than several.
const FEW: usize = 64;
/// So many threads read a cold disk three times as fast as two, and cost nothing on a warm one.
const READERS: usize = 8;

const USERS: &[u8] = b"var/cpanel/users";

/// What is looked at for one user.
#[derive(Default)]
struct Work {
    account: Option<Account>,
    has_users_file: bool,
}

/// What became of it.
#[derive(Default)]
struct Done {
    users_file: Option<Result<(Arc<File>, UsersFile), ()>>,
    files: Vec<(Untrusted, Kind)>,
    findings: Findings,
    problems: Vec<Unread>,
}

/// Reads the accounts' files and adds what they say to the facts.
pub fn check(request: &Request<'_>, system: &mut System, checked: &mut Checked) {
    if !request.is_server {
        return;
    }
    let names = reading::list(request, USERS, &mut checked.problems);
    let mut work: BTreeMap<Vec<u8>, Work> = BTreeMap::new();
    for name in names.iter().flatten().filter(|name| is_user_name(name)) {
        work.entry(name.clone()).or_default().has_users_file = true;
    }
    if let Some(passwd) = &system.facts.passwd {
        for account in accounts(passwd, &system.owners) {
            let name = account.name.clone();
            work.entry(name).or_default().account = Some(account);
        }
    }
    let kinds: Vec<(Kind, Place)> = match request.wanted {
        Wanted::Whole => {
            Kind::ALL.iter().flat_map(|&kind| kind.places().iter().map(move |&place| (kind, place))).collect()
        }
        Wanted::Only(_) => Vec::new(),
    };
    let modes = system.facts.modes;
    let work: Vec<(Vec<u8>, Work)> = work.into_iter().collect();
    let one = |(name, work): &(Vec<u8>, Work)| one_account(request, name, work, &kinds, modes);
    let done: Vec<Done> = match pool(request.threads, work.len()) {
        Some(pool) => pool.install(|| work.par_iter().map(one).collect()),
        None => work.iter().map(one).collect(),
    };
    let mut users = CpanelUsers::default();
    for ((name, _), done) in work.into_iter().zip(done) {
        match done.users_file {
            Some(Ok((file, domains))) => users.add(name, file, domains),
            Some(Err(())) => users.add_unread(name),
            None => {}
        }
        checked.problems.extend(done.problems);
        checked.files.extend(done.files);
        checked.findings.extend(done.findings);
    }
    system.facts.cpanel = names.is_some().then_some(users);
}

/// Who reads an account's filter: the routers for its own address want the file to be its own; those for its domains
/// and mailboxes only read it as the account.
fn reader(account: &Account, candidate: &Candidate, file: &File, modes: Modes) -> Reader {
    let is_own = matches!(candidate.place, Place::Home(_));
    Reader {
        owner: is_own.then_some(account.uid),
        runs_as: Some((account.uid, account.gid)),
        has_true_modes: has_true_modes(file, modes, Some(account.uid)),
    }
}

/// The threads for so many accounts; none when this one is enough, or when the system gives no more.
fn pool(threads: Option<usize>, accounts: usize) -> Option<rayon::ThreadPool> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or(if accounts > FEW { READERS.max(cores) } else { 1 });
    if threads < 2 {
        return None;
    }
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok()
}

fn one_account(request: &Request<'_>, name: &[u8], work: &Work, kinds: &[(Kind, Place)], modes: Modes) -> Done {
    let mut done = Done::default();
    if work.has_users_file {
        let path = [USERS, b"/", name].concat();
        let parse = |file: &Arc<File>| (Arc::clone(file), UsersFile::parse(&file.source));
        let parsed = reading::read_as(request, &path, &mut done.problems, parse);
        done.users_file = Some(parsed.ok_or(()));
    }
    if let Some(account) = &work.account {
        let (candidates, problems) = account_files(request.tree, account, kinds);
        done.problems.extend(problems.into_iter().map(|(path, problem)| Unread { path, message: problem.text() }));
        for candidate in candidates {
            let bound = if candidate.in_home { Bound::Home(account) } else { Bound::System };
            let kind = candidate.kind;
            let Some(file) = reading::read(request, &candidate.path, bound, Some(kind), &mut done.problems) else {
                continue;
            };
            let reader = reader(account, &candidate, &file, modes);
            let shown = file.shown.clone();
            if let Some(findings) = guarded(&shown, &mut done.problems, || file_findings(kind, &file, reader)) {
                done.findings.extend(findings);
                done.files.push((shown, kind));
            }
        }
    }
    done
}
