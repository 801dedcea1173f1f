//! The rules of the subject `domains`: what a table of domains says that cannot be right. One function a rule, named as
//! its page in `rules/domains/`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::fault::{Fault, fault};
use super::{Claims, Reason, domain_of, is_deliberate, without_dot, without_mark};
use crate::finding::{Bound, Safety, Sink};
use crate::lsearch::{Entry, lower};
use crate::rule::Severity;
use crate::source::Span;
use crate::text::Text;
use crate::tree::is_user_name;
use crate::{facts, text};

/// The rules and their functions.
pub static RULES: &[Bound<Claims>] = include!(concat!(env!("OUT_DIR"), "/domains.rs"));

/// The user that owns what no account owns.
const NOBODY: &[u8] = b"nobody";

fn foreign_domain(claims: &Claims, sink: &mut Sink<'_>) {
    let Claims { table, facts, .. } = claims;
    for (&index, reason) in &claims.keys.foreign {
        let entry = &table.entries[index];
        let domain = domain_of(table, entry);
        let domain = without_dot(&domain);
        let is_deliberate = is_deliberate(domain, claims);
        // An administrator may list a brand of his own to keep others off it; a zone says that it is his.
        if is_deliberate && matches!(reason, Reason::Common(_, _, true)) {
            continue;
        }
        let (usual, message) = describe(reason, domain);
        let can_be_cleared = matches!(reason, Reason::Provider(_) | Reason::Common(..) | Reason::Freemail(..));
        let severity = match (is_deliberate && can_be_cleared, usual) {
            (true, Severity::Error) => Severity::Warning,
            (true, _) => Severity::Info,
            (false, usual) => usual,
        };
        let finding = sink.find(entry.key, message);
        finding.severity(severity);
        let owner = first_word(table.file.source.slice(entry.value));
        if !owner.is_empty() {
            finding.here(text!("claimed here for `{}`", owner));
        }
        if let Reason::Common(file, span, _) | Reason::Freemail(file, span) = reason {
            finding.label_in(file, *span, text!("the name is on this list"));
        }
        let source = facts.cpanel.as_ref().and_then(|users| {
            let own = users.lists(owner, domain).map(|(file, span)| (owner, file, span));
            own.or_else(|| users.owner_of(domain))
        });
        if let Some((account, file, span)) = source {
            finding.label_in(file, span, text!("the file of the account `{}` claims it", account));
        }
        if !matches!(reason, Reason::Documentation | Reason::PrivateSuffix) {
            let source = source.map(|(account, ..)| account);
            finding.help(removal(claims, domain, owner, source, is_deliberate));
        }
    }
}

/// The owner as it is meant, also where something behind it keeps Exim from finding him.
fn first_word(value: &[u8]) -> &[u8] {
    value.split(u8::is_ascii_whitespace).next().unwrap_or_default()
}

/// How bad a claim is, and the words for it.
fn describe(reason: &Reason, domain: &[u8]) -> (Severity, Text) {
    match reason {
        Reason::Provider(provider) => {
            (Severity::Error, text!("`{}` belongs to {}, and this server claims its mail", domain, *provider))
        }
        Reason::Common(_, _, is_local) => {
            let whose = if *is_local { "this server's" } else { "cPanel's" };
            (Severity::Error, text!("`{}` is on {} list of names that no account may claim", domain, whose))
        }
        Reason::Freemail(..) => (
            Severity::Warning,
            text!("SpamAssassin lists `{}` among the freemail providers, and this server claims its mail", domain),
        ),
        Reason::PublicSuffix => (
            Severity::Error,
            text!(
                "`{}` is a public suffix, below which anybody registers names, and this server claims its mail",
                domain
            ),
        ),
        Reason::PrivateSuffix => {
            (Severity::Info, text!("`{}` is a name below which its owner lets others have names of their own", domain))
        }
        Reason::Reserved(purpose) => {
            (Severity::Error, text!("`{}` is reserved for {}: no mail from outside is for it", domain, *purpose))
        }
        Reason::Documentation => (Severity::Info, text!("`{}` is reserved for documentation and tests", domain)),
        Reason::SingleLabel => (Severity::Error, text!("`{}` has no dot: no mail from outside is for it", domain)),
    }
}

/// How to take a claim back so that it stays away: cPanel rebuilds the table from the accounts' files, and `source` is the
/// account whose file makes the claim.
fn removal(claims: &Claims, domain: &[u8], owner: &[u8], source: Option<&[u8]>, is_deliberate: bool) -> Text {
    let facts = &claims.facts;
    let mut help = if let Some(account) = source {
        text!(
            "remove `{}` from the DNS lines of /var/cpanel/users/{} first, or the next rebuild of this file brings the line back; then run /scripts/updateuserdomains",
            domain,
            account
        )
    } else if facts.cpanel.as_ref().is_some_and(facts::CpanelUsers::is_complete) {
        text!(
            "delete this line and run /scripts/updateuserdomains: no account's file lists the domain, so it stays away"
        )
    } else {
        text!(
            "delete this line; look for the domain in /var/cpanel/users/{} (its DNS lines) too, or the next /scripts/updateuserdomains brings the line back",
            owner
        )
    };
    help.extend(text!("; take it out of /etc/localdomains as well"));
    if is_deliberate {
        help.extend(text!(". This server runs a zone for it, so somebody meant the claim: ask before"));
    } else if source.is_none()
        && facts.zones.as_ref().is_some_and(|zones| zones.get(domain).is_some_and(Option::is_none))
    {
        help.extend(text!(". /var/named has no zone for it: cPanel did not make this line, a person did"));
    }
    help
}

fn malformed_domain(claims: &Claims, sink: &mut Sink<'_>) {
    for entry in claims.odd_keys() {
        let name = without_mark(claims.table.name(entry));
        if name.contains(&b'*') || entry.is_unterminated() {
            continue;
        }
        let Some(Fault { bytes, message, help }) = fault(name) else { continue };
        // A quoted key's bytes are not those of its name.
        let start = entry.key.end as usize - name.len().min(entry.key.range().len());
        let span = if entry.is_quoted() { entry.key } else { Span::new(start + bytes.start, start + bytes.end) };
        let finding = sink.find(span, message);
        finding.help(help);
        let is_only_a_dot = name.strip_suffix(b".").is_some_and(|rest| fault(rest).is_none());
        if is_only_a_dot && !entry.is_quoted() {
            finding.fix(Safety::Safe, vec![(span, Vec::new())]);
        }
    }
}

fn upper_case(claims: &Claims, sink: &mut Sink<'_>) {
    for entry in claims.odd_keys() {
        let name = claims.table.name(entry);
        let Some(first) = name.iter().position(u8::is_ascii_uppercase) else { continue };
        let domain = domain_of(&claims.table, entry);
        if fault(&domain).is_some() && !domain.contains(&b'*') {
            continue;
        }
        let end = name.iter().rposition(u8::is_ascii_uppercase).map_or(name.len(), |last| last + 1);
        let start = entry.key.start as usize;
        let span = if entry.is_quoted() { entry.key } else { Span::new(start + first, start + end) };
        let finding = sink.find(span, text!("`{}` has capitals; Exim finds it, cPanel and its scripts do not", name));
        finding.help(text!("write it in lower case"));
        if !entry.is_quoted() {
            finding.fix(Safety::Safe, vec![(span, name[first..end].to_ascii_lowercase())]);
        }
    }
}

fn wildcard_key(claims: &Claims, sink: &mut Sink<'_>) {
    let Claims { table, facts, .. } = claims;
    let mut owner_of: Option<HashMap<_, _>> = None;
    for entry in claims.odd_keys() {
        let domain = domain_of(table, entry);
        let Some(star) = domain.iter().position(|&byte| byte == b'*').filter(|_| *domain != *b"*") else { continue };
        let owner = table.file.source.slice(entry.value).trim_ascii();
        // cPanel writes such a line for a wildcard subdomain of an account's own domain, which is a matter of the web.
        let owner_of = owner_of.get_or_insert_with(|| {
            table.entries.iter().rev().map(|entry| (domain_of(table, entry), table.quoted_value(entry))).collect()
        });
        let is_subdomain =
            domain.strip_prefix(b"*.").and_then(|parent| owner_of.get(parent)).is_some_and(|of| of.as_ref() == owner);
        let is_listed = facts.cpanel.as_ref().is_some_and(|users| users.lists(owner, &domain).is_some());
        let span = if entry.is_quoted() {
            entry.key
        } else {
            let start = entry.key.end as usize - domain.len() + star;
            Span::new(start, start + 1)
        };
        let finding =
            sink.find(span, text!("Exim never finds `{}`: a plain lsearch knows no wildcards", domain.as_ref()));
        if is_subdomain || is_listed {
            finding.severity(Severity::Info);
            finding
                .help(text!("nothing, if this is a wildcard subdomain for the web; mail needs a line for each name"));
        } else {
            finding.help(text!("write a line for each domain that is to have mail"));
        }
    }
}

/// The entries that name an owner, or at least try to, each with its index and the owner. Where a line is broken otherwise,
/// that is what is to be said of it, and it is not among these.
fn owners(claims: &Claims) -> impl Iterator<Item = (usize, &Entry, &[u8])> {
    claims.table.entries.iter().enumerate().filter_map(|(index, entry)| Some((index, entry, owner(claims, index)?)))
}

fn owner(claims: &Claims, index: usize) -> Option<&[u8]> {
    let entry = &claims.table.entries[index];
    let name = without_mark(claims.table.name(entry));
    let has_good_key = !claims.keys.odd[index] || name.contains(&b'*') || fault(name).is_none();
    let is_broken = !has_good_key || entry.goes_on() || claims.table.comment(entry).is_some();
    (!is_broken).then(|| claims.table.file.source.slice(entry.value).trim_ascii())
}

fn no_owner(claims: &Claims, sink: &mut Sink<'_>) {
    for (_, entry, _) in owners(claims).filter(|(_, _, owner)| owner.is_empty()) {
        let domain = claims.table.name(entry);
        sink.find(Span::at(entry.value.start as usize), text!("no owner is named for `{}`", domain))
            .help(text!("write the user that owns the domain after the colon, or delete the line"));
    }
}

fn unknown_owner(claims: &Claims, sink: &mut Sink<'_>) {
    let facts = &claims.facts;
    for (_, entry, owner) in owners(claims).filter(|(_, _, owner)| !owner.is_empty() && *owner != NOBODY) {
        let (start, domain) = (entry.value.start as usize, claims.table.name(entry));
        let span = Span::new(start, start + owner.len());
        let no_user = facts.passwd.as_ref().is_some_and(|passwd| !passwd.has(owner));
        if !is_user_name(owner) {
            sink.find(span, text!("`{}`, named as the owner of `{}`, cannot be a user's name", owner, domain))
                .help(text!("a line is `domain: user`; write the user's name alone after the colon"));
        } else if no_user {
            sink.find(span, text!("`{}` belongs to `{}`, and there is no such user in /etc/passwd", domain, owner))
                .help(text!("name the account that owns the domain now, or, if it is gone, delete the line and take the domain out of /etc/localdomains"));
        } else if facts.passwd.is_none() && facts.cpanel.as_ref().is_some_and(|users| !users.has(owner)) {
            sink.find(span, text!("`{}` belongs to `{}`, and /var/cpanel/users has no such account", domain, owner))
                .severity(Severity::Warning)
                .help(text!("name the account that owns the domain now, or, if it is gone, delete the line"));
        }
    }
}

fn hand_edited(claims: &Claims, sink: &mut Sink<'_>) {
    let Claims { table, facts, .. } = claims;
    let Some(users) = &facts.cpanel else { return };
    for (index, entry, owner) in owners(claims).filter(|(_, _, owner)| is_user_name(owner) && *owner != NOBODY) {
        let domain = domain_of(table, entry);
        if users.lists(owner, &domain).is_some() {
            continue;
        }
        // What another rule says of the line already is the cause, and this would be its echo.
        let is_name = fault(&domain).is_none() || domain.contains(&b'*');
        let is_user = facts.passwd.as_ref().map_or_else(|| users.has(owner), |passwd| passwd.has(owner));
        if *domain == *b"*" || !is_name || !is_user || claims.keys.foreign.contains_key(&index) {
            continue;
        }
        match users.owner_of(&domain) {
            Some((other, file, span)) => {
                let start = entry.value.start as usize;
                sink.find(
                    Span::new(start, start + owner.len()),
                    text!(
                        "`{}` is given to `{}` here, but cPanel holds it to be `{}`'s",
                        domain.as_ref(),
                        owner,
                        other
                    ),
                )
                .here(text!("the next /scripts/updateuserdomains writes `{}` here", other))
                .label_in(file, span, text!("the account's own file claims it"))
                .help(text!(
                    "if `{}` is right, run /scripts/updateuserdomains; if not, move the domain with cPanel's own tools",
                    other
                ));
            }
            None if users.is_complete() => {
                sink.find(
                    entry.key,
                    text!(
                        "no account's file lists `{}`: the line is not cPanel's, and vanishes at the next rebuild",
                        domain.as_ref()
                    ),
                )
                .here(text!("/var/cpanel/users/{} does not list it", owner))
                .help(text!("add the domain to the account with cPanel's own tools, or delete the line"));
            }
            None => {}
        }
    }
}

fn missing_domain(claims: &Claims, sink: &mut Sink<'_>) {
    let Claims { table, facts, .. } = claims;
    let Some(users) = &facts.cpanel else { return };
    // A domain whose line is broken is not missing: that its line is, is said there, and this would be the echo.
    let source = &table.file.source;
    let indented = table.indented.iter().map(|line| line.text);
    let lost =
        indented.chain(table.nuls.iter().map(|nul| nul.swallowed)).map(|line| lower(first_key(source.slice(line))));
    let written = table.entries.iter().map(|entry| match domain_of(table, entry) {
        Cow::Borrowed(domain) => Cow::Borrowed(without_dot(domain)),
        Cow::Owned(domain) => Cow::Owned(without_dot(&domain).to_vec()),
    });
    let known: HashSet<_> = written.chain(lost).collect();
    let end = Span::at(table.file.source.bytes().len());
    for (user, file, span) in users.domains() {
        let domain = lower(file.source.slice(span));
        if !known.contains(domain.as_ref()) {
            sink.find(end, text!("`{}` of `{}` has no line in this file", domain.as_ref(), user))
                .here(text!("the line `{}: {}` is missing", domain.as_ref(), user))
                .label_in(file, span, text!("the account claims the domain here"))
                .help(text!("run /scripts/updateuserdomains"));
        }
    }
}

/// The key that a line would have if it were an entry.
fn first_key(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_start();
    line.split(|&byte| byte == b':' || byte.is_ascii_whitespace()).next().unwrap_or_default()
}
