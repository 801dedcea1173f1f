//! How Perl words a complaint, and how SpamAssassin cuts it.

use std::cell::OnceCell;

use memchr::{memchr, memmem};

use crate::source::Span;

/// The end of the reading before the end of the pattern. In a box: every step may give one, and hardly any does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stop(pub Box<Reason>);

impl Stop {
    fn refused(words: Vec<u8>, at: Span) -> Self {
        Self(Box::new(Reason::Refused { words, at }))
    }

    #[cold]
    pub fn cannot_tell() -> Self {
        Self(Box::new(Reason::CannotTell))
    }
}

/// Why the reading of a pattern ends early.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Reason {
    /// Perl refuses the pattern, or warns, which SpamAssassin takes for the same.
    Refused {
        /// The words, as Perl says them.
        words: Vec<u8>,
        /// The characters that are to blame, in the pattern.
        at: Span,
    },
    /// What Perl makes of the pattern is not known here.
    CannotTell,
}

/// A marked error with a variable part is formatted in a buffer of 512 bytes, the last for a newline.
const CUT: usize = 511;
/// An unmarked error shows so much of the pattern, or 10 less and an ellipsis.
const UNMARKED: usize = 127;

/// What a warning of Perl's means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Warnings {
    /// A refusal: SpamAssassin takes it so.
    Refuse,
    /// Nothing: Perl is asked by itself.
    Nothing,
    /// It is not Perl that reads the pattern, and whether another reader would agree is not known.
    Unknown,
}

/// A pattern as complaints show it.
pub(super) struct Shown<'p> {
    pattern: &'p [u8],
    /// Perl went over to UTF-8: a code point above 255 was met.
    pub is_utf8: bool,
    pub warnings: Warnings,
    deprecated: OnceCell<Option<(usize, usize)>>,
}

impl<'p> Shown<'p> {
    pub fn new(pattern: &'p [u8]) -> Self {
        Self { pattern, is_utf8: false, warnings: Warnings::Refuse, deprecated: OnceCell::new() }
    }

    /// ` in regex; marked by <-- HERE in m/BEFORE <-- HERE AFTER/`.
    fn marked(&self, message: &[u8], here: usize) -> Vec<u8> {
        let here = here.min(self.pattern.len());
        let (before, after) = self.pattern.split_at(here);
        [message, b" in regex; marked by <-- HERE in m/", before, b" <-- HERE ", after, b"/"].concat()
    }

    fn upgraded(&self, words: Vec<u8>) -> Vec<u8> {
        if !self.is_utf8 || words.is_ascii() {
            return words;
        }
        words.into_iter().map(char::from).collect::<String>().into_bytes()
    }

    /// An error that shows the place.
    pub fn error(&self, message: &[u8], at: Span, here: usize) -> Stop {
        Stop::refused(self.upgraded(self.marked(message, here)), at)
    }

    /// An error that shows the place behind the first byte of a character; in UTF-8 it may have a second one.
    pub fn byte_error(&self, message: &[u8], at: Span, start: usize) -> Stop {
        let (before, after) = self.pattern.split_at(start.min(self.pattern.len()));
        let (mut before, mut after) = (self.upgraded(before.to_vec()), self.upgraded(after.to_vec()));
        before.extend(after.drain(..after.len().min(1)));
        let words = [message, b" in regex; marked by <-- HERE in m/", &before, b" <-- HERE ", &after, b"/"];
        Stop::refused(words.concat(), at)
    }

    /// An error that shows the place, and is cut when it is long.
    pub fn cut_error(&self, message: &[u8], at: Span, here: usize) -> Stop {
        let mut words = self.upgraded(self.marked(message, here));
        words.truncate(CUT);
        Stop::refused(words, at)
    }

    /// An error that does not show the place.
    pub fn unmarked_error(&self, message: &[u8], at: Span) -> Stop {
        let shown = self.upgraded(self.pattern.to_vec());
        let mut words = [message, b" in regex m/"].concat();
        if shown.len() > UNMARKED {
            words.extend_from_slice(&shown[..UNMARKED - 10]);
            words.extend_from_slice(b"...");
        } else {
            words.extend_from_slice(&shown);
        }
        words.push(b'/');
        Stop::refused(words, at)
    }

    /// A warning that shows the place. SpamAssassin takes it for an error, unless its words hold `deprecated`, of which
    /// the pattern may be a part.
    pub fn warning(&self, message: &[u8], at: Span, here: usize) -> Result<(), Stop> {
        self.check_reader()?;
        if self.forgives(message, here) {
            return Ok(());
        }
        Err(self.error(message, at, here))
    }

    /// A warning that shows the whole pattern and no place.
    pub fn warning_without_place(&self, message: &[u8], at: Span) -> Result<(), Stop> {
        self.check_reader()?;
        let words = [message, b" in regex m/", self.pattern, b"/"].concat();
        if self.warnings == Warnings::Nothing || is_deprecated(&words) {
            return Ok(());
        }
        Err(Stop::refused(self.upgraded(words), at))
    }

    /// A refusal in words that are complete.
    pub fn plain(words: &[u8], at: Span) -> Stop {
        Stop::refused(words.to_vec(), at)
    }

    /// A warning about a look-alike of a POSIX class: a C string, which ends at the first NUL.
    pub fn posix_warning(&self, message: &[u8], at: Span, here: usize) -> Result<(), Stop> {
        self.check_reader()?;
        if self.warnings == Warnings::Nothing || (self.forgives(message, here) && memchr(0, self.pattern).is_none()) {
            return Ok(());
        }
        let mut words = self.upgraded(self.marked(message, here));
        words.truncate(memchr(0, &words).unwrap_or(words.len()));
        if is_deprecated(&words) {
            return Ok(());
        }
        Err(Stop::refused(words, at))
    }

    fn check_reader(&self) -> Result<(), Stop> {
        if self.warnings == Warnings::Unknown { Err(Stop::cannot_tell()) } else { Ok(()) }
    }

    /// Whether the word stands in the message or the pattern, and the mark does not stand in the middle of it. A
    /// pattern of a MiB may have a hundred thousand warnings, so it is searched once.
    fn forgives(&self, message: &[u8], here: usize) -> bool {
        if self.warnings == Warnings::Nothing {
            return true;
        }
        let first_and_last = self.deprecated.get_or_init(|| {
            let lower = self.pattern.to_ascii_lowercase();
            Some((memmem::find(&lower, DEPRECATED)?, memmem::rfind(&lower, DEPRECATED)?))
        });
        let Some((first, last)) = *first_and_last else { return false };
        let length = DEPRECATED.len();
        if first + length <= here || here <= last {
            return true;
        }
        is_deprecated(message)
    }
}

const DEPRECATED: &[u8] = b"deprecated";

fn is_deprecated(words: &[u8]) -> bool {
    memmem::find(&words.to_ascii_lowercase(), DEPRECATED).is_some()
}

/// What SpamAssassin leaves of the words: it cuts from the first ` at ` on, where Perl adds its own file and line. So a
/// pattern that holds ` at ` is cut there.
pub(super) fn as_logged(mut words: Vec<u8>) -> Vec<u8> {
    let last_line = memchr::memrchr(b'\n', &words).map_or(0, |lf| lf + 1);
    words.extend_from_slice(b" at ");
    let at = memmem::find(&words[last_line..], b" at ").map_or(words.len(), |at| last_line + at);
    words.truncate(at);
    words
}
