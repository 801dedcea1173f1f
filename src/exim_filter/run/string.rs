//! A string of a filter when Exim comes to it: expanded, and led back to the file.

use std::borrow::Cow;
use std::ops::Range;

use crate::exim_expansion::{Error, Expansion, NodeKind, Operator, Setting, Verdict, What, expand};
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

/// The bytes of a text from which a part of its constant value came: those that stand for themselves, escapes, and
/// `\N...\N`. One part that is computed may stand among them; its length follows from the whole.
fn origin(expansion: &Expansion<'_>, wanted: Range<usize>) -> Option<Range<usize>> {
    let value = expansion.constant()?;
    let plain = |kind, len: usize| match kind {
        NodeKind::Literal => Some((0, len)),
        NodeKind::Escape(_) => Some((0, 1)),
        // Its second `\N` may be missing at the end of the text.
        NodeKind::Protected => Some((2, len.saturating_sub(2))),
        _ => None,
    };
    let ends_protected = |span: Span| {
        let text = &expansion.text()[span.range()];
        if text.len() >= 4 && text.ends_with(b"\\N") { 2 } else { 0 }
    };
    let nodes = expansion.nodes();
    let len = |at: usize| {
        let span = nodes[at].span();
        let more = if nodes[at].kind == NodeKind::Protected { ends_protected(span) } else { 0 };
        plain(nodes[at].kind, span.range().len()).map(|(skip, len)| (skip, len - more))
    };
    let known: usize = expansion.children(0).filter_map(len).map(|(_, len)| len).sum();
    if expansion.children(0).filter(|&at| len(at).is_none()).count() > 1 {
        return None;
    }
    let computed = value.len().checked_sub(known)?;
    let (mut at, mut found): (usize, Option<Range<usize>>) = (0, None);
    for child in expansion.children(0) {
        let span = nodes[child].span().range();
        let (skip, value_len) = len(child).unwrap_or((0, computed));
        let part = wanted.start.max(at)..wanted.end.min(at + value_len);
        let is_met =
            part.start < part.end || (wanted.is_empty() && at <= wanted.start && wanted.start < at + value_len);
        if is_met {
            let is_literal = matches!(nodes[child].kind, NodeKind::Literal | NodeKind::Protected);
            let source = if is_literal {
                let start = span.start + skip;
                start + part.start - at..start + part.end.max(part.start) - at
            } else {
                span
            };
            found = Some(found.map_or(source.start, |found| found.start)..source.end);
        }
        at += value_len;
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
