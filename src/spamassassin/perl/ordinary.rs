//! Expressions as people write them, of which the verdict is known without compiling them.

use super::super::bytes::is_rule_name;

/// What is known of an expression before it is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Perl takes it, and no run of it can fail.
    Taken,
    /// It ends too early, which Perl calls a syntax error.
    EndsEarly,
    /// Only the compiler can tell.
    Unknown,
}

/// Looks at the tokens of an expression one by one: names, plain numbers, parentheses, and the operators that cannot fail.
/// What is open it remembers as a bit, so that a million parentheses cost little.
pub struct Ordinary {
    is_certain: bool,
    wants_operand: bool,
    /// What is open: a parenthesis, or the `?` of `? :`.
    open: Bits,
}

impl Ordinary {
    pub fn new() -> Self {
        Self { is_certain: true, wants_operand: true, open: Bits::default() }
    }

    /// A name, or something else that stands for a number.
    pub fn operand(&mut self) {
        self.is_certain &= self.wants_operand;
        self.wants_operand = false;
    }

    /// The next token, a name of a rule among them. False when the rest need not be looked at.
    pub fn token(&mut self, token: &[u8]) -> bool {
        match (token, self.wants_operand) {
            (b"(", true) => self.open.push(false),
            (b"!" | b"-" | b"+", true) => {}
            (b")", false) => self.is_certain &= self.open.pop() == Some(false),
            (b"?", false) => {
                self.open.push(true);
                self.wants_operand = true;
            }
            (b":", false) => {
                self.is_certain &= self.open.pop() == Some(true);
                self.wants_operand = true;
            }
            (b"&&" | b"||" | b"+" | b"-" | b"*" | b"^" | b"<" | b"<=" | b">" | b">=" | b"==" | b"!=", false) => {
                self.wants_operand = true;
            }
            (operand, true) if is_rule_name(operand) || is_plain_number(operand) => self.wants_operand = false,
            _ => self.is_certain = false,
        }
        self.is_certain
    }

    /// The verdict behind the last token.
    pub fn verdict(&self) -> Verdict {
        if !self.is_certain {
            Verdict::Unknown
        } else if self.wants_operand || !self.open.is_empty() {
            Verdict::EndsEarly
        } else {
            Verdict::Taken
        }
    }
}

/// A decimal number that Perl reads as it is meant: without a zero in front, which would make it octal, and not too long.
fn is_plain_number(token: &[u8]) -> bool {
    let whole = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_octal = whole > 1 && token[0] == b'0';
    let fraction = match &token[whole..] {
        [] => true,
        [b'.', fraction @ ..] => !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    whole > 0 && !is_octal && fraction && token.len() < 100
}

/// A stack of bits.
#[derive(Default)]
struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word = *word << 1 | u64::from(bit);
        }
        self.len += 1;
    }

    fn pop(&mut self) -> Option<bool> {
        let word = self.words.last_mut()?;
        let bit = *word & 1 == 1;
        *word >>= 1;
        self.len -= 1;
        if self.len.is_multiple_of(64) {
            self.words.pop();
        }
        Some(bit)
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }
}
