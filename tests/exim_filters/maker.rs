//! Filters that every message comes to, with all that can fail in them, and with what nearly fails.

use std::io::Write as _;

use super::common::Random;

/// Writes filters that every message comes to.
pub struct Maker<'r> {
    pub random: &'r mut Random,
}

impl Maker<'_> {
    fn chance(&mut self, one_in: usize) -> bool {
        self.random.below(one_in) == 0
    }

    fn one_of<'t>(&mut self, things: &[&'t str]) -> &'t str {
        things[self.random.below(things.len())]
    }

    pub fn filter(&mut self) -> Vec<u8> {
        let mut out = b"# Exim filter\n".to_vec();
        for _ in 0..=self.random.below(3) {
            self.statement(&mut out, 2);
        }
        out
    }

    fn statement(&mut self, out: &mut Vec<u8>, depth: usize) {
        if depth > 0 && self.chance(4) {
            let (condition, holds) = self.random_certainty();
            let _ = writeln!(out, "if {condition} then");
            if holds {
                self.statement(out, depth - 1);
                out.extend_from_slice(b"else\n");
            }
            let never = self.one_of(&["testprint \"$nosuch\"\n", "logwrite x\n", "finish\n", "logfile x\n"]);
            out.extend_from_slice(never.as_bytes());
            if !holds {
                out.extend_from_slice(b"else\n");
                self.statement(out, depth - 1);
            }
            out.extend_from_slice(b"endif\n");
            return;
        }
        match self.random.below(20) {
            0..=7 => self.condition(out),
            8 => self.command(out, &["add ", "\0n", " to ", "\0v", "\n"]),
            9 | 10 => self.command(out, &["unseen deliver ", "\0a", "\n"]),
            11 => self.command(out, &["unseen deliver x@y errors_to ", "\0e", "\n"]),
            12 => self.command(out, &["logfile ", "\0l", "\n", "logwrite ", "\0x", "\n"]),
            13 => self.command(out, &["logwrite ", "\0x", "\n"]),
            14 => self.command(out, &["unseen save ", "\0x", " 660\n"]),
            15 | 16 => self.mail(out),
            17 => self.pipe(out),
            18 => self.command(out, &["headers charset ", "\0x", "\n"]),
            _ if self.chance(3) => self.command(out, &["fail text ", "\0x", "\n"]),
            _ => self.command(out, &["testprint ", "\0x", "\n"]),
        }
    }

    fn random_certainty(&mut self) -> (&'static str, bool) {
        const ALL: [(&str, bool); 12] = [
            ("\"a\" is \"A\"", true),
            ("a IS A", false),
            ("not (a contains b) and 5 is above 4", true),
            ("010 is above 8", false),
            ("(\"***SPAM***\" contains \"**SPAM**\")", false),
            ("abc begins AB or $h_x: is above 5", true),
            ("abc does not end bc", false),
            ("a is b and $nosuch is x", false),
            ("\"${lc:ABC}\" IS \"abc\"", true),
            ("1k is above 1000 and 0x is below 1", true),
            ("a contains \"\"", false),
            ("a CONTAINS \"\"", true),
        ];
        ALL[self.random.below(ALL.len())]
    }

    /// Writes a command; a part that begins with a NUL stands for a value of a kind.
    fn command(&mut self, out: &mut Vec<u8>, parts: &[&str]) {
        for part in parts {
            let value = match part.strip_prefix('\0') {
                Some("n") => self.number(),
                Some("v") => self.variable(),
                Some("a") => self.address(),
                Some("l") => self.one_of(&["/no/such/file", "x.log", "${lc:X}", "$tod_epoch"]).to_owned(),
                Some("e") => {
                    let address = self.address();
                    let value = address.replace(|letter: char| letter.is_whitespace(), "");
                    out.extend_from_slice(value.as_bytes());
                    continue;
                }
                Some(_) => self.text(),
                None => {
                    out.extend_from_slice(part.as_bytes());
                    continue;
                }
            };
            self.quoted(out, value.as_bytes());
        }
    }

    fn condition(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"if ");
        if self.chance(5) {
            out.extend_from_slice(
                self.one_of(&["not ", "a is a and ", "a is b or ", "(a is b or c is d) or "]).as_bytes(),
            );
        }
        match self.random.below(5) {
            0 | 1 => {
                let left = self.number();
                self.quoted(out, left.as_bytes());
                let operator = self.one_of(&["is above", "is below", "above", "is not below", "does not above"]);
                out.extend_from_slice(format!(" {operator} ").as_bytes());
                let right = self.number();
                self.quoted(out, right.as_bytes());
            }
            2 | 3 => {
                out.extend_from_slice(self.one_of(&["abc", "\"a1\"", "$message_size", "$h_subject:"]).as_bytes());
                out.extend_from_slice(self.one_of(&[" matches ", " MATCHES ", " does not match "]).as_bytes());
                let pattern = self.pattern();
                self.quoted(out, &pattern);
            }
            _ => {
                let left = self.text();
                self.quoted(out, left.as_bytes());
                out.extend_from_slice(self.one_of(&[" contains ", " is ", " begins ", " ENDS "]).as_bytes());
                let right = self.text();
                self.quoted(out, right.as_bytes());
            }
        }
        out.extend_from_slice(b" then testprint x endif\n");
    }

    fn mail(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.one_of(&["mail", "vacation", "noerror mail"]).as_bytes());
        for _ in 0..=self.random.below(3) {
            let key = self.one_of(&[
                "to",
                "to",
                "to",
                "cc",
                "bcc",
                "from",
                "reply_to",
                "subject",
                "extra_headers",
                "extra_headers",
                "text",
                "file",
                "expand file",
                "log",
                "once",
                "once_repeat",
                "once_repeat",
            ]);
            out.extend_from_slice(format!(" {key} ").as_bytes());
            let value = match key {
                "once_repeat" => self.time(),
                "extra_headers" => self.joined(&["X-A: b", "\n", "\n ", "X-B:", "c", ":", "\t", "\n\n", " "]),
                "to" => self.address(),
                "subject" | "from" => self.joined(&["a", "x@y", "\n", "\n ", "\n\t", ", ", "$n1", " ", "\x07"]),
                "file" | "log" | "once" => self.joined(&["/a", "b", "\n", "\t", "\x7f", " ", "\x01", "$n2"]),
                _ => self.text(),
            };
            self.quoted(out, value.as_bytes());
        }
        out.push(b'\n');
    }

    fn pipe(&mut self, out: &mut Vec<u8>) {
        let mut command = self.one_of(&["/bin/true", "|/bin/true", "| /bin/true"]).to_owned();
        for _ in 0..=self.random.below(3) {
            command.push(' ');
            let part = self.one_of(&[
                "a",
                "'$from'",
                "\"b \\$c\"",
                "$n0",
                "$tod_log",
                "\"$",
                "'${lc:X}'",
                "5$",
                "\\",
                "\"\\$ \"",
                "${lc:a",
                "b}",
            ]);
            command.push_str(part);
        }
        if self.chance(20) {
            command.push_str(&" x".repeat(56 + self.random.below(6)));
        }
        out.extend_from_slice(b"unseen pipe ");
        self.in_quotes(out, command.as_bytes());
        out.push(b'\n');
    }

    fn joined(&mut self, parts: &[&str]) -> String {
        (0..=self.random.below(4)).map(|_| self.one_of(parts)).collect()
    }

    fn number(&mut self) -> String {
        if self.chance(4) {
            return self.joined(&["1", "0", "x", "-", "+", "k", "M", " ", ".", ",", "9", "8", "f", "--", "\n", "\t"]);
        }
        let usual = [
            "5",
            "-5",
            "+7",
            "010",
            "08",
            "0x1f",
            "0X",
            "0xg",
            "10K",
            "5m",
            "1km",
            "1mk",
            "10MB",
            "1G",
            "5.0",
            "1,000",
            "",
            " 5",
            "5 ",
            "3000000000",
            "99999999999999999999",
            "-99999999999999999999",
            "$n1",
            "$sn9",
            "${eval:2*3}",
            "--5",
            "----5",
            "---5",
            "$message_size",
            "${strlen:abc}",
            "${lc:5}K",
            "5\\x4b",
        ];
        self.one_of(&usual).to_owned()
    }

    fn variable(&mut self) -> String {
        self.one_of(&["n1", "n9", "n0", "n1", "n3", "n10", "$n0", "x", "m1", "na", "n-", "n ", "N1", "${lc:N}1"])
            .to_owned()
    }

    fn time(&mut self) -> String {
        if self.chance(3) {
            return self.joined(&["1", "d", "h", "w", "s", "m", "0", " ", "x", ".5", "30", "3000000000s"]);
        }
        self.one_of(&["7d", "1h30m", "0s", "7", "7 d", "7 days", "", "1d ", "99999w", "1.5h", "${lc:7D}", "2w"])
            .to_owned()
    }

    fn address(&mut self) -> String {
        if self.chance(2) {
            return self.joined(&[
                "joe",
                "@",
                "x.test",
                ".",
                "<",
                ">",
                " ",
                ",",
                "\"",
                "(c)",
                "(",
                "\\",
                ":",
                ";",
                "[1.2.3.4]",
                "-",
                "a b",
                "$n0",
                "@a:",
                "\u{e9}",
                "+x",
                "\n",
            ]);
        }
        let usual = [
            "joe@x.test",
            "joe",
            "Joe <joe@x.test>",
            "a@x.test, b@x.test",
            "joe smith",
            "",
            "joe@",
            "@x.test",
            "\"joe smith\"@x.test",
            "<joe@x.test",
            "joe@x.test (Joe)",
            "$local_part@$domain",
            "${lc:JOE}@x.test",
            "\"box+Junk\"@x.test",
            "joe@x_y.test",
            "a..b@x.test",
        ];
        self.one_of(&usual).to_owned()
    }

    fn text(&mut self) -> String {
        let parts = [
            "a",
            "Abc",
            "$n1",
            "${lc:X}",
            "${if eq{a}{a}{b}{c}}",
            "\\$5",
            "\\N$x\\N",
            "$",
            "$nosuch",
            "${lc:a",
            "}",
            "\\",
            "$h_subject:",
            "${run{a}}",
            "${sg{a}{[a-c]}{b}}",
            "${if match{a}{*}{b}}",
            "${eval:1/0}",
            "${nosuch:a}",
            "${hash_3:abc}",
            "\\x41",
            " ",
            "/",
            "$1",
            "${substr_1_1:abc}",
            "${lookup",
            "\u{e9}",
            "${if eq{a}{b}{c}fail}",
        ];
        let known = if self.chance(3) { parts.len() } else { 7 };
        self.joined(&parts[..known]) + "x"
    }

    fn pattern(&mut self) -> Vec<u8> {
        const PARTS: &[&str] = &[
            "a",
            "b",
            ".",
            "*",
            "+",
            "?",
            "(",
            ")",
            "[",
            "]",
            "^",
            "$",
            "\\d",
            "\\",
            "|",
            "{2}",
            "{3,1}",
            "(?:",
            "(?i)",
            "(?=",
            "(?<=",
            "[a-z]",
            "[^",
            "[[:alpha:]]",
            "[[:foo:]]",
            "\\1",
            "\\x",
            "(?<n>a)",
            "\\g{n}",
            "(?P=n)",
            "\\Q",
            "\\E",
            "-",
            "\\p{L}",
            "(*UTF)",
            "(?#",
            "\\c",
            "#",
            " ",
            "\u{e9}",
            "(a|b)",
            "\\b",
            "\\N",
            "x{2,}",
        ];
        let mut pattern = (0..=self.random.below(6)).map(|_| self.one_of(PARTS)).collect::<String>().into_bytes();
        if self.chance(4) {
            self.random.damage(&mut pattern, b"()[]{}*+?\\^$|-\xe9\xff:<>!=");
        }
        pattern.retain(|&byte| byte != 0);
        // What stands in the filter is led through expansion; so that most patterns come through it as they are:
        match self.random.below(4) {
            0 => [b"\\N", &*pattern, b"\\N"].concat(),
            1 => pattern,
            _ => pattern
                .iter()
                .flat_map(|&byte| if b"\\$".contains(&byte) { vec![b'\\', byte] } else { vec![byte] })
                .collect(),
        }
    }

    /// Writes a value as a word, or in quotes of some kind.
    fn quoted(&mut self, out: &mut Vec<u8>, value: &[u8]) {
        let is_word = !value.is_empty()
            && !value.starts_with(b"\"")
            && !value.starts_with(b"#")
            && !value.iter().any(|byte| byte.is_ascii_whitespace() || b"()\x0b".contains(byte));
        if is_word && self.chance(3) && Maker::is_no_keyword(value) {
            out.extend_from_slice(value);
        } else {
            self.in_quotes(out, value);
        }
    }

    /// Whether a word cannot be taken for one of the language.
    fn is_no_keyword(value: &[u8]) -> bool {
        value.iter().any(|byte| !byte.is_ascii_alphabetic())
    }

    fn in_quotes(&mut self, out: &mut Vec<u8>, value: &[u8]) {
        out.push(b'"');
        for &byte in value {
            match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                b'\n' => out.extend_from_slice(b"\\n"),
                _ if self.chance(40) => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
                _ if self.chance(60) => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
                _ if self.chance(80) => out.extend_from_slice(&[b'\\', b'\n', b' ', b' ', byte]),
                _ => out.push(byte),
            }
        }
        out.push(b'"');
    }
}
