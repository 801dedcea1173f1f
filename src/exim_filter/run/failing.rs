//! What can fail when Exim runs a filter.

use super::flow::Reach;
use super::string::Refusal;
use super::unguarded::Need;
use crate::source::Span;

/// Something that fails when Exim comes to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What it is.
    pub what: Failing,
    /// The bytes of the file that are to blame.
    pub span: Span,
    /// What Exim logs, word for word; nothing where the file does not tell it.
    pub words: Option<Vec<u8>>,
    pub(super) place: Place,
}

/// What Exim comes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Owner {
    /// A comparison, by its index.
    Condition(u32),
    /// A command, by its index.
    Command(u32),
}

/// Where Exim is when something fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub owner: Owner,
    /// As Exim comes from one place to the next, this grows.
    pub order: u32,
    pub reach: Reach,
}

impl Failure {
    /// Which messages come to it. (Of what `mail` and `vacation` check: apart from bounces, which they leave alone.)
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.place.reach
    }
}

/// What fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failing {
    /// A string does not expand.
    Expansion(Refusal),
    /// An argument of a `pipe` does not expand when the command is run. The message bounces.
    PipeExpansion(Refusal),
    /// A `pipe` has more arguments than Exim has room for. The message bounces.
    PipeArguments,
    /// Something that is no number is compared as one.
    Number(Vec<u8>),
    /// A number is another one for Exim: this. Nothing fails.
    MisreadNumber(i32),
    /// A numbered variable that is always empty. Nothing fails.
    EmptyNumber {
        /// Whether the way of the mail depends on the text in which it stands.
        steers: bool,
    },
    /// A text is not what it must be in some messages.
    Unguarded(Unguarded),
    /// A pattern does not compile; PCRE2's reason.
    Pattern(String),
    /// Something that is not one address; Exim's reason.
    Address(Vec<u8>),
    /// `errors_to` names somebody else's address.
    ErrorsTo,
    /// `add` to something that is no variable.
    AddedVariable(Vec<u8>),
    /// `add` of, or to, something that is no number.
    AddedNumber(Vec<u8>),
    /// A header of `mail` goes on in a line that does not begin with a blank.
    HeaderBreak,
    /// A line of `extra_headers` is no header.
    ExtraHeader,
    /// A file's name, or a time, with characters that cannot be printed.
    Unprintable,
    /// `once_repeat` is no time.
    OnceRepeat(Vec<u8>),
    /// `mail` to something in which there is no address. No mail is sent.
    Recipient,
    /// `logwrite` without a `logfile` before it.
    NoLogfile,
    /// `logwrite` to a file whose path does not begin at the root.
    RelativeLogfile,
    /// The system filter saves to such a file. The filter goes on, and the delivery is deferred.
    RelativeSave,
}

/// A text that is not what it must be in a message whose headers hold something else than the filter reckons with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unguarded {
    /// The first of these headers, as it is written.
    pub header: Vec<u8>,
    /// What they hold in such a message; nothing when they are missing.
    pub text: &'static str,
    /// What it must be.
    pub need: Need,
    /// Whether it stands behind a pattern that one of them is held against, and that lets such a message pass.
    pub is_behind_pattern: bool,
}

impl Failing {
    /// Whether Exim stops and defers the message. What a filter delivers is delivered when it is done.
    #[must_use]
    pub fn stops_filter(&self) -> bool {
        !matches!(
            self,
            Self::PipeExpansion(_)
                | Self::PipeArguments
                | Self::Recipient
                | Self::RelativeSave
                | Self::MisreadNumber(_)
                | Self::EmptyNumber { .. }
        )
    }
}

/// What becomes of a filter when a message comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It runs to its end, whatever the message.
    Runs,
    /// It fails with these words, whatever the message.
    Fails(Vec<u8>),
    /// It depends on the message, or on something else that the file does not tell.
    CannotTell,
}
