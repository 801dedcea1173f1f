//! `maillint explain`.

use std::io::{self, Write};

use clap::Args;

use super::Failure;
use super::output::write;
use crate::policy::nearest;
use crate::report::wrap;
use crate::rule::{CATALOGUE, Example, ExampleFile, Rule, Verdict, find};
use crate::text::{Untrusted, push_visible};

#[derive(Args)]
pub struct ExplainArgs {
    /// The rule, as in `domains/foreign-domain`
    rule: String,
}

pub fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let Some(rule) = find(&args.rule) else {
        let name = Untrusted::from(args.rule.as_str()).visible();
        return Err(Failure::Usage(match nearest(&args.rule, CATALOGUE.iter().map(|rule| rule.id)) {
            Some(nearest) => format!("no rule is called `{name}`; did you mean `{nearest}`?"),
            None => format!("no rule is called `{name}`; `maillint rules` lists them"),
        }));
    };
    write(None, |out| page(rule, out))?;
    Ok(0)
}

fn page(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let kinds: Vec<&str> = rule.kinds.iter().map(|kind| kind.name()).collect();
    let engine = match rule.engine {
        Verdict::Refuses => "the engine refuses the file",
        Verdict::Skips => "the engine skips this part",
        Verdict::Accepts => "the engine accepts it",
    };
    let page = rule.page();
    writeln!(out, "{}\n{}\n", rule.id, "=".repeat(rule.id.len()))?;
    writeln!(out, "{}", wrap(rule.summary, "", ""))?;
    writeln!(out, "({}; {engine}; in {}; since {})", rule.severity.word(), kinds.join(", "), page.since)?;
    let texts = [("What happens to mail", &page.effect), ("Why", &page.explanation), ("What to do", &page.remedy)];
    for (title, text) in texts {
        writeln!(out, "\n{title}")?;
        paragraphs(text, out)?;
    }
    if !page.log.is_empty() {
        writeln!(out, "\nIn the log")?;
        page.log.iter().try_for_each(|line| writeln!(out, "    {line}"))?;
    }
    for (bad, title) in [(true, "Found"), (false, "Not found")] {
        for example in page.examples.iter().filter(|example| example.bad == bad) {
            writeln!(out, "\n{title}{}", circumstances(example))?;
            example.files.iter().try_for_each(|file| show(rule, example, file, out))?;
        }
    }
    if !page.references.is_empty() {
        writeln!(out, "\nReferences")?;
        page.references.iter().try_for_each(|line| writeln!(out, "{}", wrap(line, "  ", "    ")))?;
    }
    Ok(())
}

/// What is special about an example.
fn circumstances(example: &Example) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(example.severity.map(|severity| severity.word().to_owned()));
    words.extend(example.glibc.as_ref().map(|version| format!("with glibc {version}")));
    words.extend(example.spamassassin.as_ref().map(|version| format!("with SpamAssassin {version}")));
    words.extend(example.hostname.as_ref().map(|name| format!("on {name}")));
    if words.is_empty() { ":".to_owned() } else { format!(" ({}):", words.join(", ")) }
}

fn paragraphs(text: &str, out: &mut dyn Write) -> io::Result<()> {
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", wrap(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "), "  ", "  "))?;
    }
    Ok(())
}

/// Shows a file of an example, with a line of marks below each line that has some.
fn show(rule: &Rule, example: &Example, file: &ExampleFile, out: &mut dyn Write) -> io::Result<()> {
    if example.files.len() > 1 {
        let path = file.path.as_deref().unwrap_or(rule.kinds[0].name());
        writeln!(out, "  {path}{}", if file.is_link { " (a link)" } else { ":" })?;
    }
    let mut start = 0;
    for line in file.bytes.split(|&byte| byte == b'\n') {
        let end = start + line.len();
        let is_last = end == file.bytes.len();
        let marks = marks(line, start, file);
        if !(is_last && line.is_empty() && marks.is_empty()) {
            writeln!(out, "    {}", Untrusted::from(folded(line)).visible())?;
        }
        if !marks.is_empty() {
            writeln!(out, "    {marks}")?;
        }
        start = end + 1;
    }
    Ok(())
}

/// A line in which a byte that stands there hundreds of times is shown a few times only.
fn folded(line: &[u8]) -> Vec<u8> {
    let fold =
        |run: &[u8]| if run.len() > 100 { [&run[..10], "…".as_bytes(), &run[..10]].concat() } else { run.to_vec() };
    line.chunk_by(|a, b| a == b).flat_map(fold).collect()
}

/// `^` below what is found, `-` below what explains it.
fn marks(line: &[u8], start: usize, file: &ExampleFile) -> String {
    let width = |bytes: &[u8]| {
        let mut visible = String::new();
        push_visible(&mut visible, &folded(bytes));
        visible.chars().count()
    };
    let mut marks: Vec<u8> = Vec::new();
    for (spans, mark) in [(&file.labels, b'-'), (&file.primary, b'^')] {
        for &(from, to) in spans {
            let (from, to) = (from as usize, to as usize);
            if to < start || from > start + line.len() || (to == start && from < to) {
                continue;
            }
            let from = width(&line[..from.saturating_sub(start)]);
            let to = width(&line[..line.len().min(to.saturating_sub(start))]).max(from + 1);
            if marks.len() < to {
                marks.resize(to, b' ');
            }
            marks[from..to].fill(mark);
        }
    }
    String::from_utf8_lossy(&marks).into_owned()
}
