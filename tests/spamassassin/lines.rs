// Lines of SpamAssassin's configuration files, good and bad.

const NAMES: &[&str] = &["AA", "BB", "CC", "DD", "X", "__SUB", "T_TEST", "BASE_META", "BASE_HEADER", "lower", "A-B", "1A", "FOO:", "_"];

const NUMBERS: &[&str] = &[
    "1", "0", "5", "2.5", "-1", "-0.5", "+1", ".5", "5.", "1e3", "1,5", "0x10", "(1)", "(-2.5)", "(+1)", "=", "1;", "\u{2212}2", "007", "5 0",
    "-99999999999998", "-99999999999999", "",
];

const WORDS: &[&str] = &[
    "1", "0", "yes", "No", "true", "on", "2", "", "text", "a b", "a@b.com", "*@b.com", "(L) a@b", "(L)", "() x", "((L) x) y", "10m", "10 m", "5w 3", "-5", "+5.5h",
    "10 20 example.com", "10s 5 a1", "spam X-Y text", "all Name text", "ham Name", "all Name", "all  N: x", "Subject ***", "from", "X-Foo y", "TO a",
    "/x/", "test: a b", "test", "test:", "1.2.3.4", "1.2.3.4:53", "[::1]:53", "::1", "[::1]", "1.2.3.4:0", "1.2.3.4:99999", "fe80::1%eth0",
    "rotate nov6", "edns=4096", "edns=1", "EDNS0", "noedns", ",rotate", "rotate,,v4", "allow a.com", "deny", "DENY x y", "AA a.com .b.net.", "AA a/b",
    "header uri", "nouri", "nonone", "all", "nfssafe", "flock x", "0700", "700", "0800", "77777", "com", "co.uk", "a.b.c", "a..b", "x y z", "http:80",
    "joe <a@b>", "@b", "a@", "h:1", "h:12345", "h:123456", "A::B", "a:b", "1024-2000,53", "53 , 54", "-5", "70000", "geoip", "GeoIP2", "country:x city", "foo:x",
    "internal", "@a.com custom_low", "a.com nope", "zone. _A_ _B_", "zone _A_", "en,fr de", "en , x", "disable", ",", "a b c d", "AA ham", "AA on x", "9", "0.7", "1.01",
    "-", "\"quoted text\"", "\"\"", "AA 5", "AA -5", "AA x", "1A 5", "/etc/passwd", "/etc", "/bin/sh", "nosuch", "a<b", "/no:path", "host:x", "[h]:25", "host:25", "32", "33", "128", "129",
];

const NETWORKS: &[&str] = &[
    "10.1.1.1", "10/8", "10.", "192.168", "192.168.0.0/16", "1.2.3", "1.2.3.4.5", "1.2.3.4,", "300.1.1.1", "!10.1.1.1", "10.0.0.0/33", "10.0.0.0/255.0.0.0",
    "10.0.0.0/0.0.0.255", "::1", "2001:db8::/32", "2001:db8::1", "[2001:db8::1]/64", "[2001:db8::1", ":db8::/32", "1:2:3:4:5:6:7:/64", ":1:2:3:4:5:6:7", "::1:", ":", ":1::1.2.3.4", "2001:DB8::1%eth0/128", "2001:db8::/129", "1.2.3.4-9", "127.0.0.1", "/24",
    "0/0", "::/0", "any", "loopback", "!0.0.0.0/0", "010.001.1.1", "1.2.3.4/", "::ffff:10.1.1.1", "::10.1.1.1", "x", "1.2.3.4/08", "1.2.3.4/24x", "2001:db8::/ffff::", "\\", "host.example",
];

const EXPRESSIONS: &[&str] = &[
    "AA", "AA && BB", "AA || !BB", "(AA + BB) > 1", "AA BB", "AA +1", "AA - 1", "AA / BB", "AA && BB / CC", "AA || BB / CC", "X / (1 + AA)", "* AA", "AA && * BB", "* 5", "/ AA /", "/ AA", "< AA",
    "<AA>", "< < AA >", "< < AA > > 1", "AA > = 1", "AA => 1", "!AA", "! ! AA", "- - AA", "--AA", "++AA", "AA ++", "()", "( )", "(AA", "AA)", "AA ? BB : CC", "AA?BB:CC", "AA ? BB", "AA : BB", "5.", ".5", "1..2", "1 .. 2", "08", "012", "1e5",
    "AA::BB", "AA -> BB", "AA; BB", "$AA", "AA % BB", "AA and BB", "\"AA\"", "[AA]", "AA ||| BB", "AA ^ BB", "AA == BB == CC", "AA < BB < CC", "AA .. BB .. CC", "rules_matching(BASE_*)", "rules_matching(BASE*) > 1", "* rules_matching(BASE_*)",
    "rules_matching(NOPE*)", "local_tests_only", "AA ** BB", "AA * * BB", "AA & BB", "", "1", "0", "AA * BB", "1 / 0", "1 / 1", "0 ? 1 / 0 : 2", "1 ? 1 / 0 : 2", "AA - -1", "AA . BB", "1 . 0", "1 / (0 . 0)", "AA ==", "== AA", "AA != BB", "AA !BB",
    "AA >= 2 && (BB || CC)", "((((AA))))", "(AA && BB) || (CC", "exit", "AA\u{e9}", "- AA", "+ AA", "-AA", "AA <= 1", "AA <", "AA > <= BB", "* ( AA )", "* ! AA", "*", "/", "AA / / BB /", "? AA : BB", "^ AA", "AA ^ ^ BB", "0.5", "00.5", "1.5.2",
];

const CONDITIONS: &[&str] = &[
    "1", "0", "version >= 3.004002", "version >= 3.4.2", "(version < 4)", "version = 4", "version => 4", "can(Mail::SpamAssassin::Conf::feature_dns_block_rule)", "!can(Mail::SpamAssassin::Conf::feature_nope)",
    "has(Mail::SpamAssassin::Plugin::URIDNSBL::has_tflags_domains_only)", "has(Mail::SpamAssassin::Plugin::ASN::has_check_asn)", "can(foo)", "has()", "can", "plugin(Mail::SpamAssassin::Plugin::SPF)", "plugin (Mail::SpamAssassin::Plugin::DCC)",
    "plugin Mail::SpamAssassin::Plugin::SPF", "foo", "foo bar", "x", "1x", "a:", "ab:", "a::b", "a::b::", "perl_version > 5.010", "local_tests_only", "!local_tests_only", "1 &&", "&& 1", "(1", "1)", "()", "@@", "1 2", "1 / 0", "0 || 1", "1 && 0",
    "version > 3 && plugin(foo)", "!(0)", "! 0", "--1", "- 1", "-1", "+1", "1.", ".5", "1+1", "1 + 1", "1 - 1", "can(Mail::SpamAssassin::Conf::compat_welcomelist_blocklist)", "* 1", "/ 1 /", "< 1 >", "foo == 0", "08", "can(has(x))", "plugin(plugin(foo))",
    "has(a::b) || can(c)", "0 && can(x)", "plugin", "plugin 1", "plugin -5", "can(1)", "plugin(a) ? 1 : 0", "1 ? 0 : 1", "...", "+-+", "1 ... 2", "'x'", "plugin foo && plugin bar", "has (foo::bar", "version", "plugin(foo))", "++ 1", "1 ++", "plugin ++", "-- has(a::b)",
];

const EVALS: &[&str] = &[
    "eval:check_rbl('x', 'zen.example.')", "eval:check_bayes('0.5', '0.6')", "eval:check_from_in_blocklist()", "eval:nope()", "eval:f", "eval:f (x)", "eval:f(a, b)", "eval:f(a b)", "eval:f('a' 'b')", "eval:f(\"a\",)", "eval:f( )", "eval:f(a_b)", "eval:f('a)",
    "rbleval:check_rbl('x')", "eval:check_spf_pass()", "eval:check_dns_sender()", "eval:html_tag_exists('b')", "eval:f(,a)", "eval:f(1.5, a-b, ::1)", "eval:f(''),", "eval:check_for_spf_pass()", "eval:check_dkim_signed()", "eval:f(')", "eval:f())", "eval:f('a','b','c' x)",
];

const HEADERS: &[&str] = &[
    "Subject =~ /x/", "Subject !~ /x/i", "Subject =~ x", "Subject =~/x/", "Subject:raw =~ /x/", "From:addr =~ /x/", "From:name:raw =~ m,x,", "From:foo =~ /x/", "From:RAW =~ /x/", "From: =~ /x/", "From:addr:raw:first =~ /x/", "exists:X-Foo", "exists:", "exists: X", "exists:X-Foo:", "exists:X Y",
    "Subject = /x/", "Subject ~= /x/", "=~ /x/", "X@Y =~ /x/", "Subject =~ /x/ [if-unset: y]", "Subject =~ /x/[if-unset: y]", "Subject =~ /x/ [if-unset:y]", "Subject =~ /x/ [if-unset: y] [if-unset: z]", "Subject =~", "ALL =~ /x/", "a.b-c =~ m{x}",
];

const PATTERNS: &[&str] = &[
    "/x/", "/x/i", "m,x,", "m{x}i", "qr<x>", "x", "\"/x/\"", "s/a/b/", "m\\x\\", "/x", "/x/e", "/x/ i", "//", "/a|/", "/|a/", "/a||b/", "/a/b/", "/a\\/b/", "/a\\\\/b/", "m a b ", "/(?{1})/", "m{}", "m", "/", "/%{FOO}/", "/%{FOO_BAR(x)}/", "m!x!x!", "/a#b/", "/a\\#b/", "m[x]", "m(x)", "qrxx", "m//", "/a\\|/", "m,,i",
];

const PLUGINS: &[&str] = &["TextCat", "AWL", "TxRep", "DCC", "Shortcircuit", "ASN", "AuthRes", "DecodeShortURLs", "FromNameSpoof", "OLEVBMacro", "PhishTag", "Phishing", "ResourceLimits", "ExtractText", "SPF", "HashCash", "Dmarc", "WhiteListSubject", "Nope", "RelayCountry", "AntiVirus", "AccessDB", "PDFInfo"];

const URI_DETAILS: &[&str] = &["text =~ /x/", "raw !~ /x/i type =~ m,y,", "foo =~ /x/", "text = /x/", "", "text =~ m{x}", "domain=~/a/b/ c", "text =~ /x", "x text =~ /a b/ y", "host =~ /x/e", "cleaned =~ /x/x"];

const DNS_TESTS: &[&str] = &["zone.", "zone. TXT", "zone A,MX 127.0.0.2", "zone A /x/", "zone NOPE", "zone A,", ",", "zone A 127.0.0.2-127.0.0.9", "zone A 0x10/8", "zone TXT \"x\"", "zone A [NXDOMAIN, 2]", "zone A [NOPE]", "zone a abc", "zone A /(?{x})/", "zone A m,x,", ""];

fn line(random: &mut Random) -> String {
    let name = random.pick(NAMES);
    match random.below(40) {
        0..=2 => format!("score {name} {}", random.pick(NUMBERS)),
        3 => {
            let numbers: Vec<&str> = (0..random.below(6)).map(|_| random.pick(&NUMBERS[..14])).collect();
            format!("score {name} {}", numbers.join(" "))
        }
        4..=6 => {
            let keys: Vec<&str> = maillint::spamassassin::names().map(|(name, _)| name).filter(|name| !is_left_out(name)).collect();
            let key = *keys.get(random.below(keys.len())).expect("a name");
            format!("{key} {}", random.pick(WORDS))
        }
        7 => format!("{} {}", random.pick(&["required_score", "Required-Score", "required_hits", "report_safe", "use_bayes", "bayes_auto_learn_threshold_spam", "report_wrap_width"]), random.pick(NUMBERS)),
        8..=10 => format!("meta {name} {}", random.pick(EXPRESSIONS)),
        11 => format!("meta {name} {} {} {}", random.pick(EXPRESSIONS), random.pick(&["&&", "||", "+", "*", "/", ">", "?", "-"]), random.pick(EXPRESSIONS)),
        12..=14 => format!("{} {}", random.pick(&["if", "if", "If", "ifplugin"]), random.pick(CONDITIONS)),
        15 => format!("ifplugin Mail::SpamAssassin::Plugin::{}", random.pick(PLUGINS)),
        16 => random.pick(&["else", "else x", "else"]).to_owned(),
        17 | 18 => random.pick(&["endif", "endif", "endif", "endif x", "EndIf"]).to_owned(),
        19 => format!("include {}", random.pick(&["one.inc", "two.inc", "loop.inc", "empty.inc", "more", "nosuch.cf", "", "a<b.cf", "~/one.inc", "__userstate__/one.inc", "./one.inc", "one.inc\0two.inc", "\0one.inc", "nosuch\0\0./more\0"])),
        20 => format!("header {name} {}", random.pick(HEADERS)),
        21 => format!("header {name} {}", random.pick(EVALS)),
        22 => format!("{} {name} {}", random.pick(&["body", "rawbody", "full", "uri"]), random.pick(EVALS)),
        23 | 24 => format!("{} {name} {}", random.pick(&["body", "rawbody", "full", "uri"]), random.pick(PATTERNS)),
        25 => format!("{}_networks {} {}", random.pick(&["trusted", "internal", "msa"]), random.pick(NETWORKS), random.pick(NETWORKS)),
        26 => format!("{}_networks {}", random.pick(&["trusted", "internal", "msa", "clear_trusted", "clear_internal"]), random.pick(NETWORKS)),
        27 => format!("loadplugin Mail::SpamAssassin::Plugin::{}", random.pick(PLUGINS)),
        28 => random.pick(&["loadplugin", "loadplugin foo-bar", "loadplugin No::Such", "loadplugin No::Such no.pm", "tryplugin No::Such", "loadplugin A::B /no/such.pm", "loadplugin a b c", "tryplugin a.b"]).to_owned(),
        29 => random.pick(&["require_version 4.000001", "require_version 3.4", "require_version", "require_version @@VERSION@@", "file start foo", "file end x", "file", "file x", "file end", "file start"]).to_owned(),
        30 => format!("lang {} score {name}", random.pick(&["en", "de", "e", "C", "EN_us", "en_US_x", "(", "."])),
        31 => random.pick(&["lang", "lang en", "Lang en x", "lang ( ", "0", "00", "foo", "required_score=5", ";x", "[x]", "\\", "ok_languages en", "use_dcc 1", "uridnsbl_timeout 5", "hashbl_acl_x y", "hashbl_acl_ y", "pyzor_max 5"]).to_owned(),
        32 => format!("{} {}", random.pick(&["mimeheader AA", "mimeheader BB", "mimeheader"]), random.pick(HEADERS)),
        33 => format!("uri_detail {name} {}", random.pick(URI_DETAILS)),
        34 => format!("askdns {name} {}", random.pick(DNS_TESTS)),
        35 => format!("{} {name} {}", random.pick(&["describe", "tflags", "priority", "replace_tag", "subjprefix", "shortcircuit", "reuse"]), random.pick(&["", "nice", "net nice", "5", "-5", "x", "a b c", "on", "ham", "1A"])),
        36 => format!("{} {}", random.pick(&["freemail_domains", "freemail_welcomelist", "freemail_whitelist", "bayes_stopword_en", "bayes_stopword_fr", "bayes_stopword_x", "extracttext_use", "extracttext_external"]), random.pick(WORDS)),
        37 => format!("{} {name} zone. {} {}", random.pick(&["uridnsbl", "urirhssub", "urinsrhsbl", "urifullnsrhssub"]), random.pick(&["A", "TXT", ""]), random.pick(&["", "127.0.0.2", "0x10", "4", "1.2.3.4-1.2.3.9", "a", "127.0.0.02"])),
        38 => format!("{} {}", random.pick(&["allow_user_rules", "ignore_always_matching_regexps", "enable_compat", "clear_util_rb", "util_rb_tld", "bayes_stopword_languages", "clear_internal_networks", "clear_msa_networks"]), random.pick(&["", "1", "0", "x", "yes", "welcomelist_blocklist", "en fr", "com net", "a.b"])),
        _ => {
            let long = "L".repeat(38 + random.below(4) + [0, 60, 88][random.below(3)]);
            format!("{} {}{long} {}", random.pick(&["body", "reuse", "meta", "mimeheader"]), random.pick(&["", "__", "T_"]), random.pick(&["/x/", "1", "X =~ /x/"]))
        }
    }
}

/// Tokens in any order, as the operands and operators of a condition or a meta.
fn tokens(random: &mut Random, operands: &[&str]) -> String {
    const OPERATORS: &[&str] = &["&&", "||", "==", "!=", ">=", "<=", ">", "<", "+", "-", "*", "/", "?", ":", ".", "..", "...", "^", "(", ")", "!", "++", "--", "=", "**", "!=="];
    let mut text = String::new();
    // Mostly where it is their turn, so that some of the texts compile.
    for at in 0..=random.below(9) {
        let is_operand = (at % 2 == 0) == (random.below(8) > 0);
        text.push_str(random.pick(if is_operand { operands } else { OPERATORS }));
        text.push_str(random.pick(&[" ", " ", " ", ""]));
    }
    text
}

/// A file of conditions and metas of which nobody thought.
fn expressions(random: &mut Random) -> Vec<u8> {
    const IN_CONDITIONS: &[&str] = &["0", "1", "2.5", "plugin (Mail::SpamAssassin::Plugin::SPF)", "plugin", "can(x)", "has(a::b)", "has (foo)", "version", "perl_version", "local_tests_only", "foo", "ab::c", "08", "(1)", "( 1 )", "(0", "!", "x"];
    const IN_METAS: &[&str] = &["0", "1", "2.5", "AA", "BB", "__CC", "local_tests_only", "(AA)", "( AA + 1 )", "rules_matching(A*)", "(AA", "08", "!", "5 ", "x"];
    let mut file = String::from("body AA /a/\nbody BB /b/\nbody __CC /c/\n");
    for at in 0..40 {
        file.push_str(&format!("if {}\nendif\nmeta M{at} {}\n", tokens(random, IN_CONDITIONS), tokens(random, IN_METAS)));
    }
    file.into_bytes()
}

/// A line with a pattern: a stock one, one that nobody wrote, or a damaged one.
fn pattern_line(random: &mut Random, stock: &[Vec<u8>]) -> Vec<u8> {
    let mut pattern = grammar::text(random, stock);
    if random.below(6) == 0 {
        let at = random.below(pattern.len() + 1);
        pattern.splice(at..at, random.pick(&["%{TAG}", "%{A_B(x)}", "\\%{TAG}", "%{tag}", "%{A(", "%{A_}", "%{A}%{B1}"]).bytes());
    }
    // What stands in a file: a `#` with a backslash, mostly.
    let mut written = Vec::new();
    for byte in pattern {
        if byte == b'#' && random.below(8) > 0 {
            written.push(b'\\');
        }
        written.push(byte);
    }
    let name = random.pick(NAMES);
    let (before, after) = match random.below(16) {
        0..=5 => (format!("{} {name} ", random.pick(&["body", "rawbody", "full", "uri"])), ""),
        6..=8 => (format!("header {name} {} ", random.pick(&["Subject =~", "From:addr !~", "ALL =~", "X: =~"])), ""),
        9 => (format!("header {name} Subject =~ "), " [if-unset: x]"),
        10 => (format!("mimeheader {name} X-Y {} ", random.pick(&["=~", "!~"])), ""),
        11 => (format!("uri_detail {name} text =~ /x/ {} =~ ", random.pick(&["raw", "host"])), ""),
        12 => (format!("askdns {name} zone. TXT "), ""),
        13 => ("redirector_pattern ".to_owned(), ""),
        14 => (format!("{} ", random.pick(&["hashbl_email_regex", "hashbl_email_welcomelist", "olemacro_exts", "olemacro_skip_ctypes"])), ""),
        _ => ("bayes_stopword_en x ".to_owned(), ""),
    };
    [before.as_bytes(), &written, after.as_bytes()].concat()
}

/// A word behind `lang` that is more than letters.
fn language(random: &mut Random, stock: &[Vec<u8>]) -> Vec<u8> {
    loop {
        let mut word = if random.below(3) == 0 { grammar::body(random) } else { grammar::text(random, stock) };
        word.retain(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'#' | 0x0b));
        if !word.is_empty() {
            return word;
        }
    }
}

/// What changes the process that asks, or needs what the machine may have or not.
fn is_left_out(name: &str) -> bool {
    ["lock_method", "geodb", "country_db", "replace_rules", "loadplugin", "include", "phishing", "extracttext"].iter().any(|part| name.contains(part))
}
