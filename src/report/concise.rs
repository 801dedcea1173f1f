//! A line for each finding, for editors (`%f:%l:%c: %m`) and for grep.

use std::io::{self, Write};

use super::{headline, problems, summary};
use crate::policy::Report;

/// Writes the report.
///
/// # Errors
/// Those of the writer.
pub fn concise(report: &Report, out: &mut dyn Write, quiet: bool) -> io::Result<()> {
    for reported in &report.findings {
        writeln!(out, "{}", headline(report, reported))?;
    }
    problems(report).try_for_each(|line| writeln!(out, "{line}"))?;
    if !quiet {
        writeln!(out, "{}", summary(report))?;
    }
    Ok(())
}
