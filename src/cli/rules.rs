//! `maillint rules`.

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::output::write;
use crate::report::json;
use crate::rule::{CATALOGUE, Rule};

#[derive(Args)]
pub struct RulesArgs {
    /// How to write the list
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
}

/// The formats of lists.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ListFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    maillint: &'static str,
    rules: Vec<RuleDocument>,
}

#[derive(Serialize)]
struct RuleDocument {
    id: &'static str,
    kinds: Vec<&'static str>,
    severity: &'static str,
    engine: &'static str,
    summary: &'static str,
    effect: String,
    explanation: String,
    remedy: String,
    log: Vec<String>,
    references: Vec<String>,
    since: String,
    formerly: &'static [&'static str],
}

impl From<&&'static Rule> for RuleDocument {
    fn from(rule: &&'static Rule) -> Self {
        let page = rule.page();
        Self {
            id: rule.id,
            kinds: rule.kinds.iter().map(|kind| kind.name()).collect(),
            severity: rule.severity.word(),
            engine: rule.engine.word(),
            summary: rule.summary,
            effect: page.effect,
            explanation: page.explanation,
            remedy: page.remedy,
            log: page.log,
            references: page.references,
            since: page.since,
            formerly: rule.formerly,
        }
    }
}

pub fn run(args: &RulesArgs) -> Result<u8, Failure> {
    write(None, |out| match args.format {
        ListFormat::Json => {
            let rules = CATALOGUE.iter().map(RuleDocument::from).collect();
            json::write(&Document { version: 1, maillint: env!("CARGO_PKG_VERSION"), rules }, out)
        }
        ListFormat::Text => {
            let width = CATALOGUE.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            CATALOGUE
                .iter()
                .try_for_each(|rule| writeln!(out, "{:width$}  {:7}  {}", rule.id, rule.severity.word(), rule.summary))
        }
    })?;
    Ok(0)
}
