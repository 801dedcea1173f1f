//! Whether a domain can belong to anybody on this server, decided without asking the network.

use std::sync::Arc;

use psl::{Psl as _, Type};

use super::{Claims, without_dot};
use crate::evidence::Zone;
use crate::facts::Facts;
use crate::finding::File;
use crate::source::Span;

/// The domains of `mailbox-providers.txt`, each with its provider, sorted by length and then by name.
static PROVIDERS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// Why a domain is foreign. The first reason that holds is the one that is given.
pub enum Reason {
    /// A mailbox provider's.
    Provider(&'static str),
    /// On cPanel's list of names that no account may claim; the flag says whether the list is the administrator's own.
    Common(Arc<File>, Span, bool),
    /// On SpamAssassin's list of freemail providers.
    Freemail(Arc<File>, Span),
    /// Names are registered below it, by anybody.
    PublicSuffix,
    /// As [`Reason::PublicSuffix`], but it is a company that lets its customers have names below its own.
    PrivateSuffix,
    /// Reserved for a purpose that no mail from outside can have.
    Reserved(&'static str),
    /// Reserved for documentation and tests.
    Documentation,
    /// A name without a dot.
    SingleLabel,
}

/// Names that stand for the server itself and are in many tables for good reason.
const OWN: &[&[u8]] = &[b"localhost", b"localhost.localdomain"];

/// Names, with all below them, that no mail from outside can be for (RFC 6761, 6762, 7686, 8375; ICANN, 2024, for
/// `internal`).
const RESERVED: &[(&[u8], &str)] = &[
    (b"localhost", "the loopback interface"),
    (b"localdomain", "names of the local network"),
    (b"local", "multicast DNS"),
    (b"internal", "private networks"),
    (b"home.arpa", "home networks"),
    (b"in-addr.arpa", "looking up names of IPv4 addresses"),
    (b"ip6.arpa", "looking up names of IPv6 addresses"),
    (b"onion", "the Tor network"),
];

/// Names kept for documentation and tests (RFC 2606, RFC 6761): nobody's mail suffers.
const DOCUMENTATION: &[&[u8]] = &[b"example", b"example.com", b"example.net", b"example.org", b"test", b"invalid"];

/// Why a domain (in lower case) is foreign to this server, if it is. Wildcards and names that mean the server itself
/// are not.
#[must_use]
pub fn reason(domain: &[u8], facts: &Facts) -> Option<Reason> {
    let domain = without_dot(domain);
    let is_own = OWN.contains(&domain) || facts.hostname.as_ref().is_some_and(|hostname| hostname.name == domain);
    if domain.is_empty() || domain.contains(&b'*') || is_own {
        return None;
    }
    if let Some(provider) = provider(domain) {
        return Some(Reason::Provider(provider));
    }
    for (list, is_local) in [(&facts.common, false), (&facts.local_common, true)] {
        if let Some((file, list)) = list
            && let Some(span) = list.covers(domain)
        {
            return Some(Reason::Common(Arc::clone(file), span, is_local));
        }
    }
    if let Some((file, list)) = &facts.freemail
        && let Some(span) = list.names(domain)
    {
        return Some(Reason::Freemail(Arc::clone(file), span));
    }
    suffix(domain).or_else(|| reserved(domain))
}

/// The provider that a domain, or a mail host directly below one, belongs to.
fn provider(domain: &[u8]) -> Option<&'static str> {
    let hosts: [&[u8]; 3] = [b"mail.", b"smtp.", b"mx."];
    let below = hosts.iter().find_map(|host| domain.strip_prefix(*host));
    [Some(domain), below].into_iter().flatten().find_map(|name| {
        let order = |known: &str| known.len().cmp(&name.len()).then_with(|| known.as_bytes().cmp(name));
        let index = PROVIDERS.binary_search_by(|(known, _)| order(known)).ok()?;
        Some(PROVIDERS[index].1)
    })
}

fn suffix(domain: &[u8]) -> Option<Reason> {
    let suffix = psl::List.suffix(domain)?;
    match suffix.typ().filter(|_| suffix.as_bytes() == domain)? {
        Type::Icann => Some(Reason::PublicSuffix),
        Type::Private => Some(Reason::PrivateSuffix),
    }
}

fn reserved(domain: &[u8]) -> Option<Reason> {
    let is_in = |name: &[u8]| domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."));
    if DOCUMENTATION.iter().any(|name| is_in(name)) {
        return Some(Reason::Documentation);
    }
    if let Some((_, purpose)) = RESERVED.iter().find(|(name, _)| is_in(name)) {
        return Some(Reason::Reserved(purpose));
    }
    (!domain.contains(&b'.')).then_some(Reason::SingleLabel)
}

/// Whether the server runs a zone for the domain as its own: the name servers are of this server, and its mail comes
/// here. Then the claim is meant, right or wrong.
#[must_use]
pub fn is_deliberate(domain: &[u8], claims: &Claims) -> bool {
    let zone = claims.facts.zones.as_ref().and_then(|zones| zones.get(domain)).and_then(Option::as_ref);
    zone.is_some_and(|zone| {
        let servers = &zone.servers;
        !servers.is_empty()
            && servers.iter().all(|name| is_ours(name, domain, claims))
            && comes_here(zone, domain, claims)
    })
}

/// Whether a host's name shows that it is of this server: the host name, its neighbours, or a name below another domain
/// of the table.
fn is_ours(name: &[u8], except: &[u8], claims: &Claims) -> bool {
    let hostname = claims.facts.hostname.as_ref().map(|hostname| hostname.name.as_slice());
    let network = hostname.and_then(|name| parents(name).nth(1));
    let is_ours = |domain: &[u8]| Some(domain) == network || domain != except && claims.has(domain);
    hostname == Some(name) || parents(name).filter(|domain| domain.contains(&b'.')).any(is_ours)
}

/// A name, and the names above it.
fn parents(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(name), |name| {
        let dot = name.iter().position(|&byte| byte == b'.')?;
        Some(&name[dot + 1..])
    })
}

fn comes_here(zone: &Zone, domain: &[u8], claims: &Claims) -> bool {
    let ours = &claims.facts.addresses;
    if !ours.is_empty() && !zone.addresses.is_empty() {
        return zone.addresses.iter().any(|address| ours.contains(address));
    }
    let is_here = |name: &Vec<u8>| name == domain || is_ours(name, domain, claims);
    !zone.exchangers.is_empty() && zone.exchangers.iter().all(is_here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_providers_is_sorted_and_free_of_public_suffixes() {
        assert!(PROVIDERS.is_sorted_by_key(|(domain, _)| (domain.len(), *domain)));
        for (domain, _) in PROVIDERS {
            assert!(suffix(domain.as_bytes()).is_none(), "{domain} is a public suffix");
        }
    }

    fn word(domain: &str) -> &'static str {
        match reason(domain.as_bytes(), &Facts::default()) {
            None => "own",
            Some(Reason::Provider(provider)) => provider,
            Some(Reason::PublicSuffix) => "public suffix",
            Some(Reason::PrivateSuffix) => "private suffix",
            Some(Reason::Documentation) => "documentation",
            Some(Reason::Reserved(_)) => "reserved",
            Some(Reason::SingleLabel) => "single label",
            Some(Reason::Common(..) | Reason::Freemail(..)) => "listed",
        }
    }

    #[test]
    fn names_that_nobody_here_can_own_are_foreign() {
        let cases = [
            ("yahoo.com", "Yahoo Mail"),
            ("mail.yahoo.com", "Yahoo Mail"),
            ("yahoo.com.", "Yahoo Mail"),
            ("co.uk", "public suffix"),
            ("com", "public suffix"),
            ("github.io", "private suffix"),
            ("printer.local", "reserved"),
            ("intranet", "single label"),
            ("shop.example.com", "documentation"),
        ];
        for (domain, expected) in cases {
            assert_eq!(word(domain), expected, "{domain}");
        }
    }

    #[test]
    fn customers_names_are_their_own() {
        for domain in [
            "notyahoo.com",
            "shop.yahoo.com.tidepool-pottery.com",
            "live.church",
            "localhost",
            "*",
            "*.x.net",
            "tidepool-pottery.com",
            "www.yahoo-fans.net",
            "someone.github.io",
        ] {
            assert_eq!(word(domain), "own", "{domain}");
        }
    }
}
