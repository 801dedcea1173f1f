//! One mail address, as Exim takes it from a text (parse.c: `parse_extract_address`): bare, or behind a phrase in `<>`.

/// What Exim makes of a text in which one address shall stand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It takes this address from it: comments, phrases and routes are left out.
    Address(Vec<u8>),
    /// It takes none, and says why.
    Malformed(Vec<u8>),
    /// Options of Exim's main configuration decide: domain literals, letters beyond ASCII in domains, dots at their end,
    /// angle brackets in angle brackets.
    DependsOnOptions,
}

/// Whether Exim takes an address from some part of a list, between commas; nothing where options decide.
pub fn has_address(list: &[u8]) -> Option<bool> {
    let (mut rest, mut is_open) = (list.trim_ascii_start(), false);
    while !rest.is_empty() {
        let len = address_len(rest);
        match taken(&rest[..len]) {
            Taken::Address(_) => return Some(true),
            Taken::DependsOnOptions => is_open = true,
            Taken::Malformed(_) => (),
        }
        rest = rest.get(len + 1..).unwrap_or_default();
        rest = &rest[rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count()..];
    }
    if is_open { None } else { Some(false) }
}

/// How far the first address of a list reaches (parse.c: `parse_find_address_end`): up to a comma that stands neither in
/// quotes, nor in a comment, nor in `<>`, nor in a route.
fn address_len(list: &[u8]) -> usize {
    let mut is_route = list.first() == Some(&b'@');
    let mut inside = i32::from(is_route);
    let mut at = 0;
    while let Some(&byte) = list.get(at) {
        match byte {
            b',' if inside <= 0 => break,
            b'\\' if at + 1 < list.len() => at += 1,
            b'"' => at = quoted_end(list, at),
            b'(' => at = comment_end(list, at),
            b'<' => {
                is_route = list.get(at + 1) == Some(&b'@');
                inside = if is_route { 2 } else { 1 };
            }
            b'>' => inside -= 1,
            b':' if is_route => inside -= 1,
            _ => (),
        }
        at += 1;
    }
    at.min(list.len())
}

/// The quote that closes a quoted string, or the end of the list.
fn quoted_end(list: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = list.get(at).filter(|&&byte| byte != b'"') {
        at += if byte == b'\\' && at + 1 < list.len() { 2 } else { 1 };
    }
    at
}

/// The parenthesis that closes a comment, or the end of the list.
fn comment_end(list: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start + 1, 1);
    while let Some(&byte) = list.get(at) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => break,
            b')' => depth -= 1,
            b'\\' if at + 1 < list.len() => at += 1,
            _ => (),
        }
        at += 1;
    }
    at
}

/// Why reading stops.
enum Stop {
    Malformed(Vec<u8>),
    DependsOnOptions,
}

impl From<&str> for Stop {
    fn from(words: &str) -> Self {
        Self::Malformed(words.into())
    }
}

/// More bytes than this from the start of an address to its end Exim calls ridiculous (`EXIM_EMAILADDR_MAX`).
const MAX: usize = 256;

/// Takes the address from a text.
pub fn taken(text: &[u8]) -> Taken {
    let mut reader = Reader { text, at: 0, last_comment: 0 };
    match reader.mailbox() {
        Ok(address) => Taken::Address(address),
        Err(Stop::Malformed(words)) => Taken::Malformed(words),
        Err(Stop::DependsOnOptions) => Taken::DependsOnOptions,
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// Where white space and comments were last looked for: there a part ends whose comment shall not count.
    last_comment: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn next_is(&self, byte: u8) -> bool {
        self.text.get(self.at) == Some(&byte)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Whether the byte at the place belongs to an atom.
    fn is_atom(&self) -> bool {
        self.text.get(self.at).is_some_and(|&byte| byte >= b' ' && !b" ()<>@,;:\\\".[]\x7f".contains(&byte))
    }

    /// Goes over white space and comments, which nest.
    fn comments(&mut self) {
        self.last_comment = self.at;
        loop {
            while self.text.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\t'..=b'\r')) {
                self.at += 1;
            }
            if !self.next_is(b'(') {
                return;
            }
            let mut depth = 1;
            self.at += 1;
            while depth > 0 && !self.is_at_end() {
                match self.peek() {
                    b'(' => depth += 1,
                    b')' => depth -= 1,
                    b'\\' if self.at + 1 < self.text.len() => self.at += 1,
                    _ => (),
                }
                self.at += 1;
            }
            if self.is_at_end() {
                return;
            }
        }
    }

    fn keep(&mut self, kept: &mut Vec<u8>) {
        if let Some(&byte) = self.text.get(self.at) {
            kept.push(byte);
            self.at += 1;
        }
    }

    /// Words between dots: atoms, in which a backslash quotes, and quoted strings. `may_be_empty` says whether no word at
    /// all is fine.
    fn local_part(&mut self, may_be_empty: bool) -> Result<Vec<u8>, Stop> {
        let mut kept = Vec::new();
        loop {
            let before = kept.len();
            self.comments();
            if self.next_is(b'"') {
                self.keep(&mut kept);
                while !self.is_at_end() && !self.next_is(b'"') {
                    if self.next_is(b'\\') && self.at + 1 < self.text.len() {
                        self.keep(&mut kept);
                    }
                    self.keep(&mut kept);
                }
                if self.is_at_end() {
                    return Err("unmatched doublequote in local part".into());
                }
                self.keep(&mut kept);
            } else {
                while self.is_atom() || self.next_is(b'\\') {
                    let quotes = self.next_is(b'\\');
                    self.keep(&mut kept);
                    if quotes {
                        self.keep(&mut kept);
                    }
                }
            }
            self.comments();
            if kept.len() == before && !self.next_is(b'.') {
                return if kept.is_empty() && !may_be_empty {
                    Err("missing or malformed local part".into())
                } else {
                    Ok(kept)
                };
            }
            if !self.next_is(b'.') {
                return Ok(kept);
            }
            while self.next_is(b'.') {
                self.keep(&mut kept);
            }
        }
    }

    /// A domain; only where an address stands without `<>` may it be a literal whatever the options.
    fn domain(&mut self, kept: &mut Vec<u8>, is_bare: bool) -> Result<(), Stop> {
        let start = kept.len();
        self.comments();
        if self.next_is(b'[') {
            if !is_bare {
                return Err(Stop::DependsOnOptions);
            }
            self.keep(kept);
            let is_literal = |byte: u8| matches!(byte, 33..=90 | 94..=126);
            while self.text.get(self.at).is_some_and(|&byte| is_literal(byte)) {
                self.keep(kept);
            }
            if !self.next_is(b']') {
                return Err("malformed domain literal".into());
            }
            self.keep(kept);
            self.comments();
            return Ok(());
        }
        loop {
            let before = kept.len();
            if !self.next_is(b'-') {
                while self.text.get(self.at).is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                    self.keep(kept);
                }
            }
            if self.peek() >= 0xc0 {
                return Err(Stop::DependsOnOptions);
            }
            self.comments();
            if kept.len() == before {
                let has_dot_at_end = before > start;
                return Err(if has_dot_at_end && !self.next_is(b'.') {
                    Stop::DependsOnOptions
                } else {
                    "domain missing or malformed".into()
                });
            }
            if !self.next_is(b'.') {
                return Ok(());
            }
            self.keep(kept);
            self.comments();
        }
    }

    /// Domains, each behind an `@`, with commas between and a colon at the end: Exim reads and forgets them.
    fn route(&mut self) -> Result<(), Stop> {
        let mut has_comma = false;
        while self.next_is(b'@') {
            self.at += 1;
            self.domain(&mut Vec::new(), false)?;
            if !self.next_is(b',') {
                break;
            }
            self.at += 1;
            has_comma = true;
            self.comments();
        }
        if !self.next_is(b':') {
            return Err(if has_comma { "colon expected after route list" } else { "no local part" }.into());
        }
        self.at += 1;
        self.comments();
        Ok(())
    }

    /// A local part, and behind an `@` a domain, up to a `>` or the end. With whether there is a domain.
    fn specification(&mut self, end: Option<u8>) -> Result<(Vec<u8>, bool), Stop> {
        let mut address = self.local_part(false)?;
        if self.text.get(self.at).copied() == end {
            return Ok((address, false));
        }
        if !self.next_is(b'@') {
            return Err(Stop::Malformed([b"\"@\" or \".\" expected after \"", &*address, b"\""].concat()));
        }
        self.keep(&mut address);
        self.domain(&mut address, false)?;
        Ok((address, true))
    }

    fn mailbox(&mut self) -> Result<Vec<u8>, Stop> {
        self.comments();
        let mut start = self.at;
        let mut address = self.local_part(true)?;
        if !self.next_is(b'@') && !self.next_is(b'<') {
            if self.is_at_end() || self.next_is(b';') {
                if address.is_empty() {
                    return Err("empty address".into());
                }
                return self.end(address, start, self.last_comment);
            }
            while !self.next_is(b'<') {
                self.local_part(false).map_err(|stop| match stop {
                    Stop::Malformed(words) => Stop::Malformed([&words, &b" (expected word or \"<\")"[..]].concat()),
                    Stop::DependsOnOptions => stop,
                })?;
            }
        }
        if self.next_is(b'<') {
            self.at += 1;
            if self.next_is(b'<') {
                return Err(Stop::DependsOnOptions);
            }
            start = self.at;
            self.comments();
            let has_route = self.next_is(b'@');
            if has_route {
                self.route()?;
            }
            let (address, has_domain) = self.specification(Some(b'>'))?;
            if has_route && !has_domain {
                return Err("domain missing in source-routed address".into());
            }
            let end = self.at;
            if self.is_at_end() {
                return Err("'>' missing at end of address".into());
            }
            if !self.next_is(b'>') {
                return Err(self.trailing());
            }
            self.at += 1;
            self.comments();
            return self.end(address, start, end);
        }
        if address.is_empty() {
            self.route()?;
            let (address, has_domain) = self.specification(None)?;
            if !has_domain {
                return Err("domain missing in source-routed address".into());
            }
            return self.end(address, start, self.last_comment);
        }
        self.keep(&mut address);
        self.domain(&mut address, true)?;
        self.end(address, start, self.last_comment)
    }

    /// Something stands where the text must end.
    fn trailing(&self) -> Stop {
        let (before, behind) = self.text.split_at(self.at);
        let behind = &behind[..behind.len().min(32)];
        Stop::Malformed([b"malformed address: ", behind, b" may not follow ", before].concat())
    }

    fn end(&self, address: Vec<u8>, start: usize, end: usize) -> Result<Vec<u8>, Stop> {
        if !self.is_at_end() {
            return Err(self.trailing());
        }
        let end =
            self.text[..end].iter().rposition(|byte| !matches!(byte, b' ' | b'\t'..=b'\r')).map_or(0, |at| at + 1);
        if end.saturating_sub(start) > MAX {
            let shown = &address[..address.len().min(64)];
            return Err(Stop::Malformed([b"address is ridiculously long: ", shown, b"..."].concat()));
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match taken(text.as_bytes()) {
            Taken::Address(address) => String::from_utf8_lossy(&address).into_owned(),
            Taken::Malformed(words) => format!("! {}", String::from_utf8_lossy(&words)),
            Taken::DependsOnOptions => "?".to_owned(),
        }
    }

    #[test]
    fn addresses_are_taken_as_exim_takes_them() {
        for (text, address) in [
            ("joe", "joe"),
            (" joe@example.com (work) ", "joe@example.com"),
            ("Joe M. Doe <joe@example.com>", "joe@example.com"),
            ("\"joe smith\"@example.com", "\"joe smith\"@example.com"),
            ("@a,@b:joe@c", "joe@c"),
            ("<@a:joe@c>", "joe@c"),
            ("joe@[1.2.3.4]", "joe@[1.2.3.4]"),
            ("<joe@[1.2.3.4]>", "?"),
            ("joe@a.", "?"),
            ("a..b@c", "a..b@c"),
        ] {
            assert_eq!(said(text), address, "{text}");
        }
        for (text, words) in [
            ("", "empty address"),
            ("a@b,d@e", "malformed address: ,d@e may not follow a@b"),
            ("joe smith", "missing or malformed local part (expected word or \"<\")"),
            ("@example.com", "no local part"),
            ("joe@", "domain missing or malformed"),
            ("joe@-a", "domain missing or malformed"),
            ("<joe@a", "'>' missing at end of address"),
            ("<joe x>", "\"@\" or \".\" expected after \"joe\""),
            ("\"joe", "unmatched doublequote in local part"),
        ] {
            assert_eq!(said(text), format!("! {words}"), "{text}");
        }
    }
    #[test]
    fn one_address_of_a_list_is_enough() {
        for (list, has) in [
            ("joe smith", Some(false)),
            ("", Some(false)),
            (" , ,", Some(false)),
            ("joe smith, joe@x", Some(true)),
            ("\"a, b\" <joe@x>", Some(true)),
            ("(a, b) joe smith, (c", Some(false)),
            ("joe@x.", None),
            ("@a,@b:joe@c", Some(true)),
        ] {
            assert_eq!(has_address(list.as_bytes()), has, "{list}");
        }
    }
}
