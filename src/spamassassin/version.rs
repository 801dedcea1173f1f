//! The versions of SpamAssassin that are told apart.

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
