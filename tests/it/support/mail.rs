//! The mailbox of everybody: what the outbox has sent.

use doorward::mail::Mail;
use doorward::mail::outbox;

use super::TestApp;

/// A mail that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) mail: Mail,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// Every link in the text, in order.
    pub(crate) links: Vec<String>,
}

impl Received {
    fn of(mail: Mail) -> Self {
        let links = mail.text.split_whitespace().filter(|w| w.starts_with("http")).map(str::to_owned).collect();
        let Mail { to, subject, text, html, .. } = mail.clone();
        Self { mail, to, subject, text, html, links }
    }

    /// Path and query of the first link that contains `part`, for a browser of ours.
    #[track_caller]
    pub(crate) fn path(&self, part: &str) -> String {
        let link = self.links.iter().find(|l| l.contains(part)).unwrap_or_else(|| panic!("no link {part}: {self:?}"));
        let url = url::Url::parse(link).unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// The value of the parameter `token` in the first link that contains `part`.
    #[track_caller]
    pub(crate) fn token(&self, part: &str) -> String {
        let path = self.path(part);
        let (_, query) = path.split_once('?').unwrap();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == "token").unwrap_or_else(|| panic!("no token: {self:?}")).1.into_owned()
    }

    /// The six digits that are to be typed; they may stand in two groups.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        let lines = self.text.lines().map(|l| l.trim().replace(' ', ""));
        let mut codes = lines.filter(|l| l.len() == 6 && l.bytes().all(|b| b.is_ascii_digit()));
        codes.next().unwrap_or_else(|| panic!("no code: {self:?}"))
    }
}

impl TestApp {
    /// Sends what the outbox holds, and gives everything that ever arrived, oldest first.
    pub(crate) async fn mails(&self) -> Vec<Received> {
        outbox::run(&self.app).await.unwrap().join_all().await;
        let mut all: Vec<Received> = self.mailbox.mails().into_iter().map(Received::of).collect();
        all.sort_by_key(|m| m.mail.message_id.clone());
        all
    }

    /// What arrived at one address.
    pub(crate) async fn mails_to(&self, address: &str) -> Vec<Received> {
        self.mails().await.into_iter().filter(|m| m.to == address).collect()
    }

    /// The newest mail of a kind at an address.
    pub(crate) async fn mail(&self, address: &str, kind: &str) -> Received {
        let all = self.mails().await;
        let found = all.iter().rfind(|m| m.to == address && m.mail.kind == kind);
        found.unwrap_or_else(|| panic!("no {kind} for {address}: {all:#?}")).clone()
    }
}
