"""Courses in versions, what they ask for, credentials and the ways to them."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.training.catalogue import courses, credentials, materials, needs, queries
from eventapp.training.catalogue.courses import VersionDetails
from eventapp.training.catalogue.rules import Needs, Thing
from eventapp.training.models import (
    AssessmentQuestion,
    Course,
    CourseMaterial,
    CourseVersion,
    Needed,
    RubricCriterion,
    ShownFrom,
    VersionStatus,
)
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.factories import TESTS, commit

DETAILS = VersionDetails("Essentials", 240, summary="What it is", description="# All", modes=("virtual",))
WHO: dict[str, Any] = {"by": TESTS, "at": NOW}


def asking(*things: Course | Any, needed: Needed = Needed.ALL) -> VersionDetails:
    found = frozenset(Thing(not isinstance(one, Course), one.id) for one in things)
    return replace(DETAILS, needs=Needs(needed, found))


def last(action: str) -> AuditEntry:
    commit()
    return db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id.desc())).first() or (
        pytest.fail(f"no entry {action}")
    )


class TestVersions:
    """draft → current → retired, and what stays."""

    def test_a_course_begins_as_a_draft_and_is_published(self, app: Flask) -> None:
        made = courses.create("COR-101", DETAILS, **WHO)
        assert (made.number, made.status, made.description_html) == (1, VersionStatus.DRAFT, "<h2>All</h2>\n")
        courses.publish(made, version=made.version, **WHO)
        assert made.status is VersionStatus.CURRENT
        assert last("training.publish_course").object_name == "COR-101 Essentials"

    def test_a_code_is_given_once(self, app: Flask) -> None:
        courses.create("COR-101", DETAILS, **WHO)
        with pytest.raises(RuleError) as refused:
            courses.create("COR-101", DETAILS, **WHO)
        assert refused.value.field == "code"

    def test_a_draft_that_says_too_little_is_not_published(self, app: Flask) -> None:
        made = courses.create("COR-101", VersionDetails("Essentials", 240, languages=()), **WHO)
        with pytest.raises(RuleError, match="a summary, what it teaches, a language, how it is given"):
            courses.publish(made, version=made.version, **WHO)

    def test_the_next_version_is_a_copy_with_everything_and_retires_the_one_before(self, app: Flask) -> None:
        first, other = training.course("COR-101", summary="s", description="d"), training.course()
        needs.set_needs(first, Needs(Needed.ALL, frozenset({Thing(False, other.course_id)})))
        training.question(first)
        training.question(first, archived=True)
        training.criterion(first)
        for file in (None, ("a.pdf", b"%PDF-")):
            url = "" if file else "https://docs.example/x"
            materials.add(first, "Book", shown_from=ShownFrom.ENROLLED, is_public=False, url=url, file=file, **WHO)
        run = training.run(first)
        draft = courses.new_version(first, **WHO)
        assert (draft.number, draft.status, draft.title) == (2, VersionStatus.DRAFT, first.title)
        assert needs.needs_of(draft) == needs.needs_of(first)
        for model, n in ((AssessmentQuestion, 1), (RubricCriterion, 1), (CourseMaterial, 2)):
            assert db.session.scalar(select(func.count()).where(model.version_id == draft.id)) == n
        keys = set(db.session.scalars(select(CourseMaterial.key).where(CourseMaterial.key.is_not(None))))
        assert len(keys) == 2
        with pytest.raises(RuleError, match="a draft of the next version already"):
            courses.new_version(first, **WHO)
        courses.publish(draft, version=draft.version, **WHO)
        commit()
        assert first.status is VersionStatus.RETIRED
        assert run.version_id == first.id
        assert courses.current_version(first.course_id) is draft

    def test_what_people_were_promised_stays_once_somebody_is_enrolled(self, app: Flask) -> None:
        version = training.course("COR-101", pass_mark=70)
        details = VersionDetails(
            "New title", 120, languages=("en",), modes=tuple(version.modes), description="", pass_mark=60, validity_months=None
        )
        company = factories.organisation()
        training.enrol(training.run(version), company, factories.person(company))
        with pytest.raises(RuleError, match="were promised this") as refused:
            courses.change(version, details, version=version.version, **WHO)
        assert refused.value.field == "pass_mark"
        courses.change(version, replace(details, pass_mark=70), version=version.version, **WHO)
        assert version.title == "New title"
        assert last("training.change_course").changes["title"][1] == "New title"

    def test_a_retired_version_is_not_changed(self, app: Flask) -> None:
        version = training.course("COR-101", status=VersionStatus.RETIRED)
        with pytest.raises(RuleError, match="is retired"):
            courses.change(version, DETAILS, version=version.version, **WHO)

    def test_somebody_elses_change_is_seen(self, app: Flask) -> None:
        made = courses.create("COR-101", DETAILS, **WHO)
        with pytest.raises(StaleError):
            courses.change(made, DETAILS, version=made.version - 1, **WHO)
        with pytest.raises(StaleError):
            courses.publish(made, version=made.version - 1, **WHO)

    def test_a_draft_is_deleted_with_its_course_but_not_while_something_stands_on_it(self, app: Flask) -> None:
        made = courses.create("COR-101", DETAILS, **WHO)
        other = courses.create("COR-102", asking(made.course), **WHO)
        with pytest.raises(RuleError, match="stand on this course"):
            courses.delete_draft(made, **WHO)
        courses.delete_draft(other, **WHO)
        courses.delete_draft(made, **WHO)
        assert db.session.scalar(select(func.count()).select_from(Course)) == 0
        current = training.course("COR-103")
        with pytest.raises(RuleError, match="Only a draft"):
            courses.delete_draft(current, **WHO)
        draft = courses.new_version(current, **WHO)
        training.run(draft)
        with pytest.raises(RuleError, match="runs of this draft"):
            courses.delete_draft(draft, **WHO)

    def test_a_copy_is_a_course_of_its_own(self, app: Flask) -> None:
        made = courses.copy(training.course("COR-101"), "COR-201", **WHO)
        assert (made.course.code, made.number, made.status) == ("COR-201", 1, VersionStatus.DRAFT)
        with pytest.raises(RuleError) as refused:
            courses.copy(made, "COR-101", **WHO)
        assert refused.value.field == "code"

    def test_out_of_the_catalogue_and_back(self, app: Flask) -> None:
        version = training.course("COR-101")
        courses.archive(version, True, **WHO)
        assert queries.current_versions() == []
        courses.archive(version, False, **WHO)
        assert [one.id for one in queries.current_versions()] == [version.id]


class TestNeeds:
    """Nobody is sent in a circle."""

    def test_circles_are_refused_and_named(self, app: Flask) -> None:
        one = courses.create("A-1", DETAILS, **WHO)
        two = courses.create("A-2", asking(one.course), **WHO)
        with pytest.raises(RuleError, match="A-1 → A-2 → A-1") as refused:
            courses.change(one, asking(two.course, needed=Needed.ANY), version=one.version, **WHO)
        assert refused.value.field == "needs"

    def test_a_credential_that_needs_the_course_itself(self, app: Flask) -> None:
        one, held = training.course("A-1"), training.credential("KCE")
        training.curriculum(held, [one.course])
        with pytest.raises(RuleError, match="Nobody could ever take this course"):
            needs.set_needs(one, Needs(Needed.ALL, frozenset({Thing(True, held.id)})))

    def test_the_way_to_a_credential_cannot_need_it(self, app: Flask) -> None:
        held, first = training.credential("KCE"), training.course("A-1")
        way = training.curriculum(held, [first.course])
        second = training.course("A-2", needs=[held]).course
        with pytest.raises(RuleError, match="Nobody could ever take A-2"):
            credentials.add_course(held, way, second, True, **WHO)
        db.session.rollback()
        # A second way for those who hold it already is none of that.
        renewal = credentials.save_curriculum(held, None, "Renewal", 0, **WHO)
        credentials.add_course(held, renewal, second, True, **WHO)

    def test_a_thing_that_there_is_not(self, app: Flask) -> None:
        with pytest.raises(RuleError, match="that there are"):
            courses.create("A-1", replace(DETAILS, needs=Needs(Needed.ALL, frozenset({Thing(True, 77)}))), **WHO)


class TestCredentials:
    """Credentials and their curricula."""

    def test_electives_are_no_more_than_there_are(self, app: Flask) -> None:
        held = credentials.save_credential(None, credentials.CredentialDetails("KCE", "Engineer"), **WHO)
        way = credentials.save_curriculum(held, None, "Standard", 0, **WHO)
        chosen = [training.course().course for _n in range(3)]
        for n, course in enumerate(chosen):
            credentials.add_course(held, way, course, n == 0, **WHO)
        with pytest.raises(RuleError, match="only 2 electives") as refused:
            credentials.save_curriculum(held, way, "Standard", 3, version=way.version, **WHO)
        assert refused.value.field == "electives"
        credentials.save_curriculum(held, way, "Standard", 2, version=way.version, **WHO)
        rows = credentials.courses_of(way)
        credentials.remove_course(held, way, rows[2], **WHO)
        assert way.electives == 1
        credentials.require(held, way, rows[1], True, **WHO)
        assert way.electives == 0

    def test_order_by_buttons(self, app: Flask) -> None:
        held = training.credential()
        a, b, c = (training.course(code).course for code in ("A", "B", "C"))
        way = training.curriculum(held, [a, b, c])
        rows = credentials.courses_of(way)
        credentials.move(way, rows[2], True)
        credentials.move(way, rows[0], True)
        assert [row.course_id for row in credentials.courses_of(way)] == [a.id, c.id, b.id]

    def test_names_and_codes_are_given_once(self, app: Flask) -> None:
        held = training.credential("KCE")
        with pytest.raises(RuleError) as refused:
            credentials.save_credential(None, credentials.CredentialDetails("KCE", "Engineer"), **WHO)
        assert refused.value.field == "code"
        credentials.save_curriculum(held, None, "Standard", 0, **WHO)
        with pytest.raises(RuleError) as refused:
            credentials.save_curriculum(held, None, "STANDARD", 0, **WHO)
        assert refused.value.field == "name"
        with pytest.raises(StaleError):
            credentials.save_credential(held, credentials.CredentialDetails("KCE", "Other"), version=99, **WHO)

    def test_what_something_stands_on_is_not_deleted(self, app: Flask) -> None:
        held, free = training.credential(), training.credential()
        training.course(needs=[held])
        with pytest.raises(RuleError, match="Stop giving it out"):
            credentials.delete_credential(held, **WHO)
        credentials.delete_credential(free, **WHO)


class TestMaterial:
    """Links and files."""

    def test_either_a_link_or_a_file(self, app: Flask) -> None:
        version = training.course()
        values: dict[str, Any] = {"shown_from": ShownFrom.END, "is_public": False, **WHO}
        for url, file in (("", None), ("https://x.example", ("a.pdf", b"%PDF-"))):
            with pytest.raises(RuleError) as refused:
                materials.add(version, "Book", url=url, file=file, **values)
            assert refused.value.field == "url"

    def test_who_sees_what_when(self, app: Flask) -> None:
        version = training.course()
        run = training.run(version)
        link: dict[str, Any] = {"url": "https://x.example", "file": None, **WHO}
        materials.add(version, "Book", shown_from=ShownFrom.ENROLLED, is_public=False, **link)
        materials.add(version, "Solutions", shown_from=ShownFrom.END, is_public=False, **link)
        materials.add(version, "Flyer", shown_from=ShownFrom.END, is_public=True, **link)
        materials.add(run, "Recording", shown_from=ShownFrom.END, is_public=False, **link)

        def seen(**how: bool) -> list[str]:
            return [one.title for one in materials.of_run(run, **how)]

        assert seen(over=False) == ["Book", "Flyer"]
        assert seen(over=True) == ["Book", "Solutions", "Flyer", "Recording"]
        assert seen(over=True, enrolled=False) == ["Flyer"]

    def test_order(self, app: Flask) -> None:
        version = training.course()
        made = [
            materials.add(version, title, shown_from=ShownFrom.END, is_public=True, url="https://x.example", file=None, **WHO)
            for title in "abc"
        ]
        materials.move(version, made[2], True)
        assert [one.title for one in materials.of_version(version.id)] == ["a", "c", "b"]
        materials.remove(version, made[0], **WHO)
        assert last("training.material").changes == {"material": ["a", None]}


def test_at_most_one_version_is_current_whoever_writes(app: Flask) -> None:
    version = training.course()
    values = {c.key: getattr(version, c.key) for c in CourseVersion.__table__.columns if c.key not in ("id", "number")}
    db.session.add(CourseVersion(number=2, **values))
    with pytest.raises(IntegrityError):
        commit()
    db.session.rollback()
