//! What fails in commands.

use std::borrow::Cow;

use super::Runner;
use super::address::{Taken, has_address, taken};
use super::failing::{Failing, Owner};
use super::flow::{Flow, Log};
use super::number::{is_added_number, is_time, strtol, without_minuses};
use super::pipe;
use super::string::{Expanded, FilterString, expanded};
use super::unguarded::{Candidate, Need};
use crate::exim_expansion::{Forbidden, Setting};
use crate::exim_filter::{Action, Item, MailArgument, MailKey, Whose};
use crate::source::Span;

/// So much of a string Exim shows in its words about the arguments of `mail`.
const SHOWN: usize = 1024;

/// The arguments of `mail` in the order in which Exim expands and checks them; those before `text` are headers, those
/// behind it are names of files, and a time.
const MAIL_KEYS: [MailKey; 12] = [
    MailKey::To,
    MailKey::Cc,
    MailKey::Bcc,
    MailKey::From,
    MailKey::ReplyTo,
    MailKey::Subject,
    MailKey::ExtraHeaders,
    MailKey::Text,
    MailKey::File,
    MailKey::Log,
    MailKey::Once,
    MailKey::OnceRepeat,
];

impl<'f> Runner<'f> {
    /// Looks at all commands.
    pub(super) fn commands(&mut self, flow: &Flow) {
        for (index, command) in (0_u32..).zip(&self.filter.commands) {
            let owner = Owner::Command(index);
            match &command.action {
                Action::Add { number, variable } => self.add(owner, *number, *variable),
                Action::Deliver { address, errors_to } => self.deliver(owner, *address, *errors_to),
                Action::Save { path, .. } => self.save(owner, *path),
                Action::Pipe { command } => self.pipe(owner, *command),
                Action::Logfile { path, .. } => {
                    self.string(*path, owner, "logfile command");
                }
                Action::Logwrite { text } => {
                    self.string(*text, owner, "logwrite command");
                    self.logwrite(owner, command.word, flow);
                }
                Action::Testprint { text } => {
                    self.string(*text, owner, "testprint command");
                }
                Action::HeadersAdd { header: text }
                | Action::HeadersRemove { names: text }
                | Action::HeadersCharset { charset: text } => {
                    self.string(*text, owner, "headers command");
                }
                Action::Fail { text } => self.ending(owner, *text, "fail command"),
                Action::Freeze { text } => self.ending(owner, *text, "freeze command"),
                Action::Defer { text } => self.ending(owner, *text, "defer command"),
                Action::Mail { arguments } => self.mail(owner, arguments, "mail"),
                Action::Vacation { arguments } => self.mail(owner, arguments, "vacation"),
                Action::Finish | Action::If { .. } | Action::Broken => (),
            }
        }
    }

    /// The system filter has no home to put before a path.
    fn save(&mut self, owner: Owner, path: Item) {
        let string = self.string(path, owner, "save command");
        if self.circumstances.whose != Whose::Server {
            return;
        }
        match string.constant() {
            Some([b'/', ..]) => (),
            // What begins so is no path for Exim.
            Some([b'|' | b'>', ..]) => self.doubt(owner),
            Some(path) => {
                let words = [b"appendfile: file or directory name \"", path, b"\" is not absolute"].concat();
                self.fail(owner, Failing::RelativeSave, string.span(), Some(words));
            }
            None => self.doubt_unless_refused(owner, &string),
        }
    }

    fn logwrite(&mut self, owner: Owner, word: Span, flow: &Flow) {
        let log = flow.logs.binary_search_by_key(&owner, |&(index, _)| Owner::Command(index));
        match log.map(|at| flow.logs[at].1) {
            Ok(Log::Missing) => {
                let words = b"attempt to obey \"logwrite\" command without a previous \"logfile\"";
                self.fail(owner, Failing::NoLogfile, word, Some(words.to_vec()));
            }
            // The system filter may be run as root, who may write everywhere.
            Ok(Log::Named(index)) if self.circumstances.whose != Whose::Server => self.logfile(owner, index),
            _ => self.doubt(owner),
        }
    }

    /// A user may write neither into the root of the file system nor into Exim's own folders.
    fn logfile(&mut self, owner: Owner, index: u32) {
        let Action::Logfile { path, .. } = self.filter.commands[index as usize].action else { return };
        let string = FilterString::new(path, self.bytes, &self.circumstances.setting);
        match string.constant() {
            Some([b'/', ..]) | None => self.doubt(owner),
            Some(path) if self.told_logfiles.insert(index) => {
                let words = self.circumstances.runs_as.map(|(user, group)| {
                    let who = format!("\": Permission denied (euid={user} egid={group})");
                    [b"failed to open filter log file \"", path, who.as_bytes()].concat()
                });
                self.fail(owner, Failing::RelativeLogfile, string.span(), words);
            }
            Some(_) => (),
        }
    }

    fn ending(&mut self, owner: Owner, text: Option<Item>, place: &str) {
        if let Some(text) = text {
            self.string(text, owner, place);
        }
    }

    fn add(&mut self, owner: Owner, number: Item, variable: Item) {
        let [number, variable] = [number, variable].map(|item| self.string(item, owner, "add command"));
        let malformed = |value: &[u8]| Some([b"malformed number \"", value, b"\" in \"add\" command"].concat());
        match number.constant() {
            Some(value) if !is_added_number(value) => {
                let value = without_minuses(value);
                self.fail(owner, Failing::AddedNumber(value.to_vec()), number.span(), malformed(value));
            }
            Some(_) => (),
            None => self.doubt_unless_refused(owner, &number),
        }
        match variable.constant() {
            Some([b'n', digit]) => {
                if strtol(&[*digit]).is_none() {
                    self.fail(owner, Failing::AddedNumber(vec![*digit]), variable.span(), malformed(&[*digit]));
                }
            }
            // Exim looks at whatever lies behind the text.
            Some(b"n") => self.doubt(owner),
            Some(value) => {
                let words = [b"unknown variable \"", value, b"\" in \"add\" command"].concat();
                self.fail(owner, Failing::AddedVariable(value.to_vec()), variable.span(), Some(words));
            }
            // Whatever number it stands for, that is no name; before the first `add` it is 0.
            None if is_counter(&variable.text) => {
                let words = (!self.has_added).then(|| b"unknown variable \"0\" in \"add\" command".to_vec());
                self.fail(owner, Failing::AddedVariable(variable.text.to_vec()), variable.span(), words);
            }
            None => self.doubt_unless_refused(owner, &variable),
        }
        self.has_added = true;
    }

    fn doubt_unless_refused(&mut self, owner: Owner, string: &FilterString<'_>) {
        if !matches!(string.expanded, Expanded::Refused(..)) {
            self.doubt(owner);
        }
    }

    fn deliver(&mut self, owner: Owner, address: Item, errors_to: Option<Item>) {
        let address = self.string(address, owner, "deliver command");
        let errors_to = errors_to.map(|item| self.string(item, owner, "deliver command"));
        if self.address(owner, &address).is_none() && matches!(address.expanded, Expanded::Something) {
            let place = "deliver command".into();
            self.candidates.push(Candidate { owner, item: address.item, need: Need::Address, place });
        }
        let Some(string) = errors_to else { return };
        let Some(own) = self.address(owner, &string) else { return };
        match self.is_foreign(&own) {
            Some(true) => {
                let words = b"errors_to must point to the caller's address".to_vec();
                self.fail(owner, Failing::ErrorsTo, string.span(), Some(words));
            }
            Some(false) => (),
            None => self.doubt(owner),
        }
    }

    /// The address that a string is, when it is the same for every message.
    fn address(&mut self, owner: Owner, string: &FilterString<'_>) -> Option<Vec<u8>> {
        let Some(value) = string.constant() else {
            self.doubt_unless_refused(owner, string);
            return None;
        };
        match taken(value) {
            Taken::Address(address) => return Some(address),
            Taken::DependsOnOptions => self.doubt(owner),
            Taken::Malformed(why) => {
                let words = [b"malformed address \"", value, b"\" in filter file: ", &why].concat();
                self.fail(owner, Failing::Address(why), string.span(), Some(words));
            }
        }
        None
    }

    /// Whether an address is not the one that the filter is for; nothing where that is not known.
    fn is_foreign(&self, address: &[u8]) -> Option<bool> {
        let at = address.iter().rposition(|&byte| byte == b'@');
        let (local, domain) = at.map_or((address, None), |at| (&address[..at], Some(&address[at + 1..])));
        let differs = |a: &[u8], b: &[u8]| !a.eq_ignore_ascii_case(b);
        match self.circumstances.whose {
            Whose::Server => Some(false),
            Whose::Mailbox(own_domain, own) => Some(differs(local, own) || differs(domain?, own_domain)),
            // Whose address it is, it is not that of the others.
            Whose::Domain(own) => differs(domain?, own).then_some(true),
            Whose::Account(own) | Whose::Forward(own) => differs(local, own).then_some(true),
            Whose::Unknown => None,
        }
    }

    /// The transport expands the arguments of a command, when the filter is done: it knows no `$n0`, and the router's
    /// options do not count there.
    fn pipe(&mut self, owner: Owner, item: Item) {
        self.note_numbers(owner, item, "pipe command");
        let text = item.value(self.bytes);
        let (command, start) = pipe::command(&text);
        let arguments = pipe::arguments(command);
        let whole =
            |range: std::ops::Range<usize>| item.places(self.bytes).span(range.start + start..range.end + start);
        if let Some(argument) = arguments.get(pipe::ROOM) {
            let words = [b"Too many arguments in command \"", command, b"\" in address_pipe transport"].concat();
            let span = whole(argument.source(0..argument.value.len()));
            return self.fail(owner, Failing::PipeArguments, span, Some(words));
        }
        let setting = Setting { in_filter: false, forbidden: Forbidden::NOTHING, ..self.circumstances.setting };
        for argument in arguments {
            if let Expanded::Refused(refusal) = expanded(&argument.value, &setting) {
                let span = whole(argument.source(refusal.place.clone()));
                let parts: [&[u8]; 6] = [
                    b"Expansion of \"",
                    &argument.value,
                    b"\" from command \"",
                    command,
                    b"\" in address_pipe transport failed: ",
                    &refusal.words,
                ];
                let words = refusal.is_first.then(|| parts.concat());
                self.fail(owner, Failing::PipeExpansion(refusal), span, words);
            }
        }
    }

    fn mail(&mut self, owner: Owner, arguments: &[MailArgument], command: &str) {
        // Of several with one key the last counts.
        let last = |key: MailKey| {
            let is_it = |argument: &&MailArgument| match argument.key {
                MailKey::ExpandFile => key == MailKey::File,
                other => other == key,
            };
            arguments.iter().rev().find(is_it).and_then(|argument| argument.value)
        };
        let place = format!("{command} command");
        let strings: Vec<(MailKey, FilterString<'f>)> = MAIL_KEYS
            .into_iter()
            .filter_map(|key| last(key).map(|item| (key, item)))
            .map(|(key, item)| (key, self.string(item, owner, &place)))
            .collect();
        for (key, string) in &strings {
            let Some(value) = string.constant() else {
                if *key != MailKey::Text {
                    self.doubt_unless_refused(owner, string);
                }
                continue;
            };
            match key {
                MailKey::Text => (),
                MailKey::File | MailKey::Log | MailKey::Once | MailKey::OnceRepeat => {
                    self.printable(owner, string, value, command);
                }
                _ => self.header(owner, string, value, *key == MailKey::ExtraHeaders, command),
            }
        }
        if let Some((_, string)) = strings.last().filter(|(key, _)| *key == MailKey::OnceRepeat)
            && let Some(value) = string.constant()
            && !is_time(value)
        {
            let words = [b"Bad time value for \"once_repeat\" in mail or vacation command: ", value].concat();
            self.fail(owner, Failing::OnceRepeat(value.to_vec()), string.span(), Some(words));
        }
        if let Some((_, to)) = strings.first().filter(|(key, _)| *key == MailKey::To) {
            self.recipients(owner, to);
        }
    }

    /// Exim takes what addresses it can from `to`.
    fn recipients(&mut self, owner: Owner, string: &FilterString<'_>) {
        // Exim reads a line feed in it as a blank, which is the same to it.
        match string.constant().map(has_address) {
            Some(Some(false)) => {
                let words = b"filter autoreply generated syntactically invalid recipient".to_vec();
                self.fail(owner, Failing::Recipient, string.span(), Some(words));
            }
            Some(None) => self.doubt(owner),
            _ => (),
        }
    }

    /// The names of files, and the time, must be printable; of bytes beyond ASCII an option decides.
    fn printable(&mut self, owner: Owner, string: &FilterString<'_>, value: &[u8], command: &str) {
        let is_odd = |byte: &u8| matches!(byte, 0..32 | 127) && *byte != b'\t';
        if let Some(at) = value.iter().position(is_odd) {
            let shown = printing(value);
            let words = [b"non-printing character in \"", &*shown, b"\" in ", command.as_bytes(), b" command"].concat();
            let span = string.span_of_value(at..at + 1, &self.circumstances.setting);
            self.fail(owner, Failing::Unprintable, span, Some(words));
        } else if !value.is_ascii() {
            self.doubt(owner);
        }
    }

    /// A header's lines must go on with a blank, and those of `extra_headers` may begin a further one.
    fn header(&mut self, owner: Owner, string: &FilterString<'_>, value: &[u8], is_extra: bool, command: &str) {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'\n', &value[at..]) {
            let start = at + found + 1;
            at = start;
            if value.get(start).is_some_and(is_space) {
                continue;
            }
            let (what, why) = if is_extra {
                let len = value[start..].iter().position(|byte| *byte == b':' || is_space(byte));
                if let Some(len) = len.filter(|&len| len > 0 && value[start + len] == b':') {
                    at = start + len + 1;
                    continue;
                }
                (Failing::ExtraHeader, "\\n not followed by space or valid header name in \"")
            } else {
                (Failing::HeaderBreak, "\\n not followed by space in \"")
            };
            let shown = printing(value);
            let shown = &shown[..shown.len().min(SHOWN)];
            let words = [why.as_bytes(), shown, b"\" in ", command.as_bytes(), b" command"].concat();
            let span = string.span_of_value(start - 1..start, &self.circumstances.setting);
            return self.fail(owner, what, span, Some(words));
        }
    }
}

/// A text as Exim's words show it (string.c: `string_printing`, with `print_topbitchars` off).
fn printing(text: &[u8]) -> Cow<'_, [u8]> {
    if text.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut shown = Vec::with_capacity(text.len() * 2);
    for &byte in text {
        match byte {
            b'\t' | b' '..=b'~' => shown.push(byte),
            b'\n' => shown.extend_from_slice(b"\\n"),
            b'\r' => shown.extend_from_slice(b"\\r"),
            8 => shown.extend_from_slice(b"\\b"),
            11 => shown.extend_from_slice(b"\\v"),
            12 => shown.extend_from_slice(b"\\f"),
            _ => shown.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
        }
    }
    Cow::Owned(shown)
}

/// Whether a string is one of `$n0` to `$n9`.
fn is_counter(text: &[u8]) -> bool {
    let name = text
        .strip_prefix(b"$")
        .map(|name| name.strip_prefix(b"{").and_then(|name| name.strip_suffix(b"}")).unwrap_or(name));
    matches!(name, Some([b'n', digit]) if digit.is_ascii_digit())
}
