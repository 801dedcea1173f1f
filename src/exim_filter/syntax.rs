//! A filter as it is read: its commands in the order of the file.
//!
//! Commands stand in one list, those inside of an `if` behind it, so that nothing here is nested however deep the text
//! is: neither reading nor dropping a filter calls itself.

use std::ops::Range;

use super::condition::{Condition, ConditionId};
use super::error::Error;
use super::permissions::Permissions;
use super::quote::Item;
use super::{form, parse};
use crate::source::Span;

/// A filter, in both views.
#[derive(Debug)]
pub struct Filter {
    /// All commands, in the order of the file.
    pub commands: Vec<Command>,
    /// All parts of `if`s.
    pub sections: Vec<Section>,
    /// All conditions; those that belong to another one stand before it.
    pub conditions: Vec<Condition>,
    /// Everything that Exim could not read if it went on. The first is what it says; when [`Verdict::Accepted`] stands
    /// beside an error, Exim does not come to speak of it.
    pub errors: Vec<Error>,
    /// What Exim makes of the file.
    pub verdict: Verdict,
    /// Where the file ends for Exim: at the first NUL, or at its end.
    pub end: u32,
}

/// What Exim makes of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It obeys it.
    Accepted,
    /// It defers every message that the filter is for, with the words of the first error.
    Refused,
    /// The process that reads it dies of the nesting that the first error is about; every message is deferred.
    Crashes,
}

/// One command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Where it stands, from `seen` or the like to its last argument; of an `if`, to the `then`.
    pub span: Span,
    /// Its own word.
    pub word: Span,
    /// `seen` or `unseen` before it.
    pub seen: Option<bool>,
    /// `noerror` before it.
    pub noerror: bool,
    /// What it does.
    pub action: Action,
}

impl Command {
    /// Whether Exim takes the message as delivered once it has obeyed this, so that the usual delivery does not happen.
    #[must_use]
    pub fn is_significant(&self) -> bool {
        let by_itself = matches!(self.action, Action::Deliver { .. } | Action::Save { .. } | Action::Pipe { .. });
        self.seen.unwrap_or(by_itself)
    }
}

/// What a command does.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the fields are the command's arguments, named as in Exim's documentation")]
pub enum Action {
    /// `add NUMBER to VARIABLE`
    Add { number: Item, variable: Item },
    /// `deliver ADDRESS [errors_to ADDRESS]`; the second is a word, in which quotes mean nothing.
    Deliver { address: Item, errors_to: Option<Item> },
    /// `save PATH [MODE]`
    Save { path: Item, mode: Option<Item> },
    /// `pipe COMMAND`
    Pipe { command: Item },
    /// `logfile PATH [MODE]`
    Logfile { path: Item, mode: Option<Item> },
    /// `logwrite TEXT`
    Logwrite { text: Item },
    /// `testprint TEXT`
    Testprint { text: Item },
    /// `headers add TEXT`
    HeadersAdd { header: Item },
    /// `headers remove NAMES`
    HeadersRemove { names: Item },
    /// `headers charset NAME`
    HeadersCharset { charset: Item },
    /// `fail ["TEXT" | text TEXT]`
    Fail { text: Option<Item> },
    /// `freeze ["TEXT" | text TEXT]`
    Freeze { text: Option<Item> },
    /// `defer ["TEXT" | text TEXT]`
    Defer { text: Option<Item> },
    /// `finish`
    Finish,
    /// `mail ...`
    Mail { arguments: Vec<MailArgument> },
    /// `vacation ...`: as `mail`, with defaults of its own.
    Vacation { arguments: Vec<MailArgument> },
    /// `if ... then ... [elif ... then ...] [else ...] endif`; its first section, and the index behind the last command in
    /// it.
    If { first: u32, endif: Option<Span>, end: u32 },
    /// A command that Exim does not know, or whose arguments are not there.
    Broken,
}

/// An argument of `mail` or `vacation`. Of several with one key the last counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MailArgument {
    /// Which it is.
    pub key: MailKey,
    /// Where the key stands, with `expand` before it.
    pub word: Span,
    /// Its value; `return message` has none.
    pub value: Option<Item>,
}

/// The keys of `mail` and `vacation`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the word")]
pub enum MailKey {
    To,
    Cc,
    Bcc,
    From,
    ReplyTo,
    Subject,
    ExtraHeaders,
    Text,
    File,
    ExpandFile,
    Log,
    Once,
    OnceRepeat,
    ReturnMessage,
}

impl MailKey {
    /// All words that begin an argument.
    pub(super) const WORDS: [&str; 14] = [
        "to",
        "cc",
        "bcc",
        "from",
        "reply_to",
        "subject",
        "extra_headers",
        "text",
        "file",
        "log",
        "once",
        "once_repeat",
        "expand",
        "return",
    ];

    /// The key that a word with a value stands for.
    #[must_use]
    pub fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"to" => Self::To,
            b"cc" => Self::Cc,
            b"bcc" => Self::Bcc,
            b"from" => Self::From,
            b"reply_to" => Self::ReplyTo,
            b"subject" => Self::Subject,
            b"extra_headers" => Self::ExtraHeaders,
            b"text" => Self::Text,
            b"file" => Self::File,
            b"log" => Self::Log,
            b"once" => Self::Once,
            b"once_repeat" => Self::OnceRepeat,
            _ => return None,
        })
    }
}

/// A part of an `if`: the word, the condition, and what is obeyed when it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// `if`, `elif` or `else`.
    pub word: Span,
    /// The condition; `else` has none, and neither has what Exim cannot read.
    pub condition: Option<ConditionId>,
    /// The commands, by their indices; those of inner `if`s are among them.
    pub commands: Range<u32>,
    /// The next section of the same `if`.
    pub next: Option<u32>,
}

impl Filter {
    /// Reads a file as Exim reads a filter, whatever its tag says: see [`form::Form`].
    #[must_use]
    pub fn parse(bytes: &[u8], permissions: Permissions) -> Self {
        parse::parse(form::visible(bytes), permissions)
    }

    /// What Exim logs of the file, word for word. Nothing when it accepts it, or dies of it.
    #[must_use]
    pub fn says(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.errors.first().filter(|_| self.verdict == Verdict::Refused).and_then(|error| error.words(bytes))
    }

    /// The condition of an id.
    #[must_use]
    pub fn condition(&self, id: ConditionId) -> &Condition {
        &self.conditions[id.0 as usize]
    }

    /// The sections of an `if`, by its first one.
    pub fn sections(&self, first: u32) -> impl Iterator<Item = &Section> {
        let mut next = Some(first);
        std::iter::from_fn(move || {
            let section = self.sections.get(next? as usize)?;
            next = section.next;
            Some(section)
        })
    }

    /// The commands that stand outside of any `if`.
    pub fn top(&self) -> impl Iterator<Item = &Command> {
        self.list(0..u32::try_from(self.commands.len()).unwrap_or(u32::MAX))
    }

    /// The commands of a section, without those of the `if`s in it.
    pub fn list(&self, range: Range<u32>) -> impl Iterator<Item = &Command> {
        let mut at = range.start;
        std::iter::from_fn(move || {
            let command = self.commands[..range.end as usize].get(at as usize)?;
            at = match command.action {
                Action::If { end, .. } => end,
                _ => at + 1,
            };
            Some(command)
        })
    }
}
