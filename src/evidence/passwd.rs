//! `/etc/passwd` (passwd(5)): who exists, and where they live.

use std::collections::HashMap;
use std::ops::Range;

/// The users of a server. The first of equal names counts, as for getpwnam(3).
pub struct Passwd {
    bytes: Vec<u8>,
    users: HashMap<Vec<u8>, (u32, u32, Range<usize>)>,
}

/// One user.
pub struct User<'p> {
    /// The name.
    pub name: &'p [u8],
    /// The user's id.
    pub uid: u32,
    /// The id of the user's own group.
    pub gid: u32,
    /// The home folder.
    pub home: &'p [u8],
}

impl Passwd {
    /// Reads the file; lines that glibc would not take for a user are left out.
    #[must_use]
    pub fn parse(bytes: Vec<u8>) -> Self {
        let mut users = HashMap::new();
        for (span, line) in super::lines(&bytes) {
            let fields: Vec<&[u8]> = line.split(|&byte| byte == b':').collect();
            let [name, _, uid, gid, gecos, home, _] = fields[..] else { continue };
            let (Some(uid), Some(gid)) = (number(uid), number(gid)) else { continue };
            if name.is_empty() || matches!(name[0], b'#' | b'+' | b'-') {
                continue;
            }
            let home_start =
                span.start as usize + fields[..4].iter().map(|field| field.len() + 1).sum::<usize>() + gecos.len() + 1;
            users.entry(name.to_vec()).or_insert((uid, gid, home_start..home_start + home.len()));
        }
        Self { bytes, users }
    }

    /// Whether there is such a user.
    #[must_use]
    pub fn has(&self, name: &[u8]) -> bool {
        self.users.contains_key(name)
    }

    /// All users, in no order.
    pub fn users(&self) -> impl Iterator<Item = User<'_>> {
        self.users.iter().map(|(name, (uid, gid, home))| User {
            name,
            uid: *uid,
            gid: *gid,
            home: &self.bytes[home.clone()],
        })
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_and_the_first_of_equals_counts() {
        let passwd = Passwd::parse(
            b"root:x:0:0:root:/root:/bin/bash\n#x:x:1:1::/:/\nbad\na:x:5:6:A B:/home/a:/bin/sh\na:x:7:7::/x:/y\n"
                .to_vec(),
        );
        assert!(passwd.has(b"root") && passwd.has(b"a") && !passwd.has(b"#x") && !passwd.has(b"bad"));
        let a = passwd.users().find(|user| user.name == b"a").map(|user| (user.uid, user.gid, user.home.to_vec()));
        assert_eq!(a, Some((5, 6, b"/home/a".to_vec())));
    }
}
