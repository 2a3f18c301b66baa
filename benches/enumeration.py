#!/usr/bin/env python3
"""Can a clock tell who has an account? Starts a server with a database of its own, asks every page that takes a name for known and
unknown people in random order, and compares the times.

    benches/enumeration.py target/release/doorward [tries]

For each page it prints the medians, the difference of the medians with a bootstrap interval (95 %), the chance that a random known
request is slower than a random unknown one (0.5: no way to tell), and the p-value of the Mann-Whitney test. A page is told apart where
p is below 0.001 and that chance is further than 0.1 from one half. Only the standard library is used.
"""

import http.client
import math
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlencode

PASSWORD = "kestrel lantern brook 47"
PEOPLE = 10


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, binary):
        self.dir = tempfile.TemporaryDirectory()
        self.port = free_port()
        self.env = {
            "PATH": os.environ.get("PATH", ""),
            "DOORWARD_DATA_DIR": self.dir.name,
            "DOORWARD_LISTEN": f"127.0.0.1:{self.port}",
            "DOORWARD_ISSUER": f"http://localhost:{self.port}",
            "DOORWARD_REGISTRATION__MODE": "open",
            "DOORWARD_LOGIN__MAILS_PER_ADDRESS": "1000",
            "DOORWARD_THROTTLE__LOGIN_FREE_ATTEMPTS": "1000",
            "DOORWARD_THROTTLE__LOGIN_PER_ADDRESS": "0",
            "DOORWARD_THROTTLE__LOGIN_OF_ALL": "0",
            "DOORWARD_THROTTLE__FLOWS_PER_ADDRESS": "0",
            "DOORWARD_THROTTLE__SIGN_UPS_PER_ADDRESS": "0",
        }
        for n in range(PEOPLE):
            subprocess.run(
                [binary, "user", "add", "--username", f"person{n}", "--email", f"person{n}@example.com", "--email-verified",
                 "--password-stdin"],
                input=PASSWORD + "\n", text=True, env=self.env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        self.process = subprocess.Popen(
            [binary, "serve"], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if Browser(self.port).get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit("the server does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.dir.cleanup()


class Browser:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.origin = f"http://localhost:{port}"
        self.cookies = {}

    def ask(self, method, path, body=None):
        headers = {"host": self.origin.removeprefix("http://")}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        if body is not None:
            headers |= {"content-type": "application/x-www-form-urlencoded", "origin": self.origin}
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = time.perf_counter() - began
        for line in answer.headers.get_all("set-cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("location"), text, took

    def get(self, path):
        status, location, text, _ = self.ask("GET", path)
        return self.get(location) if status == 303 else (status, text)

    def submit(self, path, *forms):
        """The time that the answer to the last of these forms takes; each stands on the page that the one before leads to."""
        status, text = self.get(path)
        for fields in forms:
            assert status == 200, (path, status)
            form = text[text.index("<form"):text.index("</form>")]
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
            status, location, text, took = self.ask("POST", path, urlencode(hidden | fields))
            if fields is not forms[-1]:
                assert status == 303, (path, status)
                status, text = self.get(location)
        return status, took


def known(page, n):
    return f"person{n % PEOPLE}" + ("" if page == "login" and n % 2 else "@example.com")


def unknown(page, n):
    return f"nobody{n % PEOPLE}" + ("" if page == "login" and n % 2 else "@example.com")


PAGES = {
    "login": ("/login", 422, lambda name: [{"username": name, "password": "wrong password"}]),
    "recover": ("/recover", 303, lambda name: [{"username": name}]),
    "sign-in mail": ("/login/mail", 303, lambda name: [{"username": name}]),
    "mailed code": ("/login/mail", 422, lambda name: [{"username": name}, {"code": "000000"}]),
    "register": ("/register", 303, lambda name: [{"email": name, "username": "", "name": "", "password": PASSWORD + " 9"}]),
}


def mann_whitney(a, b):
    """The chance that one of a is larger than one of b, and the p-value (normal approximation, ties averaged)."""
    pairs = sorted([(value, 0) for value in a] + [(value, 1) for value in b])
    ranks, ties, at = [0.0] * len(pairs), 0, 0
    while at < len(pairs):
        end = at
        while end < len(pairs) and pairs[end][0] == pairs[at][0]:
            end += 1
        for i in range(at, end):
            ranks[i] = (at + end + 1) / 2
        ties += (end - at) ** 3 - (end - at)
        at = end
    n, m = len(a), len(b)
    u = sum(rank for rank, (_, group) in zip(ranks, pairs) if group == 0) - n * (n + 1) / 2
    total = n + m
    sigma = math.sqrt(n * m / 12 * ((total + 1) - ties / (total * (total - 1))))
    z = (u - n * m / 2) / sigma if sigma else 0.0
    return u / (n * m), math.erfc(abs(z) / math.sqrt(2))


def interval(a, b, rounds=2000):
    random.seed(1)
    differences = sorted(
        statistics.median(random.choices(a, k=len(a))) - statistics.median(random.choices(b, k=len(b))) for _ in range(rounds))
    return differences[int(rounds * 0.025)], differences[int(rounds * 0.975)]


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    tries = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    server = Server(os.path.abspath(sys.argv[1]))
    told_apart = False
    try:
        print(f"{tries} tries each; milliseconds")
        print(f"{'page':<14}{'known':>9}{'unknown':>9}{'difference':>12}{'95 % interval':>20}{'chance':>9}{'p':>10}")
        for page, (path, expected, fields) in PAGES.items():
            order = [(who, n) for who in (known, unknown) for n in range(tries + 20)]
            # The first twenty of each warm up.
            head = [one for one in order if one[1] < 20]
            rest = [one for one in order if one[1] >= 20]
            random.shuffle(head)
            random.shuffle(rest)
            times = {known: [], unknown: []}
            for who, n in head + rest:
                status, took = Browser(server.port).submit(path, *fields(who(page, n)))
                assert status == expected, (page, status)
                if n >= 20:
                    times[who].append(took * 1000)
                # What an answer left to do, such as sending a mail, must not slow down the next.
                time.sleep(0.03)
            a, b = times[known], times[unknown]
            low, high = interval(a, b)
            chance, p = mann_whitney(a, b)
            is_apart = p < 0.001 and abs(chance - 0.5) > 0.1
            told_apart |= is_apart
            print(f"{page:<14}{statistics.median(a):>9.3f}{statistics.median(b):>9.3f}"
                  f"{statistics.median(a) - statistics.median(b):>12.3f}{f'{low:.3f} … {high:.3f}':>20}{chance:>9.3f}{p:>10.4f}"
                  f"{'   told apart' if is_apart else ''}", flush=True)
    finally:
        server.stop()
    sys.exit(told_apart)


main()
