//! For people: each finding with the lines around it, as rustc would show them. miette draws the frames, over our own
//! excerpts only.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::{headline, path_of, problems, summary};
use crate::policy::{Report, Reported};
use crate::rule::Severity;
use crate::settled::{DRAWN, Frame};
use crate::text::Text;

/// How wide running text is.
const WIDTH: usize = 100;
/// How many bytes of a text are shown whole; of a longer one, so many at its beginning and at its end. An engine quotes
/// a line of a MiB in its words, and a mail to the administrator should not.
const SHOWN: usize = 1200;
const BEGINNING: usize = 800;
const END: usize = 200;

/// What the output can show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// Colours.
    pub color: bool,
    /// Lines and arrows that are not ASCII.
    pub unicode: bool,
}

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn text(report: &Report, out: &mut dyn Write, look: Look, quiet: bool) -> io::Result<()> {
    let theme = GraphicalTheme {
        characters: if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).without_cause_chain().with_width(WIDTH);
    let mut counts: HashMap<_, usize> = HashMap::new();
    for reported in &report.findings {
        let finding = &reported.finding;
        let key = (reported.root.as_ref(), &finding.primary.path, finding.rule.id);
        let count = counts.entry(key).or_default();
        *count += 1;
        if *count <= DRAWN {
            one(report, reported, out, look, &handler)?;
        }
    }
    for (root, untold) in &report.untold {
        *counts.entry((root.as_ref(), &untold.path, untold.rule.id)).or_default() += untold.counts.all();
    }
    let mut more: Vec<_> = counts.into_iter().filter(|&(_, count)| count > DRAWN).collect();
    more.sort();
    for ((root, path, rule), count) in more {
        writeln!(out, "{}: and {} more of {rule}\n", path_of(report, root, path), count - DRAWN)?;
    }
    problems(report).try_for_each(|line| writeln!(out, "{line}"))?;
    if !quiet {
        writeln!(out, "{}", summary(report))?;
    }
    Ok(())
}

fn one(
    report: &Report,
    reported: &Reported,
    out: &mut dyn Write,
    look: Look,
    handler: &GraphicalReportHandler,
) -> io::Result<()> {
    let finding = &reported.finding;
    let line = headline(report, reported);
    if look.color {
        let color = match finding.severity {
            Severity::Error => "\x1b[1;31m",
            Severity::Warning => "\x1b[1;33m",
            Severity::Info => "\x1b[1;36m",
        };
        writeln!(out, "{color}{line}\x1b[0m")?;
    } else {
        writeln!(out, "{line}")?;
    }
    for frame in &finding.frames {
        let name = path_of(report, reported.root.as_ref(), &frame.path);
        out.write_all(draw(frame, name, handler).as_bytes())?;
    }
    let notes = finding.help.iter().map(|help| ("help", help));
    for (word, text) in notes.chain(finding.engine_says.iter().map(|words| ("the engine says", words))) {
        writeln!(out, "{}", wrap(&shortened(text.visible()), &format!("  {word}: "), "    "))?;
    }
    writeln!(out)
}

/// A text without its middle, where it is long.
fn shortened(text: String) -> String {
    if text.len() <= SHOWN {
        return text;
    }
    let boundary = |at: usize| (at..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    let (beginning, end) = (boundary(BEGINNING), boundary(text.len() - END));
    let left_out = end - beginning;
    format!("{} [... {left_out} bytes, which --format json tells ...] {}", &text[..beginning], &text[end..])
}

/// Folds running text at blanks; a path is never broken.
#[must_use]
pub fn wrap(text: &str, first: &str, rest: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false)
        .initial_indent(first)
        .subsequent_indent(rest);
    textwrap::fill(text, options)
}

fn draw(frame: &Frame, name: String, handler: &GraphicalReportHandler) -> String {
    let sheet = Sheet { text: format!("{}\n", frame.excerpt.text), name, frame };
    let mut drawn = String::new();
    // Writing to a String fails only where a label lies outside of the sheet; the excerpt's marks lie inside.
    if handler.render_report(&mut drawn, &Drawing(sheet)).is_err() {
        drawn.clear();
    }
    // The first line is miette's own headline, and ours is already there.
    drawn.split_once('\n').map(|(_, frame)| frame.to_owned()).unwrap_or_default()
}

/// An excerpt as a source for miette: whatever is asked for, it shows all of its lines.
struct Sheet<'f> {
    text: String,
    name: String,
    frame: &'f Frame,
}

impl SourceCode for Sheet<'_> {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let excerpt = &self.frame.excerpt;
        // Without context only the place of the first label is asked for, to be shown beside the name.
        let (line, column) = if lines_before == 0 {
            (excerpt.position.line - 1, excerpt.position.column - 1)
        } else {
            (excerpt.first_line - 1, 0)
        };
        let lines = excerpt.text.matches('\n').count() + 1;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            line as usize,
            column as usize,
            lines,
        )))
    }
}

struct Drawing<'f>(Sheet<'f>);

impl fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drawing")
    }
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let frame = self.0.frame;
        let marks = frame.excerpt.marks.iter().zip(&frame.notes);
        Some(Box::new(marks.map(|((mark, _), (note, is_primary))| {
            let (note, span) = (Some(Text::visible(note)).filter(|note| !note.is_empty()), (mark.start, mark.len()));
            if *is_primary {
                LabeledSpan::new_primary_with_span(note, span)
            } else {
                LabeledSpan::new_with_span(note, span)
            }
        })))
    }
}
