"""Slow, silent, refusing, dying: no page waits, no mail is lost, none is sent twice where SMTP can tell."""

import os
import signal
import tempfile
import time
import unittest

from doorward import Doorward, until
from faulty import Faulty

BINARY = os.environ["DOORWARD_TEST_BIN"]
PASSWORD = "a long enough passphrase of mine"
ADDRESS = "alice@example.com"
# Of the first pause after a failed try; the ten seconds of the product, and what a busy machine adds.
SOON = 20


class Faults(unittest.TestCase):
    def play(self, fault):
        """A server with that fault, and Doorward with alice, running."""
        folder = tempfile.TemporaryDirectory(prefix="doorward-smtp.")
        self.addCleanup(folder.cleanup)
        faulty = Faulty(fault).start()
        self.addCleanup(faulty.stop)
        doorward = Doorward(BINARY, folder.name, MAIL__SMTP_URL=faulty.url)
        doorward.start()
        doorward.add_user("alice", PASSWORD)
        self.addCleanup(doorward.stop)
        return faulty, doorward

    def ask(self, doorward):
        took = doorward.browser().ask_for_new_password(ADDRESS)
        self.assertLess(took, 0.3, "the page answers whatever the mail server does")

    def test_a_slow_server_gets_its_time(self):
        faulty, doorward = self.play("slow")
        self.ask(doorward)
        self.assertTrue(until(lambda: faulty.mails))
        self.assertTrue(until(lambda: doorward.mails() == []))
        self.assertEqual(faulty.tried, 1)

    def test_a_silent_server_holds_up_nobody(self):
        faulty, doorward = self.play("silent")
        for _ in range(4):
            self.ask(doorward)
        self.assertTrue(until(lambda: faulty.tried))
        began = time.monotonic()
        self.assertEqual(doorward.browser().open("/login").status, 200)
        self.assertLess(time.monotonic() - began, 0.3)
        # Given up after its five seconds, and sent when the server has come to its senses.
        self.assertTrue(until(lambda: any(m["error"] for m in doorward.mails()), 10))
        faulty.fault = None
        self.assertTrue(until(lambda: doorward.mails() == [], SOON * 2), doorward.mails())

    def test_no_for_now_is_tried_again_and_no_for_good_is_not(self):
        faulty, doorward = self.play("4xx")
        self.ask(doorward)
        [waiting] = until(lambda: [m for m in doorward.mails() if m["error"]])
        self.assertEqual((waiting["state"], "451" in waiting["error"], waiting["attempts"]), ("waiting", True, 1))
        faulty.fault = None
        self.assertTrue(until(lambda: faulty.mails, SOON))
        faulty.fault, faulty.tried = "5xx", 0
        self.ask(doorward)
        [failed] = until(lambda: doorward.mails("--failed"))
        self.assertEqual((faulty.tried, "550" in failed["error"], ADDRESS in failed["error"]), (1, True, False))

    def test_a_server_that_is_not_there_gets_its_mail_when_it_is_back(self):
        faulty, doorward = self.play(None)
        faulty.stop()
        self.ask(doorward)
        self.assertTrue(until(lambda: [m for m in doorward.mails() if m["error"]]))
        faulty.start()
        self.assertTrue(until(lambda: faulty.mails, SOON))
        self.assertEqual(doorward.mails(), [])

    def test_a_server_that_dies_before_its_answer_gets_the_same_mail_again(self):
        faulty, doorward = self.play("dies-before")
        self.ask(doorward)
        self.assertTrue(until(lambda: [m for m in doorward.mails() if m["error"]]))
        faulty.fault = None
        self.assertTrue(until(lambda: len(faulty.mails) == 2, SOON))
        first, second = faulty.mails
        self.assertEqual(first["Message-ID"], second["Message-ID"])
        self.assertEqual((first["Date"], first.get_body().get_content()), (second["Date"], second.get_body().get_content()))

    def test_a_server_that_dies_after_its_answer_has_the_mail(self):
        faulty, doorward = self.play("dies-after")
        self.ask(doorward)
        self.assertTrue(until(lambda: faulty.mails))
        self.assertTrue(until(lambda: doorward.mails() == []))
        time.sleep(SOON - 5)
        self.assertEqual(len(faulty.mails), 1)

    def test_killed_before_it_could_send_it_sends_after_its_start(self):
        faulty, doorward = self.play(None)
        faulty.stop()
        self.ask(doorward)
        doorward.process.send_signal(signal.SIGKILL)
        doorward.process.wait()
        faulty.start()
        doorward.start()
        # A lease that died with its owner runs for as long as an attempt may take, and a minute.
        self.assertTrue(until(lambda: faulty.mails, 80))
        time.sleep(1)
        self.assertEqual((len(faulty.mails), doorward.mails()), (1, []))

    def test_a_stop_lets_the_mail_on_its_way_arrive(self):
        faulty, doorward = self.play("slow")
        self.ask(doorward)
        self.assertTrue(until(lambda: faulty.tried))
        doorward.stop()
        self.assertEqual(len(faulty.mails), 1)
        faulty.fault = None
        doorward.start()
        time.sleep(2)
        self.assertEqual(doorward.mails("--all")[0]["state"], "sent")
        self.assertEqual(len(faulty.mails), 1)


if __name__ == "__main__":
    unittest.main()
