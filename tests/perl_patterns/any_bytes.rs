//! Reads a pattern in every way and asks all there is to ask, whatever its bytes. What the fuzzer runs and an ordinary
//! test.

use maillint::perl_pattern::rule_text::with_templates;
use maillint::perl_pattern::{Pattern, Verdict, Version};

#[path = "questions.rs"]
mod questions;

/// Panics when something of it points outside the text.
pub fn read_and_ask(text: &[u8]) {
    let templated = with_templates(text);
    for minor in [16, 24, 28, 30, 34, 36, 38] {
        check(&templated.text, &Pattern::read(&templated.text, Version(minor)));
    }
    check(text, &Pattern::bare(text, Version::V5_36));
    check(text, &Pattern::of_perl_alone(text, Version::V5_36));
    check(text, &Pattern::of_exim(text));
}

fn check(text: &[u8], pattern: &Pattern) {
    if let Verdict::Refused(refusal) = &pattern.verdict {
        assert!(!refusal.words.is_empty(), "no words");
        assert!(refusal.at.start <= refusal.at.end && refusal.at.end as usize <= text.len(), "outside the text");
    }
    let tree = &pattern.tree;
    for (_, node) in tree.nodes() {
        assert!(
            node.span.start <= node.span.end && node.span.end as usize <= pattern.bytes.len(),
            "outside the pattern"
        );
    }
    for friend in questions::ask(pattern) {
        assert!(friend.at.end as usize <= pattern.bytes.len(), "outside the pattern");
    }
}
