"""People register, cancel and change at the very moment at which the event moves on video."""

from collections.abc import Callable
from threading import Barrier, Thread

from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db, writing
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.lifecycle.converting import service as converting
from eventapp.lifecycle.converting.models import Conversion, ConversionKind
from eventapp.lifecycle.converting.rules import Plan
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Organisation
from eventapp.registrations import service
from eventapp.registrations.models import Registration, RegistrationStatus
from tests.attacks.conftest import Firm
from tests.attacks.test_races import loaded, meanwhile, sound
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import check, confirm, send_page, summary
from tests.support.pages import PageClient

PLAN = Plan(ConversionKind.VIRTUAL, join_url="https://meet.example/one", above_company=True)


def convert(event_id: int) -> None:
    converting.convert(db.session.get_one(Event, event_id), PLAN, by=factories.TESTS, at=NOW)


def test_who_cancels_at_that_moment_is_counted_and_told_right(app: Flask, firm: Firm) -> None:
    event = factories.event()
    event_id = event.id
    one = loaded(factories.registration(event, firm.company).id)
    assert one.mode is Mode.IN_PERSON
    with meanwhile(app, lambda: convert(event_id)):
        service.cancel([one], reason="", by=factories.TESTS, at=NOW)
        factories.commit()
    sound()
    kept = db.session.get_one(Registration, one.id)
    assert (kept.mode, kept.status, kept.sequence) == (Mode.VIRTUAL, RegistrationStatus.CANCELLED, 2)
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.calendar.is_not(None)).order_by(OutboxMail.id)).all()
    assert ["SEQUENCE:1\r\n" in (m.calendar or "") for m in mails[-2:]] == [True, False]
    assert "SEQUENCE:2\r\n" in (mails[-1].calendar or "")


def test_who_is_put_on_the_waiting_list_at_that_moment_is_counted_right(app: Flask, firm: Firm) -> None:
    event = factories.event(capacity=1)
    event_id = event.id
    first, _second = (factories.registration(event, firm.company) for _n in range(2))
    one = loaded(first.id)
    with meanwhile(app, lambda: convert(event_id)):
        service.to_waiting_list([one], reason="x", by=factories.TESTS, at=NOW)
        factories.commit()
    sound()


def test_a_form_that_was_opened_before_comes_back_with_what_was_typed(client: PageClient, firm: Firm) -> None:
    event = factories.event(slug="summit")
    client.sign_in(firm.admin)
    page = check(client, event, people=[("Ada", "Auer", "ada@donau.example")])
    convert(event.id)
    factories.commit()
    sent = confirm(client, event, page)
    assert sent.status_code == 422
    assert "This event takes place differently now: Virtual." in summary(sent)
    assert "ada@donau.example" in sent.text
    again = send_page(client, sent, f"/events/{event.slug}/register")
    assert confirm(client, event, again).status_code == 302
    db.session.expire_all()
    assert db.session.scalars(select(Registration)).one().mode is Mode.VIRTUAL


def test_everybody_at_once_and_nothing_is_lost(app: Flask, firm: Firm) -> None:
    event = factories.event(capacity=30)
    company_id, event_id = firm.company.id, event.id
    ids = [factories.registration(event, firm.company).id for _n in range(20)]
    db.session.remove()
    barrier, refused, errors = Barrier(9), list[str](), list[BaseException]()

    def run(act: Callable[[], None]) -> None:
        with app.app_context():
            try:
                barrier.wait(30)
                act()
                factories.commit()
            except RuleError as error:
                db.session.rollback()
                refused.append(error.message)
            except BaseException as error:
                db.session.rollback()
                errors.append(error)
            finally:
                db.session.remove()

    def cancel(number: int) -> Callable[[], None]:
        def act() -> None:
            one = loaded(ids[number])
            with writing():
                service.cancel([one], reason="", by=factories.TESTS, at=NOW)
                factories.commit()

        return act

    def come(number: int) -> Callable[[], None]:
        def act() -> None:
            there, company = db.session.get_one(Event, event_id), db.session.get_one(Organisation, company_id)
            person = factories.attendee(email=f"new{number}@donau.example", mode=there.modes[0])
            factories.register(there, company, person, at=NOW)

        return act

    acts = [lambda: convert(event_id), *(cancel(n) for n in range(4)), *(come(n) for n in range(4))]
    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
    sound()
    rows = db.session.scalars(select(Registration)).all()
    assert len([r for r in rows if r.id in ids]) == 20
    assert {r.mode for r in rows} == {Mode.VIRTUAL}
    assert len([r for r in rows if r.status is RegistrationStatus.CANCELLED]) == 4
    # Who came with a form from before was refused with a reason, all others are in.
    assert len(rows) == 24 - len(refused)
    assert all("way to take part" in text for text in refused)
    assert db.session.get_one(Event, event_id).format is EventFormat.VIRTUAL
    (made,) = db.session.scalars(select(Conversion)).all()
    assert made.counts["lost"] == 0
