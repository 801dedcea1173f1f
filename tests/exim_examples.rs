//! The examples of the rules about Exim filters against the installed Exim: of every file it says what its page says,
//! and nothing of those that are good.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers")]
#![allow(clippy::print_stdout, reason = "the counts are shown when a test fails")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use common::{Random, ask, cases, exim};
use maillint::check::{Request, check};
use maillint::kind::Kind;
use maillint::rule::{CATALOGUE, Example, Verdict};
use maillint::text::Untrusted;
use maillint::tree::Memory;
use tempfile::TempDir;

/// What is about a file's mode, owner and size, which the routers of this test do not look at; a file that is not there; and
/// what Exim does not come to when it only tests an address or a filter, or comes to by a message with some header. Of that
/// `exim_filter_runtime.rs` asks it.
const NOT_ASKED: [&str; 11] = [
    "exim-filter/bad-mode",
    "exim-filter/bad-owner",
    "exim-filter/unreadable",
    "exim-filter/bad-mail-recipient",
    "exim-filter/bad-once-repeat",
    "exim-filter/bad-pipe-argument",
    "exim-filter/logwrite-without-logfile",
    "exim-filter/missing-system-filter",
    "exim-filter/relative-logfile",
    "exim-filter/relative-save",
    "exim-filter/unguarded-number",
];

#[test]
fn exim_says_what_the_pages_say() {
    let Some(exim) = exim() else { return };
    if !rustix::process::geteuid().is_root() {
        // Exim tells the words of a filter's error to nobody else. It reads the filters as nobody.
        assert!(std::env::var_os("CI").is_none(), "this test must be run by root, and in CI no test may be skipped");
        println!("SKIPPED: only root is told what is wrong in a filter");
        return;
    }
    let folder = folder();
    let (mut files, mut refused) = (0, 0);
    for rule in CATALOGUE.iter().filter(|rule| rule.subject() == "exim-filter" && !NOT_ASKED.contains(&rule.id)) {
        for (number, example) in rule.page().examples.iter().enumerate() {
            let answers = answers(&exim, folder.path(), example);
            let name = format!("{}, example {}", rule.id, number + 1);
            let words: Vec<String> = answers.iter().flatten().filter_map(Refusal::words).collect();
            let is_refused = answers.iter().flatten().count() > 0;
            // What Exim meets only when it runs the filter makes no difference to it here: it runs it.
            let is_met = example.engine.unwrap_or(rule.engine) == Verdict::Refuses || !example.says.is_empty();
            let expects_refusal = example.bad && is_met;
            assert_eq!(is_refused, expects_refusal, "{name}: {words:?}");
            // Of what is refused without words, the page knows none.
            if !example.says.is_empty() || !expects_refusal {
                // What it meets when it runs a filter, it stops at: a page may have more to say of the same file.
                let mut says = example.says.iter();
                let are_said = words.iter().all(|word| says.any(|said| said == word));
                let is_run = example.engine.unwrap_or(rule.engine) == Verdict::Accepts;
                assert!(words == example.says || (is_run && are_said), "{name}: {words:?}");
            }
            files += answers.len();
            refused += answers.iter().flatten().count();
        }
    }
    println!("{files} files, {refused} of them refused");
    assert!(files > 100 && refused > 60);
}

/// Words of filters and of lists.
const WORDS: &[&[u8]] = &[
    b"if",
    b"save",
    b"deliver",
    b"then",
    b"finish",
    b"$h_subject:",
    b"contains",
    b"\"x\"",
    b"\"a, b\"",
    b"joe@example.com",
    b"/dev/null",
    b"\"/dev/null\"",
    b"660",
    b"is",
    b"^\\N",
    b"||",
    b"a.b",
    b".x",
    b"x.",
    b"..",
    b"fail",
    b"text",
    b"pipe",
    b"\"|/bin/x -y\"",
    b"$home/x",
    b"[x]",
    b"x:y",
    b"!",
    b"${x}",
    b"#",
    b"a#b",
    b"\"$home/a\"660",
    b"\"\"",
    b"a,b",
    b"'",
    b"caf\xc3\xa9",
    b"\xa0",
    b"\x80\xff",
    b"|x",
    b"\n",
    b"\n",
    b"\n",
    b"\r\n",
    b"\t",
    b",",
    b"(x)",
    b"<joe@example.com>",
    b"\"a \\\" b\"",
    b"\"\\\\\"",
    b"\"",
    b"\\",
    b"(",
    b";",
    b"*",
    b"@",
    b"\"a <b> (c)\"",
    b"finish",
    b"unseen",
    b"joe",
];

/// What is said of a list of addresses, made of such words in any order, is what Exim says of it.
#[test]
fn lists_of_addresses_are_refused_as_predicted() {
    let Some(exim) = exim() else { return };
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "this test must be run by root, and in CI no test may be skipped");
        return;
    }
    let folder = folder();
    let mut random = Random::new();
    let (mut told, mut accepted) = (0, 0);
    for _ in 0..cases(20_000) / 20 {
        let start =
            random.pick(&[b"".as_slice(), b"", b"\xef\xbb\xbf# Exim filter\n", b"#\n# Exim filter\n", b"#eximfilte\n"]);
        let mut list = start.to_vec();
        for _ in 0..=random.below(8) {
            list.extend_from_slice(random.pick(WORDS));
            list.extend_from_slice(random.pick(&[b" ".as_slice(), b" ", b" ", b"\n", b""]));
        }
        let mut tree = Memory::default();
        tree.file("home/tide/etc/filter", list.as_slice());
        tree.file("etc/passwd", b"tide:x:1001:1001::/home/tide:/bin/bash\n".as_slice());
        let checked = check(&Request { threads: Some(1), ..Request::of_server(&tree) });
        let Some(finding) = checked.findings.told.iter().find(|finding| finding.rule.id == "exim-filter/not-a-filter")
        else {
            continue;
        };
        fs::write(folder.path().join("filters/x"), &list).expect("the list is written");
        let answer = routed(&exim, folder.path());
        let shown = list.escape_ascii();
        if let Some(says) = finding.engine_says.first() {
            told += 1;
            assert_eq!(answer.and_then(|answer| answer.words()), Some(says.visible()), "{shown}");
        } else if finding.engine == Verdict::Accepts {
            assert!(answer.is_none(), "{shown}");
        }
        accepted += usize::from(finding.engine == Verdict::Accepts);
    }
    println!("{told} refused in the words that were foretold, {accepted} accepted");
    assert!(told > cases(20_000) / 200);
}

/// What Exim says when it refuses a file; nothing when it dies of it.
struct Refusal(Option<Vec<u8>>);

impl Refusal {
    fn words(&self) -> Option<String> {
        self.0.as_ref().map(|words| Untrusted::from(words.as_slice()).visible())
    }
}

/// What Exim says of each filter of an example, in the order of their paths.
fn answers(exim: &Path, folder: &Path, example: &Example) -> Vec<Option<Refusal>> {
    let mut files: Vec<_> =
        example.files.iter().filter_map(|file| Some((file.path.as_deref()?, file.bytes.as_slice()))).collect();
    files.sort_unstable();
    let answer = |(path, bytes): (&str, &[u8])| {
        fs::write(folder.join("filters/x"), bytes).expect("the filter is written");
        match Kind::of_path(path.as_bytes()) {
            Some(Kind::EximFilter) => Some(routed(exim, folder)),
            Some(Kind::EximSystemFilter) => Some(tested(exim, folder)),
            _ => None,
        }
    };
    files.into_iter().filter_map(answer).collect()
}

/// Reads a filter as one of cPanel's routers does.
fn routed(exim: &Path, folder: &Path) -> Option<Refusal> {
    let configuration = folder.join("exim.conf");
    let mut command = Command::new("unshare");
    command.arg("--net").arg(exim).arg("-C").arg(configuration).args(["-bt", "x@user.test"]);
    let output = command.output().expect("Exim runs").stdout;
    let rest = output.strip_prefix(b"x@user.test cannot be resolved at this time:")?;
    let words = [b" error in filter file: ".as_slice(), b" error in redirect file: "];
    let words = words.into_iter().find_map(|start| rest.strip_prefix(start));
    Some(Refusal(words.map(|words| words.trim_ascii_end().to_vec())))
}

/// Reads a filter as Exim does when it tests a system filter, as nobody.
fn tested(exim: &Path, folder: &Path) -> Option<Refusal> {
    let path = folder.join("filters/x").display().to_string();
    let script = format!("{} -bF {path} </dev/null 2>/dev/null; echo \"status $?\"", exim.display());
    let output = ask(Path::new("/bin/sh"), &["-c", &script], Vec::new());
    if output.ends_with(b"status 0\n") {
        return None;
    }
    let start = output.windows(14).position(|window| window == b"Filter error: ");
    let words = start.map(|at| output[at + 14..].split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec());
    Some(Refusal(words))
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for filters");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("nobody may enter it");
    fs::create_dir(folder.path().join("filters")).expect("a folder for filters");
    let path = folder.path().display();
    let configuration = format!(
        "primary_hostname = test\nspool_directory = {path}/spool\nlog_file_path = {path}/%slog\nkeep_environment =\n\
         begin routers\nuser:\n driver = redirect\n domains = user.test\n file = {path}/filters/x\n allow_filter\n \
         allow_fail\n forbid_filter_run\n forbid_filter_perl\n forbid_filter_lookup\n forbid_filter_readfile\n \
         forbid_filter_readsocket\n user = nobody\n group = nogroup\n modemask = 000\n file_transport = t\n directory_transport = t\n \
         pipe_transport = t\n reply_transport = t\n no_more\nbegin transports\nt:\n driver = autoreply\n"
    );
    fs::write(folder.path().join("exim.conf"), configuration).expect("the configuration is written");
    folder
}
