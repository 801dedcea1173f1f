//! What is measured on: tables and a server's tree, made up, and the same at every run.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

const FIRST: [&str; 8] = ["cedar", "harbour", "blue", "north", "tidepool", "old-town", "silver", "green"];
const SECOND: [&str; 8] = ["pottery", "bakery", "dental", "cycles", "books", "roofing", "garden", "vet"];
const LAST: [&str; 5] = ["com", "net", "org", "de", "co.uk"];

/// How many domains an account has: its main one, another, and a name below the first.
const DOMAINS: usize = 3;

/// The three domains of an account.
fn domains(account: usize) -> [String; DOMAINS] {
    let name = |salt: usize| {
        let (first, second) = (FIRST[(account + salt) % 8], SECOND[(account / 8 + salt) % 8]);
        format!("{first}-{second}-{}.{}", account * 2 + salt, LAST[(account + salt) % 5])
    };
    [name(0), name(1), format!("shop.{}", name(0))]
}

fn user(account: usize) -> String {
    format!("{}{account}", SECOND[account % 8])
}

/// The line of a domain in a clean table; the first one is the one that cPanel begins with.
fn clean_line(number: usize) -> String {
    match number.checked_sub(1) {
        None => "*: nobody\n".to_owned(),
        Some(number) => {
            let account = number / DOMAINS;
            format!("{}: {}\n", domains(account)[number % DOMAINS], user(account))
        }
    }
}

/// A line with which exactly one thing is wrong, another thing each time.
fn faulty_line(number: usize, sort: usize) -> String {
    let owner = user(number / DOMAINS);
    match sort % 5 {
        0 => format!("Cedar-Pottery-{number}.info: {owner}\n"),
        1 => format!("cedar-pottery-{number}.info: {owner} # moved in May\n"),
        2 => format!("cedar-pottery-{number}.info:\n"),
        // The key of the first line.
        3 => format!("*: {owner}\n"),
        _ => format!("printer-{number}.local: {owner}\n"),
    }
}

/// A clean table of so many lines.
pub fn clean_table(lines: usize) -> String {
    (0..lines).map(clean_line).collect()
}

/// A table of so many lines in which as many of them as asked for, at even distances, are found fault with.
pub fn faulty_table(lines: usize, findings: usize) -> String {
    let mut table: Vec<String> = (0..lines).map(clean_line).collect();
    for finding in 0..findings {
        let number = (2 * finding + 1) * lines / (2 * findings);
        table[number] = faulty_line(number, finding);
    }
    table.concat()
}

/// Makes the tree of a clean server below a folder, and gives the paths of the files that maillint reads in it.
///
/// A kind of file that maillint comes to read must be added here, for maillint and the bare reader to read the same.
pub fn server(root: &Path, accounts: usize) -> io::Result<Vec<String>> {
    let mut files = vec![
        ("etc/hostname".to_owned(), "server.tidepool-hosting.net\n".to_owned()),
        ("etc/userdomains".to_owned(), clean_table(1 + accounts * DOMAINS)),
    ];
    let mut passwd = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n".to_owned();
    let (mut local, mut main) = ("server.tidepool-hosting.net\n".to_owned(), String::new());
    for account in 0..accounts {
        let (user, domains, id) = (user(account), domains(account), 1001 + account);
        // Writing to a String cannot fail.
        let _ = writeln!(passwd, "{user}:x:{id}:{id}::/home/{user}:/bin/bash");
        let _ = writeln!(main, "{}: {user}", domains[0]);
        for domain in &domains {
            local.extend([domain, "\n"]);
        }
        files.push((format!("var/cpanel/users/{user}"), users_file(&user, &domains)));
    }
    files.push(("etc/passwd".to_owned(), passwd));
    files.push(("etc/trueuserdomains".to_owned(), main));
    for folder in ["etc", "var/cpanel/users"] {
        fs::create_dir_all(root.join(folder))?;
    }
    // A server has it, but maillint does not read it yet.
    fs::write(root.join("etc/localdomains"), local)?;
    files.into_iter().map(|(path, text)| fs::write(root.join(&path), text).map(|()| path)).collect()
}

/// A file of `/var/cpanel/users`, with the keys that cPanel writes.
fn users_file(user: &str, domains: &[String; DOMAINS]) -> String {
    let [main, other, below] = domains;
    let mut text = format!(
        "# cPanel - user configuration file\nBACKUP=1\nBWLIMIT=unlimited\nCONTACTEMAIL=owner@{main}\nCONTACTEMAIL2=\n\
        DBOWNER={user}\nDEMO=0\nDISK_BLOCK_LIMIT=10240000\nDNS={main}\nDNS1={other}\nDNS2={below}\n\
        FEATURELIST=default\nHASCGI=1\nHASDKIM=1\nHASSPF=1\nIP=192.0.2.10\nLANG=english\nLEGACY_BACKUP=0\n\
        LOCALE=en\nMAILBOX_FORMAT=maildir\nMAXADDON=unlimited\nMAXFTP=unlimited\nMAXLST=unlimited\n\
        MAXMONGREL=2\nMAXPARK=unlimited\nMAXPASSENGERAPPS=4\nMAXPOP=unlimited\nMAXSQL=unlimited\n\
        MAXSUB=unlimited\nMAX_DEFER_FAIL_PERCENTAGE=unlimited\nMAX_EMAILACCT_QUOTA=1024\n\
        MAX_EMAIL_PER_HOUR=unlimited\nMTIME=1764000000\nMXCHECK-{main}=0\nMXCHECK-{other}=0\nOWNER=root\n\
        PLAN=default\nRS=jupiter\nSTARTDATE=1701000000\nTRANSFERRED_OR_RESTORED=0\nUSER={user}\nUTF8MAILBOX=1\n"
    );
    for event in ["account_login", "account_login_for_known_netblock", "disk_limit", "bandwidth_limit"] {
        let _ = writeln!(text, "notify_{event}=1\nnotify_{event}_notification_disabled=1");
    }
    text
}
