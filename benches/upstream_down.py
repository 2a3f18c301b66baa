#!/usr/bin/env python3
"""Does a provider that hangs slow down those who sign in with a password? Starts a server whose provider accepts connections and says
nothing, and times password sign-ins in turns: while many others open the sign-in page, and while they go on to the provider and wait.

    benches/upstream_down.py target/release/doorward [sign-ins of a turn]

Prints median and p99 of both and their ratios. Only the standard library is used.
"""

import math
import os
import random
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "kill"))

from server import Browser, Server  # noqa: E402

PASSWORD = "kestrel lantern brook 47"
TURNS = 6
ASKING = 32


class Report:
    def check(self, is_right, what, detail=""):
        assert is_right, f"{what}: {detail}"

    def server_error(self, request, answer):
        # The provider's pages say 502 or 504; nothing else may.
        assert "/login/upstream/" in request, f"{request}: {answer}"

    def fail(self, what, *detail):
        raise AssertionError(f"{what}: {detail}")


def hang():
    """A provider that takes every connection and never answers."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    held = []

    def accept():
        while True:
            held.append(listener.accept())

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def sign_in(server):
    browser = Browser(server)
    form = browser.get(browser.get("/login").location).hidden()
    began = time.perf_counter()
    answer = browser.post("/login", form | {"username": "alice", "password": PASSWORD})
    took = time.perf_counter() - began
    assert answer.status == 303, answer
    return took * 1000


def ask(server, stop, asked):
    """Somebody who opens the sign-in page and, where `asked` is a list, goes on to the provider; again and again, at the pace of a person."""
    while not stop.is_set():
        browser = Browser(server)
        flow = re.search(r"flow=([^&]+)", browser.get("/login").location).group(1)
        if asked is not None:
            began = time.perf_counter()
            status = browser.get(f"/login/upstream/hangs?flow={flow}").status
            asked.append((status, time.perf_counter() - began))
        stop.wait(random.uniform(0, 2))


def p99(times):
    return sorted(times)[math.ceil(len(times) * 0.99) - 1]


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory() as work:
        server = Server(os.path.abspath(sys.argv[1]), work, None, Report())
        port = hang()
        server.env |= {
            "DOORWARD_UPSTREAM__HANGS__KIND": "oidc",
            "DOORWARD_UPSTREAM__HANGS__ISSUER": f"https://127.0.0.1:{port}",
            "DOORWARD_UPSTREAM__HANGS__CLIENT_ID": "doorward",
            "DOORWARD_UPSTREAM__HANGS__CLIENT_SECRET": "a-secret-of-the-provider-that-hangs",
            "DOORWARD_OUTGOING__ALLOW_NETWORKS": "127.0.0.0/8",
        }
        server.command("user", "add", "--username", "alice", "--email", "alice@example.com", "--email-verified", "--password-stdin", given=PASSWORD + "\n")
        server.start()
        try:
            for _ in range(20):
                sign_in(server)
            alone, beside, asked = [], [], []
            for turn in range(TURNS):
                to_provider = turn % 2 == 1
                stop = threading.Event()
                askers = [threading.Thread(target=ask, args=(server, stop, asked if to_provider else None)) for _ in range(ASKING)]
                for asker in askers:
                    asker.start()
                time.sleep(1)
                (beside if to_provider else alone).extend(sign_in(server) for _ in range(count))
                stop.set()
                for asker in askers:
                    asker.join()
        finally:
            server.stop()
    statuses = sorted({status for status, _ in asked})
    print(f"{len(asked)} asked for the provider: statuses {statuses}, the longest wait {max(t for _, t in asked):.2f} s")
    print(f"{'sign-in, ms':<16}{'median':>9}{'p99':>9}")
    for name, times in (("without", alone), ("while it hangs", beside)):
        print(f"{name:<16}{statistics.median(times):>9.1f}{p99(times):>9.1f}")
    print(f"{'ratio':<16}{statistics.median(beside) / statistics.median(alone):>9.2f}{p99(beside) / p99(alone):>9.2f}")


main()
