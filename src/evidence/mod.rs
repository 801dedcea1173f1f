//! Files that are not linted but testify: what they say about the server makes a finding sure, or clears it.
//!
//! Each is read only as far as a rule needs it, and leniently: a line that is not understood says nothing.

pub mod blocklists;
mod common_domains;
mod freemail;
pub mod local_resolver;
mod os_release;
mod passwd;
mod system_filter;
mod users_file;
mod zone;

pub use common_domains::CommonDomains;
pub use freemail::Freemail;
pub use os_release::glibc_of;
pub use passwd::{Passwd, User};
pub use system_filter::{has_conditions, system_filter};
pub use users_file::UsersFile;
pub use zone::Zone;

use memchr::memchr_iter;

use crate::source::Span;

/// The lines of a file with their spans, without the LF and a CR before it.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (Span, &[u8])> {
    let ends = memchr_iter(b'\n', bytes).chain((!bytes.is_empty()).then_some(bytes.len()));
    ends.scan(0, move |start, end| {
        let line = bytes.get(*start..end)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let span = Span::new(*start, *start + line.len());
        *start = end + 1;
        Some((span, line))
    })
}
