//! What the router that reads a filter lets it do.

/// The commands that a filter may use only where its reader allows them; all others are always there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of Exim's redirect router")]
pub struct Permissions {
    /// `fail` (`allow_fail`).
    pub fail: bool,
    /// `defer` (`allow_defer`).
    pub defer: bool,
    /// `freeze` (`allow_freeze`).
    pub freeze: bool,
    /// `headers add` and `headers remove`; only a system filter may use them.
    pub headers: bool,
}

impl Permissions {
    /// Those of cPanel's routers for account and user filters: `fail`, and nothing else.
    pub const CPANEL: Self = Self { fail: true, ..Self::TESTER };
    /// Those of a system filter: everything.
    pub const SYSTEM: Self = Self { fail: true, defer: true, freeze: true, headers: true };
    /// Those of `exim -bf`, and of a router that has only `allow_filter`: nothing.
    pub const TESTER: Self = Self { fail: false, defer: false, freeze: false, headers: false };
}
