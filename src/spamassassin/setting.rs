//! The table of settings, made from `settings.txt` at build time.

use super::version::Version;
use crate::name_hash;
use Known as KnownBy;

/// A setting of the core or of a plugin.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the newest version; a line may use an alias.
    pub name: &'static str,
    /// The module that knows it: `Conf` or a plugin's last name.
    pub module: &'static str,
    /// Its place in the table of settings.
    pub(super) number: u16,
    /// What its value must look like.
    pub form: Form,
    /// Who may set it.
    who: Who,
    /// Who may set it in 3.4.
    who_34: Who,
    /// The setting whose value it changes: mostly itself.
    pub stored_as: &'static str,
}

impl Setting {
    /// The setting at a place of the table.
    pub(super) fn numbered(number: u16) -> &'static Self {
        &SETTINGS[usize::from(number)]
    }

    /// Who may set it.
    #[must_use]
    pub fn who(&self, version: Version) -> Who {
        if version < Version::V40 { self.who_34 } else { self.who }
    }
}

/// Who may use a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Users too.
    Anybody,
    /// Users where the site has `allow_user_rules 1`.
    Privileged,
    /// The site's files only.
    Admin,
}

/// Which versions know a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Known {
    Always,
    Since40,
    Until34,
}

impl Known {
    fn by(self, version: Version) -> bool {
        match self {
            Self::Always => true,
            Self::Since40 => version >= Version::V40,
            Self::Until34 => version < Version::V40,
        }
    }
}

/// What a setting's value must look like. `value.rs` and its neighbours say each exactly.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs, reason = "the names are those of settings.txt, which says what has which form")]
pub enum Form {
    // The types of SpamAssassin's own table.
    Number,
    Bool,
    Duration,
    Text,
    Template,
    Nothing,
    NameAndText,
    AddressesOrGlobs,
    Words,
    Networks,
    // What several settings share.
    Anything,
    AddressAndDomain,
    AddressAndSigner,
    NamedList,
    ZeroOne,
    ZeroOneTwo,
    TwoIntegers,
    FileMode,
    NoFolder,
    ExistingFile,
    DelimitedPattern,
    BarePattern,
    BarePatternOrNothing,
    Between(f64, f64),
    UpTo(u32),
    // Scores and rules.
    Score,
    Header,
    Body,
    Rawbody,
    Uri,
    Full,
    Meta,
    MimeHeader,
    UriDetail,
    AskDns,
    Reuse,
    ReuseByPlugin,
    Priority,
    Shortcircuit,
    DnsList,
    DnsListWithSubtest,
    Countries,
    Continents,
    Providers,
    Addresses,
    Exclusions,
    // Settings with a form of their own.
    RewriteHeader,
    AddHeader,
    RemoveHeader,
    ClearNetworks,
    ClearTlds,
    OneLabel,
    TwoLabels,
    ThreeLabels,
    DnsAvailable,
    DnsServer,
    DnsOptions,
    PortsFromOne,
    PortsFromZero,
    AllowOrDeny,
    DnsBlockRule,
    RblTimeout,
    ObsoleteTimeout,
    TokenSources,
    StopwordLanguages,
    LockMethod,
    ModuleName,
    LoadPlugin,
    TryPlugin,
    CompatFlag,
    GeodbModule,
    GeodbOptions,
    CountryDbType,
    OldGeodbPath,
    AuthresNetworks,
    Adsp,
    AsnZone,
    DomainAliases,
    DccHome,
    DccProgram,
    DccOptions,
    DccifdPath,
    PyzorMax,
    PyzorOptions,
    PyzorProgram,
    ContainsAddress,
    HostAndPort,
}

include!(concat!(env!("OUT_DIR"), "/spamassassin_settings.rs"));

/// The settings that have a name, of all modules that a version has; mostly none or one.
#[inline]
pub fn named(name: &[u8], version: Version) -> impl Iterator<Item = &'static Setting> {
    let found = name_hash::position(PLACES, |place| NAMES.get(place).map(|(name, _)| *name), name);
    let settings = found.map_or(&[][..], |at| NAMES[at].1);
    settings.iter().filter(move |(_, known)| known.by(version)).map(|&(setting, _)| &SETTINGS[usize::from(setting)])
}

/// All names of settings and their aliases, with one setting that has the name: for suggestions.
pub fn names() -> impl Iterator<Item = (&'static str, &'static Setting)> {
    NAMES.iter().filter_map(|(name, settings)| settings.first().map(|&(at, _)| (*name, &SETTINGS[usize::from(at)])))
}

/// What `functions.txt` says of the modules' functions.
pub mod function {
    use super::super::rule::Kind;
    use super::{KnownBy as Known, Version};

    /// A function for `eval:` rules.
    pub struct Function {
        /// Its name.
        pub name: &'static str,
        /// The plugin that brings it.
        pub module: &'static str,
        /// The kind of rule that it is for; `None`: any.
        pub kind: Option<Kind>,
        known: Known,
    }

    include!(concat!(env!("OUT_DIR"), "/spamassassin_functions.rs"));

    /// The eval function of a name.
    pub fn eval(name: &[u8], version: Version) -> Option<&'static Function> {
        evals(name, version).next()
    }

    /// The eval functions of a name, of all plugins that have one.
    pub fn evals(name: &[u8], version: Version) -> impl Iterator<Item = &'static Function> {
        let at = FUNCTIONS.partition_point(|function| function.name.as_bytes() < name);
        let named = FUNCTIONS[at..].iter().take_while(move |function| function.name.as_bytes() == name);
        named.filter(move |function| function.known.by(version))
    }

    /// Whether a module has a function of that name: a feature, or one for `eval:` rules.
    pub fn exists(module: &[u8], name: &[u8], version: Version) -> bool {
        let is_feature =
            FEATURES.binary_search_by(|entry| (entry.0.as_bytes(), entry.1.as_bytes()).cmp(&(name, module)));
        let at = FUNCTIONS.partition_point(|function| function.name.as_bytes() < name);
        is_feature.is_ok_and(|at| FEATURES[at].2.by(version))
            || FUNCTIONS[at..]
                .iter()
                .take_while(|function| function.name.as_bytes() == name)
                .any(|function| function.module.as_bytes() == module && function.known.by(version))
    }
}
