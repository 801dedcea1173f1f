//! Whether the server runs a resolver of its own, by the configuration files that such programs have.

/// A program that answers on the loopback address.
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// Where its configuration lies, and, where a file does not always mean that it answers, what must not stand in it.
    pub files: &'static [(&'static str, Option<Excluded>)],
}

/// Says of a configuration that the program does not answer on the loopback address all the same.
pub type Excluded = fn(&[u8]) -> bool;

/// The programs that are known. systemd-resolved is not among them: it answers on addresses of its own.
pub const PROGRAMS: &[Program] = &[
    Program { name: "unbound", files: &[("etc/unbound/unbound.conf", None)] },
    Program {
        name: "BIND",
        files: &[("etc/named.conf", Some(refuses_recursion)), ("etc/bind/named.conf.options", Some(refuses_recursion))],
    },
    Program { name: "dnsmasq", files: &[("etc/dnsmasq.conf", Some(has_no_port))] },
    Program {
        name: "PowerDNS Recursor",
        files: &[
            ("etc/pdns-recursor/recursor.conf", None),
            ("etc/pdns-recursor/recursor.yml", None),
            ("etc/powerdns/recursor.conf", None),
            ("etc/powerdns/recursor.yml", None),
        ],
    },
    Program {
        name: "Knot Resolver",
        files: &[("etc/knot-resolver/kresd.conf", None), ("etc/knot-resolver/config.yaml", None)],
    },
    Program { name: "stubby", files: &[("etc/stubby/stubby.yml", None)] },
    Program { name: "dnscrypt-proxy", files: &[("etc/dnscrypt-proxy/dnscrypt-proxy.toml", None)] },
    Program { name: "dnsdist", files: &[("etc/dnsdist/dnsdist.conf", None)] },
    Program { name: "pdnsd", files: &[("etc/pdnsd.conf", None)] },
    Program { name: "dnscache", files: &[("etc/dnscache/env/IP", None), ("service/dnscache/env/IP", None)] },
    Program { name: "Deadwood", files: &[("etc/dwood3rc", None)] },
    Program { name: "SmartDNS", files: &[("etc/smartdns/smartdns.conf", None)] },
    Program { name: "CoreDNS", files: &[("etc/coredns/Corefile", None)] },
];

/// Where systemd-resolved's configuration and its running state lie.
pub const SYSTEMD_RESOLVED: &[&str] =
    &["run/systemd/resolve/stub-resolv.conf", "etc/systemd/resolved.conf", "usr/lib/systemd/systemd-resolved"];

/// Whether a `named.conf` says `recursion no`, as a server that only publishes zones does.
fn refuses_recursion(text: &[u8]) -> bool {
    let mut words = super::lines(text)
        .map(|(_, line)| {
            let comment = [b"//".as_slice(), b"#"].iter().filter_map(|mark| memchr::memmem::find(line, mark)).min();
            &line[..comment.unwrap_or(line.len())]
        })
        .flat_map(|line| line.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'{' | b'}' | b';')))
        .filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        if word == b"recursion" {
            return words.next() == Some(b"no");
        }
    }
    false
}

/// Whether a `dnsmasq.conf` says `port=0`: then it does not answer questions about names.
fn has_no_port(text: &[u8]) -> bool {
    super::lines(text).any(|(_, line)| line.trim_ascii() == b"port=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_only_publishes_zones_is_no_resolver() {
        assert!(refuses_recursion(b"options {\n  // recursion yes;\n  recursion no;\n};"));
        assert!(!refuses_recursion(b"options { recursion yes; };"));
        assert!(!refuses_recursion(b"options { directory \"/var/named\"; };"));
        assert!(has_no_port(b"# x\nport=0\n") && !has_no_port(b"#port=0\n"));
    }
}
