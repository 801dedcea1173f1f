//! What maillint says of filters that fail only when a message comes, against Exim's deliveries: the same filters fail, in
//! the same words. And of filters as cPanel writes them it says nothing.
//!
//! A message to thousands of addresses is delivered, each address through a filter of its own. Filters are read and run as
//! nobody, without a network; what they deliver is bypassed (`exim -N`), and none holds anything that runs, looks up or opens
//! something. `MAILLINT_CASES=50000 cargo test --release --test exim_filter_runtime` tries more.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers")]
#![allow(clippy::print_stdout, reason = "the counts are shown when a test fails")]

mod common;
#[path = "exim_filters/guarded.rs"]
mod guarded;
#[path = "exim_filters/maker.rs"]
mod maker;
#[path = "exim_filters/panel.rs"]
mod panel;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Random, cases, exim};
use guarded::Guarded;
use maillint::check::{Request, Wanted, check};
use maillint::exim_expansion::{Engine, Forbidden, Setting};
use maillint::exim_filter::run::{Circumstances, Outcome, Run};
use maillint::exim_filter::{Filter, Permissions, Verdict, Whose};
use maillint::exim_pattern::expansion_judge;
use maillint::tree::Memory;
use maker::Maker;
use panel::Panel;
use tempfile::TempDir;

/// The Exim of this test: a light build of Debian, under a router that forbids what cPanel's forbid.
const SETTING: Setting = Setting {
    engine: Engine::debian_light(),
    forbidden: Forbidden::RUN
        .and(Forbidden::PERL)
        .and(Forbidden::LOOKUP)
        .and(Forbidden::READFILE)
        .and(Forbidden::READSOCKET),
    pattern_error: Some(expansion_judge),
    ..Setting::filter()
};

#[test]
fn filters_fail_as_exim_says() {
    let Some(exim) = exim() else { return };
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "this test must be run by root, and in CI no test may be skipped");
        println!("SKIPPED: only root can have Exim deliver as other users");
        return;
    }
    let mut random = Random::new();
    let folder = folder();
    let (mut seen, mut left, mut number) = (Seen::default(), cases(5_000), 0);
    while left > 0 {
        let batch = left.min(5_000);
        left -= batch;
        let filters: Vec<Vec<u8>> = (0..batch).map(|_| Maker { random: &mut random }.filter()).collect();
        for (at, filter) in filters.iter().enumerate() {
            fs::write(folder.path().join("filters").join((number + at).to_string()), filter).expect("a filter");
        }
        let answers = delivered(&exim, folder.path(), number..number + batch, "");
        for (at, filter) in filters.iter().enumerate() {
            let none = Answer::default();
            seen.compare(number + at, filter, answers.get(&(number + at)).unwrap_or(&none));
            fs::remove_file(folder.path().join("filters").join((number + at).to_string())).expect("it is removed");
        }
        number += batch;
    }
    seen.report(cases(5_000));
}

/// What Exim logs of an address.
#[derive(Default)]
struct Answer {
    /// Why its filter failed.
    failed: Option<String>,
    /// Why what its filter delivers failed.
    bounced: Vec<String>,
}

/// How often what happened.
#[derive(Default)]
struct Seen {
    counts: BTreeMap<String, usize>,
}

impl Seen {
    fn compare(&mut self, number: usize, bytes: &[u8], exim: &Answer) {
        let filter = Filter::parse(bytes, Permissions::CPANEL);
        let shown = || format!("filter {number}\n{}\n", String::from_utf8_lossy(bytes));
        if filter.verdict != Verdict::Accepted {
            let words = filter.says(bytes);
            assert_eq!(words.as_deref().map(logged), exim.failed, "{}", shown());
            return self.count("not a filter");
        }
        let local_part = number.to_string();
        let whose = Whose::Mailbox(b"f.test", local_part.as_bytes());
        let run = Run::of(&filter, bytes, &Circumstances { setting: SETTING, whose, runs_as: Some((65534, 65534)) });
        let expected = match run.outcome() {
            Outcome::CannotTell => return self.count("cannot tell"),
            Outcome::Runs => None,
            Outcome::Fails(words) => Some(logged(&words)),
        };
        assert_eq!(expected, exim.failed, "{}", shown());
        let failure = run.failures().iter().find(|failure| failure.what.stops_filter());
        if let Some(failure) = failure {
            assert!(failure.span.end as usize <= bytes.len() && failure.span.start <= failure.span.end);
            let name = format!("{:?}", failure.what);
            return self.count(name.split('(').next().unwrap_or_default());
        }
        // Of each command that is run when the filter is done Exim says only the first thing.
        let mut commands: Vec<&[u8]> = Vec::new();
        for failure in run.failures().iter().filter(|failure| failure.reach().always) {
            let command =
                filter.commands.iter().find(|command| command.span.range().contains(&(failure.span.start as usize)));
            let Some(command) = command else { panic!("{}", shown()) };
            let command = &bytes[command.span.range()];
            let is_first = !commands.contains(&command);
            commands.push(command);
            if let Some(words) = failure.words.as_deref().map(logged).filter(|_| is_first) {
                assert!(exim.bounced.contains(&words), "{}{words}\nbounced: {:?}", shown(), exim.bounced);
            }
        }
        let count = commands.len();
        assert!(exim.bounced.is_empty() || count > 0, "{}bounced: {:?}", shown(), exim.bounced);
        let is_mail = exim.bounced.iter().any(|words| words.contains("autoreply"));
        self.count(if is_mail {
            "Recipient"
        } else if count > 0 {
            "Pipe"
        } else {
            "runs"
        });
    }

    fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    /// A run must come to everything that can fail, and enough must be told of.
    fn report(&self, cases: usize) {
        println!("{:?}", self.counts);
        let count = |name: &str| self.counts.get(name).copied().unwrap_or_default();
        assert!(count("cannot tell") * 4 < cases, "too much is not told");
        assert!(count("runs") * 10 > cases, "too few run to their end");
        if cases >= 5_000 {
            for what in [
                "Expansion",
                "Number",
                "Pattern",
                "Address",
                "ErrorsTo",
                "AddedVariable",
                "AddedNumber",
                "HeaderBreak",
                "ExtraHeader",
                "Unprintable",
                "OnceRepeat",
                "NoLogfile",
                "RelativeLogfile",
                "Pipe",
                "Recipient",
            ] {
                assert!(count(what) > 0, "no {what}");
            }
        }
    }
}

/// Words as Exim's log shows them: what cannot be printed as an escape, but for a tab.
fn logged(words: &[u8]) -> String {
    let shown = words.iter().map(|&byte| match byte {
        b'\t' | b' '..=b'~' => char::from(byte).to_string(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        8 => "\\b".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        _ => format!("\\{byte:03o}"),
    });
    shown.collect()
}

/// Delivers a message to addresses, and reads in Exim's log what became of it.
fn delivered(exim: &Path, folder: &Path, numbers: std::ops::Range<usize>, headers: &str) -> BTreeMap<usize, Answer> {
    let mut input = "MAIL FROM:<sender@s.test>\n".to_owned();
    for number in numbers {
        let _ = writeln!(input, "RCPT TO:<{number}@f.test>");
    }
    let _ = write!(input, "DATA\nSubject: test\n{headers}\ntest\n.\nQUIT\n");
    let log = folder.join("log/mainlog");
    let _ = fs::remove_file(&log);
    // In two steps: while it receives, Exim gives up its privileges, and would have none to deliver with.
    for (arguments, input) in [(["-odq", "-bS"], input.as_bytes()), (["-N", "-qf"], b"")] {
        let mut child = Command::new("unshare")
            .arg("--net")
            .arg(exim)
            .arg("-C")
            .arg(folder.join("exim.conf"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Exim starts");
        child.stdin.take().expect("an input").write_all(input).expect("Exim reads");
        assert!(child.wait().expect("Exim ends").success());
    }
    let answers = answers(&fs::read(&log).expect("Exim logs"));
    let _ = fs::remove_dir_all(folder.join("spool"));
    answers
}

/// Takes a log apart.
fn answers(log: &[u8]) -> BTreeMap<usize, Answer> {
    let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
    for line in log.split(|&byte| byte == b'\n') {
        // Behind the time and the message's name.
        let Some(entry) = line.get(37..) else { continue };
        let until =
            |text: &[u8], end: &[u8]| memchr::memmem::find(text, end).map(|at| (text[..at].to_vec(), at + end.len()));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let number = |text: &[u8]| str::from_utf8(text).ok().and_then(|text| text.parse::<usize>().ok());
        if let Some(rest) = entry.strip_prefix(b"== ")
            && let Some((address, at)) = until(rest, b"@f.test R=f defer (-17): error in filter file: ")
            && let Some(number) = number(&address)
        {
            answers.entry(number).or_default().failed = Some(text(&rest[at..]));
        } else if let Some(rest) = entry.strip_prefix(b"** |").or_else(|| entry.strip_prefix(b"** >"))
            && let Some((before, at)) =
                until(rest, b"@f.test> R=f T=address_pipe: ").or_else(|| until(rest, b"@f.test> R=f T=t: "))
            && let Some(start) = before.iter().rposition(|&byte| byte == b'<')
            && let Some(number) = number(&before[start + 1..])
        {
            answers.entry(number).or_default().bounced.push(text(&rest[at..]));
        }
    }
    answers
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(folder.path(), 0o755);
    for name in ["filters", "log"] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    // Exim logs as its own user.
    mode(&folder.path().join("log"), 0o777);
    let path = folder.path().display();
    let configuration = format!(
        "primary_hostname = test\nspool_directory = {path}/spool\nlog_file_path = {path}/log/%slog\nkeep_environment =\n\
         acl_smtp_rcpt = all\nrecipients_max = 0\nbegin acl\nall:\n accept\nbegin routers\nf:\n driver = redirect\n \
         domains = f.test\n file = {path}/filters/${{lookup{{$local_part}}dsearch{{{path}/filters}}}}\n allow_filter\n \
         allow_fail\n forbid_filter_run\n forbid_filter_perl\n forbid_filter_lookup\n forbid_filter_readfile\n \
         forbid_filter_readsocket\n user = nobody\n group = nogroup\n modemask = 000\n file_transport = t\n \
         directory_transport = t\n pipe_transport = address_pipe\n reply_transport = t\nd:\n driver = accept\n \
         transport = t\nbegin transports\nt:\n driver = autoreply\naddress_pipe:\n driver = pipe\nbegin retry\n\
         * * F,2h,15m\n"
    );
    fs::write(folder.path().join("exim.conf"), configuration).expect("the configuration");
    folder
}

/// Of a comparison with a header it is said that a message without the header fails exactly when there is such a message:
/// whatever asks about the header before it, and whatever asks about another one.
#[test]
fn guards_are_understood() {
    let Some(exim) = exim() else { return };
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "this test must be run by root, and in CI no test may be skipped");
        return;
    }
    let mut random = Random::new();
    let folder = folder();
    let count = cases(5_000) / 5;
    let filters: Vec<(Vec<u8>, bool)> = (0..count).map(|_| Guarded::new(&mut random).filter()).collect();
    for (number, (filter, _)) in filters.iter().enumerate() {
        fs::write(folder.path().join("filters").join(number.to_string()), filter).expect("a filter");
    }
    // Messages without the header that is compared, and with another one as it may be.
    let answers = ["", "X-Other: 1\n", "X-Other: 7\n", "X-Other: x\n"]
        .map(|headers| delivered(&exim, folder.path(), 0..count, headers));
    let (mut told, mut silent, mut open) = (0, 0, 0);
    for (number, (bytes, has_pattern)) in filters.iter().enumerate() {
        let fails = answers.iter().any(|answers| answers.get(&number).is_some_and(|answer| answer.failed.is_some()));
        let filter = Filter::parse(bytes, Permissions::CPANEL);
        let whose = Whose::Unknown;
        let run = Run::of(&filter, bytes, &Circumstances { setting: SETTING, whose, runs_as: Some((65534, 65534)) });
        let is_told = !run.failures().is_empty();
        let shown = String::from_utf8_lossy(bytes);
        assert!(fails || !is_told, "no message fails\n{shown}");
        assert!(is_told || !fails || *has_pattern, "a message fails\n{shown}");
        match (is_told, fails) {
            (true, _) => told += 1,
            (false, false) => silent += 1,
            (false, true) => open += 1,
        }
    }
    println!("{told} told, {silent} silent, {open} left open because of a pattern");
    assert!(told * 5 > count && silent * 5 > count);
}

/// The rules about what fails when Exim runs a filter.
fn is_about_running(rule: &str) -> bool {
    let name = rule.strip_prefix("exim-filter/").unwrap_or_default();
    [
        "bad-add",
        "bad-address",
        "bad-expansion",
        "bad-mail-argument",
        "bad-mail-recipient",
        "bad-number",
        "bad-once-repeat",
        "bad-pattern",
        "bad-pipe-argument",
        "relative-logfile",
        "relative-save",
        "foreign-errors-to",
        "logwrite-without-logfile",
        "unguarded-address",
        "unguarded-number",
    ]
    .contains(&name)
}

/// Filters as cPanel writes them: nothing fails in them.
#[test]
fn filters_of_cpanel_are_clean() {
    let mut random = Random::new();
    let count = cases(2_000);
    let mut lines = 0;
    for number in 0..count {
        let filter = Panel { random: &mut random }.filter();
        lines += filter.split(|&byte| byte == b'\n').count();
        let mut tree = Memory::default();
        let place = [
            "home/tide/etc/filter",
            "etc/vfilters/tidepool-pottery.com",
            "home/tide/etc/tidepool-pottery.com/info/filter",
            "etc/cpanel_exim_system_filter",
        ][number % 4];
        tree.file(place, filter.clone());
        tree.file("etc/passwd", b"tide:x:1001:1001::/home/tide:/bin/bash\n".as_slice());
        tree.file("etc/userdomains", b"tidepool-pottery.com: tide\n".as_slice());
        let checked = check(&Request {
            tree: &tree,
            root: None,
            wanted: Wanted::Whole,
            is_server: true,
            glibc: None,
            hostname: None,
            threads: Some(1),
        });
        let found: Vec<String> = checked
            .findings
            .iter()
            .filter(|finding| is_about_running(finding.rule.id))
            .map(|finding| format!("{}: {}", finding.rule.id, finding.message.visible()))
            .collect();
        assert!(found.is_empty(), "{}{found:#?}", String::from_utf8_lossy(&filter));
    }
    println!("{count} filters of {lines} lines");
    assert!(lines > count * 10);
}
