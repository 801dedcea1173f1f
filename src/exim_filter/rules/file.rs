//! What is wrong with a filter's file as a whole.

use crate::exim_filter::FilterFile;
use crate::finding::Sink;
use crate::source::Span;
use crate::text;
use crate::text::Text;
use crate::tree::{Problem, USER_CAP, folder_of};

/// The permission bits that routers do not admit (`modemask`).
const MODE_MASK: u32 = 0o022;

/// The file's path as Exim knows it.
fn path(filter: &FilterFile) -> Vec<u8> {
    [b"/", filter.file.path.bytes()].concat()
}

fn says(words: &[&[u8]]) -> Text {
    Text::theirs(&words.concat())
}

/// The finding stands in the configuration.
pub(super) fn missing_system_filter(filter: &FilterFile, sink: &mut Sink<'_>) {
    let Some(missing) = filter.missing else { return };
    let path = path(filter);
    let words = if missing.has_folder {
        says(&[b"Error in system filter: ", &path, b" does not exist"])
    } else {
        says(&[b"Error in system filter: failed to stat ", folder_of(&path), b"/. (No such file or directory)"])
    };
    sink.find(missing.named, text!("there is no file `{}`, and all mail of the server waits for it", path.as_slice()))
        .says(words)
        .help(text!("put an empty file there, or take the option out of the configuration"));
}

pub(super) fn bad_mode(filter: &FilterFile, sink: &mut Sink<'_>) {
    let Ok(attributes) = filter.file.attributes else { return };
    let bits = attributes.mode & MODE_MASK;
    if bits == 0 || !filter.reader.has_true_modes || filter.is_system_filter() {
        return;
    }
    let who = match bits {
        0o020 => "its group",
        0o002 => "everybody",
        _ => "its group and everybody",
    };
    let mode = format!("{:04o}", attributes.mode);
    let unexpected = format!("bad mode (0{:o}) for ", 0o100_000 | attributes.mode);
    let message = text!("its mode is {}: {} may write it, and Exim refuses such a filter", mode.as_bytes(), who);
    let words = says(&[unexpected.as_bytes(), &path(filter), format!(": 0{bits:o} bit(s) unexpected").as_bytes()]);
    sink.find(Span::at(0), message).says(words).help(text!("run chmod go-w on it"));
}

pub(super) fn bad_owner(filter: &FilterFile, sink: &mut Sink<'_>) {
    let Some((owner, found)) = filter.reader.owner.zip(filter.file.attributes.ok()) else { return };
    let message =
        text!("it belongs to user {}, and Exim obeys only a filter of the account itself, user {}", found.uid, owner);
    sink.find(Span::at(0), message).says(says(&[b"bad owner for ", &path(filter)])).help(text!("run chown on it"));
}

pub(super) fn unreadable(filter: &FilterFile, sink: &mut Sink<'_>) {
    let path = path(filter);
    match filter.file.attributes {
        Err(Problem::NotForAccount) => {
            let ids =
                filter.reader.runs_as.map_or(String::new(), |(user, group)| format!(" (euid={user} egid={group})"));
            let message = text!("the account itself may not read its filter");
            let words = says(&[b"failed to open ", &path, b": Permission denied", ids.as_bytes()]);
            sink.find(Span::at(0), message).says(words).help(text!("give the file to the account, or let it read it"));
        }
        Err(Problem::Not { found, .. }) => {
            let message = text!("it is {}, and Exim wants a regular file", found);
            let words = says(&[&path, b" is not a regular file"]);
            sink.find(Span::at(0), message).says(words).help(text!("remove it, or put a filter in its place"));
        }
        _ => {}
    }
    let size = match filter.file.attributes {
        Err(Problem::TooBig { size, .. }) => usize::try_from(size).unwrap_or(usize::MAX),
        _ => filter.file.source.bytes().len(),
    };
    if size > USER_CAP {
        let message = text!("it has {} bytes, and Exim reads no filter of more than {}", size, USER_CAP);
        let words = says(&[&path, b" is too big (max ", USER_CAP.to_string().as_bytes(), b")"]);
        sink.find(Span::at(0), message).says(words).help(text!("make it smaller"));
    }
}
