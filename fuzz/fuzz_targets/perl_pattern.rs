//! No pattern of a rule, whatever its bytes, makes the reader or a question to its tree panic, hang or point outside the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maillint::perl_pattern::backtracking::backtracking;
use maillint::perl_pattern::false_friends::false_friends;
use maillint::perl_pattern::questions::{
    Dialect, can_match_empty, end_anchor, matches_everything, required_literal, start_anchor,
};
use maillint::perl_pattern::rule_text::with_templates;
use maillint::perl_pattern::{Pattern, Verdict, Version};

fuzz_target!(|text: &[u8]| {
    for minor in [16, 24, 28, 30, 34, 36, 38] {
        let pattern = Pattern::read(&with_templates(text).text, Version(minor));
        if let Verdict::Refused(refusal) = &pattern.verdict {
            assert!(!refusal.words.is_empty() && refusal.at.start <= refusal.at.end);
        }
        for (_, node) in pattern.tree.nodes() {
            assert!(node.span.end as usize <= pattern.bytes.len());
        }
        let tree = &pattern.tree;
        can_match_empty(tree);
        matches_everything(tree);
        start_anchor(tree);
        end_anchor(tree);
        required_literal(tree);
        backtracking(tree);
        false_friends(tree, &pattern.bytes, Dialect::Perl);
    }
});
