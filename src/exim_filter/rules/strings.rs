//! What Exim's parser says of words and strings.

use crate::exim_filter::{FilterFile, What};
use crate::finding::{Finding, Sink};
use crate::rule::{Severity, Verdict};
use crate::text;

pub(super) fn word_too_long(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::WordTooLong,
        |_, word| text!("a word of {} bytes, and Exim has room for 1023", word.len()),
        |error, finding| {
            let bytes = filter.file.source.bytes();
            let help = if bytes[error.span.range()].contains(&b'"') {
                text!("put a blank behind the closing quote")
            } else {
                text!("quoting does not help: split it, or look the value up in a file of its own")
            };
            unless_accepted(finding).help(help);
        },
    );
}

pub(super) fn string_too_long(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::StringTooLong,
        |_, string| {
            let bytes = string.len().saturating_sub(2);
            text!(
                "a string of {} bytes between its quotes, and Exim has room for 1023 when it has resolved them",
                bytes
            )
        },
        |_, finding| {
            unless_accepted(finding)
                .help(text!("make several conditions of it, joined with `or`, or several commands"));
        },
    );
}

pub(super) fn missing_quote(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::QuoteMissing,
        |_, string| text!("the string `{}` is not closed on its line", string.trim_ascii_end()),
        |error, finding| {
            let string = &filter.file.source.bytes()[error.span.range()];
            let help = if string.trim_ascii_end().ends_with(b"\\\"") {
                text!("its last quote is taken for a character: write a backslash before it as `\\\\`")
            } else if filter.file.source.bytes()[error.span.end as usize..].contains(&b'"') {
                text!("close it; in a string of several lines each must end with `\\`")
            } else {
                text!("close it with a `\"`")
            };
            unless_accepted(finding).help(help);
        },
    );
}

/// The text of a `fail` at the end of a file is used as it is, however it ends.
fn unless_accepted(finding: &mut Finding) -> &mut Finding {
    if finding.engine == Verdict::Accepts {
        finding.severity(Severity::Warning);
    }
    finding
}
