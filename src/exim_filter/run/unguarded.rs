//! What fails in a message whose headers are missing, or hold something that the filter cannot use.
//!
//! A text with `$h_x:` in it is expanded once more as for a message without that header, and then as for messages in which
//! it holds what such headers do hold: `5.3`, `1 (Highest)`. Where it then is no number, or no address, or does not expand at
//! all (`${eval:$h_x:}`), such a message is deferred if it gets there: all conditions are asked again for it. One that asks
//! about the header and has an answer (`$h_x: is not ""`, or a pattern that is simple enough to be matched) decides; one that
//! has none leaves the matter open, and nothing is claimed. Conditions about other things can come out either way.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::Circumstances;
use super::address::{Taken, taken};
use super::conditions::malformed;
use super::failing::{Failing, Failure, Owner, Place, Unguarded};
use super::flow::{Flow, Reach, flow};
use super::number::compared_number;
use super::string::{Expanded, FilterString, expanded};
use super::truth::{Truth, compare, truths};
use crate::exim_expansion::{Condition, Node, NodeKind, Setting, What, expand};
use crate::exim_filter::condition::Comparison;
use crate::exim_filter::{Filter, Item, Test};
use crate::exim_pattern::matches;

/// So many conditions are asked, over all the messages that are thought of for one file: each costs a walk through it.
const MOST_ASKED: usize = 300_000;
/// So many messages at the least, and at the most.
const MESSAGES: RangeInclusive<usize> = 8..=256;
/// So many texts are expanded for them.
const MOST_EXPANSIONS: u32 = 100_000;

/// What a header may hold: nothing when it is missing; a number as SpamAssassin writes scores; what mail programs write
/// into X-Priority; no number.
const TEXTS: [&str; 4] = ["", "5.3", "1 (Highest)", "none"];

/// Headers that every message has, or that Exim reads itself: none of them holds such a text.
const OTHERS: [&[u8]; 9] = [b"received", b"date", b"message-id", b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc"];

/// What SpamAssassin puts into a message under names that begin so, it puts there together: who asks about one of them
/// knows of the others.
const TOGETHER: &[u8] = b"x-spam-";

/// What is empty unless a content scanner has looked at the message.
const SCANNED: &[(&str, &str)] = &[("spam_bar", ""), ("spam_report", ""), ("spam_score", ""), ("spam_score_int", "")];

/// A string that depends on the message, and for which some texts of headers are no good.
#[derive(Clone)]
pub struct Candidate {
    /// Who needs it.
    pub owner: Owner,
    /// The string.
    pub item: Item,
    /// What it must be.
    pub need: Need,
    /// Where Exim says that it stands.
    pub place: Box<str>,
}

/// What a string must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// A number.
    Number,
    /// A mail address.
    Address,
    /// Something that can be expanded.
    Expansion,
}

/// What a message is about: names of headers, in small letters, and of variables behind a `$`.
type Names = BTreeSet<Vec<u8>>;

/// What a condition asks about, and what it comes to in any message.
struct Asked {
    names: Names,
    truth: Truth,
}

/// A filter for which messages are thought of.
struct Guards<'f> {
    filter: &'f Filter,
    bytes: &'f [u8],
    setting: &'f Setting,
    /// For each condition, once it is needed.
    asked: OnceCell<Vec<Asked>>,
    expansions_left: Cell<u32>,
}

/// What fails for a message in whose headers there is something else than what some string needs.
pub fn failures(
    filter: &Filter,
    bytes: &[u8],
    circumstances: &Circumstances<'_>,
    candidates: Vec<Candidate>,
    usual: &Flow,
) -> Vec<Failure> {
    let setting = &circumstances.setting;
    let guards = Guards { filter, bytes, setting, asked: OnceCell::new(), expansions_left: Cell::new(MOST_EXPANSIONS) };
    let most = (MOST_ASKED / filter.conditions.len().max(1)).clamp(*MESSAGES.start(), *MESSAGES.end());
    // As many of each text: those that fail when their header is missing leave room for the others.
    let most_of_a_text = most / TEXTS.len();
    let mut by_names: BTreeMap<Names, Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates.into_iter().filter(|candidate| usual.reach(candidate.owner).can) {
        let needed = names(&candidate.item.value(bytes), setting);
        if !needed.is_empty() && (by_names.len() < most_of_a_text || by_names.contains_key(&needed)) {
            by_names.entry(needed).or_default().push(candidate);
        }
    }
    let mut all = Vec::new();
    // What fails without the header needs no other example.
    for text in TEXTS {
        for (about, candidates) in &mut by_names {
            if candidates.is_empty() || (!text.is_empty() && !may_hold(about)) {
                continue;
            }
            let with = Setting { headers: Some(text), known: if text.is_empty() { SCANNED } else { &[] }, ..*setting };
            let failures: Vec<Option<Failure>> =
                candidates.iter().map(|candidate| guards.failure(candidate, text, &with)).collect();
            if failures.iter().all(Option::is_none) {
                continue;
            }
            let flows = [None, Some(Truth::YES), Some(Truth::NO)].map(|pattern| guards.flow(about, &with, pattern));
            let [Some(flow), Some(matched), Some(unmatched)] = flows else { return all };
            let mut has_failed = failures.into_iter().map(|failure| {
                let Some(mut failure) = failure else { return false };
                let can_reach = |flow: &Flow| flow.reach(failure.place.owner).can;
                let is_behind_pattern = !can_reach(&matched) || !can_reach(&unmatched);
                // Of SpamAssassin's own headers it is taken that they are as it writes them, unless somebody doubts it.
                let is_known = !text.is_empty() && !is_behind_pattern && about.iter().any(|name| is_together(name));
                let fails = can_reach(&flow) && !is_known;
                failure.place.reach = flow.reach(failure.place.owner).sometimes();
                if let Failing::Unguarded(unguarded) = &mut failure.what {
                    unguarded.is_behind_pattern |= is_behind_pattern;
                }
                if fails {
                    all.push(failure);
                }
                fails
            });
            candidates.retain(|_| !has_failed.next().unwrap_or_default());
        }
    }
    all
}

impl Guards<'_> {
    /// How a string fails when the headers hold a text, if it does.
    fn failure(&self, candidate: &Candidate, text: &'static str, with: &Setting) -> Option<Failure> {
        let string = FilterString::new(candidate.item, self.bytes, with);
        let words = match (candidate.need, &string.expanded) {
            (Need::Number, Expanded::Constant(value)) if compared_number(value).is_none() => malformed(value),
            (Need::Address, Expanded::Constant(value)) if text.is_empty() => match taken(value) {
                Taken::Malformed(why) => [b"malformed address \"", &**value, b"\" in filter file: ", &why].concat(),
                _ => return None,
            },
            (Need::Expansion, Expanded::Refused(refusal)) if refusal.is_first && is_about_number(refusal.what) => {
                string.words_of_refusal(refusal, &candidate.place)
            }
            _ => return None,
        };
        let order = match candidate.owner {
            Owner::Condition(index) => self.filter.conditions[index as usize].span.start,
            Owner::Command(index) => self.filter.commands[index as usize].span.start,
        };
        let unguarded = Unguarded {
            header: shown(&string.text, self.setting),
            text,
            need: candidate.need,
            is_behind_pattern: has_pattern(&string.text, self.setting),
        };
        let place = Place { owner: candidate.owner, order, reach: Reach::default() };
        Some(Failure { what: Failing::Unguarded(unguarded), span: string.span(), words: Some(words), place })
    }

    /// What each condition asks about.
    fn asked(&self) -> &[Asked] {
        self.asked.get_or_init(|| {
            let asked = |test: &Test| match *test {
                Test::Compare { left, operator, right } => {
                    let texts = [left, right].map(|item| item.value(self.bytes));
                    let names = texts.iter().flat_map(|text| names(text, self.setting)).collect();
                    let [left, right] = texts.map(|text| constant(&text, self.setting));
                    let truth = left.zip(right).map_or(Truth::EITHER, |(left, right)| compare(&left, operator, &right));
                    Asked { names, truth }
                }
                Test::ForAnyAddress { addresses, .. } => {
                    Asked { names: names(&addresses.value(self.bytes), self.setting), truth: Truth::EITHER }
                }
                _ => Asked { names: Names::new(), truth: Truth::EITHER },
            };
            self.filter.conditions.iter().map(|condition| asked(&condition.test)).collect()
        })
    }

    /// What a message comes to in which these headers hold what the setting says; nothing when that is too much work.
    /// `pattern`: what patterns shall come to that are asked about them, instead of what they do.
    fn flow(&self, about: &Names, with: &Setting, pattern: Option<Truth>) -> Option<Flow> {
        let conditions = self.asked();
        let truths = truths(self.filter, |index| {
            let asked = &conditions[index];
            if asked.names.is_disjoint(about) {
                return asked.truth;
            }
            let left = self.expansions_left.get();
            self.expansions_left.set(left.saturating_sub(1));
            match self.filter.conditions[index].test {
                Test::Compare { left, operator, right } if asked.names.is_subset(about) => {
                    let is_pattern = operator.comparison == Comparison::Matches;
                    if let Some(truth) = pattern.filter(|_| is_pattern) {
                        return truth;
                    }
                    let [left, right] = [left, right].map(|item| constant(&item.value(self.bytes), with));
                    let Some((left, right)) = left.zip(right) else { return Truth::UNKNOWN };
                    let truth = if is_pattern {
                        matches(&right, !operator.is_exact, &left).map_or(Truth::EITHER, Truth::of)
                    } else {
                        compare(&left, operator, &right)
                    };
                    if truth == Truth::EITHER { Truth::UNKNOWN } else { truth }
                }
                _ => Truth::UNKNOWN,
            }
        });
        (self.expansions_left.get() > 0).then(|| flow(self.filter, &truths))
    }
}

/// Whether headers may hold any text.
fn may_hold(about: &Names) -> bool {
    let is_header = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    about.iter().all(|name| is_together(name) || (is_header(name) && !OTHERS.contains(&name.as_slice())))
}

/// Whether these are headers that SpamAssassin writes.
fn is_together(name: &[u8]) -> bool {
    name.starts_with(TOGETHER)
}

/// Whether an expansion holds something against a pattern.
fn has_pattern(text: &[u8], setting: &Setting) -> bool {
    let is_match = |node: &Node| matches!(node.kind, NodeKind::Condition(Some(Condition::Match)));
    expand(text, setting).nodes().iter().any(is_match)
}

/// What a text expands to, when that is certain.
fn constant(text: &[u8], setting: &Setting) -> Option<Vec<u8>> {
    match expanded(text, setting) {
        Expanded::Itself => Some(text.to_vec()),
        Expanded::Constant(value) => Some(value),
        _ => None,
    }
}

/// Whether an expansion fails because something is no number.
fn is_about_number(what: What) -> bool {
    matches!(what, What::Expression | What::IntegerExpected | What::InvalidInteger)
}

/// The first that a text uses of what may be missing, as it is written.
fn shown(text: &[u8], setting: &Setting) -> Vec<u8> {
    let expansion = expand(text, setting);
    let header = expansion.headers().next().map(|(_, name, _)| name.to_vec());
    header.unwrap_or_else(|| text.to_vec())
}

/// What a text uses that may be missing.
fn names(text: &[u8], setting: &Setting) -> Names {
    if !text.contains(&b'$') {
        return Names::new();
    }
    let expansion = expand(text, setting);
    let headers = expansion.headers().map(|(_, name, _)| {
        let name = name.to_ascii_lowercase();
        if is_together(&name) { [TOGETHER, b"..."].concat() } else { name }
    });
    let variables = expansion.variables().filter_map(|(name, _)| {
        let is_scanned = SCANNED.iter().any(|(scanned, _)| scanned.as_bytes() == name);
        is_scanned.then(|| [b"$", name].concat())
    });
    headers.chain(variables).collect()
}
