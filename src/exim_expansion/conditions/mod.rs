//! The conditions of `${if ...}`, `forany`, `forall` and `filter`.

mod combined;
mod compare;

use super::build::BuildOption;
use super::error::What;
use super::frames::{Arg, ConditionFrame, Flow, Reach, Stop, Truth};
use super::names::{Condition, Variable};
use super::numbers;
use super::setting::Forbidden;
use super::tree::NodeKind;
use super::variables::{about_acl_variables, header_form};
use super::walk::{Walk, say};
use crate::source::Span;

/// The name that a condition begins with: `<`, `>=`, `eq`.
pub(super) fn operator_name(text: &[u8]) -> &[u8] {
    let len = match text {
        [b'=' | b'<' | b'>', b'=', ..] => 2,
        [b'=' | b'<' | b'>', ..] => 1,
        _ => text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count(),
    };
    &text[..len]
}

impl Walk<'_> {
    /// Goes on with a condition: from its beginning, or behind an argument of it.
    pub fn condition(&mut self, mut frame: ConditionFrame) -> Result<(), Stop> {
        if frame.step == 0 {
            self.begin_condition(&mut frame)?;
        }
        let flow = match frame.condition {
            None => return Err(Stop),
            Some(Condition::Def) => self.def(&mut frame)?,
            Some(Condition::FirstDelivery | Condition::QueueRunning) => {
                let is_known = !self.setting.has_message && frame.condition == Some(Condition::QueueRunning);
                self.truth = if is_known { Truth::No } else { Truth::Unknown };
                Flow::Done
            }
            Some(
                Condition::Exists
                | Condition::Isip
                | Condition::Isip4
                | Condition::Isip6
                | Condition::Pam
                | Condition::Radius
                | Condition::Ldapauth
                | Condition::Pwcheck,
            ) => self.one_argument(&mut frame)?,
            Some(Condition::Bool | Condition::BoolLax) => self.bool(&mut frame)?,
            Some(Condition::Acl | Condition::Saslauthd) => self.grouped(&mut frame)?,
            Some(Condition::InboundSrs) => self.inbound_srs(&mut frame)?,
            Some(Condition::And | Condition::Or) => self.and_or(&mut frame)?,
            Some(
                Condition::Forall
                | Condition::Forany
                | Condition::ForallJson
                | Condition::ForanyJson
                | Condition::ForallJsons
                | Condition::ForanyJsons,
            ) => self.for_any(&mut frame)?,
            Some(_) => self.comparison(&mut frame)?,
        };
        if let Flow::Done = flow {
            self.truth = self.truth.negate_if(frame.is_negated);
            self.pop();
            self.args.truncate(frame.args.at());
            self.values.truncate(frame.start.at());
            self.close(frame.node, self.at);
        }
        Ok(())
    }

    fn begin_condition(&mut self, frame: &mut ConditionFrame) -> Result<(), Stop> {
        self.skip_space();
        frame.node = self.open(NodeKind::Condition(None), self.at);
        while self.byte() == Some(b'!') {
            frame.is_negated = !frame.is_negated;
            self.at += 1;
            self.skip_space();
        }
        let len = operator_name(&self.text[self.at..]).len();
        let name = Span::new(self.at, self.at + len);
        self.at += len;
        if len == 0 {
            let rest = &self.text[self.at..];
            let words = say(&[b"condition name expected, but found \"", &rest[..rest.len().min(16)], b"\""]);
            return self.stop(What::ConditionNameExpected, self.here(), words);
        }
        let bytes = self.kept(name);
        let engine = self.setting.engine;
        frame.condition = Condition::find(bytes, engine);
        frame.name = name;
        frame.step = 1;
        if let Some(node) = self.nodes.get_mut(frame.node as usize) {
            node.kind = NodeKind::Condition(frame.condition);
        }
        if frame.condition.is_none() {
            let nearest = self.may_suggest().then(|| Condition::nearest(bytes, engine)).flatten();
            let words = say(&[b"unknown condition \"", bytes, b"\""]);
            return self.stop(What::UnknownCondition(nearest), name, words);
        }
        self.keep_condition(*frame);
        Ok(())
    }

    fn condition_arg(&self, frame: &ConditionFrame, number: usize) -> Option<Arg> {
        self.args.get(frame.args.at() + number).copied()
    }

    fn argument_missing<T>(&mut self, frame: &ConditionFrame) -> Result<T, Stop> {
        let words = say(&[b"missing { after \"", self.kept(frame.name), b"\""]);
        self.stop(What::ConditionArgumentMissing, self.here(), words)
    }

    fn next_of(&mut self, frame: &ConditionFrame, expands: bool) -> Flow {
        self.at += 1;
        self.keep_condition(*frame);
        self.push_argument(frame.reach, expands);
        Flow::Wait
    }

    fn def(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        if self.byte() != Some(b':') {
            return self.stop(What::DefColon, self.here(), b"\":\" expected after \"def\"".to_vec());
        }
        self.at += 1;
        let start = self.at;
        let name = self.name(false);
        let bytes = self.kept(name);
        if let Some(form) = header_form(bytes) {
            self.header(name);
            let node = self.open(NodeKind::Header(form), start);
            self.close(node, self.at);
            self.truth = self.setting.headers.map_or(Truth::Unknown, |text| Truth::of(!text.is_empty()));
            return Ok(Flow::Done);
        }
        let id = Variable::find(bytes, self.setting.engine);
        let node = self.open(NodeKind::Variable(id), start);
        self.close(node, self.at);
        match self.content(id, bytes, frame.reach) {
            Ok(content) => {
                self.truth = content.bytes().map_or(Truth::Unknown, |value| Truth::of(!value.is_empty()));
                Ok(Flow::Done)
            }
            Err(depends) => {
                let (what, words) = if bytes.is_empty() {
                    (What::DefNameMissing, b"variable name omitted after \"def:\"".to_vec())
                } else {
                    let nearest = self.may_suggest().then(|| Variable::nearest(bytes, self.setting.engine)).flatten();
                    (What::DefUnknownVariable(nearest), say(&[b"unknown variable \"", bytes, b"\" after \"def:\""]))
                };
                let words = [words, about_acl_variables(bytes)].concat();
                let place = if name.is_empty() { self.here() } else { name };
                if depends {
                    self.possible(what, place, words);
                } else {
                    self.certain(what, place, words);
                }
                self.truth = Truth::Unknown;
                Ok(Flow::Done)
            }
        }
    }

    fn one_argument(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        let Some(arg) = self.condition_arg(frame, 0) else {
            self.skip_space();
            if self.byte() != Some(b'{') {
                return self.argument_missing(frame);
            }
            return Ok(self.next_of(frame, true));
        };
        self.truth = Truth::Unknown;
        if frame.reach == Reach::Skipped {
            return Ok(Flow::Done);
        }
        let Some(condition) = frame.condition else { return Ok(Flow::Done) };
        let option = match condition {
            Condition::Exists => {
                if self.setting.forbidden.contains(Forbidden::EXISTSTEST) {
                    let words = b"File existence tests are not permitted".to_vec();
                    self.evaluated(What::ExistsForbidden, frame.name, words, frame.reach);
                }
                return Ok(Flow::Done);
            }
            Condition::Isip | Condition::Isip4 | Condition::Isip6 => {
                if let Some(bytes) = self.bytes(arg) {
                    let version = super::address::address(bytes, false).map(|address| address.version);
                    self.truth = Truth::of(match condition {
                        Condition::Isip4 => version == Some(4),
                        Condition::Isip6 => version == Some(6),
                        _ => version.is_some(),
                    });
                }
                return Ok(Flow::Done);
            }
            Condition::Pam => BuildOption::Pam,
            Condition::Radius => BuildOption::Radius,
            Condition::Ldapauth => BuildOption::Ldap,
            _ => BuildOption::Pwcheck,
        };
        if self.setting.engine.options.contains(option) {
            self.unsure();
        } else {
            let words = say(&[b"support for \"", self.kept(frame.name), b"\" not compiled"]);
            self.evaluated(What::ConditionNotBuilt(condition), frame.name, words, frame.reach);
        }
        Ok(Flow::Done)
    }

    /// `bool` and `bool_lax`: Exim judges their argument where it skips as well.
    fn bool(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        let is_lax = frame.condition == Some(Condition::BoolLax);
        let Some(arg) = self.condition_arg(frame, 0) else {
            self.skip_space();
            if self.byte() != Some(b'{') {
                // It looks for the `{` itself, before the words for missing arguments could be said.
                return self.argument_missing(frame);
            }
            return Ok(self.next_of(frame, true));
        };
        self.skip_space();
        self.truth = Truth::Unknown;
        match self.bytes(arg) {
            None if is_lax => {}
            None => self.unsure(),
            Some(bytes) => {
                let text = numbers::trim(bytes);
                let digits = text.strip_prefix(b"-").unwrap_or(text);
                let is_number = digits.iter().all(u8::is_ascii_digit);
                self.truth = if text.is_empty() {
                    Truth::No
                } else if is_number {
                    Truth::of(numbers::atoi(text) != 0 || (is_lax && text.len() > 1))
                } else if text.eq_ignore_ascii_case(b"true") || text.eq_ignore_ascii_case(b"yes") {
                    Truth::Yes
                } else if text.eq_ignore_ascii_case(b"false") || text.eq_ignore_ascii_case(b"no") {
                    Truth::No
                } else if is_lax {
                    Truth::Yes
                } else {
                    let words = say(&[b"unrecognised boolean value \"", text, b"\""]);
                    if frame.reach == Reach::Maybe && !arg.is_fixed {
                        self.possible(What::UnrecognisedBoolean, arg.span, words);
                    } else {
                        self.certain(What::UnrecognisedBoolean, arg.span, words);
                    }
                    Truth::Unknown
                };
            }
        }
        Ok(Flow::Done)
    }

    /// `acl` and `saslauthd`: all of their arguments stand in a group of their own.
    fn grouped(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        let is_acl = frame.condition == Some(Condition::Acl);
        let (least, most) = if is_acl { (1, 10) } else { (2, 4) };
        if frame.step == 1 {
            if !is_acl && !self.setting.engine.options.contains(BuildOption::Saslauthd) {
                let words = b"support for \"saslauthd\" not compiled".to_vec();
                return self.stop(What::ConditionNotBuilt(Condition::Saslauthd), frame.name, words);
            }
            self.skip_space();
            if self.byte() != Some(b'{') {
                return self.argument_missing(frame);
            }
            self.at += 1;
            frame.step = 2;
        }
        self.skip_space();
        let have = self.args.len() - frame.args.at();
        if have < most && self.byte() == Some(b'{') {
            return Ok(self.next_of(frame, true));
        }
        if have == most && self.byte() == Some(b'{') {
            // Exim names the item, but from memory that nothing was written to.
            self.unsure();
        }
        if have < least || self.byte() != Some(b'}') {
            let words = say(&[b"too few arguments or bracketing error for ", self.kept(frame.name)]);
            return self.stop(What::ConditionArguments, self.here(), words);
        }
        self.at += 1;
        if frame.reach != Reach::Skipped {
            self.unsure();
        }
        self.truth = Truth::Unknown;
        Ok(Flow::Done)
    }

    fn inbound_srs(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        self.skip_space();
        if self.args.len() - frame.args.at() < 2 {
            if self.byte() != Some(b'{') {
                let words = b"too few arguments or bracketing error for inbound_srs".to_vec();
                return self.stop(What::ConditionArguments, self.here(), words);
            }
            return Ok(self.next_of(frame, true));
        }
        let address = self.condition_arg(frame, 0).and_then(|arg| self.bytes(arg));
        let is_none =
            address.is_some_and(|address| !address.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"SRS0=")));
        self.truth = if is_none { Truth::No } else { Truth::Unknown };
        Ok(Flow::Done)
    }
}
