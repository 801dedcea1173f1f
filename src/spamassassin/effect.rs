//! The handlers of settings that need more than the value, and what a value changes for later lines.

use super::bytes::{first_word, words};
use super::complaint::{Complaint, Level, SocketProblem};
use super::reader::{Here, Reader};
use super::reading::Look;
use super::rule::Kind;
use super::setting::{Form, Setting};
use super::value::{Outcome, is_option_byte};
use super::version::Version;

use Outcome::{Invalid, Missing, Taken};

/// Whether a word is a pattern whatever stands beside it.
fn is_plain_domain(word: &[u8]) -> bool {
    !word.iter().any(|byte| br"\()[]{}*+?".contains(byte))
}

impl Reader<'_> {
    /// The handler of a setting whose form [`super::value::check`] does not know.
    #[allow(clippy::too_many_lines, reason = "a table: a form, its handler")]
    pub fn apply_more<'v>(&mut self, setting: &'static Setting, here: &Here<'v, '_>) -> Outcome<'v> {
        let value = here.value;
        match setting.form {
            Form::Score => self.score(here),
            Form::Header => self.rule(here, Kind::Header),
            Form::Body => self.rule(here, Kind::Body),
            Form::Rawbody => self.rule(here, Kind::Rawbody),
            Form::Uri => self.rule(here, Kind::Uri),
            Form::Full => self.rule(here, Kind::Full),
            Form::Meta => self.rule(here, Kind::Meta),
            Form::MimeHeader => self.mime_header(here),
            Form::UriDetail => self.uri_detail(here),
            Form::AskDns => self.ask_dns(here),
            Form::Reuse => self.reuse(here),
            Form::Countries | Form::Continents | Form::Providers | Form::Addresses | Form::Exclusions => {
                self.uri_block(setting.form, here)
            }
            Form::Networks => self.networks(setting, here),
            Form::ClearNetworks => self.clear_networks(setting, here),
            Form::ClearTlds => {
                if !value.is_empty() {
                    return Invalid(value);
                }
                self.state.has_top_level_domains = false;
                self.state.cleared_domains = Some(here.at(here.line.key()));
                self.state.odd_domain = None;
                Taken
            }
            Form::ZeroOne => {
                if !matches!(value, b"0" | b"1") {
                    return Invalid(value);
                }
                self.state.allows_user_rules = value == b"1";
                Taken
            }
            Form::RewriteHeader => self.rewrite_header(here),
            Form::LoadPlugin => self.load_plugin(here, false),
            Form::TryPlugin => self.load_plugin(here, true),
            Form::CompatFlag => {
                if value.len() > 128 || !value.iter().all(|&byte| super::bytes::is_word(byte)) {
                    return Invalid(value);
                }
                self.state.compat.insert(value.into());
                Taken
            }
            Form::DelimitedPattern => match self.delimited_pattern(here, value) {
                Ok(()) => Taken,
                Err(refused) => Invalid(refused.part),
            },
            Form::BarePattern | Form::BarePatternOrNothing => match self.bare_pattern(here, value) {
                Ok(()) => Taken,
                Err(refused) => Invalid(refused.part),
            },
            Form::NoFolder => match self.host.look(value) {
                Look::Folder => Invalid(value),
                _ => Taken,
            },
            Form::ExistingFile if value.is_empty() && self.options.version < Version::V40 => Missing(value),
            Form::ExistingFile if self.options.version < Version::V40 => match self.host.look(value) {
                Look::Absent | Look::Folder => {
                    let complaint = Complaint::NotAccessible;
                    self.complain(here.at(value), Level::Info, complaint);
                    Invalid(value)
                }
                _ => Taken,
            },
            Form::ExistingFile => match self.host.look(value) {
                Look::Absent | Look::Folder => Invalid(value),
                _ => Taken,
            },
            Form::PyzorProgram | Form::DccProgram => {
                self.check_path(value, here.at(value));
                match self.host.look(value) {
                    Look::Absent | Look::File { is_executable: false } => {
                        let complaint = Complaint::NotExecutable;
                        self.complain(here.at(value), Level::Info, complaint);
                        Invalid(value)
                    }
                    _ => Taken,
                }
            }
            Form::DccHome => {
                self.check_path(value, here.at(value));
                let exists = match self.host.look(value) {
                    Look::Absent => false,
                    Look::File { .. } => true,
                    _ => return Taken,
                };
                self.complain(here.at(value), Level::Info, Complaint::DccHome { exists });
                Invalid(value)
            }
            Form::DccOptions => {
                if !value.is_empty() && value.iter().all(|&byte| is_option_byte(byte)) {
                    return Taken;
                }
                let complaint = Complaint::DccOptions;
                self.complain(here.at(value), Level::Info, complaint);
                Invalid(value)
            }
            Form::DccifdPath => self.dccifd_path(here),
            Form::PyzorMax if self.options.version < Version::V40 => match value {
                b"" => Missing(value),
                value if super::value::is_number(value) => Taken,
                value => Invalid(value),
            },
            Form::PyzorMax => {
                self.complain(here.at(here.line.key()), Level::Warning, Complaint::PyzorMax);
                if super::bytes::is_digits(value) { Taken } else { Invalid(value) }
            }
            Form::ObsoleteTimeout => {
                self.complain(here.at(here.line.key()), Level::Warning, Complaint::ObsoleteTimeout);
                Taken
            }
            Form::CountryDbType if self.options.version < Version::V40 => match value {
                b"GeoIP" | b"GeoIP2" | b"DB_File" | b"Fast" => Taken,
                value => Invalid(value),
            },
            Form::CountryDbType => {
                let complaint = Complaint::Deprecated;
                self.complain(here.at(here.line.key()), Level::Warning, complaint);
                let lower = value.to_ascii_lowercase();
                let is_known =
                    [b"geo".as_slice(), b"fast"].iter().any(|name| memchr::memmem::find(&lower, name).is_some());
                if is_known { Taken } else { Invalid(value) }
            }
            Form::OldGeodbPath => {
                let complaint = Complaint::Deprecated;
                self.complain(here.at(here.line.key()), Level::Warning, complaint);
                if value.is_empty() { Invalid(value) } else { Taken }
            }
            _ => Taken,
        }
    }

    /// What a value that was taken changes for later lines.
    pub fn remember(&mut self, setting: &'static Setting, here: &Here<'_, '_>) {
        match setting.name {
            "required_score" => {
                self.state.required_score = Some((super::bytes::number(here.value), here.at(here.value)));
            }
            "tflags" => {
                let (name, flags) = first_word(here.value);
                let flags = flags.unwrap_or_default();
                match self.state.tflags.get_mut(name) {
                    Some(before) if **before == *flags => {}
                    Some(before) => *before = flags.into(),
                    None => drop(self.state.tflags.insert(name.into(), flags.into())),
                }
            }
            "ignore_always_matching_regexps" => {
                self.state.ignores_always_matching = matches!(here.value, [b'1'] | [b'y' | b'Y', ..]);
            }
            "util_rb_tld" => {
                self.state.has_top_level_domains = true;
                for word in words(here.value).filter(|word| !is_plain_domain(word)) {
                    if let Err(refused) = self.domain_pattern(here, word) {
                        self.state.odd_domain = Some((here.at(refused.part), refused.words));
                    }
                    // The domains are joined to one pattern in an order that is chance.
                    self.unjudged.push(here.at(word));
                }
            }
            "bayes_stopword_languages" => {
                let languages = match here.value {
                    b"disable" => Vec::new(),
                    value => super::value::comma_words(value),
                };
                let languages = languages.iter().map(|language| language.to_ascii_lowercase().into()).collect();
                self.state.stopword_languages = Some((languages, here.at(here.value)));
            }
            "report_wrap_width" => {
                let width = super::bytes::number(here.value);
                // Perl's `||` makes 77 of 0.
                if width < 28.0 && width != 0.0 {
                    self.complain(here.at(here.value), Level::Fatal, Complaint::EndlessWrap);
                }
            }
            _ => {}
        }
    }

    fn networks<'v>(&mut self, setting: &'static Setting, here: &Here<'v, '_>) -> Outcome<'v> {
        let mut list = std::mem::take(self.network_list(setting));
        for word in words(here.value) {
            let (at, version) = (here.at(word), self.options.version);
            list.add(word, Some(at), version, &mut |level, complaint| self.complain(at, level, complaint));
        }
        list.is_configured = true;
        *self.network_list(setting) = list;
        Taken
    }

    fn network_list(&mut self, setting: &'static Setting) -> &mut super::network::Networks {
        match setting.name {
            "trusted_networks" => &mut self.state.trusted,
            "internal_networks" => &mut self.state.internal,
            _ => &mut self.state.msa,
        }
    }

    fn clear_networks<'v>(&mut self, setting: &'static Setting, here: &Here<'v, '_>) -> Outcome<'v> {
        if !here.value.is_empty() {
            return Invalid(here.value);
        }
        match setting.name {
            "clear_trusted_networks" => self.state.trusted = super::network::Networks::with_loopback(),
            "clear_internal_networks" => self.state.internal = super::network::Networks::with_loopback(),
            _ => self.state.msa = super::network::Networks::default(),
        }
        Taken
    }

    fn rewrite_header<'v>(&mut self, here: &Here<'v, '_>) -> Outcome<'v> {
        let (header, _) = first_word(here.value);
        if header.is_empty() {
            return Missing(header);
        }
        if [b"from".as_slice(), b"subject", b"to"].iter().any(|name| name.eq_ignore_ascii_case(header)) {
            return Taken;
        }
        self.complain(here.at(header), Level::Info, Complaint::HeaderNotRewritten);
        Invalid(header)
    }

    fn dccifd_path<'v>(&mut self, here: &Here<'v, '_>) -> Outcome<'v> {
        let value = here.value;
        let mut say = |problem| {
            self.complain(here.at(value), Level::Info, Complaint::DccifdPath(problem));
        };
        let colon = value.iter().rposition(|&byte| byte == b':');
        let bracketed =
            value.first() == Some(&b'[') && colon.is_some_and(|colon| colon > 1 && value[colon - 1] == b']');
        let host = colon.map(|colon| if bracketed { &value[1..colon - 1] } else { &value[..colon] });
        match (host, colon) {
            (Some(host), Some(colon)) if bracketed && !host.contains(&b']') || !bracketed && !host.contains(&b':') => {
                let port = &value[colon + 1..];
                if matches!(host, b"" | b"0") {
                    say(SocketProblem::Host);
                    return Invalid(host);
                }
                let is_good = super::bytes::is_digits(port) && (1.0..=65535.0).contains(&super::bytes::number(port));
                if !is_good {
                    say(SocketProblem::Port);
                    return Invalid(port);
                }
            }
            _ => {
                if value.first() != Some(&b'/') {
                    say(SocketProblem::Relative);
                }
                self.check_path(value, here.at(value));
            }
        }
        Taken
    }
}
