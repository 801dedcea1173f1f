//! Bad input, through the program itself: whatever it is given, it says in one clear line what was not checked, ends
//! with the status that DESIGN.md promises, checks the rest, and prints nothing that a terminal could obey.
//!
//! Every check is run in all three formats. Where something cannot be tried here, that is said on standard error.

// A test that cannot set its scene has to fail, at the line where it could not.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::process::{Pid, Signal, geteuid, kill_process};

const MAILLINT: &str = env!("CARGO_BIN_EXE_maillint");
/// Nothing that is given to the program may keep it busy for longer, not even without optimisation on a busy machine.
const SOON: Duration = Duration::from_secs(10);
/// What no run needs: 2 GiB, in the unit of `ulimit -v`.
const MEMORY: &str = "2097152";
/// A table that has exactly one finding, an error.
const BAD_TABLE: &str = "yahoo.com: alice\n";

/// What a run did.
struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Run {
    /// The lines that say what was not checked.
    fn unread(&self) -> Vec<&str> {
        self.out.lines().filter(|line| line.contains(": not checked: ")).collect()
    }

    /// The lines that say what is wrong.
    fn findings(&self) -> usize {
        self.out.lines().filter(|line| line.contains("[domains/foreign-domain]: ")).count()
    }
}

fn maillint(args: &[&OsStr]) -> Command {
    let mut command = Command::new(MAILLINT);
    command.args(args);
    command
}

/// Runs a command, with something on its standard input, and looks at everything that holds for each run.
fn run(command: &mut Command, stdin: &[u8]) -> Run {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("LC_ALL", "C.UTF-8").spawn().unwrap();
    let (pid, mut input, stdin) = (child.id(), child.stdin.take().unwrap(), stdin.to_vec());
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        // The program need not read what it was given to the end.
        thread::spawn(move || input.write_all(&stdin));
        send.send(child.wait_with_output())
    });
    let Ok(output) = receive.recv_timeout(SOON) else {
        kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
        panic!("it was not done after {SOON:?}: {command:?}");
    };
    let Output { status, stdout, stderr } = output.unwrap();
    let run = Run { status: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) };
    let is_own_mistake = |text: &str| {
        ["panic", "internal error", "itself failed", "RUST_BACKTRACE"].iter().any(|word| text.contains(word))
    };
    assert!(!is_own_mistake(&run.err) && !is_own_mistake(&run.out), "{command:?}: {}{}", run.out, run.err);
    assert!([0, 1, 2, 141].contains(&run.status), "status {status} of {command:?}: {}", run.err);
    run
}

/// An output as text. It is UTF-8, and nothing in it moves a cursor, turns text around or hides.
fn text(output: Vec<u8>) -> String {
    let text = String::from_utf8(output).expect("the output is UTF-8");
    let is_obeyed = |char: char| match char {
        '\n' => false,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => true,
        _ => char.is_control(),
    };
    assert_eq!(text.chars().find(|&char| is_obeyed(char)), None, "in the output");
    text
}

/// Runs `maillint check` in all formats, which must agree; gives back what the concise one says.
fn check_as(command: impl Fn(&[&OsStr]) -> Command, args: &[&OsStr], stdin: &[u8]) -> Run {
    let in_format = |format: &str| {
        let all = [&["check".as_ref(), "--format".as_ref(), format.as_ref()], args].concat();
        run(&mut command(&all), stdin)
    };
    let (text, concise, json) = (in_format("text"), in_format("concise"), in_format("json"));
    assert_eq!((text.status, json.status), (concise.status, concise.status), "{args:?}");
    assert_eq!((&text.err, &json.err), (&concise.err, &concise.err), "{args:?}");
    assert_eq!(text.unread(), concise.unread());
    assert_eq!(text.out.lines().last(), concise.out.lines().last(), "the last line is the sum");
    if json.out.is_empty() {
        assert_eq!((concise.out.as_str(), concise.status), ("", 2), "{args:?}");
    } else {
        let document: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(document["problems"].as_array().unwrap().len(), concise.unread().len());
        assert_eq!(document["summary"]["unread"], concise.unread().len());
    }
    concise
}

fn check(args: &[&OsStr]) -> Run {
    check_as(maillint, args, b"")
}

/// A run that did nothing says why in one line, on standard error.
#[track_caller]
fn assert_refused(run: &Run, why: &str) {
    assert_eq!((run.status, run.out.as_str()), (2, ""), "{}", run.err);
    assert!(run.err.starts_with("maillint: ") && run.err.contains(why), "{}", run.err);
    assert_eq!((run.err.lines().count(), run.err.ends_with('\n')), (1, true), "{}", run.err);
}

/// One file was not checked, which is said in one line; so many findings are about others.
#[track_caller]
fn assert_one_unread(run: &Run, why: &str, findings: usize) {
    assert_eq!((run.status, run.err.as_str()), (2, ""), "{}", run.out);
    let unread = run.unread();
    assert!(unread.len() == 1 && unread[0].ends_with(why), "`{why}`, not {unread:?}");
    assert_eq!(run.findings(), findings, "{}", run.out);
    assert!(!run.out.lines().any(|line| line.starts_with("no problems found")), "{}", run.out);
    assert!(run.out.contains(" 1 could not be read"), "{}", run.out);
}

/// A folder for files, which goes away with it.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Runs as another user have to get in.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    /// The real path of a place, whose folder is made if need be.
    fn place(&self, path: impl AsRef<OsStr>) -> PathBuf {
        let place = self.0.path().join(path.as_ref());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        place
    }

    fn file(&self, path: impl AsRef<OsStr>, text: impl AsRef<[u8]>) -> OsString {
        let place = self.place(path);
        fs::write(&place, text).unwrap();
        place.into()
    }

    /// A file of a length and no content, which takes no room on the disk.
    fn hole(&self, path: &str, len: u64) -> OsString {
        let place = self.place(path);
        File::create(&place).unwrap().set_len(len).unwrap();
        place.into()
    }

    /// A table with one finding.
    fn bad_table(&self) -> OsString {
        self.file("beside/etc/userdomains", BAD_TABLE)
    }

    /// A path in the scene, of which nothing need exist.
    fn path(&self, path: &str) -> OsString {
        self.0.path().join(path).into()
    }
}

/// Says which promise was not looked at. Tests have no other way to be seen when they pass.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED, this test says nothing: {why}");
}

/// The program as a user who may not read everything; none when that cannot be tried.
fn unprivileged() -> Option<impl Fn(&[&OsStr]) -> Command> {
    let is_root = geteuid().is_root();
    let command = move |args: &[&OsStr]| {
        if !is_root {
            return maillint(args);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--", MAILLINT]).args(args);
        command
    };
    if command(&["--version".as_ref()]).output().is_ok_and(|output| output.status.success()) {
        return Some(command);
    }
    skipped("there is no setpriv, or the program lies where only root gets at it");
    None
}

#[test]
fn a_missing_root_is_refused_in_one_line() {
    let scene = Scene::new();
    let (none, file) = (scene.path("none"), scene.bad_table());
    assert_refused(&check(&["--root".as_ref(), &none]), "none: No such file or directory");
    assert_refused(&check(&["--root".as_ref(), &none, &file]), "none: No such file or directory");
    assert_refused(&check(&["--root".as_ref(), &file]), "Not a directory");
}

#[test]
fn a_missing_file_is_named_and_the_rest_is_checked() {
    let scene = Scene::new();
    let (none, beside) = (scene.path("none/etc/userdomains"), scene.bad_table());
    assert_one_unread(&check(&[&none]), "none/etc/userdomains: not checked: it does not exist", 0);
    assert_one_unread(&check(&[&none, &beside]), "it does not exist", 1);
    assert_one_unread(&check(&[&beside, &none]), "it does not exist", 1);
    assert_one_unread(&check(&["--kind".as_ref(), "userdomains".as_ref(), &none, &beside]), "it does not exist", 1);
    let root = scene.path("beside");
    let below = scene.path("beside/etc/none/userdomains");
    assert_one_unread(&check(&["--root".as_ref(), &root, &below, &beside]), "it does not exist", 1);
}

#[test]
fn a_link_to_nothing_and_a_circle_are_named_and_the_rest_is_checked() {
    let scene = Scene::new();
    for (tree, target, why) in
        [("dangling", "none", "it is a link to something that does not exist"), ("circle", "userdomains", "links")]
    {
        let place = scene.place(format!("{tree}/etc/userdomains"));
        symlink(target, &place).unwrap();
        for path in [place.as_os_str(), &scene.path(tree)] {
            let run = check(&[path, &scene.bad_table()]);
            assert_eq!((run.status, run.findings(), run.unread().len()), (2, 1, 1), "{}", run.out);
            assert!(run.unread()[0].contains(why), "{}", run.out);
        }
    }
}

#[test]
fn a_file_that_may_not_be_read_is_named_and_the_rest_is_checked() {
    let Some(maillint) = unprivileged() else { return };
    let scene = Scene::new();
    let beside = scene.bad_table();
    let closed = scene.file("closed/etc/userdomains", BAD_TABLE);
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
    let below = scene.file("folder/etc/userdomains", BAD_TABLE);
    let folder = scene.path("folder/etc");
    fs::set_permissions(&folder, Permissions::from_mode(0o000)).unwrap();
    for path in [&closed, &below, &scene.path("closed"), &scene.path("folder")] {
        let run = check_as(&maillint, &[path, &beside], b"");
        assert_eq!((run.status, run.findings()), (2, 1), "{}", run.out);
        assert!(!run.unread().is_empty(), "{}", run.out);
        assert!(run.unread().iter().all(|line| line.to_lowercase().contains("permission denied")), "{}", run.out);
    }
    let run = check_as(&maillint, &["--kind".as_ref(), "userdomains".as_ref(), &folder, &beside], b"");
    assert_eq!((run.status, run.findings(), run.unread().len()), (2, 1, 1), "{}", run.out);
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
}

/// Each way to name a file that is no regular one: by its tree, by itself, and as a file of a tree.
fn check_odd_file(scene: &Scene, tree: &str, why: &str) {
    let (root, beside) = (scene.path(tree), scene.bad_table());
    let file = scene.path(&format!("{tree}/etc/userdomains"));
    let run = check(&[&root, &beside]);
    assert_one_unread(&run, &format!("etc/userdomains: not checked: it is {why}, not a regular file"), 1);
    // A folder that is named by itself is a tree of its own, and this one has nothing in it.
    let own = if why == "a folder" { "it is not laid out like a server's /" } else { "not a regular file" };
    assert_one_unread(&check(&[&file, &beside]), own, 1);
    assert_one_unread(&check(&["--root".as_ref(), &root, &file]), own, 0);
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named() {
    let scene = Scene::new();
    scene.file("tree/etc/userdomains/x", BAD_TABLE);
    check_odd_file(&scene, "tree", "a folder");
}

#[test]
fn a_fifo_in_the_place_of_a_file_is_named_and_does_not_hang() {
    let scene = Scene::new();
    mknodat(CWD, scene.place("tree/etc/userdomains"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    check_odd_file(&scene, "tree", "a FIFO");
}

#[test]
fn a_socket_in_the_place_of_a_file_is_named() {
    let scene = Scene::new();
    let _socket = UnixListener::bind(scene.place("tree/etc/userdomains")).unwrap();
    check_odd_file(&scene, "tree", "a socket");
}

#[test]
fn a_device_in_the_place_of_a_file_is_named() {
    let run = check(&["--kind".as_ref(), "userdomains".as_ref(), "/dev/zero".as_ref(), "/dev/null".as_ref()]);
    assert_eq!((run.status, run.unread().len()), (2, 2), "{}", run.out);
    assert!(run.unread().iter().all(|line| line.ends_with("a character device, not a regular file")), "{}", run.out);
    let scene = Scene::new();
    let place = scene.place("tree/etc/userdomains");
    if mknodat(CWD, place, FileType::CharacterDevice, Mode::RUSR, makedev(1, 5)).is_err() {
        return skipped("only root makes devices, and not everywhere");
    }
    check_odd_file(&scene, "tree", "a character device");
}

#[test]
fn a_file_of_100_mb_is_too_big_and_the_rest_is_checked() {
    let scene = Scene::new();
    let (big, beside) = (scene.hole("tree/etc/userdomains", 100_000_000), scene.bad_table());
    let why = "it is too big: 100000000 bytes; at most 67108864 are read";
    assert_one_unread(&check(&[&big, &beside]), why, 1);
    assert_one_unread(&check(&[&scene.path("tree"), &beside]), why, 1);
}

#[test]
fn standard_input_is_read_up_to_the_cap_of_a_file() {
    let kind: [&OsStr; 3] = ["--kind".as_ref(), "userdomains".as_ref(), "-".as_ref()];
    assert_eq!(check_as(maillint, &kind, BAD_TABLE.as_bytes()).findings(), 1);
    let mut endless = Command::new("sh");
    endless.args(["-c", "yes | exec \"$0\" check --kind userdomains -", MAILLINT]);
    let run = run(&mut endless, b"");
    assert_eq!((run.status, run.unread().len()), (2, 1), "{}", run.out);
}

#[test]
fn a_binary_file_is_input_like_any_other() {
    let scene = Scene::new();
    // Bytes that look random (xorshift), the same on every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let noise: Vec<u8> = (0..(2 << 20) / 8).flat_map(|_| random()).collect();
    let nuls: Vec<u8> = noise.iter().map(|&byte| if byte < 0xc0 { 0 } else { byte }).collect();
    for (tree, bytes) in [("noise", noise), ("nuls", nuls)] {
        let file = scene.file(format!("{tree}/etc/userdomains"), bytes);
        let run = check(&[&file, &scene.bad_table()]);
        assert_eq!((run.status, run.err.as_str(), run.unread().len()), (1, "", 0), "{tree}");
        assert!(run.out.contains("beside/etc/userdomains:1:1: error[domains/foreign-domain]"), "{tree}");
    }
}

#[test]
fn an_empty_file_is_checked_and_has_no_findings() {
    let scene = Scene::new();
    let empty = scene.file("tree/etc/userdomains", "");
    for path in [&empty, &scene.path("tree")] {
        let run = check(&[path]);
        assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "no problems found; 1 file checked\n", ""));
    }
}

#[test]
fn a_tree_without_any_known_file_is_a_problem_and_the_rest_is_checked() {
    let scene = Scene::new();
    scene.file("tree/etc/hosts", "127.0.0.1 localhost\n");
    let tree = scene.path("tree");
    let why = "it has no file of a known kind: it is not laid out like a server's /";
    assert_one_unread(&check(&[&tree]), why, 0);
    assert_one_unread(&check(&["--root".as_ref(), &tree]), why, 0);
    assert_one_unread(&check(&[&tree, &scene.path("beside"), &scene.bad_table()]), why, 2);
    assert_refused(&run(&mut maillint(&["effective".as_ref(), &tree]), b""), "no file of a known kind");
}

#[test]
fn a_file_of_no_known_name_is_a_problem_with_a_hint() {
    let scene = Scene::new();
    let odd = scene.file("names.txt", BAD_TABLE);
    let why = "its name is of no known kind; say with --kind what it is";
    assert_one_unread(&check(&[&odd, &scene.bad_table()]), why, 1);
    assert_eq!(check(&["--kind".as_ref(), "userdomains".as_ref(), &odd]).findings(), 1);
}

/// The commands that print a lot, each with its arguments after the name of a table.
const PRINTING: [&[&str]; 8] = [
    &["check", "--format=text", "TABLE"],
    &["check", "--format=concise", "TABLE"],
    &["check", "--format=json", "TABLE"],
    &["effective", "TABLE"],
    &["effective", "--format=json", "TABLE"],
    &["rules"],
    &["rules", "--format=json"],
    &["explain", "domains/foreign-domain"],
];

fn printing(table: &OsStr) -> impl Iterator<Item = Command> {
    let command = move |args: &[&'static str]| {
        let args: Vec<&OsStr> = args.iter().map(|&arg| if arg == "TABLE" { table } else { arg.as_ref() }).collect();
        maillint(&args)
    };
    PRINTING.into_iter().map(command)
}

#[test]
fn a_closed_pipe_ends_the_run_as_sigpipe_would_without_a_word() {
    let scene = Scene::new();
    let table = scene.file("tree/etc/userdomains", BAD_TABLE.repeat(2000));
    for mut command in printing(&table) {
        // The reader is gone before the program starts, so that the first write already fails.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), text(output.stderr).as_str()), (Some(141), ""), "{command:?}");
    }
}

#[test]
fn help_and_version_go_where_the_rest_goes() {
    for arg in ["--help", "--version"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(maillint(&[arg.as_ref()]).stdout(writer).output().unwrap().status.code(), Some(141), "{arg}");
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = maillint(&[arg.as_ref()]).stdout(full).output().unwrap();
        let run = Run { status: output.status.code().unwrap_or(-1), out: String::new(), err: text(output.stderr) };
        assert_refused(&run, "the output could not be written: No space left on device");
    }
}

#[test]
fn a_full_disk_is_said_in_one_line() {
    let scene = Scene::new();
    let table = scene.file("tree/etc/userdomains", BAD_TABLE.repeat(2000));
    for mut command in printing(&table) {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command.stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let run = Run { status: output.status.code().unwrap_or(-1), out: String::new(), err: text(output.stderr) };
        assert_refused(&run, "the output could not be written: No space left on device");
    }
}

/// Names that somebody gives a file in order to say something to a terminal, a log or a script, and how they are shown.
const ODD_NAMES: [(&[u8], &str); 6] = [
    (b"\x1b[2J\x1b]0;x\x07", r"\x1b[2J\x1b]0;x\x07"),
    (b"a\nmaillint: no problems found", r"a\nmaillint: no problems found"),
    (b"\xff\xfe", r"\xff\xfe"),
    ("\u{202e}gpj\u{200b}".as_bytes(), r"\u{202e}gpj\u{200b}"),
    ("\u{9b}31m".as_bytes(), r"\u{9b}31m"),
    (b"\r\t\x7f", r"\r\t\x7f"),
];

#[test]
fn odd_names_on_the_command_line_are_shown_harmlessly() {
    let scene = Scene::new();
    for (name, shown) in ODD_NAMES {
        let name = OsStr::from_bytes(name);
        let none = scene.0.path().join(name).join("userdomains");
        let run = check(&[none.as_os_str(), &scene.bad_table()]);
        assert_one_unread(&run, &format!("/{shown}/userdomains: not checked: it does not exist"), 1);
        let file = scene.file(none, BAD_TABLE);
        let run = check(&[&file]);
        assert_eq!((run.status, run.findings(), run.unread().len()), (1, 1, 0), "{shown}");
        assert!(run.out.contains(&format!("/{shown}/userdomains:1:1: error")), "{}", run.out);
        let run = check(&["--root".as_ref(), &file, "--hostname".as_ref(), "x".as_ref()]);
        assert_refused(&run, &format!("/{shown}/userdomains"));
    }
}

#[test]
fn odd_names_in_a_list_of_files_are_shown_harmlessly_and_the_rest_is_checked() {
    let scene = Scene::new();
    for (name, shown) in ODD_NAMES.into_iter().filter(|(name, _)| !name.contains(&b'\n')) {
        let list = [name, b"/userdomains\n\n", scene.bad_table().as_bytes()].concat();
        let listed = scene.file("list", &list);
        let why = format!("{shown}/userdomains: not checked: it does not exist");
        assert_one_unread(&check(&["--files-from".as_ref(), &listed]), &why, 1);
        assert_one_unread(&check_as(maillint, &["--files-from".as_ref(), "-".as_ref()], &list), &why, 1);
    }
    let nul = check_as(maillint, &["--files-from".as_ref(), "-".as_ref()], b"a\0userdomains\n");
    assert_one_unread(&nul, "file name contained an unexpected NUL byte", 0);
}

#[test]
fn a_list_that_cannot_be_read_is_refused_and_an_empty_one_checks_nothing() {
    let scene = Scene::new();
    assert_refused(&check(&["--files-from".as_ref(), &scene.path("none")]), "No such file or directory");
    assert_refused(&check(&["--files-from".as_ref(), scene.0.path().as_os_str()]), "Is a directory");
    let run = check_as(maillint, &["--files-from".as_ref(), "-".as_ref()], b"\n\n");
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "no problems found; 0 files checked\n", ""));
}

#[test]
fn a_misspelt_word_is_refused_with_the_right_one() {
    for (args, why) in [
        ("check --fromat json", "'--format'"),
        ("check --format jsno", "'json'"),
        ("check --kind userdomain -", "userdomains"),
        ("check --kind x -", "userdomains"),
        ("check --select domains/foreign-domian", "did you mean `domains/foreign-domain`?"),
        ("check --ignore lsearch,domain", "did you mean `domains`?"),
        ("check --select nothing/like-it", "`maillint rules` lists them"),
        ("check --fail-on eror", "'error'"),
        ("check --kind userdomains", "--kind needs a PATH"),
        ("check --root", "--root"),
        ("chekc", "'check'"),
        ("explain domains/foreign", "domains/foreign-domain"),
        ("effective", "effective needs a PATH"),
        ("", "a command is missing"),
    ] {
        let words: Vec<&OsStr> = args.split_ascii_whitespace().map(AsRef::as_ref).collect();
        assert_refused(&run(&mut maillint(&words), b""), why);
    }
}

#[test]
fn odd_words_for_flags_are_refused_harmlessly() {
    for (word, _) in ODD_NAMES {
        let word = OsStr::from_bytes(word);
        for flag in ["--kind", "--select", "--format", "--fail-on"] {
            assert_refused(&run(&mut maillint(&["check".as_ref(), flag.as_ref(), word]), b""), "");
        }
        let joined = OsString::from_iter(["--".as_ref(), word]);
        assert_refused(&run(&mut maillint(&["check".as_ref(), &joined]), b""), "");
        assert_refused(&run(&mut maillint(&[word]), b""), "");
        assert_refused(&run(&mut maillint(&["explain".as_ref(), word]), b""), "");
    }
}

#[test]
fn standard_input_needs_a_kind_and_is_only_one_thing() {
    let scene = Scene::new();
    let beside = scene.bad_table();
    let no_kind = check_as(maillint, &["-".as_ref(), &beside], BAD_TABLE.as_bytes());
    assert_one_unread(&no_kind, "standard input has no name; say with --kind what it is", 1);
    let both: [&OsStr; 5] =
        ["--kind".as_ref(), "userdomains".as_ref(), "-".as_ref(), "--files-from".as_ref(), "-".as_ref()];
    assert_refused(&check_as(maillint, &both, b""), "standard input cannot be both a file and the list of files");
}

const MIB: usize = 1 << 20;

/// The program with a limit of the shell's on what it may use.
fn limited(limit: &str, args: &[&OsStr]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{limit}; exec \"$0\" \"$@\"")).arg(MAILLINT).args(args);
    command
}

/// Checks a file of so many bytes, the same few again and again, in all formats and with the memory that a run may
/// have. ([`run`] looks at the time.)
fn check_repeated(name: &str, few: &[u8], len: usize) {
    let scene = Scene::new();
    let text: Vec<u8> = few.iter().copied().cycle().take(len).collect();
    let file = scene.file(format!("tree/etc/{name}"), text);
    let run = check_as(|args| limited(&format!("ulimit -v {MEMORY}"), args), &[&file], b"");
    assert!(run.status < 2 && run.err.is_empty(), "{}: {}", few.escape_ascii(), run.err);
}

#[test]
fn a_mib_of_the_same_bytes_is_checked_soon() {
    for few in [b"\0".as_slice(), b" ", b"\n", b":", b"x", b"\"\\", b"#", b"\xff", b"\xef\xbb\xbf", b"\r", b"x "] {
        for name in ["userdomains", "resolv.conf", "nsswitch.conf"] {
            check_repeated(name, few, MIB);
        }
    }
}

/// Lines each of which has a finding, or more.
const DENSE: [(&str, &[u8]); 19] = [
    ("userdomains", b"a\n"),
    ("userdomains", b" a\n"),
    ("userdomains", b"a:b\n b\n"),
    ("userdomains", b"a\0\n"),
    ("userdomains", b"\"\n"),
    ("userdomains", b"\"\\\n"),
    ("userdomains", b"*.A.net: x #\n"),
    ("userdomains", b"yahoo.com: x\n"),
    ("userdomains", b"\xef\xbb\xbf\xff\x1b\n"),
    ("resolv.conf", b"a\n"),
    ("resolv.conf", b"nameservr 1\n"),
    ("resolv.conf", b" search a\n"),
    ("resolv.conf", b"nameserver a,\n"),
    ("resolv.conf", b"nameserver 010.1.1 x\n"),
    ("resolv.conf", b"search a, # b\n"),
    ("resolv.conf", b"options attempts:0 timeout:a ndots:99 rotate,\n"),
    ("resolv.conf", b"options "),
    ("resolv.conf", b"search a"),
    ("resolv.conf", b"sortlist 10.0.0.0/8 x\n"),
];

#[test]
fn a_file_in_which_every_line_is_wrong_is_checked_soon() {
    // Its report is a thousand times as large as the file, and takes long without optimisation, to write and to read.
    let len = if cfg!(debug_assertions) { MIB / 64 } else { MIB / 4 };
    DENSE.into_iter().for_each(|(name, few)| check_repeated(name, few, len));
}

#[test]
fn more_folders_than_a_process_may_open_are_checked() {
    let scene = Scene::new();
    let tables: Vec<OsString> = (0..100).map(|number| scene.file(format!("{number}/userdomains"), BAD_TABLE)).collect();
    let run =
        check_as(|args| limited("ulimit -n 64", args), &tables.iter().map(AsRef::as_ref).collect::<Vec<_>>(), b"");
    assert_eq!((run.status, run.findings()), (1, 100), "{}", run.err);
}

#[test]
fn a_long_list_of_files_is_no_work() {
    let scene = Scene::new();
    let files = (0..60_000).map(|number| scene.file(format!("{number}"), ""));
    let list = files.fold(Vec::new(), |list, file| [&list, file.as_bytes(), b"\n"].concat());
    let args = ["check", "--kind=userdomains", "--files-from=-"].map(OsStr::new);
    assert_eq!(run(&mut maillint(&args), &list).out, "no problems found; 60000 files checked\n");
}
