#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rs_auth::fuzzing::odbc_ini(bytes));
