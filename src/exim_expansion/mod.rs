//! Exim's string expansion language: what a text with `$` and `\` in it turns out to be, and what Exim says of it.
//!
//! [`expand`] reads a text (a filter's string whose quotes and backslashes are already resolved, or any other) and never
//! fails. Spans are offsets into that text. What one can ask is in [`Expansion`]: the parts of the text as a tree, the
//! errors in Exim's order and in Exim's words, whether Exim accepts the text, and its value where that is certain.
//!
//! - [`names`] (from `names.txt`): items, operators, conditions and variables, with the versions that know them;
//!   [`build`]: which Exim it is. [`setting`]: what else an expansion depends on.
//! - `items/`: a file for each family of them, by what they do; `items/mod.rs` says which is where. `conditions/`,
//!   `operators.rs`, `variables.rs`: the same for these.
//! - `text.rs`: what stands for itself, and what begins at a `$`; `walk.rs`: the walk over a text; `frames.rs`: what it
//!   waits for meanwhile; `replay.rs`: what Exim reads again.
//! - `lookups.rs`, `list.rs`, `address.rs`, `numbers.rs`, `arithmetic.rs`: what these need.
//! - [`tree`]: the parts of a text; [`error`]: everything that Exim can say.
//!
//! `tests/exim_expansion.rs` holds all of it against `exim -be`.

mod address;
mod arithmetic;
pub mod build;
mod conditions;
pub mod error;
mod expansion;
mod frames;
mod items;
mod list;
mod lookups;
pub mod names;
mod numbers;
mod operators;
mod replay;
pub mod setting;
mod text;
pub mod tree;
mod variables;
mod walk;

pub use build::{BuildOption, BuildOptions, Engine, Version};
pub use error::{Certainty, Error, What};
use expansion::all_words;
pub use expansion::{Expansion, Verdict, expand};
pub use names::{Condition, Item, Operator, Variable};
pub use setting::{Forbidden, Setting};
pub use tree::{HeaderForm, Node, NodeKind};

/// White space of the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The byte that an escape stands for, and how many bytes behind the backslash belong to it
/// (`string_interpret_escape`). The text goes on behind the backslash.
fn escape(text: &[u8]) -> (u8, usize) {
    let digits = |text: &[u8], radix, most| {
        let digits = text.iter().take(most).map_while(|&byte| char::from(byte).to_digit(radix));
        digits.fold((0_u32, 0), |(value, len), digit| (value * radix + digit, len + 1))
    };
    let low = |value: u32| u8::try_from(value & 0xff).unwrap_or_default();
    match text.first() {
        None => (b'\\', 0),
        Some(b'0'..=b'7') => {
            let (value, len) = digits(text, 8, 3);
            (low(value), len)
        }
        Some(b'x') => {
            let (value, len) = digits(&text[1..], 16, 2);
            (low(value), 1 + len)
        }
        Some(b'b') => (8, 1),
        Some(b'f') => (12, 1),
        Some(b'n') => (b'\n', 1),
        Some(b'r') => (b'\r', 1),
        Some(b't') => (b'\t', 1),
        Some(b'v') => (11, 1),
        Some(&other) => (other, 1),
    }
}
