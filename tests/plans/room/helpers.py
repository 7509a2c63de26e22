"""What tests of the room share."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.plans.models import MemberFunction, Side, Workshop
from eventapp.plans.workshop import queries as planned
from tests.support import factories
from tests.support.pages import PageClient, token_of
from tests.support.plans import Made


def room(made: Made) -> str:
    """The address of the room."""
    return f"{made.path}workshop/room"


def workshop(made: Made) -> Workshop:
    """The workshop as it is in the database."""
    db.session.expire_all()
    return planned.workshop(made.plan)


def signed_in(app: Flask, user: Any) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


def client_of(app: Flask, made: Made, side: Side, function: MemberFunction = MemberFunction.OWNER) -> PageClient:
    return signed_in(app, made.logins[side, function])


def post(client: PageClient, made: Made, path: str, **data: str) -> Any:
    """A POST to an address of the room as somebody who has the list of their plans open."""
    token = token_of(client.get("/plans/").text)
    return client.post(f"{room(made)}/{path}", data={"csrf_token": token, **data})


def at_once(app: Flask, made: Made, *acts: Callable[[Any], Any]) -> list[str]:
    """What becomes of acts that are done at the same moment, each in a transaction of its own."""
    plan_id, model = made.plan.id, type(made.plan)
    factories.commit()
    barrier, results = threading.Barrier(len(acts)), list[str]()

    def one(act: Callable[[Any], Any]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                act(db.session.get_one(model, plan_id))
                db.session.commit()
                results.append("done")
            except RuleError as error:
                db.session.rollback()
                results.append(error.message)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    return sorted(results)
