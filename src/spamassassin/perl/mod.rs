//! What Perl makes of the expressions that SpamAssassin hands to it: conditions of `if`, and metas.
//!
//! SpamAssassin takes such a text to pieces with a pattern of its own, puts something harmless in the place of each piece,
//! and has Perl evaluate the result. So the language is Perl's, odd corners included: where an operand is due, `*` begins a
//! glob, `/` a pattern and `<` a file name pattern. [`parse`] says what Perl's compiler would say, [`parser::Program::run`] what
//! comes out. Neither recurses: a line may have a million parentheses.

mod lexer;
mod parser;
mod run;
mod value;

pub use parser::parse;
pub use run::Call;
pub use value::Value;

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
