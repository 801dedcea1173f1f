//! The only way from the bytes of a file to an output: a few lines around the labels, made visible.
//!
//! miette, and every other renderer that we know, is quadratic over whole files, drifts on invalid UTF-8, panics past
//! column 65,535 and passes escape sequences through. None of that can happen to an [`Excerpt`]: it holds only lines
//! with labels and their neighbours, long lines only around the labels, every character without a shape of its own as
//! an escape, and the marks are mapped by the very loop that writes the text. Making one costs a bounded number of
//! bytes for each label, wherever in the file it is.

use std::ops::Range;

use crate::source::{Position, Source, Span};
use crate::text::{char_start, has_own_shape, push_byte, push_char};

/// Lines up to this length are shown whole, and neighbours without labels up to it.
const WHOLE: usize = 160;
/// How much of a longer line is shown before and after a label.
const AROUND: usize = 40;
/// How much of a long label is shown at either side.
const LABEL: usize = 60;
/// How many lines of a label that crosses lines are shown.
const LINES: usize = 4;
/// Stands where a line goes on.
const CUT: &str = "…";
/// What a TAB is shown as. (Columns count it as one; this is only for the eye.)
const TAB: &str = "    ";

/// A few neighbouring lines, ready to be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excerpt {
    /// The lines, with LF between them and no other control character.
    pub text: String,
    /// The number of the first line.
    pub first_line: u32,
    /// Where in `text` each label is, and which of the given labels it is.
    pub marks: Vec<(Range<usize>, usize)>,
    /// The true position of the first label that was given, if it is here; else of the first mark.
    pub position: Position,
}

/// Cuts the excerpts for the labels out of a file, in the file's order: one for each group of neighbouring lines.
#[must_use]
pub fn cut(source: &Source, labels: &[Span]) -> Vec<Excerpt> {
    let mut shown: Vec<(Span, usize)> = labels.iter().map(|&label| clip(source, label)).zip(0..).collect();
    shown.sort_unstable();
    let mut excerpts: Vec<Excerpt> = Vec::new();
    let mut group: Vec<(Span, usize)> = Vec::new();
    for (label, id) in shown {
        let gap = group.last().is_some_and(|(last, _)| {
            let last_line = source.position(last.end).line;
            source.position(label.start).line > last_line + 2
        });
        if gap {
            excerpts.push(draw(source, &group));
            group.clear();
        }
        group.push((label, id));
    }
    if !group.is_empty() {
        excerpts.push(draw(source, &group));
    }
    excerpts
}

/// The part of a label that is shown: no more than [`LINES`] lines, and not the LF that it may end with.
fn clip(source: &Source, label: Span) -> Span {
    let end = label.end.min(u32::try_from(source.bytes().len()).unwrap_or(u32::MAX));
    let start = label.start.min(end);
    let mut shown_end = source.line_end(start);
    for _ in 1..LINES {
        // A label that ends with the LF ends there: the next line is not part of what it says.
        if shown_end + 1 >= end {
            break;
        }
        shown_end = source.line_end(shown_end + 1);
    }
    Span { start, end: shown_end.min(end) }
}

/// Draws the lines from one before the first label to one after the last.
fn draw(source: &Source, labels: &[(Span, usize)]) -> Excerpt {
    let first = source.line_start(labels[0].0.start);
    let last_end = labels.iter().map(|(label, _)| label.end).max().unwrap_or(first);
    let bytes = source.bytes();
    let mut line = if first > 0 { source.line_start(first - 1) } else { first };
    let last = source.line_start(last_end);
    let mut canvas = Canvas { bytes, text: String::new(), places: Vec::new() };
    let first_line = source.position(line).line;
    loop {
        canvas.line(source, line, labels);
        let end = source.line_end(line) as usize;
        // The empty "line" after the last LF is a line only for a label that stands there.
        let next_is_void = end + 1 >= bytes.len() && last as usize <= end;
        if line > last || end == bytes.len() || next_is_void {
            break;
        }
        canvas.text.push('\n');
        line = source.line_end(line) + 1;
    }
    let marks = labels.iter().map(|&(label, id)| (canvas.mark(label), id)).collect();
    let chief = labels.iter().find(|&&(_, id)| id == 0).unwrap_or(&labels[0]);
    Excerpt { marks, text: canvas.text, first_line, position: source.position(chief.0.start) }
}

struct Canvas<'s> {
    bytes: &'s [u8],
    text: String,
    /// The offsets of the characters shown, in order, and where in `text` each stands.
    places: Vec<(u32, usize)>,
}

impl Canvas<'_> {
    /// Draws a line: whole when it is short, else around its labels.
    fn line(&mut self, source: &Source, start: u32, labels: &[(Span, usize)]) {
        let end = source.line_end(start);
        if (end - start) as usize <= WHOLE {
            return self.segment(start as usize, end as usize);
        }
        let mut at = start as usize;
        for part in self.parts(source, start, labels) {
            if part.start > at {
                self.text.push_str(CUT);
            }
            at = part.end.max(at);
            self.segment(part.start, part.end);
        }
        if self.bytes.get(at).is_some_and(|&byte| byte != b'\n') {
            self.text.push_str(CUT);
        }
    }

    /// The parts of a long line that are shown: around both ends of every label in it, or its beginning.
    fn parts(&self, source: &Source, start: u32, labels: &[(Span, usize)]) -> Vec<Range<usize>> {
        let around = |from: u32, to: u32| {
            let from = (from as usize).saturating_sub(AROUND).max(start as usize);
            let to = (to as usize + AROUND).min(source.line_end(to) as usize);
            char_start(self.bytes, from)..char_start(self.bytes, to)
        };
        let mut parts: Vec<Range<usize>> = Vec::new();
        for (label, _) in labels {
            let from = label.start.max(start);
            let to = source.line_end(from).min(label.end);
            if label.end < start || source.line_start(from) != start {
                continue;
            }
            if (to - from) as usize > 2 * LABEL {
                let cut = u32::try_from(LABEL - AROUND).unwrap_or_default();
                parts.push(around(from, from + cut));
                parts.push(around(to - cut, to));
            } else {
                parts.push(around(from, to));
            }
        }
        if parts.is_empty() {
            parts.push(start as usize..char_start(self.bytes, start as usize + WHOLE));
        }
        parts.sort_unstable_by_key(|part| part.start);
        parts.dedup_by(|next, part| {
            let touches = next.start <= part.end;
            if touches {
                part.end = part.end.max(next.end);
            }
            touches
        });
        parts
    }

    /// Writes some bytes of one line, and notes where each character went.
    fn segment(&mut self, start: usize, end: usize) {
        let mut at = start;
        for chunk in self.bytes[start..end].utf8_chunks() {
            for char in chunk.valid().chars() {
                self.place(at);
                match char {
                    '\t' => self.text.push_str(TAB),
                    _ if has_own_shape(char) => self.text.push(char),
                    _ => push_char(&mut self.text, char),
                }
                at += char.len_utf8();
            }
            for &byte in chunk.invalid() {
                self.place(at);
                push_byte(&mut self.text, byte);
                at += 1;
            }
        }
        self.place(end);
    }

    fn place(&mut self, at: usize) {
        self.places.push((u32::try_from(at).unwrap_or(u32::MAX), self.text.len()));
    }

    /// Where in the text a label is: from the character that it starts in to the end of the one that it ends in.
    fn mark(&self, label: Span) -> Range<usize> {
        let start = self.places.partition_point(|&(at, _)| at <= label.start).saturating_sub(1);
        let end = self.places.partition_point(|&(at, _)| at < label.end).max(start);
        let place = |index: usize| self.places.get(index).map_or(self.text.len(), |&(_, place)| place);
        if label.is_empty() { place(start)..place(start) } else { place(start)..place(end).max(place(start)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws the one excerpt of a text, with `[` and `]` where the marks are.
    fn drawn(bytes: &[u8], labels: &[(usize, usize)]) -> Vec<String> {
        let source = Source::new(bytes.to_vec());
        let labels: Vec<Span> = labels.iter().map(|&(start, end)| Span::new(start, end)).collect();
        cut(&source, &labels)
            .into_iter()
            .map(|excerpt| {
                let mut text = excerpt.text;
                let mut cuts: Vec<(usize, char)> =
                    excerpt.marks.iter().flat_map(|(mark, _)| [(mark.start, '['), (mark.end, ']')]).collect();
                cuts.sort_by_key(|&(at, _)| std::cmp::Reverse(at));
                cuts.into_iter().for_each(|(at, bracket)| text.insert(at, bracket));
                format!("{}: {text}", excerpt.first_line)
            })
            .collect()
    }

    #[test]
    fn a_line_is_shown_with_its_neighbours() {
        assert_eq!(drawn(b"one\ntwo\nthree\nfour\n", &[(9, 11)]), ["2: two\nt[hr]ee\nfour"]);
        assert_eq!(drawn(b"one\ntwo\n", &[(0, 3)]), ["1: [one]\ntwo"]);
    }

    #[test]
    fn what_is_hidden_is_shown_and_the_mark_is_under_it() {
        assert_eq!(drawn(b"\xef\xbb\xbfa: b\0c\r\n", &[(0, 3), (7, 8)]), [r"1: [\u{feff}]a: b[\x00]c\r"]);
        assert_eq!(drawn(b"a\xff\tb", &[(1, 2)]), [r"1: a[\xff]    b"]);
    }

    #[test]
    fn a_place_at_the_very_end_is_shown_on_a_line_of_its_own() {
        let source = Source::new(b"a\n".to_vec());
        assert_eq!(cut(&source, &[Span::at(2)])[0].text, "a\n");
        assert_eq!(cut(&source, &[Span::at(2)])[0].marks, [(2..2, 0)]);
        assert_eq!(cut(&Source::new(Vec::new()), &[Span::at(0)])[0].text, "");
    }

    #[test]
    fn a_long_line_is_cut_around_its_labels() {
        let line = format!("{}yahoo.com{}", "a".repeat(50_000), "b".repeat(50_000));
        let label = "a".repeat(40) + "[yahoo.com]" + &"b".repeat(40);
        assert_eq!(drawn(line.as_bytes(), &[(50_000, 50_009)]), [format!("1: …{label}…")]);
    }

    #[test]
    fn a_long_label_is_cut_in_the_middle() {
        let drawn = drawn("a".repeat(1000).as_bytes(), &[(100, 900)]);
        assert_eq!(drawn[0].matches('…').count(), 3);
        assert_eq!(drawn[0].matches('a').count(), 2 * (40 + 20 + 40));
    }

    #[test]
    fn labels_far_from_each_other_make_two_excerpts() {
        let text = b"a\nb\nc\nd\ne\nf\ng\n";
        assert_eq!(drawn(text, &[(12, 13), (0, 1)]), ["1: [a]\nb", "6: f\n[g]"]);
        assert_eq!(drawn(text, &[(4, 5), (0, 1)]), ["1: [a]\nb\n[c]\nd"]);
    }

    #[test]
    fn a_label_over_many_lines_is_cut_after_a_few() {
        let text = "line\n".repeat(100);
        assert_eq!(drawn(text.as_bytes(), &[(0, 500)]), ["1: [line\nline\nline\nline]\nline"]);
        assert_eq!(drawn(text.as_bytes(), &[(0, 5)]), ["1: [line]\nline"]);
    }
}
