//! The rules that SpamAssassin is delivered with, as far as this program knows them by itself: for files whose server's own
//! copy of them is not at hand, and for the names that only another version has.
//!
//! The tables are text in the order of the names, as they stand in `rules.txt` and `removed.txt` but for the comments.

use super::state::State;
use super::version::Version;

/// `rules.txt`
static RULES: Table = include!(concat!(env!("OUT_DIR"), "/spamassassin_stock_rules.rs"));
/// `removed.txt`
static REMOVED: Table = include!(concat!(env!("OUT_DIR"), "/spamassassin_removed_rules.rs"));

/// Lines that begin with names, in their order.
struct Table {
    text: &'static str,
    /// Where each line begins.
    lines: &'static [u32],
}

/// What is known of the stock rules while files are read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Stock {
    /// Nothing, or what the files say that are read.
    #[default]
    OfFiles,
    /// Those of the tables here hold, since none are read.
    Shipped,
}

/// A stock rule of 4.0.1.
#[derive(Clone, Copy)]
pub struct Shipped {
    scores: &'static str,
    when: &'static str,
}

/// Why a stock rule is not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// Its plugin is not loaded.
    Plugin(&'static str),
    /// `enable_compat welcomelist_blocklist` has taken the old name away.
    Renamed,
    /// It has come with rules that are newer than the program, and perhaps than the tree's.
    Newer,
}

impl Shipped {
    /// Its scores: plain, with the network, with Bayes, with both. `None` when no line gives any.
    #[must_use]
    pub fn scores(&self) -> Option<[f64; 4]> {
        let mut values = self.scores.split(',').map(|value| value.parse().ok());
        let first = values.next()??;
        let mut rest = || values.next().map_or(Some(first), |value| value);
        Some([first, rest()?, rest()?, rest()?])
    }

    /// Why the rule is not there; `None` when it is.
    #[must_use]
    pub fn missing(&self, state: &State) -> Option<Missing> {
        match self.when {
            "" => None,
            "old" => {
                let is_renamed = state.version >= Version::V40 && state.has_compat(b"welcomelist_blocklist");
                is_renamed.then_some(Missing::Renamed)
            }
            "new" => (state.stock == Stock::OfFiles).then_some(Missing::Newer),
            plugin => (!state.has_module(plugin)).then_some(Missing::Plugin(plugin)),
        }
    }
}

/// The stock rule of a name.
#[must_use]
pub fn shipped(name: &[u8]) -> Option<Shipped> {
    let mut words = RULES.find(name)?.split(' ');
    let scores = words.next().filter(|scores| *scores != "-").unwrap_or_default();
    Some(Shipped { scores, when: words.next().unwrap_or_default() })
}

/// Whether the stock rules once had a name.
#[must_use]
pub fn was_removed(name: &[u8]) -> bool {
    REMOVED.find(name).is_some()
}

/// The names of all stock rules.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.text.lines().map(|line| line.split(' ').next().unwrap_or_default())
}

impl Table {
    /// What stands behind a name; nothing when the table has no such name.
    fn find(&self, name: &[u8]) -> Option<&'static str> {
        let name_at = |start: u32| {
            let rest = &self.text.as_bytes()[start as usize..];
            &rest[..rest.iter().position(|byte| b" \n".contains(byte)).unwrap_or(rest.len())]
        };
        let at = self.lines.binary_search_by(|&start| name_at(start).cmp(name)).ok()?;
        let rest = &self.text[self.lines[at] as usize + name.len()..];
        Some(rest.lines().next().unwrap_or_default().trim_start())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_of_a_table_is_found_and_no_other() {
        for table in [&RULES, &REMOVED] {
            let names: HashSet<&str> = table.text.lines().filter_map(|line| line.split(' ').next()).collect();
            for line in table.text.lines() {
                let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
                assert_eq!(table.find(name.as_bytes()), Some(rest), "{name}");
                for other in [&name[1..], &name[..name.len() - 1]] {
                    assert_eq!(table.find(other.as_bytes()).is_some(), names.contains(other), "{other}");
                }
            }
            for absent in [b"".as_slice(), b"\0", b"A", b"\xff", b"zzz", b"AWL -"] {
                assert_eq!(table.find(absent), None);
            }
        }
    }

    #[test]
    fn scores_are_one_or_four() {
        let scores = |name: &[u8]| shipped(name).and_then(|rule| rule.scores());
        assert_eq!(scores(b"USER_IN_WHITELIST"), Some([-100.0; 4]));
        assert_eq!(scores(b"DCC_CHECK"), Some([0.0, 1.1, 0.0, 1.1]));
        assert_eq!(scores(b"AWL"), None);
        for name in names() {
            let rule = shipped(name.as_bytes()).map(|rule| (rule.scores.is_empty(), rule.scores().is_none()));
            assert!(rule.is_some_and(|(is_empty, is_none)| is_empty == is_none), "{name}");
        }
    }
}
