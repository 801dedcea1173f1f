//! What Perl's compiler does with a pattern: one pass from left to right, in which the first error or warning wins.
//!
//! Perl descends recursively. Here the open groups are a stack of [`Frame`]s, so that no nesting makes us recurse; the
//! names of Perl's functions stand beside ours where they do the same.

use std::collections::HashMap;

use memchr::memchr;

use super::complaint::{Shown, Stop, Warnings};
use super::flags::Flags;
use super::numbers::{Braces, braces};
use super::tree::{Dialect, Group, Kind, NodeId, Set, Tree, index};
use super::version::Version;
use crate::source::Span;

/// The state of the reading.
pub(super) struct Parser<'p> {
    pub bytes: &'p [u8],
    pub at: usize,
    pub version: Version,
    pub flags: Flags,
    pub shown: Shown<'p>,
    pub tree: Tree,
    pub frames: Vec<Frame>,
    /// For each open `(?|...)` the group number at its start, and the largest so far.
    pub resets: Vec<(u32, u32)>,
    /// The number that the next capturing group gets.
    pub next_group: u32,
    /// The names of groups, each with the number of the first group of that name.
    pub names: HashMap<&'p [u8], u32>,
    /// References that only a second pass can judge, since the group may still come.
    pub pending: Vec<Pending<'p>>,
    /// Nodes that name a group which has not been seen yet.
    pub unresolved: Vec<(NodeId, &'p [u8])>,
    /// How many lookarounds are open.
    pub lookarounds: u32,
    pub in_script_run: bool,
    /// There is something that only [`Self::study`] can judge.
    pub needs_study: bool,
    /// Whether a class holds a `\N{U+..}` of several characters.
    pub has_sequence_in_class: bool,
    /// Where the next closing parenthesis and the next closing brace were found, and from where.
    closers: [(usize, usize); 2],
}

/// A reference to a group that has not been seen yet.
pub(super) struct Pending<'p> {
    pub group: Wanted<'p>,
    pub at: Span,
    pub here: usize,
}

pub(super) enum Wanted<'p> {
    Number(u32),
    Name(&'p [u8]),
}

/// What Perl knows of an atom that has been read, and is the last node of the tree.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is something that Perl knows of an atom")]
pub(super) struct Atom {
    /// It has a width (`HASWIDTH`).
    pub has_width: bool,
    /// It is one node that surely matches a character: for the last look at a repetition of nothing.
    pub is_one: bool,
    /// It calls a group as a subroutine, so its width is not known yet (`POSTPONED`).
    pub is_postponed: bool,
    /// Its first node is a `^` or `\A` (`SBOL`), after which a brace is not complained of.
    pub is_start: bool,
}

impl Atom {
    /// What has no width and is nothing special.
    pub const NOTHING: Self = Self { has_width: false, is_one: false, is_postponed: false, is_start: false };
}

/// What became of an atom.
pub(super) enum Step {
    /// It is complete.
    Atom(Atom),
    /// It is a group, which has been opened.
    Opened,
    /// There was none: flags to the end of the branch (`TRYAGAIN`).
    Nothing,
}

/// A group that is being opened, and how things stood before it.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// Where the parenthesis stands.
    pub open: u32,
    /// Where its inside begins, for "Unmatched (".
    pub inside: u32,
    /// Where the piece began that the group is the atom of.
    pub piece: u32,
    /// How deep Perl's functions have called each other.
    pub depth: u32,
    pub lookarounds: u32,
    pub flags: Flags,
}

/// An open group.
pub(super) struct Frame {
    pub opening: Opening,
    pub kind: FrameKind,
    /// It is a `(?|...)`, which has its numbers in [`Parser::resets`].
    pub is_reset: bool,
    pub has_width: bool,
    pub is_postponed: bool,
    /// What the first piece of the first branch said of `^`.
    pub starts: Option<bool>,
    /// How many branches have been read, a lookaround that is a condition among them.
    pub branches: u32,
    /// How many pieces of the branch that is being read.
    pub pieces: u32,
    pub branch_start: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    Top,
    Capture(u32),
    Plain,
    Atomic,
    Ahead {
        negated: bool,
    },
    Behind {
        negated: bool,
    },
    ScriptRun,
    /// The inside of `(*asr:...)`, the width of which Perl forgets.
    AtomicScriptRun,
    /// `(?(...)`: what comes next.
    Conditional {
        define: bool,
        stage: Stage,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Condition,
    Yes { has_condition: bool },
    No { has_condition: bool },
}

/// What Perl's functions call each other for one more parenthesis.
pub(super) const DEPTH_OF_GROUP: u32 = 4;
/// Where Perl stops: 1,000 parentheses.
const DEEPEST: u32 = 4000;

impl<'p> Parser<'p> {
    pub fn new(bytes: &'p [u8], version: Version) -> Self {
        Self {
            bytes,
            at: 0,
            version,
            flags: Flags::spamassassin(),
            shown: Shown::new(bytes),
            tree: Tree::default(),
            frames: Vec::new(),
            resets: Vec::new(),
            next_group: 1,
            names: HashMap::new(),
            pending: Vec::new(),
            unresolved: Vec::new(),
            lookarounds: 0,
            in_script_run: false,
            needs_study: false,
            has_sequence_in_class: false,
            closers: [(1, 0); 2],
        }
    }

    /// As Perl compiles with `/i` and nothing else, where a warning stops nothing.
    pub fn of_perl_alone(bytes: &'p [u8], version: Version) -> Self {
        let mut parser = Self { flags: Flags::fold_only(), ..Self::new(bytes, version) };
        parser.shown.warnings = Warnings::Nothing;
        parser
    }

    /// As a reader of PCRE2's patterns: what it may read otherwise than Perl stops the reading.
    pub fn of_pcre2(bytes: &'p [u8]) -> Self {
        let mut parser = Self::new(bytes, Version::V5_36);
        parser.tree.dialect = Dialect::Pcre2;
        parser.shown.warnings = Warnings::Unknown;
        parser
    }

    /// Ends the reading at something of which only is known what Perl makes of it.
    pub fn only_perl(&self) -> Result<(), Stop> {
        if self.tree.dialect == Dialect::Pcre2 { Err(Stop::cannot_tell()) } else { Ok(()) }
    }

    /// Reads the whole pattern as Perl does, in two looks. Of what else is wrong where a class holds a sequence it is not
    /// known how Perl words it: it makes a group of the class, and reads on in that.
    pub fn read(&mut self) -> Result<(), Stop> {
        let outcome = self.parse().and_then(|()| self.study());
        if self.has_sequence_in_class && (outcome.is_err() || self.needs_study) {
            return Err(Stop::cannot_tell());
        }
        outcome
    }

    /// Reads the pattern to its end.
    pub fn parse(&mut self) -> Result<(), Stop> {
        self.tree.reserve(self.bytes.len());
        let whole = Opening { open: 0, inside: 0, piece: 0, depth: 1, lookarounds: 0, flags: self.flags };
        self.open(FrameKind::Top, whole)?;
        loop {
            let piece = self.at;
            match self.bytes.get(piece) {
                None | Some(b'|' | b')') => {
                    if !self.end_branch()? {
                        break;
                    }
                }
                Some(_) => {
                    if let Step::Atom(atom) = self.atom(piece)? {
                        self.piece(atom, piece)?;
                    }
                }
            }
        }
        self.tree.groups = self.next_group - 1;
        for (id, name) in &self.unresolved {
            let Some(&group) = self.names.get(name) else { continue };
            self.tree.resolve(*id, group);
        }
        self.second_pass()
    }

    /// What the second pass would find: references to groups that never came.
    fn second_pass(&mut self) -> Result<(), Stop> {
        for pending in &self.pending {
            let message: &[u8] = match pending.group {
                Wanted::Number(number) if number >= self.next_group => b"Reference to nonexistent group",
                Wanted::Name(name) if !self.names.contains_key(name) => b"Reference to nonexistent named group",
                _ => continue,
            };
            return Err(self.shown.error(message, pending.at, pending.here));
        }
        Ok(())
    }

    // What stands where. Behind the end there is a NUL, as in Perl.

    #[inline]
    pub fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline]
    pub fn here(&self) -> u8 {
        self.byte(self.at)
    }

    pub fn rest(&self, at: usize) -> &'p [u8] {
        &self.bytes[at.min(self.bytes.len())..]
    }

    #[inline]
    pub fn is_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The span of a part of the pattern.
    #[inline]
    pub fn span(&self, start: usize, end: usize) -> Span {
        let end = end.min(self.bytes.len());
        Span::new(start.min(end), end)
    }

    /// The next `)` or `}` from a place on. Remembered, so that a pattern with many openers costs one search.
    pub fn find(&mut self, closer: u8, from: usize) -> Option<usize> {
        let slot = usize::from(closer == b'}');
        let (searched, found) = self.closers[slot];
        if !(searched <= from && from <= found) {
            let found = memchr(closer, self.rest(from)).map_or(self.bytes.len(), |at| from + at);
            self.closers[slot] = (from, found);
        }
        let found = self.closers[slot].1;
        (found < self.bytes.len()).then_some(found)
    }

    #[inline]
    pub fn braces(&self, at: usize) -> Option<Braces> {
        if self.byte(at) != b'{' {
            return None;
        }
        braces(self.rest(at), self.version.has_lenient_braces() && self.tree.dialect == Dialect::Perl)
    }

    #[inline]
    pub fn is_quantifier(&self, at: usize) -> bool {
        match self.byte(at) {
            b'*' | b'+' | b'?' => true,
            b'{' => self.braces(at).is_some(),
            _ => false,
        }
    }

    /// Passes comments, and under `x` white space (`skip_to_be_ignored_text`).
    #[inline]
    pub fn skip(&mut self, at: usize) -> Result<usize, Stop> {
        if !self.flags.extended && (self.byte(at) != b'(' || self.byte(at + 1) != b'?' || self.byte(at + 2) != b'#') {
            return Ok(at);
        }
        self.skip_ignored(at)
    }

    #[inline(never)]
    fn skip_ignored(&mut self, mut at: usize) -> Result<usize, Stop> {
        loop {
            if self.byte(at) == b'(' && self.rest(at).starts_with(b"(?#") {
                let Some(end) = self.find(b')', at) else {
                    let span = self.span(at, self.bytes.len());
                    return Err(self.shown.unmarked_error(b"Sequence (?#... not terminated", span));
                };
                at = end + 1;
                continue;
            }
            if !self.flags.extended {
                return Ok(at);
            }
            let before = at;
            loop {
                match self.byte(at) {
                    b'\t'..=b'\r' | b' ' | 0x85 => at += 1,
                    b'#' => at = memchr(b'\n', self.rest(at)).map_or(self.bytes.len(), |lf| at + lf + 1),
                    _ => break,
                }
            }
            if at == before {
                return Ok(at);
            }
        }
    }

    /// Goes over to UTF-8. Perl begins anew for that and forgets that a script run was open, but not that it is in one:
    /// so this one and all that follow are none of their own.
    pub fn upgrade(&mut self) {
        if self.shown.is_utf8 {
            return;
        }
        self.shown.is_utf8 = true;
        for frame in self.frames.iter_mut().filter(|_| self.in_script_run) {
            match frame.kind {
                FrameKind::ScriptRun => frame.kind = FrameKind::Plain,
                FrameKind::AtomicScriptRun => {
                    frame.kind = FrameKind::Atomic;
                    frame.opening.inside = frame.opening.open + 1;
                }
                _ => {}
            }
        }
    }

    /// Passes a byte and what is ignored after it (`nextchar`).
    #[inline]
    pub fn next(&mut self) -> Result<(), Stop> {
        if !self.is_end() {
            self.at = self.skip(self.at + 1)?;
        }
        Ok(())
    }

    // Complaints.

    /// An error with the mark at a place; to blame is what stands between.
    pub fn error<T>(&self, message: impl AsRef<[u8]>, start: usize, here: usize) -> Result<T, Stop> {
        Err(self.shown.error(message.as_ref(), self.span(start, here), here))
    }

    /// An error at a character, of which Perl goes over the first byte.
    pub fn byte_error<T>(&self, message: impl AsRef<[u8]>, start: usize, at: usize) -> Result<T, Stop> {
        Err(self.shown.byte_error(message.as_ref(), self.span(start, at + 1), at))
    }

    pub fn cut_error<T>(&self, message: impl AsRef<[u8]>, start: usize, here: usize) -> Result<T, Stop> {
        Err(self.shown.cut_error(message.as_ref(), self.span(start, here), here))
    }

    pub fn warning(&self, message: impl AsRef<[u8]>, start: usize, here: usize) -> Result<(), Stop> {
        self.shown.warning(message.as_ref(), self.span(start, here), here)
    }

    // Groups and branches.

    /// Opens a group, after the checks that come first (the start of `reg`).
    #[inline]
    pub fn check_depth(&self, open: usize, depth: u32) -> Result<(), Stop> {
        if depth > DEEPEST {
            return self.error("Too many nested open parens", open, self.at);
        }
        if self.is_end() {
            return self.error("Unmatched (", open, self.at);
        }
        Ok(())
    }

    #[inline]
    pub fn depth(&self) -> u32 {
        self.frames.last().map_or(1, |frame| frame.opening.depth)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what a group begins with is written once, to where it belongs")]
    pub fn push_frame(&mut self, kind: FrameKind, opening: Opening) {
        let branch_start = index(self.at);
        self.frames.push(Frame {
            opening,
            kind,
            is_reset: false,
            has_width: false,
            is_postponed: false,
            starts: None,
            branches: 0,
            pieces: 0,
            branch_start,
        });
    }

    /// Opens a group, whose first branch begins here.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what a group begins with is written once, to where it belongs")]
    pub fn open(&mut self, kind: FrameKind, opening: Opening) -> Result<Step, Stop> {
        self.at = self.skip(self.at)?;
        self.push_frame(kind, opening);
        Ok(Step::Opened)
    }

    #[inline]
    pub fn begin_branch(&mut self) -> Result<(), Stop> {
        self.at = self.skip(self.at)?;
        let start = self.at;
        if let Some(frame) = self.frames.last_mut() {
            frame.pieces = 0;
            frame.branch_start = index(start);
        }
        Ok(())
    }

    /// Ends a branch at a `|`, a `)` or the end. False when that was the end of the pattern.
    #[inline(never)]
    fn end_branch(&mut self) -> Result<bool, Stop> {
        let (end, is_end) = (index(self.at), self.is_end());
        let Some(frame) = self.frames.last_mut() else { return Ok(false) };
        if frame.pieces != 1 {
            let span = Span { start: frame.branch_start.min(end), end };
            if frame.pieces == 0 {
                self.tree.push(Kind::Empty, span);
            } else {
                self.tree.push_parent(Kind::Sequence, span, frame.pieces);
            }
        }
        frame.branches += 1;
        frame.starts.get_or_insert(false);
        if let FrameKind::Conditional { define, stage } = frame.kind {
            return self.end_conditional_branch(define, stage);
        }
        if !is_end && self.bytes[self.at] == b'|' {
            if frame.is_reset
                && let Some((first, largest)) = self.resets.last_mut()
            {
                *largest = (*largest).max(self.next_group);
                self.next_group = *first;
            }
            self.next()?;
            self.begin_branch()?;
            return Ok(true);
        }
        if frame.kind == FrameKind::Top {
            if !is_end {
                return self.error("Unmatched )", self.at, self.at + 1);
            }
            let (branches, span) = (frame.branches, Span { start: 0, end });
            self.branches(branches, span);
            self.tree.push(Kind::Group(Group::Plain), span);
            return Ok(false);
        }
        let opening = frame.opening;
        self.flags = opening.flags;
        if is_end {
            return self.error("Unmatched (", opening.open as usize, opening.inside as usize);
        }
        if frame.is_reset
            && let Some((_, largest)) = self.resets.pop()
        {
            self.next_group = self.next_group.max(largest);
        }
        self.lookarounds = opening.lookarounds;
        self.next()?;
        let atom = self.closed(Span { start: opening.open, end: end + 1 });
        self.after_group(atom, opening.piece as usize)?;
        Ok(true)
    }

    /// The node of all branches of a group.
    #[inline]
    fn branches(&mut self, count: u32, span: Span) {
        if count > 1 {
            self.tree.push_parent(Kind::Alternation, span, count);
        }
    }

    /// The innermost group, which has been closed, as an atom.
    #[inline]
    fn closed(&mut self, span: Span) -> Atom {
        let Some(frame) = self.frames.pop() else { return Atom::NOTHING };
        self.branches(frame.branches, span);
        let (mut has_width, mut is_postponed) = (frame.has_width, frame.is_postponed);
        let group = match frame.kind {
            FrameKind::Capture(number) => Group::Capture(number),
            FrameKind::Atomic => Group::Atomic,
            FrameKind::AtomicScriptRun => {
                (has_width, is_postponed, self.in_script_run) = (false, false, false);
                Group::Atomic
            }
            FrameKind::ScriptRun => {
                self.in_script_run = false;
                Group::ScriptRun
            }
            FrameKind::Ahead { negated } => Group::Ahead { negated },
            FrameKind::Behind { negated } => Group::Behind { negated },
            FrameKind::Top | FrameKind::Plain | FrameKind::Conditional { .. } => Group::Plain,
        };
        if matches!(group, Group::Ahead { .. } | Group::Behind { .. }) {
            has_width = false;
            self.needs_study |= matches!(group, Group::Behind { .. });
        }
        let is_start = frame.kind == FrameKind::Plain && frame.branches == 1 && frame.starts == Some(true);
        self.tree.push(Kind::Group(group), span);
        Atom { has_width, is_one: false, is_postponed, is_start }
    }

    /// Goes on behind a group: it is the condition of a conditional, or an atom.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "every group comes here")]
    pub fn after_group(&mut self, atom: Atom, piece: usize) -> Result<(), Stop> {
        if let Some(frame) = self.frames.last_mut()
            && let FrameKind::Conditional { stage: stage @ Stage::Condition, .. } = &mut frame.kind
        {
            *stage = Stage::Yes { has_condition: true };
            frame.branches += 1;
            return self.begin_branch();
        }
        self.piece(atom, piece)
    }

    #[inline(never)]
    fn end_conditional_branch(&mut self, define: bool, stage: Stage) -> Result<bool, Stop> {
        let end = self.at;
        let closer = self.here();
        self.next()?;
        if closer == b'|'
            && let Stage::Yes { has_condition } = stage
        {
            if define {
                return self.error("(?(DEFINE)....) does not allow branches", end, self.at);
            }
            if let Some(frame) = self.frames.last_mut() {
                frame.kind = FrameKind::Conditional { define, stage: Stage::No { has_condition } };
            }
            self.begin_branch()?;
            return Ok(true);
        }
        let Some(frame) = self.frames.pop() else { return Ok(false) };
        let open = frame.opening.open as usize;
        if closer != b')' {
            if self.is_end() {
                return self.error("Switch (?(condition)... not terminated", open, self.at);
            }
            return self.error("Switch (?(condition)... contains too many branches", end, self.at);
        }
        let has_condition = matches!(stage, Stage::Yes { has_condition: true } | Stage::No { has_condition: true });
        let kind = Kind::Conditional { define, has_condition };
        self.tree.push_parent(kind, self.span(open, end + 1), frame.branches);
        let atom = Atom { has_width: frame.has_width, ..Atom::NOTHING };
        self.after_group(atom, frame.opening.piece as usize)?;
        Ok(true)
    }

    /// Puts an atom, with its quantifier, into the branch that is being read.
    #[inline]
    pub fn add_piece(&mut self, atom: Atom) {
        if let Some(frame) = self.frames.last_mut() {
            frame.has_width |= atom.has_width;
            frame.is_postponed |= atom.is_postponed;
            frame.starts.get_or_insert(atom.is_start);
            frame.pieces += 1;
        }
    }

    // Making atoms.

    /// An atom without children, from a place to here.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "where it is called the kind is known: half the work goes away")]
    pub fn leaf(&mut self, kind: Kind, start: usize, end: usize) -> Atom {
        let span = self.span(start, end);
        let has_width = matches!(
            kind,
            Kind::Literal { .. } | Kind::Any { .. } | Kind::Set(_) | Kind::LineEnd | Kind::Grapheme | Kind::Backref(_)
        );
        let is_one = matches!(kind, Kind::Literal { .. } | Kind::Any { .. } | Kind::Set(_));
        let is_start = matches!(kind, Kind::Start { multiline: false });
        self.tree.push(kind, span);
        Atom { has_width, is_one, is_postponed: false, is_start }
    }

    pub fn set(&mut self, set: Set, start: usize, end: usize) -> Atom {
        if set.exact && set.is_empty() {
            // Perl makes the same of it as of `(*FAIL)`, but for the width that it takes it to have.
            return Atom { has_width: true, ..self.leaf(Kind::Fail, start, end) };
        }
        if self.tree.sets.last() != Some(&set) {
            self.tree.sets.push(set);
        }
        let number = index(self.tree.sets.len() - 1);
        self.leaf(Kind::Set(number), start, end)
    }

    /// Whether a place begins with some bytes.
    pub fn begins(&self, at: usize, bytes: &[u8]) -> bool {
        self.rest(at).starts_with(bytes)
    }
}
