//! The versions of SpamAssassin that are told apart, and of the Perl that it runs in.

use std::fmt;
use std::str::FromStr;

use crate::perl_pattern;

/// A version of SpamAssassin. 3.4 and 4.0 are told apart; an older one is read as 3.4, a newer one as 4.0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version {
    /// 3 in 3.4.6.
    pub major: u16,
    /// 4 in 3.4.6.
    pub minor: u16,
    /// 6 in 3.4.6.
    pub patch: u16,
}

impl Version {
    /// 3.4.6, the last of the 3.x.
    pub const V34: Self = Self { major: 3, minor: 4, patch: 6 };
    /// 4.0.0, from which on files are read as 4.0 does.
    pub const V40: Self = Self { major: 4, minor: 0, patch: 0 };
    /// 4.0.1, the newest that is known.
    pub const NEWEST: Self = Self { major: 4, minor: 0, patch: 1 };

    /// The version as SpamAssassin writes and compares it, and as it names the folder of its updated rules: 4.000001.
    #[must_use]
    pub fn number(self) -> String {
        format!("{}.{:03}{:03}", self.major, self.minor, self.patch)
    }

    /// The version of such a number.
    #[must_use]
    pub fn of_number(number: &[u8]) -> Option<Self> {
        let (major, rest) = str::from_utf8(number).ok()?.split_once('.')?;
        let is_number = rest.len() == 6 && [major, rest].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let part = |text: &str| text.parse().ok().filter(|_| is_number);
        Some(Self { major: part(major)?, minor: part(rest.get(..3)?)?, patch: part(rest.get(3..)?)? })
    }

    /// Whether two versions read files alike.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        (self < Self::V40) == (other < Self::V40)
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "`3.4` and `4.0` are known";
        match text {
            "3.4" => return Ok(Self::V34),
            "4.0" => return Ok(Self::NEWEST),
            _ => {}
        }
        let (family, patch) = text.rsplit_once('.').ok_or(WANTED)?;
        let (major, minor) = match family {
            "3.4" => (3, 4),
            "4.0" => (4, 0),
            _ => return Err(WANTED),
        };
        let patch = patch.parse().ok().filter(|_| patch.bytes().all(|byte| byte.is_ascii_digit())).ok_or(WANTED)?;
        Ok(Self { major, minor, patch })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_number_and_back() {
        assert_eq!(Version::NEWEST.number(), "4.000001");
        assert_eq!(Version::of_number(b"3.004006"), Some(Version::V34));
        for bad in [b"compiled".as_slice(), b"3.4.6", b"4.00000a", b"4.0000011", b"+4.000001", b"4.+00001", b"", b"."] {
            assert_eq!(Version::of_number(bad), None, "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn only_what_is_known_can_be_asked_for() {
        assert_eq!("4.0".parse(), Ok(Version::NEWEST));
        assert_eq!("3.4".parse(), Ok(Version::V34));
        assert_eq!("3.4.2".parse(), Ok(Version { major: 3, minor: 4, patch: 2 }));
        for bad in ["", "3", "4", "3.3", "3.3.2", "4.1", "3.4.", "3.4.+1", "4.0.x", "v4.0", "4.0.1.2"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }
}
