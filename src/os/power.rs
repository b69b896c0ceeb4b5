//! `pow` for the shared library, which would need libm for this one function: the AWS SDK calls it where it holds requests
//! back adaptively. Loading libm as well takes a part of the time that it takes to load this library into a bare process.
//!
//! The name `pow` is the host's. build.rs has the linker take `rs_auth_pow` for it in the shared library alone, and no
//! program sees that either.

use core::arch::global_asm;

global_asm!(
    ".hidden rs_auth_pow",
    ".globl rs_auth_pow",
    ".type rs_auth_pow, @function",
    "rs_auth_pow:",
    #[cfg(target_arch = "x86_64")]
    "jmp {pow}",
    #[cfg(target_arch = "aarch64")]
    "b {pow}",
    ".size rs_auth_pow, . - rs_auth_pow",
    pow = sym pow,
);

extern "C" fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

#[cfg(test)]
mod tests {
    #[test]
    fn is_what_the_c_library_has() {
        assert_eq!(super::pow(2.0, 10.0).to_bits(), 1024.0_f64.to_bits());
        for (base, exponent) in [(2.1, 1.0 / 3.0), (0.7, 3.5), (12.0, -2.0), (1e-300, 0.25)] {
            let (ours, theirs) = (super::pow(base, exponent), f64::powf(base, exponent));
            assert!((ours - theirs).abs() <= theirs * 1e-15, "{base} to the {exponent}: {ours} {theirs}");
        }
        assert!(super::pow(1e300, 2.0).is_infinite() && super::pow(-2.0, 0.5).is_nan());
    }
}
