"""What people, apps and operators do, each step with its lines in the journal."""

import base64
import hashlib
import hmac
import json
import os
import random
import threading
import time
import uuid

from server import Browser

CALLBACK = "https://app.example/callback"
GOODBYE = "https://app.example/bye"
SCOPES = ["email", "profile", "phone", "address", "groups", "offline_access"]


def token():
    return base64.urlsafe_b64encode(os.urandom(33)).decode()


class Steps:
    """A person at a browser, or an app; `model` says what is known, `report` takes what must not be."""

    def __init__(self, server, journal, report, person=None, session=None):
        self.server, self.journal, self.report = server, journal, report
        self.person, self.session = person, session
        self.browser = Browser(server, session.cookies if session else None)

    @property
    def model(self):
        return self.journal.model

    # The person at the browser.

    def authorize(self, client, scopes, **more):
        """Asks for a code; gives the answer and the verifier."""
        verifier = token()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "client_id": client, "response_type": "code", "redirect_uri": CALLBACK, "scope": " ".join(["openid", *sorted(scopes)]),
            "code_challenge": challenge, "code_challenge_method": "S256", "state": "s", **more,
        }
        return self.browser.get("/authorize", query), verifier

    def new_code(self, client, scopes, password=None):
        """The whole way to a code, with whatever must be shown before; none where it goes wrong."""
        answer, verifier = self.authorize(client, scopes)
        for _ in range(6):
            if answer.location.startswith(CALLBACK):
                break
            if "/login?" in answer.location:
                answer = self.sign_in(answer, password)
            elif "/consent?" in answer.location:
                answer = self.consent(answer, client, scopes)
            elif answer.status == 303:
                answer = self.browser.get(answer.location)
            else:
                break
        code = answer.query().get("code")
        if not self.report.check(code, "authorize leads to a code", f"{self.person} at {client}: {answer}"):
            return None
        offline = "offline_access" in scopes
        self.journal.acknowledged(
            "code", code=code, person=self.person, client=client, session=self.session.id, verifier=verifier, is_offline=offline,
            at=time.monotonic(),
        )
        return self.model.codes[code]

    def sign_in(self, answer, password):
        if self.session:
            self.report.fail("a signed-in browser is not asked again", f"{self.person}: {answer}")
        form = self.browser.get(answer.location).hidden()
        form |= {"username": self.person, "password": password}
        answer = self.browser.post("/login", form)
        if self.report.check(answer.status == 303, "the password is accepted", f"{self.person}: {answer}"):
            id = str(uuid.uuid4())
            self.journal.acknowledged("sign_in", session=id, person=self.person, cookies=self.browser.cookies)
            self.session = self.model.sessions[id]
        return answer

    def try_password(self, password):
        """Whether a password signs in, at a browser of its own; the session is not written down."""
        browser = Browser(self.server)
        answer = browser.get("/login")
        form = browser.get(answer.location).hidden()
        return browser.post("/login", form | {"username": self.person, "password": password}).status == 303

    def consent(self, answer, client, scopes):
        given = self.model.consents.get((self.person, client))
        if given is not None and given.issuperset(scopes):
            self.report.fail("consent once given is not asked again", f"{self.person} at {client} for {scopes}: {answer}")
        form = self.browser.get(answer.location).hidden()
        answer = self.browser.post("/consent", form | {"allow": "yes"})
        if self.report.check(answer.status == 303, "consent is taken", str(answer)):
            self.journal.acknowledged("consent", person=self.person, client=client, scopes=sorted(scopes))
        return answer

    def sign_out(self):
        hints = [g.id_token for g in self.model.codes.values() if g.session == self.session.id and g.id_token]
        self.journal.tried("sign_out", session=self.session.id)
        if hints and random.random() < 0.5:
            answer = self.browser.get("/logout", {"id_token_hint": random.choice(hints), "post_logout_redirect_uri": GOODBYE})
            is_done = answer.location.startswith(GOODBYE)
        else:
            form = self.browser.get("/logout").hidden()
            answer = self.browser.post("/logout", form | {"logout": "yes"})
            is_done = answer.status == 200
        if self.report.check(is_done, "sign-out is done", str(answer)):
            self.journal.acknowledged("sign_out", session=self.session.id)
        self.session = None

    # The app.

    def app(self, path, client, form, browser=None, secret=None):
        """A request of the app itself, which sends no cookies of the person."""
        secret = secret or next(iter(self.model.clients[client].secrets), None)
        headers = {}
        if secret:
            headers["authorization"] = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
        else:
            form = form | {"client_id": client}
        return (browser or self._own()).post(path, form, **headers)

    def _own(self):
        if not hasattr(self, "own"):
            self.own = Browser(self.server)
        return self.own

    def redeem(self, grant, at_once=1):
        """Redeems a code, or lets several do so at the same moment; gives the answers."""
        form = {"grant_type": "authorization_code", "code": grant.code, "redirect_uri": CALLBACK, "code_verifier": grant.verifier}
        self.journal.tried("redeem", code=grant.code)
        answers = self.at_once(at_once, lambda browser: self.app("/token", grant.client, form, browser))
        # The winner first: a loser's answer says that the grant has ended.
        for answer in sorted(answers, key=lambda a: a.status):
            self._keep("redeem", grant, answer)
        if len(answers) < at_once:
            self.journal.tried("redeem_unanswered", code=grant.code)
        grant = self.model.codes[grant.code]
        self.report.check(grant.successes <= 1, "a code redeems at most once", grant.code)
        return answers

    def refresh(self, grant, at_once=1):
        """Uses the last refresh token that was acknowledged; gives the answers."""
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh}
        self.journal.tried("refresh", code=grant.code)
        answers = self.at_once(at_once, lambda browser: self.app("/token", grant.client, form, browser))
        successors = {a.json()["refresh_token"] for a in answers if a.status == 200}
        self.report.check(len(successors) <= 1, "who refreshes at the same moment gets the same successor", str(successors))
        for answer in answers:
            self._keep("refresh", grant, answer)
        return answers

    def _keep(self, what, grant, answer):
        if answer.status == 200:
            body = answer.json()
            values = {"refresh": body.get("refresh_token"), "access": body["access_token"], "id_token": body.get("id_token")}
            self.journal.acknowledged(what, code=grant.code, status=200, **values)
        elif answer.status < 500:
            is_right = answer.json().get("error") == "invalid_grant"
            self.report.check(is_right, "a code or refresh token is refused with invalid_grant", str(answer))
            self.journal.acknowledged(what, code=grant.code, status=answer.status)

    def at_once(self, count, ask):
        """The same request from several connections at the same moment. Whatever is lost in one is lost for all."""
        if count == 1:
            return [ask(None)]
        browsers = [Browser(self.server) for _ in range(count)]
        gate, answers, errors = threading.Barrier(count), [], []

        def one(browser):
            gate.wait()
            try:
                answers.append(ask(browser))
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=one, args=(b,)) for b in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors and not answers:
            raise errors[0]
        return answers

    def revoke(self, grant):
        self.journal.tried("revoke", code=grant.code)
        which = random.choice([grant.refresh, grant.access])
        answer = self.app("/revoke", grant.client, {"token": which})
        if self.report.check(answer.status == 200, "revocation is done", str(answer)):
            self.journal.acknowledged("revoke", code=grant.code)

    def replay(self, grant):
        """An old refresh token ends the grant."""
        self.journal.tried("replay", code=grant.code)
        answer = self.app("/token", grant.client, {"grant_type": "refresh_token", "refresh_token": grant.tokens[-3]})
        if self.report.check(answer.status == 400, "an old refresh token is refused", str(answer)):
            self.journal.acknowledged("replay", code=grant.code)

    def userinfo(self, grant):
        return self._own().get("/userinfo", authorization=f"Bearer {grant.access}")

    def assertion(self, client):
        """Authenticates by a signed assertion (client_secret_jwt), which counts once."""
        now = int(time.time())
        claims = {"iss": client, "sub": client, "aud": self.server.base, "jti": token(), "iat": now, "exp": now + 290}
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
        head = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
        mac = hmac.new(self.model.clients[client].secrets[0].encode(), head, hashlib.sha256).digest()
        text = (head + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
        answer = self.show_assertion(text)
        if self.report.check(answer.status == 200, "an assertion is accepted", str(answer)):
            self.journal.acknowledged("assertion", assertion=text)

    def show_assertion(self, text):
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return self._own().post("/revoke", {"token": "none", "client_assertion": text, "client_assertion_type": kind})

    # The operator.

    def ask_reset(self):
        """Asks for a new password, at a browser of its own; the mail is all that comes of it."""
        browser = Browser(self.server)
        form = browser.get(browser.get("/recover").location).hidden()
        self.journal.tried("mail", person=self.person)
        answer = browser.post("/recover", form | {"username": self.person})
        if self.report.check(answer.status == 303 and "sent=yes" in answer.location, "a mail is promised", str(answer)):
            self.journal.acknowledged("mail", person=self.person)

    def add_user(self, name):
        password = token()
        self.journal.tried("user", person=name, password=password)
        words = ["--username", name, "--email", f"{name}@example.org", "--email-verified", "--name", name, "--password-stdin"]
        if self.server.command("user", "add", *words, given=password + "\n"):
            self.journal.acknowledged("user", person=name, password=password)

    def set_password(self, name):
        password = token()
        self.journal.tried("password", person=name, password=password)
        if self.server.command("user", "set-password", name, "--password-stdin", given=password + "\n"):
            self.journal.acknowledged("password", person=name, password=password)

    def disable(self, name):
        self.journal.tried("disable", person=name)
        if self.server.command("user", "disable", name):
            self.journal.acknowledged("disable", person=name)

    def add_client(self, id, method="none", trusted=False, is_spare=False):
        secret = token() if method != "none" else None
        metadata = {
            "client_id": id, "client_name": id, "redirect_uris": [CALLBACK], "post_logout_redirect_uris": [GOODBYE],
            "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": method, "trusted": trusted,
            "id_token_signed_response_alg": "ES256",
        }
        if secret:
            metadata["client_secret"] = secret
        if method == "client_secret_jwt":
            metadata["token_endpoint_auth_signing_alg"] = "HS256"
        path = f"{self.server.work}/{id}.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(metadata, file)
        self.journal.tried("client", client=id, method=method)
        if self.server.command("client", "add", "--from", path):
            self.journal.acknowledged("client", client=id, secret=secret, method=method, is_spare=is_spare)

    def rotate_secret(self, id):
        secret = token()
        self.journal.tried("secret", client=id, secret=secret)
        if self.server.command("client", "rotate-secret", id, "--secret-stdin", given=secret + "\n"):
            self.journal.acknowledged("secret", client=id, secret=secret)
