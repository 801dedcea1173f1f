//! A DNS zone on disk, `/var/named/DOMAIN.db` (RFC 1035, section 5), as far as it tells whose domain it is.

use memchr::memchr_iter;

/// What a zone's apex says.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The name servers, in lower case, without the final dot.
    pub servers: Vec<Vec<u8>>,
    /// The mail servers, likewise.
    pub exchangers: Vec<Vec<u8>>,
    /// The IPv4 and IPv6 addresses of the apex.
    pub addresses: Vec<Vec<u8>>,
}

impl Zone {
    /// Reads the apex's NS, MX, A and AAAA records of the zone of `domain`.
    #[must_use]
    pub fn parse(bytes: &[u8], domain: &[u8]) -> Self {
        let mut zone = Self::default();
        let mut origin = domain.to_ascii_lowercase();
        let mut owner = origin.clone();
        let mut depth = 0_usize;
        for (_, line) in super::lines(bytes) {
            let line = line.split(|&byte| byte == b';').next().unwrap_or_default();
            let starts_with_owner = depth == 0 && line.first().is_some_and(|byte| !byte.is_ascii_whitespace());
            let continues = depth > 0;
            depth += memchr_iter(b'(', line).count();
            depth = depth.saturating_sub(memchr_iter(b')', line).count());
            let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            // What stands inside parentheses belongs to an SOA or a TXT record: nothing that is asked for here.
            if continues {
                continue;
            }
            if starts_with_owner {
                match words.next() {
                    Some(b"$ORIGIN") => {
                        origin = absolute(words.next().unwrap_or_default(), &origin);
                        continue;
                    }
                    Some(word) if !word.starts_with(b"$") => owner = absolute(word, &origin),
                    _ => continue,
                }
            }
            if !owner.eq_ignore_ascii_case(domain) {
                continue;
            }
            let is_class_or_ttl = |word: &&[u8]| word[0].is_ascii_digit() || word.eq_ignore_ascii_case(b"IN");
            let mut words = words.skip_while(is_class_or_ttl);
            match (words.next().unwrap_or_default().to_ascii_uppercase().as_slice(), words.next(), words.next()) {
                (b"NS", Some(server), _) => zone.servers.push(absolute(server, &origin)),
                (b"MX", _, Some(exchanger)) => zone.exchangers.push(absolute(exchanger, &origin)),
                (b"A" | b"AAAA", Some(address), _) => zone.addresses.push(address.to_ascii_lowercase()),
                _ => {}
            }
        }
        zone
    }
}

/// A name in a zone file, made absolute, in lower case, without the final dot.
fn absolute(name: &[u8], origin: &[u8]) -> Vec<u8> {
    let name = name.to_ascii_lowercase();
    match name.as_slice() {
        b"@" => origin.to_vec(),
        [full @ .., b'.'] => full.to_vec(),
        _ => [&name, b".".as_slice(), origin].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apex_is_read_in_all_its_spellings() {
        let text = b"$TTL 14400\n@ 86400 IN SOA ns1.host.net. root.host.net. (\n 2026010101 ; serial\n 3600 )\n\
            yahoo.com. 86400 IN NS ns1.host.net.\n   IN NS ns2\nwww IN A 192.0.2.9\n@ IN MX 0 yahoo.com.\n IN A 192.0.2.1\n";
        let zone = Zone::parse(text, b"yahoo.com");
        assert_eq!(zone.servers, [b"ns1.host.net".to_vec(), b"ns2.yahoo.com".to_vec()]);
        assert_eq!(zone.exchangers, [b"yahoo.com".to_vec()]);
        assert_eq!(zone.addresses, [b"192.0.2.1".to_vec()]);
    }

    #[test]
    fn garbage_says_nothing() {
        assert_eq!(Zone::parse(b"\0\xff((((\n)\n\n;x", b"a.net"), Zone::default());
    }
}
