//! SpamAssassin's files: which of them it reads together, and in which order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::reading::{self, Unread};
use super::{Request, StockRules, stock_rules};
use crate::finding::File;
use crate::kind::Kind;
use crate::source::Source;
use crate::spamassassin::files::{pre_files, settings_files};
use crate::spamassassin::{
    Document, Effective, Host, Look, Options, Reading, State, Stock, Version, read_site, read_user,
};
use crate::text::Untrusted;
use crate::tree::{Account, Attributes, Bound};

/// The folders of a site's own files, in the order in which SpamAssassin looks for one.
pub const SITE_FOLDERS: &[&str] = &["etc/mail/spamassassin", "etc/spamassassin"];
/// The plugins that are loaded where a tree has no `*.pre` file.
const DEFAULT_PRE: &[u8] = include_bytes!("../spamassassin/default.pre");
/// The same of 3.4.
const DEFAULT_PRE_34: &[u8] = include_bytes!("../spamassassin/default-3.4.pre");

/// The site's own files in a tree: the names of those that SpamAssassin reads, with their folder.
pub fn site_files(request: &Request<'_>) -> Vec<Vec<u8>> {
    let folder = SITE_FOLDERS.iter().find_map(|folder| {
        let names = request.tree.list(folder.as_bytes(), Bound::System).ok()?;
        let files: Vec<Vec<u8>> = in_order(&names).map(|name| join(folder.as_bytes(), &name)).collect();
        (!files.is_empty()).then_some(files)
    });
    folder.unwrap_or_default()
}

fn in_order(names: &[Vec<u8>]) -> impl Iterator<Item = Vec<u8>> {
    let (mut pre, mut settings) = (names.to_vec(), names.to_vec());
    pre_files(&mut pre);
    settings_files(&mut settings);
    pre.into_iter().chain(settings)
}

pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    [folder, b"/", name].concat()
}

/// What SpamAssassin makes of a site's files. `files` are those that are checked; on a server the others of the site, and the
/// stock rules where the tree has them, are read around them.
pub fn site(request: &Request<'_>, files: &[Arc<File>], problems: &mut Vec<Unread>) -> Reading {
    let version = stock_rules::version(request).version;
    let stock_documents = stock_rules::read(request, version, problems);
    let is_shipped = stock_documents.is_empty() && !matches!(request.stock_rules, StockRules::Unknown);
    let stock = if is_shipped { Stock::Shipped } else { Stock::OfFiles };
    let options = Options { version, stock, ..Options::default() };
    let mut paths: Vec<Vec<u8>> = Vec::new();
    if request.is_server {
        paths = site_files(request);
    }
    let known: HashSet<&[u8]> = paths.iter().map(Vec::as_slice).collect();
    let extra: Vec<&Arc<File>> = files.iter().filter(|file| !known.contains(file.path.bytes())).collect();
    let mut documents: Vec<Document> = Vec::new();
    let is_pre = |path: &[u8]| path.to_ascii_lowercase().ends_with(b".pre");
    let mut own: Vec<Document> = Vec::new();
    for path in &paths {
        let checked = files.iter().find(|file| file.path.bytes() == path.as_slice()).cloned();
        let file = checked.or_else(|| reading::read(request, path, Bound::System, None, problems));
        own.extend(file.map(|file| document(request, file)));
    }
    own.extend(extra.into_iter().map(|file| document(request, Arc::clone(file))));
    let (pre, settings): (Vec<Document>, Vec<Document>) =
        own.into_iter().partition(|document| is_pre(document.file.path.bytes()));
    if pre.is_empty() {
        documents.push(default_pre(version));
    }
    documents.extend(pre);
    documents.extend(stock_documents);
    documents.extend(settings);
    read_site(documents, &options, &InTree { request })
}

/// What SpamAssassin makes of a user's file on top of the site's.
pub fn user(request: &Request<'_>, file: &Arc<File>, site: &Arc<State>, account: Option<&Account>) -> Reading {
    let options = Options { version: site.version, ..Options::default() };
    read_user(document(request, Arc::clone(file)), site, &options, &OfUser { request, account })
}

/// A file under the name by which SpamAssassin knows it.
pub fn document(request: &Request<'_>, file: Arc<File>) -> Document {
    let name = if request.is_server { join(b"", file.path.bytes()) } else { file.shown.bytes().to_vec() };
    Document { name, file }
}

fn default_pre(version: Version) -> Document {
    let bytes = if version < Version::V40 { DEFAULT_PRE_34 } else { DEFAULT_PRE };
    let (path, source) = (Untrusted::from("default.pre"), Source::new(bytes.to_vec()));
    let file = File { path: path.clone(), shown: path, kind: None, source, attributes: Ok(Attributes::USUAL) };
    Document { name: b"/etc/mail/spamassassin/init.pre".to_vec(), file: Arc::new(file) }
}

/// What is in force of each of SpamAssassin's files among these, by its path.
#[must_use]
pub fn effective(
    request: &Request<'_>,
    files: &[Arc<File>],
    problems: &mut Vec<Unread>,
) -> HashMap<Vec<u8>, Effective> {
    let of_kind = |kind| -> Vec<Arc<File>> { files.iter().filter(|file| file.kind == Some(kind)).cloned().collect() };
    let (site, users) = (of_kind(Kind::Spamassassin), of_kind(Kind::SpamassassinUserPrefs));
    if site.is_empty() && users.is_empty() {
        return HashMap::new();
    }
    let mut readings = Vec::new();
    if request.is_server {
        readings.push(self::site(request, &site, problems));
    } else {
        readings.extend(site.iter().map(|file| self::site(request, std::slice::from_ref(file), problems)));
    }
    if !users.is_empty() {
        let base =
            if request.is_server { Arc::clone(&readings[0].state) } else { self::site(request, &[], problems).state };
        readings.extend(users.iter().map(|file| user(request, file, &base, None)));
    }
    let one = |reading: &Reading, document: u32| {
        let path = reading.documents[document as usize].file.path.bytes().to_vec();
        (path, crate::spamassassin::effective(reading, document))
    };
    readings.iter().flat_map(|reading| checked(reading).map(move |document| one(reading, document))).collect()
}

/// What `include` and paths in settings lead to.
struct InTree<'r, 't> {
    request: &'r Request<'t>,
}

impl Host for InTree<'_, '_> {
    fn include(&self, path: &[u8]) -> Vec<Document> {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let of_stock = path.strip_prefix(stock_rules::STOCK.as_bytes()).and_then(|path| path.strip_prefix(b"/"));
        if let (StockRules::From(tree), Some(path)) = (self.request.stock_rules, of_stock) {
            let file = stock_rules::file(tree, path);
            return file.map_or_else(|_| stock_rules::folder(tree, path), |file| vec![file]);
        }
        if !self.request.is_server {
            return Vec::new();
        }
        let read = |path: &[u8]| {
            let file = reading::read(self.request, path, Bound::System, None, &mut Vec::new())?;
            Some(document(self.request, file))
        };
        match self.request.tree.list(path, Bound::System) {
            Ok(mut names) => {
                settings_files(&mut names);
                names.iter().filter_map(|name| read(&join(path, name))).collect()
            }
            Err(_) => read(path).into_iter().collect(),
        }
    }

    fn look(&self, _: &[u8]) -> Look {
        Look::Unknown
    }
}

/// The same for a user's file: spamd reads as the user, so nothing is read that lies outside of the home.
struct OfUser<'r, 't> {
    request: &'r Request<'t>,
    account: Option<&'r Account>,
}

impl Host for OfUser<'_, '_> {
    fn include(&self, path: &[u8]) -> Vec<Document> {
        let read = || {
            let account = self.account?;
            let inside = path.strip_prefix(b"/")?.strip_prefix(account.home())?.strip_prefix(b"/")?;
            let file = reading::read(self.request, inside, Bound::Home(account), None, &mut Vec::new())?;
            Some(document(self.request, file))
        };
        read().into_iter().collect()
    }

    fn look(&self, _: &[u8]) -> Look {
        Look::Unknown
    }
}

/// The documents of a reading that are checked: not those that were read around them.
pub fn checked(reading: &Reading) -> impl Iterator<Item = u32> {
    let is_checked =
        |document: &Document| matches!(document.file.kind, Some(Kind::Spamassassin | Kind::SpamassassinUserPrefs));
    (0_u32..).zip(&reading.documents).filter(move |(_, document)| is_checked(document)).map(|(index, _)| index)
}
