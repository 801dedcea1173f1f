//! Where a command's output goes.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::Failure;
use crate::report::Look;

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless the environment says otherwise (`NO_COLOR`, `CLICOLOR_FORCE`).
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the output can show.
pub fn look(color: Color, is_file: bool) -> Look {
    let color = match color {
        Color::Auto => !is_file && AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        Color::Always => true,
        Color::Never => false,
    };
    // As setlocale(3) chooses; cron sets none of them, and mails what it gets as ASCII.
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    let unicode = locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    Look { color, unicode }
}

/// Writes to standard output, or to a file: that one appears whole or not at all.
pub fn write(file: Option<&Path>, work: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let Some(path) = file else {
        let mut out = BufWriter::new(io::stdout().lock());
        work(&mut out)?;
        return Ok(out.flush()?);
    };
    to_file(path, work).map_err(|error| {
        let path = crate::text::Untrusted::from(path.as_os_str().as_encoded_bytes()).visible();
        Failure::Usage(format!("{path} could not be written: {error}"))
    })
}

fn to_file(path: &Path, work: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Something like /dev/stderr or a FIFO is written to as it is; a file is replaced.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        work(&mut out)?;
        return out.flush();
    }
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let mut draft_name = OsString::from(".");
    draft_name.push(name);
    draft_name.push(format!(".{}", std::process::id()));
    let draft = path.with_file_name(draft_name);
    let written = File::create_new(&draft).and_then(|file| {
        let mut out = BufWriter::new(file);
        work(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&draft, path));
    if done.is_err() {
        // The draft is ours alone; that it cannot be removed either is the same trouble.
        let _ = fs::remove_file(&draft);
    }
    done
}
