//! Which Exim it is: its version, and what it was built with.

use std::fmt;

/// A version of Exim 4: `4.96`, `4.99.1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version {
    minor: u8,
    patch: u8,
}

impl Version {
    /// `4.minor.patch`.
    #[must_use]
    pub const fn new(minor: u8, patch: u8) -> Self {
        Self { minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "4.{}", self.minor)?;
        if self.patch > 0 { write!(f, ".{}", self.patch) } else { Ok(()) }
    }
}

/// Something that Exim can be built with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum BuildOption {
    /// The ARC experiment.
    Arc = 1,
    /// The Brightmail experiment.
    Bmi = 1 << 1,
    /// Scanning of content: spam, malware, MIME parts, patterns.
    ContentScan = 1 << 2,
    /// The DCC experiment.
    Dcc = 1 << 3,
    /// DMARC.
    Dmarc = 1 << 4,
    /// Internationalised addresses.
    I18n = 1 << 5,
    /// LDAP.
    Ldap = 1 << 6,
    /// SPF.
    Spf = 1 << 7,
    /// The sender rewriting scheme.
    Srs = 1 << 8,
    /// `${perl`.
    Perl = 1 << 9,
    /// `${dlfunc`.
    Dlfunc = 1 << 10,
    /// The condition `pam`.
    Pam = 1 << 11,
    /// The condition `radius`.
    Radius = 1 << 12,
    /// The condition `pwcheck`.
    Pwcheck = 1 << 13,
    /// The condition `saslauthd`.
    Saslauthd = 1 << 14,
}

/// A set of [`BuildOption`]s.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BuildOptions(u16);

impl BuildOptions {
    /// Everything, so that no name is called unknown that another build knows.
    pub const ALL: Self = Self(u16::MAX);

    /// The set of some options.
    #[must_use]
    pub const fn of(options: &[BuildOption]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < options.len() {
            set |= options[at] as u16;
            at += 1;
        }
        Self(set)
    }

    /// Whether an option is among them.
    #[must_use]
    pub const fn contains(self, option: BuildOption) -> bool {
        self.0 & option as u16 != 0
    }
}

/// An Exim, as far as the language depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Engine {
    /// Its version.
    pub version: Version,
    /// What it was built with.
    pub options: BuildOptions,
}

impl Engine {
    /// Exim 4.96 with everything that it can be built with.
    #[must_use]
    pub const fn usual() -> Self {
        Self { version: Version::new(96, 0), options: BuildOptions::ALL }
    }

    /// Debian 12's exim4-daemon-light.
    #[must_use]
    pub const fn debian_light() -> Self {
        Self {
            version: Version::new(96, 0),
            options: BuildOptions::of(&[BuildOption::I18n, BuildOption::Srs, BuildOption::Saslauthd]),
        }
    }
}
