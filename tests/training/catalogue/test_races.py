"""Acts that cross each other: nobody closes a circle from both sides, and a course has one draft."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from eventapp.core.db import db
from eventapp.training.catalogue import courses, needs
from eventapp.training.catalogue.rules import Needs, Thing
from eventapp.training.models import CourseVersion, Needed, Prerequisite
from tests.conftest import NOW
from tests.groups.test_races import Act, at_once
from tests.support import training
from tests.support.factories import TESTS


def version_of(id_: int) -> CourseVersion:
    query = select(CourseVersion).where(CourseVersion.id == id_).options(joinedload(CourseVersion.course))
    return db.session.scalars(query).one()


def asking(version_id: int, course_id: int) -> Act:
    """Makes a version ask for a course."""
    return lambda: needs.set_needs(version_of(version_id), Needs(Needed.ALL, frozenset({Thing(False, course_id)})))


@pytest.mark.parametrize("_time", range(3))
def test_two_halves_of_a_circle(app: Flask, _time: int) -> None:
    one, two = training.course("A-1"), training.course("A-2")
    acts = [asking(one.id, two.course_id), asking(two.id, one.course_id)]
    assert sorted(at_once(app, *acts)) == ["done", "refused"]
    assert db.session.scalar(select(func.count()).select_from(Prerequisite)) == 1


def test_two_drafts_of_the_next_version(app: Flask) -> None:
    made = training.course("A-1").id
    acts: list[Act] = [lambda: courses.new_version(version_of(made), by=TESTS, at=NOW) for _n in range(3)]
    assert sorted(at_once(app, *acts)) == ["done", "refused", "refused"]
    assert db.session.scalar(select(func.count()).select_from(CourseVersion)) == 2
