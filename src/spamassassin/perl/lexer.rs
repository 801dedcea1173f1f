//! Perl's tokens, as far as they can come up.

use super::super::bytes::is_word;
use super::value::Value;
use super::{LOCAL_TESTS, METHODS};

/// A token.
#[derive(Clone, PartialEq, Debug)]
pub enum Token {
    /// A number or a text.
    Constant(Value),
    /// A variable or a glob: what Perl calls it, and its value.
    Opaque(&'static str, Value),
    /// Whether SpamAssassin runs without the network.
    IsLocal,
    /// A pattern between slashes.
    Pattern(Vec<u8>),
    /// `$self->NAME`.
    Method(Vec<u8>),
    /// `*`, where it stands before `$self->NAME`: Perl takes it for the glob that `$self` names.
    GlobOf,
    Open,
    Close,
    /// An operator, as it is written.
    Operator(&'static str),
    /// What is no token here.
    Stray,
    End,
}

/// Why the compiler gives up.
pub enum Failure {
    /// The token may not stand here. Perl notes that, and reads the rest.
    Syntax,
    /// Perl stops here, and this is its message, whatever it noted before.
    Stop(Vec<u8>),
}

fn stop<T>(message: impl AsRef<[u8]>) -> Result<T, Failure> {
    Err(Failure::Stop(message.as_ref().to_vec()))
}

/// Reads tokens from a text.
pub struct Lexer<'t> {
    text: &'t [u8],
    pub at: usize,
    /// Whether an operand is due behind the last token.
    wants_operand: bool,
    /// Whether a glob took the semicolon that Perl puts behind the text for its name.
    has_lost_end: bool,
    /// The first error at which Perl reads on; it is its message in the end.
    pub noted: Option<Vec<u8>>,
}

/// How many characters the texts of Perl's own tokens have at most.
const LONGEST_NUMBER: usize = 252;

impl<'t> Lexer<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, wants_operand: true, has_lost_end: false, noted: None }
    }

    /// Notes an error.
    pub fn note(&mut self, message: impl FnOnce() -> Vec<u8>) {
        self.noted.get_or_insert_with(message);
    }

    fn rest(&self) -> &'t [u8] {
        &self.text[self.at.min(self.text.len())..]
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|&&byte| byte == b' ').count();
    }

    /// Reads what is left after a token that may not stand there: Perl may meet an error that it stops at.
    pub fn drain(&mut self) -> Result<(), Failure> {
        loop {
            let token = if self.wants_operand { self.operand() } else { self.operator() };
            match token {
                Ok(Token::End) => return Ok(()),
                // Perl reads these in parts of their own, and takes up from those again only where there was no error.
                Ok(Token::Pattern(_) | Token::Opaque("glob", _)) => self.wants_operand = true,
                Ok(_) => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The next token where an operand is due.
    pub fn operand(&mut self) -> Result<Token, Failure> {
        let token = self.operand_token();
        self.wants_operand = match &token {
            Ok(Token::Open | Token::Operator(_) | Token::GlobOf | Token::Stray) => true,
            Ok(_) | Err(_) => false,
        };
        token
    }

    /// The next token where an operator is due.
    pub fn operator(&mut self) -> Result<Token, Failure> {
        let token = self.operator_or_more();
        self.wants_operand = match &token {
            Ok(Token::Operator("++" | "--")) => false,
            Ok(Token::Open | Token::Operator(_) | Token::Stray) => true,
            Ok(_) | Err(_) => false,
        };
        token
    }

    fn operand_token(&mut self) -> Result<Token, Failure> {
        self.skip_blanks();
        let rest = self.rest();
        let Some(&first) = rest.first() else { return Ok(self.end()) };
        match first {
            b'0'..=b'9' => self.number(),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => self.number(),
            b'\'' => self.quoted(),
            b'(' => Ok(self.take(Token::Open, 1)),
            b')' => Ok(self.take(Token::Close, 1)),
            b'$' => Ok(self.variable()),
            b'*' => self.glob(),
            b'/' => self.pattern(),
            b'<' => self.file_pattern(),
            b'!' if rest.get(1) != Some(&b'=') => Ok(self.take(Token::Operator("!"), 1)),
            b'-' | b'+' => Ok(self.operator_token()),
            _ if is_word(first) => self.word(),
            _ => Ok(self.take(Token::Stray, 1)),
        }
    }

    fn operator_or_more(&mut self) -> Result<Token, Failure> {
        self.skip_blanks();
        let rest = self.rest();
        let Some(&first) = rest.first() else { return Ok(self.end()) };
        match first {
            b'(' => Ok(self.take(Token::Open, 1)),
            b')' => Ok(self.take(Token::Close, 1)),
            b'\'' => self.quoted(),
            b'$' => Ok(self.variable()),
            b'0'..=b'9' => self.number(),
            _ if is_word(first) => self.word(),
            _ => Ok(self.operator_token()),
        }
    }

    fn end(&mut self) -> Token {
        if std::mem::take(&mut self.has_lost_end) { Token::Stray } else { Token::End }
    }

    fn take(&mut self, token: Token, len: usize) -> Token {
        self.at += len;
        token
    }

    fn operator_token(&mut self) -> Token {
        let operator = match self.rest() {
            [b'.', b'.', b'.', ..] => "...",
            [b'.', b'.', ..] => "..",
            [b'|', b'|', ..] => "||",
            [b'&', b'&', ..] => "&&",
            [b'=', b'=', ..] => "==",
            [b'!', b'=', ..] => "!=",
            [b'>', b'=', ..] => ">=",
            [b'<', b'=', ..] => "<=",
            [b'+', b'+', ..] => "++",
            [b'-', b'-', ..] => "--",
            [b'^', ..] => "^",
            [b'|', ..] => "|",
            [b'&', ..] => "&",
            [b'>', ..] => ">",
            [b'<', ..] => "<",
            [b'+', ..] => "+",
            [b'-', ..] => "-",
            [b'*', ..] => "*",
            [b'/', ..] => "/",
            [b'.', ..] => ".",
            [b'?', ..] => "?",
            [b':', ..] => ":",
            [b'=', ..] => "=",
            _ => return self.take(Token::Stray, 1),
        };
        self.take(Token::Operator(operator), operator.len())
    }

    /// A number: decimal, or octal when it begins with `0` and a further digit.
    fn number(&mut self) -> Result<Token, Failure> {
        let rest = self.rest();
        let digits = |at: usize| rest[at.min(rest.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let whole = digits(0);
        if whole > 1 && rest[0] == b'0' {
            if let Some(digit) = rest[..whole].iter().find(|&&digit| digit > b'7') {
                self.note(|| format!("Illegal octal digit '{}'", char::from(*digit)).into_bytes());
            }
            self.at += whole;
            let value = rest[..whole].iter().fold(0.0, |value, digit| value * 8.0 + f64::from(digit - b'0'));
            return Ok(Token::Constant(Value::Number(value)));
        }
        let is_fraction = rest.get(whole) == Some(&b'.') && rest.get(whole + 1) != Some(&b'.');
        let len = whole + if is_fraction { 1 + digits(whole + 1) } else { 0 };
        if len > LONGEST_NUMBER {
            return stop("Number too long");
        }
        self.at += len;
        Ok(Token::Constant(Value::Number(super::super::bytes::number(&rest[..len]))))
    }

    /// A bare word; between the quotes of two texts that got out of step there may be one.
    fn word(&mut self) -> Result<Token, Failure> {
        let len = self.name_len();
        let name = &self.rest()[..len];
        if self.rest().get(len) == Some(&b'\'') && name.iter().all(|&byte| is_word(byte)) {
            return stop([b"Bad name after ".as_slice(), name, b"'"].concat());
        }
        // A function that exists may have arguments without parentheses: an operand is due behind its name.
        let token = if METHODS.contains(&name) { Token::Stray } else { Token::Opaque("bareword", Value::Unknown) };
        Ok(self.take(token, len))
    }

    /// The length of a name. An apostrophe between words is Perl's old way to write `::`.
    fn name_len(&self) -> usize {
        let (name, mut len) = (self.rest(), 0);
        let starts_word = |at: usize| name.get(at).is_some_and(|&byte| is_word(byte) && !byte.is_ascii_digit());
        loop {
            len += name[len..].iter().take_while(|&&byte| is_word(byte)).count();
            match &name[len..] {
                [b'\'', ..] if starts_word(len + 1) => len += 1,
                [b':', b':', ..] => len += 2,
                _ => return len,
            }
        }
    }

    fn quoted(&mut self) -> Result<Token, Failure> {
        let rest = &self.rest()[1..];
        match rest.iter().position(|&byte| byte == b'\'') {
            None => stop("Can't find string terminator \"'\" anywhere before EOF"),
            Some(len) => {
                self.at += len + 2;
                Ok(Token::Constant(Value::Text(rest[..len].to_vec())))
            }
        }
    }

    /// `$self->NAME`, or one of the variables that SpamAssassin puts in.
    fn variable(&mut self) -> Token {
        let rest = self.rest();
        if let Some(name) = LOCAL_TESTS.iter().find(|name| rest.starts_with(name)) {
            return self.take(Token::IsLocal, name.len());
        }
        if let Some(hit) = rest.strip_prefix(b"$_[1]->{'") {
            let len = hit.iter().position(|&byte| byte == b'}').map_or(rest.len(), |len| len + 10);
            return self.take(Token::Opaque("hash element", Value::Unknown), len);
        }
        if !rest.starts_with(b"$self->") {
            return self.take(Token::Stray, 1);
        }
        self.at += 7;
        let len = self.name_len();
        let method = self.rest()[..len].to_vec();
        self.take(Token::Method(method), len)
    }

    /// `*NAME`; the name may be digits, or any visible character.
    fn glob(&mut self) -> Result<Token, Failure> {
        self.at += 1;
        self.skip_blanks();
        let rest = self.rest();
        if rest.starts_with(b"$self->") {
            return Ok(Token::GlobOf);
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 1 && rest[0] == b'0' {
            return stop("Numeric variables with more than one digit may not start with '0'");
        }
        if rest.first() == Some(&b'\'') && self.name_len() > 0 {
            let len = self.name_len();
            return Ok(self.take(Token::Opaque("ref-to-glob cast", Value::Text(b"*main::".to_vec())), len));
        }
        self.has_lost_end = rest.is_empty();
        let is_name = rest.is_empty() || rest[0].is_ascii_graphic();
        if !is_name {
            return Ok(Token::Stray);
        }
        let len = digits.max(usize::from(!rest.is_empty()));
        let value = Value::Text([b"*main::", &rest[..len]].concat());
        Ok(self.take(Token::Opaque("ref-to-glob cast", value), len))
    }

    fn pattern(&mut self) -> Result<Token, Failure> {
        let rest = &self.rest()[1..];
        let Some(len) = rest.iter().position(|&byte| byte == b'/') else {
            return stop("Search pattern not terminated");
        };
        self.at += len + 2;
        Ok(Token::Pattern(rest[..len].to_vec()))
    }

    /// `<...>`: its end is the `>` that closes it, as with brackets.
    fn file_pattern(&mut self) -> Result<Token, Failure> {
        let rest = self.rest();
        if !rest.contains(&b'>') {
            return stop("Unterminated <> operator");
        }
        let mut depth = 0_usize;
        let end = rest.iter().position(|byte| {
            match byte {
                b'<' => depth += 1,
                b'>' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some(end) = end else { return stop("Glob not terminated") };
        // Where nothing in it is a wildcard, its words are what it gives, one after the other.
        let inner = &rest[1..end];
        let first = inner.split(|&byte| byte == b' ').find(|word| !word.is_empty());
        let value = match first {
            _ if inner.iter().any(|byte| b"*?[{~".contains(byte)) => Value::Unknown,
            Some(word) => Value::Text(word.to_vec()),
            None => Value::Undefined,
        };
        Ok(self.take(Token::Opaque("glob", value), end + 1))
    }
}
