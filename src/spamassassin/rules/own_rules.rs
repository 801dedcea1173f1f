//! Rules of the file itself that SpamAssassin takes: what becomes of them.

use super::unknown_settings::NOT_BY_DEFAULT;
use super::values::defines_rule;
use crate::finding::Sink;
use crate::rule::Severity;
use crate::spamassassin::bytes::is_space;
use crate::spamassassin::meta::names_in;
use crate::spamassassin::setting::function;
use crate::spamassassin::{Configuration, Form, Version};
use crate::text;
use crate::text::Text;

pub(super) fn eval_unknown(configuration: &Configuration, sink: &mut Sink<'_>) {
    // Another plugin may know any function.
    if configuration.loads_other_plugins() {
        return;
    }
    let (state, version) = (&configuration.reading.state, configuration.reading.version);
    for line in configuration.lines(defines_rule) {
        let Some(rule) = configuration.rule_of(&line).filter(|rule| rule.kind.is_eval()) else { continue };
        let name = line.name().0;
        let open = rule.text.iter().position(|&byte| byte == b'(').unwrap_or(rule.text.len());
        let called = &rule.text[..open];
        // Those that SpamAssassin makes for rules of plugins, and rules that are switched off.
        let is_made =
            called.starts_with(b"_mimeheader_eval") || matches!(called, b"check_uri_detail" | b"check_uri_local_bl");
        let is_off = state.score(name).is_some_and(|score| score.values.iter().all(|value| *value == 0.0));
        let known = function::evals(called, version).map(|function| function.module);
        let mut modules: Vec<&str> = known.collect();
        if is_made || is_off || modules.iter().any(|module| state.has_module(module)) {
            continue;
        }
        modules.dedup();
        let module = modules.first();
        let is_presumed = configuration.presumes_plugins();
        let (message, help) = if let Some(plugin) = module {
            let why = if is_presumed { NOT_BY_DEFAULT } else { "is not loaded" };
            (
                text!("`{}` is a function of the plugin {}, which {}: `{}` never hits", called, *plugin, why, name),
                text!("write `loadplugin Mail::SpamAssassin::Plugin::{}` into a `*.pre` file of the site", *plugin),
            )
        } else {
            (
                text!("SpamAssassin has no function `{}`: `{}` never hits", called, name),
                text!("correct the function's name, load the plugin that has it, or remove the rule"),
            )
        };
        let place =
            memchr::memmem::find(line.value, called).map_or(line.value, |at| &line.value[at..at + called.len()]);
        let finding = sink.find(line.span_of(place), message);
        finding.help(help);
        if is_presumed {
            finding.severity(Severity::Info);
        }
        let (is_list, is_old) = (rule.kind == crate::spamassassin::Kind::RblEval, version < Version::V40);
        let before: &[u8] = if is_old { b"rules: error: unknown eval '" } else { b"rules: unknown eval '" };
        let behind: &[u8] = if is_list { b", ignoring RBL eval" } else { b"" };
        let words = [before, called, b"' for ", name, behind].concat();
        finding.says(Text::theirs(&words));
    }
}

pub(super) fn default_score_one(configuration: &Configuration, sink: &mut Sink<'_>) {
    let state = &configuration.reading.state;
    for line in configuration.lines(defines_rule) {
        let (Some(rule), name) = (configuration.rule_of(&line), line.name().0) else { continue };
        let is_sub = name.starts_with(b"__");
        if !is_sub && let Some(score) = state.score(name).filter(|score| score.at.is_none()) {
            let value = score.values[0].to_string();
            sink.find(rule.at.span, text!("`{}` has no score, so it counts {}", name, value.as_bytes())).help(text!(
                "write `score {} {}`, or begin its name with `__` if only other rules ask for it",
                name,
                value.as_bytes()
            ));
        }
    }
}

pub(super) fn meta_one_letter_name(configuration: &Configuration, sink: &mut Sink<'_>) {
    for line in configuration.lines(|form| form == Form::Meta) {
        let name = line.name().0;
        if name.len() == 1 && configuration.rule_of(&line).is_some() {
            sink.find(
                line.span_of(name),
                text!(
                    "SpamAssassin prints the parts of `{}` on its standard output, since its name has one letter",
                    name
                ),
            )
            .help(text!("write a longer name, here and where it is scored"));
        }
    }
}

pub(super) fn meta_odd_but_accepted(configuration: &Configuration, sink: &mut Sink<'_>) {
    for line in configuration.lines(|form| form == Form::Meta) {
        let (_, text) = line.name();
        if configuration.rule_of(&line).is_none() || names_in(text).next().is_none() {
            continue;
        }
        let is_passed_over =
            |byte: u8| !(byte.is_ascii_alphanumeric() || is_space(byte) || b"_()+-*/<>=!&|^?:.".contains(&byte));
        let arrow = memchr::memmem::find(text, b"=>").or_else(|| memchr::memmem::find(text, b"=<"));
        let odd = text.iter().position(|&byte| is_passed_over(byte)).map(|at| (at, 1)).or(arrow.map(|at| (at, 2)));
        if let Some((at, len)) = odd {
            let part = &text[at..at + len];
            let finding = sink.find(
                line.span_of(part),
                text!("SpamAssassin passes over signs that mean nothing to it, here in `{}`", part),
            );
            finding.help(match part {
                b"=>" => text!("write `>=`: this is read as `>`"),
                b"=<" => text!("write `<=`: this is read as `<`"),
                _ => text!("take it out: the expression means the same without it"),
            });
        }
    }
}
