//! Conditions, with Exim's meaning.

use super::quote::Item;
use crate::source::Span;

/// A condition, by its place in [`Filter::conditions`](super::Filter::conditions). Conditions that belong to another one
/// stand before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ConditionId(pub u32);

/// One condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Where it stands, with its `not`s and parentheses.
    pub span: Span,
    /// Whether it is the other way round: each `not` before it, and a `not` behind `does` or `is`, turns it.
    pub is_negated: bool,
    /// What is asked.
    pub test: Test,
}

/// What a condition asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Test {
    /// All of some conditions, from left to right, up to the first that does not hold.
    And(Vec<ConditionId>),
    /// One of some conditions, from left to right, up to the first that holds. It binds less than [`Test::And`].
    Or(Vec<ConditionId>),
    /// Whether something was already done that counts as a delivery.
    Delivered,
    /// Whether the message has no sender, as bounces have.
    ErrorMessage,
    /// Whether this is the first attempt to deliver the message.
    FirstDelivery,
    /// Whether the message was frozen, and somebody let it go.
    ManuallyThawed,
    /// Whether the message is for the user in person, also under these names.
    Personal(Vec<Item>),
    /// Whether a condition holds for one of the addresses in a text.
    ForAnyAddress {
        /// The text.
        addresses: Item,
        /// The condition, about `$thisaddress`.
        condition: ConditionId,
    },
    /// A comparison.
    Compare {
        /// What stands on the left.
        left: Item,
        /// How it is compared.
        operator: Operator,
        /// What stands on the right.
        right: Item,
    },
    /// What Exim cannot read.
    Broken,
}

/// A comparison. Those of strings ignore the case of ASCII letters unless they are written in capitals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operator {
    /// What is compared.
    pub comparison: Comparison,
    /// Whether it is written in capitals.
    pub is_exact: bool,
}

/// A kind of comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// The same text.
    Is,
    /// The right text somewhere in the left one. (In lower case Exim's search misses some.)
    Contains,
    /// The right text at the start of the left one.
    Begins,
    /// The right text at the end of the left one.
    Ends,
    /// The right pattern in the left text.
    Matches,
    /// A greater number.
    Above,
    /// A smaller number.
    Below,
}

impl Operator {
    /// All words for a comparison.
    pub(super) const WORDS: [&str; 20] = [
        "contains", "is", "matches", "begins", "ends", "contain", "match", "begin", "end", "above", "below",
        "CONTAINS", "IS", "MATCHES", "BEGINS", "ENDS", "CONTAIN", "MATCH", "BEGIN", "END",
    ];

    /// The comparison that a word stands for.
    #[must_use]
    pub fn of(word: &[u8]) -> Option<Self> {
        let (comparison, is_exact) = match word {
            b"is" => (Comparison::Is, false),
            b"IS" => (Comparison::Is, true),
            b"contain" | b"contains" => (Comparison::Contains, false),
            b"CONTAIN" | b"CONTAINS" => (Comparison::Contains, true),
            b"begin" | b"begins" => (Comparison::Begins, false),
            b"BEGIN" | b"BEGINS" => (Comparison::Begins, true),
            b"end" | b"ends" => (Comparison::Ends, false),
            b"END" | b"ENDS" => (Comparison::Ends, true),
            b"match" | b"matches" => (Comparison::Matches, false),
            b"MATCH" | b"MATCHES" => (Comparison::Matches, true),
            b"above" => (Comparison::Above, false),
            b"below" => (Comparison::Below, false),
            _ => return None,
        };
        Some(Self { comparison, is_exact })
    }
}
