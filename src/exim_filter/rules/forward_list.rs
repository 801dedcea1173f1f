//! A list of addresses as Exim reads it (`parse_forward_list`), as far as it takes to see that it was meant to be a
//! filter.

use memchr::{memchr, memmem};

use crate::exim_filter::Word;
use crate::source::Span;

/// What Exim makes of an entry, where that is certain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It takes it for an address.
    Address,
    /// It takes its first word for a name before an address in `<>`, finds none, and refuses the list.
    Refused,
    /// Something else.
    Unknown,
}

/// Whether a place is inside of a quoted string, in which a backslash takes the meaning of the byte behind it.
#[derive(Default)]
struct Quotes {
    is_open: bool,
    is_escaped: bool,
}

impl Quotes {
    fn pass(&mut self, byte: u8) {
        if self.is_escaped {
            self.is_escaped = false;
        } else if byte == b'"' {
            self.is_open = !self.is_open;
        } else {
            self.is_escaped = self.is_open && byte == b'\\';
        }
    }
}

/// The entries of a list, without the blanks around them: what stands between commas and ends of lines. A quoted comma
/// separates nothing, but a quote does not reach over the end of its line.
pub(super) fn entries(text: &[u8]) -> impl Iterator<Item = Span> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at = end_of_comments(text, at);
        let start = at;
        let mut quotes = Quotes::default();
        while let Some(&byte) = text.get(at).filter(|&&byte| byte != b'\n' && (quotes.is_open || byte != b',')) {
            quotes.pass(byte);
            at += 1;
        }
        let entry = text[start..at].trim_ascii_end();
        (!entry.is_empty()).then(|| Span::new(start, start + entry.len()))
    })
}

/// Where the first entry behind an offset begins.
fn end_of_comments(text: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = text.get(at) {
        match byte {
            b'#' => at += memchr(b'\n', &text[at..]).unwrap_or(text.len() - at),
            b',' | b'\x0b' => at += 1,
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => break,
        }
    }
    at
}

/// The comments before the first entry.
pub(super) fn leading_comments(text: &[u8]) -> impl Iterator<Item = Span> {
    let end = end_of_comments(text, 0);
    let mut start = 0;
    text[..end].split_inclusive(|&byte| byte == b'\n').filter_map(move |line| {
        let blanks = line.len() - line.trim_ascii_start().len();
        let span = Span::new(start + blanks, start + blanks.max(line.trim_ascii_end().len()));
        start += line.len();
        (line.get(blanks) == Some(&b'#')).then_some(span)
    })
}

/// What Exim makes of an entry. It is certain only for the plainest: comments in parentheses, backslashes, routes and
/// the like are left alone.
pub(super) fn taken(entry: &[u8]) -> Taken {
    let entry = entry.strip_prefix(BYTE_ORDER_MARK).unwrap_or(entry);
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\".[]".contains(&byte);
    let first = entry.iter().position(|&byte| !is_plain(byte)).unwrap_or(entry.len());
    let is_name =
        |name: &[u8]| !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-+".contains(byte));
    if entry.split(|&byte| byte == b'@').count() < 3 && entry.split(|&byte| b"@.".contains(&byte)).all(is_name) {
        return Taken::Address;
    }
    if first == 0 || entry.len() > 1000 || matches!(entry[0], b'/' | b'|') {
        return Taken::Unknown;
    }
    let rest = entry[first..].strip_prefix(b":").unwrap_or(&entry[first..]);
    let mut quotes = Quotes::default();
    let is_plain = |&byte: &u8| {
        let is_special = !quotes.is_open && b"()<>,;\\[]".contains(&byte);
        quotes.pass(byte);
        (byte >= b' ' || byte == b'\t') && byte != 0x7f && !is_special
    };
    let is_certain = matches!(rest.first(), Some(b' ' | b'\t'))
        && rest.trim_ascii_start().first().is_some_and(|byte| !b".@".contains(byte))
        && entry.iter().all(is_plain)
        && !quotes.is_open;
    if is_certain { Taken::Refused } else { Taken::Unknown }
}

/// Whether an entry is a filter command, and cannot have been meant as an address.
pub(super) fn is_command(entry: &[u8]) -> bool {
    let word = entry.iter().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(entry.len());
    let (Some(command), rest) = (Word::of(&entry[..word]), &entry[word..]) else { return false };
    let is_glued = rest.first().is_some_and(|&byte| !byte.is_ascii_whitespace());
    match rest.trim_ascii_start().first() {
        // A name before an address in `<>`.
        None | Some(b'.' | b'@' | b'<') => false,
        Some(_) if rest.ends_with(b">") => false,
        // A comment behind an address, unless it is a condition.
        Some(b'(') => {
            matches!(command, Word::If | Word::Elif)
                && (rest.ends_with(b" then") || memmem::find(rest, b" then ").is_some())
        }
        Some(b'"') => true,
        Some(_) => !is_glued,
    }
}

/// What editors on Windows begin a file with.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_end_at_commas_and_lines() {
        let text = b"\n# a, b\n joe, \"a, b\" <a@b>,\r\n |\"x y\"\n\"open, \n,c".as_slice();
        let found: Vec<&[u8]> = entries(text).map(|span| &text[span.range()]).collect();
        let expected: [&[u8]; 5] = [b"joe", b"\"a, b\" <a@b>", b"|\"x y\"", b"\"open,", b"c"];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_can_be_an_address_is_no_command() {
        for entry in [
            "joe",
            "if",
            "finish",
            "save",
            "save@example.com",
            "mail admin <root@example.com>",
            "mail (to root)",
            "if (x)",
            "save .x",
            "/dev/null",
            "|/bin/cat",
            "\"|/bin/cat -x\"",
            ":include:/etc/list",
            "postmaster: root",
            "if: x",
            "add.one@example.com",
            "vacation",
            "\"if x\"@example.com",
            "pipe-user",
            "",
            "mail \"x y\" <a@b>",
        ] {
            assert!(!is_command(entry.as_bytes()), "{entry}");
        }
        for entry in [
            "if error_message then",
            "if ($h_to: is \"x\") then",
            "if($h_to: is x) then finish",
            "save\"/x\"",
            "unseen finish",
            "pipe /bin/x",
        ] {
            assert!(is_command(entry.as_bytes()), "{entry}");
        }
    }
}
