//! No pattern, whatever its bytes, makes the reader or a question to its tree panic, hang or point outside the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/perl_patterns/any_bytes.rs"]
mod any_bytes;

fuzz_target!(|text: &[u8]| any_bytes::read_and_ask(text));
