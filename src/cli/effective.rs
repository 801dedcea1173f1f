//! `maillint effective`: what the engine really uses of a file.

use std::io::{self, Write};

use clap::Args;
use serde::{Serialize, Serializer};

use super::output::write;
use super::rules::ListFormat;
use super::targets::targets;
use super::{Failure, Targets, say};
use crate::check::{Request, Unread, glibc, hostname, spamassassin_effective, wanted};
use crate::kind::Kind;
use crate::lsearch::Table;
use crate::nsswitch::Nsswitch;
use crate::report::json;
use crate::resolv_conf::{self, State};
use crate::spamassassin;
use crate::text;
use crate::text::{Untrusted, code_points};

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
    /// What SpamAssassin uses of a resolv.conf.
    #[serde(skip_serializing_if = "Option::is_none")]
    spamassassin: Option<resolv_conf::SpamAssassin>,
    /// The lines of a resolv.conf that glibc does not use.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<Vec<resolv_conf::Skipped>>,
    #[serde(skip)]
    shown: Untrusted,
}

/// What is used of a file.
#[derive(Serialize)]
#[serde(untagged)]
enum Effective {
    /// What lookups find.
    Table {
        #[serde(serialize_with = "as_map")]
        entries: Vec<(Vec<u8>, Vec<u8>)>,
    },
    /// What the resolver asks, and the lines that say so to people.
    Resolver {
        #[serde(flatten)]
        state: resolv_conf::Effective,
        #[serde(skip)]
        told: String,
    },
    /// What is in force of SpamAssassin's files.
    SpamAssassin(spamassassin::Effective),
    /// The services that are asked for a host, in order; nothing when there is no `hosts` line.
    Services { hosts: Option<Vec<String>> },
}

fn as_map<S: Serializer>(entries: &[(Vec<u8>, Vec<u8>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(key, value)| (code_points(key), code_points(value))))
}

pub fn run(args: &EffectiveArgs) -> Result<u8, Failure> {
    if args.targets.paths.is_empty() && args.targets.files_from.is_none() {
        return Err(Failure::Usage("effective needs a PATH: the file to show (`-` is standard input)".into()));
    }
    let (targets, mut problems) = targets(&args.targets)?;
    let mut files = Vec::new();
    for target in &targets {
        let mut unread = Vec::new();
        let read = target.with(&args.targets, &mut problems, |request| documents(&request, &mut unread));
        problems.append(&mut unread);
        files.extend(read.into_iter().flatten());
    }
    for problem in &problems {
        say(&format!("{}: {}", problem.path.visible(), problem.message.visible()));
    }
    if files.is_empty() && problems.is_empty() && !targets.is_empty() {
        return Err(Failure::Usage("there is no file of a known kind in this tree".into()));
    }
    write(None, |out| match args.format {
        ListFormat::Json => json::write(&Document { version: 1, files }, out),
        ListFormat::Text => files.iter().try_for_each(|file| file.tell(out)),
    })?;
    Ok(if problems.is_empty() { 0 } else { 2 })
}

/// What is used of each file that is wanted.
fn documents(request: &Request<'_>, unread: &mut Vec<Unread>) -> Vec<FileDocument> {
    let mut documents = Vec::new();
    let files = wanted(request, unread);
    let mut spamassassins = spamassassin_effective(request, &files, unread);
    for file in files {
        let Some(kind) = file.kind else { continue };
        let (mut spamassassin, mut skipped) = (None, None);
        let effective = match kind {
            Kind::Userdomains => {
                let table = Table::parse(&file);
                let entries = table.effective().map(|(key, value)| (key.into_owned(), value.into_owned()));
                Effective::Table { entries: entries.collect() }
            }
            Kind::ResolvConf => {
                let (version, host) = (glibc(request, unread).version, hostname(request, unread));
                let state = State::read(file.source.bytes(), version);
                let effective = resolv_conf::effective(&state, &file.source, host.as_ref());
                spamassassin = Some(resolv_conf::spamassassin(&file.source));
                skipped = Some(resolv_conf::skipped(&state, &file.source));
                Effective::Resolver {
                    told: resolv_conf::tell(&state, &effective, &file.source, version),
                    state: effective,
                }
            }
            Kind::Spamassassin | Kind::SpamassassinUserPrefs => {
                let Some(effective) = spamassassins.remove(file.path.bytes()) else { continue };
                Effective::SpamAssassin(effective)
            }
            Kind::EximFilter | Kind::EximSystemFilter => {
                let message = text!("Exim obeys a filter as it stands, or not at all: `maillint check` says which");
                unread.push(Unread { path: file.shown.clone(), message });
                continue;
            }
            Kind::NsswitchConf => {
                let nsswitch = Nsswitch::read(file.clone());
                let names = |hosts: &crate::nsswitch::Hosts| {
                    hosts.services.iter().map(|service| code_points(nsswitch.name(service))).collect()
                };
                Effective::Services { hosts: nsswitch.hosts.as_ref().map(names) }
            }
        };
        documents.push(FileDocument {
            path: file.shown.exact(),
            kind: kind.name(),
            effective,
            spamassassin,
            skipped,
            shown: file.shown.clone(),
        });
    }
    documents
}

impl FileDocument {
    fn tell(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "# {} ({})", self.shown.visible(), self.kind)?;
        match &self.effective {
            Effective::Table { entries } => {
                writeln!(out, ": {} entries", entries.len())?;
                entries.iter().try_for_each(|(key, value)| writeln!(out, "{}: {}", visible(key), visible(value)))
            }
            Effective::Resolver { told, .. } => {
                write!(
                    out,
                    "{told}{}",
                    self.spamassassin.as_ref().map_or(String::new(), resolv_conf::SpamAssassin::tell)
                )
            }
            Effective::SpamAssassin(effective) => write!(out, "\n{}", effective.tell()),
            Effective::Services { hosts: None } => writeln!(out, ": no hosts line"),
            Effective::Services { hosts: Some(names) } => {
                writeln!(out)?;
                let names: Vec<String> = names.iter().map(|name| visible(name.as_bytes())).collect();
                writeln!(out, "hosts: {}", names.join(" "))
            }
        }
    }
}

fn visible(bytes: &[u8]) -> String {
    Untrusted::from(bytes).visible()
}
