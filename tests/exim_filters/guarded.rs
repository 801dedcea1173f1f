//! Filters that compare a header as a number, behind conditions about it.

use std::fmt::Write as _;

use super::common::Random;

/// Writes filters with one comparison that needs a number from `X-Number`, behind conditions about it.
pub struct Guarded<'r> {
    random: &'r mut Random,
    /// Whether `X-Other` was asked about: twice would be about the same thing.
    has_other: bool,
}

impl<'r> Guarded<'r> {
    pub fn new(random: &'r mut Random) -> Self {
        Self { random, has_other: false }
    }

    pub fn filter(mut self) -> Vec<u8> {
        let mut out = "# Exim filter\n".to_owned();
        for _ in 0..self.random.below(3) {
            let condition = self.condition(1);
            let end =
                self.random.pick(&["finish", "testprint x", "fail text x", "if $h_x-number: is x then finish endif"]);
            let rest = self.random.pick(&[
                "",
                "",
                "else finish ",
                "else testprint y ",
                "elif $h_x-number: is \"\" then finish ",
            ]);
            let _ = writeln!(out, "if {condition} then {end} {rest}endif");
        }
        let number = self.random.pick(&[
            "$h_x-number:",
            "\"$h_X-Number: \"",
            "\"${lc:$rh_x-number:}\"",
            "\"${eval:$h_x-number:}\"",
            "\"${if >{$h_x-number:}{4}{7}{3}}\"",
            "\"${if match{$h_x-number:}{^[0-9]}{$h_x-number:}{0}}\"",
        ]);
        let test = format!("{number} {} 5", self.random.pick(&["is above", "is not below"]));
        let guarded = match self.random.below(5) {
            0 => test,
            1 => format!("{} and {test}", self.condition(2)),
            2 => format!("{} or {test}", self.condition(2)),
            3 => format!("not ({} and {} and {test}) or delivered", self.condition(1), self.condition(1)),
            _ => format!("({} or {}) and (delivered or {test})", self.condition(1), self.condition(1)),
        };
        if self.random.below(3) == 0 {
            let around = self.condition(2);
            let _ = writeln!(out, "if {around} then if {guarded} then finish endif endif");
        } else {
            let before = if self.random.below(3) == 0 {
                format!("{} then finish elif ", self.condition(1))
            } else {
                String::new()
            };
            let _ = writeln!(out, "if {before}{guarded} then finish endif");
        }
        out.into_bytes()
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth > 0 && self.random.below(3) == 0 {
            let word = self.random.pick(&["and", "or"]);
            let not = self.random.pick(&["", "not "]);
            return format!("{not}({} {word} {})", self.condition(depth - 1), self.condition(depth - 1));
        }
        if !self.has_other && self.random.below(3) == 0 {
            self.has_other = true;
            return self
                .random
                .pick(&["$h_x-other: is 1", "$h_x-other: contains 7", "$h_x-other: is not \"\""])
                .to_owned();
        }
        if self.random.below(4) == 0 {
            let pattern = self.random.pick(&[
                "matches \\N^\\d+$\\N",
                "matches \\N^-?\\d{1,9}$\\N",
                "matches \\N^\\d+\\N",
                "matches \\N^\\d*\\N",
                "matches \\N\\d\\N",
                "matches \"^([0-9]+|)\\\\$\"",
                "matches \"^.\"",
                "matches \"^[0-9]+\"",
                "MATCHES \"^[0-9]+ \"",
                "MATCHES \"^[0-9]+ .high\"",
                "matches \"^[0-9]+ .high\"",
                "does not match \\N[^\\d]\\N",
                "does not match \"[a-z]\"",
            ]);
            return format!("$h_x-number: {pattern}");
        }
        self.random
            .pick(&[
                "$h_x-number: is \"\"",
                "$h_x-number: is not \"\"",
                "$h_X-NUMBER: contains 1",
                "\"${if def:h_x-number:{yes}{no}}\" is yes",
                "a is a",
                "a is b",
                "\"x$h_x-number:\" is x",
                "\"$rh_x-number: \" begins \" \"",
            ])
            .to_owned()
    }
}
