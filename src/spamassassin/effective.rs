//! What is in force of one of SpamAssassin's files.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::bytes::{first_word, number, words};
use super::network::Networks;
use super::{Form, Meaning, Reading, State, Stock, stock};
use crate::text::{Untrusted, code_points};

/// What is in force of a file, after all files that SpamAssassin reads together with it.
#[derive(Serialize)]
pub struct Effective {
    /// The settings with one value whose last line stands in the file.
    pub settings: BTreeMap<String, InForce>,
    /// The scores that the file gives.
    pub scores: BTreeMap<String, Given>,
    /// All plugins that are loaded.
    pub plugins: Vec<String>,
    /// The lists of networks, as they are written.
    pub networks: BTreeMap<&'static str, Vec<String>>,
}

/// A setting's value and the line that it comes from.
#[derive(Serialize)]
pub struct InForce {
    /// The value as it is written.
    pub value: String,
    /// The line's number.
    pub line: u32,
}

/// A score, the line that it comes from, and the one whose place it takes. Each is four: plain, with the network, with Bayes,
/// with both.
#[derive(Serialize)]
pub struct Given {
    /// The score.
    pub score: [f64; 4],
    /// The line's number.
    pub line: u32,
    /// What the rule has without this file: of a site's file the score of the stock rules, of a user's that of the site. Nothing
    /// where there is none, or it is not known.
    pub instead_of: Option<[f64; 4]>,
}

/// What is in force of a document.
#[must_use]
pub fn effective(reading: &Reading, document: u32) -> Effective {
    let mut last: HashMap<&'static str, usize> = HashMap::new();
    for (index, statement) in reading.statements.iter().enumerate().filter(|(_, statement)| statement.is_taken) {
        if let Meaning::Setting(setting) = statement.meaning
            && has_one_value(setting.form)
        {
            last.insert(setting.stored_as, index);
        }
    }
    let source = &reading.documents[document as usize].file.source;
    let settings = last.into_iter().filter_map(|(name, index)| {
        let statement = &reading.statements[index];
        let value = code_points(source.slice(statement.value));
        let line = source.position(statement.key.start).line;
        (statement.document == document).then(|| (name.to_owned(), InForce { value, line }))
    });
    let state: &State = &reading.state;
    let stock = stock_scores(reading);
    let scores = state.scores.iter().filter_map(|(name, score)| {
        let at = score.at.filter(|at| at.document == Some(document))?;
        let instead_of = match state.base() {
            Some(site) => site.scores_so_far(name),
            None => stock.get(&**name).copied().or_else(|| shipped_score(state, name)),
        };
        let line = source.position(at.line.start).line;
        Some((code_points(name), Given { score: score.values, line, instead_of }))
    });
    let mut plugins: Vec<String> = all_plugins(state).map(code_points).collect();
    plugins.sort_unstable();
    let written = |networks: &Networks| {
        let sign = |is_excluded| if is_excluded { "!" } else { "" };
        networks.entries.iter().map(|entry| sign(entry.is_excluded).to_owned() + &code_points(&entry.word)).collect()
    };
    Effective {
        settings: settings.collect(),
        scores: scores.collect(),
        plugins,
        networks: [("trusted", &state.trusted), ("internal", &state.internal), ("msa", &state.msa)]
            .map(|(name, networks)| (name, written(networks)))
            .into(),
    }
}

/// The scores that the stock rules have, as far as they were read: from their own lines, or the one that a rule without a line has.
fn stock_scores(reading: &Reading) -> HashMap<&[u8], [f64; 4]> {
    let is_stock: Vec<bool> = reading.documents.iter().map(|document| is_stock_file(&document.name)).collect();
    let mut scores: HashMap<&[u8], [f64; 4]> = HashMap::new();
    let state = &reading.state;
    for (name, rule) in &state.rules {
        if rule.at.document.is_some_and(|document| is_stock[document as usize]) {
            scores.insert(name, [state.default_score(name); 4]);
        }
    }
    for statement in reading.statements.iter().filter(|statement| statement.is_taken) {
        let is_score = matches!(statement.meaning, Meaning::Setting(setting) if setting.form == Form::Score);
        if is_score && is_stock[statement.document as usize] {
            let source = &reading.documents[statement.document as usize].file.source;
            let (name, values) = first_word(source.slice(statement.value));
            let mut values = words(values.unwrap_or_default()).map(number);
            let first = values.next().unwrap_or_default();
            let mut next = || values.next().unwrap_or(first);
            scores.insert(name, [first, next(), next(), next()]);
        }
    }
    scores
}

/// Whether SpamAssassin knows a file as one of its own rules.
fn is_stock_file(name: &[u8]) -> bool {
    [b"/usr/share/spamassassin/".as_slice(), b"/var/lib/spamassassin/"].iter().any(|folder| name.starts_with(folder))
}

fn shipped_score(state: &State, name: &[u8]) -> Option<[f64; 4]> {
    let shipped = stock::shipped(name).filter(|_| state.stock == Stock::Shipped)?;
    shipped.scores().filter(|_| shipped.missing(state).is_none())
}

/// A score for people: one number where all four are the same.
fn told(score: [f64; 4]) -> String {
    let values: Vec<String> = score.iter().map(ToString::to_string).collect();
    if values.iter().all(|value| *value == values[0]) { values[0].clone() } else { values.join(" ") }
}

fn all_plugins(state: &State) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(state), |state| state.base()).flat_map(|state| state.plugins.iter().map(|name| &**name))
}

/// Whether a setting has one value, so that its last line is the one in force.
fn has_one_value(form: Form) -> bool {
    matches!(
        form,
        Form::Number
            | Form::Bool
            | Form::Duration
            | Form::Text
            | Form::ZeroOne
            | Form::ZeroOneTwo
            | Form::TwoIntegers
            | Form::FileMode
            | Form::NoFolder
            | Form::ExistingFile
            | Form::Between(..)
            | Form::UpTo(_)
            | Form::DnsAvailable
    )
}

impl Effective {
    /// The same for people, as lines of such a file.
    #[must_use]
    pub fn tell(&self) -> String {
        let visible = |text: &str| Untrusted::from(text).visible();
        let mut told = String::new();
        for (name, InForce { value, line }) in &self.settings {
            told += &format!("{name} {}  # line {line}\n", visible(value));
        }
        for (name, Given { score, line, instead_of }) in &self.scores {
            let instead_of = instead_of.map_or(String::new(), |score| format!(", instead of {}", self::told(score)));
            told += &format!("score {} {}  # line {line}{instead_of}\n", visible(name), self::told(*score));
        }
        for (name, networks) in self.networks.iter().filter(|(_, networks)| !networks.is_empty()) {
            let networks: Vec<String> = networks.iter().map(|network| visible(network)).collect();
            told += &format!("{name}_networks {}\n", networks.join(" "));
        }
        self.plugins.iter().for_each(|plugin| told += &format!("loadplugin {}\n", visible(plugin)));
        told
    }
}
