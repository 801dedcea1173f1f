//! The settings of Net::DNS, and the options that change them.

use super::perl::is_true;
use super::server::is_ipv6;
use super::{Died, NetDns, Word};
use crate::source::Span;

/// A setting that was changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Its name in Net::DNS: `retrans` for `timeout`, `retry` for `attempts`, `prefer_v6` for `inet6`.
    pub name: &'static str,
    /// Its value, any text.
    pub value: Vec<u8>,
    /// Where the option's value is written.
    pub written: Word,
}

/// The settings that are one value, with their defaults. Their names and `timeout`, `attempts`, `inet6` are options, in
/// small letters or capitals. SpamAssassin sets `retry`, `retrans`, `dnsrch`, `defnames` and the timeouts itself.
pub const SETTINGS: &[(&str, &str)] = &[
    ("adflag", "0"),
    ("cdflag", "0"),
    ("debug", "0"),
    ("defnames", "1"),
    ("dnsrch", "1"),
    ("dnssec", "0"),
    ("force_v4", "0"),
    ("force_v6", "0"),
    ("igntc", "0"),
    ("ndots", "1"),
    ("persistent_tcp", "0"),
    ("persistent_udp", "0"),
    ("port", "53"),
    ("prefer_v4", "0"),
    ("prefer_v6", "0"),
    ("recurse", "1"),
    ("retrans", "5"),
    ("retry", "4"),
    ("srcaddr4", "0.0.0.0"),
    ("srcaddr6", "::"),
    ("srcport", "0"),
    ("tcp_timeout", "120"),
    ("udp_timeout", "30"),
    ("udppacketsize", "0"),
    ("usevc", "0"),
];

/// The names of the lists of either family, which are options by mistake.
pub(super) const LIST_NAMES: [&str; 2] = ["nameserver4", "nameserver6"];

/// What else an option may be called, with the attribute that it sets.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("attempts", "retry"),
    ("domain", "searchlist"),
    ("inet6", "prefer_v6"),
    ("nameserver", "nameservers"),
    ("nameserver4", LIST_NAMES[0]),
    ("nameserver6", LIST_NAMES[1]),
    ("nameservers", "nameservers"),
    ("searchlist", "searchlist"),
    ("srcaddr", "srcaddr"),
    ("timeout", "retrans"),
];

impl NetDns {
    /// A setting's value.
    #[must_use]
    pub fn setting(&self, name: &str) -> &[u8] {
        if let Some(setting) = self.settings.iter().find(|setting| setting.name == name) {
            return &setting.value;
        }
        SETTINGS.iter().find(|(known, _)| *known == name).map_or(&[], |(_, default)| default.as_bytes())
    }

    /// The port that SpamAssassin asks at. None when the option `port` gives no number: then it asks nobody. Numbers that
    /// are too high go round.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let digits = self.setting("port");
        let add = |port: u16, digit: &u8| port.wrapping_mul(10).wrapping_add((digit - b'0').into());
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, add))
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        is_true(self.setting(name))
    }

    /// An option: a name and values between colons. Empty ones at the end are none; without any the value is 1.
    pub(super) fn option(&mut self, option: Word, bytes: &[u8]) -> Result<(), Died> {
        let start = option.span.start as usize;
        let text = option.within(bytes);
        let end = text.iter().rposition(|&byte| byte != b':').map_or(0, |last| last + 1);
        let mut at = start;
        let mut fields = text[..end].split(|&byte| byte == b':').map(|field| {
            let span = Span::new(at, at + field.len());
            at += field.len() + 1;
            Word { span, ..option }
        });
        let Some(name) = fields.next().and_then(|name| attribute(name.within(bytes))) else { return Ok(()) };
        let mut values: Vec<Word> = fields.collect();
        if values.is_empty() {
            values.push(Word { is_implied: true, ..option });
        }
        let value = values[0].within(bytes);
        match name {
            "nameservers" => self.set_nameservers(&values, bytes)?,
            "searchlist" => self.set_search(values, bytes)?,
            "srcaddr" => {
                for word in values {
                    let value = word.within(bytes);
                    self.set(if is_ipv6(value) { "srcaddr6" } else { "srcaddr4" }, value, word);
                }
            }
            "udppacketsize" => self.set("udppacketsize", value, values[0]),
            "dnssec" => {
                self.set("dnssec", value, values[0]);
                if is_true(value) {
                    self.set("udppacketsize", b"2048", values[0]);
                }
            }
            "force_v4" => self.set_either("force_v4", "force_v6", value, values[0]),
            "force_v6" => self.set_either("force_v6", "force_v4", value, values[0]),
            "prefer_v4" => self.set_either("prefer_v4", "prefer_v6", value, values[0]),
            "prefer_v6" => self.set_either("prefer_v6", "prefer_v4", value, values[0]),
            "nameserver4" | "nameserver6" => {
                let is_ipv6 = usize::from(name == LIST_NAMES[1]);
                self.not_a_list[is_ipv6] = Some(values[0]);
                self.set(LIST_NAMES[is_ipv6], or_0(value), values[0]);
            }
            _ => self.set(name, or_0(value), values[0]),
        }
        Ok(())
    }

    /// One of two settings that exclude each other.
    fn set_either(&mut self, name: &'static str, other: &'static str, value: &[u8], written: Word) {
        if is_true(value) {
            self.set(name, b"1", written);
            self.set(other, b"0", written);
        } else {
            self.set(name, b"0", written);
        }
    }

    fn set(&mut self, name: &'static str, value: &[u8], written: Word) {
        self.settings.retain(|setting| setting.name != name);
        self.settings.push(Setting { name, value: value.to_vec(), written });
    }
}

/// The attribute that an option of this name sets.
fn attribute(name: &[u8]) -> Option<&'static str> {
    let settings = SETTINGS.iter().map(|&(name, _)| (name, name));
    let is_it = |known: &str| known.as_bytes().eq_ignore_ascii_case(name);
    settings.chain(OTHER_NAMES.iter().copied()).find(|(known, _)| is_it(known)).map(|(_, attribute)| attribute)
}

/// What Perl's `shift || 0` makes of a value.
fn or_0(value: &[u8]) -> &[u8] {
    if is_true(value) { value } else { b"0" }
}
