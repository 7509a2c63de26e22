"""Reports in other shapes: Zoom, Webex, other tables; odd files; twice, at once, undone, by the worker."""

from typing import Any

import pytest
from sqlalchemy import func, select

from eventapp.core import jobs
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.partners.imports import service as imports
from eventapp.partners.imports.readers import FileError
from eventapp.partners.imports.undo import consequences
from eventapp.partners.imports.undo import undo as take_back
from eventapp.partners.models import ImportBatch, ImportRow
from eventapp.registrations.join_links import join_link
from eventapp.registrations.models import Registration
from eventapp.training.attendance.reports import blocks, cells, service
from eventapp.training.models import AttendanceInterval, AttendanceReport, DayOrder, MatchedRow, MeetingTool
from tests.support.factories import TESTS
from tests.training.attendance.conftest import AFTER, REPORT, World, berlin, run_now, table, take_in

WHOLE = "4/13/2027 8:00:00 AM\t4/13/2027 10:00:00 AM"


def seconds(world: World) -> dict[str, int]:
    return {address[:3]: world.of(address).attended for address in world.enrolments if world.of(address).attended}


def test_zoom(small: World) -> None:
    content = (
        "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\r\n"
        "812 345 678,VPS-101,04/13/2027 09:50:00 AM,04/13/2027 12:02:00 PM,host@karmin.example,132,3\r\n\r\n"
        "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room\r\n"
        "Ada (Ada Lang),ada@donau.example,04/13/2027 09:58:00 AM,04/13/2027 12:00:00 PM,122,Yes,No\r\n"
        "Ben Weiss,,04/13/2027 09:50:00 AM,04/13/2027 09:58:00 AM,8,Yes,Yes\r\n"
        "Ben Weiss,,04/13/2027 09:58:00 AM,04/13/2027 11:00:00 AM,62,Yes,No\r\n"
    )
    assert blocks.cut(content.encode()).tool is MeetingTool.ZOOM
    found = take_in(small, content.encode())
    assert (found["rows_added"], found["rejected"]) == (2, 1)
    assert seconds(small) == {"ada": 7200, "ben": 3600}, "read in the zone of the run"


def test_webex(small: World) -> None:
    content = (
        '"Meeting Name"\t"Meeting Start Time"\t"Display Name"\t"Role"\t"Attendee Email"\t"Join Time"\t"Leave Time"'
        '\t"Attendance Duration"\t"Connection Type"\r\n'
        '"VPS-101"\t"=""2027-04-13 10:00:00"""\t"Ada Lang"\t"Attendee"\t"ADA@donau.example"\t"=""2027-04-13 10:00:00"""'
        '\t"=""2027-04-13 11:30:00"""\t"90 mins"\t"Desktop app"\r\n'
        '"VPS-101"\t"x"\t"Hank Host"\t"Host"\t"hank@elsewhere.example"\t"=""2027-04-13 10:00:00"""\t"=""2027-04-13 12:00:00"""'
        '\t"120 mins"\t"Desktop app"\r\n'
    )
    assert blocks.cut(content.encode("utf-16")).tool is MeetingTool.WEBEX
    found = take_in(small, content.encode("utf-16"))
    assert (found["rows_added"], found["staff_rows"], found["rejected"]) == (2, 1, 0)
    assert seconds(small) == {"ada": 5400}


def test_teams_in_german_with_the_day_first(small: World) -> None:
    content = (
        "1. Zusammenfassung\nZeitzone\tUTC\n\n3. Aktivitäten in der Besprechung\n"
        "Name\tBeitrittszeit\tVerlassenszeit\tDauer\tE-Mail\tRolle\n"
        "Lang, Ada\t13.4.2027, 08:00:00\t13.4.2027, 10:00:00\t2 Std\t\tTeilnehmer\n"
        "Weiß, Ben\t13.04.27, 08:00\t13.04.27, 09:00\t1 Std\t\tTeilnehmer\n"
        "Host\t13.4.2027, 07:00:00\t13.4.2027, 10:00:00\t3 Std\t\tOrganisator\n\n4. Anderes\nName\tX\nY\tZ\n"
    )
    found = take_in(small, content.encode("utf-16-le"))
    assert (found["join_rows"], found["rows_matched_by_name"], found["staff_rows"]) == (3, 2, 1)
    assert seconds(small) == {"ada": 7200, "ben": 3600}


def test_any_table_by_a_mapping_that_is_remembered(small: World) -> None:
    content = b"Who;Came;Went\nAda Lang;2027-04-13T08:00:00Z;2027-04-13T09:00:00Z\n"
    with transaction():
        batch = service.begin(run_now(small.run.id), "own.csv", content, by=TESTS, at=AFTER)
        with pytest.raises(imports.ColumnsMissingError):
            imports.match(batch, {"name": 0})
        imports.match(batch, {"name": 0, "joined": 1, "left": 2})
        imports.apply(batch.id, by=TESTS, at=AFTER)
    db.session.expire_all()
    assert seconds(small) == {"ada": 3600}
    with transaction():
        again = service.begin(run_now(small.run.id), "own.csv", content + b"\n", by=TESTS, at=AFTER)
        assert again.mapping == {"name": 0, "joined": 1, "left": 2}


def test_lines_are_found_by_the_join_link_first(small: World) -> None:
    enrolment = small.of("ben@donau.example")
    registration = db.session.get_one(Registration, enrolment.registration_id)
    head = "Name\tJoin Time\tLeave Time\tEmail\tRegistration Code"
    link, code = join_link(registration), registration.code
    take_in(small, table(f"Ada Lang\t{WHOLE}\tada@donau.example\t{link}", f"Whoever\t{WHOLE}\t\t{code}", head=head))
    assert seconds(small) == {"ben": 7200}
    lines = db.session.scalars(select(AttendanceInterval)).all()
    assert {(line.matched, line.enrolment_id) for line in lines} == {(MatchedRow.TOKEN, enrolment.id)}


def test_a_presenter_who_is_enrolled_is_no_staff_and_the_vendors_people_are(small: World) -> None:
    rows = (
        f"Ada Lang\t{WHOLE}\tada@donau.example\tPresenter",
        f"Zoë van 't Hof\t{WHOLE}\t\tPresenter",
        f"Kim Karmin\t{WHOLE}\tkim@karmin.example\tAttendee",
    )
    found = take_in(small, table(*rows))
    assert (found["staff_rows"], found["unmatched_rows"]) == (2, 0)
    assert seconds(small) == {"ada": 7200}


def test_a_report_of_later_says_when_somebody_left(small: World) -> None:
    start, end = WHOLE.split("\t")
    take_in(small, table(f"Ada Lang\t{start}\t\t\tAttendee"))
    assert seconds(small) == {"ada": 7200}
    found = take_in(small, table(f"Ada Lang\t{start}\t4/13/2027 9:00:00 AM\t\tAttendee", f"Ben Weiß\t{start}\t{end}\t\tAttendee"))
    assert (found["rows_completed"], found["rows_added"]) == (1, 1)
    assert seconds(small) == {"ada": 3600, "ben": 7200}
    found = take_in(small, table(f"Ada Lang\t{start}\t{end}\t\tAttendee"))
    assert (found["rows_unchanged"], found["rows_added"]) == (1, 0), "what is known stays"
    assert seconds(small) == {"ada": 3600, "ben": 7200}


def test_repeated_lines_count_once(small: World) -> None:
    found = take_in(small, table(*[f"Ada Lang\t{WHOLE}\t\tAttendee"] * 3))
    assert (found["rows_added"], found["rows_repeated"]) == (1, 2)


HOSTILE = [
    ("Ada Lang\t\t\t\tAttendee", "no_join_time"),
    ("Ada Lang\t1/1/0001 8:00:00 AM\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t0001-01-01T00:00:00+14:00\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t9999-12-31T23:59:59-14:00\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t2/30/2027 8:00:00 AM\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t4/13/2027 13:00:00 PM\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t4/13/2027 25:00:00\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t=NOW()\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t٤/13/2027 8:00\t\t\tAttendee", "broken_date"),
    ("Ada Lang\t4/13/2027 10:00:00 AM\t4/13/2027 9:59:59 AM\t\tAttendee", "left_before_joined"),
    (f"{'x' * 100_000}\t{WHOLE}\t\tAttendee", "too_long:name"),
    (f"Ada Lang\t{WHOLE}\t\tAttendee\tmore", "too_many_columns"),
]


def test_hostile_lines_are_refused_each_with_its_reason(small: World) -> None:
    found = take_in(small, table(*(row for row, _reason in HOSTILE), f"Ada Lang\t{WHOLE}\tno address\tAttendee"))
    assert (found["rejected"], found["rows_added"]) == (len(HOSTILE), 1)
    reasons = list(db.session.scalars(select(ImportRow.reason).order_by(ImportRow.record)))
    assert reasons == [*(reason for _row, reason in HOSTILE), ""]
    assert seconds(small) == {"ada": 7200}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"%PDF-1.7\n",
        b"PK\x03\x04broken",
        b"\xd0\xcf\x11\xe0old",
        b"\xff\xfea",
        b"Name\tJoin Time\n",
        b"\x00" * 50,
    ],
)
def test_files_that_are_none_say_so(small: World, content: bytes) -> None:
    with pytest.raises(FileError), transaction():
        service.begin(run_now(small.run.id), "x.csv", content, by=TESTS, at=AFTER)


def test_control_characters_and_formulas_are_only_text(small: World) -> None:
    found = take_in(small, table(f"=cmd|'/C calc'!A0\t{WHOLE}\t\tAttendee", f"A\x00da \x07Lang\t{WHOLE}\t\tAttendee"))
    assert found["rejected"] == 0
    names = set(db.session.scalars(select(AttendanceInterval.name)))
    assert "=cmd|'/C calc'!A0" in names
    assert all("\x00" not in name for name in names)


def test_undoing_takes_the_lines_out_and_counts_anew(vps: World) -> None:
    take_in(vps)
    batch_id: int = vps.batch_id
    take_in(vps)
    second: int = vps.batch_id
    with transaction():
        assert dict(consequences(db.session.get_one(ImportBatch, second)))["Lines that go"] == 0
        take_back(second, by=TESTS, at=AFTER)
    db.session.expire_all()
    assert vps.states() == {"attended": 29, "partial": 4, "no_show": 7}, "the second brought nothing that could go"
    with transaction():
        take_back(batch_id, by=TESTS, at=AFTER)
    db.session.expire_all()
    assert vps.states() == {"no_show": 40}
    assert db.session.scalar(select(func.count()).select_from(AttendanceReport)) == 0
    take_in(vps)
    assert vps.states() == {"attended": 29, "partial": 4, "no_show": 7}


def test_the_same_file_read_otherwise_is_refused(vps: World) -> None:
    take_in(vps)
    with transaction():
        batch = service.begin(run_now(vps.run.id), "t.csv", REPORT, by=TESTS, at=AFTER)
        service.say_how(batch, zone="Europe/Berlin", day_order=DayOrder.MONTH_FIRST)
        batch_id = batch.id
    with pytest.raises(RuleError, match="read in another way"), transaction():
        imports.apply(batch_id, by=TESTS, at=AFTER)


def test_a_final_run_takes_no_report(small: World) -> None:
    with transaction():
        run_now(small.run.id).done_at = AFTER
    with pytest.raises(RuleError, match="final"):
        take_in(small, table(f"Ada Lang\t{WHOLE}\t\tAttendee"))


def many(number: int) -> bytes:
    return table(*(f"Person {n}\t{WHOLE}\tp{n}@donau.example\tAttendee" for n in range(number)))


def test_a_thousand_lines_by_the_worker(app: Any) -> None:
    world = berlin([{"name": f"Person {n}", "email": f"p{n}@donau.example"} for n in range(12)])
    with transaction():
        batch = service.begin(run_now(world.run.id), "many.csv", many(1000), by=TESTS, at=AFTER)
        imports.preview(batch, at=AFTER)
        imports.queue(batch)
        batch_id = batch.id
    jobs.run_waiting()
    db.session.expire_all()
    batch = db.session.get_one(ImportBatch, batch_id)
    assert (batch.state.value, batch.counts["rows_added"], batch.counts["unmatched_rows"]) == ("applied", 1000, 988)
    assert world.states() == {"attended": 12}


SHAPES = [
    ("4/13/27, 7:38:12 AM", (2027, 4, 13, 7, 38, 12)),
    ("4/13/2027 7:38:12\u202fPM", (2027, 4, 13, 19, 38, 12)),
    ("12/1/2027, 12:00:00 AM", (2027, 12, 1, 0, 0, 0)),
    ("12/1/2027, 12:00 PM", (2027, 12, 1, 12, 0, 0)),
    ("13.4.2027, 07:38:12", (2027, 4, 13, 7, 38, 12)),
    ("13. 4. 2027 7:38", (2027, 4, 13, 7, 38, 0)),
    ("2027-04-13 07:38:12", (2027, 4, 13, 7, 38, 12)),
    ("2027-04-13T07:38:12.500Z", (2027, 4, 13, 7, 38, 12)),
    ("Apr 13, 2027 7:38:12 a.m.", (2027, 4, 13, 7, 38, 12)),
    ('="2027-04-13 07:38:12"', (2027, 4, 13, 7, 38, 12)),
]


@pytest.mark.parametrize(("text", "parts"), SHAPES)
def test_moments_in_every_spelling(text: str, parts: tuple[int, ...]) -> None:
    found = cells.local_moment(text, DayOrder.MONTH_FIRST)
    assert found is not None
    assert tuple(found.timetuple()[:6]) == parts


def test_days_and_months_with_slashes_are_told_apart_by_the_run(small: World) -> None:
    rows = ("Ada Lang\t13/04/2027 08:00:00\t13/04/2027 09:00:00\t\t", "Ben Weiß\t13/04/2027 08:00\t\t\t")
    take_in(small, table(*rows))
    assert seconds(small) == {"ada": 3600, "ben": 7200}
    assert db.session.scalars(select(AttendanceReport)).one().tool is MeetingTool.TEAMS


@pytest.mark.parametrize(
    ("text", "zone"),
    [("UTC", "UTC"), ("Europe/Berlin", "Europe/Berlin"), ("(UTC+00:00) Dublin", "UTC"), ("UTC+1", ""), ("Mars", ""), ("", "")],
)
def test_zones_of_the_header(text: str, zone: str) -> None:
    assert cells.zone_named(text) == zone
