//! The lines of a file.

use memchr::{memchr, memchr2};

use super::domain_name::size_in_packet;
use super::word::words;
use super::{Died, NetDns, Word};

/// What a line may begin with, at its first byte and in small letters.
const KEYWORDS: &[&str] = &["nameserver", "search", "domain", "option"];

impl NetDns {
    /// A `;` or `#` begins a comment wherever it stands. Servers and search names take effect at the end of the file, domains
    /// and options where they are.
    pub(super) fn read_lines(&mut self, bytes: &[u8]) -> Result<(), Died> {
        let (mut servers, mut names) = (Vec::new(), Vec::new());
        let mut start = 0;
        while start < bytes.len() {
            let line_start = start;
            start += memchr(b'\n', &bytes[start..]).map_or(bytes.len() - start, |lf| lf + 1);
            let line = &bytes[line_start..start];
            let Some(keyword) = KEYWORDS.iter().find(|keyword| line.starts_with(keyword.as_bytes())) else { continue };
            let text = &line[..memchr2(b';', b'#', line).unwrap_or(line.len())];
            let mut words = words(text, line_start, self.files);
            // What is glued to the keyword is taken for a part of it.
            let glued = words.next();
            match *keyword {
                "nameserver" => servers.extend(words),
                "search" => names.extend(words),
                "domain" => match words.next() {
                    Some(name) => self.set_search(vec![name], bytes)?,
                    None => return Err(Died { message: b"domain identifier undefined".into(), word: glued }),
                },
                _ => words.try_for_each(|word| self.option(word, bytes))?,
            }
        }
        if !servers.is_empty() {
            self.set_nameservers(&servers, bytes)?;
        }
        if !names.is_empty() {
            self.set_search(names, bytes)?;
        }
        Ok(())
    }

    pub(super) fn set_search(&mut self, names: Vec<Word>, bytes: &[u8]) -> Result<(), Died> {
        for &word in &names {
            self.name(word, word.within(bytes))?;
        }
        self.search = Some(names);
        Ok(())
    }

    /// Takes a word for the name of a domain, and gives its size in a packet.
    pub(super) fn name(&mut self, word: Word, text: &[u8]) -> Result<usize, Died> {
        if !text.is_ascii() {
            self.non_ascii.get_or_insert(word);
        }
        size_in_packet(text).map_err(|message| Died { message, word: Some(word) })
    }
}
