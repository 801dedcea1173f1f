//! What glibc's resolver makes of `/etc/resolv.conf` (`res_init.c` and `resolv_conf.c`), exactly.

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use memchr::memchr;

use super::address::{inet_aton, inet_pton6};
use crate::source::Span;

/// A version of glibc, as in 2.36.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version {
    /// The number before the dot.
    pub major: u16,
    /// The number behind it.
    pub minor: u16,
}

impl Version {
    /// The oldest version that is known: that of RHEL 7.
    pub const OLDEST: Self = Self { major: 2, minor: 17 };
    /// The newest version that is known.
    pub const NEWEST: Self = Self { major: 2, minor: 42 };

    /// The versions from 2.26 on keep the whole search list, and check it with an assertion that can fail.
    fn has_long_search(self) -> bool {
        self >= Self { major: 2, minor: 26 }
    }

    /// The versions from 2.29 on admit nothing behind an address, not even the CR of a CRLF.
    pub(super) fn is_exact(self) -> bool {
        self >= Self { major: 2, minor: 29 }
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let version = text
            .split_once('.')
            .and_then(|(major, minor)| Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? }));
        match version {
            Some(version) if version >= Self::OLDEST && version.major == 2 => Ok(version),
            Some(_) => Err(format!("the oldest glibc that is known is {}", Self::OLDEST)),
            None => Err("a version of glibc is written as in 2.36".into()),
        }
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// How many name servers are asked (`MAXNS`).
pub const MAX_SERVERS: usize = 3;
/// The largest `ndots` (`RES_MAXNDOTS`).
pub const MAX_NDOTS: i32 = 15;
/// The longest `timeout`, in seconds (`RES_MAXRETRANS`).
pub const MAX_TIMEOUT: i32 = 30;
/// The most `attempts` (`RES_MAXRETRY`).
pub const MAX_ATTEMPTS: i32 = 5;
/// How many networks of a sortlist are used (`MAXRESOLVSORT`).
const MAX_SORT: usize = 10;
/// How many search names older versions keep, and newer ones keep for programs that look (`MAXDNSRCH`).
pub const MAX_SEARCH: usize = 6;
/// The size of the buffer for them, with the NUL at the end.
pub const SEARCH_BUFFER: usize = 256;
/// Older versions read lines with `fgets` into a buffer of `BUFSIZ`.
const OLD_LINE: usize = 8191;

/// What the resolver has after reading the file.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// What stops every process that resolves a name, and where.
    pub fatal: Option<(Fatal, Span)>,
    /// All servers that were accepted, in order; the first [`MAX_SERVERS`] are asked.
    pub servers: Vec<Server>,
    /// The names of the last `search` or `domain` line that had any; none when there was no such line.
    pub search: Option<Vec<Span>>,
    /// The numbers and words of all `options` lines.
    pub options: Options,
    /// The networks of the `sortlist` lines, each with its mask.
    pub sortlist: Vec<(Ipv4Addr, Ipv4Addr)>,
    /// What became of each line that is no comment and not blank.
    pub lines: Vec<Line>,
}

/// How a file stops the processes that read it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fatal {
    /// They spin for ever: the scanner of `sortlist` stands on a byte that it never passes.
    Hang,
    /// They die of `SIGABRT`: the search list does not fit into a buffer in a way that an assertion forbids.
    Abort,
}

/// A name server that was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Server {
    /// Its address.
    pub address: IpAddr,
    /// The address as it is written, with its scope.
    pub written: Span,
    /// The scope behind a `%`.
    pub scope: Option<Span>,
}

/// What `options` lines set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// With fewer dots than this a name is tried with the search list first. A field of four bits.
    pub ndots: u8,
    /// Seconds to wait for the first server.
    pub timeout: i32,
    /// How many rounds there are.
    pub attempts: i32,
    /// The words that are in force, in the order of [`WORDS`].
    pub words: Vec<&'static str>,
}

/// The words that `options` knows, in the order in which they are compared, each with the version that brought it and
/// the one that dropped it. A word is compared only as far as it is long: `rotated` sets `rotate`.
pub const WORDS: &[(&str, u16, u16)] = &[
    ("rotate", 0, u16::MAX),
    ("edns0", 0, u16::MAX),
    ("single-request-reopen", 0, u16::MAX),
    ("single-request", 0, u16::MAX),
    ("no_tld_query", 0, u16::MAX),
    ("no-tld-query", 0, u16::MAX),
    ("no-reload", 26, u16::MAX),
    ("use-vc", 0, u16::MAX),
    ("trust-ad", 31, u16::MAX),
    ("no-aaaa", 36, u16::MAX),
    ("strict-error", 41, u16::MAX),
    ("inet6", 0, 29),
];

/// A line that says something, or was meant to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Its text, without the LF.
    pub span: Span,
    /// What it is to the resolver.
    pub what: Directive,
}

/// What a line is to the resolver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Directive {
    /// A server, by its index; or the text that is none.
    Server(Result<usize, Span>),
    /// A search list, with its names; an empty one is ignored.
    Search(Vec<Span>),
    /// A domain; an empty one is ignored.
    Domain(Option<Span>),
    /// A list of networks, each with its mask.
    Sortlist(Vec<Span>),
    /// Options, each a word with what it sets.
    Options(Vec<(Span, Setting)>),
    /// Nothing: the whole line is ignored.
    Ignored,
}

/// What a word of an `options` line sets, before numbers are cut to their range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Sets [`Options::ndots`].
    Ndots(i32),
    /// Sets [`Options::timeout`].
    Timeout(i32),
    /// Sets [`Options::attempts`].
    Attempts(i32),
    /// Puts one of [`WORDS`] in force.
    Word(&'static str),
    /// Puts one of them out of force.
    Clear(&'static str),
    /// Nothing that this version knows.
    Nothing,
}

impl State {
    /// Reads the file as a version of glibc does.
    #[must_use]
    pub fn read(bytes: &[u8], version: Version) -> Self {
        let options = Options { ndots: 1, timeout: 5, attempts: 2, words: Vec::new() };
        let mut state =
            Self { fatal: None, servers: Vec::new(), search: None, options, sortlist: Vec::new(), lines: Vec::new() };
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'\n' {
                at += 1;
                continue;
            }
            let window = if version.has_long_search() { bytes.len() } else { bytes.len().min(at + OLD_LINE) };
            let end = memchr(b'\n', &bytes[at..window]).map_or(window, |lf| at + lf);
            let text = &bytes[at..end];
            let text = &text[..memchr(0, text).unwrap_or(text.len())];
            state.line(text, at, version);
            at = if bytes.get(end) == Some(&b'\n') && end < window { end + 1 } else { end };
        }
        state.search = state.lines.iter().rev().find_map(|line| match &line.what {
            Directive::Search(names) if !names.is_empty() => Some(names.clone()),
            Directive::Domain(Some(name)) => Some(vec![*name]),
            _ => None,
        });
        if state.fatal.is_none() && version.has_long_search() {
            state.fatal = state.search.as_deref().and_then(aborts);
        }
        state
    }

    fn line(&mut self, text: &[u8], start: usize, version: Version) {
        if text.trim_ascii().is_empty() || matches!(text[0], b'#' | b';') {
            return;
        }
        let scan = Scan { text, start, at: 0 };
        let what = match scan.keyword() {
            Some((b"nameserver", value)) => self.nameserver(value, version),
            Some((b"search", value)) => Self::search(value, version),
            Some((b"domain", value)) => Self::domain(value, version),
            Some((b"sortlist", value)) => self.sortlist(value, version),
            Some((b"options", value)) => self.options(value, version),
            _ => Directive::Ignored,
        };
        self.lines.push(Line { span: Span::new(start, start + text.len()), what });
    }

    fn nameserver(&mut self, mut value: Scan<'_>, version: Version) -> Directive {
        let written = value.word();
        let text = written.0;
        let scope = memchr(b'%', text);
        let address = match inet_aton(text, version.is_exact()) {
            Some(address) => Some(IpAddr::V4(address)),
            None => inet_pton6(&text[..scope.unwrap_or(text.len())]).map(IpAddr::V6),
        };
        let Some(address) = address else { return Directive::Server(Err(written.1)) };
        let scope = scope.filter(|_| address.is_ipv6()).map(|at| {
            let start = written.1.start as usize + at + 1;
            Span::new(start, written.1.end as usize)
        });
        self.servers.push(Server { address, written: written.1, scope });
        Directive::Server(Ok(self.servers.len() - 1))
    }

    fn search(mut value: Scan<'_>, version: Version) -> Directive {
        if !version.has_long_search() {
            value.cut(SEARCH_BUFFER - 1);
        }
        let mut names: Vec<Span> = std::iter::from_fn(|| Some(value.word()).filter(|(text, _)| !text.is_empty()))
            .map(|(_, span)| span)
            .collect();
        if !version.has_long_search() {
            names.truncate(MAX_SEARCH);
        }
        Directive::Search(names)
    }

    fn domain(mut value: Scan<'_>, version: Version) -> Directive {
        if !version.has_long_search() {
            value.cut(SEARCH_BUFFER - 1);
        }
        let (name, span) = value.word();
        if name.is_empty() {
            return Directive::Domain(None);
        }
        Directive::Domain(Some(span))
    }

    fn sortlist(&mut self, mut value: Scan<'_>, version: Version) -> Directive {
        let is_mask = |byte: u8| matches!(byte, b'/' | b'&');
        let ends = |byte: u8| byte == b';' || !byte.is_ascii() || is_space(byte);
        let line_end = value.text.len();
        let mut networks = Vec::new();
        loop {
            value.skip_blanks();
            if value.at == line_end || value.text[value.at] == b';' {
                return Directive::Sortlist(networks);
            }
            let before = value.at;
            let token = value.until(|byte| ends(byte) || is_mask(byte));
            if let Some(address) = inet_aton(token, version.is_exact()) {
                let mut mask = None;
                if value.text.get(value.at).copied().is_some_and(is_mask) {
                    value.at += 1;
                    mask = inet_aton(value.until(ends), version.is_exact());
                }
                if self.sortlist.len() < MAX_SORT {
                    self.sortlist.push((address, mask.unwrap_or_else(|| class_mask(address))));
                }
            }
            if value.at == before {
                let byte = value.start + value.at;
                self.fatal.get_or_insert((Fatal::Hang, Span::new(byte, byte + 1)));
                return Directive::Sortlist(networks);
            }
            networks.push(Span::new(value.start + before, value.start + value.at));
        }
    }

    fn options(&mut self, mut value: Scan<'_>, version: Version) -> Directive {
        let mut words = Vec::new();
        loop {
            let (word, span) = value.word();
            if word.is_empty() {
                return Directive::Options(words);
            }
            let rest = &value.text[span.start as usize - value.start..];
            let setting = Setting::read(word, rest, version);
            self.options.set(setting);
            words.push((span, setting));
        }
    }

    /// The servers that are asked: those that were accepted, or the loopback address.
    #[must_use]
    pub fn asked(&self) -> Vec<IpAddr> {
        let asked: Vec<IpAddr> = self.servers.iter().take(MAX_SERVERS).map(|server| server.address).collect();
        if asked.is_empty() { vec![IpAddr::V4(Ipv4Addr::LOCALHOST)] } else { asked }
    }
}

impl Setting {
    /// What a word sets. A number may stand after blanks, in what is the next word for the rest: `rest` is the line from
    /// the word on.
    fn read(word: &[u8], rest: &[u8], version: Version) -> Self {
        if rest.starts_with(b"ndots:") {
            return Self::Ndots(atoi(&rest[6..]));
        }
        if rest.starts_with(b"timeout:") {
            return Self::Timeout(atoi(&rest[8..]));
        }
        if rest.starts_with(b"attempts:") {
            return Self::Attempts(atoi(&rest[9..]));
        }
        let (word, clears) = match word {
            [b'-', rest @ ..] if version.minor >= 41 => (rest, true),
            word => (word, false),
        };
        let known = WORDS.iter().filter(|&&(_, from, to)| (from..to).contains(&version.minor));
        match known.copied().find(|(name, ..)| word.starts_with(name.as_bytes())) {
            None => Self::Nothing,
            Some((name, ..)) if clears => Self::Clear(name),
            Some((name, ..)) => Self::Word(name),
        }
    }
}

impl Options {
    fn set(&mut self, setting: Setting) {
        match setting {
            // A field of four bits takes what is left of a negative number.
            Setting::Ndots(ndots) => self.ndots = u8::try_from(ndots.min(MAX_NDOTS) & MAX_NDOTS).unwrap_or_default(),
            Setting::Timeout(timeout) => self.timeout = timeout.min(MAX_TIMEOUT),
            Setting::Attempts(attempts) => self.attempts = attempts.min(MAX_ATTEMPTS),
            Setting::Word(name) | Setting::Clear(name) => {
                let name = if name == "no_tld_query" { "no-tld-query" } else { name };
                self.words.retain(|known| *known != name);
                if matches!(setting, Setting::Word(_)) {
                    self.words.push(name);
                    self.words.sort_by_key(|word| WORDS.iter().position(|(known, ..)| known == word));
                }
            }
            Setting::Nothing => {}
        }
    }
}

/// The rule of the assertion in `update_from_conf`: names are copied into a buffer of 256 bytes as long as they fit; where
/// one of the first six does not, and it is the first or those before it are short, what was copied is taken for another list.
fn aborts(names: &[Span]) -> Option<(Fatal, Span)> {
    const SHORT: usize = 56;
    let mut used = 0;
    for (index, name) in names.iter().take(MAX_SEARCH).enumerate() {
        let size = name.range().len() + 1;
        if used + size > SEARCH_BUFFER {
            return (index == 0 || used <= SHORT).then_some((Fatal::Abort, *name));
        }
        used += size;
    }
    None
}

/// The mask of a network's class, as `net_mask` in glibc gives it.
fn class_mask(address: Ipv4Addr) -> Ipv4Addr {
    match address.octets()[0] {
        0..=127 => Ipv4Addr::new(255, 0, 0, 0),
        128..=191 => Ipv4Addr::new(255, 255, 0, 0),
        _ => Ipv4Addr::new(255, 255, 255, 0),
    }
}

/// C's `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// C's `atoi`: white space, a sign, digits; anything else is 0. Numbers that do not fit are cut as `strtol` and a cast do.
fn atoi(text: &[u8]) -> i32 {
    let text = &text[text.iter().take_while(|&&byte| is_space(byte)).count()..];
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    let value = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_i64, |value, digit| value.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    let value = if negative && value == i64::MAX {
        i64::MIN
    } else if negative {
        -value
    } else {
        value
    };
    let low = u32::try_from(value & 0xffff_ffff).unwrap_or_default();
    low.cast_signed()
}

/// A line's text and how far it was read.
#[derive(Clone, Copy)]
struct Scan<'t> {
    text: &'t [u8],
    /// The offset of the text in the file.
    start: usize,
    at: usize,
}

impl<'t> Scan<'t> {
    /// The keyword at the first byte, if exactly a blank or a tab follows, and what stands behind it.
    fn keyword(self) -> Option<(&'t [u8], Self)> {
        let end = self.text.iter().position(|&byte| matches!(byte, b' ' | b'\t'))?;
        Some((&self.text[..end], Self { at: end, ..self }))
    }

    fn skip_blanks(&mut self) {
        self.at += self.text[self.at..].iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    }

    fn until(&mut self, ends: impl Fn(u8) -> bool) -> &'t [u8] {
        let rest = &self.text[self.at..];
        let len = rest.iter().position(|&byte| ends(byte)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// The next word; empty at the end.
    fn word(&mut self) -> (&'t [u8], Span) {
        self.skip_blanks();
        let start = self.start + self.at;
        let word = self.until(|byte| matches!(byte, b' ' | b'\t'));
        (word, Span::new(start, start + word.len()))
    }

    /// Leaves so many bytes of the value.
    fn cut(&mut self, len: usize) {
        self.skip_blanks();
        self.text = &self.text[..self.text.len().min(self.at + len)];
    }
}
