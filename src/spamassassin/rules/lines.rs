//! What stands in lines that SpamAssassin takes, and does not mean there what it means elsewhere.

use crate::finding::Sink;
use crate::rule::{Severity, Verdict};
use crate::source::Span;
use crate::spamassassin::bytes::{first_word, is_word, words};
use crate::spamassassin::line::folded;
use crate::spamassassin::{Configuration, Form, named};
use crate::text;

pub(super) fn line_continuation(configuration: &Configuration, sink: &mut Sink<'_>) {
    // Nearly no file has one, and the rule is about nearly every line.
    if memchr::memchr(b'\\', configuration.file.source.bytes()).is_none() {
        return;
    }
    for line in configuration.lines(|form| !matches!(form, Form::Template | Form::NameAndText)) {
        let Some((b'\\', before)) = line.value.split_last() else { continue };
        if !configuration.line_behind(&line).is_empty() {
            let span = line.span_of(&line.value[before.len()..]);
            sink.find(
                span,
                text!(
                    "`{}` takes the `\\` for a part of its value, and does not go on in the next line",
                    line.setting.name
                ),
            )
            .help(text!("write everything in one line, or `{}` again in the next", line.setting.name));
        }
    }
}

pub(super) fn lone_carriage_return(configuration: &Configuration, sink: &mut Sink<'_>) {
    let bytes = configuration.file.source.bytes();
    if configuration.not_read.is_some() {
        return;
    }
    let (mut first, mut lost) = (None, 0_usize);
    for at in memchr::memchr_iter(b'\r', bytes) {
        let rest = &bytes[at + 1..];
        if rest.first() == Some(&b'\n') {
            continue;
        }
        let line = &rest[..memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len())];
        let key = folded(first_word(line.trim_ascii()).0);
        let is_line = named(&key, configuration.reading.version).next().is_some()
            || matches!(&*key, b"if" | b"ifplugin" | b"else" | b"endif" | b"include");
        if is_line {
            first = first.or(Some(at));
            lost += 1;
        }
    }
    let Some(first) = first else { return };
    let finding = sink.find(
        Span::new(first, first + 1),
        text!("a carriage return alone ends no line: {} settings behind such ones are none", lost),
    );
    // In a file of such lines all is lost, or all but the first.
    if memchr::memchr(b'\n', &bytes[first..]).is_none() {
        finding.severity(Severity::Error).engine(Verdict::Refuses);
    }
    finding.help(text!("save the file with the line ends of Unix: `tr '\\r' '\\n'`"));
}

pub(super) fn utf_16(configuration: &Configuration, sink: &mut Sink<'_>) {
    let bytes = configuration.file.source.bytes();
    let start = &bytes[..bytes.len().min(256)];
    let every_other = |first: usize| start.len() >= 4 && start.iter().skip(first).step_by(2).all(|&byte| byte == 0);
    if configuration.not_read.is_none()
        && (start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") || every_other(0) != every_other(1))
    {
        sink.find(Span::new(0, 2), text!("the file is written in UTF-16, of which SpamAssassin understands no line"))
            .help(text!("save it as UTF-8 without a byte order mark: `iconv -f UTF-16 -t UTF-8`"));
    }
}

/// Quotation marks and dashes of text programs, and a blank that is none, in UTF-8.
const TYPOGRAPHIC: &[(&str, &str)] = &[
    ("\u{a0}", "a no-break space"),
    ("\u{2018}", "a typographic quotation mark"),
    ("\u{2019}", "a typographic quotation mark"),
    ("\u{201c}", "a typographic quotation mark"),
    ("\u{201d}", "a typographic quotation mark"),
    ("\u{201e}", "a typographic quotation mark"),
    ("\u{2013}", "a dash of a text program"),
    ("\u{2014}", "a dash of a text program"),
    ("\u{200b}", "a blank without width"),
    ("\u{feff}", "a byte order mark"),
];

pub(super) fn typographic_character(configuration: &Configuration, sink: &mut Sink<'_>) {
    let is_list = |form| {
        matches!(
            form,
            Form::AddressesOrGlobs | Form::AddressAndDomain | Form::AddressAndSigner | Form::Words | Form::NamedList
        )
    };
    if configuration.file.source.bytes().is_ascii() {
        return;
    }
    for line in configuration.lines(is_list).filter(|line| !line.value.is_ascii()) {
        for word in words(line.value) {
            let place = |sign: &str| memchr::memmem::find(word, sign.as_bytes());
            let Some((at, sign, what)) = TYPOGRAPHIC.iter().find_map(|(sign, what)| Some((place(sign)?, sign, *what)))
            else {
                continue;
            };
            let span = line.span_of(&word[at..at + sign.len()]);
            sink.find(span, text!("{} stands in `{}`, which therefore fits nothing", what, word))
                .help(text!("write the entry again by hand, with plain signs"));
        }
    }
}

pub(super) fn version_operator(configuration: &Configuration, sink: &mut Sink<'_>) {
    for statement in configuration.conditions() {
        let key = configuration.file.source.slice(statement.key);
        if !key.eq_ignore_ascii_case(b"if") {
            continue;
        }
        let value = configuration.file.source.slice(statement.value);
        let (operator, meant, wrong) = match (memchr::memmem::find(value, b"=>"), memchr::memmem::find(value, b"=<")) {
            (Some(at), _) => (&value[at..at + 2], ">=", ">"),
            (_, Some(at)) => (&value[at..at + 2], "<=", "<"),
            _ => continue,
        };
        let start = statement.value.start as usize + crate::spamassassin::bytes::offset_in(value, operator);
        let span = crate::source::Span::new(start, start + 2);
        if !configuration.is_complained_of(statement.key) {
            sink.find(span, text!("SpamAssassin passes over the `=` here, and reads `{}` for `{}`", wrong, operator))
                .help(text!("write `{}`", meant));
        }
    }
}

pub(super) fn header_never_matches(configuration: &Configuration, sink: &mut Sink<'_>) {
    for line in configuration.lines(|form| form == Form::Header) {
        let (name, test) = line.name();
        let header_len = test.iter().take_while(|&&byte| is_word(byte) || byte == b'-').count();
        let header = &test[..header_len];
        let rest = first_word(test).1.unwrap_or_default();
        let Some(pattern) = rest.strip_prefix(b"=~").map(<[u8]>::trim_ascii_start) else { continue };
        if header.is_empty() || header_len != first_word(test).0.len() || configuration.rule_of(&line).is_none() {
            continue;
        }
        let repeated = pattern
            .strip_prefix(b"/^")
            .filter(|text| text.get(header_len) == Some(&b':') && text[..header_len].eq_ignore_ascii_case(header));
        if header != b"ALL"
            && let Some(text) = repeated
        {
            let part = &text[..=header_len];
            sink.find(
                line.span_of(part),
                text!("the value of a header does not begin with its name: `{}` never hits", name),
            )
            .help(text!(
                "write the pattern without `{}`, or look at all headers: `header {} ALL =~ ...`",
                part,
                name
            ));
        }
    }
}

/// Tags of HTML that people look for in the text; in capitals they are rather tags of `replace_tag`.
const TAGS: &[&str] = &[
    "<b>", "<i>", "<p>", "<br>", "<a href", "<img", "<html", "<body", "<table", "<font", "<div", "<span", "<script",
    "<iframe",
];

pub(super) fn body_looks_for_markup(configuration: &Configuration, sink: &mut Sink<'_>) {
    for line in configuration.lines(|form| matches!(form, Form::Body | Form::Uri)) {
        let (name, pattern) = line.name();
        if configuration.rule_of(&line).is_none() {
            continue;
        }
        let Some(inner) = pattern.strip_prefix(b"/") else { continue };
        if line.setting.form == Form::Body {
            let start = inner.strip_prefix(b"^").unwrap_or(inner);
            if let Some(tag) = TAGS.iter().find(|tag| start.starts_with(tag.as_bytes())) {
                sink.find(
                    line.span_of(&start[..tag.len()]),
                    text!("a `body` rule sees the text without its markup, so `{}` never hits", name),
                )
                .help(text!("write `rawbody {} {}`", name, pattern));
            }
            continue;
        }
        let Some(host) = inner.strip_prefix(b"^") else { continue };
        let len = host.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
        if len > 0 && host[len..].starts_with(b"\\.") {
            sink.find(
                line.span_of(&host[..=len]),
                text!("an address begins with `http://` or the like, so `{}` never hits", name),
            )
            .help(text!("write `^https?:\\/\\/` before the host, or leave the `^` away"));
        }
    }
}
