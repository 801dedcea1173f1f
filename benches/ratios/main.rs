//! How fast maillint is, as ratios and counts: against `cat`, against a program that does nothing, against the bare
//! safe reader, and against itself on smaller input.
//!
//! `cargo bench` runs it and prints a table with the goals beside (`cargo bench -- patterns`: that of patterns alone). A
//! missed goal is marked and is not an error: a machine under load would fail it without a fault of the code. What is an
//! error is a run that does not do what is measured, such as findings in the clean tree. Times are the medians of runs
//! that take turns; counts of instructions are the same on every machine, within a percent.

// The table on standard output is what this program is for.
#![allow(clippy::print_stdout)]

mod bare_reader;
mod expansions;
mod filters;
mod inputs;
mod patterns;
mod resolver;
mod run;
mod spamassassin;
mod spamassassin_hard;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use run::{Counter, Program, Result, walls};

const MAILLINT: &str = env!("CARGO_BIN_EXE_maillint");
/// The accounts of the tree.
const ACCOUNTS: usize = 1000;
/// So many lines of a table are 1 MB.
const MEGABYTE: usize = 27_000;

fn main() -> Result<()> {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    match args.iter().map(OsString::as_os_str).collect::<Vec<_>>()[..] {
        // This program is also the two that maillint is held against.
        [mode] if mode == "empty" => Ok(()),
        [mode, root, list] if mode == "bare-reader" => Ok(bare_reader::read_all(root, list).map(|_| ())?),
        [what, bench] if what == "patterns" && bench == "--bench" => {
            patterns::measure();
            Ok(())
        }
        // `cargo test --all-targets` runs this without `--bench`, and wants no measurements.
        ref args if args.iter().any(|arg| *arg == "--bench") => measure(),
        _ => Ok(()),
    }
}

fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let empty = Program::new(&[&env::current_exe()?, &"empty"]);
    let bench = Bench { folder: folder.path(), counter: Counter::find(&empty), empty };
    match bench.counter {
        Some(counter) => println!("User instructions are counted by {}.", counter.name()),
        None => println!("User instructions are not counted: neither perf's counters nor valgrind are there."),
    }
    bench.clean_file()?;
    bench.file_with_findings()?;
    bench.tree()?;
    bench.long_table()?;
    bench.many_findings()?;
    bench.resolver()?;
    bench.preferences()?;
    title("Exim filters, in this process");
    filters::measure();
    title("SpamAssassin's files, in this process");
    spamassassin::measure();
    title("Exim string expansions, in this process");
    expansions::measure();
    title("Perl's patterns, in this process");
    patterns::measure();
    Ok(())
}

struct Bench<'f> {
    folder: &'f Path,
    counter: Option<Counter>,
    /// A program that does nothing.
    empty: Program,
}

impl Bench<'_> {
    /// Writes a table into a folder of its own, since its name makes it one.
    fn table(&self, folder: &str, text: &str) -> Result<PathBuf> {
        let folder = self.folder.join(folder);
        fs::create_dir_all(&folder)?;
        let path = folder.join("userdomains");
        fs::write(&path, text)?;
        Ok(path)
    }

    fn clean_file(&self) -> Result<()> {
        title("One clean table of 20 lines");
        let file = self.table("clean", &inputs::clean_table(20))?;
        self.small_file(&check(&file), &file, [1.5, 1.0])
    }

    fn file_with_findings(&self) -> Result<()> {
        title("One table of 20 lines with 5 findings, drawn");
        let file = self.table("faulty", &inputs::faulty_table(20, 5))?;
        expect_findings(&file, 5)?;
        self.small_file(&check(&file).with_status(1), &file, [1.6, 1.5])
    }

    fn small_file(&self, maillint: &Program, file: &Path, goals: [f64; 2]) -> Result<()> {
        let cat = Program::new(&[&"cat", &file]);
        let [ours, cats, nothing] = walls([maillint, &cat, &self.empty], 300)?;
        row("wall: maillint", ours, "ms", None);
        row("wall: cat", cats, "ms", None);
        row("wall: an empty program", nothing, "ms", None);
        row("wall / cat", ours / cats, "x", Some(goals[0]));
        row("wall / an empty program", ours / nothing, "x", None);
        if let Some(counter) = self.counter {
            row("user instructions: maillint", counter.count(maillint)?, "M", Some(goals[1]));
            row("user instructions: cat", counter.count(&cat)?, "M", None);
            row("user instructions: an empty program", counter.count(&self.empty)?, "M", None);
        }
        Ok(())
    }

    fn tree(&self) -> Result<()> {
        let root = self.folder.join("tree");
        let files = inputs::server(&root, ACCOUNTS)?;
        let list = self.folder.join("list");
        fs::write(&list, files.join("\n"))?;
        title(&format!("A clean tree of {ACCOUNTS} accounts, {} files, against the bare safe reader", files.len()));
        let maillint = Program::new(&[&MAILLINT, &"check", &"--root", &root]);
        let bare = Program::new(&[&env::current_exe()?, &"bare-reader", &root, &list]);
        let said = maillint.output()?;
        if !said.starts_with("no problems found") {
            return Err(format!("the clean tree is not clean: {said}").into());
        }
        let [ours, bares] = walls([&maillint, &bare], 60)?;
        row("wall: maillint", ours, "ms", None);
        row("wall: the bare reader", bares, "ms", None);
        row("wall / the bare reader", ours / bares, "x", Some(2.0));
        // By turns here, too, but in rows of runs: the kernel's ticks are longer than one run.
        let (mut ours, mut bares) = (0.0, 0.0);
        for _ in 0..5 {
            ours += maillint.cpu(20)? / 5.0;
            bares += bare.cpu(20)? / 5.0;
        }
        row("CPU: maillint", ours, "ms", None);
        row("CPU: the bare reader", bares, "ms", None);
        row("CPU / the bare reader", ours / bares, "x", Some(2.0));
        Ok(())
    }

    fn long_table(&self) -> Result<()> {
        title("A clean table of 50,000 lines");
        let text = inputs::clean_table(50_000);
        let size = count(text.len()) / 1e6;
        let one = check(&self.table("one", &inputs::clean_table(1))?);
        let short = check(&self.table("short", &inputs::clean_table(5_000))?);
        let long = check(&self.table("long", &text)?);
        let [start, short_wall, long_wall] = walls([&one, &short, &long], 60)?;
        row("size", size, "MB", None);
        row("wall", long_wall, "ms", Some(20.0));
        println!("  {:<46}{:>9.1} MB/s  (goal: at least 50)", "throughput", size / long_wall * 1000.0);
        // What every run costs is taken off: it would make any growth look flat.
        row("growth from 5,000 lines: wall", exponent(long_wall - start, short_wall - start, 10.0), "", Some(1.05));
        if let Some(counter) = self.counter {
            let start = counter.count(&one)?;
            let [short, long] = [counter.count(&short)? - start, counter.count(&long)? - start];
            row("growth from 5,000 lines: user instructions", exponent(long, short, 10.0), "", Some(1.05));
            row("user instructions for a byte", long / size, "", Some(40.0));
        }
        Ok(())
    }

    /// More and more findings in a file that stays as long. What it costs without any is taken off.
    fn many_findings(&self) -> Result<()> {
        title("A table of 1 MB with up to 10,000 findings (text draws 100 of each rule)");
        let table = |findings| -> Result<PathBuf> {
            let file = self.table(&format!("findings-{findings}"), &inputs::faulty_table(MEGABYTE, findings))?;
            expect_findings(&file, findings)?;
            Ok(file)
        };
        let [none, ten, thousand, most] = [table(0)?, table(10)?, table(1_000)?, table(10_000)?];
        for format in ["text", "json"] {
            let check = |file: &PathBuf, status| {
                Program::new(&[&MAILLINT, &"check", &"--format", &format, file]).with_status(status)
            };
            let [none, ten, thousand, most] = [check(&none, 0), check(&ten, 1), check(&thousand, 1), check(&most, 1)];
            let [base, thousands, mosts] = walls([&none, &thousand, &most], 30)?;
            row(&format!("{format}: wall without findings"), base, "ms", None);
            row(&format!("{format}: wall with 1,000"), thousands, "ms", None);
            row(&format!("{format}: wall with 10,000"), mosts, "ms", None);
            // Ten findings take less than the clock's noise, so that only instructions tell the growth from there.
            let growth = exponent(mosts - base, thousands - base, 10.0);
            row(&format!("{format}: growth from 1,000: wall"), growth, "", Some(1.05));
            if let Some(counter) = self.counter {
                let base = counter.count(&none)?;
                let [ten, most] = [counter.count(&ten)? - base, counter.count(&most)? - base];
                let growth = exponent(most, ten, 1000.0);
                row(&format!("{format}: growth from 10: user instructions"), growth, "", Some(1.05));
                row(&format!("{format}: user instructions for a finding"), most / 10.0, "k", None);
            }
        }
        Ok(())
    }
}

fn check(file: &Path) -> Program {
    Program::new(&[&MAILLINT, &"check", &file])
}

/// Whether a table has as many findings as it was made for.
fn expect_findings(file: &Path, findings: usize) -> Result<()> {
    let document = Program::new(&[&MAILLINT, &"check", &"--format", &"json", &file]).output()?;
    let summary = document.split_once("\"summary\":").map_or("", |(_, rest)| rest);
    if summary.contains(&format!("\"findings\":{findings},")) {
        return Ok(());
    }
    let summary: String = summary.chars().take(100).collect();
    Err(format!("{} was made for {findings} findings, and has {summary}", file.display()).into())
}

/// The power of the input's size that the cost grows with: 1 is linear.
fn exponent(large: f64, small: f64, factor: f64) -> f64 {
    (large / small).ln() / factor.ln()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

fn title(text: &str) {
    println!("\n{text}");
}

fn row(what: &str, value: f64, unit: &str, goal: Option<f64>) {
    let goal = goal.map_or(String::new(), |goal| {
        let verdict = if value <= goal { "" } else { ": MISSED" };
        format!("(goal: at most {goal}{verdict})")
    });
    println!("{}", format!("  {what:<46}{value:>9.2} {unit:<4}  {goal}").trim_end());
}
