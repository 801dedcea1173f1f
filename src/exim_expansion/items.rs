//! The items, `${item ...}`: which arguments each takes, and what it gives.

use std::rc::Rc;

use super::build::BuildOption;
use super::error::What;
use super::list::List;
use super::names::{Condition, Item};
use super::walk::{Arg, Flow, ItemFrame, Reach, Stop, Truth, Value, Walk, say};
use super::{lookups, numbers};
use crate::source::Span;

/// What two numbers make of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Part,
    Hash,
    Nhash,
}

/// Whether an item finds what it looks for.
pub(super) enum Found {
    Unknown,
    No,
    Yes(Vec<u8>),
}

impl From<Option<Vec<u8>>> for Found {
    fn from(value: Option<Vec<u8>>) -> Self {
        value.map_or(Self::No, Self::Yes)
    }
}

/// The step of an item at which its alternatives begin.
pub(super) const ALTERNATIVES: u8 = 100;

/// How many arguments an item takes, of those that take nothing else.
fn plain_arguments(item: Item) -> Option<(usize, usize)> {
    Some(match item {
        Item::Authresults => (1, 1),
        Item::Acl => (1, 10),
        Item::Imapfolder => (1, 3),
        Item::Perl => (1, 9),
        Item::Readfile => (1, 2),
        Item::Tr | Item::Hmac | Item::Sg | Item::SrsEncode => (3, 3),
        Item::Prvs | Item::Hash | Item::Nhash | Item::Substr => (2, 3),
        Item::Length | Item::Listquote => (2, 2),
        Item::Dlfunc => (2, 10),
        _ => return None,
    })
}

impl Walk<'_> {
    /// Goes on with an item: from its beginning, or behind an argument or a condition of it.
    pub fn item(&mut self, mut frame: ItemFrame) -> Result<(), Stop> {
        if frame.step == 0 {
            if !self.may_begin(frame) {
                return Err(Stop);
            }
            if keeps(frame.item) != Keeps::Nothing {
                self.saved.push(self.scope.clone());
            }
        }
        let flow = if frame.step >= ALTERNATIVES {
            self.alternatives(&mut frame)?
        } else if let Some((least, most)) = plain_arguments(frame.item) {
            self.plain_item(&mut frame, least, most)?
        } else {
            match frame.item {
                Item::If => self.if_item(&mut frame)?,
                Item::Lookup => self.lookup(&mut frame)?,
                Item::Readsocket => self.readsocket(&mut frame)?,
                Item::Run => self.run_item(&mut frame)?,
                Item::Prvscheck => self.prvscheck(&mut frame)?,
                Item::Extract => self.extract(&mut frame)?,
                Item::Listextract => self.listextract(&mut frame)?,
                Item::Certextract => self.certextract(&mut frame)?,
                Item::Sort => self.sort(&mut frame)?,
                Item::Env => self.env(&mut frame)?,
                _ => self.map(&mut frame)?,
            }
        };
        if let Flow::Done = flow {
            self.close(frame.node, self.at);
        }
        Ok(())
    }

    /// What Exim asks before it reads an item's arguments.
    fn may_begin(&mut self, frame: ItemFrame) -> bool {
        let place = Span::new(self.nodes[frame.node as usize].start as usize, self.at);
        if let Some((option, words)) = frame.item.forbidden_by()
            && self.setting.forbidden.contains(option)
        {
            self.certain(What::Forbidden(frame.item), place, words.as_bytes().to_vec());
        }
        let is_built = |option| self.setting.engine.options.contains(option);
        let missing = match frame.item {
            Item::Perl if !is_built(BuildOption::Perl) => "perl",
            Item::Dlfunc if !is_built(BuildOption::Dlfunc) => "dlfunc",
            _ => return true,
        };
        let words = format!("\"${{{missing}\" encountered, but this facility is not included in this binary");
        self.certain(What::NotBuilt(frame.item), place, words.into_bytes());
        true
    }

    /// Ends an item and restores those variables that Exim restores.
    fn done(&mut self, frame: &ItemFrame, value: Value) -> Flow {
        if keeps(frame.item) != Keeps::Nothing
            && let Some(scope) = self.saved.pop()
        {
            match keeps(frame.item) {
                Keeps::Nothing => {}
                Keeps::Element => {
                    if frame.item == Item::Reduce && frame.reach == Reach::Taken {
                        self.restore_value(&scope);
                    } else if frame.reach == Reach::Maybe {
                        self.forget();
                    }
                    self.scope.item = scope.item;
                }
                Keeps::Numbers => self.restore_numbers(&scope),
                Keeps::Everything => self.scope = self.saved.pop().unwrap_or(scope),
            }
        }
        self.give(value, frame.start, frame.args);
        Flow::Done
    }

    /// Reads the next argument of an item, if it has one more.
    fn next_argument(&mut self, frame: &mut ItemFrame, reach: Reach) -> Flow {
        self.at += 1;
        self.keep_item(*frame);
        self.push_argument(reach, true);
        Flow::Wait
    }

    fn count(&self, frame: &ItemFrame) -> usize {
        self.args.len() - frame.args
    }

    fn arg(&self, frame: &ItemFrame, number: usize) -> Option<Arg> {
        self.args.get(frame.args + number).copied()
    }

    /// Reads arguments as `read_subs` does. Done when all are read.
    fn arguments(
        &mut self,
        frame: &mut ItemFrame,
        (least, most): (usize, usize),
        has_end: bool,
        reach: Reach,
    ) -> Result<Flow, Stop> {
        self.skip_space();
        let have = self.count(frame);
        frame.step = frame.step.max(1);
        if have < most {
            if self.byte() == Some(b'{') {
                return Ok(self.next_argument(frame, reach));
            }
            if have < least {
                let name = frame.item.name();
                // `prvscheck` reads its arguments one by one, so it counts each as the first of one.
                let least = if frame.item == Item::Prvscheck { 1 } else { least };
                let words = format!("Not enough arguments for '{name}' (min is {least})");
                let what = What::NotEnoughArguments(u8::try_from(least).unwrap_or_default());
                return self.stop_at_brace(what, self.here(), words.into_bytes());
            }
        }
        if has_end {
            match self.byte() {
                Some(b'}') => self.at += 1,
                Some(b'{') => {
                    let words = format!("Too many arguments for '{}' (max is {most})", frame.item.name());
                    let what = What::TooManyArguments(u8::try_from(most).unwrap_or_default());
                    return self.stop(what, self.here(), words.into_bytes());
                }
                _ => {
                    let words = format!("missing '}}' after '{}'", frame.item.name());
                    return self.stop_at_brace(What::ItemEnd, self.here(), words.into_bytes());
                }
            }
        }
        Ok(Flow::Done)
    }

    fn plain_item(&mut self, frame: &mut ItemFrame, least: usize, most: usize) -> Result<Flow, Stop> {
        if let Flow::Wait = self.arguments(frame, (least, most), true, frame.reach)? {
            return Ok(Flow::Wait);
        }
        let value = if frame.reach == Reach::Skipped { self.skipped_value(frame) } else { self.plain_value(frame) };
        Ok(self.done(frame, value))
    }

    /// What an item gives where Exim only reads over it: some compute all the same.
    fn skipped_value(&mut self, frame: &ItemFrame) -> Value {
        match frame.item {
            Item::Tr
            | Item::Hash
            | Item::Nhash
            | Item::Substr
            | Item::Length
            | Item::Listquote
            | Item::Sg
            | Item::Authresults => self.plain_value(frame),
            Item::Imapfolder => {
                self.check_imap_separator(frame);
                Value::Nothing
            }
            _ => Value::Nothing,
        }
    }

    fn plain_value(&mut self, frame: &ItemFrame) -> Value {
        let bytes = |walk: &Self, number| walk.arg(frame, number).and_then(|arg| walk.bytes(arg).map(<[u8]>::to_vec));
        let total: usize = self.args[frame.args..].iter().map(|arg| arg.end - arg.start).sum();
        let may_compute = self.may_spend(total * 2);
        match frame.item {
            Item::Imapfolder => {
                self.check_imap_separator(frame);
                self.unsure();
                Value::Unknown
            }
            Item::Tr if may_compute => match (bytes(self, 0), bytes(self, 1), bytes(self, 2)) {
                (Some(subject), Some(from), Some(to)) => Value::Bytes(translate(subject, &from, &to)),
                _ => Value::Unknown,
            },
            Item::Listquote if may_compute => match (bytes(self, 0), bytes(self, 1)) {
                (Some(separator), Some(text)) => Value::Bytes(quote_for_list(separator.first().copied(), &text)),
                _ => Value::Unknown,
            },
            Item::Hash | Item::Nhash | Item::Substr | Item::Length => self.cut(frame, may_compute),
            Item::Hmac => {
                match self.arg(frame, 0).map(|arg| (arg, self.bytes(arg))) {
                    Some((arg, Some(algorithm))) if algorithm != b"md5" && algorithm != b"sha1" => {
                        let words = say(&[b"hmac algorithm \"", algorithm, b"\" is not recognised"]);
                        self.evaluated(What::HmacAlgorithm, arg.span, words, frame.reach);
                    }
                    Some((_, None)) => self.unsure(),
                    _ => {}
                }
                Value::Unknown
            }
            Item::Prvs => {
                self.prvs(frame);
                Value::Unknown
            }
            Item::Sg => self.substitute(frame),
            Item::SrsEncode => {
                let is_empty = self.arg(frame, 1).and_then(|arg| self.bytes(arg)).map(<[u8]>::is_empty);
                if is_empty == Some(true) {
                    return Value::Nothing;
                }
                self.unsure();
                Value::Unknown
            }
            Item::Acl | Item::Perl | Item::Readfile | Item::Dlfunc => {
                self.unsure();
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    fn check_imap_separator(&mut self, frame: &ItemFrame) {
        let Some(arg) = self.arg(frame, 1) else { return };
        match self.bytes(arg) {
            Some(separator) if separator.len() != 1 => {
                let words = say(&[b"IMAP folder separator must be one character, found \"", separator, b"\""]);
                self.even_if_skipped(What::ImapSeparator, arg, words, frame.reach);
            }
            Some(_) => {}
            None => self.unsure(),
        }
    }

    /// An error of a value that Exim meets where it skips as well, unless the value would be another there.
    fn even_if_skipped(&mut self, what: What, arg: Arg, words: Vec<u8>, reach: Reach) {
        if reach == Reach::Maybe && !arg.is_fixed {
            self.possible(what, arg.span, words);
        } else {
            self.certain(what, arg.span, words);
        }
    }

    /// `hash`, `nhash`, `substr`, `length`: numbers, and a part of the last argument.
    fn cut(&mut self, frame: &ItemFrame, may_compute: bool) -> Value {
        let count = self.count(frame);
        let args = [0, 1, 2].map(|number| self.arg(frame, number));
        let [first, second, third] = args;
        let (numbers, subject) = match (frame.item, count) {
            (Item::Length, _) => ([None, first], second),
            (_, 2) => ([first, None], second),
            _ => ([first, second], third),
        };
        let mut values = [0, -1];
        for (at, arg) in numbers.into_iter().enumerate() {
            let Some(arg) = arg else { continue };
            let Some(bytes) = self.bytes(arg) else {
                self.unsure();
                return Value::Unknown;
            };
            match numbers::whole_number(bytes) {
                Some(value) if at == 0 || value >= 0 => values[at] = value,
                _ => {
                    let kind: &[u8] = if at == 0 { b"" } else { b" positive" };
                    let name = frame.item.name().as_bytes();
                    let words = say(&[b"\"", bytes, b"\" is not a", kind, b" number (in \"", name, b"\" expansion)"]);
                    self.even_if_skipped(What::NotANumber, arg, words, frame.reach);
                    return Value::Unknown;
                }
            }
        }
        let subject = subject.filter(|_| may_compute);
        let cut = match frame.item {
            Item::Hash => Cut::Hash,
            Item::Nhash => Cut::Nhash,
            _ => Cut::Part,
        };
        self.part_of(cut, values, subject, frame.reach)
    }

    /// The part of a subject that two numbers mean, or its hash.
    pub fn part_of(&mut self, cut: Cut, values: [i32; 2], subject: Option<Arg>, reach: Reach) -> Value {
        if cut == Cut::Hash && values[1] > 62 {
            let words = format!("hash count \"{}\" too big", values[1]);
            let place = subject.map_or(self.here(), |arg| arg.span);
            if reach == Reach::Maybe {
                self.possible(What::HashCount, place, words.into_bytes());
            } else {
                self.certain(What::HashCount, place, words.into_bytes());
            }
            return Value::Unknown;
        }
        // A modulus or count of zero, or a product of them that is, ends the process.
        if cut == Cut::Nhash && (values[0] == 0 || (values[1] >= 0 && values[0].wrapping_mul(values[1]) == 0))
            || cut == Cut::Hash && values[1] == 0
        {
            self.unsure();
            return Value::Unknown;
        }
        if cut == Cut::Hash && values[0] < 0 {
            self.unsure();
            return Value::Unknown;
        }
        let Some(arg) = subject else { return Value::Unknown };
        let Some(bytes) = self.bytes(arg) else { return Value::Unknown };
        if cut == Cut::Nhash {
            return Value::Unknown;
        }
        if cut == Cut::Hash {
            let is_whole = usize::try_from(values[0]).is_ok_and(|length| length >= bytes.len());
            return if is_whole { Value::Arg(arg) } else { Value::Unknown };
        }
        let range = numbers::part(bytes.len(), values[0], values[1]);
        Value::Arg(Arg { start: arg.start + range.start, end: arg.start + range.end, ..arg })
    }

    fn prvs(&mut self, frame: &ItemFrame) {
        let Some(address) = self.arg(frame, 0) else { return };
        match self.bytes(address) {
            Some(bytes) => {
                let at = bytes.iter().rposition(|&byte| byte == b'@');
                if at.is_none_or(|at| at == 0 || at + 1 == bytes.len()) {
                    let words = b"prvs first argument must be a qualified email address".to_vec();
                    self.evaluated(What::Prvs, address.span, words, frame.reach);
                    return;
                }
            }
            None => self.unsure(),
        }
        let Some(digit) = self.arg(frame, 2) else { return };
        match self.bytes(digit) {
            Some([b'0'..=b'9']) => {}
            Some(_) => {
                let words = b"prvs third argument must be a single digit".to_vec();
                self.evaluated(What::Prvs, digit.span, words, frame.reach);
            }
            None => self.unsure(),
        }
        self.unsure();
    }

    /// `sg`: Exim compiles its pattern, and puts in its replacement, even where it skips.
    fn substitute(&mut self, frame: &ItemFrame) -> Value {
        let [Some(subject), Some(pattern), Some(replacement)] = [0, 1, 2].map(|number| self.arg(frame, number)) else {
            return Value::Unknown;
        };
        if !self.check_pattern(pattern, frame.reach, true) {
            return Value::Unknown;
        }
        let known = [subject, pattern, replacement].map(|arg| self.bytes(arg).map(<[u8]>::to_vec));
        let [Some(subject), Some(pattern), Some(replacement)] = known else {
            // A replacement with nothing to expand cannot fail.
            let is_plain = known[2].as_ref().is_some_and(|text| !text.iter().any(|byte| b"$\\".contains(byte)));
            if !is_plain {
                self.unsure();
            }
            return Value::Unknown;
        };
        if !is_plain_pattern(&pattern) || pattern.is_empty() {
            if replacement.iter().any(|byte| b"$\\".contains(byte)) {
                self.unsure();
            }
            return Value::Unknown;
        }
        let (mut value, mut rest) = (Vec::new(), &subject[..]);
        while let Some(at) = memchr::memmem::find(rest, &pattern) {
            value.extend_from_slice(&rest[..at]);
            self.set_numbers(Some(Rc::from([pattern.clone()])));
            match self.replay_text(&replacement) {
                Some(Ok(replayed)) => match replayed.value {
                    Some(bytes) if self.may_spend(bytes.len()) => value.extend_from_slice(&bytes),
                    _ => return Value::Unknown,
                },
                Some(Err(words)) => {
                    let place = self.args[frame.args + 2];
                    self.even_if_skipped(What::Inner, place, words, frame.reach);
                    return Value::Unknown;
                }
                None => {
                    self.unsure();
                    return Value::Unknown;
                }
            }
            rest = &rest[at + pattern.len()..];
        }
        value.extend_from_slice(rest);
        Value::Bytes(value)
    }

    /// Whether a pattern compiles, as far as it is known; notes the error if not.
    pub fn check_pattern(&mut self, pattern: Arg, reach: Reach, even_if_skipped: bool) -> bool {
        let Some(bytes) = self.bytes(pattern) else {
            self.unsure();
            return false;
        };
        if is_plain_pattern(bytes) {
            return true;
        }
        let Some(judge) = self.setting.pattern_error else {
            self.unsure();
            return false;
        };
        let Some((words, offset)) = judge(bytes) else { return true };
        let words = say(&[
            b"regular expression error in \"",
            bytes,
            b"\": ",
            words.as_bytes(),
            format!(" at offset {offset}").as_bytes(),
        ]);
        if even_if_skipped {
            self.even_if_skipped(What::Pattern, pattern, words, reach);
        } else {
            self.evaluated(What::Pattern, pattern.span, words, reach);
        }
        false
    }

    // Items with alternatives

    fn if_item(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        if frame.step == 0 {
            self.skip_space();
            frame.step = 1;
            self.keep_item(*frame);
            self.push_condition(frame.reach);
            return Ok(Flow::Wait);
        }
        frame.yes = if frame.reach == Reach::Skipped { Truth::No } else { self.truth };
        self.begin_alternatives(frame)
    }

    /// The alternatives begin here; `frame.yes` says which of them counts.
    fn begin_alternatives(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        frame.step = ALTERNATIVES;
        frame.leading = self.count(frame);
        if frame.item == Item::If {
            self.saved.push(self.scope.clone());
        }
        self.alternatives(frame)
    }

    /// `$value` is for the first alternative what was found, and for the second what it was before; for that of `if`, what
    /// the condition left.
    fn restore_value_for_alternative(&mut self, item: Item) {
        if keeps(item) != Keeps::Nothing
            && let Some(saved) = self.saved.pop()
        {
            self.restore_value(&saved);
            self.saved.push(saved);
        }
    }

    /// `process_yesno`: a first alternative, then a second or the word `fail`.
    fn alternatives(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        let item = frame.item;
        let problem = |walk: &Self, place: &str| {
            let rest = &walk.text[walk.at.min(walk.text.len())..];
            let words = format!("curly-bracket problem in conditional yes/no parsing: {place}\n remaining string is '");
            say(&[words.as_bytes(), rest, b"'"])
        };
        self.skip_space();
        match self.count(frame) - frame.leading {
            0 => match self.byte() {
                Some(b'}') => {
                    self.at += 1;
                    let value = self.without_alternatives(frame);
                    self.restore_value_for_alternative(item);
                    return Ok(self.done(frame, value));
                }
                Some(b'{') => {
                    let reach = frame.yes.reach(if frame.reach == Reach::Skipped { Reach::Taken } else { frame.reach });
                    return Ok(self.next_argument(frame, reach));
                }
                _ => {
                    let words = problem(self, "'yes' part did not start with '{'");
                    return self.stop_at_brace(What::YesStart(item), self.here(), words);
                }
            },
            1 => {
                // Exim puts `$value` back before the second alternative.
                self.restore_value_for_alternative(item);
                match self.byte() {
                    Some(b'{') => {
                        let reach = match frame.reach {
                            Reach::Skipped => Reach::Skipped,
                            reach => frame.yes.negate_if(true).reach(reach),
                        };
                        return Ok(self.next_argument(frame, reach));
                    }
                    Some(b'}') => {}
                    _ => self.fail_word(frame, &problem)?,
                }
            }
            _ => {}
        }
        self.skip_space();
        if self.byte() != Some(b'}') {
            let words = problem(self, "did not close with '}'");
            return self.stop_at_brace(What::AlternativesEnd(item), self.here(), words);
        }
        self.at += 1;
        let value = self.chosen(frame);
        Ok(self.done(frame, value))
    }

    fn fail_word(&mut self, frame: &ItemFrame, problem: &dyn Fn(&Self, &str) -> Vec<u8>) -> Result<(), Stop> {
        let item = frame.item;
        let name = item.name().as_bytes();
        let here = self.here();
        let word = self.name(b"_");
        if self.kept(word) != b"fail" {
            let place = if word.is_empty() { here } else { word };
            let words = say(&[b"syntax error in \"", name, b"\" item - \"fail\" expected"]);
            return self.stop(What::FailExpected(item), place, words);
        }
        if frame.yes == Truth::Yes || frame.reach == Reach::Skipped {
            return Ok(());
        }
        let depends = frame.yes == Truth::Unknown || frame.reach == Reach::Maybe;
        self.skip_space();
        if self.byte() != Some(b'}') && !depends {
            let words = problem(self, "did not close with '}' after forcedfail");
            return self.stop_at_brace(What::FailEnd(item), self.here(), words);
        }
        if self.byte() == Some(b'}') {
            let words = say(&[b"\"", name, b"\" failed and \"fail\" requested"]);
            if depends {
                self.possible(What::ForcedFail(item), word, words);
            } else {
                self.certain(What::ForcedFail(item), word, words);
            }
        } else {
            // Either words are about the same missing brace, but they differ.
            self.unsure();
        }
        Ok(())
    }

    fn without_alternatives(&mut self, frame: &ItemFrame) -> Value {
        match frame.yes {
            _ if frame.reach == Reach::Skipped => Value::Nothing,
            Truth::No => Value::Nothing,
            Truth::Unknown => Value::Unknown,
            Truth::Yes if frame.item == Item::If => Value::Bytes(b"true".to_vec()),
            Truth::Yes => self.scope.value.as_ref().map_or(Value::Unknown, |value| Value::Bytes(value.to_vec())),
        }
    }

    fn chosen(&self, frame: &ItemFrame) -> Value {
        let (yes, no) = (self.arg(frame, frame.leading), self.arg(frame, frame.leading + 1));
        let give = |arg: Option<Arg>| arg.map_or(Value::Nothing, Value::Arg);
        match frame.yes {
            Truth::Yes => give(yes),
            Truth::No => give(no),
            Truth::Unknown => {
                let bytes = |arg: Option<Arg>| arg.map_or(Some(&[][..]), |arg| self.bytes(arg));
                match (bytes(yes), bytes(no)) {
                    (Some(one), Some(other)) if one == other => give(yes),
                    _ => Value::Unknown,
                }
            }
        }
    }

    /// Sets `$value` for the alternatives: found, not found, or unknown.
    fn found(&mut self, frame: &mut ItemFrame, found: Found) {
        if frame.reach == Reach::Skipped {
            frame.yes = Truth::No;
            self.set_value(Some(empty()));
            return;
        }
        let (yes, value) = match found {
            Found::Unknown => (Truth::Unknown, None),
            Found::No => (Truth::No, Some(empty())),
            Found::Yes(value) => (Truth::Yes, Some(Rc::from(value))),
        };
        frame.yes = yes;
        self.set_value(value);
    }

    fn env(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        self.skip_space();
        if frame.step == 0 {
            if self.byte() != Some(b'{') {
                // Exim says nothing here.
                return self.stop(What::ArgumentMissing(Item::Env), self.here(), Vec::new());
            }
            frame.step = 1;
            return Ok(self.next_argument(frame, frame.reach));
        }
        // Exim looks even where it skips.
        frame.yes = Truth::Unknown;
        self.set_value(None);
        self.begin_alternatives(frame)
    }

    fn run_item(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        if frame.step == 0 {
            while self.byte() == Some(b',') {
                self.at += 1;
                let rest = &self.text[self.at..];
                if rest.starts_with(b"preexpand") {
                    self.at += 9;
                    frame.is_numeric = true;
                    continue;
                }
                let letters = rest.iter().skip(1).take_while(|byte| byte.is_ascii_alphabetic()).count();
                let option = &rest[..(1 + letters).min(rest.len())];
                let words = say(&[b"bad option '", option, b"' for run"]);
                return self.stop(What::RunOption, Span::new(self.at, self.at + option.len()), words);
            }
            self.skip_space();
            if self.byte() != Some(b'{') {
                let words = b"missing '{' for command arg of run".to_vec();
                return self.stop_at_brace(What::ArgumentMissing(Item::Run), self.here(), words);
            }
            frame.step = 1;
            if frame.is_numeric {
                return Ok(self.next_argument(frame, frame.reach));
            }
            // The command is split first, and then its words are expanded; it ends at the first `}`.
            let node = self.open(super::tree::NodeKind::Argument, self.at);
            let rest = &self.text[self.at..];
            let Some(len) = memchr::memchr(b'}', rest) else {
                self.at = self.text.len();
                let words = b"missing '}' closing command arg of run".to_vec();
                return self.stop_at_brace(What::ClosingMissing, self.here(), words);
            };
            self.at += len + 1;
            self.close(node, self.at);
        }
        frame.yes = if frame.reach == Reach::Skipped { Truth::Yes } else { Truth::Unknown };
        self.set_value((frame.reach == Reach::Skipped).then(empty));
        if frame.reach != Reach::Skipped {
            self.unsure();
        }
        self.begin_alternatives(frame)
    }

    fn lookup(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        self.skip_space();
        if frame.step == 0 {
            frame.step = 1;
            if self.byte() == Some(b'{') {
                return Ok(self.next_argument(frame, frame.reach));
            }
        }
        if frame.step == 1 {
            if !self.byte().is_some_and(|byte| byte.is_ascii_alphabetic()) {
                return self.stop(What::LookupTypeMissing, self.here(), b"missing lookup type".to_vec());
            }
            let is_name = |byte: &&u8| **byte != b'{' && !super::is_space(**byte);
            let len = self.text[self.at..].iter().take_while(is_name).count();
            let name = Span::new(self.at, self.at + len);
            self.at += len;
            self.skip_space();
            let has_key = self.count(frame) > 0;
            match lookups::judge(self.kept(name), has_key) {
                lookups::Judgement::Fine => {}
                lookups::Judgement::Unknown => self.unsure(),
                lookups::Judgement::Bad(what, words) => return self.stop(what, name, words),
            }
            if self.byte() != Some(b'{') {
                let words = b"missing '{' for lookup file-or-query arg".to_vec();
                return self.stop_at_brace(What::LookupQueryMissing, self.here(), words);
            }
            frame.step = 2;
            return Ok(self.next_argument(frame, frame.reach));
        }
        if frame.reach != Reach::Skipped {
            self.unsure();
        }
        self.found(frame, Found::Unknown);
        self.set_numbers(None);
        self.begin_alternatives(frame)
    }

    fn readsocket(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        if frame.step <= 1 {
            if let Flow::Wait = self.arguments(frame, (2, 4), false, frame.reach)? {
                return Ok(Flow::Wait);
            }
            if frame.reach != Reach::Skipped {
                self.unsure();
            }
            frame.step = 2;
            if self.byte() == Some(b'{') {
                let reach = if frame.reach == Reach::Skipped { Reach::Skipped } else { Reach::Maybe };
                return Ok(self.next_argument(frame, reach));
            }
        }
        self.skip_space();
        if self.byte() != Some(b'}') {
            return self.stop_at_brace(What::ItemEnd, self.here(), b"missing '}' closing readsocket".to_vec());
        }
        self.at += 1;
        let value = if frame.reach == Reach::Skipped { Value::Nothing } else { Value::Unknown };
        Ok(self.done(frame, value))
    }

    /// Its second argument can use what the first turned out to be.
    fn prvscheck(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        let have = self.count(frame);
        if have == 0 {
            return self.arguments(frame, (1, 1), false, frame.reach);
        }
        let looks_signed = self.arg(frame, 0).and_then(|arg| self.bytes(arg)).map(looks_like_prvs);
        if looks_signed != Some(false) && frame.step < 2 {
            frame.step = 2;
            self.unsure();
        }
        let least = if have == 1 { 2 } else { 0 };
        // Where the first argument is no signed address Exim reads "one to two" of what follows.
        self.skip_space();
        if have < 3 && self.byte() == Some(b'{') {
            return Ok(self.next_argument(frame, frame.reach));
        }
        if have < least {
            return self.arguments(frame, (least, least), false, frame.reach);
        }
        match self.byte() {
            Some(b'}') => self.at += 1,
            Some(b'{') => {
                let most = if looks_signed == Some(false) { 2 } else { 1 };
                let words = format!("Too many arguments for 'prvscheck' (max is {most})");
                return self.stop(What::TooManyArguments(most), self.here(), words.into_bytes());
            }
            _ => {
                let words = b"missing '}' after 'prvscheck'".to_vec();
                return self.stop_at_brace(What::ItemEnd, self.here(), words);
            }
        }
        let value = if looks_signed == Some(false) { Value::Nothing } else { Value::Unknown };
        Ok(self.done(frame, value))
    }

    fn extract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        self.skip_space();
        if frame.step == 0 {
            frame.step = 1;
            if self.byte() != Some(b'{') && self.text[self.at..].starts_with(b"json") {
                self.at += 4;
                frame.repeats = 1;
                if self.byte() == Some(b's') {
                    self.at += 1;
                    frame.repeats = 2;
                }
            }
            if frame.reach != Reach::Skipped {
                self.skip_space();
            }
        }
        if frame.reach == Reach::Skipped || frame.step == 3 {
            return self.skipped_extract(frame);
        }
        let have = self.count(frame);
        if have == 1 {
            // The key says how many arguments follow. When it is not known, what follows is read as if skipped.
            let Some(key) = self.arg(frame, 0) else { return Err(Stop) };
            let Some(bytes) = self.bytes(key) else {
                self.unsure();
                frame.step = 3;
                return self.skipped_extract(frame);
            };
            let bytes = numbers::trim(bytes);
            let (is_numeric, number) = numbers::field(bytes);
            (frame.is_numeric, frame.number) = (is_numeric, number);
            if bytes.is_empty() {
                let words = b"first argument of \"extract\" must not be empty".to_vec();
                self.evaluated(What::ExtractKeyEmpty, key.span, words, frame.reach);
            }
            if frame.reach == Reach::Maybe {
                // Whether too many or too few arguments are met depends on the message.
                frame.step = 3;
            }
        }
        let wanted = if frame.is_numeric && frame.repeats == 0 { 3 } else { 2 };
        if have < wanted {
            if self.byte() == Some(b'{') {
                return Ok(self.next_argument(frame, frame.reach));
            }
            let words = format!("missing '{{' for arg {} of extract", have + 1);
            if frame.reach == Reach::Maybe {
                // Where it skips Exim says it otherwise, if at all.
                self.unsure();
                return self.skipped_extract(frame);
            }
            return self.stop_at_brace(What::ExtractArguments, self.here(), words.into_bytes());
        }
        let args: Vec<Option<Vec<u8>>> =
            (0..wanted).map(|n| self.arg(frame, n).and_then(|arg| self.bytes(arg).map(<[u8]>::to_vec))).collect();
        let found = if frame.repeats > 0 {
            self.unsure();
            Found::Unknown
        } else {
            match &args[..] {
                [_, Some(separators), Some(text)] => {
                    numbers::token(text, separators, frame.number).map(<[u8]>::to_vec).into()
                }
                [Some(key), Some(text)] => numbers::keyed(text, numbers::trim(key)).into(),
                _ => Found::Unknown,
            }
        };
        self.found(frame, found);
        self.begin_alternatives(frame)
    }

    /// Where Exim skips, it takes up to five arguments and asks nothing about them.
    fn skipped_extract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        let have = self.count(frame);
        if have < 5 && self.byte() == Some(b'{') {
            if have == 4 && frame.reach != Reach::Skipped && !(frame.is_numeric && frame.repeats == 0) {
                // Exim reads it only where it skips.
                self.unsure();
            }
            // From the third on it can be an alternative.
            let reach = if have < 2 || frame.reach == Reach::Skipped { frame.reach } else { Reach::Maybe };
            return Ok(self.next_argument(frame, reach));
        }
        let rest = &self.text[self.at..];
        if rest.starts_with(b"fail") && matches!(rest.get(4), None | Some(b'}' | b' ' | b'\t')) {
            if frame.reach != Reach::Skipped {
                let words = b"\"extract\" failed and \"fail\" requested".to_vec();
                self.possible(What::ForcedFail(Item::Extract), Span::new(self.at, self.at + 4), words);
            }
            self.at += 4;
            self.skip_space();
        }
        if self.byte() != Some(b'}') {
            if frame.reach != Reach::Skipped {
                // Exim says it otherwise when it does not skip.
                self.unsure();
            }
            let words = b"missing '}' closing extract".to_vec();
            return self.stop_at_brace(What::ItemEnd, self.here(), words);
        }
        self.at += 1;
        if frame.reach == Reach::Skipped {
            return Ok(self.done(frame, Value::Nothing));
        }
        if frame.step == 3 {
            self.unsure();
        }
        Ok(self.done(frame, Value::Unknown))
    }

    fn listextract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        frame.step = frame.step.max(1);
        let have = self.count(frame);
        if have == 1
            && let Some(key) = self.arg(frame, 0)
        {
            match self.bytes(key).map(|bytes| numbers::trim(bytes).to_vec()) {
                None => self.unsure(),
                Some(bytes) => {
                    let (is_numeric, number) = numbers::field(&bytes);
                    frame.number = number;
                    if bytes.is_empty() && frame.reach != Reach::Skipped {
                        let words = b"first argument of \"listextract\" must not be empty".to_vec();
                        self.evaluated(What::ListextractNumber, key.span, words, frame.reach);
                    } else if !is_numeric && !bytes.is_empty() {
                        let words = b"first argument of \"listextract\" must be numeric".to_vec();
                        self.even_if_skipped(What::ListextractNumber, key, words, frame.reach);
                    }
                }
            }
        }
        self.skip_space();
        if have < 2 {
            if self.byte() == Some(b'{') {
                return Ok(self.next_argument(frame, frame.reach));
            }
            let words = format!("missing '{{' for arg {} of listextract", have + 1);
            return self.stop_at_brace(What::ArgumentMissing(Item::Listextract), self.here(), words.into_bytes());
        }
        let known = [0, 1].map(|number| self.arg(frame, number).and_then(|arg| self.bytes(arg).map(<[u8]>::to_vec)));
        let found = match known {
            [Some(_), Some(list)] if self.may_spend(list.len()) => element(&list, frame.number).into(),
            _ => Found::Unknown,
        };
        self.found(frame, found);
        self.begin_alternatives(frame)
    }

    fn certextract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        self.skip_space();
        frame.step = frame.step.max(1);
        match self.count(frame) {
            0 => {
                if self.byte() == Some(b'{') {
                    return Ok(self.next_argument(frame, frame.reach));
                }
                let words = b"missing '{' for field arg of certextract".to_vec();
                self.stop_at_brace(What::ArgumentMissing(Item::Certextract), self.here(), words)
            }
            1 => {
                if self.byte() != Some(b'{') {
                    let words = b"missing '{' for cert variable arg of certextract".to_vec();
                    return self.stop_at_brace(What::ArgumentMissing(Item::Certextract), self.here(), words);
                }
                self.at += 1;
                if self.byte() != Some(b'$') {
                    let words = b"second argument of \"certextract\" must be a certificate variable".to_vec();
                    return self.stop(What::Certificate, self.here(), words);
                }
                self.at += 1;
                self.keep_item(*frame);
                self.push_argument(frame.reach, false);
                Ok(Flow::Wait)
            }
            _ => {
                if frame.reach != Reach::Skipped {
                    self.certificate(frame);
                }
                let found = if self.setting.has_message { Found::Unknown } else { Found::No };
                self.found(frame, found);
                self.begin_alternatives(frame)
            }
        }
    }

    fn certificate(&mut self, frame: &ItemFrame) {
        let Some(arg) = self.arg(frame, 1) else { return };
        let Some(name) = self.bytes(arg).map(<[u8]>::to_vec) else { return self.unsure() };
        match super::names::Variable::find(&name, self.setting.engine) {
            None => {
                let words = say(&[b"no variable named \"", &name, b"\""]);
                self.evaluated(What::Certificate, arg.span, words, frame.reach);
            }
            Some(variable) if !variable.is_certificate() => {
                let words = say(&[b"\"", &name, b"\" is not a certificate"]);
                self.evaluated(What::Certificate, arg.span, words, frame.reach);
            }
            // With a certificate at hand, its field may not exist.
            Some(_) if self.setting.has_message => self.unsure(),
            Some(_) => {}
        }
    }

    // Items over lists

    /// `map`, `filter`, `reduce`.
    fn map(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        let name = frame.item.name();
        let leading = if frame.item == Item::Reduce { 2 } else { 1 };
        self.skip_space();
        frame.step = frame.step.max(1);
        let have = self.count(frame);
        if frame.step == 1 {
            if self.byte() != Some(b'{') {
                let words = match have {
                    0 => format!("missing '{{' for first arg of {name}"),
                    1 if leading == 2 => "missing '{' for second arg of reduce".to_owned(),
                    _ => format!("missing '{{' for last arg of {name}"),
                };
                return self.stop_at_brace(What::ArgumentMissing(frame.item), self.here(), words.into_bytes());
            }
            if have < leading {
                return Ok(self.next_argument(frame, frame.reach));
            }
            if leading == 2
                && let Some(start) = self.arg(frame, 1)
            {
                let value = self.bytes(start).map(Rc::from);
                self.set_value(value);
            }
            frame.repeats = self.at + 1;
            frame.step = 2;
            if frame.item == Item::Filter {
                self.at += 1;
                self.keep_item(*frame);
                self.push_condition(Reach::Skipped);
                return Ok(Flow::Wait);
            }
            return Ok(self.next_argument(frame, Reach::Skipped));
        }
        if frame.item == Item::Filter {
            if self.byte() != Some(b'}') {
                let words = format!(
                    "missing }} at end of condition or expression inside \"{name}\"; could be an unquoted }} in the content"
                );
                return self.stop(What::LastArgumentEnd(frame.item), self.here(), words.into_bytes());
            }
            self.at += 1;
            self.skip_space();
        }
        if self.byte() != Some(b'}') {
            let words = format!("missing }} at end of \"{name}\"");
            return self.stop(What::ListItemEnd(frame.item), self.here(), words.into_bytes());
        }
        self.at += 1;
        let value = if frame.reach == Reach::Skipped { Value::Nothing } else { self.for_each(frame) };
        Ok(self.done(frame, value))
    }

    /// What `map`, `filter` or `reduce` makes of each element.
    fn for_each(&mut self, frame: &ItemFrame) -> Value {
        let Some(list) = self.arg(frame, 0).and_then(|arg| self.bytes(arg).map(<[u8]>::to_vec)) else {
            self.unsure();
            return Value::Unknown;
        };
        if !self.may_spend(list.len()) {
            self.unsure();
            return Value::Unknown;
        }
        let mut elements = List::new(&list);
        let mut out: Option<Vec<u8>> = Some(Vec::new());
        let is_first = |out: &Option<Vec<u8>>| out.as_ref().is_none_or(Vec::is_empty);
        while let Some(element) = elements.next() {
            let separator = elements.separator();
            self.scope.item = Some(Rc::from(&element[..]));
            let text = self.text;
            let span = Span::new(frame.repeats, self.at - 1);
            let replayed = if frame.item == Item::Filter {
                self.replay(text, span, |walk| walk.push_condition(Reach::Taken))
            } else {
                self.replay(text, span, |walk| walk.start_text(true, Reach::Taken))
            };
            let replayed = match replayed {
                Some(Ok(replayed)) => replayed,
                Some(Err(words)) => {
                    let kind: &[u8] = if frame.item == Item::Filter { b"\" condition" } else { b"\" item" };
                    let words = say(&[&words, b" inside \"", frame.item.name().as_bytes(), kind]);
                    self.evaluated(What::Inner, span, words, frame.reach);
                    return Value::Unknown;
                }
                None => {
                    self.unsure();
                    return Value::Unknown;
                }
            };
            let piece = match frame.item {
                Item::Filter => match replayed.truth {
                    Truth::No => continue,
                    Truth::Yes => Some(element),
                    Truth::Unknown => {
                        out = None;
                        continue;
                    }
                },
                Item::Reduce => {
                    self.set_value(replayed.value.map(Rc::from));
                    continue;
                }
                _ => replayed.value,
            };
            let first = is_first(&out);
            out = match (out, piece) {
                (Some(mut out), Some(piece)) if self.may_spend(piece.len()) => {
                    if !first && piece.first().is_none_or(|&byte| byte == separator) {
                        out.push(b' ');
                    }
                    for &byte in &piece {
                        out.push(byte);
                        if byte == separator {
                            out.push(byte);
                        }
                    }
                    out.push(separator);
                    Some(out)
                }
                _ => None,
            };
        }
        if frame.item == Item::Reduce {
            return self.scope.value.as_ref().map_or(Value::Unknown, |value| Value::Bytes(value.to_vec()));
        }
        match out {
            Some(mut out) => {
                out.pop();
                Value::Bytes(out)
            }
            None => Value::Unknown,
        }
    }

    fn sort(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        let have = self.count(frame);
        if have == 2 && frame.step == 2 {
            self.check_comparator(frame)?;
            frame.step = 3;
        }
        if have < 3 {
            self.skip_space();
            frame.step = frame.step.max(1);
            if self.byte() != Some(b'{') {
                let which = ["list", "comparator", "extractor"][have];
                let words = format!("missing '{{' for {which} arg of sort");
                return self.stop_at_brace(What::ArgumentMissing(Item::Sort), self.here(), words.into_bytes());
            }
            if have == 1 {
                frame.step = 2;
                self.at += 1;
                self.keep_item(*frame);
                self.push_argument(frame.reach, false);
                return Ok(Flow::Wait);
            }
            frame.repeats = self.at + 1;
            let reach = if have == 2 { Reach::Skipped } else { frame.reach };
            return Ok(self.next_argument(frame, reach));
        }
        if self.byte() != Some(b'}') {
            return self.stop(What::ListItemEnd(Item::Sort), self.here(), b"missing } at end of \"sort\"".to_vec());
        }
        self.at += 1;
        if frame.reach == Reach::Skipped {
            return Ok(self.done(frame, Value::Nothing));
        }
        let value = self.sorted(frame);
        Ok(self.done(frame, value))
    }

    fn check_comparator(&mut self, frame: &ItemFrame) -> Result<(), Stop> {
        let Some(arg) = self.arg(frame, 1) else { return Ok(()) };
        let Some(bytes) = self.bytes(arg).map(<[u8]>::to_vec) else { return Ok(()) };
        let name = super::conditions::operator_name(&bytes);
        if name.is_empty() {
            let found = &bytes[..bytes.len().min(16)];
            let words = say(&[b"condition name expected, but found \"", found, b"\""]);
            return self.stop(What::ConditionNameExpected, arg.span, words);
        }
        match Condition::find(name, self.setting.engine) {
            // Exim forgets to say anything.
            None => self.stop(What::SortComparator, arg.span, Vec::new()),
            Some(
                Condition::Less
                | Condition::LessEqual
                | Condition::Greater
                | Condition::GreaterEqual
                | Condition::Ge
                | Condition::Gei
                | Condition::Gt
                | Condition::Gti
                | Condition::Le
                | Condition::Lei
                | Condition::Lt
                | Condition::Lti,
            ) => Ok(()),
            Some(_) => self.stop(What::SortComparator, arg.span, b"comparator not handled for sort".to_vec()),
        }
    }

    /// Whether each element of a list has something to be sorted by. What comes of it is not computed.
    fn sorted(&mut self, frame: &ItemFrame) -> Value {
        let known = [0, 1].map(|number| self.arg(frame, number).and_then(|arg| self.bytes(arg).map(<[u8]>::to_vec)));
        let [Some(list), Some(order)] = known else {
            self.unsure();
            return Value::Unknown;
        };
        if !self.may_spend(list.len()) {
            self.unsure();
            return Value::Unknown;
        }
        let text = self.text;
        // Exim expands a copy of the argument, without its brace.
        let Some(key) = self.arg(frame, 2) else { return Value::Unknown };
        let copy = &text[..key.span.end as usize];
        let (mut count, mut is_simple) = (0, true);
        for element in List::new(&list) {
            self.scope.item = Some(Rc::from(&element[..]));
            count += 1;
            // Exim dies of a list of empty elements, and gets lost in one of elements that hold its separator.
            is_simple &= is_simple_element(&element);
            let words = say(&[b"field-extract in sort: \"", &text[key.span.range()], b"\""]);
            match self.replay(copy, key.span, |walk| walk.start_text(false, Reach::Taken)) {
                Some(Ok(replayed)) => match replayed.value {
                    Some(value) if value.is_empty() => {
                        self.evaluated(What::SortField, key.span, words, frame.reach);
                        return Value::Unknown;
                    }
                    Some(value) => is_simple &= is_simple_element(&value),
                    None => is_simple = false,
                },
                Some(Err(_)) => {
                    self.evaluated(What::SortField, key.span, words, frame.reach);
                    return Value::Unknown;
                }
                None => is_simple = false,
            }
        }
        if !is_simple || count > 1 && !order.first().is_some_and(u8::is_ascii_alphabetic) {
            self.unsure();
        }
        if count == 0 { Value::Nothing } else { Value::Unknown }
    }
}

/// Which variables an item restores when it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Nothing,
    /// `$item`; `reduce` also `$value`, unless Exim only reads over it.
    Element,
    /// The numbers. (`$value` is put back before the second alternative, and what that sets stays set.)
    Numbers,
    Everything,
}

fn keeps(item: Item) -> Keeps {
    match item {
        Item::If => Keeps::Everything,
        Item::Lookup | Item::Extract | Item::Listextract | Item::Certextract | Item::Sg => Keeps::Numbers,
        Item::Map | Item::Filter | Item::Reduce | Item::Sort | Item::Env => Keeps::Element,
        _ => Keeps::Nothing,
    }
}

fn empty() -> Rc<[u8]> {
    Rc::from(&[][..])
}

/// Whether an element has nothing that means something in a list.
fn is_simple_element(element: &[u8]) -> bool {
    !element.is_empty() && element.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte))
}

/// Whether a pattern can only mean itself.
pub(super) fn is_plain_pattern(pattern: &[u8]) -> bool {
    pattern.iter().all(|byte| byte.is_ascii_alphanumeric() || b" _-=@:,;/".contains(byte))
}

fn translate(mut subject: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    if let Some(last) = to.len().checked_sub(1) {
        for byte in &mut subject {
            if let Some(at) = from.iter().rposition(|known| known == byte) {
                *byte = to[at.min(last)];
            }
        }
    }
    subject
}

fn quote_for_list(separator: Option<u8>, text: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        return b" ".to_vec();
    }
    let times = |byte: u8| 1 + usize::from(Some(byte) == separator);
    text.iter().flat_map(|&byte| std::iter::repeat_n(byte, times(byte))).collect()
}

/// An element of a list by its number, from the end if that is negative.
fn element(list: &[u8], number: i32) -> Option<Vec<u8>> {
    let mut elements = List::new(list);
    match usize::try_from(number) {
        Ok(0) => None,
        Ok(number) => elements.nth(number - 1),
        Err(_) => {
            let count = i32::try_from(elements.count()).unwrap_or(i32::MAX);
            let from_start = number.wrapping_add(1).wrapping_add(count);
            if from_start == 0 {
                return None;
            }
            // Before the first there is the first.
            List::new(list).nth(usize::try_from(from_start - 1).unwrap_or(0))
        }
    }
}

fn looks_like_prvs(text: &[u8]) -> bool {
    text.len() > 5 && text[..5].eq_ignore_ascii_case(b"prvs=")
}
