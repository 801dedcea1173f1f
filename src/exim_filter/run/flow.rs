//! Which commands and conditions a filter comes to, and whether every message does.

use super::failing::Owner;
use super::truth::Truth;
use crate::exim_filter::{Action, Filter, Test};

/// Whether something is come to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reach {
    /// By some message: nothing in the text speaks against it.
    pub can: bool,
    /// By every message, unless something before it fails.
    pub always: bool,
    /// Perhaps: it is not certain that no message comes to it.
    may: bool,
}

impl Reach {
    /// By every message.
    const ALWAYS: Self = Self { can: true, always: true, may: true };
    /// By none.
    const NEVER: Self = Self { can: false, always: false, may: false };

    /// The same, but not by every message.
    pub(super) fn sometimes(self) -> Self {
        Self { always: false, ..self }
    }

    /// What is come to only if `truth` holds.
    fn if_holds(self, truth: Truth) -> Self {
        Self {
            can: self.can && truth.can_hold,
            always: self.always && truth == Truth::YES,
            may: self.may && truth != Truth::NO,
        }
    }

    /// What is come to only if `truth` does not hold.
    fn if_fails(self, truth: Truth) -> Self {
        self.if_holds(truth.opposite())
    }

    fn or(self, other: Self) -> Self {
        Self { can: self.can || other.can, always: self.always || other.always, may: self.may || other.may }
    }
}

/// What a filter comes to.
pub struct Flow {
    /// For each command.
    pub commands: Vec<Reach>,
    /// For each condition.
    pub conditions: Vec<Reach>,
    /// For each `logwrite` the file that it writes to.
    pub logs: Vec<(u32, Log)>,
}

/// Which `logfile` was passed last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Log {
    /// None, by any message.
    Missing,
    /// This command, by all messages.
    Named(u32),
    /// That depends on the message.
    Unknown,
}

impl Flow {
    /// How something is come to.
    pub fn reach(&self, owner: Owner) -> Reach {
        match owner {
            Owner::Condition(index) => self.conditions[index as usize],
            Owner::Command(index) => self.commands[index as usize],
        }
    }
}

/// How things stand between two commands.
#[derive(Clone, Copy)]
struct State {
    reach: Reach,
    log: Log,
}

/// An `if` that is being walked through, in one of its sections.
struct OpenIf {
    /// The index behind the last command of the section.
    section_end: u32,
    /// The next section.
    next: Option<u32>,
    before: State,
    /// How the next section is come to: no condition so far held.
    otherwise: Reach,
    /// Behind the sections so far.
    behind: Reach,
    /// The same: the last `logfile`, as far as all ways through the `if` agree.
    log: Option<Log>,
    /// In a section so far the whole filter may have ended.
    can_end: bool,
    /// The same for the section that is walked through.
    ends_here: bool,
}

/// Walks through a filter. `truths` says for each condition what it can come to.
pub fn flow(filter: &Filter, truths: &[Truth]) -> Flow {
    let mut walk = Walk {
        filter,
        truths,
        state: State { reach: Reach::ALWAYS, log: Log::Missing },
        open: Vec::new(),
        roots: Vec::new(),
    };
    let mut commands = Vec::with_capacity(filter.commands.len());
    let mut logs = Vec::new();
    for (index, command) in (0_u32..).zip(&filter.commands) {
        walk.leave(index);
        commands.push(walk.state.reach);
        match &command.action {
            Action::If { first, .. } => walk.enter(*first),
            Action::Finish | Action::Fail { .. } | Action::Freeze { .. } | Action::Defer { .. } => {
                if let Some(open) = walk.open.last_mut() {
                    open.ends_here |= walk.state.reach.may;
                }
                walk.state.reach = Reach::NEVER;
            }
            Action::Logfile { .. } => walk.state.log = Log::Named(index),
            Action::Logwrite { .. } => logs.push((index, walk.state.log)),
            _ => (),
        }
    }
    let conditions = conditions(filter, truths, &walk.roots);
    Flow { commands, conditions, logs }
}

impl OpenIf {
    /// A further way through the `if` ends like this.
    fn pass(&mut self, end: State) {
        if end.reach.may {
            self.log = Some(match self.log {
                Some(log) if log != end.log => Log::Unknown,
                _ => end.log,
            });
        }
    }
}

struct Walk<'f> {
    filter: &'f Filter,
    truths: &'f [Truth],
    state: State,
    open: Vec<OpenIf>,
    /// Conditions of sections, and how they are come to.
    roots: Vec<(u32, Reach)>,
}

impl Walk<'_> {
    fn enter(&mut self, first: u32) {
        let before = self.state;
        self.open.push(OpenIf {
            section_end: 0,
            next: None,
            before,
            otherwise: before.reach,
            behind: Reach::NEVER,
            log: None,
            can_end: false,
            ends_here: false,
        });
        self.begin(first);
    }

    /// Begins a section of the innermost `if`.
    fn begin(&mut self, section: u32) {
        let Some(open) = self.open.last_mut() else { return };
        let Some(section) = self.filter.sections.get(section as usize) else { return };
        let (start, end) = (section.commands.start, section.commands.end);
        open.section_end = end.max(start);
        open.next = section.next;
        open.ends_here = false;
        // `else` has no condition and always holds; one that Exim cannot read may be anything.
        let is_else = self.filter.errors.is_empty();
        let truth = match section.condition {
            Some(id) => {
                self.roots.push((id.0, open.otherwise));
                self.truths[id.0 as usize]
            }
            None if is_else => Truth::YES,
            None => Truth::EITHER,
        };
        self.state = State { reach: open.otherwise.if_holds(truth), log: open.before.log };
        open.otherwise = open.otherwise.if_fails(truth);
    }

    /// Leaves the sections that end before a command, and begins those that follow.
    fn leave(&mut self, index: u32) {
        while let Some(open) = self.open.last_mut()
            && open.section_end <= index
        {
            open.behind = open.behind.or(self.state.reach);
            open.pass(self.state);
            open.can_end |= open.ends_here;
            if let Some(next) = open.next {
                self.begin(next);
                continue;
            }
            // Where nothing ends, one goes on as one came, whatever the conditions.
            let reach = if open.can_end { open.behind.or(open.otherwise) } else { open.before.reach };
            open.pass(State { reach: open.otherwise, ..open.before });
            let (can_end, log) = (open.can_end, open.log.unwrap_or(open.before.log));
            self.state = State { reach, log };
            self.open.pop();
            if let Some(around) = self.open.last_mut() {
                around.ends_here |= can_end;
            }
        }
    }
}

/// How each condition is come to: parts of `and` and `or` from left to right, up to the first that decides.
fn conditions(filter: &Filter, truths: &[Truth], roots: &[(u32, Reach)]) -> Vec<Reach> {
    let mut reaches = vec![Reach::NEVER; filter.conditions.len()];
    for &(root, reach) in roots {
        reaches[root as usize] = reach;
    }
    // Those that belong to another one stand before it.
    for (at, condition) in filter.conditions.iter().enumerate().rev() {
        let mut reach = reaches[at];
        match &condition.test {
            Test::And(parts) => {
                for part in parts {
                    reaches[part.0 as usize] = reach;
                    reach = reach.if_holds(truths[part.0 as usize]);
                }
            }
            Test::Or(parts) => {
                for part in parts {
                    reaches[part.0 as usize] = reach;
                    reach = reach.if_fails(truths[part.0 as usize]);
                }
            }
            // Whether there is an address is not known.
            Test::ForAnyAddress { condition, .. } => {
                reaches[condition.0 as usize] = reach.sometimes();
            }
            _ => (),
        }
    }
    reaches
}
