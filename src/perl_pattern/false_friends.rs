//! What Perl takes without a word, and what surely is not meant.
//!
//! Only what the pattern alone shows stands here. What depends on the kind of rule (no `i` on a body rule, HTML in a
//! body that is already rendered) is for the rules that know it.

use super::class::WORD;
use super::tree::{Above, Dialect, Greed, Group, Kind, NodeId, Tree};
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
    let mut look = Look {
        tree,
        pattern,
        last_bracket: memchr::memrchr(b'>', pattern),
        next_edge: memchr::memmem::find(pattern, b"\\<"),
        last_sequence: None,
        references: Vec::new(),
        found: Vec::new(),
    };
    tree.fold(|id, kind, children| look.at(id, kind, children));
    look.edges();
    let mut found = look.found;
    found.sort_by_key(|friend| (friend.at, friend.what));
    found.dedup();
    found
}

/// Domains of these kinds are recognised where a dot was not escaped.
const DOMAINS: &[&[u8]] = &[b"com", b"net", b"org", b"info", b"biz", b"edu", b"gov"];

struct Look<'t> {
    tree: &'t Tree,
    pattern: &'t [u8],
    last_bracket: Option<usize>,
    /// The first `\<` behind what has been looked at.
    next_edge: Option<usize>,
    /// The sequence that was complete last, with its first piece and its last.
    last_sequence: Option<(NodeId, NodeId, NodeId)>,
    /// The back-references in it.
    references: Vec<(u32, NodeId)>,
    found: Vec<FalseFriend>,
}

/// A node that has been looked at.
#[derive(Clone, Copy)]
struct Piece {
    id: NodeId,
    /// It surely matches a character.
    has_width: bool,
}

impl<'t> Look<'t> {
    #[inline]
    fn at(&mut self, id: NodeId, kind: Kind, children: &[Piece]) -> Piece {
        let has_width = match kind {
            Kind::Literal { .. } => {
                self.word_edge(id);
                true
            }
            Kind::Set(_) => {
                self.class(self.tree.span(id));
                true
            }
            Kind::Any { .. } | Kind::LineEnd => true,
            Kind::Sequence => {
                self.sequence(children);
                self.last_sequence = children.first().zip(children.last()).map(|(first, last)| (id, first.id, last.id));
                children.iter().any(|child| child.has_width)
            }
            Kind::Alternation => {
                self.empty_branches(children);
                children.iter().all(|child| child.has_width)
            }
            Kind::Group(Group::Capture(group)) => {
                self.inner_references(id.only_child(), group);
                children.iter().all(|child| child.has_width)
            }
            Kind::Group(Group::Plain | Group::ScriptRun | Group::Atomic) | Kind::Repeat { min: 1.., .. } => {
                children.iter().all(|child| child.has_width)
            }
            _ => false,
        };
        Piece { id, has_width }
    }

    fn say(&mut self, what: Mistake, at: Span) {
        self.found.push(FalseFriend { what, at });
    }

    fn text(&self, span: Span) -> &'t [u8] {
        &self.pattern[span.range()]
    }

    fn kind(&self, id: NodeId) -> Kind {
        self.tree.kind(id)
    }

    /// An empty branch with others behind it. The last one may be empty on purpose: `(?:foo|)`.
    fn empty_branches(&mut self, branches: &[Piece]) {
        for branch in branches.split_last().map_or(&[][..], |(_, others)| others) {
            let at = self.tree.span(branch.id);
            if at.is_empty() && self.kind(branch.id) == Kind::Empty {
                self.say(Mistake::EmptyBranch, Span { start: at.start, end: at.start + 1 });
            }
        }
    }

    fn sequence(&mut self, pieces: &[Piece]) {
        self.references.clear();
        let mut kinds = pieces.iter().map(|piece| self.tree.kind(piece.id));
        let Some(mut kind) = kinds.next() else { return };
        for (index, next_kind) in kinds.enumerate() {
            let (before, after) = (pieces[index].id, pieces[index + 1].id);
            if let Kind::Backref(group) = kind {
                self.references.push((group, before));
            }
            match (kind, next_kind) {
                (Kind::End { multiline: false }, _) if self.needs_other_than_newline(after) => {
                    let (span, next) = (self.tree.span(before), self.tree.span(after));
                    // Exim has put in its variables long before PCRE2 sees the pattern.
                    let is_name = self.tree.dialect == Dialect::Perl
                        && self.text(next).first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
                    let is_dollar = self.text(span) == b"$";
                    let what = if is_name && is_dollar { Mistake::NoInterpolation } else { Mistake::EndInTheMiddle };
                    self.say(what, span);
                }
                (_, Kind::Start { multiline: false }) if pieces[index].has_width => {
                    self.say(Mistake::StartInTheMiddle, self.tree.span(after));
                }
                (Kind::Repeat { greed: Greed::Lazy, max: None, .. }, Kind::VeryEnd) if index + 2 == pieces.len() => {
                    self.say(Mistake::LazyBeforeEnd, self.tree.span(before));
                }
                (Kind::Literal { .. }, Kind::Repeat { .. }) => self.last_byte(before, after),
                (Kind::Literal { .. }, Kind::Any { .. }) => {
                    if let Some(domain) = pieces.get(index + 2) {
                        self.domain(before, after, domain.id);
                    }
                }
                (Kind::Boundary { negated: false }, _) => {
                    let previous = index.checked_sub(1).map(|index| pieces[index].id);
                    self.edge(previous, before, after);
                }
                _ => {}
            }
            kind = next_kind;
        }
        if let (Kind::Backref(group), Some(last)) = (kind, pieces.last()) {
            self.references.push((group, last.id));
        }
    }

    /// Whether a piece must match a character first, and not a newline: behind a `$` that is never so.
    fn needs_other_than_newline(&self, id: NodeId) -> bool {
        match self.kind(id) {
            Kind::Literal { at, len, .. } => self.tree.literal(at, len).first() != Some(&u32::from(b'\n')),
            Kind::Set(set) => !self.tree.sets[set as usize].has(b'\n'),
            Kind::Any { newline } => !newline,
            // A repetition stands in no other without a group between them.
            Kind::Repeat { min: 1.., .. } => self.needs_other_than_newline(id.only_child()),
            _ => false,
        }
    }

    /// A character of UTF-8 of which only the last byte is repeated.
    fn last_byte(&mut self, before: NodeId, repeat: NodeId) {
        let (head, tail) = (self.tree.span(before), self.tree.span(repeat.only_child()));
        let is_rest = self.text(tail).first().is_some_and(|byte| byte & 0xc0 == 0x80);
        if !is_rest || !matches!(self.kind(repeat.only_child()), Kind::Literal { len: 1, .. }) || head.end != tail.start
        {
            return;
        }
        let (start, end) = (head.end.saturating_sub(3).max(head.start) as usize, tail.end as usize);
        let is_character =
            |at: &usize| std::str::from_utf8(&self.pattern[*at..end]).is_ok_and(|text| text.chars().count() == 1);
        if let Some(at) = (start..head.end as usize).find(is_character) {
            self.say(Mistake::RepeatsLastByte, Span::new(at, self.tree.span(repeat).end as usize));
        }
    }

    fn domain(&mut self, name: NodeId, dot: NodeId, domain: NodeId) {
        let Kind::Literal { at, len, .. } = self.kind(domain) else { return };
        let span = self.tree.span(dot);
        let name = self.text(self.tree.span(name));
        if self.text(span) != b"." || name.iter().rev().take(2).filter(|byte| byte.is_ascii_alphanumeric()).count() < 2
        {
            return;
        }
        let chars = self.tree.literal(at, len);
        let lower = |char: &u32| u8::try_from(*char).unwrap_or(0).to_ascii_lowercase();
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let is_domain = |domain: &&[u8]| {
            chars.len() >= domain.len()
                && chars.iter().zip(*domain).all(|(char, byte)| lower(char) == *byte)
                && !chars.get(domain.len()).is_some_and(|char| is_word(lower(char)))
        };
        if DOMAINS.iter().any(is_domain) {
            self.say(Mistake::DotInDomain, span);
        }
    }

    /// `\b` beside characters that are in no word.
    fn edge(&mut self, previous: Option<NodeId>, edge: NodeId, next: NodeId) {
        let span = self.tree.span(edge);
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
                    && set.above == Above::None
                    && set.bytes[0] & WORD[0] == 0
                    && set.bytes[1] & WORD[1] == 0
                    && set.bytes[2..] == [0; 2]
            }
            _ => false,
        }
    }

    /// `\<word` with no `>` behind it.
    #[inline]
    fn word_edge(&mut self, id: NodeId) {
        let Some(edge) = self.next_edge else { return };
        let span = self.tree.span(id).range();
        if span.end < edge + 2 {
            return;
        }
        if edge < span.start {
            self.next_edge = memchr::memmem::find(&self.pattern[span.start..], b"\\<").map(|at| span.start + at);
            return self.word_edge(id);
        }
        let is_escape = edge == span.start || self.pattern[edge - 1] != b'\\';
        let is_word = edge + 2 < span.end && self.pattern[edge + 2].is_ascii_alphanumeric();
        if is_escape && is_word && self.last_bracket.is_none_or(|at| at < edge) {
            self.say(Mistake::NoWordEdge, Span::new(edge, edge + 2));
        }
    }

    /// What stands in a class in its own letters.
    fn class(&mut self, span: Span) {
        let text = self.text(span);
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
    fn inner_references(&mut self, inside: NodeId, group: u32) {
        if self.kind(inside) == Kind::Backref(group) {
            self.say(Mistake::ReferenceInsideGroup, self.tree.span(inside));
        }
        if self.last_sequence.is_none_or(|(id, ..)| id != inside) {
            return;
        }
        for (own, id) in std::mem::take(&mut self.references) {
            if own == group {
                self.say(Mistake::ReferenceInsideGroup, self.tree.span(id));
            }
        }
    }

    /// `.*` at an edge of the whole pattern.
    fn edges(&mut self) {
        let Some(top) = self.tree.top() else { return };
        let Some((_, first, last)) = self.last_sequence.filter(|&(id, ..)| id == top.only_child()) else { return };
        for piece in [first, last] {
            let Kind::Repeat { min: 0, max: None, greed } = self.kind(piece) else { continue };
            if greed != Greed::Possessive && matches!(self.kind(piece.only_child()), Kind::Any { .. }) {
                self.say(Mistake::IdleDotStar, self.tree.span(piece));
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
