//! What glibc really uses of a resolv.conf, for people and programs.

use serde::Serialize;

use super::{Directive, Fatal, Line, MAX_SERVERS, NetDns, Options, Server, Setting, State, Version, inet_ntop, wait};
use crate::facts::Hostname;
use crate::source::Source;
use crate::text::{Untrusted, code_points};

/// What glibc uses. All but `fatal` is absent when every process that resolves a name hangs or dies.
#[derive(Serialize)]
pub struct Effective {
    /// `hang` or `abort`.
    pub fatal: Option<&'static str>,
    /// The servers that are asked, in order.
    pub nameservers: Option<Vec<String>>,
    /// The search list.
    pub search: Option<Vec<String>>,
    /// The options in force.
    pub options: Option<EffectiveOptions>,
    /// The networks by which addresses are sorted, as `address/mask`.
    pub sortlist: Option<Vec<String>>,
}

/// The options in force.
#[derive(Serialize)]
pub struct EffectiveOptions {
    /// With fewer dots than this a name is tried with the search list first.
    pub ndots: u8,
    /// Seconds to wait for the first server.
    pub timeout: i32,
    /// How many rounds there are.
    pub attempts: i32,
    /// The words that are set.
    pub flags: Vec<&'static str>,
}

/// What glibc uses of a file on a server of that name.
#[must_use]
pub fn effective(state: &State, source: &Source, hostname: Option<&Hostname>) -> Effective {
    if let Some((fatal, _)) = state.fatal {
        let fatal = match fatal {
            Fatal::Hang => "hang",
            Fatal::Abort => "abort",
        };
        return Effective { fatal: Some(fatal), nameservers: None, search: None, options: None, sortlist: None };
    }
    let name = |server: &Server| {
        let scope = server.scope.map(|scope| format!("%{}", code_points(source.slice(scope))));
        inet_ntop(server.address) + &scope.unwrap_or_default()
    };
    let mut nameservers: Vec<String> = state.servers.iter().take(MAX_SERVERS).map(name).collect();
    if nameservers.is_empty() {
        nameservers.extend(state.asked().into_iter().map(inet_ntop));
    }
    let options = &state.options;
    Effective {
        fatal: None,
        nameservers: Some(nameservers),
        search: Some(match &state.search {
            Some(names) => names.iter().map(|&name| code_points(source.slice(name))).collect(),
            None => hostname.and_then(|host| domain_of(&host.name)).map(code_points).into_iter().collect(),
        }),
        options: Some(EffectiveOptions {
            ndots: options.ndots,
            timeout: options.timeout,
            attempts: options.attempts,
            flags: options.words.clone(),
        }),
        sortlist: Some(state.sortlist.iter().map(|(address, mask)| format!("{address}/{mask}")).collect()),
    }
}

/// The domain that is searched when the file names none: what stands behind the first dot of the host's name.
fn domain_of(hostname: &[u8]) -> Option<&[u8]> {
    let dot = memchr::memchr(b'.', hostname)?;
    Some(&hostname[dot + 1..])
}

/// The same for people, as a resolv.conf that says what is really used, with remarks behind `#`.
#[must_use]
pub fn tell(state: &State, effective: &Effective, source: &Source, version: Version) -> String {
    let mut told = format!(", as glibc {version} reads it\n");
    if let Some(fatal) = effective.fatal {
        let what = if fatal == "hang" { "hangs for ever" } else { "dies" };
        told += &format!("# every process that resolves a name {what}\n");
        return told;
    }
    let servers = effective.nameservers.as_deref().unwrap_or_default();
    let waits = wait::per_server(&state.options, servers.len());
    let width = servers.iter().map(String::len).max().unwrap_or_default();
    for (server, wait) in servers.iter().zip(waits) {
        let server = Untrusted::from(server.as_str()).visible();
        told += &format!("nameserver {server:width$}  # waits {wait} s\n");
    }
    let names: Vec<String> =
        effective.search.iter().flatten().map(|name| Untrusted::from(name.as_str()).visible()).collect();
    if !names.is_empty() {
        told += &format!("search {}\n", names.join(" "));
    }
    let Options { ndots, timeout, attempts, words } = &state.options;
    told += &format!("options ndots:{ndots} timeout:{timeout} attempts:{attempts}");
    words.iter().for_each(|word| told += &format!(" {word}"));
    told += "\n";
    if let Some(networks) = effective.sortlist.as_deref().filter(|networks| !networks.is_empty()) {
        told += &format!("sortlist {}\n", networks.join(" "));
    }
    if state.servers.is_empty() {
        told += "# no server is named, so this host itself is asked\n";
    }
    if *attempts <= 0 {
        told += "# no server is ever asked: every lookup fails at once\n";
    } else {
        let wait = wait::in_all(&state.options, servers.len());
        told += &format!("# a lookup waits {wait} s when none of them answers\n");
    }
    for line in skipped(state, source) {
        told += &format!("# line {}: {}: {}\n", line.line, line.why, Untrusted::from(line.text.as_str()).visible());
    }
    told
}

/// What SpamAssassin, which reads the file through Net::DNS, has of it.
#[derive(Serialize)]
pub struct SpamAssassin {
    /// The servers in order. The first is asked; the others only when a question to it cannot even be sent.
    pub nameservers: Vec<String>,
    /// The words that are no address, and that are looked up as hosts when SpamAssassin starts.
    pub looked_up: Vec<String>,
    /// How many seconds that takes when nobody answers; none when it never ends.
    pub wait: Option<f64>,
    /// Why it has no resolver, and no DNS at all.
    pub error: Option<String>,
}

/// What SpamAssassin has of a file by itself, on a host with IPv6.
#[must_use]
pub fn spamassassin(source: &Source) -> SpamAssassin {
    let files = [source.bytes()];
    let mut net_dns = NetDns::default();
    net_dns.read(source.bytes());
    let (servers, error) = match net_dns.spamassassin(&files, true) {
        Ok(servers) => (servers, None),
        Err(died) => (Vec::new(), Some(code_points(&died.message))),
    };
    SpamAssassin {
        nameservers: servers.iter().map(|server| code_points(server.text(&files))).collect(),
        looked_up: net_dns.looked_up.iter().map(|word| code_points(word.text(&files))).collect(),
        wait: Some(net_dns.wait).filter(|wait| wait.is_finite()),
        error,
    }
}

impl SpamAssassin {
    /// The same for people, as remarks behind a resolv.conf.
    #[must_use]
    pub fn tell(&self) -> String {
        let visible = |text: &String| Untrusted::from(text.as_str()).visible();
        let mut told = String::new();
        for word in &self.looked_up {
            told += &format!("# SpamAssassin looks `{}` up as a host's name when it starts", visible(word));
            told +=
                &self.wait.map_or(", without an end\n".into(), |wait| format!(": up to {wait} s for all such words\n"));
        }
        match (&self.error, self.nameservers.first()) {
            (Some(error), _) => told += &format!("# SpamAssassin has no DNS: {}\n", visible(error)),
            (None, Some(first)) => told += &format!("# SpamAssassin asks {} only\n", visible(first)),
            (None, None) => {}
        }
        told
    }
}

/// A line, or a part of one, that the resolver does not use.
#[derive(Serialize)]
pub struct Skipped {
    /// The line's number, from 1.
    pub line: u32,
    /// Why.
    pub why: &'static str,
    /// Its text.
    pub text: String,
}

/// The lines that the resolver does not use, or not wholly.
#[must_use]
pub fn skipped(state: &State, source: &Source) -> Vec<Skipped> {
    let in_force = state.search.as_ref().and_then(|names| names.first()).copied();
    let is_in_force = |line: &Line| in_force.is_some_and(|name| line.span.range().contains(&(name.start as usize)));
    let why = |line: &Line| {
        Some(match &line.what {
            Directive::Ignored => "the line is skipped",
            Directive::Server(Err(_)) => "no address, so the line is skipped",
            Directive::Server(Ok(index)) if *index >= MAX_SERVERS => "only three servers are asked",
            Directive::Options(words) if words.iter().any(|(_, setting)| *setting == Setting::Nothing) => {
                "the resolver does not know all of these options"
            }
            Directive::Search(names) if names.is_empty() => "nothing stands behind the keyword",
            Directive::Domain(None) => "nothing stands behind the keyword",
            Directive::Search(_) | Directive::Domain(_) if !is_in_force(line) => {
                "a later line replaces the search list"
            }
            _ => return None,
        })
    };
    let skipped = state.lines.iter().filter_map(|line| {
        let text = code_points(source.slice(line.span));
        Some(Skipped { line: source.position(line.span.start).line, why: why(line)?, text })
    });
    skipped.collect()
}
