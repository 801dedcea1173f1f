//! The words that begin commands, and what a misspelt word was meant to be.

/// A word that begins a command, or takes the place of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the word")]
pub enum Word {
    Add,
    Defer,
    Deliver,
    Elif,
    Else,
    Endif,
    Finish,
    Fail,
    Freeze,
    Headers,
    If,
    Logfile,
    Logwrite,
    Mail,
    Noerror,
    Pipe,
    Save,
    Seen,
    Testprint,
    Unseen,
    Vacation,
}

impl Word {
    const ALL: [Self; 21] = [
        Self::Add,
        Self::Defer,
        Self::Deliver,
        Self::Elif,
        Self::Else,
        Self::Endif,
        Self::Finish,
        Self::Fail,
        Self::Freeze,
        Self::Headers,
        Self::If,
        Self::Logfile,
        Self::Logwrite,
        Self::Mail,
        Self::Noerror,
        Self::Pipe,
        Self::Save,
        Self::Seen,
        Self::Testprint,
        Self::Unseen,
        Self::Vacation,
    ];

    /// The word as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Defer => "defer",
            Self::Deliver => "deliver",
            Self::Elif => "elif",
            Self::Else => "else",
            Self::Endif => "endif",
            Self::Finish => "finish",
            Self::Fail => "fail",
            Self::Freeze => "freeze",
            Self::Headers => "headers",
            Self::If => "if",
            Self::Logfile => "logfile",
            Self::Logwrite => "logwrite",
            Self::Mail => "mail",
            Self::Noerror => "noerror",
            Self::Pipe => "pipe",
            Self::Save => "save",
            Self::Seen => "seen",
            Self::Testprint => "testprint",
            Self::Unseen => "unseen",
            Self::Vacation => "vacation",
        }
    }

    /// The word that these bytes are, in lower case as Exim wants it.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            b"add" => Self::Add,
            b"defer" => Self::Defer,
            b"deliver" => Self::Deliver,
            b"elif" => Self::Elif,
            b"else" => Self::Else,
            b"endif" => Self::Endif,
            b"finish" => Self::Finish,
            b"fail" => Self::Fail,
            b"freeze" => Self::Freeze,
            b"headers" => Self::Headers,
            b"if" => Self::If,
            b"logfile" => Self::Logfile,
            b"logwrite" => Self::Logwrite,
            b"mail" => Self::Mail,
            b"noerror" => Self::Noerror,
            b"pipe" => Self::Pipe,
            b"save" => Self::Save,
            b"seen" => Self::Seen,
            b"testprint" => Self::Testprint,
            b"unseen" => Self::Unseen,
            b"vacation" => Self::Vacation,
            _ => return None,
        })
    }

    /// The words that may have been meant, each with how many bytes of the misspelt one it takes: all, or what stands
    /// before a sign that was glued to it (`save"/x"`, `endif;`).
    pub(super) fn meant(bytes: &[u8]) -> impl Iterator<Item = (Self, usize)> {
        let letters = bytes.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(bytes.len());
        let glued = Self::of(&bytes[..letters]).map(|word| (word, letters));
        let foreign = match bytes {
            b"end" | b"fi" | b"end-if" | b"end_if" => Some(Self::Endif),
            b"elseif" | b"elsif" => Some(Self::Elif),
            _ => None,
        };
        let misspelt = alike(bytes).filter(|word| is_typo(bytes, word.name()));
        glued.into_iter().chain(foreign.into_iter().chain(misspelt).map(|word| (word, bytes.len())))
    }
}

/// The words that can be one slip away from these bytes, by their length and first letters: a file may hold hundreds of
/// thousands of words to compare, and most are like none. A slip leaves one of the first two letters among the first two.
fn alike(bytes: &[u8]) -> impl Iterator<Item = Word> {
    let with = |letter: Option<&u8>| letter.map_or(0, |letter| BEGINNING[usize::from(letter & 31)]);
    let begin_alike = if bytes.len() < 2 { 0 } else { with(bytes.first()) | with(bytes.get(1)) };
    let mut words = begin_alike & AS_LONG[bytes.len().min(AS_LONG.len() - 1)];
    std::iter::from_fn(move || {
        let word = *Word::ALL.get(words.trailing_zeros() as usize)?;
        words &= words - 1;
        Some(word)
    })
}

/// For each letter the words that have it as the first or second: a bit for each, in the order of [`Word::ALL`].
const BEGINNING: [u32; 32] = {
    let (mut words, mut at) = ([0; 32], 0);
    while at < Word::ALL.len() {
        let name = Word::ALL[at].name().as_bytes();
        words[(name[0] & 31) as usize] |= 1 << at;
        words[(name[1] & 31) as usize] |= 1 << at;
        at += 1;
    }
    words
};

/// For each length the words that are as long, or one byte longer or shorter. None is near the last of them.
const AS_LONG: [u32; 16] = {
    let (mut words, mut at) = ([0; 16], 0);
    while at < Word::ALL.len() {
        let len = Word::ALL[at].name().len();
        words[len - 1] |= 1 << at;
        words[len] |= 1 << at;
        words[len + 1] |= 1 << at;
        at += 1;
    }
    words
};

/// The nearest of some words, when there is one so near that it must have been meant.
pub(super) fn nearest<'w>(bytes: &[u8], words: &[&'w str]) -> Option<&'w str> {
    words.iter().copied().find(|word| is_typo(bytes, word))
}

/// Whether one slip of the fingers turns the word into these bytes: a byte too many, too few, or another one, two
/// neighbours changed over, or capital letters.
#[inline]
fn is_typo(bytes: &[u8], word: &str) -> bool {
    // Most words differ at their start or in length, and a file may hold hundreds of thousands to compare.
    let ([a, b, ..], [c, d, ..]) = (bytes, word.as_bytes()) else { return false };
    let [a, b] = [a | 32, b | 32];
    let (c, d) = (*c | 32, *d | 32);
    (a == c || b == d || a == d || b == c)
        && bytes.len().abs_diff(word.len()) < 2
        && is_one_slip(bytes, word.as_bytes())
}

fn is_one_slip(bytes: &[u8], word: &[u8]) -> bool {
    let alike = bytes.iter().zip(word).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let (bytes, word) = (&bytes[alike..], &word[alike..]);
    match (bytes, word) {
        ([], _) | (_, []) => true,
        ([_, a @ ..], [_, b @ ..]) if bytes.len() == word.len() => {
            // Of a word of two letters nothing would be left.
            let is_swapped = || bytes[0] == b[0] && a[0] == word[0] && a[1..].eq_ignore_ascii_case(&b[1..]);
            (a.eq_ignore_ascii_case(b) && alike + bytes.len() > 2) || (!a.is_empty() && is_swapped())
        }
        _ if bytes.len() < word.len() => bytes.eq_ignore_ascii_case(&word[1..]),
        _ => bytes[1..].eq_ignore_ascii_case(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_knows_itself() {
        for word in Word::ALL {
            assert_eq!(Word::of(word.name().as_bytes()), Some(word));
        }
    }

    #[test]
    fn one_slip_is_understood() {
        for (text, meant) in [
            ("svae", Word::Save),
            ("IF", Word::If),
            ("iff", Word::If),
            ("endfi", Word::Endif),
            ("finsh", Word::Finish),
            ("finishh", Word::Finish),
            ("dekiver", Word::Deliver),
            ("endif#", Word::Endif),
            ("else:", Word::Else),
            ("Elsif", Word::Elif),
        ] {
            assert!(Word::meant(text.as_bytes()).any(|(word, _)| word == meant), "{text}");
        }
        for text in ["to", "is", "x", "of", "", "require", "\"if\""] {
            assert!(Word::meant(text.as_bytes()).next().is_none(), "{text}");
        }
        assert_eq!(Word::meant(b"save\"/x\"").next(), Some((Word::Save, 4)));
    }
}
