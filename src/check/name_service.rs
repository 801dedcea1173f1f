//! What bears on how the server resolves names: read only when a resolv.conf is checked, and only as far as it matters to
//! what stands there.

use std::net::IpAddr;
use std::sync::Arc;

use super::Request;
use super::reading::{self, Unread, is_there};
use crate::evidence::local_resolver::{PROGRAMS, Program, SYSTEMD_RESOLVED};
use crate::evidence::{blocklists, glibc_of};
use crate::facts::{Facts, Glibc, NameService};
use crate::finding::File;
use crate::resolv_conf::{State, Version, is_loopback, public_resolver};
use crate::source::Source;
use crate::tree::Bound;

/// Where SpamAssassin's site-wide configuration lies: cPanel's and Red Hat's place, and Debian's.
const LOCAL_CF: &[&str] = &["etc/mail/spamassassin/local.cf", "etc/spamassassin/local.cf"];
/// Where a daemon of root's finds a resolver configuration of its own: its home and its working directory.
const DOTFILES: &[&str] = &["root/.resolv.conf", ".resolv.conf"];
/// Where spamd leaves its notes that a list refuses to answer.
const STATE_FOLDERS: &[&str] = &["root/.spamassassin", "var/lib/spamassassin/.spamassassin"];

/// The version of glibc: what the user says, what the tree shows, or the newest.
pub fn glibc(request: &Request<'_>, problems: &mut Vec<Unread>) -> Glibc {
    if let Some(version) = request.glibc {
        return Glibc { version, from: "command line" };
    }
    let shown = request.is_server.then(|| {
        reading::read_as(request, b"etc/os-release", problems, |file| glibc_of(file.source.bytes())).flatten()
    });
    match shown.flatten() {
        Some(version) => Glibc { version, from: "etc/os-release" },
        None => Glibc { version: Version::NEWEST, from: "default" },
    }
}

/// Reads what matters to a resolv.conf.
pub fn read(request: &Request<'_>, state: &State, facts: &mut Facts, problems: &mut Vec<Unread>) {
    let asked = state.asked();
    let mut found = NameService { is_whole: facts.passwd.is_some(), ..NameService::default() };
    if asked.iter().any(is_loopback) {
        found.local_resolver = PROGRAMS.iter().find(|program| runs(request, program)).map(|program| program.name);
        found.has_systemd_resolved = SYSTEMD_RESOLVED.iter().any(|path| is_there(request, path));
    }
    if asked.iter().any(|address: &IpAddr| public_resolver(address).is_some()) {
        read_blocklists(request, &mut found, problems);
    }
    let list = |folder: &&str| request.tree.list(folder.as_bytes(), Bound::System).ok();
    let notes = STATE_FOLDERS.iter().filter_map(list).flatten().filter(|name| name.starts_with(b"dnsblock_"));
    found.refused_lists = notes.map(|name| name[b"dnsblock_".len()..].to_vec()).collect();
    found.dotfile = DOTFILES.iter().find_map(|path| quietly(request, path));
    found.has_run = request.tree.list(b"run", Bound::System).is_ok();
    facts.name_service = Some(found);
}

/// A file that is only a hint: nobody misses it who may not read it.
fn quietly(request: &Request<'_>, path: &str) -> Option<Arc<File>> {
    let content = request.tree.read(path.as_bytes(), Bound::System).ok()?;
    let (path, source) = (path.into(), Source::new(content.bytes));
    let shown = crate::text::Untrusted::clone(&path);
    Some(Arc::new(File { path, shown, kind: None, source, attributes: Ok(content.attributes) }))
}

fn runs(request: &Request<'_>, program: &Program) -> bool {
    program.files.iter().any(|(path, excluded)| match excluded {
        None => is_there(request, path),
        Some(excluded) => match request.tree.read(path.as_bytes(), Bound::System) {
            Ok(content) => !excluded(&content.bytes),
            Err(_) => is_there(request, path),
        },
    })
}

fn read_blocklists(request: &Request<'_>, found: &mut NameService, problems: &mut Vec<Unread>) {
    let mut exim = |path: &str, parse: fn(&Source) -> Vec<blocklists::Asked>| {
        let parse = |file: &Arc<File>| (Arc::clone(file), parse(&file.source));
        if let Some((file, asked)) = reading::read_as(request, path.as_bytes(), problems, parse) {
            found.exim_asks.extend(asked.into_iter().map(|asked| (Arc::clone(&file), asked)));
        }
    };
    exim("etc/exim.conf", blocklists::in_exim_conf);
    exim("etc/exim.conf.localopts", blocklists::in_localopts);
    for path in LOCAL_CF {
        let parse = |file: &Arc<File>| blocklists::in_local_cf(&file.source).then(|| Arc::clone(file));
        if let Some(asks) = reading::read_as(request, path.as_bytes(), problems, parse) {
            found.spamassassin_asks = found.spamassassin_asks.take().or(asks);
        }
    }
}
