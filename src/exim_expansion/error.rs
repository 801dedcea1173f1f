//! Everything that Exim's expansion can say of a text.

use super::names::{Condition, Item};
use crate::source::Span;

/// Something that Exim cannot expand, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// What it is.
    pub what: What,
    /// The bytes of the text that are wrong; empty where something is missing.
    pub span: Span,
    /// Whether Exim meets it.
    pub certainty: Certainty,
    /// Exim's words without what the surrounding items add; [`super::Expansion::words`] has them all.
    pub(super) words: Vec<u8>,
    /// The innermost node that was being read.
    pub(super) node: u32,
}

/// Whether Exim meets an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Certainty {
    /// Every time that it gets there.
    Certain,
    /// It depends on the message.
    Possible,
    /// Exim stops before it, at an error that is certain.
    Behind,
}

/// What Exim cannot expand: a variant for each of its messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A `$` before something that begins no name.
    DollarAlone,
    /// A `${` before something that begins no name.
    LetterExpected,
    /// `${1` without its `}`.
    NumberNotClosed,
    /// A `\` at the end of the text.
    BackslashAtEnd,
    /// The text ends inside of `{`.
    ClosingMissing,
    /// The same, and a header's name that holds a `}` swallowed it.
    HeaderSwallowedBrace,
    /// No such variable; the one that was evidently meant.
    UnknownVariable(Option<&'static str>),
    /// No such variable, in braces; the one that was evidently meant.
    UnknownVariableInBraces(Option<&'static str>),
    /// No such operator; the one that was evidently meant.
    UnknownOperator(Option<&'static str>),
    /// `${name` that goes on with neither `}` nor `:` and is no item; the item that was evidently meant.
    NotAnItem(Option<&'static str>),
    /// An item that this Exim was built without.
    NotBuilt(Item),
    /// A condition that this Exim was built without.
    ConditionNotBuilt(Condition),
    /// An item that the router forbids.
    Forbidden(Item),
    /// A test for a file where the router forbids it.
    ExistsForbidden,
    /// `${stat:` where the router forbids tests for files.
    StatForbidden,
    /// Something else than `{` where the first alternative of an item must begin.
    YesStart(Item),
    /// Something else than `}` behind the word `fail`.
    FailEnd(Item),
    /// Something else than `}` behind the alternatives of an item.
    AlternativesEnd(Item),
    /// A word that is not `fail` in place of the second alternative.
    FailExpected(Item),
    /// The alternative `fail`.
    ForcedFail(Item),
    /// Fewer arguments than an item needs: the least number.
    NotEnoughArguments(u8),
    /// More arguments than an item takes: the greatest number.
    TooManyArguments(u8),
    /// Something else than `}` behind an item's last argument.
    ItemEnd,
    /// Something else than `{` where an item's argument must begin.
    ArgumentMissing(Item),
    /// Something else than a name where a condition must begin.
    ConditionNameExpected,
    /// No such condition; the one that was evidently meant.
    UnknownCondition(Option<&'static str>),
    /// A condition without its `{`.
    ConditionArgumentMissing,
    /// A condition without its second argument.
    SecondArgumentMissing,
    /// `def` without its `:`.
    DefColon,
    /// `def:` without a name.
    DefNameMissing,
    /// `def:` and an unknown variable; the one that was evidently meant.
    DefUnknownVariable(Option<&'static str>),
    /// A condition inside of `and` or `or` that does not stand in its own braces.
    SubconditionStart,
    /// The same, which does not end with `}`.
    SubconditionEnd,
    /// The condition of `forall` or `forany` does not end with `}`.
    ForConditionEnd,
    /// The last argument of `map`, `filter` or `reduce` does not end with `}`.
    LastArgumentEnd(Item),
    /// `map`, `filter`, `reduce` or `sort` does not end with `}`.
    ListItemEnd(Item),
    /// Too few arguments, or a missing brace, in a condition.
    ConditionArguments,
    /// No lookup type.
    LookupTypeMissing,
    /// No such lookup type.
    UnknownLookupType,
    /// A lookup type with a malformed `partial`.
    LookupTypeFormat,
    /// A lookup type for which `partial` or a default is not permitted.
    LookupTypeOption,
    /// A lookup that needs a key and has none.
    LookupKeyMissing,
    /// A lookup that takes no key and has one.
    LookupKeyNotTaken,
    /// A query or file of a lookup without its `{`.
    LookupQueryMissing,
    /// An unknown option of `run`.
    RunOption,
    /// The key of `extract` is empty.
    ExtractKeyEmpty,
    /// The arguments of `extract` do not fit.
    ExtractArguments,
    /// `extract json` of something that is no such JSON.
    ExtractJson,
    /// The number of `listextract` is empty or none.
    ListextractNumber,
    /// `certextract` of something that is no certificate.
    Certificate,
    /// The separator of `imapfolder` is not one character.
    ImapSeparator,
    /// The comparator of `sort` is none.
    SortComparator,
    /// `sort` found nothing to compare in an element of its list.
    SortField,
    /// The algorithm of `hmac` is unknown.
    HmacAlgorithm,
    /// The address or the key number of `prvs` is malformed.
    Prvs,
    /// An argument of `substr`, `length`, `hash` or `nhash` is not a number.
    NotANumber,
    /// A count for `hash` over 62.
    HashCount,
    /// A side of a numeric comparison, or of `randint`, is not a number at all.
    IntegerExpected,
    /// A side of a numeric comparison goes on behind its number.
    InvalidInteger,
    /// A number beyond 64 bits.
    IntegerOverflow,
    /// A number for `randint` is below zero.
    NegativeInteger,
    /// The argument of `bool` is none.
    UnrecognisedBoolean,
    /// A pattern that does not compile.
    Pattern,
    /// A mechanism of `crypteq` is unknown.
    CryptMechanism,
    /// An expression of `eval` that cannot be computed.
    Expression,
    /// An operator without the numbers behind its `_`.
    OperatorValuesMissing,
    /// Something else than digits behind the `_` of an operator.
    OperatorValues,
    /// Not an address of a host.
    NotAnIpAddress,
    /// `mask` without a mask.
    MaskMissing,
    /// `mask` with more bits than the address has.
    MaskTooBig,
    /// Not a time interval.
    NotATime,
    /// Not a positive number, for `time_interval`.
    NotAPositiveNumber,
    /// Not well-formed base 32, base 62, base 64, or a number for them.
    Encoding,
    /// Not hexadecimal.
    NotHex,
    /// An odd number of hexadecimal digits.
    OddHex,
    /// No such variant of `sha2` or `sha3`.
    ShaVariant,
    /// A type of `listnamed` that is none.
    ListType,
    /// No such type of lookup to quote for.
    QuoteType,
    /// `addresses` without the separator that it announces.
    AddressesSeparator,
    /// A text that another text stands for does not expand (`${expand:`).
    Inner,
}
