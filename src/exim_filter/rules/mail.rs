//! Arguments of `mail` and `vacation` that Exim does not take.

use crate::exim_filter::FilterFile;
use crate::exim_filter::run::Failing;
use crate::finding::Sink;
use crate::text;

pub(super) fn bad_mail_argument(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, _| match what {
        Failing::HeaderBreak => Some((
            text!("a header of the mail is broken here, and the next line does not begin with a blank"),
            text!("write it on one line; what belongs to the body goes into `text`"),
        )),
        Failing::ExtraHeader => Some((
            text!("what follows here is no header: a name, a `:` and a value"),
            text!("write no `\\n` behind the last header, and a name with a `:` behind each other one"),
        )),
        Failing::Unprintable => Some((
            text!("a file's name, or a time, with a character that cannot be printed"),
            text!("remove the character"),
        )),
        _ => None,
    });
}

pub(super) fn bad_mail_recipient(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, to| {
        let Failing::Recipient = what else { return None };
        let message = text!("there is no mail address in `{}`: the mail is not sent", to);
        Some((message, text!("write one, as user@example.com; without `to` the mail goes to `$reply_address`")))
    });
}
