//! The names that Exim knows, since and until which version, and which of them need an option of its build.

use std::num::NonZeroU16;

use super::build::{BuildOption, Engine, Version};
use crate::name_hash;

/// A name of the list `names.txt`.
pub(super) struct Name {
    /// As it is written.
    pub text: &'static str,
    /// The first version that knows it.
    pub since: Version,
    /// The last version that knows it.
    pub until: Version,
    /// What Exim must have been built with.
    pub option: Option<BuildOption>,
    /// What is special about it.
    pub kind: Kind,
}

/// What is special about a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// A certificate, which can be the whole argument of `${md5:` and the like.
    Certificate,
    /// It exists only while a filter runs.
    Filter,
}

include!(concat!(env!("OUT_DIR"), "/expansion_names.rs"));

impl Name {
    fn is_known_to(&self, engine: Engine) -> bool {
        (self.since..=self.until).contains(&engine.version)
            && self.option.is_none_or(|option| engine.options.contains(option))
    }
}

macro_rules! lookups {
    ($($kind:ident)*) => { $(
        impl $kind {
            /// The one that an Exim knows by this name.
            #[must_use]
            pub fn find(name: &[u8], engine: Engine) -> Option<Self> {
                let at = position(Self::NAMES, Self::AT, name)?;
                Self::NAMES[at].is_known_to(engine).then(|| Self::ALL[at])
            }

            /// As it is written.
            #[must_use]
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize].text
            }

            /// Whether any version of Exim, however it is built, knows the name.
            #[must_use]
            pub fn is_known_somewhere(name: &[u8]) -> bool {
                position(Self::NAMES, Self::AT, name).is_some()
            }

            /// The name nearest to one that is unknown, if any is near.
            #[must_use]
            pub fn nearest(name: &[u8], engine: Engine) -> Option<&'static str> {
                nearest(Self::NAMES, name, engine)
            }
        }
    )* };
}
lookups!(Item Operator Condition);

/// One of the variables in the list: its place there, counted from one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Variable(NonZeroU16);

impl Variable {
    /// The variable that an Exim knows by this name.
    #[must_use]
    pub fn find(name: &[u8], engine: Engine) -> Option<Self> {
        let at = position(VARIABLES, VARIABLES_AT, name)?;
        VARIABLES[at].is_known_to(engine).then(|| Self::at(at))
    }

    const fn at(at: usize) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "there are some hundred names")]
        match NonZeroU16::new(at as u16 + 1) {
            Some(number) => Self(number),
            None => Self(NonZeroU16::MIN),
        }
    }

    fn entry(self) -> &'static Name {
        &VARIABLES[usize::from(self.0.get()) - 1]
    }

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().text
    }

    /// Whether any version of Exim, however it is built, knows the name.
    #[must_use]
    pub fn is_known_somewhere(name: &[u8]) -> bool {
        position(VARIABLES, VARIABLES_AT, name).is_some()
    }

    /// The name nearest to one that is unknown, if any is near.
    #[must_use]
    pub fn nearest(name: &[u8], engine: Engine) -> Option<&'static str> {
        nearest(VARIABLES, name, engine)
    }

    /// Whether it exists only while a filter runs.
    #[must_use]
    pub fn is_of_filters(self) -> bool {
        self.entry().kind == Kind::Filter
    }

    /// Whether it is a certificate.
    #[must_use]
    pub fn is_certificate(self) -> bool {
        self.entry().kind == Kind::Certificate
    }
}

fn position(names: &'static [Name], places: &[u16], name: &[u8]) -> Option<usize> {
    name_hash::position(places, |place| names.get(place).map(|name| name.text), name)
}

/// The name that an unknown one was evidently meant to be: the one with the fewest slips of the pen between them, or else
/// the most alike; none when the likeness is no more than chance.
fn nearest(names: &'static [Name], name: &[u8], engine: Engine) -> Option<&'static str> {
    let name = std::str::from_utf8(name).ok().filter(|name| name.len() <= 40)?;
    let most_slips = if name.len() < 6 { 1 } else { 2 };
    let mut best: Option<((usize, f64), &str)> = None;
    for known in names.iter().filter(|known| known.is_known_to(engine)) {
        let likeness = strsim::jaro_winkler(name, known.text);
        // What differs more in its length than that has more slips, and need not be compared letter by letter.
        let slips = if known.text.len().abs_diff(name.len()) > most_slips {
            usize::MAX
        } else {
            Some(strsim::osa_distance(name, known.text)).filter(|&slips| slips <= most_slips).unwrap_or(usize::MAX)
        };
        let is_better = |((best_slips, best_likeness), _): &((usize, f64), &str)| {
            slips < *best_slips || (slips == *best_slips && likeness > *best_likeness)
        };
        if best.as_ref().is_none_or(is_better) {
            best = Some(((slips, likeness), known.text));
        }
    }
    best.filter(|&((_, likeness), _)| likeness >= 0.88).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_depend_on_the_version_and_the_build() {
        let old = Engine { version: Version::new(80, 0), ..Engine::usual() };
        assert_eq!(Item::find(b"sort", old), None);
        assert_eq!(Item::find(b"sort", Engine::usual()), Some(Item::Sort));
        assert!(Item::is_known_somewhere(b"sort"));
        assert_eq!(Variable::find(b"spam_score", Engine::debian_light()), None);
        assert_eq!(Variable::find(b"n0", old).map(Variable::is_of_filters), Some(true));
        assert_eq!(Operator::find(b"time_eval", old), Some(Operator::TimeEval));
        assert_eq!(Condition::find(b">=", old), Some(Condition::GreaterEqual));
        assert_eq!(Condition::GreaterEqual.name(), ">=");
    }

    #[test]
    fn the_nearest_name_is_named() {
        let engine = Engine::usual();
        assert_eq!(Variable::nearest(b"home_dir", engine), Some("home"));
        assert_eq!(Variable::nearest(b"sender_adress", engine), Some("sender_address"));
        assert_eq!(Variable::nearest(b"zzz", engine), None);
        assert_eq!(Item::nearest(b"lookpu", engine), Some("lookup"));
    }

    #[test]
    fn a_slip_of_the_pen_is_seen_through() {
        let engine = Engine::usual();
        let (mut asked, mut right) = (0, 0);
        let known = VARIABLES.iter().filter(|known| known.is_known_to(engine) && known.text.len() > 5);
        for known in known.step_by(13) {
            let text = known.text.as_bytes();
            for at in (1..text.len() - 1).step_by(3) {
                let left_out = [&text[..at], &text[at + 1..]].concat();
                let doubled = [&text[..at], &text[at - 1..]].concat();
                let mut swapped = text.to_vec();
                swapped.swap(at, at + 1);
                for slip in [left_out, doubled, swapped] {
                    if Variable::is_known_somewhere(&slip) {
                        continue;
                    }
                    asked += 1;
                    right += usize::from(Variable::nearest(&slip, engine) == Some(known.text));
                }
            }
        }
        // What is left is between two names, such as `acl_arg` without its digit.
        assert!(right * 100 >= asked * 98, "{right} of {asked}");
    }
}
