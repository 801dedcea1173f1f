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
    /// The settings with one value whose last line stands in the file. Of `rewrite_header` and `add_header` the name of the
    /// header belongs to the setting's.
    pub settings: BTreeMap<String, InForce>,
    /// The lists to which the file adds, with each line that does. What a later line takes off again is not among them.
    pub lists: BTreeMap<String, Vec<InForce>>,
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
    let source = &reading.documents[document as usize].file.source;
    let Lines { last, lists } = lines_in_force(reading);
    let in_force = |index: usize, value: &[u8]| {
        let statement = reading.statement(&reading.stated[index]);
        let line = source.position(statement.key.start).line;
        (statement.document == document).then(|| InForce { value: code_points(value), line })
    };
    let settings = last.into_iter().filter_map(|(name, (index, value))| Some((name, in_force(index, value)?)));
    let lists = lists.into_iter().filter_map(|(name, entries)| {
        let mut entries: Vec<(usize, &[u8])> = entries.into_values().flatten().collect();
        entries.sort_unstable();
        let here: Vec<InForce> = entries.into_iter().filter_map(|(index, value)| in_force(index, value)).collect();
        (!here.is_empty()).then(|| (name.to_owned(), here))
    });
    let state: &State = &reading.state;
    let stock = stock_scores(reading);
    let scores = state.scores.iter().filter_map(|(name, score)| {
        let at = score.at.filter(|at| at.document() == Some(document))?;
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
        lists: lists.collect(),
        scores: scores.collect(),
        plugins,
        networks: [("trusted", &state.trusted), ("internal", &state.internal), ("msa", &state.msa)]
            .map(|(name, networks)| (name, written(networks)))
            .into(),
    }
}

/// The lines of all files that are in force, by index, with what they set.
#[derive(Default)]
struct Lines<'r> {
    last: HashMap<String, (usize, &'r [u8])>,
    lists: HashMap<&'static str, List<'r>>,
}

/// The lines that add to a list, by the address in small letters.
type List<'r> = HashMap<Vec<u8>, Vec<(usize, &'r [u8])>>;

fn lines_in_force(reading: &Reading) -> Lines<'_> {
    let mut lines = Lines::default();
    for (index, stated) in reading.stated.iter().enumerate().filter(|(_, stated)| stated.is_taken) {
        let Meaning::Setting(setting) = stated.meaning() else { continue };
        let statement = reading.statement(stated);
        let value = reading.documents[statement.document as usize].file.source.slice(statement.value);
        match setting.form {
            form if has_one_value(form) => {
                lines.last.insert(setting.stored_as.to_owned(), (index, value));
            }
            Form::RewriteHeader | Form::AddHeader => {
                let (name, text) = of_header(setting.form, value);
                lines.last.insert(format!("{} {name}", setting.stored_as), (index, text));
            }
            Form::RemoveHeader => {
                let (name, _) = of_header(Form::AddHeader, value);
                lines.last.remove(&format!("add_header {name}"));
            }
            Form::AddressesOrGlobs | Form::Addresses => {
                let list = lines.lists.entry(setting.name).or_default();
                words(value).for_each(|word| drop(list.insert(word.to_ascii_lowercase(), vec![(index, word)])));
            }
            Form::AddressAndDomain | Form::AddressAndSigner => {
                let list = lines.lists.entry(setting.name).or_default();
                list.entry(first_word(value).0.to_ascii_lowercase()).or_default().push((index, value));
            }
            Form::Words => {
                let list = setting.name.strip_prefix("un").and_then(|name| lines.lists.get_mut(name));
                list.into_iter()
                    .for_each(|list| words(value).for_each(|word| drop(list.remove(&word.to_ascii_lowercase()))));
            }
            Form::Nothing if setting.name == "clear_headers" => {
                lines.last.retain(|name, _| !name.starts_with("add_header "));
            }
            _ => {}
        }
    }
    lines
}

/// The name of the header that a line is about, with the kind of mail that gets it, and the rest of the line.
fn of_header(form: Form, value: &[u8]) -> (String, &[u8]) {
    let (first, rest) = first_word(value);
    let (kind, rest) = (code_points(first).to_ascii_lowercase(), rest.unwrap_or_default());
    if form == Form::RewriteHeader {
        return (kind, rest);
    }
    let (name, text) = first_word(rest);
    (format!("{kind} {}", code_points(name)), text.unwrap_or_default())
}

/// The scores that the stock rules have, as far as they were read: from their own lines, or the one that a rule without a line has.
fn stock_scores(reading: &Reading) -> HashMap<&[u8], [f64; 4]> {
    let is_stock: Vec<bool> = reading.documents.iter().map(|document| is_stock_file(&document.name)).collect();
    let mut scores: HashMap<&[u8], [f64; 4]> = HashMap::new();
    let state = &reading.state;
    for (name, rule) in &state.rules {
        if rule.at.document().is_some_and(|document| is_stock[document as usize]) {
            scores.insert(name, [state.default_score(name); 4]);
        }
    }
    for stated in reading.stated.iter().filter(|stated| stated.is_taken) {
        let is_score = matches!(stated.meaning(), Meaning::Setting(setting) if setting.form == Form::Score);
        if is_score && is_stock[stated.document as usize] {
            let statement = reading.statement(stated);
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
            told += &format!("{} {}  # line {line}\n", visible(name), visible(value));
        }
        for (name, entries) in &self.lists {
            entries
                .iter()
                .for_each(|InForce { value, line }| told += &format!("{name} {}  # line {line}\n", visible(value)));
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
