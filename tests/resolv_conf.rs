//! The model of glibc's resolver against the installed glibc, live, on generated and damaged files: servers, search list,
//! options and sortlist, the endless loop and the abort included.
//!
//! `MAILLINT_CASES=200000 cargo test --release --test resolv_conf` tries more; `MAILLINT_SEED` repeats a run;
//! `MAILLINT_FILES=DIR` adds the files of a folder.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small files")]
#![allow(clippy::too_many_lines, reason = "tables of odd words")]

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{Random, cases, file_of_lines};
use maillint::facts::Hostname;
use maillint::resolv_conf::{State, Version, effective};
use maillint::source::Source;

/// The bytes that files are damaged with.
const ODD: &[u8] = b" \t\n\r\x0b\x0c\0:;#,/&%.0x8\xff";

#[test]
fn every_file_gives_the_state_that_glibc_has() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "only root can ask glibc, and in CI no test may be skipped");
        let _ = writeln!(std::io::stderr(), "SKIPPED: only root can put a resolv.conf of its own before glibc");
        return;
    }
    let mut random = Random::new();
    let mut files: Vec<Vec<u8>> = (0..cases(20_000)).map(|_| file_of_lines(&mut random, line, ODD)).collect();
    if let Some(folder) = std::env::var_os("MAILLINT_FILES") {
        let entries = std::fs::read_dir(folder).expect("a folder");
        files.extend(entries.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file")));
    }
    let answers = ask_glibc(&files);
    let mut answers = answers.lines();
    let version = version(answers.next().expect("glibc's version"));
    let (mut fatal, mut used) = (0, 0);
    for file in &files {
        let answer = answers.next().expect("an answer for each file");
        let state = State::read(file, version);
        fatal += usize::from(state.fatal.is_some());
        used += usize::from(!state.servers.is_empty());
        assert_eq!(written(file, &state), answer, "for {}", file.escape_ascii());
    }
    assert!(fatal * 200 > files.len() && used * 4 > files.len(), "{fatal} stop glibc, {used} have servers: too few");
}

fn version(text: &str) -> Version {
    let (major, minor) = text.split_once('.').expect("a version");
    let minor = minor.split(|c: char| !c.is_ascii_digit()).next().expect("a number");
    Version { major: major.parse().expect("a number"), minor: minor.parse().expect("a number") }
}

/// Compiles and runs the program that asks glibc.
fn ask_glibc(files: &[Vec<u8>]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, etc) = (folder.path().join("resolver"), folder.path().join("etc"));
    std::fs::create_dir(&etc).expect("a folder");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/resolver.c");
    let compiled = Command::new("cc").args(["-O1", "-o"]).arg(&program).arg(source).arg("-lresolv").status();
    assert!(compiled.expect("cc runs").success());
    let mut child = Command::new(&program)
        .arg(&etc)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("an input");
    let cases: Vec<u8> =
        files.iter().flat_map(|file| [&(file.len() as u32).to_ne_bytes(), file.as_slice()].concat()).collect();
    let writer = std::thread::spawn(move || input.write_all(&cases));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends").expect("all cases are read");
    String::from_utf8(output.stdout).expect("text")
}

/// What is effective, as the program writes it. Of the search list `_res` shows six names in 256 bytes, and of a scope
/// only the number of the interface.
fn written(file: &[u8], state: &State) -> String {
    let effective = effective(state, &Source::new(file.to_vec()), Some(&own_name()));
    if let Some(fatal) = effective.fatal {
        return fatal.into();
    }
    let join = |words: Vec<String>| words.join(" ");
    let address = |name: &String| name.split('%').next().expect("an address").to_owned();
    let hex = |name: &String| name.chars().map(|c| format!("{:02x}", u32::from(c))).collect::<String>();
    let names = effective.search.expect("a list");
    let mut room = 256;
    let shown = names.iter().take(6).take_while(|name| {
        let len = name.chars().count();
        let fits = len < room;
        room = room.saturating_sub(len + 1);
        fits
    });
    let options = effective.options.expect("options");
    format!(
        "{}|{}|{} {} {}|{}|{}",
        join(effective.nameservers.expect("servers").iter().map(address).collect()),
        join(shown.map(hex).collect()),
        options.ndots,
        options.timeout,
        options.attempts,
        options.flags.join(" "),
        join(effective.sortlist.expect("a list")),
    )
}

/// The name of this host.
fn own_name() -> Hostname {
    let name = rustix::system::uname().nodename().to_bytes().to_vec();
    Hostname { name, from: "this host" }
}

fn line(random: &mut Random, out: &mut Vec<u8>) {
    const KEYWORDS: &[&str] = &[
        "Nameserver",
        "nameservers",
        "nameserver:",
        "nameserver=",
        "search:",
        "option",
        "lookup",
        " nameserver",
        "\tsearch",
        "#",
        ";",
        "",
    ];
    const BLANKS: &[&str] = &[" ", " ", " ", "\t", "  ", " \t", "\x0b", ""];
    const ENDS: &[&str] = &["\n", "\n", "\n", "\n", "\n", "\r\n", " \n", "\t\n", " # c\n", ";\n", "\0\n", "", "\x0c\n"];
    const ADDRESSES: &[&str] = &[
        "192.0.2.1",
        "8.8.8.8",
        "127.0.0.53",
        "10.1",
        "192.0.2",
        "8",
        "0x7f.1",
        "192.168.001.010",
        "8.8.8.08",
        "192.0.2.256",
        "1.2.3.4.5",
        "0",
        "4294967295",
        "4294967296",
        "0x",
        "0xg",
        "1.",
        ".1",
        "::1",
        "2001:db8::1",
        "fe80::1%lo",
        "fe80::1%nosuch",
        "fe80::1%1",
        "2001:db8::1%3",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "1:2:3:4:5:6:7:8::",
        "::ffff:1.2.3.4",
        "::1.2.3.04",
        ":::",
        "00001::",
        "[::1]",
        "8.8.8.8:53",
        "8.8.8.8,1.1.1.1",
        "dns.example.net",
        "1.2.3.4/24",
        "::%",
        "%",
        "\"8.8.8.8\"",
        "0300.0250.1.1",
        "1.0x2.3",
    ];
    const NAMES: &[&str] = &[
        "a.net",
        "example.net",
        "b",
        "#",
        "a,",
        ".",
        "x\u{e9}",
        "corp.example.org",
        "a.very.long.name.of.a.customer.hosting.example",
    ];
    const OPTIONS: &[&str] = &[
        "ndots:3",
        "ndots:99",
        "ndots:-1",
        "ndots:",
        "ndots: 4",
        "timeout:2",
        "timeout:99",
        "timeout:-1",
        "timeout:0",
        "timeout:2,attempts:1",
        "attempts:0",
        "attempts:9",
        "attempts:two",
        "attempts: 3",
        "attempts:+4",
        "attempts:99999999999",
        "rotate",
        "rotatefoo",
        "Rotate",
        "edns0",
        "single-request",
        "single-request-reopen",
        "no_tld_query",
        "no-tld-query",
        "no-reload",
        "use-vc",
        "usevc",
        "trust-ad",
        "no-aaaa",
        "strict-error",
        "-rotate",
        "inet6",
        "debug",
        "#",
        "ndots:0x3",
        "timeout:\x0b7",
    ];
    const SORT: &[&str] = &[
        "10.0.0.0",
        "10.0.0.0/255.0.0.0",
        "192.0.2.0/24",
        "130.155.160.0&255.255.240.0",
        "/24",
        "bogus",
        "bogus/24",
        "10/8/9",
        "1.2.3.4;",
        ";",
        "\u{e9}",
        "224.1/x",
        "10.0.0.0/",
    ];
    let mut put = |text: &str| out.extend_from_slice(text.as_bytes());
    let (keyword, words, most): (&str, &[&str], usize) = match random.below(16) {
        0..=2 => ("nameserver", &ADDRESSES[..4], 1),
        3..=5 => ("nameserver", ADDRESSES, 2),
        6 | 7 => ("search", NAMES, 9),
        8 => ("domain", NAMES, 2),
        9..=11 => ("options", OPTIONS, 4),
        12 if random.below(3) == 0 => ("sortlist", SORT, 3),
        12 | 13 => ("sortlist", &SORT[..4], 3),
        14 if random.below(3) == 0 => {
            let name = "x".repeat(40 + random.below(300));
            put(&format!("search a.net {name} b.net\n"));
            return;
        }
        _ => (random.pick(KEYWORDS), ADDRESSES, 2),
    };
    put(keyword);
    for _ in 0..=random.below(most) {
        put(random.pick(BLANKS));
        put(random.pick(words));
    }
    put(random.pick(ENDS));
}
