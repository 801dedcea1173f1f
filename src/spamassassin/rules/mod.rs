//! The rules of the subject `spamassassin`, one function each, named as its page in `rules/spamassassin/`.

mod conditions;
mod killers;
mod lines;
mod lists;
mod metas;
mod names;
mod networks;
mod own_rules;
mod patterns;
mod plugins;
mod rule_definitions;
mod scores;
mod thresholds;
mod unknown_settings;
mod values;

#[allow(
    clippy::wildcard_imports,
    reason = "so that a further rule is one page and one function, and nothing else"
)]
use self::{
    conditions::*, killers::*, lines::*, lists::*, metas::*, names::*, networks::*, own_rules::*, patterns::*,
    plugins::*, rule_definitions::*, scores::*, thresholds::*, unknown_settings::*, values::*,
};
use super::Configuration;
use crate::finding::Bound;

/// The rules and their functions.
pub static RULES: &[Bound<Configuration>] = include!(concat!(env!("OUT_DIR"), "/spamassassin.rs"));
