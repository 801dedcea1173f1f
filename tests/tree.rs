//! The one reader, over trees that hostile users have prepared: whatever stands at a path, the reader answers at once,
//! with the bytes of a regular file that it may read or with the reason why not, and never with a neighbour's bytes.
//!
//! Some scenes can be set by root only. They say so on standard error when they are left out.

// A test that cannot set its scene has to fail, at the line where it could not.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use maillint::kind::{Kind, Place};
use maillint::tree::{Account, Bound, Disk, Home, Memory, Problem, Refusal, SYSTEM_CAP, Tree, USER_CAP, account_files};
use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, RenameFlags, makedev, mknodat, renameat_with};
use rustix::process::{getegid, geteuid};

/// Longer than any read takes, and far below the 45 seconds for which a lease can hold an open up.
const AT_ONCE: Duration = Duration::from_secs(5);
/// The user whose home is looked at in the scenes that root sets.
const ALICE: u32 = 54_321;

/// What the reader said, so that it can be compared and shown.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Bytes(Vec<u8>),
    Names(Vec<Vec<u8>>),
    Absent,
    Problem(Problem),
}

impl Answer {
    fn of<T>(result: Result<T, Refusal>, good: impl FnOnce(T) -> Self) -> Self {
        match result {
            Ok(found) => good(found),
            Err(Refusal::Absent) => Self::Absent,
            Err(Refusal::Problem(problem)) => Self::Problem(problem),
        }
    }
}

const LEAVES_HOME: Answer = Answer::Problem(Problem::LeavesHome);
const NOT_FOR_ACCOUNT: Answer = Answer::Problem(Problem::NotForAccount);

fn bytes(text: &str) -> Answer {
    Answer::Bytes(text.into())
}

fn names(names: &[&str]) -> Answer {
    Answer::Names(names.iter().map(|&name| name.into()).collect())
}

fn found(found: &'static str) -> Answer {
    Answer::Problem(Problem::Not { wanted: "a regular file", found })
}

/// An account whose files are those that this test makes.
fn alice() -> Account {
    account(geteuid().as_raw(), getegid().as_raw())
}

fn account(uid: u32, gid: u32) -> Account {
    Account::new(b"alice", uid, gid, b"/home/alice", Vec::new()).unwrap()
}

/// A tree on disk, which goes away with it.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The real path of a place in the tree, whose folder is made if need be.
    fn place(&self, path: impl AsRef<Path>) -> PathBuf {
        let place = self.0.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        place
    }

    fn file(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let place = self.place(path);
        fs::write(&place, text).unwrap();
        place
    }

    fn link(&self, path: &str, target: impl AsRef<Path>) {
        symlink(target, self.place(path)).unwrap();
    }

    fn folder(&self, path: &str) -> PathBuf {
        let place = self.place(path);
        fs::create_dir_all(&place).unwrap();
        place
    }

    /// A file of a length and no content, which takes no room on the disk.
    fn hole(&self, path: &str, len: usize) {
        File::create(self.place(path)).unwrap().set_len(len as u64).unwrap();
    }

    fn disk(&self) -> Disk {
        Disk::open(self.0.path()).unwrap()
    }

    /// What the reader answers, which it must do at once.
    fn ask(&self, work: impl FnOnce(&Disk) -> Answer + Send + 'static) -> Answer {
        let (disk, (send, receive)) = (self.disk(), mpsc::channel());
        thread::spawn(move || send.send(work(&disk)));
        receive.recv_timeout(AT_ONCE).expect("the reader hangs")
    }

    fn read(&self, path: impl AsRef<[u8]>) -> Answer {
        let path = path.as_ref().to_vec();
        self.ask(move |disk| Answer::of(disk.read(&path, Bound::System), |content| Answer::Bytes(content.bytes)))
    }

    fn read_of(&self, account: Account, path: impl AsRef<[u8]>) -> Answer {
        let path = path.as_ref().to_vec();
        self.ask(move |disk| {
            Answer::of(disk.read(&path, Bound::Home(&Home::of(&account))), |content| Answer::Bytes(content.bytes))
        })
    }

    fn read_home(&self, path: impl AsRef<[u8]>) -> Answer {
        self.read_of(alice(), path)
    }

    fn list(&self, path: &str) -> Answer {
        let path = path.as_bytes().to_vec();
        self.ask(move |disk| Answer::of(disk.list(&path, Bound::System), Answer::Names))
    }

    fn list_of(&self, account: Account, path: &str) -> Answer {
        let path = path.as_bytes().to_vec();
        self.ask(move |disk| Answer::of(disk.list(&path, Bound::Home(&Home::of(&account))), Answer::Names))
    }
}

fn is_root() -> bool {
    geteuid().is_root()
}

/// Says which promise was not looked at. Tests have no other way to be seen when they pass.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED, this test says nothing: {why}");
}

#[test]
fn a_regular_file_is_read_and_an_empty_one_is_empty() {
    let scene = Scene::new();
    scene.file("etc/userdomains", "a.net: alice\n");
    scene.file("home/alice/etc/filter", "");
    assert_eq!(scene.read("etc/userdomains"), bytes("a.net: alice\n"));
    assert_eq!(scene.read("/etc//./userdomains"), bytes("a.net: alice\n"));
    assert_eq!(scene.read_home("etc/filter"), bytes(""));
}

#[test]
fn what_is_not_there_is_absent_and_so_is_what_lies_below_a_file() {
    let scene = Scene::new();
    scene.file("home/alice/etc/filter", "x");
    for path in ["etc", "etc/none", "etc/filter/x", "etc/filter/x/y", "none/.."] {
        let expected = if path == "etc" { found("a folder") } else { Answer::Absent };
        assert_eq!(scene.read_home(path), expected, "{path}");
    }
    assert_eq!(scene.read("home/alice/etc/filter/x"), Answer::Absent);
    assert_eq!(scene.read("home/bob/etc/filter"), Answer::Absent);
    let bob = Account::new(b"bob", 1, 1, b"/home/bob", Vec::new()).unwrap();
    assert_eq!(scene.read_of(bob, "etc/filter"), Answer::Absent);
}

#[test]
fn a_file_is_read_up_to_the_cap_of_its_bound() {
    let scene = Scene::new();
    let too_big = |cap: usize| Answer::Problem(Problem::TooBig { size: cap as u64 + 1, cap });
    for (path, len) in [("etc/filter", USER_CAP), ("etc/bigger", USER_CAP + 1)] {
        scene.hole(&format!("home/alice/{path}"), len);
    }
    assert_eq!(scene.read_home("etc/filter"), Answer::Bytes(vec![0; USER_CAP]));
    assert_eq!(scene.read_home("etc/bigger"), too_big(USER_CAP));
    assert_eq!(scene.read("home/alice/etc/bigger"), Answer::Bytes(vec![0; USER_CAP + 1]));
    scene.hole("etc/bigger", SYSTEM_CAP + 1);
    assert_eq!(scene.read("etc/bigger"), too_big(SYSTEM_CAP));
    scene.hole("home/alice/etc/huge", 100 << 30);
    let huge = Problem::TooBig { size: 100 << 30, cap: USER_CAP };
    assert_eq!(scene.read_home("etc/huge"), Answer::Problem(huge), "a hole costs the user nothing");
}

#[test]
fn a_fifo_a_socket_and_a_folder_are_named_and_do_not_hang() {
    let scene = Scene::new();
    let fifo = scene.place("home/alice/etc/fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _socket = UnixListener::bind(scene.place("home/alice/etc/socket")).unwrap();
    scene.folder("home/alice/etc/folder");
    scene.link("home/alice/etc/link", "fifo");
    for (name, what) in [("fifo", "a FIFO"), ("socket", "a socket"), ("folder", "a folder"), ("link", "a FIFO")] {
        assert_eq!(scene.read_home(format!("etc/{name}")), found(what), "{name}");
        assert_eq!(scene.read(format!("home/alice/etc/{name}")), found(what), "{name}");
    }
    assert_eq!(scene.read_home("etc/fifo/x"), Answer::Absent);
    assert_eq!(scene.read_home("etc/socket/x"), Answer::Absent);
}

#[test]
fn a_device_is_named_whether_or_not_it_is_there() {
    if !is_root() {
        return skipped("only root makes devices");
    }
    let scene = Scene::new();
    // The null device, and numbers that are kept for experiments, behind which there is none.
    for (name, kind, number) in [
        ("null", FileType::CharacterDevice, makedev(1, 3)),
        ("none", FileType::CharacterDevice, makedev(60, 0)),
        ("block", FileType::BlockDevice, makedev(60, 0)),
    ] {
        let place = scene.place(format!("home/alice/etc/{name}"));
        if mknodat(CWD, &place, kind, Mode::from_raw_mode(0o666), number).is_err() {
            return skipped("no devices may be made here");
        }
    }
    for bound in ["etc", "home/alice/etc"] {
        let read = |name: &str| {
            let path = format!("{bound}/{name}");
            if bound == "etc" { scene.read_home(path) } else { scene.read(path) }
        };
        assert_eq!(read("null"), found("a character device"));
        assert_eq!(read("none"), found("a character device"));
        assert_eq!(read("block"), found("a block device"));
    }
}

#[test]
fn a_dangling_link_is_no_absent_file() {
    let scene = Scene::new();
    scene.link("home/alice/etc/filter", "none");
    scene.link("home/alice/mail", "none/at/all");
    for path in ["etc/filter", "mail", "mail/filter"] {
        assert_eq!(scene.read_home(path), Answer::Problem(Problem::Dangling), "{path}");
    }
}

#[test]
fn what_is_absent_from_a_folder_behind_a_link_is_absent() {
    let scene = Scene::new();
    scene.file("disk2/alice/real/filter", "x");
    scene.link("home", "disk2");
    scene.link("disk2/alice/etc", "real");
    for path in ["etc/none", "etc/none/x", "etc/filter/x", "none"] {
        assert_eq!(scene.read_home(path), Answer::Absent, "{path}");
        assert_eq!(scene.list_of(alice(), path), Answer::Absent, "{path}");
        assert_eq!(scene.read(format!("home/alice/{path}")), Answer::Absent, "{path}");
    }
    // An account that lost its home, where the homes lie behind a link.
    let bob = Account::new(b"bob", 1, 1, b"/home/bob", Vec::new()).unwrap();
    assert_eq!(scene.read_of(bob, "etc/filter"), Answer::Absent);
}

#[test]
fn a_name_that_is_too_long_for_a_file_is_that_of_no_file() {
    let scene = Scene::new();
    scene.folder("etc");
    assert_eq!(scene.read(format!("etc/{}", "x".repeat(256))), Answer::Absent);
}

#[test]
fn a_way_through_more_folders_than_the_process_may_open_is_refused() {
    let scene = Scene::new();
    scene.file(format!("home/alice/{}filter", "d/".repeat(30)), "mine");
    scene.file(format!("home/alice/{}filter", "e/".repeat(1000)), "mine");
    scene.link("home/alice/shallow", format!("{}filter", "d/".repeat(30)));
    scene.link("home/alice/deep", format!("{}filter", "e/".repeat(1000)));
    scene.link("home/alice/long", format!("{}shallow", "d/../".repeat(500)));
    assert_eq!(scene.read_home("shallow"), bytes("mine"));
    for path in ["deep", "long"] {
        assert!(matches!(scene.read_home(path), Answer::Problem(_)), "{path}");
    }
}

#[test]
fn links_do_not_multiply_an_accounts_files() {
    let scene = Scene::new();
    for number in 0..400 {
        scene.file(format!("home/alice/etc/a.net/{number}"), "");
        scene.link(&format!("home/alice/etc/{number}.net"), "a.net");
    }
    let kinds = [(Kind::Userdomains, Place::Mailbox("filter"))];
    let (files, problems) = account_files(&scene.disk(), &Home::of(&alice()), &kinds);
    assert!(files.len() <= 100_000, "{} files", files.len());
    assert!(!problems.is_empty(), "what was left out is said");
}

#[test]
fn links_in_a_circle_end() {
    let scene = Scene::new();
    scene.link("home/alice/a", "b");
    scene.link("home/alice/b", "a");
    scene.link("home/alice/self", "self");
    scene.link("home/alice/down", "down/down/down");
    scene.link("home/alice/dot", ".");
    for path in ["a", "a/x", "self", "down", "down/x"] {
        assert_eq!(scene.read_home(path), Answer::Problem(Problem::TooManyLinks), "{path}");
        assert_eq!(scene.list_of(alice(), path), Answer::Problem(Problem::TooManyLinks), "{path}");
    }
    assert_eq!(scene.read_home("dot/".repeat(41)), Answer::Problem(Problem::TooManyLinks));
    assert_eq!(scene.read_home("dot/".repeat(40)), found("a folder"));
}

#[test]
fn as_many_links_are_followed_as_the_kernel_would_and_no_more() {
    let scene = Scene::new();
    scene.file("home/alice/l0", "end");
    for link in 1..=41 {
        scene.link(&format!("home/alice/l{link}"), format!("l{}", link - 1));
    }
    let kernel = |name: &str| fs::read(scene.place("home/alice").join(name)).ok();
    assert_eq!((scene.read_home("l40"), kernel("l40")), (bytes("end"), Some(b"end".to_vec())));
    assert_eq!((scene.read_home("l41"), kernel("l41")), (Answer::Problem(Problem::TooManyLinks), None));
    assert_eq!(scene.read("home/alice/l40"), bytes("end"));
    assert_eq!(scene.read("home/alice/l41"), Answer::Problem(Problem::TooManyLinks));
}

#[test]
fn the_systems_links_lead_anywhere_in_the_tree_and_nowhere_else() {
    let scene = Scene::new();
    scene.file("etc/passwd", "the tree's");
    scene.link("etc/absolute", "/etc/passwd");
    scene.link("etc/relative", "../etc/../etc/passwd");
    scene.link("etc/above", "../../../../../../../../../../../../etc/passwd");
    scene.link("cpanel", "/etc");
    // On this machine there is surely something at these places; in the tree there is nothing.
    scene.link("etc/shell", "/bin/sh");
    scene.link("etc/shell-above", "../../../../../../../../../../../../bin/sh");
    for path in
        ["etc/absolute", "etc/relative", "etc/above", "cpanel/passwd", "../../etc/passwd", "cpanel/../etc/above"]
    {
        assert_eq!(scene.read(path), bytes("the tree's"), "{path}");
    }
    for path in ["etc/shell", "etc/shell-above"] {
        assert_eq!(scene.read(path), Answer::Problem(Problem::Dangling), "{path}");
    }
    assert_eq!(scene.read("../../../../../../../../../../../../bin/sh"), Answer::Absent);
}

#[test]
fn a_link_out_of_a_home_is_refused_whether_or_not_it_leads_to_something() {
    let scene = Scene::new();
    scene.file("home/bob/secret", "secret");
    scene.file("home/alice2/secret", "secret");
    scene.file("etc/shadow", "secret");
    scene.file("home/alice/etc/real", "mine");
    let targets = "../../bob/secret ../../bob/none ../../none ../../../etc/shadow ../../../../../../etc/shadow \
        ../../alice/etc/real /home/bob/secret /home/bob/none /none / /etc/shadow /home/alice2/secret \
        /home/alice2/none /home/alice/../bob/secret /home/alice/../bob/none \
        /home/alice/etc/../../../etc/shadow /proc/self/root/etc/shadow";
    for (number, target) in targets.split_ascii_whitespace().enumerate() {
        scene.link(&format!("home/alice/etc/{number}"), target);
        assert_eq!(scene.read_home(format!("etc/{number}")), LEAVES_HOME, "{target}");
        assert_eq!(scene.list_of(alice(), &format!("etc/{number}")), LEAVES_HOME, "{target}");
    }
    assert_eq!(scene.read_home("../bob/secret"), LEAVES_HOME);
    assert_eq!(scene.read_home("etc/../../alice/etc/real"), LEAVES_HOME);
}

#[test]
fn a_folder_that_is_a_link_out_of_a_home_is_refused_too() {
    let scene = Scene::new();
    scene.file("home/bob/etc/filter", "secret");
    scene.link("home/alice/relative", "../bob/etc");
    scene.link("home/alice/absolute", "/home/bob/etc");
    scene.link("home/alice/nowhere", "/none/etc");
    for path in ["relative/filter", "absolute/filter", "absolute/none", "nowhere/filter"] {
        assert_eq!(scene.read_home(path), LEAVES_HOME, "{path}");
    }
}

#[test]
fn links_that_stay_in_the_home_are_followed() {
    let scene = Scene::new();
    scene.file("home/alice/etc/real/filter", "mine");
    scene.link("home/alice/etc/relative", "../etc/./real//filter");
    scene.link("home/alice/etc/absolute", "/home/alice/etc/real/filter");
    scene.link("home/alice/folder", "etc/real");
    scene.link("home/alice/again", "/home/alice/folder/");
    scene.link("home/alice/top", "/home/alice");
    for path in
        ["etc/relative", "etc/absolute", "folder/filter", "again/filter", "top/etc/absolute", "folder/../absolute"]
    {
        assert_eq!(scene.read_home(path), bytes("mine"), "{path}");
    }
    assert_eq!(scene.list_of(alice(), "again"), names(&["filter"]));
}

#[test]
fn a_home_may_itself_be_a_link_that_the_system_made() {
    let scene = Scene::new();
    scene.file("disk2/home/alice/etc/real", "mine");
    scene.file("disk2/home/bob/secret", "secret");
    scene.link("home", "/home2");
    scene.link("home2", "disk2/home");
    scene.link("disk2/home/alice/etc/filter", "/home/alice/etc/real");
    scene.link("disk2/home/alice/etc/out", "../../bob/secret");
    assert_eq!(scene.read_home("etc/real"), bytes("mine"));
    assert_eq!(scene.read_home("etc/filter"), bytes("mine"));
    assert_eq!(scene.read_home("etc/out"), LEAVES_HOME);
    assert_eq!(scene.list_of(alice(), "etc"), names(&["filter", "out", "real"]));
}

#[test]
fn names_are_bytes() {
    let scene = Scene::new();
    let odd: [&[u8]; 6] = [b"\x1b[2J", b"a\nb", b"\xff\xfe", b"-rf", "\u{202e}".as_bytes(), &[b'x'; 255]];
    for name in odd {
        let path = [b"home/alice/etc/", name].concat();
        scene.file(std::ffi::OsStr::from_bytes(&path), name);
        assert_eq!(scene.read(&path), Answer::Bytes(name.into()));
        assert_eq!(scene.read_home([b"etc/", name].concat()), Answer::Bytes(name.into()));
    }
    let mut sorted = odd.map(<[u8]>::to_vec).to_vec();
    sorted.sort();
    assert_eq!(scene.list("home/alice/etc"), Answer::Names(sorted));
}

#[test]
fn a_path_that_no_file_can_have_is_that_of_no_file() {
    let scene = Scene::new();
    scene.folder("etc");
    assert_eq!(scene.read(b"etc/a\0b"), Answer::Absent);
}

#[test]
fn what_may_not_be_read_is_a_problem_and_not_absent() {
    if is_root() {
        return skipped("root may read everything");
    }
    let scene = Scene::new();
    let file = scene.file("home/alice/etc/filter", "x");
    fs::set_permissions(file, Permissions::from_mode(0o000)).unwrap();
    let folder = scene.file("home/alice/mail/filter", "x").parent().unwrap().to_owned();
    fs::set_permissions(&folder, Permissions::from_mode(0o000)).unwrap();
    let denied = || Answer::Problem(Problem::System(rustix::io::Errno::ACCESS));
    assert_eq!(scene.read_home("etc/filter"), denied());
    assert_eq!(scene.read_home("mail/filter"), denied());
    assert_eq!(scene.list_of(alice(), "mail"), denied());
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
}

/// Gives a file or folder to a user.
fn give(place: &Path, owner: u32, mode: u32) {
    chown(place, Some(owner), Some(owner)).unwrap();
    fs::set_permissions(place, Permissions::from_mode(mode)).unwrap();
}

/// A home as a server has it, for root to read.
fn home_of_alice() -> Option<Scene> {
    if !is_root() {
        skipped("only root reads on behalf of others");
        return None;
    }
    let scene = Scene::new();
    for (path, owner, mode) in [("home", 0, 0o711), ("home/alice", ALICE, 0o711), ("home/alice/etc", ALICE, 0o700)] {
        give(&scene.folder(path), owner, mode);
    }
    Some(scene)
}

#[test]
fn root_reads_in_a_home_only_what_the_account_itself_could() {
    let Some(scene) = home_of_alice() else { return };
    for (name, owner, mode, may) in [
        ("own", ALICE, 0o600, true),
        ("of-root-for-all", 0, 0o644, true),
        ("of-root", 0, 0o600, false),
        ("of-bob", ALICE + 1, 0o640, false),
        ("own-but-closed", ALICE, 0o044, false),
        ("write-only", ALICE, 0o200, false),
    ] {
        give(&scene.file(format!("home/alice/etc/{name}"), name), owner, mode);
        let expected = if may { bytes(name) } else { NOT_FOR_ACCOUNT };
        assert_eq!(scene.read_of(account(ALICE, ALICE), format!("etc/{name}")), expected, "{name}");
        assert_eq!(scene.read(format!("home/alice/etc/{name}")), bytes(name), "the system's files are root's to read");
    }
    let shared = scene.file("home/alice/etc/shared", "shared");
    chown(&shared, Some(0), Some(ALICE)).unwrap();
    fs::set_permissions(&shared, Permissions::from_mode(0o640)).unwrap();
    assert_eq!(scene.read_of(account(ALICE, ALICE), "etc/shared"), bytes("shared"));
    assert_eq!(scene.read_of(account(ALICE, ALICE + 1), "etc/shared"), NOT_FOR_ACCOUNT);
}

#[test]
fn a_hard_link_to_roots_file_is_not_read_for_the_account() {
    let Some(scene) = home_of_alice() else { return };
    let shadow = scene.file("etc/shadow", "secret");
    give(&shadow, 0, 0o600);
    fs::hard_link(&shadow, scene.place("home/alice/etc/filter")).unwrap();
    assert_eq!(scene.read_of(account(ALICE, ALICE), "etc/filter"), NOT_FOR_ACCOUNT);
    // A hard link to a file of the account's own is no trick: backups are made so.
    let own = scene.file("home/alice/etc/own", "mine");
    give(&own, ALICE, 0o600);
    fs::hard_link(&own, scene.place("home/alice/etc/copy")).unwrap();
    assert_eq!(scene.read_of(account(ALICE, ALICE), "etc/copy"), bytes("mine"));
}

#[test]
fn root_goes_only_through_folders_that_the_account_may_search_and_lists_what_it_may_read() {
    let Some(scene) = home_of_alice() else { return };
    for (name, owner, mode, searched, listed) in [
        ("own", ALICE, 0o700, true, true),
        ("of-root-for-all", 0, 0o755, true, true),
        ("search-only", 0, 0o711, true, false),
        ("list-only", 0, 0o744, false, false),
        ("of-root", 0, 0o700, false, false),
        ("own-but-closed", ALICE, 0o077, false, false),
    ] {
        give(&scene.file(format!("home/alice/{name}/filter"), "x"), 0, 0o644);
        give(&scene.folder(&format!("home/alice/{name}")), owner, mode);
        let alice = || account(ALICE, ALICE);
        let expected = |may, good| if may { good } else { NOT_FOR_ACCOUNT };
        assert_eq!(scene.read_of(alice(), format!("{name}/filter")), expected(searched, bytes("x")), "{name}");
        assert_eq!(scene.list_of(alice(), name), expected(listed, names(&["filter"])), "{name}");
        // That a file is absent from a folder is a fact about the folder, which is the account's to know or not.
        assert_eq!(scene.read_of(alice(), format!("{name}/none")), expected(searched, Answer::Absent), "{name}");
    }
}

/// A process that holds a lease on a file, as its owner may without any privilege.
struct Lease(Child);

impl Lease {
    fn take(file: &Path) -> Option<Self> {
        // The breaking of a lease is told by SIGIO, which would end the process; this one does not care, and goes on
        // holding up whoever waits.
        const HOLD: &str = "import fcntl, os, signal, sys\n\
            signal.signal(signal.SIGIO, signal.SIG_IGN)\n\
            fd = os.open(sys.argv[1], os.O_RDWR)\n\
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)\n\
            print('held', flush=True)\n\
            sys.stdin.read()\n";
        let mut python = Command::new("python3");
        python.arg("-c").arg(HOLD).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut lease = Self(python.spawn().ok()?);
        let mut line = String::new();
        BufReader::new(lease.0.stdout.take()?).read_line(&mut line).ok()?;
        (line == "held\n").then_some(lease)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_lease_does_not_hold_the_reader_up() {
    let scene = Scene::new();
    let file = scene.file("home/alice/etc/filter", "mine");
    let Some(lease) = Lease::take(&file) else {
        return skipped("there is no python3, or this file system has no leases");
    };
    let start = Instant::now();
    assert_eq!(scene.read_home("etc/filter"), Answer::Problem(Problem::Leased));
    assert_eq!(scene.read("home/alice/etc/filter"), Answer::Problem(Problem::Leased));
    assert!(start.elapsed() < AT_ONCE);
    drop(lease);
    assert_eq!(scene.read_home("etc/filter"), bytes("mine"));
}

/// Does something over and over in another thread while `work` goes on.
fn meanwhile<T>(mut other: impl FnMut() + Send, work: impl FnOnce() -> T) -> T {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                other();
            }
        });
        // Also when `work` panics the other thread has to end, or the panic is never seen.
        let _stop = Stop(&stop);
        work()
    })
}

#[test]
fn a_file_that_grows_is_read_as_it_was_at_some_moment_or_not_at_all() {
    let scene = Scene::new();
    let place = scene.file("etc/userdomains", "");
    let (mut file, mut written) = (OpenOptions::new().append(true).open(place).unwrap(), 0_usize);
    // Records that tell their own place and never lie across two pages, so that each write is seen whole.
    let record = |number: usize| format!("{number:031}\n");
    let append = || {
        if written < SYSTEM_CAP / 32 - 1 {
            file.write_all(record(written).as_bytes()).unwrap();
            written += 1;
        }
    };
    let disk = scene.disk();
    meanwhile(append, || {
        for _ in 0..300 {
            match Answer::of(disk.read(b"etc/userdomains", Bound::System), |content| Answer::Bytes(content.bytes)) {
                Answer::Problem(Problem::Changing) => {}
                Answer::Bytes(bytes) => {
                    assert_eq!(bytes.len() % 32, 0);
                    let is_whole = |(number, found): (usize, &[u8])| found == record(number).as_bytes();
                    assert!(bytes.chunks(32).enumerate().rev().take(100).all(is_whole));
                }
                other => panic!("{other:?}"),
            }
        }
    });
}

/// What the reader says of a file in a folder that is swapped for a link out of the home all the time.
fn answers_while_swapped() -> Vec<Answer> {
    let scene = Scene::new();
    scene.file("secret/filter", "secret");
    scene.file("home/alice/etc/sw/filter", "mine");
    scene.link("home/alice/etc/other", "../../../secret");
    let etc = File::open(scene.place("home/alice/etc")).unwrap();
    let swap = || renameat_with(&etc, "sw", &etc, "other", RenameFlags::EXCHANGE).unwrap();
    let (disk, alice) = (scene.disk(), alice());
    meanwhile(swap, || {
        // The attack works on whoever opens the path as a whole.
        let naive = scene.place("home/alice/etc/sw/filter");
        assert!((0..200_000).any(|_| fs::read(&naive).is_ok_and(|bytes| bytes == b"secret")));
        let read = |_| {
            Answer::of(disk.read(b"etc/sw/filter", Bound::Home(&Home::of(&alice))), |content| {
                Answer::Bytes(content.bytes)
            })
        };
        (0..50_000).map(read).collect()
    })
}

#[test]
fn a_folder_that_is_swapped_for_a_link_all_the_time_never_leaks_what_it_leads_to() {
    let answers = answers_while_swapped();
    assert!(answers.contains(&bytes("mine")) && answers.contains(&LEAVES_HOME));
    // Nor is it ever absent: that would be a miss that nobody is told of.
    let expected = [bytes("mine"), LEAVES_HOME, Answer::Problem(Problem::Changing)];
    assert_eq!(answers.iter().find(|&answer| !expected.contains(answer)), None);
}

#[test]
fn a_folder_is_listed_in_order_and_what_is_no_folder_is_said() {
    let scene = Scene::new();
    for name in ["b", "a", ".hidden", "B"] {
        scene.file(format!("home/alice/etc/{name}"), "");
    }
    scene.folder("home/alice/empty");
    scene.link("home/alice/none", "/home/alice/nothing");
    assert_eq!(scene.list("home/alice/etc"), names(&[".hidden", "B", "a", "b"]));
    assert_eq!(scene.list_of(alice(), "etc"), names(&[".hidden", "B", "a", "b"]));
    assert_eq!(scene.list_of(alice(), ""), names(&["empty", "etc", "none"]));
    assert_eq!(scene.list_of(alice(), "etc/.."), names(&["empty", "etc", "none"]));
    assert_eq!(scene.list("home/alice/empty"), names(&[]));
    assert_eq!(scene.list("var/named"), Answer::Absent);
    assert_eq!(scene.list("home/alice/etc/a/x"), Answer::Absent);
    let file = Problem::Not { wanted: "a folder", found: "a file" };
    assert_eq!(scene.list_of(alice(), "etc/a"), Answer::Problem(file));
    assert_eq!(scene.list_of(alice(), "none"), Answer::Problem(Problem::Dangling));
}

/// A thing in a random tree.
#[derive(Debug, Clone)]
enum Thing {
    File,
    Link(String),
}

fn some_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "home", "alice"])
}

/// A path of a few names; `..` among them, where it is a link's target or a question.
fn some_path(with_parents: bool) -> impl Strategy<Value = String> {
    let name = if with_parents { prop_oneof![3 => some_name(), 1 => Just("..")].boxed() } else { some_name().boxed() };
    let start = prop_oneof![Just(""), Just("home/alice/"), Just("home/")];
    let start = if with_parents { Just("").boxed() } else { start.boxed() };
    (start, prop::collection::vec(name, 1..4)).prop_map(|(start, names)| format!("{start}{}", names.join("/")))
}

fn some_thing() -> impl Strategy<Value = Thing> {
    let absolute = prop_oneof![Just(""), Just("/"), Just("/home/alice/")];
    let link = (absolute, some_path(true)).prop_map(|(start, path)| Thing::Link(format!("{start}{path}")));
    prop_oneof![Just(Thing::File), link]
}

/// Builds the same tree on disk and in memory. What cannot stand beside what is already there is left out.
fn build(things: &[(String, Thing)]) -> (Scene, Memory) {
    let (scene, mut memory) = (Scene::new(), Memory::default());
    let mut taken: Vec<&str> = Vec::new();
    let is_below = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    for (path, thing) in things {
        if taken.iter().any(|other| *other == path || is_below(path, other) || is_below(other, path)) {
            continue;
        }
        taken.push(path);
        match thing {
            Thing::File => {
                scene.file(path, path);
                memory.file(path.as_bytes(), path.as_bytes());
            }
            Thing::Link(target) => {
                scene.link(path, target);
                memory.link(path.as_bytes(), target.as_bytes());
            }
        }
    }
    (scene, memory)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_tree_in_memory_answers_as_the_same_tree_on_disk(
        things in prop::collection::vec((some_path(false), some_thing()), 1..10),
        questions in prop::collection::vec(some_path(true), 12),
    ) {
        let (scene, memory) = build(&things);
        let (disk, alice) = (scene.disk(), alice());
        let asked = things.iter().map(|(path, _)| path).chain(&questions);
        for path in asked.flat_map(|path| [path.as_str(), path.strip_prefix("home/alice/").unwrap_or(path)]) {
            for bound in [Bound::System, Bound::Home(&Home::of(&alice))] {
                let read = |tree: &dyn Tree| Answer::of(tree.read(path.as_bytes(), bound), |content| Answer::Bytes(content.bytes));
                let list = |tree: &dyn Tree| Answer::of(tree.list(path.as_bytes(), bound), Answer::Names);
                prop_assert_eq!(read(&memory), read(&disk), "reading {}", path);
                prop_assert_eq!(list(&memory), list(&disk), "listing {}", path);
            }
        }
    }
}
