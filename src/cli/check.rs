//! `maillint check`.

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::output::{Color, look, write};
use super::targets::targets;
use super::{Failure, Targets, say};
use crate::check::{Checked, Request, Unread, check};
use crate::policy::{Pattern, Policy};
use crate::report::Format;
use crate::rule::Severity;
use crate::text;

#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    targets: Targets,
    /// How to write the report
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write the report to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only these rules: a rule, a subject, or `subject/prefix*`
    #[arg(long, value_name = "RULE,...", value_delimiter = ',', value_parser = Pattern::parse)]
    select: Vec<Pattern>,
    /// None of these rules
    #[arg(long, value_name = "RULE,...", value_delimiter = ',', value_parser = Pattern::parse)]
    ignore: Vec<Pattern>,
    /// The least severity that makes the exit status 1
    #[arg(long, value_enum, default_value = "warning")]
    fail_on: FailOn,
    /// When to use colours
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
    /// Print nothing when all is well, and no summary
    #[arg(long, short)]
    quiet: bool,
    /// Name each file that is checked, on standard error
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

pub fn run(args: &CheckArgs) -> Result<u8, Failure> {
    let start = Instant::now();
    let (targets, mut unread) = targets(&args.targets)?;
    let mut all: Vec<Checked> = Vec::new();
    for target in &targets {
        let most_findings = args.format.most_findings();
        let checked = target.with(&args.targets, &mut unread, |request| check(&Request { most_findings, ..request }));
        let Some(mut checked) = checked else { continue };
        if let Some(root) = target.whole_root()
            && checked.files.is_empty()
            && checked.problems.is_empty()
        {
            let message = text!("it has no file of a known kind: it is not laid out like a server's /");
            checked.problems.push(Unread { path: root.clone(), message });
        }
        all.push(checked);
    }
    let policy = Policy { select: args.select.clone(), ignore: args.ignore.clone() };
    // The process ends when it has told its report: a million findings need not be given back one by one.
    let mut report = ManuallyDrop::new(policy.apply(all));
    report.problems.extend(unread.into_iter().map(|problem| (None, problem)));
    if args.verbose {
        for (path, kind) in &report.files {
            say(&format!("checked {} as {}", path.visible(), kind.name()));
        }
        say(&format!("took {:.1} ms", start.elapsed().as_secs_f64() * 1000.0));
    }
    let look = look(args.color, args.output.is_some());
    write(args.output.as_deref(), |out| args.format.write(&report, out, look, args.quiet))?;
    Ok(report.status(match args.fail_on {
        FailOn::Error => Some(Severity::Error),
        FailOn::Warning => Some(Severity::Warning),
        FailOn::Info => Some(Severity::Info),
        FailOn::Never => None,
    }))
}
