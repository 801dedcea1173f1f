//! Texts and conditions that Exim reads again.

use memchr::memchr2;

use super::error::Certainty;
use super::frames::{Reach, Truth};
use super::tree::NodeKind;
use super::walk::Walk;
use crate::source::Span;

/// How deep texts that texts stand for, and conditions of elements of lists, are followed.
const MOST_REPLAYS: u8 = 6;

impl<'t> Walk<'t> {
    /// Walks over a part again, or over another text, as Exim does for each element of a list. The closure starts it.
    /// Gives the walk when it ended well, and otherwise Exim's words; nothing when that is not known.
    /// `span` is the part; what stands behind it is there for Exim's words.
    pub fn replay<'a>(
        &mut self,
        text: &'a [u8],
        span: Span,
        start: impl FnOnce(&mut Walk<'a>),
    ) -> Option<Result<Replayed, Vec<u8>>>
    where
        't: 'a,
    {
        if self.has_stopped || self.replays >= MOST_REPLAYS || !self.may_spend(512 + 8 * span.range().len()) {
            return None;
        }
        let mut walk = Walk::new(text, span.range().len(), self.setting);
        walk.at = span.start as usize;
        walk.scope = self.scope.clone();
        walk.settings = self.settings;
        walk.is_header_malformed = self.is_header_malformed;
        walk.replays = self.replays + 1;
        walk.budget = self.budget / 2;
        let given = walk.budget;
        walk.open(NodeKind::Text, walk.at);
        start(&mut walk);
        walk.run();
        self.budget = self.budget.saturating_sub(given - walk.budget);
        self.is_header_malformed |= walk.is_header_malformed;
        self.forget();
        if let Some(error) = walk.errors.first() {
            let is_certain = error.certainty == Certainty::Certain && !walk.is_unsure;
            return is_certain.then(|| Err(super::all_words(error, &walk.nodes)));
        }
        if walk.is_unsure {
            return None;
        }
        let value = walk.args.first().and_then(|&arg| walk.bytes(arg).map(<[u8]>::to_vec));
        // What it set stays set.
        (self.scope, self.settings) = (walk.scope, walk.settings);
        Some(Ok(Replayed { value, truth: walk.truth }))
    }

    /// Walks over a whole other text.
    pub fn replay_text(&mut self, text: &[u8]) -> Option<Result<Replayed, Vec<u8>>> {
        // Every expansion of a whole text forgets about malformed headers, if it has anything to expand.
        if memchr2(b'\\', b'$', text).is_some() {
            self.is_header_malformed = false;
        }
        self.replay(text, Span::new(0, text.len()), |walk| walk.start_text(false, Reach::Taken))
    }
}

/// What came of walking over a part again.
pub(super) struct Replayed {
    /// The value of a text, if it is certain.
    pub value: Option<Vec<u8>>,
    /// What a condition turned out to be.
    pub truth: Truth,
}
