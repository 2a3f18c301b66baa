"""What the server has acknowledged: a file of JSON lines, synced to disk before anybody goes on, and the state that must follow
from it.

Each operation leaves two lines: `try` before the request and `ack` after its answer was read to the end. A `try` without `ack` (the
server was killed in between) may or may not have happened; what it touched is "unknown" until it is looked at again.

    grant   live ──try revoke────▶ unknown ──ack──▶ dead      named by its code; also by replay of the code or a refresh token
    session live ──try sign_out──▶ unknown ──ack──▶ dead      and with it the codes and grants that live no longer than it
"""

import json
import os
import threading

LIVE, DEAD, UNKNOWN = "live", "dead", "unknown"


class Thing(dict):
    """A record whose members are read as attributes."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


class Model:
    """What must be true, from the lines of the journal in their order."""

    def __init__(self):
        self.people = {}  # username → passwords (each may be the one), is_disabled: True, False or None for unknown
        self.clients = {}  # client_id → secrets (each may be the one), method, is_spare: no person uses it
        self.sessions = {}  # id → person, cookies, state
        self.consents = {}  # (person, client) → scopes
        self.codes = {}  # code → its grant: person, client, session, scopes, is_offline, verifier, state, redeemed, refresh …
        self.jtis = {}  # client assertion → the round in which it was accepted
        self.mails = {}  # username → how often a new password was asked for: tried, acknowledged
        self.maybe_people = set()  # `user add` without an answer
        self.maybe_clients = set()
        self.round = 0
        self.acknowledged = 0

    def apply(self, line):
        """One line of the journal."""
        line = Thing(line)
        if line.kind == "ack":
            self.acknowledged += 1
        handler = getattr(self, f"{line.kind}_{line.what}", None)
        if handler:
            handler(line)

    def ack_round(self, line):
        self.round = line.number

    # People and clients, by command.
    def try_user(self, line):
        self.maybe_people.add((line.person, line.password))

    def ack_user(self, line):
        self.maybe_people.discard((line.person, line.password))
        self.people[line.person] = Thing(passwords=[line.password], is_disabled=False, round=self.round)

    def try_password(self, line):
        person = self.people[line.person]
        person.passwords.append(line.password)
        self.end_everything_of(line.person, UNKNOWN)
        person.round = self.round

    def ack_password(self, line):
        self.people[line.person].passwords = [line.password]
        self.end_everything_of(line.person, DEAD)

    def ack_password_found(self, line):
        self.people[line.person].passwords = [line.password]

    def try_disable(self, line):
        self.people[line.person].is_disabled = None
        self.people[line.person].round = self.round
        self.end_everything_of(line.person, UNKNOWN)

    def ack_disable(self, line):
        self.people[line.person].is_disabled = True
        self.end_everything_of(line.person, DEAD)

    def try_client(self, line):
        self.maybe_clients.add((line.client, line.method))

    def ack_client(self, line):
        self.maybe_clients.discard((line.client, line.method))
        secrets = [line.secret] if line.secret else []
        self.clients[line.client] = Thing(secrets=secrets, method=line.method, is_spare=line.is_spare, round=self.round)

    def try_secret(self, line):
        self.clients[line.client].secrets.append(line.secret)
        self.clients[line.client].round = self.round

    def ack_secret(self, line):
        self.clients[line.client].secrets = [line.secret]

    # Sessions.
    def ack_sign_in(self, line):
        self.sessions[line.session] = Thing(id=line.session, person=line.person, cookies=line.cookies, state=LIVE, round=self.round)

    def try_sign_out(self, line):
        self.end_session(line.session, UNKNOWN)

    def ack_sign_out(self, line):
        self.end_session(line.session, DEAD)

    def ack_session_found(self, line):
        self.sessions[line.session].state = line.state

    def end_session(self, id, state):
        session = self.sessions[id]
        session.round = self.round
        worsen(session, state)
        for grant in self.codes.values():
            # A code that was not redeemed ends with its session, whatever it would have given.
            if grant.session == id and not (grant.is_offline and grant.successes):
                grant.round = self.round
                worsen(grant, state)

    def end_everything_of(self, person, state):
        for thing in [*self.sessions.values(), *self.codes.values()]:
            if thing.person == person:
                thing.round = self.round
                worsen(thing, state)

    # Consents.
    def ack_consent(self, line):
        self.consents.setdefault((line.person, line.client), set()).update(line.scopes)

    # Grants, named by their code.
    def ack_code(self, line):
        self.codes[line.code] = Thing(
            {k: line[k] for k in ("code", "person", "client", "session", "verifier", "is_offline", "at")},
            state=LIVE, is_tried=False, successes=0, tokens=[], refresh=None, access=None, id_token=None, round=self.round,
        )

    def try_redeem(self, line):
        self.codes[line.code].is_tried = True
        self.codes[line.code].round = self.round

    def ack_redeem(self, line):
        grant = self.codes[line.code]
        if line.status == 200:
            grant.successes += 1
            if grant.state == UNKNOWN:
                grant.state = LIVE
            self.take_tokens(grant, line)
        else:
            # Refused: unknown, over, or used before, which ended it.
            grant.state = DEAD

    def try_redeem_unanswered(self, line):
        # Of several at once one got its tokens, and another no answer: that one may have been the replay which ends the grant.
        worsen(self.codes[line.code], UNKNOWN)

    def try_refresh(self, line):
        self.codes[line.code].round = self.round

    def ack_refresh(self, line):
        grant = self.codes[line.code]
        if line.status == 200:
            if grant.state == UNKNOWN:
                grant.state = LIVE
            self.take_tokens(grant, line)
        else:
            grant.state = DEAD

    @staticmethod
    def take_tokens(grant, line):
        if line.refresh not in grant.tokens:
            grant.tokens.append(line.refresh)
        grant.refresh, grant.access = line.refresh, line.access
        grant.id_token = line.id_token or grant.id_token

    def try_revoke(self, line):
        grant = self.codes[line.code]
        grant.round = self.round
        worsen(grant, UNKNOWN)

    def ack_revoke(self, line):
        self.codes[line.code].state = DEAD

    try_replay = try_revoke
    ack_replay = ack_revoke

    # Mails.
    def try_mail(self, line):
        self.mails.setdefault(line.person, Thing(tried=0, acknowledged=0)).tried += 1

    def ack_mail(self, line):
        self.mails[line.person].acknowledged += 1

    # Client assertions.
    def ack_assertion(self, line):
        self.jtis[line.assertion] = self.round


def worsen(thing, state):
    """What is dead stays dead."""
    if thing.state != DEAD:
        thing.state = state


class Journal:
    """The file, and the model of what was written to it."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.model = Model()

    def tried(self, what, **values):
        self._write("try", what, values)

    def acknowledged(self, what, **values):
        self._write("ack", what, values)

    def _write(self, kind, what, values):
        line = {"kind": kind, "what": what, **values}
        text = json.dumps(line, separators=(",", ":"))
        with self.lock:
            self.file.write(text + "\n")
            self.file.flush()
            if kind == "ack":
                os.fsync(self.file.fileno())
            self.model.apply(line)

    def replay(self):
        """Forgets what is in memory: from here on only the file counts."""
        with self.lock:
            self.model = Model()
            with open(self.path, encoding="utf-8") as lines:
                for line in lines:
                    self.model.apply(json.loads(line))
            return self.model
