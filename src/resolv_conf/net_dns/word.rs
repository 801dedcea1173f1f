//! Words, and where they stand.

use crate::source::Span;

/// A word, and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// The file, by its place in the order of reading.
    pub file: u8,
    /// The word; or the option, when it has no value and its value is therefore `1`.
    pub span: Span,
    /// Whether the text is that `1`, which is not written.
    pub is_implied: bool,
}

impl Word {
    /// The word's text. `files` are those that were read, in order.
    #[must_use]
    pub fn text<'f>(self, files: &[&'f [u8]]) -> &'f [u8] {
        files.get(usize::from(self.file)).map_or(&[], |bytes| self.within(bytes))
    }

    /// The same, of the file that is being read.
    pub(super) fn within(self, bytes: &[u8]) -> &[u8] {
        if self.is_implied { b"1" } else { bytes.get(self.span.range()).unwrap_or_default() }
    }
}

/// The words of a line, as Perl's `split` gives them: the white space between them is ASCII's.
pub(super) fn words(text: &[u8], start: usize, file: u8) -> impl Iterator<Item = Word> {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().take_while(|&&byte| is_space(byte)).count();
        let len = text[at..].iter().take_while(|&&byte| !is_space(byte)).count();
        let span = Span::new(start + at, start + at + len);
        at += len;
        (len > 0).then_some(Word { file, span, is_implied: false })
    })
}
