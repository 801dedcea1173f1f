//! Which file is Exim's system filter.

use crate::source::Span;

/// The path that a configuration names: `systemfilter=` in cPanel's `exim.conf.localopts`, `system_filter =` in `exim.conf`
/// (Exim specification, chapter 14). Without the leading slash, and where it stands, with it; nothing when the file names
/// none that is a plain path.
#[must_use]
pub fn system_filter(text: &[u8]) -> Option<(&[u8], Span)> {
    let (span, line, value) = super::lines(text).find_map(|(span, line)| {
        let rest = line.strip_prefix(b"systemfilter").or_else(|| line.strip_prefix(b"system_filter"))?;
        Some((span, line, rest.trim_ascii_start().strip_prefix(b"=")?))
    })?;
    let start = span.start as usize + line.len() - value.trim_ascii_start().len();
    let value = value.trim_ascii();
    let path = value.strip_prefix(b"/")?;
    let is_plain = path.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'$' | b'"'));
    (is_plain && !path.is_empty()).then_some((path, Span::new(start, start + value.len())))
}

/// Whether Exim may pass over lines of a configuration, by what it was built with or by macros (chapter 6.5).
#[must_use]
pub fn has_conditions(text: &[u8]) -> bool {
    super::lines(text).any(|(_, line)| line.trim_ascii_start().starts_with(b".if"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_name_it() {
        let found = |text: &'static [u8]| system_filter(text).map(|(path, span)| (path, &text[span.range()]));
        let of = |path: &'static str| Some((&path.as_bytes()[1..], path.as_bytes()));
        assert_eq!(found(b"acl_x=1\nsystemfilter=/etc/my_filter\n"), of("/etc/my_filter"));
        assert_eq!(found(b"# system_filter = /a\nsystem_filter = /etc/x \r\n"), of("/etc/x"));
        assert_eq!(system_filter(b"system_filter_user = cpaneleximfilter\n"), None);
        assert_eq!(system_filter(b"systemfilter=disabled\n"), None);
    }
}
