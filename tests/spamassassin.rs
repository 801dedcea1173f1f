//! The model of SpamAssassin's configuration files against the installed SpamAssassin, live, on generated and damaged files:
//! every message of the daemon and of `--lint`, word for word, for site files and for users' files.
//!
//! `MAILLINT_CASES=50000 cargo test --release --test spamassassin` tries more; `MAILLINT_SEED` repeats a run.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers, and the lengths of small files")]
#![allow(clippy::print_stdout, reason = "shown when a test fails, or with --nocapture")]
#![allow(clippy::too_many_lines, reason = "tables of odd words")]

mod common;
#[path = "perl_patterns/grammar.rs"]
mod grammar;
#[path = "perl_patterns/stock.rs"]
mod stock;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{Random, cases};
use maillint::finding::File;
use maillint::perl_pattern::{Pattern, Verdict};
use maillint::source::Source;
use maillint::spamassassin::{Complaint, Document, Host, Level, Look, Options, Reading, files, read_site, read_user};
use maillint::text::Untrusted;

const BASE: &[u8] = b"\
util_rb_tld com net
bayes_stopword_en foo
header BASE_HEADER Subject =~ /x/
score BASE_HEADER 1
meta BASE_META BASE_HEADER
score BASE_META 1 2 3 4
";

/// The installed SpamAssassin's Perl. Where there is none the test is skipped, loudly; in CI that is a failure.
fn is_installed() -> bool {
    let found = Path::new("/usr/share/perl5/Mail/SpamAssassin/Conf/Parser.pm").exists();
    if !found {
        assert!(std::env::var_os("CI").is_none(), "SpamAssassin is not installed, and in CI no test may be skipped");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: SpamAssassin is not installed (Debian: apt-get install spamassassin)"
        );
    }
    found
}

fn document(name: &[u8], bytes: &[u8]) -> Document {
    let shown = Untrusted::from(name);
    let file = File {
        path: shown.clone(),
        shown,
        kind: None,
        source: Source::new(bytes.to_vec()),
        attributes: Ok(maillint::tree::Attributes::USUAL),
    };
    Document { name: name.to_vec(), file: Arc::new(file) }
}

/// The files of this machine.
struct Disk;

fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

impl Host for Disk {
    fn include(&self, name: &[u8]) -> Vec<Document> {
        let one = |name: &[u8]| std::fs::read(path(name)).ok().map(|bytes| document(name, &bytes));
        if !path(name).is_dir() {
            return one(name).into_iter().collect();
        }
        folder(name, files::settings_files)
    }

    fn look(&self, name: &[u8]) -> Look {
        match std::fs::metadata(path(name)) {
            Err(_) => Look::Absent,
            Ok(meta) if meta.is_dir() => Look::Folder,
            Ok(meta) => Look::File { is_executable: meta.permissions().mode() & 0o111 != 0 },
        }
    }
}

/// What SpamAssassin reads of a folder.
fn folder(name: &[u8], order: fn(&mut Vec<Vec<u8>>)) -> Vec<Document> {
    use std::os::unix::ffi::OsStringExt;
    let entries = std::fs::read_dir(path(name)).into_iter().flatten().flatten();
    let mut names: Vec<Vec<u8>> = entries.map(|entry| entry.file_name().into_vec()).collect();
    order(&mut names);
    let full = |file: Vec<u8>| [name, b"/", file.as_slice()].concat();
    let read = |name: Vec<u8>| std::fs::read(path(&name)).ok().map(|bytes| document(&name, &bytes));
    names.into_iter().map(full).filter_map(read).collect()
}

/// A site's file, and a user's on top of it.
struct Case {
    site: Vec<u8>,
    user: Option<Vec<u8>>,
}

/// What a process that asks SpamAssassin answers: a line for what it was started with, then one for each case.
fn ask(place: &Path, cases: &[Case], stock: bool) -> Vec<String> {
    let mut input = Vec::new();
    for case in cases {
        input.extend_from_slice(&(case.site.len() as u32).to_ne_bytes());
        input.extend_from_slice(&case.user.as_ref().map_or(u32::MAX, |user| user.len() as u32).to_ne_bytes());
        input.extend_from_slice(&case.site);
        input.extend_from_slice(case.user.as_deref().unwrap_or_default());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/spamassassin.pl");
    let copy = place.join("ask.pl");
    std::fs::copy(script, &copy).expect("a copy that nobody may read");
    let (copy, place) = (copy.to_str().expect("a path"), place.to_str().expect("a path"));
    let args: &[&str] = if stock { &[copy, place, "stock"] } else { &[copy, place] };
    let output = common::ask(Path::new("/usr/bin/perl"), args, input);
    String::from_utf8(output).expect("text").lines().map(str::to_owned).collect()
}

/// A folder with what may be included.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let open =
        |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).expect("permissions");
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
        open(&folder.path().join(name));
    };
    open(folder.path());
    std::fs::create_dir(folder.path().join("more")).expect("a folder");
    open(&folder.path().join("more"));
    put("base.cf", BASE);
    put("empty.inc", b"");
    put("one.inc", b"score INC 1\nbad line\nif 0\nscore X\nendif\nif 1\n");
    put("two.inc", b"required_score x\ninclude one.inc\nscore\nelse\n");
    put("loop.inc", b"include loop.inc\nbad # \\# x\n");
    put("more/a.cf", b"loadplugin Mail::SpamAssassin::Plugin::TextCat\nok_languages en\nbad\n");
    put("more/b.cf", b"ok_languages\nfile end x\nbad\n");
    folder
}

fn stock_files(place: &[u8], stock: bool) -> Vec<Document> {
    let mut files = folder(b"/etc/spamassassin", files::pre_files);
    if stock {
        files.extend(folder(b"/usr/share/spamassassin", files::settings_files));
        files.extend(folder(b"/etc/spamassassin", files::settings_files));
    } else {
        files.push(document(&[place, b"/base.cf"].concat(), BASE));
    }
    files
}

/// What the model says, as the process writes it, sorted; and whether it knows all of it.
fn said(reading: &Reading, is_lint: bool) -> Vec<String> {
    let mut said = Vec::new();
    for message in &reading.messages {
        let is_heard = if is_lint { message.level.is_said_by_lint() } else { message.level.is_said_by_daemon() };
        let is_silent = matches!(message.complaint, Complaint::EndlessWrap | Complaint::EndlessInclude);
        if !is_heard || is_silent {
            continue;
        }
        let words = if is_lint { reading.words(message) } else { reading.daemon_words(message) };
        let words = words.escape_ascii().to_string();
        if matches!(message.level, Level::Fatal | Level::FatalInLint) {
            said.push(format!("fatal: {words}"));
            // Which of several metas kills it first is chance.
            if matches!(message.complaint, Complaint::LanguageNoPattern { .. }) {
                break;
            }
        } else {
            said.push(words);
        }
    }
    if let Some(fatal) = said.iter().position(|words| words.starts_with("fatal: rules:")) {
        let last = said.iter().rposition(|words| words.starts_with("fatal: rules:")).unwrap_or(fatal);
        said.truncate(last + 1);
    }
    said.sort();
    said
}

/// The address of an object, which no two processes share, is `0x...` in the model.
fn without_address(words: String) -> String {
    let Some((before, after)) = words.split_once("=HASH(0x") else { return words };
    let address = after.bytes().take_while(u8::is_ascii_hexdigit).count();
    format!("{before}=HASH(0x...{}", without_address(after[address..].to_owned()))
}

/// What the process says, sorted.
fn heard(answer: &str) -> Vec<String> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
    let words = |hex: &str| hex.as_bytes().chunks(2).map(byte).collect::<Vec<u8>>();
    let text = |hex: &str| without_address(words(hex).escape_ascii().to_string());
    let mut heard: Vec<String> = answer.split(' ').filter(|hex| !hex.is_empty()).map(text).collect();
    heard.sort();
    heard
}

fn agree(said: &[String], heard: &[String]) -> bool {
    let is_fatal = |words: &&String| words.starts_with("fatal: rules:");
    if said.iter().filter(is_fatal).count() > 1 {
        let rest = |list: &[String]| list.iter().filter(|words| !is_fatal(words)).cloned().collect::<Vec<_>>();
        return rest(said) == rest(heard) && heard.iter().filter(is_fatal).all(|words| said.contains(words));
    }
    said == heard
}

fn hold_against(cases: &[Case], stock: bool) {
    let place = place();
    let name = place.path().to_str().expect("a path").as_bytes().to_vec();
    let answers = ask(place.path(), cases, stock);
    assert_eq!(answers.len(), cases.len() + 1, "an answer for each case");
    let (mut options, host) = (Options::default(), Disk);
    options.folders.user_state.clone_from(&name);
    options.folders.home.clone_from(&name);
    let before = stock_files(&name, stock);
    let (mut unjudged, mut wrong, mut complained, mut refused) = (0, 0, 0, 0);
    for (case, answer) in cases.iter().zip(&answers[1..]) {
        let mut files = before.clone();
        files.push(document(&[name.as_slice(), b"/local.cf"].concat(), &case.site));
        let site = read_site(files, &options, &host);
        let mut is_unjudged = !site.unjudged.is_empty();
        // A site's file that kills spamd leaves nothing to ask of a user's.
        let is_dead =
            site.messages.iter().any(|message| message.level == Level::Fatal && !site.words(message).is_empty());
        if is_dead && case.user.is_some() {
            continue;
        }
        let pairs = match &case.user {
            None => {
                let (daemon, lint) = answer.split_once('|').expect("two answers");
                vec![(said(&site, false), heard(daemon)), (said(&site, true), heard(lint))]
            }
            Some(user) => {
                let user = document(&[name.as_slice(), b"/user_prefs"].concat(), user);
                let reading = read_user(user, &site.state, &options, &host);
                is_unjudged |= !reading.unjudged.is_empty();
                vec![(said(&reading, false), heard(answer))]
            }
        };
        if is_unjudged {
            unjudged += 1;
            continue;
        }
        refused += usize::from(pairs[0].1.iter().any(|words| words.contains("invalid regexp for")));
        complained += usize::from(!pairs[0].1.is_empty());
        for (said, heard) in pairs {
            if !agree(&said, &heard) {
                wrong += 1;
                if wrong <= 12 {
                    // As often as one of them has it more often than the other.
                    let only = |one: &[String], two: &[String]| {
                        let mut rest = two.to_vec();
                        let is_extra = |words: &&String| match rest.iter().position(|other| other == *words) {
                            Some(at) => {
                                rest.swap_remove(at);
                                false
                            }
                            None => true,
                        };
                        one.iter().filter(is_extra).cloned().collect::<Vec<_>>()
                    };
                    println!(
                        "--- site {}\n    user {}\n    only the model: {:#?}\n    only SpamAssassin: {:#?}",
                        case.site.escape_ascii(),
                        case.user.as_deref().unwrap_or(b"-").escape_ascii(),
                        only(&said, &heard),
                        only(&heard, &said),
                    );
                }
            }
        }
    }
    println!("{} cases, {complained} with complaints, {refused} with a refused pattern", cases.len());
    println!(
        "{unjudged} of them are left out: they have a pattern of which the model cannot tell what Perl makes of it"
    );
    assert_eq!(wrong, 0, "they differ");
    assert!(unjudged * 200 <= cases.len().max(200), "too many patterns that are not judged: {unjudged}");
}

#[test]
fn every_site_file_draws_the_messages_that_spamassassin_gives() {
    if is_installed() {
        let (mut random, stock) = (Random::new(), stock::patterns());
        let cases: Vec<Case> =
            (0..cases(5_000) / 2).map(|_| Case { site: generate(&mut random, &stock), user: None }).collect();
        hold_against(&cases, false);
    }
}

#[test]
fn every_users_file_draws_the_messages_that_spamd_gives() {
    if is_installed() {
        let (mut random, stock) = (Random::new(), stock::patterns());
        let cases: Vec<Case> = (0..cases(5_000) / 2).map(|_| user_case(&mut random, &stock)).collect();
        hold_against(&cases, false);
    }
}

#[test]
fn expressions_of_any_tokens() {
    if is_installed() {
        let mut random = Random::new();
        let site = |random: &mut Random| Case { site: expressions(random), user: None };
        let cases: Vec<Case> = (0..cases(5_000) / 50).map(|_| site(&mut random)).collect();
        hold_against(&cases, false);
    }
}

#[test]
fn with_the_stock_rules_too() {
    if is_installed() {
        let (mut random, stock) = (Random::new(), stock::patterns());
        let mut cases: Vec<Case> = (0..50).map(|_| Case { site: generate(&mut random, &stock), user: None }).collect();
        cases.extend((0..50).map(|_| user_case(&mut random, &stock)));
        hold_against(&cases, true);
    }
}

#[test]
fn bytes_that_perl_takes_for_characters() {
    if is_installed() {
        let cases: Vec<Case> = [
            b"body AA /\\x{100}\xe9(/".as_slice(),
            b"body AA /\xe9(/",
            b"header AA X =~ m{\xc3\xa9\\N{U+100}**}",
            b"mimeheader AA X =~ /\\x{100}\xff)/",
            b"askdns AA zone. TXT /\\x{100}\xe9[/",
            b"bayes_stopword_en \\x{100}\xe9[",
            b"lang \\x{100}\xe9[ x",
        ]
        .map(|site| Case { site: site.to_vec(), user: None })
        .into();
        hold_against(&cases, false);
    }
}

#[test]
fn what_chance_seldom_makes() {
    if is_installed() {
        let cases: Vec<Case> = [
            b"file end x\nfile end x\ninclude one.inc\nbad\n".as_slice(),
            b"bad\nfile end x\nfile end x\nbad\ninclude nosuch\nif 1\ninclude more\n",
            b"include one.inc\0two.inc\0\0more\n",
            b"trusted_networks :db8::/32 1:2:3:4:5:6:7: :1::2: ::1: : ::: 1::: :1:2:3:4:5:6:7:8 :1:2:3:4:5:6:1.2.3.4\n",
        ]
        .map(|site| Case { site: site.to_vec(), user: None })
        .into();
        hold_against(&cases, false);
    }
}

#[test]
fn a_word_behind_lang_is_a_pattern_that_perl_alone_judges() {
    if is_installed() {
        let (mut random, stock) = (Random::new(), stock::patterns());
        let words: Vec<Vec<u8>> = std::iter::repeat_with(|| language(&mut random, &stock)).take(cases(2_000)).collect();
        let cases: Vec<Case> = words
            .iter()
            .map(|word| Case { site: [b"lang ", word.as_slice(), b" score AA 1\n"].concat(), user: None })
            .collect();
        let place = place();
        let answers = ask(place.path(), &cases, false);
        let (mut refused, mut unjudged) = (0, 0);
        for ((word, case), answer) in words.iter().zip(&cases).zip(&answers[1..]) {
            let heard = heard(answer.split_once('|').expect("two answers").0);
            if Pattern::of_perl_alone(&[b"^", word.as_slice()].concat(), Options::default().perl.of_patterns()).verdict
                == Verdict::CannotTell
            {
                unjudged += 1;
                continue;
            }
            let reading = read_site(vec![document(b"x", &case.site)], &Options::default(), &Nowhere);
            let is_said = |message: &&maillint::spamassassin::Message| {
                matches!(message.complaint, Complaint::LanguageNoPattern { .. })
            };
            let said = reading.messages.iter().find(is_said).map(|message| reading.words(message));
            let said = said.map(|words| format!("fatal: {}", words.escape_ascii()));
            refused += usize::from(said.is_some());
            // What Perl may say while it matches is not predicted.
            let is_of_matching = |words: &str| {
                words.starts_with("fatal: Unknown user-defined property name")
                    || words == "fatal: Infinite recursion in regex"
            };
            let mut fatal = heard.iter().filter(|words| words.starts_with("fatal: ") && !is_of_matching(words));
            let is_same = fatal.next() == said.as_ref();
            assert!(is_same, "{}: {said:?}, but Perl says {heard:?}", word.escape_ascii());
        }
        println!("{} words, {refused} refused, {unjudged} of which the model cannot tell", words.len());
        assert!(refused * 10 > words.len() && unjudged * 200 <= words.len().max(2_000), "bad cases");
    }
}

#[test]
fn a_message_points_at_the_characters_of_a_pattern_that_are_to_blame() {
    for (line, blamed) in [
        ("body A /foo(bar/", "("),
        ("  body A /foo\\#(bar/i # c", "("),
        ("body A /%{TAG}x{/", "{"),
        ("body A /%{TAG(a_b)} %{B}[z/", "["),
        ("header A Subject =~ /a%{TAG}**/ [if-unset: x]", "**"),
        ("header A Subject =~ m!a!b!", "!"),
        ("body A /a(?{1})/", "(?{"),
        ("body A x", "x"),
        ("body A /x/e", "e"),
        ("body A //", "//"),
        ("body A /a||b/", "||"),
        ("mimeheader A X =~ /a[b/", "["),
        ("uri_detail A text =~ /a/ raw =~ /a{3,2}/", "{3,2}"),
        ("askdns A zone. TXT /a)b/", ")"),
        ("bayes_stopword_en good ba(d", "("),
        ("redirector_pattern /a\\gb/", "\\g"),
        ("lang en(us|de x", "("),
        ("olemacro_exts a**", "**"),
    ] {
        let pre =
            b"loadplugin Mail::SpamAssassin::Plugin::MIMEHeader\nloadplugin Mail::SpamAssassin::Plugin::URIDetail\n\
            loadplugin Mail::SpamAssassin::Plugin::AskDNS\nloadplugin Mail::SpamAssassin::Plugin::Bayes\n\
            loadplugin Mail::SpamAssassin::Plugin::OLEVBMacro\nutil_rb_tld com\n";
        let files = vec![document(b"init.pre", pre), document(b"local.cf", line.as_bytes())];
        let reading = read_site(files, &Options::default(), &Nowhere);
        let place = |message: &maillint::spamassassin::Message| {
            let document = &reading.documents[message.at.document? as usize];
            let text = document.file.source.slice(message.at.span).escape_ascii().to_string();
            (document.name == b"local.cf").then_some(text)
        };
        let places: Vec<String> = reading.messages.iter().filter_map(place).collect();
        let blamed = blamed.as_bytes().escape_ascii().to_string();
        assert_eq!(places.first(), Some(&blamed), "{line}: {places:?}");
    }
}

#[test]
fn the_stock_files_draw_nothing() {
    if is_installed() {
        let place = place();
        let answer = ask(place.path(), &[], true);
        assert_eq!(answer, [""], "SpamAssassin itself finds nothing");
        let reading = read_site(stock_files(b"", true), &Options::default(), &Disk);
        assert!(reading.unjudged.is_empty(), "all stock patterns can be judged");
        let said: Vec<String> = said(&reading, true);
        assert!(said.is_empty(), "{said:#?}");
        assert!(reading.state.rules.len() > 2900 && reading.state.scores.len() > 2900);
    }
}

fn user_case(random: &mut Random, stock: &[Vec<u8>]) -> Case {
    let mut site = Vec::new();
    if random.below(4) == 0 {
        site.extend_from_slice(b"allow_user_rules 1\n");
    }
    if random.below(3) == 0 {
        site.extend_from_slice(&lines(random, 3, stock));
    }
    Case { site, user: Some(generate(random, stock)) }
}

fn generate(random: &mut Random, stock: &[Vec<u8>]) -> Vec<u8> {
    let count = 1 + random.below(10);
    let mut bytes = lines(random, count, stock);
    if random.below(2) == 0 {
        for _ in 0..=random.below(3) {
            random.damage(&mut bytes, b" \t\n\r\x0b\x0c\0#\\:;(),.=<>|&!*+-/?0189aAzZ_%\"'\xa0\xc3\xff");
        }
    }
    if names_no_plugin(&bytes) {
        return lines(random, count, stock);
    }
    if random.below(30) == 0 {
        bytes.splice(..0, *b"\xef\xbb\xbf");
    }
    bytes
}

/// Whether damage has made a plugin's name into that of SpamAssassin itself, which Perl then really loads. Which modules a
/// machine has beside the plugins is not known here.
fn names_no_plugin(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"Mail::SpamAssassin";
    let mut places = bytes.windows(NAME.len() + 1).filter(|window| window.starts_with(NAME));
    places.any(|window| !window.ends_with(b":")) || bytes.ends_with(NAME)
}

fn lines(random: &mut Random, count: usize, stock: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..count {
        if random.below(5) == 0 {
            out.extend_from_slice(&pattern_line(random, stock));
        } else {
            out.extend_from_slice(line(random).as_bytes());
        }
        out.extend_from_slice(random.pick(&[
            b"\n".as_slice(),
            b"\n",
            b"\n",
            b"\n",
            b"\n",
            b" \n",
            b"\r\n",
            b" # c\n",
            b"#c\n",
            b"\t\n",
        ]));
    }
    out
}

include!("spamassassin/lines.rs");

/// `cargo test --release --test spamassassin -- --ignored --nocapture speed` prints how long it takes.
#[test]
#[ignore = "times are those of an idle machine and a release build"]
fn speed() {
    const SIZE: usize = 1 << 20;
    let numbered = |line: fn(usize) -> String| {
        let mut text = Vec::new();
        for number in 0..SIZE {
            if text.len() >= SIZE {
                break;
            }
            text.extend_from_slice(line(number).as_bytes());
        }
        text
    };
    let repeated = |text: &str| text.as_bytes().iter().copied().cycle().take(SIZE).collect::<Vec<u8>>();
    let behind = |head: &str, text: &str| [head.as_bytes(), &repeated(text)].concat();
    let shapes: Vec<(&str, Vec<u8>)> = vec![
        ("empty lines", repeated("\n")),
        ("comments", repeated("# a comment\n")),
        ("one line", repeated("a")),
        ("blanks", behind("a", " ")),
        ("unknown", repeated("x\n")),
        ("same score", repeated("score A 1\n")),
        ("scores", numbered(|i| format!("score RULE_{i} 1.5\n"))),
        ("no scores", repeated("score 2\n")),
        ("settings", repeated("required_score 5\nuse_bayes 1\nwelcomelist_from a@example.com\n")),
        ("bodies", numbered(|i| format!("body RULE_{i} /word{i}/i\n"))),
        ("headers", numbered(|i| format!("header RULE_{i} Subject =~ /word{i}/i\n"))),
        ("metas", numbered(|i| format!("meta RULE_{i} RULE_{} && RULE_{}\n", i + 1, i + 2))),
        ("cycles", numbered(|i| format!("meta RULE_{i} RULE_{}\n", if i % 1000 == 999 { i - 999 } else { i + 1 }))),
        ("one meta", behind("meta A ", "A+")),
        ("parentheses", behind("meta A ", "(")),
        ("prefixes", behind("meta A ", "! ")),
        ("questions", behind("meta A ", "A ? ")),
        ("long sum", behind("meta A 1", " + 1")),
        ("globs", numbered(|i| format!("score A{i} 1\nmeta A{i} rules_matching(*{i}*)\n"))),
        ("conditions", repeated("if 1\n")),
        ("other conditions", numbered(|i| format!("if version > {i}\nendif\n"))),
        ("one condition", behind("if ", "(")),
        ("evals", behind("body A eval:f(", "'a', ")),
        ("quotes", behind("body A eval:f(", "'")),
        ("networks", numbered(|i| format!("trusted_networks 10.{}.{}.1\n", i / 256 % 256, i % 256))),
        ("same networks", repeated("trusted_networks 10.1.1.1\n")),
        ("one list", behind("trusted_networks ", "10.1.1.1 ")),
        ("no addresses", behind("trusted_networks ", "x ")),
        ("details", behind("uri_detail A ", "text =~ /a ")),
        ("mimeheader", behind("mimeheader A ", "=~")),
        ("if-unset", behind("header A B =~ /x/ ", " [if-unset: ")),
        ("templates", behind("body A /", "%{")),
        ("more templates", behind("body A /", "%{A(")),
        ("refused templates", numbered(|i| format!("body A /%{{A}}%{{A}}%{{A}}%{{A{i}/\n"))),
        ("hashes", behind("body A /", "\\#")),
        ("delimiters", behind("body A m", "a!")),
        ("languages", repeated("lang en score A 1\n")),
        ("markers", numbered(|i| format!("file start f{i}\n"))),
        ("ends", repeated("file end x\n")),
        ("includes", numbered(|i| format!("include f{i}\n"))),
        ("nul", repeated("\0")),
        ("crlf", repeated("score A 1\r\n")),
    ];
    let nobody = Nowhere;
    let time = |files: Vec<Document>| {
        let best = (0..5).map(|_| {
            let files = files.clone();
            let start = std::time::Instant::now();
            let reading = read_site(files, &Options::default(), &nobody);
            let elapsed = start.elapsed();
            drop(reading);
            elapsed
        });
        best.min().expect("five runs").as_secs_f64() * 1000.0
    };
    let pre = folder(b"/etc/spamassassin", files::pre_files);
    for (name, bytes) in shapes {
        let mut files = pre.clone();
        files.push(document(b"/etc/spamassassin/local.cf", &bytes));
        println!("{name:20} {:6.1} ms", time(files));
    }
    let stock = stock_files(b"", true);
    let size: usize = stock.iter().map(|file| file.file.source.bytes().len()).sum();
    println!("stock rules, {size} bytes {:6.1} ms", time(stock));
}

/// A machine without any files.
struct Nowhere;

impl Host for Nowhere {
    fn include(&self, _: &[u8]) -> Vec<Document> {
        Vec::new()
    }

    fn look(&self, _: &[u8]) -> Look {
        Look::Absent
    }
}
