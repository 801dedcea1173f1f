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

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Random, cases, exim};
use maillint::check::{Request, Wanted, check};
use maillint::exim_expansion::{Engine, Forbidden, Setting};
use maillint::exim_filter::run::{Circumstances, Outcome, Run};
use maillint::exim_filter::{Filter, Permissions, Verdict, Whose};
use maillint::exim_pattern::expansion_judge;
use maillint::tree::Memory;
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
        assert!(count("runs") * 8 > cases, "too few run to their end");
        if cases >= 2_000 {
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

/// Writes filters that every message comes to.
struct Maker<'r> {
    random: &'r mut Random,
}

impl Maker<'_> {
    fn chance(&mut self, one_in: usize) -> bool {
        self.random.below(one_in) == 0
    }

    fn one_of<'t>(&mut self, things: &[&'t str]) -> &'t str {
        things[self.random.below(things.len())]
    }

    fn filter(&mut self) -> Vec<u8> {
        let mut out = b"# Exim filter\n".to_vec();
        for _ in 0..=self.random.below(3) {
            self.statement(&mut out, 2);
        }
        out
    }

    fn statement(&mut self, out: &mut Vec<u8>, depth: usize) {
        if depth > 0 && self.chance(4) {
            let (condition, holds) = self.random_certainty();
            let _ = write!(out, "if {condition} then\n");
            if holds {
                self.statement(out, depth - 1);
                out.extend_from_slice(b"else\n");
            }
            let never = self.one_of(&["testprint \"$nosuch\"\n", "logwrite x\n", "finish\n", "logfile x\n"]);
            out.extend_from_slice(never.as_bytes());
            if !holds {
                out.extend_from_slice(b"else\n");
                self.statement(out, depth - 1);
            }
            out.extend_from_slice(b"endif\n");
            return;
        }
        match self.random.below(20) {
            0..=7 => self.condition(out),
            8 => self.command(out, &["add ", "\0n", " to ", "\0v", "\n"]),
            9 | 10 => self.command(out, &["unseen deliver ", "\0a", "\n"]),
            11 => self.command(out, &["unseen deliver x@y errors_to ", "\0e", "\n"]),
            12 => self.command(out, &["logfile ", "\0l", "\n", "testprint ", "\0x", "\n"]),
            13 => self.command(out, &["logwrite ", "\0x", "\n"]),
            14 => self.command(out, &["unseen save ", "\0x", " 660\n"]),
            15 | 16 => self.mail(out),
            17 => self.pipe(out),
            18 => self.command(out, &["headers charset ", "\0x", "\n"]),
            _ if self.chance(3) => self.command(out, &["fail text ", "\0x", "\n"]),
            _ => self.command(out, &["testprint ", "\0x", "\n"]),
        }
    }

    fn random_certainty(&mut self) -> (&'static str, bool) {
        const ALL: [(&str, bool); 12] = [
            ("\"a\" is \"A\"", true),
            ("a IS A", false),
            ("not (a contains b) and 5 is above 4", true),
            ("010 is above 8", false),
            ("(\"***SPAM***\" contains \"**SPAM**\")", false),
            ("abc begins AB or $h_x: is above 5", true),
            ("abc does not end bc", false),
            ("a is b and $nosuch is x", false),
            ("\"${lc:ABC}\" IS \"abc\"", true),
            ("1k is above 1000 and 0x is below 1", true),
            ("a contains \"\"", false),
            ("a CONTAINS \"\"", true),
        ];
        ALL[self.random.below(ALL.len())]
    }

    /// Writes a command; a part that begins with a NUL stands for a value of a kind.
    fn command(&mut self, out: &mut Vec<u8>, parts: &[&str]) {
        for part in parts {
            let value = match part.strip_prefix('\0') {
                Some("n") => self.number(),
                Some("v") => self.variable(),
                Some("a") => self.address(),
                Some("l") => self.one_of(&["/no/such/file", "x.log", "${lc:X}", "$tod_epoch"]).to_owned(),
                Some("e") => {
                    let address = self.address();
                    let value = address.replace(|letter: char| letter.is_whitespace(), "");
                    out.extend_from_slice(value.as_bytes());
                    continue;
                }
                Some(_) => self.text(),
                None => {
                    out.extend_from_slice(part.as_bytes());
                    continue;
                }
            };
            self.quoted(out, value.into_bytes());
        }
    }

    fn condition(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"if ");
        if self.chance(5) {
            out.extend_from_slice(
                self.one_of(&["not ", "a is a and ", "a is b or ", "(a is b or c is d) or "]).as_bytes(),
            );
        }
        match self.random.below(5) {
            0 | 1 => {
                let left = self.number();
                self.quoted(out, left.into_bytes());
                let operator = self.one_of(&["is above", "is below", "above", "is not below", "does not above"]);
                out.extend_from_slice(format!(" {operator} ").as_bytes());
                let right = self.number();
                self.quoted(out, right.into_bytes());
            }
            2 | 3 => {
                out.extend_from_slice(self.one_of(&["abc", "\"a1\"", "$message_size", "$h_subject:"]).as_bytes());
                out.extend_from_slice(self.one_of(&[" matches ", " MATCHES ", " does not match "]).as_bytes());
                let pattern = self.pattern();
                self.quoted(out, pattern);
            }
            _ => {
                let left = self.text();
                self.quoted(out, left.into_bytes());
                out.extend_from_slice(self.one_of(&[" contains ", " is ", " begins ", " ENDS "]).as_bytes());
                let right = self.text();
                self.quoted(out, right.into_bytes());
            }
        }
        out.extend_from_slice(b" then testprint x endif\n");
    }

    fn mail(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.one_of(&["mail", "vacation", "noerror mail"]).as_bytes());
        for _ in 0..=self.random.below(3) {
            let key = self.one_of(&[
                "to",
                "cc",
                "bcc",
                "from",
                "reply_to",
                "subject",
                "extra_headers",
                "text",
                "file",
                "expand file",
                "log",
                "once",
                "once_repeat",
                "once_repeat",
            ]);
            out.extend_from_slice(format!(" {key} ").as_bytes());
            let value = match key {
                "once_repeat" => self.time(),
                "extra_headers" => self.joined(&["X-A: b", "\n", "\n ", "X-B:", "c", ":", "\t", "\n\n", " "]),
                "to" => self.address(),
                "subject" | "from" => self.joined(&["a", "x@y", "\n", "\n ", "\n\t", ", ", "$n1", " ", "\x07"]),
                "file" | "log" | "once" => self.joined(&["/a", "b", "\n", "\t", "\x7f", " ", "\x01", "$n2"]),
                _ => self.text(),
            };
            self.quoted(out, value.into_bytes());
        }
        out.push(b'\n');
    }

    fn pipe(&mut self, out: &mut Vec<u8>) {
        let mut command = self.one_of(&["/bin/true", "|/bin/true", "| /bin/true"]).to_owned();
        for _ in 0..=self.random.below(3) {
            command.push(' ');
            let part = self.one_of(&[
                "a",
                "'$from'",
                "\"b \\$c\"",
                "$n0",
                "$tod_log",
                "\"$",
                "'${lc:X}'",
                "5$",
                "\\",
                "\"\\$ \"",
                "${lc:a",
                "b}",
            ]);
            command.push_str(part);
        }
        if self.chance(20) {
            command.push_str(&" x".repeat(56 + self.random.below(6)));
        }
        out.extend_from_slice(b"unseen pipe ");
        self.in_quotes(out, command.as_bytes());
        out.push(b'\n');
    }

    fn joined(&mut self, parts: &[&str]) -> String {
        (0..=self.random.below(4)).map(|_| self.one_of(parts)).collect()
    }

    fn number(&mut self) -> String {
        if self.chance(4) {
            return self.joined(&["1", "0", "x", "-", "+", "k", "M", " ", ".", ",", "9", "8", "f", "--", "\n", "\t"]);
        }
        let usual = [
            "5",
            "-5",
            "+7",
            "010",
            "08",
            "0x1f",
            "0X",
            "0xg",
            "10K",
            "5m",
            "1km",
            "1mk",
            "10MB",
            "1G",
            "5.0",
            "1,000",
            "",
            " 5",
            "5 ",
            "3000000000",
            "99999999999999999999",
            "-99999999999999999999",
            "$n1",
            "$sn9",
            "${eval:2*3}",
            "--5",
            "----5",
            "---5",
            "$message_size",
            "${strlen:abc}",
            "${lc:5}K",
            "5\\x4b",
        ];
        self.one_of(&usual).to_owned()
    }

    fn variable(&mut self) -> String {
        self.one_of(&["n1", "n9", "n0", "n1", "n3", "n10", "$n0", "x", "m1", "na", "n-", "n ", "N1", "${lc:N}1"])
            .to_owned()
    }

    fn time(&mut self) -> String {
        if self.chance(3) {
            return self.joined(&["1", "d", "h", "w", "s", "m", "0", " ", "x", ".5", "30", "3000000000s"]);
        }
        self.one_of(&["7d", "1h30m", "0s", "7", "7 d", "7 days", "", "1d ", "99999w", "1.5h", "${lc:7D}", "2w"])
            .to_owned()
    }

    fn address(&mut self) -> String {
        if self.chance(2) {
            return self.joined(&[
                "joe",
                "@",
                "x.test",
                ".",
                "<",
                ">",
                " ",
                ",",
                "\"",
                "(c)",
                "(",
                "\\",
                ":",
                ";",
                "[1.2.3.4]",
                "-",
                "a b",
                "$n0",
                "@a:",
                "\u{e9}",
                "+x",
                "\n",
            ]);
        }
        let usual = [
            "joe@x.test",
            "joe",
            "Joe <joe@x.test>",
            "a@x.test, b@x.test",
            "joe smith",
            "",
            "joe@",
            "@x.test",
            "\"joe smith\"@x.test",
            "<joe@x.test",
            "joe@x.test (Joe)",
            "$local_part@$domain",
            "${lc:JOE}@x.test",
            "\"box+Junk\"@x.test",
            "joe@x_y.test",
            "a..b@x.test",
        ];
        self.one_of(&usual).to_owned()
    }

    fn text(&mut self) -> String {
        let parts = [
            "a",
            "Abc",
            "$n1",
            "${lc:X}",
            "${if eq{a}{a}{b}{c}}",
            "\\$5",
            "\\N$x\\N",
            "$",
            "$nosuch",
            "${lc:a",
            "}",
            "\\",
            "$h_subject:",
            "${run{a}}",
            "${sg{a}{[a-c]}{b}}",
            "${if match{a}{*}{b}}",
            "${eval:1/0}",
            "${nosuch:a}",
            "${hash_3:abc}",
            "\\x41",
            " ",
            "/",
            "$1",
            "${substr_1_1:abc}",
            "${lookup",
            "\u{e9}",
            "${if eq{a}{b}{c}fail}",
        ];
        let known = if self.chance(3) { parts.len() } else { 7 };
        self.joined(&parts[..known]) + "x"
    }

    fn pattern(&mut self) -> Vec<u8> {
        const PARTS: &[&str] = &[
            "a",
            "b",
            ".",
            "*",
            "+",
            "?",
            "(",
            ")",
            "[",
            "]",
            "^",
            "$",
            "\\d",
            "\\",
            "|",
            "{2}",
            "{3,1}",
            "(?:",
            "(?i)",
            "(?=",
            "(?<=",
            "[a-z]",
            "[^",
            "[[:alpha:]]",
            "[[:foo:]]",
            "\\1",
            "\\x",
            "(?<n>a)",
            "\\g{n}",
            "(?P=n)",
            "\\Q",
            "\\E",
            "-",
            "\\p{L}",
            "(*UTF)",
            "(?#",
            "\\c",
            "#",
            " ",
            "\u{e9}",
            "(a|b)",
            "\\b",
            "\\N",
            "x{2,}",
        ];
        let mut pattern = (0..=self.random.below(6)).map(|_| self.one_of(PARTS)).collect::<String>().into_bytes();
        if self.chance(4) {
            self.random.damage(&mut pattern, b"()[]{}*+?\\^$|-\xe9\xff:<>!=");
        }
        pattern.retain(|&byte| byte != 0);
        // What stands in the filter is led through expansion; so that most patterns come through it as they are:
        match self.random.below(4) {
            0 => [b"\\N", &*pattern, b"\\N"].concat(),
            1 => pattern,
            _ => pattern
                .iter()
                .flat_map(|&byte| if b"\\$".contains(&byte) { vec![b'\\', byte] } else { vec![byte] })
                .collect(),
        }
    }

    /// Writes a value as a word, or in quotes of some kind.
    fn quoted(&mut self, out: &mut Vec<u8>, value: Vec<u8>) {
        let is_word = !value.is_empty()
            && !value.starts_with(b"\"")
            && !value.starts_with(b"#")
            && !value.iter().any(|byte| byte.is_ascii_whitespace() || b"()\x0b".contains(byte));
        if is_word && self.chance(3) && Maker::is_no_keyword(&value) {
            out.extend_from_slice(&value);
        } else {
            self.in_quotes(out, &value);
        }
    }

    /// Whether a word cannot be taken for one of the language.
    fn is_no_keyword(value: &[u8]) -> bool {
        value.iter().any(|byte| !byte.is_ascii_alphabetic())
    }

    fn in_quotes(&mut self, out: &mut Vec<u8>, value: &[u8]) {
        out.push(b'"');
        for &byte in value {
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                b'\n' => out.extend_from_slice(b"\\n"),
                _ if self.chance(40) => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
                _ if self.chance(60) => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
                _ if self.chance(80) => out.extend_from_slice(&[b'\\', b'\n', b' ', b' ', byte]),
                _ => out.push(byte),
            }
        }
        out.push(b'"');
    }
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

/// Writes filters with one comparison that needs a number from `X-Number`, behind conditions about it.
struct Guarded<'r> {
    random: &'r mut Random,
    /// Whether `X-Other` was asked about: twice would be about the same thing.
    has_other: bool,
    /// Whether `X-Number` is held against a pattern.
    has_pattern: bool,
}

impl<'r> Guarded<'r> {
    fn new(random: &'r mut Random) -> Self {
        Self { random, has_other: false, has_pattern: false }
    }

    fn filter(mut self) -> (Vec<u8>, bool) {
        let mut out = "# Exim filter\n".to_owned();
        for _ in 0..self.random.below(3) {
            let condition = self.condition(1);
            let end =
                self.random.pick(&["finish", "testprint x", "fail text x", "if $h_x-number: is x then finish endif"]);
            let rest = self.random.pick(&[
                "",
                "",
                "else finish ",
                "else testprint y ",
                "elif $h_x-number: is \"\" then finish ",
            ]);
            let _ = writeln!(out, "if {condition} then {end} {rest}endif");
        }
        let number = self.random.pick(&["$h_x-number:", "\"$h_X-Number: \"", "\"${lc:$rh_x-number:}\""]);
        let test = format!("{number} {} 5", self.random.pick(&["is above", "is not below"]));
        let guarded = match self.random.below(5) {
            0 => test,
            1 => format!("{} and {test}", self.condition(2)),
            2 => format!("{} or {test}", self.condition(2)),
            3 => format!("not ({} and {} and {test}) or delivered", self.condition(1), self.condition(1)),
            _ => format!("({} or {}) and (delivered or {test})", self.condition(1), self.condition(1)),
        };
        if self.random.below(3) == 0 {
            let around = self.condition(2);
            let _ = writeln!(out, "if {around} then if {guarded} then finish endif endif");
        } else {
            let before = if self.random.below(3) == 0 {
                format!("{} then finish elif ", self.condition(1))
            } else {
                String::new()
            };
            let _ = writeln!(out, "if {before}{guarded} then finish endif");
        }
        (out.into_bytes(), self.has_pattern)
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth > 0 && self.random.below(3) == 0 {
            let word = self.random.pick(&["and", "or"]);
            let not = self.random.pick(&["", "not "]);
            return format!("{not}({} {word} {})", self.condition(depth - 1), self.condition(depth - 1));
        }
        if !self.has_other && self.random.below(3) == 0 {
            self.has_other = true;
            return self
                .random
                .pick(&["$h_x-other: is 1", "$h_x-other: contains 7", "$h_x-other: is not \"\""])
                .to_owned();
        }
        if self.random.below(10) == 0 {
            self.has_pattern = true;
            return self.random.pick(&["$h_x-number: matches \\N^\\d+$\\N", "$h_x-number: matches \"^.\""]).to_owned();
        }
        self.random
            .pick(&[
                "$h_x-number: is \"\"",
                "$h_x-number: is not \"\"",
                "$h_X-NUMBER: contains 1",
                "\"${if def:h_x-number:{yes}{no}}\" is yes",
                "a is a",
                "a is b",
                "\"x$h_x-number:\" is x",
                "\"$rh_x-number: \" begins \" \"",
            ])
            .to_owned()
    }
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
        lines += filter.iter().filter(|&&byte| byte == b'\n').count();
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

/// Writes filters as cPanel does.
struct Panel<'r> {
    random: &'r mut Random,
}

impl Panel<'_> {
    fn one_of<'t>(&mut self, things: &[&'t str]) -> &'t str {
        things[self.random.below(things.len())]
    }

    fn filter(&mut self) -> Vec<u8> {
        let guard = "if not first_delivery and error_message then finish endif\n";
        let old = "# Exim filter\n\n# Auto Generated by cPanel.Do not manually edit this file as your changes will be \
                   overwritten\n\n";
        let new = "# Exim filter - auto-generated by cPanel.\n#\n# Do not edit\n#\n#\n\nheaders charset \"UTF-8\"\n\n";
        let generation = self.random.below(3);
        let mut out = match generation {
            0 => format!("{old}{guard}"),
            1 => format!("{new}{guard}\n"),
            _ => format!("{new}# SUSPEND RECEPTION OF NEW MESSAGES\nfail \"away until $5\"\n{guard}\n")
                .replace("until $5", "until \\\\$5"),
        };
        for number in 0..=self.random.below(5) {
            self.rule(&mut out, number, generation > 0);
        }
        if self.random.below(3) == 0 {
            let score = "+".repeat(1 + self.random.below(20));
            out.push_str(&format!(
                "#Generated Apache SpamAssassin\u{2122} Discard Rule (version 2)\nif $h_X-Spam-Bar: contains \"{score}\"\n\
                 then\n save \"/dev/null\" 660\nendif\n"
            ));
        }
        out.into_bytes()
    }

    fn rule(&mut self, out: &mut String, number: usize, has_guards: bool) {
        out.push_str(&format!("\n#Rule {number} $ 5% \"x\"\nif\n"));
        for part in 0..=self.random.below(4) {
            if part > 0 {
                out.push_str(self.one_of(&[" or", " and"]));
            }
            let test = self.test(has_guards);
            out.push_str(&format!(" {test}\n"));
        }
        out.push_str("then\n");
        for _ in 0..=self.random.below(2) {
            let value = self.value();
            let action = match self.random.below(9) {
                0 => " save \"/dev/null\" 660".to_owned(),
                1 => " save \"$home/mail/tidepool-pottery.com/info/.Junk/\" 660".to_owned(),
                2 => " deliver \"\\\"$local_part+Junk Mail\\\"@$domain\"".to_owned(),
                3 => " deliver \"\\\"tide+Junk\\\"\"".to_owned(),
                4 => " deliver \"tide@harbour-yoga.com\"".to_owned(),
                5 => " finish".to_owned(),
                6 => format!(" if error_message then save \"/dev/null\" 660 else fail \"{value}\" endif"),
                7 => " pipe \"/usr/local/cpanel/bin/autorespond info@tidepool-pottery.com /home/tide/.autorespond\""
                    .to_owned(),
                _ => " pipe \"$home/bin/x.php -q $local_part $domain\"".to_owned(),
            };
            out.push_str(&action);
            out.push('\n');
        }
        out.push_str("endif\n");
    }

    fn test(&mut self, has_guards: bool) -> String {
        let part = self.one_of(&[
            "$header_from:",
            "$header_subject:",
            "$header_to:",
            "$reply_address:",
            "$message_body",
            "$message_headers",
            "$h_List-Id:",
            "$h_X-Spam-Status:",
            "$h_X-Spam-Bar:",
            "$h_X-Spam-Score:",
        ]);
        match self.random.below(12) {
            0 => "not delivered".to_owned(),
            1 => "error_message".to_owned(),
            2 => {
                let value = self.value();
                format!("foranyaddress $h_to:,$h_cc:,$h_bcc: ( $thisaddress contains \"{value}\" ) ")
            }
            3 if has_guards => {
                let part = self.one_of(&["$h_X-Spam-Score:", "$h_x-spam-score:", "$h_X-Priority:"]);
                let operator = self.one_of(&["is above", "is not above", "is below", "is not below"]);
                let number = self.one_of(&["5", "-1", "50", "1000"]);
                format!("({part} matches \\N^-?\\d+$\\N and {part} {operator} \"{number}\")")
            }
            4 | 5 => {
                // As somebody types them who knows how.
                let pattern = self.one_of(&[
                    r"^\d+$",
                    r"\.(ru|cn)$",
                    r".*",
                    r"(?i)via[g9]ra",
                    r"[\w.-]+@example\.com",
                    r"^Re: \[list\] \$\d{2,}",
                    "^caf\u{e9}",
                    r"a{2,3}\\b",
                    r#""[^"]*" <"#,
                    r"\bfree\b|\$\$\$",
                ]);
                let operator = self.one_of(&["matches", "does not match"]);
                format!("{part} {operator} \"{}\"", encoded(pattern))
            }
            _ => {
                let operator = self.one_of(&[
                    "is",
                    "contains",
                    "does not contain",
                    "begins",
                    "does not begin",
                    "ends",
                    "does not end",
                ]);
                let value = self.value();
                format!("{part} {operator} \"{value}\"")
            }
        }
    }

    /// What somebody may type, as cPanel writes it.
    fn value(&mut self) -> String {
        const PIECES: &[&str] = &[
            "spam",
            "$",
            "\\",
            "\"",
            "5",
            "${",
            "}",
            " ",
            "*",
            "(",
            "[",
            "\u{e9}",
            "@",
            "example.com",
            "\n",
            "\t",
            "\\N",
            "$h_x:",
            "#",
            "%",
            "Re: ",
            "+++",
            "'",
            "then",
        ];
        let text: String = (0..=self.random.below(5)).map(|_| self.one_of(PIECES)).collect();
        encoded(&text)
    }
}

/// A value as cPanel writes it between quotes.
fn encoded(value: &str) -> String {
    value
        .replace('\\', "\\\\\\\\")
        .replace('"', "\\\"")
        .replace('$', "\\\\$")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}
