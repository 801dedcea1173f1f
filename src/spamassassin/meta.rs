//! `meta` rules: the check of the line, and the checks when all lines are read.

use std::collections::{HashMap, VecDeque};

use memchr::memmem;

use super::bytes::{is_rule_name, is_space, is_word};
use super::complaint::{Complaint, Level};
use super::evals::Said;
use super::perl::{self, Place};
use super::reader::Reader;
use super::rule::Kind;
use super::state::State;
use super::version::Version;

/// The tokens that SpamAssassin takes a condition or a meta to pieces with. Bytes that begin none are passed over.
pub struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0 }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = &'t [u8];

    fn next(&mut self) -> Option<&'t [u8]> {
        loop {
            let rest = &self.text[self.at..];
            let first = *rest.first()?;
            let len = match first {
                b'-' | b'+' | b'.' | b'0'..=b'9' => {
                    rest.iter().take_while(|byte| byte.is_ascii_digit() || b"-+.".contains(byte)).count()
                }
                _ if is_word(first) => rest.iter().take_while(|&&byte| is_word(byte) || byte == b':').count(),
                b'(' | b')' | b'^' | b'*' | b'/' | b'?' | b':' => 1,
                b'|' | b'&' if rest.get(1) == Some(&first) => 2,
                b'>' | b'<' | b'!' => 1 + usize::from(rest.get(1) == Some(&b'=')),
                b'=' if rest.get(1) == Some(&b'=') => 2,
                _ => 0,
            };
            self.at += len.max(1);
            if len > 0 {
                return Some(&rest[..len]);
            }
        }
    }
}

type Refusal<'t> = (Level, &'t [u8], Complaint);

/// The check of a line: every rule is put at 0, and Perl asked whether that computes.
pub fn check<'t>(name: &[u8], text: &'t [u8], version: Version) -> Result<(), Refusal<'t>> {
    let forbidden: &[u8] = if version == Version::V34 { b"" } else { b"$@%;{}" };
    let bad = text.iter().position(|byte| forbidden.contains(byte)).map(|at| at..at + 1);
    let pair = |pair: &[u8]| memmem::find(text, pair).map(|at| at..at + 2);
    if let Some(part) = bad.or_else(|| pair(b"::")).or_else(|| pair(b"->")) {
        return Err((Level::Warning, &text[part], Complaint::InvalidMeta { name: name.into(), rule: text.into() }));
    }
    let mut perl = Vec::with_capacity(text.len() + 16);
    let (mut at, mut globs) = (0, GlobCalls::new(text));
    loop {
        let call = globs.next();
        let end = call.as_ref().map_or(text.len(), |call| call.start);
        for token in Tokens::new(&text[at..end]) {
            if is_rule_name(token) {
                perl.extend_from_slice(b"0 ");
            } else if is_number(token) || token.len() <= 2 && token.iter().all(u8::is_ascii_punctuation) {
                perl.extend_from_slice(token);
                perl.push(b' ');
            } else {
                let complaint = Complaint::InvalidMetaToken { name: name.into(), token: token.into() };
                return Err((Level::Lint, token, complaint));
            }
        }
        let Some(call) = call else { break };
        perl.extend_from_slice(b"0 ");
        at = call.end;
    }
    let computed =
        perl::parse(&perl, Place::Assigned).and_then(|program| program.run(&mut |_| Ok(perl::Value::Unknown)));
    let Err(error) = computed else { return Ok(()) };
    let error = if error == b"Illegal division by zero" { b"division by zero possible".to_vec() } else { error };
    // What SpamAssassin shows has 0 in the place of each `rules_matching`.
    let (mut rule, mut at) = (Vec::with_capacity(text.len()), 0);
    for call in GlobCalls::new(text) {
        rule.extend_from_slice(&text[at..call.start]);
        rule.extend_from_slice(b" 0 ");
        at = call.end;
    }
    rule.extend_from_slice(&text[at..]);
    let complaint = Complaint::InvalidMetaExpression { name: name.into(), rule: rule.into(), error: error.into() };
    Err((Level::Lint, text, complaint))
}

/// `^\d+(\.\d+)?$`.
fn is_number(token: &[u8]) -> bool {
    super::value::is_score(token) && token[0] != b'-'
}

/// The calls of `rules_matching(GLOB)` in a text.
struct GlobCalls<'t> {
    text: &'t [u8],
    at: usize,
}

struct GlobCall<'t> {
    start: usize,
    end: usize,
    glob: &'t [u8],
}

impl<'t> GlobCalls<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0 }
    }
}

impl<'t> Iterator for GlobCalls<'t> {
    type Item = GlobCall<'t>;

    fn next(&mut self) -> Option<GlobCall<'t>> {
        const NAME: &[u8] = b"rules_matching(";
        loop {
            let start = self.at + memmem::find(&self.text[self.at..], NAME)?;
            self.at = start + NAME.len();
            let rest = &self.text[self.at..];
            let blank = rest.iter().take_while(|&&byte| is_space(byte)).count();
            let is_glob_byte = |byte: u8| is_word(byte) || byte == b'*' || byte == b'?';
            let len = rest[blank..].iter().take_while(|&&byte| is_glob_byte(byte)).count();
            let glob = &rest[blank..blank + len];
            let after = blank + len + rest[blank + len..].iter().take_while(|&&byte| is_space(byte)).count();
            let is_call = (start == 0 || !is_word(self.text[start - 1]))
                && (1..=128).contains(&len)
                && !glob[0].is_ascii_digit()
                && rest.get(after) == Some(&b')');
            if is_call {
                self.at += after + 1;
                return Some(GlobCall { start, end: self.at, glob });
            }
        }
    }
}

/// A meta as it is compiled: the Perl of it, and the metas that it waits for.
struct Compiled {
    perl: Vec<u8>,
    waits_for: Vec<Box<[u8]>>,
}

/// How many bytes of names are held against patterns of `rules_matching`, and put in their place, at most. SpamAssassin knows no
/// bound; the patterns decide only which metas wait for which.
const MOST_MATCHES: usize = 2_000_000;

impl Reader<'_> {
    /// What SpamAssassin says of metas when all lines are read.
    pub fn check_metas(&self) -> Vec<Said> {
        let mut metas = self.metas();
        metas.sort_unstable();
        let mut compiled = HashMap::with_capacity(metas.len());
        let (mut globs, mut budget) = (HashMap::new(), MOST_MATCHES);
        for name in &metas {
            let Some(rule) = self.state.rule(name) else { continue };
            let text = expanded(&rule.text, name, &self.state, &mut globs, &mut budget);
            compiled.insert(name.clone(), compile(&text, &self.state));
        }
        let mut said = self.cycles(&metas, &compiled);
        if self.options.version == Version::V34 {
            return said;
        }
        for name in &metas {
            let (Some(compiled), Some(rule)) = (compiled.get(name), self.state.rule(name)) else { continue };
            if let Err(error) = perl::parse(&compiled.perl, Place::Body) {
                let (at, perl) = (self.place_of(name, rule), compiled.perl.as_slice().into());
                let complaint = Complaint::MetaCompilation { name: name.clone(), perl, error: error.into() };
                said.push((at, Level::Fatal, complaint));
            }
        }
        said
    }

    fn metas(&self) -> Vec<Box<[u8]>> {
        let is_meta = |rule: &super::state::Rule| rule.kind == Kind::Meta;
        let own = self.state.rules.iter().filter(|(_, rule)| is_meta(rule));
        let bases = self.state.base().into_iter().flat_map(|base| &base.rules);
        let bases = bases.filter(|(name, rule)| is_meta(rule) && !self.state.rules.contains_key(*name));
        own.chain(bases).map(|(name, _)| name.clone()).collect()
    }

    /// A meta that waits for itself, or for one that does, is never computed.
    fn cycles(&self, metas: &[Box<[u8]>], compiled: &HashMap<Box<[u8]>, Compiled>) -> Vec<Said> {
        let mut said = Vec::new();
        let mut waiting: HashMap<&[u8], usize> = HashMap::with_capacity(metas.len());
        let mut waiters: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
        for (name, meta) in compiled {
            waiting.insert(name, meta.waits_for.len());
            meta.waits_for.iter().for_each(|other| waiters.entry(other).or_default().push(name));
        }
        let mut solved: VecDeque<&[u8]> =
            waiting.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
        while let Some(name) = solved.pop_front() {
            waiting.remove(name);
            for waiter in waiters.remove(name).unwrap_or_default() {
                let count = waiting.get_mut(waiter).map(|count| {
                    *count -= 1;
                    *count
                });
                if count == Some(0) {
                    solved.push_back(waiter);
                }
            }
        }
        for name in metas {
            let (true, Some(meta), Some(rule)) =
                (waiting.contains_key(&**name), compiled.get(name), self.state.rule(name))
            else {
                continue;
            };
            let unsolved: Vec<&[u8]> =
                meta.waits_for.iter().map(AsRef::as_ref).filter(|other| waiting.contains_key(other)).collect();
            let (at, dependencies) = (self.place_of(name, rule), unsolved.join(b", ".as_slice()).into());
            said.push((at, Level::Lint, Complaint::UnsolvedMeta { name: name.clone(), dependencies }));
        }
        said
    }
}

/// A meta's text with the names in the place of `rules_matching(GLOB)`.
fn expanded(
    text: &[u8],
    name: &[u8],
    state: &State,
    globs: &mut HashMap<Box<[u8]>, Box<[u8]>>,
    budget: &mut usize,
) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    for call in GlobCalls::new(text) {
        out.extend_from_slice(&text[at..call.start]);
        let names = globs.entry(call.glob.into()).or_insert_with(|| matching(call.glob, name, state, budget));
        let names = if *budget < names.len() { b"0" } else { &**names };
        *budget -= names.len().min(*budget);
        out.extend_from_slice(b" (");
        out.extend_from_slice(names);
        out.extend_from_slice(b") ");
        at = call.end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

/// The names with scores that a glob matches, with `+` between them; `0` when there are none. Whoever asks first is left out.
fn matching(glob: &[u8], but: &[u8], state: &State, budget: &mut usize) -> Box<[u8]> {
    let mut names = Vec::new();
    let mut layer = Some(state);
    while let Some(state) = layer {
        for name in state.scores.keys() {
            let cost = name.len() + 1;
            if *budget < cost {
                return b"0".as_slice().into();
            }
            *budget -= cost;
            if **name != *but && fits(glob, name) {
                names.push(&**name);
            }
        }
        layer = state.base();
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { b"0".as_slice().into() } else { names.join(b"+".as_slice()).into() }
}

/// Whether a name fits a glob of letters, `*` and `?`.
fn fits(glob: &[u8], name: &[u8]) -> bool {
    let (mut g, mut n, mut back) = (0, 0, None);
    while n < name.len() {
        match glob.get(g) {
            Some(b'*') => {
                back = Some((g + 1, n));
                g += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                g += 1;
                n += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    (g, n) = (after, from + 1);
                    back = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|&byte| byte == b'*')
}

fn compile(text: &[u8], state: &State) -> Compiled {
    let (mut perl, mut waits_for) = (Vec::with_capacity(text.len() * 2), Vec::new());
    for token in Tokens::new(text) {
        if token == b"local_tests_only" {
            perl.extend_from_slice(b"($_[0]->{main}->{local_tests_only}||0) ");
        } else if is_rule_name(token) {
            perl.extend_from_slice(b"($_[1]->{'");
            perl.extend_from_slice(token);
            perl.extend_from_slice(b"'}||0) ");
            if state.rule(token).is_some_and(|rule| rule.kind == Kind::Meta) {
                waits_for.push(token.into());
            }
        } else {
            perl.extend_from_slice(token);
            perl.push(b' ');
        }
    }
    if perl == b"( ) " {
        perl = b"0".to_vec();
    }
    Compiled { perl, waits_for }
}
