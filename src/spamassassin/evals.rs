//! What is checked when all lines are read.

use std::collections::HashSet;

use super::bytes::{is_space, is_word};
use super::complaint::{BadCall, Complaint, Level, NetworkList};
use super::names::{NameMap, Seed};
use super::network::Networks;
use super::reader::Reader;
use super::reading::At;
use super::rule::Kind;
use super::setting::function;
use super::state::{Rule, Score, State};
use super::version::Version;

/// A complaint, before it is sure who says it.
pub type Said = (At, Level, Complaint);

/// Who has the rules: the two differ in those with a pattern that matches always.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Daemon,
    /// `--lint`
    Lint,
}

impl Reader<'_> {
    /// The checks at the end, in SpamAssassin's order (of rules among each other it has none).
    pub fn finish_parsing(&mut self) {
        // Without `allow_user_rules` the site's rules are gone by the time that a user's file is read.
        let has_rules = !self.is_user || self.state.base().is_some_and(|base| base.allows_user_rules);
        self.give_default_scores();
        if has_rules {
            self.check_rules();
        }
        self.check_networks();
        if !self.is_user {
            self.check_stopwords();
            if !self.state.has_top_level_domains {
                let at = self.state.cleared_domains.unwrap_or_else(Self::place_outside);
                self.complain(at, Level::Warning, Complaint::NoTopLevelDomains);
            } else if let Some((at, error)) = self.state.odd_domain.take() {
                self.complain(at, Level::Warning, Complaint::TopLevelDomainNoPattern { error: error.into() });
            }
        }
    }

    /// The checks of metas and evals, for the daemon and for `--lint`, which may have other rules.
    fn check_rules(&mut self) {
        let said = self.check_rules_of(Side::Daemon);
        if self.state.rules_in_lint.is_empty() {
            said.into_iter().for_each(|(at, level, complaint)| self.complain(at, level, complaint));
            return;
        }
        let said_in_lint = self.check_rules_of(Side::Lint);
        self.state.rules_in_lint = NameMap::default();
        let are_in_lint = are_among(&said, &said_in_lint);
        let are_in_daemon = are_among(&said_in_lint, &said);
        for ((at, level, complaint), is_in_lint) in said.into_iter().zip(are_in_lint) {
            self.complain(at, if is_in_lint || level == Level::Fatal { level } else { Level::Info }, complaint);
        }
        for ((at, level, complaint), is_in_daemon) in said_in_lint.into_iter().zip(are_in_daemon) {
            if !is_in_daemon {
                let level = if level == Level::Fatal { Level::FatalInLint } else { Level::LintOnly };
                self.complain(at, level, complaint);
            }
        }
    }

    fn check_rules_of(&self, side: Side) -> Vec<Said> {
        let mut said = self.check_metas(side);
        said.append(&mut self.check_evals(side));
        said
    }

    /// The rules that one side has, in the order of their names, of the kinds that are wanted.
    pub fn rules_of(&self, side: Side, is_wanted: impl Fn(Kind) -> bool) -> Vec<(&[u8], &Rule)> {
        let State { rules, rules_in_lint, .. } = &self.state;
        let own = rules.iter().filter_map(|(name, rule)| {
            let rule = match side {
                Side::Lint if !rules_in_lint.is_empty() => match rules_in_lint.get(name) {
                    Some(before) => before.as_ref()?,
                    None => rule,
                },
                _ => rule,
            };
            Some((&**name, rule))
        });
        let bases = self.state.base().into_iter().flat_map(|base| &base.rules);
        let bases = bases.map(|(name, rule)| (&**name, rule)).filter(|(name, _)| !rules.contains_key(*name));
        let mut wanted: Vec<(&[u8], &Rule)> = own.chain(bases).filter(|(_, rule)| is_wanted(rule.kind)).collect();
        wanted.sort_unstable_by_key(|(name, _)| *name);
        wanted
    }

    /// Rules without a score get one, which later lines may be relative to.
    fn give_default_scores(&mut self) {
        let State { rules, scores, tflags, .. } = &mut self.state;
        scores.reserve(rules.len().saturating_sub(scores.len()));
        for name in rules.keys() {
            if !scores.contains_key(name) {
                let value = default_score(name, tflags.get(name).map_or(&[], |flags| flags));
                scores.insert(name.clone(), Score { values: [value; 4], at: None });
            }
        }
    }

    fn check_evals(&self, side: Side) -> Vec<Said> {
        let mut said = Vec::new();
        let mut check = |name: &[u8], rule: &Rule| {
            let open = rule.text.iter().position(|&byte| byte == b'(').unwrap_or(rule.text.len());
            let (function, arguments) = rule.text.split_at(open);
            let arguments = &arguments[1.min(arguments.len())..arguments.len().max(2) - 1];
            if !are_arguments(arguments) {
                let call = Box::new(BadCall { name: name.into(), text: rule.text.clone() });
                said.push((self.place_of(&(name, rule)), Level::Lint, Complaint::EvalSyntax(call)));
                return;
            }
            let expected = function::eval(function, self.options.version)
                .filter(|function| self.state.has_module(function.module))
                .and_then(|function| function.kind);
            if let Some(expected) = expected
                && self.options.version >= Version::V40
                && expected != rule.kind
                && !(expected == Kind::BodyEval && rule.kind == Kind::RawbodyEval)
            {
                let complaint = Complaint::WrongRuleType { name: name.into(), expected };
                said.push((self.place_of(&(name, rule)), Level::Lint, complaint));
            }
        };
        self.rules_of(side, Kind::is_eval).into_iter().for_each(|(name, rule)| check(name, rule));
        said
    }

    /// Every internal network must be a trusted one, every network of mail submission agents too.
    fn check_networks(&mut self) {
        let State { trusted, internal, msa, .. } = &mut self.state;
        let mut missing = Vec::new();
        let mut check = |outer: &Networks, outer_list, inner: &mut Networks, inner_list| {
            if inner.is_configured {
                let outer = outer.index();
                inner.entries.retain(|entry| {
                    let is_good = entry.is_excluded || outer.contains(entry.network);
                    if !is_good {
                        let complaint = Complaint::NotContained {
                            outer: outer_list,
                            inner: inner_list,
                            entry: (&*entry.word).into(),
                        };
                        missing.push((entry.at.unwrap_or_else(Self::place_outside), complaint));
                    }
                    is_good
                });
            }
        };
        if trusted.is_configured {
            check(trusted, NetworkList::Trusted, internal, NetworkList::Internal);
            check(trusted, NetworkList::Trusted, msa, NetworkList::Msa);
        } else if internal.is_configured {
            check(internal, NetworkList::Internal, msa, NetworkList::Msa);
        }
        missing.into_iter().for_each(|(at, complaint)| self.complain(at, Level::Lint, complaint));
    }

    /// Where a rule is defined, as far as that is in the files that are being read.
    pub fn place_of(&self, (name, rule): &(&[u8], &Rule)) -> At {
        if self.state.rules.contains_key(*name) { rule.at } else { Self::place_outside() }
    }

    fn check_stopwords(&mut self) {
        if !self.state.has_module("Bayes") || self.options.version < Version::V40 {
            return;
        }
        let outside = Self::place_outside();
        let (languages, at) = match &self.state.stopword_languages {
            Some((languages, at)) => (languages.clone(), *at),
            None => (vec![b"en".as_slice().into()], outside),
        };
        for language in languages {
            if !self.state.has_stopwords(&language) {
                self.complain(at, Level::Warning, Complaint::MissingStopwords { language: (&*language).into() });
            }
        }
    }
}

/// Of each complaint, whether it is among others, too.
fn are_among(said: &[Said], others: &[Said]) -> Vec<bool> {
    let key = |said: &'_ Said| -> (u32, u32, Complaint) { (said.0.document, said.0.span.start, said.2.clone()) };
    let others: HashSet<_, Seed> = others.iter().map(key).collect();
    said.iter().map(|said| others.contains(&key(said))).collect()
}

/// The score of a rule that has no line for it.
fn default_score(name: &[u8], flags: &[u8]) -> f64 {
    let value = if name.starts_with(b"T_") { 0.01 } else { 1.0 };
    if has_word(flags, b"nice") { -value } else { value }
}

impl State {
    /// The score of a rule that has no line for it.
    pub(super) fn default_score(&self, name: &[u8]) -> f64 {
        default_score(name, self.tflags(name))
    }
}

/// Perl's `/\bWORD\b/`.
fn has_word(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find_iter(text, word).any(|at| {
        let before = at.checked_sub(1).map(|before| text[before]);
        !before.is_some_and(is_word) && !text.get(at + word.len()).is_some_and(|&byte| is_word(byte))
    })
}

/// The arguments of a function: texts in quotes, and bare words of letters, digits, `.`, `:` and `-`, with commas between
/// them. A quote ends a text only where a comma or the end follows.
fn are_arguments(text: &[u8]) -> bool {
    let blank = |from: usize| from + text[from..].iter().take_while(|&&byte| is_space(byte)).count();
    if !text.is_empty() && blank(0) == text.len() {
        return true;
    }
    let mut at = 0;
    while at < text.len() {
        let start = blank(at);
        // What may follow an argument: a comma, or the end; and where the next one then begins.
        let ends = |from: usize| {
            let end = blank(from);
            match text.get(end) {
                None => Some(end),
                Some(b',') => Some(blank(end + 1)),
                Some(_) => None,
            }
        };
        let next = if let Some(&quote @ (b'"' | b'\'')) = text.get(start) {
            memchr::memchr_iter(quote, &text[start + 1..]).find_map(|len| ends(start + 1 + len + 1))
        } else {
            let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b".:-".contains(&byte);
            let len = text[start..].iter().take_while(|&&byte| is_bare(byte)).count();
            if len > 0 { ends(start + len) } else { None }
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}
