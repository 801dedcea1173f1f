//! What Exim's parser says of conditions.

use crate::exim_filter::condition::{Comparison, Operator};
use crate::exim_filter::words::nearest;
use crate::exim_filter::{FilterFile, What, Word};
use crate::finding::Sink;
use crate::text;

pub(super) fn missing_then(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::ThenMissing,
        |_, word| text!("the file ends in the condition of this `{}`", word),
        |_, finding| {
            finding.help(text!(
                "the rest of the file is lost: finish the condition, and write `then`, a command and `endif`"
            ));
        },
    );
}

pub(super) fn missing_condition(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::UnexpectedThen,
        |_, then| text!("{} stands where a condition must begin", then),
        |error, finding| {
            let before = filter.file.source.bytes()[..error.span.start as usize].trim_ascii_end();
            finding.help(match last_word(before) {
                b"and" => text!("remove the `and` before it, or write what it shall join"),
                b"or" => text!("remove the `or` before it, or write what it shall join"),
                b"not" => text!("write behind the `not` what shall not hold"),
                _ => text!("write a condition before it"),
            });
        },
    );
}

pub(super) fn unexpected_closing_parenthesis(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::UnexpectedClosing,
        |error, _| {
            let before = filter.file.source.bytes()[..error.span.start as usize].trim_ascii_end();
            match last_word(before) {
                b"and" | b"or" | b"not" => text!("`)` behind `{}`, where a condition must follow", last_word(before)),
                _ if before.ends_with(b"(") => text!("there is no condition between `(` and `)`"),
                _ => text!("this `)` closes nothing"),
            }
        },
        |_, finding| {
            finding.help(text!("remove it, or put the `(` where it belongs; in a value, quote the whole value"));
        },
    );
}

pub(super) fn unexpected_opening_parenthesis(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::UnexpectedOpening,
        |_, _| text!("`(` directly behind a condition, where `and`, `or` or `then` must follow"),
        |_, finding| {
            finding.help(text!("if it belongs to a value, quote the whole value; else write `and` or `or` before it"));
        },
    );
}

pub(super) fn missing_closing_parenthesis(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::ClosingMissing,
        |_, _| text!("`then`, and a `(` before it is not closed"),
        |_, finding| {
            finding.help(text!("write a `)` before it"));
        },
    );
}

pub(super) fn missing_connective(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::ConnectiveMissing | What::NestedConnectiveMissing),
        |error, word| match (error.what, word) {
            (What::ConnectiveMissing, b"") => text!("the file ends behind this condition, without a `then`"),
            (_, b"") => text!("the file ends behind this condition, without a `)`"),
            (What::ConnectiveMissing, word) => {
                text!("`{}` stands behind a condition, where `and`, `or` or `then` must follow", word)
            }
            (_, word) => {
                text!("`{}` stands behind a condition in parentheses, where `and`, `or` or `)` must follow", word)
            }
        },
        |error, finding| {
            let bytes = filter.file.source.bytes();
            let word = &bytes[error.span.range()];
            let letters = word.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(word.len());
            finding.help(match nearest(&word[..letters], &["and", "or", "then"]) {
                Some(meant) if letters < word.len() && word[..letters] == *meant.as_bytes() => {
                    text!("put a blank behind `{}`: Exim reads on to the next one", meant)
                }
                Some(meant) => text!("did you mean `{}`?", meant),
                None if word.is_empty() => text!("the rest of the file is lost: write how it shall go on"),
                None if last_word(bytes[..error.span.start as usize].trim_ascii_end()) == b"then" => {
                    text!("the `then` before it was taken for a value: write the value that is missing")
                }
                None if Word::of(word).is_some() => text!("write `then` before it"),
                None => text!("a value of more than one word wants quotes; conditions are joined with `and` or `or`"),
            });
        },
    );
}

pub(super) fn foranyaddress_without_parenthesis(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::ForanyaddressParenthesis,
        |_, _| text!("no `(` behind the addresses of `foranyaddress`"),
        |_, finding| {
            finding.help(text!("write it as: foranyaddress $h_to:,$h_cc: ( $thisaddress contains \"...\" )"));
        },
    );
}

pub(super) fn unknown_operator(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::UnknownOperator(_)),
        |_, word| match word {
            b"" => text!("no comparison behind this"),
            b"then" | b"and" | b"or" => text!("`{}` where a comparison must stand", word),
            word => text!("`{}` is no comparison", word),
        },
        |error, finding| {
            let word = &filter.file.source.bytes()[error.span.range()];
            finding.help(match error.what {
                What::UnknownOperator(Some(meant)) => text!("did you mean `{}`?", name(meant)),
                _ if word.eq_ignore_ascii_case(b"dose") || word.eq_ignore_ascii_case(b"doe") => {
                    text!("did you mean `does`?")
                }
                _ if word == b":" => text!("write the `:` directly behind the header's name"),
                _ if matches!(word, b"=" | b"==" | b"equals" | b"eq") => text!("write `is`"),
                _ if matches!(word, b"!=" | b"<>" | b"ne") => text!("write `is not`"),
                _ if matches!(word, b">" | b"gt" | b">=") => text!("write `is above`"),
                _ if matches!(word, b"<" | b"lt" | b"<=") => text!("write `is below`"),
                _ => text!(
                    "write is, contains, begins, ends, matches, above or below; on the left, quote what is not one word"
                ),
            });
        },
    );
}

fn name(operator: Operator) -> &'static str {
    match (operator.comparison, operator.is_exact) {
        (Comparison::Is, false) => "is",
        (Comparison::Is, true) => "IS",
        (Comparison::Contains, false) => "contains",
        (Comparison::Contains, true) => "CONTAINS",
        (Comparison::Begins, false) => "begins",
        (Comparison::Begins, true) => "BEGINS",
        (Comparison::Ends, false) => "ends",
        (Comparison::Ends, true) => "ENDS",
        (Comparison::Matches, false) => "matches",
        (Comparison::Matches, true) => "MATCHES",
        (Comparison::Above, _) => "above",
        (Comparison::Below, _) => "below",
    }
}

/// The last word of a text that does not end with a blank.
fn last_word(text: &[u8]) -> &[u8] {
    let ends_before = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')');
    &text[text.iter().rposition(ends_before).map_or(0, |at| at + 1)..]
}
