//! SpamAssassin's own list of freemail providers, `20_freemail_domains.cf`, as far as it names domains exactly.

use std::collections::HashMap;

use crate::source::{Source, Span};

/// The domains of `freemail_domains` lines. Entries with wildcards are left out: `live.*` would be everybody's.
pub struct Freemail {
    domains: HashMap<Vec<u8>, Span>,
}

impl Freemail {
    /// Reads the list.
    #[must_use]
    pub fn parse(source: &Source) -> Self {
        let mut domains = HashMap::new();
        for (span, line) in super::lines(source.bytes()) {
            let Some(list) = line.trim_ascii_start().strip_prefix(b"freemail_domains ") else { continue };
            let list_start = span.start as usize + line.len() - list.len();
            let mut at = list_start;
            for word in list.split(|&byte| byte == b' ' || byte == b'\t') {
                if word.starts_with(b"#") {
                    break;
                }
                if word.contains(&b'.') && !word.contains(&b'*') && !word.contains(&b'?') {
                    domains.entry(word.to_ascii_lowercase()).or_insert(Span::new(at, at + word.len()));
                }
                at += word.len() + 1;
            }
        }
        Self { domains }
    }

    /// Where the list names a domain (in lower case).
    #[must_use]
    pub fn names(&self, domain: &[u8]) -> Option<Span> {
        self.domains.get(domain).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_count_and_patterns_do_not() {
        let source = Source::new(b"freemail_domains a.net live.*  b.org # c.org\nother d.net\n".to_vec());
        let list = Freemail::parse(&source);
        assert_eq!(list.names(b"b.org").map(|span| source.slice(span)), Some(b"b.org".as_slice()));
        assert!(list.names(b"a.net").is_some());
        assert!(list.names(b"c.org").is_none() && list.names(b"d.net").is_none() && list.names(b"live.com").is_none());
    }
}
