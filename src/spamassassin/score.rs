//! `score NAME V` and `score NAME V0 V1 V2 V3`.

use super::bytes::{first_word, number, words};
use super::complaint::{Complaint, Level};
use super::reader::{Here, Reader};
use super::state::Score;
use super::stock::{self, Shipped};
use super::value::{Outcome, is_score};

impl Reader<'_> {
    pub fn score<'v>(&mut self, here: &Here<'v, '_>) -> Outcome<'v> {
        let (name, rest) = first_word(here.value);
        let rest = rest.unwrap_or_default();
        // One more than there may be, so that a line of a million words costs no more than it must.
        let mut given: [&[u8]; 5] = [b""; 5];
        let count = words(rest).take(5).zip(&mut given).map(|(word, place)| *place = word).count();
        if count != 1 && count != 4 {
            self.complain(here.at(here.value), Level::Info, Complaint::ScoreCount);
            return Outcome::Missing(here.value);
        }
        let (mut values, mut is_relative) = ([0.0; 4], false);
        for (word, value) in given.iter().zip(&mut values).take(count) {
            let inner =
                word.strip_prefix(b"(").and_then(|word| word.strip_suffix(b")")).filter(|inner| is_score(inner));
            is_relative |= inner.is_some();
            let text = inner.unwrap_or(word);
            if !is_score(text) {
                self.complain(here.at(word), Level::Info, Complaint::ScoreNotNumeric);
                return Outcome::Invalid(word);
            }
            *value = number(text);
        }
        if count == 1 {
            values = [values[0]; 4];
        }
        // Only with the stock rules is it known whether a rule of that name is there, and what its score was.
        let is_known = || {
            let is_shipped = |rule: Shipped| rule.missing(&self.state).is_none();
            self.state.rule(name).is_some() || stock::shipped(name).is_some_and(is_shipped)
        };
        self.may_depend_on_more |= self.is_user && (is_relative || !is_known());
        if is_relative {
            let Some(before) = self.state.scores_so_far(name) else {
                self.complain(here.at(rest), Level::Info, Complaint::RelativeScoreWithoutBase);
                return Outcome::Invalid(rest);
            };
            values.iter_mut().zip(before).for_each(|(value, before)| *value += before);
        }
        let score = Score { values, at: Some(here.at(name)) };
        match self.state.scores.get_mut(name) {
            Some(before) => *before = score,
            None => drop(self.state.scores.insert(name.into(), score)),
        }
        Outcome::Taken
    }
}
