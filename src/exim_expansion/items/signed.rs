//! `prvs` and `prvscheck`: signed addresses.

use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{Flow, ItemFrame, Stop, Value};
use crate::exim_expansion::walk::Walk;

impl Walk<'_> {
    pub fn prvs(&mut self, frame: &ItemFrame) {
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

    /// Its second argument can use what the first turned out to be.
    pub fn prvscheck(&mut self, frame: &mut ItemFrame) -> Result<Flow, Stop> {
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
}

fn looks_like_prvs(text: &[u8]) -> bool {
    text.len() > 5 && text[..5].eq_ignore_ascii_case(b"prvs=")
}
