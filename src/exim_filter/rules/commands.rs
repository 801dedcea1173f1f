//! What Exim's parser says of commands and their arguments.

use crate::exim_filter::{FilterFile, What, Word};
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

pub(super) fn disabled_command(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::Disabled(_)),
        |_, word| text!("a user's filter may not use `{}`", word),
        |error, finding| {
            finding.help(if error.what == What::Disabled(Word::Fail) {
                text!("the router would have to allow it with allow_fail")
            } else {
                text!("use `fail` with a text, or put it into the system filter")
            });
        },
    );
}

pub(super) fn headers_forbidden(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::HeadersForbidden,
        |_, command| text!("a user's filter may not use `{}`", command),
        |_, finding| {
            finding.help(text!(
                "let the system filter, an ACL or a transport do it; here only `headers charset` is allowed"
            ));
        },
    );
}

pub(super) fn unknown_headers_action(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::HeadersAction,
        |_, word| text!("`headers {}`: Exim can only `add`, `remove` and `charset`", word),
        |_, finding| {
            finding.help(text!("to change a header, remove it and add it anew"));
        },
    );
}

pub(super) fn headers_without_value(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::HeadersValueMissing,
        |_, value| match value {
            b"" => text!("the file ends where the value of `headers` must stand"),
            value => text!("the value of `headers` is empty: {}", value),
        },
        |_, finding| {
            finding.help(text!("write the header with its value, or the names of those to remove"));
        },
    );
}

pub(super) fn missing_argument(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::ArgumentMissing(_)),
        |error, text| {
            let What::ArgumentMissing(word) = error.what else { return text!("an argument is missing") };
            if text == word.name().as_bytes() {
                text!("the file ends where the argument of `{}` must stand", word.name())
            } else if text == b"\"" {
                text!("the argument of `{}` is a quote with nothing behind it", word.name())
            } else {
                text!("the argument of `{}` is empty: {}", word.name(), text)
            }
        },
        |error, finding| {
            finding.help(match error.what {
                What::ArgumentMissing(Word::Save) => {
                    text!("write the folder or file; \"/dev/null\" if the message shall be discarded")
                }
                What::ArgumentMissing(Word::Deliver) => text!("write the address"),
                What::ArgumentMissing(Word::Pipe) => text!("write the program, with its whole path"),
                What::ArgumentMissing(Word::Headers) => text!("write `add`, `remove` or `charset`, and a value"),
                What::ArgumentMissing(Word::Add) => text!("write it as: add 1 to n1"),
                _ => text!("write it, or remove the command"),
            });
        },
    );
}

pub(super) fn incomplete_add(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::ToMissing | What::VariableMissing),
        |error, text| match (error.what, text) {
            (What::ToMissing, b"") => text!("the file ends where `to` must stand"),
            (What::ToMissing, text) => text!("`{}` where `to` must stand", text),
            (_, b"") => text!("the file ends where the variable must stand"),
            (_, text) => text!("the variable is empty: {}", text),
        },
        |_, finding| {
            finding.help(text!("write it as: add 1 to n1"));
        },
    );
}

pub(super) fn return_without_message(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::ReturnWithoutMessage,
        |_, word| match word {
            b"return" => text!("no `message` behind `return`"),
            word => text!("`{}` behind `return`, where only `message` can stand", word),
        },
        |_, finding| {
            finding.help(text!("write `return message`, or remove the `return`"));
        },
    );
}

pub(super) fn expand_without_file(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::ExpandWithoutFile,
        |_, word| match word {
            b"expand" => text!("no `file` behind `expand`"),
            word => text!("`{}` behind `expand`, where only `file` can stand", word),
        },
        |_, finding| {
            finding.help(text!("write `expand file \"...\"`; a `text` is always expanded"));
        },
    );
}
