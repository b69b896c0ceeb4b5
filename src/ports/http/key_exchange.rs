//! The randomness of TLS, from the operating system alone.
//!
//! aws-lc seeds a generator of its own for every fresh thread behind locks of the whole process. A host that forks while a
//! thread of ours holds one would leave its child to wait for ever at its first TLS login. So client random and ephemeral
//! keys are drawn from the kernel, which has no such locks, and aws-lc does what needs no randomness.

use crate::ports::random;
use aws_lc_rs::agreement::{Algorithm, ECDH_P256, ECDH_P384, PrivateKey, PublicKey, UnparsedPublicKey, X25519, agree};
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SecureRandom, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};
use zeroize::Zeroizing;

/// A scalar that is no private key of its curve comes up once in 2^32 draws or less.
const DRAWS: usize = 8;

/// The groups that are offered, the quickest first.
pub(super) const GROUPS: [&dyn SupportedKxGroup; 3] = [
    &Group { name: NamedGroup::X25519, algorithm: &X25519, draw: draw::<32> },
    &Group { name: NamedGroup::secp256r1, algorithm: &ECDH_P256, draw: draw::<32> },
    &Group { name: NamedGroup::secp384r1, algorithm: &ECDH_P384, draw: draw::<48> },
];

/// Random bytes of the kernel.
#[derive(Debug)]
pub(super) struct Kernel;

impl SecureRandom for Kernel {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        random::fill(buffer).map_err(|_| GetRandomFailed)
    }
}

struct Group {
    name: NamedGroup,
    algorithm: &'static Algorithm,
    draw: fn() -> Result<Zeroizing<Vec<u8>>, GetRandomFailed>,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.name)
    }
}

fn draw<const LENGTH: usize>() -> Result<Zeroizing<Vec<u8>>, GetRandomFailed> {
    let mut bytes = Zeroizing::new(vec![0; LENGTH]);
    Kernel.fill(&mut bytes)?;
    Ok(bytes)
}

impl SupportedKxGroup for Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        for _ in 0..DRAWS {
            let scalar = (self.draw)().map_err(|_| Error::FailedToGetRandomBytes)?;
            if let Ok(private) = PrivateKey::from_private_key(self.algorithm, &scalar)
                && let Ok(public) = private.compute_public_key()
            {
                return Ok(Box::new(Exchange { name: self.name, algorithm: self.algorithm, private, public }));
            }
        }
        Err(Error::FailedToGetRandomBytes)
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

/// An ephemeral key pair.
struct Exchange {
    name: NamedGroup,
    algorithm: &'static Algorithm,
    private: PrivateKey,
    public: PublicKey,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        // TLS knows uncompressed points only (RFC 8446, section 4.2.8.2).
        if self.name != NamedGroup::X25519 && peer.first() != Some(&4) {
            return Err(PeerMisbehaved::InvalidKeyShare.into());
        }
        let peer = UnparsedPublicKey::new(self.algorithm, peer);
        agree(&self.private, peer, PeerMisbehaved::InvalidKeyShare.into(), |secret| Ok(SharedSecret::from(secret)))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::aws_lc_rs::kx_group;

    #[test]
    fn each_group_agrees_with_the_usual_one() {
        let usual = [kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
        for (ours, theirs) in GROUPS.into_iter().zip(usual) {
            assert_eq!(ours.name(), theirs.name());
            let (a, b) = (ours.start().unwrap(), theirs.start().unwrap());
            let (share_a, share_b) = (a.pub_key().to_vec(), b.pub_key().to_vec());
            let (a, b) = (a.complete(&share_b).unwrap(), b.complete(&share_a).unwrap());
            assert_eq!(a.secret_bytes(), b.secret_bytes(), "{:?}", ours.name());
            assert_ne!(ours.start().unwrap().pub_key(), share_a, "a fresh key each time");
        }
    }

    #[test]
    fn a_share_that_is_no_point_is_refused() {
        for group in GROUPS {
            for share in [&[][..], &[4; 10], &[0; 32], &[4; 65], &[2; 33], &[4; 97]] {
                let length = group.start().unwrap().pub_key().len();
                if share.len() != length || group.name() != NamedGroup::X25519 {
                    assert!(group.start().unwrap().complete(share).is_err(), "{:?} {}", group.name(), share.len());
                }
            }
        }
    }
}
