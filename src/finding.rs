//! What a rule says about a place in a file.

use std::sync::Arc;

use crate::kind::Kind;
use crate::rule::{Rule, Severity, Verdict};
use crate::source::{Source, Span};
use crate::text::{Text, Untrusted};
use crate::tree::{Attributes, Problem};

/// A file that was read.
pub struct File {
    /// Its path below its tree's root, without a leading slash.
    pub path: Untrusted,
    /// How it is named to people and in JSON: as in the tree, or as given on the command line.
    pub shown: Untrusted,
    /// The kind that it was read as; files that only testify (the password file, a zone) have none.
    pub kind: Option<Kind>,
    /// Its bytes.
    pub source: Source,
    /// Whose it is; or why it could not be read and has no bytes, where it is known what the engine then does.
    pub attributes: Result<Attributes, Problem>,
}

/// A place in a file, with a word on what it has to do with the matter.
#[derive(Clone)]
pub struct Label {
    /// The file; the finding's own or another one.
    pub file: Arc<File>,
    /// The bytes that it is about.
    pub span: Span,
    /// What is to be said of them.
    pub message: Text,
}

/// One place where a rule is broken.
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The rule's severity, or the one that the evidence makes it.
    pub severity: Severity,
    /// What the engine does with this text.
    pub engine: Verdict,
    /// What is wrong with this text, with the value in it.
    pub message: Text,
    /// The place that is wrong.
    pub primary: Label,
    /// Further places that explain it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<Text>,
    /// The edits that mend it, where they are certain.
    pub fix: Option<Box<Fix>>,
    /// What the engine prints for this cause, in its order.
    pub engine_says: Vec<Text>,
}

/// Edits to the file of a finding.
pub struct Fix {
    /// Whether it changes nothing but what is wrong.
    pub safety: Safety,
    /// What to put in the place of which bytes, in the file's order; the spans do not overlap.
    pub edits: Vec<(Span, Vec<u8>)>,
}

/// How sure a fix is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Safety {
    /// Afterwards the engine does what was evidently meant, and nothing else changes.
    Safe,
    /// It may not be what was meant: a person should look.
    Unsafe,
}

impl Finding {
    /// Says what is to be seen at the primary place.
    pub fn here(&mut self, message: Text) -> &mut Self {
        self.primary.message = message;
        self
    }

    /// Adds a place in the same file.
    pub fn label(&mut self, span: Span, message: Text) -> &mut Self {
        let file = Arc::clone(&self.primary.file);
        self.label_in(&file, span, message)
    }

    /// Adds a place in another file.
    pub fn label_in(&mut self, file: &Arc<File>, span: Span, message: Text) -> &mut Self {
        one_more(&mut self.labels);
        self.labels.push(Label { file: Arc::clone(file), span, message });
        self
    }

    /// Says what to do.
    pub fn help(&mut self, help: Text) -> &mut Self {
        self.help = Some(help);
        self
    }

    /// Gives another severity than the rule's, because the evidence does.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Gives another engine verdict than the rule's.
    pub fn engine(&mut self, verdict: Verdict) -> &mut Self {
        self.engine = verdict;
        self
    }

    /// Adds something that the engine says for this cause.
    pub fn says(&mut self, words: Text) -> &mut Self {
        one_more(&mut self.engine_says);
        self.engine_says.push(words);
        self
    }

    /// Gives the edits that mend it.
    pub fn fix(&mut self, safety: Safety, edits: Vec<(Span, Vec<u8>)>) -> &mut Self {
        self.fix = Some(Box::new(Fix { safety, edits }));
        self
    }
}

/// Makes room for one more. Of most findings there is one of each and no more, and the room that a vector makes by itself is
/// for four.
fn one_more<T>(list: &mut Vec<T>) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
}

/// What the rules find.
pub struct Found {
    /// The findings.
    pub findings: Vec<Finding>,
    /// Those that are only counted.
    pub untold: Vec<Untold>,
    /// How many findings of one rule in one file are kept.
    most: usize,
}

/// How much more of a rule was found in a file than was wanted.
pub struct Untold {
    /// The rule.
    pub rule: &'static Rule,
    /// The file's name, as it is shown.
    pub path: Untrusted,
    /// How many findings, by their severity.
    pub counts: Counts,
}

/// Numbers of findings by severity.
#[derive(Clone, Copy, Default)]
pub struct Counts([usize; 3]);

impl Counts {
    /// How many there are of a severity.
    #[must_use]
    pub fn of(self, severity: Severity) -> usize {
        self.0[severity as usize]
    }

    /// How many there are.
    #[must_use]
    pub fn all(self) -> usize {
        self.0.iter().sum()
    }
}

impl Found {
    /// Nothing yet. Of one rule in one file no more than so many findings are kept; all, where no number is given.
    #[must_use]
    pub fn new(most: Option<usize>) -> Self {
        Self { findings: Vec::new(), untold: Vec::new(), most: most.unwrap_or(usize::MAX) }
    }
}

/// Where a rule's function puts its findings: it knows the rule and the file, so that the function need not.
pub struct Sink<'a> {
    rule: &'static Rule,
    file: &'a Arc<File>,
    found: &'a mut Found,
    /// How many more findings are kept.
    room: usize,
    /// The last finding, when it is only counted.
    spare: Option<Finding>,
    counts: Counts,
}

impl<'a> Sink<'a> {
    /// A sink for one rule over one file.
    pub fn new(rule: &'static Rule, file: &'a Arc<File>, found: &'a mut Found) -> Self {
        Self { rule, file, room: found.most, found, spare: None, counts: Counts::default() }
    }

    /// Whether further findings are only counted: nobody will read what they say.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.room == 0
    }

    /// Reports that something is wrong with these bytes.
    pub fn find(&mut self, span: Span, message: Text) -> &mut Finding {
        let finding = Finding {
            rule: self.rule,
            severity: self.rule.severity,
            engine: self.rule.engine,
            message,
            primary: Label { file: Arc::clone(self.file), span, message: Text::default() },
            labels: Vec::new(),
            help: None,
            fix: None,
            engine_says: Vec::new(),
        };
        if let Some(room) = self.room.checked_sub(1) {
            self.room = room;
            self.found.findings.push(finding);
            let last = self.found.findings.len() - 1;
            return &mut self.found.findings[last];
        }
        self.count_spare();
        self.spare.insert(finding)
    }

    /// Ends the rule's work on the file.
    pub fn finish(mut self) {
        self.count_spare();
        if self.counts.all() > 0 {
            self.found.untold.push(Untold { rule: self.rule, path: self.file.shown.clone(), counts: self.counts });
        }
    }

    /// Counts the last finding, whose severity is known only now.
    fn count_spare(&mut self) {
        if let Some(finding) = self.spare.take() {
            self.counts.0[finding.severity as usize] += 1;
        }
    }
}

/// A rule and the function that looks for it in `T`, what the room makes of a file.
pub struct Bound<T: ?Sized> {
    /// The rule.
    pub rule: &'static Rule,
    /// Its function.
    pub check: fn(&T, &mut Sink<'_>),
}
