//! Commands that write to a log file.

use crate::exim_filter::FilterFile;
use crate::exim_filter::run::Failing;
use crate::finding::Sink;
use crate::text;

pub(super) fn logwrite_without_logfile(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, _| {
        let Failing::NoLogfile = what else { return None };
        let help = if file.is_system_filter() {
            text!("write `logfile /var/log/exim/filter.log` before it, or remove it")
        } else {
            text!("write `logfile $home/filter.log` before it, or remove it")
        };
        Some((text!("no message that comes to this `logwrite` has passed a `logfile`"), help))
    });
}
