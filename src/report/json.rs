//! For programs: one complete document. `tests/schema/check.json` is its schema.
//!
//! Text from files is as it is where it is UTF-8, and every other byte the four characters `\xNN`. What a terminal could
//! obey (controls, bidi characters and the like) is written as `\u` escapes, so that a document can be looked at, too.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use crate::finding::Safety;
use crate::policy::{Report, Reported};
use crate::rule::Severity;
use crate::settled::{Place, SettledFix};
use crate::source::Position;
use crate::text::{Text, Untrusted, exact, has_own_shape};

/// The newest Exim whose `lsearch` is known; nothing in the files so far shows another.
const EXIM: &str = "4.98";

/// The document of `maillint check`.
#[derive(Serialize)]
pub struct Document<'r> {
    version: u32,
    maillint: &'static str,
    root: Option<String>,
    engines: Engines,
    hostname: Option<Known>,
    summary: Summary,
    #[serde(serialize_with = "findings")]
    findings: &'r [Reported],
    problems: Vec<ProblemDocument>,
}

#[derive(Serialize)]
struct Engines {
    exim: EngineVersion,
    /// Absent when several trees were checked: each may have another.
    glibc: Option<EngineVersion>,
    /// The same.
    spamassassin: Option<EngineVersion>,
}

#[derive(Serialize)]
struct EngineVersion {
    version: String,
    from: &'static str,
}

#[derive(Serialize)]
struct Known {
    name: String,
    from: &'static str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    findings: usize,
    error: usize,
    warning: usize,
    info: usize,
    suppressed: usize,
    unread: usize,
}

#[derive(Serialize)]
struct FindingDocument {
    rule: &'static str,
    severity: &'static str,
    engine: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(flatten)]
    path: PathDocument,
    kind: Option<&'static str>,
    message: String,
    help: Option<String>,
    engine_says: Vec<String>,
    span: SpanDocument,
    labels: Vec<LabelDocument>,
    fix: Option<FixDocument>,
    fingerprint: String,
}

/// A path, and its bytes where it is not UTF-8.
#[derive(Serialize)]
struct PathDocument {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
}

#[derive(Serialize)]
struct SpanDocument {
    start: PositionDocument,
    end: PositionDocument,
}

#[derive(Serialize)]
struct PositionDocument {
    line: u32,
    column: u32,
    byte: u32,
}

#[derive(Serialize)]
struct LabelDocument {
    #[serde(flatten)]
    path: PathDocument,
    span: SpanDocument,
    message: String,
}

#[derive(Serialize)]
struct FixDocument {
    safety: &'static str,
    edits: Vec<EditDocument>,
}

#[derive(Serialize)]
struct EditDocument {
    span: SpanDocument,
    text: String,
}

#[derive(Serialize)]
struct ProblemDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(flatten)]
    path: PathDocument,
    message: String,
}

/// Makes the document of a report.
#[must_use]
pub fn report(report: &Report) -> Document<'_> {
    Document {
        version: 1,
        maillint: env!("CARGO_PKG_VERSION"),
        root: report.root.as_ref().map(Untrusted::exact),
        engines: Engines {
            exim: EngineVersion { version: EXIM.into(), from: "default" },
            glibc: report.glibc.map(|known| EngineVersion { version: known.version.to_string(), from: known.from }),
            spamassassin: report
                .spamassassin
                .map(|known| EngineVersion { version: known.version.to_string(), from: known.from }),
        },
        hostname: report.hostname.as_ref().map(|host| Known { name: exact(&host.name), from: host.from }),
        summary: Summary {
            files: report.files.len(),
            findings: report.findings.len(),
            error: report.count(Severity::Error),
            warning: report.count(Severity::Warning),
            info: report.count(Severity::Info),
            suppressed: report.suppressed,
            unread: report.problems.len(),
        },
        findings: &report.findings,
        problems: report
            .problems
            .iter()
            .map(|(root, problem)| ProblemDocument {
                root: root.as_ref().map(Untrusted::exact),
                path: path(&problem.path),
                message: problem.message.exact(),
            })
            .collect(),
    }
}

/// One after the other: all of them together are many times as large as the files that they are about.
fn findings<S: Serializer>(findings: &[Reported], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(finding))
}

fn finding(reported: &Reported) -> FindingDocument {
    let finding = &reported.finding;
    FindingDocument {
        rule: finding.rule.id,
        severity: finding.severity.word(),
        engine: finding.engine.word(),
        root: reported.root.as_ref().map(Untrusted::exact),
        path: path(&finding.primary.path),
        kind: finding.kind.map(crate::kind::Kind::name),
        message: finding.message.exact(),
        help: finding.help.as_ref().map(Text::exact),
        engine_says: finding.engine_says.iter().map(Text::exact).collect(),
        span: span(&finding.primary),
        labels: finding.labels.iter().map(label).collect(),
        fix: finding.fix.as_deref().map(|SettledFix { fix, places }| FixDocument {
            safety: match fix.safety {
                Safety::Safe => "safe",
                Safety::Unsafe => "unsafe",
            },
            edits: fix
                .edits
                .iter()
                .zip(places)
                .map(|((_, text), &(start, end))| EditDocument {
                    span: SpanDocument { start: position(start), end: position(end) },
                    text: exact(text),
                })
                .collect(),
        }),
        fingerprint: reported.fingerprint(),
    }
}

fn label(place: &Place) -> LabelDocument {
    LabelDocument { path: path(&place.path), span: span(place), message: place.message.exact() }
}

fn span(place: &Place) -> SpanDocument {
    SpanDocument { start: position(place.start), end: position(place.end) }
}

fn position(position: Position) -> PositionDocument {
    PositionDocument { line: position.line, column: position.column, byte: position.byte }
}

fn path(path: &Untrusted) -> PathDocument {
    use std::fmt::Write as _;
    let is_text = str::from_utf8(path.bytes()).is_ok();
    let hex = || {
        path.bytes().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    };
    PathDocument { path: path.exact(), path_hex: (!is_text).then(hex) }
}

/// Writes a document and a final newline.
///
/// # Errors
/// Those of the writer.
pub fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Shown(CompactFormatter));
    document.serialize(&mut serializer)?;
    writeln!(out)
}

/// Writes strings so that nothing in them is obeyed by a terminal.
struct Shown(CompactFormatter);

impl Formatter for Shown {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all text is ASCII, and looked at only once then.
        if fragment.is_ascii() && memchr::memchr(0x7f, fragment.as_bytes()).is_none() {
            return self.0.write_string_fragment(writer, fragment);
        }
        let mut rest = fragment;
        while let Some((at, char)) =
            rest.char_indices().find(|&(_, char)| !char.is_ascii() && !has_own_shape(char) || char == '\x7f')
        {
            self.0.write_string_fragment(writer, &rest[..at])?;
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + char.len_utf8()..];
        }
        self.0.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_could_obey_is_escaped_and_reads_back_the_same() {
        let text = "a\u{1b}[2J\u{7f}\u{85}\u{202e}\u{e0041}é\"\\";
        let mut out = Vec::new();
        assert!(write(&text, &mut out).is_ok());
        assert_eq!(String::from_utf8_lossy(&out), "\"a\\u001b[2J\\u007f\\u0085\\u202e\\udb40\\udc41é\\\"\\\\\"\n");
        assert_eq!(serde_json::from_slice::<String>(&out).ok().as_deref(), Some(text));
    }
}
