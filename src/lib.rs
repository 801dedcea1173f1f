//! maillint reads the configuration files that decide whether mail arrives the way their engines read them, and points
//! at the characters that lose mail.
//!
//! The way of the data, in one direction only:
//!
//! - [`tree`] finds files and is the only place that opens them; [`source`] holds their bytes and knows where a line is.
//! - The room of a file's language ([`lsearch`] so far) turns bytes into what the engine would make of them. It never
//!   fails, and knows where everything stands.
//! - [`facts`] is what the files say together: who exists, which domains cPanel gave to whom. Files that only testify
//!   are read by [`evidence`].
//! - Rules look at one or both and put a [`finding::Finding`] for each place that is wrong. A rule's documentation is
//!   data ([`rule`]); its function stands in its room ([`lsearch`], [`domains`]).
//! - [`check`] runs all of this over a tree, the accounts side by side; a finding then becomes a [`settled::Settled`]
//!   one, which needs no file any more, so that memory does not grow with the files.
//! - [`policy`] selects and counts; [`report`] writes; [`cli`] is the command line around it.
//!
//! What always holds: a parser knows no rule, a rule no policy and no format. Text from a file or a path has no
//! `Display` ([`text`]); it leaves through [`text::Text`] or an [`excerpt`]. No input panics, recurses, or costs more
//! than linear time. The same input gives the same bytes, whatever the number of threads.

pub mod check;
pub mod cli;
pub mod domains;
pub mod evidence;
pub mod excerpt;
pub mod exim_expansion;
pub mod exim_filter;
pub mod exim_pattern;
pub mod facts;
pub mod finding;
pub mod kind;
pub mod lsearch;
mod name_hash;
pub mod nsswitch;
pub mod perl_pattern;
pub mod policy;
pub mod report;
pub mod resolv_conf;
pub mod rule;
pub mod settled;
pub mod source;
pub mod spamassassin;
pub mod text;
pub mod tree;
