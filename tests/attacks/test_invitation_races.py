"""Two acts on one invitation at the same moment: the second finds what the first has made of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db, reading
from eventapp.core.errors import RuleError
from eventapp.events.queries import event_by_id
from eventapp.partners.models import Organisation
from eventapp.places.queries import miscounts
from eventapp.registrations import service
from eventapp.registrations.invitations import answering, inviting, managing, queries
from eventapp.registrations.invitations.models import InvitationState
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.tallies import miscounted
from tests.attacks.conftest import Firm
from tests.attacks.test_races import meanwhile
from tests.conftest import NOW
from tests.guarantees.test_g05_once import click
from tests.guarantees.world import QuickClient
from tests.support import factories
from tests.support import inviting as made
from tests.support.pages import fields

TIMES = 20


def sound() -> None:
    db.session.rollback()
    assert miscounts() == []
    assert miscounted() == []


def at_once(app: Flask, acts: list[Callable[[], object]]) -> list[object]:
    """What became of each, all at the same moment: the exception's message, or none."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        with app.app_context():
            barrier.wait(30)
            try:
                act()
                factories.commit()
            except RuleError as error:
                db.session.rollback()
                return error.message
            finally:
                db.session.remove()
        return None

    db.session.rollback()
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_twenty_clicks_on_one_link_are_one_registration(app: Flask, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    link = made.link_to("ada@donau.example")
    client = QuickClient(app, app.response_class, use_cookies=True)
    started = click(app, client, f"{link}/register", fields(client.get(link).text, "/register"), TIMES)
    assert {status for status, _where in started} == {302}
    form = started[0][1]
    answers = click(app, client, form, fields(client.get(form).text), TIMES)
    assert {status for status, _where in answers} == {302}
    assert len({where for _status, where in answers}) == 1
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 1
    assert made.one(event).state is InvitationState.DONE
    sound()


def test_twenty_different_forms_of_one_link_are_one_registration(app: Flask, firm: Firm) -> None:
    event = factories.event()
    made.invite(event, "ada@donau.example")
    event_id, company_id = event.id, firm.company.id

    def register() -> None:
        company = db.session.get_one(Organisation, company_id)
        attendee = factories.attendee("Ada", "Lang", "ada@donau.example")
        service.register(event_by_id(event_id), company, [attendee], source=Source.PERSON, by=factories.TESTS, at=NOW)

    said = at_once(app, [register] * TIMES)
    assert said.count(None) == 1
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 1
    sound()


@pytest.mark.parametrize("round_", range(3))
def test_declining_delegating_withdrawing_and_registering_at_once(app: Flask, firm: Firm, round_: int) -> None:
    event = factories.event()
    (invitation,) = made.invite(event, "ada@donau.example")
    token, event_id, company_id, invitation_id = invitation.token, event.id, firm.company.id, invitation.id

    def register() -> None:
        company = db.session.get_one(Organisation, company_id)
        attendee = factories.attendee("Ada", "Lang", "ada@donau.example")
        service.register(event_by_id(event_id), company, [attendee], source=Source.PERSON, by=factories.TESTS, at=NOW)

    acts: list[Callable[[], object]] = [
        register,
        lambda: answering.decline(queries.by_token(token), "", by=factories.TESTS, at=NOW),
        lambda: answering.delegate(
            queries.by_token(token), "Ben", "Moser", "ben@donau.example", "Ill", by=factories.TESTS, at=NOW
        ),
        lambda: managing.withdraw(event_by_id(event_id), [invitation_id], "", by=factories.TESTS, at=NOW),
    ]
    said = at_once(app, acts[round_:] + acts[:round_])
    said = said[-round_:] + said[:-round_] if round_ else said
    found = made.of_event(event)
    state = found[0].state
    # The event is open to all, so registering always works; of the three others at most one does.
    assert said[0] is None
    assert sum(answer is None for answer in said[1:]) <= 1, said
    expected = {1: InvitationState.DECLINED, 2: InvitationState.DELEGATED, 3: InvitationState.WITHDRAWN}
    winner = next((n for n, answer in enumerate(said) if n and answer is None), 0)
    assert state is expected.get(winner, InvitationState.DONE)
    assert len(found) == (2 if winner == 2 else 1)
    sound()


def test_two_batches_with_the_same_people_invite_each_once(app: Flask, firm: Firm) -> None:
    event = factories.event()
    drafts = [made.draft(event, *(f"p{n}@donau.example" for n in range(10))).id for _n in range(4)]

    def send(batch_id: int) -> Callable[[], object]:
        return lambda: inviting.send(batch_id, by=factories.TESTS, at=NOW)

    at_once(app, [send(batch_id) for batch_id in drafts])
    found = made.of_event(event)
    assert sorted(i.address for i in found) == sorted(f"p{n}@donau.example" for n in range(10))


def test_a_withdrawal_that_came_first_is_seen_by_who_waited(app: Flask, firm: Firm) -> None:
    event = factories.event()
    (invitation,) = made.invite(event, "ada@donau.example")
    db.session.rollback()
    with reading():
        mine, event_id, ids = queries.by_token(invitation.token), event.id, [invitation.id]

    def withdraw() -> None:
        managing.withdraw(event_by_id(event_id), ids, "", by=factories.TESTS, at=NOW)

    with meanwhile(app, withdraw), pytest.raises(RuleError, match="taken back"):
        answering.decline(mine, "", by=factories.TESTS, at=NOW)
    db.session.rollback()
    assert made.one(event).state is InvitationState.WITHDRAWN
