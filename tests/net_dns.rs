//! The model of Net::DNS against the installed one, live, on generated and damaged files: servers, search names and
//! settings after up to three files, the words that are looked up and how long that takes, and what it dies of; and what
//! SpamAssassin, where it is installed, has of it.
//!
//! `MAILLINT_CASES=200000 cargo test --release --test net_dns` tries more; `MAILLINT_SEED` repeats a run.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small files")]
#![allow(clippy::too_many_lines, reason = "tables of odd words")]

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{Random, cases, file_of_lines};
use maillint::resolv_conf::net_dns::{Died, Nameserver, NetDns, SETTINGS, Word, domain_name};

/// `/etc/resolv.conf`, that of `HOME`, and that of the working folder, where there are such files.
type Files = [Option<Vec<u8>>; 3];

/// The bytes that files are damaged with.
const ODD: &[u8] = b" \t\n\r\x0b\x0c\0:;#,/&%.0x8@\\\xff\x85\xa0";

#[test]
fn every_file_gives_the_state_that_net_dns_has() {
    if !is_installed("Net::DNS") {
        assert!(std::env::var_os("CI").is_none(), "Net::DNS is not installed, and in CI no test may be skipped");
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: Net::DNS is not installed (Debian: apt-get install libnet-dns-perl)");
        return;
    }
    let mut random = Random::new();
    let all: Vec<Files> = (0..cases(5_000)).map(|_| generate(&mut random)).collect();
    // Perl's taint mode is that of spamd. The libraries for international names are hidden, or are there if they are.
    let alone = ask_net_dns(&["-T"], &["without-idn"], &all);
    let installed = ask_net_dns(&[], &[], &all);
    let (mut died, mut waited, mut own) = (0, 0, 0);
    for ((files, alone), installed) in all.iter().zip(&alone).zip(&installed) {
        let read: Vec<&[u8]> = files.iter().flatten().map(Vec::as_slice).collect();
        let mut state = NetDns::default();
        read.iter().for_each(|bytes| state.read(bytes));
        compare(&read, &state, alone);
        if state.non_ascii.is_none() {
            compare(&read, &state, installed);
        }
        died += usize::from(state.died.is_some());
        waited += usize::from(state.wait > 0.0);
        own += usize::from(state.nameservers.iter().any(|server| server.written.is_some()));
    }
    let all = all.len();
    assert!(died * 25 > all && died * 2 < all, "of {all} died {died}");
    assert!(waited * 10 > all && own * 4 > all, "of {all} waited {waited}, had servers {own}");
}

fn is_installed(module: &str) -> bool {
    Command::new("perl")
        .args([&format!("-M{module}"), "-e", "1"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}

/// Net::DNS's answers, a line of fields for each case.
fn ask_net_dns(options: &[&str], args: &[&str], all: &[Files]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let [home, work] = ["home", "work"].map(|name| folder.path().join(name));
    for folder in [&home, &work] {
        std::fs::create_dir(folder).expect("a folder");
        std::fs::write(folder.join(".resolv.conf"), "").expect("a file");
    }
    let mut child = Command::new("perl")
        .args(options)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/net_dns.pl"))
        .arg(folder.path().join("resolv.conf"))
        .args(args)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", &home)
        .current_dir(&work)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("perl starts");
    let mut input = Vec::new();
    for file in all.iter().flatten() {
        let len = file.as_ref().map_or(u32::MAX, |bytes| bytes.len() as u32);
        input.extend_from_slice(&len.to_ne_bytes());
        input.extend_from_slice(file.as_deref().unwrap_or_default());
    }
    let mut stdin = child.stdin.take().expect("an input");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("perl ends");
    writer.join().expect("the writer ends").expect("all cases are read");
    let answers: Vec<String> = String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), all.len(), "an answer for each case");
    answers
}

fn compare(files: &[&[u8]], state: &NetDns, answer: &str) {
    let shown = || files.iter().map(|bytes| format!("\n{}", bytes.escape_ascii())).collect::<String>();
    let fields: Vec<&str> = answer.split('|').collect();
    let [death, kept, both, only_v4, spamassassin_both, spamassassin_v4, search, settings, looked_up, wait] =
        fields[..]
    else {
        panic!("{answer}\nfor {}", shown())
    };
    if death == "endless" {
        assert!(state.wait.is_infinite(), "waits {} for {}", state.wait, shown());
        return;
    }
    assert_eq!(death, state.died.as_ref().map_or(String::new(), message), "death for {}", shown());
    let words = |words: &[Word]| listed(words.iter().map(|word| word.text(files)));
    let servers = |servers: &[Nameserver]| listed(servers.iter().map(|server| server.text(files)));
    assert_eq!(kept, servers(&state.nameservers), "servers for {}", shown());
    assert_eq!(looked_up, words(&state.looked_up), "look-ups for {}", shown());
    let wait: f64 = wait.parse().expect("seconds");
    #[expect(clippy::float_cmp, reason = "infinities are equal")]
    let is_same = wait == state.wait || (wait - state.wait).abs() <= wait * 1e-9;
    assert!(is_same, "waits {wait}, not {}, for {}", state.wait, shown());
    if state.died.is_some() {
        return;
    }
    assert_eq!(
        search,
        state.search.as_ref().map_or(listed([b"default".as_slice()]), |names| {
            let text = |word: &Word| domain_name(word.text(files)).expect("a name that was accepted");
            listed(names.iter().map(text).collect::<Vec<_>>().iter().map(Vec::as_slice))
        }),
        "search names for {}",
        shown()
    );
    let own: Vec<String> = SETTINGS.iter().map(|(name, _)| format!("{name}={}", hex(state.setting(name)))).collect();
    let is_setting = |setting: &&str| !setting.starts_with("nameserver");
    assert_eq!(settings.split(' ').filter(is_setting).collect::<Vec<_>>(), own, "settings for {}", shown());
    for (has_ipv6, net_dns, spamassassin) in [(true, both, spamassassin_both), (false, only_v4, spamassassin_v4)] {
        let own = match state.spamassassin(files, has_ipv6) {
            Ok(list) => servers(&list),
            Err(died) => message(&died),
        };
        if spamassassin != "-" {
            assert_eq!(spamassassin, own, "SpamAssassin's servers, IPv6: {has_ipv6}, for {}", shown());
        } else if has_ipv6 && !net_dns.is_empty() {
            assert_eq!(net_dns, own, "servers in order for {}", shown());
        }
    }
}

fn message(died: &Died) -> String {
    format!("!{}", hex(&died.message))
}

fn listed<'t>(words: impl IntoIterator<Item = &'t [u8]>) -> String {
    words.into_iter().map(|word| format!("x{}", hex(word))).collect::<Vec<_>>().join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn generate(random: &mut Random) -> Files {
    [random.below(20) > 0, random.below(6) == 0, random.below(12) == 0]
        .map(|is_there| is_there.then(|| file_of_lines(random, line, ODD)))
}

fn line(random: &mut Random, out: &mut Vec<u8>) {
    const KEYWORDS: &[&str] = &[
        "Nameserver",
        "nameservers",
        "nameserver:",
        "nameserver=",
        "nameserverX",
        "search:",
        "searchlist",
        "domainname",
        "option",
        "optional",
        "sortlist",
        " nameserver",
        "\tsearch",
        "name",
        "#",
        ";",
        "",
    ];
    const BLANKS: &[&str] = &[" ", " ", " ", " ", "\t", "  ", " \t", "\x0b", "\x0c", "\r", "\u{a0}", ""];
    const ENDS: &[&str] =
        &["\n", "\n", "\n", "\n", "\n", "\r\n", " \n", " # c\n", "#c\n", ";\n", " ; d\r\n", "\0\n", "", "\x0c\n", "\r"];
    const ADDRESSES: &[&str] = &[
        "192.0.2.1",
        "8.8.8.8",
        "127.0.0.53",
        "::1",
        "2001:db8::1",
        "192.168.001.010",
        "192.0.2",
        "192.0.2.256",
        "1.2.3.4.5",
        "8.8.8.8.",
        ".8.8.8",
        ".1.",
        "8..8.8",
        "fe80::1%lo",
        "fe80::1.2%nosuch",
        "fe80::1%%",
        "::%é",
        "1:2:3",
        ":::",
        "::",
        "::ffff:1.2.3.4",
        "::.",
        "1:2:.9.",
        "2001:DB8::AF",
    ];
    // What is no address: short forms, ports, brackets, prefixes, lists, names, and what a reverse lookup is made of.
    const NAMES: &[&str] = &[
        "8",
        "127.1",
        "1.2",
        "8..8",
        "1..2",
        "1...2/32",
        "8.8.8.8:53",
        "[::1]",
        "[8.8.8.8]:53",
        "8.8.8.8,1.1.1.1",
        "8.8.8.8,",
        "192.0.2.1/24",
        "192.0.2.1/0",
        "10/8",
        "10/33",
        "10./8",
        "10/00",
        "7%1",
        "7%",
        "2001:db8::1/64",
        "abc:53",
        ":53",
        "::ffff:1.2/96",
        "::ffff:1..2/96",
        "::FFFF:/96",
        "0:0:ffff:8..8/9",
        "::ffff:a.b",
        "::a.b",
        "::1%",
        "dns.example.net",
        "localhost",
        "\"8.8.8.8\"",
        "a..b",
        ".",
        "@",
        "é",
        "0x7f.1",
    ];
    const DOMAINS: &[&str] = &[
        "a.net",
        "example.net",
        "b",
        "a,",
        ".",
        "@",
        "corp.example.org.",
        "under_score.*.net",
        "a\\.b.net",
        "a\\\\.b",
        "\\065\\046\\300.\\255",
        "\\999",
        "\\999.a",
        "end\\",
        "(a).\"b\"$",
        "a.very.long.name.of.a.customer.hosting.example",
    ];
    const BAD_DOMAINS: &[&str] = &[".example.net", "a..b", "*..", "x\u{e9}.net", "\u{e9}", "a.\u{df}"];
    const OPTIONS: &[&str] = &[
        "ndots:3",
        "ndots:99",
        "ndots:-1",
        "ndots:",
        "timeout:2",
        "timeout:1.5",
        "timeout:-1",
        "timeout:0",
        "TimeOut:3s",
        "timeout:2,attempts:1",
        "timeout::7",
        "timeout:00",
        "timeout:",
        "attempts:0",
        "attempts:00",
        "attempts:2",
        "attempts:3.9",
        "attempts:two",
        "attempts:-3",
        "attempts:1e1",
        "attempts:inf",
        "attempts:99999999999",
        "attempts:99999999999999999999",
        "retry:1:2",
        "retrans:9",
        "rotate",
        "edns0",
        "use-vc",
        "usevc",
        "usevc:0",
        "trust-ad",
        "inet6",
        "INET6:0",
        "prefer_v4",
        "prefer_v6:x",
        "force_v4",
        "force_v4:0",
        "force_v6",
        "debug",
        "port:5353",
        "port:domain",
        "dnssec",
        "dnssec:0",
        "dnssec::1",
        "udppacketsize:4096",
        "udppacketsize:100",
        "udppacketsize:",
        "tcp_timeout:5",
        "tcp_timeout:x",
        "srcaddr:192.0.2.9",
        "srcaddr:::1",
        "srcaddr4:x",
        "recurse:0",
        "0",
        ":",
        "::1",
    ];
    const LISTS: &[&str] = &[
        "nameserver:192.0.2.7",
        "nameservers:192.0.2.7:8.8.4.4",
        "nameserver:::1",
        "nameserver",
        "nameserver:dns.example.net",
        "nameserver4:192.0.2.7",
        "nameserver6:0",
        "nameserver6:a-value-that-is-longer-than-Perl-shows-of-it",
        "domain:a.net",
        "Domain:a.net:b.net",
        "searchlist:a.net:.:b.net",
        "searchlist",
        "searchlist::a.net",
        "domain:.x",
    ];
    let mut put = |text: &str| out.extend_from_slice(text.as_bytes());
    let (keyword, words, most): (&str, &[&str], usize) = match random.below(32) {
        0..=4 => ("nameserver", &ADDRESSES[..5], 2),
        5..=8 => ("nameserver", ADDRESSES, 3),
        9 | 10 => ("nameserver", NAMES, 2),
        11..=14 => ("search", DOMAINS, 5),
        15 | 16 => ("domain", DOMAINS, 2),
        17 if random.below(3) == 0 => (random.pick(&["search", "domain"]), BAD_DOMAINS, 2),
        18 if random.below(6) == 0 => return put(random.pick(&["domain\n", "domain # a\n", "search\n", "options\n"])),
        19 if random.below(6) == 0 => {
            // Labels and packets that are too long, by a byte or not.
            let dots = random.below(2) * 8;
            let label = "x".repeat(58 + random.below(8));
            return put(&format!(
                "{} {label}{}\n",
                random.pick(&["search", "nameserver"]),
                ".yyyyyyyyy".repeat(dots * 5)
            ));
        }
        20 if random.below(6) == 0 => {
            // Names about as long as what fits into a packet.
            return put(&format!("nameserver {}\n", "x.".repeat(228 + random.below(24))));
        }
        21..=26 => ("options", OPTIONS, 4),
        27 | 28 => ("options", LISTS, 2),
        _ => (random.pick(KEYWORDS), ADDRESSES, 2),
    };
    put(keyword);
    for _ in 0..=random.below(most) {
        put(random.pick(BLANKS));
        put(random.pick(words));
    }
    put(random.pick(ENDS));
}
