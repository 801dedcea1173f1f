//! Which names from a file's contents may become part of a path.
//!
//! A domain `../../x` in userdomains, or a user `a/b` in the password file, must never be opened: names taken from data
//! pass one of these grammars first.

/// Whether this can be a domain name that somebody's mail uses: labels of letters, digits, hyphens and underscores, at
/// most 63 long, at most 253 in all, at least one dot (RFC 1035, section 2.3.4; underscores as cPanel allows them).
/// Case does not matter; a final dot does.
#[must_use]
pub fn is_domain_name(name: &[u8]) -> bool {
    name.len() <= 253 && name.contains(&b'.') && name.split(|&byte| byte == b'.').all(is_label)
}

fn is_label(label: &[u8]) -> bool {
    (1..=63).contains(&label.len())
        && label.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Whether this can be the name of a user: what useradd(8) admits, and the dots and capitals that some servers have.
#[must_use]
pub fn is_user_name(name: &[u8]) -> bool {
    let [first, rest @ ..] = name else { return false };
    name.len() <= 32
        && (first.is_ascii_alphanumeric() || *first == b'_')
        && rest.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_no_names() {
        for name in ["../x.com", "a/b.com", "..", "a..com", ".com", "x.com.", "x", "", "a b.com", "x.com\0"] {
            assert!(!is_domain_name(name.as_bytes()), "{name}");
        }
        for name in ["..", "", "-x", "a/b", "a b", "a:b", "\0", ".ssh"] {
            assert!(!is_user_name(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_are_names() {
        for name in ["x.com", "XN--BCHER-KVA.example", "_dmarc.x.com", "1.2.3"] {
            assert!(is_domain_name(name.as_bytes()), "{name}");
        }
        for name in ["alice", "www-data", "a.b", "Bob", "_x", "1and1"] {
            assert!(is_user_name(name.as_bytes()), "{name}");
        }
    }
}
