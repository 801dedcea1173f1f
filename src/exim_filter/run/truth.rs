//! What conditions can come to.

use super::number::compared_number;
use crate::exim_filter::condition::{Comparison, Operator};
use crate::exim_filter::{Filter, Test};

/// What a condition can come to. Neither, when that is not known at all: then nothing is claimed of what depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Truth {
    /// It holds for some message.
    pub can_hold: bool,
    /// It does not hold for some message.
    pub can_fail: bool,
}

impl Truth {
    /// It always holds.
    pub const YES: Self = Self { can_hold: true, can_fail: false };
    /// It never holds.
    pub const NO: Self = Self { can_hold: false, can_fail: true };
    /// That depends on the message.
    pub const EITHER: Self = Self { can_hold: true, can_fail: true };
    /// Nobody can tell.
    pub const UNKNOWN: Self = Self { can_hold: false, can_fail: false };

    /// The other way round.
    pub fn opposite(self) -> Self {
        Self { can_hold: self.can_fail, can_fail: self.can_hold }
    }

    pub fn of(holds: bool) -> Self {
        if holds { Self::YES } else { Self::NO }
    }
}

/// What every condition can come to, when `asked` says it of those that ask about texts, by their index.
pub fn truths(filter: &Filter, mut asked: impl FnMut(usize) -> Truth) -> Vec<Truth> {
    let mut truths: Vec<Truth> = Vec::with_capacity(filter.conditions.len());
    for (at, condition) in filter.conditions.iter().enumerate() {
        let truth = match &condition.test {
            Test::And(parts) => parts.iter().fold(Truth::YES, |all, part| both(all, truths[part.0 as usize])),
            Test::Or(parts) => {
                let none = parts.iter().fold(Truth::YES, |all, part| both(all, truths[part.0 as usize].opposite()));
                none.opposite()
            }
            Test::Compare { .. } | Test::ForAnyAddress { .. } => asked(at),
            _ => Truth::EITHER,
        };
        truths.push(if condition.is_negated { truth.opposite() } else { truth });
    }
    truths
}

/// Both hold; the second is asked only if the first does.
fn both(first: Truth, second: Truth) -> Truth {
    Truth {
        can_hold: first.can_hold && second.can_hold,
        can_fail: first.can_fail || (first.can_hold && second.can_fail),
    }
}

/// What a comparison of two texts comes to. Patterns are never matched.
pub fn compare(left: &[u8], operator: Operator, right: &[u8]) -> Truth {
    let holds = match (operator.comparison, operator.is_exact) {
        (Comparison::Matches, _) => return Truth::EITHER,
        (Comparison::Above | Comparison::Below, _) => {
            let (Some(left), Some(right)) = (compared_number(left), compared_number(right)) else {
                return Truth::EITHER;
            };
            if operator.comparison == Comparison::Above { left > right } else { left < right }
        }
        (Comparison::Is, true) => left == right,
        (Comparison::Is, false) => left.eq_ignore_ascii_case(right),
        (Comparison::Begins, is_exact) => left.get(..right.len()).is_some_and(|start| alike(start, right, is_exact)),
        (Comparison::Ends, is_exact) => {
            let start = left.len().checked_sub(right.len());
            start.is_some_and(|start| alike(&left[start..], right, is_exact))
        }
        (Comparison::Contains, true) => memchr::memmem::find(left, right).is_some(),
        (Comparison::Contains, false) => contains(left, right),
    };
    Truth::of(holds)
}

fn alike(left: &[u8], right: &[u8], is_exact: bool) -> bool {
    if is_exact { left == right } else { left.eq_ignore_ascii_case(right) }
}

/// Exim's own search (string.c: `strstric`), which misses what begins inside of a part that matched, and finds no empty
/// text.
fn contains(text: &[u8], wanted: &[u8]) -> bool {
    let (mut at, mut matched) = (0, 0);
    while let (Some(byte), Some(want)) = (text.get(at), wanted.get(matched)) {
        if byte.eq_ignore_ascii_case(want) {
            matched += 1;
            at += 1;
            if matched == wanted.len() {
                return true;
            }
        } else if matched > 0 {
            matched = 0;
        } else {
            at += 1;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_as_exim_does() {
        let holds = |left: &str, word: &str, right: &str| {
            let operator = Operator::of(word.as_bytes()).unwrap_or_else(|| panic!("{word}"));
            compare(left.as_bytes(), operator, right.as_bytes()) == Truth::YES
        };
        assert!(holds("Abc", "is", "aBC") && !holds("Abc", "IS", "abc"));
        assert!(!holds("abc", "contains", "") && holds("abc", "CONTAINS", ""));
        assert!(!holds("***SPAM***", "contains", "**SPAM**") && holds("xABx", "contains", "ab"));
        assert!(holds("", "begins", "") && holds("abc", "ENDS", "c") && !holds("c", "ends", "abc"));
        assert!(holds("10K", "above", "0x10") && !holds("3000000000", "above", "1"));
    }

    #[test]
    fn what_is_not_known_decides_nothing() {
        assert_eq!(both(Truth::UNKNOWN, Truth::YES), Truth::UNKNOWN);
        assert_eq!(both(Truth::YES, Truth::EITHER), Truth::EITHER);
        assert_eq!(both(Truth::NO, Truth::UNKNOWN), Truth::NO);
        assert_eq!(both(Truth::EITHER, Truth::NO), Truth::NO);
    }
}
