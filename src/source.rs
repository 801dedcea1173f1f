//! The bytes of a file, and places in them.
//!
//! A file is bytes: NUL, CR, a byte order mark and invalid UTF-8 are ordinary input. A [`Span`] is a range of those
//! bytes, and only a finding that is reported needs to know on which line and column it is. So the [`Index`] is built
//! when the first position is asked for, and it is sparse: one checkpoint for each 256 bytes. With it every position costs
//! no more than so many bytes of looking, however long the lines are; without it ten thousand findings on one line of a
//! MiB would read that MiB ten thousand times.

use std::sync::OnceLock;

use memchr::{memchr, memchr_iter, memrchr};

use crate::text::char_start;

/// A range of bytes of a file; `end` is exclusive. May be empty, and may cross lines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The offset of the first byte.
    pub start: u32,
    /// The offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The span of a range of offsets. The reader admits no file of 4 GiB, so offsets fit.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Self { start: offset(start), end: offset(end) }
    }

    /// The empty span at an offset.
    #[must_use]
    pub fn at(at: usize) -> Self {
        Self::new(at, at)
    }

    /// From the beginning of this span to the end of another one behind it.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end }
    }

    /// The offsets, for slicing.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether the span holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Where a byte is, as people and editors say it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The line, from 1. Lines end at LF only.
    pub line: u32,
    /// The column, from 1. It counts characters; each byte of an invalid sequence, a byte order mark, a CR and a TAB
    /// count one.
    pub column: u32,
    /// The offset of the byte, from 0.
    pub byte: u32,
}

/// The bytes of one file.
pub struct Source {
    bytes: Vec<u8>,
    index: OnceLock<Index>,
}

impl Source {
    /// Takes the bytes of a file (below 4 GiB: the reader's caps see to it).
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, index: OnceLock::new() }
    }

    /// All bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a span; a span that reaches past the end is cut there.
    #[must_use]
    pub fn slice(&self, span: Span) -> &[u8] {
        let end = self.bytes.len().min(span.end as usize);
        &self.bytes[end.min(span.start as usize)..end]
    }

    /// The position of an offset; past the end, that of the end. Inside a character, that of the character.
    #[must_use]
    pub fn position(&self, at: u32) -> Position {
        let byte = self.bytes.len().min(at as usize);
        let index = self.index();
        let (lines, line_start) = index.line(&self.bytes, byte);
        let column = index.column(&self.bytes, line_start, byte);
        Position { line: lines + 1, column: column + 1, byte: offset(byte) }
    }

    /// The offset at which the line of `at` begins.
    #[must_use]
    pub fn line_start(&self, at: u32) -> u32 {
        let byte = self.bytes.len().min(at as usize);
        offset(self.index().line(&self.bytes, byte).1)
    }

    /// The offset of the LF that ends the line of `at`, or of the end of the file.
    #[must_use]
    pub fn line_end(&self, at: u32) -> u32 {
        let byte = self.bytes.len().min(at as usize);
        let near = &self.bytes[byte..self.bytes.len().min(byte + STEP)];
        offset(memchr(b'\n', near).map_or_else(|| self.index().line_end(&self.bytes, byte), |lf| byte + lf))
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.bytes))
    }
}

/// The distance between checkpoints, in bytes.
const STEP: usize = 256;

/// What is known at every [`STEP`]th byte.
struct Index {
    /// Per step: how many LFs stand before it, and where the line that it lies in begins.
    lines: Vec<(u32, u32)>,
    /// Per step: the first character that starts there or after, and how many characters stand before that one.
    /// Empty when the file is ASCII, where characters and bytes are the same.
    chars: Vec<(u32, u32)>,
}

impl Index {
    fn new(bytes: &[u8]) -> Self {
        let mut lines = Vec::with_capacity(bytes.len() / STEP + 1);
        let (mut count, mut start) = (0, 0);
        for (step, block) in bytes.chunks(STEP).enumerate() {
            lines.push((count, start));
            count += offset(memchr_iter(b'\n', block).count());
            if let Some(last) = memrchr(b'\n', block) {
                start = offset(step * STEP + last + 1);
            }
        }
        if bytes.len().is_multiple_of(STEP) {
            lines.push((count, start));
        }
        Self { lines, chars: if bytes.is_ascii() { Vec::new() } else { char_steps(bytes) } }
    }

    /// How many LFs stand before an offset, and where its line begins.
    fn line(&self, bytes: &[u8], at: usize) -> (u32, usize) {
        let (lines, start) = self.lines[at / STEP];
        let block = &bytes[at / STEP * STEP..at];
        let lines = lines + offset(memchr_iter(b'\n', block).count());
        (lines, memrchr(b'\n', block).map_or(start as usize, |lf| at / STEP * STEP + lf + 1))
    }

    /// The offset of the first LF at or after an offset, or the end.
    fn line_end(&self, bytes: &[u8], at: usize) -> usize {
        let here = self.line(bytes, at).0;
        // The LF stands in the block before the first checkpoint that counts it, or after all checkpoints.
        let block = self.lines.partition_point(|&(lines, _)| lines <= here).saturating_sub(1);
        let from = at.max(block * STEP);
        from + memchr(b'\n', &bytes[from..]).unwrap_or(bytes.len() - from)
    }

    /// How many characters stand between a line's beginning and an offset.
    fn column(&self, bytes: &[u8], line_start: usize, at: usize) -> u32 {
        let end = char_start(bytes, at);
        if self.chars.is_empty() || end - line_start > STEP {
            return self.chars(bytes, at) - self.chars(bytes, line_start);
        }
        count_chars(&bytes[line_start..end])
    }

    /// How many characters stand before an offset.
    fn chars(&self, bytes: &[u8], at: usize) -> u32 {
        if self.chars.is_empty() {
            return offset(at);
        }
        let at = char_start(bytes, at);
        let step = self.chars.partition_point(|&(start, _)| start as usize <= at) - 1;
        let (start, before) = self.chars[step];
        before + count_chars(&bytes[start as usize..at])
    }
}

fn char_steps(bytes: &[u8]) -> Vec<(u32, u32)> {
    let mut steps = vec![(0, 0)];
    let (mut at, mut count) = (0, 0);
    let mut pass = |len: usize| {
        at += len;
        count += 1;
        if at / STEP >= steps.len() {
            steps.push((offset(at), count));
        }
    };
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|char| pass(char.len_utf8()));
        chunk.invalid().iter().for_each(|_| pass(1));
    }
    steps
}

fn count_chars(bytes: &[u8]) -> u32 {
    offset(bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(bytes: &[u8]) -> Vec<(u32, u32)> {
        let source = Source::new(bytes.to_vec());
        (0..=offset(bytes.len())).map(|at| source.position(at)).map(|p| (p.line, p.column)).collect()
    }

    #[test]
    fn an_empty_file_has_one_place() {
        assert_eq!(positions(b""), [(1, 1)]);
    }

    #[test]
    fn lines_end_at_lf_only_and_cr_is_a_column() {
        assert_eq!(positions(b"a\r\nb\rc"), [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (2, 4)]);
    }

    #[test]
    fn nul_bom_and_invalid_bytes_count_one_each() {
        assert_eq!(positions(b"\0\xff\xfe"), [(1, 1), (1, 2), (1, 3), (1, 4)]);
        let bom = "\u{feff}a".as_bytes();
        assert_eq!(positions(bom), [(1, 1), (1, 1), (1, 1), (1, 2), (1, 3)]);
    }

    #[test]
    fn a_place_after_the_last_newline_is_a_line_of_its_own() {
        assert_eq!(positions(b"a\n"), [(1, 1), (1, 2), (2, 1)]);
    }

    #[test]
    fn a_place_past_the_end_is_the_end() {
        assert_eq!(Source::new(b"ab".to_vec()).position(99).byte, 2);
        assert_eq!(Source::new(b"ab".to_vec()).slice(Span { start: 1, end: 99 }), b"b");
    }

    #[test]
    fn checkpoints_agree_with_counting_from_the_start() {
        let text = "é€\u{1f600}a\n".repeat(900) + &"ä".repeat(5000);
        let mut bytes = text.into_bytes();
        bytes.splice(1023..1023, [0xff, 0xe2, 0x82]);
        let source = Source::new(bytes.clone());
        for at in 0..=bytes.len() {
            let start = char_start(&bytes, at);
            let line_start = memrchr(b'\n', &bytes[..start]).map_or(0, |lf| lf + 1);
            let expected = Position {
                line: offset(memchr_iter(b'\n', &bytes[..start]).count()) + 1,
                column: count_chars(&bytes[line_start..start]) + 1,
                byte: offset(at),
            };
            assert_eq!(source.position(offset(at)), expected);
            let line_end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |lf| at + lf);
            assert_eq!(source.line_end(offset(at)), offset(line_end));
        }
    }
}
