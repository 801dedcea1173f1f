//! How SpamAssassin words its complaints, by its version.

use std::borrow::Cow;

use super::{Complaint, PerlFailure};
use crate::spamassassin::bytes::{first_word, replaced};
use crate::spamassassin::condition::renamed;
use crate::spamassassin::line::{folded, unescaped};
use crate::spamassassin::version::Version;
use crate::spamassassin::{NO_FILE, meta, network};

/// Where SpamAssassin thinks that it is, for the words of a complaint.
pub struct Context<'c> {
    pub version: Version,
    /// The file's name, or what a marker made it.
    pub file: &'c [u8],
    /// The line's number; `None` outside of all files, and where none has been counted yet.
    pub line: Option<u32>,
    /// The line as it stands in the file. Few words show it, and it may be long, so it is read only for those.
    pub raw: &'c [u8],
    /// What is wrong, as it stands in the file.
    pub part: &'c [u8],
}

impl<'c> Context<'c> {
    /// The line as SpamAssassin shows it.
    fn text(&self) -> Cow<'c, [u8]> {
        unescaped(self.raw)
    }

    /// The line's key as SpamAssassin looks it up.
    fn key(&self) -> Vec<u8> {
        folded(&unescaped(first_word(self.raw).0)).into_owned()
    }

    /// What is wrong, as SpamAssassin shows it.
    fn word(&self) -> Cow<'c, [u8]> {
        unescaped(self.part)
    }

    /// The first word of the line's value, mostly the name of a rule, and what follows it.
    fn name_and_rest(&self) -> (Cow<'c, [u8]>, Cow<'c, [u8]>) {
        let (name, rest) = first_word(first_word(self.raw).1.unwrap_or_default());
        (unescaped(name), unescaped(rest.unwrap_or_default()))
    }

    fn name(&self) -> Cow<'c, [u8]> {
        self.name_and_rest().0
    }

    /// The line's value.
    fn value(&self) -> Cow<'c, [u8]> {
        unescaped(first_word(self.raw).1.unwrap_or_default())
    }
}

/// ` in FILE (line N)`.
fn place(context: &Context<'_>) -> Vec<u8> {
    let number = context.line.map(|line| line.to_string()).unwrap_or_default();
    [b" in ", context.file, b" (line ", number.as_bytes(), b")"].concat()
}

/// ` in FILE (line N): TEXT`, the tail of what 4.0's parser says of a line.
fn tail(context: &Context<'_>) -> Vec<u8> {
    let place = if context.file == NO_FILE { [b" in ", context.file].concat() } else { place(context) };
    [place.as_slice(), b": ", &context.text()].concat()
}

impl Complaint {
    /// The words from `config:` (or `rules:`, `netset:` and so on) on, without what Perl itself adds at the end.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "a table: a complaint, its words")]
    pub fn words(&self, context: &Context<'_>) -> Vec<u8> {
        if let Some(words) = self.parser_words(context) {
            return words;
        }
        let is_old = context.version < Version::V40;
        let in_file = if is_old { [b", in \"", context.file, b"\""].concat() } else { place(context) };
        let (module, key, text, name, word);
        let parts: &[&[u8]] = match self {
            Self::NotAllowedInCondition if is_old => {
                (text, word) = (Cow::Owned(condition(&context.text())), context.word());
                &[b"config: illegal name '", &word, b"' in 'if ", &text, b"'"]
            }
            Self::NotAllowedInCondition => {
                word = context.word();
                &[b"config: not allowed value '", &word, b"'", &in_file]
            }
            Self::UnparseableInCondition if is_old => {
                (text, word) = (Cow::Owned(condition(&context.text())), context.word());
                &[b"config: unparseable chars in 'if ", &text, b"': '", &word, b"'"]
            }
            Self::UnparseableInCondition => {
                word = context.word();
                &[b"config: unparseable value '", &word, b"'", &in_file]
            }
            Self::ConditionFails(failure) if is_old => {
                key = context.key();
                &[b"config: error in ", &key, b" - ", &failure.perl, b": ", &failure.error]
            }
            Self::ConditionFails(failure) => {
                &[b"config: error parsing conditional", &in_file, b": ", &failure.perl, b" (", &failure.error]
            }
            Self::BadCondition => &[b"config: bad 'if' line", &in_file],
            Self::CanInUserPrefs { method } => &[b"config: 'if can ", method, b"' not available in user_prefs"],
            Self::NoArgument { function } => {
                &[b"config: bad 'if' line, no argument to ", function.name().as_bytes(), b"()", &in_file]
            }
            Self::NoModule { function, method } => {
                let function = function.name().as_bytes();
                &[b"config: bad 'if' line, cannot find '::' in ", function, b"(", method, b")", &in_file]
            }
            Self::PrivilegedSetting => {
                text = context.text();
                &[b"config: not parsing, 'allow_user_rules' is 0: ", &text]
            }
            Self::AdminSetting => {
                text = context.text();
                &[b"config: not parsing, administrator setting: ", &text]
            }
            Self::ScoreCount => &[b"config: score: requires a symbolic rule name and 1 or 4 scores"],
            Self::ScoreNotNumeric => {
                word = context.word();
                &[b"config: score: the non-numeric score (", &word, b") is not valid, a numeric score is required"]
            }
            Self::RelativeScoreWithoutBase => {
                &[b"config: score: relative score without previous setting in configuration"]
            }
            Self::DoubleStar => &[b"config: found invalid '**' or '* *' operator in meta command"],
            Self::HeaderNotRewritten => {
                word = Cow::Owned(capitalised(&context.word()));
                &[b"config: rewrite_header: ignoring ", &word, b", not From, Subject, or To"]
            }
            Self::RuleNameInvalid => {
                word = context.word();
                &[
                    b"config: error: rule '",
                    &word,
                    b"' has invalid characters (not Alphanumeric + Underscore + starting with a non-digit)",
                ]
            }
            Self::RuleNameTooLong => {
                word = context.word();
                &[b"config: error: rule '", &word, b"' is too long (recommended maximum length is 22 characters)"]
            }
            Self::RuleNameLong => {
                word = context.word();
                &[
                    b"config: warning: rule name '",
                    &word,
                    b"' is over 40 chars (recommended maximum length is 22 characters)",
                ]
            }
            Self::InvalidRegexp(bad) | Self::AlwaysMatching(bad) => {
                name = context.name();
                &[b"config: invalid regexp for ", &name, b" '", &bad.text, b"': ", &bad.error.bytes]
            }
            Self::InvalidHeadTest => {
                (name, word) = (context.name(), context.word());
                &[b"config: invalid head test ", &name, b": ", &word]
            }
            Self::InvalidHeadTestHeader => {
                (name, word) = (context.name(), context.word());
                &[b"config: invalid head test ", &name, b" header: ", &word]
            }
            Self::InvalidHeaderModifier { header } => {
                name = context.name();
                &[b"config: invalid header modifier for ", &name, b": ", header]
            }
            Self::InvalidMimeHeaderRegexp(bad) => {
                name = context.name();
                &[b"mimeheader: invalid regexp for ", &name, b" '", &bad.text, b"': ", &bad.error.bytes]
            }
            Self::InvalidUriDetail => {
                name = context.name();
                &[b"config: failed to add invalid rule ", &name]
            }
            Self::AskDnsSubtest(bad) => &[b"askdns: subtest compile failed: '", &bad.text, b"': ", &bad.error.bytes],
            Self::InvalidMeta => {
                (name, text) = context.name_and_rest();
                &[b"config: invalid meta ", &name, b" rule: ", &text]
            }
            Self::InvalidMetaToken => {
                (name, word) = (context.name(), context.word());
                &[b"config: invalid meta ", &name, b" token: ", &word]
            }
            Self::InvalidMetaExpression { error } => {
                (name, word) = context.name_and_rest();
                text = Cow::Owned(meta::without_calls(&word));
                &[b"config: invalid expression for rule ", &name, b": \"", &text, b"\": ", error]
            }
            Self::UnsolvedMeta(meta) => {
                &[b"rules: excluding meta test ", &meta.name, b", unsolved meta dependencies: ", &meta.dependencies]
            }
            Self::MetaCompilation(meta) => {
                let PerlFailure { perl, error } = &meta.failure;
                &[b"rules: meta compilation failed for ", &meta.name, b": '", perl, b"': ", error]
            }
            Self::EvalSyntax(call) => &[b"syntax error for eval function ", &call.name, b": ", &call.text],
            Self::WrongRuleType { name, expected } => {
                &[b"wrong rule type defined for ", name, b", expected '", expected.expected().as_bytes(), b"'"]
            }
            Self::IllegalIpv4 => {
                word = context.word();
                &[b"netset: illegal IPv4 address given: '", &word, b"'"]
            }
            Self::IllegalIp => {
                word = context.word();
                &[b"netset: illegal IP address given: '", &word, b"'"]
            }
            Self::RangeNeedsModule => {
                word = context.word();
                &[b"netset: IP range notation '", &word, b"' requires Net::CIDR::Lite module, ignoring"]
            }
            Self::AlreadyDeclared { excludes, was_excluded } => {
                word = Cow::Owned(network::written(&context.word()));
                let verb: &[u8] = if *excludes { b"exclude " } else { b"include " };
                let state: &[u8] = if *was_excluded { b"excluded" } else { b"included" };
                &[b"netset: cannot ", verb, &word, b" as it has already been ", state]
            }
            Self::IgnoredScope => {
                word = context.word();
                &[b"netset: ignoring interface scope '%", network::scope(&word), b"' in IP address ", &word]
            }
            Self::NotContained { outer, inner, entry } => {
                &[outer.name().as_bytes(), b" doesn't contain ", inner.name().as_bytes(), b" entry '", entry, b"'"]
            }
            Self::PluginNotFound { path } => {
                name = context.name();
                let package = renamed(&name, context.version);
                let path = path.as_deref().map(|path| &**path);
                let from = path.unwrap_or(b"(from @INC)");
                module = match path {
                    None => [in_folders(package).as_slice(), b".pm in @INC"].concat(),
                    // Perl writes a NUL in two characters, and says more.
                    Some(path) if memchr::memchr(0, path).is_some() => {
                        [&replaced(path, b"\0", b"\\0"), b":".as_slice()].concat()
                    }
                    Some(path) => path.to_vec(),
                };
                &[b"plugin: failed to parse plugin ", from, b": Can't locate ", &module]
            }
            Self::PluginNoName => &[b"plugin: failed to parse plugin (from @INC): syntax error"],
            Self::PluginDeprecated { package } => {
                &[b"plugin: ", package, b" is deprecated, remove loadplugin clause from your configuration"]
            }
            Self::SuspiciousPath { path } => &[b"util: refusing to untaint suspicious path: \"", path, b"\""],
            Self::Deprecated => {
                key = context.key();
                &[b"config: deprecated setting used, change ", &key, b" to ", successor(&key).as_bytes()]
            }
            Self::ObsoleteTimeout => &[b"config: 'uridnsbl_timeout' is obsolete, use 'rbl_timeout' instead"],
            Self::PyzorMax => &[b"deprecated setting used, change pyzor_max to pyzor_count_min"],
            Self::InvalidFreemailDomain => {
                word = context.word();
                &[if is_old { b"" } else { b"freemail: " }, b"invalid freemail_domains: ", &word]
            }
            Self::InvalidFreemailWelcome if is_old => {
                word = context.word();
                &[b"invalid freemail_whitelist: ", &word]
            }
            Self::InvalidFreemailWelcome => {
                word = context.word();
                &[b"freemail: invalid freemail_welcomelist: ", &word]
            }
            Self::InvalidStopword { error } => {
                key = context.key();
                &[b"bayes: invalid regexp for ", &key, b": ", &error.bytes]
            }
            Self::MissingStopwords { language } => &[b"bayes: missing stopwords regexp for language '", language, b"'"],
            Self::NotExecutable => {
                (key, text) = (context.key(), context.value());
                if key == b"pyzor_path" {
                    &[b"config: pyzor_path \"", &text, b"\" isn't an executable"]
                } else {
                    &[b"config: ", &key, b" '", &text, b"' is not executable"]
                }
            }
            Self::NotAccessible => {
                (key, text) = (context.key(), context.value());
                &[b"config: ", &key, b" \"", &text, b"\" is not accessible"]
            }
            Self::DccHome { exists } => {
                text = context.value();
                let problem: &[u8] = if *exists { b"is not a directory" } else { b"does not exist" };
                &[b"config: dcc_home \"", &text, b"\" ", problem]
            }
            Self::DccOptions => {
                (key, text) = (context.key(), context.value());
                &[b"config: ", &key, b" '", &text, b"' contains impermissible characters"]
            }
            Self::DccifdPath(problem) => {
                text = context.value();
                match problem.words() {
                    Some(words) => &[b"config: ", words.as_bytes(), b" in dcc_dccifd_path '", &text, b"'"],
                    None => &[b"config: dcc_dccifd_path '", &text, b"' is not an absolute path"],
                }
            }
            Self::ExtractTextToHtml { value } => {
                key = context.key();
                let words = b"HTML tools are not supported, plain text output is required. Please remove: ";
                &[b"extracttext: ", words, &key, b" ", value]
            }
            Self::ExtractTextBackslashes { value } => {
                key = context.key();
                let words = b"DOUBLE BACKSLASHES DEPRECATED, change config to single backslashes, autoconverted for \
                              backward compatibility: ";
                &[b"extracttext: ", words, &key, b" ", value]
            }
            Self::NoTopLevelDomains => &[b"config: registryboundaries: no tlds defined, need to run sa-update"],
            Self::TopLevelDomainNoPattern { error } => {
                &[b"config: registryboundaries: failed to compile valid_tlds_re: ", &error.bytes]
            }
            Self::LanguageNoPattern { error } | Self::AskDnsPattern { error } => &[&error.bytes],
            _ => &[],
        };
        parts.concat()
    }

    /// The words of the parser's own complaints of a line, which 3.4 and 4.0 word differently.
    fn parser_words(&self, context: &Context<'_>) -> Option<Vec<u8>> {
        let (key, text) = (|| context.key(), || context.text());
        if context.version < Version::V40 {
            let in_file = || [b", in \"", context.file, b"\": ", &text()].concat();
            return Some(match self {
                Self::UnknownSetting => [b"config: failed to parse line, skipping".as_slice(), &in_file()].concat(),
                Self::NowAPlugin => {
                    [b"config: failed to parse, now a plugin, skipping".as_slice(), &in_file()].concat()
                }
                Self::MissingValue => {
                    let words: &[u8] = b"config: SpamAssassin failed to parse line, no value provided for \"";
                    [words, &key(), b"\", skipping: ", &text()].concat()
                }
                Self::InvalidValue => {
                    let words: &[u8] = b"config: SpamAssassin failed to parse line, \"";
                    let text = text();
                    let value = first_word(&text).1.unwrap_or_default();
                    [words, value, b"\" is not valid for \"", &key(), b"\", skipping: ", &text].concat()
                }
                Self::EndifWithoutIf => b"config: found endif without matching conditional".to_vec(),
                Self::ElseWithoutIf => b"config: found else without matching conditional".to_vec(),
                Self::Unclosed => [b"config: unclosed 'if' in ", context.file, b": if ", &condition(&text())].concat(),
                Self::OtherVersion => [
                    b"config: configuration file \"".as_slice(),
                    context.file,
                    b"\" requires version ",
                    &context.value(),
                    b" of SpamAssassin, but this is code version ",
                    context.version.number().as_bytes(),
                    b". Maybe you need to use the -C switch, or remove the old config files? Skipping this file",
                ]
                .concat(),
                _ => return None,
            });
        }
        let tail = || tail(context);
        Some(match self {
            Self::UnknownSetting => [b"config: failed to parse line".as_slice(), &tail()].concat(),
            Self::NowAPlugin => [b"config: failed to parse line, now a plugin".as_slice(), &tail()].concat(),
            Self::MissingValue => [b"config: missing '".as_slice(), &key(), b"' value", &tail()].concat(),
            Self::InvalidValue => [b"config: invalid '".as_slice(), &key(), b"' value", &tail()].concat(),
            Self::MarkerWithoutName { is_start } => {
                let marker: &[u8] = if *is_start { b"file start" } else { b"file end" };
                [b"config: missing 'file' value", place(context).as_slice(), b": ", marker].concat()
            }
            Self::NotStandalone => [b"config: '".as_slice(), &key(), b"' must be standalone", &tail()].concat(),
            Self::EndifWithoutIf => [b"config: missing starting 'if' for 'endif'".as_slice(), &tail()].concat(),
            Self::ElseWithoutIf => [b"config: 'else' missing starting if".as_slice(), &tail()].concat(),
            Self::MissingCondition => [b"config: missing '".as_slice(), &key(), b"' condition", &tail()].concat(),
            Self::Unclosed => [b"config: unclosed '".as_slice(), &key(), b"' found", &place(context)].concat(),
            Self::OtherVersion => [
                b"config: configuration file '".as_slice(),
                context.file,
                b"' requires version ",
                &context.value(),
                b" of SpamAssassin, but this is code version ",
                context.version.number().as_bytes(),
                b". Maybe you need to use the -C switch, or remove the old config files? Skipping this file.",
            ]
            .concat(),
            _ => return None,
        })
    }
}

/// The setting that has taken the place of one of `RelayCountry`'s.
pub fn successor(old: &[u8]) -> &'static str {
    if old == b"country_db_type" { "geodb_module" } else { "geodb_options" }
}

/// A header's name as it is written: the first letter large, the others small.
fn capitalised(name: &[u8]) -> Vec<u8> {
    let mut name = name.to_ascii_lowercase();
    if let Some(first) = name.first_mut() {
        first.make_ascii_uppercase();
    }
    name
}

/// The condition of a line as 3.4 shows it: it makes an `if` of each `ifplugin`.
fn condition(line: &[u8]) -> Vec<u8> {
    let (key, value) = first_word(line);
    let value = value.unwrap_or_default();
    if *folded(key) == *b"ifplugin" { [b"plugin (", value, b")"].concat() } else { value.to_vec() }
}

/// A package as Perl looks for its file.
fn in_folders(package: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(package.len());
    let mut rest = package;
    while let Some((&byte, more)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(b"::") {
            file.push(b'/');
            rest = after;
        } else {
            file.push(byte);
            rest = more;
        }
    }
    file
}
