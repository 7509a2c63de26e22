"""The pages of attendance, by trainers, organizers, auditors and everybody else."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import EventStatus
from eventapp.training.attendance import closing
from eventapp.training.models import AttendanceInterval, AttendanceState, Enrolment, RollCall, RollMark, Run
from tests.support import factories, training
from tests.support.pages import PageClient, fields, hidden, token_of
from tests.training.attendance.conftest import AFTER, REPORT, STARTS, World, berlin, table, take_in

TEACH = "/teach/1"


@pytest.fixture
def client(client: PageClient, clock: Any) -> PageClient:
    clock.move_to(AFTER)
    return client


def text(client: PageClient, url: str) -> str:
    page = client.get(url)
    assert page.status_code == 200, (url, page.status_code)
    return page.get_data(as_text=True)


def send(client: PageClient, url: str, at: str = "", follow: bool = True, **values: Any) -> Any:
    """Sends a form as it stands on a page, with these values in it."""
    html = client.get(at or url).get_data(as_text=True)
    there = f'action="{url}"' in html
    filled = fields(html, url) if there else fields(html) if not at else hidden(html)
    return client.post(url, data={**filled, **values}, follow_redirects=follow)


def upload(client: PageClient, content: bytes = REPORT, name: str = "teams.csv") -> str:
    """Uploads a report; the address of its preview."""
    page = send(client, f"{TEACH}/report", follow=False, file=(io.BytesIO(content), name))
    assert page.status_code == 302, page.get_data(as_text=True)[:3000]
    return str(page.location)


def test_a_trainer_takes_a_report_in(client: PageClient, vps: World) -> None:
    client.sign_in(vps.trainer)
    preview = upload(client)
    html = text(client, preview)
    assert "Microsoft Teams" in html
    assert "month/day/year" in html
    assert vps.states() == {}, "a preview counts nothing"
    done = send(client, f"{preview}apply", preview)
    assert "The report is taken in." in done.get_data(as_text=True)
    assert vps.states() == {"attended": 29, "partial": 4, "no_show": 7}
    html = text(client, f"{TEACH}/attendance")
    assert "3 lines were found with nobody" in html
    assert "Nothing found" in text(client, f"{TEACH}/attendance?q=nobody-of-that-name")
    html = text(client, f"{TEACH}/attendance/lines")
    assert "Nicolò iPad" in html
    assert "nicolo.98@freemail.example" not in html, "trainers see no addresses"
    assert "Tamsin Treloar" in html


def test_matching_by_suggestion_by_text_and_aside(client: PageClient, vps: World) -> None:
    take_in(vps)
    client.sign_in(vps.trainer)
    lines = f"{TEACH}/attendance/lines"
    by_name = {row.name: row for row in db.session.scalars(select(AttendanceInterval)) if row.enrolment_id is None}
    nicolo = vps.enrolments["nicolo.deluca@colle-del-ponente-tecnologie.example"]
    assert f'value="{nicolo}"' in text(client, lines)
    ipad, marta, phone = (by_name[name].id for name in ("Nicolò iPad", "Marta Q. (Guest)", "+43 ***** **12"))
    page = send(client, f"{lines}/{marta}", lines, who="Nobody Here")
    assert page.status_code == 422
    html = page.get_data(as_text=True)
    assert "Nobody Here" in html
    assert "Choose one of the list" in html
    assert "Matched" in send(client, f"{lines}/{ipad}", lines, enrolment=str(nicolo)).get_data(as_text=True)
    assert vps.states() == {"attended": 30, "partial": 4, "no_show": 6}
    send(client, f"{lines}/{phone}/aside", lines)
    assert "1 line was found" in text(client, f"{TEACH}/attendance")
    send(client, f"{lines}/{phone}/back", lines)
    send(client, f"{lines}/{ipad}/back", lines)
    assert vps.states() == {"attended": 29, "partial": 4, "no_show": 7}
    assert "3 lines were found" in text(client, f"{TEACH}/attendance")
    assert send(client, f"{lines}/{ipad}", lines, enrolment="99999").status_code == 422


def test_a_line_of_another_run_is_as_unknown_as_none(client: PageClient, small: World) -> None:
    take_in(small, table("X Y\t4/13/2027 8:00:00 AM\t4/13/2027 9:00:00 AM\t\tAttendee"))
    other = training.run(training.course(), trainers=[small.trainer])
    line = db.session.scalars(select(AttendanceInterval)).one()
    client.sign_in(small.trainer)
    lines = f"/teach/{other.id}/attendance/lines"
    for number in (line.id, 9999):
        assert send(client, f"{lines}/{number}", lines, enrolment="1").status_code == 404
    assert client.get(f"/teach/{other.id}/attendance/{small.enrolments['ada@donau.example']}").status_code == 404


def test_who_may(client: PageClient, small: World) -> None:
    pages = ["attendance", "attendance/lines", "roll", "sheet/print"]
    writing = ["report", "sheet", "close", f"attendance/{small.enrolments['ada@donau.example']}"]
    for role, reads, writes in (
        (Role.AUDITOR, 200, 403),
        (Role.ORGANIZER, 200, 200),
        (Role.TRAINER, 404, 404),
        (Role.PARTNER_MANAGER, 403, 403),
    ):
        client.sign_in(factories.user(None, role))
        assert {client.get(f"{TEACH}/{page}").status_code for page in pages} == {reads}, role
        assert {client.get(f"{TEACH}/{page}").status_code for page in writing} == {writes}, role


def test_the_roll_is_called_saved_and_opened_again(client: PageClient, small: World) -> None:
    client.sign_in(small.trainer)
    ada, ben, zoe, marta = (small.enrolments[f"{key}@donau.example"] for key in ("ada", "ben", "zoë", "mar"))
    roll = f"{TEACH}/roll"
    values = {f"was-{key}": "" for key in small.enrolments.values()}
    page = send(client, roll, **values, **{f"mark-{ada}": "present", f"mark-{ben}": "absent"})
    assert "2 marks saved." in page.get_data(as_text=True)
    assert small.states() == {"attended": 1, "no_show": 3}
    values |= {f"was-{ada}": "present", f"was-{ben}": "absent"}
    chosen = {f"mark-{ada}": "present", f"mark-{ben}": "absent", f"mark-{zoe}": "", f"mark-{marta}": ""}
    send(client, roll, **values, **chosen, rest="present")
    assert small.states() == {"attended": 3, "no_show": 1}
    send(client, f"{roll}/back", roll)
    assert small.states() == {"attended": 1, "no_show": 3} or len(db.session.scalars(select(RollCall)).all()) == 2
    assert "Nothing was changed." in send(client, roll, **values, **chosen).get_data(as_text=True)


def test_marks_of_others_stay_and_hostile_fields_do_nothing(client: PageClient, small: World) -> None:
    client.sign_in(small.trainer)
    ada, ben = (small.enrolments[f"{key}@donau.example"] for key in ("ada", "ben"))
    send(client, f"{TEACH}/roll", **{f"mark-{ada}": "present", f"was-{ada}": ""})
    # A page that was opened before that knows nothing of Ada's mark, and does not touch it.
    stale = {f"mark-{ada}": "", f"was-{ada}": "", f"mark-{ben}": "absent", f"was-{ben}": ""}
    hostile = {
        "mark-999999": "present",
        "mark-x": "present",
        "mark-99999999999": "present",
        "mark-²": "absent",
        f"mark-{ada}x": "a",
    }
    page = send(client, f"{TEACH}/roll", **stale, **hostile)
    assert page.status_code == 200
    marks = {row.enrolment_id: row.mark for row in db.session.scalars(select(RollCall))}
    assert marks == {ada: RollMark.PRESENT, ben: RollMark.ABSENT}


def test_the_roll_opens_a_quarter_of_an_hour_before(client: PageClient, small: World, clock: Any) -> None:
    clock.move_to(datetime(2027, 4, 13, 7, 44, 55, tzinfo=UTC))
    client.sign_in(small.trainer)
    ada = small.enrolments["ada@donau.example"]
    page = send(client, f"{TEACH}/roll", **{f"mark-{ada}": "present", f"was-{ada}": ""})
    assert page.status_code == 409
    clock.move_to(datetime(2027, 4, 13, 7, 45, tzinfo=UTC))
    send(client, f"{TEACH}/roll", **{f"mark-{ada}": "present", f"was-{ada}": ""})
    assert small.of("ada@donau.example").attendance is AttendanceState.ATTENDED
    assert small.of("ben@donau.example").attendance is None, "nobody is a no-show before the end"


def test_a_sheet_is_typed_in_matched_and_taken_out(client: PageClient, small: World) -> None:
    client.sign_in(small.trainer)
    sheet = f"{TEACH}/sheet"
    page = send(client, sheet, lines="Lang, Ada\nBEN@donau.example;signed late\nSomebody Else\n\nada lang\n")
    said = page.get_data(as_text=True)
    assert "4 lines are new. 1 was found with nobody." in said
    assert small.states() == {"attended": 2, "no_show": 2}
    assert "4 stood there before." in send(client, sheet, lines="Lang, Ada\nBEN@donau.example\nSomebody Else\nada lang").get_data(
        as_text=True
    )
    send(client, f"{sheet}/back", sheet)
    assert small.states() == {"no_show": 4}
    assert send(client, sheet, lines="").status_code == 422
    assert send(client, sheet, lines="x" * 201).status_code == 422
    assert "Zoë van" in text(client, f"{sheet}/print")


def test_settling_with_a_reason_and_back(client: PageClient, small: World) -> None:
    client.sign_in(small.trainer)
    url = f"{TEACH}/attendance/{small.enrolments['ada@donau.example']}"
    assert send(client, url, state="excused", reason="").status_code == 422
    assert send(client, url, state="here", reason="x").status_code == 422
    assert "Settled." in send(client, url, state="excused", reason="Train stood still").get_data(as_text=True)
    assert small.of("ada@donau.example").attendance is AttendanceState.EXCUSED
    take_in(small, table("Ada Lang\t4/13/2027 8:00:00 AM\t4/13/2027 10:00:00 AM\t\tAttendee"))
    ada = small.of("ada@donau.example")
    assert (ada.attendance, ada.attended) == (AttendanceState.EXCUSED, 7200), "what was settled stays"
    send(client, f"{url}/unsettle", url)
    ada = small.of("ada@donau.example")
    assert (ada.attendance, ada.settled_reason) == (AttendanceState.ATTENDED, "")
    assert ada.completed_at is not None
    actions = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == ada.person_id)))
    assert {"attendance.settle", "attendance.unsettle"} <= set(actions)


def test_settling_what_somebody_else_has_settled_is_refused(client: PageClient, small: World) -> None:
    client.sign_in(small.trainer)
    url = f"{TEACH}/attendance/{small.enrolments['ada@donau.example']}"
    before = fields(client.get(url).get_data(as_text=True))
    send(client, url, state="excused", reason="Ill")
    page = client.post(url, data={**before, "state": "attended", "reason": "Was here"})
    assert page.status_code == 409
    html = page.get_data(as_text=True)
    assert "Was here" in html
    assert small.of("ada@donau.example").attendance is AttendanceState.EXCUSED


def test_a_run_that_is_not_over_is_not_made_final(client: PageClient, small: World, clock: Any) -> None:
    clock.move_to(STARTS)
    client.sign_in(small.trainer)
    page = client.get(f"{TEACH}/close").get_data(as_text=True)
    assert "Its results can be made final once it is." in page
    assert "Make final" not in page.split("<main")[1]
    form = {"csrf_token": token_of(page), "version": str(small.run.version)}
    answer = client.post(f"{TEACH}/close", data=form)
    assert answer.status_code in (409, 422)
    assert "The run is not over yet." in answer.get_data(as_text=True)
    assert small.states() == {}


def test_a_final_run_takes_nobody(client: PageClient, small: World) -> None:
    take_in(small, table("Ada Lang\t4/13/2027 8:00:00 AM\t4/13/2027 10:00:00 AM\t\tAttendee"))
    run = db.session.get_one(Run, small.run.id)
    closing.close(run, seen=run.version, by=factories.TESTS, at=run.event.starts_at)
    factories.commit()
    assert run.event.status is EventStatus.CLOSED
    company = factories.organisation()
    with pytest.raises(RuleError, match="final"):
        training.enrol(run, company, factories.person(company))


def test_closing_names_what_is_open_and_refuses_changes_until_reopened(client: PageClient, small: World) -> None:
    take_in(small, table("Ada Lang\t4/13/2027 8:00:00 AM\t4/13/2027 10:00:00 AM\t\tAttendee", "X\t4/13/2027 8:00:00 AM\t\t\t"))
    client.sign_in(small.trainer)
    close = f"{TEACH}/close"
    assert "1 line was found with nobody" in text(client, close)
    assert "The results are final." in send(client, close).get_data(as_text=True)
    sheet = f"{TEACH}/sheet"
    assert "Take them in" not in text(client, sheet)
    for url, at, values in (
        (f"{TEACH}/attendance/count", f"{TEACH}/attendance", {}),
        (sheet, f"{TEACH}/attendance", {"lines": "Ben Weiß", "slot_at": STARTS.isoformat()}),
    ):
        send(client, url, at, **values)
    assert small.states() == {"attended": 1, "no_show": 3}
    assert "open again" in send(client, f"{TEACH}/reopen", f"{TEACH}/attendance").get_data(as_text=True)
    send(client, sheet, lines="Ben Weiß")
    assert small.states() == {"attended": 2, "no_show": 2}


def test_export_has_a_row_for_each_interval_and_neutral_cells(client: PageClient, small: World) -> None:
    take_in(
        small,
        table(
            "Ada Lang\t4/13/2027 7:50:00 AM\t\t\tAttendee",
            "=HYPERLINK(1)\t4/13/2027 8:00:00 AM\t4/13/2027 8:01:00 AM\tx@y.example\tAttendee",
        ),
    )
    client.sign_in(small.trainer)
    page = send(client, f"{TEACH}/attendance/export", f"{TEACH}/attendance", format="plain")
    rows = page.get_data(as_text=True).splitlines()
    assert len(rows) == 3
    assert rows[1].endswith(",7200")
    assert "'=HYPERLINK(1)" in rows[2]
    assert "x@y.example" not in rows[2]
    assert send(client, f"{TEACH}/attendance/export", f"{TEACH}/attendance", format="exe").status_code == 400


def test_as_many_queries_for_many_as_for_few(client: PageClient, small: World, count_queries: Any) -> None:
    client.sign_in(small.trainer)
    for page in ("attendance", "attendance/lines", "roll", "sheet", "sheet/print", "close", "report"):
        client.get(f"{TEACH}/{page}")
        with count_queries() as few:
            client.get(f"{TEACH}/{page}")
        assert len(few) <= 12, (page, few.statements)


def test_empty(client: PageClient, app: object) -> None:
    world = berlin([])
    client.sign_in(world.trainer)
    for page in ("attendance", "attendance/lines", "roll", "sheet", "sheet/print", "close", "report"):
        assert client.get(f"{TEACH}/{page}").status_code == 200
    assert take_in(world)["unmatched_rows"] == 46


def test_several_slots(client: PageClient, app: object) -> None:
    slots = [(STARTS, STARTS.replace(hour=9)), (STARTS.replace(day=14), STARTS.replace(day=14, hour=9))]
    world = berlin([{"name": "Ada Lang", "email": "ada@donau.example"}], slots=slots)
    client.sign_in(world.trainer)
    ada = world.enrolments["ada@donau.example"]
    html = text(client, f"{TEACH}/roll?slot=1")
    assert len(re.findall(r'href="[^"]*slot=\d"', html)) >= 2
    send(client, f"{TEACH}/roll", f"{TEACH}/roll?slot=1", **{f"mark-{ada}": "present", f"was-{ada}": ""})
    found = db.session.get_one(Enrolment, ada)
    assert (found.attended, found.slots, found.attendance) == (3600, 7200, None)
    assert client.get(f"{TEACH}/roll?slot=9").status_code == 200
    assert client.get(f"{TEACH}/roll?slot=²").status_code == 200
