//! What only SpamAssassin suffers from, since it reads the file through Net::DNS.

use crate::finding::Sink;
use crate::resolv_conf::Resolver;
use crate::resolv_conf::net_dns::NO_SERVERS;
use crate::source::Span;
use crate::text;
use crate::text::Text;

pub(super) fn spamassassin_without_dns(resolver: &Resolver, sink: &mut Sink<'_>) {
    let Err(died) = resolver.spamassassins() else { return };
    // Without a server there was a word that is none, of which another rule tells.
    if died.message == NO_SERVERS.as_bytes() || died.word.is_some_and(|word| word.file > 0) {
        return;
    }
    let span = died.word.map_or(Span::at(0), |word| word.span);
    let message = if resolver.text(span).is_empty() {
        text!("Net::DNS cannot read this, so SpamAssassin has no DNS")
    } else {
        text!("Net::DNS cannot read `{}`, so SpamAssassin has no DNS", resolver.text(span))
    };
    let words = [b"dns: resolver create failed: ".as_slice(), &died.message].concat();
    sink.find(span, message)
        .says(Text::theirs(&words))
        .help(text!("correct or remove it: glibc does without it anyway"));
}

pub(super) fn shadowed_by_dotfile(resolver: &Resolver, sink: &mut Sink<'_>) {
    let Some(dotfile) = resolver.surroundings().and_then(|around| around.dotfile.as_ref()) else { return };
    let Ok(Some(asked)) = resolver.spamassassins() else { return };
    let Some(word) = asked.written.filter(|word| word.file > 0) else { return };
    let span = resolver.state.servers.first().map_or(Span::at(0), |server| server.written);
    let finding = sink.find(span, text!("SpamAssassin, where root starts it, asks the server of another file instead"));
    finding.label_in(dotfile, word.span, text!("Net::DNS reads this file, too, and asks this server"));
    finding.help(text!("remove that file"));
}
