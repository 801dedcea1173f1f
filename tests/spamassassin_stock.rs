//! Which SpamAssassin a tree has, and which rules come with it: as the command line says, or as the tree shows.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop")]

use maillint::check::{Checked, Request, StockRules, check};
use maillint::spamassassin::Version;
use maillint::tree::Memory;

const LOCAL: &str = "etc/mail/spamassassin/local.cf";

fn tree(files: &[(&str, &str)]) -> Memory {
    let mut tree = Memory::default();
    files.iter().for_each(|(path, text)| tree.file(*path, text.as_bytes()));
    tree
}

fn run(tree: &Memory, spamassassin: Option<Version>, stock_rules: StockRules<'_>) -> Checked {
    check(&Request { spamassassin, stock_rules, ..Request::of_server(tree) })
}

fn rules(checked: &Checked) -> Vec<&str> {
    checked.findings.told.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn the_version_is_what_the_tree_shows() {
    let version = |files: &[(&str, &str)]| {
        let known = run(&tree(files), None, StockRules::OfTree).spamassassin.expect("a version");
        (known.version.to_string(), known.from)
    };
    let known = |version: &str, from: &'static str| (version.to_owned(), from);
    let (pre, newer) = (("etc/mail/spamassassin/v342.pre", "x"), ("etc/mail/spamassassin/v400.pre", "x"));
    let (old, new) = (("var/lib/spamassassin/3.004002/a.cf", "x"), ("var/lib/spamassassin/4.000000/a.cf", "x"));
    let compiled = ("var/lib/spamassassin/compiled/5.036/x", "x");
    assert_eq!(version(&[(LOCAL, "x")]), known("4.0.1", "default"));
    assert_eq!(version(&[(LOCAL, "x"), pre]), known("3.4.6", "etc/mail/spamassassin"));
    assert_eq!(version(&[pre, newer]), known("4.0.1", "etc/mail/spamassassin"));
    assert_eq!(version(&[pre, old, compiled]), known("3.4.2", "var/lib/spamassassin"));
    assert_eq!(version(&[old, new, compiled]), known("4.0.0", "var/lib/spamassassin"));
    assert_eq!(version(&[old, newer]), known("4.0.1", "etc/mail/spamassassin"));
    assert_eq!(version(&[pre, new]), known("4.0.0", "var/lib/spamassassin"));
    assert_eq!(version(&[compiled]), known("4.0.1", "default"));
}

#[test]
fn the_words_are_those_of_the_version() {
    let tree = tree(&[(LOCAL, "score 2\n")]);
    let words = |version| {
        let checked = run(&tree, version, StockRules::OfTree);
        let finding = checked.findings.told.first().expect("a finding");
        finding.engine_says.last().map(maillint::text::Text::visible)
    };
    let old = "config: SpamAssassin failed to parse line, no value provided for \"score\", skipping: score 2";
    let new = "config: missing 'score' value in /etc/mail/spamassassin/local.cf (line 1): score 2";
    assert_eq!(words(Some(Version::V34)).as_deref(), Some(old));
    assert_eq!(words(None).as_deref(), Some(new));
}

#[test]
fn only_the_updated_rules_of_the_version_are_read() {
    let local = (LOCAL, "score ALL_TRUSTED (-1)\nscore OF_40 2\nscore OF_34 2\n");
    let stock = "header ALL_TRUSTED eval:check_all_trusted()\nscore ALL_TRUSTED -1\nbody ";
    let (of_40, of_34) = ([stock, "OF_40 /x/\n"].concat(), [stock, "OF_34 /x/\n"].concat());
    let list = "include channel/rules.cf\n";
    let tree = tree(&[
        local,
        ("etc/mail/spamassassin/v400.pre", "loadplugin Mail::SpamAssassin::Plugin::RelayEval\n"),
        ("var/lib/spamassassin/4.000001/channel.cf", list),
        ("var/lib/spamassassin/4.000001/channel/rules.cf", &of_40),
        ("var/lib/spamassassin/3.004006/channel.cf", list),
        ("var/lib/spamassassin/3.004006/channel/rules.cf", &of_34),
        ("usr/share/spamassassin/old.cf", "body OF_SHARE /x/\n"),
    ]);
    for (version, unknown) in [(None, "OF_34"), (Some(Version::V34), "OF_40")] {
        let checked = run(&tree, version, StockRules::OfTree);
        assert_eq!(rules(&checked), ["spamassassin/score-of-unknown-rule"], "{version:?}");
        assert!(checked.findings.told[0].message.visible().contains(unknown), "{version:?}");
    }
}

#[test]
fn other_rules_may_be_given_or_none() {
    let here = tree(&[(LOCAL, "score MY_OWN 2\nscore bayes_99 4\nscore HABEAS_SWE 0\n")]);
    let unknown = "spamassassin/score-of-unknown-rule";
    let all = [unknown, unknown, "spamassassin/score-of-removed-rule"];
    let found = |rules_of| {
        let checked = run(&here, None, rules_of);
        let mut ids: Vec<String> = rules(&checked).iter().map(|id| (*id).to_owned()).collect();
        ids.sort();
        ids
    };
    let mut expected = all.map(str::to_owned);
    expected.sort();
    assert_eq!(found(StockRules::OfTree), expected);
    assert_eq!(found(StockRules::Shipped), expected);
    assert!(found(StockRules::Unknown).is_empty());
    let other = tree(&[
        ("a.cf", "include more/b.cf\nheader ALL_TRUSTED eval:f()\n"),
        ("more/b.cf", "body MY_OWN /x/\nbody bayes_99 /x/\n"),
    ]);
    assert_eq!(found(StockRules::From(&other)), ["spamassassin/score-of-removed-rule"]);
}
