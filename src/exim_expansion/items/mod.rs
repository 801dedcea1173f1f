//! The items, `${item ...}`: which arguments each takes, and what it leaves behind.
//!
//! - `alternatives.rs`: `if`, `env`; and the `{yes}{no}` of all that have it
//! - `extract.rs`: `extract`, `listextract`, `certextract`
//! - `lists.rs`: `map`, `filter`, `reduce`, `sort`
//! - `outside.rs`: `lookup`, `run`, `readsocket`
//! - `signed.rs`: `prvs`, `prvscheck`
//! - `strings.rs`: `substr`, `length`, `hash`, `nhash`, `sg`, `tr`, `listquote`, `imapfolder`
//! - here: what needs no more than its arguments read, such as `acl`, `readfile`, `perl`, `hmac`

mod alternatives;
mod extract;
mod lists;
mod outside;
mod signed;
pub(super) mod strings;

use alternatives::ALTERNATIVES;
use strings::{quote_for_list, translate};

use super::build::BuildOption;
use super::error::What;
use super::frames::{Arg, Flow, ItemFrame, Reach, Stop, Value};
use super::names::Item;
use super::walk::{Walk, say};
use crate::source::Span;

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

impl Walk<'_> {
    /// Goes on with an item: from its beginning, or behind an argument or a condition of it.
    pub fn item(&mut self, mut frame: ItemFrame) -> Result<(), Stop> {
        if frame.step == 0 {
            self.check_permission(frame);
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
    fn check_permission(&mut self, frame: ItemFrame) {
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
            _ => return,
        };
        let words = format!("\"${{{missing}\" encountered, but this facility is not included in this binary");
        self.certain(What::NotBuilt(frame.item), place, words.into_bytes());
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
                    self.restore_item(&scope);
                }
                Keeps::Numbers => self.restore_numbers(&scope),
                Keeps::Everything => self.scope = self.saved.pop().unwrap_or(scope),
            }
        }
        self.give(value, frame.start.at(), frame.args.at());
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
        self.args.len() - frame.args.at()
    }

    fn arg(&self, frame: &ItemFrame, number: usize) -> Option<Arg> {
        self.args.get(frame.args.at() + number).copied()
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
        let total: usize = self.args[frame.args.at()..].iter().map(|arg| arg.end.at() - arg.start.at()).sum();
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

    /// An error of a value that Exim meets where it skips as well, unless the value would be another there.
    pub fn even_if_skipped(&mut self, what: What, arg: Arg, words: Vec<u8>, reach: Reach) {
        if reach == Reach::Maybe && !arg.is_fixed {
            self.possible(what, arg.span, words);
        } else {
            self.certain(what, arg.span, words);
        }
    }
}
