//! What `options` lines set, and what they do not.

use crate::finding::{Safety, Sink};
use crate::policy::nearest;
use crate::resolv_conf::glibc::{Directive, MAX_ATTEMPTS, MAX_NDOTS, MAX_TIMEOUT};
use crate::resolv_conf::{Resolver, Setting, WORDS};
use crate::rule::Severity;
use crate::source::Span;
use crate::text;

/// Words that some version's manual page knows and that never changed, or no longer change, what is asked.
const IDLE: &[&str] = &[
    "debug",
    "no-check-names",
    "insecure1",
    "insecure2",
    "usevc",
    "inet6",
    "ip6-bytestring",
    "ip6-dotint",
    "no-ip6-dotint",
];
const NUMBERS: [&str; 3] = ["ndots:", "timeout:", "attempts:"];

/// All words of all `options` lines, each with what it sets.
fn words(resolver: &Resolver) -> impl Iterator<Item = (Span, Setting)> {
    resolver
        .state
        .lines
        .iter()
        .flat_map(|line| match &line.what {
            Directive::Options(words) => words.as_slice(),
            _ => &[],
        })
        .copied()
}

/// Where the number that is in force stands.
pub(super) fn in_force(resolver: &Resolver, prefix: &str) -> Option<Span> {
    let is_it = |(span, _): &(Span, Setting)| resolver.text(*span).starts_with(prefix.as_bytes());
    words(resolver).filter(is_it).last().map(|(span, _)| span)
}

pub(super) fn no_attempts(resolver: &Resolver, sink: &mut Sink<'_>) {
    if resolver.state.options.attempts > 0 {
        return;
    }
    let Some(span) = in_force(resolver, "attempts:") else { return };
    let message =
        text!("`{}` means that no server is ever asked: every lookup fails at once", resolver.text(span).trim_ascii());
    sink.find(span, message).help(text!("remove it, or write `attempts:2`"));
}

/// What of a word with a number is not read as a part of it.
fn behind_number(word: &[u8], prefix: &str) -> (bool, usize) {
    let value = &word[prefix.len()..];
    let sign = usize::from(matches!(value.first(), Some(b'-' | b'+')));
    let digits = value[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0, prefix.len() + sign + digits)
}

/// Whether a number stands behind a word and blanks.
fn number_follows(resolver: &Resolver, word: Span) -> bool {
    let rest = &resolver.file.source.bytes()[word.end as usize..];
    rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')).is_some_and(u8::is_ascii_digit)
}

pub(super) fn malformed_option(resolver: &Resolver, sink: &mut Sink<'_>) {
    let attempts = in_force(resolver, "attempts:");
    for (span, setting) in words(resolver) {
        let word = resolver.text(span);
        let shown = word.trim_ascii_end();
        if let Some(prefix) = NUMBERS.into_iter().find(|prefix| word.starts_with(prefix.as_bytes())) {
            let (has_digits, end) = behind_number(word, prefix);
            let is_zero_attempts = matches!(setting, Setting::Attempts(..=0)) && attempts == Some(span);
            // `timeout: 3` is read as it is meant.
            let is_apart = word.len() == prefix.len() && number_follows(resolver, span);
            if !has_digits && !is_zero_attempts && !is_apart {
                let message = text!("`{}` has no number behind the colon, which is read as 0", shown);
                sink.find(span, message).help(text!("write `{}` and a number, without a blank", prefix));
            } else if has_digits && !word[end..].trim_ascii().is_empty() {
                let rest = Span::new(span.start as usize + end, span.start as usize + shown.len());
                let message = text!("`{}` behind the number is not read", resolver.text(rest));
                let finding = sink.find(rest, message);
                finding.help(text!("options are separated by blanks, and a number ends its word"));
                if rest.range().len() == 1 {
                    finding.severity(Severity::Info);
                }
            }
            continue;
        }
        let Setting::Word(name) = setting else { continue };
        let rest = shown.get(name.len()..).unwrap_or_default();
        if rest.is_empty() {
            continue;
        }
        let message = text!(
            "`{}` sets `{}` and nothing else: words are compared only as far as an option's name is long",
            shown,
            name
        );
        let finding = sink.find(Span::new(span.start as usize, span.start as usize + shown.len()), message);
        if matches!(rest, b"," | b";") {
            finding.severity(Severity::Info);
        }
        finding.help(text!("options are separated by blanks alone"));
    }
}

pub(super) fn option_out_of_range(resolver: &Resolver, sink: &mut Sink<'_>) {
    for (span, setting) in words(resolver) {
        let word = resolver.text(span);
        let has_digits =
            NUMBERS.into_iter().any(|prefix| word.starts_with(prefix.as_bytes()) && behind_number(word, prefix).0);
        let word = word.trim_ascii_end();
        let message = match setting {
            _ if !has_digits => continue,
            Setting::Ndots(ndots) if ndots > MAX_NDOTS => text!("`{}` counts as 15, which is the most", word),
            Setting::Ndots(..0) => text!(
                "`{}` counts as {}: the number is kept in four bits",
                word,
                u32::from(resolver.state.options.ndots)
            ),
            Setting::Timeout(timeout) if timeout > MAX_TIMEOUT => text!("`{}` counts as 30, which is the most", word),
            Setting::Timeout(..=0) => text!("`{}` counts as 1: no wait is shorter than a second", word),
            Setting::Attempts(attempts) if attempts > MAX_ATTEMPTS => {
                text!("`{}` counts as 5, which is the most", word)
            }
            _ => continue,
        };
        sink.find(span, message);
    }
}

pub(super) fn unknown_option(resolver: &Resolver, sink: &mut Sink<'_>) {
    for line in &resolver.state.lines {
        let Directive::Options(words) = &line.what else { continue };
        let comment = words.iter().position(|(span, _)| matches!(resolver.text(*span).first(), Some(b'#' | b';')));
        for &(span, _) in
            words[..comment.unwrap_or(words.len())].iter().filter(|(_, setting)| *setting == Setting::Nothing)
        {
            let word = resolver.text(span).trim_ascii_end();
            let span = Span::new(span.start as usize, span.start as usize + word.len());
            let (name, is_number) = (str::from_utf8(word).unwrap_or_default(), word.iter().all(u8::is_ascii_digit));
            if word.is_empty() || is_number {
                // The number of `timeout: 3` stands behind a blank, and is read all the same.
                continue;
            }
            let version = resolver.version.to_string();
            let bare = name.strip_prefix('-').unwrap_or(name);
            if let Some((_, from, to)) = WORDS.iter().find(|(known, ..)| *known == bare) {
                let (from, bare) = (*from.max(&if name == bare { 0 } else { 41 }), word);
                let message = if resolver.version.minor < from {
                    text!(
                        "glibc {} does not know `{}`, which came with 2.{}",
                        version.as_bytes(),
                        bare,
                        u32::from(from)
                    )
                } else {
                    text!("glibc {} no longer knows `{}`: 2.{} dropped it", version.as_bytes(), bare, u32::from(*to))
                };
                sink.find(span, message).severity(Severity::Info);
            } else if IDLE.contains(&bare) {
                sink.find(span, text!("`{}` does nothing", word)).severity(Severity::Info).help(text!("remove it"));
            } else {
                let names = WORDS.iter().map(|&(name, ..)| name).chain(NUMBERS);
                let finding = sink.find(span, text!("the resolver knows no option `{}` and skips it", word));
                let stem = name.split_inclusive(':').next().unwrap_or_default();
                let separator = name.find('=').filter(|_| !name.contains(':'));
                let number =
                    separator.map(|at| &name[..at]).filter(|start| NUMBERS.contains(&[start, ":"].concat().as_str()));
                if let Some(start) = number {
                    let at = span.start as usize + start.len();
                    finding.help(text!("write `{}:` and the number", start.as_bytes()));
                    finding.fix(Safety::Safe, vec![(Span::new(at, at + 1), b":".to_vec())]);
                    continue;
                }
                let stem = stem.to_ascii_lowercase();
                match (nearest(&stem, names), nearest(&stem, IDLE.iter().copied())) {
                    (Some(near), _) => finding.help(text!("did you mean `{}`?", near)),
                    (None, Some(near)) => {
                        finding.severity(Severity::Info).help(text!("remove it: `{}` does nothing either", near))
                    }
                    (None, None) => finding.help(text!("see resolv.conf(5) for the options that there are")),
                };
            }
        }
    }
}

pub(super) fn trailing_comment(resolver: &Resolver, sink: &mut Sink<'_>) {
    let is_comment = |span: &Span| matches!(resolver.text(*span).first(), Some(b'#' | b';'));
    for line in &resolver.state.lines {
        match &line.what {
            Directive::Options(words) => {
                let Some(at) = words.iter().position(|(span, _)| is_comment(span)) else { continue };
                let set = words[at..].iter().find(|(_, setting)| *setting != Setting::Nothing);
                let start = words[at].0;
                let finding = match set {
                    Some(&(span, _)) => {
                        let message = text!(
                            "no comment begins here for the resolver: `{}` is in force",
                            resolver.text(span).trim_ascii_end()
                        );
                        let finding = sink.find(start, message);
                        finding.label(span, text!("read as an option"));
                        finding
                    }
                    None => sink
                        .find(
                            start,
                            text!("no comment begins here for the resolver, which takes the words for options"),
                        )
                        .severity(Severity::Info),
                };
                finding.help(text!("put the comment on a line of its own"));
            }
            Directive::Search(names) => {
                let Some(at) = names.iter().position(is_comment) else { continue };
                let last = names.last().copied().unwrap_or(names[at]);
                let message = text!(
                    "no comment begins here for the resolver, which searches `{}` as domains, too",
                    resolver.text(names[at].to(last)).trim_ascii_end()
                );
                sink.find(names[at], message).help(text!("put the comment on a line of its own"));
            }
            _ => {}
        }
    }
}
