//! What Exim takes a file for, and how much of it is left for it to read.

use memchr::memmem;

use super::forward_list::{BYTE_ORDER_MARK, Taken, entries, is_command, leading_comments, taken};
use crate::exim_filter::form::visible;
use crate::exim_filter::words::nearest;
use crate::exim_filter::{self, Filter, FilterFile, Form, Permissions, Word};
use crate::finding::Sink;
use crate::rule::{Severity, Verdict};
use crate::source::Span;
use crate::text;
use crate::text::Text;
use crate::tree::USER_CAP;

/// What makes a tag none.
#[derive(Clone, Copy)]
enum Spoilt {
    /// A byte order mark before it.
    Mark(Span),
    /// Another comment before it.
    Comment(Span),
    /// Other signs than blanks between its words, or a slip.
    Misspelt(Span),
}

pub(super) fn not_a_filter(filter: &FilterFile, sink: &mut Sink<'_>) {
    let bytes = visible(filter.file.source.bytes());
    if filter.form != Form::ForwardList || bytes.len() > USER_CAP {
        return;
    }
    let spoilt = spoilt_tag(bytes);
    let (mut command, mut refused) = (None, None);
    let (mut is_certain, mut has_entries) = (true, false);
    for entry in entries(bytes) {
        has_entries = true;
        let text = &bytes[entry.range()];
        // A word alone may be an address, where nothing else says that it is a filter.
        if command.is_none() && (is_command(text) || (spoilt.is_some() && Word::of(text).is_some())) {
            command = Some(entry);
        }
        match taken(text) {
            _ if !is_certain || refused.is_some() => (),
            Taken::Address => (),
            Taken::Refused => refused = Some(entry),
            Taken::Unknown => is_certain = false,
        }
        if command.is_some() && (refused.is_some() || !is_certain) {
            break;
        }
    }
    // Words that may be addresses, among what only Exim knows how to take.
    if !is_certain && command.is_some_and(|command| !is_command(&bytes[command.range()])) {
        command = None;
    }
    let (span, message, help) = match spoilt {
        Some(Spoilt::Mark(mark)) => (
            mark,
            text!("a byte order mark before `# Exim filter`: Exim takes the file for a list of addresses"),
            text!("save the file without it"),
        ),
        Some(Spoilt::Comment(comment)) if command.is_some() || !has_entries => (
            comment,
            text!("`{}` before `# Exim filter`: Exim takes the file for a list of addresses", &bytes[comment.range()]),
            text!("move `# Exim filter` to the top"),
        ),
        Some(Spoilt::Misspelt(tag)) if command.is_some() => (
            tag,
            text!("`{}` is not `# Exim filter`: Exim takes the file for a list of addresses", &bytes[tag.range()]),
            text!("write `# Exim filter` in its place"),
        ),
        _ => {
            let Some(command) = command else { return };
            let text = &bytes[command.range()];
            (
                command,
                text!("`{}` in a list of addresses: a filter begins with `# Exim filter`", text),
                text!("write `# Exim filter` as the first line"),
            )
        }
    };
    let finding = sink.find(span, message).help(help);
    if let Some(command) = command.filter(|&command| command != span) {
        finding.label(command, text!("the first command"));
    }
    if let Some(refused) = refused {
        let words = [b"missing or malformed local part (expected word or \"<\") in \"", &bytes[refused.range()], b"\""];
        finding.says(Text::theirs(&words.concat()));
    } else if is_certain {
        finding.engine(Verdict::Accepts);
    }
    if !has_entries {
        finding.severity(Severity::Info);
    }
}

/// What stands before the tag, or was meant to be it.
fn spoilt_tag(bytes: &[u8]) -> Option<Spoilt> {
    if bytes.strip_prefix(BYTE_ORDER_MARK).is_some_and(|rest| Form::of(rest) == Form::Exim) {
        return Some(Spoilt::Mark(Span::new(0, BYTE_ORDER_MARK.len())));
    }
    let mut first = None;
    for comment in leading_comments(bytes) {
        let text = &bytes[comment.range()];
        if let Some(first) = first
            && Form::of(text) == Form::Exim
        {
            return Some(Spoilt::Comment(first));
        }
        let letters: Vec<u8> = text.iter().filter(|byte| byte.is_ascii_alphabetic()).copied().take(11).collect();
        let start = &letters[..letters.len().min(10)];
        let is_near = start.eq_ignore_ascii_case(b"eximfilter") || nearest(&letters, &["eximfilter"]).is_some();
        if is_near && Form::of(text) != Form::Exim {
            return Some(Spoilt::Misspelt(comment));
        }
        first = first.or(Some(comment));
    }
    None
}

pub(super) fn sieve_not_checked(filter: &FilterFile, sink: &mut Sink<'_>) {
    if filter.form == Form::Sieve {
        let bytes = filter.file.source.bytes();
        let start = bytes.len() - bytes.trim_ascii_start().len();
        let len = bytes[start..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - start);
        let tag = bytes[start..start + len].trim_ascii_end();
        sink.find(Span::new(start, start + tag.len()), text!("a script in Sieve, which is not checked"));
    }
}

pub(super) fn one_line_filter(filter: &FilterFile, sink: &mut Sink<'_>) {
    let Some(parsed) = &filter.filter else { return };
    let bytes = visible(filter.file.source.bytes());
    if Form::of(bytes) != Form::Exim {
        return;
    }
    if parsed.commands.is_empty() && parsed.errors.is_empty() {
        let commands = leading_comments(bytes).flat_map(|comment| lines_at_cr(bytes, comment));
        let first = commands.filter(|line| begins_command(&bytes[line.range()])).min();
        if let Some(line) = first {
            let message =
                text!("`{}` is only a part of a comment: no line before it ends with LF", &bytes[line.range()]);
            sink.find(line, message).help(text!("save the file with Unix line ends, LF"));
            return;
        }
    }
    if let Some(rest) = behind_tag(bytes)
        && is_whole_filter(&bytes[rest.range()])
    {
        let message = text!("`{}` stands on the line of the tag, which is a comment", &bytes[rest.range()]);
        sink.find(rest, message).help(text!("begin a new line behind `# Exim filter`"));
    }
}

/// What would be the lines of a comment if they ended at CR; the first remains one.
fn lines_at_cr(bytes: &[u8], comment: Span) -> impl Iterator<Item = Span> {
    let mut start = comment.start as usize;
    let lines = bytes[comment.range()].split(|&byte| byte == b'\r').map(move |line| {
        let blanks = line.len() - line.trim_ascii_start().len();
        let span = Span::new(start + blanks, start + blanks.max(line.trim_ascii_end().len()));
        start += line.len() + 1;
        span
    });
    lines.skip(1)
}

fn begins_command(line: &[u8]) -> bool {
    let word = line.iter().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(line.len());
    let is_whole = line.get(word).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'(' | b'"'));
    is_whole && Word::of(&line[..word]).is_some()
}

/// The rest of the tag's line.
fn behind_tag(bytes: &[u8]) -> Option<Span> {
    let comment = leading_comments(bytes).next()?;
    let text = &bytes[comment.range()];
    let tag = text.windows(6).position(|window| window.eq_ignore_ascii_case(b"filter"))? + 6;
    let blanks = text[tag..].len() - text[tag..].trim_ascii_start().len();
    Some(Span::new(comment.start as usize + tag + blanks, comment.end as usize))
}

/// Whether a text is a filter, and does not only look like one: Exim finds no error in it, and it has a condition or a
/// string.
fn is_whole_filter(text: &[u8]) -> bool {
    let has_sign = [b"\"".as_slice(), b" then "].into_iter().any(|sign| memmem::find(text, sign).is_some());
    let has_commands =
        |filter: &Filter| filter.verdict == exim_filter::Verdict::Accepted && !filter.commands.is_empty();
    has_sign && begins_command(text) && has_commands(&Filter::parse(text, Permissions::SYSTEM))
}

pub(super) fn nul_byte(filter: &FilterFile, sink: &mut Sink<'_>) {
    let bytes = filter.file.source.bytes();
    let end = visible(bytes).len();
    if end == bytes.len() || bytes.len() > USER_CAP {
        return;
    }
    let rest = bytes[end..].iter().position(|&byte| byte != 0 && !byte.is_ascii_whitespace());
    let finding = sink.find(Span::new(end, end + 1), text!("Exim reads the file up to this NUL byte, and no further"));
    match rest {
        Some(_) => finding.help(text!("remove it: what stands behind it is not obeyed")),
        None => finding.severity(Severity::Info).help(text!("remove it; nothing stands behind it")),
    };
}
