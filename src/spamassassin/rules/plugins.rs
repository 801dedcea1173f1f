//! Plugins that are not found, and what those that come with SpamAssassin say of their settings.

use crate::finding::Sink;
use crate::policy::nearest;
use crate::rule::Severity;
use crate::spamassassin::complaint::successor;
use crate::spamassassin::plugin::SHIPPED;
use crate::spamassassin::{Complaint, Configuration};
use crate::text;

/// Plugins that older versions came with and loaded, and what has taken their place.
const GONE: &[(&str, &str)] = &[
    ("Mail::SpamAssassin::Plugin::DomainKeys", "Mail::SpamAssassin::Plugin::DKIM"),
    ("Mail::SpamAssassin::Plugin::Hashcash", ""),
];

pub(super) fn plugin_not_found(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::PluginNotFound { .. } | Complaint::PluginNoName),
        |cause| match cause.complaint() {
            Complaint::PluginNotFound { path: Some(path) } => text!("the plugin's file `{}` is not there", &***path),
            Complaint::PluginNotFound { path: None } => text!("no plugin `{}` comes with SpamAssassin", cause.name()),
            _ => text!("`{}` is no name of a plugin", cause.word()),
        },
        |cause, finding| {
            if let Complaint::PluginNotFound { path: None } = cause.complaint()
                && let Some((_, instead)) = GONE.iter().find(|gone| gone.0.as_bytes() == cause.name())
            {
                finding.severity(Severity::Info).help(match *instead {
                    "" => text!("remove the line: SpamAssassin has had no such plugin for a while, and needs none"),
                    new => text!("write `loadplugin {}` instead", new),
                });
                return;
            }
            let last = |package: &[u8]| {
                let at = package.iter().rposition(|&byte| byte == b':').map_or(0, |at| at + 1);
                str::from_utf8(&package[at..]).ok().filter(|name| name.len() <= 40).map(str::to_owned)
            };
            let likely = match cause.complaint() {
                Complaint::PluginNotFound { path: None } => last(cause.name()).and_then(|name| {
                    let in_other_case = SHIPPED.iter().copied().find(|shipped| shipped.eq_ignore_ascii_case(&name));
                    in_other_case.or_else(|| nearest(&name, SHIPPED.iter().copied()))
                }),
                _ => None,
            };
            if likely.is_none() && matches!(cause.complaint(), Complaint::PluginNotFound { path: None }) {
                finding.severity(Severity::Info);
            }
            finding.help(if let Some(name) = likely {
                text!("did you mean `Mail::SpamAssassin::Plugin::{}`?", name)
            } else {
                text!("install it where Perl looks for modules, write its file behind it, or remove the line")
            });
        },
    );
}

pub(super) fn plugin_deprecated(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::PluginDeprecated { .. }),
        |cause| {
            if let Complaint::PluginDeprecated { package } = cause.complaint() {
                text!("SpamAssassin has no plugin `{}` any more", &***package)
            } else {
                text!("SpamAssassin has this plugin no more")
            }
        },
        |_, finding| {
            finding.help(text!("remove the line, and the settings of the plugin"));
        },
    );
}

pub(super) fn suspicious_path(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::SuspiciousPath { .. }),
        |cause| text!("SpamAssassin finds the path `{}` suspicious", cause.word()),
        |_, finding| {
            finding.help(text!("write a path of letters, digits and `-_./+,:@`, and of no shell's signs"));
        },
    );
}

pub(super) fn deprecated_setting(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::Deprecated | Complaint::ObsoleteTimeout | Complaint::PyzorMax),
        |cause| text!("`{}` has become another setting", cause.typed_key()),
        |cause, finding| {
            let new = match cause.complaint() {
                Complaint::Deprecated => successor(&cause.key()),
                Complaint::PyzorMax => "pyzor_count_min",
                _ => "rbl_timeout",
            };
            // This one is taken and does nothing.
            if matches!(cause.complaint(), Complaint::ObsoleteTimeout) {
                finding.severity(Severity::Warning);
            }
            finding.help(text!("write `{}`", new));
        },
    );
}

pub(super) fn bad_freemail_entry(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::InvalidFreemailDomain | Complaint::InvalidFreemailWelcome),
        |cause| text!("`{}` is nothing that `{}` takes, and is left out", cause.word(), cause.typed_key()),
        |cause, finding| {
            finding.help(if matches!(cause.complaint(), Complaint::InvalidFreemailDomain) {
                text!("write domains between white space, without `@` and commas; `*` and `?` stand for other letters")
            } else {
                text!("write an address or a domain, such as `friend@example.com`")
            });
        },
    );
}

pub(super) fn missing_stopwords(configuration: &Configuration, sink: &mut Sink<'_>) {
    // They come with the stock rules.
    if !configuration.has_read_stock_rules() {
        return;
    }
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::MissingStopwords { .. }),
        |cause| {
            if let Complaint::MissingStopwords { language } = cause.complaint() {
                text!("there are no stop words for the language `{}`", &***language)
            } else {
                text!("there are no stop words for the language")
            }
        },
        |cause, finding| {
            if let Complaint::MissingStopwords { language } = cause.complaint() {
                finding.help(text!("remove the language, or write its words behind `bayes_stopword_{}`", &***language));
            }
        },
    );
}

pub(super) fn no_top_level_domains(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::NoTopLevelDomains | Complaint::TopLevelDomainNoPattern { .. }),
        |cause| {
            if let Complaint::TopLevelDomainNoPattern { error } = cause.complaint() {
                text!("`{}` spoils the pattern for all top-level domains: {}", cause.word(), &*error.bytes)
            } else {
                text!("`clear_util_rb` takes away the top-level domains, and no line below gives others")
            }
        },
        |cause, finding| {
            finding.help(if matches!(cause.complaint(), Complaint::TopLevelDomainNoPattern { .. }) {
                text!("write letters, digits and `-` only, such as `com`")
            } else {
                text!("write `util_rb_tld` with the domains behind it, or remove the line")
            });
        },
    );
}

pub(super) fn bad_helper_program(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| {
            matches!(
                cause.complaint(),
                Complaint::NotExecutable
                    | Complaint::NotAccessible
                    | Complaint::DccHome { .. }
                    | Complaint::DccOptions
                    | Complaint::DccifdPath { .. }
            )
        },
        |cause| match cause.complaint() {
            Complaint::NotExecutable => text!("`{}` is no program that can be run", cause.value()),
            Complaint::NotAccessible => text!("there is no file `{}`", cause.value()),
            Complaint::DccHome { exists: true } => text!("`{}` is not a directory", cause.value()),
            Complaint::DccHome { exists: false } => text!("`{}` does not exist", cause.value()),
            Complaint::DccifdPath(problem) => {
                if let Some(words) = problem.words() {
                    text!("{} in `{}`", words, cause.value())
                } else {
                    text!("`{}` is no path from the root on", cause.value())
                }
            }
            _ => text!("`{}` holds signs that `{}` does not take", cause.word(), cause.typed_key()),
        },
        |cause, finding| {
            finding.help(match cause.complaint() {
                Complaint::NotExecutable => text!("install the program, or correct its path"),
                Complaint::NotAccessible => text!("install the database, or correct its path"),
                Complaint::DccHome { .. } => text!("write the folder of DCC, such as `/var/dcc`"),
                Complaint::DccifdPath { .. } => text!("write the path of a socket, or `HOST:PORT`"),
                _ => text!("write options of letters, digits, blanks and `-,./` only"),
            });
        },
    );
}

pub(super) fn extracttext_tool(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| {
            matches!(cause.complaint(), Complaint::ExtractTextToHtml { .. } | Complaint::ExtractTextBackslashes { .. })
        },
        |cause| {
            if let Complaint::ExtractTextBackslashes { .. } = cause.complaint() {
                text!("two backslashes stand where one is meant, and are read as one")
            } else {
                text!("a tool that makes HTML cannot be used: plain text is wanted")
            }
        },
        |cause, finding| {
            finding.help(if let Complaint::ExtractTextBackslashes { .. } = cause.complaint() {
                text!("write one backslash")
            } else {
                text!("use a tool that writes plain text, or remove the line")
            });
        },
    );
}
