//! What must be one mail address when Exim runs a filter, and is none.

use crate::exim_filter::FilterFile;
use crate::exim_filter::run::{Failing, Need, Unguarded};
use crate::finding::Sink;
use crate::text;

pub(super) fn bad_address(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, text| {
        let Failing::Address(why) = what else { return None };
        let message = text!("`{}` is not one address: {}", text, why.as_slice());
        let help = if text.contains(&b',') {
            text!("write a `deliver` of its own for each address")
        } else {
            text!("write one address, as user@example.com")
        };
        Some((message, help))
    });
}

pub(super) fn unguarded_address(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, text| {
        let Failing::Unguarded(Unguarded { header, need: Need::Address, .. }) = what else { return None };
        let message = text!("`{}` shall be an address, but a message need not have it", header.as_slice());
        Some((message, text!("ask first: if {} is not \"\" then ... endif", text)))
    });
}

pub(super) fn foreign_errors_to(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, text| {
        let Failing::ErrorsTo = what else { return None };
        let message = text!("`{}` is not the address that this filter is for", text);
        Some((message, text!("remove `errors_to` and the address; only the system filter may name another one")))
    });
}
