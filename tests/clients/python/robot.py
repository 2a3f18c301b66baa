"""A browser without scripts: cookies, redirects and the forms of the sign-in and consent pages. No more than it needs."""

import json
import os
import pathlib
import urllib.parse
from html.parser import HTMLParser

import requests

ISSUER = os.environ["DOORWARD_TEST_ISSUER"]
FOLDER = pathlib.Path(os.environ["DOORWARD_TEST_REGISTRATIONS"])


def read(path):
    return json.loads((FOLDER / path).read_text())


ALICE = read("alice.json")


class Form(HTMLParser):
    """The only form of a page: where it goes, its fields, its submit buttons."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self.buttons, self._inside = None, {}, [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.action, self._inside = attrs["action"], True
        elif self._inside and tag == "input":
            self.fields[attrs["name"]] = attrs.get("value") or ""
        elif self._inside and tag == "button" and attrs.get("type") == "submit":
            self.buttons.append(attrs)

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "form"


class Robot:
    def __init__(self):
        self.browser = requests.Session()

    def walk(self, url, press="allow"):
        """Follows redirects and fills in what is asked, until the browser would leave the issuer; gives that URL."""
        form = None
        for _ in range(20):
            method = "GET" if form is None else "POST"
            response = self.browser.request(method, url, data=form, allow_redirects=False, timeout=10)
            form = None
            if location := response.headers.get("location"):
                url = urllib.parse.urljoin(url, location)
                if not url.startswith(ISSUER + "/"):
                    return url
                continue
            found = Form(response.text)
            assert found.action, f"no form on the page:\n{response.text}"
            form = found.fields
            if "password" in form:
                form |= {"username": ALICE["username"], "password": ALICE["password"]}
            button = next((b for b in found.buttons if b.get("name") == press), found.buttons[0])
            if "name" in button:
                form[button["name"]] = button.get("value", "")
            url = urllib.parse.urljoin(url, found.action)
        raise AssertionError(f"no end in sight at {url}")
