//! Domain names as Net::DNS takes them from text (`Net/DNS/Domain.pm`, `Net/DNS/Question.pm`), and dies of them.

use std::borrow::Cow;

use memchr::memchr;

/// A name as Net::DNS shows and keeps it: with escapes for what is not printable, and without a dot at the end.
///
/// Bytes beyond ASCII are taken for Latin-1 and become UTF-8, that is two bytes each. (Where Net::LibIDN2 or Net::LibIDN
/// is installed these are asked about such labels first. They refuse most.)
///
/// # Errors
/// What Net::DNS dies with.
pub fn domain_name(written: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let (mut name, mut labels) = (Vec::new(), 0);
    each_label(written, |label| {
        if labels > 0 {
            name.push(b'.');
        }
        labels += 1;
        label.iter().for_each(|&byte| push_escaped(&mut name, byte));
    })?;
    Ok(if labels == 0 { b".".into() } else { name })
}

/// How many bytes a name takes in a packet. Nothing checks that they are at most 255.
///
/// # Errors
/// What Net::DNS dies with.
pub fn size_in_packet(written: &[u8]) -> Result<usize, Vec<u8>> {
    let mut size = 1;
    each_label(written, |label| size += label.len() + 1)?;
    Ok(size)
}

/// Goes through the labels between dots, with their escapes undone. Dots at the end are harmless, but no label before them
/// may be empty.
fn each_label(written: &[u8], mut with: impl FnMut(&[u8])) -> Result<(), Vec<u8>> {
    const LONGEST: usize = 63;
    let spelled = disguise(written);
    let end = spelled.iter().rposition(|&byte| byte != b'.').map_or(0, |last| last + 1);
    if end == 0 || *spelled == *b"@" {
        return Ok(());
    }
    let dies = |complaint: &[u8]| Err([complaint, b" in \"", &spelled, b"\""].concat());
    for part in spelled[..end].split(|&byte| byte == b'.') {
        if part.is_empty() {
            return dies(b"empty label");
        }
        let label = unescape(part);
        if label.len() > LONGEST {
            return dies(b"label too long");
        }
        with(&label);
    }
    Ok(())
}

/// Escaped backslashes and escaped dots as numbers, so that what is left of dots divides labels.
fn disguise(written: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\\', written).is_none() {
        return Cow::Borrowed(written);
    }
    let mut spelled = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((&byte, after)) = rest.split_first() {
        let number: &[u8] = match (byte, after.first()) {
            (b'\\', Some(b'\\')) => b"\\092",
            (b'\\', Some(b'.')) => b"\\046",
            _ => {
                spelled.push(byte);
                rest = after;
                continue;
            }
        };
        spelled.extend_from_slice(number);
        rest = &after[1..];
    }
    Cow::Owned(spelled)
}

/// A label's bytes. First come the numbers, of which those above 255 are nothing, then what else is escaped.
fn unescape(spelled: &[u8]) -> Cow<'_, [u8]> {
    if spelled.iter().all(|byte| byte.is_ascii() && *byte != b'\\') {
        return Cow::Borrowed(spelled);
    }
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
    Cow::Owned(label)
}

fn push_utf8(label: &mut Vec<u8>, latin1: u8) {
    label.extend_from_slice(char::from(latin1).encode_utf8(&mut [0; 2]).as_bytes());
}

fn push_escaped(name: &mut Vec<u8>, byte: u8) {
    match byte {
        0..=32 | b'"' | b'\\' | 127.. => name.extend_from_slice(format!("\\{byte:03}").as_bytes()),
        b'(' | b')' | b'.' | b';' => name.extend_from_slice(&[b'\\', byte]),
        _ => name.push(byte),
    }
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
        && zeros[..zeros.len() - 1].contains(&b':')
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
