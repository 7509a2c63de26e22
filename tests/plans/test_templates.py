"""Templates: made, arranged, offered or not by whoever looks after partners; plans that exist are never touched."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.plans import queries, steps
from eventapp.plans.content.checking import content_missing
from eventapp.plans.founding import blanks
from eventapp.plans.founding.blanks import SectionDetails
from eventapp.plans.models import (
    Initiative,
    InitiativeKind,
    ObjectiveUnit,
    PlanKind,
    PlanStatus,
    PlanTemplate,
    PlanTemplateSection,
    SectionKind,
    SectionState,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.teams import service as teams
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields

LIST = "/admin/plan-templates/"
STREAMS = (
    "Offers available on the other's cloud",
    "Integrated support across both",
    "The developer platform on both",
    "Unified workload management",
)


@pytest.fixture
def manager(app: Flask) -> User:
    return factories.user(None, Role.PARTNER_MANAGER)


def client_of(app: Flask, user: User) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


def shipped(kind: PlanKind = PlanKind.PARTNER) -> PlanTemplate:
    return db.session.scalars(select(PlanTemplate).where(PlanTemplate.kind == kind).order_by(PlanTemplate.id)).first()  # type: ignore[return-value]


def keys(template: PlanTemplate) -> list[str]:
    return [one.key for one in blanks.sections(template)]


class TestPages:
    """From none to one that plans are made from."""

    def test_a_new_one_from_its_first_section_to_a_plan(self, app: Flask, manager: User, clock: Any) -> None:
        client = client_of(app, manager)
        data = fields(client.get(f"{LIST}new").text) | {"name": "Start-ups", "description": "Small and quick"}
        answer = client.post(f"{LIST}new", data=data | {"kind": "partner", "like": ""})
        path = answer.location
        assert "No section yet" in client.get(path).text
        assert "needs a section for objectives" in client.get(path).text
        for title, key, kind in (("Aims", "aims", "objectives"), ("Pitch", "pitch", "text"), ("Work", "work", "initiatives")):
            form = fields(client.get(f"{path}/sections/add").text)
            typed = {"title": title, "key": key, "kind": kind, "starts_with": " One \n\n Two " if kind == "initiatives" else ""}
            assert client.post(f"{path}/sections/add", data=form | typed).status_code == 302
        client.post(f"{path}/on", data=fields(client.get(path).text, "/on"))
        template = db.session.scalars(select(PlanTemplate).where(PlanTemplate.name == "Start-ups")).one()
        assert template.active
        pitch = blanks.sections(template)[1]
        client.post(f"{path}/sections/{pitch.id}/up", data=fields(client.get(path).text, f"{pitch.id}/up"))
        edit = f"{path}/sections/{pitch.id}"
        data = fields(client.get(edit).text)
        data.pop("required")
        assert client.post(edit, data=data | {"title": "The pitch", "help": "In three sentences"}).status_code == 302
        page = client.get(path).text
        assert page.index("The pitch") < page.index("Aims")
        for text in ("In three sentences", "begins with One, Two", "Small and quick"):
            assert text in page
        assert "Start-ups" in client.get(LIST).text
        made = plans.founding.create(
            template,
            factories.organisation(),
            plans.PlanDetails("A plan", plans.START, plans.END, 1, "EUR"),
            owner_a=plans.as_candidate(manager),
            owner_b=plans.Candidate("x", person_id=factories.person(factories.organisation()).id),
            by=TESTS,
            at=AT,
        )
        found = [(one.key, one.title, one.required, one.state) for one in queries.sections(made)]
        assert found == [
            ("pitch", "The pitch", False, SectionState.EMPTY),
            ("aims", "Aims", True, SectionState.EMPTY),
            ("work", "Work", True, SectionState.DRAFTED),
        ]

    def test_with_the_sections_of_another(self, app: Flask, manager: User) -> None:
        client, like = client_of(app, manager), shipped(PlanKind.ALLIANCE)
        data = fields(client.get(f"{LIST}new").text) | {"name": "Alliance, short", "kind": "alliance", "like": str(like.id)}
        assert client.post(f"{LIST}new", data=data).status_code == 302
        made = db.session.scalars(select(PlanTemplate).where(PlanTemplate.name == "Alliance, short")).one()
        assert (keys(made), made.active) == (keys(like), False)
        assert next(one for one in blanks.sections(made) if one.key == "workstreams").starts_with

    def test_what_cannot_be_is_refused_and_kept(self, app: Flask, manager: User) -> None:
        client, template = client_of(app, manager), shipped()
        answer = client.post(
            f"{LIST}new", data=fields(client.get(f"{LIST}new").text) | {"name": template.name, "description": "Kept"}
        )
        assert answer.status_code == 422
        assert "of this name already" in answer.text
        assert "Kept" in answer.text
        path = f"{LIST}{template.id}/sections/add"
        wrong = [
            {"key": "objectives"},
            {"key": "Not A Key"},
            {"key": "team"},
            {"key": "x" * 41},
            {"key": "more", "kind": "objectives"},
            {"key": "more", "kind": "else"},
            {"key": "more", "kind": "text", "starts_with": "One"},
            {"key": "more", "title": ""},
        ]
        for typed in wrong:
            form = fields(client.get(path).text) | {"title": "Title", "help": "Kept", "kind": "text"}
            answer = client.post(path, data=form | typed)
            assert answer.status_code == 422, typed
            assert "Kept" in answer.text
        assert "more" not in keys(template)

    def test_the_last_objectives_stay_while_it_is_offered(self, app: Flask, manager: User) -> None:
        client, template = client_of(app, manager), shipped()
        one = next(one for one in blanks.sections(template) if one.key == "objectives")
        path = f"{LIST}{template.id}"
        page = client.get(path).text
        answer = client.post(f"{path}/sections/{one.id}/remove", data=fields(page, f"{one.id}/remove"), follow_redirects=True)
        assert "needs a section for objectives" in answer.text
        assert "objectives" in keys(template)
        client.post(f"{path}/off", data=fields(client.get(path).text, "/off"))
        client.post(f"{path}/sections/{one.id}/remove", data=fields(client.get(path).text, f"{one.id}/remove"))
        assert "objectives" not in keys(template)
        page = client.get(path).text
        assert "/on" not in page
        with pytest.raises(RuleError):
            blanks.switch(template, on=True, base=template.version, by=TESTS, at=NOW)

    def test_two_at_once(self, app: Flask, manager: User) -> None:
        client, template = client_of(app, manager), shipped()
        edit = f"{LIST}{template.id}/edit"
        form = fields(client.get(edit).text)
        section = f"{LIST}{template.id}/sections/add"
        other = fields(client.get(section).text)
        blanks.change(template, "Renamed", "Theirs", base=template.version, by=TESTS, at=NOW)
        factories.commit()
        answer = client.post(edit, data=form | {"name": "Mine"})
        assert answer.status_code == 409
        assert "Renamed" in answer.text
        assert client.post(edit, data=fields(answer.text)).status_code == 302
        answer = client.post(section, data=other | {"title": "More", "key": "more", "kind": "text"})
        assert answer.status_code == 409
        assert client.post(section, data=fields(answer.text)).status_code == 302
        with pytest.raises(StaleError):
            blanks.move_section(template, blanks.sections(template)[0], up=False, base=1, by=TESTS, at=NOW)

    def test_what_is_not_offered_is_not_chosen(self, app: Flask, manager: User) -> None:
        template = shipped()
        blanks.switch(template, on=False, base=template.version, by=TESTS, at=NOW)
        factories.commit()
        assert template not in queries.templates()

    def test_who_may(self, app: Flask) -> None:
        template = shipped()
        for role, read, write in (
            (Role.PARTNER_MANAGER, 200, 200),
            (Role.ORGANIZER, 200, 200),
            (Role.AUDITOR, 200, 403),
            (Role.TRAINER, 403, 403),
            (Role.FINANCE, 403, 403),
        ):
            client = client_of(app, factories.user(None, role))
            assert client.get(f"{LIST}{template.id}").status_code == read
            assert client.get(f"{LIST}{template.id}/edit").status_code == write
        partner = client_of(app, factories.company_admin(factories.organisation()))
        assert partner.get(LIST).status_code == 403
        client = client_of(app, factories.user(None, Role.PARTNER_MANAGER))
        other = blanks.sections(shipped(PlanKind.ALLIANCE))[0]
        for path in (f"{LIST}987654", f"{LIST}{template.id}/sections/{other.id}"):
            assert client.get(path).status_code == 404

    def test_in_the_log(self, manager: User) -> None:
        template = shipped()
        blanks.switch(template, on=False, base=template.version, by=TESTS, at=NOW)
        factories.commit()
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.object_name, entry.changes) == ("plan_templates.switch", template.name, {"offered": False})


def test_plans_that_exist_stay_as_they_are(manager: User) -> None:
    made = plans.plan()
    before = [(one.key, one.title, one.position) for one in queries.sections(made.plan)]
    template = shipped()
    values = {"by": TESTS, "at": NOW}
    details = SectionDetails("more", SectionKind.TEXT, "More", "", True, "")
    blanks.add_section(template, details, base=template.version, **values)  # type: ignore[arg-type]
    first = blanks.sections(template)[0]
    renamed = SectionDetails(first.key, first.kind, "Renamed", "", False, "")
    blanks.change_section(template, first, renamed, base=template.version, **values)  # type: ignore[arg-type]
    blanks.move_section(template, first, up=False, base=template.version, **values)  # type: ignore[arg-type]
    blanks.remove_section(template, blanks.sections(template)[1], base=template.version, **values)  # type: ignore[arg-type]
    factories.commit()
    assert [(one.key, one.title, one.position) for one in queries.sections(made.plan)] == before


class TestAlliance:
    """Two vendors on equal footing: workstreams, leads and technical leads, shares, rules of engagement, cross-enablement."""

    def test_what_was_shipped(self, app: Flask) -> None:
        made = plans.plan(kind=PlanKind.ALLIANCE)
        sections = {one.key: one for one in queries.sections(made.plan)}
        assert sections["rules"].kind is SectionKind.TEXT
        assert sections["rules"].required
        assert (sections["enablement"].title, sections["enablement"].required) == ("Cross-enablement", True)
        rows = db.session.scalars(
            select(Initiative).where(Initiative.plan_id == made.plan.id).order_by(Initiative.position)
        ).all()
        assert tuple(one.name for one in rows) == STREAMS
        assert {one.kind for one in rows} == {InitiativeKind.WORKSTREAM}
        assert {one.section_id for one in rows} == {sections["workstreams"].id}
        assert sections["workstreams"].state is SectionState.DRAFTED
        for kind in (PlanKind.PARTNER, PlanKind.DISTRIBUTOR):
            begins = select(PlanTemplateSection.starts_with).where(PlanTemplateSection.template_id == shipped(kind).id)
            assert set(db.session.scalars(begins)) == {""}

    def test_each_side_names_a_technical_lead(self, app: Flask) -> None:
        made = plans.plan(kind=PlanKind.ALLIANCE)
        text = "The technical lead is missing."
        assert [one.text for one in steps.missing(made.plan, PlanStatus.WORKSHOP)].count(f"{made.company.name}: {text}") == 1
        client = client_of(app, made.owner_a)
        assert client.get(f"{made.path}team").text.count(text) == 2
        for side in Side:
            teams.change(made.plan, made.team[side, F.SALES], F.TECHNICAL_LEAD, signatory=True, by=TESTS, at=NOW)
        factories.commit()
        assert text not in client.get(f"{made.path}team").text
        assert not [one for one in steps.missing(made.plan, PlanStatus.WORKSHOP) if text in one.text]
        assert text not in client_of(app, plans.plan().owner_a).get("/plans/").text

    def test_workstreams_have_owners_on_both_sides_and_money_its_shares(self, app: Flask) -> None:
        made = plans.plan(kind=PlanKind.ALLIANCE)
        one = plans.objective(made, unit=ObjectiveUnit.CURRENCY)
        count = plans.objective(made, "Ten offers", unit=ObjectiveUnit.COUNT)
        lacks = [(lack.section_key, lack.row_id, lack.text) for lack in content_missing(made.plan)]
        assert len([lack for lack in lacks if lack[2] == "A workstream has an owner on both sides."]) == 4
        assert ("objectives", one.id, "It does not say which share counts for each side.") in lacks
        assert count.id not in {row for _key, row, text in lacks if "share" in text}
        a, b = made.team[Side.A, F.OWNER].id, made.team[Side.B, F.OWNER].id
        for row in db.session.scalars(select(Initiative)):
            row.owner_a_id, row.owner_b_id = a, b
        one.share_a = 60
        factories.commit()
        texts = [lack.text for lack in content_missing(made.plan)]
        assert not [text for text in texts if "workstream" in text or "share" in text]
        partner = plans.plan()
        plans.objective(partner)
        assert not [lack for lack in content_missing(partner.plan) if "share" in lack.text]
