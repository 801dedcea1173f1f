//! `trusted_networks`, `internal_networks`, `msa_networks`.

use super::values::is_of_template;
use crate::finding::Sink;
use crate::spamassassin::network::scope;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

pub(super) fn bad_network(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::IllegalIpv4 | Complaint::IllegalIp),
        |cause| text!("`{}` is no network, and is left out of `{}`", cause.word(), cause.typed_key()),
        |cause, finding| {
            let word = cause.word();
            let is_end = |byte: &u8| b",;".contains(byte);
            let inner = word.len() - word.iter().rev().take_while(|byte| is_end(byte)).count();
            let is_name = word.iter().any(u8::is_ascii_alphabetic) && !word.contains(&b':');
            finding.help(if is_of_template(word) {
                text!("this is the place of a template that was not filled in: write an address, such as `192.0.2.1`")
            } else if inner == 0 || word == b"\\" {
                text!("remove it: addresses stand between white space, and a line ends where it ends")
            } else if inner < word.len() {
                text!("write `{}`: white space alone stands between addresses", &word[..inner])
            } else if is_name {
                text!("write the address, not the name; a remark stands behind `#`")
            } else if let Some(stem) = word.strip_suffix(b".*") {
                text!("write `{}.`: what is left out stands for all numbers", stem.strip_suffix(b".*").unwrap_or(stem))
            } else {
                text!("write an address or a network, such as `192.0.2.1`, `192.0.2.0/24` or `2001:db8::/32`")
            });
        },
    );
}

pub(super) fn network_range(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::RangeNeedsModule),
        |cause| text!("the range `{}` is left out of `{}`", cause.word(), cause.typed_key()),
        |_, finding| {
            finding
                .help(text!("write networks, such as `192.0.2.0/28`: for ranges SpamAssassin needs Net::CIDR::Lite"));
        },
    );
}

pub(super) fn exclusion_too_late(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| {
            matches!(cause.complaint(), Complaint::AlreadyDeclared { excludes, was_excluded, .. } if excludes != was_excluded)
        },
        |cause| { if let Complaint::AlreadyDeclared { excludes: true, .. } = cause.complaint() { text!(
                "`{}` does nothing: a network before it holds the address already, so it stays in `{}`",
                cause.word(),
                cause.typed_key()
            ) } else { text!("`{}` does nothing: it is excluded before, so it stays out of `{}`", cause.word(), cause.typed_key()) } },
        |_, finding| {
            finding.help(text!("write the smaller network before the larger one: the first that fits decides"));
        },
    );
}

pub(super) fn network_listed_twice(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| {
            matches!(cause.complaint(), Complaint::AlreadyDeclared { excludes, was_excluded, .. } if excludes == was_excluded)
        },
        |cause| text!("`{}` lies in a network that stands before it, or is built in", cause.word()),
        |_, finding| {
            finding.help(text!("remove it"));
        },
    );
}

pub(super) fn interface_in_network(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::IgnoredScope),
        |cause| text!("the interface `%{}` is not heeded", scope(cause.word())),
        |_, finding| {
            finding.help(text!("remove the `%` and what follows: an address counts on all interfaces"));
        },
    );
}

pub(super) fn network_not_trusted(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::NotContained { .. }),
        |cause| {
            if let Complaint::NotContained { outer, inner, entry } = cause.complaint() {
                text!("`{}` is left out of `{}`, because `{}` does not hold it", &***entry, inner.name(), outer.name())
            } else {
                text!("`{}` is left out", cause.word())
            }
        },
        |cause, finding| {
            if let Complaint::NotContained { outer, entry, .. } = cause.complaint() {
                finding.help(text!("write `{} {}`, too", outer.name(), &***entry));
            }
        },
    );
}
