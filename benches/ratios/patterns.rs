//! How fast Perl's patterns are read, and their trees are asked: by themselves, in this process.

use std::time::Instant;

use maillint::perl_pattern::{Pattern, Version};

#[path = "../../tests/perl_patterns/dense.rs"]
mod dense;
#[path = "../../tests/perl_patterns/questions.rs"]
mod questions;
#[path = "../../tests/perl_patterns/stock.rs"]
mod stock;

use super::count;

const MEBIBYTE: usize = 1 << 20;
/// What a pattern of a MiB may cost, in ms.
const GOAL: f64 = 20.0;

/// The stock rules' patterns, and a MiB of whatever has as many parts as can be.
pub fn measure() {
    let stock = stock::patterns();
    let bytes: usize = stock.iter().map(Vec::len).sum();
    let read = time(|| stock.iter().map(|text| Pattern::read(text, Version::V5_36)).collect::<Vec<_>>());
    let rate = count(bytes) / 1000.0 / read;
    println!("  {:<46}{rate:>9.1} MB/s  (goal: at least 60)", format!("{} patterns of stock rules", stock.len()));
    println!("  {:<46}{:>9} {:>9}", "1 MiB of", "read", "asked all");
    for (name, text) in dense::patterns(MEBIBYTE) {
        let read = time(|| Pattern::read(&text, Version::V5_36));
        let pattern = Pattern::read(&text, Version::V5_36);
        let asked = time(|| questions::ask(&pattern));
        let missed = if read <= GOAL { "" } else { ": MISSED" };
        println!("  {name:<46}{read:>9.2} {asked:>9.2} ms  (goal: read in at most {GOAL}{missed})");
    }
}

/// The shortest of some runs, in ms.
fn time<T>(work: impl Fn() -> T) -> f64 {
    let run = |_| {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed().as_secs_f64() * 1000.0
    };
    (0..15).map(run).fold(f64::INFINITY, f64::min)
}
