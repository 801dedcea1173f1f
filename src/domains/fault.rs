//! What keeps a key from being a domain.

use std::ops::Range;

use crate::text;
use crate::text::Text;

/// Why no lookup of a domain ever finds a key.
pub struct Fault {
    /// The bytes of the key that are wrong.
    pub bytes: Range<usize>,
    /// What is wrong with them.
    pub message: Text,
    /// What to do.
    pub help: Text,
}

/// The first fault of a key (without a byte order mark). The key of an address of a page ends at its colon, so that `http`
/// is one, too; a name of a single label is none here.
pub fn fault(key: &[u8]) -> Option<Fault> {
    let fault = |bytes: Range<usize>, what: &'static str, help: Text| {
        Some(Fault { bytes, message: text!("`{}` {}, so no lookup ever finds it", key, what), help })
    };
    if key.is_empty() {
        let message = text!("this line has no domain before the colon");
        return Some(Fault { bytes: 0..0, message, help: text!("write `domain: user`, or delete the line") });
    }
    if key == b"http" || key == b"https" {
        let message = text!("the key is `{}`: it ends at the first colon", key);
        return Some(Fault {
            bytes: 0..key.len(),
            message,
            help: text!("write the domain alone, without `{}://`", key),
        });
    }
    if let Some(at) = key.iter().position(|byte| !is_of_domains(*byte)) {
        let len = key[at..].iter().take_while(|byte| !is_of_domains(**byte)).count();
        let wrong = at..at + len;
        return match &key[wrong.clone()] {
            b"@" => fault(wrong, "is an address, not a domain", text!("write the domain alone")),
            b"=" => fault(wrong, "has a `=` in it", text!("a key ends at a colon or a blank: write `domain: user`")),
            b"/" | b"//" => fault(wrong, "has a path in it", text!("write the domain alone")),
            bytes if bytes.is_ascii() => {
                let message = text!("`{}` has `{}` in it, so no lookup ever finds it", key, bytes);
                let help = text!("a domain has only letters, digits, hyphens and dots");
                Some(Fault { bytes: wrong, message, help })
            }
            _ => fault(wrong, "is not in ASCII", text!("write an internationalised name in its `xn--` form")),
        };
    }
    length_fault(key, fault)
}

fn is_of_domains(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// What is wrong with the lengths of a key and its labels (RFC 1035, section 2.3.4).
fn length_fault(key: &[u8], fault: impl Fn(Range<usize>, &'static str, Text) -> Option<Fault>) -> Option<Fault> {
    const IMPOSSIBLE: &str = "no such domain can exist: delete the line";
    let last = key.len() - 1;
    if key[last] == b'.' && last > 0 && key[last - 1] != b'.' {
        return fault(last..key.len(), "ends with a dot", text!("remove the dot: Exim looks domains up without it"));
    }
    let mut at = 0;
    for label in key.split(|&byte| byte == b'.') {
        if label.is_empty() {
            let dot = at.min(last);
            return fault(dot..dot + 1, "has a dot too many", text!("remove the dot that is too many"));
        }
        if label.len() > 63 {
            let help = text!("{}", IMPOSSIBLE);
            return fault(at..at + label.len(), "has a label of more than 63 characters", help);
        }
        at += label.len() + 1;
    }
    if key.len() <= 253 {
        return None;
    }
    fault(0..key.len(), "is longer than 253 characters", text!("{}", IMPOSSIBLE))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn the_bytes_that_are_wrong_are_found() {
        let long = "x".repeat(64) + ".net";
        let cases = [
            ("a.net.", Some(5..6)),
            ("a..net", Some(2..3)),
            (".a.net", Some(0..1)),
            (".", Some(0..1)),
            ("a.net..", Some(6..7)),
            ("a b.net", Some(1..2)),
            ("u@a.net", Some(1..2)),
            ("b\u{fc}.net", Some(1..3)),
            ("http", Some(0..4)),
            ("", Some(0..0)),
            (long.as_str(), Some(0..64)),
            ("a.net", None),
            ("localhost", None),
            ("_dmarc.A-1.net", None),
        ];
        for (key, expected) in cases {
            assert_eq!(fault(key.as_bytes()).map(|fault| fault.bytes), expected, "{key}");
        }
    }
}
