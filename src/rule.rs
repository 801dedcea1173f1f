//! What a rule is, and the catalogue of all rules.
//!
//! A rule is data: `rules/<subject>/<name>.yaml` says what is wrong, what it does to mail and what to do, and shows it
//! in examples. `rules/build.rs` turns those files into the static tables of this module at build time; nothing of YAML
//! is left at run time. The code of a rule is one function in the room of its subject, where the table that binds the
//! two is included.

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
    /// What happens to mail.
    pub effect: &'static str,
    /// Why that is so, how it comes about, and when it is no mistake.
    pub explanation: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// The log lines by which one recognises it.
    pub log: &'static [&'static str],
    /// Where the facts stand.
    pub references: &'static [&'static str],
    /// The version of maillint that brought the rule.
    pub since: &'static str,
    /// Ids that the rule had before.
    pub formerly: &'static [&'static str],
    /// Texts that have it and texts that do not; each is a test.
    pub examples: &'static [Example],
}

impl Rule {
    /// What people select by: the part of the id before the slash.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(subject, _)| subject)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth knowing; no mail suffers.
    Info,
    /// Some mail is lost, bounced, delayed or misrouted, or senders can be forged, or what was written is not in force.
    Warning,
    /// Mail is certainly lost, bounced, delayed or misrouted, or scanning is off.
    Error,
}

impl Severity {
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

/// A text that shows a rule, or shows what it leaves alone; a test of its own.
pub struct Example {
    /// The files of the small tree that it is about.
    pub files: &'static [ExampleFile],
    /// The server's name, where it matters.
    pub hostname: Option<&'static str>,
    /// The version of glibc, where it matters.
    pub glibc: Option<&'static str>,
    /// The version of SpamAssassin, where it matters.
    pub spamassassin: Option<&'static str>,
    /// The severity of its findings, where the evidence makes it another than the rule's.
    pub severity: Option<Severity>,
    /// What the engine does, where that is another than the rule's.
    pub engine: Option<Verdict>,
    /// What the engine says of it, in its order.
    pub says: &'static [&'static str],
    /// Whether it must yield exactly the marked findings; otherwise it must yield none.
    pub bad: bool,
}

/// One file of an example.
pub struct ExampleFile {
    /// Its path below the tree's root; where absent, the usual place of the rule's first kind.
    pub path: Option<&'static str>,
    /// Its bytes, without the marks; the target when it is a link.
    pub bytes: &'static [u8],
    /// The offsets of `⟦...⟧`: where findings are.
    pub primary: &'static [(u32, u32)],
    /// The offsets of `⟨...⟩`: their further labels.
    pub labels: &'static [(u32, u32)],
    /// Its permission bits.
    pub mode: u32,
    /// The user that owns it; nobody in particular when absent.
    pub owner: Option<&'static str>,
    /// Whether it is a symbolic link to `bytes`.
    pub is_link: bool,
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The rule of an id, or of one that it had before.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().copied().find(|rule| rule.id == id || rule.formerly.contains(&id))
}
