//! What throws mail away without telling anybody.

use super::in_words::in_words;
use crate::exim_filter::{Action, Command, Filter, FilterFile, Section, Test};
use crate::finding::Sink;
use crate::source::Span;
use crate::text;
use crate::text::Text;

/// The path that Exim takes for no file at all: what is saved there is gone. It is compared byte by byte.
const NOWHERE: &[u8] = b"/dev/null";

pub(super) fn discards_mail(file: &FilterFile, sink: &mut Sink<'_>) {
    let Some(filter) = &file.filter else { return };
    let bytes = file.file.source.bytes();
    let mut way = Way::default();
    let mut starts: Vec<(u32, u32)> =
        (0_u32..).zip(&filter.sections).map(|(index, section)| (section.commands.start, index)).collect();
    starts.sort_unstable();
    let mut starts = starts.into_iter().peekable();
    for (index, command) in (0_u32..).zip(&filter.commands) {
        way.leave(index);
        while let Some((_, section)) = starts.next_if(|&(start, _)| start <= index) {
            way.enter(filter, section, index);
        }
        if way.is_over() {
            continue;
        }
        let is_lost = match &command.action {
            Action::Save { path, .. } => &*path.value(bytes) == NOWHERE && command.is_significant(),
            Action::Finish => command.seen == Some(true),
            _ => false,
        };
        if is_lost && !way.is_dealt_with() && !is_bounce_of_a_bounce(filter, &way) {
            report(file, filter, command, &way, sink);
        }
        way.go(command, is_lost, bytes);
    }
}

/// The way from the start of a filter to a command.
#[derive(Default)]
struct Way {
    /// The part outside of any `if`, and the parts of `if`s that the command is in, from the outermost.
    steps: Vec<Step>,
    outside: State,
}

/// What happened so far in a part.
#[derive(Clone, Copy, Default)]
struct State {
    /// The message is delivered somewhere, or somebody is told of it.
    is_dealt_with: bool,
    /// Nothing behind is obeyed.
    is_over: bool,
}

struct Step {
    section: u32,
    end: u32,
    state: State,
}

impl Way {
    fn enter(&mut self, filter: &Filter, section: u32, at: u32) {
        let end = filter.sections[section as usize].commands.end;
        if end > at {
            self.steps.push(Step { section, end, state: State::default() });
        }
    }

    fn leave(&mut self, at: u32) {
        while self.steps.last().is_some_and(|step| step.end <= at) {
            self.steps.pop();
        }
    }

    fn states(&self) -> impl Iterator<Item = State> {
        std::iter::once(self.outside).chain(self.steps.iter().map(|step| step.state))
    }

    fn is_over(&self) -> bool {
        self.states().any(|state| state.is_over)
    }

    fn is_dealt_with(&self) -> bool {
        self.states().any(|state| state.is_dealt_with)
    }

    fn go(&mut self, command: &Command, is_lost: bool, bytes: &[u8]) {
        let state = self.steps.last_mut().map_or(&mut self.outside, |step| &mut step.state);
        match &command.action {
            Action::Save { path, .. } => state.is_dealt_with |= is_lost || &*path.value(bytes) != NOWHERE,
            Action::Deliver { .. } | Action::Pipe { .. } | Action::Mail { .. } | Action::Vacation { .. } => {
                state.is_dealt_with = true;
            }
            Action::Finish | Action::Fail { .. } | Action::Freeze { .. } | Action::Defer { .. } => state.is_over = true,
            _ => {}
        }
    }
}

/// Whether the command stands in `if error_message then ... else fail ... endif`, as cPanel writes a rule that fails: there
/// is nobody to tell of a bounce.
fn is_bounce_of_a_bounce(filter: &Filter, way: &Way) -> bool {
    let Some(step) = way.steps.last() else { return false };
    let section = &filter.sections[step.section as usize];
    let is_about_bounces = section.condition.is_some_and(|id| {
        let condition = filter.condition(id);
        condition.test == Test::ErrorMessage && !condition.is_negated
    });
    let other = section.next.map(|next| &filter.sections[next as usize]);
    let fails = |other: &Section| {
        let first = filter.list(other.commands.clone()).next();
        first.is_some_and(|command| matches!(command.action, Action::Fail { .. }))
    };
    is_about_bounces && other.is_some_and(fails)
}

fn report(file: &FilterFile, filter: &Filter, command: &Command, way: &Way, sink: &mut Sink<'_>) {
    let bytes = file.file.source.bytes();
    let conditions = way.steps.iter().map(|step| {
        let section = &filter.sections[step.section as usize];
        section.condition.map(|id| in_words(filter, bytes, filter.condition(id)))
    });
    let mut message = file.whose().mail();
    message.extend(text!(" is thrown away without a word"));
    for (index, condition) in conditions.enumerate() {
        message.extend(text!("{}", if index == 0 { " when " } else { ", and " }));
        message.extend(condition.unwrap_or_else(|| text!("no condition of the `if` holds")));
    }
    if way.steps.is_empty() {
        message.extend(text!(", all of it"));
    }
    let finding = sink.find(command.span, message);
    if let Some(step) = way.steps.first()
        && let Some(name) = name_above(file, filter.sections[step.section as usize].word)
    {
        finding.label(name, text!("the rule's name"));
    }
    let how = if matches!(command.action, Action::Finish) { "=> discarded " } else { "=> /dev/null " };
    let mut help = text!("in Exim's log it is `{}", how);
    help.extend(file.whose().logged());
    help.extend(if matches!(command.action, Action::Finish) { text!("`") } else { text!(" T=**bypassed**`") });
    help.extend(advice(file));
    finding.help(help);
}

fn advice(file: &FilterFile) -> Text {
    if file.is_system_filter() {
        text!("; let the filter fail such mail, or save it to a folder that somebody reads")
    } else {
        text!("; if that is not wanted remove the rule, or let it save to a folder (in cPanel: Email Filters)")
    }
}

/// The name of a rule, which cPanel writes as a comment on the line above its `if`.
fn name_above(file: &FilterFile, word: Span) -> Option<Span> {
    let source = &file.file.source;
    let bytes = source.bytes();
    let line = source.line_start(word.start);
    let end = (line as usize).checked_sub(1)?;
    let start = source.line_start(u32::try_from(end).ok()?) as usize;
    let text = bytes.get(start..end)?.strip_prefix(b"#")?;
    let name = text.trim_ascii();
    let start = start + 1 + (text.len() - text.trim_ascii_start().len());
    (!name.is_empty() && !name.to_ascii_lowercase().starts_with(b"exim filter"))
        .then(|| Span::new(start, start + name.len()))
}
