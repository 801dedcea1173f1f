//! What Exim's parser says of `if`, `elif`, `else` and `endif`, and of `seen`, `unseen` and `noerror` before a command.

use crate::exim_filter::error::MAX_DEPTH;
use crate::exim_filter::{FilterFile, What};
use crate::finding::Sink;
use crate::text;

pub(super) fn missing_endif(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::EndifMissing,
        |_, word| match word {
            b"endif" => {
                text!("this `endif` is taken for a value of the command before it, and there is none for the `if`")
            }
            word => text!("this `{}` has no `endif`", word),
        },
        |error, finding| {
            let word = &filter.file.source.bytes()[error.span.range()];
            finding.help(if word == b"endif" {
                text!("write the value that is missing before it")
            } else {
                text!("write `endif` behind the last command that depends on it")
            });
        },
    );
}

pub(super) fn outside_if(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::OutsideIf(_)),
        |_, word| text!("`{}` outside of any `if`", word),
        |_, finding| {
            finding.help(text!("remove it, or the `endif` before it that is one too many"));
        },
    );
}

pub(super) fn after_else(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::AfterElse,
        |_, word| text!("`{}` behind an `else` of the same `if`", word),
        |_, finding| {
            finding.help(text!(
                "`else` comes last: write `elif` with a condition before it, or the `endif` that is missing"
            ));
        },
    );
}

pub(super) fn misplaced_prefix(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::PrefixBefore(_) | What::PrefixBeforeIf),
        |error, prefix| {
            let command = match error.what {
                What::PrefixBefore(word) => word.name(),
                _ => "if",
            };
            text!("`{}` cannot stand before `{}`", prefix, command)
        },
        |error, finding| {
            finding.help(if error.what == What::PrefixBeforeIf {
                text!("write it before each command inside of the `if` that it shall hold for")
            } else {
                text!("remove it")
            });
        },
    );
}

pub(super) fn prefix_without_command(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| matches!(what, What::PrefixWithoutCommand | What::SeenAtEnd | What::NoerrorAtEnd),
        |_, prefix| text!("no command behind `{}`", prefix),
        |_, finding| {
            finding.help(text!("write the command that it is about, or remove it"));
        },
    );
}

pub(super) fn repeated_prefix(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::SeenRepeated,
        |_, prefix| text!("`{}` behind another `seen` or `unseen`", prefix),
        |_, finding| {
            finding.help(text!("only one of them can hold: keep it, and remove the other"));
        },
    );
}

pub(super) fn too_deep(filter: &FilterFile, sink: &mut Sink<'_>) {
    filter.report(
        sink,
        |what| what == What::TooDeep,
        |_, _| text!("more than {} open parentheses and `if`s, of which Exim dies", MAX_DEPTH),
        |_, finding| {
            finding
                .help(text!("write `elif` instead of an `if` in each `else`, and join conditions without parentheses"));
        },
    );
}
