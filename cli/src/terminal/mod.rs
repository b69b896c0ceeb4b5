//! The terminal: what is shown there and asked there, and what ends a program there.

mod interrupt;
mod line;
mod person;
mod qr;
mod style;
mod tty;

pub use interrupt::Interrupt;
pub use person::{Person, say};
pub use style::{Style, printable};
pub use tty::{Echo, Terminal};
