//! Reading the commands, in Exim's order.
//!
//! Exim's parser calls itself for each `if`; here the open ones are a list. What it calls an error is a pointer that may be
//! set, and set again, before it stops: [`Parser::stop`] is where it stops.

use super::condition::Condition;
use super::error::{Error, MAX_DEPTH, What};
use super::parse_condition::Stacks;
use super::permissions::Permissions;
use super::recover::Found;
use super::syntax::{Action, Command, Filter, MailKey, Section, Verdict};
use super::token::{Scanner, Until};
use super::words::Word;
use crate::source::Span;

/// Reads what Exim sees of a file.
pub(super) fn parse(text: &[u8], permissions: Permissions) -> Filter {
    let mut parser = Parser {
        scan: Scanner::new(text),
        permissions,
        // About what an ordinary filter needs.
        commands: Vec::with_capacity(text.len() / 64),
        sections: Vec::with_capacity(text.len() / 128),
        conditions: Vec::with_capacity(text.len() / 64),
        errors: Vec::new(),
        blocks: Vec::new(),
        prefix: Prefix::default(),
        endifs: Endifs::default(),
        stacks: Stacks::default(),
        is_cut: false,
    };
    parser.scan.skip();
    while !parser.scan.is_at_end() {
        parser.command();
    }
    parser.finish()
}

pub(super) struct Parser<'t> {
    pub scan: Scanner<'t>,
    pub permissions: Permissions,
    pub commands: Vec<Command>,
    sections: Vec<Section>,
    pub conditions: Vec<Condition>,
    pub errors: Vec<Error>,
    /// The open `if`s.
    pub blocks: Vec<Block>,
    /// What stands before the command that comes next.
    pub prefix: Prefix,
    /// What hints at the place of an `endif` that is missing.
    pub endifs: Endifs,
    pub stacks: Stacks,
    /// Whether the text ends in a condition, so that what is missing behind it was cut off.
    pub is_cut: bool,
}

/// An open `if`.
pub(super) struct Block {
    /// The command's index.
    command: u32,
    /// Its word.
    word: Span,
    /// The word's distance from the start of its line, when it is the first there.
    indentation: Option<u32>,
    /// Which part is being read.
    part: Part,
    /// That part's index among the sections.
    last_section: u32,
    /// Whether there is an `if` only because an error was understood so; then nobody misses its `endif`.
    is_guess: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Then,
    Elif,
    Else,
}

/// `seen`, `unseen` and `noerror`.
#[derive(Clone, Copy, Default)]
pub(super) struct Prefix {
    pub seen: Option<bool>,
    pub noerror: bool,
    pub span: Option<Span>,
}

/// Where an `endif` may be missing, in the order of the file.
#[derive(Default)]
pub(super) struct Endifs {
    /// `endif`s that a command before them takes for its argument.
    pub swallowed: Vec<Span>,
    /// `if`s whose `endif` is indented less, as if it belonged to an outer one.
    outdented: Vec<Span>,
}

impl Parser<'_> {
    /// One command, or what stands in its place.
    fn command(&mut self) {
        let (place, start) = (self.scan.place(), self.scan.at);
        let is_pending = self.scan.error.is_some();
        let rest = self.scan.rest();
        let glued = [b"if(".as_slice(), b"elif("].into_iter().find(|glued| rest.starts_with(glued));
        let word = if let Some(glued) = glued {
            if is_pending {
                return self.pending_before_parenthesis(glued.len() - 1);
            }
            self.scan.at += glued.len() - 1;
            self.scan.last_end = self.scan.at;
            &glued[..glued.len() - 1]
        } else {
            let token = self.scan.word(Until::Space);
            match self.scan.error {
                Some(error) if error.span.start as usize == start => {
                    self.stop();
                    self.prefix = Prefix::default();
                    return self.skip_unknown(token.item.span);
                }
                // The text of a `fail` before this; Exim sees it only now.
                Some(_) => {
                    self.scan.go_back(place);
                    self.stop();
                    return;
                }
                None => &rest[..token.value.len()],
            }
        };
        let span = Span::new(start, start + word.len());
        match Word::of(word) {
            Some(word) => self.known(word, span),
            None => self.unknown(word, span),
        }
    }

    /// A command whose word is known, or was guessed.
    pub(super) fn known(&mut self, word: Word, span: Span) {
        match word {
            Word::Seen | Word::Unseen | Word::Noerror => return self.prefix(word, span),
            Word::If => self.if_command(span),
            Word::Elif | Word::Else | Word::Endif => self.block_word(word, span),
            _ => {
                let action = self.action(word, span);
                let Prefix { seen, noerror, span: prefix } = self.prefix;
                let start = prefix.map_or(span.start, |prefix| prefix.start);
                let span_of_all = Span { start, end: span.end.max(self.end_of_command()) };
                self.commands.push(Command { span: span_of_all, word: span, seen, noerror, action });
            }
        }
        self.prefix = Prefix::default();
    }

    fn end_of_command(&self) -> u32 {
        Span::at(self.scan.last_end).end
    }

    fn prefix(&mut self, word: Word, span: Span) {
        let is_last = self.scan.is_at_end();
        if word == Word::Noerror {
            self.prefix.noerror = true;
            if is_last {
                self.scan.fail(What::NoerrorAtEnd, span);
            }
        } else {
            if is_last {
                self.scan.fail(What::SeenAtEnd, span);
            }
            if self.prefix.seen.is_some() {
                self.scan.fail(What::SeenRepeated, span);
            }
            self.prefix.seen = Some(word == Word::Seen);
        }
        let start = self.prefix.span.map_or(span.start, |before| before.start);
        self.prefix.span = Some(Span { start, end: span.end });
        self.stop();
    }

    /// What stands before the command, or the command's own word.
    pub(super) fn prefix_or(&self, word: Span) -> Span {
        self.prefix.span.unwrap_or(word)
    }

    fn if_command(&mut self, word: Span) {
        if self.prefix.span.is_some() {
            self.scan.fail(What::PrefixBeforeIf, self.prefix_or(word));
            self.only_exim(Self::condition_in_error);
            self.stop();
        }
        self.open(word, false);
        if !self.is_cut {
            self.condition_of(word, false);
        }
    }

    /// Begins an `if`.
    pub(super) fn open(&mut self, word: Span, is_guess: bool) {
        let (command, len) = (self.command_count(), self.command_count() + 1);
        let action = Action::If { first: index(self.sections.len()), endif: None, end: len };
        self.commands.push(Command { span: word, word, seen: None, noerror: false, action });
        let (indentation, last_section) = (self.scan.indentation(word.start as usize), index(self.sections.len()));
        self.blocks.push(Block { command, word, indentation, part: Part::Then, last_section, is_guess });
        if self.blocks.len() > MAX_DEPTH {
            self.too_deep(word);
        }
        self.section(word, Part::Then);
    }

    /// Exim's stack does not bear this. What stands behind it is not read: who made so deep a text can mend all of it, and
    /// nothing needs memory for it.
    pub(super) fn too_deep(&mut self, span: Span) {
        self.errors.push(Error { what: What::TooDeep, span, line: self.scan.line });
        self.scan.at = self.scan.text.len();
        self.is_cut = true;
    }

    /// Reads the condition of an `if` or `elif`.
    fn condition_of(&mut self, word: Span, is_elif: bool) {
        let condition = self.condition(word, is_elif);
        let (end, len) = (self.end_of_command(), self.command_count());
        let Some(block) = self.blocks.last() else { return };
        if !is_elif {
            let span = &mut self.commands[block.command as usize].span;
            span.end = span.end.max(end);
        }
        let section = &mut self.sections[block.last_section as usize];
        section.condition = condition;
        section.commands = len..len;
    }

    /// Begins a further section of the innermost `if`.
    fn section(&mut self, word: Span, part: Part) {
        self.end_section();
        let (new, len) = (index(self.sections.len()), self.command_count());
        self.sections.push(Section { word, condition: None, commands: len..len, next: None });
        let Some(block) = self.blocks.last_mut() else { return };
        if part != Part::Then {
            self.sections[block.last_section as usize].next = Some(new);
        }
        (block.last_section, block.part) = (new, part);
    }

    /// Ends the section that is being read.
    fn end_section(&mut self) {
        let len = self.command_count();
        let Some(block) = self.blocks.last() else { return };
        if let Action::If { end, .. } = &mut self.commands[block.command as usize].action {
            *end = len;
        }
        if let Some(section) = self.sections.get_mut(block.last_section as usize) {
            section.commands.end = len;
        }
    }

    fn command_count(&self) -> u32 {
        index(self.commands.len())
    }

    fn block_word(&mut self, word: Word, span: Span) {
        if self.prefix.span.is_some() {
            self.scan.fail(What::PrefixWithoutCommand, self.prefix_or(span));
        }
        if self.blocks.is_empty() {
            self.scan.fail(What::OutsideIf(word), span);
            self.stop();
            if word == Word::Endif {
                return;
            }
            // There will be an `endif` to this, too.
            self.open(span, true);
        } else if self.scan.error.is_some() {
            let is_chain = word == Word::Elif && self.innermost_part() == Part::Elif;
            if is_chain {
                self.only_exim(|parser| parser.elif_chain_in_error(parser.blocks.len()));
            }
            self.stop();
        }
        if word == Word::Endif {
            return self.close(span);
        }
        if self.innermost_part() == Part::Else {
            self.scan.fail(What::AfterElse, span);
            self.stop();
            self.close_by_indentation(span);
        }
        let part = if word == Word::Elif { Part::Elif } else { Part::Else };
        self.section(span, part);
        if part == Part::Elif {
            self.condition_of(span, true);
        }
    }

    fn innermost_part(&self) -> Part {
        self.blocks.last().map_or(Part::Then, |block| block.part)
    }

    fn close(&mut self, endif: Span) {
        self.end_section();
        let Some(block) = self.blocks.pop() else { return };
        if let Action::If { endif: place, .. } = &mut self.commands[block.command as usize].action {
            *place = Some(endif);
        }
        if let Some(opened) = block.indentation
            && let Some(closed) = self.scan.indentation(endif.start as usize)
            && closed < opened
        {
            self.endifs.outdented.push(block.word);
        }
    }

    /// When an `else` that is one too many stands where an outer `if` began, it was meant for that one.
    fn close_by_indentation(&mut self, word: Span) {
        let Some(here) = self.scan.indentation(word.start as usize) else { return };
        let mut open = self.blocks.iter().rev();
        if let (Some(inner), Some(outer)) = (open.next(), open.next())
            && inner.indentation.is_some_and(|indentation| indentation > here)
            && outer.indentation == Some(here)
            && outer.part != Part::Else
        {
            self.end_section();
            self.blocks.pop();
        }
    }

    /// Exim stops here if its error pointer is set: it is noted, and reading goes on where the culprit ends.
    pub(super) fn stop(&mut self) -> bool {
        let resume = self.scan.resume.take();
        let Some(error) = self.scan.error.take() else { return false };
        self.errors.push(error);
        if let Some(end) = resume {
            self.scan.at = match error.what {
                What::QuoteMissing => self.end_of_string(end),
                _ => end,
            };
            self.scan.skip();
        }
        true
    }

    /// Does what Exim does between an error and its end, where that may change its words, and comes back.
    pub(super) fn only_exim(&mut self, go_on: impl FnOnce(&mut Self)) {
        if !self.errors.is_empty() {
            return;
        }
        let (place, resume) = (self.scan.place(), self.scan.resume);
        go_on(self);
        self.scan.go_back(place);
        self.scan.resume = resume;
    }

    /// Exim begins a condition although its error pointer is set: it gets to the first word, or to another error.
    pub(super) fn condition_in_error(&mut self) {
        loop {
            let here = self.scan.gap();
            match self.scan.peek() {
                None => return self.scan.fail(What::ThenMissing, here),
                Some(b')') => {
                    return self.scan.fail(What::UnexpectedClosing, Span::new(self.scan.at, self.scan.at + 1));
                }
                Some(b'(') => self.scan.skip_byte(),
                Some(_) => {
                    self.scan.item(Until::Parenthesis);
                    return;
                }
            }
        }
    }

    /// Exim has read an `elif`, and then it met an error. Each `if` that it comes back to, and of which it is reading an
    /// `elif`, takes that word for its own, and begins the condition.
    pub(super) fn elif_chain_in_error(&mut self, depth: usize) {
        for index in (0..depth).rev() {
            if self.blocks[index].part != Part::Elif {
                return;
            }
            self.condition_in_error();
        }
    }

    /// The text of a `fail` was wrong, which Exim sees when it reads the next word. But `if(` and `elif(` are not read as
    /// words.
    fn pending_before_parenthesis(&mut self, len: usize) {
        let is_elif = len == 4;
        let span = Span::new(self.scan.at, self.scan.at + len);
        self.only_exim(|parser| {
            parser.scan.at += len;
            if is_elif && parser.blocks.is_empty() {
                parser.scan.fail(What::OutsideIf(Word::Elif), span);
            } else if is_elif && parser.innermost_part() == Part::Else {
                parser.scan.fail(What::AfterElse, span);
            } else {
                parser.condition_in_error();
                if is_elif {
                    parser.elif_chain_in_error(parser.blocks.len() - 1);
                }
            }
        });
        self.scan.resume = None;
        self.stop();
    }

    /// A word that is no command.
    fn unknown(&mut self, word: &[u8], span: Span) {
        let meant = self.meant(word);
        self.scan.fail(What::UnknownCommand(meant.map(|(word, _)| word)), span);
        self.stop();
        if let Some((word, len)) = meant {
            if len < span.range().len() && matches!(self.scan.text.get(span.start as usize + len), Some(b'"' | b'(')) {
                self.scan.at = span.start as usize + len;
            }
            return self.known(word, span);
        }
        self.prefix = Prefix::default();
        if word != b"then" && !self.goes_on_with_mail(word, span) {
            self.skip_unknown(span);
        }
    }

    /// The command that a word was evidently meant to be: the first of those like it that what stands behind it fits.
    fn meant(&mut self, word: &[u8]) -> Option<(Word, usize)> {
        Word::meant(word).find(|(meant, _)| match meant {
            Word::If | Word::Elif => self.is_term(self.scan.at),
            // Both are an `ail`.
            Word::Fail => !self.is_mail_key(),
            _ => true,
        })
    }

    fn is_mail_key(&self) -> bool {
        let rest = self.scan.rest();
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        &rest[..end] != b"text" && MailKey::of(&rest[..end]).is_some()
    }

    /// Goes over what cannot be read. When a `then` stands in it, there was an `if`.
    fn skip_unknown(&mut self, word: Span) {
        let is_rest = matches!(&self.scan.text[word.range()], b"and" | b"or");
        if self.skip_to_command() == Found::Then && !is_rest {
            self.open(word, true);
        }
    }

    fn finish(mut self) -> Filter {
        let pending = self.scan.error.take();
        if !self.blocks.is_empty() && !self.is_cut {
            self.missing_endifs();
        }
        while !self.blocks.is_empty() {
            self.end_section();
            self.blocks.pop();
        }
        let end = index(self.scan.text.len());
        let verdict = match self.errors.first() {
            None => Verdict::Accepted,
            Some(Error { what: What::TooDeep, .. }) => Verdict::Crashes,
            Some(_) => Verdict::Refused,
        };
        let Self { commands, sections, conditions, errors, .. } = self;
        let mut filter = Filter { commands, sections, conditions, errors, verdict, end };
        if let Some(error) = pending {
            // The text of a `fail` at the end is wrong, and no command came for Exim to see it. It sees it when it obeys the
            // filter and tests a condition, but not otherwise.
            if filter.errors.is_empty() && filter.tests_at_once() {
                filter.verdict = Verdict::Refused;
            }
            filter.errors.push(error);
        }
        filter
    }

    /// Which `if`s have no `endif`: their number is certain, their places are not. What looks most like it: an `endif` that
    /// became an argument; an `if` whose `endif` is indented as one for an outer `if`; an `if` in which another begins
    /// without being indented more. A text that simply ends too early is said once.
    fn missing_endifs(&mut self) {
        let open: Vec<&Block> = self.blocks.iter().filter(|block| !block.is_guess).collect();
        let Some(innermost) = open.last() else { return };
        let unindented = open.windows(2).filter(|pair| match (pair[0].indentation, pair[1].indentation) {
            (Some(outer), Some(inner)) => inner <= outer,
            _ => false,
        });
        let hints = self.endifs.swallowed.iter().chain(&self.endifs.outdented).copied();
        let mut places: Vec<Span> = hints.chain(unindented.map(|pair| pair[0].word)).take(open.len()).collect();
        if places.len() < open.len() {
            places.push(innermost.word);
        }
        let line = self.scan.line;
        places.sort_unstable();
        places.dedup();
        self.errors.extend(places.into_iter().map(|span| Error { what: What::EndifMissing, span, line }));
    }
}

/// An index as the tree keeps it. No file is so long that it does not fit.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Filter {
    /// Whether a condition is tested when the filter is obeyed, whatever the message.
    fn tests_at_once(&self) -> bool {
        let ends = |action: &Action| {
            matches!(action, Action::Finish | Action::Fail { .. } | Action::Freeze { .. } | Action::Defer { .. })
        };
        let first = self.top().find(|command| ends(&command.action) || matches!(command.action, Action::If { .. }));
        first.is_some_and(|command| matches!(command.action, Action::If { .. }))
    }
}
