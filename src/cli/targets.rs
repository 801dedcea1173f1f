//! What the PATHs mean: trees, files of trees, and files by themselves.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::{Failure, Targets};
use crate::check::{Named, Request, StockRules, Unread, Wanted};
use crate::kind::{Kind, Place};
use crate::text;
use crate::text::{Text, Untrusted};
use crate::tree::{Disk, Memory, Problem, SYSTEM_CAP, Tree};

/// A tree with what is wanted of it. It is opened only while it is read: a list may name more folders than a process may
/// have open.
pub struct Target {
    place: Source,
    /// How the tree is named in the report; files that are named as they were given need no tree's name.
    root: Option<Untrusted>,
    wanted: Wanted,
    is_server: bool,
}

/// Where a tree is.
enum Source {
    Folder(PathBuf),
    Input(Memory),
}

impl Target {
    /// Opens the tree and does something with the request to read it. A tree that cannot be opened is a problem.
    pub fn with<T>(
        &self,
        args: &Targets,
        problems: &mut Vec<Unread>,
        work: impl FnOnce(Request<'_>) -> T,
    ) -> Option<T> {
        let disk;
        let tree: &dyn Tree = match &self.place {
            Source::Input(tree) => tree,
            Source::Folder(folder) => match Disk::open(folder) {
                Ok(opened) => {
                    disk = opened;
                    &disk
                }
                Err(error) => {
                    problems.push(Unread { path: shown(folder), message: text!("{}", error.to_string().as_bytes()) });
                    return None;
                }
            },
        };
        let rules;
        let stock_rules = match args.spamassassin_rules.as_deref() {
            None => StockRules::OfTree,
            Some(named) if named == Path::new("stock") => StockRules::Shipped,
            Some(named) if named == Path::new("none") => StockRules::Unknown,
            Some(folder) => match Disk::open(folder) {
                Ok(opened) => {
                    rules = opened;
                    StockRules::From(&rules)
                }
                Err(error) => {
                    problems.push(Unread { path: shown(folder), message: text!("{}", error.to_string().as_bytes()) });
                    return None;
                }
            },
        };
        Some(work(Request {
            tree,
            root: self.root.clone(),
            wanted: match &self.wanted {
                Wanted::Whole => Wanted::Whole,
                Wanted::Only(files) => Wanted::Only(files.clone()),
            },
            is_server: self.is_server,
            hostname: args.hostname.as_ref().map(|name| name.as_bytes().to_vec()),
            glibc: args.glibc_version,
            spamassassin: args.spamassassin_version,
            stock_rules,
            most_findings: None,
            threads: None,
        }))
    }

    /// The tree's name, when all of it is wanted: then it must have something.
    pub fn whole_root(&self) -> Option<&Untrusted> {
        self.root.as_ref().filter(|_| matches!(self.wanted, Wanted::Whole))
    }
}

/// Finds out what is to be read. What cannot be is a problem, and the rest goes on.
pub fn targets(args: &Targets) -> Result<(Vec<Target>, Vec<Unread>), Failure> {
    let mut found = Finder {
        args,
        root: None,
        targets: Vec::new(),
        by_folder: HashMap::new(),
        named: HashSet::new(),
        problems: Vec::new(),
    };
    if let Some(root) = &args.root {
        let whole = fs::canonicalize(root).and_then(|whole| Disk::open(&whole).map(|_| whole));
        let fail = |error| Failure::Usage(format!("--root {}: {error}", shown(root).visible()));
        found.root = Some(whole.map_err(fail)?);
    }
    let mut paths = args.paths.clone();
    if let Some(list) = &args.files_from {
        let is_stdin = list == Path::new("-");
        paths.extend(read_list(list, is_stdin)?);
        if is_stdin && paths.iter().any(|path| path == "-") {
            return Err(Failure::Usage("standard input cannot be both a file and the list of files".into()));
        }
    } else if paths.is_empty() {
        if args.kind.is_some() {
            return Err(Failure::Usage("--kind needs a PATH to read as that kind (`-` is standard input)".into()));
        }
        let root = args.root.as_deref().unwrap_or(Path::new("/"));
        found.whole(root);
    }
    paths.iter().for_each(|path| found.path(path));
    Ok((found.targets, found.problems))
}

fn shown(path: impl AsRef<OsStr>) -> Untrusted {
    path.as_ref().as_bytes().into()
}

fn read_list(list: &Path, is_stdin: bool) -> Result<Vec<OsString>, Failure> {
    let mut bytes = Vec::new();
    let read = if is_stdin {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(list).map(|read| bytes = read)
    };
    read.map_err(|error| Failure::Usage(format!("--files-from {}: {error}", shown(list).visible())))?;
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(|line| OsString::from_vec(line.to_vec())).collect())
}

struct Finder<'a> {
    args: &'a Targets,
    /// `--root`, without links.
    root: Option<PathBuf>,
    targets: Vec<Target>,
    /// The target of each folder of which files were named one by one.
    by_folder: HashMap<(PathBuf, bool), usize>,
    /// The files that were named so, each by its target and its path there.
    named: HashSet<(usize, Vec<u8>)>,
    problems: Vec<Unread>,
}

impl Finder<'_> {
    fn problem(&mut self, path: impl AsRef<OsStr>, message: Text) {
        self.problems.push(Unread { path: shown(path), message });
    }

    /// A whole tree.
    fn whole(&mut self, root: &Path) {
        let place = Source::Folder(root.to_owned());
        self.targets.push(Target { place, root: Some(shown(root)), wanted: Wanted::Whole, is_server: true });
    }

    fn path(&mut self, path: &OsStr) {
        if path == "-" {
            return self.stdin();
        }
        let path = Path::new(path);
        match (fs::metadata(path), self.args.kind) {
            (Ok(found), None) if found.is_dir() => return self.whole(path),
            (Ok(found), Some(kind)) if found.is_dir() => return self.folder(path, kind),
            (Ok(_), _) => {}
            (Err(error), _) if error.kind() == io::ErrorKind::NotFound => {
                let is_link = path.symlink_metadata().is_ok();
                if let Some(kind) = self.args.kind.or_else(|| Kind::of_path(path.as_os_str().as_bytes()))
                    && is_link
                    && kind.has_verdict_on(Problem::Dangling)
                {
                    return self.file(path, kind);
                }
                self.problem(
                    path,
                    if is_link {
                        text!("it is a link to something that does not exist")
                    } else {
                        text!("it does not exist")
                    },
                );
                return;
            }
            (Err(error), _) => {
                self.problem(path, text!("{}", error.to_string().as_bytes()));
                return;
            }
        }
        let Some(kind) = self.args.kind.or_else(|| Kind::of_path(path.as_os_str().as_bytes())) else {
            self.problem(path, text!("its name is of no known kind; say with --kind what it is"));
            return;
        };
        self.file(path, kind);
    }

    /// One file: of the tree of `--root`, of the tree that its place shows, or by itself.
    fn file(&mut self, path: &Path, kind: Kind) {
        if let Some(root) = self.root.clone() {
            let whole = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
            let whole = whole.and_then(|folder| fs::canonicalize(folder).ok()).zip(path.file_name());
            let Some(inside) =
                whole.and_then(|(folder, name)| Some(folder.join(name).strip_prefix(&root).ok()?.to_owned()))
            else {
                self.problem(path, text!("it is not in the tree of --root"));
                return;
            };
            let named = Named { kind, path: inside.as_os_str().as_bytes().to_vec(), shown: shown(&inside) };
            let name = self.args.root.as_deref().unwrap_or(&root).to_owned();
            return self.add(&name, Some(shown(&name)), named, true);
        }
        if let Some((root, inside)) = root_of(path, kind) {
            let named = Named { kind, path: inside, shown: shown(path) };
            return self.add(&root, None, named, true);
        }
        match fs::canonicalize(path) {
            Ok(whole) => {
                let (folder, name) = (whole.parent().unwrap_or(Path::new("/")), whole.file_name().unwrap_or_default());
                let named = Named { kind, path: name.as_bytes().to_vec(), shown: shown(path) };
                self.add(folder, None, named, false);
            }
            Err(error) => {
                self.problem(path, text!("{}", error.to_string().as_bytes()));
            }
        }
    }

    /// All regular files below a folder, read as one kind.
    fn folder(&mut self, folder: &Path, kind: Kind) {
        let mut files = Vec::new();
        for entry in WalkDir::new(folder).follow_links(false).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                    files.push(Named {
                        kind,
                        path: inside.as_os_str().as_bytes().to_vec(),
                        shown: shown(entry.path()),
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.problem(path, text!("{}", reason.as_bytes()));
                }
            }
        }
        let place = Source::Folder(folder.to_owned());
        self.targets.push(Target { place, root: None, wanted: Wanted::Only(files), is_server: false });
    }

    /// Adds a file to the target of its tree, so that the facts around it are read once.
    fn add(&mut self, folder: &Path, root: Option<Untrusted>, named: Named, is_server: bool) {
        let next = self.targets.len();
        let index = *self.by_folder.entry((folder.to_owned(), is_server)).or_insert(next);
        if index == next {
            let place = Source::Folder(folder.to_owned());
            self.targets.push(Target { place, root, wanted: Wanted::Only(Vec::new()), is_server });
        }
        if let Wanted::Only(files) = &mut self.targets[index].wanted
            && self.named.insert((index, named.path.clone()))
        {
            files.push(named);
        }
    }

    fn stdin(&mut self) {
        let Some(kind) = self.args.kind else {
            self.problem("-", text!("standard input has no name; say with --kind what it is"));
            return;
        };
        let mut bytes = Vec::new();
        let limit = u64::try_from(SYSTEM_CAP).unwrap_or(u64::MAX).saturating_add(1);
        if let Err(error) = io::stdin().lock().take(limit).read_to_end(&mut bytes) {
            self.problem("-", text!("{}", error.to_string().as_bytes()));
            return;
        }
        let mut tree = Memory::default();
        tree.file("-", bytes);
        let named = Named { kind, path: b"-".to_vec(), shown: shown("-") };
        let wanted = Wanted::Only(vec![named]);
        self.targets.push(Target { place: Source::Input(tree), root: None, wanted, is_server: false });
    }
}

/// The tree that a file lies in, when it lies where a server keeps files of its kind, and its path in it.
fn root_of(path: &Path, kind: Kind) -> Option<(PathBuf, Vec<u8>)> {
    kind.places().iter().find_map(|place| {
        // How many names of the path's end lie in the tree.
        let depth = match place {
            Place::System(inside) if path.ends_with(inside) => Path::new(inside).components().count(),
            Place::ForDomain(folder) | Place::Folder(folder)
                if path.parent().is_some_and(|parent| parent.ends_with(folder)) =>
            {
                Path::new(folder).components().count() + 1
            }
            _ => return None,
        };
        let root = path.ancestors().nth(depth)?;
        let inside = path.strip_prefix(root).ok()?.as_os_str().as_bytes().to_vec();
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Some((root.to_owned(), inside))
    })
}
