//! `/etc/nsswitch.conf` (nsswitch.conf(5)): where programs look names up, as far as it is about hosts.
//!
//! Exim asks name servers itself when it looks up where mail goes. Everything that uses the C library's `getaddrinfo` (PHP,
//! Dovecot, Exim's own `byname` lookups of a smarthost) follows the `hosts` line.

mod rules;

pub use rules::RULES;

use std::sync::Arc;

use memchr::memchr;

use crate::finding::File;
use crate::source::Span;

/// The file, as far as it is about hosts.
pub struct Nsswitch {
    /// The file.
    pub file: Arc<File>,
    /// The last `hosts` line, which is the one in force.
    pub hosts: Option<Hosts>,
}

/// A `hosts` line.
pub struct Hosts {
    /// The whole line, without what is no part of it.
    pub span: Span,
    /// The services that are asked, in their order.
    pub services: Vec<Service>,
}

/// A service of a `hosts` line.
pub struct Service {
    /// Its name.
    pub name: Span,
    /// The `[...]` behind it, if it ends the search when the service does not find the name.
    pub ends_search: Option<Span>,
}

impl Nsswitch {
    /// Reads the file.
    #[must_use]
    pub fn read(file: Arc<File>) -> Self {
        let bytes = file.source.bytes();
        let (mut at, mut hosts) = (0, None);
        while at < bytes.len() {
            let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |lf| at + lf);
            let line = &bytes[at..end];
            let line = &line[..memchr(b'#', line).unwrap_or(line.len())];
            hosts = read_hosts(line, at).or(hosts);
            at = end + 1;
        }
        Self { file, hosts }
    }

    /// The name of a service.
    #[must_use]
    pub fn name(&self, service: &Service) -> &[u8] {
        self.file.source.slice(service.name)
    }
}

/// Reads a line, if it is about hosts; it begins at `start` of the file.
fn read_hosts(line: &[u8], start: usize) -> Option<Hosts> {
    let indent = line.len() - line.trim_ascii_start().len();
    let rest = line[indent..].strip_prefix(b"hosts")?.trim_ascii_start().strip_prefix(b":")?;
    let mut services: Vec<Service> = Vec::new();
    let mut at = line.len() - rest.len();
    loop {
        at += line[at..].len() - line[at..].trim_ascii_start().len();
        let Some(&first) = line.get(at) else { break };
        if first == b'[' {
            let end = memchr(b']', &line[at..]).map_or(line.len(), |close| at + close + 1);
            if let Some(service) = services.last_mut()
                && ends_search(&line[at..end])
            {
                service.ends_search = Some(Span::new(start + at, start + end));
            }
            at = end;
        } else {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'[';
            let end = line[at..].iter().position(ends).map_or(line.len(), |len| at + len);
            services.push(Service { name: Span::new(start + at, start + end), ends_search: None });
            at = end;
        }
    }
    Some(Hosts { span: Span::new(start + indent, start + line.trim_ascii_end().len()), services })
}

/// Whether `[STATUS=action ...]` makes the search end at a service that does not find the name. `!STATUS` is every other
/// status, and case does not matter.
fn ends_search(brackets: &[u8]) -> bool {
    let inner = brackets.strip_prefix(b"[").unwrap_or(brackets);
    let inner = inner.strip_suffix(b"]").unwrap_or(inner);
    let mut ends = false;
    for item in inner.split(u8::is_ascii_whitespace) {
        let mut parts = item.split(|&byte| byte == b'=');
        let (status, action) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let applies = match status.strip_prefix(b"!") {
            Some(status) => !status.eq_ignore_ascii_case(b"NOTFOUND"),
            None => status.eq_ignore_ascii_case(b"NOTFOUND"),
        };
        if applies {
            ends = action.eq_ignore_ascii_case(b"return");
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_say_when_the_search_ends() {
        for text in ["[NOTFOUND=return]", "[!UNAVAIL=return]", "[success=continue notfound=Return]", "[!SUCCESS=return"]
        {
            assert!(ends_search(text.as_bytes()), "{text}");
        }
        for text in ["[SUCCESS=return]", "[!NOTFOUND=return]", "[NOTFOUND=continue]", "[]", "[UNAVAIL=return]"] {
            assert!(!ends_search(text.as_bytes()), "{text}");
        }
    }
}
