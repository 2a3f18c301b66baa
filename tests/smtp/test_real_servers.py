"""Postfix and Dovecot: every kind of protection, a login, certificates that are right and wrong, and a life over TLS."""

import os
import tempfile
import unittest
from pathlib import Path
from urllib.parse import quote

from certificates import Authority
from doorward import Doorward, until
from postfix import Postfix

BINARY = os.environ["DOORWARD_TEST_BIN"]
PASSWORD = "a long enough passphrase of mine"


def link(mail, part):
    """Path and query of the first link with `part` in the text of a mail."""
    words = mail.get_body(("plain",)).get_content().split()
    found = [word for word in words if word.startswith("http") and part in word]
    assert found, mail.as_string()
    return "/" + found[0].split("/", 3)[3]


class RealServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory(prefix="doorward-smtp.")
        cls.addClassCleanup(cls.work.cleanup)
        folder = Path(cls.work.name)
        folder.chmod(0o755)
        cls.authority, cls.stranger = Authority(folder, "good"), Authority(folder, "stranger")
        (folder / "postfix").mkdir()
        cls.postfix = Postfix(folder / "postfix", cls.authority.certificate("localhost", "127.0.0.1"))
        cls.addClassCleanup(cls.postfix.stop)
        cls.postfix.start()

    def url(self, scheme, port, user=None, password=None):
        user, password = user or Postfix.user, password or Postfix.password
        login = "" if scheme == "smtp" else f"{quote(user, safe='')}:{quote(password, safe='')}@"
        return f"{scheme}://{login}localhost:{self.postfix.ports[port]}"

    def doorward(self, url, ca=None, **settings):
        """A running server that sends there."""
        folder = tempfile.mkdtemp(dir=self.work.name)
        doorward = Doorward(BINARY, folder, MAIL__SMTP_URL=url, MAIL__CA_CERTIFICATES=str(ca or self.authority.ca), **settings)
        doorward.start()
        self.addCleanup(doorward.stop)
        return doorward

    def test_each_protection_delivers(self):
        for scheme, port in [("smtp", "plain"), ("smtp+starttls", "starttls"), ("smtps", "tls")]:
            with self.subTest(scheme):
                doorward = self.doorward(self.url(scheme, port))
                doorward.add_user("alice", PASSWORD)
                self.assertEqual(doorward.doctor()["mail"]["status"], "ok")
                doorward.browser().ask_for_new_password("alice@example.com")
                mail = self.postfix.mail_to("alice@example.com", 3)
                self.assertEqual(mail["From"], "Example <no-reply@example.com>")
                self.assertEqual(mail["Auto-Submitted"], "auto-generated")
                self.assertEqual(mail["Content-Language"], "en")
                self.assertRegex(mail["Message-ID"], r"^<[0-9a-f-]{36}@127\.0\.0\.1>$")
                self.assertIn("/recover", link(mail, "token="))
                self.assertIn("prefers-color-scheme", mail.get_body(("html",)).get_content())
                received = " ".join(mail.get_all("Received"))
                self.assertEqual("TLS" in received, port != "plain", received)
                self.assertEqual("ESMTPSA" in received, port != "plain", received)
                self.assertEqual(doorward.mails(), [])

    def test_a_wrong_password_is_told_to_the_operator_and_loses_no_mail(self):
        # Dovecot lets who has failed before wait for seconds.
        doorward = self.doorward(self.url("smtps", "tls", password="wrong"), MAIL__TIMEOUT=30)
        doorward.add_user("alice", PASSWORD)
        check = doorward.doctor()["mail"]
        self.assertEqual(check["status"], "fail")
        self.assertIn("535", check["message"])
        doorward.browser().ask_for_new_password("alice@example.com")
        waiting = self.one_tried(doorward)
        self.assertEqual((waiting["state"], "535" in waiting["error"]), ("waiting", True), waiting)

    def test_without_a_login_nothing_is_accepted(self):
        doorward = self.doorward(f"smtps://localhost:{self.postfix.ports['tls']}")
        doorward.add_user("alice", PASSWORD)
        doorward.browser().ask_for_new_password("alice@example.com")
        self.assertIn("554", self.one_tried(doorward)["error"])

    def test_certificates_that_are_not_right_are_refused(self):
        good, wrong = self.authority, {}
        wrong["another authority"] = (self.authority.certificate("localhost", "127.0.0.1"), self.stranger.ca)
        wrong["another name"] = (good.certificate("mx.elsewhere.example"), good.ca)
        wrong["expired"] = (good.certificate("localhost", "127.0.0.1", is_expired=True), good.ca)
        for name, (certificate, ca) in wrong.items():
            for scheme, port in [("smtps", "tls"), ("smtp+starttls", "starttls")]:
                with self.subTest(f"{name}, {scheme}"):
                    postfix = Postfix(tempfile.mkdtemp(dir=self.work.name), certificate)
                    try:
                        postfix.start()
                        url = f"{scheme}://localhost:{postfix.ports[port]}"
                        folder = tempfile.mkdtemp(dir=self.work.name)
                        doorward = Doorward(BINARY, folder, MAIL__SMTP_URL=url, MAIL__CA_CERTIFICATES=str(ca))
                        check = doorward.doctor()["mail"]
                    finally:
                        postfix.stop()
                    self.assertEqual(check["status"], "fail", check)
                    self.assertRegex(check["message"].lower(), "certificate|unknownissuer|notvalidforname|expired")

    def test_a_recipient_that_the_server_does_not_know_is_a_failure_for_good(self):
        doorward = self.doorward(self.url("smtp+starttls", "starttls"))
        doorward.add_user("nobody", PASSWORD)
        doorward.browser().ask_for_new_password("nobody@example.com")
        failed = self.one_tried(doorward)
        self.assertEqual((failed["state"], failed["attempts"]), ("failed", 1), failed)
        self.assertIn("550", failed["error"])
        self.assertNotIn("nobody@", failed["error"] + doorward.end_of_log())
        self.assertEqual(doorward.doctor()["outbox"]["status"], "warn")
        # Tried again by the operator, at once, by the running server. Its log counts the tries: both may fall into one second.
        given_up = lambda: doorward.end_of_log().count("a mail was given up")
        self.assertEqual(given_up(), 1, doorward.end_of_log())
        doorward.command("mail", "retry", failed["id"])
        self.assertTrue(until(lambda: given_up() == 2, 40), doorward.end_of_log())
        [again] = doorward.mails("--failed")
        self.assertEqual((again["id"], again["attempts"]), (failed["id"], 1), again)

    def one_tried(self, doorward):
        """The one mail in the outbox, once it was tried."""
        found = until(lambda: [mail for mail in doorward.mails() if mail["error"]], 40)
        self.assertEqual(len(found or []), 1, doorward.end_of_log())
        return found[0]

    def test_a_life_over_tls(self):
        doorward = self.doorward(self.url("smtps", "tls"))
        browser = doorward.browser()
        page, _ = browser.submit(browser.open("/register"), email="carol@example.com", username="carol", name="Carol", password=PASSWORD)
        self.assertEqual(page.status, 200, page)
        path = link(self.postfix.mail_to("carol@example.com"), "/verify-email")
        # A scanner that looks at the link changes nothing.
        doorward.browser().open(path)
        page, _ = browser.submit(browser.open(path))
        self.assertEqual(page.status, 200, page)
        self.assertIn("carol", str(doorward.browser().sign_in("carol", PASSWORD)))

        doorward.browser().ask_for_new_password("carol@example.com")
        path = link(self.postfix.mail_to("carol@example.com"), "/recover/reset")
        browser, other = doorward.browser(), "another passphrase, long enough"
        page, _ = browser.submit(browser.open(path), password=other, password_again=other)
        self.assertEqual(page.status, 200, page)
        notice = self.postfix.mail_to("carol@example.com")
        self.assertEqual(notice["Subject"], "Your password was changed")
        self.assertTrue(link(notice, "/not-me"))
        self.assertNotIn("/logout", doorward.browser().sign_in("carol", PASSWORD).body.decode())
        self.assertIn("/logout", doorward.browser().sign_in("carol", other).body.decode())


if __name__ == "__main__":
    unittest.main()
