"""The attendee export: what the filter shows, in every format, and the same again when it is read back."""

import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.exports import PRESETS, original
from eventapp.events.models import Event
from eventapp.partners.models import Person
from eventapp.registrations import exports, queries
from eventapp.registrations.commands import COMMANDS
from eventapp.registrations.plus_ones.service import bring
from eventapp.registrations.service import cancel
from tests.conftest import NOW
from tests.support import factories
from tests.support.pages import PageClient, fields

HEADERS = [
    *("code", "status", "mode", "kind", "given_name", "family_name", "badge_name", "email", "phone", "company", "programme_id"),
    *("type", "tier", "country", "sub_region", "registered_at", "registered_by", "source", "checked_in_at", "cancelled_at"),
    *("note", "tags", "block", "comes_with"),
]
NAMES = [("=1+1", "@SUM(A1)"), ("Ana;Maria", 'Q"uote'), ("'=x", "-5"), ("\uff1dwide", "Łukasz"), ("O'Neill", "'plain")]


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


@pytest.fixture
def event(app: object) -> Event:
    made = factories.event(slug="epc-2027", quotas={"ready": 4})
    company = factories.organisation("=cmd|' /C calc'!A0", programme_id="KP-000123")
    rows = [
        factories.registration(made, company, given, family, email=f"p{n}@x.example", note="+43 1 234")
        for n, (given, family) in enumerate(NAMES)
    ]
    for person in db.session.scalars(select(Person)):
        person.phone = "+43123456789"
    cancel(rows[:1], reason="ill", by=factories.TESTS, at=NOW)
    rows[1].checked_in_at = NOW
    factories.commit()
    return made


def export(client: PageClient, event: Event, name: str, query: str = "", **how: Any) -> Any:
    page = f"/admin/events/{event.slug}/registrations/" + (f"?{query}" if query else "")
    form = fields(client.get(page).text, "/export")
    action = f"/admin/events/{event.slug}/registrations/export" + (f"?{query}" if query else "")
    return client.post(action, data={**form, "format": name}, **how)


def read_csv(data: bytes, name: str) -> list[dict[str, str]]:
    preset = PRESETS[name]
    text = data.decode("utf-8")
    assert text.startswith("\ufeff") == preset.bom
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=preset.delimiter))
    assert {len(row) for row in rows} == {len(HEADERS)}
    assert rows[0] == HEADERS
    return [dict(zip(HEADERS, (original(cell) for cell in row), strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_csv_is_restored_by_reading_it(organizer: PageClient, event: Event, name: str) -> None:
    answer = export(organizer, event, name)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert re.fullmatch(
        r'attachment; filename="epc-2027_attendees_2027-01-20T09\d\dZ\.csv"', answer.headers["Content-Disposition"]
    )
    for line in answer.data.splitlines():
        for cell in next(csv.reader([line.decode("utf-8-sig")], delimiter=PRESETS[name].delimiter)):
            assert not cell.startswith(("=", "+", "-", "@", "\uff1d")), "a spreadsheet would run it"
    assert answer.data.count(b"\r\n") == (6 if PRESETS[name].line_end == "\r\n" else 0)
    rows = read_csv(answer.data, name)
    assert [(row["given_name"], row["family_name"]) for row in rows] == NAMES
    first, second = rows[0], rows[1]
    assert (first["phone"], first["note"], first["company"]) == ("+43123456789", "+43 1 234", "=cmd|' /C calc'!A0")
    assert (first["status"], second["status"]) == ("cancelled", "confirmed")
    expected = "2027-01-10T08:00:00Z" if PRESETS[name].utc else "2027-01-10T09:00:00+01:00"
    assert first["registered_at"] == expected
    assert datetime.fromisoformat(second["checked_in_at"]) == NOW
    assert second["cancelled_at"] == ""
    assert (first["programme_id"], first["type"], first["tier"], first["country"], first["sub_region"]) == (
        "KP-000123", "reseller", "ready", "AT", "dach",
    )  # fmt: skip


def test_json_keeps_everything_as_it_is(organizer: PageClient, event: Event) -> None:
    answer = export(organizer, event, "json")
    assert answer.mimetype == "application/json"
    rows = json.loads(answer.data)
    assert list(rows[0]) == HEADERS
    assert [(row["given_name"], row["family_name"]) for row in rows] == NAMES
    assert rows[0]["registered_at"] == "2027-01-10T08:00:00Z"
    assert rows[0]["checked_in_at"] in (None, "")


def test_xlsx_has_texts_and_real_dates(organizer: PageClient, event: Event) -> None:
    answer = export(organizer, event, "xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    header, *rows = sheet.to_python()
    assert header == [*HEADERS, "times_in_zone"]
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(row["given_name"], row["family_name"]) for row in named] == NAMES
    assert named[0]["registered_at"] == datetime(2027, 1, 10, 9, 0)  # noqa: DTZ001 - a cell has no zone
    assert {row["times_in_zone"] for row in named} == {"Europe/Vienna"}
    assert named[0]["phone"] == "+43123456789"


@pytest.mark.parametrize(
    "query", ["", "status=confirmed", "status=waiting&status=cancelled", "q=lukasz", "country=FR", "door=in"]
)
@pytest.mark.parametrize("name", ["plain", "json"])
def test_the_file_holds_what_the_list_shows(organizer: PageClient, event: Event, query: str, name: str) -> None:
    page = organizer.get(f"/admin/events/epc-2027/registrations/?{query}").text
    shown = set(re.findall(r"p\d@x\.example", page))
    data = export(organizer, event, name, query).data
    rows = json.loads(data) if name == "json" else read_csv(data, name)
    assert {row["email"] for row in rows} == shown
    assert len(rows) == len(shown)


def test_the_export_stands_in_the_log(organizer: PageClient, event: Event) -> None:
    export(organizer, event, "excel-eu", "status=confirmed")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.export")).one()
    assert (entry.actor, entry.event_id) == ("orga@karmin.example", event.id)
    assert entry.changes == {"format": "excel-eu", "filter": "status=confirmed"}


def test_an_unknown_format_is_refused(organizer: PageClient, event: Event) -> None:
    for name in ("", "exe", "excel-eu\x00", "../plain"):
        assert export(organizer, event, name).status_code == 400


def test_an_event_without_registrations(organizer: PageClient, app: Flask) -> None:
    event = factories.event()
    client = organizer
    form = fields(client.get(f"/admin/events/{event.slug}/registrations/").text, "/export")
    url = f"/admin/events/{event.slug}/registrations/export"
    assert read_csv(client.post(url, data={**form, "format": "plain"}).data, "plain") == []
    assert json.loads(client.post(url, data={**form, "format": "json"}).data) == []


def test_long_exports_are_read_in_pieces_without_loss(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    event, company = factories.event(), factories.organisation()
    made = factories.register(event, company, *[factories.attendee() for _n in range(10)])
    for size in (1, 3, 5, 10, 11):
        monkeypatch.setattr("eventapp.core.portions.SIZE", size)
        assert [row[0] for row in exports.rows(event)] == [r.code for r in made]


@pytest.mark.parametrize("name", ["plain", "xlsx", "json"])
def test_the_file_is_whole_before_its_first_byte_leaves(organizer: PageClient, event: Event, name: str) -> None:
    answer = export(organizer, event, name, buffered=False)
    assert not db.session().in_transaction(), "a slow download would hold it open"
    assert int(answer.headers["Content-Length"]) == len(b"".join(answer.iter_encoded())) > 0


def test_what_fails_on_the_way_is_an_error_and_no_half_file(
    organizer: PageClient, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*args: Any) -> Any:
        yield next(rows(*args))
        raise OSError("the disk is full")

    rows = exports.rows
    monkeypatch.setattr(exports, "rows", failing)
    monkeypatch.setitem(organizer.application.config, "PROPAGATE", False)
    with pytest.raises(AssertionError, match="Something broke on our side"):  # the client of the tests takes no 5xx
        export(organizer, event, "plain")
    monkeypatch.undo()
    assert export(organizer, event, "plain").status_code == 200


def test_the_command_writes_what_the_page_gives_or_nothing(
    app: Flask, organizer: PageClient, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the test's own application: a second one would keep the database file open.
    monkeypatch.setattr("eventapp.app.create_app", lambda _settings, **_parts: app)
    (command,) = COMMANDS["export"]

    def call(*arguments: str, code: int = 0) -> Any:
        db.session.rollback()
        result = CliRunner().invoke(command, arguments, obj=app.config["SETTINGS"])
        db.session.rollback()
        assert result.exit_code == code, result.output
        return result

    asked = export(organizer, event, "excel-eu").data
    file = tmp_path / "attendees.csv"
    call(event.slug, "--preset", "excel-eu", "-o", str(file))
    assert file.read_bytes() == asked
    assert call(event.slug, "--preset", "excel-eu").stdout_bytes == asked
    assert json.loads(call(event.slug, "--format", "json").stdout_bytes)[0]["given_name"] == "=1+1"
    actors = select(AuditEntry.actor).where(AuditEntry.action == "registrations.export").order_by(AuditEntry.id)
    assert db.session.scalars(actors).all()[-1] == "command line"

    refused = call(event.slug, "-o", str(tmp_path / "nowhere" / "attendees.csv"), code=1)
    assert "attendees.csv cannot be written" in refused.output
    monkeypatch.setattr(exports, "rows", lambda *_: ((1 / n, "", "") for n in (1, 0)))
    call(event.slug, "-o", str(tmp_path / "half.csv"), code=1)
    assert not (tmp_path / "half.csv").exists()


def test_it_says_with_whom_somebody_comes(organizer: PageClient, event: Event) -> None:
    event.plus_ones = 1
    host = factories.registration(event, factories.organisation(), "Ada", "Høst", email="ada@x.example")
    bring(queries.by_token(host.token), "Inês", "Óváry", by=factories.TESTS, at=NOW)
    factories.commit()
    rows = read_csv(export(organizer, event, "plain").data, "plain")
    assert {r["given_name"]: r["comes_with"] for r in rows if r["comes_with"]} == {"Inês": "Ada Høst"}
    page = f"/admin/events/{event.slug}/registrations/?columns=comes_with"
    assert "<td><bdi>Ada Høst</bdi></td>" in organizer.get(page).text
