//! What rules ask of a string expansion: its value, what it uses, and what a router forbids of it.
#![allow(missing_docs, reason = "tests")]

use maillint::exim_expansion::{Certainty, Forbidden, HeaderForm, NodeKind, Setting, Verdict, expand};

/// What a message comes to a filter with is not known.
const FILTER: Setting = Setting::filter();

#[test]
fn a_value_is_constant_when_every_message_has_it() {
    let constant = |text: &str| {
        let expansion = expand(text.as_bytes(), &FILTER);
        expansion.constant().map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let is = |value: &str| Some(value.to_owned());
    assert_eq!(constant(""), is(""));
    assert_eq!(constant("plain"), is("plain"));
    assert_eq!(constant(r"5 \$ \x41"), is("5 $ A"));
    assert_eq!(constant(r"\N$home\N"), is("$home"));
    assert_eq!(constant("${lc:ABC}${strlen:abc}"), is("abc3"));
    assert_eq!(constant("${if eq{a}{a}{yes}{$home}}"), is("yes"));
    assert_eq!(constant("${map{a:b}{x$item}}"), is("xa:xb"));
    // Whatever the header holds.
    assert_eq!(constant("${if def:h_x:{a}{a}}"), is("a"));
    assert_eq!(constant("${if def:h_x:{a}{b}}"), None);
    assert_eq!(constant("a$home"), None);
    assert_eq!(constant("$1"), None);
    // No value comes of what is refused, and a NUL ends a text.
    assert_eq!(constant("a$nothing"), None);
    assert_eq!(constant("a\0b"), is("a"));
}

#[test]
fn a_value_can_be_empty_unless_something_certainly_stands_in_it() {
    let can_be_empty = |text: &str| expand(text.as_bytes(), &FILTER).can_be_empty();
    for text in
        ["", "$home", "${if eq{a}{b}{c}}", "${if eq{$home}{}{a}}", "${lc:$home}", r"\0", "${lookup{a}lsearch{/b}}"]
    {
        assert!(can_be_empty(text), "{text}");
    }
    for text in ["a", "$home/x", "${if eq{$home}{}{a}{b}}", "${lc:x$home}", "${strlen:$home}", r"\N$a\N$home"] {
        assert!(!can_be_empty(text), "{text}");
    }
}

#[test]
fn variables_are_named_with_their_places() {
    let text =
        "$home ${local_part} ${if def:sender_address{$1$acl_m0}{${lc:$domain}}} \\$pid \\N$tod_log\\N $h_x: $nothing";
    let expansion = expand(text.as_bytes(), &FILTER);
    let variables: Vec<_> =
        expansion.variables().map(|(name, span)| (String::from_utf8_lossy(name), &text[span.range()])).collect();
    let variables: Vec<_> = variables.iter().map(|(name, place)| (&**name, *place)).collect();
    assert_eq!(
        variables,
        [
            ("home", "$home"),
            ("local_part", "${local_part}"),
            ("sender_address", "sender_address"),
            ("acl_m0", "$acl_m0"),
            ("domain", "$domain"),
            ("nothing", "$nothing"),
        ]
    );
}

#[test]
fn headers_are_named_with_their_places() {
    let text = "$h_subject: $rh_X-y:a ${if def:h_a:{$bheader_c: }{x}} $lheader_b:,$header_to ${h_1:a}";
    let expansion = expand(text.as_bytes(), &FILTER);
    let headers: Vec<_> = expansion
        .headers()
        .map(|(form, name, span)| (form, String::from_utf8_lossy(name).into_owned(), &text[span.range()]))
        .collect();
    let expected = [
        (HeaderForm::Translated, "subject", "$h_subject:"),
        (HeaderForm::Raw, "X-y", "$rh_X-y:"),
        (HeaderForm::Translated, "a", "h_a:"),
        (HeaderForm::Decoded, "c", "$bheader_c:"),
        (HeaderForm::List, "b", "$lheader_b:"),
        (HeaderForm::Translated, "to", "$header_to"),
    ];
    assert_eq!(headers, expected.map(|(form, name, place)| (form, name.to_owned(), place)));
}

#[test]
fn what_a_router_forbids_is_found_wherever_it_stands() {
    let text = "${run{ls}} ${if exists{/x}{${readfile{/y}}{${perl{a}}}} ${lookup{a}lsearch{/b}} ${stat:/x} ${lc:a}";
    let expansion = expand(text.as_bytes(), &FILTER);
    let all = Forbidden::RUN.and(Forbidden::PERL).and(Forbidden::LOOKUP).and(Forbidden::READFILE);
    let places =
        |options| -> Vec<&str> { expansion.forbidden(options).map(|(_, _, span)| &text[span.range()]).collect() };
    assert_eq!(places(all), ["${run{ls}}", "${readfile{/y}}", "${perl{a}}", "${lookup{a}lsearch{/b}}"]);
    assert_eq!(places(Forbidden::EXISTSTEST), ["exists{/x}", "${stat:/x}"]);
    assert_eq!(places(Forbidden::NOTHING), [] as [&str; 0]);

    // Exim says so when it comes there, and it comes to `run` first.
    let setting = Setting { forbidden: all, ..FILTER };
    let expansion = expand(text.as_bytes(), &setting);
    let Verdict::Refused(error) = expansion.verdict() else { panic!("it is refused") };
    assert_eq!(expansion.words(error), b"running a command is not permitted");
    assert_eq!(expansion.errors()[1].certainty, Certainty::Behind);
}

#[test]
fn the_tree_has_each_part_in_its_place() {
    let text = "a${if eq{$home}{x}{\\x41}}";
    let expansion = expand(text.as_bytes(), &FILTER);
    let place = |node: usize| &text[expansion.nodes()[node].span().range()];
    let whole: Vec<&str> = expansion.children(0).map(place).collect();
    assert_eq!(whole, ["a", "${if eq{$home}{x}{\\x41}}"]);
    let item = expansion.children(0).nth(1).unwrap_or_default();
    let parts: Vec<&str> = expansion.children(item).map(place).collect();
    assert_eq!(parts, ["eq{$home}{x}", "{\\x41}"]);
    assert!(expansion.nodes().iter().any(|node| node.kind == NodeKind::Escape(b'A')));
}
