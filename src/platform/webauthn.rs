//! Passkeys (WebAuthn Level 3): both ceremonies, as options for a browser and the answer to them.
//!
//! What must be remembered between the two is JSON for the server alone, good for one answer. The library checks type, challenge, exact
//! origin, the relying party's hash, presence and verification of the user, algorithm, signature and counter. Added here is what it
//! leaves open: keys are made discoverable, and an assertion from inside a foreign frame or for another user is refused.

use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

/// For whom passkeys are made.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    webauthn: Webauthn,
    id: String,
}

/// What a relying party is made from.
#[derive(Debug)]
pub struct Options<'a> {
    /// The domain that the passkeys belong to.
    pub id: &'a str,
    /// The name that browsers show.
    pub name: &'a str,
    /// The origin of our pages, with its port; its host is the domain or below it.
    pub origin: &'a Url,
    /// Origins of others that may use the same passkeys.
    pub extra_origins: &'a [Url],
}

/// Who gets a passkey.
#[derive(Debug)]
pub struct Owner<'a> {
    /// The user handle.
    pub id: Uuid,
    /// What tells accounts of one person apart.
    pub name: &'a str,
    /// What the person is called.
    pub display_name: &'a str,
}

/// The first half of a ceremony.
#[derive(Debug)]
pub struct Begun {
    /// For `navigator.credentials`, with buffers as base64url.
    pub options: Value,
    /// For the server alone.
    pub state: Value,
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be read.
    Malformed,
    /// It answers something else: another challenge, another kind of ceremony.
    Challenge,
    /// It was made on another page, or in a frame of one.
    Origin,
    /// It was made for another domain.
    RelyingParty,
    /// Nobody was there, or they did not prove that it is theirs.
    Unverified,
    /// The key is of a kind that we do not take.
    Algorithm,
    /// It is of another key, or of another user.
    Owner,
    /// The counter did not rise: there may be two copies of the key.
    Copied,
    /// The signature, or something else that the specification asks for.
    Invalid,
}

impl Refusal {
    /// As a code that does not change.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::RelyingParty => "rp_id",
            Self::Unverified => "user_verification",
            Self::Algorithm => "algorithm",
            Self::Owner => "owner",
            Self::Copied => "counter",
            Self::Invalid => "invalid",
        }
    }
}

impl From<WebauthnError> for Refusal {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::MismatchedChallenge | WebauthnError::InvalidClientDataType => Self::Challenge,
            WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => Self::Origin,
            WebauthnError::InvalidRPIDHash => Self::RelyingParty,
            WebauthnError::UserNotPresent | WebauthnError::UserNotVerified => Self::Unverified,
            WebauthnError::CredentialAlteredAlgFromRequest
            | WebauthnError::CredentialInsecureCryptography
            | WebauthnError::COSEKeyEDUnsupported
            | WebauthnError::SshPublicKeyEDUnsupported
            | WebauthnError::COSEKeyEDDSAXInvalid
            | WebauthnError::COSEKeyEDDSAInvalidCurve
            | WebauthnError::COSEKeyECDSAInvalidCurve
            | WebauthnError::COSEKeyInvalidType
            | WebauthnError::COSEKeyInvalidAlgorithm => Self::Algorithm,
            WebauthnError::CredentialNotFound | WebauthnError::InvalidUserUniqueId => Self::Owner,
            WebauthnError::CredentialPossibleCompromise => Self::Copied,
            _ => Self::Invalid,
        }
    }
}

/// A fault of ours.
#[derive(Debug, thiserror::Error)]
#[error("passkeys: {0}")]
pub struct WebauthnFault(String);

fn fault(cause: &dyn std::fmt::Display) -> WebauthnFault {
    WebauthnFault(cause.to_string())
}

/// A passkey as it is kept: its public key, counter and flags.
#[derive(Debug, Clone)]
pub struct Credential(Passkey);

impl Credential {
    /// From what [`Self::to_json`] gave.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn from_json(text: &str) -> Result<Self, WebauthnFault> {
        serde_json::from_str(text).map(Self).map_err(|e| fault(&e))
    }

    /// For the database.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, WebauthnFault> {
        serde_json::to_string(&self.0).map_err(|e| fault(&e))
    }

    /// The id that its authenticator gave it.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        self.0.cred_id()
    }
}

/// What a browser sent of a passkey that was used.
#[derive(Debug)]
pub struct Assertion(PublicKeyCredential);

impl Assertion {
    /// Reads it.
    ///
    /// # Errors
    /// Where it cannot be read, or was made in a frame of somebody else's page.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let read: PublicKeyCredential = serde_json::from_str(text).map_err(|_| Refusal::Malformed)?;
        let client: Value = serde_json::from_slice(&read.response.client_data_json).map_err(|_| Refusal::Malformed)?;
        // WebAuthn §7.2 step 13: we are never in a frame, so an answer from one is not ours.
        if client["crossOrigin"] == true || !client["topOrigin"].is_null() {
            return Err(Refusal::Origin);
        }
        Ok(Self(read))
    }

    /// The id of the credential.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// Whether the user handle names this user; none where the authenticator gave no handle.
    #[must_use]
    pub fn is_of(&self, user: Uuid) -> Option<bool> {
        self.0.get_user_unique_id().map(|handle| handle == user.as_bytes())
    }
}

impl RelyingParty {
    /// From its options; nothing where browsers know no passkeys: an address in numbers.
    ///
    /// # Errors
    /// Where the origin is not below the domain.
    pub fn new(options: &Options<'_>) -> Result<Option<Self>, WebauthnFault> {
        if options.origin.domain().is_none() {
            return Ok(None);
        }
        let mut builder =
            WebauthnBuilder::new(options.id, options.origin).map_err(|e| fault(&e))?.rp_name(options.name);
        for origin in options.extra_origins {
            builder = builder.append_allowed_origin(origin);
        }
        let webauthn = builder.build().map_err(|e| fault(&e))?;
        Ok(Some(Self { webauthn, id: options.id.to_owned() }))
    }

    /// The domain that the passkeys belong to.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Begins to make a passkey on an authenticator that has none of `known`.
    ///
    /// # Errors
    /// Where a name is empty.
    pub fn begin_registration(&self, owner: &Owner<'_>, known: &[Credential]) -> Result<Begun, WebauthnFault> {
        let exclude = known.iter().map(|c| c.0.cred_id().clone()).collect();
        let (options, state) = self
            .webauthn
            .start_passkey_registration(owner.id, owner.name, owner.display_name, Some(exclude))
            .map_err(|e| fault(&e))?;
        let mut options = to_value(&options.public_key)?;
        // Discoverable, so that nobody has to type who they are.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok(Begun { options, state: to_value(&state)? })
    }

    /// Takes what a browser sent of a new passkey.
    ///
    /// # Errors
    /// Where it does not count, or, inside, where the state is damaged.
    pub fn finish_registration(
        &self,
        answer: &str,
        state: Value,
    ) -> Result<Result<Credential, Refusal>, WebauthnFault> {
        let state: PasskeyRegistration = serde_json::from_value(state).map_err(|e| fault(&e))?;
        let Ok(answer) = serde_json::from_str::<RegisterPublicKeyCredential>(answer) else {
            return Ok(Err(Refusal::Malformed));
        };
        Ok(self.webauthn.finish_passkey_registration(&answer, &state).map(Credential).map_err(Refusal::from))
    }

    /// Begins to use a passkey: any of this domain, or one of `known` where it is known who is asked.
    ///
    /// # Errors
    /// Where the library refuses to begin.
    pub fn begin_authentication(&self, known: &[Credential]) -> Result<Begun, WebauthnFault> {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(|e| fault(&e))?;
        let mut options = to_value(&options.public_key)?;
        if !known.is_empty() {
            // With its transports, so that the browser asks at the right place.
            let (theirs, _) = self
                .webauthn
                .start_passkey_authentication(&known.iter().map(|c| c.0.clone()).collect::<Vec<_>>())
                .map_err(|e| fault(&e))?;
            options["allowCredentials"] = to_value(&theirs.public_key.allow_credentials)?;
        }
        Ok(Begun { options, state: to_value(&state)? })
    }

    /// Checks an assertion against the credential as it is kept; gives it as it is to be kept from now on.
    ///
    /// # Errors
    /// Where it does not count, or, inside, where the state is damaged.
    pub fn finish_authentication(
        &self,
        answer: &Assertion,
        state: &Value,
        credential: &Credential,
    ) -> Result<Result<Credential, Refusal>, WebauthnFault> {
        let state: DiscoverableAuthentication = serde_json::from_value(state.clone()).map_err(|e| fault(&e))?;
        let key = DiscoverableKey::from(&credential.0);
        let checked = match self.webauthn.finish_discoverable_authentication_v2(&answer.0, state, &key) {
            Ok(checked) => checked,
            Err(error) => return Ok(Err(error.into())),
        };
        if !checked.user_verified() {
            return Ok(Err(Refusal::Unverified));
        }
        let mut kept = credential.clone();
        Ok(kept.0.update_credential(&checked).map(|_| kept).ok_or(Refusal::Owner))
    }
}

fn to_value(value: &impl serde::Serialize) -> Result<Value, WebauthnFault> {
    serde_json::to_value(value).map_err(|e| fault(&e))
}
