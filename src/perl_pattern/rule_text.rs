//! From the text of a rule to a pattern, as SpamAssassin 4 goes: delimiters, modifiers, its own checks, then Perl.

use std::borrow::Cow;

use memchr::{memchr2, memmem};

use super::complaint::{Reason, Stop, as_logged};
use super::parser::Parser;
use super::tree::Tree;
use super::version::Version;
use crate::source::Span;

/// What SpamAssassin makes of a rule's regular expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is compiled.
    Accepted,
    /// It is refused.
    Refused(Refusal),
    /// What Perl makes of it is not known here: an extended class `(?[...])`, a rare name of a character or property.
    CannotTell,
}

/// Why a rule's regular expression is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The words behind `config: invalid regexp for NAME 'TEXT': `. Bytes, since they show the pattern.
    pub words: Vec<u8>,
    /// Perl holds the words as characters, each byte of the pattern for one; they are given in UTF-8.
    pub is_utf8: bool,
    /// The characters that are to blame, in the text.
    pub at: Span,
    /// SpamAssassin's own check refused it; Perl never saw it.
    pub is_before_perl: bool,
    /// Only `--lint` and `ignore_always_matching_regexps 1` refuse it; the daemon takes it.
    pub is_lint_only: bool,
}

/// A rule's regular expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What SpamAssassin makes of it, without lint's own strictness.
    pub verdict: Verdict,
    /// What `--lint` says on top, which looks before Perl does.
    pub lint: Option<Refusal>,
    /// What Perl compiles: the modifiers as `(?i)`, then the text between the delimiters.
    pub bytes: Vec<u8>,
    /// The tree; complete only when Perl accepts the pattern.
    pub tree: Tree,
    /// How many bytes of `bytes` come before the text between the delimiters: the modifiers.
    prefix: usize,
    /// Where in the text the part between the delimiters, and the modifiers, begin.
    body: usize,
    modifiers: usize,
}

impl Pattern {
    /// Reads the regular expression of a rule (`compile_regexp`): `/foo/i`, `m{foo}`.
    #[must_use]
    pub fn read(text: &[u8], version: Version) -> Self {
        let mut pattern = Self::unread(Vec::new());
        if let Err(refusal) = pattern.cut(text) {
            pattern.verdict = Verdict::Refused(refusal);
            return pattern;
        }
        pattern.compile(version);
        pattern
    }

    fn unread(bytes: Vec<u8>) -> Self {
        let (verdict, lint, tree) = (Verdict::Accepted, None, Tree::default());
        Self { verdict, lint, bytes, tree, prefix: 0, body: 0, modifiers: 0 }
    }

    /// Reads a regular expression without delimiters (`compile_regexp`, told that there are none).
    #[must_use]
    pub fn bare(text: &[u8], version: Version) -> Self {
        let mut pattern = Self::unread(text.to_vec());
        if let Some(at) = code_block(text) {
            pattern.verdict = Verdict::Refused(own("eval (?{}) found", at));
            return pattern;
        }
        pattern.compile(version);
        pattern
    }

    /// Reads a regular expression that Perl alone compiles, with `/i`: a warning does not refuse it, and the words of
    /// an error are whole. So SpamAssassin uses the word behind `lang`.
    #[must_use]
    pub fn of_perl_alone(text: &[u8], version: Version) -> Self {
        let mut pattern = Self::unread(Vec::new());
        let mut parser = Parser::of_perl_alone(text, version);
        let outcome = parser.read();
        pattern.tree = std::mem::take(&mut parser.tree);
        if let Err(stop) = outcome {
            pattern.verdict = refused(stop, parser.shown.is_utf8);
        }
        pattern.bytes = text.to_vec();
        pattern
    }

    /// Reads a regular expression of Exim's `matches`, which PCRE2 compiles without any option. Whether PCRE2 takes it,
    /// it alone can say. Accepted is what both would read alike; of anything else the tree is not complete, and the
    /// verdict is that it cannot be told.
    #[must_use]
    pub fn of_exim(text: &[u8]) -> Self {
        let mut pattern = Self::unread(Vec::new());
        let mut parser = Parser::of_pcre2(text);
        if parser.parse().is_err() {
            pattern.verdict = Verdict::CannotTell;
        }
        pattern.tree = std::mem::take(&mut parser.tree);
        pattern.bytes = text.to_vec();
        pattern
    }

    /// Where bytes of the pattern stand in the rule's text.
    #[must_use]
    pub fn in_text(&self, span: Span) -> Span {
        let place = |at: usize| match at.checked_sub(self.prefix) {
            Some(at) => self.body + at,
            // `(?` and `)` are SpamAssassin's own; between them stand the modifiers.
            None => self.modifiers + at.saturating_sub(2).min(self.prefix.saturating_sub(3)),
        };
        let (start, end) = (span.start as usize, span.end as usize);
        if start < self.prefix && end >= self.prefix {
            return Span::new(self.modifiers, self.modifiers + self.prefix.saturating_sub(3));
        }
        Span::new(place(start), place(end).max(place(start)))
    }

    /// Takes off the delimiters and makes SpamAssassin's own checks.
    fn cut(&mut self, text: &[u8]) -> Result<(), Refusal> {
        let (open, close) = delimiters(text)?;
        let rest = &text[open..];
        let is_modifier = |byte: &u8| byte.is_ascii_lowercase() && *byte != b'e';
        let modifiers = rest.iter().rev().take_while(|byte| is_modifier(byte)).count();
        let Some(end) = rest.len().checked_sub(modifiers + 1).filter(|&end| rest[end] == close) else {
            let last = Span::new(text.len().saturating_sub(1).max(open.min(text.len())), text.len());
            return Err(own("invalid end delimiter/mods", last));
        };
        let body = &rest[..end];
        if let Some(at) = code_block(body) {
            return Err(own("eval (?{}) found", moved(at, open)));
        }
        if !matches!(close, b'}' | b')' | b']')
            && let Some(at) = unquoted(body, close)
        {
            let words = [b"unquoted delimiter '".as_slice(), &[close], b"' found"].concat();
            return Err(Refusal { words, ..own("", moved(Span::new(at, at + 1), open)) });
        }
        self.lint =
            always_matching(body).map(|(words, at)| Refusal { is_lint_only: true, ..own(words, moved(at, open)) });
        self.body = open;
        self.modifiers = open + end + 1;
        if modifiers > 0 {
            self.bytes.extend_from_slice(b"(?");
            self.bytes.extend_from_slice(&rest[end + 1..]);
            self.bytes.push(b')');
        }
        self.prefix = self.bytes.len();
        self.bytes.reserve_exact(body.len());
        self.bytes.extend_from_slice(body);
        Ok(())
    }

    fn compile(&mut self, version: Version) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut parser = Parser::new(&bytes, version);
        let outcome = parser.read();
        self.tree = std::mem::take(&mut parser.tree);
        self.verdict = match outcome.map_err(|stop| refused(stop, parser.shown.is_utf8)) {
            Ok(()) => Verdict::Accepted,
            Err(Verdict::Refused(refusal)) => {
                let (words, at) = (as_logged(refusal.words), self.in_text(refusal.at));
                Verdict::Refused(Refusal { words, at, ..refusal })
            }
            Err(other) => other,
        };
        self.bytes = bytes;
    }
}

fn refused(stop: Stop, is_utf8: bool) -> Verdict {
    match *stop.0 {
        Reason::CannotTell => Verdict::CannotTell,
        Reason::Refused { words, at } => Verdict::Refused(Refusal {
            is_utf8: is_utf8 && !words.is_ascii(),
            words,
            at,
            is_before_perl: false,
            is_lint_only: false,
        }),
    }
}

/// A refusal in SpamAssassin's own words.
fn own(words: &str, at: Span) -> Refusal {
    Refusal { words: words.into(), is_utf8: false, at, is_before_perl: true, is_lint_only: false }
}

fn moved(span: Span, by: usize) -> Span {
    Span::new(span.start as usize + by, span.end as usize + by)
}

/// Where the pattern begins, and the delimiter that ends it.
fn delimiters(text: &[u8]) -> Result<(usize, u8), Refusal> {
    if text.first() == Some(&b'/') {
        return Ok((1, b'/'));
    }
    let start = if text.starts_with(b"qr") { 2 } else { usize::from(text.first() == Some(&b'm')) };
    match text.get(start) {
        Some(&byte) if start > 0 && !(byte.is_ascii_alphanumeric() || byte == b'_') => match byte {
            b'{' => Ok((start + 1, b'}')),
            b'(' => Ok((start + 1, b')')),
            b'<' => Ok((start + 1, b'>')),
            b'[' => Ok((start + 1, b']')),
            b'\\' => Err(own("backslash delimiter not allowed", Span::new(start, start + 1))),
            _ => Ok((start + 1, byte)),
        },
        _ => Err(own("missing regexp delimiters", Span::new(0, text.len()))),
    }
}

/// `(?{` or `(??{`, which would run code.
fn code_block(body: &[u8]) -> Option<Span> {
    memmem::find_iter(body, b"?{").find_map(|at| match &body[..at] {
        [.., b'(', b'?'] => Some(Span::new(at - 2, at + 2)),
        [.., b'('] => Some(Span::new(at - 1, at + 2)),
        _ => None,
    })
}

/// A delimiter that no backslash precedes, once all `\\` are gone. The pairs are taken from the left, so `\\\/` is
/// none.
fn unquoted(body: &[u8], close: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = memchr2(b'\\', close, &body[at..]) {
        let here = at + found;
        if body[here] == close {
            return Some(here);
        }
        // A backslash takes the next byte with it, be it another one or the delimiter.
        at = (here + 2).min(body.len());
    }
    None
}

/// What only lint looks for: a pattern that matches every text.
fn always_matching(body: &[u8]) -> Option<(&'static str, Span)> {
    if body.is_empty() {
        return Some(("always matching regexp: empty", Span::at(0)));
    }
    let is_unquoted = |&at: &usize| body[at..].starts_with(b"||") && (at == 0 || body[at - 1] != b'\\');
    if let Some(at) = memchr::memchr_iter(b'|', body).find(is_unquoted) {
        return Some(("always matching regexp: contains '||'", Span::new(at, at + 2)));
    }
    if body[0] == b'|' {
        return Some(("always matching regexp: starts or ends with '|'", Span::new(0, 1)));
    }
    let end = body.len();
    (body[end - 1] == b'|' && !body.ends_with(b"\\|"))
        .then_some(("always matching regexp: starts or ends with '|'", Span::new(end - 1, end)))
}

/// A rule's text as SpamAssassin 4 compiles it, and complains of it.
pub struct Templated<'t> {
    /// The text.
    pub text: Cow<'t, [u8]>,
    /// Where backslashes stand in it that are not in the file.
    added: Vec<usize>,
}

impl Templated<'_> {
    /// Where bytes of the text stand in the one that was given.
    #[must_use]
    pub fn in_file(&self, span: Span) -> Span {
        let place = |at: usize| at - self.added.partition_point(|&added| added < at);
        let (start, end) = (place(span.start as usize), place(span.end as usize));
        // Of a backslash that is not in the file, the brace behind it is shown.
        let is_lost = start == end && !span.is_empty();
        Span::new(start, end + usize::from(is_lost))
    }
}

/// The text with `%{NAME}` made into `%\{NAME\}`, as SpamAssassin 4 does it for body, rawbody, full, uri and header
/// rules before anything else: there it is a template for what another rule captured.
#[must_use]
pub fn with_templates(text: &[u8]) -> Templated<'_> {
    let (mut out, mut added) = (Vec::new(), Vec::new());
    let (mut from, mut copied) = (0, 0);
    // Where the next `)` or `}` stands: looked for once, not for each template before it.
    let mut closer = 0;
    while let Some(found) = memmem::find(&text[from..], b"%{") {
        let at = from + found;
        from = at + 2;
        if at > 0 && text[at - 1] == b'\\' {
            continue;
        }
        if let Some(end) = template_end(text, from, &mut closer) {
            out.extend_from_slice(&text[copied..=at]);
            added.push(out.len());
            out.push(b'\\');
            out.extend_from_slice(&text[at + 1..end]);
            added.push(out.len());
            out.extend_from_slice(b"\\}");
            from = end + 1;
            copied = from;
        }
    }
    if added.is_empty() {
        return Templated { text: Cow::Borrowed(text), added };
    }
    out.extend_from_slice(&text[copied..]);
    Templated { text: Cow::Owned(out), added }
}

/// Where the brace stands behind a template's name, which begins at `start`.
fn template_end(text: &[u8], start: usize, closer: &mut usize) -> Option<usize> {
    let at = |index: usize| text.get(index).copied().unwrap_or(0);
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if !at(start).is_ascii_uppercase() {
        return None;
    }
    let mut end = start + 1;
    while is_name(at(end)) || (at(end) == b'_' && is_name(at(end + 1))) {
        end += 1;
    }
    if at(end) == b'(' {
        if *closer <= end {
            *closer = memchr2(b')', b'}', &text[end..]).map_or(text.len(), |len| end + len);
        }
        if at(*closer) != b')' {
            return None;
        }
        end = *closer + 1;
    }
    (at(end) == b'}').then_some(end)
}
