//! Conditions that compare two texts: by order, as numbers, with a pattern, in a list.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use crate::exim_expansion::error::What;
use crate::exim_expansion::frames::{Arg, ConditionFrame, Flow, Reach, Stop, Truth};
use crate::exim_expansion::list::List;
use crate::exim_expansion::names::Condition;
use crate::exim_expansion::numbers::{self, Integer};
use crate::exim_expansion::walk::{Walk, say};

impl Walk<'_> {
    /// Comparisons, patterns and lists: two arguments.
    pub fn comparison(&mut self, frame: &mut ConditionFrame) -> Result<Flow, Stop> {
        let Some(condition) = frame.condition else { return Err(Stop) };
        let have = self.args.len() - frame.args.at();
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

    pub fn check_integer(&mut self, frame: &ConditionFrame, number: usize) {
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

    pub fn compare(&mut self, frame: &ConditionFrame, condition: Condition) -> Truth {
        let (Some(one), Some(other)) = (self.condition_arg(frame, 0), self.condition_arg(frame, 1)) else {
            return Truth::Unknown;
        };
        match condition {
            Condition::Match => {
                if !self.check_pattern(other, frame.reach, false) {
                    return Truth::Unknown;
                }
                return self.match_plain(one, other, frame.reach);
            }
            Condition::MatchIp => {
                match self.bytes(one) {
                    Some(bytes)
                        if !bytes.is_empty() && crate::exim_expansion::address::address(bytes, false).is_none() =>
                    {
                        let words = say(&[b"\"", bytes, b"\" is not an IP address"]);
                        self.evaluated(What::NotAnIpAddress, one.span, words, frame.reach);
                    }
                    _ => self.unsure(),
                }
                self.set_value(None);
                return Truth::Unknown;
            }
            Condition::MatchAddress | Condition::MatchDomain | Condition::MatchLocalPart => {
                self.unsure();
                self.set_value(None);
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
                self.set_value(None);
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
                let is_it = |element: &Cow<'_, [u8]>| {
                    if is_folded { element.eq_ignore_ascii_case(left) } else { **element == *left }
                };
                let found = List::new(right).find(is_it);
                let truth = Truth::of(found.is_some());
                if let Some(element) = found {
                    // Where it depends on the message whether it is asked, so does what it leaves behind.
                    self.set_value(Some(Rc::from(element)).filter(|_| frame.reach == Reach::Taken));
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

    /// Whether a pattern matches, if it is one that can only mean itself, or something else can tell. Sets `$0`.
    pub fn match_plain(&mut self, subject: Arg, pattern: Arg, reach: Reach) -> Truth {
        let is_plain = self.bytes(pattern).is_some_and(crate::exim_expansion::items::strings::is_plain_pattern);
        let (Some(subject), Some(pattern), true) = (self.bytes(subject), self.bytes(pattern), is_plain) else {
            let matches =
                self.setting.pattern_matches.and_then(|matches| matches(self.bytes(pattern)?, self.bytes(subject)?));
            if matches != Some(false) {
                self.set_numbers(None);
            }
            return matches.map_or(Truth::Unknown, Truth::of);
        };
        if memchr::memmem::find(subject, pattern).is_none() {
            return Truth::No;
        }
        let numbers: Rc<[Vec<u8>]> = Rc::from([pattern.to_vec()]);
        self.set_numbers(Some(numbers).filter(|_| reach == Reach::Taken));
        Truth::Yes
    }

    pub fn crypteq(&mut self, frame: &ConditionFrame, arg: Arg) {
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
