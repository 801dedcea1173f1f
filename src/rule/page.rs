//! What the page of a rule tells at length: for people who ask, and for the tests.

use serde::{Deserialize, Deserializer};

use super::{Severity, Verdict};

/// The page of a rule. All texts are in an administrator's words.
#[derive(Deserialize, Default)]
pub struct Page {
    /// What happens to mail.
    pub effect: String,
    /// Why that is so, how it comes about, and when it is no mistake.
    pub explanation: String,
    /// What to do.
    pub remedy: String,
    /// The log lines by which one recognises it.
    pub log: Vec<String>,
    /// Where the facts stand.
    pub references: Vec<String>,
    /// The version of maillint that brought the rule.
    pub since: String,
    /// Texts that have it and texts that do not; each is a test.
    pub examples: Vec<Example>,
}

/// A text that shows a rule, or shows what it leaves alone; a test of its own.
#[derive(Deserialize)]
pub struct Example {
    /// The files of the small tree that it is about.
    pub files: Vec<ExampleFile>,
    /// The server's name, where it matters.
    pub hostname: Option<String>,
    /// The version of glibc, where it matters.
    pub glibc: Option<String>,
    /// The version of SpamAssassin, where it matters.
    pub spamassassin: Option<String>,
    /// The severity of its findings, where the evidence makes it another than the rule's.
    pub severity: Option<Severity>,
    /// What the engine does, where that is another than the rule's.
    pub engine: Option<Verdict>,
    /// What the engine says of it, in its order.
    pub says: Vec<String>,
    /// Whether it must yield exactly the marked findings; otherwise it must yield none.
    pub bad: bool,
}

/// One file of an example.
#[derive(Deserialize)]
pub struct ExampleFile {
    /// Its path below the tree's root; where absent, the usual place of the rule's first kind.
    pub path: Option<String>,
    /// Its bytes, without the marks; the target when it is a link.
    #[serde(deserialize_with = "from_code_points")]
    pub bytes: Vec<u8>,
    /// The offsets of `⟦...⟧`: where findings are.
    pub primary: Vec<(u32, u32)>,
    /// The offsets of `⟨...⟩`: their further labels.
    pub labels: Vec<(u32, u32)>,
    /// Its permission bits.
    pub mode: u32,
    /// The user that owns it; nobody in particular when absent.
    pub owner: Option<String>,
    /// Whether it is a symbolic link to `bytes`.
    pub is_link: bool,
}

/// Bytes that are written as the code points of the same numbers, since JSON has no bytes.
fn from_code_points<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.chars().map(|char| u8::try_from(char).map_err(serde::de::Error::custom)).collect()
}
