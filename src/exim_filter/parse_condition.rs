//! Reading conditions, in Exim's order.
//!
//! Exim's parser calls itself for each parenthesis; here the open ones are a list of [`Level`]s, over a stack of the
//! conditions that are still to be joined.

use super::condition::{Comparison, Condition, ConditionId, Operator, Test};
use super::error::{MAX_DEPTH, What};
use super::parse::Parser;
use super::quote::Item;
use super::recover::{Connective, Next};
use super::token::{Token, Until};
use super::words::{Word, nearest};
use crate::source::Span;

/// A condition that is being read: the whole one, or one in parentheses.
pub(super) struct Level {
    /// Where its conditions begin on the stack: those joined with `or`, as far as they are complete.
    base: usize,
    /// Where those begin that are joined with `and`.
    group: usize,
    /// Where it begins in the file.
    start: usize,
    /// Whether a `not` stands before the parenthesis.
    is_negated: bool,
    /// The addresses of a `foranyaddress` before the parenthesis.
    addresses: Option<Item>,
}

/// What comes next. An error leads to a [`Next`] instead.
enum State {
    /// A condition. The first `not` before it, and whether they turn it round.
    Term(Option<usize>, bool),
    /// What stands behind a condition.
    After,
}

/// What a word at the start of a condition begins.
enum Begun {
    /// A condition that is complete, and whether a `not` in it turns it round.
    Complete(Test, bool),
    /// A parenthesis for these addresses.
    ForAny(Item),
    /// A `not`.
    Not,
}

/// The open parentheses and the conditions to be joined; empty between two conditions.
#[derive(Default)]
pub(super) struct Stacks {
    levels: Vec<Level>,
    operands: Vec<ConditionId>,
}

struct Reader<'p, 't> {
    parser: &'p mut Parser<'t>,
    levels: Vec<Level>,
    operands: Vec<ConditionId>,
    /// The `if` or `elif` before the condition.
    word: Span,
    is_elif: bool,
}

impl Parser<'_> {
    /// Reads a condition, up to and with its `then`. `word` is the `if` or `elif` before it.
    pub(super) fn condition(&mut self, word: Span, is_elif: bool) -> Option<ConditionId> {
        let whole = Level { base: 0, group: 0, start: self.scan.at, is_negated: false, addresses: None };
        // The same memory for all conditions.
        let Stacks { mut levels, operands } = std::mem::take(&mut self.stacks);
        levels.push(whole);
        let mut reader = Reader { parser: self, levels, operands, word, is_elif };
        if reader.read() == Next::Nothing {
            reader.parser.is_cut = true;
        }
        while reader.levels.len() > 1 {
            reader.close();
        }
        let root = reader.levels.pop().and_then(|whole| reader.fold(0, whole.group));
        let Reader { levels, operands, parser, .. } = reader;
        parser.stacks = Stacks { levels, operands };
        root
    }
}

impl<'t> Reader<'_, 't> {
    /// Reads up to the end, or to where commands go on without one.
    fn read(&mut self) -> Next {
        let mut state = State::Term(None, false);
        loop {
            let next = match state {
                State::Term(start, is_negated) => self.term(start, is_negated),
                State::After => self.after(),
            };
            state = match next {
                Ok(state) => state,
                Err(Next::Term(connective)) => self.join(connective),
                Err(Next::Closing) => State::After,
                Err(next) => return next,
            };
        }
    }

    /// What stands where a condition must begin.
    fn term(&mut self, first_not: Option<usize>, is_negated: bool) -> Result<State, Next> {
        let here = self.parser.scan.at;
        let start = first_not.unwrap_or(here);
        match self.parser.scan.peek() {
            None => {
                self.stop(What::ThenMissing, self.word);
                Err(Next::Nothing)
            }
            Some(b'(') => self.open(start, is_negated, None),
            Some(b')') => {
                self.stop(What::UnexpectedClosing, Span::new(here, here + 1));
                if self.levels.len() > 1 {
                    return Ok(State::After);
                }
                self.parser.scan.skip_byte();
                let rest = self.parser.scan.rest();
                let goes_on = [b"then".as_slice(), b"and", b"or"].iter().any(|word| rest.starts_with(word));
                Ok(if goes_on { State::After } else { State::Term(None, false) })
            }
            Some(_) => match self.begin() {
                Ok(Begun::Not) => Ok(State::Term(Some(start), !is_negated)),
                Ok(Begun::ForAny(addresses)) => self.open(start, is_negated, Some(addresses)),
                Ok(Begun::Complete(test, is_turned)) => {
                    self.push(start, is_negated != is_turned, test);
                    Ok(State::After)
                }
                Err(next) => {
                    self.push(start, false, Test::Broken);
                    Err(next)
                }
            },
        }
    }

    fn begin(&mut self) -> Result<Begun, Next> {
        let first = self.item()?;
        let simple = match &*first.value {
            b"then" => {
                self.stop(What::UnexpectedThen, first.item.span);
                return Err(if first.item.is_quoted { self.skip() } else { Next::End });
            }
            b"not" => return Ok(Begun::Not),
            b"delivered" => Test::Delivered,
            b"error_message" => Test::ErrorMessage,
            b"first_delivery" => Test::FirstDelivery,
            b"manually_thawed" => Test::ManuallyThawed,
            b"personal" => self.personal()?,
            b"foranyaddress" => {
                let addresses = self.item()?.item;
                if self.parser.scan.peek() != Some(b'(') {
                    self.stop(What::ForanyaddressParenthesis, first.item.span);
                    return Err(self.skip());
                }
                return Ok(Begun::ForAny(addresses));
            }
            _ => {
                let (operator, is_turned) = self.operator()?;
                let right = self.item()?.item;
                return Ok(Begun::Complete(Test::Compare { left: first.item, operator, right }, is_turned));
            }
        };
        Ok(Begun::Complete(simple, false))
    }

    /// The aliases of `personal`. When Exim cannot read one it goes on to what stands behind, before it stops.
    fn personal(&mut self) -> Result<Test, Next> {
        let mut aliases = Vec::new();
        loop {
            let place = self.parser.scan.place();
            let word = self.parser.scan.word(Until::Parenthesis).value;
            if self.parser.scan.error.is_none() && *word != *b"alias" {
                self.parser.scan.go_back(place);
                return Ok(Test::Personal(aliases));
            }
            if self.parser.scan.error.is_none() {
                aliases.push(self.parser.scan.item(Until::Parenthesis).item);
            }
            let Some(error) = self.parser.scan.error else { continue };
            let is_nested = self.levels.len() > 1;
            self.stop_behind(|parser| {
                let here = Span::new(parser.scan.at, (parser.scan.at + 1).min(parser.scan.text.len()));
                match parser.scan.peek() {
                    Some(b')') if is_nested => (),
                    Some(b')') => parser.scan.fail(What::UnexpectedClosing, here),
                    Some(b'(') => parser.scan.fail(What::UnexpectedOpening, here),
                    _ => {
                        parser.scan.word(Until::Space);
                    }
                }
            });
            return Err(self.skip_from(error.span));
        }
    }

    /// The operator behind a left operand, and whether a `not` turns it round.
    fn operator(&mut self) -> Result<(Operator, bool), Next> {
        let mut found = self.operator_word()?;
        let mut is_or_does = found.value.eq_ignore_ascii_case(b"does") || found.value.eq_ignore_ascii_case(b"is");
        if !is_or_does && Operator::of(&found.value).is_none() {
            let meant = self.unknown_operator(&found)?;
            is_or_does = matches!(meant, "does" | "is" | "IS");
            if !is_or_does && let Some(operator) = Operator::of(meant.as_bytes()) {
                return Ok((operator, false));
            }
        }
        let mut is_turned = false;
        if is_or_does {
            // What begins with an `i` is `is`; then the word behind may be the right operand.
            let is_exact = match found.value.first() {
                Some(b'i') => Some(false),
                Some(b'I') => Some(true),
                _ => None,
            };
            let mut back = self.parser.scan.place();
            found = self.operator_word()?;
            if found.value.eq_ignore_ascii_case(b"not") {
                is_turned = true;
                back = self.parser.scan.place();
                found = self.operator_word()?;
            }
            if Operator::of(&found.value).is_none()
                && let Some(is_exact) = is_exact
            {
                self.parser.scan.go_back(back);
                return Ok((Operator { comparison: Comparison::Is, is_exact }, is_turned));
            }
        }
        if let Some(operator) = Operator::of(&found.value) {
            return Ok((operator, is_turned));
        }
        let meant = self.unknown_operator(&found)?;
        match Operator::of(meant.as_bytes()) {
            Some(operator) => Ok((operator, is_turned)),
            None => Err(self.skip()),
        }
    }

    fn operator_word(&mut self) -> Result<Token<'t>, Next> {
        let token = self.parser.scan.word(Until::Parenthesis);
        if self.parser.scan.error.is_some() {
            self.stop_behind(|_| ());
            return Err(self.skip());
        }
        Ok(token)
    }

    /// Notes that a word is no operator; gives the one that was evidently meant.
    fn unknown_operator(&mut self, found: &Token<'_>) -> Result<&'static str, Next> {
        let span = found.item.span;
        let is_keyword = Word::of(&found.value).is_some() || matches!(&*found.value, b"then" | b"and" | b"or");
        let does = nearest(&found.value, &["does"]);
        let meant = if is_keyword { None } else { does.or_else(|| nearest(&found.value, &Operator::WORDS)) };
        let place = if span.is_empty() { self.parser.scan.gap() } else { span };
        let operator = meant.and_then(|word| Operator::of(word.as_bytes()));
        self.stop(What::UnknownOperator(operator), place);
        meant.ok_or_else(|| {
            self.parser.scan.at = span.start as usize;
            self.parser.scan.skip();
            self.skip()
        })
    }

    /// What stands behind a condition.
    fn after(&mut self) -> Result<State, Next> {
        let here = Span::new(self.parser.scan.at, (self.parser.scan.at + 1).min(self.parser.scan.text.len()));
        match self.parser.scan.peek() {
            Some(b')') if self.levels.len() > 1 => {
                self.parser.scan.skip_byte();
                self.close();
                return Ok(State::After);
            }
            Some(b')') => {
                self.stop(What::UnexpectedClosing, here);
                self.parser.scan.skip_byte();
                return Ok(State::After);
            }
            Some(b'(') => {
                self.stop(What::UnexpectedOpening, here);
                return Err(self.skip());
            }
            _ => (),
        }
        let before = self.parser.scan.last_end;
        let found = self.parser.scan.word(Until::Space);
        if self.parser.scan.error.is_some() {
            self.stop_behind(|_| ());
            return Err(self.skip());
        }
        match &*found.value {
            b"and" => return Ok(self.join(Connective::And)),
            b"or" => return Ok(self.join(Connective::Or)),
            b"then" => {
                if self.levels.len() > 1 {
                    self.stop(What::ClosingMissing, found.item.span);
                }
                return Err(Next::End);
            }
            _ => (),
        }
        let is_nested = self.levels.len() > 1;
        let what = if is_nested { What::NestedConnectiveMissing } else { What::ConnectiveMissing };
        let place = if found.value.is_empty() { Span::at(before) } else { found.item.span };
        self.stop(what, place);
        Err(self.behind_unknown_connective(&found, before))
    }

    /// Where reading goes on behind a word that is neither `and`, `or` nor `then`. `before` is the end of the condition
    /// before it.
    fn behind_unknown_connective(&mut self, found: &Token<'_>, before: usize) -> Next {
        let start = found.item.span.start as usize;
        if found.value.is_empty() {
            return Next::Nothing;
        }
        // `and(` and the like are words of their own for Exim.
        let letters = found.value.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(found.value.len());
        let word = nearest(&found.value[..letters], &["and", "or", "then"]);
        if word.is_some() && letters < found.value.len() {
            self.parser.scan.at = start + letters;
            self.parser.scan.skip();
        }
        let is_command = match Word::of(&found.value) {
            Some(Word::If) => self.parser.is_term(self.parser.scan.at),
            word => word.is_some(),
        };
        match word {
            Some("then") => Next::End,
            Some("and") if self.parser.is_term(self.parser.scan.at) => Next::Term(Connective::And),
            Some("or") if self.parser.is_term(self.parser.scan.at) => Next::Term(Connective::Or),
            // The `then` is missing, or it became the right operand.
            _ if is_command || self.parser.ends_with_then(before) => {
                self.parser.scan.at = start;
                Next::End
            }
            _ => self.skip(),
        }
    }

    /// Reads a word or string. One that is too long is noted and understood; behind one without a closing quote nothing
    /// of its line is left.
    fn item(&mut self) -> Result<Token<'t>, Next> {
        let token = self.parser.scan.item(Until::Parenthesis);
        let Some(error) = self.parser.scan.error else { return Ok(token) };
        self.stop_behind(|_| ());
        if error.what == What::QuoteMissing { Err(self.skip_from(error.span)) } else { Ok(token) }
    }

    fn skip_from(&mut self, string: Span) -> Next {
        if self.parser.ends_with_then(string.end as usize) { Next::End } else { self.skip() }
    }

    fn skip(&mut self) -> Next {
        self.parser.skip_condition(self.levels.len() - 1)
    }

    /// Notes an error.
    fn stop(&mut self, what: What, span: Span) {
        self.parser.scan.fail(what, span);
        self.stop_behind(|_| ());
    }

    /// Notes the error that is set, or what becomes of it while Exim goes on.
    fn stop_behind(&mut self, go_on: impl FnOnce(&mut Parser<'t>)) {
        let is_elif = self.is_elif;
        self.parser.only_exim(|parser| {
            go_on(parser);
            if is_elif {
                parser.elif_chain_in_error(parser.blocks.len() - 1);
            }
        });
        self.parser.stop();
    }

    fn open(&mut self, start: usize, is_negated: bool, addresses: Option<Item>) -> Result<State, Next> {
        if self.parser.blocks.len() + self.levels.len() > MAX_DEPTH {
            let at = self.parser.scan.at;
            self.parser.too_deep(Span::new(at, at + 1));
            return Err(Next::Nothing);
        }
        self.parser.scan.skip_byte();
        let base = self.operands.len();
        self.levels.push(Level { base, group: base, start, is_negated, addresses });
        Ok(State::Term(None, false))
    }

    /// Ends the innermost parenthesis: what stands in it is one condition.
    fn close(&mut self) {
        let Some(Level { base, group, start, is_negated, addresses }) = self.levels.pop() else { return };
        let condition = self.fold(base, group);
        match (condition, addresses) {
            (Some(condition), Some(addresses)) => {
                self.push(start, is_negated, Test::ForAnyAddress { addresses, condition });
            }
            (Some(condition), None) => {
                let end = self.parser.scan.last_end;
                let inner = &mut self.parser.conditions[condition.0 as usize];
                inner.is_negated ^= is_negated;
                inner.span = Span::new(start, end.max(start));
                self.operands.push(condition);
            }
            (None, _) => self.push(start, false, Test::Broken),
        }
    }

    fn join(&mut self, connective: Connective) -> State {
        if connective == Connective::Or
            && let Some(level) = self.levels.last()
        {
            let group = level.group;
            self.fold_with(group, Test::And);
            if let Some(level) = self.levels.last_mut() {
                level.group = self.operands.len();
            }
        }
        State::Term(None, false)
    }

    /// Makes one condition of those of a level.
    fn fold(&mut self, base: usize, group: usize) -> Option<ConditionId> {
        self.fold_with(group, Test::And);
        self.fold_with(base, Test::Or);
        if self.operands.len() > base { self.operands.pop() } else { None }
    }

    fn fold_with(&mut self, start: usize, test: impl FnOnce(Vec<ConditionId>) -> Test) {
        if self.operands.len() < start + 2 {
            return;
        }
        let parts = self.operands.split_off(start);
        let span = |id: ConditionId| self.parser.conditions[id.0 as usize].span;
        let span = Span { start: span(parts[0]).start, end: span(parts[parts.len() - 1]).end };
        self.add(Condition { span, is_negated: false, test: test(parts) });
    }

    fn push(&mut self, start: usize, is_negated: bool, test: Test) {
        let span = Span::new(start, self.parser.scan.last_end.max(start));
        self.add(Condition { span, is_negated, test });
    }

    fn add(&mut self, condition: Condition) {
        let id = u32::try_from(self.parser.conditions.len()).unwrap_or(u32::MAX);
        self.parser.conditions.push(condition);
        self.operands.push(ConditionId(id));
    }
}
