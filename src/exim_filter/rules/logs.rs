//! Commands that write to files.

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

pub(super) fn relative_logfile(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, path| {
        let Failing::RelativeLogfile = what else { return None };
        let message =
            text!("`{}` is looked for where a user may write nothing: `logfile` puts no home before it", path);
        Some((message, text!("write the whole path, as `$home/{}`", path)))
    });
}

pub(super) fn relative_save(file: &FilterFile, sink: &mut Sink<'_>) {
    file.report_failures(sink, |what, path| {
        let Failing::RelativeSave = what else { return None };
        let message = text!("`{}` does not begin with `/`, and the system filter has no home to put before it", path);
        Some((message, text!("write the whole path")))
    });
}
