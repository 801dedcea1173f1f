//! Where a text is expanded: by which Exim, under which router, for which message.

use super::build::Engine;
use super::names::Item;

/// How Exim's library of patterns judges one: nothing, or its words and the offset.
pub type JudgePattern = fn(&[u8]) -> Option<(String, usize)>;

/// Whether a pattern matches a text, where that can be told.
pub type MatchPattern = fn(&[u8], &[u8]) -> Option<bool>;

/// Everything outside of a text that its expansion depends on.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Which Exim.
    pub engine: Engine,
    /// What the router forbids.
    pub forbidden: Forbidden,
    /// Whether a filter is running: only then `$n0` to `$sn9` exist.
    pub in_filter: bool,
    /// Whether there is a message whose headers and variables are not known, or certainly none, as for `exim -be`.
    pub has_message: bool,
    /// The text of each header, where it is certain; of headers that a message does not have it is empty.
    pub headers: Option<&'static str>,
    /// Variables whose value is certain.
    pub known: &'static [(&'static str, &'static str)],
    /// The judge of patterns. Without it, whether one compiles is known only when it has no special characters.
    pub pattern_error: Option<JudgePattern>,
    /// What matches patterns with texts that are certain. Without it only those match that have no special characters.
    pub pattern_matches: Option<MatchPattern>,
}

impl Setting {
    /// A filter that nothing is forbidden to.
    #[must_use]
    pub const fn filter() -> Self {
        Self {
            engine: Engine::usual(),
            forbidden: Forbidden::NOTHING,
            in_filter: true,
            has_message: true,
            headers: None,
            known: &[],
            pattern_error: None,
            pattern_matches: None,
        }
    }
}

/// What the options `forbid_filter_...` of a router forbid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forbidden(u8);

impl Forbidden {
    /// No such option is set.
    pub const NOTHING: Self = Self(0);
    /// `forbid_filter_run`
    pub const RUN: Self = Self(1);
    /// `forbid_filter_perl`
    pub const PERL: Self = Self(1 << 1);
    /// `forbid_filter_lookup`
    pub const LOOKUP: Self = Self(1 << 2);
    /// `forbid_filter_readfile`
    pub const READFILE: Self = Self(1 << 3);
    /// `forbid_filter_readsocket`
    pub const READSOCKET: Self = Self(1 << 4);
    /// `forbid_filter_dlfunc`
    pub const DLFUNC: Self = Self(1 << 5);
    /// `forbid_filter_existstest`
    pub const EXISTSTEST: Self = Self(1 << 6);

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether everything in `other` is forbidden here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Item {
    /// The option of a router that forbids this item, and what Exim says then.
    #[must_use]
    pub const fn forbidden_by(self) -> Option<(Forbidden, &'static str)> {
        Some(match self {
            Self::Run => (Forbidden::RUN, "running a command is not permitted"),
            Self::Perl => (Forbidden::PERL, "Perl calls are not permitted"),
            Self::Lookup => (Forbidden::LOOKUP, "lookup expansions are not permitted"),
            Self::Readfile => (Forbidden::READFILE, "file insertions are not permitted"),
            Self::Readsocket => (Forbidden::READSOCKET, "socket insertions are not permitted"),
            Self::Dlfunc => (Forbidden::DLFUNC, "dynamically-loaded functions are not permitted"),
            _ => return None,
        })
    }
}
