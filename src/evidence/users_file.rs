//! `/var/cpanel/users/USER`: what cPanel holds to be true of an account. `/etc/userdomains` is rebuilt from it.

use crate::source::{Source, Span};

/// The domains of one account, in the file's order.
pub struct UsersFile {
    /// Where each `DNS=` or `DNSn=` line names its domain.
    pub domains: Vec<Span>,
}

impl UsersFile {
    /// Reads the `DNS` lines.
    #[must_use]
    pub fn parse(source: &Source) -> Self {
        let domains = super::lines(source.bytes())
            .filter_map(|(span, line)| {
                let number = line.strip_prefix(b"DNS")?;
                let equals = number.iter().position(|byte| !byte.is_ascii_digit())?;
                let domain = number[equals..].strip_prefix(b"=")?.trim_ascii_end();
                let start = span.start as usize + b"DNS".len() + equals + 1;
                (!domain.is_empty()).then(|| Span::new(start, start + domain.len()))
            })
            .collect();
        Self { domains }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_lines_name_domains() {
        let source =
            Source::new(b"DNS=a.net\nDNS12=b.net \nDNSx=c\nOWNER=d.net\nXDNS1=e.net\nDNS=\nDNS2=f.net".to_vec());
        let domains: Vec<&[u8]> = UsersFile::parse(&source).domains.iter().map(|&span| source.slice(span)).collect();
        assert_eq!(domains, [b"a.net".as_slice(), b"b.net", b"f.net"]);
    }
}
