//! Bracketed classes (`regclass`).

use super::complaint::Stop;
use super::flags::Charset;
use super::named_character::Named;
use super::parser::Parser;
use super::posix_class::{Assumption, Lookalike};
use super::tree::{Above, Set};

/// A class that is being read.
struct Class {
    /// What it matches so far, before `^` turns it around.
    set: Set,
    is_negated: bool,
    /// The named classes in it, a bit for each, and those whose opposites are.
    named: [u16; 2],
    /// Look-alikes of POSIX classes are not looked for again before this place; one past what Perl remembers.
    looked_until: usize,
    /// What was noticed of a look-alike, until it is certain that it is none.
    assumptions: Vec<Assumption>,
    /// The first end of a range, with the place where it began.
    range: Option<(Member, usize)>,
    /// The only code point above 255 in the class, and whether there is anything else.
    wide: Option<u64>,
    others: bool,
    /// A sequence of characters with one above 255 is in it.
    has_wide_sequence: bool,
}

impl Class {
    /// What a look at what may have been meant for a POSIX class found. The last look counts.
    fn looked_at(&mut self, outcome: Lookalike<'_>) {
        self.assumptions.clear();
        match outcome {
            Lookalike::Class { end, .. } => self.looked_until = end + 1,
            Lookalike::Defective { end, assumptions } => {
                self.looked_until = end + 1;
                self.assumptions = assumptions;
            }
            Lookalike::NotMeant => {}
        }
    }
}

/// What stands between the ends of ranges.
#[derive(Clone, Copy)]
enum Member {
    /// A code point.
    Char(u64),
    /// `\w`, `[:alpha:]`, `\pL`. True for those that a locale decides about.
    Class { by_locale: bool },
}

/// The largest code point, but for Perl's own inner use.
const LARGEST: u64 = i64::MAX as u64;

impl Parser<'_> {
    /// Reads a class from behind its `[` (at `open`) to its `]`, at which it stops, or to the end.
    pub fn class(&mut self, open: usize) -> Result<Set, Stop> {
        let mut class = Class {
            set: Set { exact: true, ..Set::default() },
            is_negated: false,
            named: [0; 2],
            looked_until: self.at,
            assumptions: Vec::new(),
            range: None,
            wide: None,
            others: false,
            has_wide_sequence: false,
        };
        self.skip_blanks_in_class();
        if self.here() == b'^' {
            self.at += 1;
            class.is_negated = true;
            self.skip_blanks_in_class();
        }
        self.class_without_brackets(&mut class)?;
        let mut is_first = self.here() == b']';
        loop {
            if !is_first {
                self.plain_members(&mut class);
                if self.at >= class.looked_until {
                    self.issue(&mut class)?;
                }
                self.skip_blanks_in_class();
                if self.is_end() || self.here() == b']' {
                    break;
                }
            }
            is_first = false;
            self.member(&mut class, open)?;
        }
        self.issue(&mut class)?;
        Ok(self.finish(&class))
    }

    /// Reads members that are what they look like, alone or as the ends of a range.
    fn plain_members(&mut self, class: &mut Class) {
        if class.range.is_some() || !class.assumptions.is_empty() || self.flags.extended_more {
            return;
        }
        let fold = self.flags.fold;
        while let Some(&byte) = self.bytes.get(self.at)
            && is_plain(byte)
        {
            if self.byte(self.at + 1) != b'-' {
                class.set.add(byte);
                if fold {
                    add_other_cases(&mut class.set, byte, byte);
                }
                self.at += 1;
            } else if let Some(&high) = self.bytes.get(self.at + 2)
                && is_plain(high)
                && byte <= high
            {
                add_bytes(&mut class.set, fold, byte, high);
                self.at += 3;
            } else {
                return;
            }
            class.others = true;
        }
    }

    /// A class of the form `[:alpha:]`, which would have to stand in another.
    fn class_without_brackets(&mut self, class: &mut Class) -> Result<(), Stop> {
        let byte = self.here();
        if !may_begin_posix(byte) {
            return Ok(());
        }
        let remark = match self.posix_lookalike(self.at, true)? {
            Lookalike::NotMeant => return Ok(()),
            Lookalike::Class { end, .. } => {
                class.looked_until = end + 1;
                ""
            }
            Lookalike::Defective { end, .. } => {
                class.looked_until = end + 1;
                if matches!(byte, b'=' | b'.') {
                    " (but this one isn't implemented)"
                } else {
                    " (but this one isn't fully valid)"
                }
            }
        };
        let shown = char::from(byte);
        let message = format!("POSIX syntax [{shown} {shown}] belongs inside character classes{remark}");
        self.warning(message, self.at - 1, class.looked_until - 1)
    }

    /// Says what was noticed of a look-alike.
    fn issue(&self, class: &mut Class) -> Result<(), Stop> {
        if class.assumptions.is_empty() {
            return Ok(());
        }
        if !self.version.warns_of_posix_lookalikes() {
            class.assumptions.clear();
        }
        for assumption in class.assumptions.drain(..) {
            let message = format!("Assuming NOT a POSIX class since {}", assumption.reason);
            let at = self.span(assumption.start, assumption.here);
            self.shown.posix_warning(message.as_bytes(), at, assumption.here)?;
        }
        Ok(())
    }

    fn skip_blanks_in_class(&mut self) {
        while self.flags.extended_more && !self.is_end() && matches!(self.here(), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// Reads one member, and the `-` behind it.
    fn member(&mut self, class: &mut Class, open: usize) -> Result<(), Stop> {
        let start = self.at;
        let begin = class.range.map_or(start, |(_, begin)| begin);
        let byte = self.here();
        self.at += 1;
        let mut member = Member::Char(u64::from(byte));
        match byte {
            b'[' => match self.posix_lookalike(self.at, false)? {
                Lookalike::Class { name, negated, end } => {
                    // Perl takes a semicolon at the end for the colon.
                    if !self.bytes[..end].ends_with(b":]") {
                        self.only_perl()?;
                    }
                    class.assumptions.clear();
                    self.add_posix_class(&mut class.set, name, negated);
                    class.named[usize::from(negated)] |= named_bit(name);
                    member = Member::Class { by_locale: true };
                    self.at = end;
                }
                other => {
                    // `[:<:]` is an edge of a word for PCRE2, and it has its own idea of what else is meant.
                    if matches!(self.here(), b':' | b'.' | b'=') {
                        self.only_perl()?;
                    }
                    class.looked_at(other);
                    // The byte behind the bracket would be looked at in the same way.
                    class.looked_until = class.looked_until.max(self.at + 1);
                }
            },
            _ if may_begin_posix(byte) && start >= class.looked_until => {
                class.looked_at(self.posix_lookalike(start, true)?);
            }
            b'\\' => match self.escape_in_class(class, start, open)? {
                Some(escaped) => member = escaped,
                None => return Ok(()),
            },
            _ => {}
        }
        self.class_or_range(class, member, begin)
    }

    /// What a member means: the end of a range, the beginning of one, or itself.
    fn class_or_range(&mut self, class: &mut Class, member: Member, begin: usize) -> Result<(), Stop> {
        let is_class = matches!(member, Member::Class { .. });
        if let Some((first, _)) = class.range
            && is_class
        {
            let text = &self.bytes[begin..self.at];
            let message = [b"False [] range \"".as_slice(), text, b"\""].concat();
            self.warning(message, begin, self.at)?;
            class.range = None;
            add(class, self.flags.fold, first, first);
            add(class, self.flags.fold, Member::Char(u64::from(b'-')), Member::Char(u64::from(b'-')));
        }
        if let Member::Class { by_locale } = member {
            class.others = true;
            if by_locale && self.flags.charset == Charset::Locale {
                return Ok(());
            }
        }
        self.skip_blanks_in_class();
        let range = class.range.take();
        let first = range.map_or(member, |(first, _)| first);
        if range.is_some() {
            if let (Member::Char(low), Member::Char(high)) = (first, member)
                && low > high
            {
                let text = &self.bytes[begin..self.at];
                let message = [b"Invalid [] range \"".as_slice(), text, b"\""].concat();
                return self.cut_error(message, begin, self.at);
            }
        } else if self.here() == b'-' {
            let mut after = self.at + 1;
            while self.flags.extended_more && matches!(self.byte(after), b' ' | b'\t') {
                after += 1;
            }
            if after < self.bytes.len() && self.byte(after) != b']' {
                self.at = after;
                if is_class {
                    let text = &self.bytes[begin..self.at];
                    let message = [b"False [] range \"".as_slice(), text, b"\""].concat();
                    self.warning(message, begin, self.at)?;
                    add(class, self.flags.fold, Member::Char(u64::from(b'-')), Member::Char(u64::from(b'-')));
                } else {
                    class.range = Some((first, begin));
                }
                return Ok(());
            }
        }
        self.check_code_point(first, member, begin)?;
        add(class, self.flags.fold, first, member);
        Ok(())
    }

    fn check_code_point(&self, first: Member, last: Member, begin: usize) -> Result<(), Stop> {
        let (Member::Char(first), Member::Char(last)) = (first, last) else { return Ok(()) };
        if last > LARGEST && (last != u64::MAX || first > LARGEST) {
            let message = format!("Use of code point 0x{last:X} is not allowed; the permissible max is 0x{LARGEST:X}");
            return self.error(message, begin, self.at);
        }
        self.check_portable(last, begin, self.at)
    }

    /// An escape in a class, behind its backslash; none when it stands for nothing.
    fn escape_in_class(&mut self, class: &mut Class, start: usize, open: usize) -> Result<Option<Member>, Stop> {
        if self.is_end() {
            return self.error("Unmatched [", open, self.at);
        }
        let letter = self.here();
        self.at += 1;
        let char = |byte: u8| Ok(Some(Member::Char(u64::from(byte))));
        match letter {
            b' ' | b'\t' => char(letter),
            b'w' | b'W' | b's' | b'S' | b'd' | b'D' | b'v' | b'V' | b'h' | b'H' => {
                self.add_escape_class(&mut class.set, letter);
                class.named[usize::from(letter.is_ascii_uppercase())] |= named_bit(&[letter.to_ascii_lowercase()]);
                let by_locale = !matches!(letter, b'v' | b'V' | b'h' | b'H');
                Ok(Some(Member::Class { by_locale }))
            }
            b'p' | b'P' => {
                self.property(start, letter)?;
                class.set = Set::UNKNOWN;
                Ok(Some(Member::Class { by_locale: false }))
            }
            b'N' => self.named_in_class(class, start),
            b'n' => char(b'\n'),
            b'r' => char(b'\r'),
            b't' => char(b'\t'),
            b'f' => char(0x0c),
            b'b' => char(0x08),
            b'e' => char(0x1b),
            b'a' => char(0x07),
            b'o' | b'x' | b'c' => {
                let escaped = self.escaped_number(start, class.range.is_some())?;
                self.at = escaped.end;
                Ok(Some(Member::Char(escaped.value)))
            }
            b'0'..=b'7' => self.octal_in_class(start).map(Some),
            _ => {
                if letter.is_ascii_alphanumeric() {
                    let message =
                        format!("Unrecognized escape \\{} in character class passed through", char::from(letter));
                    self.warning(message, start, self.at)?;
                }
                char(letter)
            }
        }
    }

    fn octal_in_class(&mut self, start: usize) -> Result<Member, Stop> {
        let (value, end) = self.octal(start, start + 1)?;
        self.at = end;
        Ok(Member::Char(value))
    }

    fn named_in_class(&mut self, class: &mut Class, start: usize) -> Result<Option<Member>, Stop> {
        match self.named_character(start)? {
            Named::NotNewline => {
                let message = "\\N in a character class must be a named character: \\N{...}";
                self.error(message, start, self.at)
            }
            Named::Nothing(brace) => {
                self.at = brace;
                self.next()?;
                self.warning("Ignoring zero length \\N{} in character class", start, self.at)?;
                Ok(None)
            }
            Named::One(char, brace) => {
                self.at = brace;
                self.next()?;
                Ok(Some(Member::Char(u64::from(char))))
            }
            // Perl makes a pattern of its own of the class and reads that, with other places for what it finds.
            Named::Several { chars, after, .. } => {
                self.at = after;
                let is_first_alone = class.is_negated || class.range.is_some() || self.here() == b'-';
                if is_first_alone {
                    self.warning("Using just the first character returned by \\N{} in character class", start, after)?;
                }
                self.has_sequence_in_class = true;
                if is_first_alone {
                    return Ok(Some(Member::Char(u64::from(chars[0]))));
                }
                class.has_wide_sequence |= chars.iter().any(|&char| char > 255);
                class.set = Set::UNKNOWN;
                Ok(None)
            }
        }
    }

    /// Puts in what `\w` and its like match.
    pub fn add_escape_class(&self, set: &mut Set, letter: u8) {
        let bytes = match letter.to_ascii_lowercase() {
            b'w' => WORD,
            b'd' => DIGIT,
            b's' => SPACE,
            b'h' => HORIZONTAL,
            _ => VERTICAL,
        };
        let is_unicode = matches!(letter, b'h' | b'H' | b'v' | b'V');
        self.add_named_class(set, bytes, is_unicode, letter.is_ascii_uppercase());
    }

    fn add_posix_class(&self, set: &mut Set, name: &[u8], negated: bool) {
        let bytes = match name {
            b"alnum" => ALNUM,
            b"alpha" => ALPHA,
            b"ascii" => ASCII,
            b"blank" => BLANK,
            b"cntrl" => CONTROL,
            b"digit" => DIGIT,
            b"graph" => GRAPH,
            b"lower" | b"upper" if self.flags.fold => ALPHA,
            b"lower" => LOWER,
            b"print" => PRINT,
            b"punct" => PUNCT,
            b"space" => SPACE,
            b"upper" => UPPER,
            b"xdigit" => HEX,
            _ => WORD,
        };
        if name == b"ascii" {
            add_masks(set, bytes, negated);
            widen(set, if negated { Above::All } else { Above::None });
            return;
        }
        self.add_named_class(set, bytes, false, negated);
    }

    /// Puts in a class of which the bytes are given. Unless letters are those of ASCII, what it has above them is not
    /// known; `is_unicode`: the bytes are exact, whatever letters are.
    fn add_named_class(&self, set: &mut Set, mut bytes: [u64; 4], is_unicode: bool, negated: bool) {
        let is_ascii = self.flags.charset.is_ascii() && !is_unicode;
        let is_exact = is_ascii || is_unicode;
        if !is_exact {
            set.exact = false;
            let above_ascii = if negated { 0 } else { u64::MAX };
            (bytes[2], bytes[3]) = (above_ascii, above_ascii);
        }
        add_masks(set, bytes, negated);
        widen(
            set,
            match (is_ascii, negated) {
                (true, true) => Above::All,
                (true, false) => Above::None,
                (false, _) => Above::Some,
            },
        );
    }

    fn finish(&mut self, class: &Class) -> Set {
        let mut set = class.set;
        // With `\w` and `\W` it has all characters, whatever letters are.
        if class.named[0] & class.named[1] != 0 {
            set = Set { bytes: [u64::MAX; 4], above: Above::All, exact: true };
        }
        // Perl makes literals of these, and a literal above 255 makes it go over to UTF-8.
        let is_single = class.wide.is_some() && !class.others && !class.is_negated;
        if is_single || class.has_wide_sequence {
            self.upgrade();
        }
        if class.is_negated {
            if !set.exact {
                // What it surely matches is not known, so neither what it surely does not.
                return Set::UNKNOWN;
            }
            set.negate();
        }
        set
    }
}

/// The bit of a named class: of a POSIX class, or of the letter of an escape.
fn named_bit(name: &[u8]) -> u16 {
    const NAMES: [&[u8]; 14] = [
        b"word", b"digit", b"space", b"blank", b"v", b"alnum", b"alpha", b"cntrl", b"graph", b"lower", b"print",
        b"punct", b"upper", b"xdigit",
    ];
    let name: &[u8] = match name {
        b"w" => b"word",
        b"d" => b"digit",
        b"s" => b"space",
        b"h" => b"blank",
        name => name,
    };
    NAMES.iter().position(|named| *named == name).map_or(0, |at| 1 << at)
}

/// Adds characters above 255.
fn widen(set: &mut Set, above: Above) {
    set.above = match (set.above, above) {
        (Above::All, _) | (_, Above::All) => Above::All,
        (Above::None, Above::None) => Above::None,
        _ => Above::Some,
    };
}

fn add_masks(set: &mut Set, masks: [u64; 4], negated: bool) {
    for (word, mask) in set.bytes.iter_mut().zip(masks) {
        *word |= if negated { !mask } else { mask };
    }
}

/// The bytes of a list, a bit for each.
const fn listed(bytes: &[u8]) -> [u64; 4] {
    let (mut masks, mut index) = ([0; 4], 0);
    while index < bytes.len() {
        masks[(bytes[index] >> 6) as usize] |= 1 << (bytes[index] & 63);
        index += 1;
    }
    masks
}

/// The bytes of some ranges, a bit for each.
const fn ranges(ranges: &[(u8, u8)]) -> [u64; 4] {
    let (mut masks, mut index) = ([0; 4], 0);
    while index < ranges.len() {
        let (mut byte, last) = ranges[index];
        while byte <= last {
            masks[(byte >> 6) as usize] |= 1 << (byte & 63);
            byte += 1;
        }
        index += 1;
    }
    masks
}

/// The letters, digits and the underscore of ASCII.
pub(super) const WORD: [u64; 4] = ranges(&[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')]);
const ALNUM: [u64; 4] = ranges(&[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]);
const ALPHA: [u64; 4] = ranges(&[(b'A', b'Z'), (b'a', b'z')]);
const LOWER: [u64; 4] = ranges(&[(b'a', b'z')]);
const UPPER: [u64; 4] = ranges(&[(b'A', b'Z')]);
const HEX: [u64; 4] = ranges(&[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]);
const ASCII: [u64; 4] = ranges(&[(0, 0x7f)]);
const CONTROL: [u64; 4] = ranges(&[(0, 0x1f), (0x7f, 0x7f)]);
const GRAPH: [u64; 4] = ranges(&[(b'!', b'~')]);
const PRINT: [u64; 4] = ranges(&[(b' ', b'~')]);
const PUNCT: [u64; 4] = ranges(&[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')]);
const BLANK: [u64; 4] = listed(b"\t ");
const DIGIT: [u64; 4] = listed(b"0123456789");
const SPACE: [u64; 4] = listed(b"\t\n\x0b\x0c\r ");
const HORIZONTAL: [u64; 4] = listed(b"\t \xa0");
const VERTICAL: [u64; 4] = listed(b"\n\x0b\x0c\r\x85");

/// Adds a code point or a range of them.
fn add(class: &mut Class, fold: bool, first: Member, last: Member) {
    let (Member::Char(low), Member::Char(high)) = (first, last) else { return };
    if high > 255 {
        widen(&mut class.set, Above::Some);
        let is_new = class.wide.is_none_or(|wide| folded(wide) != folded(high) || (wide != high && !fold));
        class.others |= low != high || (class.wide.is_some() && is_new);
        class.wide = Some(high);
    } else {
        class.others = true;
    }
    if let Ok(low) = u8::try_from(low) {
        add_bytes(&mut class.set, fold, low, u8::try_from(high).unwrap_or(u8::MAX));
    }
    // Some characters above 255 have a byte as their other case: the sign of Kelvin, the long s, the micro sign.
    if fold && high > 255 {
        class.set.exact = false;
        (0..=u8::MAX).for_each(|byte| class.set.add(byte));
    }
}

/// Adds a range of bytes.
fn add_bytes(set: &mut Set, fold: bool, low: u8, high: u8) {
    for (word, base) in set.bytes.iter_mut().zip([0, 64, 128, 192]) {
        *word |= bits_of_range(low, high, base);
    }
    if fold {
        add_other_cases(set, low, high);
    }
}

/// The bits of a range in the word of 64 that begins at a byte.
fn bits_of_range(low: u8, high: u8, base: u8) -> u64 {
    if low > high || high < base || low > base + 63 {
        return 0;
    }
    let (first, last) = (low.saturating_sub(base), (high - base).min(63));
    (u64::MAX << first) & (u64::MAX >> (63 - last))
}

/// Adds the other cases of a range of bytes. Both of ASCII's and of Latin-1's letters the cases are 32 apart, in one
/// word.
fn add_other_cases(set: &mut Set, low: u8, high: u8) {
    // `A` to `Z` and `a` to `z`; 0xC0 to 0xDE and 0xE0 to 0xFE, without the signs in their midst.
    for (word, base, letters) in [(1, 64, 0x07ff_fffe_07ff_fffe), (3, 192, 0x7f7f_ffff_7f7f_ffff)] {
        let bits = bits_of_range(low, high, base) & letters;
        set.bytes[word] |= bits.rotate_left(32);
    }
    if high >= 0x80 && low <= high {
        widen(set, Above::Some);
        set.exact = false;
    }
}

/// Whether a byte in a class is no sign of anything.
fn is_plain(byte: u8) -> bool {
    !matches!(byte, b'[' | b']' | b'\\' | b'-') && !may_begin_posix(byte)
}

fn folded(code: u64) -> u64 {
    let char = u32::try_from(code).ok().and_then(char::from_u32);
    char.map_or(code, |char| char.to_lowercase().next().map_or(code, |lower| u64::from(u32::from(lower))))
}

/// What may begin a look-alike of a POSIX class.
fn may_begin_posix(byte: u8) -> bool {
    matches!(byte, b':' | b'=' | b'.' | b'^' | b';')
}
