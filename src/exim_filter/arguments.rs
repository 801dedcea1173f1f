//! Reading the arguments of commands.

use super::error::What;
use super::parse::Parser;
use super::quote::Item;
use super::syntax::{Action, MailArgument, MailKey};
use super::token::{Token, Until};
use super::words::{Word, nearest};
use crate::source::Span;

impl<'t> Parser<'t> {
    /// Reads the arguments of a command that stands for itself. Its word has been read, at `span`.
    pub(super) fn action(&mut self, word: Word, span: Span) -> Action {
        match word {
            Word::Finish => Action::Finish,
            Word::Fail | Word::Freeze | Word::Defer => self.ending(word, span),
            Word::Mail => Action::Mail { arguments: self.mail(Vec::new()) },
            Word::Vacation => Action::Vacation { arguments: self.mail(Vec::new()) },
            Word::Add => self.add(span),
            Word::Headers => self.headers(span),
            _ => self.one_argument(word, span),
        }
    }

    /// Reads an argument, and notes when it is an `endif` that may have been meant to be one.
    fn argument(&mut self) -> Token<'t> {
        let token = self.scan.item(Until::Space);
        if !token.item.is_quoted && *token.value == *b"endif" {
            self.endifs.swallowed.push(token.item.span);
        }
        token
    }

    /// Reads the first argument, which must not be empty. Without one there is no command; behind a string that is open
    /// there is nothing more.
    fn first(&mut self, word: Word, span: Span) -> Result<Token<'t>, Option<Item>> {
        let token = self.argument();
        if token.value.is_empty() {
            let place = if token.item.span.is_empty() { span } else { token.item.span };
            self.scan.fail(What::ArgumentMissing(word), place);
        }
        let is_open = self.scan.resume.is_some() && self.scan.text.get(token.item.span.end as usize) == Some(&b'\n');
        self.stop();
        if token.item.span.is_empty() {
            Err(None)
        } else if is_open {
            Err(Some(token.item))
        } else {
            Ok(token)
        }
    }

    fn one_argument(&mut self, word: Word, span: Span) -> Action {
        let (item, is_whole) = match self.first(word, span) {
            Ok(token) => (token.item, true),
            Err(Some(item)) => (item, false),
            Err(None) => return Action::Broken,
        };
        match word {
            Word::Save => Action::Save { path: item, mode: is_whole.then(|| self.mode()).flatten() },
            Word::Logfile => Action::Logfile { path: item, mode: is_whole.then(|| self.mode()).flatten() },
            Word::Deliver => Action::Deliver { address: item, errors_to: is_whole.then(|| self.errors_to()).flatten() },
            Word::Pipe => Action::Pipe { command: item },
            Word::Logwrite => Action::Logwrite { text: item },
            _ => Action::Testprint { text: item },
        }
    }

    /// A mode is whatever begins with a digit.
    fn mode(&mut self) -> Option<Item> {
        self.scan.peek().filter(u8::is_ascii_digit)?;
        let mode = self.scan.word(Until::Space).item;
        self.stop();
        Some(mode)
    }

    fn errors_to(&mut self) -> Option<Item> {
        let place = self.scan.place();
        if *self.scan.word(Until::Space).value == *b"errors_to" {
            let address = self.scan.word(Until::Space).item;
            self.stop();
            return Some(address);
        }
        if !self.stop() {
            self.scan.go_back(place);
        }
        None
    }

    fn add(&mut self, span: Span) -> Action {
        if self.prefix.span.is_some() {
            self.scan.fail(What::PrefixBefore(Word::Add), self.prefix_or(span));
        }
        let Ok(number) = self.first(Word::Add, span) else { return Action::Broken };
        let number = number.item;
        let place = self.scan.place();
        let to = self.scan.item(Until::Space);
        if *to.value != *b"to" {
            let span = if to.item.span.is_empty() { self.scan.gap() } else { to.item.span };
            self.scan.fail(What::ToMissing, span);
            self.stop();
            if let [b'n', digits @ ..] = &*to.value
                && digits.iter().all(u8::is_ascii_digit)
            {
                return Action::Add { number, variable: to.item };
            }
            if nearest(&to.value, &["to"]).is_none() {
                self.scan.go_back(place);
                self.skip_to_command();
                return Action::Broken;
            }
        }
        let variable = self.argument();
        if variable.value.is_empty() {
            let place = if variable.item.span.is_empty() { self.scan.gap() } else { variable.item.span };
            self.scan.fail(What::VariableMissing, place);
        }
        self.stop();
        Action::Add { number, variable: variable.item }
    }

    fn headers(&mut self, span: Span) -> Action {
        if self.prefix.span.is_some() {
            self.scan.fail(What::PrefixBefore(Word::Headers), self.prefix_or(span));
        }
        let Ok(what) = self.first(Word::Headers, span) else { return Action::Broken };
        let action: Option<fn(Item) -> Action> = match &*what.value {
            b"add" => Some(|header| Action::HeadersAdd { header }),
            b"remove" => Some(|names| Action::HeadersRemove { names }),
            b"charset" => Some(|charset| Action::HeadersCharset { charset }),
            _ => None,
        };
        if action.is_none() {
            self.scan.fail(What::HeadersAction, what.item.span);
        }
        if !self.permissions.headers && *what.value != *b"charset" {
            self.scan.fail(What::HeadersForbidden, Span { start: span.start, end: what.item.span.end });
        }
        // What stands on the next line behind an error belongs to another command.
        if self.stop() && self.scan.is_first_on_line(self.scan.at) {
            return Action::Broken;
        }
        let value = self.argument();
        if value.value.is_empty() {
            let place = if value.item.span.is_empty() { self.scan.gap() } else { value.item.span };
            self.scan.fail(What::HeadersValueMissing, place);
        }
        self.stop();
        action.map_or(Action::Broken, |action| action(value.item))
    }

    /// `fail`, `freeze` and `defer`. Exim does not look whether their text is well formed: it will see that when it reads
    /// the next command, so the error pointer stays set here.
    fn ending(&mut self, word: Word, span: Span) -> Action {
        let is_permitted = match word {
            Word::Fail => self.permissions.fail,
            Word::Defer => self.permissions.defer,
            _ => self.permissions.freeze,
        };
        if !is_permitted {
            self.scan.fail(What::Disabled(word), span);
            self.stop();
        }
        let place = self.scan.place();
        let mut token = self.scan.item(Until::Space);
        let text = if token.item.is_quoted {
            Some(token.item)
        } else if *token.value == *b"text" {
            token = self.argument();
            Some(token.item)
        } else {
            self.scan.go_back(place);
            None
        };
        match word {
            Word::Fail => Action::Fail { text },
            Word::Defer => Action::Defer { text },
            _ => Action::Freeze { text },
        }
    }

    /// Reads the arguments of `mail` and `vacation`, up to the first word that is no key.
    fn mail(&mut self, mut arguments: Vec<MailArgument>) -> Vec<MailArgument> {
        loop {
            let place = self.scan.place();
            let word = self.scan.word(Until::Space);
            if self.stop() {
                return arguments;
            }
            let mut span = word.item.span;
            let key = match &*word.value {
                b"return" => {
                    if self.second("message", What::ReturnWithoutMessage, &mut span) {
                        arguments.push(MailArgument { key: MailKey::ReturnMessage, word: span, value: None });
                    }
                    continue;
                }
                b"expand" => {
                    if !self.second("file", What::ExpandWithoutFile, &mut span) {
                        continue;
                    }
                    MailKey::ExpandFile
                }
                word => {
                    let Some(key) = MailKey::of(word) else {
                        self.scan.go_back(place);
                        return arguments;
                    };
                    key
                }
            };
            let value = self.argument().item;
            self.stop();
            arguments.push(MailArgument { key, word: span, value: Some(value) });
        }
    }

    /// Reads the second word of a key of two. When it is another one it may be a key itself.
    fn second(&mut self, expected: &'static str, what: What, key: &mut Span) -> bool {
        let place = self.scan.place();
        let word = self.scan.word(Until::Space);
        if *word.value != *expected.as_bytes() {
            let span = if word.item.span.is_empty() { *key } else { word.item.span };
            self.scan.fail(what, span);
            self.stop();
            if nearest(&word.value, &[expected]).is_none() {
                self.scan.go_back(place);
                return false;
            }
        }
        key.end = word.item.span.end;
        true
    }

    /// When an unknown command stands behind the arguments of `mail`, and is nearly a key, they go on with it.
    pub(super) fn goes_on_with_mail(&mut self, word: &[u8], span: Span) -> bool {
        let text = self.scan.text;
        let Some(command) = self.commands.last_mut() else { return false };
        let (Action::Mail { arguments } | Action::Vacation { arguments }) = &mut command.action else { return false };
        let Some(meant) = nearest(word, &MailKey::WORDS) else { return false };
        let between = text.get(command.span.end as usize..span.start as usize).unwrap_or(b"#");
        if !between.iter().all(u8::is_ascii_whitespace) {
            return false;
        }
        let before = std::mem::take(arguments);
        let mut span = span;
        let key = match meant {
            "return" => {
                self.second("message", What::ReturnWithoutMessage, &mut span);
                None
            }
            "expand" => {
                self.second("file", What::ExpandWithoutFile, &mut span);
                None
            }
            key => MailKey::of(key.as_bytes()),
        };
        let mut all = before;
        if meant != "return" {
            let value = self.argument().item;
            self.stop();
            all.push(MailArgument { key: key.unwrap_or(MailKey::ExpandFile), word: span, value: Some(value) });
        }
        let all = self.mail(all);
        let end = Span::at(self.scan.last_end).end;
        if let Some(command) = self.commands.last_mut()
            && let Action::Mail { arguments } | Action::Vacation { arguments } = &mut command.action
        {
            *arguments = all;
            command.span.end = command.span.end.max(end);
        }
        true
    }
}
