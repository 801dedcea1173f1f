//! `extract`, `listextract` and `certextract`: something out of a text, a list, a certificate.

use std::borrow::Cow;

use super::alternatives::Found;
use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{Flow, ItemFrame, Reach, Stop, Value};
use crate::exim_expansion::list::List;
use crate::exim_expansion::names::Item;
use crate::exim_expansion::numbers;
use crate::exim_expansion::walk::{Walk, say};
use crate::source::Span;

impl Walk<'_> {
    pub fn extract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        self.skip_space();
        if frame.step == 0 {
            frame.step = 1;
            if self.byte() != Some(b'{') && self.text[self.at..].starts_with(b"json") {
                self.at += 4;
                frame.json = 1;
                if self.byte() == Some(b's') {
                    self.at += 1;
                    frame.json = 2;
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
        let wanted = if frame.is_numeric && frame.json == 0 { 3 } else { 2 };
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
        let found = if frame.json > 0 {
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
    pub fn skipped_extract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
        let have = self.count(frame);
        if have < 5 && self.byte() == Some(b'{') {
            if have == 4 && frame.reach != Reach::Skipped && !(frame.is_numeric && frame.json == 0) {
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

    pub fn listextract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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
            [Some(_), Some(list)] if self.may_spend(list.len()) => {
                element(&list, frame.number).map(Cow::into_owned).into()
            }
            _ => Found::Unknown,
        };
        self.found(frame, found);
        self.begin_alternatives(frame)
    }

    pub fn certextract(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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

    pub fn certificate(&mut self, frame: &ItemFrame) {
        let Some(arg) = self.arg(frame, 1) else { return };
        let Some(name) = self.bytes(arg).map(<[u8]>::to_vec) else { return self.unsure() };
        match crate::exim_expansion::names::Variable::find(&name, self.setting.engine) {
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
}

/// An element of a list by its number, from the end if that is negative.
fn element(list: &[u8], number: i32) -> Option<Cow<'_, [u8]>> {
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
