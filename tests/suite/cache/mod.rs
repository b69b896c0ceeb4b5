//! What is kept between calls, for whom, and how many callers share one login.

mod flight;
mod identity;
mod kept;
mod keys;
mod shortcut;
