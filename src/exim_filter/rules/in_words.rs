//! A condition in an administrator's words.

use crate::exim_filter::condition::{Comparison, Condition};
use crate::exim_filter::{Filter, Item, Test};
use crate::text;
use crate::text::Text;

/// So deep are conditions told.
const MAX_DEPTH: usize = 3;
/// So many of one list are told.
const MAX_LIST: usize = 4;

/// A condition in words. What is too long or too deep to be told is left out, with an ellipsis.
pub fn in_words(filter: &Filter, bytes: &[u8], condition: &Condition) -> Text {
    told(filter, bytes, condition, 0)
}

fn told(filter: &Filter, bytes: &[u8], condition: &Condition, depth: usize) -> Text {
    let (list, word) = match &condition.test {
        Test::And(list) => (list, " and "),
        Test::Or(list) => (list, " or "),
        test => return one(filter, bytes, test, condition.is_negated, depth),
    };
    if depth == MAX_DEPTH {
        return text!("...");
    }
    let mut words = if condition.is_negated { text!("it is not so that (") } else { Text::default() };
    let is_nested = depth > 0 && !condition.is_negated;
    if is_nested {
        words.extend(text!("("));
    }
    for (index, &id) in list.iter().enumerate() {
        if index > 0 {
            words.extend(text!("{}", word));
        }
        if index == MAX_LIST {
            words.extend(text!("..."));
            break;
        }
        words.extend(told(filter, bytes, filter.condition(id), depth + 1));
    }
    if is_nested || condition.is_negated {
        words.extend(text!(")"));
    }
    words
}

fn one(filter: &Filter, bytes: &[u8], test: &Test, is_negated: bool, depth: usize) -> Text {
    let not = |yes: &'static str, no: &'static str| text!("{}", if is_negated { no } else { yes });
    match test {
        Test::Delivered => not("it was delivered already", "it was not delivered yet"),
        Test::ErrorMessage => not("it is a bounce", "it is no bounce"),
        Test::FirstDelivery => not("it is tried for the first time", "it was tried before"),
        Test::ManuallyThawed => not("an administrator has thawed it", "nobody has thawed it"),
        Test::Personal(_) => not("it is for the user in person", "it is not for the user in person"),
        Test::ForAnyAddress { .. } if depth == MAX_DEPTH => text!("..."),
        Test::ForAnyAddress { addresses, condition } => {
            let mut words = not("for an address of ", "for no address of ");
            words.extend(operand(&addresses.value(bytes)));
            words.extend(text!(", "));
            words.extend(told(filter, bytes, filter.condition(*condition), depth + 1));
            words
        }
        Test::Compare { left, operator, right } => {
            let mut words = operand(&left.value(bytes));
            let verb = match operator.comparison {
                Comparison::Is => not(" is ", " is not "),
                Comparison::Contains => not(" contains ", " does not contain "),
                Comparison::Begins => not(" begins with ", " does not begin with "),
                Comparison::Ends => not(" ends with ", " does not end with "),
                Comparison::Matches => not(" matches ", " does not match "),
                Comparison::Above => not(" is above ", " is not above "),
                Comparison::Below => not(" is below ", " is not below "),
            };
            words.extend(verb);
            words.extend(quoted(*right, bytes));
            words
        }
        Test::And(_) | Test::Or(_) | Test::Broken => text!("..."),
    }
}

fn quoted(item: Item, bytes: &[u8]) -> Text {
    text!("`{}`", &item.value(bytes))
}

/// What stands on the left of a comparison: a header by its name, some variables in words, anything else as it is.
fn operand(value: &[u8]) -> Text {
    if let Some(name) = header(value) {
        return text!("{}", capitalised(name).as_slice());
    }
    let name = value.strip_prefix(b"$").unwrap_or_default();
    let words = match name.strip_suffix(b":").unwrap_or(name) {
        b"message_body" => "the body",
        b"message_headers" => "the text of all headers",
        b"reply_address" => "the address for replies",
        b"sender_address" => "the sender's address",
        b"sender_address_domain" => "the sender's domain",
        b"message_size" => "the size",
        b"thisaddress" => "it",
        _ => return text!("`{}`", value),
    };
    text!("{}", words)
}

/// The name of the header that a text consists of.
fn header(value: &[u8]) -> Option<&[u8]> {
    let name = value.strip_prefix(b"$")?;
    let prefixes: [&[u8]; 8] = [b"h_", b"rh_", b"bh_", b"lh_", b"header_", b"rheader_", b"bheader_", b"lheader_"];
    let name = prefixes.iter().find_map(|prefix| name.strip_prefix(*prefix))?;
    let name = name.strip_suffix(b":").unwrap_or(name);
    let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (is_name && !name.is_empty()).then_some(name)
}

/// A header's name as people write it: `list-id` as `List-Id`.
fn capitalised(name: &[u8]) -> Vec<u8> {
    if name.iter().any(u8::is_ascii_uppercase) {
        return name.to_vec();
    }
    let mut starts = true;
    let part = |&byte: &u8| {
        if std::mem::replace(&mut starts, byte == b'-') { byte.to_ascii_uppercase() } else { byte }
    };
    name.iter().map(part).collect()
}
