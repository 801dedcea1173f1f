//! Whether a search may take time that doubles with every character.
//!
//! Perl tries one way after the other. Where a loop can read the same text in two ways, and what follows the loop
//! fails, every part of the text doubles the number of ways: `(a+)+b`. So the question is whether a loop is ambiguous.
//! It is asked of the position automaton (Glushkov) of each outermost endless loop: its states are the places in the
//! pattern that read a character. The loop is ambiguous when one step can be made in two ways (a loop in a loop), or
//! when from one place two different ways read the same text and come together there again (a pair of the product
//! automaton).

use super::questions::Sure;
use super::tree::{Above, Dialect, Fold, Greed, Group, Kind, NodeId, Set, Tag, Tree};
use crate::source::Span;

/// The answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backtracking {
    /// It surely does not double: no loop is ambiguous, or nothing behind an ambiguous one can fail.
    Bounded,
    /// It may double, in this loop. Counted repetitions are taken for loops, so this is no certainty; and Perl often
    /// finds out sooner that there is no match.
    Exponential(Span),
    /// The pattern calls itself, or a loop of it is too large to judge.
    Unknown,
}

/// The largest loop that is judged, in places that read a character. The product automaton is the square of it, and a
/// set of places is a `u128`.
const MOST_PLACES: usize = 96;
/// The work that one pattern may cost, in steps.
const MOST_WORK: usize = 4_000_000;
/// A counted repetition with a larger count is as bad as an endless one.
const LARGE_COUNT: u32 = 15;

/// Whether a node is repeated so often that doubling hurts, and gives back what it took.
fn is_open_loop(kind: Kind) -> bool {
    match kind {
        Kind::Repeat { max, greed: Greed::Greedy | Greed::Lazy, .. } => max.is_none_or(|max| max > LARGE_COUNT),
        _ => false,
    }
}

/// Judges a pattern.
#[must_use]
pub fn backtracking(tree: &Tree) -> Backtracking {
    if !tree.has(&[Tag::Repeat, Tag::LargeRepeat]) || !tree.nodes().any(|(_, node)| is_open_loop(node.kind)) {
        return Backtracking::Bounded;
    }
    if tree.has(&[Tag::Recurse]) {
        return Backtracking::Unknown;
    }
    let (mut work, mut answer) = (0, Backtracking::Bounded);
    for id in outermost_loops(tree) {
        match Automaton::of(tree, id).map(|automaton| automaton.is_ambiguous(&mut work)) {
            Some(Some(true)) => return Backtracking::Exponential(tree.span(id)),
            Some(Some(false)) => {}
            _ => answer = Backtracking::Unknown,
        }
    }
    answer
}

/// What is known of what stands in a node.
#[derive(Clone, Copy)]
struct Inside {
    /// What comes behind the child that is looked at, in the end, can fail.
    can_fail: bool,
    /// It stands in a loop that is judged.
    is_in_loop: bool,
    is_sequence: bool,
}

/// The endless loops that stand in no other, behind which something can fail.
fn outermost_loops(tree: &Tree) -> Vec<NodeId> {
    let mut surely = vec![false; tree.len()];
    tree.fold(|id, kind, children: &[Sure]| {
        let sure = Sure::of(kind, children);
        surely[id.index()] = sure.anywhere;
        sure
    });
    let mut loops = Vec::new();
    let top = Inside { can_fail: false, is_in_loop: false, is_sequence: false };
    let enter = |id: NodeId, kind, parent: &mut Inside| {
        let Inside { can_fail, is_in_loop, .. } = *parent;
        parent.can_fail |= parent.is_sequence && !surely[id.index()];
        // A loop that must go round many times can fail by itself.
        let needs_many = matches!(kind, Kind::Repeat { min, .. } if min > LARGE_COUNT);
        let is_judged = is_open_loop(kind) && !is_in_loop && (can_fail || needs_many);
        if is_judged {
            loops.push(id);
        }
        // What has matched in a lookaround or an atomic group is not tried again when something behind it fails.
        let is_closed = matches!(
            kind,
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. } | Group::Atomic)
                | Kind::Repeat { greed: Greed::Possessive, .. }
        );
        // Behind the body of a repetition comes the next round, which can fail.
        let has_rounds = matches!(kind, Kind::Repeat { max: None | Some(2..), .. });
        Inside {
            can_fail: !is_closed && kind != Kind::Fail && (can_fail || has_rounds),
            // In a loop that needs no judgement, the end of each round may still fail.
            is_in_loop: (is_in_loop || is_judged) && !is_closed || kind == Kind::Fail,
            is_sequence: kind == Kind::Sequence,
        }
    };
    tree.hand_down(top, enter, |_| {});
    loops.reverse();
    loops
}

/// The position automaton of a loop.
#[derive(Default)]
struct Automaton {
    /// What each place reads.
    sets: Vec<Set>,
    /// For each place where the next step may go, as a set of places.
    steps: Vec<u128>,
    /// The same, but for the steps that stand for something else: a part that is read in one way only, a fixed count.
    counted: Vec<u128>,
    /// A step can be made in two ways.
    is_doubled: bool,
}

/// What the automaton needs to know of a part. The places are sets.
#[derive(Clone, Copy, Default)]
struct Part {
    first: u128,
    last: u128,
    is_optional: bool,
    /// How many characters it reads, when that is certain.
    width: Option<u32>,
}

impl Part {
    const NOTHING: Self = Self { first: 0, last: 0, is_optional: true, width: Some(0) };
}

impl Automaton {
    /// Builds it for a loop; none when it is too large.
    fn of(tree: &Tree, id: NodeId) -> Option<Self> {
        let mut automaton = Self::default();
        tree.fold_part(id, |kind, children| {
            let part = automaton.part(tree, kind, children);
            part.filter(|_| automaton.sets.len() <= MOST_PLACES)
        })?;
        Some(automaton)
    }

    /// The part that a node is, its children's given.
    fn part(&mut self, tree: &Tree, kind: Kind, children: &[Part]) -> Option<Part> {
        let mut children = children.iter().copied();
        Some(match kind {
            Kind::Literal { at, len, fold } => self.literal(tree.literal(at, len), fold)?,
            Kind::Set(set) => self.place(tree.sets[set as usize], false),
            Kind::Any { newline } => self.place(any(newline), false),
            Kind::LineEnd => self.place(line_end(), true),
            Kind::Grapheme => self.place(Set::UNKNOWN, true),
            Kind::Backref(_) => Part { is_optional: true, width: None, ..self.place(Set::UNKNOWN, true) },
            Kind::Fail => Part::default(),
            Kind::Sequence => children.fold(Part::NOTHING, |whole, part| self.then(whole, part)),
            Kind::Alternation => {
                let first = children.next()?;
                children.fold(first, Part::or)
            }
            Kind::Conditional { .. } => children.fold(Part::NOTHING, Part::or),
            Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => Part::NOTHING,
            Kind::Group(Group::Atomic) => self.opaque(children.next()?),
            Kind::Group(_) => children.next()?,
            Kind::Repeat { min, max, greed } => {
                let mut part = children.next()?;
                if max.is_none_or(|max| max > 1) {
                    // A fixed number of rounds of a fixed width can be made in one way only.
                    self.connect(part.last, part.first, max != Some(min) || part.width.is_none());
                }
                // Of many rounds that must be made, any may be the empty ones: `(?:a?){20}`.
                // PCRE2 writes out the rounds that may be made as well, and does not see that one was empty.
                let has_written_rounds = min > 1 || (tree.dialect == Dialect::Pcre2 && max.is_some_and(|max| max > 1));
                self.is_doubled |= has_written_rounds && part.is_optional;
                part.is_optional |= min == 0;
                part.width = part.width.filter(|_| max == Some(min)).and_then(|width| width.checked_mul(min));
                if greed == Greed::Possessive { self.opaque(part) } else { part }
            }
            _ => Part::NOTHING,
        })
    }

    fn place(&mut self, set: Set, has_own_loop: bool) -> Part {
        let place = 1 << (self.sets.len() % 128);
        self.sets.push(set);
        self.steps.push(if has_own_loop { place } else { 0 });
        self.counted.push(0);
        Part { first: place, last: place, is_optional: false, width: (!has_own_loop).then_some(1) }
    }

    fn literal(&mut self, chars: &[u32], fold: Fold) -> Option<Part> {
        if chars.len() > MOST_PLACES {
            return None;
        }
        Some(chars.iter().fold(Part::NOTHING, |whole, &char| {
            let place = self.place(one(char, fold), false);
            self.then(whole, place)
        }))
    }

    fn then(&mut self, whole: Part, part: Part) -> Part {
        self.connect(whole.last, part.first, true);
        Part {
            first: if whole.is_optional { whole.first | part.first } else { whole.first },
            last: if part.is_optional { whole.last | part.last } else { part.last },
            is_optional: whole.is_optional && part.is_optional,
            width: whole.width.zip(part.width).and_then(|(a, b)| a.checked_add(b)),
        }
    }

    /// A part that is read in one way only: one place that reads any of its characters.
    fn opaque(&mut self, part: Part) -> Part {
        let mut set = Set::default();
        for place in members(self.reachable(part.first)) {
            let this = self.sets[place];
            set.bytes.iter_mut().zip(this.bytes).for_each(|(word, more)| *word |= more);
            if this.above != Above::None {
                set.above = Above::Some;
            }
        }
        Part { is_optional: part.is_optional, ..self.place(set, true) }
    }

    fn reachable(&self, from: u128) -> u128 {
        let (mut seen, mut new) = (from, from);
        while new != 0 {
            let next = members(new).fold(0, |next, place| next | self.steps[place]);
            new = next & !seen;
            seen |= next;
        }
        seen
    }

    /// Puts in the steps from some places to others. `counts`: a step that is there already makes the loop ambiguous.
    fn connect(&mut self, from: u128, to: u128, counts: bool) {
        for place in members(from) {
            if counts {
                self.is_doubled |= self.counted[place] & to != 0;
                self.counted[place] |= to;
            }
            self.steps[place] |= to;
        }
    }

    /// Whether the loop is ambiguous; none when that is too much work.
    fn is_ambiguous(&self, work: &mut usize) -> Option<bool> {
        if self.is_doubled {
            return Some(true);
        }
        // The graph of pairs, and from where each can be reached: a pair of different places that comes from a pair of
        // the same and goes back to it.
        let count = self.sets.len();
        if count < 2 {
            return Some(false);
        }
        let mut overlaps = vec![false; count * count];
        for a in 0..count {
            for b in 0..count {
                overlaps[a * count + b] = self.sets[a].overlaps(&self.sets[b]);
            }
        }
        *work += count * count;
        let mut steps: Vec<Vec<u32>> = vec![Vec::new(); count * count];
        for a in 0..count {
            for b in 0..count {
                *work += (self.steps[a].count_ones() * self.steps[b].count_ones()) as usize;
                if *work > MOST_WORK {
                    return None;
                }
                for next in members(self.steps[a]) {
                    for other in members(self.steps[b]) {
                        if overlaps[next * count + other] {
                            steps[a * count + b].push(super::tree::index(next * count + other));
                        }
                    }
                }
            }
        }
        let components = components(&steps);
        let mut has_same = vec![false; count * count];
        let is_same = |pair: usize| pair / count == pair % count;
        for pair in (0..count * count).filter(|&pair| is_same(pair)) {
            has_same[components[pair] as usize] = true;
        }
        Some((0..count * count).any(|pair| !is_same(pair) && has_same[components[pair] as usize]))
    }
}

impl Part {
    fn or(self, other: Self) -> Self {
        Self {
            first: self.first | other.first,
            last: self.last | other.last,
            is_optional: self.is_optional || other.is_optional,
            width: self.width.filter(|_| self.width == other.width),
        }
    }
}

/// The members of a set of places.
fn members(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (set != 0).then_some(set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(place)
    })
}

/// The strongly connected components of a graph (Tarjan, without recursion): for each node the number of its own.
fn components(steps: &[Vec<u32>]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let count = steps.len();
    let (mut order, mut low) = (vec![NEW; count], vec![0; count]);
    let (mut component, mut path, mut next) = (vec![NEW; count], Vec::new(), 0);
    let mut found = 0;
    for root in 0..count {
        if order[root] != NEW {
            continue;
        }
        let mut stack = vec![(root, 0)];
        while let Some((node, step)) = stack.pop() {
            if step == 0 {
                (order[node], low[node]) = (next, next);
                next += 1;
                path.push(node);
            } else {
                let before = steps[node][step - 1] as usize;
                low[node] = low[node].min(low[before]);
            }
            let mut step = step;
            let mut descends = false;
            while let Some(&to) = steps[node].get(step) {
                let to = to as usize;
                step += 1;
                if order[to] == NEW {
                    stack.push((node, step));
                    stack.push((to, 0));
                    descends = true;
                    break;
                }
                if component[to] == NEW {
                    low[node] = low[node].min(order[to]);
                }
            }
            if !descends && low[node] == order[node] {
                while let Some(member) = path.pop() {
                    component[member] = found;
                    low[member] = NEW;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

fn any(newline: bool) -> Set {
    let mut set = Set { bytes: [u64::MAX; 4], above: Above::All, exact: true };
    if !newline {
        set.bytes[0] &= !(1 << b'\n');
    }
    set
}

fn line_end() -> Set {
    let mut set = Set { above: Above::Some, ..Set::default() };
    (b'\n'..=b'\r').for_each(|byte| set.add(byte));
    set.add(0x85);
    set
}

/// What a character of a literal may read.
fn one(char: u32, fold: Fold) -> Set {
    let mut set = Set { exact: true, ..Set::default() };
    match u8::try_from(char) {
        Ok(byte) => {
            set.add(byte);
            if fold != Fold::No {
                set.add(byte.to_ascii_lowercase());
                set.add(byte.to_ascii_uppercase());
                if !byte.is_ascii() || fold == Fold::Unicode {
                    // Other cases outside of ASCII, and `ss`: rare, so it may read anything of that kind.
                    (0x80..=u8::MAX).for_each(|byte| set.add(byte));
                    set.above = Above::Some;
                }
            }
        }
        Err(_) => set.above = Above::Some,
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perl_pattern::{Pattern, Version};

    fn doubles(text: &str) -> bool {
        let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
        assert_eq!(pattern.verdict, crate::perl_pattern::Verdict::Accepted, "{text}");
        matches!(backtracking(&pattern.tree), Backtracking::Exponential(_))
    }

    #[test]
    fn ambiguous_loops_double() {
        for text in [
            "/(a+)+b/",
            "/(a*)*b/",
            "/(?:a|a)*b/",
            "/(?:a|ab?)*c/",
            "/(?:a|aa)+$/",
            r"/(?:\s*\w+\s*)+!/",
            "/(.*,)*.*x/",
            "/(?:a{1,5})*b/",
            "/(?:(?:ab){2}|abab)*c/",
            "/(?i:a|A)*b/",
            "/(?=(?:a|a)*b)c/",
            "/(?:x(?:a|a)*b)*/",
            "/(?:a|a){0,200}b/",
            "/(?:a?){20}b/",
            "/(?:||a){20}b/",
            "/(?:a+){20}b/",
            "/(?:a|bb){20}(?:a|bb)*c(?:(?:a+){2})*d/",
        ] {
            assert!(doubles(text), "{text}");
        }
    }

    #[test]
    fn others_do_not() {
        for text in [
            "/(a+)b/",
            "/(?:a+b)+c/",
            "/(a+)+/",
            "/(?:a|b)*c/",
            "/(?:ab|ac)*d/",
            "/(?>a+)+b/",
            "/(?:a++)+b/",
            "/(?:a{3})*b/",
            "/(?:(?:a|b){3}c)*d/",
            "/(?:a|bb){20}c/",
            "/(?:a|a)?b/",
            r"/(?:\w+\s)*\w+$/",
            "/^(?:[a-z]+[.])+com$/",
            "/.*foo.*bar/",
        ] {
            assert!(!doubles(text), "{text}");
        }
    }
}
