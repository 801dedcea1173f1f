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
#[path = "exim_filters/delivery.rs"]
mod delivery;
#[path = "exim_filters/guarded.rs"]
mod guarded;
#[path = "exim_filters/maker.rs"]
mod maker;
#[path = "exim_filters/panel.rs"]
mod panel;

use std::collections::BTreeMap;

use common::{Random, cases};
use delivery::{Answer, Delivery};
use guarded::Guarded;
use maillint::check::{Request, check};
use maillint::exim_expansion::{Engine, Forbidden, Setting};
use maillint::exim_filter::run::{Circumstances, Failing, Outcome, Run};
use maillint::exim_filter::{Filter, Permissions, Verdict, Whose};
use maillint::exim_pattern::{expansion_judge, expansion_match};
use maillint::tree::Memory;
use maker::Maker;
use panel::Panel;

/// The Exim of this test: a light build of Debian, under a router that forbids what cPanel's forbid.
const SETTING: Setting = Setting {
    engine: Engine::debian_light(),
    forbidden: Forbidden::RUN
        .and(Forbidden::PERL)
        .and(Forbidden::LOOKUP)
        .and(Forbidden::READFILE)
        .and(Forbidden::READSOCKET),
    pattern_error: Some(expansion_judge),
    pattern_matches: Some(expansion_match),
    ..Setting::filter()
};

#[test]
fn filters_fail_as_exim_says() {
    let Some(delivery) = Delivery::new() else { return };
    let mut random = Random::new();
    let (mut seen, mut done, count) = (Seen::default(), 0, cases(5_000));
    while done < count {
        let batch = (count - done).min(5_000);
        let filters: Vec<Vec<u8>> = (0..batch).map(|_| Maker { random: &mut random }.filter()).collect();
        delivery.lay(done, &filters);
        let mut answers = delivery.through_users_filters(done..done + batch, "");
        for (number, filter) in (done..).zip(&filters) {
            let local_part = number.to_string();
            let whose = Whose::Mailbox(b"f.test", local_part.as_bytes());
            seen.compare(filter, Permissions::CPANEL, SETTING, whose, &answers.remove(&number).unwrap_or_default());
        }
        done += batch;
    }
    seen.report(count);
}

#[test]
fn system_filters_fail_as_exim_says() {
    let Some(delivery) = Delivery::new() else { return };
    let mut random = Random::new();
    let (mut seen, count) = (Seen::default(), cases(5_000) / 10);
    let setting = Setting { forbidden: Forbidden::NOTHING, ..SETTING };
    let mut filter = || loop {
        let filter = Maker { random: &mut random }.filter();
        // The system filter is allowed to run programs and to look things up.
        if ["{run", "{lookup"].iter().all(|item| memchr::memmem::find(&filter, item.as_bytes()).is_none()) {
            return filter;
        }
    };
    let filters: Vec<Vec<u8>> = (0..count).map(|_| filter()).collect();
    delivery.lay(0, &filters);
    let mut answers = delivery.through_system_filters(0..count);
    for (number, filter) in filters.iter().enumerate() {
        let answer = answers.remove(&number).unwrap_or_default();
        seen.compare(filter, Permissions::SYSTEM, setting, Whose::Server, &answer);
    }
    println!("{:?}", seen.counts);
    assert!(count < 2_000 || seen.counts.contains_key("Save"), "no relative path");
}

/// How often what happened.
#[derive(Default)]
struct Seen {
    counts: BTreeMap<String, usize>,
}

impl Seen {
    fn compare(&mut self, bytes: &[u8], may: Permissions, setting: Setting, whose: Whose<'_>, exim: &Answer) {
        let filter = Filter::parse(bytes, may);
        let shown = || format!("{whose:?}\n{}\n", String::from_utf8_lossy(bytes));
        if filter.verdict != Verdict::Accepted {
            let words = filter.says(bytes);
            assert_eq!(words.as_deref().map(logged), exim.failed, "{}", shown());
            return self.count("not a filter");
        }
        let run = Run::of(&filter, bytes, &Circumstances { setting, whose, runs_as: Some((65534, 65534)) });
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
        let kinds = [("autoreply", "Recipient"), ("appendfile", "Save"), ("address_pipe", "Pipe")];
        let kind = kinds.iter().find(|(word, _)| exim.bounced.iter().any(|words| words.contains(word)));
        self.count(kind.map_or("runs", |(_, kind)| kind));
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

/// Of a comparison with a header it is said that a message without the header fails, or one in which it is no number,
/// exactly when there is such a message: whatever asks about the header before it, and whatever asks about another one.
#[test]
fn guards_are_understood() {
    let Some(delivery) = Delivery::new() else { return };
    let mut random = Random::new();
    let count = cases(5_000) / 5;
    let filters: Vec<Vec<u8>> = (0..count).map(|_| Guarded::new(&mut random).filter()).collect();
    delivery.lay(0, &filters);
    // Messages without the header that is compared, or with a text in it; and with another one as it may be.
    let answers = ["", "5.3", "1 (Highest)", "none"].map(|text| {
        let number = if text.is_empty() { String::new() } else { format!("X-Number: {text}\n") };
        let answers = ["", "X-Other: 1\n", "X-Other: 7\n", "X-Other: x\n"]
            .map(|other| delivery.through_users_filters(0..count, &format!("{number}{other}")));
        (text, answers)
    });
    let (mut told, mut silent) = (0, 0);
    for (number, bytes) in filters.iter().enumerate() {
        let failed = |wanted: Option<&str>| -> Vec<&String> {
            let answers = answers.iter().filter(|(text, _)| wanted.is_none_or(|wanted| wanted == *text));
            answers.flat_map(|(_, answers)| answers).filter_map(|of| of.get(&number)?.failed.as_ref()).collect()
        };
        let filter = Filter::parse(bytes, Permissions::CPANEL);
        let whose = Whose::Unknown;
        let run = Run::of(&filter, bytes, &Circumstances { setting: SETTING, whose, runs_as: Some((65534, 65534)) });
        let shown = String::from_utf8_lossy(bytes);
        for failure in run.failures() {
            let Failing::Unguarded(unguarded) = &failure.what else { panic!("{failure:?}\n{shown}") };
            let words = failure.words.as_deref().map(logged).unwrap_or_default();
            let failed = failed(Some(unguarded.text));
            assert!(failed.contains(&&words), "no message fails as told: {failure:?}\n{shown}{failed:?}");
        }
        if run.failures().is_empty() {
            assert!(failed(None).is_empty(), "a message fails\n{shown}");
            silent += 1;
        } else {
            told += 1;
        }
    }
    println!("{told} told, {silent} silent");
    assert!(told * 5 > count && silent * 5 > count);
}

/// A numbered variable of which it is said that it is always empty is empty, whatever the patterns before it matched.
#[test]
fn empty_variables_are_empty() {
    let Some(delivery) = Delivery::new() else { return };
    let mut random = Random::new();
    let count = cases(5_000) / 10;
    // Exim 4.96 has room for 20 groups, and does not look whether there are more. The subject is `test`.
    let mut filter = || {
        let mut pattern = || {
            let empty = ["()", "(x)?", "(?:x|())", "(?=(t))"];
            let before: String = (0..8 + random.below(6)).map(|_| random.pick(&empty)).collect();
            let behind: String = (0..random.below(4)).map(|_| random.pick(&empty[..3])).collect();
            format!("{before}(t)(e)?{behind}")
        };
        let patterns = [pattern(), pattern()];
        let number =
            random.pick(&["10", "{10}", "11", "12", "{13}", "15", "19", "20", "25", "1000", "00012", "4294967306"]);
        let [one, two] = patterns.map(|pattern| format!("$h_subject: matches \"^{pattern}\""));
        let text = format!("if \"${number}\" is \"\" then deliver \"a@b,c@d\" else finish endif\n");
        format!("# Exim filter\nif {one} and {two} then {text}endif\nif {two} then testprint x endif\n{text}")
    };
    let filters: Vec<Vec<u8>> = (0..count).map(|_| filter().into_bytes()).collect();
    delivery.lay(0, &filters);
    let mut answers = delivery.through_users_filters(0..count, "");
    let (mut told, mut filled) = (0, 0);
    for (number, bytes) in filters.iter().enumerate() {
        let filter = Filter::parse(bytes, Permissions::CPANEL);
        let whose = Whose::Unknown;
        let run = Run::of(&filter, bytes, &Circumstances { setting: SETTING, whose, runs_as: Some((65534, 65534)) });
        let is_told = run.failures().iter().any(|failure| matches!(failure.what, Failing::EmptyNumber { .. }));
        let is_empty = answers.remove(&number).unwrap_or_default().failed.is_some();
        assert!(is_empty || !is_told, "{}", String::from_utf8_lossy(bytes));
        told += usize::from(is_told);
        filled += usize::from(!is_empty);
    }
    println!("{told} told, {filled} not empty");
    assert!(told * 10 > count && filled * 50 > count);
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
        "empty-numeric-variable",
        "relative-logfile",
        "relative-save",
        "foreign-errors-to",
        "logwrite-without-logfile",
        "misread-number",
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
        let checked = check(&Request { threads: Some(1), ..Request::of_server(&tree) });
        let found: Vec<String> = checked
            .findings
            .told
            .iter()
            .filter(|finding| is_about_running(finding.rule.id))
            .map(|finding| format!("{}: {}", finding.rule.id, finding.message.visible()))
            .collect();
        assert!(found.is_empty(), "{}{found:#?}", String::from_utf8_lossy(&filter));
    }
    println!("{count} filters of {lines} lines");
    assert!(lines > count * 10);
}
