"""Acts on many registrations: preview in numbers, reason, all that the list shows, by the worker, undo, races."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from eventapp.audit.models import AuditEntry
from eventapp.core import jobs
from eventapp.core.db import db, transaction
from eventapp.events.admission.service import KindDetails, add_kind
from eventapp.events.models import Admission, Event, EventFormat, EventStatus, Mode, OfferedTo
from eventapp.places.models import Booking
from eventapp.places.queries import miscounts, positions
from eventapp.registrations import queries, service
from eventapp.registrations.desk import bulk
from eventapp.registrations.desk import service as desk
from eventapp.registrations.desk.acts import Order
from eventapp.registrations.desk.models import ActState, BulkAct, RegistrationTag, TagColour
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.plus_ones.service import bring
from eventapp.registrations.tallies import miscounted
from eventapp.registrations.terms import Terms
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails
from tests.support.pages import PageClient, hidden

LIST = "/admin/events/summit/registrations/"
BULK = "/admin/events/summit/registrations/bulk"


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(
        slug="summit", title="Summit", format=EventFormat.HYBRID, join_url="https://meet.example/x", capacity_in_person=2
    )


def people(event: Event, firm: Firm, number: int, **values: Any) -> list[Registration]:
    return [
        factories.registration(event, firm.company, f"P{n}", "Person", email=f"p{n}@donau.example", **values)
        for n in range(number)
    ]


def applications(event: Event, firm: Firm, number: int) -> list[Registration]:
    db.session.execute(update(Event).where(Event.id == event.id).values(admission=Admission.APPROVAL, restricted=True))
    factories.commit()
    db.session.refresh(event)
    made = people(event, firm, number, source="company")
    assert {one.status for one in made} == {RegistrationStatus.PENDING}
    return made


def preview(client: PageClient, act: str, chosen: list[Registration], query: str = "", **values: Any) -> Any:
    token = hidden(client.get(LIST).text)
    return client.post(BULK + query, data={**token, "act": act, "ids": [r.id for r in chosen], **values})


def carry_out(client: PageClient, act: str, chosen: list[Registration], query: str = "", **values: Any) -> Any:
    page = preview(client, act, chosen, query, **({"everything": "1"} if "everything" in values else {}))
    assert page.status_code == 200, page.location
    number = page.text.split('name="number" value="')[1].split('"')[0]
    data = {**hidden(page.text), "act": act, "ids": [r.id for r in chosen], "confirm": "1", "number": number, **values}
    return client.post(BULK + query, data=data)


def statuses(rows: list[Registration]) -> list[str]:
    db.session.rollback()
    found = dict(db.session.execute(select(Registration.id, Registration.status)).all())
    return [found[r.id].value for r in rows]


def undo(client: PageClient) -> Any:
    act = db.session.scalars(select(BulkAct).order_by(BulkAct.id.desc())).first()
    assert act is not None
    page = f"/admin/events/summit/registrations/acts/{act.id}"
    return client.post(f"{page}/undo", data=hidden(client.get(page).text))


@pytest.fixture(autouse=True)
def _counted(app: object) -> Any:
    yield
    db.session.rollback()
    assert (miscounts(), miscounted()) == ([], [])


def test_cancelling_says_before_what_happens_and_can_be_undone(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 4)
    assert statuses(rows) == ["confirmed", "confirmed", "waiting", "waiting"]
    page = preview(organizer, "cancel", rows[:1]).text
    assert "1 registration from 1 company." in page
    assert "1 become: Cancelled" in page
    assert "1 other moves up from the waiting list" in page
    assert statuses(rows)[0] == "confirmed", "only looked at"
    assert len(mails("registrations.cancelled")) == 0
    answer = carry_out(organizer, "cancel", rows[:1], reason="No visa")
    shown = organizer.get(answer.location).text
    assert "1 other moves up from the waiting list" in shown
    assert statuses(rows) == ["cancelled", "confirmed", "confirmed", "waiting"]
    assert undo(organizer).status_code == 302
    assert statuses(rows) == ["waiting", "confirmed", "confirmed", "waiting"], "the place has gone on"
    assert undo(organizer).status_code == 409


def test_approving_and_declining(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = applications(event, firm, 4)
    page = preview(organizer, "approve", rows[:3]).text
    assert "2 become: Confirmed" in page
    assert "1 become: Waiting" in page
    carry_out(organizer, "approve", rows[:3])
    assert statuses(rows) == ["confirmed", "confirmed", "waiting", "pending"]
    again = preview(organizer, "approve", rows[:3])
    assert again.status_code == 302, "nobody of them is an application any more"
    nameless = carry_out(organizer, "decline", rows, reason="")
    assert nameless.status_code == 422
    assert "Say why." in nameless.text
    carry_out(organizer, "decline", rows, reason="Full")
    assert statuses(rows) == ["confirmed", "confirmed", "waiting", "declined"]
    undo(organizer)
    assert statuses(rows)[3] == "pending"


def test_a_place_by_hand_is_a_visible_overbooking(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 3)
    carry_out(organizer, "confirm", rows[2:], reason="Speaker's guest")
    assert statuses(rows) == ["confirmed"] * 3
    pool = event.in_person_pool
    db.session.refresh(pool)
    assert (pool.capacity, pool.taken, pool.overbooked) == (2, 3, 1)
    undo(organizer)
    assert statuses(rows) == ["confirmed", "confirmed", "waiting"]
    db.session.refresh(pool)
    assert (pool.taken, pool.overbooked) == (2, 0)


def test_back_to_the_waiting_list_lets_the_next_move_up(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 3)
    carry_out(organizer, "wait", rows[:2], reason="Gives way")
    assert statuses(rows) == ["confirmed", "waiting", "confirmed"], "who finds a place free keeps it"
    act = db.session.scalars(select(BulkAct)).one()
    assert (sum(act.refused.values()), act.moved_up) == (1, 1)


def test_the_mode_changes_for_those_who_find_a_place(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 3, mode=Mode.VIRTUAL)
    carry_out(organizer, "mode", rows, choice="in_person")
    db.session.expire_all()
    assert sorted(r.mode.value for r in db.session.scalars(select(Registration))) == ["in_person", "in_person", "virtual"]
    act = db.session.scalars(select(BulkAct)).one()
    assert act.refused == {"There is no place left there.": 1}
    undo(organizer)
    db.session.expire_all()
    assert {r.mode for r in db.session.scalars(select(Registration))} == {Mode.VIRTUAL}


def test_tags_on_all_that_the_filter_shows(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 4)
    tag = desk.make_tag(event, "VIP", TagColour.RED, by=factories.TESTS, at=NOW)
    desk.put_on([rows[0].id], [tag.id])
    factories.commit()
    answer = carry_out(organizer, "tag", [], "?status=confirmed", everything="1", choice=str(tag.id))
    assert answer.status_code == 302
    carried = set(db.session.scalars(select(RegistrationTag.registration_id)))
    assert carried == {rows[0].id, rows[1].id}
    undo(organizer)
    assert set(db.session.scalars(select(RegistrationTag.registration_id))) == {rows[0].id}, "who had it before keeps it"
    carry_out(organizer, "untag", rows, choice=str(tag.id))
    assert db.session.scalars(select(RegistrationTag)).all() == []


def test_a_list_that_changed_meanwhile_is_shown_again(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 2)
    page = preview(organizer, "cancel", [], everything="1")
    data = {**hidden(page.text), "act": "cancel", "everything": "1", "confirm": "1", "number": "2"}
    factories.registration(event, firm.company, "Late", "Comer", email="late@donau.example")
    answer = organizer.post(BULK, data=data)
    assert answer.status_code == 409
    assert "The list has changed meanwhile." in answer.text
    assert 'name="number" value="3"' in answer.text
    assert statuses(rows) == ["confirmed", "confirmed"]


@pytest.mark.parametrize("ids", [[], ["x"], ["²"], [str(2**31)], ["9" * 40], ["-1"], ["999999"]])
def test_nothing_ticked_and_nonsense(organizer: PageClient, event: Event, ids: list[str]) -> None:
    token = hidden(organizer.get("/account/password").text)
    assert organizer.post(BULK, data={**token, "act": "cancel", "ids": ids}).status_code == 302
    assert organizer.post(BULK, data={**token, "act": "explode", "ids": ids}).status_code == 302
    assert db.session.scalars(select(BulkAct)).all() == []


def test_hostile_choices_are_refused(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 1)
    for act in ("mode", "kind", "tag", "untag"):
        for value in ("", "x", "²", "99999999999999", "-1"):
            assert carry_out(organizer, act, rows, choice=value).status_code in (409, 422)
    assert db.session.scalars(select(BulkAct)).all() == []


def test_another_event_s_rows_and_acts_are_not_there(organizer: PageClient, event: Event, firm: Firm) -> None:
    other = factories.event(slug="other")
    rows = [factories.registration(other, firm.company)]
    assert preview(organizer, "cancel", rows).status_code == 302
    mine = people(event, firm, 1)
    carry_out(organizer, "cancel", mine)
    act = db.session.scalars(select(BulkAct)).one()
    assert organizer.get(f"/admin/events/other/registrations/acts/{act.id}").status_code == 404


def test_a_cancelled_event_takes_no_acts(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 1)
    event.status = EventStatus.CANCELLED
    factories.commit()
    assert carry_out(organizer, "cancel", rows).status_code == 409


def test_clicked_twice_is_once(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 1)
    page = preview(organizer, "cancel", rows)
    data = {**hidden(page.text), "act": "cancel", "ids": [rows[0].id], "confirm": "1", "number": "1"}
    first, second = organizer.post(BULK, data=data), organizer.post(BULK, data=data)
    assert first.location == second.location
    assert len(db.session.scalars(select(BulkAct)).all()) == 1


def test_many_are_left_to_the_worker(
    organizer: PageClient, event: Event, firm: Firm, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "PORTION", 2)
    rows = people(event, firm, 5)
    answer = carry_out(organizer, "cancel", [], everything="1", reason="Storm")
    act = db.session.scalars(select(BulkAct)).one()
    assert act.state is ActState.QUEUED
    assert "Under way" in organizer.get(answer.location).text
    told = organizer.get(f"{answer.location}/progress").json
    assert (told["done"], told["total"], told["finished"]) == (0, 5, False)
    act_id = act.id
    db.session.rollback()
    jobs.run_job(app, "registrations.bulk", act_id)
    assert statuses(rows) == ["cancelled"] * 5
    db.session.refresh(act)
    assert (act.state, len(act.done), act.reached) == (ActState.DONE, 5, 5)
    db.session.rollback()
    jobs.run_job(app, "registrations.bulk", act_id)
    assert len(db.session.get_one(BulkAct, act_id).done) == 5, "a second worker finds it done"
    assert undo(organizer).status_code == 302
    assert "Being undone" in organizer.get(answer.location).text
    assert undo(organizer).status_code == 409, "another one"
    assert organizer.get(f"{answer.location}/progress").json == {
        "done": 0, "total": 5, "text": "0 of 5", "finished": False, "location": answer.location,
    }  # fmt: skip
    db.session.rollback()
    jobs.run_job(app, "registrations.bulk", act_id)
    assert statuses(rows) == ["confirmed", "confirmed", "waiting", "waiting", "waiting"]
    act = db.session.get_one(BulkAct, act_id)
    assert (act.state, act.looked_back, act.taken_back, act.kept) == (ActState.UNDONE, 5, 5, {})
    shown = organizer.get(answer.location).text
    assert all(words in shown for words in ("Taken back", "orga@karmin.example"))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.undo_bulk")).one()
    assert (entry.actor, entry.changes["people"]) == ("orga@karmin.example", 5)


def test_a_yes_to_many_is_taken_back(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = applications(event, firm, 4)
    answer = carry_out(organizer, "approve", rows)
    assert statuses(rows) == ["confirmed", "confirmed", "waiting", "waiting"]
    come = db.session.get_one(Registration, rows[0].id)
    come.checked_in_at = NOW
    factories.commit()
    assert undo(organizer).status_code == 302
    assert statuses(rows) == ["confirmed", "pending", "pending", "pending"], "who has come stays"
    assert "Have come, bring somebody along, or are in another state by now: 1" in organizer.get(answer.location).text
    last = mails("registrations.pending", to="p1@donau.example")[-1]
    assert "METHOD:CANCEL" in (last.calendar or "")
    carry_out(organizer, "approve", rows[1:])
    assert statuses(rows) == ["confirmed", "confirmed", "waiting", "waiting"], "at the turn of the application"


def test_a_place_by_hand_for_an_application_is_undone_to_an_application(organizer: PageClient, event: Event, firm: Firm) -> None:
    waits = people(event, firm, 4)[2:]
    applied = applications_too(event, firm)
    carry_out(organizer, "confirm", [waits[1], applied], reason="Speakers")
    assert statuses([*waits, applied]) == ["waiting", "confirmed", "confirmed"]
    assert [m.kind for m in mails(to="late@donau.example")] == ["registrations.pending", "registrations.approved"]
    assert mails("registrations.promoted", to="p3@donau.example")
    undo(organizer)
    assert statuses([*waits, applied]) == ["waiting", "waiting", "pending"]
    turns = positions([db.session.get_one(Registration, one.id).booking_id for one in waits])
    assert [turns[db.session.get_one(Registration, one.id).booking_id] for one in waits] == [1, 2], "where they stood"


def applications_too(event: Event, firm: Firm) -> Registration:
    db.session.execute(update(Event).where(Event.id == event.id).values(admission=Admission.APPROVAL, restricted=True))
    factories.commit()
    db.session.refresh(event)
    return factories.registration(event, firm.company, "Late", "Person", email="late@donau.example", source="company")


def test_a_group_that_waits_is_confirmed_whole(organizer: PageClient, event: Event, firm: Firm) -> None:
    people(event, firm, 2)
    group = factories.register(
        event, firm.company, *(factories.attendee(email=f"g{n}@donau.example") for n in range(2)), terms=Terms(together=True)
    )
    assert statuses(group) == ["waiting"] * 2
    page = preview(organizer, "confirm", group[:1]).text
    assert "2 become: Confirmed" in page
    carry_out(organizer, "confirm", group[:1], reason="Board")
    assert statuses(group) == ["confirmed"] * 2
    undo(organizer)
    assert statuses(group) == ["waiting"] * 2
    units = set(db.session.scalars(select(Booking.group_id).where(Booking.waiting_for_id.is_not(None))))
    assert len(units) == 1, "still together"
    assert None not in units


def test_undoing_a_move_to_the_waiting_list_overbooks_nothing(organizer: PageClient, event: Event, firm: Firm) -> None:
    rows = people(event, firm, 3)
    answer = carry_out(organizer, "wait", rows[:1], reason="Gives way")
    assert statuses(rows) == ["waiting", "confirmed", "confirmed"]
    undo(organizer)
    assert statuses(rows) == ["waiting", "confirmed", "confirmed"], "the place is another's"
    assert "There is no place left there.: 1" in organizer.get(answer.location).text


@pytest.mark.parametrize("portion", [1, 100])
def test_who_had_a_place_has_it_again_after_undoing(
    organizer: PageClient, event: Event, firm: Firm, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(bulk, "PORTION", portion)
    rows = people(event, firm, 4)
    carry_out(organizer, "cancel", rows[:1])
    with transaction():
        service.undo_cancel(queries.by_token(rows[0].token), by=factories.TESTS, at=NOW)
    assert statuses(rows) == ["waiting", "confirmed", "confirmed", "waiting"], "the first one waits, at the oldest turn"
    carry_out(organizer, "cancel", rows)
    undo(organizer)
    assert statuses(rows) == ["waiting", "confirmed", "confirmed", "waiting"]


def test_kinds_are_changed_back(organizer: PageClient, event: Event, firm: Firm) -> None:
    press, staff, full = (
        add_kind(
            event, KindDetails(name, "", capacity, None, None, False, False, OfferedTo.EVERYBODY), by=factories.TESTS, now=NOW
        ).id
        for name, capacity in (("Press", 5), ("Staff", 5), ("Full", 1))
    )
    factories.commit()
    rows = [
        factories.register(event, firm.company, factories.attendee(email=f"p{n}@donau.example", kind_id=kind))[0]
        for n, kind in enumerate((press, staff))
    ]
    carry_out(organizer, "kind", rows, choice=str(full))
    assert [db.session.get_one(Registration, one.id).kind_id for one in rows] == [full, staff], "one place"
    undo(organizer)
    db.session.expire_all()
    assert [db.session.get_one(Registration, one.id).kind_id for one in rows] == [press, staff]
    carry_out(organizer, "kind", rows, choice=str(staff))
    service.change_kind(queries.by_token(rows[0].token), full, by=factories.TESTS, at=NOW)
    factories.commit()
    undo(organizer)
    assert db.session.scalars(select(BulkAct).order_by(BulkAct.id.desc())).first().kept == {"Of another kind by now": 1}


class TestWhoComesAlong:
    @pytest.fixture
    def host(self, event: Event, firm: Firm) -> Registration:
        event.plus_ones = 2
        event.in_person_pool.capacity = 3
        factories.commit()
        host = factories.registration(event, firm.company, "Ada", "Host", email="ada@donau.example")
        for name in ("One", "Two"):
            bring(queries.by_token(host.token), name, "Guest", by=factories.TESTS, at=NOW)
            factories.commit()
        return host

    def all_statuses(self) -> list[str]:
        db.session.rollback()
        db.session.expire_all()
        return [r.status.value for r in db.session.scalars(select(Registration).order_by(Registration.id))]

    @pytest.mark.parametrize("portion", [1, 100])
    def test_is_counted_cancelled_and_back(
        self, organizer: PageClient, host: Registration, portion: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk, "PORTION", portion)
        page = preview(organizer, "cancel", [host]).text
        assert "2 more come along with them, and go with them." in page
        assert "3 become: Cancelled" in page
        answer = carry_out(organizer, "cancel", [], everything="1")
        assert "3 become: Cancelled" in organizer.get(answer.location).text
        assert self.all_statuses() == ["cancelled"] * 3
        undo(organizer)
        assert self.all_statuses() == ["confirmed"] * 3
        act = db.session.scalars(select(BulkAct)).one()
        assert (act.taken_back, act.kept, act.refused) == (3, {}, {})

    def test_waits_and_is_back(self, organizer: PageClient, host: Registration, event: Event, firm: Firm) -> None:
        factories.registration(event, firm.company, "Next", "Person", email="next@donau.example")
        assert self.all_statuses() == ["confirmed", "confirmed", "confirmed", "waiting"]
        assert "2 more come along" in preview(organizer, "wait", [host]).text
        carry_out(organizer, "wait", [host], reason="Later")
        assert sorted(self.all_statuses()) == ["confirmed", "confirmed", "confirmed", "waiting"]
        assert db.session.scalars(select(Registration.status).order_by(Registration.id.desc())).first() == "confirmed"

    def test_keeps_a_yes_from_being_taken_back(self, organizer: PageClient, event: Event, firm: Firm) -> None:
        event.plus_ones = 1
        (row,) = applications(event, firm, 1)
        carry_out(organizer, "approve", [row])
        bring(queries.by_token(row.token), "One", "Guest", by=factories.TESTS, at=NOW)
        factories.commit()
        undo(organizer)
        assert self.all_statuses() == ["confirmed", "confirmed"]


def test_approving_against_cancelling(app: Flask, event: Event, firm: Firm) -> None:
    """Two organizers at once: each application is decided once, and the counts are right."""
    rows = [r.id for r in applications(event, firm, 6)]
    event_id = event.id
    db.session.remove()
    start = threading.Barrier(2)

    def act(name: str) -> None:
        with app.app_context():
            start.wait()
            with transaction():
                here = db.session.get_one(Event, event_id)
                bulk.begin(here, name, rows, Order(here, "", "x", factories.TESTS, NOW))

    threads = [threading.Thread(target=act, args=(name,)) for name in ("approve", "cancel")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = db.session.scalars(select(Registration.status)).all()
    assert set(found) == {RegistrationStatus.CANCELLED}, "cancelling also fits what was approved first"
