//! What Net::DNS makes of `/etc/resolv.conf`, exactly. SpamAssassin reads the file through it, so that spamd may ask
//! other servers than Exim on the same machine, or none.
//!
//! Read from Net::DNS 1.36 (`Net/DNS/Resolver/Base.pm` and `UNIX.pm`) and held against it by `tests/net_dns.rs`. 1.15
//! (EL8) and 1.29 (EL9) read the file in the same way; their messages for bad names differ a little, and 1.15 looks words
//! up along the search list. What versions after 1.36 do is not known here.

use std::net::{IpAddr, Ipv4Addr};

use memchr::{memchr, memchr2};

use super::address::{inet_aton, inet_pton6};
use super::domain_name::{DomainName, reversed};
use super::perl::{is_true, number};
use crate::source::Span;

/// What a `Net::DNS::Resolver` has after reading its files.
///
/// There may be three of them, read in this order: `/etc/resolv.conf` when it is a file that can be read, then
/// `.resolv.conf` in the folder of `HOME` and in the working folder, each when it is a file of the effective user. (One of
/// these two that the user may not read is the end: `new` dies.) It is settled when the module is loaded, that is when
/// spamd starts. Of several files each option's last value counts, the last file with a `nameserver` replaces all
/// servers before, and the last one with a `search` or `domain` replaces all names.
#[derive(Clone, Debug)]
pub struct NetDns {
    /// The servers, in order. None at all when no word of the last `nameserver` lines was an address.
    pub nameservers: Vec<Nameserver>,
    /// The names to search: all those of the last file's `search` lines, or else of its last `domain` line. None when no
    /// file has any, then it is the part of the host's name after the first dot.
    ///
    /// SpamAssassin never uses them, but a name that Net::DNS does not accept leaves it without a resolver.
    pub search: Option<Vec<Word>>,
    /// The settings that options changed.
    pub settings: Vec<Setting>,
    /// The words that stand in the place of a server and are no address to Net::DNS, in order. It asks the servers that it
    /// has so far (at first those of the loopback address) for their addresses, and only what is answered becomes a
    /// server.
    pub looked_up: Vec<Word>,
    /// How many seconds these questions take when nobody answers: a process that loads the resolver stands still for so
    /// long. Infinite when it never comes to an end.
    pub wait: f64,
    /// Why Net::DNS died, if it did: nothing behind that place was read, and SpamAssassin has no resolver.
    pub died: Option<Died>,
    /// The first name with a byte beyond ASCII. Where Net::LibIDN2 or Net::LibIDN is installed it is given to them, and
    /// mostly Net::DNS dies of it (`string contains a disallowed character`). The rest of this state is that without them.
    pub non_ascii: Option<Word>,
    /// The options `nameserver4` and `nameserver6` put a text in the place of a list, which kills the next to look there.
    not_a_list: [Option<Word>; 2],
    /// How many files were read.
    files: u8,
}

/// A word, and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// The file, by its place in the order of reading.
    pub file: u8,
    /// The word; or the option, when it has no value and its value is therefore `1`.
    pub span: Span,
    /// Whether the text is that `1`, which is not written.
    pub is_implied: bool,
}

impl Word {
    /// The word's text. `files` are those that were read, in order.
    #[must_use]
    pub fn text<'f>(self, files: &[&'f [u8]]) -> &'f [u8] {
        files.get(usize::from(self.file)).map_or(&[], |bytes| self.within(bytes))
    }

    fn within(self, bytes: &[u8]) -> &[u8] {
        if self.is_implied { b"1" } else { bytes.get(self.span.range()).unwrap_or_default() }
    }
}

/// A server. Net::DNS keeps its text; whether that is a real address shows only when somebody connects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nameserver {
    /// Where it is written; nowhere when it is one of the two by default, `::1` and `127.0.0.1`.
    pub written: Option<Word>,
    /// Whether it counts as an IPv6 address.
    pub is_ipv6: bool,
}

impl Nameserver {
    /// The text that Net::DNS keeps.
    #[must_use]
    pub fn text<'f>(self, files: &[&'f [u8]]) -> &'f [u8] {
        match self.written {
            Some(word) => word.text(files),
            None if self.is_ipv6 => b"::1",
            None => b"127.0.0.1",
        }
    }

    /// The address that the text is to `getaddrinfo`, which SpamAssassin connects with: `192.168.001.010` is
    /// 192.168.1.8. None means that it would have to be looked up; SpamAssassin says so and goes on to the next server.
    #[must_use]
    pub fn address(self, files: &[&[u8]]) -> Option<IpAddr> {
        let text = self.text(files);
        if self.is_ipv6 {
            return inet_pton6(&text[..memchr(b'%', text).unwrap_or(text.len())]).map(IpAddr::V6);
        }
        inet_aton(text, true).map(IpAddr::V4)
    }
}

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

/// The end of a resolver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Died {
    /// What Net::DNS or SpamAssassin says, up to the ` at FILE line NUMBER.` that Perl puts behind.
    /// SpamAssassin puts `dns: resolver create failed: ` before it.
    pub message: Vec<u8>,
    /// The word that it died of.
    pub word: Option<Word>,
}

/// What SpamAssassin dies with when it has no server.
pub const NO_SERVERS: &str = "available_nameservers: No DNS servers available!";

impl Default for NetDns {
    /// What there is before any file is read.
    fn default() -> Self {
        let loopback = |is_ipv6| Nameserver { written: None, is_ipv6 };
        Self {
            nameservers: vec![loopback(true), loopback(false)],
            search: None,
            settings: Vec::new(),
            looked_up: Vec::new(),
            wait: 0.0,
            died: None,
            non_ascii: None,
            not_a_list: [None; 2],
            files: 0,
        }
    }
}

impl NetDns {
    /// Reads the next file.
    pub fn read(&mut self, bytes: &[u8]) {
        if self.died.is_none() {
            self.died = self.read_lines(bytes).err();
        }
        self.files = self.files.saturating_add(1);
    }

    /// A setting's value.
    #[must_use]
    pub fn setting(&self, name: &str) -> &[u8] {
        if let Some(setting) = self.settings.iter().find(|setting| setting.name == name) {
            return &setting.value;
        }
        SETTINGS.iter().find(|(known, _)| *known == name).map_or(&[], |(_, default)| default.as_bytes())
    }

    /// The port that SpamAssassin asks at. None when the option `port` gives no number: then it asks nobody.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        str::from_utf8(self.setting("port")).ok().filter(|text| !text.starts_with('+'))?.parse().ok()
    }

    /// The servers in the order in which SpamAssassin goes through them. On a machine without IPv6 these are only those
    /// that are a plain IPv4 address.
    ///
    /// It sends each question to the first and waits for its answer only. It goes on to the next when sending itself fails.
    ///
    /// # Errors
    /// What SpamAssassin has no resolver for.
    pub fn spamassassin(&self, files: &[&[u8]], has_ipv6: bool) -> Result<Vec<Nameserver>, Died> {
        if let Some(died) = &self.died {
            return Err(died.clone());
        }
        let mut servers = self.in_order(!has_ipv6, has_ipv6 && self.is_on("force_v6"))?;
        if !has_ipv6 {
            let is_plain = |text: &[u8]| str::from_utf8(text).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok());
            servers.retain(|server| is_plain(server.text(files)));
        }
        if servers.is_empty() {
            return Err(Died { message: NO_SERVERS.into(), word: self.looked_up.last().copied() });
        }
        Ok(servers)
    }

    /// The servers as `nameservers` gives them: with the preferred family first, without one that is switched off.
    fn in_order(&self, force_v4: bool, force_v6: bool) -> Result<Vec<Nameserver>, Died> {
        let family = |is_ipv6: bool, is_off: bool| {
            let broken = self.not_a_list[usize::from(is_ipv6)].filter(|_| !is_off);
            let servers = self.nameservers.iter().filter(move |server| server.is_ipv6 == is_ipv6 && !is_off);
            broken
                .map_or_else(|| Ok(servers.copied().collect::<Vec<_>>()), |word| Err(self.not_a_list_of(word, is_ipv6)))
        };
        let (v4, v6) = (family(false, force_v6)?, family(true, force_v4)?);
        let mut servers = self.nameservers.clone();
        if self.is_on("prefer_v4") || v6.is_empty() {
            servers = [v4.as_slice(), &v6].concat();
        }
        if self.is_on("prefer_v6") || v4.is_empty() {
            servers = [v6.as_slice(), &v4].concat();
        }
        if servers.is_empty() {
            // Why there are none is looked up in both lists.
            family(false, false)?;
            family(true, false)?;
        }
        Ok(servers)
    }

    fn not_a_list_of(&self, word: Word, is_ipv6: bool) -> Died {
        const SHOWN: usize = 32;
        let value = self.setting(LIST_NAMES[usize::from(is_ipv6)]);
        let (shown, quote): (_, &[u8]) = match value.get(..SHOWN) {
            Some(start) if value.len() > SHOWN => (start, b"\"..."),
            _ => (value, b"\""),
        };
        let message =
            [b"Can't use string (\"", shown, quote, b") as an ARRAY ref while \"strict refs\" in use"].concat();
        Died { message, word: Some(word) }
    }

    fn is_on(&self, name: &str) -> bool {
        is_true(self.setting(name))
    }

    /// Keywords are compared at the start of the line and only as far as they are long, after what follows a `;` or `#` was
    /// taken away. Servers and search names take effect at the end of the file, domains and options where they stand.
    fn read_lines(&mut self, bytes: &[u8]) -> Result<(), Died> {
        let (mut servers, mut names) = (Vec::new(), Vec::new());
        let mut start = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = &line[..memchr2(b';', b'#', line).unwrap_or(line.len())];
            let mut words = words(text, start, self.files);
            start += line.len();
            // The keyword's own word, with whatever is glued to it.
            let keyword = words.next();
            if text.starts_with(b"nameserver") {
                servers.extend(words);
            } else if text.starts_with(b"domain") {
                let Some(name) = words.next() else {
                    return Err(Died { message: b"domain identifier undefined".into(), word: keyword });
                };
                self.set_search(vec![name], bytes)?;
            } else if text.starts_with(b"search") {
                names.extend(words);
            } else if text.starts_with(b"option") {
                words.try_for_each(|word| self.option(word, bytes))?;
            }
        }
        if !servers.is_empty() {
            self.set_nameservers(&servers, bytes)?;
        }
        if !names.is_empty() {
            self.set_search(names, bytes)?;
        }
        Ok(())
    }

    fn set_search(&mut self, names: Vec<Word>, bytes: &[u8]) -> Result<(), Died> {
        for &word in &names {
            self.name(word, word.within(bytes))?;
        }
        self.search = Some(names);
        Ok(())
    }

    /// A word as the name of a domain.
    fn name(&mut self, word: Word, text: &[u8]) -> Result<DomainName, Died> {
        if !text.is_ascii() {
            self.non_ascii.get_or_insert(word);
        }
        DomainName::new(text).map_err(|message| Died { message, word: Some(word) })
    }

    fn set_nameservers(&mut self, words: &[Word], bytes: &[u8]) -> Result<(), Died> {
        let mut servers = Vec::new();
        // While words are looked up the settings and the servers before remain.
        let mut asked = None;
        for &word in words {
            let text = word.within(bytes);
            if is_ipv4(text) || is_ipv6(text) {
                servers.push(Nameserver { written: Some(word), is_ipv6: !is_ipv4(text) });
                continue;
            }
            self.looked_up.push(word);
            let size = match reversed(text) {
                Some(name) => self.name(word, &name)?.size,
                None => self.name(word, text)?.size,
            };
            let asked = match asked {
                Some(count) => count,
                None => *asked.insert(self.in_order(self.is_on("force_v4"), self.is_on("force_v6"))?.len()),
            };
            // Once for its IPv4 and once for its IPv6 addresses.
            self.wait += 2.0 * self.wait_for(size, asked).map_err(|message| Died { message, word: Some(word) })?;
        }
        self.nameservers = servers;
        self.not_a_list = [None; 2];
        Ok(())
    }

    /// How long one question waits, in seconds, when none of the servers that are asked answers.
    fn wait_for(&self, name_size: usize, servers: usize) -> Result<f64, Vec<u8>> {
        const HEADER: usize = 12;
        const TYPE_AND_CLASS: usize = 4;
        const EDNS: usize = 11;
        const PACKET: f64 = 512.0;
        // So often the waiting doubles until it is infinite to Perl's numbers. (Without a server Perl only counts.)
        const ENDLESS: f64 = 1024.0;
        let edns = if self.is_on("udppacketsize") || self.is_on("dnssec") { EDNS } else { 0 };
        let size = u32::try_from(HEADER + name_size + TYPE_AND_CLASS + edns).map_or(f64::INFINITY, f64::from);
        let servers = u32::try_from(servers).map_or(f64::INFINITY, f64::from);
        if self.is_on("usevc") || size > number(self.setting("udppacketsize")).max(PACKET) {
            return Ok(servers * number(self.setting("tcp_timeout")).max(0.0));
        }
        let default = |name| if self.is_on(name) { number(self.setting(name)) } else { 1.0 };
        let (retrans, rounds) = (default("retrans"), default("retry").trunc());
        if rounds.is_nan() || rounds.abs() >= 9_223_372_036_854_775_808.0 {
            return Err(b"Range iterator outside integer range".into());
        }
        if rounds >= ENDLESS {
            return Ok(f64::INFINITY);
        }
        if servers == 0.0 || rounds < 1.0 {
            return Ok(0.0);
        }
        Ok(retrans.max(0.0) * (rounds.exp2() - 1.0))
    }

    /// An option: a name and values between colons. Empty ones at the end are none; without any the value is 1.
    fn option(&mut self, option: Word, bytes: &[u8]) -> Result<(), Died> {
        let start = option.span.start as usize;
        let text = option.within(bytes);
        let end = text.iter().rposition(|&byte| byte != b':').map_or(0, |last| last + 1);
        let mut at = start;
        let mut fields = text[..end].split(|&byte| byte == b':').map(|field| {
            let span = Span::new(at, at + field.len());
            at += field.len() + 1;
            Word { span, ..option }
        });
        let Some(name) = fields.next() else { return Ok(()) };
        let name = name.within(bytes).to_ascii_lowercase();
        let mut values: Vec<Word> = fields.collect();
        if values.is_empty() {
            values.push(Word { is_implied: true, ..option });
        }
        let name = match str::from_utf8(&name).unwrap_or_default() {
            "attempts" => "retry",
            "timeout" => "retrans",
            "inet6" => "prefer_v6",
            name => name,
        };
        let value = values[0].within(bytes);
        match name {
            "nameserver" | "nameservers" => self.set_nameservers(&values, bytes)?,
            "domain" | "searchlist" => self.set_search(values, bytes)?,
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
            _ => {
                let lists = LIST_NAMES.iter().zip(&mut self.not_a_list);
                let lists = lists.filter(|(known, _)| **known == name).map(|(known, list)| {
                    *list = Some(values[0]);
                    *known
                });
                let settings = SETTINGS.iter().map(|(known, _)| *known).filter(|known| *known == name);
                if let Some(known) = lists.chain(settings).next() {
                    self.set(known, if is_true(value) { value } else { b"0" }, values[0]);
                }
            }
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

/// The names of the lists of either family, which are options by mistake.
const LIST_NAMES: [&str; 2] = ["nameserver4", "nameserver6"];

/// The words of a line, as Perl's `split` gives them: the white space between them is ASCII's.
fn words(text: &[u8], start: usize, file: u8) -> impl Iterator<Item = Word> {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().take_while(|&&byte| is_space(byte)).count();
        let len = text[at..].iter().take_while(|&&byte| !is_space(byte)).count();
        let span = Span::new(start + at, start + at + len);
        at += len;
        (len > 0).then_some(Word { file, span, is_implied: false })
    })
}

/// What Net::DNS takes for an IPv4 address without asking anybody: digits and dots, with digits between two dots.
/// `192.0.2` and `192.0.2.256` are some, `8` and `127.1` are none.
fn is_ipv4(text: &[u8]) -> bool {
    let parts = || text.split(|&byte| byte == b'.');
    let inner = parts().count().saturating_sub(2);
    text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && parts().skip(1).take(inner).any(|part| !part.is_empty())
}

/// What it takes for an IPv6 address: two colons, and besides them hexadecimal digits; or also dots, with anything behind
/// a `%`, or when only digits and dots follow the last colon.
fn is_ipv6(text: &[u8]) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    let colons = text.iter().filter(|&&byte| byte == b':').count();
    if colons < 2 {
        return false;
    }
    let address = &text[..memchr(b'%', text).unwrap_or(text.len())];
    if address.len() < text.len() {
        let has_scope = text.len() > address.len() + 1;
        return has_scope && !address.is_empty() && address.iter().all(|byte| is_hex(byte) || *byte == b'.');
    }
    let colon = text.iter().rposition(|&byte| byte == b':').unwrap_or_default();
    text.iter().all(is_hex)
        || colon > 0
            && colon + 1 < text.len()
            && text[..colon].iter().all(is_hex)
            && text[colon + 1..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}
