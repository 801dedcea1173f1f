//! Lines that define rules: their names, header tests, functions.

use crate::finding::Sink;
use crate::spamassassin::bytes::{first_word, is_word};
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

pub(super) fn rule_name_bad(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::RuleNameInvalid | Complaint::RuleNameTooLong),
        |cause| {
            if matches!(cause.complaint(), Complaint::RuleNameTooLong) {
                text!("the rule's name has {} letters, so the rule is dropped: 100 may be", cause.word().len())
            } else {
                text!("`{}` is no name for a rule, so the rule is dropped", cause.word())
            }
        },
        |cause, finding| {
            let name = cause.word();
            let mut better: Vec<u8> =
                name.iter().take(100).map(|&byte| if is_word(byte) { byte } else { b'_' }).collect();
            if better.first().is_some_and(u8::is_ascii_digit) {
                better.insert(0, b'R');
            }
            finding.help(if matches!(cause.complaint(), Complaint::RuleNameTooLong) || name.len() > 100 {
                text!("write a shorter name, here and where it is scored")
            } else if better.iter().all(|&byte| byte == b'_') {
                text!("write the rule's name here: letters, digits and `_`, and no digit first")
            } else {
                text!(
                    "write `{}`, here and where it is scored: letters, digits and `_`, and no digit first",
                    better.as_slice()
                )
            });
        },
    );
}

pub(super) fn rule_name_long(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::RuleNameLong),
        |cause| text!("the rule's name has {} letters, of which `--lint` complains", cause.word().len()),
        |_, finding| {
            finding.help(text!("a name of up to 22 letters fits the report; one of up to 40 is taken without a word"));
        },
    );
}

pub(super) fn header_syntax(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| {
            matches!(cause.complaint(), Complaint::InvalidHeadTest | Complaint::InvalidHeadTestHeader)
        },
        |cause| text!("`{}` is no test of a header, so the rule is dropped", cause.word()),
        |cause, finding| {
            let word = cause.word();
            let key = cause.typed_key();
            let rule = first_word(cause.value()).0;
            let header = word.iter().take_while(|&&byte| is_word(byte) || byte == b'-').count();
            let pattern = memchr::memchr(b'/', word).map(|at| &word[at..]);
            let negated = word.strip_prefix(b"!exists:");
            finding.help(match (cause.complaint(), pattern) {
                (Complaint::InvalidHeadTestHeader, _) => {
                    text!("the header's name follows directly, and nothing behind it: `{} {} exists:X-Mailer`", key, rule)
                }
                _ if negated.is_some() => text!(
                    "only `exists:` can be asked for: name the test `{} __HAS_IT exists:{}`, and write `meta {} !__HAS_IT`",
                    key,
                    negated.unwrap_or_default(),
                    rule
                ),
                _ if word.starts_with(b"exists") => text!("write `{} {} exists:HEADER` without white space", key, rule),
                (_, Some(pattern)) if header > 0 => text!("write `{} {} {} =~ {}`", key, rule, &word[..header], pattern),
                (_, Some(pattern)) => text!("write the header before the pattern: `{} {} Subject =~ {}`", key, rule, pattern),
                _ => text!("write a header, `=~` or `!~`, and a pattern: `{} {} Subject =~ /PATTERN/`", key, rule),
            });
        },
    );
}

pub(super) fn header_modifier(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::InvalidHeaderModifier { .. }),
        |cause| {
            if let Complaint::InvalidHeaderModifier { header } = cause.complaint() {
                text!("SpamAssassin knows no such part of a header as `{}`, so the rule is dropped", &***header)
            } else {
                text!("SpamAssassin knows no such part of a header, so the rule is dropped")
            }
        },
        |_, finding| {
            finding.help(text!("behind the colon stands raw, addr, name, host, domain, ip, revip, first or last"));
        },
    );
}

pub(super) fn uri_detail_without_test(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::InvalidUriDetail),
        |cause| text!("`{}` tests nothing, so the rule is dropped", cause.word()),
        |cause, finding| {
            finding.help(text!(
                "write what is tested (raw, type, cleaned, text, domain or host) and a pattern: `{} {} domain =~ /PATTERN/`",
                cause.typed_key(),
                first_word(cause.value()).0
            ));
        },
    );
}

pub(super) fn eval_arguments(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::EvalSyntax(_)),
        |cause| {
            if let Complaint::EvalSyntax(call) = cause.complaint() {
                text!("the arguments of `{}` cannot be read, so `{}` is dropped", &*call.text, &*call.name)
            } else {
                text!("the arguments of the function cannot be read, so the rule is dropped")
            }
        },
        |_, finding| {
            finding.help(text!("write each in quotation marks, with commas between them: `('one', 'two')`"));
        },
    );
}

pub(super) fn eval_of_other_type(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::WrongRuleType { .. }),
        |cause| {
            if let Complaint::WrongRuleType { name, expected } = cause.complaint() {
                text!(
                    "the function of `{}` is for `{}` rules, not for `{}`",
                    &***name,
                    expected.expected(),
                    cause.typed_key()
                )
            } else {
                text!("the function is for rules of another type")
            }
        },
        |cause, finding| {
            if let Complaint::WrongRuleType { name, expected } = cause.complaint() {
                finding.help(text!("write `{} {}` before the function", expected.expected(), &***name));
            }
        },
    );
}
