//! The model of lsearch against the installed Exim, live, on generated and mutated tables: for every key that may be in a
//! table both find the same value, or neither finds one.
//!
//! `MAILLINT_CASES=200000 cargo test --release --test lsearch` tries more; `MAILLINT_SEED` repeats a run.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop, and has no reader")]
#![allow(clippy::cast_possible_truncation, reason = "random numbers")]

mod common;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use common::{Random, ask, cases, exim};
use maillint::finding::File;
use maillint::lsearch::Table;
use maillint::source::Source;

fn table(bytes: &[u8]) -> Table {
    let (path, source) = ("etc/userdomains".into(), Source::new(bytes.to_vec()));
    let shown = "etc/userdomains".into();
    Table::parse(&Arc::new(File { path, shown, kind: None, source, attributes: Ok(maillint::tree::Attributes::USUAL) }))
}

/// What lookups find, by key.
fn found(bytes: &[u8]) -> HashMap<Vec<u8>, Vec<u8>> {
    table(bytes).effective().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

#[test]
fn every_lookup_finds_what_exim_finds() {
    let Some(exim) = exim() else { return };
    let mut random = Random::new();
    let folder = tempfile::tempdir().expect("a folder for tables");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("nobody may enter it");
    let (mut input, mut asked) = (String::new(), Vec::new());
    for number in 0..cases(20_000) {
        let bytes = generate(&mut random);
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, &bytes).expect("the table is written");
        for key in keys(&bytes, &mut random) {
            let escaped = key.chunks(200).map(escape).collect::<Vec<_>>().join("\\\n");
            let _ = writeln!(input, "${{lookup{{{escaped}}}lsearch{{{}}}{{F<$value>}}{{N}}}}", path.display());
            asked.push((number, key));
        }
    }
    let output = ask(&exim, &["-be"], input.into_bytes());
    let answers: Vec<&[u8]> = output.split(|&byte| byte == b'\n').filter_map(|line| line.strip_prefix(b"> ")).collect();
    // The last prompt gets no question.
    assert_eq!(answers.iter().filter(|answer| !answer.is_empty()).count(), asked.len(), "Exim answers every question");
    let mut model: (usize, HashMap<Vec<u8>, Vec<u8>>) = (usize::MAX, HashMap::new());
    let mut hits = 0;
    for ((number, key), answer) in asked.iter().zip(answers) {
        if model.0 != *number {
            let bytes = std::fs::read(folder.path().join(number.to_string())).expect("the table is read");
            model = (*number, found(&bytes));
        }
        let expected = match model.1.get(&key.to_ascii_lowercase()) {
            Some(value) => [b"F<", value.as_slice(), b">"].concat(),
            None => b"N".to_vec(),
        };
        if expected != answer {
            let bytes = std::fs::read(folder.path().join(number.to_string())).expect("the table is read");
            panic!(
                "table {}\nkey {}\nExim:  {}\nmodel: {}",
                shown(&bytes),
                shown(key),
                shown(answer),
                shown(&expected)
            );
        }
        hits += usize::from(expected != b"N");
    }
    let asked = asked.len();
    assert!(
        hits * 8 > asked && asked > cases(20_000),
        "{hits} of {asked} questions found something: they ask too little"
    );
}

/// A part of a key, in Exim's string language. (Exim reads its input a kilobyte at a time, and a backslash at the end of
/// a line makes it go on; a whole expansion may be 16 KiB long, so that only odd bytes are escaped.)
fn escape(bytes: &[u8]) -> String {
    let one = |(at, &byte): (usize, &u8)| match byte {
        // At the start of a line Exim would skip it.
        b' ' if at > 0 => " ".to_owned(),
        b'\\' => "\\\\".to_owned(),
        b'$' | b'{' | b'}' => format!("\\{}", char::from(byte)),
        b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    bytes.iter().enumerate().map(one).collect()
}

/// The beginning of a text, so that a failure can be read.
fn shown(bytes: &[u8]) -> String {
    let text = bytes.escape_ascii().to_string();
    if text.len() < 600 { text } else { format!("{}... ({} bytes)", &text[..600], bytes.len()) }
}

/// Keys that may be in a table: those that the model finds, and words of the text that it may have missed.
fn keys(bytes: &[u8], random: &mut Random) -> BTreeSet<Vec<u8>> {
    let words = bytes.split(|byte| b":\n\t \"\r\x0b\x0c".contains(byte)).map(<[u8]>::to_vec);
    let cut = words.flat_map(|word| word.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect::<Vec<_>>());
    let mut keys: BTreeSet<Vec<u8>> = cut.filter(|key| !key.is_empty() && key.len() < 4500).take(8).collect();
    keys.extend(found(bytes).into_keys().take(8));
    keys.into_iter().map(|key| if random.below(4) == 0 { key.to_ascii_uppercase() } else { key }).collect()
}

fn generate(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    if random.below(20) == 0 {
        bytes.extend_from_slice(b"\xef\xbb\xbf");
    }
    for _ in 0..random.below(7) {
        line(random, &mut bytes);
    }
    if random.below(3) == 0 {
        while bytes.last().is_some_and(u8::is_ascii_whitespace) && random.below(4) > 0 {
            bytes.pop();
        }
    }
    if random.below(2) == 0 {
        for _ in 0..=random.below(4) {
            random.damage(&mut bytes, b" \t\n\r\x0b\x0c\0:\"\\#*=x\xff\xc3");
        }
    }
    bytes
}

fn line(random: &mut Random, out: &mut Vec<u8>) {
    const KEYS: &[&[u8]] = &[
        b"a.com",
        b"B.com",
        b"b.com",
        b"c.net",
        b"*",
        b"",
        b"\"q k\"",
        b"\"a.com\"",
        b"\"\\x41.com\"",
        b"\"\\101\\.com\"",
        b"\"a:b\"",
        b"\"open",
        b"\"\\",
        b"\"\\n\\t\\v\\f\\r\\b\\8\\0x\"",
        b"\"\\x\"",
        b"\"\\xg1\"",
        b"\"\\777\\xfff\"",
        b"a\\x41",
        b"\xc3\xbc.de",
        b"\xff",
        b"#a",
        b"x=y",
        b"\"a\"b",
        b"k\"q\"",
    ];
    const BETWEEN: &[&[u8]] =
        &[b":", b": ", b" : ", b" ", b"\t", b":\t", b"::", b"  :  ", b"=", b"", b"\x0b:", b":\x0c", b"\r"];
    const VALUES: &[&[u8]] = &[
        b"user",
        b"",
        b"user # note",
        b"two words",
        b"x\ty",
        b"user  ",
        b": x",
        b"\"v\"",
        b"\xff\xfe",
        b"a:b",
        b"#",
        b"u\0v",
        b"\0",
    ];
    const ENDS: &[&[u8]] = &[b"\n", b"\n", b"\n", b"\n", b"\r\n", b" \n", b"\t\x0b\x0c\n", b"\r", b"\0\n", b"\n\n"];
    const INDENTS: &[&[u8]] = &[b" ", b"\t", b"  ", b"\x0b", b"\x0c ", b"\r", b" \t \0"];
    match random.below(16) {
        0..=8 => {
            out.extend_from_slice(random.pick(KEYS));
            out.extend_from_slice(random.pick(BETWEEN));
            out.extend_from_slice(random.pick(VALUES));
        }
        9..=11 => {
            out.extend_from_slice(random.pick(INDENTS));
            out.extend_from_slice(random.pick(VALUES));
        }
        12 => out.extend_from_slice(random.pick(&[b"#".as_slice(), b"# c", b" # c", b"#\0x"])),
        13 => out.extend_from_slice(random.pick(&[b"".as_slice(), b"  ", b"\t", b"\0"])),
        _ => long_line(random, out),
    }
    out.extend_from_slice(random.pick(ENDS));
}

/// A line whose pieces end near the border of Exim's buffer.
fn long_line(random: &mut Random, out: &mut Vec<u8>) {
    let near = |random: &mut Random| 4095 * (1 + random.below(2)) - 4 + random.below(8);
    let (start, border) = (out.len(), near(random));
    let lead: &[u8] = random.pick(&[b"long: ".as_slice(), b"\"long k\": ", b" ", b"", b"#", b"\"", b"long:"]);
    out.extend_from_slice(lead);
    let fill = *random.pick(&[b"x".as_slice(), b" ", b"y", b"\\"]).first().unwrap_or(&b'x');
    out.resize(out.len().max(start + border), fill);
    out.extend_from_slice(random.pick(&[b"".as_slice(), b" z", b"z", b": v", b"   ", b"\0z", b"\" : v", b"\n w"]));
    if random.below(3) == 0 {
        let at = start + random.below(out.len() - start);
        out[at] = b'\0';
    }
}
