//! A good guest in any process: deadlines, cancelling, callbacks, threads, forks.

mod callbacks;
mod fork;
mod guest;
mod interruption;
