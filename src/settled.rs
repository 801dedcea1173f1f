//! A finding that needs no file any more.
//!
//! Once a file's findings are known, their positions, the lines around them and the text that their fingerprint is made
//! of are all that is wanted of the file, and the file is dropped. So memory grows with what is found, not with what is
//! read.

use std::collections::HashMap;

use crate::excerpt::{self, Excerpt};
use crate::finding::{File, Finding, Fix, Found, Label, Untold};
use crate::kind::Kind;
use crate::rule::{Rule, Severity, Verdict};
use crate::source::{Position, Span};
use crate::text::{Text, Untrusted};

/// How many findings of one rule in one file are drawn; of the others only the number is told to people.
pub const DRAWN: usize = 100;
/// How many places of one finding are drawn.
const PLACES: usize = 12;

/// A place, as it is reported.
pub struct Place {
    /// The file's name, as it is shown.
    pub path: Untrusted,
    /// Where it begins.
    pub start: Position,
    /// Where it ends; exclusive.
    pub end: Position,
    /// What is to be said of it.
    pub message: Text,
}

/// A few lines of one file with what is to be said of them.
pub struct Frame {
    /// The file's name, as it is shown.
    pub path: Untrusted,
    /// The lines.
    pub excerpt: Excerpt,
    /// What is to be said at each mark of the excerpt, in the order of the marks, and whether it is the primary place.
    pub notes: Vec<(Text, bool)>,
}

/// Edits, with their positions.
pub struct SettledFix {
    /// The edits.
    pub fix: Fix,
    /// Where each begins and ends.
    pub places: Vec<(Position, Position)>,
}

/// A finding that needs no file any more.
pub struct Settled {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// What the engine does with it.
    pub engine: Verdict,
    /// The kind that the file was read as.
    pub kind: Option<Kind>,
    /// What is wrong.
    pub message: Text,
    /// The primary place.
    pub primary: Place,
    /// Further places.
    pub labels: Vec<Place>,
    /// What to do.
    pub help: Option<Text>,
    /// The edits that mend it.
    pub fix: Option<Box<SettledFix>>,
    /// What the engine prints.
    pub engine_says: Vec<Text>,
    /// The lines to draw; none after the first [`DRAWN`] of a rule in a file.
    pub frames: Vec<Frame>,
    /// What the finding is told apart by: see [`crate::policy`].
    pub identity: u128,
}

/// Findings of files. They are sorted, handed on and joined with others: boxes are moved, not what they hold.
#[derive(Default)]
pub struct Findings {
    /// The findings.
    pub told: Vec<Box<Settled>>,
    /// Those that are only counted.
    pub untold: Vec<Untold>,
}

impl Findings {
    /// Puts others behind these.
    pub fn append(&mut self, mut others: Self) {
        self.told.append(&mut others.told);
        self.untold.append(&mut others.untold);
    }
}

/// Settles the findings of one file, in the order of their places.
#[must_use]
pub fn settle(found: Found) -> Findings {
    let Found { mut findings, untold, .. } = found;
    findings.sort_by_key(|finding| (finding.primary.span, finding.rule.id));
    // A rule is known by where it stands: there is one of each.
    let mut drawn: HashMap<*const Rule, usize> = HashMap::new();
    let settled = findings.into_iter().map(|finding| {
        let count = drawn.entry(std::ptr::from_ref(finding.rule)).or_default();
        *count += 1;
        let frames = if *count <= DRAWN { frames(&finding) } else { Vec::new() };
        Box::new(one(finding, frames))
    });
    Findings { told: settled.collect(), untold }
}

fn one(finding: Finding, frames: Vec<Frame>) -> Settled {
    let file = &finding.primary.file;
    let positions = |span: Span| (file.source.position(span.start), file.source.position(span.end));
    Settled {
        rule: finding.rule,
        severity: finding.severity,
        engine: finding.engine,
        kind: file.kind,
        identity: identity(finding.rule, file, finding.primary.span),
        fix: finding.fix.map(|fix| {
            let places = fix.edits.iter().map(|&(span, _)| positions(span)).collect();
            Box::new(SettledFix { fix: *fix, places })
        }),
        message: finding.message,
        primary: place(finding.primary),
        labels: finding.labels.into_iter().map(place).collect(),
        help: finding.help,
        engine_says: finding.engine_says,
        frames,
    }
}

fn place(label: Label) -> Place {
    let source = &label.file.source;
    Place {
        path: label.file.shown.clone(),
        start: source.position(label.span.start),
        end: source.position(label.span.end),
        message: label.message,
    }
}

/// The lines around the finding's own place and the labels beside it, then those of each other file.
fn frames(finding: &Finding) -> Vec<Frame> {
    let labels: Vec<&Label> = std::iter::once(&finding.primary).chain(&finding.labels).take(PLACES).collect();
    let mut files: Vec<&File> = Vec::new();
    for label in &labels {
        if !files.iter().any(|file| std::ptr::eq(*file, label.file.as_ref())) {
            files.push(&label.file);
        }
    }
    let mut frames = Vec::new();
    for file in files {
        let here: Vec<&Label> =
            labels.iter().copied().filter(|label| std::ptr::eq(label.file.as_ref(), file)).collect();
        let spans: Vec<Span> = here.iter().map(|label| label.span).collect();
        for excerpt in excerpt::cut(&file.source, &spans) {
            let note =
                |&(_, id): &(_, usize)| (here[id].message.clone(), std::ptr::eq(here[id], &raw const finding.primary));
            let notes = excerpt.marks.iter().map(note).collect();
            frames.push(Frame { path: file.shown.clone(), excerpt, notes });
        }
    }
    frames
}

/// A hash of the rule, the path and the text with blanks folded: what stays the same when lines move.
fn identity(rule: &Rule, file: &File, span: Span) -> u128 {
    let text = file.source.slice(span);
    let mut told = Vec::with_capacity(rule.id.len() + file.path.bytes().len() + text.len() + 2);
    told.extend_from_slice(rule.id.as_bytes());
    told.push(0);
    told.extend_from_slice(file.path.bytes());
    for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
        told.push(0);
        told.extend_from_slice(word);
    }
    xxhash_rust::xxh3::xxh3_128(&told)
}
