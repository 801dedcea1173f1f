//! Entries of the lists of welcome and blocked addresses.

use super::values::is_of_template;
use crate::finding::Sink;
use crate::spamassassin::bytes::words;
use crate::spamassassin::{Configuration, Form};
use crate::text;
use crate::text::Text;

/// Whether an entry is an address or a pattern of some, with nothing odd about it; nearly all are.
fn is_ordinary(entry: &[u8]) -> bool {
    let (mut has_at, mut is_odd) = (false, false);
    for &byte in entry {
        has_at |= byte == b'@';
        is_odd |= is_around(byte);
    }
    has_at && !is_odd && !matches!(entry.first(), Some(b'@' | b'$' | b'{' | b'[' | b'%'))
}

/// What people put around an address, and between addresses.
fn is_around(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'(' | b')' | b'"' | b'\'' | b',' | b';')
}

/// Why an entry of a list of addresses fits none of them, and what to write.
///
/// SpamAssassin makes a pattern for the whole address of an entry (`add_to_addrlist` in Conf.pm): `*` stands for any text and
/// `?` for any character, also for `@`, and all other signs for themselves. The addresses that it holds against it have an
/// `@`, and nothing around them.
fn fault_of(entry: &[u8]) -> Option<(&'static str, Text)> {
    if is_ordinary(entry) {
        return None;
    }
    let start = entry.iter().take_while(|&&byte| is_around(byte)).count();
    let end = entry.iter().rev().take_while(|&&byte| is_around(byte)).count();
    let inner = entry.get(start..entry.len() - end).unwrap_or_default();
    let is_plain =
        |part: &[u8]| part.split(|byte| *byte == b'@').count() == 2 && !part.iter().any(|&byte| is_around(byte));
    if !entry.contains(&b'@') && inner.contains(&b'.') && inner.iter().all(|byte| !b"@?".contains(byte)) {
        let domain = inner.strip_prefix(b".*").or_else(|| inner.strip_prefix(b".")).unwrap_or(inner);
        let is_below = inner.starts_with(b".") && !inner.starts_with(b".*");
        return (inner.starts_with(b".") || !inner.contains(&b'*')).then(|| {
            let help = if is_below {
                text!("write `*@*.{}`", domain)
            } else {
                text!("write `*@{}`, and `*@*.{}` for what is below it", domain, domain)
            };
            ("it has no `@`", help)
        });
    }
    if is_of_template(entry) && !entry.starts_with(b"@") {
        return Some(("a place of a template was not filled in", text!("write addresses, such as `*@example.com`")));
    }
    if entry.iter().all(|byte| !b"@*?".contains(byte)) {
        return Some((
            "it has no `@`",
            text!("write whole addresses, such as `*@example.com`; a remark stands behind `#`"),
        ));
    }
    if entry.starts_with(b"@") {
        return Some(("nothing stands before its `@`", text!("write `*{}`", inner)));
    }
    if inner.len() < entry.len() && is_plain(inner) {
        return Some(("addresses stand alone, with white space between them", text!("write `{}`", inner)));
    }
    let is_run_together = || entry.split(|byte| b",;".contains(byte)).filter(|part| is_plain(part)).count() > 1;
    is_run_together()
        .then(|| ("it is several addresses in one", text!("write white space between them, and nothing else")))
}

pub(super) fn list_entry_never_matches(configuration: &Configuration, sink: &mut Sink<'_>) {
    for line in configuration.lines(|form| form == Form::AddressesOrGlobs) {
        // These are names of hosts.
        if line.setting.name == "welcomelist_bounce_relays" {
            continue;
        }
        // A remark of many words, or a name before an address, is one mistake.
        let mut has_word = false;
        for entry in words(line.value).filter(|entry| entry.is_ascii()) {
            let is_word = !entry.iter().any(|byte| b"@.*?".contains(byte));
            if is_word && has_word {
                continue;
            }
            has_word |= is_word;
            let Some((why, help)) = fault_of(entry) else { continue };
            sink.find(line.span_of(entry), text!("`{}` fits no address: {}", entry, why)).help(help);
        }
    }
}
