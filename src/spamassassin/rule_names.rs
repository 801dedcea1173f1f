//! What a name means that a line gives to a rule of another line: whether there is such a rule, and if not, why.
//!
//! SpamAssassin itself takes every name, and says nothing of one that no rule has.

use std::cell::Cell;

use strsim::damerau_levenshtein;

use super::Stock;
use super::bytes::{is_rule_name, is_word};
use super::configuration::Configuration;
use super::state::State;
use super::stock::{self, Missing};

/// What a name means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Name {
    /// A rule has it; or it cannot be told.
    Known,
    /// The rule is there only while a plugin is loaded, which it is not.
    WithoutPlugin(&'static str),
    /// The rule has another name now.
    Renamed(Vec<u8>),
    /// The stock rules have it, but not those that are read here.
    OfOtherRules,
    /// The stock rules once had it.
    Removed,
    /// No rule has it.
    Unknown,
}

/// Names that plugins and the program itself report without a rule of theirs.
const WITHOUT_RULE: &[&[u8]] = &[b"TIME_LIMIT_EXCEEDED", b"PHISHTAG_TOSS"];

/// What a name means after all lines.
pub fn meaning(configuration: &Configuration, name: &[u8]) -> Name {
    let state = &*configuration.reading.state;
    if !configuration.knows_stock_rules() || state.rule(name).is_some() || WITHOUT_RULE.contains(&name) {
        return Name::Known;
    }
    let shipped = stock::shipped(name);
    match shipped.map(|rule| rule.missing(state)) {
        Some(Some(Missing::Renamed)) => return Name::Renamed(renamed(name)),
        Some(Some(Missing::Plugin(plugin))) => return Name::WithoutPlugin(plugin),
        Some(None) if state.stock == Stock::Shipped => return Name::Known,
        _ => {}
    }
    // What is wrong with the line of such a rule is said there.
    if state.has_dropped(name) {
        return Name::Known;
    }
    if shipped.is_some() {
        Name::OfOtherRules
    } else if stock::was_removed(name) {
        Name::Removed
    } else {
        Name::Unknown
    }
}

/// The new name of a rule over the lists that were called white and black.
fn renamed(old: &[u8]) -> Vec<u8> {
    let old = String::from_utf8_lossy(old);
    old.replace("WHITELIST", "WELCOMELIST").replace("BLACKLIST", "BLOCKLIST").into_bytes()
}

/// How likely it is that a name was meant for another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Likely {
    /// They differ in case, in signs that no name has, or in quotation marks: it was meant.
    Same(Vec<u8>),
    /// They differ in a letter or two.
    Near(Vec<u8>),
}

/// Looks for the names that unknown ones were meant for; in a file with very many of them only as long as it may take.
pub struct Guesser<'c> {
    state: &'c State,
    /// How many bytes of names may still be looked at.
    budget: Cell<usize>,
}

/// Names of up to this length are looked for.
const LONGEST: usize = 60;

impl<'c> Guesser<'c> {
    /// For the names of one file.
    pub fn new(configuration: &'c Configuration) -> Self {
        Self { state: &configuration.reading.state, budget: Cell::new(2_000_000) }
    }

    /// The name that one was probably meant for.
    pub fn likely(&self, name: &[u8]) -> Option<Likely> {
        if name.len() > LONGEST {
            return None;
        }
        let plain: Vec<u8> = plain(name);
        let is_there = |name: &[u8]| {
            let is_shipped = || {
                let shipped = stock::shipped(name).filter(|_| self.state.stock == Stock::Shipped);
                shipped.is_some_and(|rule| rule.missing(self.state).is_none())
            };
            self.state.rule(name).is_some() || is_shipped()
        };
        if plain != name && is_there(&plain) {
            return Some(Likely::Same(plain));
        }
        let layers = std::iter::successors(Some(self.state), |state| state.base());
        let read = layers.flat_map(|state| state.rules.keys()).map(|name| &**name);
        let shipped =
            (self.state.stock == Stock::Shipped).then(|| stock::names().map(|name| -> &[u8] { name.as_bytes() }));
        let text = str::from_utf8(&plain).ok()?;
        let (letters, most) = (letters(&plain), if plain.len() < 10 { 1 } else { 2 });
        let mut best: Option<(usize, &[u8])> = None;
        for other in read.chain(shipped.into_iter().flatten()) {
            let Some(left) = self.budget.get().checked_sub(other.len()) else { break };
            self.budget.set(left);
            let is_alike = other.len().abs_diff(plain.len()) <= most
                && (self::letters(other) ^ letters).count_ones() as usize <= 2 * most
                && other.starts_with(b"__") == plain.starts_with(b"__");
            // Names that differ in their numbers are neighbours, not slips.
            if !is_alike || digits(other).ne(digits(&plain)) {
                continue;
            }
            let distance = str::from_utf8(other).map_or(usize::MAX, |other| damerau_levenshtein(text, other));
            if distance <= most && plain.len() >= 6 && best.is_none_or(|best| (distance, other) < best) {
                best = Some((distance, other));
            }
        }
        best.filter(|(_, name)| is_there(name)).map(|(_, name)| Likely::Near(name.to_vec()))
    }
}

/// A name in capitals, with `_` for `-`, without what stands around it.
fn plain(name: &[u8]) -> Vec<u8> {
    let start = name.iter().take_while(|&&byte| !is_word(byte)).count();
    let end = name.iter().rposition(|&byte| is_word(byte)).map_or(start, |at| at + 1);
    let inner = name.get(start..end.max(start)).unwrap_or_default();
    inner.iter().map(|&byte| if byte == b'-' { b'_' } else { byte.to_ascii_uppercase() }).collect()
}

/// Which letters a name has, a bit for each.
fn letters(name: &[u8]) -> u64 {
    name.iter().fold(0, |bits, byte| bits | 1 << (byte & 0x3f))
}

fn digits(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().copied().filter(u8::is_ascii_digit)
}

/// Whether a name can be a rule's at all.
pub fn can_be_a_name(name: &[u8]) -> bool {
    is_rule_name(name) && name.len() <= 100
}
