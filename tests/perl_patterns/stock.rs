//! The patterns of the installed SpamAssassin's own rules.

/// All of them, as they stand behind the rule's name, with delimiters.
pub fn patterns() -> Vec<Vec<u8>> {
    let Ok(folder) = std::fs::read_dir("/usr/share/spamassassin") else { return Vec::new() };
    let mut files: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let rules = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "cf"));
    rules
        .filter_map(|file| std::fs::read(file).ok())
        .flat_map(|text| text.split(|&byte| byte == b'\n').filter_map(pattern).collect::<Vec<_>>())
        .collect()
}

/// The pattern of a line, if it is a rule that has one.
fn pattern(line: &[u8]) -> Option<Vec<u8>> {
    let line = without_comment(line);
    let line = line.trim_ascii();
    let (keyword, rest) = word(line)?;
    let (_, rest) = word(rest)?;
    let text = match keyword {
        b"body" | b"rawbody" | b"full" | b"uri" if !rest.starts_with(b"eval:") => rest,
        b"header" | b"mimeheader" => {
            let at = rest.windows(2).position(|two| matches!(two, b"=~" | b"!~"))?;
            let text = rest[at + 2..].trim_ascii();
            match text.windows(11).position(|window| window == b"[if-unset: ") {
                Some(at) => text[..at].trim_ascii(),
                None => text,
            }
        }
        _ => return None,
    };
    Some(text.to_vec())
}

fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
    Some((&text[..end], text[end..].trim_ascii()))
}

/// The line up to a `#` that no backslash precedes; each `\#` becomes `#`.
fn without_comment(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in line {
        if byte == b'#' && out.pop_if(|last| *last == b'\\').is_none() {
            break;
        }
        out.push(byte);
    }
    out
}
