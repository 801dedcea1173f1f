//! The command line as people use it, through the built binary: what it says, and its exit status.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn maillint(args: &[&str]) -> Ran {
    with_input(args, "")
}

/// Runs maillint in the folder of this crate.
fn with_input(args: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_maillint"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("maillint starts");
    // It may end without having read its input; that is its affair.
    let _ = child.stdin.take().expect("an input").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("maillint ends");
    Ran {
        status: output.status.code().expect("maillint is not killed"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

const INCIDENT: &str = "fixtures/servers/foreign-domain";
const CLEAN: &str = "fixtures/servers/clean";

#[test]
fn every_example_server_yields_what_is_expected_of_it() {
    for server in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/servers")).expect("servers") {
        let server = server.expect("a server").path();
        let ran = maillint(&["check", "--format", "concise", "--root", server.to_str().expect("a name")]);
        let expected = fs::read_to_string(server.join("expected.txt")).expect("an expectation");
        assert_eq!(ran.out, expected, "{}", server.display());
        assert_eq!(ran.err, "");
    }
}

#[test]
fn a_foreign_domain_is_shown_with_its_characters() {
    let ran = maillint(&["check", "--root", INCIDENT, "--select", "domains/foreign-domain"]);
    assert_eq!(ran.status, 1);
    let frame = " 9 │ yahoo.com: cptest\n   · ────┬────\n   ·     ╰── claimed here for `cptest`\n";
    assert!(ran.out.contains(frame), "{}", ran.out);
    assert!(ran.out.contains("var/cpanel/users/cptest:6:6"), "{}", ran.out);
}

#[test]
fn the_status_says_how_bad_it_is() {
    let status = |args: &[&str]| maillint(&[&["check"], args].concat()).status;
    assert_eq!(status(&["--root", CLEAN]), 0);
    assert_eq!(status(&["--root", INCIDENT]), 1);
    assert_eq!(status(&["--root", INCIDENT, "--fail-on", "never"]), 0);
    assert_eq!(status(&["--root", INCIDENT, "--select", "domains/missing-domain", "--fail-on", "error"]), 0);
    assert_eq!(status(&["--root", INCIDENT, "--select", "domains/unknown-owner", "--fail-on", "error"]), 1);
    assert_eq!(status(&["--root", INCIDENT, "--ignore", "domains,lsearch"]), 0);
    assert_eq!(status(&["--root", "no/such/folder"]), 2);
    assert_eq!(status(&["fixtures/servers/foreign-domain/etc/userdomains", "no/such/userdomains"]), 2, "2 beats 1");
}

#[test]
fn suppressed_findings_are_counted() {
    let ran = maillint(&["check", "--root", INCIDENT, "--ignore", "lsearch/*,domains/unknown-owner"]);
    assert!(ran.out.ends_with("2 errors, 1 warning (3 suppressed); 2 files checked\n"), "{}", ran.out);
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let ran = maillint(&["check", "-q", "--root", CLEAN]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let ran = maillint(&["check", "-q", "--root", INCIDENT, "--format", "concise"]);
    assert!(ran.out.lines().all(|line| line.starts_with("etc/userdomains:")), "{}", ran.out);
}

#[test]
fn a_file_alone_is_named_as_it_was_given_and_its_tree_makes_facts() {
    let path = "fixtures/servers/foreign-domain/etc/userdomains";
    let json = |args: &[&str]| -> Value {
        serde_json::from_str(&maillint(&[&["check", "--format", "json"], args].concat()).out).expect("JSON")
    };
    let document = json(&[path]);
    assert_eq!(document["root"], Value::Null);
    assert_eq!(document["findings"][0]["path"], path);
    let has = |document: &Value, rule: &str| {
        document["findings"].as_array().expect("findings").iter().any(|finding| finding["rule"] == rule)
    };
    assert!(has(&document, "domains/unknown-owner"), "the password file beside it is a fact");

    let document = json(&["--root", INCIDENT, path]);
    assert_eq!(document["root"], INCIDENT);
    assert_eq!(document["findings"][0]["path"], "etc/userdomains");
    assert_eq!(document["hostname"]["name"], "host.quietharbour-hosting.com");
    assert_eq!(document["hostname"]["from"], "etc/hostname");
    assert_eq!(json(&["--root", INCIDENT, "--hostname", "A.net"])["hostname"]["name"], "a.net");

    let folder = tempfile::tempdir().expect("a folder");
    let alone = folder.path().join("userdomains");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), &alone).expect("a copy");
    let document = json(&[alone.to_str().expect("a name")]);
    assert!(!has(&document, "domains/unknown-owner"), "other files are unknown, not absent");
    assert!(has(&document, "domains/foreign-domain"));
}

#[test]
fn several_trees_are_told_apart() {
    let ran = maillint(&["check", CLEAN, INCIDENT, "--format", "json"]);
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(document["root"], Value::Null);
    assert_eq!(document["summary"]["files"], 4);
    assert!(document["findings"].as_array().expect("findings").iter().all(|finding| finding["root"] == INCIDENT));
    let ran = maillint(&["check", INCIDENT, CLEAN, "--format", "concise", "-q"]);
    assert!(ran.out.starts_with("fixtures/servers/foreign-domain/etc/userdomains:4:1: "), "{}", ran.out);
}

#[test]
fn standard_input_is_a_file_of_the_kind_that_is_said() {
    let ran = with_input(&["check", "--kind", "userdomains", "-", "--format", "concise"], "yahoo.com: a\n");
    assert!(ran.out.starts_with("-:1:1: error[domains/foreign-domain]: "), "{}", ran.out);
    assert_eq!(ran.status, 1);
    let ran = with_input(&["check", "-"], "yahoo.com: a\n");
    assert!(ran.out.contains("-: not checked: standard input has no name; say with --kind what it is"), "{}", ran.out);
    assert_eq!(ran.status, 2);
}

#[test]
fn a_list_of_files_may_be_empty() {
    let ran = with_input(&["check", "--files-from", "-"], "");
    assert_eq!((ran.status, ran.out.as_str()), (0, "no problems found; 0 files checked\n"));
    let ran = with_input(
        &["check", "--files-from", "-", "-q", "--format", "concise"],
        "fixtures/servers/foreign-domain/etc/userdomains\n\n",
    );
    assert_eq!(ran.status, 1);
}

#[test]
fn a_folder_can_be_read_as_a_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    fs::write(folder.path().join("one"), "yahoo.com: a\n").expect("a file");
    fs::write(folder.path().join("sub/two"), "gmail.com: a\n").expect("a file");
    let name = folder.path().to_str().expect("a name");
    let ran = maillint(&["check", "--kind", "userdomains", name, "--format", "concise"]);
    assert!(
        ran.out.contains(&format!("{name}/one:1:1: error")) && ran.out.contains(&format!("{name}/sub/two:1:1: error"))
    );
    assert!(ran.out.ends_with("2 errors; 2 files checked\n"), "{}", ran.out);
}

#[test]
fn a_name_of_no_known_kind_is_refused_with_a_hint() {
    let ran = maillint(&["check", "Cargo.toml", CLEAN]);
    assert!(
        ran.out.contains("Cargo.toml: not checked: its name is of no known kind; say with --kind what it is"),
        "{}",
        ran.out
    );
    assert!(ran.out.ends_with("2 files checked, 1 could not be read: this says nothing about them\n"), "{}", ran.out);
    assert_eq!(ran.status, 2);
}

#[test]
fn bad_usage_is_one_clear_line_and_status_2() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "a command is missing"),
        (&["chekc"], "a similar subcommand exists: 'check'"),
        (&["check", "--slect", "x"], "'--select'"),
        (&["check", "--select", "domains/foriegn-domain"], "did you mean `domains/foreign-domain`?"),
        (&["check", "--kind", "userdomain", "x"], "a similar value exists: 'userdomains'"),
        (&["check", "--kind", "userdomains"], "--kind needs a PATH"),
        (&["check", "--format", "xml"], "invalid value 'xml'"),
        (&["explain", "domains/foriegn-domain"], "did you mean `domains/foreign-domain`?"),
        (&["explain"], "required"),
        (&["effective"], "effective needs a PATH"),
    ];
    for (args, expected) in cases {
        let ran = maillint(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with("maillint: ") && ran.err.matches('\n').count() == 1, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
}

#[test]
fn every_rule_has_a_page() {
    let list = maillint(&["rules", "--format", "json"]);
    let document: Value = serde_json::from_str(&list.out).expect("JSON");
    let rules = document["rules"].as_array().expect("rules");
    assert!(rules.len() >= 14);
    for rule in rules {
        let id = rule["id"].as_str().expect("an id");
        let page = maillint(&["explain", id]);
        assert_eq!(page.status, 0);
        for part in [id, "What happens to mail", "Why", "What to do", "Found", "Not found"] {
            assert!(page.out.contains(part), "{id} lacks {part}");
        }
        let is_ours = |line: &&str| !line.starts_with("    ");
        let is_short = |line: &str| line.chars().count() <= 120;
        assert!(page.out.lines().filter(is_ours).all(is_short), "{id} has a line that is too long");
    }
    let text = maillint(&["rules"]);
    assert_eq!(text.out.lines().count(), rules.len());
}

#[test]
fn effective_shows_what_lookups_find() {
    let ran = with_input(
        &["effective", "--kind", "userdomains", "-", "--format", "json"],
        "B.com: x\n y\nb.com: z\n\u{e9}: v\n#c\n\"q k\": w\n",
    );
    assert_eq!(
        ran.out,
        "{\"version\":1,\"files\":[{\"path\":\"-\",\"kind\":\"userdomains\",\"effective\":{\"entries\":{\"b.com\":\"x y\",\"Ã©\":\"v\",\"q k\":\"w\"}}}]}\n"
    );
    let ran = maillint(&["effective", CLEAN]);
    assert!(ran.out.starts_with("# etc/userdomains (userdomains): 7 entries\n*: nobody\n"), "{}", ran.out);
    assert_eq!(ran.status, 0);
    assert_eq!(maillint(&["effective", "no/such/userdomains"]).status, 2);
}

#[test]
fn effective_shows_what_the_resolver_asks() {
    let effective = |args: &[&str], text: &str| {
        let args = [&["effective", "--kind", "resolv-conf", "-", "--format", "json"], args].concat();
        let document: Value = serde_json::from_str(&with_input(&args, text).out).expect("JSON");
        document["files"][0].clone()
    };
    let text = "nameserver 10.0.0.1\r\nnameserver 10.0.0.2\nnameserver fe80::1%eth0\noptions attempts:9 rotate\n";
    let file = effective(&["--hostname", "mail.harbour-yoga.com"], text);
    let expected = serde_json::json!({
        "fatal": null,
        "nameservers": ["10.0.0.2", "fe80::1%eth0"],
        "search": ["harbour-yoga.com"],
        "options": { "ndots": 1, "timeout": 5, "attempts": 5, "flags": ["rotate"] },
        "sortlist": [],
    });
    assert_eq!(file["effective"], expected);
    assert_eq!(file["spamassassin"]["nameservers"][0], "10.0.0.1", "Net::DNS takes a CR for white space");
    assert_eq!(file["skipped"][0]["line"], 1);
    let old = effective(&["--glibc-version", "2.28"], text);
    assert_eq!(old["effective"]["nameservers"][0], "10.0.0.1");
    assert_eq!(effective(&[], "sortlist /\n")["effective"]["fatal"], "hang");
    assert_eq!(effective(&[], "sortlist /\n")["effective"]["nameservers"], Value::Null);
    assert_eq!(effective(&[], "")["effective"]["nameservers"][0], "127.0.0.1");
    let told = with_input(&["effective", "--kind", "resolv-conf", "-"], text).out;
    assert!(told.contains("nameserver 10.0.0.2      # waits 5 s\n") && told.contains("# line 1: "), "{told}");
    assert_eq!(maillint(&["effective", "--glibc-version", "2.5", "x"]).status, 2);
}

#[test]
fn effective_shows_what_spamassassin_uses() {
    let effective = |args: &[&str], text: &str| -> Value {
        let args = [&["effective", "--kind", "spamassassin", "-", "--format", "json"], args].concat();
        let document: Value = serde_json::from_str(&with_input(&args, text).out).expect("JSON");
        document["files"][0]["effective"].clone()
    };
    let text = "required_score 5\nrequired_hits 4\nrewrite_header subject [SPAM]\nadd_header all Seen yes\n\
                remove_header all Seen\nwhitelist_from a@b.example *@c.example\nunwhitelist_from A@b.example\n\
                whitelist_from_rcvd *@d.example d.example\nscore BAYES_99 9\n";
    let used = effective(&["--spamassassin-rules", "stock"], text);
    let settings = serde_json::json!({
        "required_score": { "value": "4", "line": 2 },
        "rewrite_header subject": { "value": "[SPAM]", "line": 3 },
    });
    assert_eq!(used["settings"], settings);
    let lists = serde_json::json!({
        "welcomelist_from": [{ "value": "*@c.example", "line": 6 }],
        "welcomelist_from_rcvd": [{ "value": "*@d.example d.example", "line": 8 }],
    });
    assert_eq!(used["lists"], lists);
    assert_eq!(used["scores"]["BAYES_99"]["instead_of"], serde_json::json!([0.0, 0.0, 3.8, 3.5]));
    let unknown = effective(&["--spamassassin-rules", "none"], text);
    assert_eq!(unknown["scores"]["BAYES_99"]["instead_of"], Value::Null);
}

#[test]
fn a_filter_that_others_may_write_is_refused_as_exim_refuses_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let place = |path: &str| folder.path().join(path);
    for path in ["etc/passwd", "etc/userdomains", "home/harbour/etc/filter"] {
        fs::create_dir_all(place(path).parent().expect("a folder")).expect("folders");
        fs::copy(Path::new("fixtures/servers/broken-filters").join(path), place(path)).expect("a copy");
        fs::set_permissions(place(path), fs::Permissions::from_mode(0o644)).expect("a mode");
    }
    let check = || maillint(&["check", "--root", folder.path().to_str().expect("a name"), "--format", "json"]).out;
    assert!(!check().contains("exim-filter/bad-mode"));
    fs::set_permissions(place("home/harbour/etc/filter"), fs::Permissions::from_mode(0o664)).expect("a mode");
    let words = "bad mode (0100664) for /home/harbour/etc/filter: 020 bit(s) unexpected";
    assert!(check().contains(words), "{}", check());
    fs::set_permissions(place("etc/passwd"), fs::Permissions::from_mode(0o664)).expect("a mode");
    assert!(!check().contains(words), "a copy under another umask says nothing of the server");
}

#[test]
fn a_report_file_appears_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.json");
    fs::write(&path, "old").expect("an old report");
    let ran = maillint(&["check", "--root", INCIDENT, "--format", "json", "--output", path.to_str().expect("a name")]);
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    let document: Value = serde_json::from_str(&fs::read_to_string(&path).expect("the report")).expect("JSON");
    assert_eq!(document["summary"]["findings"], 6);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "no draft is left");
    let nowhere = folder.path().join("no/report");
    let ran = maillint(&["check", "--root", CLEAN, "--output", nowhere.to_str().expect("a name")]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("could not be written"), "{}", ran.err);
}

#[test]
fn colours_come_when_they_are_wanted() {
    let has_color = |args: &[&str]| maillint(&[&["check", "--root", INCIDENT], args].concat()).out.contains('\u{1b}');
    assert!(has_color(&["--color", "always"]));
    assert!(!has_color(&["--color", "never"]) && !has_color(&[]));
}

#[test]
fn verbose_names_the_files_on_standard_error() {
    let ran = maillint(&["check", "-v", "--root", CLEAN]);
    assert!(ran.err.contains("maillint: checked etc/userdomains as userdomains\n"), "{}", ran.err);
}

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let readme = include_str!("../README.md");
    let ran = maillint(&["check", "--root", INCIDENT, "--select", "domains/foreign-domain"]);
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of output");
    assert!(ran.out.contains(shown), "README shows:\n{shown}\nmaillint prints:\n{}", ran.out);
}
