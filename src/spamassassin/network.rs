//! The lists of networks: `trusted_networks`, `internal_networks`, `msa_networks`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::is_digits;
use super::complaint::{Complaint, Level};
use super::reading::At;
use super::version::Version;

/// A network: an address of 128 bits, and how many of them count. An IPv4 address fills the last 32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: u128,
    length: u8,
    family: Family,
}

/// How a network is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Family {
    /// As numbers with dots.
    Ipv4,
    Ipv6,
    /// As a word that stands for an IPv4 network. SpamAssassin takes it for one of IPv6.
    Word,
}

impl Network {
    fn contains(self, other: Self) -> bool {
        // Of an IPv4 network SpamAssassin has a form for IPv6 as well: it then lies in `::ffff:0:0/96`.
        let differing = if self.family == other.family || self.family != Family::Ipv4 && other.family != Family::Ipv4 {
            self.address ^ other.address
        } else {
            self.in_ipv6() ^ other.in_ipv6()
        };
        self.length <= other.length && differing.checked_shr(128 - u32::from(self.length)).unwrap_or(0) == 0
    }

    /// The first bits, so many of them, in each of the network's forms: whether that is IPv4's own, and the bits.
    fn begins(self, length: u8) -> impl IntoIterator<Item = (bool, u128)> {
        let shift = 128 - u32::from(length);
        let own = (self.family == Family::Ipv4).then_some((true, self.address));
        let forms = [Some((false, self.in_ipv6())), own];
        forms.into_iter().flatten().map(move |(is_ipv4, address)| (is_ipv4, address.checked_shr(shift).unwrap_or(0)))
    }

    fn in_ipv6(self) -> u128 {
        if self.family == Family::Ipv4 { self.address | 0xffff_0000_0000 } else { self.address }
    }

    /// As SpamAssassin writes it: `10.1.1.1/32`, `0:0:0:0:0:0:0:1/128`.
    fn written(self) -> String {
        if self.family == Family::Ipv6 {
            let parts = Ipv6Addr::from(self.address).segments().map(|part| format!("{part:X}"));
            return format!("{}/{}", parts.join(":"), self.length);
        }
        let address = u32::try_from(self.address & 0xffff_ffff).unwrap_or_default();
        format!("{}/{}", Ipv4Addr::from(address), self.length.saturating_sub(96))
    }
}

/// A word of a line, taken to pieces.
struct Word<'w> {
    is_excluded: bool,
    address: &'w [u8],
    /// What stands behind the `%` of an address.
    scope: Option<&'w [u8]>,
    /// What stands behind the slash.
    length: Option<&'w [u8]>,
}

impl<'w> Word<'w> {
    fn of(word: &'w [u8]) -> Self {
        let (is_excluded, text) = match word {
            [b'!', text @ ..] => (true, text),
            text => (false, text),
        };
        let (mut address, length) = match text.iter().position(|&byte| byte == b'/') {
            Some(slash) => (&text[..slash], Some(&text[slash + 1..])),
            None => (text, None),
        };
        if let [b'[', inner @ .., b']'] = address
            && !inner.contains(&b']')
        {
            address = inner;
        }
        let is_scope = |byte: &u8| byte.is_ascii_alphanumeric() || b"._~-".contains(byte);
        let percent = address.iter().rposition(|&byte| byte == b'%');
        let percent = percent.filter(|&percent| address[percent + 1..].iter().all(is_scope));
        let scope = percent.map(|percent| &address[percent + 1..]);
        Self { is_excluded, address: &address[..percent.unwrap_or(address.len())], scope, length }
    }

    fn network(&self) -> Result<Network, Complaint> {
        let digits = self.address.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let looks_like_ipv4 = digits > 0 && matches!(self.address.get(digits), None | Some(b'.'));
        let network = if looks_like_ipv4 {
            let (parts, default) = ipv4_parts(self.address).ok_or(Complaint::IllegalIpv4)?;
            ipv4(parts, self.length.unwrap_or(default))
        } else {
            other(self.address, self.length)
        };
        network.ok_or(Complaint::IllegalIp)
    }
}

/// The network of a word as SpamAssassin writes it.
pub fn written(word: &[u8]) -> Vec<u8> {
    Word::of(word).network().map_or_else(|_| Vec::new(), |network| network.written().into_bytes())
}

/// What stands behind the `%` of a word.
pub fn scope(word: &[u8]) -> &[u8] {
    Word::of(word).scope.unwrap_or_default()
}

/// One entry of a list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The network.
    pub network: Network,
    /// Whether it is taken out, with `!`.
    pub is_excluded: bool,
    /// As it is written in the file.
    pub word: Box<[u8]>,
    /// Where it is written; `None` for what is built in, and what the site's files say when a user's are read.
    pub at: Option<At>,
}

/// A list of networks. The first entry that contains an address decides.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// The entries, in order. The built-in loopback networks are among them.
    pub entries: Vec<Entry>,
    /// Whether a line has added to the list since it was last cleared.
    pub is_configured: bool,
}

/// From how many entries on SpamAssassin no longer looks whether an entry is declared already.
const CHECKED: usize = 200;

impl Networks {
    /// A list with the networks that are built in.
    #[must_use]
    pub fn with_loopback() -> Self {
        let mut list = Self::default();
        list.add(b"127.0.0.0/8", None, Version::NEWEST, &mut |_, _| {});
        list.add(b"::1", None, Version::NEWEST, &mut |_, _| {});
        list
    }

    /// Adds a word of a line, which stands at a place unless it is built in.
    pub fn add(&mut self, word: &[u8], at: Option<At>, version: Version, complain: &mut dyn FnMut(Level, Complaint)) {
        // Everything with a dash is held to be a range, and for those a module is needed that nobody has.
        if word.contains(&b'-') && version >= Version::V40 {
            complain(Level::Warning, Complaint::RangeNeedsModule);
            return;
        }
        let parts = Word::of(word);
        if parts.scope.is_some() {
            complain(Level::Info, Complaint::IgnoredScope);
        }
        let is_excluded = parts.is_excluded;
        let network = match parts.network() {
            Ok(network) => network,
            Err(complaint) => {
                complain(Level::Warning, complaint);
                return;
            }
        };
        if self.entries.len() < CHECKED
            && let Some(entry) = self.entries.iter().find(|entry| entry.network.contains(network))
        {
            let was_excluded = entry.is_excluded;
            complain(Level::Warning, Complaint::AlreadyDeclared { excludes: is_excluded, was_excluded });
            return;
        }
        self.entries.push(Entry { network, is_excluded, word: word.into(), at });
    }

    /// The same list, for files that it is not written in.
    #[must_use]
    pub fn elsewhere(&self) -> Self {
        let mut list = self.clone();
        list.entries.iter_mut().for_each(|entry| entry.at = None);
        list
    }

    /// The list in a form in which networks are found in it, however long it is.
    pub(super) fn index(&self) -> Index {
        let mut index = Index { lengths: Vec::new(), firsts: HashMap::new() };
        for (at, entry) in self.entries.iter().enumerate() {
            for begin in entry.network.begins(entry.network.length) {
                index.firsts.entry((entry.network.length, begin)).or_insert((at, entry.is_excluded));
            }
            index.lengths.push(entry.network.length);
        }
        index.lengths.sort_unstable();
        index.lengths.dedup();
        index
    }
}

/// A list of networks by their lengths and first bits.
pub(super) struct Index {
    lengths: Vec<u8>,
    /// The first entry of each, and whether it is excluded.
    firsts: HashMap<(u8, (bool, u128)), (usize, bool)>,
}

impl Index {
    /// Whether a network lies in the list.
    pub(super) fn contains(&self, network: Network) -> bool {
        let lengths = self.lengths.iter().take_while(|&&length| length <= network.length);
        let found = lengths.flat_map(|&length| {
            network.begins(length).into_iter().filter_map(move |begin| self.firsts.get(&(length, begin)))
        });
        found.min().is_some_and(|&(_, is_excluded)| !is_excluded)
    }
}

/// One to four numbers with dots between them, and a dot behind up to three; and the length that goes with so many.
fn ipv4_parts(address: &[u8]) -> Option<([u32; 4], &'static [u8])> {
    const LENGTHS: [&[u8]; 4] = [b"8", b"16", b"24", b"32"];
    let (mut parts, mut count, mut rest) = ([0; 4], 0, address);
    while count < 4 {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            break;
        }
        parts[count] = rest[..digits]
            .iter()
            .fold(0_u32, |value, digit| value.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
        count += 1;
        match &rest[digits..] {
            [] => return Some((parts, LENGTHS[count - 1])),
            [b'.', more @ ..] => rest = more,
            _ => return None,
        }
    }
    // Behind a fourth number no dot may stand.
    (rest.is_empty() && (1..4).contains(&count)).then(|| (parts, LENGTHS[count - 1]))
}

fn ipv4(parts: [u32; 4], length: &[u8]) -> Option<Network> {
    let mut address = 0_u32;
    for part in parts {
        address = address << 8 | u32::from(u8::try_from(part).ok()?);
    }
    let length = ipv4_length(length)?;
    Some(Network { address: address.into(), length: length + 96, family: Family::Ipv4 })
}

/// A length: a number up to 32, a mask of ones and then zeros, or one of two words.
fn ipv4_length(text: &[u8]) -> Option<u8> {
    let text = str::from_utf8(text).ok()?;
    if is_digits(text.as_bytes()) {
        return text.parse().ok().filter(|&length: &u8| length <= 32);
    }
    match text.to_ascii_lowercase().as_str() {
        "any" | "default" => return Some(0),
        "host" => return Some(32),
        _ => {}
    }
    let mask = u32::from(text.parse::<Ipv4Addr>().ok()?);
    (mask.leading_ones() + mask.trailing_zeros() >= 32).then(|| u8::try_from(mask.leading_ones()).unwrap_or_default())
}

/// What does not look like IPv4 is what the module `NetAddr::IP` takes: IPv6, and a few words.
fn other(address: &[u8], length: Option<&[u8]>) -> Option<Network> {
    const WORDS: [&[u8]; 6] = [b"any", b"default", b"broadcast", b"loopback", b"localhost", b"unspecified"];
    // Only 3.4 comes here with one: to NetAddr::IP it is a number below 0.
    if let Some(digits) = address.strip_prefix(b"-").filter(|digits| is_digits(digits)) {
        let below: u32 = str::from_utf8(digits).ok()?.parse().ok()?;
        let length = length.map_or(Some(32), ipv4_length)? + 96;
        return Some(Network { address: below.wrapping_neg().into(), length, family: Family::Word });
    }
    if memchr::memchr(b':', address).is_none() && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(address)) {
        return None;
    }
    let whole = length.map_or(address.to_vec(), |length| [address, b"/", length].concat());
    if let Some(open) = whole.iter().position(|&byte| byte == b'[')
        && let Some(inner) =
            whole[open + 1..].split(|&byte| byte == b']').next().filter(|inner| inner.len() + open + 1 < whole.len())
    {
        // What stands around brackets does not count.
        let slash = inner.iter().position(|&byte| byte == b'/').unwrap_or(inner.len());
        let length = inner.get(slash + 1..).map_or(Some(128), ipv6_length)?;
        let address = ipv6(&str::from_utf8(&inner[..slash]).ok()?.to_ascii_lowercase())?;
        return Some(Network { address: u128::from(address), length, family: Family::Ipv6 });
    }
    let text = str::from_utf8(address).ok()?.to_ascii_lowercase();
    let word = |address: Ipv4Addr, default: u8| {
        let length = length.map_or(Some(default), ipv4_length)?;
        Some(Network { address: u32::from(address).into(), length: length + 96, family: Family::Word })
    };
    match text.as_str() {
        // Really all networks, those of IPv6 too.
        "any" | "default" if length.is_none() => return Some(Network { address: 0, length: 0, family: Family::Word }),
        "any" | "default" => return word(Ipv4Addr::UNSPECIFIED, 0),
        "broadcast" => return word(Ipv4Addr::BROADCAST, 32),
        "loopback" => return word(Ipv4Addr::LOCALHOST, 8),
        "localhost" => return word(Ipv4Addr::LOCALHOST, 32),
        _ => {}
    }
    let address = if text == "unspecified" { Ipv6Addr::UNSPECIFIED } else { ipv6(&text)? };
    let length = match length {
        None => 128,
        Some(length) => ipv6_length(length)?,
    };
    Some(Network { address: u128::from(address), length, family: Family::Ipv6 })
}

/// An IPv6 address; the IPv4 address that it may end with may have leading zeros, and where the first or the last group
/// is empty, it is 0.
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    let first = if text.starts_with(':') && !text.starts_with("::") { "0" } else { "" };
    let last = if text.ends_with(':') && !text.ends_with("::") { "0" } else { "" };
    if !(first.is_empty() && last.is_empty()) {
        return whole_ipv6(&[first, text, last].concat());
    }
    whole_ipv6(text)
}

fn whole_ipv6(text: &str) -> Option<Ipv6Addr> {
    if let Ok(IpAddr::V6(address)) = text.parse::<IpAddr>() {
        return Some(address);
    }
    let (head, tail) = text.rsplit_once(':')?;
    let (parts, length) = ipv4_parts(tail.as_bytes()).filter(|(_, length)| *length == b"32")?;
    let network = ipv4(parts, length)?;
    let low = u32::try_from(network.address).ok()?;
    format!("{head}:{:x}:{:x}", low >> 16, low & 0xffff).parse().ok()
}

fn ipv6_length(text: &[u8]) -> Option<u8> {
    let text = str::from_utf8(text).ok()?;
    if is_digits(text.as_bytes()) {
        return text.parse().ok().filter(|&length: &u8| length <= 128);
    }
    match text.to_ascii_lowercase().as_str() {
        "any" | "default" => return Some(0),
        "host" => return Some(128),
        _ => {}
    }
    let mask = u128::from(text.parse::<Ipv6Addr>().ok()?);
    (mask.leading_ones() + mask.trailing_zeros() >= 128).then(|| u8::try_from(mask.leading_ones()).unwrap_or_default())
}
