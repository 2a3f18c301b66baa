"""The server under test: started, killed, and asked over HTTP and by its own commands."""

import html
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse


class Lost(Exception):
    """No answer, or not all of it: the server was killed."""


class Server:
    """One installation: a data folder, a database, a port."""

    def __init__(self, binary, work, database_url, report):
        self.binary, self.work, self.report = binary, work, report
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.is_down = True
        self.commands = set()
        self.lock = threading.Lock()
        self.starts_ms = []
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("DOORWARD_")}
        self.env |= {
            "DOORWARD_ISSUER": self.base,
            "DOORWARD_LISTEN": f"127.0.0.1:{self.port}",
            "DOORWARD_DATA_DIR": f"{work}/data",
            "DOORWARD_DATABASE__SQLITE_SYNCHRONOUS": "full",
            "DOORWARD_THROTTLE__FLOWS_PER_ADDRESS": "0",
            "DOORWARD_THROTTLE__LOGIN_PER_ADDRESS": "0",
            "DOORWARD_THROTTLE__LOGIN_FREE_ATTEMPTS": "1000",
            "DOORWARD_THROTTLE__CLIENT_FREE_FAILURES": "1000",
            "DOORWARD_LOGIN__MAILS_PER_ADDRESS": "1000",
            # A busy machine is no failure here.
            "DOORWARD_HASHING__WAIT": "20",
            "DOORWARD_OIDC__REFRESH_GRACE": "120",
            "NO_COLOR": "1",
        }
        if database_url:
            self.env["DOORWARD_DATABASE__URL"] = database_url

    def spawn(self):
        log = open(f"{self.work}/server.log", "ab")
        self.process = subprocess.Popen([self.binary, "serve"], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()

    def start(self):
        """Starts, and waits until it is ready."""
        began = time.monotonic()
        self.spawn()
        while True:
            try:
                if Browser(self).get("/readyz").status == 200:
                    break
            except Lost:
                pass
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended by itself, with {self.process.returncode}: {self.end_of_log()}")
            if time.monotonic() - began > 60:
                raise SystemExit(f"the server is not ready after a minute: {self.end_of_log()}")
            time.sleep(0.005)
        self.starts_ms.append((time.monotonic() - began) * 1000)
        self.is_down = False

    def kill(self):
        """SIGKILL for the server and for every command that runs at this moment."""
        if self.process.poll() is not None:
            self.report.fail("the server ended by itself", str(self.process.returncode), self.end_of_log())
        self.is_down = True
        self.process.send_signal(signal.SIGKILL)
        with self.lock:
            for command in self.commands:
                command.kill()
        self.process.wait()

    def stop(self):
        """As an operator would."""
        self.is_down = True
        self.process.terminate()
        self.report.check(self.process.wait(30) == 0, "a stopped server exits with 0", self.end_of_log())

    def end_of_log(self):
        with open(f"{self.work}/server.log", "rb") as log:
            return log.read()[-3000:].decode(errors="replace")

    def command(self, *words, given=None):
        """Runs a command of the binary beside the server; gives its JSON answer."""
        with self.lock:
            if self.is_down and self.process and self.process.poll() is None:
                raise Lost
            process = subprocess.Popen(
                [self.binary, "--json", *words], env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            self.commands.add(process)
        out, err = process.communicate(given)
        with self.lock:
            self.commands.discard(process)
        if process.returncode == -signal.SIGKILL:
            raise Lost
        self.report.check(process.returncode == 0, f"doorward {words[0]} {words[1]} is done", out + err)
        return json.loads(out) if process.returncode == 0 else {}


class Answer:
    """A response that was read to its end."""

    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body

    @property
    def location(self):
        return self.headers.get("location", "")

    def json(self):
        return json.loads(self.body)

    def query(self):
        """The parameters of the redirect."""
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.location).query))

    def hidden(self):
        """The hidden fields of the form on a page."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.body.decode())
        return {name: html.unescape(value) for name, value in found}

    def __str__(self):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", self.body.decode(errors="replace")))
        return f"{self.status} {self.location} {text[:400]}"


class Browser:
    """One connection with its cookies, like a browser without scripts. Not for two threads at once."""

    def __init__(self, server, cookies=None):
        self.server = server
        self.cookies = dict(cookies or {})
        self.connection = None

    def get(self, path, query=None, **headers):
        return self._send("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""), None, headers)

    def post(self, path, form, **headers):
        headers["content-type"] = "application/x-www-form-urlencoded"
        return self._send("POST", path, urllib.parse.urlencode(form), headers)

    def _send(self, method, path, body, headers):
        if path.startswith(self.server.base):
            path = path[len(self.server.base) :]
        if self.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            answer = Answer(response, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            raise Lost(str(error)) from error
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            if value and "max-age=0" not in cookie.lower():
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        if answer.status >= 500 and not self.server.is_down:
            self.server.report.server_error(f"{method} {path.split('?')[0]}", answer)
        return answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
