//! A string of a filter when Exim comes to it: expanded, and led back to the file.

use std::borrow::Cow;
use std::ops::Range;

use crate::exim_expansion::{Error, Expansion, Node, NodeKind, Operator, Setting, Verdict, What, expand};
use crate::exim_filter::Item;
use crate::source::Span;

/// A string of a filter.
pub struct FilterString<'b> {
    bytes: &'b [u8],
    /// As it stands in the file.
    pub item: Item,
    /// What stands in the file, without its quotes.
    pub text: Cow<'b, [u8]>,
    /// What it expands to.
    pub expanded: Expanded,
}

/// What a string expands to.
pub enum Expanded {
    /// The same for every message: the text itself.
    Itself,
    /// The same for every message.
    Constant(Vec<u8>),
    /// Something that depends on the message.
    Something,
    /// It does not, whatever the message.
    Refused(Refusal),
    /// That depends on the message.
    CannotTell,
}

/// Why a string does not expand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Where in the text that shows.
    pub place: Range<usize>,
    /// What it is.
    pub what: What,
    /// Exim's reason.
    pub words: Vec<u8>,
    /// Whether it is this one that Exim gives: an earlier one may depend on the message.
    pub is_first: bool,
}

impl<'b> FilterString<'b> {
    /// Expands a string.
    pub fn new(item: Item, bytes: &'b [u8], setting: &Setting) -> Self {
        let text = item.value(bytes);
        let expanded = expanded(&text, setting);
        Self { bytes, item, text, expanded }
    }

    /// What it expands to, when that is the same for every message.
    pub fn constant(&self) -> Option<&[u8]> {
        match &self.expanded {
            Expanded::Itself => Some(&self.text),
            Expanded::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// What Exim says when it does not expand. `place` is how Exim calls the place.
    pub fn words_of_refusal(&self, refusal: &Refusal, place: &str) -> Vec<u8> {
        // A line feed ends what is written to a log, and Exim has put it there already.
        let is_bare = place == "logwrite command" && !self.text.ends_with(b"\n");
        let end: &[u8] = if is_bare { b"\n" } else { b"" };
        [b"failed to expand \"", &*self.text, end, b"\" in ", place.as_bytes(), b": ", &refusal.words].concat()
    }

    /// Where it stands, without the quotes; with them when there is nothing between.
    pub fn span(&self) -> Span {
        if self.text.is_empty() { self.item.span } else { self.span_of_text(0..self.text.len()) }
    }

    /// Where a part of the text stands.
    pub fn span_of_text(&self, range: Range<usize>) -> Span {
        self.item.places(self.bytes).span(range)
    }

    /// Where a part of its constant value came from; all of it where that cannot be told.
    pub fn span_of_value(&self, range: Range<usize>, setting: &Setting) -> Span {
        match self.expanded {
            Expanded::Itself => self.span_of_text(range),
            _ => origin(&expand(&self.text, setting), range).map_or(self.span(), |range| self.span_of_text(range)),
        }
    }
}

/// What a text expands to.
pub fn expanded(text: &[u8], setting: &Setting) -> Expanded {
    if memchr::memchr2(b'$', b'\\', text).is_none() {
        return Expanded::Itself;
    }
    let expansion = expand(text, setting);
    let refused = |error: &Error, is_first| {
        let words = expansion.words(error);
        Expanded::Refused(Refusal { place: error.span.range(), what: error.what, words, is_first })
    };
    match expansion.verdict() {
        Verdict::Refused(error) => refused(error, true),
        Verdict::RefusedSomehow(error) => refused(error, false),
        Verdict::CannotTell => Expanded::CannotTell,
        Verdict::Accepted => match expansion.constant() {
            Some(value) => Expanded::Constant(value.to_vec()),
            None => Expanded::Something,
        },
    }
}

/// A part of a text: where it stands, and how many bytes of the value it is; nothing when it is computed.
struct Part {
    source: Range<usize>,
    len: Option<usize>,
}

impl Part {
    fn new(text: &[u8], node: Node) -> Self {
        let Range { start, end } = node.span().range();
        match node.kind {
            NodeKind::Literal => Self { source: start..end, len: Some(end - start) },
            NodeKind::Escape(_) => Self { source: start..end, len: Some(1) },
            NodeKind::Protected => {
                // The second `\N` may be missing at the end of the text.
                let is_closed = end - start >= 4 && text[..end].ends_with(b"\\N");
                let source = start + 2..end - if is_closed { 2 } else { 0 };
                Self { len: Some(source.len()), source }
            }
            _ => Self { source: start..end, len: None },
        }
    }
}

/// The bytes of a text from which a part of its constant value came. One part of the text may be computed; how much of the
/// value it is follows from the whole.
fn origin(expansion: &Expansion<'_>, wanted: Range<usize>) -> Option<Range<usize>> {
    let parts: Vec<Part> = expansion.children(0).map(|at| Part::new(expansion.text(), expansion.nodes()[at])).collect();
    if parts.iter().filter(|part| part.len.is_none()).count() > 1 {
        return None;
    }
    let known: usize = parts.iter().filter_map(|part| part.len).sum();
    let computed = expansion.constant()?.len().checked_sub(known)?;
    let (mut at, mut found) = (0, None);
    for part in parts {
        let len = part.len.unwrap_or(computed);
        let (start, end) = (wanted.start.max(at), wanted.end.min(at + len));
        if start < end {
            let is_itself = part.len == Some(part.source.len());
            let first = part.source.start;
            let source = if is_itself { first + start - at..first + end - at } else { part.source };
            found = Some(found.map_or(source.start, |found: Range<usize>| found.start)..source.end);
        }
        at += len;
    }
    found
}

/// Variables that are numbers, whatever the message (Exim specification, chapter 11.9).
const NUMBERS: [&[u8]; 19] = [
    b"body_linecount",
    b"body_zerocount",
    b"caller_gid",
    b"caller_uid",
    b"exim_gid",
    b"exim_uid",
    b"max_received_linelength",
    b"message_age",
    b"message_body_size",
    b"message_linecount",
    b"message_size",
    b"originator_gid",
    b"originator_uid",
    b"pid",
    b"rcpt_count",
    b"received_count",
    b"received_port",
    b"recipients_count",
    b"tod_epoch",
];

/// Whether a text is a number for every message: one variable or operator that always is.
pub fn is_always_number(text: &[u8], setting: &Setting) -> bool {
    let expansion = expand(text, setting);
    let mut parts = expansion.children(0);
    let (Some(part), None) = (parts.next(), parts.next()) else { return false };
    match expansion.nodes()[part].kind {
        NodeKind::Variable(Some(variable)) => variable.is_of_filters() || NUMBERS.contains(&variable.name().as_bytes()),
        NodeKind::Operator(Some(operator)) => matches!(operator, Operator::Strlen | Operator::Listcount),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where in the file a part of a string's value stands.
    fn shown(file: &str, range: Range<usize>) -> &str {
        let item = Item { span: Span::new(0, file.len()), is_quoted: file.starts_with('"') };
        let setting = Setting::filter();
        let string = FilterString::new(item, file.as_bytes(), &setting);
        assert!(string.constant().is_some(), "{file}");
        &file[string.span_of_value(range, &setting).range()]
    }

    #[test]
    fn a_value_leads_back_to_the_file() {
        assert_eq!(shown("a*b", 1..2), "*");
        assert_eq!(shown(r#""\\\\d(\\$x""#, 0..1), r"\\\\");
        assert_eq!(shown(r#""\\\\d(\x2b""#, 2..3), "(");
        assert_eq!(shown(r#""\\N^\\d+(\\N""#, 1..2), r"\\");
        assert_eq!(shown(r#""\\N^\\d+(\\N""#, 4..5), "(");
        assert_eq!(shown(r"\N^(", 1..2), "(");
        assert_eq!(shown("a${lc:BC}(d", 3..4), "(");
        assert_eq!(shown("a${lc:BC}(d", 1..2), "${lc:BC}");
        assert_eq!(shown("${lc:A}${lc:BC}(d", 3..4), "${lc:A}${lc:BC}(d");
    }
}
