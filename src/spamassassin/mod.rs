//! SpamAssassin's configuration files: what it makes of each line, and what it says of it, word for word.
//!
//! [`read_site`] reads the site's files as one text, as SpamAssassin does; [`read_user`] reads a user's file on top of that,
//! as spamd does before it scans that user's mail. Both give a [`Reading`]: for each line what it means, and the messages
//! that SpamAssassin would log, each with the bytes that are wrong. Nothing of the files is run and no pattern is matched.
//!
//! Where is what? `line.rs` reads one line; `reader.rs` the files, with `if`, `include` and the like; `setting.rs` knows the
//! settings (the table is `settings.txt`), `value.rs` what their values look like; `rule.rs`, `meta.rs`, `pattern.rs` and
//! `evals.rs` know rules; `network.rs` networks; `complaint.rs` the words of all complaints; `state.rs` what is known after
//! all lines; `names.rs` how names are found in tables. `perl/` computes as Perl does; `crate::perl_pattern` knows what Perl makes of a pattern. `tests/spamassassin.rs` holds all of it against the real program.

mod address;
mod askdns_34;
mod bytes;
mod complaint;
mod condition;
mod configuration;
mod effect;
mod effective;
pub mod endless_recursion;
mod evals;
pub mod files;
mod line;
mod meta;
mod names;
mod network;
mod pattern;
mod perl;
mod plugin;
mod reader;
mod reading;
mod rule;
mod rule_names;
mod rules;
mod score;
mod setting;
pub mod slow_pattern;
mod state;
pub mod stock;
mod value;
mod version;

pub use complaint::{
    Asked, BadCall, BadMeta, BadPattern, Complaint, Held, Level, NetworkList, PerlFailure, PerlWords, SocketProblem,
    Unsolved,
};
pub use configuration::{Configuration, NotRead};
pub use effective::{Effective, effective};
pub use network::{Entry, Network, Networks};
pub use reader::{read_site, read_user};
pub use reading::{
    At, Document, Folders, Host, Included, Look, Meaning, Message, NotIncluded, Nowhere, Options, Reading, Statement,
};
pub use rule::Kind;
pub use rules::RULES;
pub use setting::{Form, Setting, Who, named, names};
pub use state::{Rule, Score, State};
pub use stock::Stock;
pub use version::{Perl, Version};

/// What SpamAssassin calls the place outside of all files.
const NO_FILE: &[u8] = b"(no file)";
