//! A file that Exim may read as a filter, and everything that Exim makes of it.

use std::sync::{Arc, OnceLock};

use super::run::{Circumstances, Failing, Failure, Run, Unguarded};
use super::{Error, Filter, Form, Permissions, Verdict, What};
use crate::exim_expansion::{Forbidden, Setting};
use crate::exim_pattern::{expansion_judge, expansion_match};
use crate::finding::{File, Finding, Sink};
use crate::kind::Kind;
use crate::rule::{self, Severity};
use crate::source::{Source, Span};
use crate::text;
use crate::text::{Text, Untrusted};
use crate::tree::{Attributes, USER_CAP};

/// What cPanel's routers forbid in a filter.
const CPANEL: Forbidden =
    Forbidden::RUN.and(Forbidden::PERL).and(Forbidden::LOOKUP).and(Forbidden::READFILE).and(Forbidden::READSOCKET);

/// A file that Exim may read as a filter.
pub struct FilterFile {
    /// The file.
    pub file: Arc<File>,
    /// What Exim takes it for.
    pub form: Form,
    /// The filter, when it is one in Exim's language.
    pub filter: Option<Filter>,
    /// Who reads it.
    pub reader: Reader,
    /// Where a configuration names it, if it is a system filter that does not exist.
    pub missing: Option<Missing>,
    run: OnceLock<Run>,
}

/// A system filter that a configuration names and that does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missing {
    /// Where it is named, in the configuration.
    pub named: Span,
    /// Whether the folder is there in which it should be.
    pub has_folder: bool,
}

/// What is known of the router that reads a filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reader {
    /// The user whose file it must be, where it is not: routers with `check_local_user` refuse anybody else's, also
    /// root's.
    pub owner: Option<u32>,
    /// The user and group as whom the file is opened.
    pub runs_as: Option<(u32, u32)>,
    /// Whether the permission bits in this tree are those on the server.
    pub has_true_modes: bool,
}

impl FilterFile {
    /// Reads a file as the routers of cPanel would, or as a system filter where it is one.
    #[must_use]
    pub fn new(file: Arc<File>, reader: Reader) -> Self {
        let bytes = file.source.bytes();
        // Exim does not look at the tag of a system filter.
        let (form, permissions) = match file.kind {
            Some(Kind::EximSystemFilter) => (Form::Exim, Permissions::SYSTEM),
            _ => (Form::of(bytes), Permissions::CPANEL),
        };
        let is_read = form == Form::Exim && bytes.len() <= USER_CAP && file.attributes.is_ok();
        let filter = is_read.then(|| Filter::parse(bytes, permissions));
        Self { file, form, filter, reader, missing: None, run: OnceLock::new() }
    }

    /// A system filter that does not exist.
    #[must_use]
    pub fn missing(path: &[u8], missing: Missing) -> Self {
        let (path, source) = (Untrusted::from(path), Source::new(Vec::new()));
        let (kind, attributes) = (Some(Kind::EximSystemFilter), Ok(Attributes::USUAL));
        let file = Arc::new(File { path: path.clone(), shown: path, kind, source, attributes });
        Self { missing: Some(missing), ..Self::new(file, Reader::default()) }
    }

    /// Whether it is the system filter, through which all mail of the server goes.
    #[must_use]
    pub fn is_system_filter(&self) -> bool {
        self.file.kind == Some(Kind::EximSystemFilter)
    }

    /// What fails when Exim runs it.
    fn run(&self, filter: &Filter) -> &Run {
        self.run.get_or_init(|| {
            let forbidden = if self.is_system_filter() { Forbidden::NOTHING } else { CPANEL };
            let setting = Setting {
                forbidden,
                pattern_error: Some(expansion_judge),
                pattern_matches: Some(expansion_match),
                ..Setting::filter()
            };
            Run::of(
                filter,
                self.file.source.bytes(),
                &Circumstances { setting, whose: self.whose(), runs_as: self.reader.runs_as },
            )
        })
    }

    /// Reports everything of which `tell` knows a message and what to do: what Exim comes to when it runs the filter.
    pub(super) fn report_failures(&self, sink: &mut Sink<'_>, tell: impl Fn(&Failing, &[u8]) -> Option<(Text, Text)>) {
        let Some(filter) = &self.filter else { return };
        let bytes = self.file.source.bytes();
        for failure in self.run(filter).failures() {
            let Some((message, help)) = tell(&failure.what, &bytes[failure.span.range()]) else { continue };
            let finding = sink.find(failure.span, message).here(self.fate(failure)).help(help);
            match &failure.what {
                Failing::EmptyNumber { steers: false } => {
                    finding.severity(Severity::Info);
                }
                // It is only some headers of this name, and perhaps nobody ever writes such a one.
                Failing::Unguarded(Unguarded { text: "", .. }) => (),
                Failing::Unguarded(unguarded) => {
                    let is_doubted = unguarded.is_behind_pattern;
                    finding.severity(if is_doubted { Severity::Warning } else { Severity::Info });
                }
                _ => (),
            }
            // A filter that Exim cannot read it does not run.
            if filter.verdict == Verdict::Accepted
                && let Some(words) = &failure.words
            {
                finding.says(Text::theirs(words));
            }
        }
    }

    /// What happens to which mail.
    fn fate(&self, failure: &Failure) -> Text {
        match failure.what {
            Failing::MisreadNumber(number) => return text!("this is {} for Exim", number.to_string().as_bytes()),
            Failing::EmptyNumber { .. } => return text!("this is nothing for Exim"),
            _ => (),
        }
        let mut fate = if failure.reach().always { text!("all ") } else { Text::default() };
        fate.extend(self.whose().mail());
        match &failure.what {
            Failing::Unguarded(Unguarded { header, text: "", .. }) => {
                fate.extend(text!(" is deferred if it comes here without `{}`", header.as_slice()));
            }
            Failing::Unguarded(Unguarded { header, text, .. }) => {
                fate.extend(text!(" is deferred if it comes here and `{}` is `{}`", header.as_slice(), *text));
            }
            what => {
                if !failure.reach().always {
                    fate.extend(text!(" that comes here"));
                }
                fate.extend(match what {
                    Failing::PipeExpansion(_) | Failing::PipeArguments => text!(" bounces"),
                    Failing::Recipient => text!(" gets no answer"),
                    _ => text!(" is deferred"),
                });
            }
        }
        fate
    }

    /// Reports each error that a rule is about. `tell` gives the message, and may say more of the finding.
    pub(super) fn report<'f>(
        &'f self,
        sink: &mut Sink<'_>,
        is_it: impl Fn(What) -> bool,
        tell: impl Fn(&'f Error, &'f [u8]) -> Text,
        help: impl Fn(&'f Error, &mut Finding),
    ) {
        let Some(filter) = &self.filter else { return };
        let bytes = self.file.source.bytes();
        for (index, error) in filter.errors.iter().enumerate().filter(|(_, error)| is_it(error.what)) {
            let finding = sink.find(error.span, tell(error, &bytes[error.span.range()]));
            match filter.verdict {
                // Exim never comes to speak of it.
                Verdict::Accepted => finding.engine(rule::Verdict::Accepts),
                Verdict::Refused | Verdict::Crashes => finding.engine(rule::Verdict::Refuses),
            };
            if index == 0
                && let Some(says) = filter.says(bytes)
            {
                finding.says(Text::theirs(&says));
            }
            help(error, finding);
        }
    }
}
