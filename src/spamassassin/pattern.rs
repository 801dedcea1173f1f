//! From a rule's text to the pattern that Perl is asked to compile, and SpamAssassin's own refusals on the way.

use super::bytes::is_word;

/// What Perl makes of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Perl takes it without a warning.
    Accepted,
    /// Perl refuses it, or warns, which SpamAssassin holds to be the same: the words as SpamAssassin shows them.
    Refused(Vec<u8>),
    /// It cannot be told.
    Unknown,
}

/// Who knows what Perl makes of patterns.
pub trait Patterns {
    /// Judges a pattern without delimiters, its modifiers before it as in `(?i)text`, as SpamAssassin compiles rules:
    /// `/aa`, and every warning an error.
    fn judge(&self, pattern: &[u8]) -> Verdict;

    /// Judges a pattern as Perl alone does, for which a warning is no error.
    fn judge_errors(&self, pattern: &[u8]) -> Verdict {
        match self.judge(pattern) {
            Verdict::Accepted => Verdict::Accepted,
            Verdict::Refused(_) | Verdict::Unknown => Verdict::Unknown,
        }
    }
}

impl<F: Fn(&[u8]) -> Verdict> Patterns for F {
    fn judge(&self, pattern: &[u8]) -> Verdict {
        self(pattern)
    }
}

/// A pattern between its delimiters, and the modifiers behind them.
pub struct Delimited<'t> {
    pub pattern: &'t [u8],
    mods: &'t [u8],
}

impl Delimited<'_> {
    /// The text that Perl is given: the modifiers go in front.
    pub fn for_perl(&self) -> Vec<u8> {
        if self.mods.is_empty() { self.pattern.to_vec() } else { [b"(?", self.mods, b")", self.pattern].concat() }
    }
}

/// Takes a pattern's delimiters away, as SpamAssassin does, with its own refusals.
pub fn undelimited(text: &[u8]) -> Result<Delimited<'_>, Vec<u8>> {
    let (body, end) = match text {
        [b'/', body @ ..] => (body, b'/'),
        [b'm', delimiter, body @ ..] | [b'q', b'r', delimiter, body @ ..] if !is_word(*delimiter) => (
            body,
            match delimiter {
                b'{' => b'}',
                b'(' => b')',
                b'<' => b'>',
                b'[' => b']',
                b'\\' => return Err(b"backslash delimiter not allowed".to_vec()),
                other => *other,
            },
        ),
        _ => return Err(b"missing regexp delimiters".to_vec()),
    };
    let is_modifier = |byte: u8| byte.is_ascii_lowercase() && byte != b'e';
    let mods = body.iter().rev().take_while(|&&byte| is_modifier(byte)).count();
    let Some(len) = (body.len() - mods).checked_sub(1).filter(|&at| body[at] == end) else {
        return Err(b"invalid end delimiter/mods".to_vec());
    };
    let (pattern, mods) = (&body[..len], &body[len + 1..]);
    if has_code(pattern) {
        return Err(b"eval (?{}) found".to_vec());
    }
    if !b"})]".contains(&end) && has_unquoted(pattern, end) {
        return Err([b"unquoted delimiter '".as_slice(), &[end], b"' found"].concat());
    }
    Ok(Delimited { pattern, mods })
}

/// `(?{` or `(??{`, anywhere.
pub fn has_code(pattern: &[u8]) -> bool {
    memchr::memmem::find(pattern, b"?{").is_some()
        && (memchr::memmem::find(pattern, b"(?{").is_some() || memchr::memmem::find(pattern, b"(??{").is_some())
}

/// Whether the delimiter stands in the pattern without a backslash, after all pairs of backslashes are gone.
fn has_unquoted(pattern: &[u8], delimiter: u8) -> bool {
    let (mut at, mut before) = (0, None);
    while at < pattern.len() {
        if pattern[at..].starts_with(b"\\\\") {
            at += 2;
            continue;
        }
        if pattern[at] == delimiter && before != Some(b'\\') {
            return true;
        }
        before = Some(pattern[at]);
        at += 1;
    }
    false
}

/// Why a pattern matches always: three shapes that `--lint` refuses.
pub fn always_matching(pattern: &[u8]) -> Option<&'static str> {
    let is_bar = |at: usize| pattern[at] == b'|' && (at == 0 || pattern[at - 1] != b'\\');
    if pattern.is_empty() {
        return Some("empty");
    }
    if (1..pattern.len()).any(|at| pattern[at] == b'|' && is_bar(at - 1)) {
        return Some("contains '||'");
    }
    let is_open = pattern[0] == b'|' || is_bar(pattern.len() - 1);
    is_open.then_some("starts or ends with '|'")
}

/// SpamAssassin 4 escapes the braces of `%{TAG}`, which stands for a part of the message.
pub fn with_tags_escaped(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    // Where the next `)` or `}` stands: looked for once, not for each tag before it.
    let mut closer = 0;
    while at < text.len() {
        let is_free = at == 0 || text[at - 1] != b'\\';
        if let Some(len) = text[at..].strip_prefix(b"%{").filter(|_| is_free).and_then(|tag| {
            if closer < at + 2 {
                closer = at + 2 + memchr::memchr2(b')', b'}', tag).unwrap_or(tag.len());
            }
            tag_len(tag, closer - at - 2)
        }) {
            out.extend_from_slice(b"%\\{");
            out.extend_from_slice(&text[at + 2..at + 2 + len]);
            out.extend_from_slice(b"\\}");
            at += len + 3;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

/// The length of `NAME` or `NAME(...)` before a `}`; the first `)` or `}` stands at `closer`.
fn tag_len(text: &[u8], closer: usize) -> Option<usize> {
    let name =
        text.iter().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_').count();
    let is_name = text.first().is_some_and(u8::is_ascii_uppercase)
        && text[..name].split(|&byte| byte == b'_').all(|part| !part.is_empty());
    if !is_name {
        return None;
    }
    let mut len = name;
    if text.get(len) == Some(&b'(') {
        len = closer;
        if text.get(len) != Some(&b')') {
            return None;
        }
        len += 1;
    }
    (text.get(len) == Some(&b'}')).then_some(len)
}
