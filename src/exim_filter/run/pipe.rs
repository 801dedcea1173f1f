//! The command of a `pipe`, as the transport takes it apart (transport.c: `transport_set_up_command`).

use std::ops::Range;

use crate::exim_filter::quote::escape;
use crate::exim_filter::token::is_space;

/// Exim has room for so many arguments, the program's name among them: 60, and one for each address.
pub const ROOM: usize = 61;

/// One argument of a command.
pub struct Argument {
    /// What it stands for before it is expanded.
    pub value: Vec<u8>,
    /// For each byte of the value the bytes of the command that it came from.
    sources: Vec<Range<usize>>,
    all: Range<usize>,
}

impl Argument {
    /// The bytes of the command that a part of the value came from; all of the argument where there are none.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.sources.get(range.start).map(|source| source.start);
        let end = range.end.checked_sub(1).and_then(|last| self.sources.get(last)).map(|source| source.end);
        match (start, end) {
            (Some(start), Some(end)) if start < end => start..end,
            _ => self.all.clone(),
        }
    }
}

/// The command without the `|` before it, and where it begins.
pub fn command(text: &[u8]) -> (&[u8], usize) {
    let rest = text.strip_prefix(b"|").unwrap_or(text);
    let rest = &rest[rest.iter().take_while(|&&byte| is_space(byte)).count()..];
    (rest, text.len() - rest.len())
}

/// The arguments of a command: words between white space, `'as they are'` or `"with \ escapes"`. One more than Exim has
/// room for, at most.
pub fn arguments(command: &[u8]) -> Vec<Argument> {
    let mut arguments = Vec::new();
    let mut at = 0;
    loop {
        at += command[at..].iter().take_while(|&&byte| is_space(byte)).count();
        let Some(&first) = command.get(at) else { return arguments };
        if arguments.len() > ROOM {
            return arguments;
        }
        let start = at;
        let mut value = Vec::new();
        let mut sources = Vec::new();
        match first {
            b'\'' => {
                at += 1;
                while let Some(&byte) = command.get(at).filter(|&&byte| byte != b'\'') {
                    value.push(byte);
                    sources.push(at..at + 1);
                    at += 1;
                }
                at = (at + 1).min(command.len());
            }
            b'"' => {
                at += 1;
                while let Some(&byte) = command.get(at).filter(|&&byte| byte != b'"') {
                    let (byte, len) = if byte == b'\\' { escape(&command[at + 1..]) } else { (byte, 0) };
                    value.push(byte);
                    sources.push(at..at + 1 + len);
                    at += 1 + len;
                }
                at = (at + 1).min(command.len());
            }
            _ => {
                while let Some(&byte) = command.get(at).filter(|&&byte| !is_space(byte)) {
                    value.push(byte);
                    sources.push(at..at + 1);
                    at += 1;
                }
            }
        }
        value.truncate(memchr::memchr(0, &value).unwrap_or(value.len()));
        arguments.push(Argument { value, sources, all: start..at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_taken_apart_as_the_transport_does() {
        let (command, start) = command(b"| /bin/x \"a \\x41\"'b c'd 'e");
        assert_eq!(start, 2);
        let arguments = arguments(command);
        let values: Vec<&[u8]> = arguments.iter().map(|argument| &*argument.value).collect();
        assert_eq!(values, [b"/bin/x".as_slice(), b"a A", b"b c", b"d", b"e"]);
        assert_eq!(&command[arguments[1].source(2..3)], b"\\x41");
    }
}
