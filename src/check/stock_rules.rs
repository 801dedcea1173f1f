//! Which SpamAssassin a tree has, and the rules that come with it.

use super::Request;
use super::StockRules;
use super::reading::{self, Unread};
use super::spamassassin::{SITE_FOLDERS, document, join};
use crate::facts::SpamAssassin;
use crate::finding::File;
use crate::source::Source;
use crate::spamassassin::files::settings_files;
use crate::spamassassin::{Document, Version};
use crate::text::Untrusted;
use crate::tree::{Bound, Refusal, Tree};

/// Where the rules that come with SpamAssassin lie.
pub const STOCK: &str = "usr/share/spamassassin";
/// Where sa-update puts newer ones, which then count instead: a folder for each version.
const UPDATED: &str = "var/lib/spamassassin";

/// The version of SpamAssassin: what the user says, what the tree shows, or the newest.
pub fn version(request: &Request<'_>) -> SpamAssassin {
    if let Some(version) = request.spamassassin {
        return SpamAssassin { version, from: "command line" };
    }
    let shown = request.is_server.then(|| shown_version(request.tree)).flatten();
    shown.unwrap_or(SpamAssassin { version: Version::NEWEST, from: "default" })
}

/// The version that a tree shows. A folder of updated rules stays behind when the program gets a newer version, and so do the
/// `*.pre` files, to which each version adds its own.
fn shown_version(tree: &dyn Tree) -> Option<SpamAssassin> {
    let updated = updated(tree).next_back().map(|(version, _)| SpamAssassin { version, from: UPDATED });
    let of_pre = SITE_FOLDERS.iter().find_map(|folder| {
        let names = tree.list(folder.as_bytes(), Bound::System).ok()?;
        let number = names.iter().filter_map(|name| pre_number(name)).max()?;
        Some(SpamAssassin { version: if number >= 400 { Version::NEWEST } else { Version::V34 }, from: folder })
    });
    match (updated, of_pre) {
        (Some(updated), Some(of_pre)) if updated.version < Version::V40 && of_pre.version >= Version::V40 => {
            Some(of_pre)
        }
        (updated, of_pre) => updated.or(of_pre),
    }
}

/// 342 of `v342.pre`.
fn pre_number(name: &[u8]) -> Option<u32> {
    let digits = name.strip_prefix(b"v")?.strip_suffix(b".pre")?;
    let is_number = digits.len() == 3 && digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits).ok()?.parse().ok().filter(|_| is_number)
}

/// The folders of updated rules, by version.
fn updated(tree: &dyn Tree) -> impl DoubleEndedIterator<Item = (Version, Vec<u8>)> + use<> {
    let names = tree.list(UPDATED.as_bytes(), Bound::System).unwrap_or_default();
    let mut folders: Vec<(Version, Vec<u8>)> = names
        .into_iter()
        .filter_map(|name| Some((Version::of_number(&name)?, join(UPDATED.as_bytes(), &name))))
        .collect();
    folders.sort();
    folders.into_iter()
}

/// The stock rules' files: the newer ones that `sa-update` has fetched, or those that were installed; none where the user or
/// the tree has none.
pub fn read(request: &Request<'_>, version: Version, problems: &mut Vec<Unread>) -> Vec<Document> {
    match request.stock_rules {
        StockRules::Shipped | StockRules::Unknown => Vec::new(),
        StockRules::From(tree) => folder(tree, b"."),
        StockRules::OfTree if !request.is_server => Vec::new(),
        StockRules::OfTree => {
            let updated = updated(request.tree).rev().filter(|(of, _)| of.is_like(version)).map(|(_, folder)| folder);
            let found = updated.chain([STOCK.as_bytes().to_vec()]).find_map(|folder| {
                let mut names = request.tree.list(&folder, Bound::System).ok()?;
                settings_files(&mut names);
                (!names.is_empty()).then_some((folder, names))
            });
            let Some((folder, names)) = found else { return Vec::new() };
            let read = |name: &Vec<u8>| reading::read(request, &join(&folder, name), Bound::System, None, problems);
            names.iter().filter_map(read).map(|file| document(request, file)).collect()
        }
    }
}

/// The files of a folder with rules that the user names; SpamAssassin knows it as the place of its own.
pub fn folder(tree: &dyn Tree, folder: &[u8]) -> Vec<Document> {
    let mut names = tree.list(folder, Bound::System).unwrap_or_default();
    settings_files(&mut names);
    names.iter().filter_map(|name| file(tree, &join(folder, name)).ok()).collect()
}

/// A file of such a folder.
pub fn file(tree: &dyn Tree, path: &[u8]) -> Result<Document, Refusal> {
    let content = tree.read(path, Bound::System)?;
    let name = [b"/", STOCK.as_bytes(), b"/", path.strip_prefix(b"./").unwrap_or(path)].concat();
    let shown = Untrusted::from(name.as_slice());
    let source = Source::new(content.bytes);
    let file = File { path: shown.clone(), shown, kind: None, source, attributes: Ok(content.attributes) };
    Ok(Document { name, file: std::sync::Arc::new(file) })
}
