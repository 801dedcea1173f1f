//! `map`, `filter`, `reduce` and `sort`: what is read again for each element of a list.

use std::rc::Rc;

use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{Arg, Flow, ItemFrame, Place, Reach, Stop, Truth, Value};
use crate::exim_expansion::list::List;
use crate::exim_expansion::names::Condition;
use crate::exim_expansion::names::Item;
use crate::exim_expansion::walk::{Walk, say};
use crate::source::Span;

impl Walk<'_> {
    /// `map`, `filter`, `reduce`.
    pub fn map(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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
            frame.repeats = Place::new(self.at + 1);
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
    pub fn for_each(&mut self, frame: &ItemFrame) -> Value {
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
            self.set_item(Some(Rc::from(&element[..])));
            let text = self.text;
            let span = Span::new(frame.repeats.at(), self.at - 1);
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
                    Truth::Yes => Some(element.into_owned()),
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

    pub fn sort(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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
            frame.repeats = Place::new(self.at + 1);
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

    pub fn check_comparator(&mut self, frame: &ItemFrame) -> Result<(), Stop> {
        let Some(arg) = self.arg(frame, 1) else { return Ok(()) };
        let Some(bytes) = self.bytes(arg).map(<[u8]>::to_vec) else { return Ok(()) };
        let name = crate::exim_expansion::conditions::operator_name(&bytes);
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
    pub fn sorted(&mut self, frame: &ItemFrame) -> Value {
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
            self.set_item(Some(Rc::from(&element[..])));
            count += 1;
            if !is_simple {
                // It is lost already.
                self.unsure();
            }
            // Exim dies of a list of empty elements, and gets lost in one of elements that hold its separator.
            is_simple &= is_simple_element(&element);
            match self.replay(copy, key.span, |walk| walk.start_text(false, Reach::Taken)) {
                Some(Ok(replayed)) => match replayed.value {
                    Some(value) if value.is_empty() => return self.nothing_to_sort_by(frame, key),
                    Some(value) => is_simple &= is_simple_element(&value),
                    None => is_simple = false,
                },
                Some(Err(_)) => return self.nothing_to_sort_by(frame, key),
                None => {
                    self.unsure();
                    return Value::Unknown;
                }
            }
        }
        if !is_simple || count > 1 && !order.first().is_some_and(u8::is_ascii_alphabetic) {
            self.unsure();
        }
        if count == 0 { Value::Nothing } else { Value::Unknown }
    }

    fn nothing_to_sort_by(&mut self, frame: &ItemFrame, key: Arg) -> Value {
        let words = say(&[b"field-extract in sort: \"", &self.text[key.span.range()], b"\""]);
        self.evaluated(What::SortField, key.span, words, frame.reach);
        Value::Unknown
    }
}

/// Whether an element has nothing that means something in a list.
fn is_simple_element(element: &[u8]) -> bool {
    !element.is_empty() && element.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte))
}
