//! What is in force of one of SpamAssassin's files.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::network::Networks;
use super::{Form, Meaning, Reading, Score, State};
use crate::text::{Untrusted, code_points};

/// What is in force of a file, after all files that SpamAssassin reads together with it.
#[derive(Serialize)]
pub struct Effective {
    /// The settings with one value whose last line stands in the file.
    pub settings: BTreeMap<String, InForce>,
    /// The scores that the file gives: without and with the network, without and with Bayes.
    pub scores: BTreeMap<String, [f64; 4]>,
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
    let is_here = |score: &Score| score.at.is_some_and(|at| at.document == Some(document));
    let state: &State = &reading.state;
    let scores = state.scores.iter().filter(|(_, score)| is_here(score));
    let mut plugins: Vec<String> = all_plugins(state).map(code_points).collect();
    plugins.sort_unstable();
    let written = |networks: &Networks| {
        let sign = |is_excluded| if is_excluded { "!" } else { "" };
        networks.entries.iter().map(|entry| sign(entry.is_excluded).to_owned() + &code_points(&entry.word)).collect()
    };
    Effective {
        settings: settings.collect(),
        scores: scores.map(|(name, score)| (code_points(name), score.values)).collect(),
        plugins,
        networks: [("trusted", &state.trusted), ("internal", &state.internal), ("msa", &state.msa)]
            .map(|(name, networks)| (name, written(networks)))
            .into(),
    }
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
        for (name, values) in &self.scores {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            told += &format!("score {} {}\n", visible(name), values.join(" "));
        }
        for (name, networks) in self.networks.iter().filter(|(_, networks)| !networks.is_empty()) {
            let networks: Vec<String> = networks.iter().map(|network| visible(network)).collect();
            told += &format!("{name}_networks {}\n", networks.join(" "));
        }
        self.plugins.iter().for_each(|plugin| told += &format!("loadplugin {}\n", visible(plugin)));
        told
    }
}
