//! `required_score`: from how many points on a mail is spam.

use crate::finding::Sink;
use crate::rule::Severity;
use crate::spamassassin::Configuration;
use crate::text;

/// How many of 1,000 good mails have so many points (a number, and the same to show), first with the network's tests and Bayes,
/// then with the network's alone: what SpamAssassin's authors counted when they made its scores (the files
/// `STATISTICS-set3.txt` and `STATISTICS-set1.txt` of its source).
const GOOD_MAIL: [(f64, u32, u32, u32); 4] = [(3.0, 3, 6, 20), (2.0, 2, 16, 53), (1.0, 1, 42, 185), (0.0, 0, 94, 520)];
/// How many of 100 spam mails have so many points, with all tests.
const SPAM: [(f64, u32); 4] = [(20.0, 47), (15.0, 66), (12.0, 81), (10.0, 89)];

pub(super) fn threshold_too_low(configuration: &Configuration, sink: &mut Sink<'_>) {
    let Some((score, place)) = configuration.required_score().filter(|(score, _)| *score < 4.0) else { return };
    let value = configuration.file.source.slice(place);
    let counted = GOOD_MAIL.iter().find(|(least, ..)| score >= *least);
    let message = if let Some(&(_, least, with_bayes, without)) = counted {
        text!(
            "`{}` points are enough for spam here: of 1,000 good mails {} to {} have {} or more",
            value,
            with_bayes,
            without,
            least
        )
    } else {
        text!("`{}` points are enough for spam here, so nearly every mail is", value)
    };
    let severity = match score {
        score if score < 2.0 => Severity::Error,
        score if score < 3.0 => Severity::Warning,
        _ => Severity::Info,
    };
    sink.find(place, message).severity(severity).help(text!("write `required_score 5.0`, or 4 at the least"));
}

pub(super) fn threshold_too_high(configuration: &Configuration, sink: &mut Sink<'_>) {
    let Some((score, place)) = configuration.required_score() else { return };
    let Some(&(_, caught)) = SPAM.iter().find(|(least, _)| score >= *least) else { return };
    let message = text!(
        "only from `{}` points on is a mail spam here: of 100 spam mails {} or fewer have so many",
        configuration.file.source.slice(place),
        caught,
    );
    sink.find(place, message).help(text!("write `required_score 5.0`, unless something else decides by the points"));
}
