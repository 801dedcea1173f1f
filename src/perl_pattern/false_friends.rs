//! What Perl takes without a word, and what surely is not meant.
//!
//! Only what the pattern alone shows stands here. What depends on the kind of rule (no `i` on a body rule, HTML in a
//! body that is already rendered) is for the rules that know it.

use super::study::{Length, lengths};
use super::tree::{Dialect, Greed, Group, Kind, NodeId, Tree};
use crate::source::Span;

/// A part of a pattern that does something else than it looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FalseFriend {
    /// What it is.
    pub what: Mistake,
    /// Where, in the pattern.
    pub at: Span,
}

/// What is mistaken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mistake {
    /// `foo||bar`, `|foo`, `(?:|a)`: an empty branch before others. It matches at once, so the others are tried only
    /// when what follows the group fails, and at the top never.
    EmptyBranch,
    /// `foo$bar`: no variable, but the end of the text, behind which nothing can follow.
    NoInterpolation,
    /// `$` before something that must be there: can never match.
    EndInTheMiddle,
    /// `^` behind something that must be there: can never match.
    StartInTheMiddle,
    /// `[A-z]`: takes in `[ \ ] ^ _` and the backtick.
    LettersOfBothCases,
    /// `[,-.]`, `[+-/]`: a range between signs.
    RangeOfSigns,
    /// `[foo|bar]`: a set of characters, no alternatives.
    AlternativesInClass,
    /// `[é]` in UTF-8: each of its bytes by itself.
    BytesOfCharacter,
    /// `é?` in UTF-8: only the last byte is repeated.
    RepeatsLastByte,
    /// `\<`: a `<`, no edge of a word.
    NoWordEdge,
    /// `@\b@`: an edge of a word between two characters that are in no word: can never match.
    EdgeBetweenSigns,
    /// `\b@` where the pattern begins: matches only behind a letter, digit or underscore, never behind a blank.
    EdgeBeforeSign,
    /// `(a\1)`: the group's own text before the group is complete: can never match.
    ReferenceInsideGroup,
    /// `a*?$`: no different from `a*$`.
    LazyBeforeEnd,
    /// `.*` at the beginning or the end: changes nothing but the time it takes.
    IdleDotStar,
    /// `example.com`: the dot matches any character.
    DotInDomain,
}

/// Finds them all, in the order of their places. `pattern` is what the tree was made of.
#[must_use]
pub fn false_friends(tree: &Tree, pattern: &[u8]) -> Vec<FalseFriend> {
    let last_bracket = memchr::memrchr(b'>', pattern);
    let look = Look { tree, pattern, lengths: lengths(tree), last_bracket, found: Vec::new() };
    let mut found = look.all();
    found.sort_by_key(|friend| (friend.at, friend.what));
    found.dedup();
    found
}

/// Domains of these kinds are recognised where a dot was not escaped.
const DOMAINS: &[&[u8]] = &[b"com", b"net", b"org", b"info", b"biz", b"edu", b"gov"];

struct Look<'t> {
    tree: &'t Tree,
    pattern: &'t [u8],
    lengths: Vec<Length>,
    last_bracket: Option<usize>,
    found: Vec<FalseFriend>,
}

impl Look<'_> {
    fn all(mut self) -> Vec<FalseFriend> {
        for (id, node) in self.tree.nodes() {
            match node.kind {
                Kind::Alternation => self.empty_branches(id),
                Kind::Sequence => self.sequence(id),
                Kind::Set(_) => self.class(node.span),
                Kind::Literal { .. } => self.word_edge(node.span),
                Kind::Group(Group::Capture(group)) => self.inner_references(id, group),
                _ => {}
            }
        }
        self.edges();
        self.found
    }

    fn say(&mut self, what: Mistake, at: Span) {
        self.found.push(FalseFriend { what, at });
    }

    fn text(&self, span: Span) -> &[u8] {
        &self.pattern[span.range()]
    }

    fn kind(&self, id: NodeId) -> Kind {
        self.tree.node(id).kind
    }

    /// An empty branch with others behind it. The last one may be empty on purpose: `(?:foo|)`.
    fn empty_branches(&mut self, id: NodeId) {
        let branches: Vec<NodeId> = self.tree.children(id).collect();
        for pair in branches.windows(2) {
            if self.kind(pair[0]) == Kind::Empty && self.tree.node(pair[0]).span.is_empty() {
                let at = self.tree.node(pair[0]).span;
                self.say(Mistake::EmptyBranch, Span { start: at.start, end: at.start + 1 });
            }
        }
    }

    fn sequence(&mut self, id: NodeId) {
        let pieces: Vec<NodeId> = self.tree.children(id).collect();
        for (index, pair) in pieces.windows(2).enumerate() {
            let (before, after) = (pair[0], pair[1]);
            let (span, next) = (self.tree.node(before).span, self.tree.node(after).span);
            match (self.kind(before), self.kind(after)) {
                (Kind::End { multiline: false }, _) if self.needs_other_than_newline(after) => {
                    // Exim has put in its variables long before PCRE2 sees the pattern.
                    let is_name = self.tree.dialect == Dialect::Perl
                        && self.text(next).first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
                    let is_dollar = self.text(span) == b"$";
                    let what = if is_name && is_dollar { Mistake::NoInterpolation } else { Mistake::EndInTheMiddle };
                    self.say(what, span);
                }
                (_, Kind::Start { multiline: false }) if self.lengths[before.index()].min > 0 => {
                    self.say(Mistake::StartInTheMiddle, next);
                }
                (Kind::Repeat { greed: Greed::Lazy, max, .. }, Kind::VeryEnd)
                    if max.is_none() && index + 2 == pieces.len() =>
                {
                    self.say(Mistake::LazyBeforeEnd, span);
                }
                (Kind::Literal { .. }, Kind::Repeat { .. }) => self.last_byte(before, after),
                (Kind::Literal { .. }, Kind::Any { .. }) => {
                    if let Some(&domain) = pieces.get(index + 2) {
                        self.domain(before, after, domain);
                    }
                }
                (Kind::Boundary { negated: false }, _) => {
                    let previous = index.checked_sub(1).map(|index| pieces[index]);
                    self.edge(previous, before, after);
                }
                _ => {}
            }
        }
    }

    /// Whether a piece must match a character first, and not a newline: behind a `$` that is never so.
    fn needs_other_than_newline(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Literal { at, len, .. } => self.tree.literal(at, len).first() != Some(&u32::from(b'\n')),
            Kind::Set(set) => !self.tree.sets[set as usize].has(b'\n'),
            Kind::Any { newline } => !newline,
            Kind::Repeat { min: 1.., .. } => {
                self.tree.children(id).next().is_some_and(|child| self.needs_other_than_newline_once(child))
            }
            _ => false,
        }
    }

    fn needs_other_than_newline_once(&self, id: NodeId) -> bool {
        !matches!(self.kind(id), Kind::Repeat { .. }) && self.needs_other_than_newline(id)
    }

    /// A character of UTF-8 of which only the last byte is repeated.
    fn last_byte(&mut self, before: NodeId, repeat: NodeId) {
        let Some(child) = self.tree.children(repeat).next() else { return };
        let (head, tail) = (self.tree.node(before).span, self.tree.node(child).span);
        if !matches!(self.kind(child), Kind::Literal { len: 1, .. }) || head.end != tail.start {
            return;
        }
        let (start, end) = (head.end.saturating_sub(3).max(head.start) as usize, tail.end as usize);
        let character = (start..head.end as usize)
            .find(|&at| std::str::from_utf8(&self.pattern[at..end]).is_ok_and(|text| text.chars().count() == 1));
        if let Some(at) = character {
            self.say(Mistake::RepeatsLastByte, Span::new(at, self.tree.node(repeat).span.end as usize));
        }
    }

    fn domain(&mut self, name: NodeId, dot: NodeId, domain: NodeId) {
        let Kind::Literal { at, len, .. } = self.kind(domain) else { return };
        if self.text(self.tree.node(dot).span) != b"." {
            return;
        }
        let chars = self.tree.literal(at, len);
        let in_word =
            |&char: &u32| u8::try_from(char).ok().filter(|&byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let word: Vec<u8> = chars.iter().map_while(in_word).map(|byte| byte.to_ascii_lowercase()).collect();
        let before = self.text(self.tree.node(name).span);
        let has_name = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count() >= 2;
        if has_name && DOMAINS.contains(&word.as_slice()) {
            self.say(Mistake::DotInDomain, self.tree.node(dot).span);
        }
    }

    /// `\b` beside characters that are in no word.
    fn edge(&mut self, previous: Option<NodeId>, edge: NodeId, next: NodeId) {
        let span = self.tree.node(edge).span;
        if self.text(span) != b"\\b" || !self.is_sign(next, true) {
            return;
        }
        match previous {
            Some(previous) if self.is_sign(previous, false) => self.say(Mistake::EdgeBetweenSigns, span),
            None if span.start == 0 => self.say(Mistake::EdgeBeforeSign, span),
            _ => {}
        }
    }

    /// Whether a piece begins (or ends) with a character that is in no word.
    fn is_sign(&self, id: NodeId, at_start: bool) -> bool {
        let is_sign = |char: Option<&u32>| {
            char.is_some_and(|&char| {
                u8::try_from(char).is_ok_and(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_')
            })
        };
        match self.kind(id) {
            Kind::Literal { at, len, .. } => {
                let chars = self.tree.literal(at, len);
                is_sign(if at_start { chars.first() } else { chars.last() })
            }
            Kind::Set(set) => {
                let set = &self.tree.sets[set as usize];
                set.exact
                    && (0..=u8::MAX)
                        .filter(|&byte| set.has(byte))
                        .all(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_')
                    && set.above == super::tree::Above::None
            }
            _ => false,
        }
    }

    /// `\<word` with no `>` behind it.
    fn word_edge(&mut self, span: Span) {
        let text = self.text(span);
        let Some(at) = memchr::memmem::find(text, b"\\<") else { return };
        let is_escape = at == 0 || text[at - 1] != b'\\';
        let is_word = text.get(at + 2).is_some_and(u8::is_ascii_alphanumeric);
        let start = span.start as usize + at;
        if is_escape && is_word && self.last_bracket.is_none_or(|at| at < start) {
            self.say(Mistake::NoWordEdge, Span::new(start, start + 2));
        }
    }

    /// What stands in a class in its own letters.
    fn class(&mut self, span: Span) {
        let text = self.text(span).to_vec();
        if text.first() != Some(&b'[') || text.len() < 3 {
            return;
        }
        let (mut at, mut letters_before_bar) = (1, false);
        let mut found = Vec::new();
        while at + 1 < text.len() {
            match text[at..] {
                [b'\\', ..] => at += 2,
                [b'[', b':', ..] => at += memchr::memchr(b']', &text[at..]).map_or(2, |end| end + 1),
                [low, b'-', high, ..] if high != b']' && high != b'\\' => {
                    let is_signs = is_sign(low) && is_sign(high) && !matches!(low, b'!' | b' ') && low < high;
                    if low.is_ascii_uppercase() && high.is_ascii_lowercase() {
                        found.push((Mistake::LettersOfBothCases, at, at + 3));
                    } else if is_signs && at + 3 < text.len() {
                        found.push((Mistake::RangeOfSigns, at, at + 3));
                    }
                    at += 3;
                }
                [byte, b'|', next, ..]
                    if byte.is_ascii_alphabetic() && next.is_ascii_alphabetic() && letters_before_bar =>
                {
                    found.push((Mistake::AlternativesInClass, at + 1, at + 2));
                    at += 2;
                }
                [lead @ 0xc2..=0xf4, ..] => {
                    let len = if lead < 0xe0 {
                        2
                    } else if lead < 0xf0 {
                        3
                    } else {
                        4
                    };
                    let is_character = text.get(at..at + len).is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
                    if is_character {
                        found.push((Mistake::BytesOfCharacter, at, at + len));
                        at += len;
                    } else {
                        at += 1;
                    }
                }
                _ => at += 1,
            }
            letters_before_bar = at > 2 && text.get(at.wrapping_sub(1)).is_some_and(u8::is_ascii_alphabetic);
        }
        for (what, start, end) in found {
            let base = span.start as usize;
            self.say(what, Span::new(base + start, base + end));
        }
    }

    /// A group that wants its own text.
    fn inner_references(&mut self, id: NodeId, group: u32) {
        let Some(child) = self.tree.children(id).next() else { return };
        let pieces: Vec<NodeId> =
            if self.kind(child) == Kind::Sequence { self.tree.children(child).collect() } else { vec![child] };
        for piece in pieces {
            if self.kind(piece) == Kind::Backref(group) {
                self.say(Mistake::ReferenceInsideGroup, self.tree.node(piece).span);
            }
        }
    }

    /// `.*` at an edge of the whole pattern.
    fn edges(&mut self) {
        let Some(top) = self.tree.top() else { return };
        let Some(body) = self.tree.children(top).next() else { return };
        if self.kind(body) != Kind::Sequence {
            return;
        }
        let pieces: Vec<NodeId> = self.tree.children(body).collect();
        for piece in [pieces.first(), pieces.last()].into_iter().flatten() {
            let Kind::Repeat { min: 0, max: None, greed } = self.kind(*piece) else { continue };
            let is_dot =
                self.tree.children(*piece).next().is_some_and(|child| matches!(self.kind(child), Kind::Any { .. }));
            if is_dot && greed != Greed::Possessive && pieces.len() > 1 {
                self.say(Mistake::IdleDotStar, self.tree.node(*piece).span);
            }
        }
    }
}

fn is_sign(byte: u8) -> bool {
    byte.is_ascii_punctuation()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perl_pattern::{Pattern, Version};

    /// The mistakes in a pattern, each with its text.
    fn found(text: &str) -> Vec<(Mistake, String)> {
        let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
        assert_eq!(pattern.verdict, crate::perl_pattern::Verdict::Accepted, "{text}");
        let text = |at: Span| String::from_utf8_lossy(&pattern.bytes[at.range()]).into_owned();
        let friends = false_friends(&pattern.tree, &pattern.bytes);
        friends.into_iter().map(|friend| (friend.what, text(friend.at))).collect()
    }

    #[test]
    fn each_mistake_is_seen_at_its_place() {
        for (text, what, at) in [
            ("/foo||bar/", Mistake::EmptyBranch, "|"),
            ("/foo$bar/", Mistake::NoInterpolation, "$"),
            ("/foo$ bar/", Mistake::EndInTheMiddle, "$"),
            ("/foo^bar/", Mistake::StartInTheMiddle, "^"),
            ("/[A-z]x/", Mistake::LettersOfBothCases, "A-z"),
            ("/[a,-.b]/", Mistake::RangeOfSigns, ",-."),
            ("/x[foo|bar]/", Mistake::AlternativesInClass, "|"),
            ("/[xé]/", Mistake::BytesOfCharacter, "é"),
            ("/caféx?é?/", Mistake::RepeatsLastByte, "é?"),
            (r"/\<word/", Mistake::NoWordEdge, r"\<"),
            (r"/a@\b@/", Mistake::EdgeBetweenSigns, r"\b"),
            (r"/\b@foo/", Mistake::EdgeBeforeSign, r"\b"),
            (r"/(a\1)/", Mistake::ReferenceInsideGroup, r"\1"),
            (r"/xa*?\z/", Mistake::LazyBeforeEnd, "a*?"),
            ("/.*foo/", Mistake::IdleDotStar, ".*"),
            ("/example.com/", Mistake::DotInDomain, "."),
        ] {
            assert_eq!(found(text), [(what, at.to_owned())], "{text}");
        }
    }

    #[test]
    fn exim_has_its_variables_before() {
        let pattern = Pattern::of_exim(b"foo$bar");
        let found = false_friends(&pattern.tree, &pattern.bytes);
        assert_eq!(found, [FalseFriend { what: Mistake::EndInTheMiddle, at: Span::new(3, 4) }]);
    }

    #[test]
    fn what_is_meant_is_left_alone() {
        for text in [
            "/(?:foo|)/",
            "/(?:^|x)foo(?:$|y)/",
            "/foo$/m",
            "/[!-~]x[ -~]/",
            "/[|l1!i]/",
            r"/example\.com/",
            r"/foo\b@/",
            r"/(a)\1/",
            "/v.agra/",
            r"/\<a href>/",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
