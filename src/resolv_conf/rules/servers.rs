//! The servers that are asked.

use std::net::{IpAddr, Ipv4Addr};

use crate::finding::Sink;
use crate::resolv_conf::glibc::Server;
use crate::resolv_conf::{MAX_SERVERS, Resolver, inet_ntop, is_loopback, range, reserved, wait};
use crate::rule::Severity;
use crate::source::Span;
use crate::text;

/// A wait that is worth knowing of, in seconds: many mail clients give up then.
const LONG: u32 = 30;
/// How long a sender waits for the answer to RCPT, in seconds (RFC 5321, section 4.5.3.2.3).
const LONGEST: u32 = 300;

/// The address in the form in which everybody writes it.
fn shown(address: IpAddr) -> String {
    inet_ntop(address)
}

/// Whether an IPv4 address is written in another form than four decimal numbers.
fn is_odd(resolver: &Resolver, server: &Server) -> bool {
    let written = resolver.text(server.written);
    let written = written.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    // Rust reads four decimal numbers without leading zeros, and nothing else.
    let is_plain = || str::from_utf8(written).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok());
    server.address.is_ipv4() && !is_plain()
}

pub(super) fn other_address(resolver: &Resolver, sink: &mut Sink<'_>) {
    for server in resolver.state.servers.iter().filter(|server| is_odd(resolver, server)) {
        let written = resolver.text(server.written).trim_ascii_end();
        let address = shown(server.address);
        let parts: Vec<&[u8]> = written.split(|&byte| byte == b'.').collect();
        let is_decimal = |part: &&[u8]| part.iter().all(u8::is_ascii_digit);
        let decimal: Option<Vec<u8>> = parts.iter().map(|part| str::from_utf8(part).ok()?.parse().ok()).collect();
        let is_meant = decimal.is_some_and(|decimal| {
            decimal.len() == 4 && IpAddr::from(<[u8; 4]>::try_from(decimal).unwrap_or_default()) == server.address
        });
        let why = if !parts.iter().all(is_decimal) {
            "a number that begins with 0x is hexadecimal"
        } else if parts.len() < 4 {
            "the last of fewer than four numbers fills the rest of the address"
        } else {
            "a number that begins with 0 is octal"
        };
        let message = text!("`{}` is {} to the resolver: {}", written, address.as_bytes(), why);
        let finding = sink.find(server.written, message);
        if is_meant || server.address.is_loopback() {
            finding.severity(Severity::Info);
        }
        finding.help(text!("write the address that you mean as four decimal numbers without leading zeros"));
    }
}

pub(super) fn unusable_address(resolver: &Resolver, sink: &mut Sink<'_>) {
    let why = |server: &Server| match server.address {
        IpAddr::V6(address) if address.is_unicast_link_local() && server.scope.is_none() => {
            Some("is a link-local address without the interface that it is on (`%eth0`)")
        }
        address => reserved(address),
    };
    let asked = resolver.asked();
    let all = asked.iter().all(|server| why(server).is_some());
    for server in asked.iter().filter(|server| !is_odd(resolver, server)) {
        let Some(why) = why(server) else { continue };
        let waits = wait::per_server(&resolver.state.options, asked.len());
        let message = text!("`{}` {}: no server can answer there", resolver.text(server.written), why);
        let finding = sink.find(server.written, message);
        if all {
            finding.severity(Severity::Error).help(text!("put the address of a real resolver here"));
        } else {
            let wait = waits.first().copied().unwrap_or_default();
            finding.help(text!("remove the line: a lookup that comes to it waits {} s or more for nothing", wait));
        }
    }
}

pub(super) fn duplicate_nameserver(resolver: &Resolver, sink: &mut Sink<'_>) {
    let asked = resolver.asked();
    for (index, server) in asked.iter().enumerate() {
        let is_same = |other: &&Server| {
            let scope = |server: &Server| server.scope.map(|scope| resolver.text(scope));
            other.address == server.address && scope(other) == scope(server)
        };
        let Some(first) = asked[..index].iter().find(is_same) else { continue };
        let address = shown(server.address);
        let finding = sink.find(server.written, text!("{} is asked twice", address.as_bytes()));
        finding.label(first.written, text!("it stands here already"));
        finding.help(text!(
            "remove one of the lines: when the server is down, each costs its own wait, and a second one is \
                            no second server"
        ));
    }
}

pub(super) fn too_many_nameservers(resolver: &Resolver, sink: &mut Sink<'_>) {
    let servers = &resolver.state.servers;
    let Some(first) = servers.get(MAX_SERVERS) else { return };
    let message = match servers.len() - MAX_SERVERS {
        1 => text!("only the first three servers are asked: {} never is", shown(first.address).as_bytes()),
        count => text!("only the first three servers are asked: the last {} never are", count),
    };
    sink.find(first.written, message).help(text!("leave the three that shall be asked, the fastest first"));
}

pub(super) fn no_nameserver(resolver: &Resolver, sink: &mut Sink<'_>) {
    let state = &resolver.state;
    if !state.servers.is_empty() {
        return;
    }
    let is_tried = state.lines.iter().any(|line| {
        let text = resolver.text(line.span).to_ascii_lowercase();
        memchr::memmem::find(&text, b"nameserver").is_some()
    });
    let has_text = !resolver.file.source.bytes().iter().any(|byte| *byte == 0 || *byte >= 0x80);
    if is_tried || resolver.file.attributes.is_err() || !has_text {
        return;
    }
    let around = resolver.surroundings();
    let is_whole = around.is_some_and(|around| around.is_whole);
    let local = around.and_then(|around| around.local_resolver);
    let mut message = text!("no server is named, so the resolver asks 127.0.0.1");
    if let Some(program) = local {
        message.extend(text!(", where {} should answer", program));
    }
    let severity = match (local, is_whole, state.lines.is_empty()) {
        (Some(_), ..) | (None, false, true) => Severity::Info,
        (None, true, _) => Severity::Error,
        (None, false, false) => Severity::Warning,
    };
    sink.find(Span::at(0), message).severity(severity).help(text!("write `nameserver` and the address of a resolver"));
}

pub(super) fn no_local_resolver(resolver: &Resolver, sink: &mut Sink<'_>) {
    let Some(around) = resolver.surroundings().filter(|around| around.is_whole) else { return };
    let asked = resolver.asked();
    let is_dead = |server: &Server| {
        let address = &server.address;
        is_loopback(address)
            && *address != range::DOCKER
            && !(range::SYSTEMD_RESOLVED.contains(address) && around.has_systemd_resolved)
            && around.local_resolver.is_none()
    };
    let all = asked.iter().all(is_dead);
    for server in asked.iter().filter(|server| is_dead(server)) {
        let message = text!(
            "`{}` is this server itself, and nothing in the tree shows a resolver that would answer there",
            resolver.text(server.written)
        );
        let finding = sink.find(server.written, message);
        finding.severity(if all { Severity::Error } else { Severity::Warning });
        finding.help(text!("install a resolver, such as unbound, or write the address of another one"));
    }
}

pub(super) fn public_resolver(resolver: &Resolver, sink: &mut Sink<'_>) {
    let public = |server: &Server| range::public_resolver(&server.address);
    let mut servers = resolver.asked().iter().filter(|server| public(server).is_some());
    let Some(first) = servers.next() else { return };
    let name = public(first).unwrap_or_default();
    let written = resolver.text(first.written);
    let around = resolver.surroundings();
    let asks = around.map(|around| &around.exim_asks).into_iter().flatten();
    let exim = asks.max_by_key(|(_, asked)| asked.takes_any_answer);
    let spamassassin = around.and_then(|around| around.spamassassin_asks.as_ref());
    let (severity, message) = match (exim, spamassassin) {
        (Some((_, asked)), _) if asked.takes_any_answer => (
            Severity::Error,
            text!(
                "`{}` is {}'s public resolver, which blocklists refuse to answer, and Exim takes the refusal for a listing: it \
                   rejects all mail",
                written,
                name
            ),
        ),
        (Some(_), _) => (
            Severity::Warning,
            text!("`{}` is {}'s public resolver, which the blocklists that Exim asks refuse to answer", written, name),
        ),
        (None, Some(_)) => (
            Severity::Warning,
            text!(
                "`{}` is {}'s public resolver, which the blocklists that SpamAssassin asks refuse to answer",
                written,
                name
            ),
        ),
        (None, None) => (
            Severity::Info,
            text!("`{}` is {}'s public resolver, which blocklists such as Spamhaus refuse to answer", written, name),
        ),
    };
    let finding = sink.find(first.written, message);
    finding.severity(severity);
    for server in servers {
        finding.label(server.written, text!("and this is {}'s", public(server).unwrap_or_default()));
    }
    if let Some((file, asked)) = exim {
        finding.label_in(file, asked.span, text!("Exim asks this list"));
    } else if let Some(file) = spamassassin {
        finding.label_in(file, Span::at(0), text!("this SpamAssassin asks blocklists: nothing here switches that off"));
    }
    finding.help(text!("run a resolver of your own (unbound on 127.0.0.1) and ask that, or use your provider's"));
}

pub(super) fn blocklist_refuses(resolver: &Resolver, sink: &mut Sink<'_>) {
    let Some(around) = resolver.surroundings() else { return };
    let Some(list) = around.refused_lists.first() else { return };
    let span = resolver.state.servers.first().map_or(Span::at(0), |server| server.written);
    let message = match around.refused_lists.len() {
        1 => text!("SpamAssassin has noted that `{}` refuses to answer this server's resolver", list.as_slice()),
        count => text!(
            "SpamAssassin has noted that {} blocklists refuse to answer this server's resolver, `{}` among them",
            count,
            list.as_slice()
        ),
    };
    sink.find(span, message).help(text!("run a resolver of your own (unbound on 127.0.0.1) and ask that"));
}

pub(super) fn long_wait(resolver: &Resolver, sink: &mut Sink<'_>) {
    let state = &resolver.state;
    let servers = resolver.asked().len().max(1);
    let wait = wait::in_all(&state.options, servers);
    if wait <= LONG {
        return;
    }
    let first = wait::per_server(&state.options, servers).first().copied().unwrap_or_default();
    let span = super::options::in_force(resolver, "timeout:")
        .or_else(|| super::options::in_force(resolver, "attempts:"))
        .unwrap_or(Span::at(0));
    let message = text!("a lookup waits {} s when no server answers, and {} s for a dead first server", wait, first);
    let finding = sink.find(span, message);
    if wait > LONGEST {
        finding.severity(Severity::Warning);
    }
    finding.help(text!("`options timeout:2 attempts:2` with two or three servers is enough"));
}
