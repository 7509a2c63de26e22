"""G4: on Postgres the database itself refuses rows of other companies.

The application's own scope is patched out in the test's process: the viewer then counts as an organizer who acts for all
companies wherever a query asks. The crawl of G2 as company A must still find nothing of company B. SQLite has no such
wall, so there the same crawl finds the canary: the control that the patch opens everything.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import Base, db
from eventapp.core.wall import Wall, stand_behind
from eventapp.partners import audiences
from eventapp.partners.models import Membership, MembershipState, Organisation
from eventapp.training.models import Certificate, CertificateNotice, Waiver
from tests.guarantees.test_g02_canary import crawl, found_in, mark, take_the_second_wall_down
from tests.guarantees.world import World, browser, csrf
from tests.support import factories, training
from tests.support.databases import Backend

# Tables without a wall, and why a partner's request may see all of them.
OPEN = {
    "assessment_question": "the vendor's questions; right answers are shown by no page of partners",
    "course": "the public catalogue",
    "course_material": "the vendor's material",
    "course_version": "the public catalogue, and drafts, which hold nothing of partners",
    "credential": "the public catalogue",
    "curriculum": "the public catalogue",
    "curriculum_course": "the public catalogue",
    "event_part": "when an event takes place",
    "event_slug": "former addresses; what they lead to hides its drafts",
    "prerequisite": "the public catalogue",
    "programme_rule": "the programme's rules, the same for all companies",
    "rubric_criterion": "what exercises are marked by",
    "rule_credential": "the programme's rules",
    "run": "the public catalogue",
    "run_trainer": "who of the vendor's people gives a run",
    "standing_day": "counts over all companies",
    "agenda_import": "the event's own, read by organizers only",
    "agenda_picture": "what the public agenda shows",
    "agenda_release": "the public changelog; who released works for the vendor",
    "agenda_session": "public but for drafts, which hold nothing of partners",
    "draft_step": "the organizers' steps in a draft, which hold nothing of partners",
    "feedback_question": "what is asked of everybody",
    "plan_template": "the vendor's own words for all plans",
    "plan_template_section": "the vendor's own words for all plans",
    "joining": "the event's own, the same for all companies",
    "release_change": "the public changelog",
    "released_slot": "the public agenda",
    "released_speaker": "the public agenda",
    "room": "where an event takes place",
    "room_hours": "where an event takes place",
    "call_criterion": "the event's own words",
    "session_call": "public while the event is",
    "session_audience": "the same for all companies",
    "session_material": "the event's own, public once released",
    "session_slot": "public but for drafts, which hold nothing of partners",
    "session_speaker": "public once released",
    "session_type": "the event's own words",
    "speaker": "what the public agenda says of its speakers",
    "track": "the event's own words",
    "admission_kind": "as what people may come, the same for all companies",
    "alembic_version": "the revision",
    "attempt": "hashes",
    "audit_head": "a hash",
    "booking": "places, without who holds them",
    "booking_pool": "places, without who holds them",
    "country": "reference",
    "interest": "the vendor's own words, which everybody chooses from",
    "onboarding_item": "the vendor's own words for all newcomers",
    "country_name": "reference",
    "country_quota": "the same for all companies of a country",
    "decision_counter": "how many decisions there are",
    "event": "public but for drafts, which hold nothing of partners",
    "form_section": "the event's form, which everybody who registers sees",
    "form_stage": "deadlines of the event's form",
    "free_mail_domain": "reference",
    "lot": "published hashes",
    "no_show_rule": "what an event makes of no-shows, the same for all companies",
    "one_time_key": "keys of forms, without their contents",
    "option_pool": "places, without who holds them",
    "policy": "choices of the installation",
    "pool": "numbers of places",
    "question": "the event's form, which everybody who registers sees",
    "question_version": "the event's form; who wrote it works for the vendor",
    "retention": "choices of the installation",
    "sub_region": "reference",
    "tier": "reference",
    "tier_quota": "the same for all companies of a tier",
    "wave": "the same for all companies of a tier and region",
}


class Everything(frozenset[int]):
    """Ids among which every id is found."""

    def __contains__(self, _id: object) -> bool:
        return True


def patch_scope_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every query that asks the viewer gets the answer of somebody who may see everything."""
    look = audiences._look

    def everybody(user: object) -> Viewer:
        return replace(look(user), company_ids=Everything(look(user).company_ids))

    monkeypatch.setattr(audiences, "_look", everybody)
    for name in ("is_organizer", "reads_all"):
        monkeypatch.setattr(Viewer, name, property(lambda _self: True))


@pytest.mark.usefixtures("nothing_is_kept")
def test_without_the_application_s_scope_the_database_still_shows_nothing(
    app: Flask, world: World, backend: Backend, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    planted = mark(world)
    client = browser(app, world.mine.admin)
    token = csrf(client, world.mine.admin)
    patch_scope_out(monkeypatch)
    pages = crawl(client, app, world, token)
    found = found_in(pages)
    record_property("size", f"{planted} canaries planted, {len(pages):,} pages crawled without the application's scope")
    if backend.name == "postgres":
        assert found == []
    else:
        assert found, "control: the patch opens everything where there is no second wall"


@pytest.mark.usefixtures("nothing_is_kept")
def test_control_without_the_wall_the_canary_sings(
    app: Flask, world: World, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend.name != "postgres":
        pytest.skip("SQLite has no second wall")
    mark(world)
    client = browser(app, world.mine.admin)
    token = csrf(client, world.mine.admin)
    patch_scope_out(monkeypatch)
    take_the_second_wall_down(monkeypatch)
    assert found_in(crawl(client, app, world, token))


def test_every_table_has_a_wall_or_a_reason(app: Flask, backend: Backend) -> None:
    if backend.name != "postgres":
        pytest.skip("SQLite has no second wall")
    query = "SELECT tablename FROM pg_policies WHERE policyname = 'wall'"
    walled = set(db.session.scalars(text(query)))
    forced = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    assert walled == set(db.session.scalars(text(forced))), "the owner of the tables is held to it as well"
    assert not walled & OPEN.keys()
    assert Base.metadata.tables.keys() - walled - OPEN.keys() == set()


def test_no_wall_makes_lists_slow(app: Flask, backend: Backend) -> None:
    """An IN (SELECT …) in a policy keeps every list of that table from its index, see migration 0029."""
    if backend.name != "postgres":
        pytest.skip("SQLite has no second wall")
    query = "SELECT tablename FROM pg_policies WHERE qual LIKE '%IN ( SELECT%'"
    assert not list(db.session.scalars(text(query))), "write = ANY (ARRAY(SELECT …))"


@pytest.mark.parametrize("state", MembershipState)
def test_certificates_of_members_only(app: Flask, backend: Backend, state: MembershipState) -> None:
    if backend.name != "postgres":
        pytest.skip("SQLite has no second wall")
    own = factories.organisation()
    version = training.course()
    run, person = training.run(version), factories.person(factories.organisation())
    db.session.add(Membership(person_id=person.id, organisation_id=own.id, state=state))
    certificate = training.certificate(person, version)
    db.session.add(CertificateNotice(certificate_id=certificate.id, days=30, told_at=factories.AT))
    db.session.add(Waiver(run_id=run.id, person_id=person.id, reason="Known", given_at=factories.AT, given_by="Tests"))
    factories.commit()
    tables = (Certificate, CertificateNotice, Waiver)
    assert [db.session.scalar(select(func.count()).select_from(one)) for one in tables] == [1, 1, 1]
    stand_behind(Wall(frozenset({own.id}), None, 0))
    seen = [db.session.scalar(select(func.count()).select_from(one)) for one in tables]
    db.session.remove()
    assert seen == ([1, 1, 1] if state is MembershipState.ACTIVE else [0, 0, 0])


def test_staff_and_services_see_everything(app: Flask, world: World) -> None:
    """The wall is for partners: the organizer's list shows both companies, and after the request nothing is left of it."""
    partner = browser(app, world.mine.admin)
    assert partner.get("/events/summit/registrations").status_code == 200
    organizer = browser(app, world.organizer)
    page = organizer.get("/admin/events/summit/registrations/").text
    assert world.mine.company.name in page
    assert world.theirs.company.name in page
    assert len(db.session.scalars(select(Organisation)).all()) >= 2
