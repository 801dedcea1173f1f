//! Compiles `rules/<subject>/<name>.yaml` into the static tables that `src/` includes, and refuses rules that are not
//! complete: a build that passes has no rule without a page, without code, or without examples.

#[path = "compile.rs"]
mod compile;
#[path = "expansion_names.rs"]
mod expansion_names;
#[path = "spamassassin.rs"]
mod spamassassin;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/domains/mailbox-providers.txt");
    println!("cargo::rerun-if-changed=src/spamassassin/settings.txt");
    println!("cargo::rerun-if-changed=src/spamassassin/functions.txt");
    println!("cargo::rerun-if-changed=src/spamassassin/stock");
    println!("cargo::rerun-if-changed=src/exim_expansion/names.txt");
    println!("cargo::rerun-if-changed=src/name_hash.rs");
    let result = env::var_os("OUT_DIR")
        .ok_or_else(|| String::from("OUT_DIR is not set: this is cargo's build script"))
        .and_then(|out| build(Path::new("rules"), &PathBuf::from(out)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.lines().for_each(|line| println!("cargo::error={line}"));
            ExitCode::FAILURE
        }
    }
}

fn build(rules: &Path, out: &Path) -> Result<(), String> {
    let rules = compile::read_rules(rules)?;
    let write = |name: &str, text: String| {
        fs::write(out.join(name), text).map_err(|error| format!("{}: {error}", out.join(name).display()))
    };
    write("catalogue.rs", compile::catalogue(&rules))?;
    write("examples.rs", compile::example_tests(&rules))?;
    for subject in compile::subjects(&rules) {
        write(&format!("{subject}.rs"), compile::bindings(&rules, subject))?;
    }
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    write("providers.rs", compile::providers(&read("src/domains/mailbox-providers.txt")?)?)?;
    let (settings, functions) = ("src/spamassassin/settings.txt", "src/spamassassin/functions.txt");
    write("spamassassin_settings.rs", spamassassin::settings(settings, &read(settings)?)?)?;
    write("spamassassin_functions.rs", spamassassin::functions(functions, &read(functions)?)?)?;
    for name in ["rules", "removed"] {
        let path = format!("src/spamassassin/stock/{name}.txt");
        let file = if name == "rules" { "spamassassin_stock_rules.rs" } else { "spamassassin_removed_rules.rs" };
        write(file, spamassassin::sorted(&path, &read(&path)?)?)?;
    }
    write("expansion_names.rs", expansion_names::tables(&read("src/exim_expansion/names.txt")?)?)
}
