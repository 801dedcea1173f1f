//! The files, line by line: languages, conditions, includes, markers; and the way of a line to its setting.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use memchr::memchr;

use super::bytes::{first_word, is_space, replaced};
use super::complaint::{Complaint, Level};
use super::line::{Line, folded};
use super::names::{NameMap, NameSet};
use super::reading::{At, Document, Host, Included, Meaning, Message, NO_DOCUMENT, Options, Reading, Stated};
use super::setting::{Setting, Who};
use super::state::State;
use super::value::Outcome;
use super::version::Version;
use super::{NO_FILE, plugin};
use crate::source::Span;

/// Reads the site's files: the `*.pre` of the site, the stock rules, the `*.cf` of the site, each folder in SpamAssassin's
/// order ([`super::files`]).
#[must_use]
pub fn read_site(files: Vec<Document>, options: &Options, host: &dyn Host) -> Reading {
    let mut reader = Reader::new(State::new(options), false, options, host);
    reader.read(files);
    reader.finish()
}

/// Reads a user's file as spamd does, on top of the site's configuration.
#[must_use]
pub fn read_user(file: Document, site: &Arc<State>, options: &Options, host: &dyn Host) -> Reading {
    let mut reader = Reader::new(State::on(site), true, options, host);
    reader.read(vec![file]);
    reader.finish()
}

/// What is to be done next.
enum Task {
    /// To read a document from an offset on.
    Document(u32, usize),
    /// A marker: a file begins here, or goes on.
    Start(u32),
    /// A marker: a file ends here.
    End,
}

/// An `if` that is open.
struct Block {
    /// Whether lines were skipped before it.
    was_skipping: bool,
    /// Whether they were before it or any block around it.
    is_within_skipped: bool,
    at: At,
}

pub struct Reader<'r> {
    pub options: &'r Options,
    pub host: &'r dyn Host,
    pub state: State,
    pub is_user: bool,
    documents: Vec<Document>,
    stated: Vec<Stated>,
    messages: Vec<Message>,
    pub unjudged: Vec<At>,
    names: Vec<Box<[u8]>>,
    name_indexes: NameMap<u32>,
    /// For each name, how many of its lines have been read.
    numbers: Vec<u32>,
    /// The file that the parser believes it is in.
    current: u32,
    outer: Vec<u32>,
    blocks: Vec<Block>,
    is_skipping: bool,
    /// What conditions gave that have been computed already: those of `if`, those of `ifplugin`.
    pub conditions: [NameMap<bool>; 2],
    /// The paths that have been looked at: SpamAssassin says once what it thinks of each.
    paths: NameSet,
    /// The files that are read, by their plain names.
    included: HashSet<Vec<u8>>,
    /// Of documents that were included again, the place of the `include` with which that began.
    origins: HashMap<u32, At>,
    /// How many bytes of them have been read again.
    repeated: usize,
    /// Whether something depends on more than has been read: see [`Reading::may_depend_on_more`].
    pub may_depend_on_more: bool,
    tasks: Vec<Task>,
    document: u32,
}

/// Linux's `PATH_MAX`.
const LONGEST_PATH: usize = 4096;
/// So many bytes of files that were included before are read again, each file counting for some more. SpamAssassin has no
/// bound, and a file that includes itself doubles what it reads, or fills the memory with as many copies as its paths have
/// forms. A small file that includes itself as `./FILE` is read 2,000 times, until the path is too long, and stays below.
const MOST_REPEATED: usize = 4 << 20;
const COST_OF_A_FILE: usize = 1024;

/// The index of [`NO_FILE`] among the names.
const OUTSIDE: u32 = 0;

/// A line that is being read, and where.
pub struct Here<'l, 'b> {
    pub line: &'l Line<'b>,
    pub key: &'l [u8],
    pub value: &'l [u8],
    at: At,
}

impl Here<'_, '_> {
    /// The place of a part of the line.
    #[inline]
    pub fn at(&self, part: &[u8]) -> At {
        At { span: self.line.span_of(part), ..self.at }
    }
}

impl<'r> Reader<'r> {
    fn new(state: State, is_user: bool, options: &'r Options, host: &'r dyn Host) -> Self {
        let mut reader = Self {
            options,
            host,
            state,
            is_user,
            documents: Vec::new(),
            stated: Vec::new(),
            messages: Vec::new(),
            unjudged: Vec::new(),
            names: Vec::new(),
            name_indexes: NameMap::default(),
            numbers: Vec::new(),
            current: OUTSIDE,
            outer: Vec::new(),
            blocks: Vec::new(),
            is_skipping: false,
            conditions: Default::default(),
            paths: NameSet::default(),
            included: HashSet::new(),
            origins: HashMap::new(),
            repeated: 0,
            may_depend_on_more: false,
            tasks: Vec::new(),
            document: 0,
        };
        reader.name(NO_FILE);
        reader
    }

    fn finish(mut self) -> Reading {
        self.finish_parsing();
        let mut ranges = vec![0..0; self.documents.len()];
        for (at, stated) in self.stated.iter().enumerate() {
            let range = &mut ranges[stated.document as usize];
            *range = if range.start == range.end { at..at + 1 } else { range.start..at + 1 };
        }
        Reading {
            ranges,
            version: self.options.version,
            documents: self.documents,
            stated: self.stated,
            messages: self.messages,
            unjudged: self.unjudged,
            state: Arc::new(self.state),
            may_depend_on_more: self.may_depend_on_more,
            names: self.names,
        }
    }

    /// Says something about a place.
    #[inline]
    pub fn complain(&mut self, at: At, level: Level, complaint: Complaint) {
        self.messages.push(Message { complaint, at, level });
    }

    /// The place of what has none in the files.
    pub fn place_outside() -> At {
        let nowhere = Span { start: 0, end: 0 };
        At { document: NO_DOCUMENT, line: nowhere, span: nowhere, name: OUTSIDE, number: 0 }
    }

    /// The name of the file that the parser believes it is in.
    pub fn current_file(&self) -> &[u8] {
        &self.names[self.current as usize]
    }

    fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(&index) = self.name_indexes.get(name) {
            return index;
        }
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.into());
        self.name_indexes.insert(name.into(), index);
        self.numbers.push(0);
        index
    }

    fn read(&mut self, files: Vec<Document>) {
        let (files, others): (Vec<Document>, Vec<Document>) = files.into_iter().partition(|file| self.is_read(file));
        self.included.extend(files.iter().map(|file| plain(&file.name)));
        self.push_documents(files);
        // An empty one is checked as well: it may be something else than a file.
        self.documents.extend(others);
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Start(name) => self.start_file(name),
                Task::End => self.end_file(),
                Task::Document(document, from) => self.read_document(document, from),
            }
        }
    }

    /// Whether a file has anything that is read now: an empty one has not, nor has one that was read before.
    fn is_read(&mut self, file: &Document) -> bool {
        // A user's own file is opened by other means.
        if self.is_user && self.documents.is_empty() {
            return true;
        }
        if file.file.source.bytes().is_empty() || self.state.has_read(&file.name) {
            return false;
        }
        // 3.4 reads a file as often as it is told to.
        if self.options.version >= Version::V40 {
            self.state.files_read.insert(file.name.clone());
        }
        true
    }

    fn push_documents(&mut self, files: Vec<Document>) {
        for file in files.into_iter().rev() {
            let name = self.name(&file.name);
            let document = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
            self.documents.push(file);
            self.tasks.push(Task::End);
            self.tasks.push(Task::Document(document, 0));
            self.tasks.push(Task::Start(name));
        }
    }

    fn read_document(&mut self, document: u32, from: usize) {
        let file = Arc::clone(&self.documents[document as usize].file);
        let bytes = file.source.bytes();
        self.document = document;
        let mut at = from;
        while at < bytes.len() {
            let end = at + line_length(&bytes[at..]);
            let has_included = self.raw_line(&bytes[at..end], at);
            at = end + 1;
            if let Some((include, place)) = has_included {
                let resume = self.current;
                self.tasks.push(Task::Document(document, at));
                let path = self.expanded(&include, place);
                // 3.4 does not end the outer file for the time of the inner one.
                if self.options.version >= Version::V40 && self.names[resume as usize].is_empty() {
                    for is_start in [false, true] {
                        self.complain(place, Level::Lint, Complaint::MarkerWithoutName { is_start });
                    }
                } else if self.options.version >= Version::V40 {
                    self.tasks.push(Task::Start(resume));
                    self.end_file();
                }
                let included = self.included(&path, place);
                self.push_documents(included);
                return;
            }
        }
    }

    /// The files that an `include` reads.
    fn included(&mut self, path: &[u8], place: At) -> Vec<Document> {
        self.may_depend_on_more = true;
        let mut included = Vec::new();
        if self.repeated > MOST_REPEATED {
            return included;
        }
        // A NUL stands between several paths.
        for path in path.split(|&byte| byte == 0).filter(|path| !path.is_empty()) {
            // The system takes no longer path, and 4.0 does not ask it again for the same one.
            if path.len() >= LONGEST_PATH || self.state.has_read(path) {
                continue;
            }
            match self.host.include(path) {
                Included::Files(files) => included.extend(files.into_iter().filter(|file| self.is_read(file))),
                Included::Nothing(why) => {
                    self.complain(place, Level::Silent, Complaint::NothingIncluded { path: path.into(), why });
                }
                Included::Unknown => {}
            }
        }
        let before = self.repeated;
        for file in &included {
            if !self.included.insert(plain(&file.name)) {
                self.repeated += file.file.source.bytes().len() + COST_OF_A_FILE;
            }
        }
        let first = self.origins.get(&place.document).copied().unwrap_or(place);
        if self.repeated > before {
            let begin = self.documents.len();
            let all = (begin..begin + included.len()).filter_map(|document| u32::try_from(document).ok());
            self.origins.extend(all.map(|document| (document, first)));
        }
        if self.repeated > MOST_REPEATED {
            self.complain(first, Level::Fatal, Complaint::EndlessInclude);
            return Vec::new();
        }
        included
    }

    /// Reads one line as it stands in the file; gives the path when it includes one.
    fn raw_line(&mut self, raw: &[u8], start: usize) -> Option<(Vec<u8>, At)> {
        if !raw.starts_with(b"file ") {
            self.numbers[self.current as usize] += 1;
        }
        if matches!(raw.first(), None | Some(b'#')) {
            return None;
        }
        let mut line = Line::read(raw, start)?;
        if line.language().is_some() {
            let is_ours = self.is_our_language(&line);
            if !is_ours {
                self.stated.push(Stated::new(self.document, line.span().start, Meaning::OtherLanguage, false));
                return None;
            }
            line = line.without_language();
        }
        let key = folded(line.key());
        let here = Here { line: &line, key: &key, value: line.value(), at: self.at(&line) };
        self.line(&here)
    }

    fn at(&self, line: &Line<'_>) -> At {
        let span = line.span();
        let number = self.numbers[self.current as usize];
        At { document: self.document, line: span, span, name: self.current, number }
    }

    /// The word behind `lang` is a pattern for the beginning of the language's name.
    fn is_our_language(&mut self, line: &Line<'_>) -> bool {
        let word = line.language().unwrap_or_default();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        if word.iter().all(is_plain) {
            let language = &self.options.language;
            let fits = |(theirs, ours): (&u8, &u8)| *theirs == b'.' || theirs.eq_ignore_ascii_case(ours);
            return word.len() <= language.len() && word.iter().zip(language).all(fits);
        }
        let here = Here { line, key: b"", value: b"", at: self.at(line) };
        if let Err(refused) = self.language_pattern(&here, word) {
            let complaint = Complaint::LanguageNoPattern { error: refused.words.into() };
            self.complain(here.at(refused.part), Level::Fatal, complaint);
        }
        false
    }

    fn state_line(&mut self, here: &Here<'_, '_>, meaning: Meaning, is_taken: bool) {
        self.stated.push(Stated::new(self.document, here.at.line.start, meaning, is_taken));
        if !is_taken && defines_rule(here.key) {
            self.state.drop_rule(first_word(here.value).0);
        }
    }

    /// Reads a line. Gives the path when it includes one.
    fn line(&mut self, here: &Here<'_, '_>) -> Option<(Vec<u8>, At)> {
        let preprocessed = match here.key {
            b"endif" => self.endif(here),
            b"ifplugin" => self.condition("ifplugin", here),
            b"if" => self.condition("if", here),
            b"file" => match self.marker(here) {
                // To 3.4 one that is no marker is a setting like any other.
                Err(Complaint::UnknownSetting) if self.is_skipping => {
                    self.state_line(here, Meaning::Skipped, false);
                    return None;
                }
                marked => marked,
            },
            b"include" => {
                let is_folder_of_itself = here.value.is_empty() && self.options.version < Version::V40;
                if is_folder_of_itself {
                    self.complain(here.at, Level::Fatal, Complaint::EndlessInclude);
                } else if here.value.is_empty() {
                    self.complain(here.at, Level::Lint, Complaint::MissingValue);
                }
                self.state_line(here, Meaning::Preprocessor, !here.value.is_empty());
                return (!here.value.is_empty()).then(|| (here.value.to_vec(), here.at(here.value)));
            }
            b"else" => self.otherwise(here),
            _ if self.is_skipping => {
                self.state_line(here, Meaning::Skipped, false);
                return None;
            }
            b"require_version" => self.require_version(here),
            _ => {
                self.setting(here);
                return None;
            }
        };
        match preprocessed {
            Ok(()) => self.state_line(here, Meaning::Preprocessor, true),
            Err(complaint) => {
                self.state_line(here, Meaning::Preprocessor, false);
                self.complain(here.at, Level::Lint, complaint);
            }
        }
        None
    }

    fn endif(&mut self, here: &Here<'_, '_>) -> Result<(), Complaint> {
        if !here.value.is_empty() && self.options.version >= Version::V40 {
            return Err(Complaint::NotStandalone);
        }
        let block = self.blocks.pop().ok_or(Complaint::EndifWithoutIf)?;
        self.is_skipping = block.was_skipping;
        Ok(())
    }

    fn otherwise(&mut self, here: &Here<'_, '_>) -> Result<(), Complaint> {
        let is_new = self.options.version >= Version::V40;
        if !here.value.is_empty() && is_new {
            return Err(Complaint::NotStandalone);
        }
        if self.blocks.is_empty() {
            return Err(Complaint::ElseWithoutIf);
        }
        // 3.4 does not look at the blocks around this one.
        let is_skipped_around = is_new && self.is_within_skipped();
        self.is_skipping = is_skipped_around || !self.is_skipping;
        Ok(())
    }

    /// Whether lines were skipped before any of the blocks that are open.
    fn is_within_skipped(&self) -> bool {
        self.blocks.last().is_some_and(|block| block.is_within_skipped)
    }

    fn condition(&mut self, key: &'static str, here: &Here<'_, '_>) -> Result<(), Complaint> {
        if here.value.is_empty() && self.options.version >= Version::V40 {
            return Err(Complaint::MissingCondition);
        }
        let Some(holds) = self.evaluate(key, here) else { return Ok(()) };
        let (was_skipping, within) = (self.is_skipping, self.is_within_skipped());
        let block = Block { was_skipping, is_within_skipped: was_skipping || within, at: here.at };
        self.blocks.push(block);
        self.is_skipping |= !holds;
        Ok(())
    }

    fn marker(&mut self, here: &Here<'_, '_>) -> Result<(), Complaint> {
        let (word, rest) = first_word(here.value);
        match (word, rest) {
            (b"start", Some(name)) => {
                let name = self.name(name);
                self.start_file(name);
                Ok(())
            }
            (b"end", Some(_)) => {
                self.end_file();
                Ok(())
            }
            _ if self.options.version >= Version::V40 => Err(Complaint::MissingValue),
            _ => Err(Complaint::UnknownSetting),
        }
    }

    fn start_file(&mut self, name: u32) {
        self.outer.push(self.current);
        self.current = name;
    }

    fn end_file(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        // 3.4 tells of the innermost only, and of that one twice.
        let told = if self.options.version < Version::V40 { blocks.len().saturating_sub(1) } else { 0 };
        for block in blocks.into_iter().skip(told) {
            let at = At { name: self.current, ..block.at };
            if self.options.version < Version::V40 {
                self.complain(at, Level::Warning, Complaint::Unclosed);
            }
            self.complain(at, Level::Lint, Complaint::Unclosed);
        }
        self.is_skipping = false;
        // Behind more ends than beginnings there is no name at all.
        self.current = match self.outer.pop() {
            Some(outer) => outer,
            None if self.options.version < Version::V40 => OUTSIDE,
            None => self.name(b""),
        };
    }

    fn require_version(&mut self, here: &Here<'_, '_>) -> Result<(), Complaint> {
        if here.value.is_empty() && self.options.version >= Version::V40 {
            return Err(Complaint::MissingValue);
        }
        let version = self.options.version.number();
        if here.value == b"@@VERSION@@" || here.value == version.as_bytes() {
            return Ok(());
        }
        self.is_skipping = true;
        self.complain(here.at(here.value), Level::Warning, Complaint::OtherVersion);
        self.complain(here.at(here.value), Level::Lint, Complaint::OtherVersion);
        Ok(())
    }

    fn setting(&mut self, here: &Here<'_, '_>) {
        let Some(setting) = self.state.setting(here.key, self.options.version) else {
            self.of_plugin(here);
            return;
        };
        if self.is_user && !self.state.may_users_set(setting, self.options.version) {
            let is_privileged = setting.who(self.options.version) == Who::Privileged;
            let complaint = if is_privileged { Complaint::PrivilegedSetting } else { Complaint::AdminSetting };
            self.complain(here.at(here.line.key()), Level::Info, complaint);
            self.complain(here.at(here.line.key()), Level::Lint, Complaint::UnknownSetting);
            self.state_line(here, Meaning::Setting(setting), false);
            return;
        }
        let outcome = self.apply(setting, here);
        self.state_line(here, Meaning::Setting(setting), outcome == Outcome::Taken);
        match outcome {
            Outcome::Taken => {}
            Outcome::Missing(part) => self.complain(here.at_part(part), Level::Lint, Complaint::MissingValue),
            Outcome::Invalid(part) => self.complain(here.at_part(part), Level::Lint, Complaint::InvalidValue),
        }
    }

    /// What no setting's handler knows, a plugin's own parser may.
    fn of_plugin(&mut self, here: &Here<'_, '_>) {
        let is_taken = plugin::parse(self, here);
        if is_taken {
            self.state_line(here, Meaning::OfPlugin, true);
            return;
        }
        self.state_line(here, Meaning::Unknown, false);
        let at = here.at(here.line.key());
        if here.key == b"ok_languages" {
            self.complain(at, Level::Uncounted, Complaint::NowAPlugin);
        } else {
            self.complain(at, Level::Lint, Complaint::UnknownSetting);
        }
    }

    /// A path with `~` and `__NAME__` filled in, from the folder of the current file when it is relative.
    pub fn expanded(&mut self, path: &[u8], at: At) -> Vec<u8> {
        let is_new = !self.paths.contains(path) && self.paths.insert(path.into());
        let folders = &self.options.folders;
        let mut path = path.to_vec();
        if path.windows(2).any(|pair| pair == b"__") {
            let version = self.options.version.number();
            let names: [(&[u8], &[u8]); 7] = [
                (b"__local_rules_dir__", &folders.local_rules),
                (b"__local_state_dir__", &folders.local_state),
                (b"__def_rules_dir__", &folders.default_rules),
                (b"__prefix__", &folders.prefix),
                (b"__userstate__", &folders.user_state),
                (b"__global_state_dir__", &folders.global_state),
                (b"__version__", version.as_bytes()),
            ];
            path = names.iter().fold(path, |path, (name, folder)| replaced(&path, name, folder));
        }
        if path.first() == Some(&b'~') {
            let end = path.iter().position(|&byte| byte == b'/').unwrap_or(path.len());
            path.splice(..end, folders.home.iter().copied());
        }
        if is_new {
            self.check_path(&path, at);
        }
        if path.first() != Some(&b'/') {
            let file = self.current_file();
            let folder = file.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            path = [&file[..folder], path.as_slice()].concat();
        }
        path
    }

    /// Says so of a path that SpamAssassin finds suspicious.
    pub fn check_path(&mut self, path: &[u8], at: At) {
        let is_first = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0xa0 || b"-_.#%=+,/:()\\@".contains(&byte);
        let blank = path.iter().take_while(|&&byte| is_space(byte)).count();
        let is_good = match path[blank..].split_first() {
            None => path.is_empty(),
            Some((&first, rest)) => is_first(first) && rest.iter().all(|&byte| is_first(byte) || b"~ ".contains(&byte)),
        };
        if !is_good {
            self.complain(at, Level::Warning, Complaint::SuspiciousPath { path: path.into() });
        }
    }

    /// The setting's handler.
    fn apply<'v>(&mut self, setting: &'static Setting, here: &Here<'v, '_>) -> Outcome<'v> {
        match super::value::check(setting.form, here.value, self.options.version) {
            Some(Outcome::Taken) => {
                self.remember(setting, here);
                Outcome::Taken
            }
            Some(outcome) => outcome,
            None => self.apply_more(setting, here),
        }
    }
}

impl Here<'_, '_> {
    /// The place of a part of the value; an empty part is the place where something is missing.
    fn at_part(&self, part: &[u8]) -> At {
        if part.is_empty() {
            let end = self.at.line.end;
            return At { span: Span { start: end, end }, ..self.at };
        }
        self.at(part)
    }
}

/// How long the line is that a text begins with.
#[inline]
fn line_length(text: &[u8]) -> usize {
    // To set out for the end of a short line costs more than to walk there.
    const SHORT: usize = 12;
    let near = &text[..text.len().min(SHORT)];
    match near.iter().position(|&byte| byte == b'\n') {
        Some(len) => len,
        None => memchr(b'\n', &text[near.len()..]).map_or(text.len(), |len| near.len() + len),
    }
}

/// Whether a line with this key defines a rule.
fn defines_rule(key: &[u8]) -> bool {
    matches!(
        key,
        b"header" | b"body" | b"rawbody" | b"uri" | b"full" | b"meta" | b"mimeheader" | b"uri_detail" | b"askdns"
    )
}

/// A path without the parts that mean nothing.
pub fn plain(path: &[u8]) -> Vec<u8> {
    path.split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect::<Vec<_>>().join(&b'/')
}
