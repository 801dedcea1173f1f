//! Two things of Perl that decide what a setting means: when a text is true, and which number it is.

/// Perl's truth of a text: all but the empty one and `0`.
pub fn is_true(text: &[u8]) -> bool {
    !matches!(text, b"" | b"0")
}

/// The number that Perl takes a text for: as many characters from the start as make one, or else 0.
pub fn number(text: &[u8]) -> f64 {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let word = text[sign..].to_ascii_lowercase();
    if word.starts_with(b"inf") || word.starts_with(b"nan") {
        let size = if word[0] == b'n' { f64::NAN } else { f64::INFINITY };
        return if text[0] == b'-' { -size } else { size };
    }
    let mut end = sign + digits(sign);
    if text.get(end) == Some(&b'.') {
        end += 1 + digits(end + 1);
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let from = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        if from <= text.len() && digits(from) > 0 {
            end = from + digits(from);
        }
    }
    // What is no number to Rust (a lone sign or dot) is 0 to Perl.
    str::from_utf8(&text[..end]).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}
