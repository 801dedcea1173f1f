//! Names of rules that no rule has. SpamAssassin is silent about them, and nothing is set.

use std::collections::HashSet;

use crate::finding::{Finding, Sink};
use crate::rule::Severity;
use crate::spamassassin::bytes::{number, words};
use crate::spamassassin::meta::{names_in, value_without_rules};
use crate::spamassassin::rule_names::{Guesser, Likely, Name, can_be_a_name, meaning};
use crate::spamassassin::{Configuration, Form};
use crate::text;

pub(super) fn score_of_unknown_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    let guesser = Guesser::new(configuration);
    for (line, meaning) in configuration.strange_scores() {
        let (name, value) = line.name();
        if *meaning == Name::OfOtherRules {
            let finding =
                sink.find(line.span_of(name), text!("there is no rule `{}` among those of this server", name));
            finding.help(text!("newer or older rules of SpamAssassin have it: run `sa-update`, or remove the line"));
        } else if *meaning == Name::Unknown {
            let finding =
                sink.find(line.span_of(name), text!("there is no rule `{}`, so this score does nothing", name));
            guess(configuration, &guesser, name, finding, |finding, likely| {
                finding.help(text!("write `score {} {}`", likely, value));
            });
        }
    }
}

/// Says what an unknown name was probably meant for.
fn guess(
    configuration: &Configuration,
    guesser: &Guesser<'_>,
    name: &[u8],
    finding: &mut Finding,
    help: impl FnOnce(&mut Finding, &[u8]),
) {
    match guesser.likely(name) {
        Some(Likely::Same(likely)) => {
            finding.severity(Severity::Warning);
            help(finding, &likely);
        }
        Some(Likely::Near(likely)) => {
            // Where the rules of the server are not at hand, the name may be one of newer rules.
            if configuration.has_read_stock_rules() && !configuration.loads_other_plugins() {
                finding.severity(Severity::Warning);
            }
            help(finding, &likely);
        }
        None if !can_be_a_name(name) => {
            finding.severity(Severity::Warning);
            finding.help(text!("write the rule's name alone: it has letters, digits and `_` only"));
        }
        None => {
            finding.help(text!("remove the line, unless the rule stands in a file that was not checked"));
        }
    }
}

pub(super) fn score_without_plugin(configuration: &Configuration, sink: &mut Sink<'_>) {
    for (line, meaning) in configuration.strange_scores() {
        if let Name::WithoutPlugin(plugin) = meaning {
            let name = line.name().0;
            let message =
                text!("the rule `{}` is there only while the plugin {} is loaded, which it is not", name, *plugin);
            sink.find(line.span_of(name), message).help(text!(
                "write `loadplugin Mail::SpamAssassin::Plugin::{}` into a `*.pre` file of the site, or remove this line",
                *plugin
            ));
        }
    }
}

pub(super) fn score_of_renamed_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    for (line, meaning) in configuration.strange_scores() {
        if let Name::Renamed(new) = meaning {
            let (name, value) = line.name();
            let message = text!("the rule `{}` is called `{}` here, so this score does nothing", name, new.as_slice());
            let finding = sink.find(line.span_of(name), message);
            finding.help(text!("write `score {} {}`", new.as_slice(), value));
            if configuration.presumes_plugins() {
                finding.severity(Severity::Info);
            }
        }
    }
}

pub(super) fn score_of_removed_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    for (line, meaning) in configuration.strange_scores() {
        if *meaning == Name::Removed {
            let name = line.name().0;
            let message = text!("there is no rule `{}` any more among those of SpamAssassin", name);
            sink.find(line.span_of(name), message).help(text!("remove the line: it does nothing"));
        }
    }
}

pub(super) fn subrule_scored(configuration: &Configuration, sink: &mut Sink<'_>) {
    for line in configuration.lines(|form| form == Form::Score) {
        let (name, value) = line.name();
        let is_zero = words(value).all(|word| number(word) == 0.0);
        if name.starts_with(b"__") && !is_zero {
            let message = text!("`{}` never counts, whatever its score: its name begins with `__`", name);
            sink.find(line.span_of(name), message)
                .help(text!("give the rule a name without `__`, or score a `meta` rule that asks for it"));
        }
    }
}

pub(super) fn text_of_unknown_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    let guesser = Guesser::new(configuration);
    let is_text = |form| matches!(form, Form::NameAndText | Form::Priority | Form::Shortcircuit);
    for line in configuration.lines(is_text) {
        let key = line.setting.name;
        let name = line.name().0;
        if !matches!(key, "describe" | "tflags" | "priority" | "shortcircuit" | "subjprefix") {
            continue;
        }
        let message = match meaning(configuration, name) {
            Name::Unknown => text!("there is no rule `{}`, so this `{}` line does nothing", name, key),
            Name::Removed => text!("there is no rule `{}` any more, so this `{}` line does nothing", name, key),
            _ => continue,
        };
        let finding = sink.find(line.span_of(name), message);
        finding.help(match guesser.likely(name) {
            Some(Likely::Same(likely) | Likely::Near(likely)) => text!("did you mean `{}`?", likely.as_slice()),
            None => text!("remove the line, unless the rule stands in a file that was not checked"),
        });
    }
}

pub(super) fn meta_on_unknown_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    let guesser = Guesser::new(configuration);
    let is_certain = configuration.has_read_stock_rules();
    for line in configuration.lines(|form| form == Form::Meta) {
        let (meta, text) = line.name();
        // One that is dropped is wrong in another way.
        if configuration.reading.state.rule(meta).is_none_or(|rule| *rule.text != *text) {
            continue;
        }
        let mut seen = HashSet::new();
        let names = names_in(text).filter(|name| seen.insert(*name)).map(|name| (name, meaning(configuration, name)));
        let names: Vec<(&[u8], Name)> = names.collect();
        let is_constant = names.iter().all(|(_, meaning)| *meaning != Name::Known);
        let always = if is_constant { value_without_rules(text) } else { None };
        for (name, meaning) in names.into_iter().filter(|(_, meaning)| *meaning != Name::Known) {
            let message = match (&meaning, always) {
                (Name::WithoutPlugin(plugin), _) => {
                    text!("`{}` is there only while the plugin {} is loaded: it counts as 0 here", name, *plugin)
                }
                (_, Some(true)) => text!("there is no rule `{}`, so `{}` hits every mail", name, meta),
                (_, Some(false)) => text!("there is no rule `{}`, so `{}` never hits", name, meta),
                _ => text!("there is no rule `{}`: in this expression it counts as 0", name),
            };
            let finding = sink.find(line.span_of(name), message);
            let is_bad = is_certain && !matches!(meaning, Name::WithoutPlugin(_) | Name::OfOtherRules);
            finding.severity(if is_bad { Severity::Warning } else { Severity::Info });
            let counts = || {
                configuration
                    .reading
                    .state
                    .scores_so_far(meta)
                    .is_some_and(|scores| scores.iter().any(|score| *score >= 1.0))
            };
            if is_bad && always == Some(true) && !meta.starts_with(b"__") && counts() {
                finding.severity(Severity::Error);
            }
            finding.help(match meaning {
                Name::WithoutPlugin(plugin) => {
                    text!("load the plugin in a `*.pre` file: `loadplugin Mail::SpamAssassin::Plugin::{}`", plugin)
                }
                Name::Renamed(new) => text!("write `{}`", new.as_slice()),
                Name::Removed => text!("SpamAssassin once had such a rule: take it out of the expression"),
                _ => match guesser.likely(name) {
                    Some(Likely::Same(likely) | Likely::Near(likely)) => text!("did you mean `{}`?", likely.as_slice()),
                    None => text!("define the rule, or take it out of the expression"),
                },
            });
        }
    }
}
