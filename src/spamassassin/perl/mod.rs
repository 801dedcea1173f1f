//! What Perl makes of the expressions that SpamAssassin hands to it: conditions of `if`, and metas.
//!
//! SpamAssassin takes such a text to pieces with a pattern of its own, puts something harmless in the place of each piece,
//! and has Perl evaluate the result. So the language is Perl's, odd corners included: where an operand is due, `*` begins a
//! glob, `/` a pattern and `<` a file name pattern. [`parse`] says what Perl's compiler would say, [`parser::Program::run`] what
//! comes out. Neither recurses: a line may have a million parentheses.

mod lexer;
mod ordinary;
mod parser;
mod run;
mod value;

pub use ordinary::{Ordinary, Verdict};
pub use parser::parse;
pub use run::Call;
pub use value::Value;

/// The methods that SpamAssassin has for conditions.
const METHODS: [&[u8]; 3] = [b"cond_clause_plugin_loaded", b"cond_clause_can", b"cond_clause_has"];

/// What says whether SpamAssassin runs without the network, in a meta and in a condition.
const LOCAL_TESTS: [&[u8]; 2] = [b"$_[0]->{main}->{local_tests_only}", b"$self->{conf}->{main}->{local_tests_only}"];

/// Where in Perl an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Behind `my $x =`, with `; 1;` behind it.
    Assigned,
    /// A statement by itself, to the end of the text.
    Statement,
    /// A statement in braces.
    Body,
}
