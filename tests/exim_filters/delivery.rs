//! Deliveries by the installed Exim: each address, or each message, through a filter of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::common::exim;

/// What Exim logs of a filter.
#[derive(Default)]
pub struct Answer {
    /// Why it failed.
    pub failed: Option<String>,
    /// Why what it delivers failed.
    pub bounced: Vec<String>,
}

/// An Exim with two configurations: for filters of users and for the system filter.
pub struct Delivery {
    exim: PathBuf,
    folder: TempDir,
}

impl Delivery {
    /// Nothing where there is no Exim, or where the test is not run by root; in CI that is a failure.
    pub fn new() -> Option<Self> {
        let exim = exim()?;
        if !rustix::process::geteuid().is_root() {
            assert!(
                std::env::var_os("CI").is_none(),
                "this test must be run by root, and in CI no test may be skipped"
            );
            println!("SKIPPED: only root can have Exim deliver as other users");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
        mode(folder.path(), 0o755);
        for name in ["filters", "log"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        // Exim logs as its own user.
        mode(&folder.path().join("log"), 0o777);
        let path = folder.path().display();
        let usual = format!(
            "primary_hostname = test\nspool_directory = {path}/spool\nlog_file_path = {path}/log/%slog\n\
             log_selector = +subject\nkeep_environment =\nacl_smtp_rcpt = all\nrecipients_max = 0\n"
        );
        let rest = "d:\n driver = accept\n transport = t\nbegin transports\nt:\n driver = autoreply\nfile:\n \
                    driver = appendfile\naddress_pipe:\n driver = pipe\nbegin retry\n* * F,2h,15m\n";
        let user = format!(
            "{usual}begin acl\nall:\n accept\nbegin routers\nf:\n driver = redirect\n domains = f.test\n \
             file = {path}/filters/${{lookup{{$local_part}}dsearch{{{path}/filters}}}}\n allow_filter\n allow_fail\n \
             forbid_filter_run\n forbid_filter_perl\n forbid_filter_lookup\n forbid_filter_readfile\n \
             forbid_filter_readsocket\n user = nobody\n group = nogroup\n modemask = 000\n file_transport = t\n \
             directory_transport = t\n pipe_transport = address_pipe\n reply_transport = t\n{rest}"
        );
        let system = format!(
            "{usual}system_filter = {path}/filters/${{lookup{{$h_X-Filter:}}dsearch{{{path}/filters}}{{$value}}{{none}}}}\n\
             system_filter_user = nobody\nsystem_filter_group = nogroup\nsystem_filter_file_transport = file\n\
             system_filter_directory_transport = file\nsystem_filter_pipe_transport = address_pipe\n\
             system_filter_reply_transport = t\nbegin acl\nall:\n accept\nbegin routers\n{rest}"
        );
        fs::write(folder.path().join("user.conf"), user).expect("the configuration");
        fs::write(folder.path().join("system.conf"), system).expect("the configuration");
        fs::write(folder.path().join("filters/none"), "finish\n").expect("a filter");
        Some(Self { exim, folder })
    }

    /// Lays filters where Exim looks for them, under their numbers from one on.
    pub fn lay(&self, first: usize, filters: &[Vec<u8>]) {
        for (at, filter) in filters.iter().enumerate() {
            fs::write(self.folder.path().join("filters").join((first + at).to_string()), filter).expect("a filter");
        }
    }

    /// Delivers one message, which has some headers, through filters of users.
    pub fn through_users_filters(&self, numbers: Range<usize>, headers: &str) -> BTreeMap<usize, Answer> {
        let mut input = "MAIL FROM:<sender@s.test>\n".to_owned();
        for number in numbers {
            let _ = writeln!(input, "RCPT TO:<{number}@f.test>");
        }
        let _ = write!(input, "DATA\nSubject: test\n{headers}\ntest\n.\nQUIT\n");
        users_answers(&self.log("user.conf", &input))
    }

    /// Delivers a message through each of some system filters.
    pub fn through_system_filters(&self, numbers: Range<usize>) -> BTreeMap<usize, Answer> {
        let mut input = String::new();
        for number in numbers {
            let _ = write!(
                input,
                "MAIL FROM:<sender@s.test>\nRCPT TO:<joe@f.test>\nDATA\nX-Filter: {number}\nSubject: {number}\n\ntest\n.\n"
            );
        }
        system_answers(&self.log("system.conf", &input))
    }

    /// What Exim logs when it receives something and delivers it.
    fn log(&self, configuration: &str, input: &str) -> Vec<u8> {
        let folder = self.folder.path();
        let _ = fs::remove_file(folder.join("log/mainlog"));
        // In two steps: while it receives, Exim gives up its privileges, and would have none to deliver with.
        for (arguments, input) in [(["-odq", "-bS"], input), (["-N", "-qf"], "")] {
            let mut child = Command::new("unshare")
                .arg("--net")
                .arg(&self.exim)
                .arg("-C")
                .arg(folder.join(configuration))
                .args(arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("Exim starts");
            child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("Exim reads");
            assert!(child.wait().expect("Exim ends").success());
        }
        let log = fs::read(folder.join("log/mainlog")).expect("Exim logs");
        let _ = fs::remove_dir_all(folder.join("spool"));
        log
    }
}

/// The lines of a log: the message's name, and what is said of it.
fn lines(log: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    log.split(|&byte| byte == b'\n').filter_map(|line| Some((line.get(20..36)?, line.get(37..)?)))
}

/// A text up to some bytes, and behind them.
fn split<'t>(text: &'t [u8], at: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let start = memchr::memmem::find(text, at)?;
    Some((&text[..start], &text[start + at.len()..]))
}

fn number(text: &[u8]) -> Option<usize> {
    str::from_utf8(text).ok()?.parse().ok()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn users_answers(log: &[u8]) -> BTreeMap<usize, Answer> {
    let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
    for (_, entry) in lines(log) {
        if let Some((address, words)) = split(entry, b"@f.test R=f defer (-17): error in filter file: ")
            && let Some(number) = address.strip_prefix(b"== ").and_then(number)
        {
            answers.entry(number).or_default().failed = Some(text(words));
        } else if entry.starts_with(b"** |") || entry.starts_with(b"** >") {
            let places = [b"@f.test> R=f T=address_pipe: ".as_slice(), b"@f.test> R=f T=t: "];
            if let Some((before, words)) = places.iter().find_map(|place| split(entry, place))
                && let Some(number) = before.rsplit(|&byte| byte == b'<').next().and_then(number)
            {
                answers.entry(number).or_default().bounced.push(text(words));
            }
        }
    }
    answers
}

fn system_answers(log: &[u8]) -> BTreeMap<usize, Answer> {
    let mut numbers: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
    for (message, entry) in lines(log) {
        if let Some((_, subject)) = split(entry, b" T=\"").filter(|_| entry.starts_with(b"<= ")) {
            numbers.extend(number(subject.strip_suffix(b"\"").unwrap_or(subject)).map(|number| (message, number)));
        }
        let Some(&number) = numbers.get(message) else { continue };
        if let Some(words) = entry.strip_prefix(b"Error in system filter: ") {
            answers.entry(number).or_default().failed = Some(text(words));
        } else if entry.starts_with(b"** ") || entry.starts_with(b"== ") {
            let words = split(entry, b" <system-filter> T=").and_then(|(_, rest)| split(rest, b": "));
            answers.entry(number).or_default().bounced.extend(words.map(|(_, words)| text(words)));
        }
    }
    answers
}
