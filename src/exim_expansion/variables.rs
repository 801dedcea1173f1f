//! Variables and headers: whether they exist, what they are, and what an expansion itself sets.

use std::rc::Rc;

use memchr::memchr;

use super::build::BuildOption;
use super::error::What;
use super::frames::{Frame, Reach, TextFrame};
use super::names::Variable;
use super::tree::{HeaderForm, NodeKind};
use super::walk::{NAME, Walk, say};
use crate::source::Span;

/// A value that is certain, or not.
pub(super) type Known = Option<Rc<[u8]>>;

/// What a variable holds.
pub(super) enum Content {
    /// That is not certain.
    Unknown,
    Text(&'static [u8]),
    Shared(Rc<[u8]>),
}

impl Content {
    const EMPTY: Self = Self::Text(b"");

    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Unknown => None,
            Self::Text(text) => Some(text),
            Self::Shared(text) => Some(text),
        }
    }
}

/// The variables that an expansion itself sets.
#[derive(Clone)]
pub(super) struct Scope {
    /// `$item`
    pub item: Known,
    /// `$value`
    pub value: Known,
    /// `$0` and so on; nothing when they are not certain.
    pub numbers: Option<Rc<[Vec<u8>]>>,
    /// Which of all settings that of `$value` was, and that of the numbers.
    pub settings: [u32; 2],
}

impl Walk<'_> {
    /// Reads the rest of a header's name, behind what a variable's name can hold.
    pub fn header(&mut self, name: Span) {
        let is_graphic = |byte: &&u8| **byte > 32 && **byte != 127 && **byte != b':';
        let len = self.text[self.at..].iter().take_while(is_graphic).count();
        let more = &self.text[self.at..self.at + len];
        let prefix = memchr(b'_', self.kept(name)).map_or(0, |at| at + 1);
        let room = NAME.saturating_sub(self.kept(name).len() - prefix);
        // Exim asks only when there is no such header, but a header with a brace in its name is nobody's.
        self.is_header_malformed |= memchr(b'}', &more[..len.min(room)]).is_some();
        self.at += len;
        if self.byte() == Some(b':') {
            self.at += 1;
        }
    }

    /// The text of a header, where the setting has one for all. As it stands in a message there is a blank before it, and
    /// the end of its line behind it.
    pub fn give_header(&mut self, form: HeaderForm) {
        let Some(text) = self.setting.headers else { return self.text_is(false, false) };
        let is_raw = form == HeaderForm::Raw && !text.is_empty();
        let parts = if is_raw { [" ", text, "\n"] } else { ["", text, ""] };
        parts.iter().for_each(|part| self.push_bytes(part.as_bytes()));
        self.text_is(true, text.is_empty());
    }

    pub fn variable(&mut self, name: Span, is_braced: bool, start: usize, reach: Reach) {
        let bytes = self.kept(name);
        let id = Variable::find(bytes, self.setting.engine);
        self.leaf(NodeKind::Variable(id), start, self.at);
        match self.content(id, bytes, reach) {
            Ok(_) if reach == Reach::Skipped => {}
            Ok(content) => match content.bytes() {
                Some(value) => {
                    self.push_bytes(value);
                    self.text_is(true, value.is_empty());
                }
                None => self.text_is(false, false),
            },
            Err(depends) => {
                let nearest = self.may_suggest().then(|| Variable::nearest(bytes, self.setting.engine)).flatten();
                let (what, words) = if is_braced {
                    (What::UnknownVariableInBraces(nearest), say(&[b"unknown variable in \"${", bytes, b"}\""]))
                } else {
                    (What::UnknownVariable(nearest), say(&[b"unknown variable name \"", bytes, b"\""]))
                };
                let words = [words, about_acl_variables(bytes)].concat();
                self.note(what, name, words, depends);
                self.text_is(false, false);
            }
        }
    }

    /// What a variable holds, by its name and what the list says of it; an error if there is none, and whether that
    /// depends on the message.
    pub fn content(&mut self, variable: Option<Variable>, name: &[u8], reach: Reach) -> Result<Content, bool> {
        let unset = if self.setting.has_message { Content::Unknown } else { Content::EMPTY };
        let Some(variable) = variable else {
            return match self.is_numbered(name) {
                Some(true) => Ok(unset),
                Some(false) => Err(false),
                None => {
                    self.unsure();
                    Ok(Content::Unknown)
                }
            };
        };
        if reach == Reach::Skipped {
            return Ok(Content::EMPTY);
        }
        if variable.is_of_filters() && !self.setting.in_filter {
            return Err(reach == Reach::Maybe);
        }
        let shared = |known: &Known| known.clone().map_or(Content::Unknown, Content::Shared);
        Ok(match variable {
            Variable::ITEM => shared(&self.scope.item),
            Variable::VALUE => shared(&self.scope.value),
            _ if self.setting.known.is_empty() => Content::Unknown,
            _ => {
                let known = self.setting.known.iter().find(|(known, _)| *known == variable.name());
                known.map_or(Content::Unknown, |(_, value)| Content::Text(value.as_bytes()))
            }
        })
    }

    /// Whether a name that the list does not hold is that of a variable all the same, such as `acl_m0`, `r_x`, `auth1`;
    /// nothing where only Exim's memory knows.
    fn is_numbered(&self, name: &[u8]) -> Option<bool> {
        let (digits, most) = match name {
            [b'a', b'c', b'l', b'_', b'c' | b'm', rest @ ..] => {
                return Some(!rest.first().is_some_and(u8::is_ascii_alphabetic));
            }
            [b'r', b'_', ..] => return Some(true),
            [b'a', b'u', b't', b'h', digits @ ..] => (digits, 4),
            [b'r', b'e', b'g', b'e', b'x', digits @ ..]
                if self.setting.engine.options.contains(BuildOption::ContentScan) =>
            {
                (digits, 9)
            }
            _ => return Some(false),
        };
        // `strtoul` takes a minus, too.
        let unsigned = digits.strip_prefix(b"-");
        let (is_negative, digits) = (unsigned.is_some(), unsigned.unwrap_or(digits));
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Some(false);
        }
        let number = digits.iter().fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        // Exim cuts the number down to 32 bits, with a sign, and reads whatever lies there.
        if number > 0x7fff_ffff || is_negative && number > 0 { None } else { Some((1..=most).contains(&number)) }
    }

    /// Reads over the digits of `$1`: too big a number wraps.
    pub fn number(&mut self) -> i32 {
        let mut number = 0_i32;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            number = number.wrapping_mul(10).wrapping_add(i32::from(digit - b'0'));
            self.at += 1;
        }
        number
    }

    pub fn give_number(&mut self, number: i32) {
        match &self.scope.numbers {
            Some(numbers) => {
                let numbers = numbers.clone();
                if let Some(value) = usize::try_from(number).ok().and_then(|number| numbers.get(number)) {
                    self.push_bytes(value);
                    self.text_is(true, value.is_empty());
                }
            }
            None => self.text_is(false, false),
        }
    }

    /// Sets `$item`.
    pub fn set_item(&mut self, item: Known) {
        Rc::make_mut(&mut self.scope).item = item;
    }

    /// Sets `$value`.
    pub fn set_value(&mut self, value: Known) {
        self.settings += 1;
        let scope = Rc::make_mut(&mut self.scope);
        scope.value = value;
        scope.settings[0] = self.settings;
    }

    /// Sets `$0` and so on.
    pub fn set_numbers(&mut self, numbers: Option<Rc<[Vec<u8>]>>) {
        self.settings += 1;
        let scope = Rc::make_mut(&mut self.scope);
        scope.numbers = numbers;
        scope.settings[1] = self.settings;
    }

    /// Puts `$item` back.
    pub fn restore_item(&mut self, from: &Rc<Scope>) {
        if !Rc::ptr_eq(&self.scope, from) {
            Rc::make_mut(&mut self.scope).item.clone_from(&from.item);
        }
    }

    /// Puts `$value` back.
    pub fn restore_value(&mut self, from: &Rc<Scope>) {
        if from.settings[0] != self.scope.settings[0] {
            let scope = Rc::make_mut(&mut self.scope);
            scope.value.clone_from(&from.value);
            scope.settings[0] = from.settings[0];
        }
    }

    /// Puts `$0` and so on back.
    pub fn restore_numbers(&mut self, from: &Rc<Scope>) {
        if from.settings[1] != self.scope.settings[1] {
            let scope = Rc::make_mut(&mut self.scope);
            scope.numbers.clone_from(&from.numbers);
            scope.settings[1] = from.settings[1];
        }
    }

    /// What `$value` and the numbers are is not known any more.
    pub fn forget(&mut self) {
        self.set_value(None);
        self.set_numbers(None);
    }

    /// A name with nothing before it: Exim gives back what it has allocated for the text so far, and what was set
    /// meanwhile lies there.
    pub fn forget_what_is_freed(&mut self) {
        let Some(&Frame::Text(TextFrame { settings, start, .. })) = self.stack.last() else { return };
        if settings == self.settings || self.values.len() > start.at() {
            return;
        }
        if self.scope.settings[0] > settings {
            self.set_value(None);
        }
        if self.scope.settings[1] > settings {
            self.set_numbers(None);
        }
    }
}

/// Whether a name begins that of a header, and which text of it is meant.
pub(super) fn header_form(name: &[u8]) -> Option<HeaderForm> {
    let (form, rest) = match name {
        [b'h', rest @ ..] => (HeaderForm::Translated, rest),
        [b'r', b'h', rest @ ..] => (HeaderForm::Raw, rest),
        [b'b', b'h', rest @ ..] => (HeaderForm::Decoded, rest),
        [b'l', b'h', rest @ ..] => (HeaderForm::List, rest),
        _ => return None,
    };
    (rest.starts_with(b"_") || rest.starts_with(b"eader_")).then_some(form)
}

/// What Exim adds about variables of access control lists.
pub(super) fn about_acl_variables(name: &[u8]) -> Vec<u8> {
    if !name.starts_with(b"acl_") {
        return Vec::new();
    }
    let more = match (name.get(4), name.get(5)) {
        (Some(b'c' | b'm'), Some(letter)) if letter.is_ascii_alphabetic() => {
            "6th character of a user-defined ACL variable must be a digit or underscore"
        }
        (Some(b'c' | b'm'), _) => "strict_acl_vars is set",
        _ => "user-defined ACL variables must start acl_c or acl_m",
    };
    format!(" ({more})").into_bytes()
}
