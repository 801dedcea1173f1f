//! `\pL`, `\p{Letter}`: the names of properties (`parse_uniprop_string`).

use std::collections::HashSet;
use std::sync::LazyLock;

use super::complaint::Stop;
use super::parser::Parser;

/// The names without a value that Perl 5.36 knows (Unicode 14), in the form in which it compares them: lower case,
/// without blanks, hyphens and underscores, and without a leading `is`.
static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("properties.txt").lines().collect());

/// Up to this length the list holds every name made of letters, so that others are certainly unknown.
const COMPLETE: usize = 4;

impl Parser<'_> {
    /// Reads the name of a property, behind its letter; `start` is the backslash.
    pub fn property(&mut self, start: usize, letter: u8) -> Result<(), Stop> {
        let shown = char::from(letter);
        if self.is_end() {
            return self.cut_error(format!("Empty \\{shown}"), start, self.at);
        }
        if self.here() != b'{' {
            let byte = self.here();
            if !byte.is_ascii_alphabetic() {
                let message =
                    format!("Character following \\{shown} must be '{{' or a single-character Unicode property name");
                return self.cut_error(message, start, self.at + 1);
            }
            self.at += 1;
            return self.judge_property(start, self.at - 1, self.at, self.at);
        }
        let Some(brace) = self.find(b'}', self.at) else {
            return self.cut_error(format!("Missing right brace on \\{shown}{{}}"), start, self.at + 1);
        };
        let is_space = |byte: u8| matches!(byte, b'\t'..=b'\r' | b' ');
        let mut name = self.at + 1;
        let skip = |mut at: usize| {
            while is_space(self.byte(at)) {
                at += 1;
            }
            at
        };
        name = skip(name);
        if self.byte(name) == b'^' {
            name = skip(name + 1);
        }
        if name == brace {
            return self.cut_error(format!("Empty \\{shown}{{}}"), start, brace);
        }
        let mut end = brace;
        while is_space(self.byte(end - 1)) {
            end -= 1;
        }
        self.at = brace + 1;
        self.judge_property(start, name, end, brace + 1)
    }

    fn judge_property(&self, start: usize, name_start: usize, name_end: usize, here: usize) -> Result<(), Stop> {
        let name = &self.bytes[name_start..name_end];
        if may_be_users_own(name) {
            return Ok(());
        }
        let (property, has_package, has_value) = parts(name);
        if has_package && !has_value {
            let message = [b"Illegal user-defined property name \"".as_slice(), name, b"\""].concat();
            return self.cut_error(message, start, here);
        }
        if name == b"L_" || name == b"l_" || name == b"L&" || name == b"l&" {
            return Ok(());
        }
        let plain: String = name
            .iter()
            .filter(|byte| !matches!(byte, b'_' | b'-' | b'\t'..=b'\r' | b' '))
            .map(|&byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        let is_known = |name: &str| NAMES.contains(name);
        // Names that begin with `perl` are compared more strictly, but for two; others are rare.
        let is_strict = plain.starts_with("perl") && plain != "perlspace" && plain != "perlword";
        if is_strict {
            return Err(Stop::cannot_tell());
        }
        if is_known(&plain) || plain.strip_prefix("is").is_some_and(is_known) {
            return Ok(());
        }
        // The left side of a `=` is a word too. Of values only Perl knows them all.
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'\t'..=b'\r' | b' ' | b'&');
        let is_complete = plain.len() <= COMPLETE && plain.bytes().all(|byte| byte.is_ascii_lowercase());
        if property.iter().all(is_word) && (has_value || !is_complete) || has_package {
            return Err(Stop::cannot_tell());
        }
        let message = [b"Can't find Unicode property definition \"".as_slice(), name, b"\""].concat();
        self.cut_error(message, start, here)
    }
}

/// The part before a `=` or a single `:`, whether a package stands in it, and whether there is such a sign.
fn parts(name: &[u8]) -> (&[u8], bool, bool) {
    let (mut at, mut has_package) = (0, false);
    while at < name.len() {
        match name[at] {
            b':' if name.get(at + 1) == Some(&b':') => {
                has_package = true;
                at += 1;
            }
            b':' | b'=' => return (&name[..at], has_package, true),
            _ => {}
        }
        at += 1;
    }
    (name, has_package, false)
}

/// A property that a program may still define, which no compiler can know: `InSomething`, `My::IsSomething`.
fn may_be_users_own(name: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let (mut rest, mut last) = (name, name);
    loop {
        let len = rest.iter().take_while(|byte| is_word(byte)).count();
        last = if len < rest.len() { last } else { rest };
        if rest.first().is_some_and(u8::is_ascii_digit) {
            return false;
        }
        match &rest[len..] {
            [] => break,
            [b':', b':', after @ ..] => rest = after,
            _ => return false,
        }
    }
    last.len() > 2 && last[0] == b'I' && matches!(last[1], b'n' | b's')
}
