//! The versions of SpamAssassin that are told apart, and of the Perl that it runs in.

use crate::perl_pattern;

/// A version, as far as its reading of configuration files differs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Version {
    /// 3.4.6, the last of the 3.x.
    V34,
    /// 4.0.1.
    V40,
}

impl Version {
    /// The version as SpamAssassin writes and compares it.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::V34 => "3.004006",
            Self::V40 => "4.000001",
        }
    }
}

/// A version of Perl 5, as `perl -v` gives it: 5.36.0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Perl {
    /// 36 in 5.36.0.
    pub version: u16,
    /// 0 in 5.36.0.
    pub subversion: u16,
}

impl Perl {
    /// 5.36.0, of Debian 12.
    pub const V5_36: Self = Self { version: 36, subversion: 0 };

    /// The version as `perl_version` in a condition is compared.
    #[must_use]
    pub fn number(self) -> String {
        format!("5.{:03}{:03}", self.version, self.subversion)
    }

    /// What decides over patterns.
    #[must_use]
    pub fn of_patterns(self) -> perl_pattern::Version {
        perl_pattern::Version(self.version)
    }
}
