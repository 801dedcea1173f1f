//! Rules that are expressions over other rules.

use crate::finding::Sink;
use crate::spamassassin::bytes::first_word;
use crate::spamassassin::configuration::Cause;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

fn is_syntax(cause: &Cause<'_>) -> bool {
    matches!(
        cause.complaint(),
        Complaint::InvalidMeta
            | Complaint::InvalidMetaToken
            | Complaint::InvalidMetaExpression { .. }
            | Complaint::DoubleStar
    )
}

pub(super) fn meta_syntax(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        is_syntax,
        |cause| {
            let name = first_word(cause.value()).0;
            match cause.complaint() {
                Complaint::InvalidMetaExpression { error } => {
                    text!("the expression of `{}` cannot be computed, so the rule is dropped: {}", name, &***error)
                }
                Complaint::DoubleStar => text!("`**` cannot stand in an expression, so `{}` is dropped", name),
                _ => text!("`{}` cannot stand in an expression, so `{}` is dropped", cause.word(), name),
            }
        },
        |cause, finding| {
            let text = cause.word();
            let has = |word: &[u8]| {
                crate::spamassassin::bytes::words(text).take(1000).any(|found| found.eq_ignore_ascii_case(word))
            };
            let is_division =
                matches!(cause.complaint(), Complaint::InvalidMetaExpression { error } if error.starts_with(b"division"));
            finding.help(match cause.complaint() {
                Complaint::InvalidMetaToken if text.iter().any(|byte| b"+-".contains(byte)) => {
                    text!("write white space on both sides of a sign: `A - 1`")
                }
                Complaint::InvalidMetaToken if text.contains(&b':') => {
                    text!("write white space on both sides of the colon: `A ? B : C`")
                }
                Complaint::InvalidMetaToken => text!("write rules, and numbers with digits on both sides of the point"),
                Complaint::InvalidMeta => text!("remove it: an expression is made of rules, numbers and operators"),
                Complaint::DoubleStar => text!("write `*` once"),
                _ if is_division => text!("no rule hits in most mails: add something to what is divided by, `A / (1 + B)`"),
                _ if has(b"and") => text!("write `&&` for `and`"),
                _ if has(b"or") => text!("write `||` for `or`"),
                _ if has(b"not") => text!("write `!` for `not`"),
                _ if has(b"&") || has(b",") => text!("write `&&` between two rules that must both hit"),
                _ if has(b"|") => text!("write `||` between two rules of which one must hit"),
                _ if has(b"=") => text!("write `==` to compare"),
                _ if text.trim_ascii_end().ends_with(b"&&") || text.trim_ascii_end().ends_with(b"||") => {
                    text!("write the whole expression on one line: it does not go on in the next one")
                }
                _ => match neighbours(text) {
                    Some((one, other)) => text!("write `&&` or `||` between `{}` and `{}`", one, other),
                    None => {
                        text!("write `&&`, `||`, `+` or a comparison between two rules, and close each parenthesis")
                    }
                },
            });
        },
    );
}

/// The first two rules of an expression with nothing but white space between them.
fn neighbours(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_name = |word: &[u8]| word.iter().any(u8::is_ascii_alphabetic) && word.iter().all(is_part);
    let mut before: &[u8] = b"";
    crate::spamassassin::bytes::words(text).take(1000).find_map(|word| {
        // A parenthesis or a `!` may stand before the one, and a parenthesis behind the other.
        let end = word.iter().rposition(|byte| *byte != b')').map_or(0, |last| last + 1);
        let pair = (before, &word[..end]);
        let start = word.iter().position(is_part).unwrap_or(word.len());
        before = if word[..start].iter().all(|byte| b"(!".contains(byte)) { &word[start..] } else { b"" };
        Some(pair).filter(|(one, other)| is_name(one) && is_name(other))
    })
}

pub(super) fn meta_cycle(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::UnsolvedMeta(_)),
        |cause| match cause.complaint() {
            Complaint::UnsolvedMeta(meta) if meta.name == meta.dependencies => {
                text!("`{}` asks for itself, so it never hits", &*meta.name)
            }
            Complaint::UnsolvedMeta(meta) => {
                let (name, dependencies) = (&*meta.name, &*meta.dependencies);
                text!("`{}` waits for {}, and that for it or in a circle, so it never hits", name, dependencies)
            }
            _ => text!("the rule waits for itself, so it never hits"),
        },
        |_, finding| {
            finding.help(text!("give the test that was meant a name of its own, `__NAME`, and build both on it"));
        },
    );
}

pub(super) fn meta_compilation(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::MetaCompilation(_)),
        |cause| {
            if let Complaint::MetaCompilation(meta) = cause.complaint() {
                text!("`{}` ends the program when it is compiled: {}", &*meta.name, &*meta.failure.error)
            } else {
                text!("this rule ends the program when it is compiled")
            }
        },
        |_, finding| {
            finding.help(text!("write a rule before each `*` and between two operators, or remove the rule"));
        },
    );
}
