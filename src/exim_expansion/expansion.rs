//! A text that was read, and the questions that one can ask of it.

use std::ops::Range;

use super::error::{Certainty, Error};
use super::names::{Condition, Item};
use super::setting::{Forbidden, Setting};
use super::tree::{HeaderForm, Node, NodeKind};
use super::walk::Walk;
use crate::source::Span;

/// A text as Exim would expand it.
pub struct Expansion<'t> {
    text: &'t [u8],
    nodes: Vec<Node>,
    errors: Vec<Error>,
    is_unsure: bool,
    value: Option<Vec<u8>>,
}

/// What Exim makes of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict<'e> {
    /// It expands, whatever the message.
    Accepted,
    /// It fails with this error, whatever the message.
    Refused(&'e Error),
    /// It fails with this error or an earlier one, whatever the message.
    RefusedSomehow(&'e Error),
    /// It depends on the message, or on something else that a text cannot tell.
    CannotTell,
}

/// Reads a text.
#[must_use]
pub fn expand<'t>(text: &'t [u8], setting: &'t Setting) -> Expansion<'t> {
    let text = &text[..memchr::memchr(0, text).unwrap_or(text.len())];
    // Exim does not even look at a text without these.
    if memchr::memchr2(b'$', b'\\', text).is_none() {
        let len = text.len();
        let whole = |kind, after| Node { kind, start: 0, end: super::walk::offset(len), after, parent: 0 };
        let mut nodes = vec![whole(NodeKind::Text, 1 + u32::from(len > 0))];
        if len > 0 {
            nodes.push(whole(NodeKind::Literal, 2));
        }
        let value = Some(text.to_vec());
        return Expansion { text, nodes, errors: Vec::new(), is_unsure: false, value };
    }
    let mut walk = Walk::new(text, text.len(), setting);
    walk.whole();
    let is_refused = !walk.errors.is_empty();
    let value = walk.args.first().filter(|_| !is_refused && !walk.is_unsure);
    let value = value.and_then(|&arg| walk.bytes(arg).map(<[u8]>::to_vec));
    Expansion { text, nodes: walk.nodes, errors: walk.errors, is_unsure: walk.is_unsure, value }
}

impl<'t> Expansion<'t> {
    /// The text that was read: up to the first NUL.
    #[must_use]
    pub fn text(&self) -> &'t [u8] {
        self.text
    }

    /// The parts of the text, each before its children; the first is the whole text.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The children of a node.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes.get(node).map_or(0, |node| node.after as usize);
        let next = |&at: &usize| self.nodes.get(at).map(|node| node.after as usize);
        std::iter::successors(Some(node + 1), next).take_while(move |&at| at < end)
    }

    /// All errors, in Exim's order. The walk ends at the first that leaves it unclear which brace closes what.
    #[must_use]
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// What Exim makes of the text.
    #[must_use]
    pub fn verdict(&self) -> Verdict<'_> {
        let certain = self.errors.iter().find(|error| error.certainty == Certainty::Certain);
        let is_first = self.errors.first().is_none_or(|error| error.certainty == Certainty::Certain);
        match certain {
            Some(error) if is_first && !self.is_unsure => Verdict::Refused(error),
            Some(error) => Verdict::RefusedSomehow(error),
            None if self.errors.is_empty() && !self.is_unsure => Verdict::Accepted,
            None => Verdict::CannotTell,
        }
    }

    /// What Exim says of an error, word for word.
    #[must_use]
    pub fn words(&self, error: &Error) -> Vec<u8> {
        all_words(error, &self.nodes)
    }

    /// The value, when it is the same for every message.
    #[must_use]
    pub fn constant(&self) -> Option<&[u8]> {
        self.value.as_deref()
    }

    /// Whether the value can be empty, as far as the text tells.
    #[must_use]
    pub fn can_be_empty(&self) -> bool {
        if let Some(value) = &self.value {
            return value.is_empty();
        }
        // From the last part to the first, so that what a part holds is known before it is asked about.
        let mut holds = vec![false; self.nodes.len()];
        for at in (0..self.nodes.len()).rev() {
            let node = &self.nodes[at];
            holds[at] = match node.kind {
                NodeKind::Literal => node.end > node.start,
                NodeKind::Escape(byte) => byte != 0,
                NodeKind::Protected => self.text[node.span().range()].len() > 4,
                NodeKind::Text | NodeKind::Argument => self.children(at).any(|child| holds[child]),
                NodeKind::Operator(Some(operator)) => {
                    use super::names::Operator as O;
                    match operator {
                        O::Strlen
                        | O::Md5
                        | O::Sha1
                        | O::Sha256
                        | O::Quote
                        | O::QuoteLocalPart
                        | O::Eval
                        | O::Eval10 => true,
                        O::Lc | O::Uc | O::Escape | O::Rxquote | O::Base64 | O::Str2b64 => {
                            self.children(at).any(|child| holds[child])
                        }
                        _ => false,
                    }
                }
                NodeKind::Item(Item::If) => {
                    let mut alternatives = self
                        .children(at)
                        .filter(|&child| self.nodes[child].kind == NodeKind::Argument)
                        .map(|child| holds[child]);
                    alternatives.next() == Some(true) && alternatives.next() == Some(true)
                }
                _ => false,
            };
        }
        !holds.first().is_some_and(|&holds| holds)
    }

    /// The variables that it uses, by name, and where.
    pub fn variables(&self) -> impl Iterator<Item = (&'t [u8], Span)> {
        self.nodes.iter().filter_map(|node| match node.kind {
            NodeKind::Variable(_) => Some((self.variable_name(node), node.span())),
            _ => None,
        })
    }

    /// The headers that it uses, by name, and where.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderForm, &'t [u8], Span)> {
        self.nodes.iter().filter_map(|node| match node.kind {
            NodeKind::Header(form) => Some((form, &self.text[self.header_name(node)], node.span())),
            _ => None,
        })
    }

    /// What a router with some options forbids of it: the items and tests, where they stand, and Exim's words.
    pub fn forbidden(&self, options: Forbidden) -> impl Iterator<Item = (Forbidden, &'static str, Span)> {
        self.nodes.iter().filter_map(move |node| {
            let (option, words) = match node.kind {
                NodeKind::Item(item) => item.forbidden_by()?,
                NodeKind::Condition(Some(Condition::Exists)) => {
                    (Forbidden::EXISTSTEST, "File existence tests are not permitted")
                }
                NodeKind::Operator(Some(super::names::Operator::Stat)) => {
                    (Forbidden::EXISTSTEST, "Use of the stat() expansion is not permitted")
                }
                _ => return None,
            };
            options.contains(option).then(|| (option, words, node.span()))
        })
    }

    fn variable_name(&self, node: &Node) -> &'t [u8] {
        let text = &self.text[node.span().range()];
        let text = text.strip_prefix(b"$").unwrap_or(text);
        match text.strip_prefix(b"{") {
            Some(text) => text.strip_suffix(b"}").unwrap_or(text),
            None => text,
        }
    }

    fn header_name(&self, node: &Node) -> Range<usize> {
        let range = node.span().range();
        let text = &self.text[range.clone()];
        let prefix = memchr::memchr(b'_', text).map_or(0, |at| at + 1);
        range.start + prefix..range.end - usize::from(text.ends_with(b":"))
    }
}

/// An error's words with what Exim adds for the items and conditions around it.
pub(super) fn all_words(error: &Error, nodes: &[Node]) -> Vec<u8> {
    let mut words = error.words.clone();
    let mut child = error.node as usize;
    while child != 0
        && let Some(node) = nodes.get(child)
    {
        // What an item or condition says itself it does not say it is inside of.
        let parent = node.parent as usize;
        let is_condition = matches!(node.kind, NodeKind::Condition(_));
        let more = match nodes[parent].kind {
            NodeKind::Condition(Some(condition @ (Condition::And | Condition::Or))) => {
                format!(" inside \"{}{{...}}\" condition", condition.name())
            }
            NodeKind::Condition(Some(condition)) if is_for(condition) && is_condition => {
                format!(" inside \"{}\" condition", condition.name())
            }
            NodeKind::Item(Item::Filter) if is_condition => " inside \"filter\" item".to_owned(),
            NodeKind::Item(item @ (Item::Map | Item::Reduce)) => {
                let leading = if item == Item::Map { 1 } else { 2 };
                let is_last = nth_child(nodes, parent, leading) == Some(child);
                if is_last { format!(" inside \"{}\" item", item.name()) } else { String::new() }
            }
            _ => String::new(),
        };
        words.extend_from_slice(more.as_bytes());
        child = parent;
    }
    words
}

fn nth_child(nodes: &[Node], parent: usize, number: usize) -> Option<usize> {
    let mut at = parent + 1;
    for _ in 0..number {
        at = nodes.get(at)?.after as usize;
    }
    Some(at)
}

fn is_for(condition: Condition) -> bool {
    matches!(
        condition,
        Condition::Forall
            | Condition::Forany
            | Condition::ForallJson
            | Condition::ForanyJson
            | Condition::ForallJsons
            | Condition::ForanyJsons
    )
}
