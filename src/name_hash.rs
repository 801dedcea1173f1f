//! Where a name stands in a table of names that are known when this program is built: what Exim knows in expansions, what
//! SpamAssassin has settings for. The build script reads this file as well: it lays the tables out.

/// A number made of a name's length, beginning and end.
pub fn hash(name: &[u8]) -> usize {
    let long = |chunk: Option<&[u8; 8]>| chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk));
    let short = |chunk: Option<&[u8; 4]>| chunk.map_or(0, |chunk| u64::from(u32::from_le_bytes(*chunk)));
    let (start, end) = match *name {
        [] => (0, 0),
        [a] => (u64::from(a), 0),
        [a, b] => (u64::from(a), u64::from(b)),
        [a, b, c] => (u64::from(a) | u64::from(b) << 8, u64::from(c)),
        [_, _, _, _] | [_, _, _, _, _] | [_, _, _, _, _, _] | [_, _, _, _, _, _, _] => {
            (short(name.first_chunk()), short(name.last_chunk()))
        }
        _ => (long(name.first_chunk()), long(name.last_chunk())),
    };
    let mixed = (start ^ end.rotate_left(23) ^ (name.len() as u64) << 50).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 44) as usize
}

/// Where a name stands in a list, of which `text` gives a name and `places` is the hash table; the size of that is a power
/// of two, and what is no place in the list ends a search.
pub fn position<'n>(places: &[u16], text: impl Fn(usize) -> Option<&'n str>, name: &[u8]) -> Option<usize> {
    let mut at = hash(name);
    loop {
        let place = usize::from(places[at & (places.len() - 1)]);
        if text(place)?.as_bytes() == name {
            return Some(place);
        }
        at += 1;
    }
}
