//! Strings that Exim cannot expand when a message comes to them.

use crate::exim_expansion::{Forbidden, Setting, Verdict, expand};
use crate::exim_filter::{Action, Filter, FilterFile, Item, Test};
use crate::finding::Sink;
use crate::text;
use crate::text::{Text, Untrusted};

/// What cPanel's routers forbid in a filter.
const CPANEL: Forbidden =
    Forbidden::RUN.and(Forbidden::PERL).and(Forbidden::LOOKUP).and(Forbidden::READFILE).and(Forbidden::READSOCKET);

pub(super) fn bad_expansion(file: &FilterFile, sink: &mut Sink<'_>) {
    let Some(filter) = file.filter.as_ref() else { return };
    let bytes = file.file.source.bytes();
    let forbidden = if file.is_system_filter() { Forbidden::NOTHING } else { CPANEL };
    let setting = Setting { forbidden, ..Setting::filter() };
    for (item, place) in expanded(filter) {
        let value = item.value(bytes);
        if memchr::memchr2(b'$', b'\\', &value).is_none() {
            continue;
        }
        let expansion = expand(&value, &setting);
        let Verdict::Refused(error) = expansion.verdict() else { continue };
        let words = expansion.words(error);
        let span = item.places(bytes).span(error.span.range());
        let message = text!("Exim cannot expand this string: {}", words.as_slice());
        // A line feed ends what is written to a log, and Exim has put it there already.
        let end: &[u8] = if place == "logwrite command" { b"\n" } else { b"" };
        let logged = [b"failed to expand \"", &*value, end, b"\" in ", place.as_bytes(), b": ", &words].concat();
        sink.find(span, message).says(Text::theirs(Untrusted::from(logged))).help(text!(
            "a `$` that shall be a dollar sign is written `\\\\$` in a quoted string, and `\\$` outside of one"
        ));
    }
}

/// The strings that Exim expands while it runs a filter, each with the place that its words name.
fn expanded(filter: &Filter) -> impl Iterator<Item = (Item, &'static str)> {
    let conditions = filter.conditions.iter().flat_map(|condition| match &condition.test {
        Test::Compare { left, right, .. } => vec![(*left, "filter file"), (*right, "filter file")],
        _ => Vec::new(),
    });
    let commands = filter.commands.iter().filter_map(|command| match &command.action {
        Action::Deliver { address, .. } => Some((*address, "deliver command")),
        Action::Save { path, .. } => Some((*path, "save command")),
        Action::Logwrite { text } => Some((*text, "logwrite command")),
        _ => None,
    });
    conditions.chain(commands)
}
