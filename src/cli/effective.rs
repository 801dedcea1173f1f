//! `maillint effective`: what the engine really uses of a file.

use std::borrow::Cow;

use clap::Args;
use serde::{Serialize, Serializer};

use super::output::write;
use super::rules::ListFormat;
use super::targets::targets;
use super::{Failure, Targets, say};
use crate::check::wanted;
use crate::kind::Kind;
use crate::lsearch::Table;
use crate::report::json;
use crate::text::Untrusted;

#[derive(Args)]
pub struct EffectiveArgs {
    #[command(flatten)]
    targets: Targets,
    /// How to write it
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    files: Vec<FileDocument>,
}

#[derive(Serialize)]
struct FileDocument {
    path: String,
    kind: &'static str,
    effective: Effective,
    #[serde(skip)]
    shown: Untrusted,
}

/// What lookups find.
#[derive(Serialize)]
struct Effective {
    #[serde(serialize_with = "as_map")]
    entries: Vec<(Vec<u8>, Vec<u8>)>,
}

fn as_map<S: Serializer>(entries: &[(Vec<u8>, Vec<u8>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(key, value)| (code_points(key), code_points(value))))
}

/// Every byte as the code point of the same number.
fn code_points(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

pub fn run(args: &EffectiveArgs) -> Result<u8, Failure> {
    if args.targets.paths.is_empty() && args.targets.files_from.is_none() {
        return Err(Failure::Usage("effective needs a PATH: the file to show (`-` is standard input)".into()));
    }
    let (targets, mut problems) = targets(&args.targets)?;
    let mut files = Vec::new();
    for target in &targets {
        let mut unread = Vec::new();
        let read = target.with(&args.targets, &mut problems, |request| wanted(request, &mut unread));
        problems.append(&mut unread);
        for file in read.into_iter().flatten() {
            let Some(kind) = file.kind else { continue };
            let shown = file.shown.clone();
            let effective = match kind {
                Kind::Userdomains => table(&Table::parse(&file)),
            };
            files.push(FileDocument { path: shown.exact(), kind: kind.name(), effective, shown });
        }
    }
    for problem in &problems {
        say(&format!("{}: {}", problem.path.visible(), problem.message.visible()));
    }
    if files.is_empty() && problems.is_empty() && !targets.is_empty() {
        return Err(Failure::Usage("there is no file of a known kind in this tree".into()));
    }
    write(None, |out| match args.format {
        ListFormat::Json => json::write(&Document { version: 1, files }, out),
        ListFormat::Text => files.iter().try_for_each(|file| {
            writeln!(out, "# {} ({}): {} entries", file.shown.visible(), file.kind, file.effective.entries.len())?;
            file.effective
                .entries
                .iter()
                .try_for_each(|(key, value)| writeln!(out, "{}: {}", visible(key), visible(value)))
        }),
    })?;
    Ok(if problems.is_empty() { 0 } else { 2 })
}

fn visible(bytes: &[u8]) -> String {
    Untrusted::from(bytes).visible()
}

fn table(table: &Table) -> Effective {
    let pair = |(key, value): (Cow<'_, [u8]>, Cow<'_, [u8]>)| (key.into_owned(), value.into_owned());
    Effective { entries: table.effective().map(pair).collect() }
}
