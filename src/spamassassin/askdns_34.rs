//! What the plugin `AskDNS` of 3.4 makes of the pattern that an answer must fit: it compiles it without a guard, so that one
//! that Perl refuses ends the program.

use super::complaint::{Complaint, Level};
use super::reader::{Here, Reader};

/// A pattern in a subtest: its text as Perl compiles it.
pub fn pattern(subtest: &[u8]) -> Option<Vec<u8>> {
    if let Some(found) = between(subtest, b'/', b'/') {
        return Some(with_flags(found));
    }
    let rest = subtest.strip_prefix(b"m")?.trim_ascii_start();
    let pairs = [(b'(', b')'), (b'[', b']'), (b'{', b'}'), (b'<', b'>')];
    if let Some(found) = pairs.iter().find_map(|&(open, close)| between(rest, open, close)) {
        return Some(with_flags(found));
    }
    // Here the plugin takes the pattern for its flags, and the delimiter for the pattern.
    let delimiter = *rest.first()?;
    let (body, _) = between(rest, delimiter, delimiter)?;
    Some(with_flags((&[delimiter], body)))
}

/// The text between two delimiters, which is not empty, and the small letters behind them.
fn between(text: &[u8], open: u8, close: u8) -> Option<(&[u8], &[u8])> {
    let flags = text.iter().rev().take_while(|byte| byte.is_ascii_lowercase()).count();
    // A delimiter may itself be a small letter.
    let first = text.len() - flags;
    let end = text[first..].iter().rposition(|&byte| byte == close).map(|at| first + at);
    let end = end.or_else(|| first.checked_sub(1).filter(|&at| text[at] == close))?;
    (text.first() == Some(&open) && end > 1).then(|| (&text[1..end], &text[end + 1..]))
}

fn with_flags((body, flags): (&[u8], &[u8])) -> Vec<u8> {
    if flags.is_empty() { body.to_vec() } else { [b"(?", flags, b")", body].concat() }
}

impl Reader<'_> {
    /// Says so of a pattern that ends the program.
    pub fn check_unguarded_subtest(&mut self, here: &Here<'_, '_>, subtest: &[u8], pattern: &[u8]) {
        if let Err(refused) = self.pattern_of_perl_alone(here, subtest, pattern) {
            self.complain(here.at(subtest), Level::Fatal, Complaint::AskDnsPattern { error: refused.into() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_taken_for_flags_behind_other_delimiters() {
        let text = |subtest: &str| pattern(subtest.as_bytes()).map(|text| String::from_utf8_lossy(&text).into_owned());
        assert_eq!(text("/a/b/i").as_deref(), Some("(?i)a/b"));
        assert_eq!(text("m {x}").as_deref(), Some("x"));
        assert_eq!(text("m,foo,").as_deref(), Some("(?foo),"));
        assert_eq!(text("mxfoox").as_deref(), Some("(?foo)x"));
        for none in ["//", "m,,", "m", "127.0.0.2", "\"x\"", "/a/B"] {
            assert_eq!(text(none), None, "{none}");
        }
    }
}
