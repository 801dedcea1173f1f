//! Excerpts of any bytes with any labels: no panic, no control character, the mark at the right characters; and miette's
//! frames over them, with the mark under the right column.
#![allow(clippy::expect_used, missing_docs, reason = "a test that cannot go on should stop")]

use maillint::check::{Request, check};
use maillint::excerpt::cut;
use maillint::policy::Policy;
use maillint::report::{Format, Look};
use maillint::source::{Source, Span};
use maillint::text::push_visible;
use maillint::tree::Memory;
use proptest::prelude::*;

/// Bytes in which everything odd is frequent.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => any::<u8>().prop_map(|byte| vec![byte]),
        4 => proptest::collection::vec(b' '..b'~', 0..12),
        2 => Just(b"\n".to_vec()),
        2 => any::<char>().prop_map(|char| char.to_string().into_bytes()),
        1 => prop::sample::select(vec!["\u{feff}", "\u{202e}", "\r\n", "\t", "\0", "\u{1f600}", "\u{e9}", "\u{200b}"]).prop_map(|text| text.as_bytes().to_vec()),
        1 => (any::<u8>(), 150..400_usize).prop_map(|(byte, count)| vec![byte; count]),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn labels() -> impl Strategy<Value = Vec<(prop::sample::Index, usize)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![4 => 0..12_usize, 1 => 0..2000_usize]), 1..5)
}

/// How an excerpt shows bytes of one line.
fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (number, part) in bytes.split(|&byte| byte == b'\t').enumerate() {
        out.push_str(if number > 0 { "    " } else { "" });
        push_visible(&mut out, part);
    }
    out
}

/// The borders of characters: where a mark may begin and end.
fn is_border(bytes: &[u8], at: usize) -> bool {
    let (mut border, mut found) = (0, vec![0]);
    for chunk in bytes.utf8_chunks() {
        for len in chunk.valid().chars().map(char::len_utf8).chain(chunk.invalid().iter().map(|_| 1)) {
            border += len;
            found.push(border);
        }
    }
    found.contains(&at)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_and_any_labels_can_be_shown(bytes in bytes(), labels in labels()) {
        let source = Source::new(bytes.clone());
        let spans: Vec<Span> = labels
            .iter()
            .map(|(start, len)| {
                let start = start.index(bytes.len() + 1);
                Span::new(start, bytes.len().min(start + len))
            })
            .collect();
        let excerpts = cut(&source, &spans);
        prop_assert_eq!(excerpts.iter().map(|excerpt| excerpt.marks.len()).sum::<usize>(), spans.len());
        for excerpt in &excerpts {
            prop_assert!(!excerpt.text.chars().any(|char| char.is_control() && char != '\n'));
            prop_assert!(excerpt.text.lines().all(|line| line.chars().count() < 16_000));
            for (mark, id) in &excerpt.marks {
                let text = excerpt.text.get(mark.clone());
                prop_assert!(text.is_some(), "a mark is at borders of characters");
                let span = spans[*id];
                let line = source.line_start(span.start) as usize;
                let line_end = source.line_end(span.start) as usize;
                let (start, end) = (span.start as usize, span.end as usize);
                let is_simple = end <= line_end && line_end - line <= 160 && is_border(&bytes, start) && is_border(&bytes, end);
                if is_simple {
                    let before = shown(&bytes[line..start]);
                    let row = excerpt.text[..mark.start].rfind('\n').map_or(0, |lf| lf + 1);
                    prop_assert_eq!(&excerpt.text[row..mark.start], before.as_str());
                    let marked = shown(&bytes[start..end]);
                    prop_assert_eq!(text, Some(marked.as_str()));
                    let number = excerpt.text[..mark.start].matches('\n').count();
                    prop_assert_eq!(excerpt.first_line as usize + number, source.position(span.start).line as usize);
                }
            }
        }
    }

    #[test]
    fn the_mark_is_drawn_under_its_character(
        junk in proptest::collection::vec(prop::sample::select(vec!["a", "é", "日", "\t", "\u{1b}", "\u{202e}", "\\", "🙂", "x y"]), 0..20),
        before in 0..4_usize,
    ) {
        let table = format!("{}x.com: v{} # here\n", "*: nobody\n".repeat(before), junk.concat());
        let mut tree = Memory::default();
        tree.file("etc/userdomains", table);
        let request = Request::of_server(&tree);
        let report = Policy { select: vec![maillint::policy::Pattern::parse("lsearch/trailing-comment").expect("a rule")], ignore: vec![] }
            .apply(vec![check(&request)]);
        let mut out = Vec::new();
        Format::Text.write(&report, &mut out, Look { color: false, unicode: true }, false).expect("a vector takes all");
        let text = String::from_utf8(out).expect("UTF-8");
        let mut lines = text.lines().skip_while(|line| !line.contains("│ x.com: v"));
        let (line, marks) = (lines.next().expect("the line"), lines.next().expect("its marks"));
        let width = |text: &str| text.chars().map(|char| if matches!(char, '日' | '🙂') { 2 } else { 1 }).sum::<usize>();
        let hash = width(&line[..line.rfind('#').expect("the comment")]);
        let mark = width(&marks[..marks.find(['─', '┬']).expect("the mark")]);
        prop_assert_eq!(mark, hash, "{}\n{}", line, marks);
    }
}
