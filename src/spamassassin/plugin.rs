//! Plugins: loading them, and the keys that only their own parsers know.

use super::bytes::{is_word, words};
use super::complaint::{Complaint, Level};
use super::condition::renamed;
use super::reader::{Here, Reader};
use super::value::{Outcome, comma_words};
use super::version::Version;

/// The plugins that come with SpamAssassin 4.0, by their last names.
pub const SHIPPED: &[&str] = &[
    "ASN",
    "AWL",
    "AccessDB",
    "AntiVirus",
    "AskDNS",
    "AuthRes",
    "AutoLearnThreshold",
    "Bayes",
    "BodyEval",
    "BodyRuleBaseExtractor",
    "Check",
    "DCC",
    "DKIM",
    "DMARC",
    "DNSEval",
    "DecodeShortURLs",
    "ExtractText",
    "FreeMail",
    "FromNameSpoof",
    "HTMLEval",
    "HTTPSMismatch",
    "HashBL",
    "HeaderEval",
    "ImageInfo",
    "MIMEEval",
    "MIMEHeader",
    "OLEVBMacro",
    "OneLineBodyRuleType",
    "P595Body",
    "PDFInfo",
    "PhishTag",
    "Phishing",
    "Pyzor",
    "Razor2",
    "RelayCountry",
    "RelayEval",
    "ReplaceTags",
    "ResourceLimits",
    "Reuse",
    "Rule2XSBody",
    "SPF",
    "Shortcircuit",
    "SpamCop",
    "Test",
    "TextCat",
    "TxRep",
    "URIDNSBL",
    "URIDetail",
    "URIEval",
    "URILocalBL",
    "VBounce",
    "WLBLEval",
    "WelcomeListSubject",
];

/// Those of them that 3.4 does not have.
const SINCE_40: &[&str] = &["AuthRes", "DMARC", "DecodeShortURLs", "ExtractText", "WelcomeListSubject"];
/// Plugins that only 3.4 has, with the names under which their settings and functions are known here.
const UNTIL_34: &[(&str, &str)] = &[("Hashcash", "Hashcash"), ("WhiteListSubject", "WelcomeListSubject")];

/// The name under which the settings and functions of a plugin that a version comes with are known here.
fn shipped_with(version: Version, name: &[u8]) -> Option<&'static str> {
    let of_40 = SHIPPED.iter().find(|shipped| shipped.as_bytes() == name).copied();
    if version >= Version::V40 {
        return of_40;
    }
    let of_34 = UNTIL_34.iter().find(|(shipped, _)| shipped.as_bytes() == name).map(|(_, module)| *module);
    of_34.or(of_40.filter(|name| !SINCE_40.contains(name)))
}

const PACKAGE: &[u8] = b"Mail::SpamAssassin::Plugin::";

impl Reader<'_> {
    /// `loadplugin PACKAGE [FILE.pm]`, `tryplugin` likewise: a failure is no error of the line.
    pub fn load_plugin<'v>(&mut self, here: &Here<'v, '_>, is_try: bool) -> Outcome<'v> {
        let Some((package, path)) = super::value::plugin(here.value) else { return Outcome::Invalid(here.value) };
        let package = if is_try { package } else { renamed(package, self.options.version) };
        let is_new = self.options.version >= Version::V40;
        if package == b"Mail::SpamAssassin::Plugin::HashCash" && is_new {
            let complaint = Complaint::PluginDeprecated { package: package.into() };
            self.complain(here.at(here.value), Level::Warning, complaint);
            return Outcome::Taken;
        }
        if self.state.has_plugin(package) {
            return Outcome::Taken;
        }
        let shipped = package.strip_prefix(PACKAGE).and_then(|name| shipped_with(self.options.version, name));
        let is_found = match path {
            None => shipped.is_some(),
            Some(path) => {
                let place = here.at(path);
                let mut path = self.expanded(path, place);
                // spamd works in the root folder.
                if path.first() != Some(&b'/') {
                    path.insert(0, b'/');
                }
                self.check_path(&path, place);
                let is_there = self.host.look(&path) != super::reading::Look::Absent;
                if !is_there && !is_try {
                    let complaint = Complaint::PluginNotFound { path: Some(path.into()) };
                    self.complain(here.at(here.value), Level::Warning, complaint);
                }
                if !is_there {
                    return Outcome::Taken;
                }
                true
            }
        };
        if path.is_none() && is_module_of_spamassassin(package) {
            // It is found. What comes of it when it is used as a plugin is its own matter, and its words are Perl's.
            self.unjudged.push(here.at(here.value));
            return Outcome::Taken;
        }
        if !is_found {
            if !is_try {
                let complaint = if package[0].is_ascii_digit() {
                    Complaint::PluginNoName
                } else {
                    Complaint::PluginNotFound { path: None }
                };
                self.complain(here.at(here.value), Level::Warning, complaint);
            }
            return Outcome::Taken;
        }
        self.state.plugins.insert(package.into());
        if let Some(shipped) = shipped {
            self.state.modules.push(shipped);
        }
        Outcome::Taken
    }
}

/// Whether a package may be a part of SpamAssassin that is no plugin. Which parts there are differs between versions.
fn is_module_of_spamassassin(package: &[u8]) -> bool {
    let Some(rest) = package.strip_prefix(b"Mail::SpamAssassin") else { return false };
    rest.is_empty() || rest.starts_with(b"::") && !package.starts_with(PACKAGE)
}

/// Reads a line whose key is no setting, as plugins' own parsers do. False when none takes it.
pub fn parse(reader: &mut Reader<'_>, here: &Here<'_, '_>) -> bool {
    let has = |module| reader.state.has_module(module);
    match here.key {
        b"freemail_domains" if has("FreeMail") => {
            let is_bad = |word: &&[u8]| !word.iter().all(|byte| byte.is_ascii_alphanumeric() || b".*?-".contains(byte));
            for word in words(here.value).filter(is_bad) {
                reader.complain(here.at(word), Level::Warning, Complaint::InvalidFreemailDomain);
            }
            true
        }
        b"freemail_welcomelist" | b"freemail_whitelist"
            if has("FreeMail") && (here.key == b"freemail_whitelist" || reader.options.version >= Version::V40) =>
        {
            let is_good = |word: &[u8]| {
                word.windows(3).any(|part| is_word(part[0]) && matches!(part[1], b'.' | b'@') && is_word(part[2]))
            };
            for word in words(here.value).filter(|word| !is_good(word)) {
                reader.complain(here.at(word), Level::Warning, Complaint::InvalidFreemailWelcome);
            }
            true
        }
        b"extracttext_use" | b"extracttext_external" if has("ExtractText") && !reader.is_user => {
            extract_text(reader, here)
        }
        key => {
            let language = key
                .strip_prefix(b"bayes_stopword_")
                .filter(|code| code.len() == 2 && code.iter().all(u8::is_ascii_lowercase));
            if let Some(language) = language
                && has("Bayes")
                && reader.options.version >= Version::V40
            {
                return stopwords(reader, here, language);
            }
            let list = key.strip_prefix(b"hashbl_acl_");
            let is_list = |name: &[u8]| (1..=32).contains(&name.len()) && name.iter().all(u8::is_ascii_alphanumeric);
            list.is_some_and(is_list) && has("HashBL")
        }
    }
}

/// `bayes_stopword_XX`: each word is a pattern; the first that is none ends it.
fn stopwords(reader: &mut Reader<'_>, here: &Here<'_, '_>, language: &[u8]) -> bool {
    for word in words(here.value) {
        if let Err(refused) = reader.whole_word_pattern(here, word) {
            let complaint = Complaint::InvalidStopword { error: refused.words.into() };
            reader.complain(here.at(refused.part), Level::Warning, complaint);
            return false;
        }
        reader.state.stopwords.insert(language.into());
    }
    true
}

/// `extracttext_use TOOL WHAT...` and `extracttext_external TOOL COMMAND...`.
fn extract_text(reader: &mut Reader<'_>, here: &Here<'_, '_>) -> bool {
    let mut value = here.value.to_vec();
    let mut say = |complaint| reader.complain(here.at(here.value), Level::Warning, complaint);
    if memchr::memmem::find(&value, b"\\\\").is_some() {
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&value[at..], b"\\\\") {
            at += found + 1;
            value.remove(at);
        }
        say(Complaint::ExtractTextBackslashes { value: value.as_slice().into() });
    }
    let is_html = |name: &[u8]| {
        memchr::memmem::find_iter(&value, name).any(|at| !value.get(at + name.len()).is_some_and(|&byte| is_word(byte)))
    };
    if is_html(b"tohtml") || is_html(b"2html") {
        say(Complaint::ExtractTextToHtml { value: value.into() });
        return true;
    }
    words(&value).count() > if here.key == b"extracttext_use" { 1 } else { 2 } && !comma_words(&value).is_empty()
}
