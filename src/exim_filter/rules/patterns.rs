//! Patterns that do not compile.

use crate::exim_filter::FilterFile;
use crate::exim_filter::run::Failing;
use crate::finding::Sink;
use crate::text;

pub(super) fn bad_pattern(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, culprit| {
        let Failing::Pattern(why) = what else { return None };
        let message = text!("Exim cannot compile this pattern: {}", why.as_bytes());
        let help = match culprit {
            b"*" | b"+" | b"?" => text!(
                "this is a pattern, no file name: `.*` stands for anything, and `ends \".ru\"` needs no pattern at all"
            ),
            b"(" | b")" | b"[" => text!(
                "if the bracket shall stand for itself write `\\N...\\N` around the pattern and a `\\` before the bracket \
                 (in a quoted string each `\\` twice), or use `contains`"
            ),
            _ => text!("correct it, or use `contains` where no pattern is needed"),
        };
        Some((message, help))
    });
}
