//! The lines that define rules.

use super::askdns_34;
use super::bytes::{all, first_word, is_rule_name, is_space, is_word, words};
use super::complaint::{BadPattern, Complaint, Level, PerlWords};
use super::meta;
use super::pattern::blamed;
use super::reader::{Here, Reader};
use super::setting::Form;
use super::state::Rule;
use super::value::{Outcome, is_dotted, is_subtest};
use super::version::Version;
use crate::perl_pattern::rule_text::with_templates;
use crate::perl_pattern::{Pattern, Refusal, Verdict};

use Outcome::{Invalid, Taken};

/// The kinds of rules.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A pattern over a header, or whether there is one.
    Header,
    /// A pattern over the text.
    Body,
    /// A pattern over the undecoded text.
    Rawbody,
    /// A pattern over each address in the text.
    Uri,
    /// A pattern over the whole message.
    Full,
    /// An expression over other rules.
    Meta,
    /// A function.
    HeaderEval,
    /// A function.
    BodyEval,
    /// A function.
    RawbodyEval,
    /// A function.
    FullEval,
    /// A function that asks a list in the DNS.
    RblEval,
    /// Nothing by itself: a plugin says when it hits.
    Empty,
}

impl Kind {
    /// Whether a function decides.
    #[must_use]
    pub fn is_eval(self) -> bool {
        matches!(self, Self::HeaderEval | Self::BodyEval | Self::RawbodyEval | Self::FullEval | Self::RblEval)
    }

    /// What SpamAssassin calls a kind of function.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::BodyEval => "body",
            Self::FullEval => "full",
            Self::RawbodyEval => "rawbody",
            _ => "header",
        }
    }
}

/// `NAME(ARGUMENTS)`.
fn is_call(text: &[u8]) -> bool {
    let name = text.iter().take_while(|&&byte| is_word(byte)).count();
    name > 0 && text.get(name) == Some(&b'(') && text.last() == Some(&b')')
}

/// Who takes a rule.
enum For {
    Both,
    Daemon,
    Nobody,
}

impl Reader<'_> {
    /// `header`, `body`, `rawbody`, `uri`, `full`, `meta`.
    pub fn rule<'v>(&mut self, here: &Here<'v, '_>, kind: Kind) -> Outcome<'v> {
        let (name, Some(text)) = first_word(here.value) else { return Invalid(here.value) };
        let call = match kind {
            Kind::Header => text.strip_prefix(b"eval:").or_else(|| text.strip_prefix(b"rbleval:")),
            Kind::Body | Kind::Rawbody | Kind::Full => text.strip_prefix(b"eval:"),
            _ => None,
        };
        if let Some(call) = call {
            if !is_call(call) {
                return Invalid(text);
            }
            let kind = match kind {
                Kind::Body => Kind::BodyEval,
                Kind::Rawbody => Kind::RawbodyEval,
                Kind::Full => Kind::FullEval,
                _ if call.starts_with(b"check_rbl") || call.starts_with(b"check_dns") => Kind::RblEval,
                _ => Kind::HeaderEval,
            };
            if self.is_good_name(here, name) {
                self.define(here, name, kind, call);
            }
            return Taken;
        }
        if kind == Kind::Meta && has_double_star(text) {
            self.complain(here.at(text), Level::Info, Complaint::DoubleStar);
            return Invalid(text);
        }
        if !self.is_good_name(here, name) {
            return Taken;
        }
        let is_good = match kind {
            Kind::Meta if self.is_good_meta(here, text) => For::Both,
            Kind::Meta => For::Nobody,
            Kind::Header => self.is_good_header(here, text),
            _ => self.is_good_pattern(here, text),
        };
        match is_good {
            For::Both => self.define(here, name, kind, if kind == Kind::Meta { text } else { b"" }),
            For::Daemon => self.define_for_daemon(here, name, kind),
            For::Nobody => self.state.drop_rule(name),
        }
        Taken
    }

    /// Checks a rule's name; a rule with a bad one is dropped.
    fn is_good_name(&mut self, here: &Here<'_, '_>, name: &[u8]) -> bool {
        if !is_rule_name(name) {
            self.complain(here.at(name), Level::Lint, Complaint::RuleNameInvalid);
            return false;
        }
        if name.len() > 100 {
            self.complain(here.at(name), Level::Lint, Complaint::RuleNameTooLong);
            return false;
        }
        if name.len() > 40 && !name.starts_with(b"__") && !name.starts_with(b"T_") {
            self.complain(here.at(name), Level::LintOnly, Complaint::RuleNameLong);
        }
        true
    }

    fn define(&mut self, here: &Here<'_, '_>, name: &[u8], kind: Kind, text: &[u8]) {
        // A user's rule stands among the stock ones.
        self.may_depend_on_more |= self.is_user;
        if !self.state.rules_in_lint.is_empty() {
            self.state.rules_in_lint.remove(name);
        }
        let rule = Rule { kind, text: text.into(), at: here.at(name) };
        match self.state.rules.get_mut(name) {
            Some(before) => *before = rule,
            None => drop(self.state.rules.insert(name.into(), rule)),
        }
    }

    /// Defines a rule that `--lint` drops: there the rule of that name that is older lives on.
    fn define_for_daemon(&mut self, here: &Here<'_, '_>, name: &[u8], kind: Kind) {
        let before = match self.state.rules_in_lint.remove(name) {
            Some(before) => before,
            None => match self.state.rules.get(name) {
                Some(rule) => Some(rule.clone()),
                // What the site's files define has its place there.
                None => self.state.rule(name).map(|rule| Rule { at: Self::place_outside(), ..rule.clone() }),
            },
        };
        self.define(here, name, kind, b"");
        self.state.rules_in_lint.insert(name.into(), before);
    }

    /// A pattern between delimiters.
    fn is_good_pattern(&mut self, here: &Here<'_, '_>, written: &[u8]) -> For {
        // What 4.0 compiles, and complains of, is not quite what is written.
        let templated = (self.options.version >= Version::V40).then(|| with_templates(written));
        let text = templated.as_ref().map_or(written, |templated| &templated.text);
        let place = |refusal: &Refusal| {
            let at = templated.as_ref().map_or(refusal.at, |templated| templated.in_file(refusal.at));
            here.at(blamed(written, at))
        };
        let pattern = Pattern::read(text, self.options.perl.of_patterns());
        let (mut level, mut taken_by) = (Level::Lint, For::Both);
        if let Some(always) = &pattern.lint {
            let drops = self.state.ignores_always_matching;
            let mut error = PerlWords::from(always);
            if self.options.version < Version::V40 && error.bytes.starts_with(b"always matching regexp: starts or") {
                let is_start = text.trim_ascii_start().iter().skip_while(|byte| is_word(**byte)).nth(1) == Some(&b'|');
                let side: &[u8] = if is_start { b"starts" } else { b"ends" };
                error.bytes = [b"always matching regexp: ", side, b" with '|'"].concat().into();
            }
            let complaint = Complaint::AlwaysMatching(Box::new(BadPattern { text: text.into(), error }));
            self.complain(place(always), if drops { Level::Lint } else { Level::LintOnly }, complaint);
            if drops {
                return For::Nobody;
            }
            // What Perl says of it, the daemon alone gets to see.
            (level, taken_by) = (Level::Info, For::Daemon);
        }
        match &pattern.verdict {
            Verdict::Refused(refusal) => {
                let error = refusal.into();
                let complaint = Complaint::InvalidRegexp(Box::new(BadPattern { text: text.into(), error }));
                self.complain(place(refusal), level, complaint);
                return For::Nobody;
            }
            Verdict::CannotTell => self.unjudged.push(here.at(written)),
            Verdict::Accepted => {}
        }
        taken_by
    }

    /// `HEADER =~ PATTERN`, `HEADER !~ PATTERN`, `exists:HEADER`.
    fn is_good_header(&mut self, here: &Here<'_, '_>, text: &[u8]) -> For {
        if let Some(header) = text.strip_prefix(b"exists:") {
            let is_good =
                all(header.strip_suffix(b":").unwrap_or(header), |byte| is_word(byte) || b".-".contains(&byte));
            if !is_good {
                self.complain(here.at(header), Level::Lint, Complaint::InvalidHeadTestHeader);
            }
            return if is_good { For::Both } else { For::Nobody };
        }
        let Some((header, pattern)) = header_test(text) else {
            self.complain(here.at(text), Level::Lint, Complaint::InvalidHeadTest);
            return For::Nobody;
        };
        if self.options.version >= Version::V40
            && let Some(modifiers) = header.iter().position(|&byte| byte == b':')
            && !header[modifiers + 1..].split(|&byte| byte == b':').all(is_modifier)
        {
            let complaint = Complaint::InvalidHeaderModifier { header: header.into() };
            self.complain(here.at(&header[modifiers..]), Level::Lint, complaint);
            return For::Nobody;
        }
        self.is_good_pattern(here, without_if_unset(pattern))
    }

    fn is_good_meta(&mut self, here: &Here<'_, '_>, text: &[u8]) -> bool {
        let Err((level, part, complaint)) = meta::check(text, self.options) else { return true };
        self.complain(here.at(part), level, complaint);
        false
    }

    /// `mimeheader NAME HEADER =~ PATTERN`.
    pub fn mime_header<'v>(&mut self, here: &Here<'v, '_>) -> Outcome<'v> {
        let (name, Some(text)) = first_word(here.value) else { return Invalid(here.value) };
        if !is_rule_name(name) {
            return Invalid(name);
        }
        let Some(pattern) = mime_header_pattern(text) else { return Invalid(text) };
        let pattern = without_if_unset(pattern);
        if let Err(refused) = self.delimited_pattern(here, pattern) {
            let bad = BadPattern { text: pattern.into(), error: refused.words };
            let complaint = Complaint::InvalidMimeHeaderRegexp(Box::new(bad));
            self.complain(here.at(refused.part), Level::Info, complaint);
            return Invalid(refused.part);
        }
        // The function that stands for the rule is made once only.
        if self.state.has_mime_header_eval(name) {
            return Taken;
        }
        self.state.mime_header_evals.insert(name.into());
        if self.is_good_name(here, name) {
            self.define(here, name, Kind::BodyEval, b"_mimeheader_eval()");
        }
        Taken
    }

    /// `uri_detail NAME CRITERION =~ PATTERN ...`.
    pub fn uri_detail<'v>(&mut self, here: &Here<'v, '_>) -> Outcome<'v> {
        let (name, Some(text)) = first_word(here.value) else { return Invalid(here.value) };
        let (mut found, mut from) = (false, 0);
        while let Some((criterion, pattern, end)) = next_criterion(text, from) {
            if !matches!(criterion, b"raw" | b"type" | b"cleaned" | b"text" | b"domain" | b"host") {
                return Invalid(criterion);
            }
            if let Err(refused) = self.delimited_pattern(here, pattern) {
                return Invalid(refused.part);
            }
            (found, from) = (true, end);
        }
        if !found {
            self.complain(here.at(text), Level::Warning, Complaint::InvalidUriDetail);
            return Invalid(text);
        }
        if self.is_good_name(here, name) {
            self.define(here, name, Kind::BodyEval, b"check_uri_detail()");
        }
        Taken
    }

    /// `askdns NAME QUERY [TYPE[,TYPE...] [SUBTEST]]`.
    pub fn ask_dns<'v>(&mut self, here: &Here<'v, '_>) -> Outcome<'v> {
        let (name, rest) = first_word(here.value);
        let (_, rest) = first_word(rest.unwrap_or_default());
        let (types, subtest) = first_word(rest.unwrap_or_default());
        if words(here.value).nth(1).is_none() {
            return Invalid(here.value);
        }
        if rest.is_some() {
            if !types.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b',') {
                return Invalid(types);
            }
            // Empty types at the end do not count, but there must be one.
            let mut list: Vec<&[u8]> = types.split(|&byte| byte == b',').collect();
            while list.last().is_some_and(|last| last.is_empty()) {
                list.pop();
            }
            let is_new = self.options.version >= Version::V40;
            let is_known = |kind: &[u8]| is_record_type(kind) && (is_new || !is_new_record_type(kind));
            if let Some(wrong) = list.iter().find(|kind| !is_known(kind)) {
                return Invalid(if wrong.is_empty() { types } else { wrong });
            }
        }
        let unguarded = subtest.filter(|_| self.options.version < Version::V40);
        if let Some(subtest) = unguarded
            && let Some(pattern) = askdns_34::pattern(subtest)
        {
            self.check_unguarded_subtest(here, subtest, &pattern);
        } else if let Some(subtest) = unguarded {
            if !is_plain_subtest(subtest) {
                return Invalid(subtest);
            }
        } else if let Some(subtest) = subtest
            && let Err(part) = self.check_dns_subtest(here, subtest)
        {
            return Invalid(part);
        }
        if self.is_good_name(here, name) {
            self.define(here, name, Kind::Empty, b"");
        }
        Taken
    }

    /// Checks what an answer must be like; gives what is wrong with it.
    fn check_dns_subtest<'v>(&mut self, here: &Here<'_, '_>, subtest: &'v [u8]) -> Result<(), &'v [u8]> {
        let before_modifiers =
            subtest.len() - subtest.iter().rev().take_while(|byte| byte.is_ascii_lowercase()).count();
        let body = &subtest[..before_modifiers];
        let is_pattern = match body {
            [b'/', .., b'/'] => body.len() > 2,
            [b'm', delimiter, .., last] => body.len() > 3 && !is_word(*delimiter) && !is_word(*last),
            _ => false,
        };
        if is_pattern {
            return self.delimited_pattern(here, subtest).map_err(|refused| {
                let complaint =
                    Complaint::AskDnsSubtest(Box::new(BadPattern { text: subtest.into(), error: refused.words }));
                self.complain(here.at(refused.part), Level::Warning, complaint);
                refused.part
            });
        }
        if is_plain_subtest(subtest) { Ok(()) } else { Err(subtest) }
    }

    /// `reuse NAME ...` of the core: what the value ends with decides, and defines a rule that is not there yet.
    pub fn reuse<'v>(&mut self, here: &Here<'v, '_>) -> Outcome<'v> {
        let Some(name) = reused(here.value) else { return Invalid(here.value) };
        if self.state.rule(name).is_none() && self.is_good_name(here, name) {
            self.define(here, name, Kind::Empty, b"");
        }
        Taken
    }

    /// `uri_block_cc` and its like.
    pub fn uri_block<'v>(&mut self, form: Form, here: &Here<'v, '_>) -> Outcome<'v> {
        let (name, Some(rest)) = first_word(here.value) else { return Invalid(here.value) };
        if !is_rule_name(name) {
            return Invalid(name);
        }
        let plain = |word: &[u8]| word.strip_prefix(b"!").unwrap_or(word).to_ascii_lowercase();
        let is_good = |word: &[u8]| match form {
            Form::Countries => matches!(plain(word)[..], [b'a'..=b'z', b'a'..=b'z' | b'0'..=b'9']),
            Form::Continents => matches!(plain(word)[..], [b'a'..=b'z', b'a'..=b'z']),
            Form::Addresses => {
                let slash = word.iter().position(|&byte| byte == b'/').unwrap_or(word.len());
                let length = word.get(slash + 1..);
                super::address::is_address(&word[..slash])
                    && length.is_none_or(|length| length.len() <= 3 && super::bytes::is_digits(length))
            }
            _ => true,
        };
        if let Some(wrong) = words(rest).find(|word| !is_good(word)) {
            return Invalid(wrong);
        }
        let negated = words(rest).filter(|word| word.first() == Some(&b'!')).count();
        let has_signs = matches!(form, Form::Countries | Form::Continents);
        if has_signs && negated > 0 && negated < words(rest).count() {
            return Invalid(rest);
        }
        if self.is_good_name(here, name) {
            self.define(here, name, Kind::BodyEval, b"check_uri_local_bl()");
        }
        Taken
    }
}

/// `**`, also with white space between them.
fn has_double_star(text: &[u8]) -> bool {
    let mut stars = text.iter().enumerate().filter(|(_, byte)| **byte == b'*').map(|(at, _)| at);
    let Some(mut last) = stars.next() else { return false };
    stars.any(|star| {
        let is_double = text[last + 1..star].iter().all(|&byte| is_space(byte));
        last = star;
        is_double
    })
}

/// `^([\w.-]+(?::|(?::[a-z]+){1,2})?)\s*([=!]~)\s*(.+)$`: the header with its modifiers, and the pattern.
fn header_test(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let name = text.iter().take_while(|&&byte| is_word(byte) || b".-".contains(&byte)).count();
    if name == 0 {
        return None;
    }
    let mut end = name;
    for _ in 0..2 {
        let modifier = match text[end..].split_first() {
            Some((b':', rest)) => rest.iter().take_while(|byte| byte.is_ascii_lowercase()).count(),
            _ => 0,
        };
        if modifier == 0 {
            break;
        }
        end += 1 + modifier;
    }
    let header = &text[..end];
    if end == name && text.get(end) == Some(&b':') {
        end += 1;
    }
    let rest = super::bytes::trim(&text[end..]);
    let pattern = rest.strip_prefix(b"=~").or_else(|| rest.strip_prefix(b"!~"))?;
    let pattern = super::bytes::trim(pattern);
    (!pattern.is_empty()).then_some((header, pattern))
}

fn is_modifier(word: &[u8]) -> bool {
    matches!(word, b"raw" | b"addr" | b"name" | b"host" | b"domain" | b"ip" | b"revip" | b"first" | b"last")
}

/// The pattern of `HEADER =~ PATTERN`, where the header is anything without a colon and may have `:raw` behind it.
pub(super) fn mime_header_pattern(text: &[u8]) -> Option<&[u8]> {
    // The header's name may itself hold `=~`: the longest that leaves an operator is taken.
    let longest = text.iter().take_while(|&&byte| byte != b':' && !is_space(byte)).count();
    (1..=longest).rev().find_map(|len| {
        let rest = &text[len..];
        let rests = [rest.strip_prefix(b":raw"), rest.strip_prefix(b":"), Some(rest)];
        rests.into_iter().flatten().find_map(|rest| {
            let rest = super::bytes::trim(rest);
            let pattern = rest.strip_prefix(b"=~").or_else(|| rest.strip_prefix(b"!~"))?;
            let pattern = super::bytes::trim(pattern);
            (!pattern.is_empty()).then_some(pattern)
        })
    })
}

/// A pattern without ` [if-unset: TEXT]` at its end: the first one that the text's end closes.
pub(super) fn without_if_unset(text: &[u8]) -> &[u8] {
    const MARK: &[u8] = b"[if-unset:";
    if text.last() != Some(&b']') {
        return text;
    }
    let cuts = memchr::memmem::find_iter(text, MARK).find(|&at| {
        let inner = &text[at + MARK.len()..];
        at > 0 && is_space(text[at - 1]) && inner.first().is_some_and(|&byte| is_space(byte)) && inner.len() > 2
    });
    cuts.map_or(text, |at| {
        let blank = text[..at].iter().rev().take_while(|&&byte| is_space(byte)).count();
        &text[..at - blank]
    })
}

/// The next `WORD =~ PATTERN` of a `uri_detail` line from an offset on: the word, the pattern, and where it ends.
fn next_criterion(text: &[u8], from: usize) -> Option<(&[u8], &[u8], usize)> {
    let mut at = from;
    // Where no pattern ends from some place on, none that begins behind it ends with the same delimiter either.
    let mut dead = [false; 256];
    while at < text.len() {
        let len = text[at..].iter().take_while(|&&byte| is_word(byte)).count();
        if len == 0 {
            at += 1;
            continue;
        }
        let word = &text[at..at + len];
        at += len;
        let operator = at + text[at..].iter().take_while(|&&byte| is_space(byte)).count();
        if !matches!(text.get(operator..operator + 2), Some(b"=~" | b"!~")) {
            continue;
        }
        let start = operator + 2 + text[operator + 2..].iter().take_while(|&&byte| is_space(byte)).count();
        let open = match text[start..] {
            [b'/', ..] => start,
            [b'm', delimiter, ..] if !is_word(delimiter) => start + 1,
            _ => continue,
        };
        let delimiter = text[open];
        if dead[usize::from(delimiter)] {
            continue;
        }
        let end = memchr::memchr_iter(delimiter, &text[open + 1..]).find_map(|len| {
            let close = open + 1 + len;
            let mods = text[close + 1..].iter().take_while(|byte| b"imsx".contains(byte)).count();
            let end = close + 1 + mods;
            text.get(end).is_none_or(|&byte| is_space(byte)).then_some(end)
        });
        match end {
            Some(end) => return Some((word, &text[start..end], end)),
            None => dead[usize::from(delimiter)] = true,
        }
    }
    None
}

fn is_record_type(word: &[u8]) -> bool {
    const TYPES: &[&str] = &[
        "ANY",
        "A",
        "AAAA",
        "MX",
        "TXT",
        "PTR",
        "NAPTR",
        "NS",
        "SOA",
        "CERT",
        "CNAME",
        "DNAME",
        "DHCID",
        "HINFO",
        "MINFO",
        "RP",
        "HIP",
        "IPSECKEY",
        "KX",
        "LOC",
        "GPOS",
        "SRV",
        "OPENPGPKEY",
        "SSHFP",
        "SPF",
        "TLSA",
        "URI",
        "CAA",
        "CSYNC",
    ];
    TYPES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word))
}

/// Types that 3.4 does not know.
fn is_new_record_type(word: &[u8]) -> bool {
    ["GPOS", "OPENPGPKEY", "TLSA", "URI", "CAA", "CSYNC"].iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word))
}

/// A text in quotes, codes in brackets, an address, or numbers.
fn is_plain_subtest(subtest: &[u8]) -> bool {
    match subtest {
        [quote @ (b'"' | b'\''), .., last] if quote == last => return true,
        [b'[', codes @ .., b']'] if is_code_list(codes) => {
            return codes.split(|&byte| byte == b',').all(|code| is_response_code(super::bytes::trim(code)));
        }
        _ => {}
    }
    is_subtest(subtest, is_dotted)
}

/// Words or numbers between commas.
fn is_code_list(codes: &[u8]) -> bool {
    let ends_well =
        codes.first().is_some_and(|&byte| !is_space(byte)) && codes.last().is_some_and(|&byte| !is_space(byte));
    ends_well
        && codes.split(|&byte| byte == b',').all(|code| {
            let code = super::bytes::trim(code);
            super::bytes::is_digits(code) || all(code, |byte| byte.is_ascii_alphabetic())
        })
}

fn is_response_code(code: &[u8]) -> bool {
    const CODES: &[&str] = &[
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE", "BADVERS", "BADSIG", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC",
    ];
    super::bytes::is_digits(code) || CODES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(code))
}

/// The first of the words, with nothing but word characters in them, that a value ends with: the last word is taken along
/// with all before it that are made of word characters.
fn reused(value: &[u8]) -> Option<&[u8]> {
    let bad = value.iter().rposition(|&byte| !is_word(byte) && !is_space(byte));
    let tail = &value[bad.map_or(0, |at| at + 1)..];
    words(tail).next()
}
