//! One of SpamAssassin's files, with what SpamAssassin says of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Complaint, Level, Message, Reading};
use crate::finding::{File, Finding, Sink};
use crate::rule::{Severity, Verdict};
use crate::text;
use crate::text::{Text, Untrusted};

/// One file of a site or a user, as the rules are asked about it.
pub struct Configuration {
    /// The file.
    pub file: Arc<File>,
    /// What SpamAssassin makes of all files that it reads together with this one.
    pub reading: Arc<Reading>,
    /// The causes of what it says of this file, in the file's order: each the indices of its messages. SpamAssassin often
    /// says two things of one mistake.
    causes: Vec<Vec<usize>>,
}

impl Configuration {
    /// The file of a document that was read.
    #[must_use]
    pub fn new(reading: &Arc<Reading>, document: u32) -> Self {
        let file = Arc::clone(&reading.documents[document as usize].file);
        let mut lines: BTreeMap<u32, Vec<Vec<usize>>> = BTreeMap::new();
        for (index, message) in reading.messages.iter().enumerate() {
            if message.at.document != Some(document) {
                continue;
            }
            let causes = lines.entry(message.at.line.start).or_default();
            let span = message.at.span;
            let is_same = |cause: &&mut Vec<usize>| {
                let first = reading.messages[cause[0]].at.span;
                first.start <= span.end && span.start <= first.end
            };
            match causes.iter_mut().next_back().filter(is_same) {
                Some(cause) => cause.push(index),
                None => causes.push(vec![index]),
            }
        }
        Self { file, reading: Arc::clone(reading), causes: lines.into_values().flatten().collect() }
    }

    /// Reports each cause that a rule is about, by its first message. `tell` gives the message for people from the bytes
    /// that are wrong, `help` says more.
    pub(super) fn report(
        &self,
        sink: &mut Sink<'_>,
        is_it: impl Fn(&Complaint) -> bool,
        tell: impl Fn(&Message, &[u8]) -> Text,
        help: impl Fn(&Message, &mut Finding),
    ) {
        let messages = &self.reading.messages;
        for cause in self.causes.iter().filter(|cause| is_it(&messages[cause[0]].complaint)) {
            let first = &messages[cause[0]];
            let mut message = tell(first, self.file.source.slice(first.at.span));
            match first.level {
                Level::LintOnly | Level::FatalInLint => message.extend(text!(" (only `--lint` says so)")),
                Level::Info => message.extend(text!(" (only the daemon says so)")),
                Level::Lint | Level::Uncounted | Level::Warning | Level::Fatal => {}
            }
            let finding = sink.find(first.at.span, message);
            match first.level {
                Level::Fatal => finding.severity(Severity::Error).engine(Verdict::Refuses),
                Level::LintOnly => finding.severity(Severity::Info).engine(Verdict::Accepts),
                _ => finding,
            };
            for &index in cause {
                let words = self.reading.words(&messages[index]);
                if !words.is_empty() {
                    finding.says(Text::theirs(Untrusted::from(words)));
                }
            }
            help(first, finding);
        }
    }
}
