//! What Exim takes a file for.
