//! Running what was compiled.

use super::super::bytes::replaced;
use super::parser::Program;
use super::value::Value;
use super::{LOCAL_TESTS, METHODS};
use crate::perl_pattern::{self, Pattern, Verdict};

/// One step of a program for a machine with a stack.
pub enum Step {
    /// Puts a value on the stack.
    Push(Value),
    /// An operation on the value at the top, or on the two there.
    Compute(&'static str, bool),
    /// A comparison with a further one behind it, as in `A < B < C`: where it does not hold, the further one is left out.
    Chain(&'static str, usize),
    /// Calls a method, with the value at the top or with nothing.
    Call(Vec<u8>, bool),
    /// A call of a method whose result is to be changed.
    Refuse(Vec<u8>),
    /// An assignment to a glob: its value is the right side.
    Assign,
    /// A pattern with variables in it.
    Pattern(Vec<u8>, perl_pattern::Version),
    /// Ends the run with Perl's message.
    Fail(Vec<u8>),
    /// Goes on elsewhere.
    Jump(usize),
    /// The left side of a range, with the step that it goes on at when it does not hold. A range of three dots has no
    /// right side yet when the left holds.
    Range { end: usize, is_line: bool, has_three_dots: bool },
    /// The right side of a range.
    RangeEnd { is_line: bool },
    /// Goes on elsewhere when the value at the top is true, else takes it away.
    JumpIf(usize),
    /// Goes on elsewhere when the value at the top is false, else takes it away.
    JumpUnless(usize),
    /// Takes the value at the top away, and goes on elsewhere when it is false.
    PopJumpUnless(usize),
}

/// A call of a method, as the host is asked to answer it.
pub struct Call<'c> {
    /// The method.
    pub name: &'c [u8],
    /// What it is given.
    pub argument: Option<&'c Value>,
}

impl Program {
    /// Whether a run can end with an error at all.
    pub fn may_fail(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Compute("/", _) | Step::Refuse(_) | Step::Pattern(..) | Step::Fail(_)))
    }

    /// Runs the program; an error is the beginning of Perl's message. Empty programs give nothing.
    pub fn run(&self, host: &mut dyn FnMut(&Call<'_>) -> Result<Value, Vec<u8>>) -> Result<Value, Vec<u8>> {
        let (mut stack, mut at) = (Vec::new(), 0);
        while let Some(step) = self.steps.get(at) {
            at += 1;
            match step {
                Step::Push(value) => stack.push(value.clone()),
                Step::Compute(operator, is_binary) => {
                    let right = stack.pop().unwrap_or(Value::Undefined);
                    let left = if *is_binary { stack.pop() } else { None };
                    let value = compute(operator, left.as_ref(), &right);
                    stack.push(value.ok_or(b"Illegal division by zero".as_slice())?);
                }
                Step::Chain(operator, end) => {
                    let right = stack.pop().unwrap_or(Value::Undefined);
                    let left = stack.pop();
                    match compute(operator, left.as_ref(), &right) {
                        Some(holds) if !holds.is_true() => {
                            stack.push(holds);
                            at = *end;
                        }
                        _ => stack.push(right),
                    }
                }
                Step::Call(name, has_argument) => {
                    let argument = if *has_argument { stack.pop() } else { None };
                    stack.push(host(&Call { name, argument: argument.as_ref() })?);
                }
                Step::Refuse(name) if METHODS.contains(&name.as_slice()) => {
                    let words = b"Can't modify non-lvalue subroutine call of &Mail::SpamAssassin::Conf::Parser::";
                    return Err([words.as_slice(), name].concat());
                }
                // Perl looks for the method first.
                Step::Refuse(name) => stack.push(host(&Call { name, argument: None })?),
                Step::Pattern(pattern, version) => {
                    let is_local = host(&Call { name: b"local_tests_only", argument: None })?.is_true();
                    let written = LOCAL_TESTS.iter().fold(pattern.clone(), |pattern, name| {
                        replaced(&pattern, name, if is_local { b"1" } else { b"0" })
                    });
                    let written = replaced(&written, b"$self", b"Mail::SpamAssassin::Conf::Parser=HASH(0x...)");
                    stack.push(matched(&written, *version)?);
                }
                Step::Assign => {
                    let right = stack.pop().unwrap_or(Value::Undefined);
                    stack.pop();
                    stack.push(right);
                }
                Step::Fail(message) => return Err(message.clone()),
                Step::Range { end, is_line, has_three_dots } => {
                    if !stack.pop().is_some_and(|left| holds(&left, *is_line)) {
                        stack.push(Value::False);
                        at = *end;
                    } else if *has_three_dots {
                        stack.push(Value::Number(1.0));
                        at = *end;
                    }
                }
                Step::RangeEnd { is_line } => {
                    let is_last = stack.pop().is_some_and(|right| holds(&right, *is_line));
                    stack.push(if is_last { Value::Text(b"1E0".to_vec()) } else { Value::Number(1.0) });
                }
                Step::Jump(to) => at = *to,
                Step::JumpIf(to) | Step::JumpUnless(to) => {
                    let wanted = matches!(step, Step::JumpIf(_));
                    if stack.last().is_some_and(Value::is_true) == wanted {
                        at = *to;
                    } else {
                        stack.pop();
                    }
                }
                Step::PopJumpUnless(to) => {
                    if !stack.pop().is_some_and(|value| value.is_true()) {
                        at = *to;
                    }
                }
            }
        }
        Ok(stack.pop().unwrap_or(Value::Undefined))
    }
}

/// What a pattern between slashes gives, or Perl's message about it.
pub fn matched(pattern: &[u8], version: perl_pattern::Version) -> Result<Value, Vec<u8>> {
    if let Verdict::Refused(refusal) = Pattern::of_perl_alone(pattern, version).verdict {
        return Err(refusal.words);
    }
    // It is held against nothing, and there is white space at least in it.
    let needs_something = !pattern.iter().any(|byte| b"?*|".contains(byte));
    Ok(if needs_something { Value::False } else { Value::Unknown })
}

/// Whether a side of a range holds. A constant is held against the number of the line that Perl read last, and there is none
/// (perlop, "Range Operators").
fn holds(side: &Value, is_line: bool) -> bool {
    if is_line { side.number().is_none_or(|number| number.trunc() == 0.0) } else { side.is_true() }
}

#[allow(clippy::float_cmp, reason = "as Perl compares")]
/// One operation; `None` for a division by zero.
pub fn compute(operator: &str, left: Option<&Value>, right: &Value) -> Option<Value> {
    let Some(left) = left else { return Some(unary(operator, right)) };
    if operator == "." {
        let text = left.text().zip(right.text()).map(|(left, right)| [left, right].concat());
        return Some(text.map_or(Value::Unknown, Value::Text));
    }
    if matches!(operator, "^" | "|" | "&")
        && let (Value::Text(left), Value::Text(right)) = (left, right)
    {
        let at = |text: &[u8], at: usize| text.get(at).copied().unwrap_or(0);
        let len = if operator == "&" { left.len().min(right.len()) } else { left.len().max(right.len()) };
        let byte = |i: usize| match operator {
            "^" => at(left, i) ^ at(right, i),
            "|" => at(left, i) | at(right, i),
            _ => at(left, i) & at(right, i),
        };
        return Some(Value::Text((0..len).map(byte).collect()));
    }
    if operator == "/" && right.number() == Some(0.0) {
        return None;
    }
    let (Some(left), Some(right)) = (left.number(), right.number()) else { return Some(Value::Unknown) };
    Some(match operator {
        "+" => Value::Number(left + right),
        "-" => Value::Number(left - right),
        "*" => Value::Number(left * right),
        "/" => Value::Number(left / right),
        "^" | "|" | "&" => Value::Number(bits(operator, left, right)),
        "==" => Value::from_bool(left == right),
        "!=" => Value::from_bool(left != right),
        ">" => Value::from_bool(left > right),
        ">=" => Value::from_bool(left >= right),
        "<" => Value::from_bool(left < right),
        "<=" => Value::from_bool(left <= right),
        _ => Value::Unknown,
    })
}

fn unary(operator: &str, operand: &Value) -> Value {
    match (operator, operand) {
        (_, Value::Unknown) => Value::Unknown,
        ("!", _) => Value::from_bool(!operand.is_true()),
        // Of a word the negative is the word with a minus before it.
        (_, Value::Text(text)) if text.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') => {
            Value::Text([b"-", text.as_slice()].concat())
        }
        _ => operand.number().map_or(Value::Unknown, |number| Value::Number(-number)),
    }
}

/// Perl's `^`, `|` and `&` on numbers: whole, without a sign, 64 bits.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "as Perl does it"
)]
fn bits(operator: &str, left: f64, right: f64) -> f64 {
    let whole = |number: f64| if number < 0.0 { number as i64 as u64 } else { number as u64 };
    let (left, right) = (whole(left), whole(right));
    (match operator {
        "^" => left ^ right,
        "|" => left | right,
        _ => left & right,
    }) as f64
}
