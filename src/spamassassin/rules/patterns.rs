//! What Perl, and SpamAssassin before it, make of the patterns of rules.

use crate::finding::Sink;
use crate::rule::Severity;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

pub(super) fn invalid_regexp(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| {
            matches!(cause.complaint(), Complaint::InvalidRegexp { .. } | Complaint::InvalidMimeHeaderRegexp { .. })
        },
        |cause| match cause.complaint() {
            Complaint::InvalidRegexp { name, error, .. } | Complaint::InvalidMimeHeaderRegexp { name, error, .. } => {
                text!("Perl refuses the pattern of `{}`, and the rule is dropped: {}", &**name, &*error.bytes)
            }
            _ => text!("Perl refuses the pattern, and the rule is dropped"),
        },
        |_, finding| {
            finding.help(text!("correct the pattern; `perl -we 'qr/.../'` says the same of it"));
        },
    );
}

pub(super) fn always_matching_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::AlwaysMatching { .. }),
        |cause| {
            if let Complaint::AlwaysMatching { name, error, .. } = cause.complaint() {
                text!("the pattern of `{}` fits every mail: {}", &**name, &*error.bytes)
            } else {
                text!("the pattern fits every mail")
            }
        },
        |cause, finding| {
            let is_empty =
                matches!(cause.complaint(), Complaint::AlwaysMatching { error, .. } if *error.bytes == *b"empty");
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
        |cause| matches!(cause.complaint(), Complaint::AskDnsSubtest { .. } | Complaint::AskDnsPattern { .. }),
        |cause| {
            if let Complaint::AskDnsPattern { error } = cause.complaint() {
                text!("Perl refuses the pattern for answers, and the program ends: {}", &*error.bytes)
            } else if let Complaint::AskDnsSubtest { error, .. } = cause.complaint() {
                text!("Perl refuses the pattern for answers: {}", &*error.bytes)
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
            if let Complaint::InvalidStopword { error, .. } = cause.complaint() {
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
