//! What the tests against real engines share: a seed that is printed, and the engines, which in CI must be there.

#![allow(dead_code, reason = "not every test asks every engine")]
#![allow(clippy::print_stdout, reason = "the seed is shown when a test fails")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Pseudo-random numbers (splitmix64) from a seed that is printed, so that a failure can be had again.
pub struct Random(u64);

impl Random {
    /// A fresh seed, or that of `MAILLINT_SEED`.
    pub fn new() -> Self {
        let fresh = || std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64);
        let seed = std::env::var("MAILLINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(fresh);
        println!("MAILLINT_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// Damages a text at one place: takes a byte away, changes it to one of `odd` or to any, or puts one of `odd` in.
    pub fn damage(&mut self, bytes: &mut Vec<u8>, odd: &[u8]) {
        let (at, odd) = (self.below(bytes.len() + 1), odd[self.below(odd.len())]);
        match self.below(4) {
            0 if at < bytes.len() => {
                bytes.remove(at);
            }
            1 if at < bytes.len() => bytes[at] = odd,
            2 if at < bytes.len() => bytes[at] = self.below(256) as u8,
            _ => bytes.insert(at, odd),
        }
    }

    /// One of some things.
    pub fn pick<'t, T: ?Sized>(&mut self, things: &[&'t T]) -> &'t T {
        things[self.below(things.len())]
    }
}

/// A file of a few lines, now and then behind a byte order mark, and now and then damaged with odd bytes.
pub fn file_of_lines(random: &mut Random, line: fn(&mut Random, &mut Vec<u8>), odd: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if random.below(30) == 0 {
        bytes.extend_from_slice(b"\xef\xbb\xbf");
    }
    for _ in 0..random.below(7) {
        line(random, &mut bytes);
    }
    if random.below(3) == 0 {
        for _ in 0..=random.below(3) {
            random.damage(&mut bytes, odd);
        }
    }
    bytes
}

/// How many cases to try: `MAILLINT_CASES`, or the usual number.
pub fn cases(usual: usize) -> usize {
    std::env::var("MAILLINT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

/// The installed Exim. Where there is none the test is skipped, loudly; in CI that is a failure.
pub fn exim() -> Option<PathBuf> {
    let found = ["/usr/sbin/exim4", "/usr/sbin/exim", "/usr/bin/exim"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "Exim is not installed, and in CI no test may be skipped");
        // Not with eprintln: what a passing test prints so is shown to nobody.
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: Exim is not installed (Debian: apt-get install exim4-daemon-light)");
    }
    found
}

/// Whether SpamAssassin is installed. Where it is not the test is skipped, loudly; in CI that is a failure.
pub fn has_spamassassin() -> bool {
    let found = std::path::Path::new("/usr/share/perl5/Mail/SpamAssassin/Conf/Parser.pm").exists();
    if !found {
        assert!(std::env::var_os("CI").is_none(), "SpamAssassin is not installed, and in CI no test may be skipped");
        // Not with eprintln: what a passing test prints so is shown to nobody.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: SpamAssassin is not installed (Debian: apt-get install spamassassin)"
        );
    }
    found
}

/// Runs an engine as nobody and without a network, and gives it some input.
pub fn ask(engine: &std::path::Path, args: &[&str], input: Vec<u8>) -> Vec<u8> {
    let is_root = rustix::process::geteuid().is_root();
    let mut command = if is_root {
        let mut command = Command::new("unshare");
        command.args(["--net", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]).arg(engine);
        command
    } else {
        Command::new(engine)
    };
    let mut child = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the engine starts");
    let mut stdin = child.stdin.take().expect("the engine has an input");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the engine ends");
    writer.join().expect("the writer ends").expect("the engine reads its input");
    output.stdout
}
