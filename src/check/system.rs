//! The files of the system: the tables, and what the server says about itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::reading::{self, Unread};
use super::spamassassin::Below;
use super::{Checked, Named, Request, Wanted, guarded, name_service, spamassassin, stock_rules};
use crate::domains::Keys;
use crate::evidence::{CommonDomains, Freemail, Passwd, Zone, has_conditions, system_filter};
use crate::exim_filter::{FilterFile, Missing};
use crate::facts::{Facts, Hostname, Modes};
use crate::finding::File;
use crate::kind::{Kind, Place};
use crate::lsearch::{Table, lower};
use crate::resolv_conf;
use crate::spamassassin::{Configuration, NotRead, Reading, State};
use crate::text::Untrusted;
use crate::tree::{Bound, Problem, Refusal, folder_of, is_domain_name};

/// The domains of each user.
pub type Owners = BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>;
/// The zones that were asked for, by domain.
type Zones = HashMap<Vec<u8>, Option<Zone>>;

/// What is kept of the system's files until the end of the run.
pub struct System {
    /// The files that are to be checked, as far as they had to be understood to know which facts matter.
    pub files: Vec<Begun>,
    /// What is known of the server; the accounts' part comes later.
    pub facts: Facts,
    /// The domains of each user, from all tables of owners.
    pub owners: Owners,
    /// What SpamAssassin knows after the site's files, when anybody needs it.
    pub spamassassin: Option<Arc<State>>,
}

/// A file whose check has begun.
pub enum Begun {
    /// A table, with what its keys are.
    Table(Table, Keys),
    /// A resolv.conf, with what glibc makes of it.
    ResolvConf(Arc<File>, resolv_conf::State),
    /// One of SpamAssassin's files, with what it makes of it.
    SpamAssassin(Configuration),
    /// A system filter that does not exist, and the configuration that names it.
    MissingFilter(FilterFile, Arc<File>),
    /// Any other.
    Other(Arc<File>),
}

impl Begun {
    /// The file.
    pub fn file(&self) -> &Arc<File> {
        match self {
            Self::Table(table, _) => &table.file,
            Self::SpamAssassin(configuration) => &configuration.file,
            Self::ResolvConf(file, _) | Self::MissingFilter(_, file) | Self::Other(file) => file,
        }
    }
}

/// The server's name: what the user says, or what the tree says.
pub fn hostname(request: &Request<'_>, problems: &mut Vec<Unread>) -> Option<Hostname> {
    if let Some(name) = &request.hostname {
        return Some(Hostname { name: name.to_ascii_lowercase(), from: "command line" });
    }
    let read = |file: &Arc<File>| {
        let line = file.source.bytes().split(|&byte| byte == b'\n').next().unwrap_or_default();
        line.trim_ascii().to_ascii_lowercase()
    };
    let name = request.is_server.then(|| reading::read_as(request, b"etc/hostname", problems, read)).flatten();
    name.filter(|name| !name.is_empty()).map(|name| Hostname { name, from: "etc/hostname" })
}

/// Reads the files that are wanted, and the facts around them.
pub fn read(request: &Request<'_>, checked: &mut Checked) -> System {
    let problems = &mut checked.problems;
    let hostname = hostname(request, problems);
    let glibc = name_service::glibc(request, problems);
    let spamassassin = Some(stock_rules::version(request));
    let mut facts = Facts { hostname, glibc: Some(glibc), spamassassin, ..Facts::default() };
    let (mut tables, mut files) = (Vec::new(), Vec::new());
    let (mut site, mut users) = (Vec::new(), Vec::new());
    for file in wanted(request, problems) {
        match file.kind {
            Some(Kind::Userdomains) => tables.extend(guarded(&file.shown, problems, || Table::parse(&file))),
            Some(Kind::ResolvConf) => {
                let state =
                    guarded(&file.shown, problems, || resolv_conf::State::read(file.source.bytes(), glibc.version));
                files.extend(state.map(|state| Begun::ResolvConf(Arc::clone(&file), state)));
            }
            Some(Kind::Spamassassin) => site.push(file),
            Some(Kind::SpamassassinUserPrefs) => users.push(file),
            Some(Kind::NsswitchConf | Kind::EximFilter | Kind::EximSystemFilter) | None => {
                files.push(Begun::Other(file));
            }
        }
    }
    let (mut configurations, state) = read_spamassassin(request, &site, &users, problems);
    add_unread_site_files(request, &mut configurations, problems);
    files.extend(configurations.into_iter().map(Begun::SpamAssassin));
    files.extend(missing_system_filter(request, problems));
    let mut owners = BTreeMap::new();
    if needs_facts(request) {
        facts.modes = modes(request);
        read_facts(request, &mut facts, problems);
        owners = read_owners(request, &tables, problems);
    }
    let with_keys = |table| guarded_keys(table, &facts, problems);
    let tables: Vec<(Table, Keys)> = tables.into_iter().filter_map(with_keys).collect();
    if request.is_server {
        facts.zones = read_zones(request, &tables, problems);
        for file in &files {
            if let Begun::ResolvConf(_, state) = file {
                name_service::read(request, state, &mut facts, problems);
            }
        }
    }
    files.extend(tables.into_iter().map(|(table, keys)| Begun::Table(table, keys)));
    System { files, facts, owners, spamassassin: state }
}

/// What SpamAssassin makes of its files: those of a server all together, others each by itself. Then the state after the
/// site's files, on which those of users stand.
fn read_spamassassin(
    request: &Request<'_>,
    site: &[Arc<File>],
    users: &[Arc<File>],
    problems: &mut Vec<Unread>,
) -> (Vec<Configuration>, Option<Arc<State>>) {
    let is_wanted = !site.is_empty() || !users.is_empty() || matches!(request.wanted, Wanted::Whole);
    if !is_wanted {
        return (Vec::new(), None);
    }
    let mut configurations = Vec::new();
    let mut add = |reading: Reading| {
        let reading = Arc::new(reading);
        configurations.extend(Configuration::each(&reading, spamassassin::is_checked));
        Arc::clone(&reading.state)
    };
    let name = Untrusted::from("SpamAssassin's files");
    let read = |files: &[Arc<File>], below: Below, problems: &mut Vec<Unread>| {
        let name = files.first().map_or(&name, |file| &file.shown).clone();
        let mut unread = Vec::new();
        let reading = guarded(&name, problems, || spamassassin::site(request, files, below, &mut unread));
        problems.append(&mut unread);
        reading
    };
    let mut state = None;
    if request.is_server && (!site.is_empty() || matches!(request.wanted, Wanted::Whole)) {
        state = read(site, Below::StockRules, problems).map(&mut add);
    } else {
        for file in site {
            read(std::slice::from_ref(file), Below::StockRules, problems).map(&mut add);
        }
    }
    if users.is_empty() {
        return (configurations, state);
    }
    // Most users' files say nothing that depends on the stock rules, and reading those takes a hundred times as long.
    let mut unread = Vec::new();
    let quick = match &state {
        Some(state) => Some(Arc::clone(state)),
        None => read(&[], Below::Nothing, &mut unread).map(|reading| reading.state),
    };
    for file in users {
        let user = |state: &Arc<State>, problems: &mut Vec<Unread>| {
            let mut unread = Vec::new();
            let reading =
                guarded(&file.shown, problems, || spamassassin::user(request, file, state, None, &mut unread));
            reading.map(|reading| (reading, unread))
        };
        let mut reading = quick.as_ref().and_then(|state| user(state, problems));
        let needs_stock = reading.as_ref().is_none_or(|(reading, _)| reading.may_depend_on_stock_rules());
        if request.is_server && (needs_stock || !unread.is_empty()) {
            if state.is_none() {
                state = read(&[], Below::StockRules, problems).map(|reading| reading.state);
                unread.clear();
            }
            reading = state.as_ref().and_then(|state| user(state, problems));
        }
        if let Some((reading, mut unread)) = reading {
            add(reading);
            problems.append(&mut unread);
        }
    }
    (configurations, state)
}

/// Says of the site's files that SpamAssassin does not read that it does not: of those that were named, or of the first
/// when the whole tree is checked.
fn add_unread_site_files(request: &Request<'_>, configurations: &mut Vec<Configuration>, problems: &mut Vec<Unread>) {
    let is_whole = matches!(request.wanted, Wanted::Whole);
    let is_about_site = || configurations.iter().any(|one| one.file.kind == Some(Kind::Spamassassin));
    if !request.is_server || !(is_whole || is_about_site()) {
        return;
    }
    let Some((folder, files)) = spamassassin::unread_site_files(request) else { return };
    let not_read = NotRead { folder, others: files.len() - 1 };
    if is_whole {
        // The settings say more than the plugins.
        let is_settings = |path: &&Vec<u8>| !path.ends_with(b".pre");
        let first = files.iter().find(is_settings).or(files.first());
        let read = |path: &Vec<u8>| reading::read(request, path, Bound::System, Some(Kind::Spamassassin), problems);
        configurations.extend(first.and_then(read).map(|file| Configuration::not_read(file, not_read)));
        return;
    }
    for configuration in configurations.iter_mut() {
        if files.iter().any(|path| path == configuration.file.path.bytes()) {
            configuration.not_read = Some(not_read);
        }
    }
}

fn guarded_keys(table: Table, facts: &Facts, problems: &mut Vec<Unread>) -> Option<(Table, Keys)> {
    let shown = table.file.shown.clone();
    guarded(&shown, problems, || Keys::new(&table, facts)).map(|keys| (table, keys))
}

/// Reads the files that are wanted, as far as they are the system's.
pub fn wanted(request: &Request<'_>, problems: &mut Vec<Unread>) -> Vec<Arc<File>> {
    match &request.wanted {
        Wanted::Only(files) => files.iter().filter_map(|named| reading::read_named(request, named, problems)).collect(),
        Wanted::Whole => {
            let places = system_places().map(|(kind, path)| (kind, path.as_bytes().to_vec()));
            let site = spamassassin::site_files(request).into_iter().map(|path| (Kind::Spamassassin, path));
            let places =
                places.chain(site).chain(other_system_filter(request).map(|path| (Kind::EximSystemFilter, path)));
            places
                .filter_map(|(kind, path)| reading::read(request, &path, Bound::System, Some(kind), problems))
                .collect()
        }
    }
}

/// Where a system filter is named: what cPanel makes Exim's configuration of, and that itself.
const EXIM_CONFIGURATIONS: [&str; 2] = ["etc/exim.conf.localopts", "etc/exim.conf"];

/// The system filter that Exim's configuration names, when a whole server does not have it. What Exim itself reads counts before
/// what it is made of.
fn missing_system_filter(request: &Request<'_>, problems: &mut Vec<Unread>) -> Option<Begun> {
    let is_whole_server = request.is_server && request.tree.owner(b"usr/bin").is_some();
    if !is_whole_server || !matches!(request.wanted, Wanted::Whole) {
        return None;
    }
    EXIM_CONFIGURATIONS.iter().rev().find_map(|configuration| {
        let file = reading::read(request, configuration.as_bytes(), Bound::System, None, problems)?;
        let (path, named) = system_filter(file.source.bytes())?;
        let is_absent = matches!(
            request.tree.read(path, Bound::System),
            Err(Refusal::Absent | Refusal::Problem(Problem::Dangling))
        );
        let folder = folder_of(path);
        let missing = Missing { named, has_folder: folder.is_empty() || request.tree.owner(folder).is_some() };
        let is_certain = is_absent && !has_conditions(file.source.bytes());
        // Another configuration is not asked when this one names a filter that is there.
        Some(is_certain.then(|| Begun::MissingFilter(FilterFile::missing(path, missing), Arc::clone(&file))))
    })?
}

/// The system filter that Exim's configuration names, when it is none of those at the usual places.
fn other_system_filter(request: &Request<'_>) -> Option<Vec<u8>> {
    let named = EXIM_CONFIGURATIONS.iter().find_map(|path| {
        let content = request.tree.read(path.as_bytes(), Bound::System).ok()?;
        system_filter(&content.bytes).map(|(path, _)| path.to_vec())
    })?;
    let is_usual = system_places().any(|(_, path)| path.as_bytes() == named);
    (!is_usual).then_some(named)
}

/// Whether a file of the system is among those that are wanted, and so was read already.
fn is_wanted(request: &Request<'_>, path: &str) -> bool {
    match &request.wanted {
        Wanted::Only(files) => files.iter().any(|named| named.path == path.as_bytes()),
        Wanted::Whole => system_places().any(|(_, place)| place == path),
    }
}

fn system_places() -> impl Iterator<Item = (Kind, &'static str)> {
    Kind::ALL.iter().flat_map(|&kind| {
        kind.places().iter().filter_map(move |place| match place {
            Place::System(path) => Some((kind, *path)),
            _ => None,
        })
    })
}

/// Whether what the server's other files say matters: for SpamAssassin's alone it does not.
pub fn needs_facts(request: &Request<'_>) -> bool {
    let is_spamassassins = |named: &Named| matches!(named.kind, Kind::Spamassassin | Kind::SpamassassinUserPrefs);
    request.is_server
        && match &request.wanted {
            Wanted::Whole => true,
            Wanted::Only(files) => !files.iter().all(is_spamassassins),
        }
}

/// Files that are root's, and everybody's to read, on every server.
const EVERYBODYS: &[&str] = &["etc/passwd", "etc/hosts", "etc/nsswitch.conf", "etc/hostname"];

fn modes(request: &Request<'_>) -> Modes {
    let mut modes = Modes::default();
    for path in EVERYBODYS {
        let Ok(content) = request.tree.read(path.as_bytes(), Bound::System) else { continue };
        *modes.let_all_read.get_or_insert(false) |= content.attributes.is_for_all();
        *modes.let_groups_write.get_or_insert(false) |= content.attributes.mode & 0o020 != 0;
    }
    modes
}

fn read_facts(request: &Request<'_>, facts: &mut Facts, problems: &mut Vec<Unread>) {
    let passwd = |file: &Arc<File>| Passwd::parse(file.source.bytes().to_vec());
    facts.passwd = reading::read_as(request, b"etc/passwd", problems, passwd);
    let list = |file: &Arc<File>| (Arc::clone(file), CommonDomains::parse(&file.source));
    facts.common = reading::read_as(request, b"usr/local/cpanel/etc/commondomains", problems, list);
    facts.local_common = reading::read_as(request, b"var/cpanel/commondomains", problems, list);
    for path in [b"var/cpanel/mainip".as_slice(), b"etc/ips"] {
        // `etc/ips` holds `address:netmask:broadcast`; an IPv6 address there would be cut, and says nothing then.
        let addresses = reading::read_as(request, path, problems, |file| {
            let lines = file.source.bytes().split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
            let address = lines.filter_map(|line| line.split(|&byte| byte == b':').next());
            address.filter(|part| !part.is_empty()).map(<[u8]>::to_ascii_lowercase).collect::<Vec<_>>()
        });
        facts.addresses.extend(addresses.unwrap_or_default());
    }
    facts.freemail = read_freemail(request, problems);
}

/// The domains of each user, from the tables at hand and those beside them.
fn read_owners(request: &Request<'_>, tables: &[Table], problems: &mut Vec<Unread>) -> Owners {
    let mut owners = Owners::new();
    tables.iter().for_each(|table| add_owners(&mut owners, table));
    for path in ["etc/userdomains", "etc/trueuserdomains"] {
        if !is_wanted(request, path)
            && let Some(table) = reading::read_as(request, path.as_bytes(), problems, Table::parse)
        {
            add_owners(&mut owners, &table);
        }
    }
    owners
}

/// The zones of the domains that look foreign; a server may have a hundred thousand others.
fn read_zones(request: &Request<'_>, tables: &[(Table, Keys)], problems: &mut Vec<Unread>) -> Option<Zones> {
    let foreign = tables.iter().flat_map(|(table, keys)| keys.foreign_domains(table));
    let asked: BTreeSet<Vec<u8>> = foreign.filter(|domain| is_domain_name(domain)).collect();
    if asked.is_empty() || !has_folder(request, b"var/named", problems) {
        return None;
    }
    let zone = |domain: Vec<u8>| {
        let path = [b"var/named/", domain.as_slice(), b".db"].concat();
        let parse = |file: &Arc<File>| Zone::parse(file.source.bytes(), &domain);
        let zone = reading::read_as(request, &path, problems, parse);
        (domain, zone)
    };
    Some(asked.into_iter().map(zone).collect())
}

/// Whether a folder exists. One with more names than are read does.
fn has_folder(request: &Request<'_>, path: &[u8], problems: &mut Vec<Unread>) -> bool {
    let list = || match request.tree.list(path, Bound::System) {
        Err(Refusal::Problem(Problem::TooManyNames)) => Ok(Vec::new()),
        result => result,
    };
    reading::refused(&path.into(), problems, list).is_some()
}

fn add_owners(owners: &mut Owners, table: &Table) {
    for entry in &table.entries {
        let domain = lower(table.name(entry));
        if is_domain_name(&domain) {
            let owner = table.file.source.slice(entry.value).trim_ascii();
            owners.entry(owner.to_vec()).or_default().insert(domain.into_owned());
        }
    }
}

/// SpamAssassin's list of freemail providers: the updated one, or the one that was installed.
fn read_freemail(request: &Request<'_>, problems: &mut Vec<Unread>) -> Option<(Arc<File>, Freemail)> {
    const LIST: &[u8] = b"/20_freemail_domains.cf";
    let versions = reading::list(request, b"var/lib/spamassassin", problems).unwrap_or_default();
    let updated = versions
        .iter()
        .rev()
        .map(|version| [b"var/lib/spamassassin/", version.as_slice(), b"/updates_spamassassin_org", LIST].concat());
    let mut paths = updated.chain([[b"usr/share/spamassassin".as_slice(), LIST].concat()]);
    let parse = |file: &Arc<File>| (Arc::clone(file), Freemail::parse(&file.source));
    paths.find_map(|path| reading::read_as(request, &path, problems, parse))
}
