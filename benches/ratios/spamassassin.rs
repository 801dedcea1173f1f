//! SpamAssassin's files: one of a user against `cat`, those of many users in one run, the stock rules, and a MiB of anything.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use maillint::finding::File;
use maillint::source::Source;
use maillint::spamassassin::{Document, Nowhere, Options, files, read_site};
use maillint::text::Untrusted;
use maillint::tree::Attributes;

use super::spamassassin_hard::HARD;
use super::{Bench, MAILLINT, Program, Result, count, exponent, row, title};

const MEBIBYTE: usize = 1 << 20;
const USERS: usize = 10_000;
/// What a panel and its user leave in a file of preferences.
const PREFERENCES: &str = "# SpamAssassin user preferences file.\nrequired_score 4.5\nrewrite_header Subject [SPAM]\nuse_bayes 1\n\
                           whitelist_from friend@example.com *@example.org\nblacklist_from *@offers.example\nreport_safe 0\n\
                           add_header all Report _REPORT_\n";

impl Bench<'_> {
    pub fn preferences(&self) -> Result<()> {
        title("One user_prefs");
        let lone = self.folder.join("lone");
        write(&lone.join("user_prefs"), PREFERENCES)?;
        let file = lone.join("user_prefs");
        self.small_file(&Program::new(&[&MAILLINT, &"check", &file]), &file, [1.5, 1.0])?;

        title("One user_prefs of a server, with the files that Debian installs around it");
        let root = self.folder.join("preferences");
        for folder in ["etc/spamassassin", "usr/share/spamassassin"] {
            for entry in fs::read_dir(Path::new("/").join(folder)).into_iter().flatten() {
                let path = entry?.path();
                if path.is_file() {
                    write(&root.join(path.strip_prefix("/")?), fs::read_to_string(&path).unwrap_or_default())?;
                }
            }
        }
        let file = root.join("home/user0/.spamassassin/user_prefs");
        write(&file, PREFERENCES)?;
        self.small_file(&Program::new(&[&MAILLINT, &"check", &"--root", &root, &file]), &file, [1.5, 1.5])?;

        title(&format!("The user_prefs of {USERS} users in one run"));
        let (mut passwd, mut size) = (String::new(), 0);
        for user in 0..USERS {
            let id = 1001 + user;
            passwd += &format!("user{user}:x:{id}:{id}::/home/user{user}:/bin/bash\n");
            let text = PREFERENCES.repeat(16);
            size += text.len();
            write(&root.join(format!("home/user{user}/.spamassassin/user_prefs")), text)?;
        }
        write(&root.join("etc/passwd"), passwd)?;
        // Debian's own file scores a rule that is gone.
        let gone = "spamassassin/score-of-removed-rule";
        let users = Program::new(&[&MAILLINT, &"check", &"--root", &root, &"--ignore", &gone]);
        let said = users.output()?;
        if !said.starts_with("no problems found") {
            return Err(format!("the users' files are not clean: {said}").into());
        }
        let cpu = users.cpu(5)?;
        println!("  {:<46}{:>9.1} MB/s  (goal: at least 100 for a core)", "throughput", count(size) / 1000.0 / cpu);
        row("CPU for a file", cpu * 1000.0 / count(USERS), "us", None);
        Ok(())
    }
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    Ok(fs::write(path, text)?)
}

/// The stock rules, and a MiB of whatever is long, deep, wrong or repeated, by themselves.
pub fn measure() {
    let pre = folder("/etc/spamassassin", files::pre_files);
    let stock = [pre.clone(), folder("/usr/share/spamassassin", files::settings_files)].concat();
    row("the stock rules", time(&stock), "ms", Some(100.0));
    for (name, begin, part) in HARD {
        let text = |size: usize| {
            let mut text = begin.as_bytes().to_vec();
            let mut number = 0;
            while text.len() < size {
                text.extend_from_slice(part.replace("{}", &number.to_string()).as_bytes());
                number += 1;
            }
            let mut files = pre.clone();
            files.push(document("/etc/spamassassin/local.cf", text));
            files
        };
        let (start, part, whole) = (time(&pre), time(&text(MEBIBYTE / 8)), time(&text(MEBIBYTE)));
        row(&format!("1 MiB of {name}"), whole, "ms", Some(20.0));
        row("growth", exponent((whole - start).max(0.01), (part - start).max(0.001), 8.0), "", Some(1.1));
    }
}

/// The shortest of some runs, in ms.
fn time(files: &[Document]) -> f64 {
    let run = |_| {
        let files = files.to_vec();
        let start = Instant::now();
        std::hint::black_box(read_site(files, &Options::default(), &Nowhere));
        start.elapsed().as_secs_f64() * 1000.0
    };
    (0..7).map(run).fold(f64::INFINITY, f64::min)
}

fn document(name: &str, bytes: Vec<u8>) -> Document {
    let shown = Untrusted::from(name);
    let source = Source::new(bytes);
    let file = File { path: shown.clone(), shown, kind: None, source, attributes: Ok(Attributes::USUAL) };
    Document { name: name.as_bytes().to_vec(), file: Arc::new(file) }
}

fn folder(name: &str, order: fn(&mut Vec<Vec<u8>>)) -> Vec<Document> {
    let entries = fs::read_dir(name).into_iter().flatten().flatten();
    let mut names: Vec<Vec<u8>> =
        entries.filter_map(|entry| Some(entry.file_name().to_str()?.as_bytes().to_vec())).collect();
    order(&mut names);
    let path = |file: Vec<u8>| format!("{name}/{}", String::from_utf8_lossy(&file));
    names.into_iter().map(path).filter_map(|path| Some(document(&path, fs::read(&path).ok()?))).collect()
}
