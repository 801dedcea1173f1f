//! The patterns in a line. What Perl makes of them, [`crate::perl_pattern`] knows; here a refusal gets its place in the line.

use super::complaint::PerlWords;
use super::reader::{Here, Reader};
use crate::perl_pattern::{Pattern, Verdict};
use crate::source::Span;

/// A pattern that is refused.
pub struct Refused<'v> {
    /// Why, in SpamAssassin's words.
    pub words: PerlWords,
    /// What is to blame.
    pub part: &'v [u8],
}

impl Reader<'_> {
    /// A pattern between delimiters, where it is no matter whether it matches always.
    pub fn delimited_pattern<'v>(&mut self, here: &Here<'_, '_>, text: &'v [u8]) -> Result<(), Refused<'v>> {
        let pattern = Pattern::read(text, self.options.perl.of_patterns());
        self.settle(here, text, pattern.verdict, 0)
    }

    /// A pattern without delimiters.
    pub fn bare_pattern<'v>(&mut self, here: &Here<'_, '_>, text: &'v [u8]) -> Result<(), Refused<'v>> {
        let pattern = Pattern::bare(text, self.options.perl.of_patterns());
        self.settle(here, text, pattern.verdict, 0)
    }

    /// A word that, without regard to case, is a pattern for the whole of something.
    pub fn whole_word_pattern<'v>(&mut self, here: &Here<'_, '_>, word: &'v [u8]) -> Result<(), Refused<'v>> {
        const BEFORE: &[u8] = b"^(?i)";
        let pattern = Pattern::bare(&[BEFORE, word, b"$"].concat(), self.options.perl.of_patterns());
        self.settle(here, word, pattern.verdict, BEFORE.len())
    }

    /// The word behind `lang`, a pattern for the beginning of the language's name, which Perl alone judges.
    pub fn language_pattern<'v>(&mut self, here: &Here<'_, '_>, word: &'v [u8]) -> Result<(), Refused<'v>> {
        let pattern = Pattern::of_perl_alone(&[b"^", word].concat(), self.options.perl.of_patterns());
        // Whether it matches is not computed.
        let verdict = if pattern.verdict == Verdict::Accepted { Verdict::CannotTell } else { pattern.verdict };
        self.settle(here, word, verdict, 1)
    }

    /// A text that Perl alone judges, made of a part of the line.
    pub fn pattern_of_perl_alone(&mut self, here: &Here<'_, '_>, part: &[u8], text: &[u8]) -> Result<(), PerlWords> {
        let pattern = Pattern::of_perl_alone(text, self.options.perl.of_patterns());
        self.settle(here, part, pattern.verdict, 0).map_err(|refused| refused.words)
    }

    /// Makes a refusal's place one in the line. The pattern has so many bytes before the text.
    fn settle<'v>(
        &mut self,
        here: &Here<'_, '_>,
        text: &'v [u8],
        verdict: Verdict,
        before: usize,
    ) -> Result<(), Refused<'v>> {
        match verdict {
            Verdict::Accepted => Ok(()),
            Verdict::CannotTell => {
                self.unjudged.push(here.at(text));
                Ok(())
            }
            Verdict::Refused(refusal) => {
                let place = |at: u32| (at as usize).saturating_sub(before).min(text.len());
                let part = blamed(text, Span::new(place(refusal.at.start), place(refusal.at.end)));
                Err(Refused { words: PerlWords::from(&refusal), part })
            }
        }
    }
}

/// The part of a text that is to blame: all of it, where no characters are.
pub fn blamed(text: &[u8], at: Span) -> &[u8] {
    text.get(at.range()).filter(|part| !part.is_empty()).unwrap_or(text)
}
