//! The program `rs-auth` as its users run it, against the sandbox on loopback.

mod bundle;
mod codes;
mod desk;
mod dsn;
mod exec;
mod formats;
mod lists;
mod person;
mod pipes;
mod secrets;
mod signals;
mod terminal;
