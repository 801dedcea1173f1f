//! Ordinary files, as distributions, clouds and their programs write them, are nothing to warn of: neither by themselves
//! nor on a whole server.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::{Path, PathBuf};

use maillint::check::{Request, check};
use maillint::kind::{Kind, Place};
use maillint::rule::Severity;
use maillint::tree::Memory;

/// The ordinary files of each kind.
fn files() -> impl Iterator<Item = (Kind, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ordinary");
    let kinds = fs::read_dir(folder).expect("a folder").map(|kind| kind.expect("a kind"));
    kinds.flat_map(|folder| {
        let kind = Kind::named(folder.file_name().to_str().expect("a name")).expect("a kind's name");
        let files = fs::read_dir(folder.path()).expect("files");
        files.map(move |file| (kind, file.expect("a file").path()))
    })
}

/// What is found in a file at its usual place in a tree, as bad as a warning.
fn warnings(mut tree: Memory, kind: Kind, file: &Path) -> Vec<String> {
    let place = kind.places().iter().find_map(|place| match place {
        Place::System(path) => Some((*path).to_owned()),
        Place::ForDomain(folder) => Some(format!("{folder}/tidepool-pottery.com")),
        Place::Folder(folder) => Some(format!("{folder}/local.cf")),
        Place::Home(path) => Some(format!("home/tide/{path}")),
        Place::Mailbox(_) => None,
    });
    if kind == Kind::SpamassassinUserPrefs {
        tree.file("etc/passwd", "tide:x:1001:1001::/home/tide:/bin/bash\n");
    }
    tree.file(place.expect("a place of the system"), fs::read(file).expect("a file"));
    let checked = check(&Request::of_server(&tree));
    assert!(checked.files.iter().any(|(_, checked)| *checked == kind), "{} was not checked", file.display());
    let bad = checked.findings.told.iter().filter(|finding| finding.severity >= Severity::Warning);
    bad.map(|finding| format!("{}: {}: {}", file.display(), finding.rule.id, finding.message.visible())).collect()
}

#[test]
fn ordinary_files_by_themselves_are_nothing_to_warn_of() {
    let found: Vec<String> = files().flat_map(|(kind, file)| warnings(Memory::default(), kind, &file)).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(files().count() > 20);
}

#[test]
fn ordinary_files_on_a_server_with_the_services_that_write_them_are_nothing_to_warn_of() {
    let server = || {
        let mut tree = Memory::default();
        tree.file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
        tree.file("etc/hostname", "mail.tidepool-pottery.com\n");
        tree.file("etc/systemd/resolved.conf", "[Resolve]\n");
        tree.file("etc/unbound/unbound.conf", "server:\n");
        tree
    };
    let found: Vec<String> = files().flat_map(|(kind, file)| warnings(server(), kind, &file)).collect();
    assert!(found.is_empty(), "{found:#?}");
}
