//! Exim's lists: `a:b`, `<;a;b`.

use std::borrow::Cow;

use super::is_space;

/// The elements of a list (`string_nextinlist`).
pub(super) struct List<'t> {
    rest: &'t [u8],
    separator: Option<u8>,
}

impl<'t> List<'t> {
    /// A list whose separator is a colon, if it does not begin with another.
    pub fn new(text: &'t [u8]) -> Self {
        Self { rest: text, separator: None }
    }

    /// What stands between its elements: known behind the first.
    pub fn separator(&self) -> u8 {
        self.separator.unwrap_or(b':')
    }

    fn skip_space(&mut self, separator: Option<u8>) {
        let blanks = self.rest.iter().take_while(|&&byte| is_space(byte) && Some(byte) != separator).count();
        self.rest = &self.rest[blanks..];
    }
}

impl<'t> Iterator for List<'t> {
    type Item = Cow<'t, [u8]>;

    fn next(&mut self) -> Option<Cow<'t, [u8]>> {
        self.skip_space(self.separator);
        let separator = match (self.separator, self.rest) {
            (Some(separator), _) => separator,
            (None, &[b'<', separator, ..]) if separator.is_ascii_punctuation() || separator.is_ascii_control() => {
                self.rest = &self.rest[2..];
                self.skip_space(Some(separator));
                separator
            }
            // Exim takes the end of the text for the separator, and is at the end.
            (None, b"<") => {
                self.rest = &[];
                0
            }
            (None, _) => b':',
        };
        self.separator = Some(separator);
        if self.rest.is_empty() {
            return None;
        }
        // A control character cannot be doubled.
        let can_double = !separator.is_ascii_control();
        if self.rest[0] == separator {
            self.rest = &self.rest[1..];
            if self.rest.first() != Some(&separator) || !can_double {
                return Some(Cow::Borrowed(&[]));
            }
        }
        let mut element = Cow::Borrowed(&[][..]);
        loop {
            let end = self.rest[1..].iter().position(|&byte| byte == separator).map_or(self.rest.len(), |at| at + 1);
            let (piece, rest) = self.rest.split_at(end);
            if element.is_empty() {
                element = Cow::Borrowed(piece);
            } else {
                element.to_mut().extend_from_slice(piece);
            }
            self.rest = rest.get(1..).unwrap_or_default();
            if rest.is_empty() || self.rest.first() != Some(&separator) || !can_double {
                break;
            }
        }
        let mut len = element.len();
        while let [before @ .., last] = &element[..len]
            && is_space(*last)
            && before.last() != Some(&b'\\')
        {
            len -= 1;
        }
        match &mut element {
            Cow::Borrowed(element) => *element = &element[..len],
            Cow::Owned(element) => element.truncate(len),
        }
        Some(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_those_of_exim() {
        let list = |text: &str| {
            List::new(text.as_bytes()).map(|element| String::from_utf8_lossy(&element).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(list("a : b:: c::d"), ["a", "b: c:d"]);
        assert_eq!(list("<; a;b:c ; "), ["a", "b:c"]);
        assert_eq!(list(" :x:"), ["", "x"]);
        assert_eq!(list(""), [] as [&str; 0]);
        assert_eq!(list("<"), [] as [&str; 0]);
    }
}
