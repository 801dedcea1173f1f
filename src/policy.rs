//! From what was found to what is reported: which findings are wanted, in which order, how they are told apart from
//! one run to the next, and what they mean for the exit status.

use std::collections::HashMap;

use crate::check::{Checked, Unread};
use crate::finding::Untold;
use crate::kind::Kind;
use crate::rule::{CATALOGUE, Rule, Severity};
use crate::settled::Settled;
use crate::text::Untrusted;

/// What the user wants to hear of.
#[derive(Default)]
pub struct Policy {
    /// Only these; all when empty.
    pub select: Vec<Pattern>,
    /// None of these.
    pub ignore: Vec<Pattern>,
}

/// A rule, a subject, or a part of one: `exim-filter/discards-mail`, `exim-filter`, `exim-filter/bad-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern. One that fits no rule is refused: it would silently do nothing.
    ///
    /// # Errors
    /// A message that names the nearest rule or subject.
    pub fn parse(text: &str) -> Result<Self, String> {
        let current = crate::rule::find(text).map_or(text, |rule| rule.id);
        let pattern = Self(current.to_owned());
        if CATALOGUE.iter().any(|rule| pattern.fits(rule)) {
            return Ok(pattern);
        }
        let names = CATALOGUE.iter().flat_map(|rule| [rule.id, rule.subject()]);
        Err(match nearest(text, names) {
            Some(name) => format!("no rule is called `{}`; did you mean `{name}`?", shown(text)),
            None => format!("no rule is called `{}`; `maillint rules` lists them", shown(text)),
        })
    }

    fn fits(&self, rule: &Rule) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => prefix.contains('/') && rule.id.starts_with(prefix),
            None => rule.id == self.0 || rule.subject() == self.0,
        }
    }
}

/// Text of the command line, as it may be shown.
fn shown(text: &str) -> String {
    Untrusted::from(text).visible()
}

/// The name that a misspelt one was probably meant to be.
#[must_use]
pub fn nearest<'n>(misspelt: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|name| (strsim::jaro_winkler(misspelt, name), name))
        .filter(|&(likeness, _)| likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// What is reported, ready to be written in any format.
pub struct Report {
    /// The tree's root, when there is exactly one.
    pub root: Option<Untrusted>,
    /// The server's name and where it comes from, when there is one tree and it is known.
    pub hostname: Option<crate::facts::Hostname>,
    /// The version of glibc and where it comes from, when there is one tree.
    pub glibc: Option<crate::facts::Glibc>,
    /// The version of SpamAssassin and where it comes from, when there is one tree.
    pub spamassassin: Option<crate::facts::SpamAssassin>,
    /// The findings, in the order of tree, path, place and rule.
    pub findings: Vec<Reported>,
    /// Those that are only counted, each with the tree, when there are several.
    pub untold: Vec<(Option<Untrusted>, Untold)>,
    /// The files that exist and could not be read.
    pub problems: Vec<(Option<Untrusted>, Unread)>,
    /// The files that were read and checked, with their kinds.
    pub files: Vec<(Untrusted, Kind)>,
    /// How many findings were not wanted.
    pub suppressed: usize,
}

/// A finding that is reported.
pub struct Reported {
    /// The tree that it is in, when there are several.
    pub root: Option<Untrusted>,
    /// The finding.
    pub finding: Box<Settled>,
    /// Its number among the findings that are told apart by nothing else.
    pub count: u32,
}

impl Reported {
    /// What it is told apart by: the same for the same text under the same rule in the same file, wherever it moves.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("{:032x}-{}", self.finding.identity, self.count)
    }
}

impl Report {
    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let told = self.findings.iter().filter(|reported| reported.finding.severity == severity).count();
        told + self.untold.iter().map(|(_, untold)| untold.counts.of(severity)).sum::<usize>()
    }

    /// The exit status: 2 when something could not be read, 1 when something is as bad as `fail_on`, else 0.
    #[must_use]
    pub fn status(&self, fail_on: Option<Severity>) -> u8 {
        let is_bad = |severity: &Severity| fail_on.is_some_and(|bad| *severity >= bad);
        let mut found = Severity::ALL.iter().filter(|&&severity| self.count(severity) > 0);
        if self.problems.is_empty() { u8::from(found.any(is_bad)) } else { 2 }
    }
}

impl Policy {
    fn wants(&self, rule: &Rule) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.fits(rule));
        (self.select.is_empty() || any(&self.select)) && !any(&self.ignore)
    }

    /// Makes the report of what was found in each tree.
    #[must_use]
    pub fn apply(&self, checked: Vec<Checked>) -> Report {
        let is_single = checked.len() == 1;
        let mut report = Report {
            root: checked.first().filter(|_| is_single).and_then(|tree| tree.root.clone()),
            hostname: checked.first().filter(|_| is_single).and_then(|tree| tree.hostname.clone()),
            glibc: checked.first().filter(|_| is_single).and_then(|tree| tree.glibc),
            spamassassin: checked.first().filter(|_| is_single).and_then(|tree| tree.spamassassin),
            findings: Vec::new(),
            untold: Vec::new(),
            problems: Vec::new(),
            files: Vec::new(),
            suppressed: 0,
        };
        let mut wanted = Vec::new();
        for tree in checked {
            let root = tree.root.filter(|_| !is_single);
            for untold in tree.findings.untold {
                if self.wants(untold.rule) {
                    report.untold.push((root.clone(), untold));
                } else {
                    report.suppressed += untold.counts.all();
                }
            }
            for finding in tree.findings.told {
                if self.wants(finding.rule) {
                    wanted.push((root.clone(), finding));
                } else {
                    report.suppressed += 1;
                }
            }
            report.problems.extend(tree.problems.into_iter().map(|problem| (root.clone(), problem)));
            report.files.extend(tree.files);
        }
        wanted.sort_by(|(a_root, a), (b_root, b)| {
            let place = |f: &Settled| (f.primary.start.byte, f.primary.end.byte, f.rule.id);
            (a_root, &a.primary.path, place(a)).cmp(&(b_root, &b.primary.path, place(b)))
        });
        let mut equals: HashMap<(Option<Untrusted>, u128), u32> = HashMap::new();
        report.findings.extend(wanted.into_iter().map(|(root, finding)| {
            let count = equals.entry((root.clone(), finding.identity)).or_default();
            *count += 1;
            Reported { root, finding, count: *count }
        }));
        report.problems.sort_by(|(a_root, a), (b_root, b)| (a_root, &a.path).cmp(&(b_root, &b.path)));
        report.files.sort();
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_rules_subjects_and_prefixes() {
        for text in ["domains/foreign-domain", "domains", "lsearch/dup*", "lsearch/*"] {
            assert!(Pattern::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_pattern_that_fits_nothing_is_refused_with_the_nearest_name() {
        let error = |text: &str| Pattern::parse(text).err().unwrap_or_default();
        assert_eq!(
            error("domains/foreign-domian"),
            "no rule is called `domains/foreign-domian`; did you mean `domains/foreign-domain`?"
        );
        assert_eq!(error("domain"), "no rule is called `domain`; did you mean `domains`?");
        assert_eq!(error("*"), "no rule is called `*`; `maillint rules` lists them");
        assert!(error("x\u{1b}[2J").contains(r"\x1b"));
    }
}
