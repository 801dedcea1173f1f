//! Whether a value has its setting's form: all forms that need nothing but the value itself.

use std::net::Ipv4Addr;

use super::address::is_address;
use super::bytes::{all, first_word, is_digits, is_package, is_rule_name, is_space, is_word, number, words};
use super::setting::Form;
use super::version::Version;

/// What a setting's handler answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome<'v> {
    /// The value is taken.
    Taken,
    /// The value, or a part of it, is missing; the part of the value that shows it.
    Missing(&'v [u8]),
    /// The value is wrong; the part of it that is.
    Invalid(&'v [u8]),
}

use Outcome::{Invalid, Missing, Taken};

/// Taken, or else wrong as a whole.
fn taken_if(is_good: bool, value: &[u8]) -> Outcome<'_> {
    if is_good { Taken } else { Invalid(value) }
}

/// The first word that is wrong, if one is.
fn each_word(value: &[u8], is_good: impl Fn(&[u8]) -> bool) -> Outcome<'_> {
    words(value).find(|word| !is_good(word)).map_or(Taken, Invalid)
}

/// Checks a value; `None` for a form that needs more than the value.
pub fn check(form: Form, value: &[u8], version: Version) -> Option<Outcome<'_>> {
    if value.is_empty() && is_missing_when_empty(form) {
        return Some(Missing(value));
    }
    let outcome = match form {
        Form::Number => returned(if is_number(value) { Taken } else { Invalid(value) }, number(value)),
        Form::Bool => taken_if([b"1".as_slice(), b"0", b"yes", b"no"].contains(&&*value.to_ascii_lowercase()), value),
        Form::Duration => taken_if(is_duration(value), value),
        Form::Text => returned_text(value),
        Form::Template | Form::Anything | Form::AddressesOrGlobs | Form::Words => Taken,
        Form::Nothing => taken_if(value.is_empty(), value),
        Form::NameAndText => match first_word(value) {
            (_, Some(text)) if !text.is_empty() => returned_text(text),
            _ => Missing(&value[value.len()..]),
        },
        Form::AddressAndDomain => taken_if(words(value).count() == 2, value),
        Form::AddressAndSigner => taken_if(words(value).count() <= 2, value),
        Form::NamedList => named_list(value),
        Form::ZeroOneTwo => taken_if(matches!(value, b"0" | b"1" | b"2"), value),
        Form::TwoIntegers => taken_if(words(value).count() <= 2 && words(value).all(is_digits), value),
        Form::FileMode => taken_if(is_file_mode(value), value),
        // Perl compares the value as a number: a word counts as 0.
        Form::Between(low, high) => taken_if(!(number(value) < low || number(value) > high), value),
        Form::UpTo(most) => taken_if(is_digits(value) && number(value) <= f64::from(most), value),
        Form::AddHeader => taken_if(is_header_line(value, true), value),
        Form::RemoveHeader => taken_if(is_header_line(value, false), value),
        Form::OneLabel => each_word(value, |word| labels_are(word, 1)),
        Form::TwoLabels => each_word(value, |word| labels_are(word, 2)),
        Form::ThreeLabels => each_word(value, |word| labels_are(word, 3)),
        Form::DnsAvailable => taken_if(is_dns_available(value), value),
        Form::DnsServer => taken_if(is_dns_server(value), value),
        Form::DnsOptions => dns_options(value, version),
        Form::PortsFromOne => ports(value, 1),
        Form::PortsFromZero => ports(value, 0),
        Form::AllowOrDeny => allow_or_deny(value),
        Form::DnsBlockRule => dns_block_rule(value),
        Form::RblTimeout => taken_if(is_rbl_timeout(value), value),
        Form::TokenSources => each_word(value, is_token_source),
        Form::StopwordLanguages => stopword_languages(value),
        Form::LockMethod => taken_if(matches!(value, b"nfssafe" | b"flock" | b"win32"), value),
        Form::ModuleName => taken_if(all(value, |byte| is_word(byte) || byte == b':'), value),
        Form::GeodbModule => taken_if(is_geodb_module(value), value),
        Form::GeodbOptions => each_word(value, is_geodb_option),
        Form::AuthresNetworks => {
            taken_if([b"internal".as_slice(), b"trusted", b"all"].contains(&&*value.to_ascii_lowercase()), value)
        }
        Form::Adsp => taken_if(is_adsp(value), value),
        Form::AsnZone => taken_if(is_asn_zone(value), value),
        Form::DomainAliases => taken_if(words(value).count() >= 2 && !value.contains(&b'@'), value),
        Form::PyzorOptions => taken_if(all(value, |byte| byte == b'=' || is_option_byte(byte)), value),
        Form::ContainsAddress => taken_if(contains_address(value), value),
        Form::HostAndPort => taken_if(is_host_and_port(value), value),
        Form::Shortcircuit => shortcircuit(value),
        Form::DnsList => taken_if(words(value).count() == 3 && is_list_name(first_word(value).0, version), value),
        Form::DnsListWithSubtest => dns_list_with_subtest(value, version),
        Form::Priority => priority(value),
        Form::ReuseByPlugin => each_word(value, is_rule_name),
        _ => return None,
    };
    Some(outcome)
}

/// Whether nothing in the place of a value is "missing". Of the others some take nothing, and to some it is "invalid".
fn is_missing_when_empty(form: Form) -> bool {
    !matches!(
        form,
        Form::Template
            | Form::Nothing
            | Form::Anything
            | Form::FileMode
            | Form::Between(..)
            | Form::AddHeader
            | Form::RemoveHeader
            | Form::DnsAvailable
            | Form::DnsServer
            | Form::DnsOptions
            | Form::PortsFromOne
            | Form::PortsFromZero
            | Form::AllowOrDeny
            | Form::DnsBlockRule
            | Form::LockMethod
            | Form::ModuleName
            | Form::GeodbModule
            | Form::GeodbOptions
            | Form::PyzorOptions
            | Form::PyzorMax
            | Form::ExistingFile
            | Form::DccOptions
            | Form::BarePatternOrNothing
            | Form::CountryDbType
            | Form::OldGeodbPath
            | Form::ObsoleteTimeout
            | Form::ClearNetworks
            | Form::ClearTlds
            | Form::Header
            | Form::Body
            | Form::Rawbody
            | Form::Uri
            | Form::Full
            | Form::Meta
            | Form::MimeHeader
            | Form::UriDetail
            | Form::Reuse
            | Form::ReuseByPlugin
            | Form::Countries
            | Form::Continents
            | Form::Providers
            | Form::Addresses
            | Form::Exclusions
            | Form::Score
            | Form::RewriteHeader
    )
}

/// A handler that gives back the value it has set says "missing" or "invalid" when the value is one of the two numbers that
/// stand for these answers.
#[allow(clippy::float_cmp, reason = "two whole numbers stand for answers")]
fn returned(outcome: Outcome<'_>, value: f64) -> Outcome<'_> {
    match outcome {
        Taken if value == -99_999_999_999_999.0 => Missing(b""),
        Taken if value == -99_999_999_999_998.0 => Invalid(b""),
        _ => outcome,
    }
}

/// The same of a text.
fn returned_text(value: &[u8]) -> Outcome<'_> {
    match value {
        b"-99999999999999" => Missing(value),
        b"-99999999999998" => Invalid(value),
        _ => Taken,
    }
}

/// `^[+-]?\d+(\.\d*)?$`.
pub fn is_number(value: &[u8]) -> bool {
    is_unsigned(value.strip_prefix(b"+").or(value.strip_prefix(b"-")).unwrap_or(value))
}

/// `^\d+(\.\d*)?$`.
fn is_unsigned(value: &[u8]) -> bool {
    let whole = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    whole > 0 && matches!(&value[whole..], [] | [b'.', ..]) && value[whole..].iter().skip(1).all(u8::is_ascii_digit)
}

/// `^-?\d+(\.\d+)?$`: what a score must look like, without parentheses.
pub fn is_score(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"-").unwrap_or(value);
    is_unsigned(value) && value.last() != Some(&b'.')
}

/// A number without a minus and an optional unit, with white space between them.
fn is_duration(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"+").unwrap_or(value);
    let (number, unit) = match value.split_last() {
        Some((unit, number)) if b"smhdwSMHDW".contains(unit) => (number, true),
        _ => (value, false),
    };
    let blanks = number.iter().rev().take_while(|&&byte| is_space(byte)).count();
    is_unsigned(if unit { &number[..number.len() - blanks] } else { number })
}

/// One or two durations whose units stand at the numbers, and a zone that ends with a letter.
fn is_rbl_timeout(value: &[u8]) -> bool {
    let is_short = |word: &[u8]| is_duration(word) && !word.iter().any(|&byte| is_space(byte));
    let is_zone = |word: &[u8]| word.last().is_some_and(u8::is_ascii_alphabetic);
    match words(value).collect::<Vec<_>>()[..] {
        [one] => is_short(one),
        [one, two] => is_short(one) && (is_short(two) || is_zone(two)),
        [one, two, zone] => is_short(one) && is_short(two) && is_zone(zone),
        _ => false,
    }
}

/// `^0?[0-7]{3}$`.
fn is_file_mode(value: &[u8]) -> bool {
    let digits = if value.len() == 4 { value.strip_prefix(b"0") } else { Some(value) };
    digits.is_some_and(|digits| digits.len() == 3 && digits.iter().all(|digit| (b'0'..=b'7').contains(digit)))
}

/// `(NAME) word...`: the name ends at the first `)` that white space and something follow.
fn named_list(value: &[u8]) -> Outcome<'_> {
    let ends = |at: usize| value[at] == b')' && value.get(at + 1).is_some_and(|&byte| is_space(byte));
    let is_good = value.first() == Some(&b'(') && (2..value.len()).any(ends);
    if is_good { Taken } else { Missing(value) }
}

/// `TYPE NAME TEXT` of `add_header`, or `TYPE NAME` of `remove_header`.
fn is_header_line(value: &[u8], wants_text: bool) -> bool {
    let (kind, rest) = first_word(value);
    let (name, text) = first_word(rest.unwrap_or_default());
    matches!(kind, b"ham" | b"spam" | b"all")
        && all(name, |byte| is_word(byte) || byte == b'-')
        && text.is_some_and(|text| !text.is_empty()) == wants_text
}

fn labels_are(word: &[u8], count: usize) -> bool {
    let labels = || word.split(|&byte| byte == b'.');
    labels().count() == count && labels().all(|label| !label.is_empty())
}

/// `yes`, `no`, `1`, `0`, `test`, or `test:` with hosts behind it.
fn is_dns_available(value: &[u8]) -> bool {
    matches!(value, b"yes" | b"no" | b"1" | b"0" | b"test")
        || value.strip_prefix(b"test:").is_some_and(|hosts| hosts.iter().any(|&byte| !is_space(byte)))
}

/// An address, bracketed or not, with or without a port, with or without a scope.
fn is_dns_server(value: &[u8]) -> bool {
    let is_scope_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    let bracketed = value.strip_prefix(b"[").and_then(|rest| {
        let end = rest.iter().position(|&byte| byte == b']')?;
        Some((&rest[..end], &rest[end + 1..]))
    });
    let colon = value.iter().position(|&byte| byte == b':');
    let (address, port) = match (bracketed, colon) {
        (Some((address, [b':', port @ ..])), _) if is_digits(port) => (address, port),
        (_, Some(colon)) if is_digits(&value[colon + 1..]) => (&value[..colon], &value[colon + 1..]),
        (Some((address, [])), _) => (address, b"53".as_slice()),
        _ => {
            let len = value.iter().take_while(|byte| byte.is_ascii_hexdigit() || b".:".contains(byte)).count();
            let scope = &value[len..];
            let is_good =
                len > 0 && (scope.is_empty() || scope[0] == b'%' && scope[1..].iter().all(|&byte| is_scope_byte(byte)));
            if !is_good {
                return false;
            }
            (value, b"53".as_slice())
        }
    };
    let scope = address
        .iter()
        .rposition(|&byte| byte == b'%')
        .filter(|&at| address[at + 1..].iter().all(|&b| is_scope_byte(b)));
    is_address(&address[..scope.unwrap_or(address.len())]) && (1.0..=65535.0).contains(&number(port))
}

fn dns_options(value: &[u8], version: Version) -> Outcome<'_> {
    let is_good = |option: &[u8]| {
        let option = option.to_ascii_lowercase();
        let name = option.strip_prefix(b"no").unwrap_or(&option);
        match name {
            b"rotate" | b"dns0x20" | b"edns" | b"edns0" => true,
            b"v4" | b"v6" => version >= Version::V40,
            _ => {
                let size = option.strip_prefix(b"edns").map(|rest| rest.strip_prefix(b"0").unwrap_or(rest));
                size.and_then(|size| size.strip_prefix(b"=")).is_some_and(|size| {
                    // 0 stands for the default, 1220.
                    is_digits(size) && (number(size) >= 512.0 || size == b"0")
                })
            }
        }
    };
    if value.is_empty() {
        return Taken;
    }
    // A comma at the beginning leaves an empty word before it; those at the end are dropped.
    if value[0] == b',' && value.iter().any(|&byte| byte != b',' && !is_space(byte)) {
        return Invalid(&value[..1]);
    }
    let mut options = value.split(|&byte| byte == b',' || is_space(byte)).filter(|option| !option.is_empty());
    options.find(|option| !is_good(option)).map_or(Taken, Invalid)
}

/// Ports and ranges of ports between blanks, TABs and commas.
fn ports(value: &[u8], least: u32) -> Outcome<'_> {
    let port = |text: &[u8]| {
        let number: u32 = str::from_utf8(text).ok().filter(|_| text.len() <= 5 && is_digits(text))?.parse().ok()?;
        (least..=65535).contains(&number).then_some(number)
    };
    let is_good = |range: &[u8]| match range.iter().position(|&byte| byte == b'-') {
        None => port(range).is_some(),
        Some(dash) => port(&range[..dash]).is_some() && port(&range[dash + 1..]).is_some(),
    };
    let is_separator = |byte: u8| matches!(byte, b' ' | b'\t' | b',');
    if value.first().is_some_and(|&byte| is_separator(byte)) && value.iter().any(|&byte| !is_separator(byte)) {
        return Invalid(&value[..1]);
    }
    let mut ranges = value.split(|&byte| is_separator(byte)).filter(|range| !range.is_empty());
    ranges.find(|range| !is_good(range)).map_or(Taken, Invalid)
}

fn allow_or_deny(value: &[u8]) -> Outcome<'_> {
    let (word, rest) = first_word(value);
    let is_good = rest.is_some() && (word.eq_ignore_ascii_case(b"allow") || word.eq_ignore_ascii_case(b"deny"));
    taken_if(is_good, word)
}

fn dns_block_rule(value: &[u8]) -> Outcome<'_> {
    let (_, Some(domains)) = first_word(value) else { return Invalid(value) };
    each_word(domains, |domain| {
        let domain = domain.strip_prefix(b".").unwrap_or(domain);
        let domain = domain.strip_suffix(b".").unwrap_or(domain);
        all(domain, |byte| is_word(byte) || byte == b'.' || byte == b'-')
    })
}

fn is_token_source(word: &[u8]) -> bool {
    let word = word.to_ascii_lowercase();
    let is_source = |word: &[u8]| matches!(word, b"header" | b"visible" | b"invisible" | b"uri" | b"mimepart");
    matches!(&*word, b"none" | b"noall" | b"all") || is_source(&word) || word.strip_prefix(b"no").is_some_and(is_source)
}

/// Two-letter codes between commas and white space, or `disable`.
fn stopword_languages(value: &[u8]) -> Outcome<'_> {
    if value == b"disable" {
        return Taken;
    }
    let is_code = |code: &[u8]| code.len() == 2 && code.iter().all(u8::is_ascii_alphabetic);
    // Nothing but commas are no words at all.
    let codes: Vec<&[u8]> = comma_words(value);
    match codes.iter().find(|code| !is_code(code)) {
        Some(code) => Invalid(code),
        None if codes.is_empty() => Missing(value),
        None => Taken,
    }
}

/// `split /(?:\s*,\s*|\s+)/`: empty words between commas count, but for those at the end.
pub fn comma_words(value: &[u8]) -> Vec<&[u8]> {
    let (mut words, mut start, mut at) = (Vec::new(), 0, 0);
    while at < value.len() {
        let blank = |from: usize| from + value[from..].iter().take_while(|&&byte| is_space(byte)).count();
        let behind = blank(at);
        let separator = if value.get(behind) == Some(&b',') {
            blank(behind + 1)
        } else if behind > at {
            behind
        } else {
            at += 1;
            continue;
        };
        words.push(&value[start..at]);
        (start, at) = (separator, separator);
    }
    words.push(&value[start..]);
    while words.last().is_some_and(|word| word.is_empty()) {
        words.pop();
    }
    words
}

fn is_geodb_module(value: &[u8]) -> bool {
    matches!(
        &*value.to_ascii_lowercase(),
        b"maxmind::db::reader"
            | b"geoip2::database::reader"
            | b"geoip2"
            | b"geo::ip"
            | b"geoip"
            | b"ip::country::db_file"
            | b"db_file"
            | b"ip::country::fast"
            | b"fast"
    )
}

fn is_geodb_option(word: &[u8]) -> bool {
    let name = word.split(|&byte| byte == b':').next().unwrap_or_default();
    matches!(&*name.to_ascii_lowercase(), b"reset" | b"country" | b"city" | b"isp")
}

fn is_adsp(value: &[u8]) -> bool {
    let (domain, practice) = first_word(value);
    let domain = domain.strip_prefix(b"@").unwrap_or(domain);
    let is_practice = |practice: &[u8]| {
        matches!(
            &*practice.to_ascii_lowercase(),
            b"nxdomain" | b"unknown" | b"all" | b"discardable" | b"custom_low" | b"custom_med" | b"custom_high"
        )
    };
    all(domain, |byte| is_word(byte) || b"*.-".contains(&byte)) && practice.is_none_or(is_practice)
}

/// A zone, and two tags between underscores.
fn is_asn_zone(value: &[u8]) -> bool {
    let is_tag = |word: &[u8]| word.len() > 2 && word[0] == b'_' && word.ends_with(b"_");
    match words(value).collect::<Vec<_>>()[..] {
        [_] => true,
        [_, one, two] => is_tag(one) && is_tag(two),
        _ => false,
    }
}

/// What the options of helper programs may be made of.
pub fn is_option_byte(byte: u8) -> bool {
    is_word(byte) || b" ,.-/".contains(&byte)
}

/// Something, an `@`, and something, without white space and angle brackets around the `@`.
fn contains_address(value: &[u8]) -> bool {
    value
        .windows(3)
        .any(|part| part[1] == b'@' && part[0] != b'<' && !is_space(part[0]) && part[2] != b'>' && !is_space(part[2]))
}

fn is_host_and_port(value: &[u8]) -> bool {
    let Some(colon) = value.iter().rposition(|&byte| byte == b':') else { return false };
    let port = &value[colon + 1..];
    colon > 0 && !value.iter().any(|&byte| is_space(byte)) && is_digits(port) && (2..=5).contains(&port.len())
}

fn shortcircuit(value: &[u8]) -> Outcome<'_> {
    let (rule, kind) = first_word(value);
    let is_good = all(rule, is_word) && matches!(kind, Some(b"ham" | b"spam" | b"on" | b"off"));
    taken_if(is_good, kind.unwrap_or(value))
}

fn priority(value: &[u8]) -> Outcome<'_> {
    let (name, Some(priority)) = first_word(value) else { return Missing(&value[value.len()..]) };
    if !is_rule_name(name) {
        return Invalid(name);
    }
    taken_if(is_digits(priority.strip_prefix(b"-").unwrap_or(priority)), priority)
}

fn dns_list_with_subtest(value: &[u8], version: Version) -> Outcome<'_> {
    let (name, rest) = first_word(value);
    let (_, rest) = first_word(rest.unwrap_or_default());
    let (_, subtest) = first_word(rest.unwrap_or_default());
    match subtest {
        Some(subtest) if is_list_name(name, version) => {
            let is_address = if version < Version::V40 { is_dotted } else { is_ipv4 };
            taken_if(is_subtest(subtest, is_address), subtest)
        }
        _ => Invalid(value),
    }
}

/// The name of a rule that asks a list; 3.4 takes any.
fn is_list_name(name: &[u8], version: Version) -> bool {
    version < Version::V40 || all(name, is_word)
}

/// Four numbers of up to three digits.
pub fn is_dotted(text: &[u8]) -> bool {
    let mut parts = text.split(|&byte| byte == b'.');
    parts.by_ref().take(4).filter(|part| part.len() <= 3 && is_digits(part)).count() == 4 && parts.next().is_none()
}

/// A number, or two with `-` (a range) or `/` (a mask) between them; an IPv4 address counts as a number.
pub fn is_subtest(subtest: &[u8], is_ipv4: impl Fn(&[u8]) -> bool) -> bool {
    let is_number = |text: &[u8]| {
        let hex =
            text.strip_prefix(b"0x").is_some_and(|hex| hex.len() <= 8 && all(hex, |byte| byte.is_ascii_alphanumeric()));
        hex || text.len() <= 10 && is_digits(text) || is_ipv4(text)
    };
    match subtest.iter().position(|byte| b"/-".contains(byte)) {
        None => is_number(subtest),
        Some(at) => is_number(&subtest[..at]) && is_number(&subtest[at + 1..]),
    }
}

/// Four numbers up to 255 without leading zeros.
fn is_ipv4(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok())
}

/// `PACKAGE [FILE.pm]` of `loadplugin`: the package and the file.
pub fn plugin(value: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (package, file) = first_word(value);
    let is_module = |file: &[u8]| {
        file.len() > 3
            && file[file.len() - 3..].eq_ignore_ascii_case(b".pm")
            && !file.iter().any(|&byte| is_space(byte))
    };
    (is_package(package) && file.is_none_or(is_module)).then_some((package, file))
}
