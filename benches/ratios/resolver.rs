//! A MiB of anything as resolv.conf, and how the cost grows with it.

use std::fs;

use super::{Bench, MAILLINT, Program, Result, exponent, row, title, walls};

/// What a MiB is filled with. Few of these lines have findings: writing those is another cost, which `many_findings` shows.
const FILLINGS: [(&str, &[u8]); 8] = [
    ("servers", b"nameserver 10.0.0.1\n"),
    ("a list of names", b"search a b c d e f g\n"),
    ("one long list", b"search abc.net "),
    ("options", b"options rotate timeout:1 ndots:2\n"),
    ("a sortlist", b"sortlist 10.0.0.0/255.0.0.0 10.1.0.0\n"),
    ("what hangs", b"sortlist /\n"),
    ("empty lines", b"\n"),
    ("zeros", b"\0"),
];
const MIB: usize = 1 << 20;

impl Bench<'_> {
    pub fn resolver(&self) -> Result<()> {
        title("A resolv.conf of a MiB (wall; goal for growth from a tenth of it)");
        let folder = self.folder.join("resolver");
        fs::create_dir_all(&folder)?;
        for (what, filling) in FILLINGS {
            let file = |name: &str, len: usize| -> Result<Program> {
                let path = folder.join(name).join("resolv.conf");
                fs::create_dir_all(path.parent().unwrap_or(&folder))?;
                fs::write(&path, filling.iter().copied().cycle().take(len).collect::<Vec<_>>())?;
                Ok(Program::new(&[&MAILLINT, &"check", &"--fail-on", &"never", &path]))
            };
            let programs = [file("empty", 0)?, file("tenth", MIB / 10)?, file("whole", MIB)?];
            let [start, tenth, whole] = walls([&programs[0], &programs[1], &programs[2]], 20)?;
            row(what, whole, "ms", Some(20.0));
            row("growth", exponent((whole - start).max(0.01), (tenth - start).max(0.001), 10.0), "", Some(1.1));
        }
        Ok(())
    }
}
