//! Recovery codes: for who has lost their second factor. Ten at a time, each good once, kept as hashes only.

use entity::recovery_codes;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::notices::What;
use super::sessions::Place;
use super::totp::Outcome;
use super::{Error, Result, events, factors, notices, throttle, ways_in};
use crate::app::App;
use crate::db;
use crate::platform::random::sha256;

/// How many are made at once.
pub const COUNT: usize = 10;
/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Sixteen characters of five bits each.
const BYTES: usize = 10;

/// Makes new codes; the old ones end. They are shown once and kept nowhere in clear.
///
/// # Errors
/// [`Error::Conflict`] where the person has no second factor that they could stand in for.
pub async fn make(app: &App, user_id: Uuid, place: &Place) -> Result<Vec<Zeroizing<String>>> {
    let tx = app.db.begin_write().await?;
    // Else codes could be left over from a factor that goes at the same time.
    ways_in::lock(app, &tx, user_id).await?;
    if !factors::has_any(app, &tx, user_id).await? {
        return Err(Error::Conflict("recovery codes stand in for a second factor, and there is none".to_owned()));
    }
    let codes = insert(app, &tx, user_id).await?;
    notices::send(app, &tx, user_id, What::RecoveryCodesMade, "", Some(place)).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Makes codes for who has none left, with their first second factor; gives none where there are some.
///
/// # Errors
/// Of the database.
pub async fn make_first(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<Vec<Zeroizing<String>>> {
    let left = recovery_codes::Entity::find()
        .filter(recovery_codes::Column::UserId.eq(user_id))
        .filter(recovery_codes::Column::UsedAt.is_null())
        .one(tx)
        .await?;
    if left.is_some() { Ok(Vec::new()) } else { insert(app, tx, user_id).await }
}

/// Uses a code up. The attempt is reserved first, with those at the authenticator app.
///
/// # Errors
/// Of the database.
pub async fn take(app: &App, user_id: Uuid, code: &str, place: &Place) -> Result<Outcome> {
    let attempts = throttle::Subject::Factor(user_id);
    if let Some(wait_s) = throttle::reserve(app, &attempts).await? {
        return Ok(Outcome::Throttled(wait_s));
    }
    let Some(code) = canonical(code) else { return Ok(Outcome::Refused) };
    let tx = app.db.begin_write().await?;
    let sql = "UPDATE recovery_codes SET used_at = ? WHERE user_id = ? AND code_hash = ? AND used_at IS NULL";
    let values = [app.clock.now_ms().into(), user_id.into(), sha256(code.as_bytes()).to_vec().into()];
    if db::run(&tx, app.db.stmt(sql, values)).await?.rows_affected() != 1 {
        return Ok(Outcome::Refused);
    }
    events::record(app, &tx, events::Kind::RecoveryCodeUsed, events::About::user(user_id)).await?;
    notices::send(app, &tx, user_id, What::RecoveryCodeUsed, "", Some(place)).await?;
    tx.commit().await?;
    throttle::release(app, &attempts).await?;
    Ok(Outcome::Proved)
}

/// Ends all codes of a person, in the caller's transaction.
///
/// # Errors
/// Of the database.
pub async fn remove_all(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    db::run(tx, app.db.stmt("DELETE FROM recovery_codes WHERE user_id = ?", [user_id.into()])).await?;
    Ok(())
}

async fn insert(app: &App, tx: &DatabaseTransaction, user_id: Uuid) -> Result<Vec<Zeroizing<String>>> {
    remove_all(app, tx, user_id).await?;
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let code = Zeroizing::new(print(&app.random.bytes::<BYTES>()?));
        let plain = Zeroizing::new(code.replace('-', ""));
        let row = recovery_codes::ActiveModel {
            id: Set(app.new_id()?),
            user_id: Set(user_id),
            code_hash: Set(sha256(plain.as_bytes()).to_vec()),
            created_at: Set(app.clock.now_ms()),
            used_at: Set(None),
        };
        recovery_codes::Entity::insert(row).exec_without_returning(tx).await?;
        codes.push(code);
    }
    events::record(app, tx, events::Kind::RecoveryCodesMade, events::About::user(user_id)).await?;
    Ok(codes)
}

/// Eighty bits as four groups of four characters.
fn print(bytes: &[u8; BYTES]) -> String {
    let mut text = String::with_capacity(19);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if text.len() % 5 == 4 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
    }
    text
}

/// A code as it was meant: any case, with or without its hyphens, and with the letters that look like digits (Crockford).
fn canonical(code: &str) -> Option<Zeroizing<String>> {
    let mut plain = Zeroizing::new(String::with_capacity(16));
    for c in code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(17) {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if !u8::try_from(c).is_ok_and(|b| ALPHABET.contains(&b)) {
            return None;
        }
        plain.push(c);
    }
    (plain.len() == 16).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_four_groups_of_four_and_is_read_as_people_type_it() {
        assert_eq!(print(&[0; BYTES]), "0000-0000-0000-0000");
        assert_eq!(print(&[255; BYTES]), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let code = print(&[0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34]);
        assert_eq!(code, "28T5-CY4T-QKFF-04HM");
        for typed in [code.as_str(), " 28t5cy4tqkff04hm ", "28T5 CY4T QKFF O4HM", "28t5-cy4t-qkff-o4hm"] {
            assert_eq!(canonical(typed).unwrap().as_str(), "28T5CY4TQKFF04HM", "{typed}");
        }
        assert_eq!(canonical("IL00000000000000").unwrap().as_str(), "1100000000000000");
        for bad in ["", "28T5", "28T5-CY4T-QKFF-04HU", "28T5-CY4T-QKFF-04HM-0", "28T5-CY4T-QKFF-04Hé"] {
            assert!(canonical(bad).is_none(), "{bad}");
        }
    }
}
