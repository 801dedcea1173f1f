//! The expressions of `${eval:...}`, computed as Exim does: 64 bits, overflow wraps except where Exim says otherwise.

/// Why an expression cannot be computed, and how far Exim got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unreadable {
    /// Exim's words.
    pub why: &'static str,
    /// How many bytes it had processed.
    pub at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pending {
    Parenthesis,
    Sign(u8),
    Binary(u8),
}

/// The value of an expression. Nothing when the C library decides: `0x` without a digit.
pub(super) fn evaluate(text: &[u8], is_decimal: bool) -> Option<Result<i64, Unreadable>> {
    let mut machine = Machine { text, at: 0, values: Vec::new(), pending: Vec::new() };
    loop {
        machine.skip_space();
        match machine.byte() {
            Some(sign @ (b'+' | b'-' | b'~')) => {
                machine.at += 1;
                machine.pending.push(Pending::Sign(sign));
                continue;
            }
            Some(b'(') => {
                machine.at += 1;
                machine.pending.push(Pending::Parenthesis);
                continue;
            }
            Some(b'0'..=b'9') => {
                let value = machine.number(is_decimal)?;
                machine.values.push(value);
                machine.skip_space();
            }
            _ => return Some(machine.fail("expecting number or opening parenthesis")),
        }
        // Behind an operand: what is closed here, and then another operator or the end.
        loop {
            machine.apply_signs();
            let operator = machine.operator();
            if let Err(why) = machine.reduce(operator.map_or(0, |(operator, _)| precedence(operator))) {
                return Some(machine.fail(why));
            }
            if let Some((operator, len)) = operator {
                machine.at += len;
                machine.pending.push(Pending::Binary(operator));
                break;
            }
            match (machine.pending.pop(), machine.byte()) {
                (None, None) => return Some(Ok(machine.values.pop().unwrap_or_default())),
                (None, Some(_)) => return Some(machine.fail("expecting operator")),
                (Some(_), Some(b')')) => {
                    machine.at += 1;
                    machine.skip_space();
                }
                (Some(_), _) => return Some(machine.fail("expecting closing parenthesis")),
            }
        }
    }
}

struct Machine<'t> {
    text: &'t [u8],
    at: usize,
    values: Vec<i64>,
    pending: Vec<Pending>,
}

impl Machine<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn fail(&self, why: &'static str) -> Result<i64, Unreadable> {
        Err(Unreadable { why, at: self.at })
    }

    fn skip_space(&mut self) {
        self.at += self.text[self.at..].iter().take_while(|&&byte| super::is_space(byte)).count();
    }

    /// `sscanf` with `%lli` or `%lld`: too big a number becomes the biggest.
    fn number(&mut self, is_decimal: bool) -> Option<i64> {
        let rest = &self.text[self.at..];
        let (radix, prefix) = match rest {
            _ if is_decimal => (10, 0),
            [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit() => (16, 2),
            [b'0', b'x' | b'X', ..] => return None,
            [b'0', ..] => (8, 0),
            _ => (10, 0),
        };
        let digits = rest[prefix..].iter().map_while(|&byte| char::from(byte).to_digit(radix));
        let (mut value, mut len) = (0_i64, prefix);
        for digit in digits {
            value = value.saturating_mul(i64::from(radix)).saturating_add(i64::from(digit));
            len += 1;
        }
        self.at += len;
        let factor = match self.byte().map(|byte| byte.to_ascii_lowercase()) {
            Some(b'k') => 1 << 10,
            Some(b'm') => 1 << 20,
            Some(b'g') => 1 << 30,
            _ => return Some(value),
        };
        self.at += 1;
        Some(value.wrapping_mul(factor))
    }

    fn apply_signs(&mut self) {
        while let Some(&Pending::Sign(sign)) = self.pending.last() {
            self.pending.pop();
            if let Some(value) = self.values.last_mut() {
                *value = match sign {
                    b'-' => value.wrapping_neg(),
                    b'~' => !*value,
                    _ => *value,
                };
            }
        }
    }

    fn operator(&self) -> Option<(u8, usize)> {
        match self.text.get(self.at..)? {
            [b'<', b'<', ..] => Some((b'<', 2)),
            [b'>', b'>', ..] => Some((b'>', 2)),
            [operator @ (b'*' | b'/' | b'%' | b'+' | b'-' | b'&' | b'^' | b'|'), ..] => Some((*operator, 1)),
            _ => None,
        }
    }

    /// Computes what is pending down to the last parenthesis and binds at least as strongly.
    fn reduce(&mut self, least: u8) -> Result<(), &'static str> {
        while let Some(&Pending::Binary(operator)) = self.pending.last() {
            if precedence(operator) < least {
                break;
            }
            self.pending.pop();
            let (y, x) = (self.values.pop().unwrap_or_default(), self.values.pop().unwrap_or_default());
            self.values.push(compute(operator, x, y)?);
        }
        Ok(())
    }
}

fn precedence(operator: u8) -> u8 {
    match operator {
        b'*' | b'/' | b'%' => 6,
        b'+' | b'-' => 5,
        b'<' | b'>' => 4,
        b'&' => 3,
        b'^' => 2,
        _ => 1,
    }
}

#[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "the processor takes the low bits")]
fn compute(operator: u8, x: i64, y: i64) -> Result<i64, &'static str> {
    const HALF: i64 = i64::MAX / 2;
    Ok(match operator {
        b'/' | b'%' if y == -1 && x == i64::MIN => i64::MAX,
        b'*' => x.wrapping_mul(y),
        b'/' => x.checked_div(y).ok_or("divide by zero")?,
        b'%' => x.checked_rem(y).ok_or("modulo by zero")?,
        // Exim's check looks at one side only where the numbers are positive.
        b'+' | b'-' if x >= HALF || (x <= -HALF && y <= -HALF) => {
            return Err(if operator == b'+' { "overflow in sum" } else { "overflow in difference" });
        }
        b'+' => x.wrapping_add(y),
        b'-' => x.wrapping_sub(y),
        b'<' => x.wrapping_shl(y as u32),
        b'>' => x.wrapping_shr(y as u32),
        b'&' => x & y,
        b'^' => x ^ y,
        _ => x | y,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_those_of_exim() {
        let value = |text: &str| evaluate(text.as_bytes(), false);
        assert_eq!(value("1 + 2*3 - -(4|8)>>1"), Some(Ok(9)));
        assert_eq!(value("010 + 0x10 + 1k"), Some(Ok(8 + 16 + 1024)));
        assert_eq!(value("0x"), None);
        assert_eq!(value("1+"), Some(Err(Unreadable { why: "expecting number or opening parenthesis", at: 2 })));
        assert_eq!(value("(1"), Some(Err(Unreadable { why: "expecting closing parenthesis", at: 2 })));
        assert_eq!(value("1 2"), Some(Err(Unreadable { why: "expecting operator", at: 2 })));
        assert_eq!(value("4/0+"), Some(Err(Unreadable { why: "divide by zero", at: 3 })));
    }
}
