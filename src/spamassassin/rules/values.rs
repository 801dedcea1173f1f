//! Values that are missing, or not what their setting takes.

use crate::finding::Sink;
use crate::spamassassin::bytes::{first_word, words};
use crate::spamassassin::configuration::Cause;
use crate::spamassassin::value::is_number;
use crate::spamassassin::{Complaint, Configuration, Form};
use crate::text;

/// The form of the setting of a cause's line.
fn form(configuration: &Configuration, cause: &Cause<'_>) -> Option<Form> {
    let reading = &configuration.reading;
    reading.state.setting(&cause.key(), reading.version).map(|setting| setting.form)
}

/// Whether a line of this form defines a rule, a name first.
pub(super) fn defines_rule(form: Form) -> bool {
    matches!(
        form,
        Form::Header
            | Form::Body
            | Form::Rawbody
            | Form::Uri
            | Form::Full
            | Form::Meta
            | Form::MimeHeader
            | Form::UriDetail
            | Form::AskDns
            | Form::DnsList
            | Form::DnsListWithSubtest
            | Form::Countries
            | Form::Continents
            | Form::Providers
            | Form::Addresses
            | Form::Exclusions
    )
}

/// A cause that its setting's value is wrong, with the setting's form.
fn invalid(configuration: &Configuration, cause: &Cause<'_>) -> Option<Form> {
    matches!(cause.complaint(), Complaint::InvalidValue).then(|| form(configuration, cause)).flatten()
}

pub(super) fn missing_value(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::MissingValue),
        |cause| match cause.value() {
            b"" => text!("`{}` without a value", cause.typed_key()),
            value => text!("the value of `{} {}` is not complete", cause.typed_key(), value),
        },
        |cause, finding| {
            finding.help(match form(configuration, cause) {
                Some(Form::NameAndText) => {
                    text!("write the rule's name and the text behind it: `{} RULE_NAME TEXT`", cause.typed_key())
                }
                Some(Form::Priority) => {
                    text!("write the rule's name and a number behind it: `{} RULE_NAME 100`", cause.typed_key())
                }
                Some(Form::NamedList) => {
                    text!(
                        "write the list's name in parentheses before its entries: `{} (NAME) ENTRY`",
                        cause.typed_key()
                    )
                }
                Some(form) => text!("write the value behind it ({}), or remove the line", wanted(form)),
                None => text!("write the value behind it, or remove the line"),
            });
        },
    );
}

pub(super) fn bad_number(configuration: &Configuration, sink: &mut Sink<'_>) {
    let is_it = |form| matches!(form, Form::Number | Form::UpTo(_) | Form::Between(..));
    configuration.report(
        sink,
        |cause| invalid(configuration, cause).is_some_and(is_it),
        |cause| match invalid(configuration, cause) {
            Some(Form::Number) => {
                text!("`{}` is no number, so `{}` keeps its former value", cause.word(), cause.typed_key())
            }
            _ => {
                text!("`{}` is out of the range of `{}`, which keeps its former value", cause.word(), cause.typed_key())
            }
        },
        |cause, finding| {
            finding.help(match (invalid(configuration, cause), plain_number(cause.word())) {
                (Some(Form::UpTo(most)), _) => text!("write a whole number from 0 to {}", most),
                (Some(Form::Between(low, high)), _) => {
                    text!("write a number from {} to {}", low.to_string().as_bytes(), high.to_string().as_bytes())
                }
                (_, Some(plain)) => text!("write `{} {}`", cause.typed_key(), plain.as_slice()),
                (_, None) if is_of_template(cause.word()) => text!(
                    "this is the place of a template that was not filled in: write digits, as in `{} 5.0`",
                    cause.typed_key()
                ),
                (_, None) => text!("write digits, with a point before further ones: `{} 5.0`", cause.typed_key()),
            });
        },
    );
}

/// Whether a word is a place in a template, such as `$SCORE`, `{{ score }}` or `@SCORE@`, that nobody filled in.
pub(super) fn is_of_template(word: &[u8]) -> bool {
    let marks: [(&[u8], &[u8]); 6] =
        [(b"$", b""), (b"{{", b""), (b"{%", b""), (b"[%", b""), (b"%", b"%"), (b"@", b"@")];
    word.len() > 2 && marks.iter().any(|(start, end)| word.starts_with(start) && word.ends_with(end))
}

/// The number in `5,5`, `= 5`, `"5"`, `.5` and `5;`.
fn plain_number(word: &[u8]) -> Option<Vec<u8>> {
    let is_around = |byte: &u8| b" \t=:;\"'+".contains(byte);
    let start = word.iter().take_while(|byte| is_around(byte)).count();
    let end = word.len() - word[start..].iter().rev().take_while(|byte| is_around(byte)).count();
    let mut plain = word.get(start..end).filter(|word| (1..=20).contains(&word.len()))?.to_vec();
    if let Some(comma) = plain.iter().position(|&byte| byte == b',') {
        plain[comma] = b'.';
    }
    if plain.first() == Some(&b'.') {
        plain.insert(0, b'0');
    }
    is_number(&plain).then_some(plain)
}

pub(super) fn bad_boolean(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| {
            invalid(configuration, cause)
                .is_some_and(|form| matches!(form, Form::Bool | Form::ZeroOne | Form::ZeroOneTwo))
        },
        |cause| {
            text!("`{}` is no answer that `{}` takes, so it keeps its former value", cause.word(), cause.typed_key())
        },
        |cause, finding| {
            let value = match &*cause.word().to_ascii_lowercase() {
                b"true" | b"on" | b"yes" | b"y" | b"enable" | b"enabled" => "1",
                _ => "0",
            };
            let is_any_of_three = matches!(invalid(configuration, cause), Some(Form::ZeroOneTwo));
            finding.help(if is_of_template(cause.word()) {
                let values = if is_any_of_three { "0, 1 or 2" } else { "1 or 0" };
                text!("this is the place of a template that was not filled in: write {}", values)
            } else if is_any_of_three {
                text!("write 0, 1 or 2: `{} 0`", cause.typed_key())
            } else {
                text!("write 1 or 0: `{} {}`", cause.typed_key(), value)
            });
        },
    );
}

pub(super) fn incomplete_rule(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| invalid(configuration, cause).is_some_and(defines_rule),
        |cause| text!("this is no whole `{}` rule: `{}`", cause.typed_key(), cause.word()),
        |cause, finding| {
            let key = cause.typed_key();
            let value = cause.value();
            let eval = memchr::memmem::find(value, b"eval:").map(|at| &value[at..]);
            finding.help(match (eval, invalid(configuration, cause)) {
                (Some(eval), _) if !eval.contains(&b'(') => {
                    text!("write parentheses behind the function: `{}()`", eval)
                }
                (Some(_), _) => text!("nothing may follow the closing parenthesis of the function"),
                (_, Some(Form::Header)) => text!("write `{} RULE_NAME Subject =~ /PATTERN/`", key),
                (_, Some(Form::MimeHeader)) => text!("write `{} RULE_NAME Content-Type =~ /PATTERN/`", key),
                (_, Some(Form::Meta)) => text!("write `{} RULE_NAME OTHER_RULE && ANOTHER_RULE`", key),
                (_, Some(Form::Body | Form::Rawbody | Form::Uri | Form::Full)) => {
                    text!("write `{} RULE_NAME /PATTERN/`", key)
                }
                (_, Some(Form::UriDetail)) => text!("write `{} RULE_NAME domain =~ /PATTERN/`", key),
                (_, Some(Form::AskDns)) => text!("write `{} RULE_NAME QUERY.example.com TXT /PATTERN/`", key),
                _ => text!("write the rule's name, and behind it what the rule looks for"),
            });
        },
    );
}

pub(super) fn rewrite_header_field(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| matches!(cause.complaint(), Complaint::HeaderNotRewritten),
        |cause| text!("`{}` is no header that SpamAssassin rewrites", cause.word()),
        |cause, finding| {
            let name = cause.word().strip_suffix(b":").unwrap_or(cause.word());
            let is_known = [b"subject".as_slice(), b"from", b"to"].iter().any(|known| known.eq_ignore_ascii_case(name));
            finding.help(if is_known {
                text!("write `{} {}` without the colon", cause.typed_key(), name)
            } else {
                text!("only Subject, From and To are; for a header of its own write `add_header spam NAME TEXT`")
            });
        },
    );
}

pub(super) fn invalid_value(configuration: &Configuration, sink: &mut Sink<'_>) {
    let is_here = |cause: &Cause<'_>| {
        matches!(cause.complaint(), Complaint::InvalidValue)
            && !invalid(configuration, cause).is_some_and(|form| {
                defines_rule(form)
                    || matches!(
                        form,
                        Form::Number
                            | Form::UpTo(_)
                            | Form::Between(..)
                            | Form::Bool
                            | Form::ZeroOne
                            | Form::ZeroOneTwo
                            | Form::AddressAndDomain
                            | Form::DnsServer
                            | Form::DnsAvailable
                            | Form::DnsOptions
                            | Form::AllowOrDeny
                            | Form::AddHeader
                            | Form::RemoveHeader
                    )
            })
    };
    configuration.report(
        sink,
        is_here,
        |cause| match cause.word() {
            b"" => text!("`{}` without a value", cause.typed_key()),
            word => text!("`{}` is nothing that `{}` takes", word, cause.typed_key()),
        },
        |cause, finding| {
            finding.help(match invalid(configuration, cause) {
                Some(Form::Nothing | Form::ClearNetworks | Form::ClearTlds) => {
                    text!("write `{}` alone on the line", cause.typed_key())
                }
                Some(form) => text!("`{}` takes {}", cause.typed_key(), wanted(form)),
                None => text!("correct the value, or remove the line"),
            });
        },
    );
}

pub(super) fn rcvd_list_arity(configuration: &Configuration, sink: &mut Sink<'_>) {
    configuration.report(
        sink,
        |cause| invalid(configuration, cause) == Some(Form::AddressAndDomain),
        |cause| {
            if words(cause.value()).nth(1).is_none() {
                text!("`{}` names no server behind the address `{}`", cause.typed_key(), cause.value())
            } else {
                text!("`{}` takes exactly two words, an address and a server's domain", cause.typed_key())
            }
        },
        |cause, finding| {
            let address = first_word(cause.value()).0;
            let domain = address.iter().rposition(|&byte| byte == b'@').map_or(address, |at| &address[at + 1..]);
            finding.help(text!(
                "write an address and the domain of the server that its mail comes from, a line for each: `{} {} {}`",
                cause.typed_key(),
                address,
                domain
            ));
        },
    );
}

pub(super) fn bad_dns_setting(configuration: &Configuration, sink: &mut Sink<'_>) {
    let is_dns = |form| matches!(form, Form::DnsServer | Form::DnsAvailable | Form::DnsOptions | Form::AllowOrDeny);
    configuration.report(
        sink,
        |cause| invalid(configuration, cause).is_some_and(is_dns),
        |cause| match cause.word() {
            b"" => text!("`{}` without a value, so it changes nothing", cause.typed_key()),
            word => text!("`{}` is nothing that `{}` takes, so it changes nothing", word, cause.typed_key()),
        },
        |cause, finding| {
            if let Some(form) = invalid(configuration, cause) {
                finding.help(text!("`{}` takes {}", cause.typed_key(), wanted(form)));
            }
        },
    );
}

pub(super) fn bad_header_template(configuration: &Configuration, sink: &mut Sink<'_>) {
    let is_header = |form| matches!(form, Form::AddHeader | Form::RemoveHeader);
    configuration.report(
        sink,
        |cause| invalid(configuration, cause).is_some_and(is_header),
        |cause| match cause.value() {
            b"" => text!("`{}` without a value", cause.typed_key()),
            value => text!("`{}` is no header that `{}` can make out", value, cause.typed_key()),
        },
        |cause, finding| {
            let words: Vec<&[u8]> = words(cause.value()).take(2).collect();
            finding.help(match (&words[..], &*cause.key()) {
                ([kind, name], b"add_header") if name.ends_with(b":") => {
                    text!("write `add_header {} {} TEXT` without the colon", *kind, &name[..name.len() - 1])
                }
                ([kind, name], b"add_header") => {
                    text!("write `add_header {} {} TEXT`, with ham, spam or all first", *kind, *name)
                }
                (_, b"add_header") => {
                    text!("write ham, spam or all, a name and a text: `add_header all Level _STARS(*)_`")
                }
                _ => text!("write ham, spam or all, and a name: `remove_header all Level`"),
            });
        },
    );
}

/// What a setting of a form takes, in words.
fn wanted(form: Form) -> &'static str {
    match form {
        Form::Number => "a number",
        Form::Bool | Form::ZeroOne => "1 or 0",
        Form::ZeroOneTwo => "0, 1 or 2",
        Form::Duration => "a number with one of the units s, m, h, d and w, as in `30s`",
        Form::RblTimeout => "one or two times such as `15s`, and a zone after two of them",
        Form::AddressesOrGlobs => "one or more addresses, such as `*@example.com`",
        Form::AddressAndDomain => "exactly two words, an address and the domain of its server",
        Form::AddressAndSigner => "an address and at most one domain that signs",
        Form::DomainAliases => "two or more domains without `@`",
        Form::Networks => "one or more networks, such as `192.0.2.0/24`",
        Form::FileMode => "three octal digits, such as `0700`",
        Form::AddHeader => "ham, spam or all, a name, and a text",
        Form::RemoveHeader => "ham, spam or all, and a name",
        Form::DnsAvailable => "yes, no, or `test: NAME`",
        Form::DnsServer => "the address of a DNS server, such as `127.0.0.1` or `[127.0.0.1]:5353`",
        Form::DnsOptions => "`rotate`, `dns0x20`, `edns=4096`, or one of these with `no` before it",
        Form::PortsFromOne | Form::PortsFromZero => "one or more ports, such as `1024-65535`",
        Form::AllowOrDeny => "allow or deny, and domains",
        Form::LockMethod => "nfssafe, flock or win32",
        Form::Shortcircuit => "a rule's name, and ham, spam, on or off",
        Form::Priority => "a rule's name and a whole number",
        Form::TwoIntegers => "one or two whole numbers",
        Form::ModuleName => "the name of a Perl module",
        Form::LoadPlugin | Form::TryPlugin => "the plugin's package, and at most a file whose name ends with `.pm`",
        Form::DelimitedPattern => "a pattern between slashes",
        Form::BarePattern | Form::BarePatternOrNothing => "a pattern that Perl takes, without slashes",
        Form::NoFolder => "the beginning of file names, no folder",
        Form::ExistingFile => "the path of a file",
        Form::OneLabel => "one or more names without a dot",
        Form::TwoLabels => "one or more names of two parts, such as `co.uk`",
        Form::ThreeLabels => "one or more names of three parts, such as `demon.co.uk`",
        Form::HostAndPort => "a host and a port, such as `127.0.0.1:24441`",
        Form::ContainsAddress => "a mail address",
        Form::CompatFlag => "one word of letters, digits and `_`",
        _ => "a value as its description in `perldoc Mail::SpamAssassin::Conf` or of its plugin has it",
    }
}
