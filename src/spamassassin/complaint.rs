//! What SpamAssassin complains of: a variant for each form of message; `words.rs` has the words.

mod words;

pub use words::{Context, successor};

use std::ops::Deref;
use std::sync::Arc;

use super::reading::NotIncluded;
use super::rule::Kind;
use crate::perl_pattern::Refusal;

/// A complaint, with what its words name beside the line itself and the part of it that is wrong.
///
/// A file may hold half a million of them, so each is small: what stands in the line is looked up when the words are made.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
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
        is_start: bool,
    },
    EndifWithoutIf,
    ElseWithoutIf,
    MissingCondition,
    /// An `if` or `ifplugin` that its file does not end.
    Unclosed,
    /// `require_version` of another version; SpamAssassin says it twice.
    OtherVersion,
    // What it says of a condition.
    NotAllowedInCondition,
    UnparseableInCondition,
    /// Perl does not take the condition. SpamAssassin says it twice.
    ConditionFails(Arc<PerlFailure>),
    /// What 3.4 says behind either of these two.
    BadCondition,
    CanInUserPrefs {
        method: Box<Held>,
    },
    NoArgument {
        function: Asked,
    },
    NoModule {
        function: Asked,
        method: Box<Held>,
    },
    // What only the daemon says, before it calls the setting unknown or its value wrong.
    PrivilegedSetting,
    AdminSetting,
    ScoreCount,
    ScoreNotNumeric,
    RelativeScoreWithoutBase,
    DoubleStar,
    HeaderNotRewritten,
    // Rules.
    RuleNameInvalid,
    RuleNameTooLong,
    /// Only `--lint` says so, and takes the rule.
    RuleNameLong,
    InvalidRegexp(Box<BadPattern>),
    /// Only `--lint` says so, and drops the rule; the daemon uses it.
    AlwaysMatching(Box<BadPattern>),
    InvalidHeadTest,
    InvalidHeadTestHeader,
    InvalidHeaderModifier {
        header: Box<Held>,
    },
    InvalidMimeHeaderRegexp(Box<BadPattern>),
    InvalidUriDetail,
    AskDnsSubtest(Box<BadPattern>),
    /// 3.4: the pattern goes to Perl without a guard, and the program ends with Perl's message.
    AskDnsPattern {
        error: Box<PerlWords>,
    },
    // Metas.
    InvalidMeta,
    InvalidMetaToken,
    InvalidMetaExpression {
        error: Box<Held>,
    },
    /// The meta waits for metas that wait for it, or for such.
    UnsolvedMeta(Box<Unsolved>),
    /// SpamAssassin's own check took the meta, Perl does not: the program ends.
    MetaCompilation(Box<BadMeta>),
    // Evals.
    EvalSyntax(Box<BadCall>),
    WrongRuleType {
        name: Box<Held>,
        expected: Kind,
    },
    // Networks.
    IllegalIpv4,
    IllegalIp,
    RangeNeedsModule,
    AlreadyDeclared {
        excludes: bool,
        was_excluded: bool,
    },
    IgnoredScope,
    /// An entry of a list that is not in the list around it.
    NotContained {
        outer: NetworkList,
        inner: NetworkList,
        entry: Box<Held>,
    },
    // Plugins.
    /// There is no such file, or nothing of the package's name where Perl looks.
    PluginNotFound {
        path: Option<Box<Held>>,
    },
    /// The package's name begins with a digit, which Perl does not take.
    PluginNoName,
    PluginDeprecated {
        package: Box<Held>,
    },
    SuspiciousPath {
        path: Box<Held>,
    },
    /// A setting of `RelayCountry`'s that has become another.
    Deprecated,
    ObsoleteTimeout,
    PyzorMax,
    InvalidFreemailDomain,
    InvalidFreemailWelcome,
    InvalidStopword {
        error: Box<PerlWords>,
    },
    MissingStopwords {
        language: Box<Held>,
    },
    NotExecutable,
    /// 3.4: no such database of countries.
    NotAccessible,
    DccHome {
        exists: bool,
    },
    DccOptions,
    DccifdPath(SocketProblem),
    /// A tool that makes HTML.
    ExtractTextToHtml {
        value: Box<Held>,
    },
    /// Two backslashes that are read as one.
    ExtractTextBackslashes {
        value: Box<Held>,
    },
    NoTopLevelDomains,
    /// A word of `util_rb_tld` spoils the pattern that all of them are joined to. The words go on after `error` with a
    /// pattern in which the domains stand in an order that is chance.
    TopLevelDomainNoPattern {
        error: Box<PerlWords>,
    },
    // What stops the program without words of its own, or hangs it.
    /// The word behind `lang` is used as a pattern, and is none: the program ends with Perl's message.
    LanguageNoPattern {
        error: Box<PerlWords>,
    },
    /// `report_wrap_width` up to 27: the first report with a description of several words never ends.
    EndlessWrap,
    /// Files that are read without end: 3.4 reads one that includes itself over and over, and with no path behind
    /// `include` the whole folder; 4.0 knows a file again only under the same path, and not by `./` and `.//`.
    EndlessInclude,
    // What nobody says.
    /// The path of an `include` leads to nothing that is read.
    NothingIncluded {
        path: Box<Held>,
        why: NotIncluded,
    },
}

impl Complaint {
    /// Whether Perl has the words as characters.
    pub(super) fn are_characters(&self) -> bool {
        match self {
            Self::InvalidRegexp(bad) | Self::InvalidMimeHeaderRegexp(bad) => bad.error.are_characters,
            _ => false,
        }
    }
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
    /// Nobody says it.
    Silent,
}

impl Level {
    /// Whether `spamassassin --lint` says it.
    #[must_use]
    pub fn is_said_by_lint(self) -> bool {
        !matches!(self, Self::Info | Self::Silent)
    }

    /// Whether spamd logs it.
    #[must_use]
    pub fn is_said_by_daemon(self) -> bool {
        !matches!(self, Self::LintOnly | Self::FatalInLint | Self::Silent)
    }
}

/// The three lists of networks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "they are named as their settings")]
pub enum NetworkList {
    Trusted,
    Internal,
    Msa,
}

impl NetworkList {
    /// The setting's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted_networks",
            Self::Internal => "internal_networks",
            Self::Msa => "msa_networks",
        }
    }
}

/// What a condition asks for a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Asked {
    /// `can(NAME)`
    Can,
    /// `has(NAME)`
    Has,
}

impl Asked {
    /// The function's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Can => "can",
            Self::Has => "has",
        }
    }
}

/// A pattern that is refused, and why.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct BadPattern {
    /// The pattern, as SpamAssassin shows it.
    pub text: Box<[u8]>,
    /// What is wrong with it.
    pub error: PerlWords,
}

/// Perl that is refused, or fails.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PerlFailure {
    /// What SpamAssassin has Perl run.
    pub perl: Box<[u8]>,
    /// Perl's message, which goes on after this.
    pub error: Box<[u8]>,
}

/// A meta that ends the program.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct BadMeta {
    /// The rule.
    pub name: Box<[u8]>,
    /// What Perl says of it.
    pub failure: PerlFailure,
}

/// A rule whose function has arguments that cannot be read.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct BadCall {
    /// The rule.
    pub name: Box<[u8]>,
    /// The function with its arguments.
    pub text: Box<[u8]>,
}

/// What is wrong with the address of a socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SocketProblem {
    /// No host stands before the port.
    Host,
    /// The port is no number, or none that there is.
    Port,
    /// It is neither a host with a port nor a path from the root on.
    Relative,
}

impl SocketProblem {
    /// SpamAssassin's words for it.
    #[must_use]
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Host => Some("missing or bad host name"),
            Self::Port => Some("bad TCP port number"),
            Self::Relative => None,
        }
    }
}

/// Bytes that a complaint holds, since they do not stand in its line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Held(Box<[u8]>);

impl Deref for Held {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for Box<Held> {
    fn from(bytes: &[u8]) -> Self {
        Self::new(Held(bytes.into()))
    }
}

impl From<Vec<u8>> for Box<Held> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(Held(bytes.into()))
    }
}

/// A meta that waits for others without end.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Unsolved {
    /// The rule.
    pub name: Box<[u8]>,
    /// The rules that it waits for, with `, ` between them.
    pub dependencies: Box<[u8]>,
}

/// Words in which Perl shows a pattern.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
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
