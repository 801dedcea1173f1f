//! The search list, and the sort list.

use std::borrow::Cow;
use std::collections::HashSet;

use psl::{Psl, Type};

use crate::finding::Sink;
use crate::lsearch::lower;
use crate::resolv_conf::glibc::{Directive, Line, MAX_SEARCH, SEARCH_BUFFER, Version};
use crate::resolv_conf::{Fatal, Resolver, inet_aton};
use crate::rule::Severity;
use crate::source::Span;
use crate::text;

pub(super) fn search_abort(resolver: &Resolver, sink: &mut Sink<'_>) {
    let Some((Fatal::Abort, span)) = resolver.state.fatal else { return };
    let name = resolver.text(span);
    let message = text!(
        "this search list makes glibc {} abort every program that resolves a name",
        resolver.version.to_string().as_bytes()
    );
    let finding = sink.find(span, message);
    finding.here(text!("this name is {} characters long", name.len()));
    if name.contains(&b',') {
        finding.help(text!("separate the names by blanks: with commas they are one name, which is too long"));
    } else {
        finding.help(text!("shorten the list: no domain name is longer than 253 characters"));
    }
}

pub(super) fn sortlist_hang(resolver: &Resolver, sink: &mut Sink<'_>) {
    let Some((Fatal::Hang, span)) = resolver.state.fatal else { return };
    let byte = resolver.text(span);
    let message = text!(
        "the resolver stops at `{}` in this sortlist and never goes on: every program that resolves a name hangs",
        byte
    );
    let finding = sink.find(span, message);
    if byte == b"\r" {
        finding.help(text!("let lines end in LF alone, as `dos2unix` makes them, or remove the line"));
    } else {
        finding.help(text!("remove the line: hardly anybody needs a sortlist"));
    }
}

/// The names of a `search` or `domain` line, if it has any.
fn names(line: &Line) -> Option<&[Span]> {
    match &line.what {
        Directive::Search(names) if !names.is_empty() => Some(names),
        Directive::Domain(Some(name)) => Some(std::slice::from_ref(name)),
        _ => None,
    }
}

/// The lines that have names; the last is in force.
fn lists(resolver: &Resolver) -> Vec<(Span, &[Span])> {
    resolver.state.lines.iter().filter_map(|line| Some((line.span, names(line)?))).collect()
}

pub(super) fn overridden_search(resolver: &Resolver, sink: &mut Sink<'_>) {
    let lists = lists(resolver);
    let Some(((last, in_force), earlier)) = lists.split_last().filter(|(_, earlier)| !earlier.is_empty()) else {
        return;
    };
    let name = |span: &Span| {
        let name = resolver.text(*span);
        lower(name.strip_suffix(b".").unwrap_or(name))
    };
    let whole = resolver.text(in_force[0].to(in_force[in_force.len() - 1]));
    let kept: HashSet<Cow<'_, [u8]>> = in_force.iter().map(name).collect();
    for (line, names) in earlier.iter().filter(|(_, names)| resolver.text(names[0].to(names[names.len() - 1])) != whole)
    {
        let Some(missing) = names.iter().find(|span| !kept.contains(&name(span))) else { continue };
        let message = text!(
            "`{}` is not searched: the last line of `search` and `domain` replaces all earlier ones",
            resolver.text(*missing).trim_ascii_end()
        );
        let finding = sink.find(*line, message);
        finding.label(*last, text!("this line is in force"));
        // dhclient writes both, each from an option of its own.
        if resolver.text(*line).starts_with(b"domain") {
            finding.severity(Severity::Info);
        }
        finding.help(text!("write one `search` line with all names"));
    }
}

/// Why something can be no domain's name.
fn fault_of(name: &[u8]) -> Option<&'static str> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let is_odd = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    match () {
        () if name.is_empty() => None,
        () if name.contains(&b',') || name.contains(&b';') => {
            Some("names are separated by blanks alone, so this is one name")
        }
        () if name.iter().any(is_odd) => Some("it has characters that no domain name has"),
        () if name.split(|&byte| byte == b'.').any(<[u8]>::is_empty) => Some("it has an empty part"),
        () if name.len() > 253 || name.split(|&byte| byte == b'.').any(|label| label.len() > 63) => {
            Some("it is longer than a name can be")
        }
        () => None,
    }
}

/// A name without what people put around it.
fn bare(name: &[u8]) -> &[u8] {
    let is_around = |byte: &u8| b".,;\"'".contains(byte);
    let start = name.iter().take_while(|byte| is_around(byte)).count();
    let end = name.iter().rev().take_while(|byte| is_around(byte)).count();
    name.get(start..name.len() - end).unwrap_or_default()
}

pub(super) fn malformed_search(resolver: &Resolver, sink: &mut Sink<'_>) {
    let aborts = matches!(resolver.state.fatal, Some((Fatal::Abort, _)));
    for name in resolver.state.search.iter().flatten() {
        let text = resolver.text(*name);
        let shown = text.trim_ascii_end();
        if matches!(text.first(), Some(b'#' | b';')) {
            // A comment that is none; what stands behind it is that mistake's, too.
            return;
        }
        let is_address = str::from_utf8(shown).is_ok_and(|word| word.parse::<std::net::IpAddr>().is_ok());
        let fault = is_address.then_some("it is an address").or_else(|| fault_of(shown));
        let Some(why) = fault.filter(|_| !aborts) else { continue };
        let span = Span::new(name.start as usize, name.start as usize + shown.len());
        let finding = sink.find(span, text!("`{}` is searched as a domain: {}", shown, why));
        let inner = bare(shown);
        finding.help(if is_address {
            text!("write `nameserver {}` on a line of its own if it is a server to ask, or remove it", shown)
        } else if inner.len() < shown.len() && !inner.is_empty() && fault_of(inner).is_none() {
            text!("write `{}`: blanks alone stand between names", inner)
        } else {
            text!("separate names by blanks, and write each without anything around it")
        });
    }
}

/// Whether anybody may register names directly below this one.
fn is_public_suffix(name: &[u8]) -> bool {
    psl::List.suffix(name).is_some_and(|suffix| suffix.as_bytes() == name && suffix.typ() == Some(Type::Icann))
}

pub(super) fn foreign_search(resolver: &Resolver, sink: &mut Sink<'_>) {
    let Some(first) = resolver.state.search.as_ref().and_then(|names| names.first()) else { return };
    let name = resolver.text(*first).to_ascii_lowercase();
    let name = name.strip_suffix(b".").unwrap_or(&name);
    if fault_of(name).is_some() || name.is_empty() {
        return;
    }
    if is_public_suffix(name) {
        let message = text!("`{}` is a public suffix: a name without a dot becomes somebody else's domain", name);
        sink.find(*first, message).severity(Severity::Warning).help(text!("search your own domain, or none"));
        return;
    }
    let Some(host) = resolver.facts.hostname.as_ref() else { return };
    let is_own = host.name == name || host.name.strip_suffix(name).is_some_and(|rest| rest.ends_with(b"."));
    if host.name.contains(&b'.') && name.contains(&b'.') && !is_own {
        let message =
            text!("mail to a domain without a dot goes to a host in `{}`, which is not this server's own domain", name);
        sink.find(*first, message);
    }
}

pub(super) fn search_too_long(resolver: &Resolver, sink: &mut Sink<'_>) {
    if resolver.version >= (Version { major: 2, minor: 26 }) {
        return;
    }
    let Some((line, names)) = lists(resolver).pop() else { return };
    let Some(last) = names.last() else { return };
    let written = &resolver.file.source.bytes()[names[0].start as usize..line.end as usize];
    let count = written.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).count();
    let rest = Span::new(last.end as usize, line.end as usize);
    if resolver.text(rest).trim_ascii().is_empty() {
        return;
    }
    let limit = if written.len() >= SEARCH_BUFFER { "255 characters" } else { "6 names" };
    let message = text!(
        "glibc {} reads {} of a search list: the rest of the {} names here is not searched",
        resolver.version.to_string().as_bytes(),
        limit,
        count.max(MAX_SEARCH)
    );
    sink.find(rest, message).help(text!("leave the names that matter"));
}

pub(super) fn sortlist_mask(resolver: &Resolver, sink: &mut Sink<'_>) {
    for line in &resolver.state.lines {
        let Directive::Sortlist(networks) = &line.what else { continue };
        for &span in networks {
            let text = resolver.text(span);
            let mut parts = text.splitn(2, |byte| matches!(byte, b'/' | b'&'));
            let (address, mask) = (parts.next().unwrap_or_default(), parts.next());
            let exact = resolver.version.is_exact();
            let Some(mask) = mask.filter(|_| inet_aton(address, exact).is_some()) else {
                if inet_aton(address, exact).is_none() {
                    sink.find(span, text!("`{}` is no network to the resolver, and is skipped", text))
                        .help(text!("write an IPv4 address, with its mask behind a slash: `10.0.0.0/255.0.0.0`"));
                }
                continue;
            };
            let Ok(bits) = str::from_utf8(mask).unwrap_or_default().parse::<u32>() else { continue };
            let Some(real) = inet_aton(mask, exact).filter(|_| bits <= 32) else { continue };
            let meant = std::net::Ipv4Addr::from(u32::MAX.checked_shl(32 - bits).unwrap_or(0)).to_string();
            let start = span.end as usize - mask.len();
            let finding = sink.find(
                Span::new(start, span.end as usize),
                text!("`{}` is read as the mask {}", mask, real.to_string().as_bytes()),
            );
            finding.help(text!("a mask is written as an address here: {}", meant.as_bytes()));
        }
    }
}
