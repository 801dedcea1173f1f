//! What Exim's parser says: a rule for each of its messages.

use crate::exim_filter::{FilterFile, What};
use crate::finding::Sink;
use crate::text;

pub(super) fn unknown_command(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::UnknownCommand(_)),
        |_, word| text!("Exim knows no command `{}`", word),
        |error, finding| {
            match error.what {
                What::UnknownCommand(Some(meant)) => finding.help(text!("did you mean `{}`?", meant.name())),
                _ => finding.help(text!("begin each command with one of Exim's words; a comment begins with `#`")),
            };
        },
    );
}
