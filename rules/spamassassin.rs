//! Makes static tables of what people keep as text in `src/spamassassin/`: the settings, and the plugins' functions.

use std::collections::BTreeMap;

/// The lines of a table with their numbers and the `[section]` that they stand in, without comments and blank ones.
fn entries<'t>(file: &'t str, text: &'t str) -> Result<Vec<(String, &'t str, &'t str)>, String> {
    let (mut section, mut entries) = (None, Vec::new());
    for (number, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", number + 1);
        match line.trim() {
            "" => {}
            comment if comment.starts_with('#') => {}
            name if name.starts_with('[') && name.ends_with(']') => section = Some(&name[1..name.len() - 1]),
            entry => match section {
                Some(section) => entries.push((place, section, entry)),
                None => return Err(format!("{place}: an entry before the first [module]")),
            },
        }
    }
    Ok(entries)
}

/// A table whose lines begin with names in their order: its text without the comments, and where each line begins. So it
/// holds no pointers, which would have to be set when the program starts.
pub fn sorted(file: &str, text: &str) -> Result<String, String> {
    let (mut out, mut lines, mut last) = (String::new(), Vec::new(), "");
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let name = line.split(' ').next().unwrap_or_default();
        if name <= last {
            return Err(format!("{file}:{}: `{name}` does not stand behind `{last}` in the alphabet", number + 1));
        }
        last = name;
        lines.push(out.len().to_string());
        out += line;
        out.push('\n');
    }
    Ok(format!("Table {{ text: {out:?}, lines: &[{}] }}", lines.join(", ")))
}

/// The names of an entry, each with the versions that know it.
fn versioned(name: &str) -> (&'static str, &str) {
    match name.split_once(':') {
        Some(("4.0", name)) => ("Known::Since40", name),
        Some(("3.4", name)) => ("Known::Until34", name),
        _ => ("Known::Always", name),
    }
}

/// `settings.txt`: the settings, and their names in the alphabet, with a hash table of these.
pub fn settings(file: &str, text: &str) -> Result<String, String> {
    let (mut settings, mut names) = (Vec::new(), BTreeMap::<&str, Vec<(usize, &str)>>::new());
    for (place, module, entry) in entries(file, text)? {
        let (left, right) = entry.split_once(" = ").ok_or(format!("{place}: NAME = FORM is missing"))?;
        let mut parts = right.split(", ");
        let form = form(parts.next().unwrap_or_default()).ok_or(format!("{place}: no such form"))?;
        let (mut who, mut who_34, mut changes) = ("Anybody", None, None);
        for part in parts {
            match part.split_once(' ') {
                None => who = self::who(part).ok_or(format!("{place}: `{part}` is nobody"))?,
                Some(("3.4:", old)) => who_34 = Some(self::who(old).ok_or(format!("{place}: `{old}` is nobody"))?),
                Some(("changes", setting)) => changes = Some(setting),
                Some(_) => return Err(format!("{place}: `{part}` means nothing")),
            }
        }
        for name in left.split(' ') {
            let (known, name) = versioned(name);
            names.entry(name).or_default().push((settings.len(), known));
        }
        let name = left.split(' ').next().map_or("", |name| versioned(name).1);
        settings.push(format!(
            "    Setting {{ name: {name:?}, module: {module:?}, number: {}, form: {form}, who: Who::{who}, who_34: Who::{}, stored_as: {:?} }},\n",
            settings.len(),
            who_34.unwrap_or(who),
            changes.unwrap_or(name),
        ));
    }
    let places = super::expansion_names::places(names.keys().copied());
    let mut out = format!("const PLACES: &[u16] = &{places:?};\n");
    out += &format!("static SETTINGS: &[Setting] = &[\n{}];\n", settings.concat());
    out += "static NAMES: &[(&str, &[(u16, Known)])] = &[\n";
    for (name, settings) in &names {
        let settings: Vec<String> = settings.iter().map(|(setting, known)| format!("({setting}, {known})")).collect();
        out += &format!("    ({name:?}, &[{}]),\n", settings.join(", "));
    }
    Ok(out + "];\n")
}

fn who(word: &str) -> Option<&'static str> {
    match word {
        "anybody" => Some("Anybody"),
        "privileged" => Some("Privileged"),
        "admin" => Some("Admin"),
        _ => None,
    }
}

/// A form's name as the Rust that makes it: `name-and-text` is `Form::NameAndText`, `from-0-to-1` is
/// `Form::Between(0.0, 1.0)`, `up-to-32` is `Form::UpTo(32)`.
fn form(name: &str) -> Option<String> {
    let number = |text: &str| text.parse::<f64>().ok().map(|number| format!("{number:?}"));
    if let Some((low, high)) = name.strip_prefix("from-").and_then(|range| range.split_once("-to-")) {
        return Some(format!("Form::Between({}, {})", number(low)?, number(high)?));
    }
    if let Some(most) = name.strip_prefix("up-to-") {
        return most.parse::<u32>().ok().map(|most| format!("Form::UpTo({most})"));
    }
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_name.then(|| format!("Form::{}", crate::compile::camel_case(name)))
}

/// `functions.txt`: features and eval functions, sorted by name.
pub fn functions(file: &str, text: &str) -> Result<String, String> {
    let (mut features, mut evals) = (Vec::new(), Vec::new());
    for (place, module, entry) in entries(file, text)? {
        match entry.split_once(" = ") {
            None => {
                let (known, name) = versioned(entry);
                features.push((name, module, format!("    ({name:?}, {module:?}, {known}),\n")));
            }
            Some((name, kind)) => {
                let (known, name) = versioned(name);
                let kind = match kind {
                    "any" => "None",
                    "header" => "Some(Kind::HeaderEval)",
                    "body" => "Some(Kind::BodyEval)",
                    "rbl" => "Some(Kind::RblEval)",
                    "full" => "Some(Kind::FullEval)",
                    _ => return Err(format!("{place}: `{kind}` is no kind of rule")),
                };
                evals.push((
                    name,
                    format!("    Function {{ name: {name:?}, module: {module:?}, kind: {kind}, known: {known} }},\n"),
                ));
            }
        }
    }
    features.sort();
    evals.sort();
    let evals: String = evals.into_iter().map(|(_, line)| line).collect();
    let features: String = features.into_iter().map(|(_, _, line)| line).collect();
    Ok(format!(
        "static FEATURES: &[(&str, &str, Known)] = &[\n{features}];\nstatic FUNCTIONS: &[Function] = &[\n{evals}];\n"
    ))
}
