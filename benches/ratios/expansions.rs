//! How fast string expansions are read: by themselves, in this process.

use std::time::Instant;

use maillint::exim_expansion::{Setting, expand};

use crate::row;

const MEBIBYTE: usize = 1 << 20;

/// Texts as people write them, texts of nothing but expansions, and a MiB of whatever is hard for the walk.
pub fn measure() {
    for (what, part, goal) in [
        ("ordinary text of 1 MiB", ORDINARY, "goal: at least 100"),
        ("1 MiB of nothing but expansions", DENSE, "goal: as near to 100 as can be"),
    ] {
        let text = part.repeat(MEBIBYTE / part.len());
        #[allow(clippy::cast_precision_loss, reason = "a MiB")]
        let rate = text.len() as f64 / 1000.0 / time(&text);
        println!("  {what:<46}{rate:>9.1} MB/s  ({goal})");
    }
    for (start, part, end) in HARD {
        let text = [start.as_bytes(), &part.repeat(MEBIBYTE / part.len()).into_bytes(), end.as_bytes()].concat();
        row(&format!("1 MiB of {}", [start, *part, end].join(" ").trim()), time(&text), "ms", Some(20.0));
    }
}

/// The median of some runs, in ms.
fn time(text: &[u8]) -> f64 {
    let setting = Setting::filter();
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(expand(std::hint::black_box(text), &setting));
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A vacation message, with what is usual in one.
const ORDINARY: &[u8] =
    b"Dear $sender_address,\n\nthank you for your message \"$h_subject:\". I am out of the office until \
    Monday the 14th, and shall read it when I am back. If it cannot wait, please write to office@$domain or call us, \
    from nine to five; somebody is always there. What is sold in the shop until then costs half the price.\n\n\
    With kind regards,\n${local_part}\n\n";

const DENSE: &[u8] = b"${if def:h_x-spam:{${lc:$h_x-spam:}}{$local_part}}@$domain ${if eq{$home}{/home/x}{a}{b}} \
    ${extract{2}{/}{$home}}";

/// What is small, wrong, deep, long, or must be looked for far ahead: what stands before, again and again, and behind.
const HARD: &[(&str, &str, &str)] = &[
    ("", "$a", ""),
    ("", "$h_", ""),
    ("", "$home ", ""),
    ("", "${lc:", ""),
    ("", "${lc:$h_x:}", ""),
    ("", "{", ""),
    ("", "}", ""),
    ("", "\\N", ""),
    ("", "\\\\", ""),
    ("", "${if ", ""),
    ("", "${if !", ""),
    ("", "${if eq{", ""),
    ("", "${if eq{a}{b}{", ""),
    ("", "${if and{{", ""),
    ("", "${if eq{$home}{x}{a}fail}", ""),
    ("", "${if forany{a:b}{forany{a:b}{", ""),
    ("", "${if forany{a:b:c:d:e:f}{eq{$item}{x}}{", ""),
    ("", "${tr{", ""),
    ("", "${sg{a}{a}{", ""),
    ("", "${md5:$", ""),
    ("", "${md5:$a", ""),
    ("", "${map{a:b}{", ""),
    ("", "${map{a:b}{$item}}", ""),
    ("", "${reduce{a:a}{}{", ""),
    ("", "${sort{a:b}{lt}{", ""),
    ("", "${extract{1}{:}{", ""),
    ("", "${expand:", ""),
    ("", "${expand:$home}", ""),
    ("", "${eval:(", ""),
    ("", "${foo:a}", ""),
    ("", "${env{A}{B}{C}}", ""),
    ("${map{", "a:", "}{$item$item}}"),
    ("${if forany{", "a:", "}{eq{$item}{b}}}"),
    ("${sort{", "a:", "}{lt}{$item}}"),
    ("${listextract{-1}{", "a:", "}}"),
    ("${sg{", "a", "}{a}{${lc:b}}}"),
    ("${hexquote:${hexquote:${hexquote:", " ", "}}}"),
    ("${eval:", "1+", "}"),
];
