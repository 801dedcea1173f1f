//! Which file is Exim's system filter.

/// The path that a configuration names: `systemfilter=` in cPanel's `exim.conf.localopts`, `system_filter =` in `exim.conf`
/// (Exim specification, chapter 14). Without the leading slash; nothing when it names none that is a plain path.
#[must_use]
pub fn system_filter(text: &[u8]) -> Option<&[u8]> {
    let value = super::lines(text).find_map(|(_, line)| {
        let rest = line.strip_prefix(b"systemfilter").or_else(|| line.strip_prefix(b"system_filter"))?;
        rest.trim_ascii_start().strip_prefix(b"=")
    });
    let path = value?.trim_ascii().strip_prefix(b"/")?;
    let is_plain = path.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'$' | b'"'));
    (is_plain && !path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_name_it() {
        assert_eq!(system_filter(b"acl_x=1\nsystemfilter=/etc/my_filter\n"), Some(b"etc/my_filter".as_slice()));
        assert_eq!(system_filter(b"# system_filter = /a\nsystem_filter = /etc/x\r\n"), Some(b"etc/x".as_slice()));
        assert_eq!(system_filter(b"system_filter_user = cpaneleximfilter\n"), None);
        assert_eq!(system_filter(b"systemfilter=disabled\n"), None);
    }
}
