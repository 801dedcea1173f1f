//! Numbered variables that are always empty: `$1000` in `"win $1000"`.
//!
//! `$1` and so on hold what the groups of a pattern matched. Exim reads all digits behind a `$` as the number, and a
//! variable with a number that no pattern has a group for expands to nothing. What has one digit may come from elsewhere,
//! a router's pattern for one, and is left alone.

use super::Runner;
use super::failing::{Failing, Owner};
use crate::exim_expansion::{NodeKind, Setting, expand};
use crate::exim_filter::condition::Comparison;
use crate::exim_filter::run::string::FilterString;
use crate::exim_filter::{Item, Test};
use crate::perl_pattern::tree::{Group, Kind};
use crate::perl_pattern::{Pattern, Verdict};

/// A variable with at most this number may hold something although no pattern of the filter has such a group.
const MOST_FROM_ELSEWHERE: u32 = 9;
/// The highest number for which Exim has room (config.h: `EXPAND_MAXN`), for patterns that are not known.
const MOST: u32 = 20;

/// A string with numbered variables in it, and what it is for.
#[derive(Clone, Copy)]
pub struct Numbered {
    owner: Owner,
    item: Item,
    /// Whether the way of the mail depends on it.
    steers: bool,
}

impl Runner<'_> {
    /// Remembers a string in which a variable has a number of several digits.
    pub(super) fn note_numbers(&mut self, owner: Owner, item: Item, place: &str) {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = &self.bytes[item.span.range()];
        let has_number = memchr::memchr_iter(b'$', text).any(|at| {
            let rest = &text[at + 1..];
            digits(rest.strip_prefix(b"{").unwrap_or(rest)) > 1
        });
        if has_number {
            let steers = matches!(
                place,
                "filter file" | "deliver command" | "save command" | "pipe command" | "logfile command" | "add command"
            );
            self.numbered.push(Numbered { owner, item, steers });
        }
    }

    /// Tells of the numbers that no pattern has a group for.
    pub(super) fn empty_numbers(&mut self) {
        if self.numbered.is_empty() {
            return;
        }
        let setting = &self.circumstances.setting;
        let groups = self.most_groups(setting);
        for Numbered { owner, item, steers } in std::mem::take(&mut self.numbered) {
            let string = FilterString::new(item, self.bytes, setting);
            let expansion = expand(&string.text, setting);
            // What stands in an item may come from a pattern of that item.
            let is_item = |kind| matches!(kind, NodeKind::Item(_) | NodeKind::Condition(_));
            let has_items = expansion.nodes().iter().any(|node| is_item(node.kind));
            let groups = if has_items { groups.max(MOST) } else { groups };
            for node in expansion.nodes().iter().filter(|node| matches!(node.kind, NodeKind::Number)) {
                let range = node.span().range();
                if number(&string.text[range.clone()]).is_none_or(|number| number > groups) {
                    let span = string.span_of_text(range);
                    self.fail(owner, Failing::EmptyNumber { steers }, span, None);
                }
            }
        }
    }

    /// The highest number of a variable that may hold something.
    fn most_groups(&self, setting: &Setting) -> u32 {
        let patterns = self.filter.conditions.iter().filter_map(|condition| match condition.test {
            Test::Compare { right, operator, .. } if operator.comparison == Comparison::Matches => Some(right),
            _ => None,
        });
        let groups = patterns.map(|item| {
            let string = FilterString::new(item, self.bytes, setting);
            let Some(pattern) = string.constant() else { return MOST };
            let pattern = Pattern::of_exim(pattern);
            let number = |kind| match kind {
                Kind::Group(Group::Capture(number)) => Some(number),
                _ => None,
            };
            let groups = pattern.tree.nodes().filter_map(|(_, node)| number(node.kind)).max().unwrap_or_default();
            if pattern.verdict == Verdict::Accepted { groups } else { groups.max(MOST) }
        });
        groups.fold(MOST_FROM_ELSEWHERE, u32::max)
    }
}

/// The number of a variable as it is written, `$12` or `${12}`: Exim's wraps at 32 bits; nothing below nought.
fn number(text: &[u8]) -> Option<u32> {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let number = digits.fold(0_i32, |number, digit| number.wrapping_mul(10).wrapping_add(i32::from(digit - b'0')));
    u32::try_from(number).ok()
}
