//! The conditions of `${if ...}`, `forany`, `forall` and `filter`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::build::BuildOption;
use super::error::What;
use super::list::List;
use super::names::{Condition, Variable};
use super::numbers::{self, Integer};
use super::setting::Forbidden;
use super::tree::NodeKind;
use super::walk::{Arg, ConditionFrame, Flow, Reach, Stop, Truth, Walk, about_acl_variables, header_form, say};
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
            self.args.truncate(frame.args);
            self.values.truncate(frame.start);
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
        self.args.get(frame.args + number).copied()
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
        let name = self.name(b"_");
        let bytes = self.kept(name);
        if let Some(form) = header_form(bytes) {
            self.header(name);
            let node = self.open(NodeKind::Header(form), start);
            self.close(node, self.at);
            self.truth = if self.setting.has_headers { Truth::Unknown } else { Truth::No };
            return Ok(Flow::Done);
        }
        let id = Variable::find(bytes, self.setting.engine);
        let node = self.open(NodeKind::Variable(id), start);
        self.close(node, self.at);
        match self.find_variable(bytes, frame.reach) {
            Ok(known) => {
                self.truth = known.map_or(Truth::Unknown, |value| Truth::of(!value.is_empty()));
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
        let have = self.args.len() - frame.args;
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
        if self.args.len() - frame.args < 2 {
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

    /// Comparisons, patterns and lists: two arguments.
    fn comparison(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        let Some(condition) = frame.condition else { return Err(Stop) };
        let have = self.args.len() - frame.args;
        if have > 0 && is_numeric(condition) && frame.reach != Reach::Skipped {
            self.check_integer(frame, have - 1);
        }
        if have < 2 {
            self.skip_space();
            if self.byte() != Some(b'{') {
                if have == 0 {
                    return self.argument_missing(frame);
                }
                let words = say(&[b"missing 2nd string in {} after \"", self.kept(frame.name), b"\""]);
                return self.stop(What::SecondArgumentMissing, self.here(), words);
            }
            let is_list = matches!(
                condition,
                Condition::MatchAddress | Condition::MatchDomain | Condition::MatchIp | Condition::MatchLocalPart
            );
            return Ok(self.next_of(frame, have == 0 || !is_list));
        }
        self.truth = if frame.reach == Reach::Skipped { Truth::Unknown } else { self.compare(frame, condition) };
        Ok(Flow::Done)
    }

    fn check_integer(&mut self, frame: &ConditionFrame, number: usize) {
        let Some(arg) = self.condition_arg(frame, number) else { return };
        let Some(bytes) = self.bytes(arg) else { return self.unsure() };
        let (what, words): (_, [&[u8]; 2]) = match numbers::integer(bytes) {
            Integer::Value(_) => return,
            Integer::None => (What::IntegerExpected, [b"integer expected but \"", b"\" found"]),
            Integer::Invalid => (What::InvalidInteger, [b"invalid integer \"", b"\""]),
            Integer::Overflow => {
                (What::IntegerOverflow, [b"absolute value of integer \"", b"\" is too large (overflow)"])
            }
        };
        // Exim has stepped over leading white space only when there is some.
        let words = say(&[words[0], numbers::trim_start(bytes), words[1]]);
        self.evaluated(what, arg.span, words, frame.reach);
    }

    fn compare(&mut self, frame: &ConditionFrame, condition: Condition) -> Truth {
        let (Some(one), Some(other)) = (self.condition_arg(frame, 0), self.condition_arg(frame, 1)) else {
            return Truth::Unknown;
        };
        match condition {
            Condition::Match => {
                if !self.check_pattern(other, frame.reach, false) {
                    return Truth::Unknown;
                }
                return self.match_plain(one, other);
            }
            Condition::MatchIp => {
                match self.bytes(one) {
                    Some(bytes) if !bytes.is_empty() && super::address::address(bytes, false).is_none() => {
                        let words = say(&[b"\"", bytes, b"\" is not an IP address"]);
                        self.evaluated(What::NotAnIpAddress, one.span, words, frame.reach);
                    }
                    _ => self.unsure(),
                }
                self.scope.value = None;
                return Truth::Unknown;
            }
            Condition::MatchAddress | Condition::MatchDomain | Condition::MatchLocalPart => {
                self.unsure();
                self.scope.value = None;
                return Truth::Unknown;
            }
            Condition::Crypteq => {
                self.crypteq(frame, other);
                return Truth::Unknown;
            }
            _ => {}
        }
        let (Some(left), Some(right)) = (self.bytes(one), self.bytes(other)) else {
            if matches!(condition, Condition::Inlist | Condition::Inlisti) {
                self.scope.value = None;
            }
            return Truth::Unknown;
        };
        let numbers = || match (numbers::integer(left), numbers::integer(right)) {
            (Integer::Value(left), Integer::Value(right)) => Some(left.cmp(&right)),
            _ => None,
        };
        let order = match condition {
            Condition::Inlist | Condition::Inlisti => {
                let is_folded = condition == Condition::Inlisti;
                let is_it = |element: &Vec<u8>| {
                    if is_folded { element.eq_ignore_ascii_case(left) } else { element == left }
                };
                let found = List::new(right).find(is_it);
                let truth = Truth::of(found.is_some());
                if let Some(element) = found {
                    self.scope.value = Some(Rc::from(element));
                }
                return truth;
            }
            _ if is_numeric(condition) => match numbers() {
                Some(order) => order,
                None => return Truth::Unknown,
            },
            Condition::Eqi | Condition::Gei | Condition::Gti | Condition::Lei | Condition::Lti => {
                compare_folded(left, right)
            }
            _ => left.cmp(right),
        };
        Truth::of(match condition {
            Condition::Less | Condition::Lt | Condition::Lti => order.is_lt(),
            Condition::LessEqual | Condition::Le | Condition::Lei => order.is_le(),
            Condition::Greater | Condition::Gt | Condition::Gti => order.is_gt(),
            Condition::GreaterEqual | Condition::Ge | Condition::Gei => order.is_ge(),
            _ => order.is_eq(),
        })
    }

    /// Whether a pattern matches, if it is one that can only mean itself. Sets `$0`.
    fn match_plain(&mut self, subject: Arg, pattern: Arg) -> Truth {
        let is_plain = self.bytes(pattern).is_some_and(super::items::is_plain_pattern);
        let (Some(subject), Some(pattern), true) = (self.bytes(subject), self.bytes(pattern), is_plain) else {
            self.scope.numbers = None;
            return Truth::Unknown;
        };
        if memchr::memmem::find(subject, pattern).is_none() {
            return Truth::No;
        }
        self.scope.numbers = Some(Rc::from([pattern.to_vec()]));
        Truth::Yes
    }

    fn crypteq(&mut self, frame: &ConditionFrame, arg: Arg) {
        let Some(bytes) = self.bytes(arg) else { return self.unsure() };
        let is_known = [&b"{md5}"[..], b"{sha1}", b"{crypt}", b"{crypt16}"]
            .iter()
            .any(|known| bytes.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known)));
        if bytes.first() == Some(&b'{') && !is_known {
            let words = say(&[b"unknown encryption mechanism in \"", bytes, b"\""]);
            self.evaluated(What::CryptMechanism, arg.span, words, frame.reach);
        } else {
            // The C library may refuse.
            self.unsure();
        }
    }

    fn and_or(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
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
    fn for_any(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
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
            frame.repeats = self.at;
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
    fn for_each_element(&mut self, frame: &ConditionFrame) -> Truth {
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
            let item = self.scope.item.replace(Rc::from(element));
            let text = self.text;
            let replayed =
                self.replay(text, Span::new(frame.repeats, self.at - 1), |walk| walk.push_condition(Reach::Taken));
            self.scope.item = item;
            match replayed {
                Some(Ok(replayed)) => {
                    self.scope.numbers = replayed.scope.numbers;
                    self.scope.value = replayed.scope.value;
                    match replayed.truth {
                        Truth::Unknown => result = Truth::Unknown,
                        truth if truth == Truth::of(is_any) => return truth,
                        _ if result == Truth::Unknown => {}
                        truth => result = truth,
                    }
                }
                Some(Err(words)) => {
                    let words = say(&[&words, b" inside \"", self.kept(frame.name), b"\" condition"]);
                    let place = Span::new(frame.repeats, self.at - 1);
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

/// `strcmpic`, with its mistake: a text that the other one only goes on from counts as the greater.
fn compare_folded(left: &[u8], right: &[u8]) -> Ordering {
    let fold = |byte: &u8| byte.to_ascii_lowercase();
    match left.iter().map(fold).zip(right.iter().map(fold)).find(|(left, right)| left != right) {
        Some((left, right)) => left.cmp(&right),
        None if left.len() == right.len() => Ordering::Equal,
        None => Ordering::Greater,
    }
}

fn is_numeric(condition: Condition) -> bool {
    matches!(
        condition,
        Condition::Less
            | Condition::LessEqual
            | Condition::Equal
            | Condition::EqualEqual
            | Condition::Greater
            | Condition::GreaterEqual
    )
}
