//! What a rule is, and the catalogue of all rules.
//!
//! A rule is data: `rules/<subject>/<name>.yaml` says what is wrong, what it does to mail and what to do, and shows it
//! in examples. `rules/build.rs` turns those files into the statics of this module at build time; nothing of YAML is left
//! at run time. The code of a rule is one function in the room of its subject, where the table that binds the
//! two is included.

mod page;

pub use page::{Example, ExampleFile, Page};

use serde::Deserialize;

use crate::kind::Kind;

/// One thing that can be wrong. All texts are in an administrator's words.
pub struct Rule {
    /// `subject/name`, as in `domains/foreign-domain`. The name is the bad thing.
    pub id: &'static str,
    /// The kinds of file that it applies to.
    pub kinds: &'static [Kind],
    /// One line: what is wrong.
    pub summary: &'static str,
    /// How bad it is, unless the evidence says otherwise.
    pub severity: Severity,
    /// What the engine does with such text, unless the evidence says otherwise.
    pub engine: Verdict,
    /// Ids that the rule had before.
    pub formerly: &'static [&'static str],
    /// What else its page tells, as JSON. A run that finds no fault wants none of it, and as one text it costs none: each
    /// pointer of a table is a place that the loader must visit at every start.
    page: &'static str,
}

impl Rule {
    /// What people select by: the part of the id before the slash.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(subject, _)| subject)
    }

    /// What its page tells at length.
    #[must_use]
    pub fn page(&self) -> Page {
        // The build script has written it, and the tests of the examples read each of them.
        serde_json::from_str(self.page).unwrap_or_default()
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; no mail suffers.
    Info,
    /// Some mail is lost, bounced, delayed or misrouted, or senders can be forged, or what was written is not in force.
    Warning,
    /// Mail is certainly lost, bounced, delayed or misrouted, or scanning is off.
    Error,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// The word for it, in all outputs and in `--fail-on`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What the engine does with the text that a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It refuses the whole file.
    Refuses,
    /// It skips this part and goes on without it.
    Skips,
    /// It takes it, although mail suffers.
    Accepts,
}

impl Verdict {
    /// The word for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refuses => "refuses",
            Self::Skips => "skips",
            Self::Accepts => "accepts",
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The rule of an id, or of one that it had before.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().copied().find(|rule| rule.id == id || rule.formerly.contains(&id))
}
