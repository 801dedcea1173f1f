//! `commondomains`: cPanel's list of names that accounts may not claim, one a line; a name covers those below it, and a
//! line `.tld` everything in it.

use std::collections::HashMap;

use crate::source::{Source, Span};

/// The names of one such file.
pub struct CommonDomains {
    names: HashMap<Vec<u8>, Span>,
}

impl CommonDomains {
    /// Reads the list; blank lines and comments say nothing.
    #[must_use]
    pub fn parse(source: &Source) -> Self {
        let mut names = HashMap::new();
        for (span, line) in super::lines(source.bytes()) {
            let name = line.trim_ascii();
            if name.is_empty() || name.starts_with(b"#") {
                continue;
            }
            let start = span.start as usize + (line.len() - line.trim_ascii_start().len());
            let key = name.strip_prefix(b".").unwrap_or(name).to_ascii_lowercase();
            names.entry(key).or_insert(Span::new(start, start + name.len()));
        }
        Self { names }
    }

    /// Where the list names a domain (in lower case) or one above it.
    #[must_use]
    pub fn covers(&self, domain: &[u8]) -> Option<Span> {
        let mut name = domain;
        loop {
            if let Some(&span) = self.names.get(name) {
                return Some(span);
            }
            let dot = name.iter().position(|&byte| byte == b'.')?;
            name = &name[dot + 1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_covers_itself_and_what_is_below() {
        let source = Source::new(b"# list\ngoogle.com\n .gov\r\n".to_vec());
        let list = CommonDomains::parse(&source);
        let found = |domain: &str| list.covers(domain.as_bytes()).map(|span| source.slice(span));
        assert_eq!(found("google.com"), Some(b"google.com".as_slice()));
        assert_eq!(found("mail.google.com"), Some(b"google.com".as_slice()));
        assert_eq!(found("irs.gov"), Some(b".gov".as_slice()));
        assert_eq!(found("notgoogle.com"), None);
    }
}
