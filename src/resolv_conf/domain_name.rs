//! Domain names as Net::DNS takes them from text (`Net/DNS/Domain.pm`, `Net/DNS/Question.pm`), and dies of them.

/// A name that Net::DNS accepts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DomainName {
    /// The name as Net::DNS shows and keeps it: escapes for what is not printable, no dot at the end.
    pub text: Vec<u8>,
    /// How many bytes it takes in a packet. Nothing checks that they are at most 255.
    pub size: usize,
}

impl DomainName {
    /// Reads a name: labels between dots, with the escapes of zone files.
    ///
    /// Bytes beyond ASCII are taken for Latin-1 and become UTF-8, that is two bytes each. (Where Net::LibIDN2 or Net::LibIDN
    /// is installed these are asked about such labels first. They refuse most.)
    ///
    /// # Errors
    /// What Net::DNS dies with. Dots at the end are harmless, but no label before them may be empty.
    pub fn new(written: &[u8]) -> Result<Self, Vec<u8>> {
        let mut name = Self { text: Vec::new(), size: 1 };
        let spelled = disguise(written);
        let end = spelled.iter().rposition(|&byte| byte != b'.').map_or(0, |last| last + 1);
        if end == 0 || spelled == b"@" {
            name.text.push(b'.');
            return Ok(name);
        }
        for label in spelled[..end].split(|&byte| byte == b'.') {
            name.label(label).map_err(|complaint| [complaint, b" in \"", &spelled, b"\""].concat())?;
        }
        Ok(name)
    }

    fn label(&mut self, spelled: &[u8]) -> Result<(), &'static [u8]> {
        const LONGEST: usize = 63;
        if spelled.is_empty() {
            return Err(b"empty label");
        }
        let label = unescape(spelled);
        if label.len() > LONGEST {
            return Err(b"label too long");
        }
        if self.size > 1 {
            self.text.push(b'.');
        }
        for byte in &label {
            match byte {
                0..=32 | b'"' | b'\\' | 127.. => self.text.extend_from_slice(format!("\\{byte:03}").as_bytes()),
                b'(' | b')' | b'.' | b';' => self.text.extend_from_slice(&[b'\\', *byte]),
                _ => self.text.push(*byte),
            }
        }
        self.size += label.len() + 1;
        Ok(())
    }
}

/// Escaped backslashes and escaped dots as numbers, so that what is left of dots divides labels.
fn disguise(written: &[u8]) -> Vec<u8> {
    let mut spelled = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.first()) {
            (b'\\', Some(b'\\')) => {
                spelled.extend_from_slice(b"\\092");
                rest = &after[1..];
            }
            (b'\\', Some(b'.')) => {
                spelled.extend_from_slice(b"\\046");
                rest = &after[1..];
            }
            _ => spelled.push(byte),
        }
    }
    spelled
}

/// A label's bytes. First come the numbers, of which those above 255 are nothing, then what else is escaped.
fn unescape(spelled: &[u8]) -> Vec<u8> {
    let (mut label, mut rest) = (Vec::new(), spelled);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            push_utf8(&mut label, byte);
        } else if let Some(number) = after.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit)) {
            let number = number.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
            label.extend(u8::try_from(number));
            rest = &after[3..];
        } else if let Some((&escaped, after)) = after.split_first() {
            push_utf8(&mut label, escaped);
            rest = after;
        } else {
            label.push(b'\\');
        }
    }
    label
}

fn push_utf8(label: &mut Vec<u8>, latin1: u8) {
    label.extend_from_slice(char::from(latin1).encode_utf8(&mut [0; 2]).as_bytes());
}

/// The name that Net::DNS really asks for when it is asked for an address that it does not know as one: that of the
/// reverse lookup. For `192.0.2.1/24` it is `2.0.192.in-addr.arpa.`. Of IPv6 only the length is of interest here, which
/// is at most that of 32 digits: no such name is refused.
pub fn reversed(word: &[u8]) -> Option<Vec<u8>> {
    const IPV6: &[u8] = b"ip6.arpa.";
    if !word.contains(&b':') && !word.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    // A `%` with nothing behind it is no scope.
    let scope = word.iter().position(|&byte| byte == b'%').filter(|at| at + 1 < word.len());
    let address = &word[..scope.unwrap_or(word.len())];
    if !address.iter().all(|byte| byte.is_ascii_hexdigit() || b":./".contains(byte)) {
        return None;
    }
    if let Some(name) = reversed_ipv4(address) {
        return Some(name);
    }
    let (address, prefix) = without_prefix(address)?;
    let colon = address.iter().rposition(|&byte| byte == b':').filter(|&at| at > 0)?;
    let (head, tail) = (&address[..colon], &address[colon + 1..]);
    if head.contains(&b'.') {
        return None;
    }
    if is_mapped(head) && (!tail.is_empty() || prefix.is_some()) {
        return reversed_ipv4(if tail.is_empty() { b"0" } else { tail });
    }
    Some(IPV6.to_vec())
}

/// Whether an address begins as those of IPv4 within IPv6 do, as `::ffff`.
fn is_mapped(head: &[u8]) -> bool {
    let Some((zeros, ffff)) = head.split_last_chunk::<4>() else { return false };
    ffff.eq_ignore_ascii_case(b"ffff")
        && zeros.ends_with(b":")
        && zeros.iter().all(|byte| b":0".contains(byte))
        && zeros.iter().filter(|&&byte| byte == b':').count() > 1
}

fn reversed_ipv4(word: &[u8]) -> Option<Vec<u8>> {
    let (address, prefix) = without_prefix(word)?;
    let is_address = address.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if !is_address || !address.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut parts: Vec<&[u8]> = address.split(|&byte| byte == b'.').collect();
    let prefix = match prefix {
        Some(digits) if digits != b"0" => {
            digits.iter().fold(0_usize, |value, digit| value.saturating_mul(10).saturating_add((digit - b'0').into()))
        }
        _ => parts.len() * 8,
    };
    // A prefix of `00` is true to Perl and 0: no part is asked for.
    let asked = if prefix > 24 { 4 } else { prefix.div_ceil(8) };
    parts.resize(asked, b"0");
    parts.reverse();
    parts.push(b"in-addr.arpa.");
    Some(parts.join(&b'.'))
}

/// An address, and the digits behind its slash.
fn without_prefix(word: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let Some(slash) = word.iter().position(|&byte| byte == b'/') else { return Some((word, None)) };
    let digits = &word[slash + 1..];
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then_some((&word[..slash], Some(digits)))
}
