//! The conditions of `if` and `ifplugin`.

use std::borrow::Cow;
use std::sync::Arc;

use super::bytes::{all, is_digits, is_package, is_word};
use super::complaint::{Asked, Complaint, Level, PerlFailure};
use super::meta::Tokens;
use super::perl::{self, Call, Place, Value};
use super::reader::{Here, Reader};
use super::setting::function;
use super::version::Version;

/// `^(?:\W{1,5}|[+-]?\d+(?:\.\d+)?)$`: a token that goes to Perl as it is.
fn is_plain(token: &[u8]) -> bool {
    let is_operator = token.len() <= 5 && all(token, |byte| !is_word(byte));
    let unsigned = token.strip_prefix(b"+").or(token.strip_prefix(b"-")).unwrap_or(token);
    let mut parts = unsigned.splitn(2, |&byte| byte == b'.');
    is_operator || parts.all(is_digits)
}

impl Reader<'_> {
    /// Whether a condition holds; `None` when SpamAssassin finds it so bad that it opens no block.
    pub fn evaluate(&mut self, key: &'static str, here: &Here<'_, '_>) -> Option<bool> {
        let is_new = self.options.version >= Version::V40;
        let computed = &self.conditions[usize::from(key == "ifplugin")];
        if let Some(&holds) = computed.get(here.value)
            && is_new
        {
            return Some(holds);
        }
        let perl = self.perl_of(key, here)?;
        let computed = match perl::parse(&perl, Place::Statement, self.options.perl.of_patterns()) {
            Ok(program) => program.run(&mut |call| self.answer(call, here)),
            Err(error) => Err(error),
        };
        let holds = match computed {
            Ok(value) => value.is_true(),
            Err(error) => {
                let failure = PerlFailure { perl: perl.into(), error: error.into() };
                let complaint = Complaint::ConditionFails(Arc::new(failure));
                if is_new {
                    self.complain(here.at(here.value), Level::Uncounted, complaint.clone());
                }
                self.complain(here.at(here.value), Level::Warning, complaint);
                false
            }
        };
        self.conditions[usize::from(key == "ifplugin")].insert(here.value.into(), holds);
        Some(holds)
    }

    /// The condition in Perl, as SpamAssassin puts it together.
    fn perl_of(&mut self, key: &'static str, here: &Here<'_, '_>) -> Option<Vec<u8>> {
        let mut perl = Vec::with_capacity(here.value.len() + 32);
        // `ifplugin X` is `if plugin (X)`; the text has no place of its own in the line.
        let text = if key == "ifplugin" {
            Cow::Owned([b"plugin (", here.value, b")"].concat())
        } else {
            Cow::Borrowed(here.value)
        };
        for token in Tokens::new(&text) {
            match token {
                b"(" | b")" | b"!" => perl.extend_from_slice(&[token[0], b' ']),
                b"plugin" => perl.extend_from_slice(b"$self->cond_clause_plugin_loaded"),
                b"can" => perl.extend_from_slice(b"$self->cond_clause_can"),
                b"has" => perl.extend_from_slice(b"$self->cond_clause_has"),
                b"version" => {
                    perl.extend_from_slice(self.options.version.number().as_bytes());
                    perl.push(b' ');
                }
                b"perl_version" => perl.extend_from_slice(&[self.options.perl.number().as_bytes(), b" "].concat()),
                b"local_tests_only" if self.options.version >= Version::V40 => {
                    perl.extend_from_slice(b"($self->{conf}->{main}->{local_tests_only}?1:0) ");
                }
                _ if is_plain(token) => {
                    perl.extend_from_slice(token);
                    perl.push(b' ');
                }
                _ if token.len() > 1 && is_word(token[0]) && is_package(token) => {
                    let token = renamed(token, self.options.version);
                    perl.push(b'\'');
                    perl.extend_from_slice(token);
                    perl.push(b'\'');
                }
                _ => {
                    let place = memchr::memmem::find(here.value, token)
                        .map_or(here.value, |at| &here.value[at..at + token.len()]);
                    let is_name =
                        token.len() > 1 && is_word(token[0]) && all(token, |byte| is_word(byte) || byte == b':');
                    let complaint =
                        if is_name { Complaint::NotAllowedInCondition } else { Complaint::UnparseableInCondition };
                    if self.options.version >= Version::V40 {
                        self.complain(here.at(place), Level::Lint, complaint);
                    } else {
                        self.complain(here.at(place), Level::Warning, complaint);
                        self.complain(here.at(place), Level::Lint, Complaint::BadCondition);
                    }
                    return None;
                }
            }
        }
        Some(perl)
    }

    /// Answers `plugin()`, `can()` and `has()`.
    fn answer(&mut self, call: &Call<'_>, here: &Here<'_, '_>) -> Result<Value, Vec<u8>> {
        let argument = call.argument.and_then(Value::text);
        let function = match call.name {
            b"cond_clause_plugin_loaded" => {
                let plugin = argument.unwrap_or_default();
                let is_gone =
                    plugin == b"Mail::SpamAssassin::Plugin::RaciallyCharged" && self.options.version >= Version::V40;
                let is_loaded = is_gone || self.state.has_plugin(&plugin);
                self.may_depend_on_more |= !is_loaded;
                return Ok(if is_loaded { Value::Number(1.0) } else { Value::Undefined });
            }
            b"local_tests_only" => return Ok(Value::from_bool(self.options.is_local_only)),
            b"cond_clause_can" => Asked::Can,
            b"cond_clause_has" => Asked::Has,
            name => return Err(no_method(name)),
        };
        if function == Asked::Can && is_user_prefs(self.current_file()) {
            let method = argument.unwrap_or_default().into();
            self.complain(here.at(here.value), Level::Warning, Complaint::CanInUserPrefs { method });
            return Ok(Value::Number(0.0));
        }
        let Some(method) = argument.filter(|_| call.argument != Some(&Value::Undefined)) else {
            self.complain(here.at(here.value), Level::Lint, Complaint::NoArgument { function });
            return Ok(Value::Undefined);
        };
        let split = memchr::memmem::rfind(&method, b"::").filter(|&at| at + 2 < method.len());
        let Some(at) = split else {
            let complaint = Complaint::NoModule { function, method: method.into() };
            self.complain(here.at(here.value), Level::Lint, complaint);
            return Ok(Value::Undefined);
        };
        let exists = self.has_function(&method[..at], &method[at + 2..]);
        self.may_depend_on_more |= !exists;
        Ok(if exists { Value::Number(1.0) } else { Value::Undefined })
    }

    fn has_function(&self, module: &[u8], name: &[u8]) -> bool {
        if module == b"Mail::SpamAssassin::Conf" {
            let flag = name.strip_prefix(b"compat_");
            return function::exists(b"Conf", name, self.options.version)
                || flag.is_some_and(|flag| self.state.has_compat(flag));
        }
        let plugin = module.strip_prefix(b"Mail::SpamAssassin::Plugin::");
        plugin
            .is_some_and(|plugin| self.state.has_plugin(module) && function::exists(plugin, name, self.options.version))
    }
}

/// Two plugins had other names once.
pub fn renamed(plugin: &[u8], version: Version) -> &[u8] {
    match plugin {
        _ if version < Version::V40 => plugin,
        b"Mail::SpamAssassin::Plugin::Dmarc" => b"Mail::SpamAssassin::Plugin::DMARC",
        b"Mail::SpamAssassin::Plugin::WhiteListSubject" => b"Mail::SpamAssassin::Plugin::WelcomeListSubject",
        _ => plugin,
    }
}

/// Perl's `/\buser_prefs$/`.
fn is_user_prefs(file: &[u8]) -> bool {
    file.strip_suffix(b"user_prefs").is_some_and(|before| !before.last().is_some_and(|&byte| is_word(byte)))
}

/// Perl's message for a method that is not there; an apostrophe in its name stands for `::`.
fn no_method(name: &[u8]) -> Vec<u8> {
    let (class, name): (&[u8], _) = match name.iter().rposition(|&byte| byte == b'\'') {
        Some(at) => (&name[..at], &name[at + 1..]),
        None => (b"Mail::SpamAssassin::Conf::Parser", name),
    };
    [b"Can't locate object method \"".as_slice(), name, b"\" via package \"", class, b"\""].concat()
}
