//! Perl's grammar of expressions, by precedence, with a stack of its own.

use super::super::bytes::is_numeric;
use super::Place;
use super::lexer::{Failure, Lexer, Token};
use super::run::{Step, compute, matched};
use super::value::Value;
use crate::perl_pattern;

/// An expression that Perl has compiled.
pub struct Program {
    pub(super) steps: Vec<Step>,
}

/// An operand that is complete, as far as it decides what may be done to it.
struct Operand {
    /// Its value, when Perl's compiler knows it.
    constant: Option<Value>,
    /// What Perl calls it in a complaint.
    what: &'static str,
    /// Where its steps begin.
    from: usize,
    /// Where the compiler lets it be changed: the steps of which one gives it. They call methods, or give what `()` does.
    given_by: Option<Vec<usize>>,
}

impl Operand {
    fn new(what: &'static str, from: usize) -> Self {
        Self { constant: None, what, from, given_by: None }
    }
}

/// What waits for its right side.
enum Pending {
    Open {
        is_call: Option<Box<[u8]>>,
    },
    Prefix(&'static str),
    Binary(&'static str),
    /// A comparison behind others.
    Chained(Box<Chain>),
    /// `&&`, `||` and ranges: where the step is that may jump over the right side.
    Short(&'static str, u32),
    /// `?`: where the step is that jumps over the second part.
    Question(u32),
    /// `? :`: where the step is that jumps over the third part.
    Colon(Box<Colon>),
}

/// A comparison behind others, and the steps of those, which may jump over this one.
struct Chain {
    operator: &'static str,
    before: Vec<u32>,
}

/// The parts of `? :` before the colon, and the step that jumps over the third part. In a box: a million parentheses may
/// wait beside it.
struct Colon {
    middle: Operand,
    condition: Operand,
    jump: usize,
}

const ASSIGN: u8 = 1;
const TERNARY: u8 = 2;
const RANGE: u8 = 3;
const EQUALITY: u8 = 8;
const RELATION: u8 = 9;
const UNARY: u8 = 15;
const INCREMENT: u8 = 17;

/// How tightly a binary operator binds.
fn precedence(operator: &str) -> Option<u8> {
    Some(match operator {
        // It comes up behind a glob: `* >= 5` assigns to the glob `*>`.
        "=" => ASSIGN,
        "?" => TERNARY,
        ".." | "..." => RANGE,
        "||" => 4,
        "&&" => 5,
        "^" | "|" => 6,
        "&" => 7,
        "==" | "!=" => EQUALITY,
        ">" | ">=" | "<" | "<=" => RELATION,
        "+" | "-" | "." => 12,
        "*" | "/" => 13,
        _ => return None,
    })
}

/// Compiles an expression; an error is the beginning of Perl's message, up to ` at (eval`.
pub fn parse(text: &[u8], place: Place, version: perl_pattern::Version) -> Result<Program, Vec<u8>> {
    let mut is_unwritten = false;
    if place != Place::Assigned {
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() {
            return Ok(Program { steps: Vec::new() });
        }
        // Perl's statement for what is not written yet.
        is_unwritten = trimmed.starts_with(b"...");
    }
    let lexer = Lexer::new(text);
    let mut parser = Parser { lexer, steps: Vec::new(), operands: Vec::new(), pending: Vec::new(), version };
    let read = if is_unwritten { parser.unwritten() } else { parser.expression() };
    let read = match read {
        Err(Failure::Syntax) => {
            parser.lexer.note(|| b"syntax error".to_vec());
            parser.lexer.drain()
        }
        read => read,
    };
    match (read, parser.lexer.noted) {
        (Err(Failure::Stop(message)), _) | (_, Some(message)) => Err(message),
        _ => Ok(Program { steps: parser.steps }),
    }
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    steps: Vec<Step>,
    operands: Vec<Operand>,
    pending: Vec<Pending>,
    version: perl_pattern::Version,
}

fn syntax_error<T>() -> Result<T, Failure> {
    Err(Failure::Syntax)
}

impl Parser<'_> {
    fn expression(&mut self) -> Result<(), Failure> {
        loop {
            self.operand()?;
            if self.operators()? {
                return Ok(());
            }
        }
    }

    /// The statement `...`, behind which nothing may stand.
    fn unwritten(&mut self) -> Result<(), Failure> {
        self.lexer.operator()?;
        self.steps.push(Step::Fail(b"Unimplemented".to_vec()));
        if self.lexer.operand()? == Token::End { Ok(()) } else { syntax_error() }
    }

    /// Reads prefixes and parentheses, and the operand behind them.
    fn operand(&mut self) -> Result<(), Failure> {
        loop {
            match self.lexer.operand()? {
                Token::Constant(value) => {
                    self.push(Some(value.clone()), "constant item", Step::Push(value));
                    return Ok(());
                }
                Token::Opaque(what, value) => {
                    self.push(None, what, Step::Push(value));
                    return Ok(());
                }
                Token::IsLocal => {
                    self.push(None, "hash element", Step::Call(b"local_tests_only".to_vec(), false));
                    return Ok(());
                }
                Token::Pattern(pattern) => {
                    let step = self.pattern(pattern)?;
                    self.push(None, "pattern match (m//)", step);
                    return Ok(());
                }
                Token::Method(name) => {
                    let before = self.lexer.at;
                    if self.lexer.operator()? == Token::Open {
                        self.pending.push(Pending::Open { is_call: Some(name.into()) });
                    } else {
                        self.lexer.at = before;
                        self.changeable("subroutine entry", Step::Call(name, false), self.steps.len());
                        return Ok(());
                    }
                }
                // It runs before what the method is given.
                Token::GlobOf => self.steps.push(Step::Fail(b"Not a GLOB reference".to_vec())),
                Token::Open => self.pending.push(Pending::Open { is_call: None }),
                Token::Close => match self.pending.pop() {
                    Some(Pending::Open { is_call: None }) => {
                        self.changeable("stub", Step::Push(Value::Undefined), self.steps.len());
                        return Ok(());
                    }
                    Some(Pending::Open { is_call: Some(name) }) => {
                        self.changeable("subroutine entry", Step::Call(name.into(), false), self.steps.len());
                        return Ok(());
                    }
                    _ => return syntax_error(),
                },
                Token::Operator(operator @ ("!" | "-" | "+" | "++" | "--")) => {
                    self.pending.push(Pending::Prefix(operator));
                }
                Token::Operator(_) | Token::Stray | Token::End => return syntax_error(),
            }
        }
    }

    /// A pattern between slashes. With a variable in it, it is compiled when it runs.
    fn pattern(&self, pattern: Vec<u8>) -> Result<Step, Failure> {
        if pattern.contains(&b'$') {
            return Ok(Step::Pattern(pattern, self.version));
        }
        matched(&pattern, self.version).map(Step::Push).map_err(Failure::Stop)
    }

    /// Reads what follows an operand, up to an operator that wants another one. True at the end of the text.
    fn operators(&mut self) -> Result<bool, Failure> {
        loop {
            match self.lexer.operator()? {
                Token::End => {
                    self.reduce(0)?;
                    return if self.pending.is_empty() { Ok(true) } else { syntax_error() };
                }
                Token::Close => {
                    self.reduce(0)?;
                    match self.pending.pop() {
                        Some(Pending::Open { is_call: None }) => {}
                        Some(Pending::Open { is_call: Some(name) }) => {
                            let Some(argument) = self.operands.pop() else { return syntax_error() };
                            self.changeable("subroutine entry", Step::Call(name.into(), true), argument.from);
                        }
                        _ => return syntax_error(),
                    }
                }
                Token::Operator(operator @ ("++" | "--")) => self.postfix(operator)?,
                Token::Operator(":") => {
                    self.reduce(TERNARY + 1)?;
                    return self.colon().map(|()| false);
                }
                Token::Operator(operator) => {
                    let Some(level) = precedence(operator) else { return self.unexpected() };
                    self.binary(operator, level)?;
                    return Ok(false);
                }
                _ => return self.unexpected(),
            }
        }
    }

    /// A token that may not stand behind an operand. Perl completes what it can before it finds that out.
    fn unexpected<T>(&mut self) -> Result<T, Failure> {
        self.reduce(0)?;
        syntax_error()
    }

    fn push(&mut self, constant: Option<Value>, what: &'static str, step: Step) {
        self.operands.push(Operand { constant, ..Operand::new(what, self.steps.len()) });
        self.steps.push(step);
    }

    /// A step with a result that the compiler lets be changed.
    fn changeable(&mut self, what: &'static str, step: Step, from: usize) {
        self.operands.push(Operand { given_by: Some(vec![self.steps.len()]), ..Operand::new(what, from) });
        self.steps.push(step);
    }

    /// Completes what binds at least as tightly as a level.
    fn reduce(&mut self, level: u8) -> Result<(), Failure> {
        loop {
            let binds = match self.pending.last() {
                Some(Pending::Prefix("++" | "--")) => INCREMENT,
                Some(Pending::Prefix(_)) => UNARY,
                Some(Pending::Binary(operator) | Pending::Short(operator, _)) => {
                    precedence(operator).unwrap_or_default()
                }
                Some(Pending::Chained(chain)) => precedence(chain.operator).unwrap_or_default(),
                Some(Pending::Colon(_)) => TERNARY,
                Some(Pending::Open { .. } | Pending::Question(_)) | None => return Ok(()),
            };
            if binds < level {
                return Ok(());
            }
            self.complete()?;
        }
    }

    /// Completes the last operator that waits.
    fn complete(&mut self) -> Result<(), Failure> {
        let (Some(pending), Some(right)) = (self.pending.pop(), self.operands.pop()) else { return syntax_error() };
        match pending {
            Pending::Prefix(operator @ ("++" | "--")) => {
                let verb = if operator == "++" { "preincrement (++)" } else { "predecrement (--)" };
                self.change(right, verb);
            }
            Pending::Prefix(operator) => {
                let (what, name) = match operator {
                    "!" => ("not", "!"),
                    "-" => ("negation (-)", "-"),
                    // A plus sign before an operand is nothing at all.
                    _ => {
                        self.operands.push(right);
                        return Ok(());
                    }
                };
                self.fold(name, what, None, &right);
            }
            Pending::Binary("=") => {
                let Some(left) = self.operands.pop() else { return syntax_error() };
                if left.what != "ref-to-glob cast" {
                    self.cannot_modify(left.what, "scalar assignment");
                }
                self.steps.push(Step::Assign);
                self.operands.push(Operand::new("scalar assignment", left.from));
            }
            Pending::Binary(operator) => {
                let Some(left) = self.operands.pop() else { return syntax_error() };
                self.fold(operator, name_of(operator), Some(left), &right);
            }
            Pending::Chained(chain) => {
                let Some(left) = self.operands.pop() else { return syntax_error() };
                self.steps.push(Step::Compute(chain.operator, true));
                let end = self.steps.len();
                for at in chain.before {
                    if let Step::Chain(_, to) = &mut self.steps[at as usize] {
                        *to = end;
                    }
                }
                self.operands.push(Operand::new("comparison chaining", left.from));
            }
            Pending::Short(operator @ (".." | "..."), jump) => {
                let Some(left) = self.operands.pop() else { return syntax_error() };
                self.steps.push(Step::RangeEnd { is_line: right.constant.is_some() });
                self.steps[jump as usize] = Step::Range {
                    end: self.steps.len(),
                    is_line: left.constant.is_some(),
                    has_three_dots: operator == "...",
                };
                self.operands.push(Operand::new("range (or flop)", left.from));
            }
            Pending::Short(operator, jump) => {
                let Some(left) = self.operands.pop() else { return syntax_error() };
                self.steps[jump as usize] =
                    if operator == "&&" { Step::JumpUnless(self.steps.len()) } else { Step::JumpIf(self.steps.len()) };
                let what = if operator == "&&" { "logical and (&&)" } else { "logical or (||)" };
                let operand = match &left.constant {
                    Some(value) if value.is_true() == (operator == "&&") => Operand { from: left.from, ..right },
                    Some(_) => left,
                    None => Operand::new(what, left.from),
                };
                self.operands.push(operand);
            }
            Pending::Colon(colon) => {
                let Colon { middle, condition, jump } = *colon;
                self.steps[jump] = Step::Jump(self.steps.len());
                let operand = match &condition.constant {
                    Some(value) if value.is_true() => Operand { from: condition.from, ..middle },
                    Some(_) => Operand { from: condition.from, ..right },
                    None => either(middle, right, condition.from),
                };
                self.operands.push(operand);
            }
            Pending::Open { .. } | Pending::Question(_) => return syntax_error(),
        }
        Ok(())
    }

    /// Adds an operation; of constants the result is a constant, unless it fails.
    fn fold(&mut self, operator: &'static str, what: &'static str, left: Option<Operand>, right: &Operand) {
        let is_binary = left.is_some();
        let from = left.as_ref().map_or(right.from, |left| left.from);
        let constant = match (left.map(|left| left.constant), &right.constant) {
            (None, Some(right)) if is_folded(operator, &[right]) => compute(operator, None, right),
            (Some(Some(left)), Some(right)) if is_folded(operator, &[&left, right]) => {
                compute(operator, Some(&left), right)
            }
            _ => None,
        };
        let constant = constant.filter(|value| *value != Value::Unknown);
        let what = if constant.is_some() { "constant item" } else { what };
        self.steps.push(Step::Compute(operator, is_binary));
        self.operands.push(Operand { constant, ..Operand::new(what, from) });
    }

    fn postfix(&mut self, operator: &str) -> Result<(), Failure> {
        // `++ A ++`: neither binds first.
        if matches!(self.pending.last(), Some(Pending::Prefix("++" | "--"))) {
            return syntax_error();
        }
        let Some(operand) = self.operands.pop() else { return syntax_error() };
        self.change(operand, if operator == "++" { "postincrement (++)" } else { "postdecrement (--)" });
        Ok(())
    }

    /// An operation that changes its operand. As far as the compiler knows, what a method gives may be changed; it is when
    /// the call comes that it fails.
    fn change(&mut self, operand: Operand, verb: &'static str) {
        if operand.given_by.is_none() {
            self.cannot_modify(operand.what, verb);
        }
        for at in operand.given_by.into_iter().flatten() {
            self.steps[at] = match &mut self.steps[at] {
                Step::Call(name, _) => Step::Refuse(std::mem::take(name)),
                _ => Step::Fail(b"Modification of a read-only value attempted".to_vec()),
            };
        }
        self.operands.push(Operand::new(verb, operand.from));
    }

    fn cannot_modify(&mut self, what: &str, verb: &str) {
        self.lexer.note(|| format!("Can't modify {what} in {verb}").into_bytes());
    }

    fn binary(&mut self, operator: &'static str, level: u8) -> Result<(), Failure> {
        if matches!(level, EQUALITY | RELATION) {
            self.reduce(level + 1)?;
            if let Some(before) = self.comparison_before(level) {
                self.pending.push(Pending::Chained(Box::new(Chain { operator, before })));
                return Ok(());
            }
        }
        self.reduce(if matches!(level, ASSIGN | TERNARY) {
            level + 1
        } else if level == RANGE {
            RANGE + 1
        } else {
            level
        })?;
        if level == RANGE && matches!(self.pending.last(), Some(Pending::Short(".." | "...", _))) {
            return syntax_error();
        }
        let pending = match operator {
            "&&" | "||" | ".." | "..." => Pending::Short(operator, self.jump()),
            "?" => Pending::Question(self.jump()),
            _ => Pending::Binary(operator),
        };
        self.pending.push(pending);
        Ok(())
    }

    /// A step that will jump. A text of 4 GiB there is none, so its place fits.
    fn jump(&mut self) -> u32 {
        let at = self.place();
        self.steps.push(Step::Jump(0));
        at
    }

    /// The place of the next step.
    fn place(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    /// When a comparison of the same level waits: makes a link of it, to which a further one is added.
    fn comparison_before(&mut self, level: u8) -> Option<Vec<u32>> {
        let operator = match self.pending.last()? {
            Pending::Binary(operator) => operator,
            Pending::Chained(chain) => chain.operator,
            _ => return None,
        };
        if precedence(operator) != Some(level) {
            return None;
        }
        let (operator, mut chain) = match self.pending.pop()? {
            Pending::Chained(chain) => (chain.operator, chain.before),
            Pending::Binary(operator) => (operator, Vec::new()),
            _ => return None,
        };
        self.operands.pop();
        let left = self.operands.pop()?;
        chain.push(self.place());
        self.steps.push(Step::Chain(operator, 0));
        self.operands.push(Operand::new(name_of(operator), left.from));
        Some(chain)
    }

    /// Turns a `?` that waits into a `? :` that does.
    fn colon(&mut self) -> Result<(), Failure> {
        // What stands between `?` and `:` may be anything, as in parentheses.
        while !matches!(self.pending.last(), None | Some(Pending::Open { .. } | Pending::Question(_))) {
            self.complete()?;
        }
        let Some(Pending::Question(question)) = self.pending.pop() else { return syntax_error() };
        let (Some(middle), Some(condition)) = (self.operands.pop(), self.operands.pop()) else { return syntax_error() };
        self.steps.push(Step::Jump(0));
        self.steps[question as usize] = Step::PopJumpUnless(self.steps.len());
        let jump = self.steps.len() - 1;
        self.pending.push(Pending::Colon(Box::new(Colon { middle, condition, jump })));
        Ok(())
    }
}

/// Whether Perl's compiler computes with constants. What would draw a warning is left to the run.
fn is_folded(operator: &str, operands: &[&Value]) -> bool {
    let is_text = |value: &&Value| matches!(value, Value::Text(_));
    let is_word = |text: &[u8]| text.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let is_clean = |value: &&Value| match value {
        Value::Text(text) => is_numeric(text) || operator == "-" && operands.len() == 1 && is_word(text),
        _ => true,
    };
    match operator {
        "." | "!" => true,
        "^" | "|" | "&" if operands.iter().all(is_text) => true,
        _ => operands.iter().all(is_clean),
    }
}

/// One of two operands. To change it is to change both, and Perl complains about the first that may not be changed.
fn either(one: Operand, other: Operand, from: usize) -> Operand {
    let what = if one.given_by.is_none() { one.what } else { other.what };
    let given_by = one.given_by.zip(other.given_by).map(|(one, mut steps)| {
        steps.extend(one);
        steps
    });
    Operand { given_by, ..Operand::new(what, from) }
}

fn name_of(operator: &str) -> &'static str {
    match operator {
        "+" => "addition (+)",
        "-" => "subtraction (-)",
        "." => "concatenation (.) or string",
        "*" => "multiplication (*)",
        "/" => "division (/)",
        "^" => "bitwise xor (^)",
        "|" => "bitwise or (|)",
        "&" => "bitwise and (&)",
        "==" => "numeric eq (==)",
        "!=" => "numeric ne (!=)",
        ">" => "numeric gt (>)",
        ">=" => "numeric ge (>=)",
        "<" => "numeric lt (<)",
        "<=" => "numeric le (<=)",
        _ => "range (or flop)",
    }
}
