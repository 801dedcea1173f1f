//! What Exim makes of a table, and where in the file it makes it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use crate::finding::File;
use crate::source::Span;

/// What `fgets` gives Exim at once: its buffer holds 4,096 bytes with the NUL that ends the string.
const CHUNK: usize = 4095;

/// A table as Exim reads it. Making one never fails.
pub struct Table {
    /// The file.
    pub file: Arc<File>,
    /// The lines that Exim takes for entries, in the file's order.
    pub entries: Vec<Entry>,
    /// The lines that begin with a blank and hold something.
    pub indented: Vec<Indented>,
    /// The lines that a NUL byte cuts.
    pub nuls: Vec<Nul>,
}

/// A line that begins with a key. Kept small, since a table may have many.
pub struct Entry {
    /// The key as it stands there, with its quotes.
    pub key: Span,
    /// The value as far as it stands on the key's own line.
    pub value: Span,
    more: Option<Box<More>>,
}

/// What few entries have.
#[derive(Default)]
struct More {
    /// A quoted key without its quotes and escapes.
    name: Option<Vec<u8>>,
    /// The quote of the key is not closed.
    is_unterminated: bool,
    /// What further lines add to the value.
    parts: Vec<Part>,
}

/// A piece that is added to a value.
struct Part {
    span: Span,
    /// The piece is an indented line; Exim puts one blank in the place of the indent.
    is_indented: bool,
}

impl Entry {
    /// Whether the key begins with a quote that does not end.
    #[must_use]
    pub fn is_unterminated(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.is_unterminated)
    }

    /// Whether the value goes on after the key's own line: indented lines, or what follows a NUL or a long line.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.more.as_ref().is_some_and(|more| !more.parts.is_empty())
    }

    /// Whether the key is quoted: then its bytes are not those of its name.
    #[must_use]
    pub fn is_quoted(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.name.is_some())
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }
}

/// A line that begins with a blank.
pub struct Indented {
    /// The blanks that it begins with.
    pub blank: Span,
    /// The rest of it.
    pub text: Span,
    /// The entry whose value it is added to (an index); none when no entry stands above it.
    pub joins: Option<usize>,
}

/// A line with a NUL byte.
pub struct Nul {
    /// The first NUL.
    pub nul: Span,
    /// The line below, which Exim skips with it (as the rest of a line that it takes for longer than its buffer).
    pub swallowed: Span,
    /// The entry on the line (an index), if it is one.
    pub entry: Option<usize>,
}

impl Table {
    /// Reads a table.
    #[must_use]
    pub fn parse(file: &Arc<File>) -> Self {
        let mut table = Self { file: Arc::clone(file), entries: Vec::new(), indented: Vec::new(), nuls: Vec::new() };
        let mut chunks = Chunks { bytes: file.source.bytes(), at: 0 };
        // The entry that indented lines are added to: the last one, as long as no comment or blank line came after it.
        let mut open = None;
        while let Some(first) = chunks.next() {
            let text = first.text(chunks.bytes);
            match text.first() {
                None | Some(b'#') => {
                    open = None;
                    table.physical_line(&mut chunks, first, None);
                }
                Some(&byte) if is_space(byte) => {
                    let blank = text.iter().take_while(|&&byte| is_space(byte)).count();
                    let text = Span::new(first.start + blank, first.start + text.len());
                    let blank = Span::new(first.start, first.start + blank);
                    table.indented.push(Indented { blank, text, joins: open });
                    if let Some(entry) = open {
                        table.entries[entry].more().parts.push(Part { span: text, is_indented: true });
                    }
                    table.physical_line(&mut chunks, first, open);
                }
                Some(_) => {
                    table.entries.push(entry(chunks.bytes, Span::new(first.start, first.start + text.len())));
                    open = Some(table.entries.len() - 1);
                    table.physical_line(&mut chunks, first, open);
                }
            }
        }
        table
    }

    /// Reads what Exim takes for the rest of a line after its first chunk, and adds it to the entry's value.
    fn physical_line(&mut self, chunks: &mut Chunks<'_>, first: Chunk, entry: Option<usize>) {
        let (mut last, mut is_first) = (first, true);
        loop {
            if last.has_nul() {
                let nul = last.start + last.len;
                let line_end = chunks.line_end(nul);
                let next_end = chunks.line_end((line_end + 1).min(chunks.bytes.len()));
                // A line that is longer than a chunk ends with its own last chunk: only the NUL in that one reaches over.
                let swallowed =
                    if last.end > line_end { Span::new(line_end + 1, next_end) } else { Span::at(line_end) };
                let entry = entry.filter(|_| is_first);
                self.nuls.push(Nul { nul: Span::new(nul, nul + 1), swallowed, entry });
            }
            if last.is_end_of_line(chunks.bytes) {
                return;
            }
            let Some(next) = chunks.next() else { return };
            if let Some(entry) = entry {
                let span = Span::new(next.start, next.start + next.text(chunks.bytes).len());
                self.entries[entry].more().parts.push(Part { span, is_indented: false });
            }
            (last, is_first) = (next, false);
        }
    }

    /// The name that an entry's key stands for.
    #[must_use]
    pub fn name<'t>(&'t self, entry: &'t Entry) -> &'t [u8] {
        match entry.more.as_ref().and_then(|more| more.name.as_deref()) {
            Some(name) => name,
            None => self.file.source.slice(entry.key),
        }
    }

    /// The value that Exim finds for an entry's key.
    #[must_use]
    pub fn value(&self, entry: &Entry) -> Cow<'_, [u8]> {
        self.value_up_to(entry, usize::MAX)
    }

    /// As much of the value as a message quotes; of a value that goes on over a thousand lines a thousand findings may
    /// speak.
    #[must_use]
    pub fn quoted_value(&self, entry: &Entry) -> Cow<'_, [u8]> {
        self.value_up_to(entry, 512)
    }

    fn value_up_to(&self, entry: &Entry, limit: usize) -> Cow<'_, [u8]> {
        let value = self.file.source.slice(entry.value);
        let parts = entry.more.as_ref().map_or(&[][..], |more| &more.parts);
        if parts.is_empty() {
            return Cow::Borrowed(value);
        }
        let mut value = value.to_vec();
        for part in parts {
            if value.len() >= limit {
                break;
            }
            if part.is_indented {
                value.push(b' ');
            }
            value.extend_from_slice(self.file.source.slice(part.span));
        }
        Cow::Owned(value)
    }

    /// What looks like a comment behind an entry's value, on the key's own line; to Exim it is a part of the value.
    #[must_use]
    pub fn comment(&self, entry: &Entry) -> Option<Span> {
        let value = self.file.source.slice(entry.value);
        let begins = |&hash: &usize| hash == 0 || value[hash - 1].is_ascii_whitespace();
        let hash = memchr_iter(b'#', value).find(begins)?;
        Some(Span::new(entry.value.start as usize + hash, entry.value.end as usize))
    }

    /// What lookups in this table can find: keys in lower case, in the file's order, the first of equals. A key that is
    /// empty or has a NUL in it is never found: Exim's strings cannot ask for it.
    pub fn effective(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        let mut seen = HashSet::new();
        self.entries.iter().filter_map(move |entry| {
            let name = lower(self.name(entry));
            let can_be_found = !name.is_empty() && memchr(0, &name).is_none();
            (can_be_found && seen.insert(name.clone())).then(|| (name, self.value(entry)))
        })
    }
}

/// What some editors put before the first character of a file, and Exim takes for a part of the first key.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A name in lower case (ASCII), without a copy where it is so already.
#[must_use]
pub fn lower(name: &[u8]) -> Cow<'_, [u8]> {
    if name.iter().any(u8::is_ascii_uppercase) { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) }
}

/// C's `isspace` in the C locale, which Exim runs in.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What one `fgets` reads: up to and with a LF, but no more than [`CHUNK`] bytes.
#[derive(Clone, Copy)]
struct Chunk {
    start: usize,
    end: usize,
    /// How long C takes it to be: up to the first NUL.
    len: usize,
}

struct Chunks<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Chunks<'_> {
    fn line_end(&self, from: usize) -> usize {
        from + memchr(b'\n', &self.bytes[from..]).unwrap_or(self.bytes.len() - from)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let start = self.at;
        let window = &self.bytes[start..self.bytes.len().min(start + CHUNK)];
        if window.is_empty() {
            return None;
        }
        let len = memchr(b'\n', window).map_or(window.len(), |lf| lf + 1);
        self.at = start + len;
        Some(Chunk { start, end: self.at, len: memchr(0, &window[..len]).unwrap_or(len) })
    }
}

impl Chunk {
    fn has_nul(self) -> bool {
        self.start + self.len < self.end
    }

    /// Whether Exim sees the end of a line here: a LF at the end of what C takes for the string.
    fn is_end_of_line(self, bytes: &[u8]) -> bool {
        !self.has_nul() && bytes[self.end - 1] == b'\n'
    }

    /// The string as Exim goes on with it: without white space at the end if that is the end of a line.
    fn text(self, bytes: &[u8]) -> &[u8] {
        let mut text = &bytes[self.start..self.start + self.len];
        if self.is_end_of_line(bytes) {
            while let [rest @ .., last] = text
                && is_space(*last)
            {
                text = rest;
            }
        }
        text
    }
}

/// Reads the key and the value of a line's text.
fn entry(bytes: &[u8], text: Span) -> Entry {
    let (start, end) = (text.start as usize, text.end as usize);
    let text = &bytes[start..end];
    let (key_len, more) = if text.starts_with(b"\"") {
        let (name, len, is_closed) = unquote(text);
        (len, Some(Box::new(More { name: Some(name), is_unterminated: !is_closed, parts: Vec::new() })))
    } else {
        (text.iter().position(|&byte| byte == b':' || is_space(byte)).unwrap_or(text.len()), None)
    };
    let skip_spaces = |at: usize| at + text[at..].iter().take_while(|&&byte| is_space(byte)).count();
    let mut value = skip_spaces(key_len);
    if text.get(value) == Some(&b':') {
        value = skip_spaces(value + 1);
    }
    Entry { key: Span::new(start, start + key_len), value: Span::new(start + value, end), more }
}

/// Reads a quoted key: its name, the length of what stands there, and whether the quote ends.
fn unquote(text: &[u8]) -> (Vec<u8>, usize, bool) {
    let (mut name, mut at) = (Vec::new(), 1);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return (name, at + 1, true),
            b'\\' => {
                let (byte, len) = unescape(&text[at + 1..]);
                name.push(byte);
                at += 1 + len;
            }
            _ => {
                name.push(byte);
                at += 1;
            }
        }
    }
    (name, at, false)
}

/// Reads what follows a backslash, as Exim's `string_interpret_escape` does: the byte, and how many bytes it took.
fn unescape(text: &[u8]) -> (u8, usize) {
    let Some(&first) = text.first() else { return (b'\\', 0) };
    match first {
        b'0'..=b'7' => {
            let digits = text.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7'));
            let (value, len) =
                digits.fold((0_u32, 0), |(value, len), digit| (value * 8 + u32::from(digit - b'0'), len + 1));
            // Exim keeps the low eight bits of `\777`.
            (u8::try_from(value & 0xff).unwrap_or_default(), len)
        }
        b'b' => (8, 1),
        b'f' => (12, 1),
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        b'v' => (11, 1),
        b'x' => {
            let digits = text[1..].iter().take(2).map_while(|&byte| char::from(byte).to_digit(16));
            let (value, len) = digits.fold((0, 1), |(value, len), digit| (value * 16 + digit, len + 1));
            (u8::try_from(value).unwrap_or_default(), len)
        }
        other => (other, 1),
    }
}
