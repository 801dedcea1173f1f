//! What Net::DNS makes of `/etc/resolv.conf`, exactly. SpamAssassin reads the file through it, so that spamd may ask
//! other servers than Exim on the same machine, or none.
//!
//! Read from Net::DNS 1.36 (`Net/DNS/Resolver/Base.pm` and `UNIX.pm`) and held against it by `tests/net_dns.rs`. 1.29
//! reads the file in the same way. So does 1.15, which looks words up along the search list, and whose messages for bad
//! names are others. What versions after 1.36 do is not known here.

mod domain_name;
mod lines;
mod look_up;
mod perl;
mod server;
mod setting;
mod word;

use std::net::Ipv4Addr;

pub use domain_name::domain_name;
pub use server::Nameserver;
use setting::LIST_NAMES;
pub use setting::{SETTINGS, Setting};
pub use word::Word;

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

    /// The servers in the order in which SpamAssassin goes through them. On a machine without IPv6 these are only those
    /// that are a plain IPv4 address, and none when the port is no number.
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
            servers.retain(|server| self.port().is_some() && is_plain(server.text(files)));
        }
        if servers.is_empty() {
            return Err(Died { message: NO_SERVERS.into(), word: self.looked_up.last().copied() });
        }
        Ok(servers)
    }

    /// The servers as `nameservers` gives them: with the preferred family first, without one that is switched off.
    fn in_order(&self, force_v4: bool, force_v6: bool) -> Result<Vec<Nameserver>, Died> {
        let v4 = if force_v6 { Vec::new() } else { self.family(false)? };
        let v6 = if force_v4 { Vec::new() } else { self.family(true)? };
        let mut servers = self.nameservers.clone();
        if self.is_on("prefer_v4") || v6.is_empty() {
            servers = [v4.as_slice(), &v6].concat();
        }
        if self.is_on("prefer_v6") || v4.is_empty() {
            servers = [v6.as_slice(), &v4].concat();
        }
        if servers.is_empty() {
            // Why there are none is looked up in both lists.
            self.family(false)?;
            self.family(true)?;
        }
        Ok(servers)
    }

    /// The servers of a family. Perl dies where a text was put in their place.
    fn family(&self, is_ipv6: bool) -> Result<Vec<Nameserver>, Died> {
        const SHOWN: usize = 32;
        let Some(word) = self.not_a_list[usize::from(is_ipv6)] else {
            return Ok(self.nameservers.iter().filter(|server| server.is_ipv6 == is_ipv6).copied().collect());
        };
        let value = self.setting(LIST_NAMES[usize::from(is_ipv6)]);
        let (shown, quote): (_, &[u8]) = match value.get(..SHOWN) {
            Some(start) if value.len() > SHOWN => (start, b"\"..."),
            _ => (value, b"\""),
        };
        let message =
            [b"Can't use string (\"", shown, quote, b") as an ARRAY ref while \"strict refs\" in use"].concat();
        Err(Died { message, word: Some(word) })
    }
}
