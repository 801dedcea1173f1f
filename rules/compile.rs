//! From rule files to Rust: reading, checking, writing. Apart from `build.rs` so that the tests can hold bad rules
//! against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How often `\xNN{...}` in an example's `bytes` may repeat its byte.
const MOST_TIMES: usize = 10_000;

/// One rule's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    kinds: Vec<String>,
    summary: String,
    severity: Severity,
    engine: Engine,
    effect: String,
    explanation: String,
    remedy: String,
    #[serde(default)]
    log: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    since: String,
    #[serde(default)]
    formerly: Vec<String>,
    examples: Vec<Example>,
}

#[derive(Deserialize, Serialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Error,
    Warning,
    Info,
}

#[derive(Deserialize, Serialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Engine {
    Refuses,
    Skips,
    Accepts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    bad: Option<String>,
    good: Option<String>,
    files: Option<BTreeMap<String, FileSpec>>,
    hostname: Option<String>,
    glibc: Option<String>,
    spamassassin: Option<String>,
    severity: Option<Severity>,
    engine: Option<Engine>,
    #[serde(default)]
    says: Vec<String>,
}

/// A file of an example: its text, or a map that says more.
#[derive(Default)]
struct FileSpec(FileFields);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileFields {
    text: Option<String>,
    bytes: Option<String>,
    link: Option<String>,
    mode: Option<u32>,
    owner: Option<String>,
}

impl<'de> Deserialize<'de> for FileSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMap;
        impl<'de> Visitor<'de> for TextOrMap {
            type Value = FileSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a map of text, bytes, link, mode, owner")
            }

            fn visit_str<E>(self, text: &str) -> Result<FileSpec, E> {
                Ok(FileSpec(FileFields { text: Some(text.to_owned()), ..FileFields::default() }))
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<FileSpec, M::Error> {
                FileFields::deserialize(MapAccessDeserializer::new(map)).map(FileSpec)
            }
        }
        deserializer.deserialize_any(TextOrMap)
    }
}

/// A rule that was read and is complete, as far as its file can tell.
pub struct Rule {
    subject: String,
    name: String,
    path: PathBuf,
    page: Page,
    examples: Vec<MarkedExample>,
}

struct MarkedExample {
    files: Vec<MarkedFile>,
    bad: bool,
    spec: Example,
}

struct MarkedFile {
    path: Option<String>,
    spec: FileFields,
    bytes: Vec<u8>,
    primary: Vec<(usize, usize)>,
    labels: Vec<(usize, usize)>,
}

/// Reads all rules, in the order of their ids. An error names every file that is wrong, with its line.
pub fn read_rules(folder: &Path) -> Result<Vec<Rule>, String> {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for subject in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        for path in entries(&subject)? {
            match read_rule(&path) {
                Ok(rule) => rules.push(rule),
                Err(error) => errors.push(error),
            }
        }
    }
    let mut ids = BTreeMap::new();
    for rule in &rules {
        for id in rule.page.formerly.iter().cloned().chain([rule.id()]) {
            if let Some(other) = ids.insert(id.clone(), &rule.path) {
                errors.push(format!("{}:1: the id `{id}` is also that of {}", rule.path.display(), other.display()));
            }
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors.join("\n")) }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let error = |error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(error)?;
    let mut paths = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(error)?;
    paths.sort();
    Ok(paths)
}

fn read_rule(path: &Path) -> Result<Rule, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let at = |line: usize, message: &str| format!("{}:{line}: {message}", path.display());
    let part = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).unwrap_or_default().to_owned();
    let (subject, name) = (part(path.parent().and_then(Path::file_name)), part(path.file_stem()));
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if path.extension().is_none_or(|extension| extension != "yaml") || !is_word(&name) || !is_word(&subject) {
        return Err(at(1, "a rule is a file `rules/<subject>/<name>.yaml`, in lower case with hyphens"));
    }
    let mut page: Page = serde_yaml::from_str(&text).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        at(line, &error.to_string())
    })?;
    let texts = [
        ("summary", &page.summary),
        ("effect", &page.effect),
        ("explanation", &page.explanation),
        ("remedy", &page.remedy),
        ("since", &page.since),
    ];
    if let Some((key, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
        return Err(at(line_of(&text, &format!("{key}:")), &format!("`{key}` is empty")));
    }
    if page.summary.trim().contains('\n') {
        return Err(at(line_of(&text, "summary:"), "`summary` is more than one line"));
    }
    if page.kinds.is_empty() {
        return Err(at(line_of(&text, "kinds:"), "`kinds` is empty"));
    }
    let examples = std::mem::take(&mut page.examples)
        .into_iter()
        .map(|example| mark_example(example).map_err(|(text_line, message)| at(line_of(&text, &text_line), &message)))
        .collect::<Result<Vec<_>, _>>()?;
    for (bad, word) in [(true, "bad"), (false, "good")] {
        if !examples.iter().any(|example| example.bad == bad) {
            return Err(at(line_of(&text, "examples:"), &format!("the rule has no {word} example")));
        }
    }
    Ok(Rule { subject, name, path: path.to_owned(), page, examples })
}

/// The number of the line that holds some words (the words of an example stand in the file as they are).
fn line_of(text: &str, words: &str) -> usize {
    let words = words.trim();
    text.lines().position(|line| line.contains(words)).map_or(1, |line| line + 1)
}

/// Takes the marks out of an example. An error comes with the line that it is about.
fn mark_example(mut spec: Example) -> Result<MarkedExample, (String, String)> {
    let text = |text: &str| FileFields { text: Some(text.to_owned()), ..FileFields::default() };
    let (files, says_bad) = match (spec.bad.take(), spec.good.take(), spec.files.take()) {
        (Some(bad), None, None) => (vec![mark_file(None, text(&bad))?], Some(true)),
        (None, Some(good), None) => (vec![mark_file(None, text(&good))?], Some(false)),
        (None, None, Some(files)) => {
            let files = files.into_iter().map(|(path, file)| mark_file(Some(path), file.0));
            (files.collect::<Result<Vec<_>, _>>()?, None)
        }
        _ => return Err(("examples:".into(), "an example is one of `bad`, `good` and `files`".into())),
    };
    let has_marks = files.iter().any(|file| !file.primary.is_empty());
    let bad = says_bad.unwrap_or(has_marks);
    if bad != has_marks {
        let first = files.iter().find_map(|file| file.spec.text.as_deref()?.lines().next()).unwrap_or_default();
        let message =
            if bad { "a bad example marks nothing with ⟦ ⟧" } else { "a good example has a mark ⟦ ⟧" };
        return Err((first.into(), message.into()));
    }
    Ok(MarkedExample { files, bad, spec })
}

fn mark_file(path: Option<String>, spec: FileFields) -> Result<MarkedFile, (String, String)> {
    let given = [&spec.text, &spec.bytes, &spec.link];
    let (Some(text), 1) = (given.iter().find_map(|text| text.as_deref()), given.iter().filter(|t| t.is_some()).count())
    else {
        return Err((path.unwrap_or_default(), "a file is one of `text`, `bytes` and `link`".into()));
    };
    let escapes = spec.bytes.is_some();
    let mut file =
        MarkedFile { bytes: Vec::new(), primary: Vec::new(), labels: Vec::new(), path, spec: FileFields::default() };
    let mut open: Vec<(char, usize, usize)> = Vec::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let fail = |message: String| Err((line.to_owned(), message));
        let mut rest = line;
        while let Some(char) = rest.chars().next() {
            rest = &rest[char.len_utf8()..];
            match char {
                '⟦' | '⟨' => open.push((char, file.bytes.len(), number)),
                '⟧' | '⟩' => {
                    let opener = if char == '⟧' { '⟦' } else { '⟨' };
                    let Some(at) = open.iter().rposition(|&(mark, _, _)| mark == opener) else {
                        return fail(format!("the mark `{char}` closes nothing"));
                    };
                    let (_, start, _) = open.remove(at);
                    let marks = if char == '⟧' { &mut file.primary } else { &mut file.labels };
                    marks.push((start, file.bytes.len()));
                }
                '\\' if escapes && rest.starts_with('x') => {
                    let Some(byte) = rest.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
                        return fail("`\\x` wants two hexadecimal digits".into());
                    };
                    rest = &rest[3..];
                    let mut times = 1;
                    if let Some(after) = rest.strip_prefix('{') {
                        let number =
                            after.split_once('}').and_then(|(number, after)| Some((number.parse().ok()?, after)));
                        let Some((number @ 1..=MOST_TIMES, after)) = number else {
                            return fail(format!("`\\xNN{{` wants a number up to {MOST_TIMES} and a `}}`"));
                        };
                        (times, rest) = (number, after);
                    }
                    file.bytes.extend(std::iter::repeat_n(byte, times));
                }
                _ => file.bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
    if let Some((mark, _, number)) = open.pop() {
        let line = text.lines().nth(number).unwrap_or_default();
        return Err((line.to_owned(), format!("the mark `{mark}` is not closed")));
    }
    file.primary.sort_unstable();
    file.labels.sort_unstable();
    file.spec = spec;
    Ok(file)
}

impl Rule {
    fn id(&self) -> String {
        format!("{}/{}", self.subject, self.name)
    }

    fn function(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The name of the rule's static.
    fn constant(&self) -> String {
        format!("{}_{}", self.subject, self.name).replace('-', "_").to_uppercase()
    }
}

/// The subjects that have rules.
pub fn subjects(rules: &[Rule]) -> BTreeSet<&str> {
    rules.iter().map(|rule| rule.subject.as_str()).collect()
}

/// The expression that a room includes: its rules, each with its function.
pub fn bindings(rules: &[Rule], subject: &str) -> String {
    let mut out = String::from("&[\n");
    for rule in rules.iter().filter(|rule| rule.subject == subject) {
        let (constant, function) = (rule.constant(), rule.function());
        // rustc shows this line when the function does not exist: it names the file that asks for it.
        out += &format!(
            "    crate::finding::Bound {{ rule: &crate::rule::{constant}, check: {function} }}, // {}\n",
            rule.path.display()
        );
    }
    out + "]\n"
}

/// The statics of all rules, and the catalogue of them.
pub fn catalogue(rules: &[Rule]) -> String {
    let mut out = String::from("/// All rules, in the order of their ids.\npub static CATALOGUE: &[&Rule] = &[");
    rules.iter().for_each(|rule| out += &format!("&{}, ", rule.constant()));
    out += "];\n";
    rules.iter().for_each(|rule| write_rule(&mut out, rule));
    out
}

fn write_rule(out: &mut String, rule: &Rule) {
    let page = &rule.page;
    let kinds: String = page.kinds.iter().map(|kind| format!("Kind::{}, ", camel_case(kind))).collect();
    *out += &format!(
        "\n/// {summary}\npub static {constant}: Rule = Rule {{\n    id: {id:?},\n    kinds: &[{kinds}], // {path}\n    \
         summary: {summary:?},\n    severity: Severity::{severity},\n    engine: Verdict::{engine},\n    \
         formerly: &{formerly:?},\n    page: {page:?},\n}};\n",
        summary = page.summary.trim(),
        constant = rule.constant(),
        id = rule.id(),
        path = rule.path.display(),
        severity = severity(page.severity),
        engine = engine(page.engine),
        formerly = page.formerly,
        page = at_length(rule).to_string(),
    );
}

/// What `maillint::rule::Page` reads.
fn at_length(rule: &Rule) -> serde_json::Value {
    let file = |file: &MarkedFile| {
        json!({
            "path": file.path,
            "bytes": file.bytes.iter().map(|&byte| char::from(byte)).collect::<String>(),
            "primary": file.primary,
            "labels": file.labels,
            "mode": file.spec.mode.unwrap_or(0o644),
            "owner": file.spec.owner,
            "is_link": file.spec.link.is_some(),
        })
    };
    let example = |example: &MarkedExample| {
        let spec = &example.spec;
        json!({
            "files": example.files.iter().map(file).collect::<Vec<_>>(),
            "hostname": spec.hostname,
            "glibc": spec.glibc,
            "spamassassin": spec.spamassassin,
            "severity": spec.severity,
            "engine": spec.engine,
            "says": spec.says,
            "bad": example.bad,
        })
    };
    let page = &rule.page;
    json!({
        "effect": page.effect.trim(),
        "explanation": page.explanation.trim(),
        "remedy": page.remedy.trim(),
        "log": page.log,
        "references": page.references,
        "since": page.since,
        "examples": rule.examples.iter().map(example).collect::<Vec<_>>(),
    })
}

/// A test of its own name for every example.
pub fn example_tests(rules: &[Rule]) -> String {
    let mut out = String::new();
    for subject in subjects(rules) {
        let _ = writeln!(out, "mod {} {{", subject.replace('-', "_"));
        for rule in rules.iter().filter(|rule| rule.subject == subject) {
            let _ = writeln!(out, "    mod {} {{", rule.function());
            for (number, example) in rule.examples.iter().enumerate() {
                let word = if example.bad { "bad" } else { "good" };
                let _ = writeln!(
                    out,
                    "        #[test]\n        fn {word}_{}() {{ crate::run(&maillint::rule::{}, {number}); }}",
                    number + 1,
                    rule.constant(),
                );
            }
            out += "    }\n";
        }
        out += "}\n";
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
        Severity::Info => "Info",
    }
}

fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::Refuses => "Refuses",
        Engine::Skips => "Skips",
        Engine::Accepts => "Accepts",
    }
}

/// `body-and-tail` as `BodyAndTail`.
pub fn camel_case(kind: &str) -> String {
    kind.split('-')
        .map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            first.to_uppercase() + rest
        })
        .collect()
}

/// The table of mailbox providers' domains, from the list that people keep. It is sorted by length first: most comparisons
/// of a search are then of two numbers.
pub fn providers(list: &str) -> Result<String, String> {
    let mut domains = BTreeMap::new();
    let mut provider = None;
    for (number, line) in list.lines().enumerate() {
        let fail = |message: &str| Err(format!("src/domains/mailbox-providers.txt:{}: {message}", number + 1));
        match line.trim() {
            "" => {}
            comment if comment.starts_with('#') => {}
            name if name.starts_with('[') && name.ends_with(']') => provider = Some(&name[1..name.len() - 1]),
            domain => {
                let Some(provider) = provider else { return fail("a domain before the first [provider]") };
                let labels_are_good = domain.contains('.')
                    && domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
                if !labels_are_good {
                    return fail("not a domain name in lower case");
                }
                if domains.insert((domain.len(), domain), provider).is_some() {
                    return fail("the domain stands here twice");
                }
            }
        }
    }
    let mut out = String::from("&[\n");
    domains.iter().for_each(|((_, domain), provider)| out += &format!("    ({domain:?}, {provider:?}),\n"));
    Ok(out + "]\n")
}
