//! The rules of the subject `lsearch`: what is wrong with a table whatever its keys mean. One function a rule, named as
//! its page in `rules/lsearch/`.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Table;
use super::table::{BYTE_ORDER_MARK, lower};
use crate::finding::{Bound, Safety, Sink};
use crate::rule::Severity;
use crate::source::Span;
use crate::text;

/// The rules and their functions.
pub static RULES: &[Bound<Table>] = include!(concat!(env!("OUT_DIR"), "/lsearch.rs"));

fn byte_order_mark(table: &Table, sink: &mut Sink<'_>) {
    let Some(rest) = table.file.source.bytes().strip_prefix(BYTE_ORDER_MARK) else { return };
    let mark = Span::new(0, BYTE_ORDER_MARK.len());
    let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
    let finding = match table.entries.first() {
        Some(first) if first.key.start == 0 && !line.is_empty() && !line.starts_with(b"#") => {
            let key = table.name(first).strip_prefix(BYTE_ORDER_MARK).unwrap_or_default();
            sink.find(
                mark,
                text!("the file begins with a byte order mark, so Exim never finds its first key, `{}`", key),
            )
            .here(text!("Exim takes this mark for a part of the key"))
        }
        _ => sink
            .find(mark, text!("the file begins with a byte order mark; it hides no key here"))
            .severity(Severity::Info),
    };
    finding.help(text!("save the file as UTF-8 without a byte order mark")).fix(Safety::Safe, vec![(mark, Vec::new())]);
}

fn nul_byte(table: &Table, sink: &mut Sink<'_>) {
    let source = &table.file.source;
    for nul in &table.nuls {
        let swallowed = source.slice(nul.swallowed).trim_ascii();
        let loses_an_entry = !swallowed.is_empty() && !swallowed.starts_with(b"#");
        let message = match (loses_an_entry, nul.entry) {
            (true, _) => {
                text!("a NUL byte ends this line for Exim, and the next line, `{}`, is lost with it", swallowed)
            }
            (false, Some(_)) => text!("a NUL byte ends this line for Exim"),
            (false, None) => text!("a NUL byte stands in a line that says nothing; nothing is lost by it"),
        };
        let finding = sink.find(nul.nul, message);
        if !loses_an_entry && nul.entry.is_none() {
            finding.severity(Severity::Info);
        }
        if loses_an_entry {
            finding.label(nul.swallowed, text!("Exim skips this line as the rest of the one above"));
        }
        if let Some(entry) = nul.entry.map(|entry| &table.entries[entry]) {
            let (name, value) = (table.name(entry), table.quoted_value(entry));
            finding.here(text!("the value of `{}` becomes `{}`", name, value.as_ref()));
        }
        finding.help(text!("write the line anew, without the NUL byte"));
    }
}

fn indented_line(table: &Table, sink: &mut Sink<'_>) {
    let source = &table.file.source;
    for line in &table.indented {
        let text = source.slice(line.text);
        match line.joins.map(|entry| &table.entries[entry]) {
            Some(entry) => {
                let (name, value) = (table.name(entry), table.quoted_value(entry));
                sink.find(line.blank, text!("the blank before `{}` makes this line a part of the entry above", text))
                    .here(text!("a line that begins with a blank goes on with the value above it"))
                    .label(entry.value, text!("the value of `{}` becomes `{}`", name, value.as_ref()))
                    .help(if text.starts_with(b"#") {
                        text!("a comment must begin in the first column")
                    } else {
                        text!("remove the blank, so that the line is an entry of its own")
                    });
            }
            // An indented comment that is joined to nothing does what its author meant: nothing.
            None if text.starts_with(b"#") => {}
            None => {
                sink.find(line.blank, text!("the blank before `{}` makes Exim ignore this line", text))
                    .here(text!(
                        "a line that begins with a blank is never an entry, and no entry stands above this one"
                    ))
                    .help(text!("remove the blank, so that the line is an entry of its own"));
            }
        }
    }
}

fn trailing_comment(table: &Table, sink: &mut Sink<'_>) {
    for entry in &table.entries {
        let Some(comment) = table.comment(entry) else { continue };
        let (name, value) = (table.name(entry), table.file.source.slice(entry.value));
        sink.find(comment, text!("the comment is part of the value: Exim finds `{}` for `{}`", value, name))
            .here(text!("`#` begins a comment only in the first column of a line"))
            .help(text!("put the comment on a line of its own, above the entry"));
    }
}

fn duplicate_key(table: &Table, sink: &mut Sink<'_>) {
    // cPanel sorts the table, and in a sorted table equals would be neighbours.
    let keys = || table.entries.iter().map(|entry| lower(table.name(entry)));
    if keys().is_sorted_by(|key, next| key < next) {
        return;
    }
    let mut firsts: HashMap<Cow<'_, [u8]>, usize> = HashMap::with_capacity(table.entries.len());
    // The values of first lines that have a second one, so that a long one is put together once.
    let mut values: HashMap<usize, Cow<'_, [u8]>> = HashMap::new();
    for (index, entry) in table.entries.iter().enumerate() {
        let name = table.name(entry);
        if name.is_empty() || name.contains(&0) {
            continue;
        }
        let earlier = *firsts.entry(lower(name)).or_insert(index);
        if earlier == index {
            continue;
        }
        let first = &table.entries[earlier];
        let used = values.entry(earlier).or_insert_with(|| table.value(first));
        let value = table.value(entry);
        if value == *used {
            sink.find(entry.key, text!("`{}` stands here a second time, with the same value", name))
                .severity(Severity::Info)
        } else {
            let (value, used) = (value.as_ref(), used.as_ref());
            sink.find(entry.key, text!("`{}` has two values: Exim uses `{}`, never `{}`", name, used, value))
        }
        .here(text!("Exim never gets as far as this line"))
        .label(first.key, text!("Exim finds this line first"))
        .help(text!("keep one of the two lines"));
    }
}

fn unterminated_quote(table: &Table, sink: &mut Sink<'_>) {
    for entry in table.entries.iter().filter(|entry| entry.is_unterminated()) {
        let quote = Span::new(entry.key.start as usize, entry.key.start as usize + 1);
        sink.find(quote, text!("the quote is not closed, so the whole line is the key, `{}`", table.name(entry)))
            .here(text!("the key goes on from here to the end of the line"))
            .help(text!("remove the quote: only a key with a blank, a colon or a backslash in it needs any"));
    }
}
