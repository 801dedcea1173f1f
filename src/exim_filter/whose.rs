//! Whose mail goes through a filter, by the place where the file lies.

use crate::kind::Kind;
use crate::text;
use crate::text::Text;

use super::FilterFile;

/// Whose mail goes through a filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose<'p> {
    /// Everybody's on the server.
    Server,
    /// That of all addresses of a domain.
    Domain(&'p [u8]),
    /// That of a mailbox, by its domain and name.
    Mailbox(&'p [u8], &'p [u8]),
    /// That of an account's own address: in `~/etc/filter`.
    Account(&'p [u8]),
    /// The same, in `~/.forward`.
    Forward(&'p [u8]),
    /// The file lies at no place that says it.
    Unknown,
}

impl FilterFile {
    /// Whose mail goes through this filter.
    #[must_use]
    pub fn whose(&self) -> Whose<'_> {
        if self.file.kind == Some(Kind::EximSystemFilter) {
            return Whose::Server;
        }
        let mut parts = self.file.path.bytes().rsplit(|&byte| byte == b'/');
        match [parts.next(), parts.next(), parts.next(), parts.next()] {
            [Some(domain), Some(b"vfilters"), ..] => Whose::Domain(domain),
            [Some(b"filter"), Some(b"etc"), Some(user), _] => Whose::Account(user),
            [Some(b"filter"), Some(mailbox), Some(domain), Some(b"etc")] => Whose::Mailbox(domain, mailbox),
            [Some(b".forward"), Some(user), ..] => Whose::Forward(user),
            _ => Whose::Unknown,
        }
    }
}

impl Whose<'_> {
    /// The mail, in words.
    #[must_use]
    pub fn mail(self) -> Text {
        match self {
            Self::Server => text!("mail of the whole server"),
            Self::Domain(domain) => text!("mail to `{}`", domain),
            Self::Mailbox(domain, mailbox) => text!("mail to `{}@{}`", mailbox, domain),
            Self::Account(user) | Self::Forward(user) => text!("mail to the account `{}`", user),
            Self::Unknown => text!("mail"),
        }
    }

    /// What Exim's log has behind `=> /dev/null` or `=> discarded`: the address, and cPanel's router.
    #[must_use]
    pub fn logged(self) -> Text {
        match self {
            Self::Server => text!("<system-filter>"),
            Self::Domain(domain) => text!("<...@{}> R=central_filter", domain),
            Self::Mailbox(domain, mailbox) => text!("<{}@{}> R=virtual_user_filter", mailbox, domain),
            Self::Account(user) => text!("<{}@...> R=central_user_filter", user),
            Self::Forward(user) => text!("<{}@...> R=userforward", user),
            Self::Unknown => text!("<...>"),
        }
    }
}
