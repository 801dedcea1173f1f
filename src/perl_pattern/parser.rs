//! What Perl's compiler does with a pattern: one pass from left to right, in which the first error or warning wins.
//!
//! Perl descends recursively. Here the open groups are a stack of [`Frame`]s, so that no nesting makes us recurse; the
//! names of Perl's functions stand beside ours where they do the same.

use std::collections::HashMap;

use memchr::memchr;

use super::complaint::{Shown, Stop, Warnings};
use super::flags::Flags;
use super::numbers::{Braces, braces};
use super::tree::{Dialect, Greed, Group, Kind, List, NodeId, Set, Tree, index};
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

/// An atom that has been read, and what Perl knows of it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is something that Perl knows of an atom")]
pub(super) struct Atom {
    pub node: NodeId,
    /// It has a width (`HASWIDTH`).
    pub has_width: bool,
    /// It is one node that surely matches a character: for the last look at a repetition of nothing.
    pub is_one: bool,
    /// It calls a group as a subroutine, so its width is not known yet (`POSTPONED`).
    pub is_postponed: bool,
    /// Its first node is a `^` or `\A` (`SBOL`), after which a brace is not complained of.
    pub is_start: bool,
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
    /// In `(?|...)`: the group number at the start, and the largest so far.
    pub reset: Option<(u32, u32)>,
    pub has_width: bool,
    pub is_postponed: bool,
    /// What the first piece of the first branch said of `^`.
    pub starts: Option<bool>,
    pub branches: List,
    /// The branch that is being read.
    pub pieces: List,
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
        self.push_frame(FrameKind::Top, whole);
        self.begin_branch()?;
        loop {
            if self.at >= self.bytes.len() || matches!(self.bytes[self.at], b'|' | b')') {
                if !self.end_branch()? {
                    break;
                }
                continue;
            }
            let piece = self.at;
            if let Step::Atom(atom) = self.atom(piece)? {
                self.piece(atom, piece)?;
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

    pub fn here(&self) -> u8 {
        self.byte(self.at)
    }

    pub fn rest(&self, at: usize) -> &'p [u8] {
        &self.bytes[at.min(self.bytes.len())..]
    }

    pub fn is_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The span of a part of the pattern.
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
    pub fn check_depth(&self, open: usize, depth: u32) -> Result<(), Stop> {
        if depth > DEEPEST {
            return self.error("Too many nested open parens", open, self.at);
        }
        if self.is_end() {
            return self.error("Unmatched (", open, self.at);
        }
        Ok(())
    }

    pub fn depth(&self) -> u32 {
        self.frames.last().map_or(1, |frame| frame.opening.depth)
    }

    pub fn push_frame(&mut self, kind: FrameKind, opening: Opening) {
        let nodes = List::new(&self.tree);
        self.frames.push(Frame {
            opening,
            kind,
            reset: None,
            has_width: false,
            is_postponed: false,
            starts: None,
            branches: nodes,
            pieces: nodes,
            branch_start: 0,
        });
    }

    /// Opens a group, whose first branch begins here.
    pub fn open(&mut self, kind: FrameKind, opening: Opening) -> Result<Step, Stop> {
        self.push_frame(kind, opening);
        self.begin_branch()?;
        Ok(Step::Opened)
    }

    pub fn begin_branch(&mut self) -> Result<(), Stop> {
        self.at = self.skip(self.at)?;
        let start = self.at;
        if let Some(frame) = self.frames.last_mut() {
            frame.pieces = List::new(&self.tree);
            frame.branch_start = index(start);
        }
        Ok(())
    }

    /// Ends a branch at a `|`, a `)` or the end. False when that was the end of the pattern.
    #[inline(never)]
    fn end_branch(&mut self) -> Result<bool, Stop> {
        let Some(frame) = self.frames.last_mut() else { return Ok(false) };
        let pieces = frame.pieces;
        let branch = if pieces.count == 1 {
            pieces.last
        } else {
            let span = Span { start: frame.branch_start.min(index(self.at)), end: index(self.at) };
            let kind = if pieces.count == 0 { Kind::Empty } else { Kind::Sequence };
            self.tree.push_parent(kind, span, pieces.first)
        };
        frame.branches.add(branch);
        frame.starts.get_or_insert(false);
        if let FrameKind::Conditional { define, stage } = frame.kind {
            return self.end_conditional_branch(define, stage);
        }
        if self.at < self.bytes.len() && self.bytes[self.at] == b'|' {
            if let Some((first, largest)) = frame.reset {
                frame.reset = Some((first, largest.max(self.next_group)));
                self.next_group = first;
            }
            self.next()?;
            self.begin_branch()?;
            return Ok(true);
        }
        let Some(frame) = self.frames.pop() else { return Ok(false) };
        if frame.kind == FrameKind::Top {
            if !self.is_end() {
                return self.error("Unmatched )", self.at, self.at + 1);
            }
            let span = self.span(0, self.at);
            self.branches(&frame, span);
            self.tree.push(Kind::Group(Group::Plain), span);
            return Ok(false);
        }
        self.flags = frame.opening.flags;
        if self.is_end() {
            return self.error("Unmatched (", frame.opening.open as usize, frame.opening.inside as usize);
        }
        let closed = Span { start: frame.opening.open, end: index(self.at + 1) };
        self.next()?;
        if let Some((_, largest)) = frame.reset {
            self.next_group = self.next_group.max(largest);
        }
        self.lookarounds = frame.opening.lookarounds;
        let atom = self.closed(&frame, closed);
        self.after_group(atom, frame.opening.piece as usize)?;
        Ok(true)
    }

    /// The node of all branches of a group.
    fn branches(&mut self, frame: &Frame, span: Span) {
        if frame.branches.count > 1 {
            self.tree.push_parent(Kind::Alternation, span, frame.branches.first);
        }
    }

    /// A group that has been closed, as an atom.
    fn closed(&mut self, frame: &Frame, span: Span) -> Atom {
        self.branches(frame, span);
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
        let is_start = frame.kind == FrameKind::Plain && frame.branches.count == 1 && frame.starts == Some(true);
        let node = self.tree.push(Kind::Group(group), span);
        Atom { node, has_width, is_one: false, is_postponed, is_start }
    }

    /// Goes on behind a group: it is the condition of a conditional, or an atom.
    pub fn after_group(&mut self, atom: Atom, piece: usize) -> Result<(), Stop> {
        let mut is_condition = false;
        if let Some(frame) = self.frames.last_mut()
            && let FrameKind::Conditional { stage: stage @ Stage::Condition, .. } = &mut frame.kind
        {
            *stage = Stage::Yes { has_condition: true };
            is_condition = true;
        }
        if !is_condition {
            return self.piece(atom, piece);
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.branches.add(atom.node);
        }
        self.begin_branch()
    }

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
        let node = self.tree.push_parent(kind, self.span(open, end + 1), frame.branches.first);
        let atom = Atom { node, has_width: frame.has_width, is_one: false, is_postponed: false, is_start: false };
        self.after_group(atom, frame.opening.piece as usize)?;
        Ok(true)
    }

    /// What follows an atom: a quantifier, or nothing (the end of `regatom`, and `regpiece`).
    #[inline]
    fn piece(&mut self, atom: Atom, piece: usize) -> Result<(), Stop> {
        match self.here() {
            b'*' | b'+' | b'?' | b'{' => return self.quantified(atom, piece),
            b'(' | b'#' | b'\t'..=b'\r' | b' ' | 0x85 => {
                self.at = self.skip(self.at)?;
                if matches!(self.here(), b'*' | b'+' | b'?' | b'{') {
                    return self.quantified(atom, piece);
                }
            }
            _ => {}
        }
        self.add_piece(atom);
        Ok(())
    }

    /// What follows an atom where a quantifier may stand.
    #[inline(never)]
    fn quantified(&mut self, mut atom: Atom, piece: usize) -> Result<(), Stop> {
        let braces = self.braces(self.at);
        if self.here() == b'{' && !atom.is_start && braces.is_none() {
            self.unescaped_brace(self.at)?;
        }
        let after_atom = self.at;
        let (min, mut max) = match (self.here(), braces) {
            (b'*', _) => (0, None),
            (b'+', _) => (1, None),
            (b'?', _) => (0, Some(1)),
            (_, Some(braces)) => self.bounds(braces)?,
            _ => {
                self.add_piece(atom);
                return Ok(());
            }
        };
        if let Some(braces) = braces {
            self.at += braces.end;
        }
        self.next()?;
        if let Some(most) = max
            && braces.is_some()
        {
            if most < min {
                self.warning("Quantifier {n,m} with n > m can't match", after_atom, self.at)?;
                let span = self.span(piece, self.at);
                atom.node = self.tree.push_fail_instead(span);
                (atom.has_width, atom.is_one, atom.is_postponed, atom.is_start) = (false, false, false, false);
                self.add_piece(atom);
                return Ok(());
            }
            if most == min && self.here() == b'?' && self.version.warns_of_useless_greed() {
                self.warning("Useless use of greediness modifier '?'", self.at, self.at + 1)?;
            }
        }
        if !(atom.has_width || atom.is_postponed) && max.is_none_or(|max| max > self.version.infinity() / 3) {
            let text = &self.bytes[piece..self.at];
            if text.starts_with(b"\\K") && self.version.forbids_repeated_keep() {
                let message = [text, b" is forbidden - matches null string many times"].concat();
                return self.cut_error(message, piece, self.at);
            }
            let text = [text, b" matches null string many times"].concat();
            self.warning(text, piece, self.at)?;
        }
        let mut min = min;
        if !(atom.has_width || atom.is_postponed) && max != Some(0) && self.tree.dialect == Dialect::Perl {
            max = Some(1);
            min = min.min(1);
        }
        let greed = match self.here() {
            b'?' => Greed::Lazy,
            b'+' => Greed::Possessive,
            _ => Greed::Greedy,
        };
        if greed != Greed::Greedy {
            self.next()?;
        }
        if !self.is_end() && self.is_quantifier(self.at) {
            return self.error("Nested quantifiers", after_atom, self.at + 1);
        }
        self.needs_study |= !atom.is_one && super::study::is_unexpected(min, max);
        let (span, kind) = (self.span(piece, self.at), Kind::Repeat { min, max, greed });
        atom.node = self.tree.push(kind, span);
        atom.has_width &= max != Some(0);
        (atom.is_one, atom.is_start) = (false, false);
        self.add_piece(atom);
        Ok(())
    }

    /// The bounds that stand in braces.
    fn bounds(&mut self, braces: Braces) -> Result<(u32, Option<u32>), Stop> {
        let open = self.at;
        let value = |parser: &Self, (start, end): (usize, usize)| {
            let digits = &parser.bytes[open + start..open + end];
            let number = super::numbers::decimal(digits);
            let small = number.and_then(|(value, _)| u32::try_from(value).ok());
            if let Some(value) = small.filter(|&value| value < parser.version.infinity()) {
                return Ok(value);
            }
            // Perl moved both marks behind the number with 5.34.
            let here = open + if parser.version.has_lenient_braces() { end } else { 1 };
            if number.is_none() && digits[0] == b'0' {
                return parser.error("Invalid quantifier in {,}", open + start, here);
            }
            let message = format!("Quantifier in {{,}} bigger than {}", parser.version.infinity() - 1);
            parser.cut_error(message, open + start, here)
        };
        let min = braces.min.map_or(Ok(0), |digits| value(self, digits))?;
        let max = match braces.max {
            Some(digits) => Some(value(self, digits)?),
            None if braces.has_comma => None,
            None => Some(min),
        };
        Ok((min, max))
    }

    /// A `{` that begins no quantifier, behind something that one could follow.
    pub fn unescaped_brace(&self, at: usize) -> Result<(), Stop> {
        if self.tree.dialect == Dialect::Pcre2 {
            return Ok(());
        }
        let brace = self.version.literal_brace();
        brace.judge(
            || self.warning("Unescaped left brace in regex is passed through", at, at + 1),
            || self.error("Unescaped left brace in regex is illegal here", at, at + 1),
        )
    }

    fn add_piece(&mut self, atom: Atom) {
        if let Some(frame) = self.frames.last_mut() {
            frame.has_width |= atom.has_width;
            frame.is_postponed |= atom.is_postponed;
            frame.starts.get_or_insert(atom.is_start);
            frame.pieces.add(atom.node);
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
        let is_start = kind == Kind::Start { multiline: false };
        let node = self.tree.push(kind, span);
        Atom { node, has_width, is_one, is_postponed: false, is_start }
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
