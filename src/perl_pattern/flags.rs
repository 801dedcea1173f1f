//! The flags that hold at a place of a pattern, and the reading of `(?i-x)`.

use super::complaint::Stop;
use super::parser::Parser;
use super::tree::Dialect;

/// The flags that hold at a place. Every group copies them twice: aligned so, as one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(align(8))]
pub(super) struct Flags {
    /// `i`: without regard to case.
    pub fold: bool,
    /// `m`: `^` and `$` at every newline.
    pub multiline: bool,
    /// `s`: `.` matches the newline.
    pub dot_all: bool,
    /// `x`: white space is ignored.
    pub extended: bool,
    /// `xx`: blanks in classes as well.
    pub extended_more: bool,
    /// `n`: parentheses do not capture.
    pub no_capture: bool,
    pub charset: Charset,
}

/// What letters are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Charset {
    Default,
    Locale,
    Unicode,
    Ascii,
    AsciiMore,
}

impl Charset {
    /// `\w` and its like are ASCII.
    pub fn is_ascii(self) -> bool {
        matches!(self, Self::Ascii | Self::AsciiMore)
    }
}

impl Flags {
    /// Those with which SpamAssassin compiles: `aa`, nothing else.
    pub fn spamassassin() -> Self {
        Self {
            fold: false,
            multiline: false,
            dot_all: false,
            extended: false,
            extended_more: false,
            no_capture: false,
            charset: Charset::AsciiMore,
        }
    }

    /// Those of `/i` alone.
    pub fn fold_only() -> Self {
        Self { fold: true, charset: Charset::Default, ..Self::spamassassin() }
    }
}

/// What a run of flags sets, or clears.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a letter of Perl's")]
struct Switched {
    fold: bool,
    multiline: bool,
    dot_all: bool,
    extended: bool,
    extended_more: bool,
    no_capture: bool,
    /// How many `x` there were.
    xs: u32,
}

impl Parser<'_> {
    /// Reads flags up to the `:` or `)` and sets them (`parse_lparen_question_flags`). `self.at` is at the first.
    pub fn parse_flags(&mut self, open: usize) -> Result<(), Stop> {
        let question = self.at - 1;
        let mut charset = self.flags.charset;
        let mut has_defaults = false;
        if self.here() == b'^' {
            self.at += 1;
            has_defaults = true;
            charset = if self.tree.dialect == Dialect::Perl { Charset::Default } else { Charset::AsciiMore };
            self.flags = Flags { charset, ..Flags::spamassassin() };
        }
        let (mut set, mut cleared, mut is_minus) = (Switched::default(), Switched::default(), false);
        let mut charset_letter = None;
        while !self.is_end() {
            let flag = self.here();
            let switched = if is_minus { &mut cleared } else { &mut set };
            match flag {
                b'i' => switched.fold = true,
                b'm' => switched.multiline = true,
                b's' => switched.dot_all = true,
                b'n' if self.version.has_no_capture() => switched.no_capture = true,
                b'x' => {
                    switched.xs += 1;
                    switched.extended = true;
                    switched.extended_more |= switched.xs > 1;
                }
                b'l' | b'u' | b'a' | b'd' => {
                    self.only_perl()?;
                    if flag == b'd' && has_defaults {
                        return self.unknown_flag(question);
                    }
                    charset = self.charset_flag(flag, charset_letter, charset, is_minus)?;
                    charset_letter = Some(flag);
                }
                b'o' | b'g' => {
                    let flag = char::from(flag);
                    let message = if is_minus {
                        format!("Useless (?-{flag}) - don't use /{flag} modifier")
                    } else {
                        format!("Useless (?{flag}) - use /{flag} modifier")
                    };
                    self.warning(message, self.at, self.at + 1)?;
                }
                b'c' => {
                    let message = if is_minus {
                        "Useless (?-c) - don't use /gc modifier"
                    } else {
                        "Useless (?c) - use /gc modifier"
                    };
                    self.warning(message, self.at, self.at + 1)?;
                }
                b'p' => {
                    self.only_perl()?;
                    if is_minus {
                        self.warning("Useless use of (?-p)", self.at, self.at + 1)?;
                    }
                }
                b'-' if !has_defaults && !is_minus => is_minus = true,
                b':' | b')' => {
                    // PCRE2 has its blanks from the locale.
                    if set.extended && self.bytes.contains(&0x85) {
                        self.only_perl()?;
                    }
                    self.switch(set, cleared);
                    self.flags.charset = charset;
                    return Ok(());
                }
                _ => return self.unknown_flag(question),
            }
            self.at += 1;
        }
        self.error("Sequence (?... not terminated", open, self.at)
    }

    fn switch(&mut self, set: Switched, mut cleared: Switched) {
        cleared.extended_more |= cleared.extended || (set.extended && !set.extended_more);
        let flags = &mut self.flags;
        flags.fold = (flags.fold || set.fold) && !cleared.fold;
        flags.multiline = (flags.multiline || set.multiline) && !cleared.multiline;
        flags.dot_all = (flags.dot_all || set.dot_all) && !cleared.dot_all;
        flags.extended = (flags.extended || set.extended) && !cleared.extended;
        flags.extended_more = (flags.extended_more || set.extended_more) && !cleared.extended_more;
        flags.no_capture = (flags.no_capture || set.no_capture) && !cleared.no_capture;
    }

    /// One of `l u d a`, of which only `aa` may stand together.
    fn charset_flag(
        &mut self,
        flag: u8,
        before: Option<u8>,
        charset: Charset,
        is_minus: bool,
    ) -> Result<Charset, Stop> {
        let (start, shown) = (self.at, char::from(flag));
        // For `l` and `u` Perl asks first whether there was one before.
        if is_minus && (matches!(flag, b'a' | b'd') || before.is_none()) {
            return self.cut_error(
                format!("Regexp modifier \"{shown}\" may not appear after the \"-\""),
                start,
                start + 1,
            );
        }
        let Some(before) = before else {
            return Ok(match flag {
                b'l' => Charset::Locale,
                b'u' => Charset::Unicode,
                b'd' => Charset::Default,
                _ => Charset::Ascii,
            });
        };
        if flag == b'a' && charset == Charset::Ascii {
            return Ok(Charset::AsciiMore);
        }
        let message = if before == b'a' {
            "Regexp modifier \"a\" may appear a maximum of twice".to_owned()
        } else if before == flag {
            format!("Regexp modifier \"{shown}\" may not appear twice")
        } else {
            format!("Regexp modifiers \"{}\" and \"{shown}\" are mutually exclusive", char::from(before))
        };
        self.cut_error(message, start, start + 1)
    }

    fn unknown_flag<T>(&mut self, question: usize) -> Result<T, Stop> {
        let start = self.at;
        self.at += usize::from(self.here() != 0);
        let text = &self.bytes[question..self.at];
        let message = [b"Sequence (".as_slice(), text, b"...) not recognized"].concat();
        self.cut_error(message, start, self.at)
    }
}
