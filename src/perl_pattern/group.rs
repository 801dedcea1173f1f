//! What follows a `(`: groups, lookarounds, calls of groups, conditionals and verbs (the first half of `reg`).

use super::complaint::Stop;
use super::numbers::decimal;
use super::parser::{DEPTH_OF_GROUP, FrameKind, Opening, Parser, Pending, Stage, Step, Wanted};
use super::tree::{Dialect, Kind, UNKNOWN_GROUP, Verb, index};

const NO_SUCH_GROUP: &str = "Reference to nonexistent group";
const IMPOSSIBLE_GROUP: &str = "Invalid reference to group";

impl Parser<'_> {
    /// Reads on at a `(`.
    #[inline(never)]
    pub fn group(&mut self, piece: usize) -> Result<Step, Stop> {
        let open = self.at;
        self.at = self.skip(open + 1)?;
        let opening = self.opening(open, piece, self.depth() + DEPTH_OF_GROUP);
        self.check_depth(open, opening.depth)?;
        let is_adjacent = self.at == open + 1 || self.bytes[self.at - 1] == b'(';
        match self.here() {
            b'*' if !is_adjacent => {
                let message = if self.byte(self.at + 1).is_ascii_uppercase() {
                    "In '(*VERB...)', the '(' and '*' must be adjacent"
                } else {
                    "In '(*...)', the '(' and '*' must be adjacent"
                };
                self.error(message, open, self.at + 1)
            }
            b'?' if !is_adjacent => self.error("In '(?...)', the '(' and '?' must be adjacent", open, self.at + 1),
            b'*' | b'?' => self.inside(opening),
            _ if self.flags.no_capture => self.open(FrameKind::Plain, opening),
            _ => self.capture(opening),
        }
    }

    /// A group whose inside begins here.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what a group begins with is written once, to where it belongs")]
    fn opening(&self, open: usize, piece: usize, depth: u32) -> Opening {
        let (open, inside, piece) = (index(open), index(self.at), index(piece));
        Opening { open, inside, piece, depth, lookarounds: self.lookarounds, flags: self.flags }
    }

    /// Behind the `(`.
    #[inline(never)]
    fn inside(&mut self, opening: Opening) -> Result<Step, Stop> {
        match self.here() {
            b'*' => self.verb_or_group(opening),
            b'?' => self.question(opening),
            _ if self.flags.no_capture => self.open(FrameKind::Plain, opening),
            _ => self.capture(opening),
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what a group begins with is written once, to where it belongs")]
    fn capture(&mut self, opening: Opening) -> Result<Step, Stop> {
        let kind = FrameKind::Capture(self.next_group);
        self.next_group += 1;
        self.open(kind, opening)
    }

    #[inline(never)]
    fn question(&mut self, opening: Opening) -> Result<Step, Stop> {
        let (open, question) = (opening.open as usize, self.at);
        self.at += 1;
        let letter = self.here();
        if letter == 0 {
            return self.error("Sequence (? incomplete", open, self.at);
        }
        self.at += 1;
        match letter {
            b'P' => self.python(opening, question),
            b'<' => match self.here() {
                b'!' => {
                    self.at += 1;
                    self.lookaround(FrameKind::Behind { negated: true }, "?<!", opening)
                }
                b'=' => {
                    self.at += 1;
                    self.lookaround(FrameKind::Behind { negated: false }, "?<=", opening)
                }
                _ => self.named_capture(b'>', opening),
            },
            b'\'' => self.named_capture(b'\'', opening),
            b'=' => self.lookaround(FrameKind::Ahead { negated: false }, "?=", opening),
            b'!' => self.lookaround(FrameKind::Ahead { negated: true }, "?!", opening),
            b'|' => {
                self.resets.push((self.next_group, self.next_group));
                let step = self.open(FrameKind::Plain, opening);
                self.frames.last_mut().into_iter().for_each(|frame| frame.is_reset = true);
                step
            }
            b':' => self.open(FrameKind::Plain, opening),
            b'>' => self.open(FrameKind::Atomic, opening),
            b'$' | b'@' => {
                let message = format!("Sequence (?{}...) not implemented", char::from(letter));
                self.cut_error(message, open, self.at)
            }
            b'0' | b'R' => {
                if self.is_end() || self.here() != b')' {
                    let span = self.span(open, self.at);
                    return Err(self.shown.unmarked_error(b"Sequence (?R) not terminated", span));
                }
                self.call(0, open)
            }
            b'&' => self.named_call(open),
            b'+' if !matches!(self.here(), b'1'..=b'9') => self.error("Illegal pattern", open, self.at + 1),
            b'+' | b'1'..=b'9' => self.numbered_call(letter, question, open),
            b'-' if matches!(self.here(), b'1'..=b'9') => self.numbered_call(letter, question, open),
            // SpamAssassin refuses code before Perl sees it; where it does not look, Perl does.
            b'{' => self.code(open),
            b'?' if self.here() == b'{' => self.code(open),
            b'?' => {
                self.at += usize::from(self.here() != 0);
                let text = &self.bytes[question..self.at];
                let message = [b"Sequence (".as_slice(), text, b"...) not recognized"].concat();
                self.cut_error(message, open, self.at)
            }
            b'(' => self.conditional(opening),
            b'[' => Err(Stop::cannot_tell()),
            _ => {
                self.at = question + 1;
                self.flag_group(opening)
            }
        }
    }

    /// `(?{` or `(??{`: no pattern that is not a part of a program may have it.
    fn code(&self, open: usize) -> Result<Step, Stop> {
        let message = b"Eval-group not allowed at runtime, use re 'eval'";
        Err(self.shown.unmarked_error(message, self.span(open, self.at)))
    }

    /// `(?i)` or `(?i:...)`.
    fn flag_group(&mut self, opening: Opening) -> Result<Step, Stop> {
        self.parse_flags(opening.open as usize)?;
        let is_group = self.here() == b':';
        self.next()?;
        if is_group { self.open(FrameKind::Plain, opening) } else { Ok(Step::Nothing) }
    }

    /// `(?P<name>...)`, `(?P=name)`, `(?P>name)`.
    fn python(&mut self, opening: Opening, question: usize) -> Result<Step, Stop> {
        let open = opening.open as usize;
        match self.here() {
            letter @ (b'<' | b'>') => {
                self.at += 1;
                if self.is_end() {
                    let message = format!("Sequence (?P{}... not terminated", char::from(letter));
                    return self.error(message, open, self.at);
                }
                if letter == b'<' { self.named_capture(b'>', opening) } else { self.named_call(open) }
            }
            b'=' => {
                self.at += 1;
                self.named_reference(question, b')', open).map(Step::Atom)
            }
            byte => {
                self.at += usize::from(byte != 0);
                let text = &self.bytes[question..self.at];
                let message = [b"Sequence (".as_slice(), text, b"...) not recognized"].concat();
                self.cut_error(message, open, self.at)
            }
        }
    }

    fn named_capture(&mut self, closer: u8, opening: Opening) -> Result<Step, Stop> {
        let name = self.name()?;
        if name.is_empty() || self.is_end() || self.here() != closer {
            let opener = if closer == b'>' { '<' } else { '\'' };
            let message = format!("Sequence (?{opener}... not terminated");
            return self.cut_error(message, opening.open as usize, self.at);
        }
        self.names.entry(name).or_insert(self.next_group);
        self.next()?;
        self.capture(opening)
    }

    /// `(?=`, `(?!` and their backward kin: empty ones are read at once.
    fn lookaround(&mut self, kind: FrameKind, shown: &str, opening: Opening) -> Result<Step, Stop> {
        let open = opening.open as usize;
        self.at = self.skip(self.at)?;
        if self.is_end() {
            return self.cut_error(format!("Sequence ({shown}... not terminated"), open, self.at);
        }
        if self.here() == b')' {
            return self.empty_lookaround(kind, open);
        }
        self.lookarounds += 1;
        self.open(kind, opening)
    }

    fn empty_lookaround(&mut self, kind: FrameKind, open: usize) -> Result<Step, Stop> {
        let end = self.at + 1;
        self.next()?;
        let fails = matches!(kind, FrameKind::Ahead { negated: true } | FrameKind::Behind { negated: true });
        let kind = if fails { Kind::Fail } else { Kind::Empty };
        Ok(Step::Atom(self.leaf(kind, open, end)))
    }

    /// `(?&name)`, `(?P>name)`.
    fn named_call(&mut self, open: usize) -> Result<Step, Stop> {
        let start = self.at;
        let name = self.name()?;
        self.want_name(name, start, self.at);
        if self.is_end() || self.here() != b')' {
            return self.error("Sequence (?&... not terminated", open, self.at);
        }
        let group = self.names.get(name).copied();
        let step = self.call(group.unwrap_or(UNKNOWN_GROUP), open)?;
        if group.is_none() {
            self.unresolved.push((self.tree.last(), name));
        }
        Ok(step)
    }

    /// `(?1)`, `(?-1)`, `(?+1)`.
    fn numbered_call(&mut self, letter: u8, question: usize, open: usize) -> Result<Step, Stop> {
        self.at = question + 1 + usize::from(matches!(letter, b'-' | b'+'));
        let number = decimal(self.rest(self.at));
        let number = number.and_then(|(value, len)| Some((i32::try_from(value).ok()?, len)));
        let Some((value, len)) = number else {
            let digits = self.rest(self.at).iter().take_while(|byte| byte.is_ascii_digit()).count();
            return self.error(IMPOSSIBLE_GROUP, self.at, self.at + digits);
        };
        let start = self.at;
        self.at += len;
        if self.here() != b')' {
            return self.error("Expecting close bracket", open, self.at);
        }
        let (value, next) = (i64::from(value), i64::from(self.next_group));
        let number = match letter {
            b'-' => next - value,
            b'+' if i64::from(i32::MAX) - next < value => return self.error(IMPOSSIBLE_GROUP, start, self.at + 1),
            b'+' => next + value - 1,
            _ => value,
        };
        let Some(number) = u32::try_from(number).ok().filter(|&number| number > 0) else {
            return self.error(NO_SUCH_GROUP, start, self.at + 1);
        };
        if number >= self.next_group {
            let (at, here) = (self.span(start, self.at), self.at + 1);
            self.pending.push(Pending { group: Wanted::Number(number), at, here });
        }
        self.call(number, open)
    }

    /// A call of a group, at the closing parenthesis.
    fn call(&mut self, group: u32, open: usize) -> Result<Step, Stop> {
        let end = self.at + 1;
        self.next()?;
        let mut atom = self.leaf(Kind::Recurse(group), open, end);
        atom.is_postponed = true;
        Ok(Step::Atom(atom))
    }

    /// `(?(condition)yes|no)`, behind the second parenthesis.
    fn conditional(&mut self, opening: Opening) -> Result<Step, Stop> {
        const LOOKAROUNDS: [&[u8]; 8] = [
            b"*pla:",
            b"*plb:",
            b"*nla:",
            b"*nlb:",
            b"*positive_lookahead:",
            b"*positive_lookbehind:",
            b"*negative_lookahead:",
            b"*negative_lookbehind:",
        ];
        let inner = self.at - 1;
        let is_question = self.here() == b'?' && matches!(self.byte(self.at + 1), b'=' | b'!' | b'<');
        if is_question || LOOKAROUNDS.iter().any(|name| self.begins(self.at, name)) {
            let kind = FrameKind::Conditional { define: false, stage: Stage::Condition };
            self.push_frame(kind, opening);
            let condition = self.opening(inner, inner, opening.depth + 1);
            self.check_depth(inner, condition.depth)?;
            if let Step::Atom(atom) = self.inside(condition)? {
                self.after_group(atom, inner)?;
            }
            return Ok(Step::Opened);
        }
        let define = self.begins(self.at, b"DEFINE");
        let start = self.at;
        match self.here() {
            quote @ (b'<' | b'\'') => {
                self.at += 1;
                let closer = if quote == b'<' { b'>' } else { b'\'' };
                let name = self.name()?;
                self.want_name(name, start + 1, self.at);
                if self.is_end() || self.here() != closer {
                    let message = format!("Sequence (?({}... not terminated", char::from(quote));
                    return self.cut_error(message, opening.open as usize, self.at);
                }
                self.at += 1;
            }
            _ if define => self.at += b"DEFINE".len(),
            b'R' => {
                self.at += 1;
                match self.here() {
                    b'0' => self.at += 1,
                    b'1'..=b'9' => self.at += self.condition_number().unwrap_or(0),
                    b'&' => {
                        self.at += 1;
                        let name = self.name()?;
                        self.want_name(name, start + 2, self.at);
                    }
                    _ => {}
                }
            }
            b'1'..=b'9' => match self.condition_number() {
                Some(len) => self.at += len,
                None => return self.error("panic: grok_atoUV returned FALSE", start, self.at),
            },
            _ => return self.error("Unknown switch condition (?(...))", start, self.at + 1),
        }
        if self.here() != b')' {
            return self.error("Switch condition not recognized", start, self.at + 1);
        }
        self.next()?;
        let kind = FrameKind::Conditional { define, stage: Stage::Yes { has_condition: false } };
        self.open(kind, opening)
    }

    /// The length of a number that a condition may be.
    fn condition_number(&self) -> Option<usize> {
        decimal(self.rest(self.at)).filter(|&(value, _)| i32::try_from(value).is_ok()).map(|(_, len)| len)
    }

    /// `(*VERB)`, `(*VERB:argument)`, `(*group:...)`.
    fn verb_or_group(&mut self, opening: Opening) -> Result<Step, Stop> {
        let open = opening.open as usize;
        let start = self.at + 1;
        let end_of_pattern = self.bytes.len();
        let closer = self.find(b')', start);
        let end = closer.unwrap_or(end_of_pattern);
        let colon = memchr::memchr(b':', &self.bytes[start..end]).map(|at| start + at);
        let name = &self.bytes[start..colon.unwrap_or(end)];
        let has_upper = !self.shown.is_utf8 && name.iter().any(u8::is_ascii_uppercase);
        if closer.is_none() {
            let message = match (has_upper, colon) {
                (true, Some(_)) => "Unterminated verb pattern argument",
                (false, Some(_)) => "Unterminated '(*...' argument",
                (true, None) => "Unterminated verb pattern",
                (false, None) => "Unterminated '(*...' construct",
            };
            return self.error(message, open, end_of_pattern);
        }
        self.at = end;
        let argument = colon.map(|at| at + 1);
        let kind = match name {
            b"pla" | b"positive_lookahead" => FrameKind::Ahead { negated: false },
            b"nla" | b"negative_lookahead" => FrameKind::Ahead { negated: true },
            b"plb" | b"positive_lookbehind" => FrameKind::Behind { negated: false },
            b"nlb" | b"negative_lookbehind" => FrameKind::Behind { negated: true },
            b"atomic" => FrameKind::Atomic,
            b"sr" | b"script_run" | b"asr" | b"atomic_script_run" if self.tree.dialect == Dialect::Pcre2 => {
                return Err(Stop::cannot_tell());
            }
            b"sr" | b"script_run" => FrameKind::ScriptRun,
            b"asr" | b"atomic_script_run" => FrameKind::AtomicScriptRun,
            _ => return self.verb(name, argument, has_upper, open),
        };
        let Some(argument) = argument else {
            let message = [b"'(*".as_slice(), name, b"' requires a terminating ':'"].concat();
            return self.cut_error(message, open, self.at);
        };
        let is_lookaround = matches!(kind, FrameKind::Ahead { .. } | FrameKind::Behind { .. });
        if is_lookaround && self.at == argument {
            return self.empty_lookaround(kind, open);
        }
        self.at = argument;
        self.open_named_group(kind, opening)
    }

    fn open_named_group(&mut self, mut kind: FrameKind, mut opening: Opening) -> Result<Step, Stop> {
        match kind {
            // A script run in a script run is nothing of its own.
            FrameKind::ScriptRun if self.in_script_run => kind = FrameKind::Plain,
            FrameKind::AtomicScriptRun if self.in_script_run => kind = FrameKind::Atomic,
            FrameKind::ScriptRun => self.in_script_run = true,
            FrameKind::AtomicScriptRun => {
                self.in_script_run = true;
                opening.inside = index(self.at);
            }
            // Perl counts an atomic group among its lookarounds here: no `\K` in it.
            _ => self.lookarounds += 1,
        }
        self.open(kind, opening)
    }

    fn verb(&mut self, name: &[u8], argument: Option<usize>, has_upper: bool, open: usize) -> Result<Step, Stop> {
        let kind = match name {
            b"ACCEPT" => Kind::Verb(Verb::Accept),
            b"COMMIT" => Kind::Verb(Verb::Commit),
            b"F" | b"FAIL" => Kind::Fail,
            b"PRUNE" | b"SKIP" | b"THEN" | b"MARK" => Kind::Verb(Verb::Other),
            b"" if argument.is_some() => Kind::Verb(Verb::Other),
            _ => {
                let (before, after) = if has_upper || name.is_empty() {
                    ("Unknown verb pattern '", "'")
                } else {
                    ("Unknown '(*...)' construct '", "'")
                };
                let message = [before.as_bytes(), name, after.as_bytes()].concat();
                return self.cut_error(message, open, self.at + 1);
            }
        };
        let has_argument = argument.is_some_and(|argument| argument != self.at);
        if matches!(name, b"" | b"MARK") && !has_argument {
            let message = [b"Verb pattern '".as_slice(), name, b"' has a mandatory argument"].concat();
            return self.cut_error(message, open, self.at);
        }
        let end = self.at + 1;
        self.next()?;
        Ok(Step::Atom(self.leaf(kind, open, end)))
    }
}
