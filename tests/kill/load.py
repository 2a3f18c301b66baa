"""The load between two kills: people who sign in, consent, refresh, revoke and sign out, and an operator."""

import itertools
import random

from journal import LIVE
from server import Lost
from steps import SCOPES, Steps

NAMES = itertools.count()


def some_scopes():
    return set(random.sample(SCOPES, random.randint(0, 3)))


def person(server, journal, report, name, stop):
    """One person and the apps they use, until the server is gone."""
    model = journal.model
    sessions = [s for s in model.sessions.values() if s.person == name and s.state == LIVE]
    steps = Steps(server, journal, report, name, sessions[-1] if sessions else None)
    try:
        while not stop.is_set():
            one_step(steps, model)
    except Lost:
        pass


def one_step(steps, model):
    usable = [id for id, c in model.clients.items() if c.method != "client_secret_jwt" and not c.is_spare and c.round < model.round]
    grants = [g for g in model.codes.values() if g.person == steps.person and g.state == LIVE and g.refresh]
    choice = random.random() if steps.session and grants else 0.0
    if choice < 0.30:
        grant = steps.new_code(random.choice(usable), some_scopes(), model.people[steps.person].passwords[0])
        if grant and random.random() < 0.85:
            count = random.choice([1, 1, 1, 1, 2, 3])
            answers = steps.redeem(grant, count)
            won = sum(a.status == 200 for a in answers)
            steps.report.check(won == 1 or len(answers) < count, "one of those who redeem at once succeeds", str(won))
    elif choice < 0.78:
        grant = random.choice(grants[-6:])
        for answer in steps.refresh(grant, random.choice([1, 1, 1, 1, 1, 2, 3])):
            steps.report.check(answer.status == 200, "a live grant can be refreshed", str(answer))
    elif choice < 0.84:
        steps.revoke(random.choice(grants))
    elif choice < 0.88:
        grant = random.choice(grants)
        if len(grant.tokens) >= 3:
            steps.replay(grant)
    elif choice < 0.93:
        answer = steps.userinfo(random.choice(grants))
        steps.report.check(answer.status == 200, "a live access token opens userinfo", str(answer))
    elif choice < 0.97:
        steps.assertion("signs")
    else:
        steps.sign_out()


def correspondent(server, journal, report, names, stop):
    """Somebody who asks for mails."""
    try:
        while not stop.wait(0.02):
            Steps(server, journal, report, random.choice(names)).ask_reset()
    except Lost:
        pass


def operator(server, journal, report, stop):
    """Adds people and apps by command, changes them, and ends accounts that have sessions and grants."""
    steps = Steps(server, journal, report)
    model = journal.model
    try:
        while not stop.is_set():
            choice = random.random()
            own = [n for n, p in model.people.items() if n.startswith("x") and p.is_disabled is False]
            secrets = [id for id, c in model.clients.items() if c.method == "client_secret_basic" and c.is_spare]
            if choice < 0.4 or not own:
                name = f"x{model.round}-{next(NAMES)}"
                steps.add_user(name)
            elif choice < 0.65:
                method = random.choice(["none", "client_secret_basic"])
                steps.add_client(f"c{model.round}-{next(NAMES)}", method, is_spare=random.random() < 0.5)
            elif choice < 0.75 and secrets:
                steps.rotate_secret(random.choice(secrets))
            else:
                name = random.choice(own)
                visitor = Steps(server, journal, report, name)
                grant = visitor.new_code("public", some_scopes(), model.people[name].passwords[0])
                if grant:
                    visitor.redeem(grant)
                random.choice([steps.disable, steps.set_password, lambda _: None])(name)
            if random.random() < 0.05:
                server.command("keys", "rotate")
    except Lost:
        pass
