//! A rule that is not complete does not build: its file is refused with its name and line, and neither half of a rule
//! can stand without the other.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop")]

#[path = "../rules/compile.rs"]
mod compile;

use std::fs;
use std::path::Path;
use std::process::Command;

const GOOD: &str = "\
kinds: [userdomains]
summary: something is wrong
severity: error
engine: skips
effect: mail is lost
explanation: because
remedy: mend it
since: 0.1.0
examples:
  - bad: |
      ⟦x⟧: y
  - good: |
      z: y
";

/// What the compiler of rules says of one rule's file.
fn verdict(yaml: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let subject = folder.path().join("rules/lsearch");
    fs::create_dir_all(&subject).expect("a subject");
    fs::write(subject.join("some-rule.yaml"), yaml).expect("a rule");
    let rules = compile::read_rules(&folder.path().join("rules")).map_err(|error| {
        let start = error.find("lsearch/").expect("an error names the file");
        error[start..].to_owned()
    })?;
    // What is written of a rule that is read is tried by the build of this very crate; here only that all of it is.
    let written = [compile::catalogue(&rules), compile::bindings(&rules, "lsearch"), compile::example_tests(&rules)];
    assert!(written.iter().all(|text| text.contains("LSEARCH_SOME_RULE")));
    assert_eq!(compile::subjects(&rules).len(), 1);
    Ok(())
}

fn refused(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from));
    verdict(&GOOD.replace(from, to)).expect_err("it should be refused")
}

#[test]
fn a_complete_rule_is_taken() {
    assert_eq!(verdict(GOOD), Ok(()));
}

#[test]
fn a_misspelt_key_is_refused_at_its_line() {
    let error = refused("remedy:", "remedey:");
    assert!(error.starts_with("lsearch/some-rule.yaml:7: unknown field `remedey`"), "{error}");
    let error = refused("  - good: |\n      z: y", "  - files:\n      a: {tekst: b}\n  - good: z");
    assert!(error.starts_with("lsearch/some-rule.yaml:") && error.contains("unknown field `tekst`"), "{error}");
}

#[test]
fn a_missing_or_empty_field_is_refused() {
    assert!(refused("effect: mail is lost\n", "").contains("missing field `effect`"));
    assert_eq!(refused("effect: mail is lost", "effect: ''"), "lsearch/some-rule.yaml:5: `effect` is empty");
    assert!(refused("severity: error", "severity: eror").contains("unknown variant `eror`"));
    assert_eq!(refused("kinds: [userdomains]", "kinds: []"), "lsearch/some-rule.yaml:1: `kinds` is empty");
}

#[test]
fn a_mark_that_does_not_close_is_refused_at_its_line() {
    assert_eq!(refused("⟦x⟧", "⟦x"), "lsearch/some-rule.yaml:11: the mark `⟦` is not closed");
    assert_eq!(refused("⟦x⟧", "⟦x⟧⟩"), "lsearch/some-rule.yaml:11: the mark `⟩` closes nothing");
}

#[test]
fn a_byte_may_stand_for_many() {
    let with =
        |bytes: &str| verdict(&GOOD.replace("bad: |\n      ⟦x⟧: y", &format!("files: {{a: {{bytes: '{bytes}'}}}}")));
    assert_eq!(with(r"⟦\x61{5}⟧"), Ok(()));
    for wrong in [r"⟦⟧\x61{", r"⟦⟧\x61{5", r"⟦⟧\x61{}", r"⟦⟧\x61{0}", r"⟦⟧\x61{-1}", r"⟦⟧\x61{10001}"]
    {
        let error = with(wrong).expect_err("it should be refused");
        assert!(error.ends_with(":10: `\\xNN{` wants a number up to 10000 and a `}`"), "{error}");
    }
}

#[test]
fn examples_must_show_both_sides() {
    assert_eq!(refused("⟦x⟧", "x"), "lsearch/some-rule.yaml:11: a bad example marks nothing with ⟦ ⟧");
    assert_eq!(refused("z: y", "⟦z⟧: y"), "lsearch/some-rule.yaml:13: a good example has a mark ⟦ ⟧");
    assert_eq!(refused("  - good: |\n      z: y\n", ""), "lsearch/some-rule.yaml:9: the rule has no good example");
}

#[test]
fn the_list_of_providers_is_checked() {
    assert!(compile::providers("[A]\na.com\n").is_ok());
    let error = |list: &str| compile::providers(list).expect_err("it should be refused");
    assert!(error("a.com\n").ends_with("mailbox-providers.txt:1: a domain before the first [provider]"));
    assert!(error("[A]\na.com\n[B]\na.com\n").ends_with(":4: the domain stands here twice"));
    assert!(error("[A]\nA.com\n").ends_with(":2: not a domain name in lower case"));
}

/// Builds a copy of the crate's library after a change, and gives what cargo says when that fails.
fn build(change: impl FnOnce(&Path)) -> Result<(), String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    copy(here, folder.path(), &["Cargo.toml", "Cargo.lock", "src", "rules", "benches"]);
    change(folder.path());
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--lib"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("incomplete"))
        .output()
        .expect("cargo runs");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn copy(from: &Path, to: &Path, names: &[&str]) {
    let status = Command::new("cp").arg("-r").args(names.iter().map(|name| from.join(name))).arg(to).status();
    assert!(status.expect("cp runs").success());
}

#[test]
fn neither_half_of_a_rule_builds_without_the_other() {
    assert_eq!(build(|_| {}), Ok(()), "the crate as it is builds");

    let error = build(|copy| fs::write(copy.join("rules/lsearch/no-code.yaml"), GOOD).expect("a page without code"));
    let error = error.expect_err("a page without code does not build");
    assert!(error.contains("cannot find value `no_code`") && error.contains("rules/lsearch/no-code.yaml"), "{error}");

    let error = build(|copy| fs::remove_file(copy.join("rules/lsearch/nul-byte.yaml")).expect("code without a page"));
    let error = error.expect_err("code without a page does not build");
    assert!(error.contains("function `nul_byte` is never used") && error.contains("src/lsearch/rules.rs"), "{error}");

    let error = build(|copy| {
        let page = copy.join("rules/lsearch/nul-byte.yaml");
        let text = fs::read_to_string(&page).expect("a page");
        fs::write(&page, text.replace("remedy:", "remedey:")).expect("a misspelt page");
    });
    let error = error.expect_err("a misspelt page does not build");
    assert!(error.contains("rules/lsearch/nul-byte.yaml:") && error.contains("unknown field `remedey`"), "{error}");
}
