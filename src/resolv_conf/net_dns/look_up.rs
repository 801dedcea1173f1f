//! Words in the place of a server that are no address: Net::DNS asks the servers that it has so far for one.

use super::domain_name::reversed;
use super::perl::number;
use super::server::{is_ipv4, is_ipv6};
use super::{Died, Nameserver, NetDns, Word};

/// What a question costs when none of the servers that are asked answers.
struct Silence {
    /// How many bytes a packet has besides the name.
    overhead: usize,
    /// A packet of more bytes than this goes over TCP.
    largest: f64,
    /// Seconds over UDP; none where Perl dies of the number of rounds.
    udp: Option<f64>,
    /// Seconds over TCP, when the servers do not even refuse it.
    tcp: f64,
}

impl NetDns {
    pub(super) fn set_nameservers(&mut self, words: &[Word], bytes: &[u8]) -> Result<(), Died> {
        let mut servers = Vec::new();
        // While words are looked up the settings and the servers before remain.
        let mut silence = None;
        for &word in words {
            let text = word.within(bytes);
            if is_ipv4(text) || is_ipv6(text) {
                servers.push(Nameserver { written: Some(word), is_ipv6: !is_ipv4(text) });
                continue;
            }
            self.looked_up.push(word);
            let name_size = match reversed(text) {
                Some(name) => self.name(word, &name)?,
                None => self.name(word, text)?,
            };
            let silence = match &silence {
                Some(known) => known,
                None => silence.insert(self.silence()?),
            };
            let Some(seconds) = silence.seconds(name_size) else {
                return Err(Died { message: b"Range iterator outside integer range".into(), word: Some(word) });
            };
            // Once for its IPv4 and once for its IPv6 addresses.
            self.wait += 2.0 * seconds;
        }
        self.nameservers = servers;
        self.not_a_list = [None; 2];
        Ok(())
    }

    fn silence(&self) -> Result<Silence, Died> {
        const HEADER_TYPE_AND_CLASS: usize = 12 + 4;
        const EDNS: usize = 11;
        const PACKET: f64 = 512.0;
        // So often the waiting doubles until it is infinite to Perl's numbers. (Without a server Perl only counts.)
        const ENDLESS: f64 = 1024.0;
        const TOO_MANY: f64 = 9_223_372_036_854_775_808.0;
        let servers = self.in_order(self.is_on("force_v4"), self.is_on("force_v6"))?.len();
        let or_1 = |name| if self.is_on(name) { number(self.setting(name)) } else { 1.0 };
        let rounds = or_1("retry").trunc();
        let udp = if rounds.is_nan() || rounds.abs() >= TOO_MANY {
            None
        } else if rounds >= ENDLESS {
            Some(f64::INFINITY)
        } else if servers == 0 || rounds < 1.0 {
            Some(0.0)
        } else {
            // The servers share the seconds of a round. (`exp2` would have every run of maillint load the library of
            // mathematics for this one line.)
            let doubled = (1..=1024).take_while(|&round| f64::from(round) <= rounds).fold(1.0, |sum, _| 2.0 * sum);
            Some(or_1("retrans").max(0.0) * (doubled - 1.0))
        };
        let has_edns = self.is_on("udppacketsize") || self.is_on("dnssec");
        let largest = number(self.setting("udppacketsize")).max(PACKET);
        Ok(Silence {
            overhead: HEADER_TYPE_AND_CLASS + if has_edns { EDNS } else { 0 },
            largest: if self.is_on("usevc") { 0.0 } else { largest },
            udp,
            tcp: as_f64(servers) * number(self.setting("tcp_timeout")).max(0.0),
        })
    }
}

impl Silence {
    fn seconds(&self, name_size: usize) -> Option<f64> {
        if as_f64(self.overhead + name_size) > self.largest { Some(self.tcp) } else { self.udp }
    }
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
