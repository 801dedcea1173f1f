//! What differs between versions of Perl, as far as it decides over a pattern.

use super::complaint::Stop;

/// A version of Perl, by its second number: 36 for 5.36.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(pub u16);

impl Version {
    /// 5.36, against which all of this is held.
    pub const V5_36: Self = Self(36);

    /// 5.34 made a quantifier of `{,3}` and of `{ 1, 3 }`.
    pub(super) fn has_lenient_braces(self) -> bool {
        self.0 >= 34
    }

    /// One more than the largest count in braces.
    pub(super) fn infinity(self) -> u32 {
        match self.0 {
            ..30 => 32_767,
            30..38 => 65_535,
            _ => 2_147_483_647,
        }
    }

    /// `a{2}?` is warned of from 5.20.
    pub(super) fn warns_of_useless_greed(self) -> bool {
        self.0 >= 20
    }

    /// `\K*` is an error from 5.32, before it is a warning.
    pub(super) fn forbids_repeated_keep(self) -> bool {
        self.0 >= 32
    }

    /// `\K` is not permitted in a lookaround from 5.32.
    pub(super) fn forbids_keep_in_lookaround(self) -> bool {
        self.0 >= 32
    }

    /// `\C` is gone from 5.24.
    pub(super) fn forbids_single_byte(self) -> bool {
        self.0 >= 24
    }

    /// `(?n)` is known from 5.22.
    pub(super) fn has_no_capture(self) -> bool {
        self.0 >= 22
    }

    /// Look-alikes of POSIX classes are warned of from 5.24.
    pub(super) fn warns_of_posix_lookalikes(self) -> bool {
        self.0 >= 24
    }

    /// A lookbehind may be of several lengths from 5.30.
    pub(super) fn has_variable_lookbehind(self) -> bool {
        self.0 >= 30
    }

    /// To 5.34 there is a warning about that.
    pub(super) fn warns_of_variable_lookbehind(self) -> bool {
        self.0 < 36
    }

    /// What becomes of a `{` that begins no quantifier.
    pub(super) fn literal_brace(self) -> Brace {
        match self.0 {
            ..26 | 28..30 => Brace::Literal,
            26..28 => Brace::Error,
            _ => Brace::Warning,
        }
    }

    /// After an escape letter such a `{` is an error from 5.26.
    pub(super) fn forbids_brace_after_escape(self) -> bool {
        self.0 >= 26
    }
}

/// What becomes of a `{` that begins no quantifier.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Brace {
    Literal,
    Warning,
    Error,
}

impl Brace {
    pub fn judge(
        self,
        warning: impl FnOnce() -> Result<(), Stop>,
        error: impl FnOnce() -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        match self {
            Self::Literal => Ok(()),
            Self::Warning => warning(),
            Self::Error => error(),
        }
    }
}
