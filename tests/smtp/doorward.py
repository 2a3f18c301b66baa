"""Doorward under test, with a mail server of the test's choice. Browser and process are those of the kill test."""

import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kill"))

from server import Browser, Server, free_port  # noqa: E402,F401


class Doorward(Server):
    """One installation; `settings` are variables without DOORWARD_."""

    def __init__(self, binary, work, **settings):
        Path(work).mkdir(parents=True, exist_ok=True)
        super().__init__(binary, str(work), None, self)
        settings = {"MAIL__FROM": "Example <no-reply@example.com>", "MAIL__TIMEOUT": "5", "REGISTRATION__MODE": "open", **settings}
        self.env |= {f"DOORWARD_{name}": str(value) for name, value in settings.items()}

    # What a report of the kill test would do.

    def check(self, is_right, what, detail=""):
        assert is_right, f"{what}: {detail}"

    def server_error(self, request, answer):
        raise AssertionError(f"{request}: {answer}\n{self.end_of_log()}")

    fail = check

    def browser(self):
        return Page(self)

    def add_user(self, name, password):
        words = ["user", "add", "--username", name, "--email", f"{name}@example.com", "--email-verified", "--password-stdin"]
        return self.command(*words, given=password)

    def mails(self, *flags):
        """What `doorward mail list` says."""
        return self.command("mail", "list", *flags)["mails"]

    def doctor(self):
        """What the doctor says of the mail server."""
        import json
        import subprocess

        out = subprocess.run([self.binary, "--json", "doctor"], env=self.env, capture_output=True, text=True).stdout
        return {check["name"]: check for check in json.loads(out)["checks"]}


class Page:
    """A browser that fills in the first form of a page."""

    def __init__(self, server):
        self.browser, self.server = Browser(server), server

    def open(self, path):
        answer = self.browser.get(path)
        for _ in range(8):
            if answer.status != 303:
                break
            answer = self.browser.get(answer.location)
        return answer

    def submit(self, page, **fields):
        """Gives the page after it, and how long the answer to the form took."""
        action = re.search(r'<form[^>]*action="([^"]*)"', page.body.decode()).group(1)
        began = time.monotonic()
        answer = self.browser.post(action, page.hidden() | fields)
        took = time.monotonic() - began
        return (self.open(answer.location) if answer.status == 303 else answer), took

    def ask_for_new_password(self, address):
        """Asks for a reset link; gives how long the answer took."""
        page, took = self.submit(self.open("/recover"), email=address, username=address)
        assert page.status == 200, page
        return took

    def sign_in(self, name, password):
        page, _ = self.submit(self.open("/login"), username=name, password=password)
        return page


def until(what, seconds=10):
    """Waits until `what()` gives something, and gives it."""
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)
