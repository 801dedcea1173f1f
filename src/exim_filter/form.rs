//! What Exim takes a file for (`rda_is_filter`).

use memchr::memchr;

use super::token::is_space;

/// What Exim takes a file for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A filter in Exim's language.
    Exim,
    /// A filter in Sieve.
    Sieve,
    /// A list of addresses, files and pipes, as every `.forward` without a tag is. A byte order mark, a `#!` line or
    /// another comment before the tag makes a filter such a list, and its commands bad addresses; an empty file is an
    /// empty list.
    ForwardList,
}

impl Form {
    /// What Exim takes these bytes for when a router reads them. The tag of a system filter is not looked at: it is
    /// always Exim's language.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let text = visible(bytes);
        let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
        let text = &text[start..];
        if has_tag(text, b"exim") {
            Self::Exim
        } else if has_tag(text, b"sieve") {
            Self::Sieve
        } else {
            Self::ForwardList
        }
    }
}

/// What Exim sees of a file: it ends at the first NUL, and nobody is told.
#[must_use]
pub fn visible(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr(0, bytes).unwrap_or(bytes.len())]
}

/// Whether a text begins with `# NAME filter`. Case does not matter, each blank may be none or many, and nothing needs to
/// stand behind: `#EximFilters` is a tag.
fn has_tag(text: &[u8], name: &[u8]) -> bool {
    let word = |text: &[u8], word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let skip_blanks = |mut at: usize| {
        while matches!(text.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    };
    if text.first() != Some(&b'#') {
        return false;
    }
    let start = skip_blanks(1);
    word(&text[start..], name) && word(&text[skip_blanks(start + name.len())..], b"filter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_any_case_and_any_blanks() {
        for text in ["# Exim filter", "#eximFILTERS", " \n\t\x0b\x0c\r#  EXIM\t \tfilter <<- x", "# exim  filter\0"] {
            assert_eq!(Form::of(text.as_bytes()), Form::Exim, "{text:?}");
        }
        assert_eq!(Form::of(b"#SieveFilter"), Form::Sieve);
    }

    #[test]
    fn what_stands_before_the_tag_or_in_it_spoils_it() {
        for text in [
            "",
            "#",
            "# exim-filter",
            "\u{feff}# Exim filter",
            "#!/x\n# Exim filter",
            "#\nexim filter",
            "\0# Exim filter",
        ] {
            assert_eq!(Form::of(text.as_bytes()), Form::ForwardList, "{text:?}");
        }
    }
}
