//! The types of lookups, as far as their names decide.

use super::error::What;
use super::walk::say;

/// What Exim says of a type of lookup.
pub(super) enum Judgement {
    Fine,
    /// It depends on what Exim was built with.
    Unknown,
    Bad(What, Vec<u8>),
}

/// Lookups with a key and a file.
const SINGLE_KEY: [&str; 14] = [
    "cdb",
    "dbm",
    "dbmjz",
    "dbmnz",
    "dsearch",
    "iplsearch",
    "json",
    "lmdb",
    "lsearch",
    "nis",
    "nis0",
    "nwildlsearch",
    "spf",
    "wildlsearch",
];

/// Lookups with a query.
const QUERY: [&str; 15] = [
    "dnsdb", "ibase", "ldap", "ldapdn", "ldapm", "mysql", "nisplus", "oracle", "passwd", "pgsql", "readsock", "redis",
    "sqlite", "testdb", "whoson",
];

/// Those that every usual build has.
const USUAL: [&str; 9] = ["cdb", "dbm", "dbmjz", "dbmnz", "dnsdb", "dsearch", "iplsearch", "lsearch", "nwildlsearch"];

/// Judges the name of a lookup's type, with all that may stand around it (`search_findtype_partial`).
pub(super) fn judge(name: &[u8], has_key: bool) -> Judgement {
    let mut rest = name;
    let mut is_partial = false;
    if let Some(partial) = name.strip_prefix(b"partial") {
        is_partial = true;
        let digits = partial.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = match &partial[digits..] {
            [b'(', affix @ ..] => {
                let end = affix.iter().position(|&byte| byte == b')' || !byte.is_ascii_punctuation());
                match end.filter(|&end| affix[end] == b')') {
                    Some(end) => &affix[end + 1..],
                    None => return bad(What::LookupTypeFormat, &[b"format error in lookup type \"", name, b"\""]),
                }
            }
            [b'-', rest @ ..] => rest,
            _ => return bad(What::LookupTypeFormat, &[b"format error in lookup type \"", name, b"\""]),
        };
    }
    let star = rest.iter().position(|&byte| byte == b'*');
    let comma = rest.iter().skip(star.unwrap_or(0)).position(|&byte| byte == b',').map(|at| at + star.unwrap_or(0));
    let len = [star, comma].into_iter().flatten().min().unwrap_or(rest.len());
    let kind = &rest[..len];
    let is_in = |names: &[&str]| names.iter().any(|known| known.as_bytes() == kind);
    let (is_single_key, is_query) = (is_in(&SINGLE_KEY), is_in(&QUERY));
    if !is_single_key && !is_query {
        return bad(What::UnknownLookupType, &[b"unknown lookup type \"", kind, b"\""]);
    }
    if !is_in(&USUAL) {
        return Judgement::Unknown;
    }
    if is_query && is_partial {
        return bad(What::LookupTypeOption, &[b"\"partial\" is not permitted for lookup type \"", rest, b"\""]);
    }
    if is_query && star.is_some() {
        let words: [&[u8]; 3] = [b"defaults using \"*\" or \"*@\" are not permitted for lookup type \"", rest, b"\""];
        return bad(What::LookupTypeOption, &words);
    }
    match (is_single_key, has_key) {
        (true, false) => bad(What::LookupKeyMissing, &[b"missing {key} for single-key \"", name, b"\" lookup"]),
        (false, true) => bad(
            What::LookupKeyNotTaken,
            &[b"a single key was given for lookup type \"", name, b"\", which is not a single-key lookup type"],
        ),
        _ => Judgement::Fine,
    }
}

fn bad(what: What, words: &[&[u8]]) -> Judgement {
    Judgement::Bad(what, say(words))
}

/// Whether some Exim has a type of lookup by this name.
pub(super) fn is_known(name: &[u8]) -> bool {
    SINGLE_KEY.iter().chain(&QUERY).any(|known| known.as_bytes() == name)
}
