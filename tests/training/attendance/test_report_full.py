"""The report of tests/data: every number and every person as expected.json says."""

from typing import Any

from sqlalchemy import func, select

from eventapp.core.db import db, transaction
from eventapp.training.attendance import rules, unmatched
from eventapp.training.attendance.unmatched import Place
from eventapp.training.models import AttendanceInterval, AttendanceReport, MatchedRow
from tests.support.factories import TESTS
from tests.training.attendance.conftest import AFTER, EXPECTED, World, run_now, take_in


def check_people(vps: World, key: str = "") -> None:
    for person in EXPECTED["people"]:
        want: dict[str, Any] = {**person, **(person.get(key) or {})}
        found = vps.of(person["email"])
        assert found.attendance is not None
        got = (found.attended, round(found.attended / 60, 2), rules.percent(found.attended, found.slots), found.attendance.value)
        assert got == (want["seconds"], want["minutes"], want["percent"], want["state"]), person["case"]


def test_the_report_comes_to_what_is_expected(vps: World) -> None:
    found = take_in(vps)
    assert (found["join_rows"], found["staff_rows"], found["join_rows_without_leave_time"]) == (48, 2, 1)
    assert found["rows_matched_by_name"] == EXPECTED["rows_matched_by_name"]
    assert found["rejected"] == 0
    assert vps.states() == EXPECTED["states"]
    check_people(vps)
    by_address = select(func.count(func.distinct(AttendanceInterval.enrolment_id)))
    by_address = by_address.where(AttendanceInterval.matched == MatchedRow.ADDRESS)
    assert db.session.scalar(by_address) == EXPECTED["matched_by_email"]
    waiting = [group.name for group in unmatched.groups(vps.run.id) if group.place is Place.WAITING]
    assert sorted(waiting) == sorted(EXPECTED["unmatched_rows"])


def test_the_same_file_again_adds_nothing(vps: World) -> None:
    take_in(vps)
    found = take_in(vps)
    assert (found["rows_added"], found["rows_unchanged"]) == (EXPECTED["second_import_of_same_file"]["rows_added"], 48)
    assert len(db.session.scalars(select(AttendanceReport)).all()) == 1
    assert vps.states() == EXPECTED["states"]


def test_matching_the_one_by_hand_comes_to_what_is_expected(vps: World) -> None:
    take_in(vps)
    nicolo = "nicolo.deluca@colle-del-ponente-tecnologie.example"
    (group,) = [group for group in unmatched.groups(vps.run.id) if group.name == "Nicolò iPad"]
    with transaction():
        unmatched.match(run_now(vps.run.id), group.id, vps.enrolments[nicolo], by=TESTS, at=AFTER)
    db.session.expire_all()
    assert vps.states() == EXPECTED["states_after_manual_match"]
    check_people(vps, "after_manual_match")
    minutes = sum(vps.of(address).attended for address in vps.enrolments) / 60
    assert round(minutes, 2) == EXPECTED["minutes_total_after_manual_match"]
    assert take_in(vps)["rows_added"] == 0
    assert vps.states() == EXPECTED["states_after_manual_match"]
    with transaction():
        unmatched.take_back(run_now(vps.run.id), group.id, by=TESTS, at=AFTER)
    db.session.expire_all()
    assert vps.states() == EXPECTED["states"]
