//! SpamAssassin's files: which of them it reads together, and in which order.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::reading::{self, Unread};
use super::{Request, StockRules, Wanted, stock_rules};
use crate::finding::File;
use crate::kind::Kind;
use crate::source::Source;
use crate::spamassassin::files::{pre_files, settings_files};
use crate::spamassassin::{
    Document, Effective, Host, Included, Look, NotIncluded, Options, Reading, State, Stock, Version, read_site,
    read_user,
};
use crate::text::Untrusted;
use crate::tree::{Attributes, Bound, Home, Problem, Refusal, folder_of};

/// The folders of a site's own files, in the order in which SpamAssassin looks for one; Debian's build looks the other way
/// round.
pub const SITE_FOLDERS: &[&str] = &["etc/mail/spamassassin", "etc/spamassassin"];
/// A file of Debian's package.
const OF_DEBIAN: &[u8] = b"etc/spamassassin/65_debian.cf";
/// A folder of cPanel, which brings a SpamAssassin of its own, on Debian's relatives too.
const OF_CPANEL: &[u8] = b"var/cpanel";
/// The plugins that are loaded where a tree does not have the site's `*.pre` files, or not all of them.
const DEFAULT_PRE: &[u8] = include_bytes!("../spamassassin/default.pre");
/// The same of 3.4.
const DEFAULT_PRE_34: &[u8] = include_bytes!("../spamassassin/default-3.4.pre");

/// The site's own files in a tree: the names of those that SpamAssassin reads, with their folder.
pub fn site_files(request: &Request<'_>) -> Vec<Vec<u8>> {
    site_folders(request).into_iter().next().map(|(_, files)| files).unwrap_or_default()
}

/// The folders of a tree that hold files of the site, with these, the one that SpamAssassin reads first. One that is a link to
/// the other is left out.
fn site_folders(request: &Request<'_>) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let with_files = SITE_FOLDERS.iter().map(|&folder| (folder, files_in(request, folder)));
    let mut folders: Vec<_> = with_files.filter(|(_, files)| !files.is_empty()).collect();
    if let [(one, _), (other, _)] = folders[..] {
        let is_debians = || matches!(request.tree.read(OF_DEBIAN, Bound::System), Ok(_) | Err(Refusal::Problem(_)));
        if request.tree.is_same_folder(one.as_bytes(), other.as_bytes()) {
            folders.truncate(1);
        } else if is_debians() && request.tree.list(OF_CPANEL, Bound::System).is_err() {
            folders.reverse();
        }
    }
    folders
}

fn files_in(request: &Request<'_>, folder: &str) -> Vec<Vec<u8>> {
    let names = request.tree.list(folder.as_bytes(), Bound::System).unwrap_or_default();
    in_order(&names).map(|name| join(folder.as_bytes(), &name)).collect()
}

/// The site's own files that SpamAssassin does not read, since it reads those of another folder, and that folder; without
/// those that hold nothing else than their namesakes there, and plugins' files that have one.
pub fn unread_site_files(request: &Request<'_>) -> Option<(&'static str, Vec<Vec<u8>>)> {
    let [(read, _), (unread, files)] = <[_; 2]>::try_from(site_folders(request)).ok()?;
    let content = |path: &[u8]| request.tree.read(path, Bound::System).ok();
    let sets_something = |bytes: &[u8]| {
        let mut lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        lines.any(|line| !line.is_empty() && !line.starts_with(b"#"))
    };
    let is_lost = |path: &Vec<u8>| {
        let Some(own) = content(path).filter(|content| sets_something(&content.bytes)) else { return false };
        let name = path.get(unread.len() + 1..).unwrap_or_default();
        let namesake = content(&join(read.as_bytes(), name));
        namesake.is_none_or(|namesake| !name.ends_with(b".pre") && namesake.bytes != own.bytes)
    };
    let files: Vec<Vec<u8>> = files.into_iter().filter(is_lost).collect();
    (!files.is_empty()).then_some((read, files))
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

/// What is read below a site's own files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Below {
    /// The rules that come with SpamAssassin, where the tree has them.
    StockRules,
    /// Nothing, for a user's file that may do without: see [`Reading::may_depend_on_stock_rules`].
    Nothing,
}

/// What SpamAssassin makes of a site's files. `files` are those that are checked; on a server the others of the site, and the
/// stock rules where the tree has them, are read around them.
pub fn site(request: &Request<'_>, files: &[Arc<File>], below: Below, problems: &mut Vec<Unread>) -> Reading {
    let version = stock_rules::version(request).version;
    let stock_documents = match below {
        Below::StockRules => stock_rules::read(request, version, problems),
        Below::Nothing => Vec::new(),
    };
    let is_shipped = stock_documents.is_empty() && !matches!(request.stock_rules, StockRules::Unknown);
    let stock = if is_shipped { Stock::Shipped } else { Stock::OfFiles };
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
    // Without it SpamAssassin cannot scan, so further files must be missing here.
    let loads_check = |document: &Document| loads(document.file.source.bytes(), b"Mail::SpamAssassin::Plugin::Check");
    let presumes_plugins = !pre.iter().any(loads_check);
    if presumes_plugins {
        let has_init = pre.iter().any(|document| document.file.path.bytes().ends_with(b"/init.pre"));
        documents.push(default_pre(version, has_init));
    }
    documents.extend(pre);
    documents.extend(stock_documents);
    documents.extend(settings);
    let options = Options { version, stock, presumes_plugins, ..Options::default() };
    let host = InTree { request, problems: RefCell::default() };
    let reading = read_site(documents, &options, &host);
    problems.append(&mut host.problems.into_inner());
    reading
}

/// What SpamAssassin makes of a user's file on top of the site's.
pub fn user(
    request: &Request<'_>,
    file: &Arc<File>,
    site: &Arc<State>,
    home: Option<&Home<'_>>,
    problems: &mut Vec<Unread>,
) -> Reading {
    let mut options = Options { version: site.version, ..Options::default() };
    if let Some(home) = home {
        options.folders.home = join(b"", home.account.home());
    }
    let host = OfUser { request, home, problems: RefCell::default() };
    let reading = read_user(document(request, Arc::clone(file)), site, &options, &host);
    problems.append(&mut host.problems.into_inner());
    reading
}

/// A file under the name by which SpamAssassin knows it.
pub fn document(request: &Request<'_>, file: Arc<File>) -> Document {
    let name = if request.is_server { join(b"", file.path.bytes()) } else { file.shown.bytes().to_vec() };
    Document { name, file }
}

/// Whether a line of a file loads a plugin.
fn loads(bytes: &[u8], plugin: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\n').any(|line| {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"loadplugin")) && words.next() == Some(plugin)
    })
}

/// What the files say that come with SpamAssassin; what only init.pre says, the one line before the plugins, is left out where
/// the site's own is there.
fn default_pre(version: Version, has_init: bool) -> Document {
    let bytes = if version < Version::V40 { DEFAULT_PRE_34 } else { DEFAULT_PRE };
    let start = memchr::memmem::find(bytes, b"loadplugin").filter(|_| has_init).unwrap_or(0);
    let (path, source) = (Untrusted::from("default.pre"), Source::new(bytes[start..].to_vec()));
    let file = File { path: path.clone(), shown: path, kind: None, source, attributes: Ok(Attributes::USUAL) };
    Document { name: b"/etc/mail/spamassassin/default.pre".to_vec(), file: Arc::new(file) }
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
        readings.push(self::site(request, &site, Below::StockRules, problems));
    } else {
        readings.extend(
            site.iter().map(|file| self::site(request, std::slice::from_ref(file), Below::StockRules, problems)),
        );
    }
    if !users.is_empty() {
        let base = if request.is_server {
            Arc::clone(&readings[0].state)
        } else {
            self::site(request, &[], Below::StockRules, problems).state
        };
        readings.extend(users.iter().map(|file| user(request, file, &base, None, problems)));
    }
    let one = |reading: &Reading, document: u32| {
        let path = reading.documents[document as usize].file.path.bytes().to_vec();
        (path, crate::spamassassin::effective(reading, document))
    };
    let documents = |reading: &Reading| {
        (0_u32..)
            .zip(&reading.documents)
            .filter(|(_, document)| is_checked(&document.file))
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    readings
        .iter()
        .flat_map(|reading| documents(reading).into_iter().map(move |document| one(reading, document)))
        .collect()
}

/// What `include` and paths in settings lead to.
struct InTree<'r, 't> {
    request: &'r Request<'t>,
    problems: RefCell<Vec<Unread>>,
}

impl InTree<'_, '_> {
    /// Whether the tree is a whole server, so that what is not in it is nowhere.
    fn is_whole(&self) -> bool {
        self.request.is_server && self.request.tree.owner(b"usr/bin").is_some()
    }
}

impl Host for InTree<'_, '_> {
    fn include(&self, path: &[u8]) -> Included {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let of_stock = path.strip_prefix(stock_rules::STOCK.as_bytes()).and_then(|path| path.strip_prefix(b"/"));
        if let (StockRules::From(tree), Some(path)) = (self.request.stock_rules, of_stock) {
            let file = stock_rules::file(tree, path);
            return Included::Files(file.map_or_else(|_| stock_rules::folder(tree, path), |file| vec![file]));
        }
        if !self.request.is_server {
            return Included::Unknown;
        }
        // When all files are checked, then those that are included are, but for the stock rules.
        let is_below = |folder: &str| path.strip_prefix(folder.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"));
        let is_checked = matches!(self.request.wanted, Wanted::Whole)
            && !is_below(stock_rules::STOCK)
            && !is_below(stock_rules::UPDATED);
        let kind = is_checked.then_some(Kind::Spamassassin);
        let bound = Bound::System;
        match self.request.tree.list(path, bound) {
            Ok(names) => included_folder(names, |name| {
                let path = join(path, name);
                let file = reading::read(self.request, &path, bound, kind, &mut self.problems.borrow_mut())?;
                Some(document(self.request, file))
            }),
            Err(_) => match open(self.request, path, bound, kind) {
                // In a repository only the folders that it has are known.
                Err(Refusal::Absent) if self.is_whole() || self.request.tree.owner(folder_of(path)).is_some() => {
                    Included::Nothing(NotIncluded::Absent)
                }
                Err(Refusal::Absent) => Included::Unknown,
                other => included(other, path, &self.problems),
            },
        }
    }

    fn look(&self, path: &[u8]) -> Look {
        let Some(path) = path.strip_prefix(b"/").filter(|_| self.is_whole()) else { return Look::Unknown };
        if self.request.tree.owner(path).is_some() {
            return Look::Folder;
        }
        match self.request.tree.read(path, Bound::System) {
            Ok(content) => Look::File { is_executable: content.attributes.mode & 0o111 != 0 },
            Err(Refusal::Absent | Refusal::Problem(Problem::Dangling)) => Look::Absent,
            Err(Refusal::Problem(_)) => Look::Unknown,
        }
    }
}

/// What becomes of an include of a single file.
fn included(found: Result<Document, Refusal>, path: &[u8], problems: &RefCell<Vec<Unread>>) -> Included {
    match found {
        Ok(document) => Included::Files(vec![document]),
        Err(Refusal::Absent | Refusal::Problem(Problem::Dangling)) => Included::Nothing(NotIncluded::Absent),
        Err(Refusal::Problem(Problem::LeavesHome)) => Included::Nothing(NotIncluded::OutsideHome),
        Err(Refusal::Problem(Problem::Not { found, .. })) if found != "a folder" => {
            Included::Nothing(NotIncluded::NoPlainFile)
        }
        Err(Refusal::Problem(problem)) => {
            problems.borrow_mut().push(Unread { path: Untrusted::from(path), message: problem.text() });
            Included::Unknown
        }
    }
}

/// The files of a folder that is included.
fn included_folder(mut names: Vec<Vec<u8>>, read: impl FnMut(&Vec<u8>) -> Option<Document>) -> Included {
    settings_files(&mut names);
    if names.is_empty() {
        return Included::Nothing(NotIncluded::NoSettings);
    }
    Included::Files(names.iter().filter_map(read).collect())
}

/// Reads a file that is included.
fn open(request: &Request<'_>, path: &[u8], bound: Bound<'_>, kind: Option<Kind>) -> Result<Document, Refusal> {
    let shown = match bound {
        Bound::System => Untrusted::from(path),
        Bound::Home(home) => Untrusted::from(join(home.account.home(), path)),
    };
    let file = reading::read_file(request, path, bound, kind, &shown)?;
    match file.attributes {
        Ok(_) => Ok(document(request, file)),
        Err(problem) => Err(problem.into()),
    }
}

/// The same for a user's file: nothing is read that lies outside of the home.
struct OfUser<'r, 't> {
    request: &'r Request<'t>,
    home: Option<&'r Home<'r>>,
    problems: RefCell<Vec<Unread>>,
}

impl Host for OfUser<'_, '_> {
    fn include(&self, path: &[u8]) -> Included {
        let Some(home) = self.home else { return Included::Unknown };
        let inside = path.strip_prefix(b"/").and_then(|path| path.strip_prefix(home.account.home()));
        let Some(inside) = inside.and_then(|path| path.strip_prefix(b"/")) else {
            return Included::Nothing(NotIncluded::OutsideHome);
        };
        let kind = matches!(self.request.wanted, Wanted::Whole).then_some(Kind::SpamassassinUserPrefs);
        let bound = Bound::Home(home);
        match self.request.tree.list(inside, bound) {
            Ok(names) => included_folder(names, |name| {
                let path = join(inside, name);
                let file = reading::read(self.request, &path, bound, kind, &mut self.problems.borrow_mut())?;
                Some(document(self.request, file))
            }),
            Err(_) => included(open(self.request, inside, bound, kind), inside, &self.problems),
        }
    }

    fn look(&self, _: &[u8]) -> Look {
        Look::Unknown
    }
}

/// Whether a file is one of those that are checked: not one that was read around them.
pub fn is_checked(file: &File) -> bool {
    matches!(file.kind, Some(Kind::Spamassassin | Kind::SpamassassinUserPrefs))
}
