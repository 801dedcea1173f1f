//! `if` and `env`, and the alternatives `{yes}{no}` that they, lookups and `extract` end with.

use std::rc::Rc;

use super::{Keeps, keeps};
use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{Arg, Flow, ItemFrame, Reach, Stop, Truth, Value};
use crate::exim_expansion::names::Item;
use crate::exim_expansion::walk::{Walk, say};

/// The step of an item at which its alternatives begin.
pub(super) const ALTERNATIVES: u8 = 100;

/// Whether an item finds what it looks for.
pub enum Found {
    Unknown,
    No,
    Yes(Vec<u8>),
}

impl From<Option<Vec<u8>>> for Found {
    fn from(value: Option<Vec<u8>>) -> Self {
        value.map_or(Self::No, Self::Yes)
    }
}

impl Walk<'_> {
    pub fn if_item(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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

    pub fn env(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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

    /// The alternatives begin here; `frame.yes` says which of them counts.
    pub fn begin_alternatives(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        frame.step = ALTERNATIVES;
        frame.leading = u8::try_from(self.count(frame)).unwrap_or(u8::MAX);
        if frame.item == Item::If {
            self.saved.push(self.scope.clone());
        }
        self.alternatives(frame)
    }

    /// `$value` is for the first alternative what was found, and for the second what it was before; for that of `if`, what
    /// the condition left.
    pub fn restore_value_for_alternative(&mut self, item: Item) {
        if keeps(item) != Keeps::Nothing
            && let Some(saved) = self.saved.pop()
        {
            self.restore_value(&saved);
            self.saved.push(saved);
        }
    }

    /// `process_yesno`: a first alternative, then a second or the word `fail`.
    pub fn alternatives(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        let item = frame.item;
        let problem = |walk: &Self, place: &str| {
            let rest = &walk.text[walk.at.min(walk.text.len())..];
            let words = format!("curly-bracket problem in conditional yes/no parsing: {place}\n remaining string is '");
            say(&[words.as_bytes(), rest, b"'"])
        };
        self.skip_space();
        match self.count(frame) - usize::from(frame.leading) {
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

    pub fn fail_word(&mut self, frame: &ItemFrame, problem: &dyn Fn(&Self, &str) -> Vec<u8>) -> Result<(), Stop> {
        let item = frame.item;
        let name = item.name().as_bytes();
        let here = self.here();
        let word = self.name(false);
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

    pub fn without_alternatives(&mut self, frame: &ItemFrame) -> Value {
        match frame.yes {
            _ if frame.reach == Reach::Skipped => Value::Nothing,
            Truth::No => Value::Nothing,
            Truth::Unknown => Value::Unknown,
            Truth::Yes if frame.item == Item::If => Value::Bytes(b"true".to_vec()),
            Truth::Yes => self.scope.value.as_ref().map_or(Value::Unknown, |value| Value::Bytes(value.to_vec())),
        }
    }

    pub fn chosen(&self, frame: &ItemFrame) -> Value {
        let leading = usize::from(frame.leading);
        let (yes, no) = (self.arg(frame, leading), self.arg(frame, leading + 1));
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
    pub fn found(&mut self, frame: &mut ItemFrame, found: Found) {
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
}

pub(super) fn empty() -> Rc<[u8]> {
    Rc::from(&[][..])
}
