//! The program `rs-auth` as its users run it, against the sandbox on loopback.
