//! The accounts, side by side: what cPanel says of each, and the files that each has.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::reading::{self, Unread};
use super::system::{self, System};
use super::{Checked, Request, Wanted, file_findings, guarded, has_true_modes, prefs_findings, spamassassin};
use crate::evidence::UsersFile;
use crate::exim_filter::Reader;
use crate::facts::{CpanelUsers, Modes, accounts};
use crate::finding::File;
use crate::kind::{Kind, Place};
use crate::settled::Findings;
use crate::spamassassin::{Configuration, State};
use crate::text::Untrusted;
use crate::tree::{Account, Bound, Candidate, Home, Tree, account_files, is_domain_name, is_user_name};

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

impl Done {
    /// Asks the rules of a file.
    fn check(&mut self, request: &Request<'_>, kind: Kind, file: &Arc<File>, reader: Reader) {
        let findings = || file_findings(kind, file, reader, request.most_findings);
        if let Some(findings) = guarded(&file.shown, &mut self.problems, findings) {
            self.findings.append(findings);
            self.files.push((file.shown.clone(), kind));
        }
    }

    /// Asks the rules of a user's SpamAssassin preferences, which stand on the site's configuration.
    fn check_prefs(&mut self, shared: Shared<'_>, home: &Home<'_>, file: &Arc<File>) {
        let Some(site) = shared.spamassassin else { return };
        let mut unread = Vec::new();
        let done = guarded(&file.shown, &mut self.problems, || {
            let reading = Arc::new(spamassassin::user(shared.request, file, site, Some(home), &mut unread));
            let files = Configuration::each(&reading, spamassassin::is_checked);
            files
                .iter()
                .map(|configuration| {
                    let findings = prefs_findings(configuration, shared.request.most_findings);
                    (configuration.file.shown.clone(), findings)
                })
                .collect()
        });
        self.problems.append(&mut unread);
        let done: Vec<(Untrusted, Findings)> = done.unwrap_or_default();
        for (shown, findings) in done {
            self.findings.append(findings);
            self.files.push((shown, Kind::SpamassassinUserPrefs));
        }
    }
}

/// Reads the accounts' files and adds what they say to the facts.
pub fn check(request: &Request<'_>, system: &mut System, checked: &mut Checked) {
    if !system::needs_facts(request) {
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
    let shared = Shared { request, kinds: &kinds, modes, spamassassin: system.spamassassin.as_ref() };
    let work: Vec<(Vec<u8>, Work)> = work.into_iter().collect();
    let one = |(name, work): &(Vec<u8>, Work)| one_account(shared, name, work);
    let done: Vec<Done> = match pool(request.threads, work.len()) {
        Some(pool) => pool.install(|| work.par_iter().map(one).collect()),
        None => work.iter().map(one).collect(),
    };
    let unowned = unowned(request, &kinds, &work, &mut checked.problems);
    let one = |(kind, path): &(Kind, Vec<u8>)| unowned_file(request, *kind, path, modes);
    let rest: Vec<Done> = match pool(request.threads, unowned.len()) {
        Some(pool) => pool.install(|| unowned.par_iter().map(one).collect()),
        None => unowned.iter().map(one).collect(),
    };
    for done in rest {
        checked.problems.extend(done.problems);
        checked.files.extend(done.files);
        checked.findings.append(done.findings);
    }
    let mut users = CpanelUsers::default();
    for ((name, _), done) in work.into_iter().zip(done) {
        match done.users_file {
            Some(Ok((file, domains))) => users.add(name, file, domains),
            Some(Err(())) => users.add_unread(name),
            None => {}
        }
        checked.problems.extend(done.problems);
        checked.files.extend(done.files);
        checked.findings.append(done.findings);
    }
    system.facts.cpanel = names.is_some().then_some(users);
}

/// Who reads an account's filter: the routers for its own address want the file to be its own; those for its domains
/// and mailboxes only read it as the account.
fn reader(tree: &dyn Tree, account: &Account, candidate: &Candidate, file: &File, modes: Modes) -> Reader {
    let is_own = matches!(candidate.place, Place::Home(_));
    // In a copy that somebody made for himself everything is his, and that says nothing of the server.
    let has_true_owners = || tree.owner(account.home()) == Some(account.uid);
    let is_others = file.attributes.is_ok_and(|attributes| attributes.uid != account.uid);
    Reader {
        owner: (is_own && is_others && has_true_owners()).then_some(account.uid),
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

/// What the checks of all accounts share.
#[derive(Clone, Copy)]
struct Shared<'a> {
    request: &'a Request<'a>,
    /// The kinds of file that accounts have, with their places.
    kinds: &'a [(Kind, Place)],
    modes: Modes,
    /// What SpamAssassin knows after the site's files.
    spamassassin: Option<&'a Arc<State>>,
}

fn one_account(shared: Shared<'_>, name: &[u8], work: &Work) -> Done {
    let Shared { request, kinds, modes, .. } = shared;
    let mut done = Done::default();
    if work.has_users_file {
        let path = [USERS, b"/", name].concat();
        let parse = |file: &Arc<File>| (Arc::clone(file), UsersFile::parse(&file.source));
        let parsed = reading::read_as(request, &path, &mut done.problems, parse);
        done.users_file = Some(parsed.ok_or(()));
    }
    if let Some(account) = &work.account {
        let home = Home::of(account);
        let (candidates, problems) = account_files(request.tree, &home, kinds);
        done.problems.extend(problems.into_iter().map(|(path, problem)| Unread { path, message: problem.text() }));
        for candidate in candidates {
            let bound = if candidate.in_home { Bound::Home(&home) } else { Bound::System };
            let kind = candidate.kind;
            if let Some(file) = reading::read(request, &candidate.path, bound, Some(kind), &mut done.problems) {
                if kind == Kind::SpamassassinUserPrefs {
                    done.check_prefs(shared, &home, &file);
                } else {
                    done.check(request, kind, &file, reader(request.tree, account, &candidate, &file, modes));
                }
            }
        }
    }
    done
}

/// The files that are named after domains of which no account is known: a repository of configuration mostly has no
/// password file.
fn unowned(
    request: &Request<'_>,
    kinds: &[(Kind, Place)],
    work: &[(Vec<u8>, Work)],
    problems: &mut Vec<Unread>,
) -> Vec<(Kind, Vec<u8>)> {
    let accounts = work.iter().filter_map(|(_, work)| work.account.as_ref());
    let owned: HashSet<&[u8]> = accounts.flat_map(|account| account.domains.iter().map(Vec::as_slice)).collect();
    let mut files = Vec::new();
    for &(kind, place) in kinds {
        let Place::ForDomain(folder) = place else { continue };
        let names = reading::list(request, folder.as_bytes(), problems).unwrap_or_default();
        let unowned = names.into_iter().filter(|name| is_domain_name(name) && !owned.contains(name.as_slice()));
        files.extend(unowned.map(|name| (kind, [folder.as_bytes(), b"/", &name].concat())));
    }
    files
}

fn unowned_file(request: &Request<'_>, kind: Kind, path: &[u8], modes: Modes) -> Done {
    let mut done = Done::default();
    if let Some(file) = reading::read(request, path, Bound::System, Some(kind), &mut done.problems) {
        let reader = Reader { has_true_modes: has_true_modes(&file, modes, None), ..Reader::default() };
        done.check(request, kind, &file, reader);
    }
    done
}
