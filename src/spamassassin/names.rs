//! Tables by names that files give: with a hash that is quick for short names, and whose seed is chance, so that no file can
//! be written whose names all meet in one place.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A table by names.
pub type NameMap<V> = HashMap<Box<[u8]>, V, Seed>;
/// A set of names.
pub type NameSet = HashSet<Box<[u8]>, Seed>;

/// The seed of a table.
#[derive(Clone, Debug)]
pub struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seed {
    type Hasher = NameHasher;

    #[inline]
    fn build_hasher(&self) -> NameHasher {
        NameHasher(self.0)
    }
}

/// What has been hashed so far.
pub struct NameHasher(u64);

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    /// Mostly the length of a name.
    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.0 = self.0.rotate_left(17) ^ number as u64;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
