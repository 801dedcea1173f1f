//! Strings that Exim cannot expand when a message comes to them.

use crate::exim_filter::FilterFile;
use crate::exim_filter::run::Failing;
use crate::finding::Sink;
use crate::text;
use crate::text::Text;

pub(super) fn bad_expansion(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, _| {
        let Failing::Expansion(why) = what else { return None };
        Some((text!("Exim cannot expand this string: {}", why.as_slice()), dollars()))
    });
}

pub(super) fn bad_pipe_argument(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, _| match what {
        Failing::PipeExpansion(why) => {
            let message = text!("Exim cannot expand this argument of the command: {}", why.as_slice());
            Some((message, dollars()))
        }
        Failing::PipeArguments => {
            let message = text!("this is the command's 62nd word, and Exim has room for 61");
            Some((message, text!("put the command and its arguments into a script, and pipe to that")))
        }
        _ => None,
    });
}

fn dollars() -> Text {
    text!("a `$` that shall be a dollar sign is written `\\\\$` in a quoted string, and `\\$` outside of one")
}
