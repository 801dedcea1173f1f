//! Who on the server asks DNS blocklists: Exim's own configuration, what cPanel makes it from, and SpamAssassin's.

use crate::source::{Source, Span};

/// A place that makes Exim ask a blocklist.
pub struct Asked {
    /// The place.
    pub span: Span,
    /// Whether any answer at all is taken for a listing, also the answer "you may not ask".
    pub takes_any_answer: bool,
}

/// The blocklists that answer "you may not ask" to public resolvers, instead of answering nothing.
const REFUSING: &[&[u8]] = &[b"spamhaus.org", b"uribl.com", b"surbl.org"];

/// The `dnslists` conditions of an Exim configuration that ask such a list (Exim specification, chapter 44.20). Zones that
/// are asked with a customer's key do not refuse.
#[must_use]
pub fn in_exim_conf(source: &Source) -> Vec<Asked> {
    let mut asked = Vec::new();
    for (span, line) in super::lines(source.bytes()) {
        if line.trim_ascii_start().starts_with(b"#") {
            continue;
        }
        let Some(at) = memchr::memmem::find(line, b"dnslists") else { continue };
        let value = line[at + b"dnslists".len()..].trim_ascii_start();
        let Some(value) = value.strip_prefix(b"=") else { continue };
        let mut start = span.start as usize + (line.len() - value.len());
        for item in value.split(|&byte| byte == b':') {
            let name = item.trim_ascii();
            let zone = name.split(|byte| matches!(byte, b'=' | b'&' | b'!' | b'/' | b';')).next().unwrap_or_default();
            let is_refusing = REFUSING.iter().any(|list| zone.trim_ascii().ends_with(list));
            if is_refusing && memchr::memmem::find(zone, b".dq.").is_none() {
                let start = start + (item.len() - item.trim_ascii_start().len());
                let takes_any_answer = !name.iter().any(|byte| matches!(byte, b'=' | b'&'));
                asked.push(Asked { span: Span::new(start, start + name.len()), takes_any_answer });
            }
            start += item.len() + 1;
        }
    }
    asked
}

/// The lines of `exim.conf.localopts` by which cPanel makes Exim reject what Spamhaus lists.
#[must_use]
pub fn in_localopts(source: &Source) -> Vec<Asked> {
    let is_on = |line: &[u8]| line.trim_ascii() == b"acl_spamhaus_rbl=1";
    let on = super::lines(source.bytes()).filter(|(_, line)| is_on(line));
    // cPanel writes `dnslists = zen.spamhaus.org`, without saying which answers count.
    on.map(|(span, _)| Asked { span, takes_any_answer: true }).collect()
}

/// Whether a SpamAssassin configuration leaves its DNS tests to the server's resolver: they are on unless it says
/// otherwise (`Mail::SpamAssassin::Conf`), and `dns_server` names another resolver.
#[must_use]
pub fn in_local_cf(source: &Source) -> bool {
    let (mut asks, mut has_key) = (true, false);
    for (_, line) in super::lines(source.bytes()) {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        match (words.next(), words.next()) {
            (Some(b"skip_rbl_checks"), Some(b"1" | b"yes"))
            | (Some(b"dns_available"), Some(b"no"))
            | (Some(b"dns_server"), Some(_)) => asks = false,
            (Some(first), _) if !first.starts_with(b"#") => {
                has_key |= memchr::memmem::find(line, b".dq.spamhaus.net").is_some();
            }
            _ => {}
        }
    }
    asks && !has_key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_refuse_are_found_with_how_exim_takes_their_answer() {
        let text = b"deny dnslists = zen.spamhaus.org : bl.spamcop.net\n# dnslists = zen.spamhaus.org\n\
                     dnslists = sbl.spamhaus.org=127.0.0.2:key.zen.dq.spamhaus.net\n";
        let source = Source::new(text.to_vec());
        let found = in_exim_conf(&source);
        let shown: Vec<_> = found.iter().map(|asked| (source.slice(asked.span), asked.takes_any_answer)).collect();
        let expected: [(&[u8], bool); 2] = [(b"zen.spamhaus.org", true), (b"sbl.spamhaus.org=127.0.0.2", false)];
        assert_eq!(shown, expected);
    }

    #[test]
    fn spamassassin_asks_unless_it_is_told_not_to() {
        let asks = |text: &str| in_local_cf(&Source::new(text.into()));
        assert!(asks("required_score 5\n# dns_server 10.0.0.1\n"));
        assert!(!asks("skip_rbl_checks 1\n") && !asks("dns_available no\n") && !asks(" dns_server 127.0.0.1\n"));
        assert!(!asks("header X eval:check_rbl('x', 'abc.zen.dq.spamhaus.net.')\n"));
    }
}
