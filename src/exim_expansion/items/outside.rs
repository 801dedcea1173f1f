//! `lookup`, `run` and `readsocket`: what Exim asks of the world outside.

use super::alternatives::{Found, empty};
use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{Flow, ItemFrame, Reach, Stop, Truth, Value};
use crate::exim_expansion::lookups;
use crate::exim_expansion::names::Item;
use crate::exim_expansion::walk::{Walk, say};
use crate::source::Span;

impl Walk<'_> {
    pub fn lookup(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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
            let is_name = |byte: &&u8| **byte != b'{' && !crate::exim_expansion::is_space(**byte);
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

    pub fn run_item(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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
            let node = self.open(crate::exim_expansion::tree::NodeKind::Argument, self.at);
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

    pub fn readsocket(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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
}
