//! All that can be asked of a pattern's tree.

use maillint::perl_pattern::Pattern;
use maillint::perl_pattern::backtracking::backtracking;
use maillint::perl_pattern::false_friends::{FalseFriend, false_friends};
use maillint::perl_pattern::questions::{
    can_match_empty, end_anchor, matches_everything, required_literal, start_anchor,
};

/// Asks everything, and gives the answer that points into the pattern.
pub fn ask(pattern: &Pattern) -> Vec<FalseFriend> {
    let tree = &pattern.tree;
    std::hint::black_box((
        can_match_empty(tree),
        matches_everything(tree),
        start_anchor(tree),
        end_anchor(tree),
        required_literal(tree),
        backtracking(tree),
    ));
    false_friends(tree, &pattern.bytes)
}
