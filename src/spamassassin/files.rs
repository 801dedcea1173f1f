//! Which files SpamAssassin reads, and in which order: as a pure function of names.

/// The names in a folder that SpamAssassin reads as settings (`*.cf`), in its order: bytewise, but the channel's list of
/// files first.
pub fn settings_files(names: &mut Vec<Vec<u8>>) {
    in_order(names, b".cf");
}

/// The names in a folder that SpamAssassin reads before all settings (`*.pre`), in its order.
pub fn pre_files(names: &mut Vec<Vec<u8>>) {
    in_order(names, b".pre");
}

fn in_order(names: &mut Vec<Vec<u8>>, ending: &[u8]) {
    names.retain(|name| name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending));
    names.sort_by(|one, two| (one != CHANNEL, one).cmp(&(two != CHANNEL, two)));
}

/// The list of the files that `sa-update` has fetched from the project itself.
const CHANNEL: &[u8] = b"updates_spamassassin_org.cf";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_comes_first_and_backups_not_at_all() {
        let names =
            ["local.cf", "65_debian.cf", "zz.CF", "local.cf~", "updates_spamassassin_org.cf", ".cf", "init.pre"];
        let mut names: Vec<Vec<u8>> = names.map(|name| name.as_bytes().to_vec()).to_vec();
        settings_files(&mut names);
        let expected = ["updates_spamassassin_org.cf", ".cf", "65_debian.cf", "local.cf", "zz.CF"];
        assert_eq!(names, expected.map(|name| name.as_bytes().to_vec()));
    }
}
