//! What is written: the JSON document against its schema, and the same findings in every format, whatever bytes the
//! files hold. No format lets a byte through that a terminal would obey.
#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "a test that cannot go on should stop")]

use maillint::check::{Request, Wanted, check};
use maillint::policy::{Pattern, Policy, Report};
use maillint::report::{Format, Look};
use maillint::rule::Severity;
use maillint::tree::{Memory, Tree};
use proptest::prelude::*;
use serde_json::Value;

fn report(tree: &dyn Tree, threads: Option<usize>) -> Report {
    let (root, wanted) = (Some("/srv/tree".into()), Wanted::Whole);
    let request = Request { root, wanted, threads, ..Request::of_server(tree) };
    Policy::default().apply(vec![check(&request)])
}

fn written(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    format.write(report, &mut out, Look { color: false, unicode: true }, false).expect("a vector takes all");
    String::from_utf8(out).expect("every format is UTF-8")
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("schema/check.json")).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

/// Pieces of tables, odd and hostile ones among them.
const PIECES: &[&[u8]] = &[
    b"*: nobody\n",
    b"yahoo.com: a\n",
    b" yahoo.com: a\n",
    b"x.com: a # b\n",
    b"x.com: a\0b\n",
    b"X.com: a\n",
    b"x.com.: a\n",
    b"\"x.com: a\n",
    b"x.com:\n",
    b"*.x.com: a\n",
    b"\x1b]0;pwned\x07\x1b[2J.com: a\n",
    b"\xff\xfe: \x80\n",
    b"\r\n",
    b"\n",
    "\u{202e}moc.x: a\n".as_bytes(),
    "\u{feff}: \u{85}\u{200b}\n".as_bytes(),
    b"::warning::x: a\n",
    b"#",
    b"\0",
    b"co.uk: \xc3\n",
    "e\u{301}\u{e0041}\u{ad}.com: \u{1f600}\n".as_bytes(),
    b"\t\x0b:\x7f\n",
    b"<script>: &\n",
    b"a",
    b"\\x41: '\"`\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_formats_tell_the_same_and_nothing_is_obeyed(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..30),
        user in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut tree = Memory::default();
        tree.file("etc/userdomains", pieces.iter().flat_map(|&piece| PIECES[piece]).copied().collect::<Vec<u8>>());
        tree.file("var/cpanel/users/a", [b"DNS=\x1b[2Jz.com\nDNS1=".as_slice(), &user].concat());
        let report = report(&tree, None);
        let [text, concise, json] = [Format::Text, Format::Concise, Format::Json].map(|format| written(&report, format));
        for (name, out) in [("text", &text), ("concise", &concise), ("json", &json)] {
            let obeyed = out.chars().find(|&c| c != '\n' && (c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0041}')));
            prop_assert_eq!(obeyed, None, "{} lets it through", name);
        }
        let document: Value = serde_json::from_str(&json).unwrap();
        let findings = document["findings"].as_array().unwrap();
        let places: Vec<String> = findings
            .iter()
            .map(|finding| {
                let start = &finding["span"]["start"];
                format!("{}:{}:{}: {}[{}]: ", finding["path"].as_str().unwrap(), start["line"], start["column"], finding["severity"].as_str().unwrap(), finding["rule"].as_str().unwrap())
            })
            .collect();
        let heads = |out: &str| -> Vec<String> {
            let line = |line: &str| Some(line.split_at(line.find("]: ")? + 3).0.to_owned());
            out.lines().filter(|line| line.starts_with("etc/")).filter_map(line).collect()
        };
        prop_assert_eq!(&heads(&concise), &places);
        prop_assert_eq!(&heads(&text), &places);
    }

    #[test]
    fn the_document_is_what_its_schema_says(pieces in proptest::collection::vec(0..PIECES.len(), 0..12)) {
        let mut tree = Memory::default();
        tree.file("etc/userdomains", pieces.iter().flat_map(|&piece| PIECES[piece]).copied().collect::<Vec<u8>>());
        tree.link("etc/passwd", "nowhere");
        tree.file("etc/hostname", "host.a.net\n");
        let document: Value = serde_json::from_str(&written(&report(&tree, None), Format::Json)).unwrap();
        let errors: Vec<String> = schema().iter_errors(&document).map(|error| error.to_string()).collect();
        prop_assert!(errors.is_empty(), "{}", errors.join("\n"));
        prop_assert_eq!(document["problems"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads() {
    let mut tree = Memory::default();
    let mut table = b"*: nobody\n".to_vec();
    for number in 0..300 {
        table.extend_from_slice(format!("d{number}.com: u{}\n", number % 290).as_bytes());
        tree.file(format!("var/cpanel/users/u{number}"), format!("DNS=d{number}.com\nDNS1=other{number}.com\n"));
        tree.link(format!("var/cpanel/users/l{number}"), "nowhere");
    }
    tree.file("etc/userdomains", table);
    let first = written(&report(&tree, Some(1)), Format::Json);
    assert!(first.matches("domains/missing-domain").count() == 300 && first.matches("does not exist").count() == 300);
    for threads in [2, 3, 8, 32] {
        assert_eq!(written(&report(&tree, Some(threads)), Format::Json), first, "with {threads} threads");
    }
}

#[test]
fn a_panic_is_a_problem_of_one_file() {
    use maillint::tree::{Bound, Content, Refusal};
    struct Broken(Memory);
    impl Tree for Broken {
        fn read(&self, path: &[u8], bound: Bound<'_>) -> Result<Content, Refusal> {
            assert!(path != b"var/cpanel/users/b", "a bug, for this one file");
            self.0.read(path, bound)
        }
        fn list(&self, path: &[u8], bound: Bound<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
            self.0.list(path, bound)
        }
        fn is_same_folder(&self, one: &[u8], other: &[u8]) -> bool {
            self.0.is_same_folder(one, other)
        }
        fn owner(&self, folder: &[u8]) -> Option<u32> {
            self.0.owner(folder)
        }
    }
    let mut tree = Memory::default();
    tree.file("etc/userdomains", "yahoo.com: a\n");
    ["a", "b", "c"].iter().for_each(|user| tree.file(format!("var/cpanel/users/{user}"), "DNS=x.com\n"));
    let report = report(&Broken(tree), Some(4));
    assert_eq!(report.problems.len(), 1);
    assert_eq!(report.problems[0].1.path.visible(), "var/cpanel/users/b");
    assert!(report.findings.iter().any(|reported| reported.finding.rule.id == "domains/foreign-domain"));
    assert_eq!(report.status(None), 2);
}

#[test]
fn a_finding_keeps_its_fingerprint_when_lines_move() {
    let print = |table: &str| {
        let mut tree = Memory::default();
        tree.file("etc/userdomains", table);
        let report = report(&tree, None);
        report.findings.iter().map(maillint::policy::Reported::fingerprint).collect::<Vec<_>>()
    };
    let before = print("yahoo.com: a\n");
    assert_eq!(before, print("*: nobody\n# a comment\nyahoo.com: b\n"));
    assert_ne!(before, print("gmail.com: a\n"));
    let twice = print("yahoo.com: a\nyahoo.com: a\n");
    assert!(twice.contains(&before[0]) && twice.iter().collect::<std::collections::BTreeSet<_>>().len() == twice.len());
}

#[test]
fn ten_thousand_findings_are_drawn_a_hundred_times_and_counted() {
    let mut tree = Memory::default();
    tree.file("etc/userdomains", "yahoo.com. a\n".repeat(10_000));
    let report = report(&tree, None);
    let text = written(&report, Format::Text);
    assert_eq!(text.matches("error[domains/malformed-domain]").count(), 100);
    assert!(text.contains("etc/userdomains: and 9900 more of domains/malformed-domain\n"));
    let json: Value = serde_json::from_str(&written(&report, Format::Json)).unwrap();
    let all = json["findings"].as_array().unwrap();
    assert_eq!(all.iter().filter(|finding| finding["rule"] == "domains/malformed-domain").count(), 10_000);
    // What is drawn is the same when the rest is only counted, and it weighs less.
    let request = Request { most_findings: Format::Text.most_findings(), ..Request::of_server(&tree) };
    let mut checked = check(&request);
    checked.root = Some("/srv/tree".into());
    let few = Policy::default().apply(vec![checked]);
    assert!(few.findings.len() < 1000);
    assert_eq!(written(&few, Format::Text), text);
    assert_eq!(few.status(Some(Severity::Error)), 1);
    let ignored = vec![Pattern::parse("domains").unwrap()];
    let others = Policy { ignore: ignored, ..Policy::default() }.apply(vec![check(&request)]);
    assert!(others.suppressed >= 10_000);
}

#[test]
fn an_engine_that_quotes_a_long_line_fills_no_mail() {
    let mut tree = Memory::default();
    tree.file("etc/mail/spamassassin/local.cf", format!("body MY_RULE /{}", "é)".repeat(100_000)));
    let report = report(&tree, None);
    let text = written(&report, Format::Text);
    assert!(text.len() < 10_000, "{} bytes", text.len());
    let says = text.split_once("the engine says: ").unwrap().1;
    assert!(
        says.starts_with("config: invalid regexp for MY_RULE")
            && says.contains(" bytes, which --format json tells ...]")
    );
    let json: Value = serde_json::from_str(&written(&report, Format::Json)).unwrap();
    assert!(json["findings"][0]["engine_says"][0].as_str().unwrap().contains(&"é)".repeat(99_000)));
}
