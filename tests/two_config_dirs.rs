//! Of two folders for a site's SpamAssassin files one is read: on disk as in memory, for a whole server and for a file that
//! is named, and with a link in the place of one.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use maillint::check::{Named, Request, Wanted, check};
use maillint::kind::Kind;
use maillint::text::Untrusted;
use maillint::tree::{Disk, Memory, Tree};

/// The files of which it is said that they are not read, and what is said.
fn unread(tree: &dyn Tree, wanted: Wanted) -> Vec<(String, String)> {
    let checked = check(&Request { threads: Some(1), wanted, ..Request::of_server(tree) });
    assert!(
        checked.problems.is_empty(),
        "{:?}",
        checked.problems.iter().map(|unread| unread.path.visible()).collect::<Vec<_>>()
    );
    let findings = checked.findings.told.iter().filter(|finding| finding.rule.id == "spamassassin/two-config-dirs");
    findings.map(|finding| (finding.primary.path.visible(), finding.message.visible())).collect()
}

fn named(path: &str) -> Wanted {
    Wanted::Only(vec![Named { kind: Kind::Spamassassin, path: path.into(), shown: Untrusted::from(path) }])
}

fn write(root: &Path, path: &str, text: &str) {
    let place = root.join(path);
    fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    fs::write(place, text).expect("a file");
}

const FILES: [(&str, &str); 4] = [
    ("etc/mail/spamassassin/local.cf", "required_score 5\n"),
    ("etc/spamassassin/init.pre", "loadplugin Mail::SpamAssassin::Plugin::DKIM\n"),
    ("etc/spamassassin/local.cf", "required_score 3\n"),
    ("etc/spamassassin/lists.cf", "welcomelist_from friend@example.com\n"),
];

#[test]
fn one_of_two_folders_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut memory = Memory::default();
    for (path, text) in FILES {
        write(folder.path(), path, text);
        memory.file(path, text);
    }
    let disk = Disk::open(folder.path()).expect("a tree");
    for tree in [&disk as &dyn Tree, &memory] {
        let words = |others: &str| {
            format!("SpamAssassin reads the files in `/etc/mail/spamassassin`, and not this one{others}")
        };
        let expected = ("etc/spamassassin/lists.cf".to_owned(), words(", nor 2 others beside it"));
        assert_eq!(unread(tree, Wanted::Whole), [expected]);
        assert_eq!(unread(tree, named("etc/spamassassin/local.cf")).len(), 1);
        assert_eq!(unread(tree, named("etc/mail/spamassassin/local.cf")), []);
    }
    // What is not there a tree looks for once only.
    let files = || -> Vec<String> {
        let disk = Disk::open(folder.path()).expect("a tree");
        unread(&disk, Wanted::Whole).into_iter().map(|(file, _)| file).collect()
    };
    // Debian's build reads the other one.
    write(folder.path(), "etc/spamassassin/65_debian.cf", "use_bayes 1\n");
    assert_eq!(files(), ["etc/mail/spamassassin/local.cf"]);
    // cPanel brings its own, there too.
    fs::create_dir_all(folder.path().join("var/cpanel")).expect("a folder");
    assert_eq!(files(), ["etc/spamassassin/65_debian.cf"]);
}

#[test]
fn a_link_to_the_other_folder_is_no_second_one() {
    for (link, target, real) in
        [("etc/mail/spamassassin", "../spamassassin", 1..4), ("etc/spamassassin", "mail/spamassassin", 0..1)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let mut memory = Memory::default();
        for (path, text) in &FILES[real] {
            write(folder.path(), path, text);
            memory.file(*path, *text);
        }
        fs::create_dir_all(folder.path().join("etc/mail")).expect("a folder");
        symlink(target, folder.path().join(link)).expect("a link");
        memory.link(link, target);
        let disk = Disk::open(folder.path()).expect("a tree");
        assert_eq!(unread(&disk, Wanted::Whole), []);
        assert_eq!(unread(&memory, Wanted::Whole), []);
    }
}
