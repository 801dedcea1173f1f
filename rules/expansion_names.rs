//! From `src/exim_expansion/names.txt` to the tables of `src/exim_expansion/names.rs`.

#[path = "../src/name_hash.rs"]
#[allow(dead_code, reason = "here the tables are only laid out")]
mod name_hash;

use std::fmt::Write as _;

/// The last version of a name that is still there.
const LAST: (u8, u8) = (u8::MAX, u8::MAX);

/// A line of the list.
struct Line<'t> {
    name: &'t str,
    since: (u8, u8),
    until: (u8, u8),
    option: Option<&'t str>,
    kind: Option<&'t str>,
}

/// The names of items, operators and conditions as enums, those of variables as a sorted table.
pub fn tables(list: &str) -> Result<String, String> {
    let (mut out, mut section, mut names) = (String::new(), "", Vec::new());
    for (number, line) in list.lines().enumerate().chain([(usize::MAX, "[]")]) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(next) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            write_section(&mut out, section, &mut names)?;
            section = next;
            continue;
        }
        let name = read(line).ok_or_else(|| {
            format!("src/exim_expansion/names.txt:{}: not a name with its versions: `{line}`", number.wrapping_add(1))
        })?;
        names.push(name);
    }
    Ok(out)
}

fn read(line: &str) -> Option<Line<'_>> {
    let mut words = line.split_whitespace();
    let mut name = Line { name: words.next()?, since: (0, 0), until: LAST, option: None, kind: None };
    for word in words {
        if let Some(option) = word.strip_prefix('?') {
            name.option = Some(option);
        } else if matches!(word, "certificate" | "filter") {
            name.kind = Some(word);
        } else {
            let (since, until) = word.split_once('-').map_or((word, None), |(since, until)| (since, Some(until)));
            if !since.is_empty() {
                name.since = version(since)?;
            }
            if let Some(until) = until {
                name.until = version(until)?;
            }
        }
    }
    Some(name)
}

fn version(text: &str) -> Option<(u8, u8)> {
    let mut parts = text.strip_prefix("4.")?.split('.');
    let minor = parts.next()?.parse().ok()?;
    let patch = parts.next().map_or(Some(0), |patch| patch.parse().ok())?;
    Some((minor, patch))
}

fn write_section(out: &mut String, section: &str, names: &mut Vec<Line<'_>>) -> Result<(), String> {
    names.sort_by_key(|name| name.name.as_bytes());
    if let Some(pair) = names.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(format!("src/exim_expansion/names.txt: `{}` stands twice in [{section}]", pair[0].name));
    }
    let enumeration = match section {
        "" => return Ok(()),
        "items" => "Item",
        "operators" => "Operator",
        "conditions" => "Condition",
        "variables" => {
            let _ = writeln!(out, "static VARIABLES: &[Name] = &[");
            names.iter().for_each(|name| write_name(out, name));
            let _ = writeln!(out, "];\nstatic VARIABLES_AT: &[u16] = &{:?};", places(texts(names)));
            out.push_str("impl Variable {\n");
            for name in ["item", "value"] {
                let at =
                    names.iter().position(|known| known.name == name).ok_or("no variable `$item`, or no `$value`")?;
                let _ = writeln!(out, "    pub(super) const {}: Self = Self::at({at});", name.to_uppercase());
            }
            out.push_str("}\n");
            names.clear();
            return Ok(());
        }
        other => return Err(format!("src/exim_expansion/names.txt: [{other}] is not a section")),
    };
    let _ = writeln!(
        out,
        "/// The name of {} {section}.\n#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]",
        if enumeration == "Condition" { "a condition, of all" } else { "one of the" }
    );
    let _ = writeln!(out, "#[repr(u8)]\npub enum {enumeration} {{");
    for name in &*names {
        let _ = writeln!(out, "    /// `{}`\n    {},", name.name, variant(name.name));
    }
    let _ = writeln!(out, "}}\nimpl {enumeration} {{\n    const NAMES: &[Name] = &[");
    names.iter().for_each(|name| write_name(out, name));
    let _ = writeln!(out, "    ];\n    const ALL: &[Self] = &[");
    names.iter().for_each(|name| {
        let _ = writeln!(out, "        Self::{},", variant(name.name));
    });
    let _ = writeln!(out, "    ];\n    const AT: &[u16] = &{:?};\n}}", places(texts(names)));
    names.clear();
    Ok(())
}

fn texts<'n>(names: &'n [Line<'_>]) -> impl ExactSizeIterator<Item = &'n str> {
    names.iter().map(|name| name.name)
}

/// A hash table of names: where each stands among them, and `u16::MAX` where none does.
pub fn places<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Vec<u16> {
    let size = (3 * names.len()).next_power_of_two();
    let mut places = vec![u16::MAX; size];
    for (number, name) in names.enumerate() {
        let mut at = name_hash::hash(name.as_bytes()) % size;
        while places[at] != u16::MAX {
            at = (at + 1) % size;
        }
        places[at] = u16::try_from(number).unwrap_or(u16::MAX);
    }
    places
}

fn write_name(out: &mut String, name: &Line<'_>) {
    let (since, until) = (name.since, name.until);
    let _ = writeln!(
        out,
        "    Name {{ text: {:?}, since: Version::new({}, {}), until: Version::new({}, {}), option: {}, kind: Kind::{} }},",
        name.name,
        since.0,
        since.1,
        until.0,
        until.1,
        name.option.map_or_else(|| "None".to_owned(), |option| format!("Some(BuildOption::{})", camel(option))),
        name.kind.map_or_else(|| "Plain".to_owned(), camel),
    );
}

fn variant(name: &str) -> String {
    match name {
        "<" => "Less".to_owned(),
        "<=" => "LessEqual".to_owned(),
        "=" => "Equal".to_owned(),
        "==" => "EqualEqual".to_owned(),
        ">" => "Greater".to_owned(),
        ">=" => "GreaterEqual".to_owned(),
        name => camel(name),
    }
}

fn camel(name: &str) -> String {
    let capital = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    name.split(['_', '-']).filter(|part| !part.is_empty()).map(capital).collect()
}
