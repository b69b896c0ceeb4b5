//! What AWS refuses, and answers that go wrong on their way.

mod answers;
mod refusals;
mod retries;
