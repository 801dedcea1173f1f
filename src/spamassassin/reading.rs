//! What goes into reading the files, and what comes out.

use std::ops::Range;
use std::sync::Arc;

use memchr::memchr;

use super::complaint::{Complaint, Context, Level};
use super::line::Line;
use super::setting::Setting;
use super::state::State;
use super::stock::Stock;
use super::version::{Perl, Version};
use crate::finding::File;
use crate::source::Span;

/// A file that SpamAssassin reads.
#[derive(Clone)]
pub struct Document {
    /// Its name as SpamAssassin has it, which its messages give.
    pub name: Vec<u8>,
    /// The file.
    pub file: Arc<File>,
}

/// What the path of a setting leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// Nothing.
    Absent,
    /// A plain file, or something else that is no folder.
    File {
        /// Whether SpamAssassin may run it.
        is_executable: bool,
    },
    /// A folder.
    Folder,
    /// It cannot be told; the setting is then held to be good.
    Unknown,
}

/// What the path of an `include` leads to.
pub enum Included {
    /// The files that are read: the file itself, or those of a folder in SpamAssassin's order ([`super::files`]).
    Files(Vec<Document>),
    /// Nothing that is read. SpamAssassin is silent about it.
    Nothing(NotIncluded),
    /// It cannot be told.
    Unknown,
}

/// Why an `include` reads nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NotIncluded {
    /// There is no such file.
    Absent,
    /// It is a pipe, a device or the like.
    NoPlainFile,
    /// It is a folder without any `*.cf`.
    NoSettings,
    /// It lies outside of the home of the user whose file it is. spamd reads it; here nobody does, since the text of
    /// somebody else's file would get into a report.
    OutsideHome,
}

/// The machine that the files are for.
pub trait Host {
    /// What `include PATH` leads to.
    fn include(&self, path: &[u8]) -> Included;

    /// What a path leads to.
    fn look(&self, path: &[u8]) -> Look;
}

/// A machine of which no file is known.
pub struct Nowhere;

impl Host for Nowhere {
    fn include(&self, _: &[u8]) -> Included {
        Included::Unknown
    }

    fn look(&self, _: &[u8]) -> Look {
        Look::Unknown
    }
}

/// The folders whose names may stand in paths as `__NAME__`.
#[derive(Clone, Debug)]
pub struct Folders {
    /// `__local_rules_dir__`
    pub local_rules: Vec<u8>,
    /// `__local_state_dir__`
    pub local_state: Vec<u8>,
    /// `__def_rules_dir__`
    pub default_rules: Vec<u8>,
    /// `__prefix__`
    pub prefix: Vec<u8>,
    /// `__userstate__`
    pub user_state: Vec<u8>,
    /// `__global_state_dir__`
    pub global_state: Vec<u8>,
    /// `~`
    pub home: Vec<u8>,
}

impl Default for Folders {
    fn default() -> Self {
        Self {
            local_rules: b"/etc/spamassassin".to_vec(),
            local_state: b"/var/lib/spamassassin".to_vec(),
            default_rules: b"/usr/share/spamassassin".to_vec(),
            prefix: b"/usr".to_vec(),
            user_state: b"/root/.spamassassin".to_vec(),
            global_state: b"/var/lib/spamassassin".to_vec(),
            home: b"/root".to_vec(),
        }
    }
}

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The version.
    pub version: Version,
    /// The language that SpamAssassin runs in, without the character set: `lang` lines are held against it.
    pub language: Vec<u8>,
    /// The Perl that it runs in.
    pub perl: Perl,
    /// Whether it runs without the network (`--lint` without `--net`, `spamd -L`): `local_tests_only`.
    pub is_local_only: bool,
    /// The folders.
    pub folders: Folders,
    /// Where the stock rules come from.
    pub stock: Stock,
    /// Whether the files `*.pre` among those to read are not the site's own: see [`State::presumes_plugins`].
    pub presumes_plugins: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: Version::NEWEST,
            language: b"en_US".to_vec(),
            perl: Perl::V5_36,
            is_local_only: false,
            folders: Folders::default(),
            stock: Stock::OfFiles,
            presumes_plugins: false,
        }
    }
}

/// A place in a document.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Which document; [`NO_DOCUMENT`] for a place in the site's files that a user's file has brought up again.
    pub(super) document: u32,
    /// The line's text as far as SpamAssassin reads it.
    pub line: Span,
    /// The bytes that are wrong.
    pub span: Span,
    /// The name that SpamAssassin has for the file here: an index into the names of the reading.
    pub(super) name: u32,
    /// The line's number, as SpamAssassin counts; 0 before the first.
    pub number: u32,
}

/// In the place of a document's number: none.
pub(super) const NO_DOCUMENT: u32 = u32::MAX;

impl At {
    /// Which document; `None` for a place in the site's files that a user's file has brought up again.
    #[must_use]
    pub fn document(&self) -> Option<u32> {
        (self.document != NO_DOCUMENT).then_some(self.document)
    }
}

/// What SpamAssassin says, and where it is.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it complains of.
    pub complaint: Complaint,
    /// Where.
    pub at: At,
    /// Who says it.
    pub level: Level,
}

/// What a line means.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// A setting.
    Setting(&'static Setting),
    /// A key that only a plugin's own parser knows.
    OfPlugin,
    /// `if`, `else`, `endif`, `include`, `file`, `require_version`.
    Preprocessor,
    /// The line stands in a block, or behind a line, that makes SpamAssassin skip it.
    Skipped,
    /// The line is for another language.
    OtherLanguage,
    /// Nothing that is known here.
    Unknown,
}

/// A line that holds something, in little room: a file may have half a million of them.
#[derive(Clone, Copy)]
pub(super) struct Stated {
    pub document: u32,
    /// Where the line begins, without the white space and the `lang` before it.
    pub start: u32,
    meaning: u16,
    pub is_taken: bool,
}

impl Stated {
    pub fn new(document: u32, start: u32, meaning: Meaning, is_taken: bool) -> Self {
        Self { document, start, meaning: meaning.number(), is_taken }
    }

    pub fn meaning(self) -> Meaning {
        Meaning::of_number(self.meaning)
    }
}

impl Meaning {
    const WITHOUT_SETTING: [Self; 5] =
        [Self::OfPlugin, Self::Preprocessor, Self::Skipped, Self::OtherLanguage, Self::Unknown];

    /// A number for each: those of the settings begin behind the others.
    fn number(self) -> u16 {
        match self {
            Self::OfPlugin => 0,
            Self::Preprocessor => 1,
            Self::Skipped => 2,
            Self::OtherLanguage => 3,
            Self::Unknown => 4,
            Self::Setting(setting) => setting.number + 5,
        }
    }

    fn of_number(number: u16) -> Self {
        match Self::WITHOUT_SETTING.get(usize::from(number)) {
            Some(&meaning) => meaning,
            None => Self::Setting(Setting::numbered(number - 5)),
        }
    }
}

/// A line that holds something.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Which document.
    pub document: u32,
    /// The key.
    pub key: Span,
    /// The value; empty, behind the line, when there is none.
    pub value: Span,
    /// What it means.
    pub meaning: Meaning,
    /// Whether SpamAssassin takes it.
    pub is_taken: bool,
}

/// What SpamAssassin makes of some files.
pub struct Reading {
    /// The version that it was.
    pub version: Version,
    /// The documents, in the order in which they were met.
    pub documents: Vec<Document>,
    /// The lines that hold something, in the order in which SpamAssassin reads them.
    pub(super) stated: Vec<Stated>,
    /// What SpamAssassin says.
    pub messages: Vec<Message>,
    /// Patterns of which it is not known here what Perl makes of them. They are taken, and nothing is said of them.
    pub unjudged: Vec<At>,
    /// What is known after all lines.
    pub state: Arc<State>,
    /// Whether the stock rules, when they were not read before a user's file, might have made a difference: the file
    /// asks for a plugin or a function that is not there, for a score, for a list, or it includes files. What SpamAssassin
    /// complains of counts, too.
    pub(super) may_depend_on_more: bool,
    pub(super) names: Vec<Box<[u8]>>,
    /// For each document, where its first statement is, and where behind its last; those of files that it includes are
    /// between them.
    pub(super) ranges: Vec<Range<usize>>,
}

impl Reading {
    /// What the last line of a document that holds something means.
    pub(super) fn last_meaning(&self, document: u32) -> Option<Meaning> {
        self.stated_in(document).next_back().map(|stated| stated.meaning())
    }

    /// The lines of a document with a condition that holds, or that belongs to one.
    pub(super) fn conditions_of(&self, document: u32) -> impl Iterator<Item = Statement> {
        let is_one = |stated: &&Stated| stated.is_taken && matches!(stated.meaning(), Meaning::Preprocessor);
        self.stated_in(document).filter(is_one).map(|stated| self.statement(stated))
    }

    /// The same for those that SpamAssassin takes as settings of some kind.
    pub(super) fn settings_of(
        &self,
        document: u32,
        is_wanted: impl Fn(&'static Setting) -> bool,
    ) -> impl Iterator<Item = (&'static Setting, Statement)> {
        self.stated_in(document).filter(|stated| stated.is_taken).filter_map(move |stated| {
            let Meaning::Setting(setting) = stated.meaning() else { return None };
            is_wanted(setting).then(|| (setting, self.statement(stated)))
        })
    }

    fn stated_in(&self, document: u32) -> impl DoubleEndedIterator<Item = &Stated> {
        let range = self.ranges.get(document as usize).cloned().unwrap_or_default();
        self.stated[range].iter().filter(move |stated| stated.document == document)
    }

    /// A statement, read from its line again.
    pub(super) fn statement(&self, stated: &Stated) -> Statement {
        let bytes = self.documents[stated.document as usize].file.source.bytes();
        let rest = bytes.get(stated.start as usize..).unwrap_or_default();
        let raw = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
        let line = Line::read_again(raw, stated.start as usize);
        Statement {
            document: stated.document,
            key: line.key_span(),
            value: line.value_span(),
            meaning: stated.meaning(),
            is_taken: stated.is_taken,
        }
    }

    /// Whether what lies below this file's reading might change it. When not, a user's file reads the same with the stock
    /// rules and without them.
    #[must_use]
    pub fn may_depend_on_stock_rules(&self) -> bool {
        self.may_depend_on_more || !self.messages.is_empty()
    }

    /// The words of a message from `config:` (or `rules:` and so on) on, without time stamp and level, and without what
    /// Perl adds at the end of some (` at FILE line N.`, the details of a syntax error).
    #[must_use]
    pub fn words(&self, message: &Message) -> Vec<u8> {
        let at = &message.at;
        let document = at.document().map(|document| &self.documents[document as usize]);
        let slice = |span| document.map_or(&[][..], |document| document.file.source.slice(span));
        let (raw, part) = (slice(at.line), slice(at.span));
        let file = &self.names[at.name as usize];
        let line = (at.number > 0).then_some(at.number);
        message.complaint.words(&Context { version: self.version, file, line, raw, part })
    }
}

impl Reading {
    /// The words of a message as the daemon logs them: it gives a name to what has none before its first colon.
    #[must_use]
    pub fn daemon_words(&self, message: &Message) -> Vec<u8> {
        let words = self.words(message);
        let facility = words.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
        let goes_through_logger = matches!(message.level, Level::Lint | Level::Uncounted | Level::Info);
        let are_encoded = message.complaint.are_characters() && self.version >= Version::V40;
        if goes_through_logger && are_encoded {
            return words.into_iter().map(char::from).collect::<String>().into_bytes();
        }
        if goes_through_logger && words.get(facility) != Some(&b':') {
            return [b"generic: ", words.as_slice()].concat();
        }
        words
    }
}
