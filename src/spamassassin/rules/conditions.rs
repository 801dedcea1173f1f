//! `if`, `ifplugin`, `else`, `endif` and `require_version`.

use crate::finding::Sink;
use crate::rule::{Severity, Verdict};
use crate::spamassassin::bytes::{is_digits, is_space};
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

pub(super) fn unclosed_if(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::Unclosed),
        |cause| text!("`{}` without `endif`", cause.typed_key()),
        |_, finding| {
            // Where the condition holds, all lines are in force.
            if !configuration.ends_skipped() {
                finding.severity(Severity::Warning).engine(Verdict::Skips);
            }
            finding.help(text!(
                "write `endif` alone on a line behind the last line that depends on it; an `include` inside of it ends it, too"
            ));
        },
    );
}

pub(super) fn stray_endif(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::EndifWithoutIf | Complaint::ElseWithoutIf),
        |cause| text!("`{}` without an `if` that is open", cause.typed_key()),
        |_, finding| {
            finding.help(text!(
                "remove it, or correct the `if` before it: one that SpamAssassin cannot read opens nothing"
            ));
        },
    );
}

pub(super) fn text_behind_endif(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::NotStandalone),
        |cause| text!("`{}` with `{}` behind it does nothing", cause.typed_key(), cause.value()),
        |cause, finding| {
            let is_if = |rest: &[u8]| rest.first().is_some_and(|&byte| is_space(byte));
            let is_else_if = &*cause.key() == b"else" && cause.value().strip_prefix(b"if").is_some_and(is_if);
            finding.help(if is_else_if {
                text!("there is no `else if`: write `else`, and the `if` with its own `endif` on lines of their own")
            } else {
                text!("write `{}` alone on the line; a remark stands behind `#`", cause.typed_key())
            });
        },
    );
}

pub(super) fn if_without_condition(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::MissingCondition),
        |cause| text!("`{}` without a condition opens nothing", cause.typed_key()),
        |cause, finding| {
            finding.help(if &*cause.key() == b"ifplugin" {
                text!("write the plugin's whole name behind it: `ifplugin Mail::SpamAssassin::Plugin::DKIM`")
            } else {
                text!("write the condition behind it: `if (version >= 4.000000)`")
            });
        },
    );
}

/// A version as people write it, which is no number: `3.4.2`.
fn is_version(token: &[u8]) -> bool {
    let parts = || token.split(|&byte| byte == b'.');
    parts().count() == 3 && parts().all(|part| part.len() <= 3 && is_digits(part))
}

/// The same as SpamAssassin writes it: `3.004002`.
fn as_number(token: &[u8]) -> Vec<u8> {
    let mut parts = token.split(|&byte| byte == b'.');
    let mut number = parts.next().unwrap_or_default().to_vec();
    number.push(b'.');
    for part in parts {
        number.extend(std::iter::repeat_n(b'0', 3_usize.saturating_sub(part.len())));
        number.extend_from_slice(part);
    }
    number
}

pub(super) fn version_three_parts(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::UnparseableInCondition) && is_version(cause.word()),
        |cause| text!("`{}` is no number: the lines below are in force, whatever the version", cause.word()),
        |cause, finding| {
            finding.help(text!("write `{}`", as_number(cause.word()).as_slice()));
        },
    );
}

pub(super) fn invalid_condition(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| match cause.complaint() {
            Complaint::UnparseableInCondition => !is_version(cause.word()),
            Complaint::NotAllowedInCondition => true,
            _ => false,
        },
        |cause| text!("`{}` cannot stand in a condition: the lines below are in force", cause.word()),
        |_, finding| {
            finding.help(text!(
                "a condition is made of `version`, numbers as `3.004002`, `plugin(NAME)`, `has(NAME)`, `can(NAME)`, comparisons \
                 and `&&`, `||`, `!`"
            ));
        },
    );
}

pub(super) fn failing_condition(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::ConditionFails(_)),
        |cause| {
            if let Complaint::ConditionFails(failure) = cause.complaint() {
                text!("Perl cannot compute this condition, so the lines up to `endif` are skipped: {}", &*failure.error)
            } else {
                text!("Perl cannot compute this condition, so the lines up to `endif` are skipped")
            }
        },
        |cause, finding| {
            finding.help(if &*cause.key() == b"ifplugin" {
                text!("`ifplugin` takes the name of one plugin; for more write `if plugin(A) && plugin(B)`")
            } else if memchr::memmem::find(cause.value(), b"=").is_some() {
                text!("compare with `==`, `>=` or `<=`, join with `&&` and `||`, and close each parenthesis")
            } else {
                text!("join with `&&` and `||`, and close each parenthesis: `if (version >= 4.000000) && plugin(NAME)`")
            });
        },
    );
}

pub(super) fn can_in_user_prefs(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::CanInUserPrefs { .. }),
        |_| text!("`can()` is always false in a user's file, so the lines up to `else` or `endif` are skipped"),
        |_, finding| {
            finding.help(text!("ask with `has()`, which works here, or write the lines into a file of the site"));
        },
    );
}

pub(super) fn can_without_name(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::NoArgument { .. } | Complaint::NoModule { .. }),
        |cause| match cause.complaint() {
            Complaint::NoModule { function, method } => {
                text!("`{}({})` is always false: the name lacks its module", function.name(), &***method)
            }
            Complaint::NoArgument { function } => text!("`{}()` without a name is always false", function.name()),
            _ => text!("the question is always answered with no"),
        },
        |cause, finding| {
            finding.help(match cause.complaint() {
                Complaint::NoModule { function, method }
                    if method.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_') =>
                {
                    text!("write the whole name: `{}(Mail::SpamAssassin::Conf::{})`", function.name(), &***method)
                }
                _ => text!("write the whole name, as in `has(Mail::SpamAssassin::Conf::feature_bug6558_free)`"),
            });
        },
    );
}

pub(super) fn other_version_required(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::OtherVersion),
        |cause| {
            let version = configuration.reading.version.number();
            text!(
                "this is SpamAssassin {} and not `{}`, so the rest of the file is skipped",
                version.as_bytes(),
                cause.word()
            )
        },
        |_, finding| {
            let version = configuration.reading.version.number();
            finding.help(text!(
                "remove the line, or write `require_version {}`: only exactly this version is taken",
                version.as_bytes()
            ));
        },
    );
}
