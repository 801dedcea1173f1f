//! Lines of which the program ends, or hangs.

use crate::finding::Sink;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

pub(super) fn lang_pattern(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::LanguageNoPattern { .. }),
        |cause| {
            if let Complaint::LanguageNoPattern { error } = cause.complaint() {
                text!(
                    "`{}` is used as a pattern and is none, of which the program ends: {}",
                    cause.word(),
                    &*error.bytes
                )
            } else {
                text!("`{}` is used as a pattern and is none, of which the program ends", cause.word())
            }
        },
        |_, finding| {
            finding.help(text!("write the code of a language behind `lang`, such as `de`, or remove the line"));
        },
    );
}

pub(super) fn report_wrap_width(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::EndlessWrap),
        |cause| text!("a report {} letters wide never ends: scanning hangs", cause.word()),
        |_, finding| {
            finding.help(text!("write 75, or at least 28"));
        },
    );
}
