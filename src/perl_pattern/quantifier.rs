//! What may follow an atom: a quantifier (the end of `regatom`, and `regpiece`).

use super::complaint::Stop;
use super::numbers::Braces;
use super::parser::{Atom, Parser};
use super::tree::{Dialect, Greed, Kind};

impl Parser<'_> {
    /// What follows an atom: a quantifier, or nothing. `piece` is where the atom began.
    #[inline]
    pub fn piece(&mut self, atom: Atom, piece: usize) -> Result<(), Stop> {
        match self.here() {
            b'*' | b'+' | b'?' | b'{' => return self.quantified(atom, piece),
            b'(' | b'#' | b'\t'..=b'\r' | b' ' | 0x85 => {
                self.at = self.skip(self.at)?;
                if matches!(self.here(), b'*' | b'+' | b'?' | b'{') {
                    return self.quantified(atom, piece);
                }
            }
            _ => {}
        }
        self.add_piece(atom);
        Ok(())
    }

    /// What follows an atom where a quantifier may stand.
    #[inline(never)]
    fn quantified(&mut self, atom: Atom, piece: usize) -> Result<(), Stop> {
        let sign = self.at;
        let (min, max) = match self.here() {
            b'*' => (0, None),
            b'+' => (1, None),
            b'?' => (0, Some(1)),
            _ => return self.counted(atom, piece),
        };
        self.at = self.skip(sign + 1)?;
        self.repeated(atom, piece, sign, (min, max))
    }

    /// What follows an atom at a brace.
    fn counted(&mut self, atom: Atom, piece: usize) -> Result<(), Stop> {
        let brace = self.at;
        let Some(braces) = self.braces(brace) else {
            if !atom.is_start {
                self.unescaped_brace(brace)?;
            }
            self.add_piece(atom);
            return Ok(());
        };
        let (min, max) = self.bounds(braces)?;
        self.at += braces.end;
        self.next()?;
        if let Some(most) = max {
            if most < min {
                self.warning("Quantifier {n,m} with n > m can't match", brace, self.at)?;
                let span = self.span(piece, self.at);
                self.tree.push_fail_instead(span);
                self.add_piece(Atom::NOTHING);
                return Ok(());
            }
            if most == min && self.here() == b'?' && self.version.warns_of_useless_greed() {
                self.warning("Useless use of greediness modifier '?'", self.at, self.at + 1)?;
            }
        }
        self.repeated(atom, piece, brace, (min, max))
    }

    /// An atom that is repeated: behind its quantifier, which begins at `quantifier`.
    #[inline]
    fn repeated(
        &mut self,
        mut atom: Atom,
        piece: usize,
        quantifier: usize,
        (mut min, mut max): (u32, Option<u32>),
    ) -> Result<(), Stop> {
        if !(atom.has_width || atom.is_postponed) {
            self.check_repeated_nothing(piece, max)?;
            if max != Some(0) && self.tree.dialect == Dialect::Perl {
                (min, max) = (min.min(1), Some(1));
            }
        }
        let greed = match self.here() {
            b'?' => Greed::Lazy,
            b'+' => Greed::Possessive,
            _ => Greed::Greedy,
        };
        if greed != Greed::Greedy {
            self.next()?;
        }
        if self.is_quantifier(self.at) {
            return self.error("Nested quantifiers", quantifier, self.at + 1);
        }
        self.needs_study |= !atom.is_one && super::study::is_unexpected(min, max);
        let span = self.span(piece, self.at);
        self.tree.push(Kind::Repeat { min, max, greed }, span);
        atom.has_width &= max != Some(0);
        (atom.is_one, atom.is_start) = (false, false);
        self.add_piece(atom);
        Ok(())
    }

    /// What is to be said of an endless repetition, or one with a large count, of what has no width.
    fn check_repeated_nothing(&self, piece: usize, max: Option<u32>) -> Result<(), Stop> {
        if max.is_some_and(|max| max <= self.version.infinity() / 3) {
            return Ok(());
        }
        let text = &self.bytes[piece..self.at];
        if text.starts_with(b"\\K") && self.version.forbids_repeated_keep() {
            let message = [text, b" is forbidden - matches null string many times"].concat();
            return self.cut_error(message, piece, self.at);
        }
        self.warning([text, b" matches null string many times"].concat(), piece, self.at)
    }

    /// The bounds that stand in braces.
    fn bounds(&mut self, braces: Braces) -> Result<(u32, Option<u32>), Stop> {
        let open = self.at;
        let value = |parser: &Self, (start, end): (usize, usize)| {
            let digits = &parser.bytes[open + start..open + end];
            let number = super::numbers::decimal(digits);
            let small = number.and_then(|(value, _)| u32::try_from(value).ok());
            if let Some(value) = small.filter(|&value| value < parser.version.infinity()) {
                return Ok(value);
            }
            // Perl moved both marks behind the number with 5.34.
            let here = open + if parser.version.has_lenient_braces() { end } else { 1 };
            if number.is_none() && digits[0] == b'0' {
                return parser.error("Invalid quantifier in {,}", open + start, here);
            }
            let message = format!("Quantifier in {{,}} bigger than {}", parser.version.infinity() - 1);
            parser.cut_error(message, open + start, here)
        };
        let min = braces.min.map_or(Ok(0), |digits| value(self, digits))?;
        let max = match braces.max {
            Some(digits) => Some(value(self, digits)?),
            None if braces.has_comma => None,
            None => Some(min),
        };
        Ok((min, max))
    }

    /// A `{` that begins no quantifier, behind something that one could follow.
    pub fn unescaped_brace(&self, at: usize) -> Result<(), Stop> {
        if self.tree.dialect == Dialect::Pcre2 {
            return Ok(());
        }
        let brace = self.version.literal_brace();
        brace.judge(
            || self.warning("Unescaped left brace in regex is passed through", at, at + 1),
            || self.error("Unescaped left brace in regex is illegal here", at, at + 1),
        )
    }
}
