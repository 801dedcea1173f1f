//! Conditions made of conditions: `and`, `or`, and those that ask for each element of a list.

use std::rc::Rc;

use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{ConditionFrame, Flow, Place, Reach, Stop, Truth};
use crate::exim_expansion::list::List;
use crate::exim_expansion::names::Condition;
use crate::exim_expansion::walk::{Walk, say};
use crate::source::Span;

impl Walk<'_> {
    pub fn and_or(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        let is_and = frame.condition == Some(Condition::And);
        let name = if is_and { "and" } else { "or" };
        if frame.step == 1 {
            self.skip_space();
            if self.byte() != Some(b'{') {
                return self.argument_missing(frame);
            }
            self.at += 1;
            frame.step = 2;
            frame.combined = Truth::of(is_and);
            frame.next_reach = frame.reach;
        } else {
            self.skip_space();
            if self.byte() != Some(b'}') {
                let words = format!("missing }} at end of condition inside \"{name}\" group");
                return self.stop(What::SubconditionEnd, self.here(), words.into_bytes());
            }
            self.at += 1;
            if frame.next_reach != Reach::Skipped {
                let decides = Truth::of(!is_and);
                if self.truth == decides {
                    frame.combined = decides;
                    frame.next_reach = Reach::Skipped;
                } else if self.truth == Truth::Unknown {
                    frame.combined = Truth::Unknown;
                    frame.next_reach = Reach::Maybe;
                }
            }
        }
        self.skip_space();
        match self.byte() {
            Some(b'}') => {
                self.at += 1;
                self.truth = if frame.reach == Reach::Skipped { Truth::Unknown } else { frame.combined };
                Ok(Flow::Done)
            }
            Some(b'{') => {
                self.at += 1;
                self.keep_condition(*frame);
                self.push_condition(frame.next_reach);
                Ok(Flow::Wait)
            }
            _ => {
                let words = format!("each subcondition inside an \"{name}{{...}}\" condition must be in its own {{}}");
                self.stop(What::SubconditionStart, self.here(), words.into_bytes())
            }
        }
    }

    /// `forany`, `forall` and their JSON forms.
    pub fn for_any(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        if frame.step == 1 {
            self.skip_space();
            if self.byte() != Some(b'{') {
                return self.argument_missing(frame);
            }
            frame.step = 2;
            return Ok(self.next_of(frame, true));
        }
        self.skip_space();
        if frame.step == 2 {
            if self.byte() != Some(b'{') {
                return self.argument_missing(frame);
            }
            self.at += 1;
            frame.repeats = Place::new(self.at);
            frame.step = 3;
            self.keep_condition(*frame);
            self.push_condition(Reach::Skipped);
            return Ok(Flow::Wait);
        }
        if self.byte() != Some(b'}') {
            let words = say(&[b"missing } at end of condition inside \"", self.kept(frame.name), b"\""]);
            return self.stop(What::ForConditionEnd, self.here(), words);
        }
        self.at += 1;
        self.truth = self.for_each_element(frame);
        Ok(Flow::Done)
    }

    /// Exim does this even where it skips, with what it makes of the list there.
    pub fn for_each_element(&mut self, frame: &ConditionFrame) -> Truth {
        let is_any = matches!(frame.condition, Some(Condition::Forany));
        let is_plain = is_any || frame.condition == Some(Condition::Forall);
        let Some(arg) = self.condition_arg(frame, 0) else { return Truth::Unknown };
        let list = self.bytes(arg).filter(|_| is_plain).map(<[u8]>::to_vec);
        let Some(list) = list.filter(|list| self.may_spend(list.len())) else {
            self.unsure();
            return Truth::Unknown;
        };
        // Of an empty list not even `forall` is true.
        let mut result = Truth::No;
        for element in List::new(&list) {
            let item = self.scope.item.clone();
            self.set_item(Some(Rc::from(element)));
            let text = self.text;
            let replayed =
                self.replay(text, Span::new(frame.repeats.at(), self.at - 1), |walk| walk.push_condition(Reach::Taken));
            self.set_item(item);
            match replayed {
                Some(Ok(replayed)) => {
                    if frame.reach == Reach::Maybe {
                        self.forget();
                    }
                    match replayed.truth {
                        Truth::Unknown => result = Truth::Unknown,
                        truth if truth == Truth::of(is_any) => return truth,
                        _ if result == Truth::Unknown => {}
                        truth => result = truth,
                    }
                }
                // Where it skips Exim takes a forced failure for none, and goes on from wherever that was.
                Some(Err(words)) if frame.reach != Reach::Taken && is_forced(&words) => {
                    self.unsure();
                    return Truth::Unknown;
                }
                Some(Err(words)) => {
                    let words = say(&[&words, b" inside \"", self.kept(frame.name), b"\" condition"]);
                    let place = Span::new(frame.repeats.at(), self.at - 1);
                    // The words are whole already, as far as this condition goes.
                    if result == Truth::Unknown || (frame.reach == Reach::Maybe && !arg.is_fixed) {
                        self.possible(What::Inner, place, words);
                    } else {
                        self.certain(What::Inner, place, words);
                    }
                    return Truth::Unknown;
                }
                None => {
                    self.unsure();
                    return Truth::Unknown;
                }
            }
        }
        result
    }
}

/// Whether these are the words of the alternative `fail`, or of something around it.
fn is_forced(words: &[u8]) -> bool {
    memchr::memmem::find(words, b"\" failed and \"fail\" requested").is_some()
}
