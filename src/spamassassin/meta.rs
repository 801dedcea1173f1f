//! `meta` rules: the check of the line, and the checks when all lines are read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::bytes::{is_rule_name, is_space, is_word, offset_in};
use super::complaint::{BadMeta, Complaint, Level, PerlFailure, Unsolved};
use super::evals::{Said, Side};
use super::names::{NameMap, Seed};
use super::perl::{self, Ordinary, Place, Verdict};
use super::reader::Reader;
use super::reading::Options;
use super::rule::Kind;
use super::state::{Rule, State};
use super::version::{Perl, Version};

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
pub fn check<'t>(text: &'t [u8], options: &Options) -> Result<(), Refusal<'t>> {
    if let Some(part) = forbidden(text, options.version) {
        return Err((Level::Warning, part, Complaint::InvalidMeta));
    }
    let mut ordinary = Ordinary::new();
    let _ = pieces(text, |piece| match piece {
        Piece::Call => {
            ordinary.operand();
            ControlFlow::Continue(())
        }
        Piece::Token(token) if ordinary.token(token) => ControlFlow::Continue(()),
        Piece::Token(_) => ControlFlow::Break(()),
    });
    let syntax_error = |error: Vec<u8>| (Level::Lint, text, Complaint::InvalidMetaExpression { error: error.into() });
    match ordinary.verdict() {
        Verdict::Taken => return Ok(()),
        Verdict::EndsEarly => return Err(syntax_error(b"syntax error".to_vec())),
        Verdict::Unknown => {}
    }
    let mut perl = Vec::with_capacity(text.len() + 16);
    let invalid = pieces(text, |piece| {
        match piece {
            Piece::Token(token)
                if is_number(token) || token.len() <= 2 && token.iter().all(u8::is_ascii_punctuation) =>
            {
                perl.extend_from_slice(token);
                perl.push(b' ');
            }
            Piece::Token(token) if !is_rule_name(token) => return ControlFlow::Break(token),
            _ => perl.extend_from_slice(b"0 "),
        }
        ControlFlow::Continue(())
    });
    if let Some(token) = invalid {
        return Err((Level::Lint, token, Complaint::InvalidMetaToken));
    }
    let computed = perl::parse(&perl, Place::Assigned, options.perl.of_patterns()).and_then(|program| {
        if program.may_fail() { program.run(&mut |_| Ok(perl::Value::Unknown)) } else { Ok(perl::Value::Undefined) }
    });
    let Err(error) = computed else { return Ok(()) };
    let error = if error == b"Illegal division by zero" { b"division by zero possible".to_vec() } else { error };
    Err(syntax_error(error))
}

/// What SpamAssassin takes for an attempt to run Perl.
fn forbidden(text: &[u8], version: Version) -> Option<&[u8]> {
    let is_sign = |byte: &u8| matches!(byte, b'$' | b'@' | b'%' | b';' | b'{' | b'}');
    if version >= Version::V40
        && let Some(at) = text.iter().position(is_sign)
    {
        return Some(&text[at..=at]);
    }
    let pair = |one: u8, other: u8| {
        let mut at = memchr::memchr_iter(one, text).filter(|at| text.get(at + 1) == Some(&other));
        at.next().map(|at| &text[at..at + 2])
    };
    pair(b':', b':').or_else(|| pair(b'-', b'>'))
}

/// A part of an expression.
enum Piece<'t> {
    Token(&'t [u8]),
    /// `rules_matching(GLOB)`
    Call,
}

/// Shows the parts of an expression one after the other, until one is found.
fn pieces<'t, T>(text: &'t [u8], mut look: impl FnMut(Piece<'t>) -> ControlFlow<T>) -> Option<T> {
    let (mut at, mut globs) = (0, GlobCalls::new(text));
    loop {
        let call = globs.next();
        let end = call.as_ref().map_or(text.len(), |call| call.start);
        for token in Tokens::new(&text[at..end]) {
            if let ControlFlow::Break(found) = look(Piece::Token(token)) {
                return Some(found);
            }
        }
        at = call?.end;
        if let ControlFlow::Break(found) = look(Piece::Call) {
            return Some(found);
        }
    }
}

/// An expression as SpamAssassin shows it when it refuses it: with 0 in the place of each `rules_matching`.
pub fn without_calls(text: &[u8]) -> Vec<u8> {
    let (mut rule, mut at) = (Vec::with_capacity(text.len()), 0);
    for call in GlobCalls::new(text) {
        rule.extend_from_slice(&text[at..call.start]);
        rule.extend_from_slice(b" 0 ");
        at = call.end;
    }
    rule.extend_from_slice(&text[at..]);
    rule
}

/// The names of rules in an expression; those that `rules_matching` finds are not named.
pub fn names_in(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut calls = GlobCalls::new(text);
    let mut next = calls.next();
    Tokens::new(text).filter(move |token| {
        let at = offset_in(text, token);
        while next.as_ref().is_some_and(|call| call.end <= at) {
            next = calls.next();
        }
        let is_in_call = next.as_ref().is_some_and(|call| call.start <= at);
        !is_in_call && is_rule_name(token) && *token != b"local_tests_only"
    })
}

/// Whether an expression holds when none of its rules hits; nothing where that cannot be told.
pub fn value_without_rules(text: &[u8]) -> Option<bool> {
    let mut perl = Vec::with_capacity(text.len());
    for token in Tokens::new(text) {
        perl.extend_from_slice(if is_rule_name(token) { b"0" } else { token });
        perl.push(b' ');
    }
    let value = perl::parse(&perl, Place::Assigned, Perl::V5_36.of_patterns())
        .ok()?
        .run(&mut |_| Ok(perl::Value::Unknown))
        .ok()?;
    (value != perl::Value::Unknown).then(|| value.is_true())
}

/// `^\d+(\.\d+)?$`.
fn is_number(token: &[u8]) -> bool {
    super::value::is_score(token) && token[0] != b'-'
}

/// What a call of `rules_matching` begins with.
static CALL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"rules_matching("));

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
        loop {
            let start = self.at + CALL.find(&self.text[self.at..])?;
            self.at = start + CALL.needle().len();
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

/// How many bytes of names are held against patterns of `rules_matching`, and put in their place, at most. SpamAssassin
/// knows no bound; the patterns decide only which metas wait for which.
const MOST_MATCHES: usize = 500_000;

impl Reader<'_> {
    /// What SpamAssassin says of metas when all lines are read.
    pub fn check_metas(&self, side: Side) -> Vec<Said> {
        let metas = self.rules_of(side, |kind| kind == Kind::Meta);
        if metas.is_empty() {
            return Vec::new();
        }
        let indexes: HashMap<&[u8], u32, Seed> = metas.iter().map(|(name, _)| *name).zip(0..).collect();
        let (mut globs, mut budget, mut said) = (NameMap::default(), MOST_MATCHES, Vec::new());
        let mut waits_for = Vec::with_capacity(metas.len());
        for (name, rule) in &metas {
            let text = expanded(&rule.text, name, &self.state, &mut globs, &mut budget);
            waits_for.push(
                Tokens::new(&text)
                    .filter(|token| *token != b"local_tests_only")
                    .filter_map(|token| indexes.get(token).copied())
                    .collect::<Vec<_>>(),
            );
            if self.options.version >= Version::V40 && may_not_compile(&rule.text) {
                let perl = compiled(&text);
                if let Err(error) = perl::parse(&perl, Place::Body, self.options.perl.of_patterns()) {
                    let failure = PerlFailure { perl: perl.into(), error: error.into() };
                    let complaint = Complaint::MetaCompilation(Box::new(BadMeta { name: (*name).into(), failure }));
                    said.push((self.place_of(&metas[waits_for.len() - 1]), Level::Fatal, complaint));
                }
            }
        }
        // Cycles are told of first.
        let mut cycles = self.cycles(&metas, &waits_for);
        cycles.append(&mut said);
        cycles
    }

    /// A meta that waits for itself, or for one that does, is never computed.
    fn cycles(&self, metas: &[(&[u8], &Rule)], waits_for: &[Vec<u32>]) -> Vec<Said> {
        let mut waiting: Vec<usize> = waits_for.iter().map(Vec::len).collect();
        let mut waiters: Vec<Vec<u32>> = vec![Vec::new(); metas.len()];
        for (at, others) in (0..).zip(waits_for) {
            others.iter().for_each(|&other| waiters[other as usize].push(at));
        }
        let mut solved: Vec<usize> = (0..metas.len()).filter(|&at| waiting[at] == 0).collect();
        while let Some(at) = solved.pop() {
            for waiter in waiters[at].iter().map(|&waiter| waiter as usize) {
                waiting[waiter] -= 1;
                if waiting[waiter] == 0 {
                    solved.push(waiter);
                }
            }
        }
        let unsolved = (0..metas.len()).filter(|&at| waiting[at] > 0);
        unsolved
            .map(|at| {
                let others = waits_for[at].iter().filter(|&&other| waiting[other as usize] > 0);
                let others: Vec<&[u8]> = others.map(|&other| metas[other as usize].0).collect();
                let dependencies = others.join(b", ".as_slice()).into();
                let complaint = Complaint::UnsolvedMeta(Box::new(Unsolved { name: metas[at].0.into(), dependencies }));
                (self.place_of(&metas[at]), Level::Lint, complaint)
            })
            .collect()
    }
}

/// Whether a meta that passed the check may fail when it is compiled: only where something is taken for a glob or a file
/// name pattern, and where names are filled in.
fn may_not_compile(text: &[u8]) -> bool {
    memchr::memchr2(b'*', b'<', text).is_some() || CALL.find(text).is_some()
}

/// A meta's text with the names in the place of `rules_matching(GLOB)`.
fn expanded<'t>(
    text: &'t [u8],
    name: &[u8],
    state: &State,
    globs: &mut NameMap<Box<[u8]>>,
    budget: &mut usize,
) -> Cow<'t, [u8]> {
    if GlobCalls::new(text).next().is_none() {
        return Cow::Borrowed(text);
    }
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
    Cow::Owned(out)
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

/// A meta in Perl, as SpamAssassin puts it together.
fn compiled(text: &[u8]) -> Vec<u8> {
    let mut perl = Vec::with_capacity(text.len() * 2);
    for token in Tokens::new(text) {
        if token == b"local_tests_only" {
            perl.extend_from_slice(b"($_[0]->{main}->{local_tests_only}||0) ");
        } else if is_rule_name(token) {
            perl.extend_from_slice(b"($_[1]->{'");
            perl.extend_from_slice(token);
            perl.extend_from_slice(b"'}||0) ");
        } else {
            perl.extend_from_slice(token);
            perl.push(b' ');
        }
    }
    if perl == b"( ) " { b"0".to_vec() } else { perl }
}
