//! The parser of Exim's filter language against the installed Exim, live, on generated and damaged filters: the same
//! verdict, in the same words, with the same line number. And against itself: of several errors put into a filter each is
//! found where it is, and nothing else.
//!
//! `MAILLINT_CASES=200000 cargo test --release --test exim_filter` tries more; `MAILLINT_SEED` repeats a run.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers")]
#![allow(clippy::print_stdout, reason = "the counts are shown when a test fails")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Random, ask, cases, exim};
use maillint::exim_filter::{Action, Filter, Form, Permissions, Test, Verdict, What, Word};
use tempfile::TempDir;

/// What Exim says of a filter; nothing when it accepts it.
type Answer = Option<Vec<u8>>;

fn model(bytes: &[u8], permissions: Permissions) -> Answer {
    let filter = Filter::parse(bytes, permissions);
    assert_ne!(filter.verdict, Verdict::Crashes, "the tests keep clear of what Exim dies of");
    filter.says(bytes)
}

#[test]
fn routers_say_what_exim_says() {
    let Some(exim) = exim() else { return };
    if !rustix::process::geteuid().is_root() {
        // Exim tells the words of a filter's error to nobody else.
        assert!(std::env::var_os("CI").is_none(), "this test must be run by root, and in CI no test may be skipped");
        println!("SKIPPED: only root is told what is wrong in a filter");
        return;
    }
    let mut random = Random::new();
    let modes = [
        ("cpanel", "allow_fail", Permissions::CPANEL),
        ("plain", "", Permissions::TESTER),
        ("all", "allow_fail\n allow_defer\n allow_freeze", Permissions { headers: false, ..Permissions::SYSTEM }),
    ];
    let folder = folder();
    let routers = modes.map(|(name, options, _)| {
        let files = folder.path().join(name);
        fs::create_dir(&files).expect("a folder for filters");
        let files = files.display();
        format!(
            "{name}:\n driver = redirect\n domains = {name}.test\n file = {files}/${{lookup{{$local_part}}dsearch{{{files}}}}}\n \
             allow_filter\n {options}\n user = nobody\n group = nogroup\n modemask = 000\n file_transport = t\n \
             directory_transport = t\n pipe_transport = t\n reply_transport = t\n no_more\n"
        )
    });
    let path = folder.path().display();
    let configuration = format!(
        "primary_hostname = test\nspool_directory = {path}/spool\nlog_file_path = {path}/%slog\nkeep_environment =\n\
         begin routers\n{}begin transports\nt:\n driver = autoreply\n",
        routers.concat()
    );
    fs::write(folder.path().join("exim.conf"), configuration).expect("the configuration is written");

    let mut seen = Seen::default();
    let (mut number, mut left) = (0, cases(20_000));
    while left > 0 {
        let batch = left.min(20_000);
        left -= batch;
        let mut asked = Vec::new();
        let mut input = String::new();
        for _ in 0..batch {
            let (mode, _, permissions) = modes[[0, 1, 2, 2][random.below(4)]];
            number += 1;
            let filter = filter(&mut random);
            fs::write(folder.path().join(mode).join(number.to_string()), &filter).expect("the filter is written");
            let _ = writeln!(input, "{number}@{mode}.test");
            asked.push((number, mode, permissions, filter));
        }
        let answers = routed(&exim, folder.path(), input);
        for ((number, mode, permissions, filter), answer) in asked.into_iter().zip(answers) {
            let address = format!("{number}@{mode}.test cannot be resolved at this time: error in filter file: ");
            let exim = answer.strip_prefix(address.as_bytes()).map(<[u8]>::to_vec);
            assert!(
                exim.is_some() || !contains(&answer, b"cannot be resolved"),
                "{}\nof {}",
                shown(&answer),
                shown(&filter)
            );
            seen.compare(&filter, permissions, &exim);
            fs::remove_file(folder.path().join(mode).join(number.to_string())).expect("the filter is removed");
        }
    }
    seen.report(cases(20_000));
}

/// What Exim answers for each address, without the end of the line.
fn routed(exim: &Path, folder: &Path, input: String) -> Vec<Vec<u8>> {
    use std::io::Write as _;
    let mut child = Command::new("unshare")
        .arg("--net")
        .arg(exim)
        .arg("-C")
        .arg(folder.join("exim.conf"))
        .arg("-bt")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Exim starts");
    let questions = input.lines().count();
    let mut stdin = child.stdin.take().expect("Exim has an input");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("Exim ends").stdout;
    writer.join().expect("the writer ends").expect("Exim reads its input");
    let mut answers: Vec<Vec<u8>> = Vec::new();
    for line in output.split(|&byte| byte == b'\n') {
        match (line.strip_prefix(b"> "), answers.last_mut()) {
            (Some(line), _) => answers.push(line.to_vec()),
            (None, Some(last)) => last.extend_from_slice(&[b"\n", line].concat()),
            (None, None) => (),
        }
    }
    // The last prompt gets no question.
    assert_eq!(answers.len(), questions + 1, "Exim answers every question");
    answers.truncate(questions);
    answers.into_iter().map(|answer| answer.strip_suffix(b"\n").map_or(answer.clone(), <[u8]>::to_vec)).collect()
}

#[test]
fn system_filters_say_what_exim_says() {
    let Some(exim) = exim() else { return };
    let mut random = Random::new();
    let folder = folder();
    let filters: Vec<Vec<u8>> = (0..cases(20_000) / 20).map(|_| filter(&mut random)).collect();
    for (number, filter) in filters.iter().enumerate() {
        fs::write(folder.path().join(number.to_string()), filter).expect("the filter is written");
    }
    let script = format!(
        "cd {} && i=0; while [ $i -lt {} ]; do {} -bF $i </dev/null 2>/dev/null; echo; echo \"<<$i>>\"; i=$((i+1)); done",
        folder.path().display(),
        filters.len(),
        exim.display()
    );
    let output = ask(Path::new("/bin/sh"), &["-c", &script], Vec::new());
    let mut rest = output.as_slice();
    let mut seen = Seen::default();
    for (number, filter) in filters.iter().enumerate() {
        let end = format!("\n<<{number}>>\n");
        let at = find(rest, end.as_bytes()).expect("every filter has an answer");
        let answer = &rest[..at];
        rest = &rest[at + end.len()..];
        let exim = find(answer, b"Filter error: ").map(|at| {
            let words = &answer[at + 14..];
            words.split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec()
        });
        seen.compare(filter, Permissions::SYSTEM, &exim);
    }
    seen.report(filters.len());
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for filters");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("nobody may enter it");
    folder
}

/// How often Exim accepted, and how often it said what.
#[derive(Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn compare(&mut self, filter: &[u8], permissions: Permissions, exim: &Answer) {
        let ours = model(filter, permissions);
        if ours != *exim {
            let path = std::env::temp_dir().join("exim-filter-disagreement");
            let _ = fs::write(&path, filter);
            let words = |answer: &Answer| answer.as_deref().map_or("accepted".to_owned(), shown);
            panic!(
                "filter {}\n({}, {permissions:?})\nExim:  {}\nmodel: {}",
                shown(filter),
                path.display(),
                words(exim),
                words(&ours)
            );
        }
        let parsed = Filter::parse(filter, permissions);
        let what = if exim.is_some() { format!("{:?}", parsed.errors[0].what) } else { "Accepted".to_owned() };
        let name = what.split('(').next().unwrap_or_default();
        *self.0.entry(name.to_owned()).or_default() += 1;
    }

    /// A run must reach every message, and enough filters must be accepted.
    fn report(&self, cases: usize) {
        println!("{:?}", self.0);
        let count = |name: &str| self.0.get(name).copied().unwrap_or_default();
        assert!(count("Accepted") * 20 > cases, "too few are accepted");
        if cases >= 1000 {
            assert!(self.0.len() >= if cases >= 20_000 { 28 } else { 24 }, "too few messages are reached");
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).is_some()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The beginning of a text, so that a failure can be read.
fn shown(bytes: &[u8]) -> String {
    let text = bytes.escape_ascii().to_string();
    if text.len() < 1500 { text } else { format!("{}... ({} bytes)", &text[..1500], bytes.len()) }
}

/// A filter, more or less damaged, of which Exim parses everything and obeys nothing.
fn filter(random: &mut Random) -> Vec<u8> {
    let noise = [0, 0, 3, 10, 20, 50, 200][random.below(7)];
    let mut writer = Writer { layout: random.below(4), noise, random, out: Vec::new() };
    let number = 1 + writer.random.below(5);
    writer.commands(number, 3);
    let mut bytes = writer.out;
    match random.below(6) {
        0 | 1 => {
            for _ in 0..=random.below(4) {
                random.damage(&mut bytes, b" \t\n\n\r\x0b\x0c\0\"\"\\\\#()$x\xff\xc3");
            }
        }
        2 => bytes.truncate(random.below(bytes.len() + 1)),
        _ => (),
    }
    let tag: &[u8] =
        random.pick(&[b"# Exim filter\n".as_slice(), b"#EXIMfilter x\n", b" \n\t# exim  FILTER\r\n", b"# Exim filter"]);
    // After a few comments; a NUL there ends the text, which is fine.
    let comments: &[u8] = random.pick(&[b"".as_slice(), b"", b"# \xff \"\n", b"\n\n \t# x\n"]);
    let stop: &[u8] =
        random.pick(&[b"finish ".as_slice(), b"finish ", b"finish ", b"if not delivered then finish endif "]);
    let tag = if tag.ends_with(b"\n") { [tag, comments].concat() } else { [tag, b"\n".as_slice()].concat() };
    let filter = [&tag, stop, &bytes].concat();
    assert_eq!(Form::of(&filter), Form::Exim);
    filter
}

/// Writes filters token by token; each may get lost, become another one, or be misspelt.
struct Writer<'r> {
    random: &'r mut Random,
    out: Vec<u8>,
    /// Of 1,000 tokens so many go wrong.
    noise: usize,
    layout: usize,
}

const TOKENS: &[&[u8]] = &[
    b"add",
    b"defer",
    b"deliver",
    b"elif",
    b"else",
    b"endif",
    b"finish",
    b"fail",
    b"freeze",
    b"headers",
    b"if",
    b"logfile",
    b"logwrite",
    b"mail",
    b"noerror",
    b"pipe",
    b"save",
    b"seen",
    b"testprint",
    b"unseen",
    b"vacation",
    b"and",
    b"or",
    b"not",
    b"then",
    b"is",
    b"IS",
    b"iS",
    b"does",
    b"DOES",
    b"contains",
    b"contain",
    b"CONTAIN",
    b"begins",
    b"ENDS",
    b"match",
    b"matches",
    b"above",
    b"below",
    b"ABOVE",
    b"personal",
    b"alias",
    b"foranyaddress",
    b"delivered",
    b"error_message",
    b"first_delivery",
    b"manually_thawed",
    b"to",
    b"cc",
    b"from",
    b"subject",
    b"text",
    b"file",
    b"expand",
    b"return",
    b"message",
    b"errors_to",
    b"charset",
    b"remove",
    b"(",
    b")",
    b"((",
    b"))",
    b"()",
    b"if(",
    b"elif(",
    b"not(",
    b"and(",
    b"then(",
    b"\"then\"",
    b"\"not\"",
    b"\"to\"",
    b"\"text\"",
    b"\"personal\"",
    b"\"\"",
    b"\"",
    b"\"a",
    b"a\"",
    b"\"x\"660",
    b"\"a\"\"b\"",
    b"\\",
    b"#",
    b"a#b",
    b"\xc2\xa0",
    b"\xff",
    b"0",
    b"0660",
    b"9z",
    b"$h_x:(",
    b"\"\\0\"",
    b"\"a\\0b\"",
    b"\"then \\\n \"",
    b"\"a\\\n",
    b"\"to\n",
    b"\"text\n",
    b"text \"a\n",
    b"\"\\x",
    b"x\"y\"z",
];

impl Writer<'_> {
    fn chance(&mut self, of_thousand: usize) -> bool {
        self.random.below(1000) < of_thousand
    }

    fn token(&mut self, token: &[u8]) {
        if self.chance(self.noise) {
            match self.random.below(5) {
                0 => return,
                1 | 2 => {
                    let other = self.random.pick(TOKENS);
                    self.out.extend_from_slice(other);
                }
                3 => {
                    let mut token = token.to_vec();
                    self.random.damage(&mut token, b"aeinost \"#()\\\n");
                    self.out.extend_from_slice(&token);
                }
                _ => {
                    self.out.extend_from_slice(token);
                    self.gap();
                    let other = self.random.pick(TOKENS);
                    self.out.extend_from_slice(other);
                }
            }
        } else {
            self.out.extend_from_slice(token);
        }
        self.gap();
    }

    fn gap(&mut self) {
        const GAPS: &[&[u8]] = &[
            b" ",
            b"\n",
            b"\r\n",
            b"\t",
            b"  ",
            b"\n\n",
            b"\n \n\t",
            b" # c\n",
            b"\n# if then \"\n\n",
            b"\x0b",
            b"\x0c",
            b"\r",
            b"\n#",
            b" #\r\n",
        ];
        let gap: &[u8] = match self.layout {
            0 => b" ",
            1 => self.random.pick(&[b" ".as_slice(), b" ", b" ", b"\n"]),
            2 => self.random.pick(&[b" ".as_slice(), b"\n", b"\r\n", b"\n\n", b"\n# c\n"]),
            _ => self.random.pick(GAPS),
        };
        if !self.chance(10) {
            self.out.extend_from_slice(gap);
        }
    }

    fn item(&mut self) {
        const ITEMS: &[&[u8]] = &[
            b"\"x\"",
            b"\"$h_subject:\"",
            b"$h_from:",
            b"/dev/null",
            b"\"a\\\"b\\\\c\"",
            b"\"a\\\n  b\"",
            b"x",
            b"\"a # b\"",
            b"\"\\x41\\101\\8\\n\"",
            b"\"\"",
            b"n1",
            b"1",
            b"\"\\ \\\t\\ \"",
            b"\"caf\xc3\xa9\"",
            b"caf\xc3\xa9",
            b"a\\nb",
            b"\"if then\"",
            b"\"a\\ \r\n\tb\"",
            b"\"\\\n\n\"",
            b"is",
            b"then",
            b"endif",
            b"\"\\\"",
        ];
        if self.chance(15) {
            let long = self.long();
            return self.token(&long);
        }
        let item = self.random.pick(&ITEMS[..if self.noise == 0 { 14 } else { ITEMS.len() }]);
        self.token(item);
    }

    /// A word or string near the size of Exim's buffer.
    fn long(&mut self) -> Vec<u8> {
        let len = 1016 + self.random.below(12);
        let fill: &[u8] = self.random.pick(&[b"x".as_slice(), b"\\n", b"#", b"\\x41", b"a(", b"\xff", b"\\\n"]);
        let mut long = if self.chance(700) { b"\"".to_vec() } else { Vec::new() };
        let is_quoted = !long.is_empty();
        if fill == b"\\\n" {
            long.resize(long.len() + len, b'x');
        } else {
            let times = if is_quoted && fill.len() > 1 && fill[0] == b'\\' { len } else { len / fill.len() };
            (0..times).for_each(|_| long.extend_from_slice(fill));
        }
        for _ in 0..self.random.below(3) {
            let end: &[u8] = self.random.pick(&[b"x".as_slice(), b"\\\n", b"#y", b"\\", b"\\0", b"(", b"yz"]);
            if is_quoted || !end.contains(&b'\n') {
                long.extend_from_slice(end);
            }
        }
        if is_quoted && !self.chance(100) {
            long.push(b'"');
        }
        long
    }

    fn word(&mut self, word: &str) {
        self.token(word.as_bytes());
    }

    fn commands(&mut self, number: usize, depth: usize) {
        for _ in 0..number {
            self.command(depth);
        }
    }

    fn command(&mut self, depth: usize) {
        if self.chance(50) {
            let prefix = self.random.pick(&["seen", "unseen", "noerror", "noerror noerror", "seen noerror"]);
            self.word(prefix);
            if self.chance(700) {
                let simple = self.random.pick(&["save", "pipe", "deliver", "logwrite", "testprint"]);
                self.word(simple);
                return self.item();
            }
        }
        match self.random.below(18) {
            0..=5 if depth > 0 => self.conditional(depth),
            6 => {
                self.word("add");
                self.item();
                self.word("to");
                self.item();
            }
            7 => {
                self.word("deliver");
                self.item();
                if self.chance(300) {
                    self.word("errors_to");
                    self.item();
                }
            }
            8 | 9 => {
                let word = self.random.pick(&["save", "logfile"]);
                self.word(word);
                self.item();
                if self.chance(500) {
                    let mode = self.random.pick(&["660", "0x", "9"]);
                    self.word(mode);
                }
            }
            10 => {
                self.word("headers");
                let what = if self.chance(800) { "charset" } else { self.random.pick(&["add", "remove"]) };
                self.word(what);
                self.item();
            }
            11 | 12 => {
                let word =
                    self.random.pick(&["fail", "fail", "fail", "fail", "fail", "fail", "fail", "defer", "freeze"]);
                self.word(word);
                match self.random.below(4) {
                    0 => {
                        self.word("text");
                        self.item();
                    }
                    1 | 2 => self.item(),
                    _ => (),
                }
            }
            13 => self.mail(),
            14 => self.word("finish"),
            _ => {
                let word = self.random.pick(&["pipe", "logwrite", "testprint", "save"]);
                self.word(word);
                self.item();
            }
        }
    }

    fn mail(&mut self) {
        let word = self.random.pick(&["mail", "vacation"]);
        self.word(word);
        for _ in 0..self.random.below(4) {
            match self.random.below(6) {
                0 => {
                    self.word("return");
                    self.word("message");
                }
                1 => {
                    self.word("expand");
                    self.word("file");
                    self.item();
                }
                _ => {
                    let key = self.random.pick(&[
                        "to",
                        "cc",
                        "bcc",
                        "from",
                        "reply_to",
                        "subject",
                        "extra_headers",
                        "text",
                        "file",
                        "log",
                        "once",
                        "once_repeat",
                    ]);
                    self.word(key);
                    self.item();
                }
            }
        }
    }

    fn conditional(&mut self, depth: usize) {
        let opening = self.random.pick(&["if", "if", "if", "if("]);
        self.section(opening, depth);
        while self.chance(400) {
            let opening = self.random.pick(&["elif", "elif", "elif("]);
            self.section(opening, depth);
        }
        if self.chance(300) {
            self.word("else");
            let number = self.random.below(3);
            self.commands(number, depth - 1);
            if self.chance(30) {
                let again = self.random.pick(&["else", "elif delivered then", "elif)"]);
                self.word(again);
            }
        }
        if !self.chance(15) {
            self.word("endif");
        }
    }

    fn section(&mut self, opening: &str, depth: usize) {
        if self.chance(2) {
            // Deep, but far from what Exim dies of.
            let deep = self.random.below(1000);
            self.out.extend_from_slice(&b"if delivered then\n".repeat(deep));
            self.out.extend_from_slice(&b"endif ".repeat(deep));
        }
        if self.chance(15) {
            self.word("seen");
        }
        self.word(opening);
        self.condition(3);
        if opening.ends_with('(') {
            self.word(")");
        }
        self.word("then");
        let number = self.random.below(3);
        self.commands(number, depth - 1);
    }

    fn condition(&mut self, depth: usize) {
        self.test(depth);
        while self.chance(300) {
            let connective = self.random.pick(&["and", "or"]);
            self.word(connective);
            self.test(depth);
        }
    }

    fn test(&mut self, depth: usize) {
        while self.chance(150) {
            self.word("not");
        }
        match self.random.below(10) {
            0 | 1 if depth > 0 => {
                let deep = if self.chance(20) { self.random.below(1000) } else { 1 };
                self.out.extend_from_slice(&b"(".repeat(deep - deep.min(1)));
                self.word("(");
                self.condition(depth - 1);
                self.out.extend_from_slice(&b")".repeat(deep - deep.min(1)));
                self.word(")");
            }
            2 if depth > 0 => {
                self.word("foranyaddress");
                self.item();
                self.word("(");
                self.condition(depth - 1);
                self.word(")");
            }
            3 => {
                self.word("personal");
                while self.chance(500) {
                    self.word("alias");
                    self.item();
                }
            }
            4 => {
                let word = self.random.pick(&["delivered", "error_message", "first_delivery", "manually_thawed"]);
                self.word(word);
            }
            _ => {
                self.item();
                let operator = self.random.pick(&[
                    "is",
                    "is not",
                    "IS",
                    "does not contain",
                    "does not contains",
                    "contains",
                    "matches",
                    "is above",
                    "is not below",
                    "BEGINS",
                    "ends",
                    "does is",
                    "Is Not",
                    "does NOT match",
                    "is is",
                    "above",
                ]);
                for word in operator.split(' ') {
                    self.word(word);
                }
                self.item();
            }
        }
    }
}

/// What is too deep for Exim is said.
#[test]
fn what_kills_exim_is_said() {
    let nested = |depth: usize| {
        "if not (".to_owned() + &"(".repeat(depth) + "delivered" + &")".repeat(depth) + ") then svae x endif"
    };
    let whats = |text: &str| -> Vec<What> {
        Filter::parse(text.as_bytes(), Permissions::CPANEL).errors.iter().map(|error| error.what).collect()
    };
    assert_eq!(whats(&nested(4900)), [What::UnknownCommand(Some(Word::Save))]);
    assert_eq!(whats(&nested(9000)), [What::TooDeep]);
    let ifs = |depth: usize| "if delivered then\n".repeat(depth) + &"endif\n".repeat(depth);
    assert_eq!(whats(&ifs(4900)), []);
    assert_eq!(whats(&ifs(9000)), [What::TooDeep]);
    let filter = Filter::parse(ifs(9000).as_bytes(), Permissions::CPANEL);
    assert_eq!((filter.verdict, filter.says(b"")), (Verdict::Crashes, None));
}

/// Conditions mean what Exim's own printout of them says: `and` before `or`, and each `not` turns one.
#[test]
fn conditions_mean_what_exim_means() {
    let text = b"if not a is b and not (c is not d or delivered) or personal alias e then save \"/dev/null\" 660 endif";
    let filter = Filter::parse(text, Permissions::CPANEL);
    let Action::If { first, .. } = filter.commands[0].action else { panic!("an if") };
    let section = filter.sections(first).next().expect("a section");
    assert_eq!(filter.list(section.commands.clone()).count(), 1);
    assert!(matches!(filter.commands[1].action, Action::Save { mode: Some(_), .. }));
    let root = filter.condition(section.condition.expect("a condition"));
    let Test::Or(parts) = &root.test else { panic!("or comes last") };
    let [both, personal] = [parts[0], parts[1]].map(|id| filter.condition(id));
    assert!(matches!(&personal.test, Test::Personal(aliases) if aliases.len() == 1));
    let Test::And(parts) = &both.test else { panic!("and comes first") };
    let [first, second] = [parts[0], parts[1]].map(|id| filter.condition(id));
    assert!(first.is_negated && second.is_negated);
    assert_eq!(&text[second.span.range()], b"not (c is not d or delivered)");
    let Test::Or(parts) = &second.test else { panic!("in parentheses") };
    assert!(filter.condition(parts[0]).is_negated);
}

/// Of several errors that are put into a filter, each is found where it is, and nothing is said that is only a
/// consequence of one.
#[test]
fn every_error_is_found_once() {
    let mut random = Random::new();
    let (mut injected, mut missed, mut errors, mut extra) = (0, 0, 0, 0);
    let mut examples = Vec::new();
    for _ in 0..cases(20_000) {
        let (text, places) = broken(&mut random);
        let filter = Filter::parse(text.as_bytes(), Permissions::CPANEL);
        let line = |at: u32| text[..at as usize].matches('\n').count();
        let mut found = vec![0; places.len()];
        for error in &filter.errors {
            let at = line(error.span.start);
            match places.iter().position(|(lines, _)| lines.contains(&at)) {
                Some(place) => found[place] += 1,
                None => extra += 1,
            }
        }
        injected += places.len();
        errors += filter.errors.len();
        missed += found.iter().filter(|&&count| count == 0).count();
        extra += found.iter().map(|count: &usize| count.saturating_sub(1)).sum::<usize>();
        if examples.len() < 6 && (found.iter().any(|&count| count != 1) || filter.errors.len() != places.len()) {
            let said: Vec<String> =
                filter.errors.iter().map(|error| format!("{}: {:?}", line(error.span.start), error.what)).collect();
            examples.push(format!("{text}\nput in: {places:?}\nfound: {said:?}\n"));
        }
    }
    if std::env::var_os("MAILLINT_SHOW").is_some() {
        println!("{}", examples.join("\n"));
    }
    println!("{injected} put in, {missed} missed; {errors} found, {extra} too many");
    assert!(missed * 100 <= injected && extra * 100 <= errors, "for example:\n{}", examples.join("\n"));
}

/// The lines of a clean rule, each with what it is.
fn rule(random: &mut Random, number: usize, indentation: &str, out: &mut Vec<(char, String)>) {
    let mut line = |what: char, text: String| out.push((what, format!("{indentation}{text}")));
    line('#', format!("#Rule {number}, \"as it was\""));
    let test = |random: &mut Random| {
        let header = random.pick(&["$header_from:", "$h_subject:", "\"$h_to:\"", "$message_body"]);
        let operator = random.pick(&["contains", "is", "matches", "does not contain", "begins", "ends"]);
        let value = random.pick(&["spam", "buy now", "5 euros", "offers@shop.example", "a \\\"b\\\" c", "x"]);
        match random.below(8) {
            0 => format!("foranyaddress $h_to:,$h_cc: ( $thisaddress {operator} \"{value}\" )"),
            1 => format!("({header} {operator} \"{value}\" and not error_message)"),
            _ => format!("{header} {operator} \"{value}\""),
        }
    };
    if random.below(2) == 0 {
        line('i', "if".to_owned());
        line('c', format!(" {}", test(random)));
        for _ in 0..random.below(3) {
            let connective = random.pick(&["or", "and"]);
            line('c', format!(" {connective} {}", test(random)));
        }
        line('t', "then".to_owned());
    } else {
        line('k', format!("if {} then", test(random)));
    }
    let commands = |random: &mut Random, line: &mut dyn FnMut(char, String)| {
        for _ in 0..=random.below(2) {
            let command = random.pick(&[
                "save \"/dev/null\" 660",
                "save \"$home/mail/.Junk/\" 660",
                "deliver \"boss@example.com\"",
                "pipe \"/bin/sort -u\"",
                "fail \"we do not want this\"",
                "mail to \"a@example.com\" subject \"got it\" text \"thanks\"",
                "unseen deliver \"copy@example.com\"",
                "logwrite \"$tod_log seen\"",
            ]);
            line('a', format!(" {command}"));
        }
    };
    commands(random, &mut line);
    if random.below(4) == 0 {
        line('e', "else".to_owned());
        commands(random, &mut line);
    }
    let nested = random.below(6) == 0 && indentation.is_empty();
    let end = (number, "endif".to_owned());
    if nested {
        rule(random, number * 100, " ", out);
    }
    out.push(('f', format!("{indentation}{}", end.1)));
    out.push(('#', String::new()));
}

/// A filter with a few errors in it, each in a rule of its own; between which lines each is, and what it is.
fn broken(random: &mut Random) -> (String, Vec<(std::ops::RangeInclusive<usize>, String)>) {
    let mut lines: Vec<(char, String)> = vec![('#', "# Exim filter".to_owned())];
    let mut places = Vec::new();
    for number in 1..=3 + random.below(4) {
        let first = lines.len();
        rule(random, number, "", &mut lines);
        if random.below(2) == 0 {
            // Some errors need a line that this rule has not.
            // An `endif` too few and one too many are none the wrong number, for Exim and for us.
            let has_endif = places.iter().any(|(_, what): &(_, String)| what.starts_with("endif "));
            let place = (0..20).find_map(|_| spoil(random, &mut lines, first, has_endif));
            places.extend(place);
        }
    }
    let text = lines.into_iter().map(|(_, line)| line + "\n").collect();
    (text, places)
}

/// Puts an error into the rule that begins at a line.
fn spoil(
    random: &mut Random,
    lines: &mut Vec<(char, String)>,
    first: usize,
    has_endif: bool,
) -> Option<(std::ops::RangeInclusive<usize>, String)> {
    let sort = random.below(22);
    if matches!(sort, 16 | 18) && has_endif {
        return None;
    }
    let wanted = match sort {
        0..=7 => "a",
        8..=13 => "c",
        14 | 15 => "t",
        16..=18 => "f",
        19 => "ik",
        20 => "k",
        _ => "ac",
    };
    let candidates: Vec<usize> = (first..lines.len()).filter(|&at| wanted.contains(lines[at].0)).collect();
    let at = *candidates.get(random.below(candidates.len()))?;
    let line = lines[at].1.clone();
    let word = line.split_whitespace().next().unwrap_or_default().to_owned();
    let misspelt = |random: &mut Random, word: &str| {
        let mut bytes = word.as_bytes().to_vec();
        let at = random.below(bytes.len() - 1);
        match random.below(3) {
            0 => bytes.swap(at, at + 1),
            1 => bytes.insert(at, b'q'),
            _ => {
                bytes.remove(at);
            }
        }
        String::from_utf8(bytes).expect("ASCII stays ASCII")
    };
    let operator = ["contains", "contain", "matches", "begins", "ends"]
        .into_iter()
        .find(|word| line.contains(&format!(" {word} ")));
    let (mut from, mut to) = (at, at);
    let new = match sort {
        0 | 14 | 17 => line.replacen(&word, &misspelt(random, &word), 1),
        1 => line.replacen(&word, random.pick(&["discard", "move", "fileinto", "redirect", "xyzzy"]), 1),
        2 | 10 if line.ends_with('"') => line[..line.len() - 1].to_owned(),
        3 => " freeze".to_owned(),
        4 => " headers add \"X-Seen: yes\"".to_owned(),
        5 => " save \"\" 660".to_owned(),
        6 => format!("{line} please"),
        7 => format!(" save \"/{}\"", "x".repeat(1100)),
        8 | 9 => {
            let operator = operator?;
            let wrong = misspelt(random, operator);
            // Without its last letter it can be right.
            if matches!(wrong.as_str(), "contain" | "begin" | "end" | "match") {
                return None;
            }
            line.replacen(operator, &wrong, 1)
        }
        11 => line.replacen(operator?, "", 1),
        12 if line.contains('(') => line.replacen('(', if random.below(2) == 0 { "((" } else { "" }, 1),
        13 if line.contains("\"buy now\"") => line.replacen("\"buy now\"", "buy now", 1),
        15 => {
            to = at + 1;
            lines.remove(at);
            from = at - 1;
            return Some((from..=to, "then removed".to_owned()));
        }
        16 => {
            from = first;
            let what = "endif removed".to_owned();
            lines.remove(at);
            return Some((from..=at, what));
        }
        18 => {
            lines.insert(at, lines[at].clone());
            // The second of a rule's own, or the one that a nested rule left over.
            return Some((at..=lines.len() - 1, "endif twice".to_owned()));
        }
        19 => line.replacen("if", "seen if", 1),
        20 => line.replacen(" then", "", 1),
        21 => format!("{line} \"more"),
        _ => return None,
    };
    // In parentheses the errors of a condition can show where it ends.
    if sort == 12 {
        let end = (at..lines.len()).find(|&at| lines[at].0 == 't' || lines[at].0 == 'k').unwrap_or(at);
        to = end;
    }
    if sort == 20 {
        to = at + 1;
    }
    if new == line {
        return None;
    }
    lines[at].1.clone_from(&new);
    Some((from..=to, format!("{line} -> {}", &new[..new.len().min(80)])))
}
