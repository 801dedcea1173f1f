//! What Perl, and SpamAssassin before it, make of the patterns of rules.

use super::values::defines_rule;
use crate::finding::Sink;
use crate::perl_pattern::{Pattern, Verdict};
use crate::rule::Severity;
use crate::spamassassin::configuration::{Cause, Taken};
use crate::spamassassin::endless_recursion::endless_recursion;
use crate::spamassassin::rule::{mime_header_pattern, without_if_unset};
use crate::spamassassin::slow_pattern::slow_loop;
use crate::spamassassin::{Complaint, Configuration, Form};
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

pub(super) fn regex_backtracking(configuration: &Configuration, sink: &mut Sink<'_>) {
    let version = crate::spamassassin::Perl::V5_36.of_patterns();
    for (line, text) in patterns_in_use(configuration, may_have_slow_loop) {
        let has_lines = matches!(line.setting.form, Form::Rawbody | Form::Full);
        let pattern = Pattern::read(text, version);
        let Some(span) = slow_loop(&pattern, version, has_lines) else { continue };
        let part = &text[pattern.in_text(span).range()];
        sink.find(
            line.span_of(part),
            text!("`{}` lets Perl divide one text among its rounds in more ways than it can try in minutes", part),
        )
        .help(text!(
            "begin each round with something that cannot stand elsewhere in it; or write `(?>{})`, of which Perl takes \
             nothing back",
            part
        ));
    }
}

pub(super) fn regex_endless_recursion(configuration: &Configuration, sink: &mut Sink<'_>) {
    let version = crate::spamassassin::Perl::V5_36.of_patterns();
    for (line, text) in patterns_in_use(configuration, may_call_itself) {
        let pattern = Pattern::read(text, version);
        let Some(span) = endless_recursion(&pattern.tree).filter(|_| pattern.verdict == Verdict::Accepted) else {
            continue;
        };
        let part = &text[pattern.in_text(span).range()];
        let message = text!("`{}` comes back to itself before Perl has read anything, which ends the scan", part);
        sink.find(line.span_of(part), message)
            .help(text!("write something before `{}` that must be there: `(?:x{})?`", part, part))
            .says(text!("plugin: eval failed: Timeout::_run: Infinite recursion in regex"));
    }
}

/// Whether a pattern may call itself, or a group of it.
fn may_call_itself(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"(?")
        .any(|at| matches!(text[at + 2..], [b'R' | b'&' | b'+' | b'-' | b'0'..=b'9', ..] | [b'P', b'>', ..]))
}

/// The lines of rules with patterns that SpamAssassin uses: those that may be worth while.
fn patterns_in_use(
    configuration: &Configuration,
    may_matter: fn(&[u8]) -> bool,
) -> impl Iterator<Item = (Taken<'_>, &[u8])> {
    let lines = configuration.lines(defines_rule);
    let candidates = lines.filter_map(move |line| Some((line, pattern_of(&line).filter(|text| may_matter(text))?)));
    candidates.filter(|(line, _)| {
        let name = line.name().0;
        let score = configuration.reading.state.score(name).filter(|_| !name.starts_with(b"__"));
        let is_off = score.is_some_and(|score| score.values.iter().all(|value| *value == 0.0));
        !is_off && configuration.rule_of(line).is_some()
    })
}

/// The pattern of a line that defines a rule, if it has one.
fn pattern_of<'c>(line: &Taken<'c>) -> Option<&'c [u8]> {
    let test = line.name().1;
    match line.setting.form {
        Form::Body | Form::Rawbody | Form::Uri | Form::Full => Some(test),
        Form::MimeHeader => Some(without_if_unset(mime_header_pattern(test)?)),
        Form::Header => {
            let at = test.windows(2).position(|two| matches!(two, b"=~" | b"!~"))?;
            Some(without_if_unset(test[at + 2..].trim_ascii_start()))
        }
        _ => None,
    }
}

/// Whether it is worth while to read a pattern: it counts the rounds of a group, or refers back to one.
fn may_have_slow_loop(text: &[u8]) -> bool {
    let refers_back = |at: usize| text.get(at + 1).is_some_and(|byte| matches!(byte, b'1'..=b'9' | b'g' | b'k'));
    memchr::memmem::find(text, b"){").is_some()
        || memchr::memmem::find(text, b"(?P=").is_some()
        || memchr::memchr_iter(b'\\', text).any(refers_back)
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
