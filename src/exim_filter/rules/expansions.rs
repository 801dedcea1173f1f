//! Strings that Exim cannot expand when a message comes to them.

use crate::exim_expansion::What;
use crate::exim_filter::FilterFile;
use crate::exim_filter::run::{Failing, Refusal};
use crate::finding::Sink;
use crate::text;
use crate::text::Text;

/// Headers that people take for variables.
const HEADERS: [&[u8]; 10] =
    [b"bcc", b"cc", b"date", b"from", b"list_id", b"received", b"reply_to", b"sender", b"subject", b"to"];

pub(super) fn bad_expansion(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, culprit| {
        let Failing::Expansion(refusal) = what else { return None };
        Some((text!("Exim cannot expand this string: {}", refusal.words.as_slice()), help(refusal, culprit)))
    });
}

pub(super) fn bad_pipe_argument(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, culprit| match what {
        Failing::PipeExpansion(refusal) => {
            let message = text!("Exim cannot expand this argument of the command: {}", refusal.words.as_slice());
            Some((message, help(refusal, culprit)))
        }
        Failing::PipeArguments => {
            let message = text!("this is the command's 62nd word, and Exim has room for 61");
            Some((message, text!("put the command and its arguments into a script, and pipe to that")))
        }
        _ => None,
    });
}

fn help(refusal: &Refusal, culprit: &[u8]) -> Text {
    let name = culprit.trim_ascii_start();
    let name = name.strip_prefix(b"$").unwrap_or(name);
    let name = name.strip_prefix(b"{").unwrap_or(name);
    let header = name.strip_prefix(b"h_").or_else(|| name.strip_prefix(b"header_"));
    match refusal.what {
        What::UnknownVariableInBraces(_) | What::UnknownOperator(_) | What::OperatorValues
            if let Some(header) = header =>
        {
            text!(
                "a header is written without braces: `$h_{}:`",
                header.split(|&byte| byte == b':').next().unwrap_or(header)
            )
        }
        What::UnknownVariable(_) | What::UnknownVariableInBraces(_) if name == b"body" => {
            text!("the body is `$message_body`")
        }
        What::UnknownVariable(_) | What::UnknownVariableInBraces(_)
            if HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header)) =>
        {
            let header: Vec<u8> = name.iter().map(|&byte| if byte == b'_' { b'-' } else { byte }).collect();
            text!("a header is written `$h_{}:`", header.as_slice())
        }
        What::UnknownVariable(Some(meant)) | What::DefUnknownVariable(Some(meant)) => {
            text!("did you mean `${}`?", meant)
        }
        What::UnknownVariableInBraces(Some(meant)) => text!("did you mean `${{}}`?", meant),
        What::UnknownOperator(Some(meant)) | What::NotAnItem(Some(meant)) | What::UnknownCondition(Some(meant)) => {
            text!("did you mean `{}`?", meant)
        }
        What::ClosingMissing => text!("write the `}` that closes it"),
        What::HeaderSwallowedBrace => text!("write a `:` behind the header's name"),
        What::Forbidden(_) => text!("routers forbid this in a user's filter, and the system filter may use it"),
        What::DollarAlone | What::LetterExpected | What::UnknownVariable(None) => {
            text!("a `$` that shall be a dollar sign is written `\\\\$` in a quoted string, and `\\$` outside of one")
        }
        What::BackslashAtEnd => text!("write each backslash that shall stay four times in a quoted string"),
        _ => text!("correct it, and try it with `exim -be` as a user without rights"),
    }
}
