//! What SpamAssassin complains of: a variant for each form of message, and its words.

use super::bytes::first_word;
use super::line::folded;
use super::version::Version;
use crate::perl_pattern::Refusal;

/// A complaint, with what its words name beside the line itself.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "a field is the text that stands there in the words")]
pub enum Complaint {
    // What the parser says of a line.
    /// The key is no setting that is known here, or the setting's plugin could not read the line.
    UnknownSetting,
    /// `ok_languages` without the plugin that knows it.
    NowAPlugin,
    MissingValue,
    InvalidValue,
    /// `endif` or `else` with something behind it.
    NotStandalone,
    /// Behind more `file end` than `file start` the file has no name, and the marker around an `include` none to give.
    MarkerWithoutName {
        marker: &'static str,
    },
    EndifWithoutIf,
    ElseWithoutIf,
    MissingCondition,
    /// An `if` or `ifplugin` that its file does not end.
    Unclosed {
        key: &'static str,
        condition: Box<[u8]>,
    },
    /// `require_version` of another version; SpamAssassin says it twice.
    OtherVersion {
        wanted: Box<[u8]>,
        ours: String,
    },
    // What it says of a condition.
    NotAllowedInCondition {
        token: Box<[u8]>,
    },
    UnparseableInCondition {
        token: Box<[u8]>,
    },
    /// Perl does not take the condition. SpamAssassin says it twice; Perl's message goes on after `error`.
    ConditionFails {
        perl: Box<[u8]>,
        error: Box<[u8]>,
    },
    /// What 3.4 says behind either of these two.
    BadCondition,
    CanInUserPrefs {
        method: Box<[u8]>,
    },
    NoArgument {
        function: &'static str,
    },
    NoModule {
        function: &'static str,
        method: Box<[u8]>,
    },
    // What only the daemon says, before it calls the setting unknown or its value wrong.
    PrivilegedSetting,
    AdminSetting,
    ScoreCount,
    ScoreNotNumeric {
        word: Box<[u8]>,
    },
    RelativeScoreWithoutBase,
    DoubleStar,
    HeaderNotRewritten {
        header: Box<[u8]>,
    },
    // Rules.
    RuleNameInvalid {
        name: Box<[u8]>,
    },
    RuleNameTooLong {
        name: Box<[u8]>,
    },
    /// Only `--lint` says so, and takes the rule.
    RuleNameLong {
        name: Box<[u8]>,
    },
    InvalidRegexp {
        name: Box<[u8]>,
        text: Box<[u8]>,
        error: PerlWords,
    },
    /// Only `--lint` says so, and drops the rule; the daemon uses it.
    AlwaysMatching {
        name: Box<[u8]>,
        text: Box<[u8]>,
        error: PerlWords,
    },
    InvalidHeadTest {
        name: Box<[u8]>,
        text: Box<[u8]>,
    },
    InvalidHeadTestHeader {
        name: Box<[u8]>,
        header: Box<[u8]>,
    },
    InvalidHeaderModifier {
        name: Box<[u8]>,
        header: Box<[u8]>,
    },
    InvalidMimeHeaderRegexp {
        name: Box<[u8]>,
        text: Box<[u8]>,
        error: PerlWords,
    },
    InvalidUriDetail {
        name: Box<[u8]>,
    },
    AskDnsSubtest {
        text: Box<[u8]>,
        error: PerlWords,
    },
    /// 3.4: the pattern goes to Perl without a guard, and the program ends with Perl's message.
    AskDnsPattern {
        error: PerlWords,
    },
    // Metas.
    InvalidMeta {
        name: Box<[u8]>,
        rule: Box<[u8]>,
    },
    InvalidMetaToken {
        name: Box<[u8]>,
        token: Box<[u8]>,
    },
    InvalidMetaExpression {
        name: Box<[u8]>,
        rule: Box<[u8]>,
        error: Box<[u8]>,
    },
    /// The meta waits for metas that wait for it, or for such.
    UnsolvedMeta {
        name: Box<[u8]>,
        dependencies: Box<[u8]>,
    },
    /// SpamAssassin's own check took the meta, Perl does not: the program ends. Perl's message goes on after `error`.
    MetaCompilation {
        name: Box<[u8]>,
        perl: Box<[u8]>,
        error: Box<[u8]>,
    },
    // Evals.
    EvalSyntax {
        name: Box<[u8]>,
        text: Box<[u8]>,
    },
    WrongRuleType {
        name: Box<[u8]>,
        expected: &'static str,
    },
    // Networks.
    IllegalIpv4 {
        word: Box<[u8]>,
    },
    IllegalIp {
        word: Box<[u8]>,
    },
    RangeNeedsModule {
        word: Box<[u8]>,
    },
    AlreadyDeclared {
        excludes: bool,
        network: Box<[u8]>,
        was_excluded: bool,
    },
    IgnoredScope {
        scope: Box<[u8]>,
        word: Box<[u8]>,
    },
    NotContained {
        outer: &'static str,
        inner: &'static str,
        entry: Box<[u8]>,
    },
    // Plugins.
    PluginNotFound {
        package: Box<[u8]>,
        path: Option<Box<[u8]>>,
    },
    /// The package's name begins with a digit, which Perl does not take.
    PluginNoName,
    PluginDeprecated {
        package: Box<[u8]>,
    },
    SuspiciousPath {
        path: Box<[u8]>,
    },
    Deprecated {
        old: &'static str,
        new: &'static str,
    },
    ObsoleteTimeout,
    PyzorMax,
    InvalidFreemailDomain {
        word: Box<[u8]>,
    },
    InvalidFreemailWelcome {
        key: &'static str,
        word: Box<[u8]>,
    },
    InvalidStopword {
        key: Box<[u8]>,
        error: PerlWords,
    },
    MissingStopwords {
        language: Box<[u8]>,
    },
    NotExecutable {
        setting: &'static str,
        path: Box<[u8]>,
    },
    /// 3.4: no such database of countries.
    NotAccessible {
        setting: &'static str,
        path: Box<[u8]>,
    },
    DccHome {
        path: Box<[u8]>,
        problem: &'static str,
    },
    DccOptions {
        setting: &'static str,
        value: Box<[u8]>,
    },
    DccifdPath {
        problem: &'static str,
        value: Box<[u8]>,
    },
    ExtractText {
        words: &'static str,
        key: Box<[u8]>,
        value: Box<[u8]>,
    },
    NoTopLevelDomains,
    // What stops the program without words of its own, or hangs it.
    /// The word behind `lang` is used as a pattern, and is none: the program ends with Perl's message.
    LanguageNoPattern {
        error: PerlWords,
    },
    /// `report_wrap_width` up to 27: the first report with a description of several words never ends.
    EndlessWrap,
    /// 3.4: a file that includes itself, or nothing, which is its own folder.
    EndlessInclude,
}

/// Who says a complaint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// `--lint` as a warning, which it counts; the daemon at level info.
    Lint,
    /// The same, but not counted.
    Uncounted,
    /// Both as a warning; not counted.
    Warning,
    /// The daemon only, at level info.
    Info,
    /// `--lint` only.
    LintOnly,
    /// The program ends or hangs.
    Fatal,
    /// `--lint` ends; the daemon does not come to it.
    FatalInLint,
}

impl Level {
    /// Whether `spamassassin --lint` says it.
    #[must_use]
    pub fn is_said_by_lint(self) -> bool {
        self != Self::Info
    }

    /// Whether spamd logs it.
    #[must_use]
    pub fn is_said_by_daemon(self) -> bool {
        !matches!(self, Self::LintOnly | Self::FatalInLint)
    }
}

/// Where SpamAssassin thinks that it is, for the words of a complaint.
pub struct Context<'c> {
    pub version: Version,
    /// The file's name, or what a marker made it.
    pub file: &'c [u8],
    /// The line's number; `None` outside of all files, and where none has been counted yet.
    pub line: Option<u32>,
    /// The line's text.
    pub text: &'c [u8],
}

/// ` in FILE (line N)`.
fn place(context: &Context<'_>) -> Vec<u8> {
    let number = context.line.map(|line| line.to_string()).unwrap_or_default();
    [b" in ", context.file, b" (line ", number.as_bytes(), b")"].concat()
}

/// ` in FILE (line N): TEXT`, the tail of what 4.0's parser says of a line.
fn tail(context: &Context<'_>) -> Vec<u8> {
    let place = if context.file == super::NO_FILE { [b" in ", context.file].concat() } else { place(context) };
    [place.as_slice(), b": ", context.text].concat()
}

/// Words in which Perl shows a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PerlWords {
    /// The words, with the bytes of the pattern as they are in the file.
    pub bytes: Box<[u8]>,
    /// Perl has them as characters, since the pattern names one above 255. Each byte above 127 is one, and becomes two
    /// where the daemon logs them.
    pub are_characters: bool,
}

impl From<&Refusal> for PerlWords {
    fn from(refusal: &Refusal) -> Self {
        let are_characters = refusal.is_utf8;
        let bytes = if are_characters { one_byte_each(&refusal.words) } else { refusal.words.clone() };
        Self { bytes: bytes.into(), are_characters }
    }
}

/// Undoes the UTF-8 of characters up to 255. A half one at the end of words that were cut stays as it is.
fn one_byte_each(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.first()) {
            (0xc2 | 0xc3, Some(&next)) => {
                out.push(byte << 6 | next & 0x3f);
                rest = &after[1..];
            }
            _ => out.push(byte),
        }
    }
    out
}

impl Complaint {
    /// Whether Perl has the words as characters.
    pub(super) fn are_characters(&self) -> bool {
        match self {
            Self::InvalidRegexp { error, .. } | Self::InvalidMimeHeaderRegexp { error, .. } => error.are_characters,
            _ => false,
        }
    }

    /// The words from `config:` (or `rules:`, `netset:` and so on) on, without what Perl itself adds at the end.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "a table: a complaint, its words")]
    pub fn words(&self, context: &Context<'_>) -> Vec<u8> {
        if let Some(words) = self.parser_words(context) {
            return words;
        }
        let key = folded(first_word(context.text).0);
        let is_old = context.version < Version::V40;
        let in_file = if is_old { [b", in \"", context.file, b"\""].concat() } else { place(context) };
        let module;
        let parts: &[&[u8]] = match self {
            Self::NotAllowedInCondition { token } if is_old => {
                &[b"config: illegal name '", token, b"' in 'if ", &condition(context.text), b"'"]
            }
            Self::NotAllowedInCondition { token } => &[b"config: not allowed value '", token, b"'", &in_file],
            Self::UnparseableInCondition { token } if is_old => {
                &[b"config: unparseable chars in 'if ", &condition(context.text), b"': '", token, b"'"]
            }
            Self::UnparseableInCondition { token } => &[b"config: unparseable value '", token, b"'", &in_file],
            Self::ConditionFails { perl, error } if is_old => &[b"config: error in ", &key, b" - ", perl, b": ", error],
            Self::ConditionFails { perl, error } => {
                &[b"config: error parsing conditional", &in_file, b": ", perl, b" (", error]
            }
            Self::BadCondition => &[b"config: bad 'if' line", &in_file],
            Self::CanInUserPrefs { method } => &[b"config: 'if can ", method, b"' not available in user_prefs"],
            Self::NoArgument { function } => {
                &[b"config: bad 'if' line, no argument to ", function.as_bytes(), b"()", &in_file]
            }
            Self::NoModule { function, method } => {
                let function = function.as_bytes();
                &[b"config: bad 'if' line, cannot find '::' in ", function, b"(", method, b")", &in_file]
            }
            Self::PrivilegedSetting => &[b"config: not parsing, 'allow_user_rules' is 0: ", context.text],
            Self::AdminSetting => &[b"config: not parsing, administrator setting: ", context.text],
            Self::ScoreCount => &[b"config: score: requires a symbolic rule name and 1 or 4 scores"],
            Self::ScoreNotNumeric { word } => {
                &[b"config: score: the non-numeric score (", word, b") is not valid, a numeric score is required"]
            }
            Self::RelativeScoreWithoutBase => {
                &[b"config: score: relative score without previous setting in configuration"]
            }
            Self::DoubleStar => &[b"config: found invalid '**' or '* *' operator in meta command"],
            Self::HeaderNotRewritten { header } => {
                &[b"config: rewrite_header: ignoring ", header, b", not From, Subject, or To"]
            }
            Self::RuleNameInvalid { name } => &[
                b"config: error: rule '",
                name,
                b"' has invalid characters (not Alphanumeric + Underscore + starting with a non-digit)",
            ],
            Self::RuleNameTooLong { name } => {
                &[b"config: error: rule '", name, b"' is too long (recommended maximum length is 22 characters)"]
            }
            Self::RuleNameLong { name } => &[
                b"config: warning: rule name '",
                name,
                b"' is over 40 chars (recommended maximum length is 22 characters)",
            ],
            Self::InvalidRegexp { name, text, error } | Self::AlwaysMatching { name, text, error } => {
                &[b"config: invalid regexp for ", name, b" '", text, b"': ", &error.bytes]
            }
            Self::InvalidHeadTest { name, text } => &[b"config: invalid head test ", name, b": ", text],
            Self::InvalidHeadTestHeader { name, header } => {
                &[b"config: invalid head test ", name, b" header: ", header]
            }
            Self::InvalidHeaderModifier { name, header } => {
                &[b"config: invalid header modifier for ", name, b": ", header]
            }
            Self::InvalidMimeHeaderRegexp { name, text, error } => {
                &[b"mimeheader: invalid regexp for ", name, b" '", text, b"': ", &error.bytes]
            }
            Self::InvalidUriDetail { name } => &[b"config: failed to add invalid rule ", name],
            Self::AskDnsSubtest { text, error } => &[b"askdns: subtest compile failed: '", text, b"': ", &error.bytes],
            Self::InvalidMeta { name, rule } => &[b"config: invalid meta ", name, b" rule: ", rule],
            Self::InvalidMetaToken { name, token } => &[b"config: invalid meta ", name, b" token: ", token],
            Self::InvalidMetaExpression { name, rule, error } => {
                &[b"config: invalid expression for rule ", name, b": \"", rule, b"\": ", error]
            }
            Self::UnsolvedMeta { name, dependencies } => {
                &[b"rules: excluding meta test ", name, b", unsolved meta dependencies: ", dependencies]
            }
            Self::MetaCompilation { name, perl, error } => {
                &[b"rules: meta compilation failed for ", name, b": '", perl, b"': ", error]
            }
            Self::EvalSyntax { name, text } => &[b"syntax error for eval function ", name, b": ", text],
            Self::WrongRuleType { name, expected } => {
                &[b"wrong rule type defined for ", name, b", expected '", expected.as_bytes(), b"'"]
            }
            Self::IllegalIpv4 { word } => &[b"netset: illegal IPv4 address given: '", word, b"'"],
            Self::IllegalIp { word } => &[b"netset: illegal IP address given: '", word, b"'"],
            Self::RangeNeedsModule { word } => {
                &[b"netset: IP range notation '", word, b"' requires Net::CIDR::Lite module, ignoring"]
            }
            Self::AlreadyDeclared { excludes, network, was_excluded } => {
                let verb: &[u8] = if *excludes { b"exclude " } else { b"include " };
                let state: &[u8] = if *was_excluded { b"excluded" } else { b"included" };
                &[b"netset: cannot ", verb, network, b" as it has already been ", state]
            }
            Self::IgnoredScope { scope, word } => {
                &[b"netset: ignoring interface scope '%", scope, b"' in IP address ", word]
            }
            Self::NotContained { outer, inner, entry } => {
                &[outer.as_bytes(), b" doesn't contain ", inner.as_bytes(), b" entry '", entry, b"'"]
            }
            Self::PluginNotFound { package, path } => {
                let from = path.as_deref().unwrap_or(b"(from @INC)");
                module = [in_folders(package).as_slice(), b".pm in @INC"].concat();
                &[b"plugin: failed to parse plugin ", from, b": Can't locate ", path.as_deref().unwrap_or(&module)]
            }
            Self::PluginNoName => &[b"plugin: failed to parse plugin (from @INC): syntax error"],
            Self::PluginDeprecated { package } => {
                &[b"plugin: ", package, b" is deprecated, remove loadplugin clause from your configuration"]
            }
            Self::SuspiciousPath { path } => &[b"util: refusing to untaint suspicious path: \"", path, b"\""],
            Self::Deprecated { old, new } => {
                &[b"config: deprecated setting used, change ", old.as_bytes(), b" to ", new.as_bytes()]
            }
            Self::ObsoleteTimeout => &[b"config: 'uridnsbl_timeout' is obsolete, use 'rbl_timeout' instead"],
            Self::PyzorMax => &[b"deprecated setting used, change pyzor_max to pyzor_count_min"],
            Self::InvalidFreemailDomain { word } if is_old => &[b"invalid freemail_domains: ", word],
            Self::InvalidFreemailWelcome { key, word } if is_old => &[b"invalid ", key.as_bytes(), b": ", word],
            Self::InvalidFreemailDomain { word } => &[b"freemail: invalid freemail_domains: ", word],
            Self::InvalidFreemailWelcome { key, word } => &[b"freemail: invalid ", key.as_bytes(), b": ", word],
            Self::InvalidStopword { key, error } => &[b"bayes: invalid regexp for ", key, b": ", &error.bytes],
            Self::MissingStopwords { language } => &[b"bayes: missing stopwords regexp for language '", language, b"'"],
            Self::NotExecutable { setting: "pyzor_path", path } => {
                &[b"config: pyzor_path \"", path, b"\" isn't an executable"]
            }
            Self::NotExecutable { setting, path } => {
                &[b"config: ", setting.as_bytes(), b" '", path, b"' is not executable"]
            }
            Self::NotAccessible { setting, path } => {
                &[b"config: ", setting.as_bytes(), b" \"", path, b"\" is not accessible"]
            }
            Self::DccHome { path, problem } => &[b"config: dcc_home \"", path, b"\" ", problem.as_bytes()],
            Self::DccOptions { setting, value } => {
                &[b"config: ", setting.as_bytes(), b" '", value, b"' contains impermissible characters"]
            }
            Self::DccifdPath { problem: "", value } => {
                &[b"config: dcc_dccifd_path '", value, b"' is not an absolute path"]
            }
            Self::DccifdPath { problem, value } => {
                &[b"config: ", problem.as_bytes(), b" in dcc_dccifd_path '", value, b"'"]
            }
            Self::ExtractText { words, key, value } => &[b"extracttext: ", words.as_bytes(), key, b" ", value],
            Self::NoTopLevelDomains => &[b"config: registryboundaries: no tlds defined, need to run sa-update"],
            Self::LanguageNoPattern { error } | Self::AskDnsPattern { error } => &[&error.bytes],
            _ => &[],
        };
        parts.concat()
    }

    /// The words of the parser's own complaints of a line, which 3.4 and 4.0 word differently.
    fn parser_words(&self, context: &Context<'_>) -> Option<Vec<u8>> {
        let (typed, value) = first_word(context.text);
        let (key, value) = (folded(typed), value.unwrap_or_default());
        if context.version < Version::V40 {
            let in_file: &[u8] = &[b", in \"", context.file, b"\": ", context.text].concat();
            return Some(match self {
                Self::UnknownSetting => [b"config: failed to parse line, skipping", in_file].concat(),
                Self::NowAPlugin => [b"config: failed to parse, now a plugin, skipping", in_file].concat(),
                Self::MissingValue => {
                    let words: &[u8] = b"config: SpamAssassin failed to parse line, no value provided for \"";
                    [words, &key, b"\", skipping: ", context.text].concat()
                }
                Self::InvalidValue => {
                    let words: &[u8] = b"config: SpamAssassin failed to parse line, \"";
                    [words, value, b"\" is not valid for \"", &key, b"\", skipping: ", context.text].concat()
                }
                Self::EndifWithoutIf => b"config: found endif without matching conditional".to_vec(),
                Self::ElseWithoutIf => b"config: found else without matching conditional".to_vec(),
                Self::Unclosed { condition, .. } => {
                    [b"config: unclosed 'if' in ", context.file, b": if ", condition].concat()
                }
                Self::OtherVersion { wanted, ours } => [
                    b"config: configuration file \"".as_slice(),
                    context.file,
                    b"\" requires version ",
                    wanted,
                    b" of SpamAssassin, but this is code version ",
                    ours.as_bytes(),
                    b". Maybe you need to use the -C switch, or remove the old config files? Skipping this file",
                ]
                .concat(),
                _ => return None,
            });
        }
        let tail = tail(context);
        Some(match self {
            Self::UnknownSetting => [b"config: failed to parse line".as_slice(), &tail].concat(),
            Self::NowAPlugin => [b"config: failed to parse line, now a plugin".as_slice(), &tail].concat(),
            Self::MissingValue => [b"config: missing '".as_slice(), &key, b"' value", &tail].concat(),
            Self::InvalidValue => [b"config: invalid '".as_slice(), &key, b"' value", &tail].concat(),
            Self::MarkerWithoutName { marker } => {
                [b"config: missing 'file' value".as_slice(), &place(context), b": ", marker.as_bytes()].concat()
            }
            Self::NotStandalone => [b"config: '".as_slice(), &key, b"' must be standalone", &tail].concat(),
            Self::EndifWithoutIf => [b"config: missing starting 'if' for 'endif'".as_slice(), &tail].concat(),
            Self::ElseWithoutIf => [b"config: 'else' missing starting if".as_slice(), &tail].concat(),
            Self::MissingCondition => [b"config: missing '".as_slice(), &key, b"' condition", &tail].concat(),
            Self::Unclosed { key, .. } => {
                [b"config: unclosed '".as_slice(), key.as_bytes(), b"' found", &place(context)].concat()
            }
            Self::OtherVersion { wanted, ours } => [
                b"config: configuration file '".as_slice(),
                context.file,
                b"' requires version ",
                wanted,
                b" of SpamAssassin, but this is code version ",
                ours.as_bytes(),
                b". Maybe you need to use the -C switch, or remove the old config files? Skipping this file.",
            ]
            .concat(),
            _ => return None,
        })
    }
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
