//! Values as Perl computes with them.

use super::super::bytes::number;

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Nothing.
    Undefined,
    /// A number.
    Number(f64),
    /// A text.
    Text(Vec<u8>),
    /// What Perl's comparisons give when they do not hold: 0 and the empty text at once.
    False,
    /// What depends on the running program: a file name pattern, a range.
    Unknown,
}

impl Value {
    /// What a comparison gives.
    pub fn from_bool(holds: bool) -> Self {
        if holds { Self::Number(1.0) } else { Self::False }
    }

    /// Whether it counts as true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Undefined | Self::False => false,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty() && text != b"0",
            Self::Unknown => true,
        }
    }

    /// It as a number; `None` for what is not known.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Undefined | Self::False => Some(0.0),
            Self::Number(number) => Some(*number),
            Self::Text(text) => Some(self::number(text)),
            Self::Unknown => None,
        }
    }

    /// It as a text.
    pub fn text(&self) -> Option<Vec<u8>> {
        match self {
            Self::Undefined | Self::False => Some(Vec::new()),
            Self::Number(number) => Some(written(*number)),
            Self::Text(text) => Some(text.clone()),
            Self::Unknown => None,
        }
    }
}

/// A number as Perl writes it: fifteen digits at most (`%.15g`).
pub fn written(number: f64) -> Vec<u8> {
    if number == 0.0 {
        return b"0".to_vec();
    }
    if !number.is_finite() {
        let word = if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "Inf"
        } else {
            "-Inf"
        };
        return word.as_bytes().to_vec();
    }
    let scientific = format!("{number:.14e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-5..15).contains(&exponent) {
        let places = usize::try_from(14 - exponent).unwrap_or(0);
        let text = format!("{number:.places$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        return text.as_bytes().to_vec();
    }
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs()).into_bytes()
}
