//! What Perl, and SpamAssassin before it, make of the patterns of rules.

use crate::finding::Sink;
use crate::rule::Severity;
use crate::spamassassin::configuration::Cause;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;
use crate::text::Text;

/// The refusals that are SpamAssassin's own, before it asks Perl.
#[derive(Clone, Copy, PartialEq)]
enum Refused {
    WithoutDelimiters,
    BadEnd,
    RunsCode,
    ByPerl,
}

/// Why a rule's pattern is refused.
fn refused<'c>(cause: &Cause<'c>) -> Option<(Refused, &'c [u8], &'c [u8])> {
    let (Complaint::InvalidRegexp(bad) | Complaint::InvalidMimeHeaderRegexp(bad)) = cause.complaint() else {
        return None;
    };
    let why = match &*bad.error.bytes {
        b"missing regexp delimiters" | b"backslash delimiter not allowed" => Refused::WithoutDelimiters,
        b"invalid end delimiter/mods" => Refused::BadEnd,
        words if words.starts_with(b"unquoted delimiter") => Refused::BadEnd,
        words if words.starts_with(b"eval (?{}) found") => Refused::RunsCode,
        _ => Refused::ByPerl,
    };
    Some((why, cause.name(), &bad.text))
}

fn is_refused(cause: &Cause<'_>, why: Refused) -> bool {
    refused(cause).is_some_and(|found| found.0 == why)
}

/// Reports the patterns that are refused for one reason: `tell` gets the rule's name and the pattern, `help` the pattern.
fn report_refused(
    configuration: &Configuration,
    sink: &mut Sink<'_>,
    why: Refused,
    tell: fn(&[u8], &[u8]) -> Text,
    help: fn(&[u8]) -> Text,
) {
    configuration.report(
        sink,
        |cause| is_refused(cause, why),
        |cause| refused(cause).map_or_else(|| text!("the pattern is refused"), |(_, name, text)| tell(name, text)),
        |cause, finding| {
            if let Some((_, _, text)) = refused(cause) {
                finding.help(help(text));
            }
        },
    );
}

pub(super) fn regex_without_delimiters(configuration: &Configuration, sink: &mut Sink<'_>) {
    report_refused(
        configuration,
        sink,
        Refused::WithoutDelimiters,
        |name, text| text!("the pattern of `{}` does not stand between slashes: `{}`", name, text),
        |text| {
            let inner = text.strip_prefix(b"=~").unwrap_or(text).trim_ascii();
            let pairs = [(b'"', b'"'), (b'\'', b'\''), (b'(', b')')];
            let without = |(open, close)| inner.strip_prefix(&[open])?.strip_suffix(&[close]);
            let unquoted = pairs.into_iter().find_map(without).unwrap_or(inner);
            let is_plain = !unquoted.is_empty() && unquoted.len() <= 60 && !unquoted.contains(&b'/');
            if unquoted != text && unquoted.starts_with(b"/") {
                text!("write only the pattern itself: `{}`", unquoted)
            } else if is_plain {
                text!("write `/{}/`, or `/{}/i` where case does not matter", unquoted, unquoted)
            } else {
                text!("write the pattern between slashes, with `\\` before each slash in it")
            }
        },
    );
}

pub(super) fn regex_bad_end(configuration: &Configuration, sink: &mut Sink<'_>) {
    report_refused(
        configuration,
        sink,
        Refused::BadEnd,
        |name, text| text!("the pattern of `{}` does not end where its delimiter stands: `{}`", name, text),
        |text| {
            let slashes = text.iter().filter(|&&byte| byte == b'/').take(4).count();
            let behind = text.iter().rposition(|&byte| byte == b'/').map_or(&text[..0], |at| &text[at + 1..]);
            match text {
                [b'/', ..] if slashes == 1 => text!("close the pattern with `/`; a `#` in it must be written `\\#`"),
                [b'/', ..] if slashes == 2 && !behind.is_empty() => text!(
                    "only letters such as `i`, `m`, `s` and `x` may follow the slash, and directly: not `{}`",
                    behind
                ),
                [b'/', ..] => text!("write `\\/` for each slash inside of the pattern, and one pattern only in a rule"),
                _ => text!(
                    "write the delimiter at the end too, and with `\\` before it where it is a part of the pattern"
                ),
            }
        },
    );
}

pub(super) fn regex_runs_code(configuration: &Configuration, sink: &mut Sink<'_>) {
    report_refused(
        configuration,
        sink,
        Refused::RunsCode,
        |name, _| text!("the pattern of `{}` holds Perl code, which SpamAssassin does not run", name),
        |_| text!("find out who wrote the line, and remove it"),
    );
}

pub(super) fn invalid_regexp(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| is_refused(cause, Refused::ByPerl),
        |cause| match cause.complaint() {
            Complaint::InvalidRegexp(bad) | Complaint::InvalidMimeHeaderRegexp(bad) => {
                let (name, error) = (cause.name(), &*bad.error.bytes);
                text!("Perl refuses the pattern of `{}`, and the rule is dropped: {}", name, error)
            }
            _ => text!("Perl refuses the pattern, and the rule is dropped"),
        },
        |cause, finding| {
            let (Complaint::InvalidRegexp(bad) | Complaint::InvalidMimeHeaderRegexp(bad)) = cause.complaint() else {
                return;
            };
            finding.help(match &*bad.error.bytes {
                words if words.starts_with(b"False [] range") => {
                    text!("write `\\-`, or `-` as the last character between the brackets")
                }
                words if words.starts_with(b"Unescaped left brace") => text!("write `\\{` for the brace"),
                words if words.starts_with(b"Quantifier follows nothing") => text!(
                    "write `\\` before the sign where the sign itself is meant, or `.` where any character may stand there"
                ),
                words if words.starts_with(b"Unmatched (") || words.starts_with(b"Unmatched )") => {
                    text!("write `\\` before the parenthesis where the sign itself is meant, or add the other one")
                }
                words if words.starts_with(b"Unmatched [") => {
                    text!("write `\\[` where the sign itself is meant, or close the brackets with `]`")
                }
                _ => text!("correct the pattern; `perl -we 'qr/.../'` says the same of it"),
            });
        },
    );
}

pub(super) fn always_matching_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::AlwaysMatching(_)),
        |cause| {
            if let Complaint::AlwaysMatching(bad) = cause.complaint() {
                text!("the pattern of `{}` fits every mail: {}", cause.name(), &*bad.error.bytes)
            } else {
                text!("the pattern fits every mail")
            }
        },
        |cause, finding| {
            let is_empty = matches!(cause.complaint(), Complaint::AlwaysMatching(bad) if *bad.error.bytes == *b"empty");
            // What `--lint` drops the daemon uses: that it does is worse than a rule that is dropped.
            finding.severity(Severity::Warning);
            finding.help(if is_empty {
                text!("write what to look for between the delimiters")
            } else {
                text!("remove the `|` that stands beside nothing: an alternative of no letters fits everywhere")
            });
        },
    );
}

pub(super) fn invalid_dns_subtest(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::AskDnsSubtest(_) | Complaint::AskDnsPattern { .. }),
        |cause| {
            if let Complaint::AskDnsPattern { error } = cause.complaint() {
                text!("Perl refuses the pattern for answers, and the program ends: {}", &*error.bytes)
            } else if let Complaint::AskDnsSubtest(bad) = cause.complaint() {
                text!("Perl refuses the pattern for answers: {}", &*bad.error.bytes)
            } else {
                text!("Perl refuses the pattern for answers")
            }
        },
        |_, finding| {
            finding.help(text!("correct the pattern; `perl -we 'qr/.../'` says the same of it"));
        },
    );
}

pub(super) fn invalid_stopword(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::InvalidStopword { .. }),
        |cause| {
            if let Complaint::InvalidStopword { error } = cause.complaint() {
                text!("Perl refuses a word of this line as a pattern: {}", &*error.bytes)
            } else {
                text!("Perl refuses a word of this line as a pattern")
            }
        },
        |_, finding| {
            finding.help(text!("correct the word: Bayes does not leave it out, nor those behind it"));
        },
    );
}
