//! Random bytes of the operating system: states, nonces, PKCE verifiers, key files.

use crate::error::{AuthError, Status};

/// Fills an array with random bytes. Fails only where the operating system has none to give.
#[allow(dead_code)] // for state and PKCE of the browser plugins
pub fn bytes<const N: usize>() -> Result<[u8; N], AuthError> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// An array of random numbers.
pub fn numbers<const N: usize>() -> Result<[u64; N], AuthError> {
    let mut numbers = [[0; 8]; N];
    fill(numbers.as_flattened_mut())?;
    Ok(numbers.map(u64::from_le_bytes))
}

/// Fills `buffer` with random bytes.
pub fn fill(buffer: &mut [u8]) -> Result<(), AuthError> {
    getrandom::fill(buffer)
        .map_err(|error| AuthError::of_call(Status::System, format!("no random bytes from the system: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_draws_are_alike() {
        let (one, two): ([u8; 32], [u8; 32]) = (bytes().unwrap(), bytes().unwrap());
        assert_ne!(one, two);
        assert_ne!(one, [0; 32]);
        let [one, two] = numbers().unwrap();
        assert_ne!(one, two);
    }
}
