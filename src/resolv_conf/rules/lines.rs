//! Lines, and parts of lines, that the resolver skips.

use std::collections::{BTreeSet, HashSet};

use super::{KEYWORDS, skipped_server};
use crate::finding::{Safety, Sink};
use crate::policy::nearest;
use crate::resolv_conf::glibc::{Directive, Line};
use crate::resolv_conf::{Resolver, inet_aton, inet_pton6};
use crate::rule::{Severity, Verdict};
use crate::source::Span;
use crate::text;
use crate::text::Text;

const MARK: &[u8] = b"\xEF\xBB\xBF";
/// Keywords of other systems' resolvers (OpenBSD, old glibc), which never did anything here.
const FOREIGN: &[&str] = &["lookup", "family", "order", "hosts", "port", "interface"];
/// Options that people write as if they were keywords.
const OPTIONS: &[&str] = &["timeout", "attempts", "ndots", "rotate", "edns0"];

/// A line's first word, without the colon, equals sign or CR that may end it, and without blanks before it.
fn first_word(line: &[u8]) -> (usize, &[u8]) {
    let start = line.iter().take_while(|&&byte| byte <= b' ').count();
    let rest = &line[start..];
    let end = rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b':' | b'=')).unwrap_or(rest.len());
    (start, &rest[..end])
}

/// The keyword that a word is, whatever its case.
fn keyword(word: &[u8]) -> Option<&'static str> {
    KEYWORDS.into_iter().find(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether a file is UTF-16, of which the resolver understands nothing at all.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
}

/// The lines that are skipped as a whole, for another cause than a byte order mark or a NUL.
fn skipped(resolver: &Resolver) -> impl Iterator<Item = (&Line, &[u8])> {
    let bytes = resolver.file.source.bytes();
    let lines = resolver.state.lines.iter().filter(|line| line.what == Directive::Ignored);
    lines.filter(move |_| !is_utf16(bytes)).filter_map(move |line| {
        let text = resolver.text(line.span);
        let (_, word) = first_word(text);
        let is_comment = word.starts_with(b"#") || word.starts_with(b";");
        let has_other_cause = text.starts_with(MARK) || resolver.whole_line(line).len() > text.len();
        (!is_comment && !has_other_cause).then_some((line, text))
    })
}

pub(super) fn indented_line(resolver: &Resolver, sink: &mut Sink<'_>) {
    for (line, text) in skipped(resolver) {
        let (indent, word) = first_word(text);
        let Some(keyword) = keyword(word).filter(|_| indent > 0) else { continue };
        let (severity, consequence) = severity(resolver, keyword);
        let start = line.span.start as usize;
        let blanks = Span::new(start, start + indent);
        let finding =
            sink.find(blanks, text!("a blank before `{}` makes the resolver skip the line{}", word, consequence));
        finding.severity(severity).here(text!("a keyword must be the first thing on its line"));
        finding.help(text!("remove the blank"));
        if word == keyword.as_bytes() {
            finding.fix(Safety::Safe, vec![(blanks, Vec::new())]);
        }
    }
}

/// How bad it is that a line of a keyword is skipped, and what then happens.
fn severity(resolver: &Resolver, keyword: &str) -> (Severity, &'static str) {
    if keyword == "nameserver" { skipped_server(resolver) } else { (Severity::Warning, "") }
}

pub(super) fn unknown_keyword(resolver: &Resolver, sink: &mut Sink<'_>) {
    let words = resolver.net_dns.nameservers.iter().filter_map(|server| server.written);
    let asked: BTreeSet<u32> = words.filter(|word| word.file == 0).map(|word| word.span.start).collect();
    for (line, text) in skipped(resolver) {
        let (indent, word) = first_word(text);
        let is_exact = keyword(word).is_some_and(|known| known.as_bytes() == word);
        let behind = text.get(indent + word.len()).copied();
        let is_alone = text[indent + word.len()..].trim_ascii().is_empty();
        if keyword(word).is_some() && (indent > 0 || is_exact && is_alone) {
            continue;
        }
        let glued = matches!(behind, Some(b':' | b'='));
        let start = line.span.start as usize + indent;
        let span = Span::new(start, start + word.len() + usize::from(glued));
        let written = &text[indent..indent + word.len() + usize::from(glued)];
        let lower = word.to_ascii_lowercase();
        let word_text = str::from_utf8(&lower).unwrap_or_default();
        let meant = keyword(word).or_else(|| misspelt(word_text));
        let (severity, consequence) = match meant {
            Some(keyword) => severity(resolver, keyword),
            None if FOREIGN.contains(&word_text) => (Severity::Info, ""),
            None => (Severity::Warning, ""),
        };
        let finding =
            sink.find(span, text!("the resolver knows no keyword `{}` and skips the line{}", written, consequence));
        finding.severity(severity);
        if asked.range(line.span.start..line.span.end).next().is_some() {
            finding.message.extend(text!("; SpamAssassin, which reads the file through Net::DNS, takes it"));
        }
        match meant {
            Some(keyword) => {
                finding.help(text!("write `{}` and a blank: in lower case, with nothing between them", keyword));
                if word.eq_ignore_ascii_case(keyword.as_bytes()) {
                    let blank = if glued && text.get(indent + word.len() + 1) != Some(&b' ') { " " } else { "" };
                    finding.fix(Safety::Safe, vec![(span, [keyword, blank].concat().into_bytes())]);
                }
            }
            None if OPTIONS.contains(&word_text) => {
                finding.help(text!("it is an option: write `options {}...`", word));
            }
            None => {
                finding.help(text!(
                    "remove the line, or put `#` before it; the keywords are nameserver, search, domain, \
                                    sortlist and options"
                ));
            }
        }
    }
}

/// The keyword that a word was probably meant to be. Words of other lengths are not looked at: a file may have half a
/// million of them.
fn misspelt(word: &str) -> Option<&'static str> {
    let near = (4..=15).contains(&word.len()).then(|| nearest(word, KEYWORDS.into_iter())).flatten()?;
    (strsim::damerau_levenshtein(near, word) <= 3).then_some(near)
}

pub(super) fn missing_value(resolver: &Resolver, sink: &mut Sink<'_>) {
    for line in &resolver.state.lines {
        if resolver.whole_line(line).len() > line.span.range().len() {
            continue;
        }
        let text = resolver.text(line.span);
        let word = match &line.what {
            Directive::Ignored => {
                Some(text.trim_ascii_end()).filter(|word| keyword(word).is_some_and(|k| k.as_bytes() == *word))
            }
            Directive::Server(Err(value)) => resolver.text(*value).trim_ascii().is_empty().then(|| first_word(text).1),
            Directive::Search(names) => names.is_empty().then(|| first_word(text).1),
            Directive::Domain(name) => name.is_none().then(|| first_word(text).1),
            Directive::Options(words) => words.is_empty().then(|| first_word(text).1),
            Directive::Server(Ok(_)) | Directive::Sortlist(_) => None,
        };
        let Some(word) = word else { continue };
        let start = line.span.start as usize;
        let span = Span::new(start, start + word.len());
        if word == b"nameserver" {
            let (severity, consequence) = skipped_server(resolver);
            sink.find(
                span,
                text!("no address stands behind `nameserver`, and the resolver skips the line{}", consequence),
            )
            .severity(severity)
            .help(text!("write the server's address behind it, or remove the line"));
        } else {
            sink.find(span, text!("nothing stands behind `{}`, and the resolver skips the line", word))
                .severity(Severity::Info)
                .help(text!("remove the line; an earlier one of its kind stays in force"));
        }
    }
}

pub(super) fn byte_order_mark(resolver: &Resolver, sink: &mut Sink<'_>) {
    let bytes = resolver.file.source.bytes();
    let help = "save the file as UTF-8 without a byte order mark";
    if is_utf16(bytes) {
        let (severity, consequence) = skipped_server(resolver);
        let message = text!("the file is UTF-16, and the resolver skips every line of it{}", consequence);
        sink.find(Span::new(0, 2), message).severity(severity).help(text!("{}", help));
        return;
    }
    let Some(line) = bytes.strip_prefix(MARK) else { return };
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let (_, word) = first_word(line);
    let is_nothing = word.is_empty() || word.starts_with(b"#") || word.starts_with(b";");
    let mark = Span::new(0, MARK.len());
    let finding = if is_nothing {
        let message = text!("the file begins with a byte order mark");
        sink.find(mark, message)
    } else {
        let message = text!(
            "a byte order mark before `{}` makes the resolver skip the line{}",
            word,
            match keyword(word) {
                Some("nameserver") => skipped_server(resolver).1,
                _ => "",
            }
        );
        sink.find(mark, message)
    };
    let severity = match keyword(word) {
        _ if is_nothing => Severity::Info,
        Some(keyword) => severity(resolver, keyword).0,
        None => Severity::Warning,
    };
    finding.severity(severity).help(text!("{}", help)).fix(Safety::Safe, vec![(mark, Vec::new())]);
}

pub(super) fn nul_byte(resolver: &Resolver, sink: &mut Sink<'_>) {
    let bytes = resolver.file.source.bytes();
    if is_utf16(bytes) {
        return;
    }
    let Some(first) = memchr::memchr(0, bytes) else { return };
    let count = memchr::memchr_iter(0, bytes).count();
    // What a line with a NUL says before it counts, so a server may be used in part, or be lost.
    let is_harmful = |line: &[u8]| {
        let Some(nul) = memchr::memchr(0, line) else { return false };
        let is_comment = matches!(line.first(), Some(b'#' | b';'));
        !is_comment && !line[nul..].iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace())
    };
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').filter(|line| is_harmful(line)).collect();
    let message = match count {
        1 => text!("a NUL byte ends its line for the resolver"),
        count => text!("NUL bytes end their lines for the resolver ({} of them)", count),
    };
    let severity = match (lines.is_empty(), resolver.state.servers.is_empty()) {
        (true, _) => Severity::Info,
        (false, true) => skipped_server(resolver).0,
        (false, false) => Severity::Warning,
    };
    sink.find(Span::new(first, first + 1), message)
        .severity(severity)
        .help(text!("write the file anew; NUL bytes come from a crash while it was written, or from a wrong encoding"));
}

pub(super) fn carriage_return(resolver: &Resolver, sink: &mut Sink<'_>) {
    let bytes = resolver.file.source.bytes();
    // A sortlist that hangs on a CR says so itself.
    let hangs = resolver.state.fatal.is_some_and(|(_, span)| resolver.text(span) == b"\r");
    let Some(first) = memchr::memchr(b'\r', bytes).filter(|_| !hangs && !is_utf16(bytes)) else { return };
    let (mut servers, mut names) = (Vec::new(), Vec::new());
    for line in &resolver.state.lines {
        match &line.what {
            Directive::Server(Err(value)) if is_spoilt_by_cr(resolver.text(*value)) => servers.push(*value),
            Directive::Search(list) => names.extend(list.iter().filter(|&&name| resolver.text(name).ends_with(b"\r"))),
            Directive::Domain(Some(name)) if resolver.text(*name).ends_with(b"\r") => names.push(*name),
            _ => {}
        }
    }
    let version = resolver.version.to_string();
    let cr_of = |value: &Span| Span::new(value.end as usize - 1, value.end as usize);
    let finding = if let Some(value) = servers.first() {
        let (severity, consequence) = skipped_server(resolver);
        let shown = resolver.text(*value).trim_ascii_end();
        let mut message =
            text!("the line ends in CR LF, and glibc {} takes the CR for a part of `{}`", version.as_bytes(), shown);
        message.extend(match servers.len() {
            1 => text!(": the server is skipped{}", consequence),
            count => text!(": all {} servers written so are skipped{}", count, consequence),
        });
        sink.find(cr_of(value), message).severity(severity)
    } else if let Some(name) = names.first() {
        let message = text!(
            "the line ends in CR LF, and the resolver takes the CR for a part of `{}`",
            resolver.text(*name).trim_ascii_end()
        );
        sink.find(cr_of(name), message).severity(Severity::Warning)
    } else {
        let uses = resolver
            .state
            .lines
            .iter()
            .any(|line| matches!(line.what, Directive::Server(Ok(_))) && resolver.text(line.span).ends_with(b"\r"));
        let message = if uses {
            text!(
                "lines end in CR LF: glibc {} still uses their servers, and from 2.29 on skips them",
                version.as_bytes()
            )
        } else {
            text!("lines end in CR LF")
        };
        sink.find(Span::new(first, first + 1), message).severity(Severity::Info).engine(Verdict::Accepts)
    };
    let edits = memchr::memchr_iter(b'\r', bytes)
        .filter(|&at| bytes.get(at + 1).is_none_or(|&next| next == b'\n'))
        .map(|at| (Span::new(at, at + 1), Vec::new()));
    finding.help(text!("let lines end in LF alone, as `dos2unix` makes them")).fix(Safety::Safe, edits.collect());
}

/// Whether a value would be an address without the CR at its end.
fn is_spoilt_by_cr(value: &[u8]) -> bool {
    let Some(value) = value.strip_suffix(b"\r") else { return false };
    let end = memchr::memchr(b'%', value).unwrap_or(value.len());
    inet_aton(value, true).is_some() || inet_pton6(&value[..end]).is_some()
}

pub(super) fn malformed_address(resolver: &Resolver, sink: &mut Sink<'_>) {
    let words = resolver.net_dns.looked_up.iter().filter(|word| word.file == 0);
    let looked_up: HashSet<u32> = words.map(|word| word.span.start).collect();
    let has_no_server = resolver.spamassassins().is_err();
    for line in &resolver.state.lines {
        let Directive::Server(Err(span)) = line.what else { continue };
        let value = resolver.text(span);
        let shown = value.trim_ascii_end();
        if shown.is_empty() || is_spoilt_by_cr(value) || resolver.whole_line(line).len() > line.span.range().len() {
            continue;
        }
        let span = Span::new(span.start as usize, span.start as usize + shown.len());
        let (severity, consequence) = skipped_server(resolver);
        let (why, help) = fault_of(shown);
        let mut message =
            text!("`{}` is no address to the resolver: {}; the line is skipped{}", shown, why, consequence);
        if looked_up.contains(&span.start) {
            message.extend(if has_no_server {
                text!("; SpamAssassin tries to resolve it and then has no DNS at all")
            } else {
                text!("; SpamAssassin tries to resolve it when it starts")
            });
        }
        sink.find(span, message).severity(severity).help(help);
    }
}

/// Why something is no address, and what to write.
fn fault_of(value: &[u8]) -> (&'static str, Text) {
    let is_address = |value: &[u8]| inet_aton(value, true).is_some() || inet_pton6(value).is_some();
    let has = |byte: u8| value.contains(&byte);
    if has(b',') || has(b';') {
        let first = value.split(|byte| matches!(byte, b',' | b';')).next().unwrap_or_default();
        let help = if is_address(first) {
            text!("write `nameserver {}`, and each further server on a line of its own", first)
        } else {
            text!("write each server's address on a line of its own")
        };
        return ("it has a comma or semicolon, and a line holds one address", help);
    }
    if let [b'"' | b'\'', ..] = value {
        let inner = value.trim_ascii().strip_prefix(&value[..1]).unwrap_or(value);
        let inner = inner.strip_suffix(&value[..1]).unwrap_or(inner);
        return ("it is in quotes", text!("write `nameserver {}`", inner));
    }
    if let Some(inner) = value.strip_prefix(b"[") {
        let inner = inner.split(|&byte| byte == b']').next().unwrap_or_default();
        return ("it is in brackets", text!("write `nameserver {}`; another port than 53 cannot be given", inner));
    }
    if let Some(hash) = memchr::memchr(b'#', value) {
        let help = text!("put a blank before `#`");
        return if is_address(&value[..hash]) { ("a comment is glued to it", help) } else { ("it has a `#`", help) };
    }
    if has(b'/') {
        return ("a prefix length makes no sense here", text!("write the address without `/...`"));
    }
    let dots = memchr::memchr_iter(b'.', value).count();
    if let Some(colon) = memchr::memrchr(b':', value)
        && dots == 3
        && is_address(&value[..colon])
        && value[colon + 1..].iter().all(u8::is_ascii_digit)
    {
        return ("it has a port, which cannot be given", text!("write `nameserver {}`", &value[..colon]));
    }
    if let Some(address) = value.strip_suffix(b".").filter(|address| is_address(address)) {
        return ("it ends in a dot", text!("write `nameserver {}`", address));
    }
    if value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        let parts: Vec<&[u8]> = value.split(|&byte| byte == b'.').collect();
        let is_large = |part: &&[u8]| {
            part.len() > 3 || str::from_utf8(part).is_ok_and(|part| part.parse::<u16>().is_ok_and(|n| n > 255))
        };
        let is_octal = |part: &&[u8]| part.len() > 1 && part[0] == b'0' && part.iter().any(|byte| *byte > b'7');
        let why = if parts.iter().any(is_octal) {
            "a part that begins with 0 is octal, and 8 and 9 are no octal digits"
        } else if parts.iter().any(|part| part.is_empty()) {
            "a part between dots is empty"
        } else if parts.iter().any(is_large) {
            "a part is larger than 255"
        } else {
            "an address has four parts"
        };
        return (why, text!("write four numbers from 0 to 255 without leading zeros, with dots between them"));
    }
    if has(b':') {
        return ("it is no valid IPv6 address", text!("write the server's address, as in `2001:4860:4860::8888`"));
    }
    let is_name = value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    if is_name && value.iter().any(u8::is_ascii_alphabetic) {
        return (
            "it is a name, and the resolver cannot resolve it before it has a server",
            text!("write the server's address"),
        );
    }
    ("it is neither IPv4 nor IPv6", text!("write the server's address, as in `192.168.0.1`"))
}

pub(super) fn trailing_text(resolver: &Resolver, sink: &mut Sink<'_>) {
    for line in &resolver.state.lines {
        let (value, what) = match line.what {
            Directive::Server(Ok(index)) => (resolver.state.servers[index].written, "address"),
            Directive::Domain(Some(name)) => (name, "name"),
            _ => continue,
        };
        let rest = &resolver.file.source.bytes()[value.end as usize..line.span.end as usize];
        let shown = rest.trim_ascii();
        if shown.is_empty() || shown.starts_with(b"#") || shown.starts_with(b";") {
            continue;
        }
        let start = value.end as usize + (rest.len() - rest.trim_ascii_start().len());
        let message = text!("the resolver reads one {} of a line: `{}` is not used", what, shown);
        let finding = sink.find(Span::new(start, start + shown.len()), message);
        if what == "address" {
            finding.help(text!("give each server a `nameserver` line of its own"));
        } else {
            finding.help(text!("use `search` for several names"));
        }
    }
}
