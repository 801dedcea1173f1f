//! Everything that Exim's parser can say of a filter.

use super::condition::Operator;
use super::words::Word;
use crate::source::Span;

/// Something that Exim cannot read, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error {
    /// What it is.
    pub what: What,
    /// The text that is wrong; empty where something is missing. The words that name an unknown word mean this text.
    pub span: Span,
    /// The line that Exim would name. It counts some lines twice and often means the next word, so it is for comparing
    /// with a log. Behind the first error of a file it means nothing: Exim never gets there.
    pub line: u32,
}

/// What Exim cannot read: a variant for each of its messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A word of more than 1,023 bytes.
    WordTooLong,
    /// A quoted string that stands for more than 1,023 bytes.
    StringTooLong,
    /// A string without a closing quote on its line.
    QuoteMissing,
    /// The file ends in a condition.
    ThenMissing,
    /// A `)` that closes nothing, or that stands where a condition must begin.
    UnexpectedClosing,
    /// A `then` where a condition must begin.
    UnexpectedThen,
    /// `foranyaddress` and its addresses without a condition in parentheses.
    ForanyaddressParenthesis,
    /// No operator behind the left operand; the one that was evidently meant.
    UnknownOperator(Option<Operator>),
    /// A `(` where no condition can begin.
    UnexpectedOpening,
    /// A `then` inside of parentheses.
    ClosingMissing,
    /// A condition that does not go on with `and` or `or`, and does not end with `then`.
    ConnectiveMissing,
    /// The same in parentheses, which do not end with `)`.
    NestedConnectiveMissing,
    /// `seen`, `unseen` or `noerror` before `add` or `headers`.
    PrefixBefore(Word),
    /// `seen`, `unseen` or `noerror` before `if`.
    PrefixBeforeIf,
    /// A command whose argument is empty, or missing at the end of the file.
    ArgumentMissing(Word),
    /// `add` without its `to`.
    ToMissing,
    /// `add ... to` without a variable.
    VariableMissing,
    /// `headers` without `add`, `remove` or `charset`.
    HeadersAction,
    /// `headers add` or `headers remove` in a user's filter.
    HeadersForbidden,
    /// `headers` and its action without a value.
    HeadersValueMissing,
    /// `seen`, `unseen` or `noerror` before `elif`, `else` or `endif`.
    PrefixWithoutCommand,
    /// `elif`, `else` or `endif` outside of any `if`.
    OutsideIf(Word),
    /// `fail`, `defer` or `freeze` where the router does not allow it.
    Disabled(Word),
    /// A second `else`, or an `elif`, behind `else`.
    AfterElse,
    /// `return` without `message`.
    ReturnWithoutMessage,
    /// `expand` without `file`.
    ExpandWithoutFile,
    /// `seen` or `unseen` at the end of the file.
    SeenAtEnd,
    /// `seen` or `unseen` twice.
    SeenRepeated,
    /// `noerror` at the end of the file.
    NoerrorAtEnd,
    /// A word that is no command; the one that was evidently meant.
    UnknownCommand(Option<Word>),
    /// The file ends in an `if`.
    EndifMissing,
    /// More nested conditions and commands than Exim's stack bears: the process that reads the filter dies, and the
    /// message is deferred with `internal problem`.
    TooDeep,
}

/// From how many nested parentheses and `if`s on Exim is said to crash. With the usual stack of 8 MiB Debian's 4.96 bears
/// some 7,000 parentheses or 6,750 `if`s; others bear less.
pub const MAX_DEPTH: usize = 5000;

impl Error {
    /// What Exim logs, word for word; nothing when it dies. `bytes` are those of the file.
    #[must_use]
    pub fn words(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let in_line = format!("in line {} of filter file", self.line);
        let near_line = format!("near line {} of filter file", self.line);
        let found = &bytes[self.span.range()];
        let text = match self.what {
            What::WordTooLong => format!("word is too long {in_line} (max = 1024 chars)"),
            What::StringTooLong => format!("string is too long {in_line} (max = 1024 chars)"),
            What::QuoteMissing => format!("quote missing at end of string in line {}", self.line),
            What::ThenMissing => "\"then\" missing at end of filter file".to_owned(),
            What::UnexpectedClosing => format!("unexpected \")\" {in_line}"),
            What::UnexpectedThen => format!("unexpected \"then\" {near_line}"),
            What::ForanyaddressParenthesis => format!("\"(\" expected after \"foranyaddress\" {near_line}"),
            What::UnknownOperator(_) => {
                let end = format!("\" {near_line}");
                return Some([b"unrecognized condition word \"", found, end.as_bytes()].concat());
            }
            What::UnexpectedOpening => format!("unexpected \"(\" {in_line}"),
            What::ClosingMissing => format!("missing \")\" at end of condition {near_line}"),
            What::ConnectiveMissing | What::NestedConnectiveMissing => {
                let end = if self.what == What::ConnectiveMissing { "then" } else { ")" };
                let start = format!("\"and\" or \"or\" or \"{end}\" expected {near_line}, but found \"");
                return Some([start.as_bytes(), found, b"\""].concat());
            }
            What::PrefixBefore(word) => {
                let (word, line) = (word.name(), self.line);
                format!("\"seen\", \"unseen\", or \"noerror\" found before an \"{word}\" command near line {line}")
            }
            What::PrefixBeforeIf => {
                format!("\"seen\", \"unseen\", or \"noerror\" found before an \"if\" command near line {}", self.line)
            }
            What::ArgumentMissing(word) => format!("\"{}\" requires an argument {near_line}", word.name()),
            What::ToMissing => format!("\"to\" expected in \"add\" command {near_line}"),
            What::VariableMissing => format!("value missing after \"to\" {near_line}"),
            What::HeadersAction => {
                format!("\"add\", \"remove\", or \"charset\" expected after \"headers\" {near_line}")
            }
            What::HeadersForbidden => {
                format!("header addition and removal is available only in system filters: {near_line}")
            }
            What::HeadersValueMissing => {
                format!("value missing after \"add\", \"remove\", or \"charset\" {near_line}")
            }
            What::PrefixWithoutCommand => {
                format!("\"seen\", \"unseen\", or \"noerror\" near line {} is not followed by a command", self.line)
            }
            What::OutsideIf(word) => format!("unexpected \"{}\" command {near_line}", word.name()),
            What::Disabled(word) => format!("filtering command \"{}\" is disabled: {near_line}", word.name()),
            What::AfterElse => format!("\"endif\" missing {near_line}"),
            // The two blanks are Exim's.
            What::ReturnWithoutMessage => format!("\"return\" not followed by \"message\"  {near_line}"),
            What::ExpandWithoutFile => format!("\"expand\" not followed by \"file\"  {near_line}"),
            What::SeenAtEnd => {
                format!("\"seen\" or \"unseen\" near line {} is not followed by a command", self.line)
            }
            What::SeenRepeated => format!("\"seen\" or \"unseen\" repeated near line {}", self.line),
            What::NoerrorAtEnd => format!("\"noerror\" near line {} is not followed by a command", self.line),
            What::UnknownCommand(_) => {
                let end = format!("\" {near_line}");
                return Some([b"unknown filtering command \"", found, end.as_bytes()].concat());
            }
            What::EndifMissing => "\"endif\" missing at end of filter file".to_owned(),
            What::TooDeep => return None,
        };
        Some(text.into_bytes())
    }
}
