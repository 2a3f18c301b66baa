"""After a restart: does everything that was acknowledged still hold?"""

import random
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

from journal import DEAD, LIVE, UNKNOWN
from steps import Steps, CALLBACK

# A code lives for 60 seconds; one that is older tells nothing.
CODE_S = 50


def everything(server, journal, report, is_last):
    """Looks at all that the last round touched and at some of what is older; in the end at all."""
    model = journal.model
    is_due = lambda thing: is_last or thing.round >= model.round or random.random() < 0.05
    registered(server, model, report)
    people = [(name, p) for name, p in model.people.items()]
    with ThreadPoolExecutor(4) as pool:
        # `list` shows what failed in a thread.
        list(pool.map(lambda item: of_person(server, journal, report, *item, is_due), people))
    client_secrets(server, journal, report, is_due)
    steps = Steps(server, journal, report)
    for text, round in list(model.jtis.items()):
        # It lives for 290 seconds; afterwards it is refused for another reason.
        if is_last or round == model.round:
            report.check(steps.show_assertion(text).status == 401, "an assertion counts once", text)


def registered(server, model, report):
    """People and clients that a command has acknowledged are there; half of one never is."""
    users = {u["username"]: u for u in server.command("user", "list")["users"]}
    for name, person in model.people.items():
        found = users.get(name)
        report.check(found and found["email"] == f"{name}@example.org" and found["email_verified"], "a person stays", name)
        if found and person.is_disabled is not None:
            report.check(found["disabled"] == person.is_disabled, "a disabled account stays so", name)
        elif found:
            person.is_disabled = found["disabled"]
    for name, password in model.maybe_people:
        if name in users and name not in model.people:
            # Without an answer, yet written: then it must be whole. It is not used further.
            whole = users[name]["email"] == f"{name}@example.org"
            steps = Steps(server, Unwritten(), report, name)
            whole = whole and steps.try_password(password)
            report.check(whole, "a person is written whole or not at all", name)
    model.maybe_people.clear()
    clients = {c["client_id"]: c for c in server.command("client", "list")["clients"]}
    for id, client in model.clients.items():
        found = clients.get(id)
        right = found and found["redirect_uris"] == [CALLBACK] and len(found["secrets"]) == (1 if client.secrets else 0)
        report.check(right, "a client stays", f"{id}: {found}")
    for id, method in model.maybe_clients:
        if id in clients:
            report.check(len(clients[id]["secrets"]) == (method != "none"), "a client is written whole or not at all", id)
    model.maybe_clients.clear()


def of_person(server, journal, report, name, person, is_due):
    """The sessions, consents and grants of one person."""
    model = journal.model
    steps = Steps(server, journal, report, name)
    if is_due(person):
        fits = [p for p in person.passwords if steps.try_password(p)]
        if person.is_disabled:
            report.check(not fits, "a disabled account cannot sign in", name)
        elif report.check(len(fits) == 1, "the password stays", name):
            if len(person.passwords) > 1:
                journal.acknowledged("password_found", person=name, password=fits[0])
    live = None
    for session in [s for s in model.sessions.values() if s.person == name and is_due(s)]:
        if is_signed_in(server, journal, report, session):
            live = session
    for session in [s for s in model.sessions.values() if s.person == name and s.state == LIVE]:
        live = live or session
    if live:
        steps = Steps(server, journal, report, name, live)
        for (who, client), scopes in list(model.consents.items()):
            if who == name:
                answer, _ = steps.authorize(client, scopes, prompt="none")
                report.check("code" in answer.query(), "consent stays", f"{name} at {client} for {scopes}: {answer}")
    for grant in [g for g in model.codes.values() if g.person == name and is_due(g)]:
        of_grant(steps, report, grant)


def is_signed_in(server, journal, report, session):
    """Whether the cookies of a session still stand for the person."""
    steps = Steps(server, journal, report, session.person, session)
    answer, _ = steps.authorize("trusted", [], prompt="none")
    query = answer.query()
    found = LIVE if "code" in query else DEAD if query.get("error") == "login_required" else str(answer)
    expected = [LIVE, DEAD] if session.state == UNKNOWN else [session.state]
    report.check(found in expected, f"a session that was acknowledged {' or '.join(expected)} is so", f"{session.id}: {found}")
    if session.state == UNKNOWN and found in expected:
        journal.acknowledged("session_found", session=session.id, state=found)
    return found == LIVE


def of_grant(steps, report, grant):
    """Codes redeem once, live grants go on, dead ones stay dead."""
    state = grant.state
    if grant.refresh is None:
        if grant.successes == 0 and time.monotonic() - grant.at < CODE_S:
            of_code(steps, report, grant, state)
        return
    if state == DEAD:
        report.check(steps.userinfo(grant).status == 401, "the access token of a dead grant is refused", grant.code)
    won = [a for a in steps.refresh(grant, random.choice([1, 1, 2])) if a.status == 200]
    if state == LIVE:
        if report.check(won, "the last acknowledged refresh token works", f"{grant.code}, generation {len(grant.tokens)}"):
            report.check(steps.userinfo(grant).status == 200, "the access token of a live grant works", grant.code)
    elif state == DEAD:
        report.check(not won, "a dead grant stays dead", grant.code)
    if random.random() < 0.3:
        # Presented again it ends everything it gave; an acknowledged code never gives anything a second time.
        answers = steps.redeem(grant)
        report.check(answers[0].status == 400, "a redeemed code is refused", str(answers[0]))
        answer = steps.refresh(grant)[0]
        report.check(answer.status == 400, "a replayed code ends the grant", str(answer))


def of_code(steps, report, grant, state):
    """A code without an acknowledged answer: three at once, of whom one may succeed, or none where somebody may have before."""
    is_tried = grant.is_tried
    won = sum(a.status == 200 for a in steps.redeem(grant, 3))
    if state == DEAD:
        report.check(won == 0, "the code of a dead grant is refused", grant.code)
    elif state == LIVE and not is_tried:
        report.check(won == 1, "an acknowledged code can be redeemed", f"{won}: {grant.code}")
    else:
        report.check(won <= 1, "a code redeems at most once", grant.code)


def client_secrets(server, journal, report, is_due):
    model = journal.model
    steps = Steps(server, journal, report)
    for id, client in list(model.clients.items()):
        if client.method == "client_secret_basic" and is_due(client):
            fits = []
            for secret in client.secrets:
                if steps.app("/revoke", id, {"token": "none"}, secret=secret).status == 200:
                    fits.append(secret)
            if report.check(len(fits) == 1, "the secret of a client stays", id) and len(client.secrets) > 1:
                journal.acknowledged("secret", client=id, secret=fits[0])


def mails(server, model, report, mailbox):
    """Every mail that was promised arrives, once, or again with the same Message-ID where its sender was killed while it was sent."""
    # Whoever was killed in the middle holds a mail until its lease is over: a minute and the time of an attempt.
    deadline = time.monotonic() + 90
    found = lambda name: mailbox.sent_to(f"{name}@example.org", "/recover/reset?")
    is_there = lambda name, asked: len(found(name)) >= asked.acknowledged
    while not all(is_there(*item) for item in model.mails.items()) and time.monotonic() < deadline:
        time.sleep(0.2)
    again = 0
    for name, asked in model.mails.items():
        sent = found(name)
        count = f"{name}: {asked.acknowledged} promised, {asked.tried} tried, {len(sent)} arrived"
        report.check(len(sent) >= asked.acknowledged, "a mail that was promised arrives", count)
        report.check(len(sent) <= asked.tried, "no mail is written twice", count)
        report.check(all(len(set(copies)) == 1 for copies in sent.values()), "what is sent twice is the same mail", name)
        again += sum(len(copies) - 1 for copies in sent.values())
    report.check(any(a.acknowledged for a in model.mails.values()), "mails were asked for")
    print(f"{sum(a.acknowledged for a in model.mails.values())} mails promised, {again} sent a second time", flush=True)


def sqlite(path, report):
    """The file itself, while the server runs."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    found = connection.execute("PRAGMA integrity_check").fetchall()
    report.check(found == [("ok",)], "PRAGMA integrity_check", str(found[:5]))
    found = connection.execute("PRAGMA foreign_key_check").fetchall()
    report.check(found == [], "PRAGMA foreign_key_check", str(found[:5]))
    connection.close()


class Unwritten:
    """A journal for what is only looked at."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} would have to be written down")
