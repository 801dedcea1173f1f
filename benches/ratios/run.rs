//! Running a program: how long it takes, how much of the processor, and how many instructions.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What goes wrong is only ever told to somebody.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How long the kernel's unit of a process's times is, in ms: a hundredth of a second on every Linux.
const TICK: f64 = 10.0;

/// A program with its arguments, and the status that it must end with for the measure to mean anything.
pub struct Program {
    words: Vec<Box<OsStr>>,
    status: i32,
}

impl Program {
    /// A program that ends with status 0.
    pub fn new(words: &[&dyn AsRef<OsStr>]) -> Self {
        Self { words: words.iter().map(|word| word.as_ref().into()).collect(), status: 0 }
    }

    /// The same, ending with another status.
    pub fn with_status(mut self, status: i32) -> Self {
        self.status = status;
        self
    }

    /// Runs it, and gives the time from its start to its end in ms.
    fn wall(&self) -> Result<f64> {
        let mut command = command(&self.words[0]);
        command.args(&self.words[1..]).stdout(Stdio::null());
        let start = Instant::now();
        let status = command.status()?;
        let wall = start.elapsed().as_secs_f64() * 1000.0;
        if status.code() == Some(self.status) {
            Ok(wall)
        } else {
            Err(format!("{:?} ended with {status}, not with {}", self.words, self.status).into())
        }
    }

    /// Runs it, and gives what it writes.
    pub fn output(&self) -> Result<String> {
        let output = command(&self.words[0]).args(&self.words[1..]).output()?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// How much of the processors' time it takes, in ms, by itself and in the kernel: the mean of some runs.
    ///
    /// The kernel tells it in whole ticks, so one program's runs must come one after another, and be many.
    pub fn cpu(&self, runs: u32) -> Result<f64> {
        let before = children()?;
        for _ in 0..runs {
            self.wall()?;
        }
        Ok((children()? - before) / f64::from(runs))
    }
}

/// A command in an environment that is the same everywhere: what cargo puts there makes even `cat` do more. The locale
/// is that of a person at a terminal; loading it is half of what `cat` does.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LANG", "C.UTF-8").envs(env::var_os("PATH").map(|path| ("PATH", path)));
    command.stdin(Stdio::null());
    command
}

/// The median time of each program, in ms. They run by turns, so that whatever else the machine does meets all of them.
pub fn walls<const N: usize>(programs: [&Program; N], runs: usize) -> Result<[f64; N]> {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..runs {
        for (program, times) in programs.iter().zip(&mut times) {
            times.push(program.wall()?);
        }
    }
    Ok(times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }))
}

/// The processors' time of the children that have ended, in ms (`proc_pid_stat(5)`, fields 16 and 17).
fn children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(") ").ok_or("/proc/self/stat has no name")?;
    let times = rest.split(' ').skip(13).take(2).map(str::parse::<f64>);
    Ok(times.sum::<std::result::Result<f64, _>>()? * TICK)
}

/// What counts instructions on this machine.
#[derive(Clone, Copy)]
pub enum Counter {
    /// `perf stat`, where the processor lets it.
    Perf,
    /// Valgrind, which needs no help from the processor but is fifty times slower.
    Callgrind,
}

impl Counter {
    /// The first that can count the instructions of a program.
    pub fn find(program: &Program) -> Option<Self> {
        [Self::Perf, Self::Callgrind].into_iter().find(|counter| counter.count(program).is_ok())
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Perf => "perf stat",
            Self::Callgrind => "valgrind --tool=callgrind",
        }
    }

    /// How many instructions a program takes outside of the kernel, in millions.
    pub fn count(self, program: &Program) -> Result<f64> {
        let mut command = match self {
            Self::Perf => command("perf"),
            Self::Callgrind => command("valgrind"),
        };
        command.args(match self {
            Self::Perf => &["stat", "-x,", "-e", "instructions:u"][..],
            Self::Callgrind => &["--tool=callgrind", "--callgrind-out-file=/dev/null"],
        });
        let output = command.arg("--").args(&program.words).stdout(Stdio::null()).output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let count = told.lines().find_map(|line| match self {
            Self::Perf => line.split_once(",,instructions").map(|(count, _)| count),
            Self::Callgrind => line.split_once(" Collected : ").map(|(_, count)| count),
        });
        let count: f64 = count.ok_or_else(|| format!("{} counted nothing", self.name()))?.trim().parse()?;
        Ok(count / 1e6)
    }
}
