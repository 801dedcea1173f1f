//! `score NAME VALUE`, in all the ways in which it goes wrong.

use crate::finding::Sink;
use crate::rule::Severity;
use crate::spamassassin::bytes::{first_word, words};
use crate::spamassassin::configuration::Cause;
use crate::spamassassin::value::is_number;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

/// How many values stand behind the rule's name, counted up to six.
fn values(cause: &Cause<'_>) -> usize {
    words(cause.value()).skip(1).take(6).count()
}

fn is_count(cause: &Cause<'_>) -> bool {
    matches!(cause.complaint(), Complaint::ScoreCount)
}

pub(super) fn score_without_value(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| is_count(cause) && values(cause) == 0,
        |cause| match cause.value() {
            b"" => text!("`score` without a rule and a value"),
            value if is_number(value) => text!("`score {}` names no rule, so nothing is set", value),
            name => text!("`{}` is given no score", name),
        },
        |cause, finding| {
            finding.help(match cause.value() {
                b"" => text!("write `score RULE_NAME 1.0`, or remove the line"),
                value if is_number(value) => text!(
                    "the name of a rule is missing: `score RULE_NAME {}`; if the threshold was meant, write \
                     `required_score {}`",
                    value,
                    value
                ),
                name => text!("write the score behind the name: `score {} 1.0`", name),
            });
        },
    );
}

pub(super) fn score_count(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| is_count(cause) && values(cause) > 0,
        |cause| {
            let name = first_word(cause.value()).0;
            match values(cause) {
                6 => text!("`{}` is given more than five scores: there may be one or four", name),
                count => text!("`{}` is given {} scores: there may be one or four", name, count),
            }
        },
        |cause, finding| {
            let (name, rest) = first_word(cause.value());
            let first = first_word(rest.unwrap_or_default()).0;
            let is_unit = |word: &[u8]| !word.iter().any(u8::is_ascii_digit);
            let first_number = words(rest.unwrap_or_default()).find(|word| is_number(word));
            finding.help(match first_number {
                Some(number) if words(rest.unwrap_or_default()).any(is_unit) || values(cause) == 2 => text!(
                    "write `score {} {}`; a remark stands behind `#`",
                    name,
                    number
                ),
                _ => text!(
                    "write one score for all cases (`score {} {}`), or four: plain, with network tests, with Bayes, with \
                     both",
                    name,
                    first_number.unwrap_or(first)
                ),
            });
        },
    );
}

pub(super) fn score_not_a_number(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::ScoreNotNumeric),
        |cause| text!("`{}` is no number as SpamAssassin reads scores", cause.word()),
        |cause, finding| {
            let word = cause.word();
            let name = first_word(cause.value()).0;
            finding.help(if let Some(plain) = written_plainly(word) {
                text!("write `score {} {}`", name, plain.as_slice())
            } else {
                text!("a score is digits, with a point and further digits, and a `-` before it: `-1.5`, `0.5`")
            });
        },
    );
}

/// The number that some ways of writing were meant for: `1,5`, `+1`, `.5`, `5.`, `=1`, a minus from a text program.
fn written_plainly(word: &[u8]) -> Option<Vec<u8>> {
    let unsigned = [b"+".as_slice(), b"=", b":"].iter().find_map(|sign| word.strip_prefix(*sign)).unwrap_or(word);
    let dashes = ["\u{2212}", "\u{2013}", "\u{2014}"];
    let dash = dashes.iter().find_map(|dash| unsigned.strip_prefix(dash.as_bytes()));
    let (sign, digits) = match dash.or(unsigned.strip_prefix(b"-")) {
        Some(digits) => (b"-".as_slice(), digits),
        None => (b"".as_slice(), unsigned),
    };
    let digits = [b";".as_slice(), b","].iter().find_map(|end| digits.strip_suffix(*end)).unwrap_or(digits);
    let mut plain = digits.to_vec();
    if let Some(comma) = plain.iter().position(|&byte| byte == b',') {
        plain[comma] = b'.';
    }
    if plain.first() == Some(&b'.') {
        plain.insert(0, b'0');
    }
    if plain.last() == Some(&b'.') {
        plain.pop();
    }
    let is_good = plain.len() <= 20 && crate::spamassassin::value::is_score(&plain) && plain[0] != b'-';
    is_good.then(|| [sign, &plain].concat())
}

pub(super) fn relative_score_without_base(configuration: &Configuration, sink: &mut Sink<'_>) {
    // Without the stock rules nobody knows whether the rule has a score already; other rules may be in files that are not here.
    let severity = if configuration.has_read_stock_rules() { Severity::Warning } else { Severity::Info };
    if !configuration.knows_stock_rules() {
        return;
    }
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::RelativeScoreWithoutBase),
        |cause| {
            let name = first_word(cause.value()).0;
            text!("`{}` has no score yet that {} could be added to", name, cause.word())
        },
        |cause, finding| {
            let (name, rest) = first_word(cause.value());
            let word = first_word(rest.unwrap_or_default()).0;
            let inner = word.strip_prefix(b"(").and_then(|word| word.strip_suffix(b")")).unwrap_or(word);
            finding.severity(severity);
            finding.help(text!("write the score itself, without parentheses: `score {} {}`", name, inner));
        },
    );
}
