//! How long a lookup waits for servers that do not answer (`res_send.c` in glibc).

use super::glibc::Options;

/// How many seconds each of `servers` servers is waited for in one round. The first is given the timeout, and each later
/// one twice the time of the one before it, divided by the number of servers; none less than a second.
#[must_use]
pub fn per_server(options: &Options, servers: usize) -> Vec<u32> {
    let timeout = u64::from(u32::try_from(options.timeout).unwrap_or_default());
    let count = u64::try_from(servers).unwrap_or(1).max(1);
    (0..servers)
        .map(|index| {
            let wait = timeout << index;
            let wait = if index > 0 { wait / count } else { wait };
            u32::try_from(wait.max(1)).unwrap_or(u32::MAX)
        })
        .collect()
}

/// How many seconds a lookup takes when none of the servers answers.
#[must_use]
pub fn in_all(options: &Options, servers: usize) -> u32 {
    let rounds = u32::try_from(options.attempts).unwrap_or_default();
    per_server(options, servers).iter().sum::<u32>() * rounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_those_that_were_measured() {
        let options = |timeout, attempts| Options { ndots: 1, timeout, attempts, words: Vec::new() };
        assert_eq!(in_all(&options(5, 2), 1), 10);
        assert_eq!(in_all(&options(5, 2), 2), 20);
        assert_eq!(per_server(&options(5, 2), 2), [5, 5]);
        assert_eq!(in_all(&options(5, 2), 3), 28);
        assert_eq!(in_all(&options(30, 5), 3), 450);
        assert_eq!(per_server(&options(0, 2), 1), [1]);
        assert_eq!(per_server(&options(-1, 2), 1), [1]);
        assert_eq!(in_all(&options(5, 0), 2), 0);
    }
}
