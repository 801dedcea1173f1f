//! Lines of which the program ends, or hangs; and files that it reads without end, or not at all.

use crate::finding::Sink;
use crate::source::Span;
use crate::spamassassin::{Complaint, Configuration, NotIncluded, NotRead};
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

pub(super) fn endless_include(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::EndlessInclude),
        |_| text!("the files include each other, and are read again and again until the memory is full"),
        |_, finding| {
            finding.help(text!("remove the line, or the one that leads back here; each file is included once"));
        },
    );
}

pub(super) fn nothing_included(configuration: &Configuration, sink: &mut Sink<'_>) {
    let why = |complaint: &Complaint| match complaint {
        Complaint::NothingIncluded { why, .. } if *why != NotIncluded::OutsideHome => Some(*why),
        _ => None,
    };
    configuration.report(
        sink,
        |cause| why(cause.complaint()).is_some(),
        |cause| {
            let Complaint::NothingIncluded { path, why } = cause.complaint() else { return text!("nothing is read") };
            match why {
                NotIncluded::NoPlainFile => text!("`{}` is no plain file, and nothing of it is read", &***path),
                NotIncluded::NoSettings => text!("no file in `{}` ends in `.cf`, and none is read", &***path),
                _ => text!("there is no file `{}`, and nothing is read", &***path),
            }
        },
        |cause, finding| {
            finding.help(match why(cause.complaint()) {
                Some(NotIncluded::NoSettings) => text!("write the file's whole path, or name the files there `*.cf`"),
                Some(NotIncluded::Absent) if cause.word().first() != Some(&b'/') => {
                    text!("correct the path: it begins in the folder of the file that it stands in")
                }
                _ => text!("correct the path, or remove the line"),
            });
        },
    );
}

pub(super) fn include_outside_home(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::NothingIncluded { why: NotIncluded::OutsideHome, .. }),
        |cause| {
            text!(
                "`{}` lies outside of the home: spamd reads it with its own rights; here it is not read",
                cause.word()
            )
        },
        |_, finding| {
            finding.help(text!("copy what is wanted of it into the home, and include that"));
        },
    );
}

pub(super) fn two_config_dirs(configuration: &Configuration, sink: &mut Sink<'_>) {
    let Some(NotRead { folder, others }) = configuration.not_read else { return };
    let path = configuration.file.path.bytes();
    let own = path.iter().rposition(|&byte| byte == b'/').map_or(path, |slash| &path[..slash]);
    let mut message = text!("SpamAssassin reads the files in `/{}`, and not this one", folder);
    message.extend(match others {
        0 => text!(""),
        1 => text!(", nor another one beside it"),
        _ => text!(", nor {} others beside it", others),
    });
    sink.find(Span::at(0), message).help(text!(
        "move what is wanted into `/{}`, and make `/{}` a link to it, so that there is one folder only",
        folder,
        own
    ));
}

pub(super) fn not_a_file(configuration: &Configuration, sink: &mut Sink<'_>) {
    if let Err(problem) = configuration.file.attributes {
        let mut message = text!("SpamAssassin passes this over in silence: ");
        message.extend(problem.text());
        let help = text!("put a plain file here, or take the name away");
        sink.find(Span::at(0), message).help(help);
    }
}
