//! What happens when Exim runs a filter that it could read: what fails, and which messages come to it.
//!
//! Nothing is run here. Every string is expanded as far as it is the same for every message; numbers, patterns, addresses
//! and times are read as Exim reads them. What depends on the message is left open, with one exception: a header may be
//! missing in any message, or hold anything, so a comparison that needs a number where such a header stands fails for that
//! message, unless something before it asks about the header.
//!
//! - `flow.rs` and `truth.rs`: which commands and conditions a filter comes to; `conditions.rs` and `commands.rs`: what
//!   fails there; `unguarded.rs`: what fails in a message without some headers, or with odd ones.
//! - `numbered.rs`: variables that are always empty.
//! - `string.rs`: a string, expanded; `number.rs`, `address.rs`, `pipe.rs`: what Exim reads in one.
//!
//! `tests/exim_filter_runtime.rs` holds all of it against Exim's deliveries. The facts are those of filter.c.

mod address;
mod commands;
mod conditions;
mod failing;
mod flow;
mod number;
mod numbered;
mod pipe;
mod string;
mod truth;
mod unguarded;

use std::collections::BTreeSet;

use super::{Filter, Item, Whose};
use crate::exim_expansion::Setting;
use crate::source::Span;
pub use failing::{Failing, Failure, Outcome, Unguarded};
use failing::{Owner, Place};
pub use flow::Reach;
use flow::flow;
use numbered::Numbered;
pub use string::Refusal;
use string::{Expanded, FilterString};
use unguarded::Candidate;
pub use unguarded::Need;

/// So many patterns of one file may take some tens of microseconds each.
const COSTLY_PATTERNS: u32 = 1000;

/// Where a filter runs.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'c> {
    /// Which Exim, and what its router forbids.
    pub setting: Setting,
    /// Whose mail it is for.
    pub whose: Whose<'c>,
    /// The user and group as whom it runs, where they are known.
    pub runs_as: Option<(u32, u32)>,
}

/// What happens when Exim runs a filter.
#[derive(Clone, Debug, Default)]
pub struct Run {
    failures: Vec<Failure>,
    /// What may fail, and the file does not tell.
    doubts: Vec<Place>,
}

impl Run {
    /// Goes through a filter. Each of its strings is looked at as if nothing before it had failed.
    #[must_use]
    pub fn of(filter: &Filter, bytes: &[u8], circumstances: &Circumstances<'_>) -> Self {
        let mut runner = Runner {
            filter,
            bytes,
            circumstances,
            run: Self::default(),
            candidates: Vec::new(),
            numbered: Vec::new(),
            has_added: false,
            costly_patterns: COSTLY_PATTERNS,
            told_logfiles: BTreeSet::new(),
        };
        let truths = runner.conditions();
        let flow = flow(filter, &truths);
        runner.commands(&flow);
        runner.empty_numbers();
        let Runner { mut run, candidates, .. } = runner;
        for place in run.failures.iter_mut().map(|failure| &mut failure.place).chain(&mut run.doubts) {
            place.reach = flow.reach(place.owner);
        }
        run.failures.extend(unguarded::failures(filter, bytes, circumstances, candidates, &flow));
        run.failures.retain(|failure| failure.reach().can);
        run.doubts.retain(|place| place.reach.can);
        // What one place has to say stays in Exim's order.
        run.failures.sort_by_key(|failure| failure.place.order);
        run
    }

    /// What fails, in the order in which Exim comes to it.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// What becomes of the filter when a message comes that has a sender.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let doubt = self.doubts.iter().map(|place| place.order).min();
        let mut failures = self.failures.iter().filter(|failure| failure.what.stops_filter());
        let Some(failure) = failures.next() else {
            return if doubt.is_some() { Outcome::CannotTell } else { Outcome::Runs };
        };
        match &failure.words {
            Some(words) if failure.reach().always && doubt.is_none_or(|doubt| doubt > failure.place.order) => {
                Outcome::Fails(words.clone())
            }
            _ => Outcome::CannotTell,
        }
    }
}

/// A filter that is gone through.
struct Runner<'f> {
    filter: &'f Filter,
    bytes: &'f [u8],
    circumstances: &'f Circumstances<'f>,
    run: Run,
    candidates: Vec<Candidate>,
    numbered: Vec<Numbered>,
    /// Whether an `add` stands before the place.
    has_added: bool,
    /// So many more patterns are compiled that may take long.
    costly_patterns: u32,
    /// The commands `logfile` of which it was said that their file cannot be written.
    told_logfiles: BTreeSet<u32>,
}

impl<'f> Runner<'f> {
    fn place(&self, owner: Owner) -> Place {
        let order = match owner {
            Owner::Condition(index) => self.filter.conditions[index as usize].span.start,
            Owner::Command(index) => self.filter.commands[index as usize].span.start,
        };
        // How it is come to is known when all conditions were looked at.
        Place { owner, order, reach: Reach::default() }
    }

    fn fail(&mut self, owner: Owner, what: Failing, span: Span, words: Option<Vec<u8>>) {
        let place = self.place(owner);
        self.run.failures.push(Failure { what, span, words, place });
    }

    fn doubt(&mut self, owner: Owner) {
        let place = self.place(owner);
        self.run.doubts.push(place);
    }

    /// Expands a string. Exim's words name the place.
    fn string(&mut self, item: Item, owner: Owner, place: &str) -> FilterString<'f> {
        self.note_numbers(owner, item, place);
        let string = FilterString::new(item, self.bytes, &self.circumstances.setting);
        match &string.expanded {
            Expanded::Refused(refusal) => {
                let words = refusal.is_first.then(|| string.words_of_refusal(refusal, place));
                let span = string.span_of_text(refusal.place.clone());
                self.fail(owner, Failing::Expansion(refusal.clone()), span, words);
            }
            Expanded::CannotTell => {
                self.doubt(owner);
                self.candidates.push(Candidate { owner, item, need: Need::Expansion, place: place.into() });
            }
            Expanded::Itself | Expanded::Constant(_) | Expanded::Something => (),
        }
        string
    }
}
