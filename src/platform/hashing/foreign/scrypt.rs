//! scrypt as a PHC string, which is also how passlib writes it: `$scrypt$ln=16,r=8,p=1$salt$hash`.

use scrypt::{Params, scrypt};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::super::argon::Ceilings;
use super::{HashError, LONGEST, named, output, salt};

/// Memory × lanes, in KiB: about three seconds of one core.
const MOST_WORK_KIB: u64 = 1024 * 1024;
const MOST_BLOCKS: u32 = 64;
const MOST_LANES: u32 = 16;

/// A stored hash that we are ready to compute.
pub(in super::super) struct Stored {
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    /// Whether a text says that it is one.
    pub(in super::super) fn is_one(text: &str) -> bool {
        text.starts_with("$scrypt$")
    }

    pub(in super::super) fn parse(text: &str, ceilings: &Ceilings) -> Result<Self, HashError> {
        let wrong = HashError::Stored("not of the form $scrypt$ln=16,r=8,p=1$salt$hash");
        let mut parts = text.split('$').skip(2);
        let (Some(params), Some(salted), Some(hashed), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong);
        };
        let mut params = params.split(',');
        let ln = named(params.next(), "ln")?;
        let r = named(params.next(), "r")?;
        let p = named(params.next(), "p")?;
        if params.next().is_some() {
            return Err(wrong);
        }
        check(ln, r, p, ceilings)?;
        let ln = u8::try_from(ln).map_err(|_| HashError::Stored("parameters out of range"))?;
        let params = Params::new(ln, r, p).map_err(|_| HashError::Stored("parameters out of range"))?;
        Ok(Self { params, salt: salt(salted)?, output: output(hashed)? })
    }

    pub(in super::super) fn verify(&self, password: &[u8]) -> Result<bool, HashError> {
        let mut computed = Zeroizing::new([0; LONGEST]);
        let computed = computed.get_mut(..self.output.len()).ok_or(HashError::Failed)?;
        scrypt(password, &self.salt, &self.params, computed).map_err(|_| HashError::Failed)?;
        Ok(computed.ct_eq(&self.output).into())
    }
}

/// Memory is 128 × r × 2^ln bytes; every lane goes over it once.
fn check(ln: u32, r: u32, p: u32, ceilings: &Ceilings) -> Result<(), HashError> {
    if !(1..=30).contains(&ln) || !(1..=MOST_BLOCKS).contains(&r) || p == 0 {
        return Err(HashError::Stored("parameters out of range"));
    }
    if p > MOST_LANES {
        return Err(HashError::Stored("it asks for more lanes than is allowed"));
    }
    let memory_kib = (u64::from(r) << ln) / 8;
    if memory_kib > u64::from(ceilings.memory_kib) {
        return Err(HashError::Stored("it asks for more memory than is allowed"));
    }
    if memory_kib * u64::from(p) > MOST_WORK_KIB {
        return Err(HashError::Stored("it asks for more work than is allowed"));
    }
    Ok(())
}
