//! From a proof to credentials.
