//! What fails in conditions.

use memchr::memmem;

use super::Runner;
use super::failing::{Failing, Owner};
use super::number::{compared_number, evident_number};
use super::string::{Expanded, FilterString, is_always_number};
use super::truth::{Truth, compare, truths};
use super::unguarded::{Candidate, Need};
use crate::exim_filter::condition::{Comparison, Operator};
use crate::exim_filter::{Item, Test};
use crate::exim_pattern::{PatternVerdict, judge};

/// Where Exim says that the strings of conditions stand.
const FILE: &str = "filter file";

impl Runner<'_> {
    /// Looks at all conditions, and tells what each can come to.
    pub(super) fn conditions(&mut self) -> Vec<Truth> {
        let filter = self.filter;
        truths(filter, |index| {
            let owner = Owner::Condition(u32::try_from(index).unwrap_or(u32::MAX));
            match filter.conditions[index].test {
                Test::Compare { left, operator, right } => self.comparison(owner, left, operator, right),
                Test::ForAnyAddress { addresses, .. } => {
                    self.string(addresses, owner, FILE);
                    Truth::EITHER
                }
                _ => Truth::EITHER,
            }
        })
    }

    fn comparison(&mut self, owner: Owner, left: Item, operator: Operator, right: Item) -> Truth {
        let [left, right] = [left, right].map(|item| self.string(item, owner, FILE));
        match operator.comparison {
            Comparison::Above | Comparison::Below => {
                self.number(owner, &left);
                self.number(owner, &right);
            }
            Comparison::Matches => self.pattern(owner, &right, !operator.is_exact),
            _ => (),
        }
        match (left.constant(), right.constant()) {
            (Some(left), Some(right)) => compare(left, operator, right),
            _ => Truth::EITHER,
        }
    }

    fn number(&mut self, owner: Owner, string: &FilterString<'_>) {
        if let Some(value) = string.constant() {
            match compared_number(value) {
                None => self.fail(owner, Failing::Number(value.to_vec()), string.span(), Some(malformed(value))),
                Some(number) if evident_number(value) != Some(number.into()) => {
                    self.fail(owner, Failing::MisreadNumber(number), string.span(), None);
                }
                Some(_) => (),
            }
        } else if matches!(string.expanded, Expanded::Something | Expanded::CannotTell)
            && !is_always_number(&string.text, &self.circumstances.setting)
        {
            self.doubt(owner);
            self.candidates.push(Candidate { owner, item: string.item, need: Need::Number, place: FILE.into() });
        }
    }

    fn pattern(&mut self, owner: Owner, string: &FilterString<'_>, is_caseless: bool) {
        let Some(pattern) = string.constant() else {
            if !matches!(string.expanded, Expanded::Refused(..)) {
                self.doubt(owner);
            }
            return;
        };
        // A group that is repeated a counted number of times is compiled as often.
        if memmem::find(pattern, b"){").is_some() {
            match self.costly_patterns.checked_sub(1) {
                Some(left) => self.costly_patterns = left,
                None => return self.doubt(owner),
            }
        }
        match judge(pattern, is_caseless) {
            PatternVerdict::Accepted => (),
            PatternVerdict::CannotTell => self.doubt(owner),
            PatternVerdict::Refused(error) => {
                let span = string.span_of_value(error.blamed(pattern), &self.circumstances.setting);
                let offset = format!("\": {} at offset {}", error.words, error.offset);
                let words = [b"error while compiling regular expression \"", pattern, offset.as_bytes()].concat();
                self.fail(owner, Failing::Pattern(error.words), span, Some(words));
            }
        }
    }
}

/// What Exim says of something that is no number.
pub(super) fn malformed(value: &[u8]) -> Vec<u8> {
    [b"malformed numerical string \"", value, b"\""].concat()
}
