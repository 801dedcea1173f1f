//! What Perl, and SpamAssassin before it, make of the patterns of rules.

use crate::finding::Sink;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

pub(super) fn invalid_regexp(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |complaint| matches!(complaint, Complaint::InvalidRegexp { .. } | Complaint::InvalidMimeHeaderRegexp { .. }),
        |message, _| match &message.complaint {
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
