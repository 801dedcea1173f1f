//! Whether a pattern may keep Perl busy for as long as it is let, with one mail.
//!
//! [`backtracking`] tells of a loop that can read one text in many ways. Perl goes through all of them only in some loops:
//!
//! - In an endless loop it notes where it has been, and tries no place twice (regexec.c: the super-linear cache), unless the
//!   pattern refers back to what a group matched. The time then grows with a low power of the text's length.
//! - In a counted loop, `(?:a+,?){1,20}`, it notes nothing, since the count would have to be noted as well. With a count of
//!   4 the time already grows with the fourth power.
//! - What always reads equally many characters is read in one way only (CURLYM).
//!
//! So endless loops are taken out of the pattern, low counts are raised to one that [`backtracking`] minds, and it is asked
//! again. `tests/regex_backtracking.rs` lets the installed Perl show that it takes as long as is said here.

use crate::perl_pattern::backtracking::{Backtracking, backtracking};
use crate::perl_pattern::questions::required_literal;
use crate::perl_pattern::tree::{Above, Fold, Greed, Group, Kind, Node, NodeId, Set, Tree};
use crate::perl_pattern::{Pattern, Verdict, Version};
use crate::source::Span;

/// The least count that is looked at.
const LEAST_COUNT: u32 = 4;
/// A count that [`backtracking`] takes for a loop.
const RAISED: u32 = 16;
/// The least count of a loop whose rounds are of limited length: each may be of one of two lengths, say.
const LEAST_OF_SHORT_ROUNDS: u32 = 30;
/// The same where a round may be of eight lengths or more.
const LEAST_OF_WIDE_ROUNDS: u32 = 10;
/// The length of a text that every mail may have in one piece: SpamAssassin cuts a body into pieces of 2 KB.
const TEXT: f64 = 2000.0;
/// So many ways to divide a text between the rounds of a loop are slow: Perl goes some ten million of them in a second.
const SLOW: f64 = 1e9;
/// So many characters of a literal are looked at.
const MOST_CHARACTERS: usize = 64;
/// So many loops are taken out.
const MOST_LOOPS: usize = 8;
/// The longest pattern that is looked at: each loop that is taken out makes it be read again.
const LONGEST: usize = 1 << 14;

/// The loop of a pattern on which Perl may spend time without end, in the pattern's bytes. `has_lines`: whether the texts
/// that it is held against may have newlines inside.
#[must_use]
pub fn slow_loop(pattern: &Pattern, version: Version, has_lines: bool) -> Option<Span> {
    let is_counted = |kind| matches!(kind, Kind::Repeat { max: Some(LEAST_COUNT..), .. });
    let refers_back = pattern.tree.nodes().any(|(_, node)| matches!(node.kind, Kind::Backref(_)));
    let has_counted = pattern.tree.nodes().any(|(_, node)| is_counted(node.kind));
    if pattern.verdict != Verdict::Accepted || pattern.bytes.len() > LONGEST || !(has_counted || refers_back) {
        return None;
    }
    let written = pattern.tree.nodes().map(|(_, node)| node).collect();
    let mut changed = Changed::new(with_raised_counts(pattern), written, version)?;
    for _ in 0..MOST_LOOPS {
        let at = changed.ambiguous_loop()?;
        let is_slow = match changed.written[at].kind {
            Kind::Repeat { max: Some(count), .. } => changed.is_slow(at, count, version, has_lines),
            _ => refers_back && !changed.closes(at) && changed.can_fail_behind(at, has_lines),
        };
        if is_slow {
            return Some(changed.written[at].span);
        }
        changed = changed.with_quantifier(at, b"", version)?;
    }
    None
}

/// A pattern that was changed, with its nodes as they are in the one that was written.
struct Changed {
    bytes: Vec<u8>,
    tree: Tree,
    written: Vec<Node>,
}

impl Changed {
    /// Reads it; nothing when it is another than was meant.
    fn new(bytes: Vec<u8>, written: Vec<Node>, version: Version) -> Option<Self> {
        let pattern = Pattern::bare(&bytes, version);
        let is_same = pattern.verdict == Verdict::Accepted && pattern.tree.len() == written.len();
        is_same.then_some(Self { bytes, tree: pattern.tree, written })
    }

    /// The same with another quantifier, or none, at one of its repetitions.
    fn with_quantifier(&self, at: usize, quantifier: &[u8], version: Version) -> Option<Self> {
        let (id, node) = self.tree.nodes().nth(at)?;
        let child = self.tree.node(self.tree.children(id).next()?);
        let (before, behind) = (&self.bytes[..child.span.end as usize], &self.bytes[node.span.end as usize..]);
        let mut written = self.written.clone();
        if quantifier.is_empty() {
            written.remove(at);
        }
        Self::new([before, quantifier, behind].concat(), written, version)
    }

    /// The first loop that can read one text in many ways.
    fn ambiguous_loop(&self) -> Option<usize> {
        let Backtracking::Exponential(span) = backtracking(&self.tree) else { return None };
        let is_it = |node: Node| node.span == span && matches!(node.kind, Kind::Repeat { .. });
        self.tree.nodes().find(|(_, node)| is_it(*node)).map(|(id, _)| id.index())
    }

    /// The nodes that a loop is made of, without itself: those before it in the arena that lie within its bytes.
    fn inside(&self, at: usize) -> impl Iterator<Item = (usize, Node)> {
        let span = self.written[at].span;
        let nodes = self.written[..at].iter().copied().enumerate().rev();
        nodes.take_while(move |(_, node)| node.span.start >= span.start)
    }

    /// Whether something in a loop is not gone back into.
    fn closes(&self, at: usize) -> bool {
        self.inside(at).any(|(_, node)| {
            let kind = node.kind;
            matches!(kind, Kind::Group(Group::Atomic) | Kind::Repeat { greed: Greed::Possessive, .. })
        })
    }

    /// Whether a loop with so many rounds is slow.
    fn is_slow(&self, at: usize, count: u32, version: Version, has_lines: bool) -> bool {
        let Some((least, most)) = at.checked_sub(1).map(|body| widths(&self.tree)[body]) else { return false };
        if self.closes(at) || most == Some(least) || !self.can_fail_behind(at, has_lines) {
            return false;
        }
        // Counts within counts are not known to leave a choice.
        let has_counts = self.inside(at).any(|(at, node)| match node.kind {
            Kind::Repeat { max: Some(2..), .. } => {
                at.checked_sub(1).is_none_or(|child| !is_single(self.written[child]))
            }
            _ => false,
        });
        let is_long = count >= LEAST_OF_SHORT_ROUNDS && !has_counts;
        if most.is_some() {
            let is_wide = count >= LEAST_OF_WIDE_ROUNDS && self.is_because_of(at, version, is_wide);
            return is_wide || is_long;
        }
        // In how many ways the rounds can share a text, when each may take any part of it.
        let rounds = TEXT / f64::from(least.max(1));
        let ways = (1..=count.min(100)).fold(1.0, |ways, round| ways * rounds / f64::from(round));
        ways >= SLOW && (is_long || self.is_because_of(at, version, is_endless))
    }

    /// Whether something stands behind a loop that fits nowhere in the text that the loop reads, so that Perl is sent back
    /// into it from everywhere. A round that is missing does not count: a text that is too short for all rounds is no long
    /// one.
    fn can_fail_behind(&self, at: usize, has_lines: bool) -> bool {
        let nodes: Vec<(NodeId, Node)> = self.tree.nodes().collect();
        let within = self.inside(at).filter_map(|(at, _)| Some(self.characters(nodes.get(at)?.1)));
        let read: Vec<Set> = within.flatten().collect();
        // Where Perl looks for a text first that must occur, that text has to stand behind something that the loop does not
        // read. So has the end.
        let mut others = (b' '..=b'~').chain(has_lines.then_some(b'\n'));
        let has_end = others.any(|byte| read.iter().all(|read| !read.has(byte)));
        let may_lack = required_literal(&self.tree).is_none();
        let mut blocks = vec![false; nodes.len()];
        // The part that the loop lies in, as far as the walk has come up from it.
        let mut part = at;
        for &(id, node) in &nodes {
            let children = || self.tree.children(id).map(NodeId::index);
            if children().any(|child| child == part) {
                let is_closed =
                    matches!(node.kind, Kind::Group(Group::Atomic | Group::Ahead { .. } | Group::Behind { .. }))
                        || matches!(node.kind, Kind::Repeat { greed: Greed::Possessive, .. });
                let mut behind = children().skip_while(|child| *child != part).skip(1);
                if node.kind == Kind::Sequence && behind.any(|child| blocks[child]) {
                    return true;
                }
                if is_closed {
                    return false;
                }
                part = id.index();
            }
            blocks[id.index()] = match node.kind {
                Kind::End { multiline: false } | Kind::VeryEnd => has_end,
                Kind::Fail => true,
                // Whatever the loop reads, it could be something else than this.
                Kind::Literal { .. } | Kind::Set(_) if has_end || may_lack => {
                    self.characters(node).iter().any(|one| read.iter().all(|read| has_others(read, one)))
                }
                Kind::Sequence => children().any(|child| blocks[child]),
                Kind::Alternation | Kind::Group(Group::Capture(_) | Group::Plain | Group::Atomic) => {
                    children().all(|child| blocks[child])
                }
                Kind::Group(Group::Ahead { negated: false }) => children().all(|child| blocks[child]),
                Kind::Repeat { min, .. } => min > 0 && children().all(|child| blocks[child]),
                _ => false,
            };
        }
        false
    }

    /// What a node reads, character by character.
    fn characters(&self, node: Node) -> Vec<Set> {
        let single = |char: u32, fold: Fold| {
            let mut set = Set::default();
            match u8::try_from(char) {
                Ok(byte) if fold == Fold::No => set.bytes[usize::from(byte / 64)] |= 1 << (byte % 64),
                Ok(byte) => [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]
                    .iter()
                    .for_each(|byte| set.bytes[usize::from(byte / 64)] |= 1 << (byte % 64)),
                Err(_) => set.above = Above::Some,
            }
            set
        };
        match node.kind {
            Kind::Literal { at, len, fold } => {
                self.tree.literal(at, len).iter().take(MOST_CHARACTERS).map(|&char| single(char, fold)).collect()
            }
            Kind::Set(set) => vec![self.tree.sets[set as usize]],
            Kind::Any { newline } => {
                let rest = if newline { u64::MAX } else { !(1 << b'\n') };
                vec![Set { bytes: [rest, u64::MAX, u64::MAX, u64::MAX], ..Set::default() }]
            }
            _ => Vec::new(),
        }
    }

    /// Whether it is repetitions of one sort in the rounds of a loop that let it divide a text in many ways.
    fn is_because_of(&self, at: usize, version: Version, is_it: fn(Kind) -> bool) -> bool {
        let those: Vec<usize> = self.inside(at).filter(|(_, node)| is_it(node.kind)).map(|(at, _)| at).collect();
        if those.is_empty() || those.len() > MOST_LOOPS {
            return false;
        }
        // From the last to the first, so that the places of the others stay.
        let mut without = None;
        for &one in &those {
            without = without.as_ref().unwrap_or(self).with_quantifier(one, b"", version);
            if without.is_none() {
                return false;
            }
        }
        without.is_some_and(|changed| changed.ambiguous_loop() != Some(at - those.len()))
    }
}

fn is_single(node: Node) -> bool {
    matches!(node.kind, Kind::Set(_) | Kind::Any { .. } | Kind::Literal { len: 1, .. })
}

fn is_endless(kind: Kind) -> bool {
    matches!(kind, Kind::Repeat { max: None, .. })
}

/// Whether a set has characters of ASCII that another has not.
fn has_others(set: &Set, other: &Set) -> bool {
    (0..2).any(|word| set.bytes[word] & !other.bytes[word] != 0)
}

/// Whether a repetition may be of many lengths.
fn is_wide(kind: Kind) -> bool {
    matches!(kind, Kind::Repeat { min, max: Some(max), .. } if max - min.min(max) >= 8)
}

/// For each node how many characters it reads at least, and at most.
fn widths(tree: &Tree) -> Vec<(u32, Option<u32>)> {
    let mut widths: Vec<(u32, Option<u32>)> = Vec::with_capacity(tree.len());
    for (id, node) in tree.nodes() {
        let children = || tree.children(id).map(|child| widths[child.index()]);
        let both = |(least, most): (u32, Option<u32>), (min, max): (u32, Option<u32>)| {
            (least.saturating_add(min), most.zip(max).map(|(a, b)| a.saturating_add(b)))
        };
        widths.push(match node.kind {
            Kind::Literal { len, .. } => (len, Some(len)),
            Kind::Any { .. } | Kind::Set(_) => (1, Some(1)),
            Kind::LineEnd => (1, Some(2)),
            Kind::Grapheme => (1, None),
            Kind::Backref(_) | Kind::Recurse(_) | Kind::Conditional { .. } => (0, None),
            Kind::Sequence => children().fold((0, Some(0)), both),
            Kind::Alternation => {
                let least = children().map(|(least, _)| least).min().unwrap_or_default();
                (least, children().map(|(_, most)| most).try_fold(0, |all, most| Some(all.max(most?))))
            }
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => (0, Some(0)),
            Kind::Group(_) => children().next().unwrap_or_default(),
            Kind::Repeat { min, max, .. } => {
                let (least, most) = children().next().unwrap_or_default();
                let most = if most == Some(0) { most } else { most.zip(max).map(|(a, b)| a.saturating_mul(b)) };
                (least.saturating_mul(min), most)
            }
            _ => (0, Some(0)),
        });
    }
    widths
}

/// The bytes of a pattern with the counts of its loops raised.
fn with_raised_counts(pattern: &Pattern) -> Vec<u8> {
    let (mut bytes, mut done) = (Vec::with_capacity(pattern.bytes.len()), 0);
    let low = pattern.tree.nodes().filter_map(|(id, node)| match node.kind {
        Kind::Repeat { max: Some(LEAST_COUNT..RAISED), .. } => {
            let child = pattern.tree.node(pattern.tree.children(id).next()?);
            let quantifier = &pattern.bytes[child.span.end as usize..node.span.end as usize];
            let end = quantifier.iter().rposition(u8::is_ascii_digit)? + 1;
            let start = quantifier[..end].iter().rposition(|byte| !byte.is_ascii_digit())? + 1;
            Some(child.span.end as usize + start..child.span.end as usize + end)
        }
        _ => None,
    });
    let mut low: Vec<_> = low.collect();
    low.sort_by_key(|digits| digits.start);
    for digits in low {
        bytes.extend_from_slice(&pattern.bytes[done..digits.start]);
        bytes.extend_from_slice(RAISED.to_string().as_bytes());
        done = digits.end;
    }
    bytes.extend_from_slice(&pattern.bytes[done..]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(text: &str) -> Option<String> {
        let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
        assert_eq!(pattern.verdict, Verdict::Accepted, "{text}");
        let span = slow_loop(&pattern, Version::V5_36, true)?;
        Some(String::from_utf8_lossy(&pattern.bytes[span.range()]).into_owned())
    }

    #[test]
    fn counted_loops_are_slow() {
        for (text, part) in [
            ("/^(?:a+){1,30}$/", "(?:a+){1,30}"),
            ("/^(?:a+,?){4}$/i", "(?:a+,?){4}"),
            ("/(?:x+)*b(?:(?:a+)+,?){2,5}$/", "(?:(?:a+)+,?){2,5}"),
            ("/^(?:(?:a+){1,20},)*$/", "(?:a+){1,20}"),
            ("/^(b)?(?:a+)*\\1$/", "(?:a+)*"),
        ] {
            assert_eq!(slow(text).as_deref(), Some(part), "{text}");
        }
    }

    #[test]
    fn endless_loops_are_not() {
        for text in [
            "/(?:a|aa){4,20}b/",
            "/(?:a++b?){9}c/",
            "/(?:a+b|c|cc){6}!/",
            "/(?:a|a){99}b/",
            "/^(a+)+$/",
            "/(?:a|aa)+b/",
            "/(?:a+){1,3}$/",
            "/(?:\\w+ ){4,9}!/",
            "/(?:a+){5}/",
            "/.{1,40}x/",
        ] {
            assert_eq!(slow(text), None, "{text}");
        }
    }
}
