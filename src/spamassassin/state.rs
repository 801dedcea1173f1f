//! What SpamAssassin knows after some lines. A user's state stands on the site's, and holds only what is new.

use std::collections::HashSet;
use std::sync::Arc;

use super::complaint::PerlWords;
use super::names::{NameMap, NameSet};
use super::network::Networks;
use super::reading::{At, Options};
use super::rule::Kind;
use super::setting::{Setting, Who, named};
use super::stock::{self, Stock};
use super::version::Version;

/// A rule that is defined.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its kind.
    pub kind: Kind,
    /// The expression of a meta, the call of an eval; of others nothing.
    pub text: Box<[u8]>,
    /// Where its name stands in the line that defines it.
    pub at: At,
}

/// The scores of a rule: plain, with the network, with Bayes, with both.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The four values.
    pub values: [f64; 4],
    /// The line that gives them; `None` for a rule that has no score line.
    pub at: Option<At>,
}

/// What is known.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct State {
    base: Option<Arc<State>>,
    /// The version that reads the files.
    pub version: Version,
    /// Where the stock rules come from.
    pub stock: Stock,
    /// Whether the site's own `*.pre` files are unknown, and those that SpamAssassin comes with were read in their place:
    /// the site may well load other plugins.
    pub presumes_plugins: bool,
    /// The plugins of SpamAssassin itself that are loaded, by their last names, in order.
    pub modules: Vec<&'static str>,
    /// All loaded plugins by their full names.
    pub plugins: NameSet,
    /// The flags of `enable_compat`.
    pub compat: NameSet,
    /// Scores by rule name, also of names that are no rules.
    pub scores: NameMap<Score>,
    /// Rules by name.
    pub rules: NameMap<Rule>,
    /// `trusted_networks`
    pub trusted: Networks,
    /// `internal_networks`
    pub internal: Networks,
    /// `msa_networks`
    pub msa: Networks,
    /// `required_score`, and where it stands; of a user's state only what the user's file says.
    pub required_score: Option<(f64, At)>,
    /// `allow_user_rules`
    pub allows_user_rules: bool,
    /// `ignore_always_matching_regexps`
    pub ignores_always_matching: bool,
    /// Rules that `--lint` has otherwise than the daemon, because it drops a pattern that matches always.
    pub(super) rules_in_lint: NameMap<Option<Rule>>,
    /// The names of rules that lines define which SpamAssassin does not take, or skips.
    pub(super) dropped: NameSet,
    pub(super) tflags: NameMap<Box<[u8]>>,
    pub(super) files_read: HashSet<Vec<u8>>,
    pub(super) mime_header_evals: NameSet,
    pub(super) has_top_level_domains: bool,
    /// The line that has taken away the top-level domains last.
    pub(super) cleared_domains: Option<At>,
    /// A word of `util_rb_tld` that is no domain, since they were last taken away, and what Perl says of it.
    pub(super) odd_domain: Option<(At, PerlWords)>,
    /// `bayes_stopword_languages`, and where it stands.
    pub(super) stopword_languages: Option<(Vec<Box<[u8]>>, At)>,
    pub(super) stopwords: NameSet,
}

impl State {
    /// The state before the first line.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            version: options.version,
            stock: options.stock,
            presumes_plugins: options.presumes_plugins,
            trusted: Networks::with_loopback(),
            internal: Networks::with_loopback(),
            modules: vec!["Conf"],
            ..Self::default()
        }
    }

    /// A user's state, before the first line of the user's file.
    pub(super) fn on(base: &Arc<Self>) -> Self {
        Self {
            base: Some(Arc::clone(base)),
            version: base.version,
            stock: base.stock,
            presumes_plugins: base.presumes_plugins,
            modules: base.modules.clone(),
            trusted: base.trusted.elsewhere(),
            internal: base.internal.elsewhere(),
            msa: base.msa.elsewhere(),
            allows_user_rules: base.allows_user_rules,
            ignores_always_matching: base.ignores_always_matching,
            has_top_level_domains: base.has_top_level_domains,
            ..Self::default()
        }
    }

    /// The site's state, of a user's.
    #[must_use]
    pub fn base(&self) -> Option<&State> {
        self.base.as_deref()
    }

    /// The score of a name.
    #[must_use]
    pub fn score(&self, name: &[u8]) -> Option<&Score> {
        self.scores.get(name).or_else(|| self.base()?.score(name))
    }

    /// The scores that a name has so far: from a line, or as a stock rule that is known without its files.
    #[must_use]
    pub fn scores_so_far(&self, name: &[u8]) -> Option<[f64; 4]> {
        if let Some(score) = self.score(name) {
            return Some(score.values);
        }
        let shipped = stock::shipped(name).filter(|_| self.stock == Stock::Shipped)?;
        // Of some it is not known what sa-update's channel gives them; without a line a rule counts 1.
        shipped.missing(self).is_none().then(|| shipped.scores().unwrap_or([1.0; 4]))
    }

    /// Whether a line defines a rule of that name that SpamAssassin does not take, or skips.
    pub(super) fn has_dropped(&self, name: &[u8]) -> bool {
        self.dropped.contains(name) || self.base().is_some_and(|base| base.has_dropped(name))
    }

    /// Notes that a line defines a rule of that name that SpamAssassin does not take, or skips.
    pub(super) fn drop_rule(&mut self, name: &[u8]) {
        if !self.dropped.contains(name) {
            self.dropped.insert(name.into());
        }
    }

    /// The rule of a name.
    #[must_use]
    pub fn rule(&self, name: &[u8]) -> Option<&Rule> {
        self.rules.get(name).or_else(|| self.base()?.rule(name))
    }

    /// Whether a plugin is loaded, by its full name.
    #[must_use]
    pub fn has_plugin(&self, name: &[u8]) -> bool {
        self.plugins.contains(name) || self.base().is_some_and(|base| base.has_plugin(name))
    }

    /// Whether a plugin of SpamAssassin itself is loaded, by its last name.
    #[must_use]
    pub fn has_module(&self, name: &str) -> bool {
        self.modules.contains(&name)
    }

    /// Whether a flag of `enable_compat` is set.
    #[must_use]
    pub fn has_compat(&self, flag: &[u8]) -> bool {
        self.compat.contains(flag) || self.base().is_some_and(|base| base.has_compat(flag))
    }

    pub(super) fn has_read(&self, path: &[u8]) -> bool {
        self.files_read.contains(path) || self.base().is_some_and(|base| base.has_read(path))
    }

    pub(super) fn has_stopwords(&self, language: &[u8]) -> bool {
        self.stopwords.contains(language) || self.base().is_some_and(|base| base.has_stopwords(language))
    }

    pub(super) fn has_mime_header_eval(&self, name: &[u8]) -> bool {
        self.mime_header_evals.contains(name) || self.base().is_some_and(|base| base.has_mime_header_eval(name))
    }

    /// The words of `tflags` for a rule.
    #[must_use]
    pub fn tflags(&self, name: &[u8]) -> &[u8] {
        match self.tflags.get(name) {
            Some(words) => words,
            None => self.base().map_or(&[], |base| base.tflags(name)),
        }
    }

    /// The setting that a key means now: of the plugins that know it, the one that was loaded last.
    #[must_use]
    pub fn setting(&self, key: &[u8], version: Version) -> Option<&'static Setting> {
        // The core is there first.
        let loaded = |setting: &&'static Setting| match setting.module {
            "Conf" => Some(0),
            plugin => self.modules.iter().rposition(|module| *module == plugin),
        };
        named(key, version)
            .filter_map(|setting| Some((loaded(&setting)?, setting)))
            .max_by_key(|found| found.0)
            .map(|found| found.1)
    }

    /// Whether a setting may be set in a user's file.
    #[must_use]
    pub fn may_users_set(&self, setting: &Setting, version: Version) -> bool {
        match setting.who(version) {
            Who::Anybody => true,
            Who::Privileged => self.allows_user_rules,
            Who::Admin => false,
        }
    }
}
