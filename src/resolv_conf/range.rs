//! What is known of an address by itself: that nobody can answer there, or who does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is this host itself. `0.0.0.0` and `::` are: the kernel connects them to the loopback address.
#[must_use]
pub fn is_loopback(address: &IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

/// Docker's own resolver, in every container.
pub const DOCKER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));
/// The addresses of systemd-resolved (systemd-resolved.service(8)).
pub const SYSTEMD_RESOLVED: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53)), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 54))];

/// Link-local addresses at which clouds and clusters do answer: Amazon's and Google's, and Kubernetes' local caches.
const LINK_LOCAL_RESOLVERS: &[[u8; 4]] =
    &[[169, 254, 169, 253], [169, 254, 169, 254], [169, 254, 20, 10], [169, 254, 25, 10]];

/// Why no name server can answer at an address (RFC 6890 and the registries that it founded); nothing when one can.
#[must_use]
pub fn reserved(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => reserved4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(inner) => reserved4(inner),
            None => reserved6(address),
        },
    }
}

fn reserved4(address: Ipv4Addr) -> Option<&'static str> {
    if LINK_LOCAL_RESOLVERS.contains(&address.octets()) || address.is_unspecified() {
        return None;
    }
    match address.octets() {
        [0, ..] => Some("is in 0.0.0.0/8, where there are no hosts (RFC 1122)"),
        [169, 254, ..] => Some("is a link-local address, where no name server is known to answer (RFC 3927)"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Some("is reserved for examples in documentation (RFC 5737)")
        }
        [198, 18 | 19, ..] => Some("is reserved for benchmarks (RFC 2544)"),
        [255, 255, 255, 255] => Some("is the broadcast address"),
        [224..=239, ..] => Some("is a multicast address"),
        [240..=255, ..] => Some("is in 240.0.0.0/4, which is reserved (RFC 1112)"),
        _ => None,
    }
}

fn reserved6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some("is reserved for examples in documentation (RFC 3849)"),
        [0xfec0..=0xfeff, ..] => Some("is a site-local address, which are no longer in use (RFC 3879)"),
        [0xff00..=0xffff, ..] => Some("is a multicast address"),
        [0x100, 0, 0, 0, ..] => Some("is in the prefix for discarded packets (RFC 6666)"),
        _ => None,
    }
}

/// The public resolvers, by name, with their addresses. Blocklists do not answer them.
const PUBLIC: &[(&str, &[&str])] = &[
    ("Google", &["8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"]),
    (
        "Cloudflare",
        &[
            "1.1.1.1",
            "1.0.0.1",
            "1.1.1.2",
            "1.0.0.2",
            "1.1.1.3",
            "1.0.0.3",
            "2606:4700:4700::1111",
            "2606:4700:4700::1001",
            "2606:4700:4700::1112",
            "2606:4700:4700::1002",
            "2606:4700:4700::1113",
            "2606:4700:4700::1003",
        ],
    ),
    (
        "Quad9",
        &[
            "9.9.9.9",
            "9.9.9.10",
            "9.9.9.11",
            "9.9.9.12",
            "149.112.112.112",
            "149.112.112.9",
            "149.112.112.10",
            "149.112.112.11",
            "149.112.112.12",
            "2620:fe::fe",
            "2620:fe::9",
            "2620:fe::10",
            "2620:fe::fe:10",
            "2620:fe::11",
            "2620:fe::fe:11",
        ],
    ),
    (
        "OpenDNS",
        &[
            "208.67.222.222",
            "208.67.220.220",
            "208.67.222.220",
            "208.67.220.222",
            "208.67.222.123",
            "208.67.220.123",
            "2620:119:35::35",
            "2620:119:53::53",
        ],
    ),
    ("Level 3", &["4.2.2.1", "4.2.2.2", "4.2.2.3", "4.2.2.4", "4.2.2.5", "4.2.2.6", "209.244.0.3", "209.244.0.4"]),
    ("Verisign", &["64.6.64.6", "64.6.65.6", "2620:74:1b::1:1", "2620:74:1c::2:2"]),
    ("Yandex", &["77.88.8.8", "77.88.8.1", "77.88.8.88", "77.88.8.2", "2a02:6b8::feed:ff", "2a02:6b8:0:1::feed:ff"]),
    (
        "AdGuard",
        &["94.140.14.14", "94.140.15.15", "94.140.14.140", "94.140.14.141", "2a10:50c0::ad1:ff", "2a10:50c0::ad2:ff"],
    ),
    ("CleanBrowsing", &["185.228.168.9", "185.228.169.9", "185.228.168.10", "185.228.168.168", "2a0d:2a00:1::2"]),
    ("Comodo", &["8.26.56.26", "8.20.247.20"]),
];

/// Whose public resolver an address is.
#[must_use]
pub fn public_resolver(address: &IpAddr) -> Option<&'static str> {
    PUBLIC
        .iter()
        .find(|(_, addresses)| addresses.iter().any(|known| known.parse() == Ok(*address)))
        .map(|&(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_public_resolver_is_an_address() {
        for (name, addresses) in PUBLIC {
            for address in *addresses {
                assert!(
                    address.parse::<IpAddr>().is_ok_and(|known| public_resolver(&known) == Some(name)),
                    "{address}"
                );
            }
        }
    }

    #[test]
    fn private_and_cloud_addresses_are_legal() {
        for address in ["10.0.0.1", "192.168.1.1", "172.16.0.1", "100.100.100.100", "169.254.169.253", "fd00::1"] {
            assert!(address.parse().is_ok_and(|address| reserved(address).is_none()), "{address}");
        }
        for address in ["224.0.0.1", "2001:db8::1", "fec0::1", "0.0.0.8", "::ffff:203.0.113.1"] {
            assert!(address.parse().is_ok_and(|address| reserved(address).is_some()), "{address}");
        }
    }
}
