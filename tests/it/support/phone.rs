//! An authenticator app with one account in it.

use doorward::domain::sessions::Place;
use doorward::domain::totp::{self, Confirmed};
use doorward::platform::clock::{Clock, SystemClock};
use totp_rs::{Builder, Secret, Totp};

use super::{Answer, TestApp};

/// The app on somebody's phone.
pub(crate) struct Phone {
    totp: Totp,
    /// The recovery codes that came with it.
    pub(crate) codes: Vec<String>,
}

impl Phone {
    /// From a secret as a page shows it.
    #[track_caller]
    pub(crate) fn read(page: &Answer) -> Self {
        let (_, rest) =
            page.text().split_once("class=\"secret\"><code>").unwrap_or_else(|| panic!("no secret: {page:?}"));
        let text = rest.split('<').next().unwrap().replace(' ', "");
        let secret = Secret::try_from_base32(text).unwrap();
        Self { totp: Builder::new().with_secret(secret).build().unwrap(), codes: Vec::new() }
    }

    /// The code that it shows `steps` from now.
    pub(crate) fn code(&self, t: &TestApp, steps: i64) -> String {
        self.code_at(t.app.clock.now_s() + steps * 30)
    }

    /// The code that it shows by the clock of the machine.
    pub(crate) fn code_now(&self) -> String {
        self.code_at(SystemClock.now_s())
    }

    fn code_at(&self, at: i64) -> String {
        self.totp.generate(u64::try_from(at).unwrap()).to_string()
    }
}

impl TestApp {
    /// Sets up an authenticator app for somebody, a while ago.
    pub(crate) async fn phone(&self, username: &str) -> Phone {
        let id = self.id_of(username).await;
        let begun = totp::enrolment(&self.app, id, &[7; 32]).await.unwrap();
        let secret = Secret::try_from_base32(begun.text().unwrap().replace(' ', "")).unwrap();
        let mut phone = Phone { totp: Builder::new().with_secret(secret).build().unwrap(), codes: Vec::new() };
        let place = Place { browser_hash: [7; 32], ..Place::default() };
        match totp::confirm(&self.app, id, &begun, &phone.code(self, 0), false, &place).await.unwrap() {
            Confirmed::Done(codes) => phone.codes = codes.iter().map(|c| c.to_string()).collect(),
            other => panic!("{other:?}"),
        }
        self.clock.advance_s(90);
        phone
    }
}
