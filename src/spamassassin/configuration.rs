//! One of SpamAssassin's files, with what SpamAssassin says of it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::bytes::{first_word, offset_in};
use super::line::folded;
use super::reader::plain;
use super::rule_names::{Name, meaning};
use super::{
    Complaint, Form, Level, Meaning, Message, Nowhere, Options, Reading, Rule, Setting, Statement, Stock, read_site,
};
use crate::finding::{File, Finding, Sink};
use crate::rule::{Severity, Verdict};
use crate::source::{Source, Span};
use crate::text;
use crate::text::Text;

/// One file of a site or a user, as the rules are asked about it.
pub struct Configuration {
    /// The file.
    pub file: Arc<File>,
    /// What SpamAssassin makes of all files that it reads together with this one.
    pub reading: Arc<Reading>,
    /// Which of the reading's documents it is.
    document: u32,
    /// The messages about this file, in the file's order.
    messages: Vec<u32>,
    /// Where in these each cause begins: SpamAssassin often says two things of one mistake.
    causes: Vec<u32>,
    /// Why SpamAssassin does not read it, if it does not.
    pub not_read: Option<NotRead>,
    /// The `score` lines whose names mean something else than a rule, once it is asked for: several rules are about them.
    strange_scores: OnceLock<Vec<(&'static Setting, Span, Name)>>,
}

/// Why SpamAssassin does not read a file of the site: it reads those of one folder only.
#[derive(Clone, Copy, Debug)]
pub struct NotRead {
    /// The folder that it reads, without a slash before it.
    pub folder: &'static str,
    /// How many files there are besides this one that it does not read either.
    pub others: usize,
}

impl Configuration {
    /// A file that SpamAssassin does not read, so that nothing else is to be said of it.
    #[must_use]
    pub fn not_read(file: Arc<File>, not_read: NotRead) -> Self {
        let reading = read_site(Vec::new(), &Options::default(), &Nowhere);
        let mut configuration = Self::of(file, &Arc::new(reading), 0);
        configuration.not_read = Some(not_read);
        configuration
    }

    /// The files of those documents of a reading that are wanted.
    #[must_use]
    pub fn each(reading: &Arc<Reading>, is_wanted: impl Fn(&File) -> bool) -> Vec<Self> {
        let mut messages: HashMap<u32, Vec<u32>> = HashMap::new();
        for (index, message) in (0..).zip(&reading.messages) {
            messages.entry(message.at.document).or_default().push(index);
        }
        // A file that was read twice is the same file.
        let mut seen = HashSet::new();
        let documents = (0_u32..).zip(&reading.documents);
        documents
            .filter(|(_, document)| is_wanted(&document.file) && seen.insert(plain(document.file.path.bytes())))
            .map(|(at, _)| Self::new(reading, at, messages.get(&at).cloned().unwrap_or_default()))
            .collect()
    }

    fn new(reading: &Arc<Reading>, document: u32, mut messages: Vec<u32>) -> Self {
        let file = Arc::clone(&reading.documents[document as usize].file);
        let message = |index: u32| &reading.messages[index as usize];
        // What is said when all lines are read comes last.
        messages.sort_by_key(|&index| message(index).at.line.start);
        let mut causes: Vec<u32> = Vec::new();
        for (place, &index) in (0..).zip(&messages) {
            let Message { at, complaint, .. } = message(index);
            let is_same = causes.last().is_some_and(|&first| {
                let first = &message(messages[first as usize]).at;
                // A key is called unknown, too, when its plugin has said before what it finds wrong with the line.
                first.line.start == at.line.start
                    && (matches!(complaint, Complaint::UnknownSetting)
                        || first.span.start <= at.span.end && at.span.start <= first.span.end)
            });
            if !is_same {
                causes.push(place);
            }
        }
        Self { messages, causes, ..Self::of(file, reading, document) }
    }

    /// A file of which nothing is said.
    fn of(file: Arc<File>, reading: &Arc<Reading>, document: u32) -> Self {
        Self {
            file,
            reading: Arc::clone(reading),
            document,
            messages: Vec::new(),
            causes: Vec::new(),
            not_read: None,
            strange_scores: OnceLock::new(),
        }
    }

    /// The messages of each cause.
    fn each_cause(&self) -> impl Iterator<Item = &[u32]> {
        let ends = self.causes.iter().skip(1).map(|&end| end as usize).chain([self.messages.len()]);
        self.causes.iter().zip(ends).map(|(&start, end)| &self.messages[start as usize..end])
    }

    /// Whether the rules that come with SpamAssassin were read: all their versions have this one.
    pub(super) fn has_read_stock_rules(&self) -> bool {
        self.reading.state.rule(b"ALL_TRUSTED").is_some()
    }

    /// Whether they are known, from their files or without them.
    pub(super) fn knows_stock_rules(&self) -> bool {
        self.has_read_stock_rules() || self.reading.state.stock == Stock::Shipped
    }

    /// The lines of the file that SpamAssassin takes whose setting has such a form: each with its value's words.
    pub(super) fn lines(&self, has_form: impl Fn(Form) -> bool) -> impl Iterator<Item = Taken<'_>> {
        let source = &self.file.source;
        let settings = self.reading.settings_of(self.document, move |setting| has_form(setting.form));
        settings.map(|(setting, statement)| {
            let value = source.slice(statement.value);
            Taken { setting, value, start: statement.value.start as usize }
        })
    }

    /// The `score` lines whose names mean something else than a rule that is there.
    pub(super) fn strange_scores(&self) -> impl Iterator<Item = (Taken<'_>, &Name)> {
        let strange = self.strange_scores.get_or_init(|| {
            let lines = self.lines(|form| form == Form::Score);
            let named = lines.map(|line| (line, meaning(self, line.name().0))).filter(|(_, name)| *name != Name::Known);
            named.map(|(line, name)| (line.setting, line.span_of(line.value), name)).collect()
        });
        let taken =
            |setting, span: Span| Taken { setting, value: self.file.source.slice(span), start: span.start as usize };
        strange.iter().map(move |(setting, span, name)| (taken(setting, *span), name))
    }

    /// Whether SpamAssassin skips the file's last line, so that nothing is in force from some place on.
    pub(super) fn ends_skipped(&self) -> bool {
        matches!(self.reading.last_meaning(self.document), Some(Meaning::Skipped))
    }

    /// The lines of the file that SpamAssassin takes for conditions and their ends.
    pub(super) fn conditions(&self) -> impl Iterator<Item = Statement> {
        self.reading.conditions_of(self.document)
    }

    /// The rule that a line defines, when it is this line that the rule is from.
    pub(super) fn rule_of(&self, line: &Taken<'_>) -> Option<&Rule> {
        let name = line.name().0;
        let rule = self.reading.state.rules.get(name)?;
        (rule.at.document == self.document && rule.at.span == line.span_of(name)).then_some(rule)
    }

    /// The line behind another, without the white space around it.
    pub(super) fn line_behind(&self, line: &Taken<'_>) -> &[u8] {
        let rest = self.file.source.bytes().get(line.start..).unwrap_or_default();
        rest.split(|&byte| byte == b'\n').nth(1).unwrap_or_default().trim_ascii()
    }

    /// Whether SpamAssassin complains of the line of a key.
    pub(super) fn is_complained_of(&self, key: Span) -> bool {
        let line = |&index: &u32| self.reading.messages[index as usize].at.line.start;
        self.messages.binary_search_by_key(&key.start, line).is_ok()
    }

    /// Whether plugins are loaded that do not come with SpamAssassin: they may know further settings and functions.
    pub(super) fn loads_other_plugins(&self) -> bool {
        let shipped = self.reading.state.modules.len() - 1;
        let layers = std::iter::successors(Some(&*self.reading.state), |state| state.base());
        layers.map(|state| state.plugins.len()).sum::<usize>() > shipped
    }

    /// The points that make a mail spam, when it is a line of this file that has the last word of them: the number, and where
    /// it stands.
    pub(super) fn required_score(&self) -> Option<(f64, Span)> {
        let (score, at) = self.reading.state.required_score.as_ref()?;
        (at.document() == Some(self.document)).then_some((*score, at.span))
    }

    /// Whether it is not known which plugins the site loads, since none of its `*.pre` files is there.
    pub(super) fn presumes_plugins(&self) -> bool {
        self.reading.state.presumes_plugins
    }

    /// Reports each cause that a rule is about, by its first message. `tell` gives the message for people, `help` says more.
    pub(super) fn report(
        &self,
        sink: &mut Sink<'_>,
        is_it: impl Fn(&Cause<'_>) -> bool,
        tell: impl Fn(&Cause<'_>) -> Text,
        help: impl Fn(&Cause<'_>, &mut Finding),
    ) {
        let messages = &self.reading.messages;
        for cause in self.each_cause() {
            let message_of = |index: &u32| &messages[*index as usize];
            let first = Cause { message: message_of(&cause[0]), source: &self.file.source };
            if !is_it(&first) {
                continue;
            }
            let all = |is_it: fn(Level) -> bool| cause.iter().all(|index| is_it(message_of(index).level));
            let is_fatal = cause.iter().any(|index| message_of(index).level == Level::Fatal);
            let is_read = !sink.is_full();
            let mut message = if is_read { tell(&first) } else { Text::default() };
            if all(|level| level == Level::Silent) {
                // There are no words to look for.
            } else if all(|level| !level.is_said_by_daemon()) {
                message.extend(text!(" (only `--lint` says so)"));
            } else if all(|level| !level.is_said_by_lint()) {
                message.extend(text!(" (only the daemon says so)"));
            }
            let finding = sink.find(first.message.at.span, message);
            if is_fatal {
                finding.severity(Severity::Error).engine(Verdict::Refuses);
            } else if all(|level| level == Level::LintOnly) {
                finding.severity(Severity::Info).engine(Verdict::Accepts);
            }
            for index in cause.iter().filter(|_| is_read) {
                let words = self.reading.words(message_of(index));
                if !words.is_empty() {
                    finding.says(Text::theirs(&words));
                }
            }
            help(&first, finding);
        }
    }
}

/// A line that SpamAssassin takes, as a rule looks at it.
#[derive(Clone, Copy)]
pub(super) struct Taken<'c> {
    /// The setting.
    pub setting: &'static Setting,
    /// The value as it stands in the file.
    pub value: &'c [u8],
    start: usize,
}

impl<'c> Taken<'c> {
    /// The first word, mostly a rule's name, and what follows it.
    pub fn name(&self) -> (&'c [u8], &'c [u8]) {
        let (name, rest) = first_word(self.value);
        (name, rest.unwrap_or_default())
    }

    /// Where a part of the value stands in the file.
    pub fn span_of(&self, part: &[u8]) -> Span {
        let start = self.start + offset_in(self.value, part);
        Span::new(start, start + part.len())
    }
}

/// What SpamAssassin complains of in one place, as a rule looks at it.
pub(super) struct Cause<'c> {
    /// The first of its messages.
    pub message: &'c Message,
    source: &'c Source,
}

impl<'c> Cause<'c> {
    /// What SpamAssassin says first.
    pub fn complaint(&self) -> &'c Complaint {
        &self.message.complaint
    }

    /// The bytes that are wrong.
    pub fn word(&self) -> &'c [u8] {
        self.source.slice(self.message.at.span)
    }

    /// The line's key as SpamAssassin looks it up.
    pub fn key(&self) -> Cow<'c, [u8]> {
        folded(self.typed_key())
    }

    /// The line's key as it is typed.
    pub fn typed_key(&self) -> &'c [u8] {
        first_word(self.source.slice(self.message.at.line)).0
    }

    /// The first word behind the key, mostly a rule's name.
    pub fn name(&self) -> &'c [u8] {
        first_word(self.value()).0
    }

    /// What stands behind the key.
    pub fn value(&self) -> &'c [u8] {
        first_word(self.source.slice(self.message.at.line)).1.unwrap_or_default()
    }
}
