//! Patterns that call themselves again before they have read anything: `(a|(?1)b)`.
//!
//! Perl ends such a match with an error (regexec.c: "Infinite recursion in regex"), and SpamAssassin ends the whole scan of
//! the mail with it: no rule hits, whatever they found.

use crate::perl_pattern::tree::{Group, Kind, Tree};
use crate::source::Span;

/// So many calls of one pattern are looked at.
const MOST_CALLS: usize = 64;
/// The largest pattern that is looked at, in nodes.
const MOST_NODES: usize = 4096;

/// A call of a pattern of which Perl may come back to the same call without having read anything; its place in the pattern.
/// Where something else than reading may keep Perl from it (a condition, `(*COMMIT)`), nothing is claimed.
#[must_use]
pub fn endless_recursion(tree: &Tree) -> Option<Span> {
    let calls: Vec<(usize, u32, Span)> = tree
        .nodes()
        .filter_map(|(id, node)| match node.kind {
            Kind::Recurse(group) => Some((id.index(), group, node.span)),
            _ => None,
        })
        .collect();
    let is_steered = || tree.nodes().any(|(_, node)| matches!(node.kind, Kind::Verb(_) | Kind::Conditional { .. }));
    if calls.is_empty() || calls.len() > MOST_CALLS || tree.len() > MOST_NODES || is_steered() {
        return None;
    }
    let mut parents: Vec<Option<usize>> = vec![None; tree.len()];
    for (id, _) in tree.nodes() {
        tree.children(id).for_each(|child| parents[child.index()] = Some(id.index()));
    }
    let kinds: Vec<Kind> = tree.nodes().map(|(_, node)| node.kind).collect();
    let may_be_empty = may_be_empty(tree);
    // Which group calls which before it has read anything; 0 is the whole pattern.
    let mut steps: Vec<(u32, u32, Span)> = Vec::new();
    for (call, target, span) in calls {
        let mut part = call;
        let reaches_start = loop {
            let Some(parent) = parents[part] else { break true };
            match kinds[parent] {
                Kind::Sequence => {
                    let children = tree.nodes().nth(parent).map(|(id, _)| tree.children(id));
                    let mut before = children.into_iter().flatten().take_while(|child| child.index() != part);
                    if !before.all(|child| may_be_empty[child.index()]) {
                        break false;
                    }
                }
                Kind::Group(Group::Capture(number)) => steps.push((number, target, span)),
                Kind::Repeat { max: Some(0), .. } => break false,
                _ => (),
            }
            part = parent;
        };
        if reaches_start {
            steps.push((0, target, span));
        }
    }
    steps.iter().find(|&&(from, to, _)| leads(&steps, to, from)).map(|&(_, _, span)| span)
}

/// Whether calls lead from one group to another.
fn leads(steps: &[(u32, u32, Span)], from: u32, to: u32) -> bool {
    let (mut seen, mut new) = (vec![from], vec![from]);
    while let Some(group) = new.pop() {
        if group == to {
            return true;
        }
        for &(_, next, _) in steps.iter().filter(|step| step.0 == group) {
            if !seen.contains(&next) {
                seen.push(next);
                new.push(next);
            }
        }
    }
    false
}

/// For each node whether it may match without reading anything. A call reads something unless what it calls need not.
fn may_be_empty(tree: &Tree) -> Vec<bool> {
    let mut groups: Vec<u32> = Vec::new();
    loop {
        let mut empty = vec![false; tree.len()];
        let mut found = Vec::new();
        for (id, node) in tree.nodes() {
            let mut children = tree.children(id).map(|child| empty[child.index()]);
            empty[id.index()] = match node.kind {
                Kind::Fail
                | Kind::Literal { .. }
                | Kind::Any { .. }
                | Kind::Set(_)
                | Kind::LineEnd
                | Kind::Grapheme => false,
                Kind::Recurse(group) => groups.contains(&group),
                Kind::Sequence => children.all(|child| child),
                Kind::Alternation => children.any(|child| child),
                Kind::Group(Group::Ahead { .. } | Group::Behind { .. }) => true,
                Kind::Group(_) => children.all(|child| child),
                Kind::Repeat { min, .. } => min == 0 || children.all(|child| child),
                _ => true,
            };
            if let Kind::Group(Group::Capture(number)) = node.kind
                && empty[id.index()]
            {
                found.push(number);
            }
        }
        if tree.top().is_some_and(|top| empty[top.index()]) {
            found.push(0);
        }
        if found.len() == groups.len() {
            return empty;
        }
        groups = found;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perl_pattern::{Pattern, Version};

    fn call(text: &str) -> Option<String> {
        let pattern = Pattern::read(text.as_bytes(), Version::V5_36);
        let span = endless_recursion(&pattern.tree)?;
        Some(String::from_utf8_lossy(&pattern.bytes[span.range()]).into_owned())
    }

    #[test]
    fn calls_before_anything_was_read() {
        for (text, part) in [
            ("/(?R)?hello/", "(?R)"),
            ("/(a|(?1)b)x/", "(?1)"),
            ("/(?:\\s*(?R))?x/", "(?R)"),
            ("/((?2)a)(b?(?1))/", "(?2)"),
            ("/(?<l>(?&l),|x)/", "(?&l)"),
        ] {
            assert_eq!(call(text).as_deref(), Some(part), "{text}");
        }
        for text in ["/\\((?:[^()]|(?R))*\\)/", "/(a(?1)?b)/", "/((?2)(?1)?)(b)/", "/(a)(?1)/", "/(?(R)a|(?R))/"] {
            assert_eq!(call(text), None, "{text}");
        }
    }
}
