//! What Exim needs as a number, or a time, when it runs a filter, and cannot read.

use crate::exim_filter::FilterFile;
use crate::exim_filter::run::{Failing, Need};
use crate::finding::Sink;
use crate::text;
use crate::text::Text;

pub(super) fn bad_number(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, _| match what {
        Failing::Number(value) if value.is_empty() => {
            Some((text!("nothing is compared as a number"), text!("write the number")))
        }
        Failing::Number(value) => {
            Some((text!("`{}` is compared as a number, and is none for Exim", value.as_slice()), integer(value)))
        }
        _ => None,
    });
}

/// What to write for a number that was meant.
fn integer(value: &[u8]) -> Text {
    let digits: Vec<u8> = value.iter().copied().filter(u8::is_ascii_digit).collect();
    let units: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphabetic).collect();
    let is_octal = value.len() > 1 && value.starts_with(b"0") && digits.len() == value.len();
    let is_grouped = !digits.is_empty() && value.iter().all(|byte| byte.is_ascii_digit() || b",' _".contains(byte));
    match units.to_ascii_lowercase().as_slice() {
        b"" if is_octal => {
            let zeros = value.iter().take_while(|&&byte| byte == b'0').count();
            text!("write it without the 0 before it, which makes it octal: `{}`", &value[zeros..])
        }
        b"" if is_grouped => text!("write it without anything between its digits: `{}`", digits.as_slice()),
        b"kb" | b"kib" => text!("write `{}K`", digits.as_slice()),
        b"mb" | b"mib" => text!("write `{}M`", digits.as_slice()),
        b"g" | b"gb" | b"gib" => text!("Exim knows only `K` and `M` behind a number: `1024M` is 1 GiB"),
        _ => text!("write a whole number, with nothing but `K` or `M` behind it"),
    }
}

pub(super) fn misread_number(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, text| {
        let Failing::MisreadNumber(number) = what else { return None };
        let message = text!("`{}` is {} for Exim", text, number.to_string().as_bytes());
        let is_octal = text.iter().find(|byte| byte.is_ascii_digit()) == Some(&b'0');
        let help = if is_octal {
            text!("a number that begins with 0 is octal: write it without the 0")
        } else {
            text!("numbers end at 2147483647, and begin anew at -2147483648: write a smaller one")
        };
        Some((message, help))
    });
}

pub(super) fn unguarded_number(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, text| {
        let Failing::Unguarded(unguarded) = what else { return None };
        let header = unguarded.header.as_slice();
        let used = match unguarded.need {
            Need::Number => "is compared as a number",
            Need::Expansion => "is computed with as a number",
            Need::Address => return None,
        };
        let message = match unguarded.text {
            "" => text!("`{}` {}, but a message need not have it", header, used),
            other if unguarded.is_behind_pattern => {
                text!("`{}` {}, and the pattern that asks about it lets `{}` pass, too", header, used, other)
            }
            other => text!("`{}` {}, but may hold something else, as `{}`", header, used, other),
        };
        let help = if unguarded.need == Need::Number {
            text!("ask first whether it is one: ({} matches \\N^-?\\d{1,9}$\\N and {} is ...)", text, text)
        } else {
            text!("ask first whether it is one: $h_{}: matches \\N^-?\\d{1,9}$\\N", header)
        };
        Some((message, help))
    });
}

pub(super) fn empty_numeric_variable(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, text| {
        let Failing::EmptyNumber { .. } = what else { return None };
        let message = text!("`{}` is always empty: no pattern in this filter has so many groups", text);
        let help = if text.starts_with(b"${") {
            text!("write a number from 1 up to the number of the pattern's groups")
        } else {
            text!("if an amount is meant, write `\\{}`, or `\\\\{}` between double quotes", text, text)
        };
        Some((message, help))
    });
}

pub(super) fn bad_add(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, _| match what {
        Failing::AddedVariable(value) => Some((
            text!("`{}` is no variable that Exim can add to", value.as_slice()),
            text!("write one of n0 to n9, without a `$`: add 1 to n1"),
        )),
        Failing::AddedNumber(value) => {
            Some((text!("`{}` is no whole number", value.as_slice()), text!("write it as: add 1 to n1")))
        }
        _ => None,
    });
}

pub(super) fn bad_once_repeat(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, _| {
        let Failing::OnceRepeat(value) = what else { return None };
        let message = text!("`{}` is no time", value.as_slice());
        let help = text!("write numbers with w, d, h, m or s directly behind each, as `7d` or `1d12h`");
        Some((message, help))
    });
}
