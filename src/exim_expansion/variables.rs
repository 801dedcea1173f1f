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

/// The variables that an expansion itself sets.
#[derive(Clone)]
pub(super) struct Scope {
    /// `$item`
    pub item: Known,
    /// `$value`; the second says whether there is none.
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

    pub fn variable(&mut self, name: Span, is_braced: bool, start: usize, reach: Reach) {
        let bytes = self.kept(name);
        let id = Variable::find(bytes, self.setting.engine);
        self.leaf(NodeKind::Variable(id), start, self.at);
        match self.find_variable(bytes, reach) {
            Ok(known) => {
                if reach == Reach::Skipped {
                    return;
                }
                match known {
                    Some(value) => {
                        self.push_bytes(&value);
                        self.text_is(true, value.is_empty());
                    }
                    None => self.text_is(false, false),
                }
            }
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

    /// The value of a variable, if it is certain; an error if there is none, and whether that depends on the message.
    pub fn find_variable(&mut self, name: &[u8], reach: Reach) -> Result<Known, bool> {
        let nothing: Known = Some(Rc::from(&[][..]));
        let unset = if self.setting.has_message { None } else { nothing.clone() };
        if (name.starts_with(b"acl_c") || name.starts_with(b"acl_m"))
            && !name.get(5).is_some_and(u8::is_ascii_alphabetic)
        {
            return Ok(unset);
        }
        if name.starts_with(b"r_") {
            return Ok(unset);
        }
        let has_patterns = self.setting.engine.options.contains(BuildOption::ContentScan);
        for (prefix, most) in [(&b"auth"[..], 4), (b"regex", if has_patterns { 9 } else { 0 })] {
            if most > 0
                && let Some(digits) = name.strip_prefix(prefix)
                && !digits.is_empty()
                && digits.iter().all(u8::is_ascii_digit)
            {
                let number =
                    digits.iter().fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
                if (1..=most).contains(&number) {
                    return Ok(unset);
                }
                // Exim cuts the number down to 32 bits, with a sign, and reads whatever lies there.
                if number > 0x7fff_ffff {
                    self.unsure();
                    return Ok(None);
                }
            }
        }
        let Some(variable) = Variable::find(name, self.setting.engine) else { return Err(false) };
        if reach == Reach::Skipped {
            return Ok(nothing);
        }
        if variable.is_of_filters() && !self.setting.in_filter {
            return Err(reach == Reach::Maybe);
        }
        Ok(match variable.name() {
            "item" => self.scope.item.clone(),
            "value" => self.scope.value.clone(),
            name => {
                let known = self.setting.known.iter().find(|(known, _)| *known == name);
                known.map(|(_, value)| Rc::from(value.as_bytes()))
            }
        })
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

    /// Sets `$value`.
    pub fn set_value(&mut self, value: Known) {
        self.scope.value = value;
        self.settings += 1;
        self.scope.settings[0] = self.settings;
    }

    /// Sets `$0` and so on.
    pub fn set_numbers(&mut self, numbers: Option<Rc<[Vec<u8>]>>) {
        self.scope.numbers = numbers;
        self.settings += 1;
        self.scope.settings[1] = self.settings;
    }

    /// Puts `$value` back.
    pub fn restore_value(&mut self, from: &Scope) {
        self.scope.value.clone_from(&from.value);
        self.scope.settings[0] = from.settings[0];
    }

    /// Puts `$0` and so on back.
    pub fn restore_numbers(&mut self, from: &Scope) {
        self.scope.numbers.clone_from(&from.numbers);
        self.scope.settings[1] = from.settings[1];
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
        if settings == self.settings || self.values.len() > start {
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
