//! `substr`, `length`, `hash`, `nhash`, `sg`, `tr`, `listquote` and `imapfolder`: a text out of texts.

use std::rc::Rc;

use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{Arg, ItemFrame, Place, Reach, Value};
use crate::exim_expansion::names::Item;
use crate::exim_expansion::numbers;
use crate::exim_expansion::walk::{Walk, say};

/// What two numbers make of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Part,
    Hash,
    Nhash,
}

impl Walk<'_> {
    pub fn check_imap_separator(&mut self, frame: &ItemFrame) {
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

    /// `hash`, `nhash`, `substr`, `length`: numbers, and a part of the last argument.
    pub fn cut(&mut self, frame: &ItemFrame, may_compute: bool) -> Value {
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
        let at = |offset| Place::new(arg.start.at() + offset);
        Value::Arg(Arg { start: at(range.start), end: at(range.end), ..arg })
    }

    /// `sg`: Exim compiles its pattern, and puts in its replacement, even where it skips.
    pub fn substitute(&mut self, frame: &ItemFrame) -> Value {
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
                    let place = self.args[frame.args.at() + 2];
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
}

/// Whether a pattern can only mean itself.
pub fn is_plain_pattern(pattern: &[u8]) -> bool {
    pattern.iter().all(|byte| byte.is_ascii_alphanumeric() || b" _-=@:,;/".contains(byte))
}

pub(super) fn translate(mut subject: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    if let Some(last) = to.len().checked_sub(1) {
        for byte in &mut subject {
            if let Some(at) = from.iter().rposition(|known| known == byte) {
                *byte = to[at.min(last)];
            }
        }
    }
    subject
}

pub(super) fn quote_for_list(separator: Option<u8>, text: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        return b" ".to_vec();
    }
    let times = |byte: u8| 1 + usize::from(Some(byte) == separator);
    text.iter().flat_map(|&byte| std::iter::repeat_n(byte, times(byte))).collect()
}
