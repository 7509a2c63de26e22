"""Planning a workshop: how, where, who; the session of an event; what the facilitator reads; the agenda."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.events.models import EventStatus
from eventapp.mail.models import OutboxMail
from eventapp.plans import steps
from eventapp.plans.models import (
    MemberFunction as F,
)
from eventapp.plans.models import (
    PlanKind,
    PlanStatus,
    PrepTask,
    SectionKind,
    Side,
    SlotState,
    Workshop,
    WorkshopFormat,
    WorkshopItem,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.agenda import service as agenda_service
from eventapp.plans.workshop.agenda.rules import timetable
from eventapp.plans.workshop.agenda.service import PartDetails
from eventapp.plans.workshop.agenda.standard import standard
from eventapp.plans.workshop.dates import service as dating
from eventapp.plans.workshop.pack import service as pack
from eventapp.plans.workshop.planning import service
from eventapp.plans.workshop.planning.service import WorkshopDetails
from tests.conftest import NOW
from tests.support import agenda, factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made
from tests.support.workshops import DAY_OF_WORKSHOP, planned, proposed, with_date


def signed_in(app: Flask, user: User) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return signed_in(app, made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan(factories.organisation("Donau GmbH", domain="donau.example"))


def details(workshop: Workshop, **values: Any) -> WorkshopDetails:
    names = WorkshopDetails.__dataclass_fields__
    return WorkshopDetails(**{**{name: getattr(workshop, name) for name in names}, **values})


class TestPlanning:
    """By an owner of either side; others read it."""

    def test_by_the_partners_owner(self, app: Flask, made: Made, clock: Any) -> None:
        leads = factories.user(None, Role.TRAINER, name="Nina Neutral")
        client = client_of(app, made, Side.B)
        path = f"{made.path}workshop/new"
        page = client.get(path).text
        assert "Nina Neutral" not in page, "who works for the vendor is not told"
        assert client.post(path, data=fields(page) | {"facilitator_id": str(leads.id)}).status_code == 422
        assert made.logins[Side.A, F.SALES].name in page, "as scribe"
        scribe = made.team[Side.A, F.SALES].id
        typed = {
            "format": "virtual",
            "time_zone": "Europe/London",
            "meeting_url": "https://meet.example/room",
            "scribe_id": str(scribe),
        }
        assert client.post(path, data=fields(page) | typed).status_code == 302
        vendor = client_of(app, made, Side.A)
        edit = vendor.get(f"{made.path}workshop/edit").text
        assert "Nina Neutral" in edit
        assert vendor.post(f"{made.path}workshop/edit", data=fields(edit) | {"facilitator_id": str(leads.id)}).status_code == 302
        # The partner's owner leaves it so, or takes it back.
        assert "Nina Neutral" in client.get(f"{made.path}workshop/edit").text
        workshop = db.session.scalars(select(Workshop)).one()
        assert (workshop.format, workshop.facilitator_id, workshop.scribe_id) == (WorkshopFormat.VIRTUAL, leads.id, scribe)
        shown = client_of(app, made, Side.A, F.EXEC_SPONSOR).get(f"{made.path}workshop/").text
        for text in ("Nina Neutral", "https://meet.example/room", "On video, two halves", "13 parts, 360 minutes together."):
            assert text in shown
        assert "/edit" not in shown
        second = client.post(path, data=fields(client.get(path).text))
        assert second.status_code == 409
        assert "Somebody else has planned the workshop meanwhile." in second.text

    def test_who_may(self, app: Flask, made: Made) -> None:
        planned(made)
        auditor = signed_in(app, factories.user(None, Role.AUDITOR))
        for client in (client_of(app, made, Side.A, F.EXEC_SPONSOR), client_of(app, made, Side.B, F.SALES), auditor):
            assert client.get(f"{made.path}workshop/").status_code == 200
            assert client.get(f"{made.path}workshop/agenda").status_code == 200
            for page in ("new", "edit", "agenda/add"):
                assert client.get(f"{made.path}workshop/{page}").status_code == 403, page

    @pytest.mark.parametrize(
        "url", ["http://meet.example", "javascript:alert(1)", "https://a@evil.example", "https://", "x" * 501]
    )
    def test_links_are_https(self, app: Flask, made: Made, url: str) -> None:
        client = client_of(app, made, Side.A)
        path = f"{made.path}workshop/new"
        answer = client.post(path, data=fields(client.get(path).text) | {"meeting_url": url})
        assert answer.status_code == 422
        assert not db.session.scalars(select(Workshop)).all()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("facilitator_id", "999"),
            ("scribe_id", "999"),
            ("timekeeper_id", "x"),
            ("session_id", "1"),
            ("time_zone", "Mars/Base"),
        ],
    )
    def test_foreign_choices(self, app: Flask, made: Made, name: str, value: str) -> None:
        client = client_of(app, made, Side.A)
        path = f"{made.path}workshop/new"
        assert client.post(path, data=fields(client.get(path).text) | {name: value}).status_code == 422

    def test_the_facilitator_is_neutral(self, made: Made) -> None:
        for user in (made.owner_a, made.owner_b, factories.user(), factories.user(None, Role.AUDITOR)):
            with pytest.raises(RuleError, match="neither team"):
                planned(made, facilitator_id=user.id)
            db.session.rollback()

    def test_only_while_it_is_the_time(self, app: Flask, made: Made) -> None:
        made.plan.status = PlanStatus.FINAL_REVIEW
        factories.commit()
        assert "Plan the workshop" not in client_of(app, made, Side.A).get(f"{made.path}workshop/").text
        with pytest.raises(RuleError, match="draft"):
            planned(made)

    def test_changed_by_two_at_once(self, app: Flask, made: Made) -> None:
        planned(made)
        one, two = client_of(app, made, Side.A), client_of(app, made, Side.B)
        path = f"{made.path}workshop/edit"
        first, second = fields(one.get(path).text), fields(two.get(path).text)
        assert one.post(path, data=first | {"place": "Vienna"}).status_code == 302
        answer = two.post(path, data=second | {"place": "Graz"})
        assert answer.status_code == 409
        assert "Graz" in answer.text
        assert two.post(path, data=fields(answer.text)).status_code == 302
        db.session.expire_all()
        assert db.session.scalars(select(Workshop.place)).one() == "Graz"

    def test_another_format(self, made: Made) -> None:
        workshop = planned(made, format=WorkshopFormat.VIRTUAL)
        (slot,) = proposed(made, DAY_OF_WORKSHOP, halves=True)
        service.change(made.plan, details(workshop, format=WorkshopFormat.IN_PERSON), version=workshop.version, by=TESTS, at=AT)
        factories.commit()
        assert slot.state is SlotState.WITHDRAWN
        assert {one.half for one in workshops.items(workshop)} == {1}
        assert [one.position for one in workshops.items(workshop)] == list(range(1, 14))
        dates = proposed(made, DAY_OF_WORKSHOP + timedelta(days=1))
        dating.confirm(made.plan, dates[0], by=TESTS, at=AT)
        with pytest.raises(RuleError, match="Cancel it first"):
            service.change(made.plan, details(workshop, format=WorkshopFormat.VIRTUAL), version=workshop.version, by=TESTS, at=AT)

    def test_stale_and_begun(self, made: Made) -> None:
        workshop = with_date(made)
        with pytest.raises(StaleError):
            service.change(made.plan, details(workshop), version=0, by=TESTS, at=AT)
        workshop.state, workshop.started_at = WorkshopState.RUNNING, AT
        db.session.flush()
        with pytest.raises(RuleError, match="has begun"):
            service.change(made.plan, details(workshop), version=workshop.version, by=TESTS, at=AT)


class TestFacilitator:
    """Reads when and where, and nothing of the plan."""

    def test_before_it_begins(self, app: Flask, made: Made) -> None:
        leads = factories.user(None, Role.TRAINER, name="Nina Neutral")
        workshop = planned(made, place="Hall 3", facilitator_id=leads.id)
        client = signed_in(app, leads)
        path = f"{made.path}workshop/facilitator"
        assert client.get(path).status_code == 404, "no date yet"
        (slot,) = proposed(made, DAY_OF_WORKSHOP)
        dating.confirm(made.plan, slot, by=TESTS, at=AT)
        factories.commit()
        page = client.get(path).text
        for text in ("Hall 3", "09:00–17:00", "SWOT in mixed groups"):
            assert text in page
        for text in (made.plan.title, "Donau"):
            assert text not in page
        for other in ("", "dates", "preparation", "agenda", "pack"):
            assert client.get(f"{made.path}workshop/{other}").status_code == 404
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.to_address == leads.email)).one()
        assert "/workshop/facilitator" in mail.text
        assert signed_in(app, factories.user(None, Role.TRAINER)).get(path).status_code == 404
        # Another one takes over: the date goes from one calendar to the other.
        other_one = factories.user(None, Role.TRAINER)
        service.change(made.plan, details(workshop, facilitator_id=other_one.id), version=workshop.version, by=TESTS, at=AT)
        factories.commit()
        told = [
            (one.to_address, one.calendar_method)
            for one in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(2))
        ]
        assert told == [(other_one.email, "REQUEST"), (leads.email, "CANCEL")]
        assert client.get(path).status_code == 404

    def test_while_it_is_under_way(self, app: Flask, made: Made) -> None:
        leads = factories.user(None, Role.TRAINER)
        workshop = with_date(made, facilitator_id=leads.id)
        task = workshops.tasks(workshop)[0]
        task.text, task.text_html = "Not yet told", "<p>Not yet told</p>"
        pack.freeze(made.plan, by=TESTS, at=AT)
        made.plan.status = PlanStatus.WORKSHOP
        factories.commit()
        client = signed_in(app, leads)
        assert client.get(f"{made.path}workshop/pack").status_code == 404
        workshop.state, workshop.started_at = WorkshopState.RUNNING, AT
        factories.commit()
        assert client.get(f"{made.path}workshop/pack").mimetype == "application/pdf"
        for page in ("preparation", f"preparation/{task.id}", "", "dates", "agenda"):
            answer = client.get(f"{made.path}workshop/{page}")
            assert answer.status_code == 200
            assert "Not yet told" not in answer.text
        for page in ("edit", "dates/propose", "dates/move", "agenda/add", f"preparation/{task.id}/write", "preparation/add"):
            assert client.get(f"{made.path}workshop/{page}").status_code == 403, page
        workshop.state, workshop.ended_at = WorkshopState.HELD, AT
        factories.commit()
        assert client.get(f"{made.path}workshop/pack").status_code == 404

    def test_the_one_of_the_plans_side_loses_it_with_the_role(self, app: Flask, made: Made) -> None:
        leads = factories.user(None, Role.TRAINER)
        with_date(made, facilitator_id=leads.id)
        for grant in leads.grants:
            db.session.delete(grant)
        factories.commit()
        assert signed_in(app, leads).get(f"{made.path}workshop/facilitator").status_code in (403, 404)


class TestSession:
    """A workshop may be a session of a public agenda. Whoever organizes that sees nothing of the workshop."""

    def released(self, listed: bool = True) -> Any:
        event = factories.event(title="Partner Summit")
        made = agenda.session(event, "Plan together", listed=listed)
        agenda.release(event)
        return event, made

    def test_linked(self, app: Flask, made: Made, clock: Any) -> None:
        event, session = self.released()
        client = client_of(app, made, Side.A)
        path = f"{made.path}workshop/new"
        page = client.get(path).text
        assert "Plan together (18 May 2027)" in page
        data = fields(page) | {"session_id": str(session.id), "place": "Castle"}
        assert client.post(path, data=data).status_code == 302
        shown = client_of(app, made, Side.B).get(f"{made.path}workshop/").text
        assert "Plan together" in shown
        assert "Partner Summit" in shown
        organizer = signed_in(app, factories.organizer())
        for page_of in (
            f"/admin/events/{event.slug}/agenda/sessions/{session.code}",
            f"/events/{event.slug}/agenda/{session.code}",
        ):
            text = organizer.get(page_of).text
            for word in (made.plan.code, "Castle", "Donau", made.plan.title):
                assert word not in text
        assert organizer.get(f"{made.path}workshop/").status_code == 404

    def test_another_time(self, app: Flask, made: Made, clock: Any) -> None:
        _event, session = self.released()
        with_date(made, session_id=session.id)
        assert "is at another time" in client_of(app, made, Side.A).get(f"{made.path}workshop/").text

    def test_what_the_public_does_not_see_is_not_offered(self, app: Flask, made: Made, clock: Any) -> None:
        _event, hidden = self.released(listed=False)
        draft = factories.event(published=False, title="Secret event")
        inside = agenda.session(draft, "Secret session")
        agenda.release(draft)
        page = client_of(app, made, Side.A).get(f"{made.path}workshop/new").text
        assert "Plan together" not in page
        assert "Secret" not in page
        for session in (hidden, inside):
            with pytest.raises(RuleError, match="public agenda"):
                planned(made, session_id=session.id)
            db.session.rollback()

    def test_a_session_that_goes_leaves_the_workshop(self, app: Flask, made: Made) -> None:
        event, session = self.released()
        workshop = planned(made, session_id=session.id)
        assert workshops.sessions(only=session.id)[0].event == event.title
        assert workshops.sessions(after=NOW + timedelta(days=400)) == []
        event.status = EventStatus.CANCELLED
        factories.commit()
        page = client_of(app, made, Side.A).get(f"{made.path}workshop/").text
        assert "Plan together" not in page
        # Nothing else is lost by it, and the form still opens.
        assert client_of(app, made, Side.A).get(f"{made.path}workshop/edit").status_code == 200
        assert workshop.session_id == session.id


class TestAgenda:
    """The standard one of a day or of two halves, changed by owners, scribe and timekeeper."""

    def test_standard(self, app: Flask) -> None:
        with app.test_request_context():
            assert sum(one.minutes for one in standard(WorkshopFormat.IN_PERSON)) == 480
            halves = standard(WorkshopFormat.VIRTUAL)
        assert [sum(one.minutes for one in halves if one.half == half) for half in (1, 2)] == [180, 180]
        breaks = [one.minutes for one in standard(WorkshopFormat.IN_PERSON) if one.is_break]
        assert breaks == [15, 60, 15]

    @pytest.mark.parametrize("kind", list(PlanKind))
    def test_parts_know_their_sections(self, app: Flask, kind: PlanKind) -> None:
        made = plans.plan(kind=kind)
        workshop = planned(made)
        sections = {one.id: one for one in db.session.scalars(select(type(plans.section(made, "strategy"))))}
        found = {one.title: sections[one.section_id].kind for one in workshops.items(workshop) if one.section_id is not None}
        assert found["SWOT in mixed groups"] is SectionKind.SWOT
        assert found["Objectives and quarterly targets"] is SectionKind.OBJECTIVES
        assert not [one for one in workshops.items(workshop) if one.is_break and one.section_id]

    def test_when_each_part_begins(self, made: Made) -> None:
        workshop = with_date(made)
        (day,) = timetable(workshops.items(workshop), workshops.confirmed_slot(workshop), workshop)
        assert [part.begins for part in day.parts][:4] == ["09:00", "09:15", "10:00", "10:45"]
        assert day.parts[-1].begins == "16:45"
        assert (day.minutes, day.over) == (480, 0)

    def test_changed_on_the_page(self, app: Flask, made: Made, clock: Any) -> None:
        with_date(made, timekeeper_id=made.team[Side.B, F.SALES].id)
        client = client_of(app, made, Side.B, F.SALES)
        path = f"{made.path}workshop/agenda"
        typed = {"title": "A walk", "minutes": "20", "section_id": ""}
        assert client.post(f"{path}/add", data=fields(client.get(f"{path}/add").text) | typed).status_code == 302
        page = client.get(path).text
        assert "20 minutes more than there are" in page
        item = db.session.scalars(select(WorkshopItem).where(WorkshopItem.title == "A walk")).one()
        client.post(f"{path}/{item.id}/up", data=fields(page, f"/{item.id}/up"))
        order = [one.title for one in db.session.scalars(select(WorkshopItem).order_by(WorkshopItem.position))]
        assert order[-2:] == ["A walk", "Close"]
        edit = client.get(f"{path}/{item.id}").text
        assert client.post(f"{path}/{item.id}", data=fields(edit) | {"minutes": "0"}).status_code == 422
        assert client.post(f"{path}/{item.id}", data=fields(edit) | {"minutes": "5"}).status_code == 302
        stale = client.post(f"{path}/{item.id}", data=fields(edit) | {"minutes": "6", "once_key": ""})
        assert stale.status_code == 409
        page = client.get(path).text
        client.post(f"{path}/{item.id}/remove", data=fields(page, f"/{item.id}/remove"))
        assert "A walk" not in client.get(path).text
        client.post(f"{path}/standard", data=fields(client.get(path).text, "/standard"))
        assert (
            db.session.scalar(select(WorkshopItem.title).order_by(WorkshopItem.position).limit(1)) == "Aims, roles, ground rules"
        )
        assert client_of(app, made, Side.A, F.SALES).post(f"{path}/standard", data=fields(page, "/standard")).status_code in (
            400,
            403,
        )

    def test_what_has_begun_stays(self, made: Made) -> None:
        workshop = with_date(made)
        first, second, *_more = workshops.items(workshop)
        first.started_at = AT
        db.session.flush()
        part = PartDetails("New", 5)
        for act in (
            lambda: agenda_service.change(made.plan, first, part, version=first.version, by=TESTS, at=AT),
            lambda: agenda_service.remove(made.plan, first, by=TESTS, at=AT),
            lambda: agenda_service.shift(made.plan, first, 1, by=TESTS, at=AT),
            lambda: agenda_service.shift(made.plan, second, -1, by=TESTS, at=AT),
            lambda: agenda_service.restore(made.plan, by=TESTS, at=AT),
        ):
            with pytest.raises(RuleError, match="has begun"):
                act()

    def test_not_too_many_and_no_foreign_section(self, made: Made) -> None:
        planned(made)
        other = plans.plan()
        with pytest.raises(RuleError, match="section of this plan"):
            agenda_service.add(made.plan, PartDetails("X", 5, section_id=plans.section(other, "strategy").id), by=TESTS, at=AT)
        for n in range(27):
            agenda_service.add(made.plan, PartDetails(f"Part {n}", 1), by=TESTS, at=AT)
        with pytest.raises(RuleError, match="at most 40"):
            agenda_service.add(made.plan, PartDetails("One more", 1), by=TESTS, at=AT)


class TestGuard:
    """A draft goes into its workshop with a date and something to prepare on both sides."""

    def missing(self, made: Made) -> list[str]:
        return [one.text for one in steps.missing(made.plan, PlanStatus.WORKSHOP)]

    def test_step_by_step(self, app: Flask, made: Made) -> None:
        with app.test_request_context():
            assert self.missing(made) == ["No workshop is planned yet."]
            planned(made)
            assert self.missing(made) == ["No date is confirmed yet."]
            page = client_of(app, made, Side.A).get(made.path).text
            assert f'href="{made.path}workshop/"' in page
            (slot,) = proposed(made, DAY_OF_WORKSHOP)
            dating.confirm(made.plan, slot, by=TESTS, at=AT)
            assert self.missing(made) == []
            for task in db.session.scalars(select(PrepTask).where(PrepTask.side == Side.B)):
                db.session.delete(task)
            db.session.flush()
            assert self.missing(made) == ["Donau GmbH prepares nothing."]
            with pytest.raises(RuleError, match="prepares nothing"):
                steps.move(made.plan, PlanStatus.WORKSHOP, by=TESTS, at=NOW)

    def test_giving_the_plan_up_cancels_the_date(self, made: Made) -> None:
        workshop = with_date(made)
        steps.cancel(made.plan, "No time", by=TESTS, at=AT)
        factories.commit()
        kinds = [one.kind for one in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))]
        assert kinds.count("plans.workshop_cancelled") == 6
        assert workshop.state is WorkshopState.PLANNING
        assert db.session.scalars(select(WorkshopSlot.state)).one() is SlotState.WITHDRAWN
