//! The command line: one file for each command.
//!
//! Bad usage is one clear line on standard error and status 2. What is found goes to standard output (or `--output`),
//! what is said about the run itself to standard error.

mod check;
mod effective;
mod explain;
mod output;
mod rules;
mod targets;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::kind::Kind;
use crate::resolv_conf::Version;
use crate::text::Untrusted;

/// Lints the configuration files that decide whether mail arrives.
///
/// It reads them as Exim, SpamAssassin and the resolver do, and points at the characters that lose mail, with what
/// happens to it and what to do.
#[derive(Parser)]
#[command(name = "maillint", version, max_term_width = 100)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lint trees or single files; without any, this server
    Check(check::CheckArgs),
    /// Show the page of a rule
    Explain(explain::ExplainArgs),
    /// List the rules
    Rules(rules::RulesArgs),
    /// Show what the engine really uses of a file
    Effective(effective::EffectiveArgs),
}

/// What both `check` and `effective` read.
#[derive(Args)]
struct Targets {
    /// Trees (folders laid out like a server's /) and single files; `-` is standard input
    paths: Vec<OsString>,
    /// The tree that the files belong to; they are named as on the server
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Read the PATHs as this kind, whatever their names
    #[arg(long, value_parser = kind())]
    kind: Option<Kind>,
    /// Further PATHs, one a line (`-` is standard input); an empty list checks nothing
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,
    /// The server's name, where the tree does not hold it
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// The version of glibc; by default that of the tree's distribution, else the newest that is known
    #[arg(long, value_name = "VERSION")]
    glibc_version: Option<Version>,
    /// The version of SpamAssassin, 3.4 or 4.0; by default what the tree shows, else the newest
    #[arg(long, value_name = "VERSION")]
    spamassassin_version: Option<crate::spamassassin::Version>,
    /// SpamAssassin's own rules: a folder that holds them, `stock` for those that maillint knows, or `none`; by default
    /// the tree's, else `stock`
    #[arg(long, value_name = "DIR|stock|none")]
    spamassassin_rules: Option<PathBuf>,
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    let names = PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.name()));
    names.try_map(|name| Kind::named(&name).ok_or("no such kind"))
}

/// Why a command did not do its work.
enum Failure {
    /// It was asked for something that makes no sense: the line to say so.
    Usage(String),
    /// Its output could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Runs the program with the process's own arguments.
#[must_use]
pub fn run() -> ExitCode {
    quiet_panics();
    let done = match CommandLine::try_parse().map(|line| line.command) {
        Ok(Command::Check(args)) => check::run(&args),
        Ok(Command::Explain(args)) => explain::run(&args),
        Ok(Command::Rules(args)) => rules::run(&args),
        Ok(Command::Effective(args)) => effective::run(&args),
        Err(error) => usage(&error),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(Failure::Usage(message)) => {
            say(&message);
            ExitCode::from(2)
        }
        // The reader went away, as `head` does: end as SIGPIPE would have ended us, without a word.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(141),
        Err(Failure::Output(error)) => {
            say(&format!("the output could not be written: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Says a line about the run itself. There is nobody to tell when that fails.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "maillint: {line}");
}

/// Puts clap's paragraphs on the one line that bad usage gets; help and version are printed as they are.
fn usage(error: &clap::Error) -> Result<u8, Failure> {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            output::write(None, |out| out.write_all(text.as_bytes()))?;
            return Ok(0);
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let message = "a command is missing: `maillint check` lints this server, `maillint --help` tells more";
            return Err(Failure::Usage(message.into()));
        }
        _ => {}
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    for line in lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more")) {
        message += if line.starts_with("tip:") || line.starts_with('[') { "; " } else { " " };
        message += line.trim_start_matches("tip: ");
    }
    Err(Failure::Usage(Untrusted::from(message).visible()))
}

/// A panic is our own mistake and becomes a problem of the file at hand. Its message may quote that file, so that only
/// its place may be told.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        say(&format!("internal error at {place}"));
    }));
}
