//! Patterns that nobody wrote: made by a grammar of what may stand in one, and damaged.

#![allow(dead_code, reason = "not every test makes both sorts of patterns")]

use crate::common::Random;

/// The text of a rule's regular expression: a stock one, one of the grammar, or a damaged one.
pub fn text(random: &mut Random, stock: &[Vec<u8>]) -> Vec<u8> {
    let mut text = match random.below(8) {
        0 if !stock.is_empty() => stock[random.below(stock.len())].clone(),
        1..=3 if !stock.is_empty() => {
            let mut text = stock[random.below(stock.len())].clone();
            for _ in 0..=random.below(3) {
                random.damage(&mut text, ODD);
            }
            text
        }
        4 => crossed(random, stock),
        _ => delimited(random),
    };
    if random.below(6) == 0 {
        random.damage(&mut text, ODD);
    }
    // The text is what is left of a line: no newline, no blanks around it, no comment.
    text.retain(|&byte| byte != b'\n');
    text
}

#[rustfmt::skip]
const DELIMITERS: &[(&str, &str)] = &[
    ("/", "/"), ("/", "/"), ("/", "/"), ("/", "/"), ("m{", "}"), ("m(", ")"), ("m<", ">"), ("m[", "]"), ("m!", "!"),
    ("m,", ","), ("m'", "'"), ("qr/", "/"), ("m ", " "), ("m\\", "\\"), ("", "/"), ("{", "}"), ("m\u{e9}", "\u{e9}"),
];

#[rustfmt::skip]
const MODIFIERS: &[&str] = &[
    "", "", "", "", "i", "i", "is", "x", "xx", "xi", "m", "s", "n", "u", "l", "d", "a", "aa", "aaa", "g", "o", "gc",
    "p", "e", "I", "ix-i", "^i", "r", "uu", "la",
];

#[rustfmt::skip]
const QUANTIFIERS: &[&str] = &[
    "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{2,}", "{2,3}", "{,3}", "{0}", "{0,1}", "{1,3}?",
    "{2}?", "{2}+", "{3,2}", "{ 1, 2 }", "{1 }", "{01}", "{65534}", "{65535}", "{0,21845}", "{0,21846}", "{", "{a}",
    "{,}", "{-1}", "**", "{2}{3}", "?*", "{1,2", "{99999999999999999999}", " *", " {2}", "(?#c)+", "{255}", "{256}",
];

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "a", "b", "foo", "bar", "viagra", "x", "0", "1", " ", "-", ",", "@", "%", "&", "=", "\\.", "\\/", "\\@", "\\$",
    "http:", "}", "]", "\"", "'", "<", ">", "!", "~", "`", "_", "#", "\\#", "{", "\\{", "\\}", "%{", "${", "@{",
    "example.com", "\u{e9}", "ab{", "a{x", "a}", "A1", "1a", "\t",
];

#[rustfmt::skip]
const ESCAPES: &[&str] = &[
    "\\n", "\\r", "\\t", "\\f", "\\e", "\\a", "\\0", "\\00", "\\000", "\\08", "\\018", "\\0o7", "\\0o8", "\\101",
    "\\12", "\\8", "\\9", "\\88", "\\400", "\\x", "\\x4", "\\x41", "\\x4g", "\\xg", "\\x\\", "\\x{41}", "\\x{}",
    "\\x{ 41 }", "\\x{4_1}", "\\x{_41}", "\\x{4g}", "\\x{g}", "\\x{41", "\\x{ 4", "\\x{100}", "\\x{20AC}",
    "\\x{10FFFF}", "\\x{110000}", "\\x{7FFFFFFF}", "\\x{80000000}", "\\x{FFFFFFFFFFFFFFFF}", "\\x{FFFFFFFFFFFFFFFFF}",
    "\\x{7FFFFFFFFFFFFFFF}", "\\x{8000000000000000}", "\\o{101}", "\\o{}", "\\o{8}", "\\o{18}", "\\o", "\\o1",
    "\\o{1", "\\o{ 101 }", "\\o{400}", "\\o{1777777777777777777777}", "\\o{7777777777777777777777}", "\\cA", "\\c[",
    "\\c{", "\\c!", "\\c?", "\\c", "\\ca", "\\c\\", "\\c;", "\\c9", "\\c\u{e9}", "\\y", "\\Y", "\\i", "\\j", "\\l",
    "\\m", "\\q", "\\u", "\\E", "\\F", "\\I", "\\J", "\\L", "\\M", "\\O", "\\Q", "\\T", "\\U", "\\C", "\\_", "\\-",
    "\\<", "\\>", "\\y{", "\\e{", "\\n{2}", "\\d{", "\\w{,}", "\\s{x}", "\\b{", "\\b{wb}", "\\b{gcb}", "\\b{ sb }",
    "\\b{}", "\\b{ }", "\\b{x}", "\\B{lb}", "\\b{g}", "\\b{1}", "\\B{wb", "\\A{", "\\z{2}", "\\K{", "\\R{x", "\\X{",
    "\\N{", "\\N{}", "\\N{U+41}", "\\N{U+41.42}", "\\N{U+}", "\\N{U+g}", "\\N{U+41.}", "\\N{U+100}", "\\N{U+100.41}",
    "\\N{ U+41 }", "\\N{3}", "\\N{1,2}", "\\N{_}", "\\N{foo}", "\\N {x}", "\\N{U+41", "\\N{U+123456789}", "\\\\",
    "\\\\e{", "\\ ", "\\\u{e9}", "\\x\u{e9}", "\\x{4\u{e9}}",
];

#[rustfmt::skip]
const REFERENCES: &[&str] = &[
    "\\1", "\\2", "\\3", "\\10", "\\g1", "\\g{1}", "\\g{ 1 }", "\\g-1", "\\g{-1}", "\\g{-2}", "\\g2", "\\g{3}",
    "\\g0", "\\g{0}", "\\g", "\\gx", "\\g{", "\\g{1", "\\g{x", "\\g{-1", "\\g{name}", "\\g{a}", "\\g{ a }", "\\g{01}",
    "\\g{99999999999}", "\\g{}", "\\g{-}", "\\g<1>", "\\g{1}2", "\\k", "\\k<a>", "\\k'a'", "\\k{a}", "\\k{ a }",
    "\\k<b>", "\\k<", "\\k<a", "\\k{1}", "\\k<1>", "\\kx", "(?P=a)", "(?P=b)", "(?P=", "(?P=a", "(?P=1)", "(?P>a)",
    "(?P>b)", "(?P>", "(?&a)", "(?&b)", "(?&", "(?&a", "(?&1)", "(?1)", "(?2)", "(?+1)", "(?-1)", "(?+2)", "(?-2)",
    "(?R)", "(?0)", "(?R", "(?0x)", "(?1x)", "(?+", "(?+0)", "(?-0)", "(?99999999999)", "(?1", "(?2147483647)",
    "(?+2147483647)", "\\g{2147483647}",
];

#[rustfmt::skip]
const PROPERTIES: &[&str] = &[
    "\\pL", "\\PL", "\\pN", "\\pS", "\\p{L}", "\\p{Lu}", "\\P{Lu}", "\\p{^Lu}", "\\p{ Lu }", "\\p{Letter}",
    "\\p{IsL}", "\\p{IsFoo}", "\\p{InFoo}", "\\p{A::B}", "\\p{A::IsB}", "\\p{Latin}", "\\p{Greek}", "\\p{Han}",
    "\\p{Alpha}", "\\p{PosixAlpha}", "\\p{XPosixSpace}", "\\p{L_}", "\\p{L&}", "\\p{Any}", "\\p{}", "\\p{ }",
    "\\p{^}", "\\p", "\\p{", "\\p{L", "\\p1", "\\pX", "\\pq", "\\p{Zz}", "\\p{Qq}", "\\p{Lu", "\\pL{", "\\pL{2}",
    "\\p{Word}", "\\p{Punct}", "\\p{lowercase letter}", "\\p{Upper_Case}", "\\p{ASCII}", "\\p{abc}", "\\p{-}",
    "\\p{!}",
];

#[rustfmt::skip]
const MEMBERS: &[&str] = &[
    "a", "z", "a-z", "A-Z", "0-9", "_", ".", "-", "\\w", "\\d", "\\s", "\\W", "\\-", "\\]", "\\[", "[", "^", "\\^",
    "\\\\", "\\n", "\\b", "\\x41", "\\x{100}", "\\x{100}-\\x{200}", "z-a", "\\w-", "a-\\d", "[:alpha:]", "[:^digit:]",
    "[:space:]-", "[:foo:]", "[:alpha]", "[:alpha:", "[alpha:]", "[:Alpha:]", "[: alpha :]", "[:alhpa:]", "[;alpha;]",
    "[.a.]", "[=a=]", "[:word:]", "[^:alpha:]", ":alpha:", ":", "=", ";", "\\E", "\\A", "\\z", "\\R", "\\1", "\\8",
    "\\08", "\\400", "\\x{", "\\x{4g}", "\\xg", "\\o{101}", "\\o", "\\cA", "\\c!", "\\c{", "\\N{U+41}", "\\N",
    "\\N{U+41.42}", "\\N{}", "\\N{_}", "\\pL", "\\p{Lu}", "\\p{Qq}", "\\Q", "\\y", "\\_", " ", "\t", "|", "(", ")",
    "*", "{2}", "\u{e9}", "\\x{80000000}", "\\x{FFFFFFFFFFFFFFFF}", "a-\\x{FFFFFFFFFFFFFFFF}", "\\xe9-\\xff", "+-/",
    ",-.", "\\h", "\\v-x", "@", "#", "[:alpha:]]", "[:alnum;]", "[:punct.]", "[:xdigit:]", "[:XDIGIT:]", "[:di git:]",
    "[:^ upper:]", "[[:upper]]", "[:abcdefghijklmnop:]", "\\N{U+100}", "\\N{U+100.41}",
];

#[rustfmt::skip]
const USUAL: &[&str] = &[
    "(", "(", "(?:", "(?:", "(?i)", "(?i:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?|", "(?<a>", "(?'b'",
];

#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "(?x)", "(?x:", "(?-i:", "(?^:", "(?^i:", "(?xx:", "(?n)", "(?n:", "(?s-m:", "(?P<a>", "(?P<1>", "(?<1>", "(?<a",
    "(?<", "(?'", "(?<>", "(?P<", "(?P", "(?Px", "(?#c)", "(?#", "(?", "(?)", "(?i", "(?z)", "(?i-", "(?i-i-i)",
    "(?^-i)", "(?^d)", "(?d)", "(?u)", "(?l)", "(?a)", "(?aa)", "(?aaa)", "(?aua)", "(?ul)", "(?uu)", "(?-u)",
    "(?-a)", "(?-d:", "(?g)", "(?o)", "(?c)", "(?p)", "(?-p)", "(?-g)", "(?-c)", "(?u:", "(?l:", "(?d:", "(?a:",
    "(?$", "(?@", "(??x", "(??", "(?[a]", "(?(1)", "(?(2)", "(?(<a>)", "(?('b')", "(?(<z>)", "(?(R)", "(?(R1)",
    "(?(R0)", "(?(R&a)", "(?(DEFINE)", "(?(?=a)", "(?(?!a)", "(?(?<=a)", "(?(?<!ab|c)", "(?(*pla:a)", "(?(x)",
    "(?(1x)", "(?(", "(?(<a)", "(?(0)", "(?(R", "(?(?<n>a)", "(*pla:", "(*nla:", "(*plb:", "(*nlb:", "(*atomic:",
    "(*sr:", "(*asr:", "(*positive_lookahead:", "(*FAIL)", "(*F)", "(*ACCEPT)", "(*COMMIT)", "(*PRUNE)", "(*SKIP)",
    "(*THEN)", "(*MARK:a)", "(*:a)", "(*:)", "(*MARK)", "(*MARK:)", "(*SKIP:a)", "(*FOO)", "(*foo)", "(*foo:a)",
    "(*)", "(*pla)", "(*", "(*FAIL", "(*pla:a", "(*f", "(*F:", "(*ACCEPT:x)", "( ?:", "( *F)", "(?#c)?:", "(?=)",
    "(?!)", "(?<=)", "(?<!)", "(*pla:)", "(*nlb:)", "(?:)", "()", "(?<=a{2,9}", "(?<=.*", "(?<=(a|bc)", "(?<!a{256}",
    "(?<=\\1", "(?:^", "(?:^)", "(^", "(?:\\A", "(?<\u{e9}>", "(?=a\\K", "(?^aa)", "(?i:a(?-i)b",
];

#[rustfmt::skip]
const ATOMS: &[&str] = &[
    "a", "b", "ab", "foo", " ", "1", ".", "\\w", "\\s", "\\d", "\\W", "[ab]", "[^a]", "[a-z0-9]", "[^\\w]", "^", "$",
    "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G", "\\R", "\\N", "\\X", "\\1", "\\K", "(*F)", "(*ACCEPT)", "(*COMMIT)",
    "(*PRUNE)", "(?=)", "(?!)", "()", "(?1)", "ss", "\\xe9", "[\\xe9k]", "s",
];

#[rustfmt::skip]
const SIMPLE_QUANTIFIERS: &[&str] = &[
    "*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{2,}", "{0,2}", "{0}", "{2,3}?", "{20}", "{0,30}",
];

#[rustfmt::skip]
const GROUPS: &[&str] = &[
    "(", "(?:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?|", "(?i:", "(?s:", "(?m:", "(?(1)", "(?(?=a)",
    "(?-i:",
];

const ASSERTIONS: &[&str] =
    &[".", "^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G", "\\K", "\\R", "\\X", "\\N", "\\h"];

const CLASS_ESCAPES: &[&str] = &["\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\v", "\\V", "\\H", "\\w+", "\\s*"];

#[rustfmt::skip]
const ODD_CLASSES: &[&str] = &[
    "[:alpha:]", "[=a=]", "[.a.]", "[:foo:]", "[^:alpha:]", "[;alpha;]", "[]", "[^]", "[", "[]a]", "[^]a]", "[a", "[a\\",
    "[[:alpha:]", "[\\x{100}]", "[^\\x{100}]",
];

const ODD: &[u8] = b"\\()[]{}?*+|^$.-:=<>!#&,;'/\"@%0123789abdegiknopqrstuwxzABCDEGHKLNPQRSUVWXZ \t\0\xe9\xc3\xff_";

/// The beginning of a stock pattern and the end of another.
fn crossed(random: &mut Random, stock: &[Vec<u8>]) -> Vec<u8> {
    if stock.is_empty() {
        return delimited(random);
    }
    let (first, second) = (&stock[random.below(stock.len())], &stock[random.below(stock.len())]);
    let mut text = first[..random.below(first.len() + 1)].to_vec();
    text.extend_from_slice(&second[random.below(second.len() + 1)..]);
    text
}

fn delimited(random: &mut Random) -> Vec<u8> {
    let (open, close) = if random.below(4) > 0 { ("/", "/") } else { DELIMITERS[random.below(DELIMITERS.len())] };
    let mut out = open.as_bytes().to_vec();
    let pattern = body(random);
    if close == "/" && random.below(20) > 0 {
        out.extend(pattern.iter().map(|&byte| if byte == b'/' { b'!' } else { byte }));
    } else {
        out.extend_from_slice(&pattern);
    }
    out.extend_from_slice(close.as_bytes());
    let modifiers = if random.below(3) == 0 { MODIFIERS } else { &MODIFIERS[..8] };
    out.extend_from_slice(random.pick(modifiers).as_bytes());
    out
}

/// A pattern.
pub fn body(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    if random.below(40) == 0 {
        put(&mut out, random.pick(&["deprecated", "foo at bar ", " at ", "x\0y", "a long text ", "\u{e9}"]));
    }
    if random.below(60) == 0 {
        (0..random.below(600)).for_each(|_| out.push(b'a'));
    }
    branches(random, &mut out, 0);
    if random.below(300) == 0 {
        put(&mut out, &"(?:".repeat(995 + random.below(10)));
    }
    out
}

fn put(out: &mut Vec<u8>, text: &str) {
    if text == "\u{e9}" {
        // The odd byte is one byte, as in a file of Latin-1.
        out.push(0xe9);
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

fn branches(random: &mut Random, out: &mut Vec<u8>, depth: usize) {
    loop {
        for _ in 0..random.below(if depth == 0 { 6 } else { 4 }) {
            piece(random, out, depth);
        }
        if random.below(5) > 0 {
            return;
        }
        out.push(b'|');
    }
}

fn piece(random: &mut Random, out: &mut Vec<u8>, depth: usize) {
    atom(random, out, depth);
    match random.below(20) {
        0..=4 => put(out, QUANTIFIERS[random.below(8)]),
        5..=7 => put(out, random.pick(QUANTIFIERS)),
        _ => {}
    }
}

fn atom(random: &mut Random, out: &mut Vec<u8>, depth: usize) {
    match random.below(22) {
        0..=7 => literal(random, out),
        8 | 9 => put(out, random.pick(ASSERTIONS)),
        10 | 11 => put(out, random.pick(CLASS_ESCAPES)),
        12 => escape(random, out),
        13 => reference(random, out),
        14..=16 => class(random, out),
        17 => property(random, out),
        _ if depth < 5 => group(random, out, depth),
        _ => out.push(b'x'),
    }
}

fn literal(random: &mut Random, out: &mut Vec<u8>) {
    put(out, random.pick(WORDS));
}

fn escape(random: &mut Random, out: &mut Vec<u8>) {
    put(out, random.pick(ESCAPES));
}

fn reference(random: &mut Random, out: &mut Vec<u8>) {
    put(out, random.pick(REFERENCES));
}

fn property(random: &mut Random, out: &mut Vec<u8>) {
    put(out, random.pick(PROPERTIES));
}

fn class(random: &mut Random, out: &mut Vec<u8>) {
    if random.below(40) == 0 {
        put(out, random.pick(ODD_CLASSES));
        return;
    }
    out.push(b'[');
    if random.below(4) == 0 {
        out.push(b'^');
    }
    for _ in 0..=random.below(4) {
        let members = if random.below(3) == 0 { MEMBERS } else { &MEMBERS[..22] };
        put(out, random.pick(members));
    }
    if random.below(40) > 0 {
        out.push(b']');
    }
}

fn group(random: &mut Random, out: &mut Vec<u8>, depth: usize) {
    let openers = if random.below(3) == 0 { OPENERS } else { USUAL };
    put(out, random.pick(openers));
    branches(random, out, depth + 1);
    if random.below(40) > 0 {
        out.push(b')');
    }
}

/// A pattern of few and simple parts, so that texts match it.
pub fn simple(random: &mut Random) -> Vec<u8> {
    let mut out = b"/".to_vec();
    simple_branches(random, &mut out, 0);
    out.push(b'/');
    put(&mut out, random.pick(&["", "", "i", "s", "m", "x", "n", "u", "ui", "d"]));
    out
}

fn simple_branches(random: &mut Random, out: &mut Vec<u8>, depth: usize) {
    loop {
        for _ in 0..random.below(4) {
            if depth < 4 && random.below(4) == 0 {
                put(out, random.pick(GROUPS));
                simple_branches(random, out, depth + 1);
                out.push(b')');
            } else {
                let common = random.below(4) > 0;
                put(out, random.pick(if common { &ATOMS[..18] } else { ATOMS }));
            }
            if random.below(3) == 0 {
                put(out, random.pick(SIMPLE_QUANTIFIERS));
            }
        }
        if random.below(4) > 0 {
            return;
        }
        out.push(b'|');
    }
}
