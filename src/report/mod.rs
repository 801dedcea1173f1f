//! Writing a report: one file for each format. A format knows no rule and decides nothing.

mod concise;
pub mod json;
mod text;

use std::io::{self, Write};

use crate::policy::{Report, Reported};
use crate::settled::{DRAWN, Place};
use crate::text::Untrusted;

pub use concise::concise;
pub use text::{Look, text, wrap};

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// For people: each finding with the lines around it.
    Text,
    /// For people and editors: a line for each finding.
    Concise,
    /// For programs: one complete document.
    Json,
}

impl Format {
    /// How many findings of one rule in one file it tells; where no number is given, all.
    #[must_use]
    pub fn most_findings(self) -> Option<usize> {
        match self {
            Self::Text => Some(DRAWN),
            Self::Concise | Self::Json => None,
        }
    }

    /// Writes a report. `quiet` leaves out what is said when nothing is wrong; `look` is for [`Format::Text`].
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(self, report: &Report, out: &mut dyn Write, look: Look, quiet: bool) -> io::Result<()> {
        match self {
            Self::Text => text(report, out, look, quiet),
            Self::Concise => concise(report, out, quiet),
            Self::Json => json::write(&json::report(report), out),
        }
    }
}

/// How a file of a report is named to people: with its tree's root when there are several trees, or when the tree is
/// this server itself.
fn path_of(report: &Report, root: Option<&Untrusted>, path: &Untrusted) -> String {
    if root == Some(path) || report.root.as_ref() == Some(path) {
        return path.visible();
    }
    match root.or(report.root.as_ref().filter(|root| root.bytes() == b"/")) {
        Some(root) if root.bytes().ends_with(b"/") => root.visible() + &path.visible(),
        Some(root) => root.visible() + "/" + &path.visible(),
        None => path.visible(),
    }
}

/// `path:line:column` of a place.
fn place_of(report: &Report, reported: &Reported, place: &Place) -> String {
    let path = path_of(report, reported.root.as_ref(), &place.path);
    format!("{path}:{}:{}", place.start.line, place.start.column)
}

/// The line that is complete in itself: place, severity, rule, message.
fn headline(report: &Report, reported: &Reported) -> String {
    let finding = &reported.finding;
    let (severity, rule, message) = (finding.severity.word(), finding.rule.id, finding.message.visible());
    format!("{}: {severity}[{rule}]: {message}", place_of(report, reported, &finding.primary))
}

/// What could not be read, a line each.
fn problems(report: &Report) -> impl Iterator<Item = String> {
    report.problems.iter().map(|(root, problem)| {
        let path = path_of(report, root.as_ref(), &problem.path);
        format!("{path}: not checked: {}", problem.message.visible())
    })
}

/// The last line: how much was found, and in how many files it was looked for.
fn summary(report: &Report) -> String {
    use crate::rule::Severity::{Error, Info, Warning};
    let number = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let found: Vec<String> = [(Error, "error", "errors"), (Warning, "warning", "warnings"), (Info, "note", "notes")]
        .into_iter()
        .map(|(severity, one, many)| (report.count(severity), one, many))
        .filter(|&(count, ..)| count > 0)
        .map(|(count, one, many)| number(count, one, many))
        .collect();
    let mut line = if found.is_empty() { "no problems found".to_owned() } else { found.join(", ") };
    if report.suppressed > 0 {
        line += &format!(" ({} suppressed)", report.suppressed);
    }
    let files = number(report.files.len(), "file", "files");
    match report.problems.len() {
        0 => line + &format!("; {files} checked"),
        unread if found.is_empty() => {
            format!("{files} checked, {unread} could not be read: this says nothing about them")
        }
        unread => line + &format!("; {files} checked, {unread} could not be read"),
    }
}
