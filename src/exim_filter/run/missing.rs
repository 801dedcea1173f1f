//! What fails in a message that lacks some headers.
//!
//! A text with `$h_x:` in it is expanded once more as for a message without that header. Where it then is no number, or no
//! address, such a message is deferred if it gets there: all conditions are asked again for it. One that asks about the
//! header and has an answer (`$h_x: is not ""`) decides; one that has none (a pattern, which is never matched here) leaves
//! the matter open, and nothing is claimed. Conditions about other things can come out either way.

use std::collections::{BTreeMap, BTreeSet};

use super::Circumstances;
use super::address::{Taken, taken};
use super::conditions::malformed;
use super::failing::{Failing, Failure, Owner, Place};
use super::flow::{Flow, Reach, flow};
use super::number::compared_number;
use super::string::{Expanded, FilterString, expanded};
use super::truth::{Truth, compare, truths};
use crate::exim_expansion::{Setting, expand};
use crate::exim_filter::{Filter, Item, Test};

/// So many different messages are thought of for one file: each costs a walk through it.
const MOST_MESSAGES: usize = 16;

/// What SpamAssassin puts into a message under names that begin so, it puts there together: who asks about one of them
/// knows of the others.
const TOGETHER: &[u8] = b"x-spam-";

/// What is empty unless a content scanner has looked at the message.
const SCANNED: &[(&str, &str)] = &[("spam_bar", ""), ("spam_report", ""), ("spam_score", ""), ("spam_score_int", "")];

/// A string that must be a number or an address, and depends on the message.
#[derive(Clone, Copy)]
pub struct Candidate {
    /// Who needs it.
    pub owner: Owner,
    /// The string.
    pub item: Item,
}

/// What may be missing in a message: names of headers, in small letters, and of variables behind a `$`.
type Names = BTreeSet<Vec<u8>>;

/// What fails for a message that lacks what some string needs.
pub fn failures(
    filter: &Filter,
    bytes: &[u8],
    circumstances: &Circumstances<'_>,
    candidates: Vec<Candidate>,
    usual: &Flow,
) -> Vec<Failure> {
    let setting = &circumstances.setting;
    let without = Setting { has_headers: false, known: SCANNED, ..*setting };
    let mut by_names: BTreeMap<Names, Vec<Failure>> = BTreeMap::new();
    for candidate in candidates.into_iter().filter(|candidate| usual.reach(candidate.owner).can) {
        let string = FilterString::new(candidate.item, bytes, setting);
        let needed = names(&string.text, setting);
        if needed.is_empty() || (by_names.len() == MOST_MESSAGES && !by_names.contains_key(&needed)) {
            continue;
        }
        let value = match expanded(&string.text, &without) {
            Expanded::Itself => string.text.to_vec(),
            Expanded::Constant(value) => value,
            _ => continue,
        };
        let shown = shown(&string.text, setting);
        let (what, words, order) = match candidate.owner {
            Owner::Condition(index) if compared_number(&value).is_none() => {
                let order = filter.conditions[index as usize].span.start;
                (Failing::NumberWithout(shown), malformed(&value), order)
            }
            Owner::Command(index) if let Taken::Malformed(why) = taken(&value) => {
                let words = [b"malformed address \"", &*value, b"\" in filter file: ", &why].concat();
                (Failing::AddressWithout(shown), words, filter.commands[index as usize].span.start)
            }
            _ => continue,
        };
        let place = Place { owner: candidate.owner, order, reach: Reach::default() };
        by_names.entry(needed).or_default().push(Failure { what, span: string.span(), words: Some(words), place });
    }
    let mut all = Vec::new();
    for (missing, failures) in by_names {
        let flow = flow_without(filter, bytes, setting, &without, &missing);
        all.extend(failures.into_iter().filter_map(|mut failure| {
            let reach = flow.reach(failure.place.owner);
            failure.place.reach = reach.sometimes();
            reach.can.then_some(failure)
        }));
    }
    all
}

/// What a message comes to that lacks some headers.
fn flow_without(filter: &Filter, bytes: &[u8], setting: &Setting, without: &Setting, missing: &Names) -> Flow {
    let truths = truths(filter, |index| match filter.conditions[index].test {
        Test::Compare { left, operator, right } => {
            let texts = [left, right].map(|item| item.value(bytes));
            let asked: Names = texts.iter().flat_map(|text| names(text, setting)).collect();
            let setting = if asked.is_disjoint(missing) { setting } else { without };
            let [left, right] = texts.map(|text| match expanded(&text, setting) {
                Expanded::Itself => Some(text.to_vec()),
                Expanded::Constant(value) => Some(value),
                _ => None,
            });
            let truth = match (&left, &right) {
                (Some(left), Some(right)) => compare(left, operator, right),
                _ => Truth::EITHER,
            };
            if !asked.is_disjoint(missing) && (truth == Truth::EITHER || !asked.is_subset(missing)) {
                Truth::UNKNOWN
            } else {
                truth
            }
        }
        Test::ForAnyAddress { addresses, .. } if !names(&addresses.value(bytes), setting).is_disjoint(missing) => {
            Truth::UNKNOWN
        }
        _ => Truth::EITHER,
    });
    flow(filter, &truths)
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
        if name.starts_with(TOGETHER) { [TOGETHER, b"..."].concat() } else { name }
    });
    let variables = expansion.variables().filter_map(|(name, _)| {
        let is_scanned = SCANNED.iter().any(|(scanned, _)| scanned.as_bytes() == name);
        is_scanned.then(|| [b"$", name].concat())
    });
    headers.chain(variables).collect()
}
