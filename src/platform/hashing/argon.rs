//! Argon2: what a stored hash says, what it may cost, and computing it.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::HashError;

pub(super) const SALT_BYTES: usize = 16;
pub(super) const OUTPUT_BYTES: usize = 32;

/// A stored hash that we are ready to compute.
pub(super) struct Stored {
    pub(super) argon2: Argon2<'static>,
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) salt: Salt,
    pub(super) output: Output,
}

impl Stored {
    pub(super) fn parse(text: &str, ceilings: &Ceilings) -> Result<Self, HashError> {
        let hash = PasswordHash::new(text).map_err(|_| HashError::Stored("not a PHC string"))?;
        let algorithm =
            Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| HashError::Stored("not an Argon2 hash"))?;
        // A PHC string without `v` is of version 0x10 (the reference code's rule).
        let version = hash
            .version
            .map_or(Ok(Version::V0x10), Version::try_from)
            .map_err(|_| HashError::Stored("unknown Argon2 version"))?;
        let params = Params::try_from(&hash).map_err(|_| HashError::Stored("parameters out of range"))?;
        ceilings.check(&params)?;
        let salt = hash.salt.ok_or(HashError::Stored("no salt"))?;
        let output = hash.hash.ok_or(HashError::Stored("no hash"))?;
        if output.len() < 16 {
            return Err(HashError::Stored("the hash is too short"));
        }
        Ok(Self { argon2: Argon2::new(algorithm, version, params), algorithm, version, salt, output })
    }

    pub(super) fn is_like(&self, ours: &Argon2<'_>) -> bool {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && cost(self.argon2.params()) == cost(ours.params())
            && self.output.len() == OUTPUT_BYTES
    }
}

/// The most that a stored hash may cost us.
#[derive(Debug)]
pub(super) struct Ceilings {
    pub(super) memory_kib: u32,
    pub(super) work_kib: u64,
    pub(super) lanes: u32,
}

impl Ceilings {
    pub(super) fn check(&self, params: &Params) -> Result<(), HashError> {
        if params.m_cost() > self.memory_kib {
            return Err(HashError::Stored("it asks for more memory than is allowed"));
        }
        if work_kib(params) > self.work_kib {
            return Err(HashError::Stored("it asks for more work than is allowed"));
        }
        if params.p_cost() > self.lanes {
            return Err(HashError::Stored("it asks for more lanes than is allowed"));
        }
        Ok(())
    }
}

pub(super) fn work_kib(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

/// So much is asked of the system at least, in KiB, and no more used than is needed. What is larger than 32 MiB glibc never takes from
/// its heap, so all of it goes back when it is freed; smaller pieces stay from the second on, and keep more beside them.
const MAPPED_BLOCKS: usize = 33 * 1024;

pub(super) fn compute(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    output: &mut [u8],
    arena: &mut Vec<Block>,
) -> Result<(), HashError> {
    let blocks = argon2.params().block_count();
    if arena.len() < blocks {
        arena.try_reserve_exact(blocks.max(MAPPED_BLOCKS) - arena.len()).map_err(|_| HashError::Failed)?;
        arena.resize(blocks, Block::new());
    }
    argon2.hash_password_into_with_memory(password, salt, output, arena.as_mut_slice()).map_err(|_| HashError::Failed)
}

pub(super) fn phc(params: &Params, salt: &[u8], output: &[u8]) -> Result<String, HashError> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| HashError::Failed)?,
        salt: Some(Salt::new(salt).map_err(|_| HashError::Failed)?),
        hash: Some(Output::new(output).map_err(|_| HashError::Failed)?),
    };
    Ok(hash.to_string())
}
