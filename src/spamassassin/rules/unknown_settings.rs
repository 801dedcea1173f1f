//! Keys that SpamAssassin does not know: misspelt, gone, of a plugin that is not loaded, or not for users.

use std::cell::Cell;

use crate::finding::{Finding, Sink};
use crate::policy::nearest;
use crate::rule::Severity;
use crate::spamassassin::configuration::Cause;
use crate::spamassassin::value::is_number;
use crate::spamassassin::{Complaint, Configuration, Version, named, names, stock};
use crate::text;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is said of a plugin where it is not known which ones the site loads.
pub(super) const NOT_BY_DEFAULT: &str = "SpamAssassin does not load by default";

/// Settings that older versions had, and what took their place; nothing for those that were dropped.
const GONE: &[(&str, &str)] = &[
    ("always_add_headers", "add_header all NAME TEXT"),
    ("always_add_report", "add_header all Report _REPORT_"),
    ("auto_learn", "bayes_auto_learn"),
    ("auto_learn_threshold_nonspam", "bayes_auto_learn_threshold_nonspam"),
    ("auto_learn_threshold_spam", "bayes_auto_learn_threshold_spam"),
    ("check_mx_attempts", ""),
    ("check_mx_delay", ""),
    ("defang_mime", "report_safe"),
    ("hashcash_accept", ""),
    ("hashcash_doublespend_path", ""),
    ("report_header", "report_safe 0"),
    ("rewrite_subject", "rewrite_header Subject TEXT"),
    ("spam_level_char", "add_header all Level _STARS(*)_"),
    ("spam_level_stars", "add_header all Level _STARS(*)_"),
    ("subject_tag", "rewrite_header Subject TEXT"),
    ("use_hashcash", ""),
    ("use_razor1", "use_razor2"),
    ("use_terse_report", "clear_report_template"),
];

/// What an unknown key is.
enum Key {
    WithByteOrderMark,
    OfPlugin(&'static str),
    Gone(&'static str),
    Other,
}

/// What the key of a cause is, when its plugin or nobody knows it.
fn unknown(configuration: &Configuration, cause: &Cause<'_>) -> Option<Key> {
    if !matches!(cause.complaint(), Complaint::UnknownSetting | Complaint::NowAPlugin) {
        return None;
    }
    let version = configuration.reading.version;
    let key = cause.key();
    let is_gone = |gone: &&(&'static str, &'static str)| gone.0.as_bytes() == &*key;
    if key.starts_with(BYTE_ORDER_MARK) {
        return Some(Key::WithByteOrderMark);
    }
    if let Some(plugin) = named(&key, version).next().map(|setting| setting.module).or_else(|| own_parser(&key)) {
        return Some(Key::OfPlugin(plugin));
    }
    if let Some(gone) = GONE.iter().find(is_gone) {
        return Some(Key::Gone(gone.1));
    }
    let is_of_34 = version >= Version::V40 && named(&key, Version::V34).next().is_some();
    Some(if is_of_34 { Key::Gone("") } else { Key::Other })
}

/// The plugin whose own parser knows a key that is in no table.
fn own_parser(key: &[u8]) -> Option<&'static str> {
    match key {
        b"freemail_domains" | b"freemail_welcomelist" | b"freemail_whitelist" => Some("FreeMail"),
        b"extracttext_use" | b"extracttext_external" => Some("ExtractText"),
        _ if key.starts_with(b"bayes_stopword_") => Some("Bayes"),
        _ if key.starts_with(b"hashbl_acl_") => Some("HashBL"),
        _ => None,
    }
}

pub(super) fn byte_order_mark(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(unknown(configuration, cause), Some(Key::WithByteOrderMark)),
        |_| text!("the file begins with a byte order mark, so its first line is not understood"),
        |_, finding| {
            finding.help(text!("save the file as UTF-8 without a byte order mark"));
        },
    );
}

fn is_loaded(configuration: &Configuration, plugin: &str) -> bool {
    configuration.reading.state.has_module(plugin)
}

pub(super) fn setting_of_unloaded_plugin(configuration: &Configuration, sink: &mut Sink<'_>) {
    let plugin = |cause: &Cause<'_>| match unknown(configuration, cause) {
        Some(Key::OfPlugin(plugin))
            if own_parser(&cause.key()) != Some(plugin) || !is_loaded(configuration, plugin) =>
        {
            Some(plugin)
        }
        _ => None,
    };
    configuration.report(
        sink,
        |cause| plugin(cause).is_some(),
        |cause| match plugin(cause) {
            Some(plugin) if is_loaded(configuration, plugin) => {
                text!("`{}` stands before its plugin {} is loaded", cause.typed_key(), plugin)
            }
            Some(plugin) => {
                let why = if configuration.presumes_plugins() { NOT_BY_DEFAULT } else { "is not loaded" };
                text!("`{}` is of the plugin {}, which {}", cause.typed_key(), plugin, why)
            }
            None => text!("`{}` is of a plugin that is not loaded", cause.typed_key()),
        },
        |cause, finding| {
            let is_switched_off = cause.key().starts_with(b"use_") && matches!(cause.value(), b"0" | b"no");
            if is_switched_off {
                finding.severity(Severity::Info).help(text!("remove the line: without the plugin nothing is on"));
            } else if let Some(plugin) = plugin(cause) {
                let is_presumed = configuration.presumes_plugins() && !is_loaded(configuration, plugin);
                if is_presumed {
                    finding.severity(Severity::Info);
                }
                finding.help(if is_presumed {
                    text!("see that a `*.pre` file of the site has `loadplugin Mail::SpamAssassin::Plugin::{}`", plugin)
                } else {
                    text!(
                        "write `loadplugin Mail::SpamAssassin::Plugin::{}` into a `*.pre` file of the site, or remove this line",
                        plugin
                    )
                });
            }
        },
    );
}

/// A key of a plugin's own parser, which is loaded and does not take the line.
pub(super) fn refused_by_plugin(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| match unknown(configuration, cause) {
            Some(Key::OfPlugin(plugin)) => own_parser(&cause.key()) == Some(plugin) && is_loaded(configuration, plugin),
            _ => false,
        },
        |cause| text!("the plugin of `{}` does not take this line", cause.typed_key()),
        |cause, finding| {
            finding.help(match &*cause.key() {
                b"extracttext_use" => {
                    text!("write a tool and what it is for: `extracttext_use NAME .pdf application/pdf`")
                }
                b"extracttext_external" => {
                    text!("write a tool and its command: `extracttext_external NAME /usr/bin/pdftotext -q {} -`", "{}")
                }
                _ => text!("correct the name or the value; the plugin's description says what it takes"),
            });
        },
    );
}

pub(super) fn removed_setting(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(unknown(configuration, cause), Some(Key::Gone(_))),
        |cause| text!("SpamAssassin has no setting `{}` any more", cause.typed_key()),
        |cause, finding| {
            let Some(Key::Gone(new)) = unknown(configuration, cause) else { return };
            let takes_same_value = &*cause.key() == b"defang_mime" || new.starts_with("bayes_");
            // What is switched off here is off without the line, and what has no successor is not missed.
            let is_off = matches!(cause.value(), b"0" | b"no") && !takes_same_value;
            if is_off || new.is_empty() {
                finding.severity(Severity::Info);
            }
            finding.help(match new.strip_suffix("TEXT") {
                _ if new.is_empty() => text!("remove the line: nothing has taken its place"),
                _ if is_off => text!("remove the line: without it nothing is on"),
                Some(start) if &*cause.key() == b"subject_tag" && !cause.value().is_empty() => {
                    text!("write `{}{}` instead", start, cause.value())
                }
                _ if new == "clear_report_template" => {
                    text!("write `clear_report_template`, and behind it `report TEXT` for each line of the report")
                }
                _ if takes_same_value && !cause.value().is_empty() => {
                    text!("write `{} {}` instead", new, cause.value())
                }
                _ => text!("write `{}` instead", new),
            });
        },
    );
}

pub(super) fn unknown_setting(configuration: &Configuration, sink: &mut Sink<'_>) {
    // A file may hold half a million of them: a likely name is looked for at the first few only.
    let searches = Cell::new(100_u32);
    let has_other_plugins = configuration.loads_other_plugins();
    configuration.report(
        sink,
        |cause| matches!(unknown(configuration, cause), Some(Key::Other)),
        |cause| text!("SpamAssassin knows no setting `{}`", cause.typed_key()),
        |cause, finding| {
            let is_explained = explain(cause, finding);
            if is_explained {
                return;
            }
            if is_rule(configuration, cause.typed_key()) {
                finding.help(if is_number(cause.value()) {
                    text!("`{}` is a rule: write `score {} {}`", cause.typed_key(), cause.typed_key(), cause.value())
                } else {
                    text!(
                        "`{}` is a rule: write it behind `score`, or on the line before if that goes on here",
                        cause.typed_key()
                    )
                });
                return;
            }
            if has_other_plugins {
                finding.severity(Severity::Info);
            }
            let likely = searches.get().checked_sub(1).and_then(|left| {
                searches.set(left);
                likely_name(&cause.key())
            });
            finding.help(match likely {
                Some(name) => text!("did you mean `{}`?", name),
                None if has_other_plugins => {
                    text!("remove the line, unless one of the plugins that do not come with SpamAssassin knows it")
                }
                None => text!("remove the line; `perldoc Mail::SpamAssassin::Conf` lists the settings"),
            });
        },
    );
}

/// Whether a key is the name of a rule.
fn is_rule(configuration: &Configuration, key: &[u8]) -> bool {
    let is_shouted = |&byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let is_known = || configuration.reading.state.rule(key).is_some() || stock::shipped(key).is_some();
    key.contains(&b'_') && key.iter().all(is_shouted) && is_known()
}

/// The setting that a key was probably meant for.
fn likely_name(key: &[u8]) -> Option<&'static str> {
    let key = str::from_utf8(key).ok().filter(|key| (4..=40).contains(&key.len()))?;
    let near = |most: usize| names().map(|(name, _)| name).filter(move |name| name.len().abs_diff(key.len()) <= most);
    // A word too many or too few, as in `bayes_autolearn_to_journal`.
    let is_cut = |name: &&str| key.len() >= 12 && (is_within(name, key) || is_within(key, name));
    nearest(key, near(3))
        .filter(|name| strsim::osa_distance(key, name) <= 3)
        .or_else(|| near(5).filter(is_cut).min_by_key(|name| name.len().abs_diff(key.len())))
}

/// Whether a word is left when some letters of a longer one are taken out.
fn is_within(short: &str, long: &str) -> bool {
    let mut letters = long.bytes();
    short.bytes().all(|letter| letters.any(|other| other == letter))
}

/// Says what to write where the key is of another language. False when it is only a word.
fn explain(cause: &Cause<'_>, finding: &mut Finding) -> bool {
    let (key, typed) = (cause.key(), cause.typed_key());
    let sign = key.iter().position(|byte| b"=:".contains(byte)).unwrap_or(key.len());
    let before = &key[..sign];
    let is_setting = |name: &[u8]| named(name, Version::V40).next().is_some();
    let behind = typed[sign..].get(1..).unwrap_or_default();
    // Names of 4.0 that other programs chose otherwise.
    let of_other_name = [("allowlist_", "welcomelist_", "whitelist_"), ("denylist_", "blocklist_", "blacklist_")]
        .into_iter()
        .find_map(|(other, new, old)| Some((key.strip_prefix(other.as_bytes())?, new, old)));
    if let Some((of, new, old)) = of_other_name {
        finding.help(text!("write `{}{}`, or before SpamAssassin 4.0 `{}{}`", new, of, old, of));
        return true;
    }
    let help = match &*key {
        _ if sign < key.len() && is_setting(before) && !behind.is_empty() => {
            text!("write `{} {}`: white space stands between name and value", before, behind)
        }
        _ if sign < key.len() && is_setting(before) => text!("write `{}` without the `{}`", before, &typed[sign..]),
        b"set" if is_setting(&super::super::line::folded(super::super::bytes::first_word(cause.value()).0)) => {
            text!("write the line without `set`")
        }
        b"lang" => {
            text!("behind the language the setting itself follows in the same line: `lang de describe RULE TEXT`")
        }
        b"elsif" | b"elseif" | b"elif" => {
            text!("there is only `else`: write a further `if` with its own `endif` inside of it")
        }
        b"end" | b"fi" | b"end_if" | b"}" => text!("a block ends with `endif`"),
        [b';', ..] | [b'/', b'/' | b'*', ..] | [b'<', b'!', ..] => text!("a remark stands behind `#`"),
        [b'[', .., b']'] => text!("remove the line: the file has no sections"),
        [b'i', b'f', b'(', ..] => text!("write white space behind `if`"),
        _ if memchr::memmem::find(&key, b"\xc2\xa0").is_some() => {
            text!("a no-break space stands in the place of a blank: write the line again by hand")
        }
        _ if memchr::memmem::find(&key, b"\xe2\x80").is_some() => {
            text!("a quotation mark or dash of a text program stands in it: write the line again by hand")
        }
        _ => return false,
    };
    finding.help(help);
    true
}

pub(super) fn privileged_in_user_prefs(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::PrivilegedSetting),
        |cause| text!("users may not write `{}` lines here, so this one is skipped", cause.typed_key()),
        |_, finding| {
            finding.help(text!(
                "write the line into a file of the site; `allow_user_rules 1` in local.cf would let all users run patterns of \
                 their own in the daemon"
            ));
        },
    );
}

pub(super) fn admin_setting_in_user_prefs(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::AdminSetting),
        |cause| text!("`{}` is for the site's files only, and skipped in a user's", cause.typed_key()),
        |_, finding| {
            finding.help(text!("remove the line, or write it into local.cf"));
        },
    );
}

#[cfg(test)]
mod tests {
    use super::likely_name;

    #[test]
    fn a_likely_name_is_near() {
        assert_eq!(likely_name(b"ok_language"), Some("ok_languages"));
        assert_eq!(likely_name(b"bayes_autolearn_to_journal"), Some("bayes_learn_to_journal"));
        assert_eq!(likely_name(b"allowlist_from"), None, "neither the one list nor the other");
        assert_eq!(likely_name(b"report_header"), None);
    }
}
