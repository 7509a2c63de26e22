"""Two at once: the same report imported twice, and somebody matching while somebody else does."""

from typing import Any

from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db, transaction
from eventapp.partners.imports import service as imports
from eventapp.training.attendance import unmatched
from eventapp.training.attendance.reports import service
from eventapp.training.models import AttendanceInterval, AttendanceReport
from tests.agenda.test_draft_races import at_once
from tests.support.factories import TESTS
from tests.training.attendance.conftest import AFTER, REPORT, World, run_now, take_in


def test_the_same_report_twice_at_once_is_there_once(app: Flask, vps: World) -> None:
    ids = []
    for _n in range(2):
        with transaction():
            ids.append(service.begin(run_now(vps.run.id), "t.csv", REPORT, by=TESTS, at=AFTER).id)

    def apply(batch_id: int) -> Any:
        return lambda: imports.apply(batch_id, by=TESTS, at=AFTER)

    assert at_once(app, *(apply(batch_id) for batch_id in ids)) == ["done", "done"]
    db.session.expire_all()
    assert db.session.scalar(select(func.count()).select_from(AttendanceReport)) == 1
    assert db.session.scalar(select(func.count()).select_from(AttendanceInterval)) == 48
    assert vps.states() == {"attended": 29, "partial": 4, "no_show": 7}


def test_a_line_is_matched_once(app: Flask, vps: World) -> None:
    take_in(vps)
    (group,) = [group for group in unmatched.groups(vps.run.id) if group.name == "Nicolò iPad"]
    ids = list(vps.enrolments.values())[:3]
    db.session.commit()

    def match(enrolment_id: int) -> Any:
        return lambda: unmatched.match(run_now(vps.run.id), group.id, enrolment_id, by=TESTS, at=AFTER)

    assert at_once(app, *(match(enrolment_id) for enrolment_id in ids)) == ["done", "refused", "refused"]
