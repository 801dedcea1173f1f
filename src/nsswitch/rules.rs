//! The rules of the subject `nsswitch`, one function each, named as its page in `rules/nsswitch/`.

use super::Nsswitch;
use crate::finding::{Bound, Sink};
use crate::text;

/// The rules and their functions.
pub static RULES: &[Bound<Nsswitch>] = include!(concat!(env!("OUT_DIR"), "/nsswitch.rs"));

/// The services that ask name servers: glibc's own, and systemd-resolved.
const ASK_SERVERS: &[&[u8]] = &[b"dns", b"resolve"];
/// The services that know some names and say of all others that they do not exist.
const LOCAL: &[&[u8]] = &[b"files", b"compat", b"db", b"myhostname", b"mymachines"];

fn dns_never_asked(nsswitch: &Nsswitch, sink: &mut Sink<'_>) {
    let Some(hosts) = nsswitch.hosts.as_ref() else { return };
    let asks = |name: &[u8]| ASK_SERVERS.contains(&name);
    let first = hosts.services.iter().position(|service| asks(nsswitch.name(service)));
    let before = &hosts.services[..first.unwrap_or(hosts.services.len())];
    let end = before.iter().find(|service| service.ends_search.is_some() && LOCAL.contains(&nsswitch.name(service)));
    let end = end.and_then(|service| Some((service, service.ends_search?)));
    match (end, first) {
        (Some((end, brackets)), Some(first)) => {
            let name = nsswitch.name(end);
            let finding = sink.find(brackets, text!("the search ends at `{}`, so no name server is asked", name));
            finding.label(hosts.services[first].name, text!("never reached"));
            finding.help(text!("remove `{}`", nsswitch.file.source.slice(brackets)));
        }
        (_, None) => {
            let message = text!("neither `dns` nor `resolve` stands here: no name server is asked");
            sink.find(hosts.span, message).help(text!("add `dns` at the end of the line"));
        }
        (None, Some(_)) => {}
    }
}

fn files_missing(nsswitch: &Nsswitch, sink: &mut Sink<'_>) {
    let Some(hosts) = nsswitch.hosts.as_ref() else { return };
    let reads = |name: &[u8]| matches!(name, b"files" | b"compat" | b"db");
    if !hosts.services.iter().any(|service| reads(nsswitch.name(service))) {
        sink.find(hosts.span, text!("`files` does not stand here: /etc/hosts is not read"))
            .help(text!("put `files` before the other services"));
    }
}

fn resolv_conf_bypassed(nsswitch: &Nsswitch, sink: &mut Sink<'_>) {
    let Some(hosts) = nsswitch.hosts.as_ref() else { return };
    for service in hosts.services.iter().take_while(|service| nsswitch.name(service) != b"dns") {
        let (Some(brackets), name) = (service.ends_search, nsswitch.name(service)) else { continue };
        let message = if name == b"resolve" {
            text!(
                "where systemd-resolved runs, `resolve` answers and /etc/resolv.conf is not read; Exim still reads it"
            )
        } else if name.starts_with(b"mdns") {
            text!("names that `{}` is asked for, such as those below `local`, never reach a name server", name)
        } else {
            continue;
        };
        sink.find(service.name.to(brackets), message);
    }
}
