"""Registrations from a file, row by row: states, times, companies, people, repeats, decisions, undo, pages."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.mail.models import OutboxMail
from eventapp.overview import doctor
from eventapp.partners.imports import service as imports
from eventapp.partners.imports.fields import guess
from eventapp.partners.imports.reasons import sentence
from eventapp.partners.imports.rows import shortened
from eventapp.partners.imports.undo import undo
from eventapp.partners.models import (
    Alias,
    ImportBatch,
    ImportKind,
    ImportRow,
    Membership,
    Organisation,
    Person,
    PersonEmail,
    RowOutcome,
)
from eventapp.places.queries import miscounts
from eventapp.privacy import service as privacy
from eventapp.registrations import queries as registrations
from eventapp.registrations.commands import COMMANDS
from eventapp.registrations.imports import matching, queries, service
from eventapp.registrations.imports.models import NameDecision
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.registrations.plus_ones.service import bring
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.partners.files import BY, table
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.pages import PageClient, fields, hidden

ROW = {
    "Vorname": "Ada",
    "Nachname": "Lang",
    "E-Mail": "ada@donau.example",
    "Firma": "Donau Systemhaus GmbH",
    "Land": "Österreich",
    "Status": "checked in",
    "Angemeldet am": "12.01.2027 07:26",
    "Eingecheckt": "18.05.2027 08:01",
}
BASE = "/admin/events/summit/registrations/import"


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(
        slug="summit", title="Summit", format=EventFormat.HYBRID, join_url="https://meet.example/x", capacity=9
    )


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


def take_in(event: Event, *rows: dict[str, str], content: bytes | None = None) -> tuple[int, dict[str, Any]]:
    """Imports rows, each of which says what differs from the first; the id of the import and its counts."""
    with transaction():
        batch = service.begin(event, "list.csv", content or table([{**ROW, **row} for row in rows]), by=BY, at=NOW)
        found = imports.apply(batch.id, by=BY, at=NOW)
        batch_id = batch.id
    db.session.expire_all()
    return batch_id, found


def rows_of(batch_id: int) -> list[ImportRow]:
    return list(db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch_id).order_by(ImportRow.record)))


def reasons(batch_id: int) -> list[str]:
    return [row.reason for row in rows_of(batch_id)]


def all_right() -> None:
    assert miscounts() == []
    assert miscounted() == []


def test_a_row_becomes_a_registration_without_a_mail(event: Event, firm: Firm) -> None:
    _id, found = take_in(event, {"Mode": "online"}, {"E-Mail": "NEW@Donau.example", "Vorname": "Nora", "Nachname": "Neu"})
    assert (found["registrations_created"], found["people"]["not_in_contacts"]) == (2, 1)
    ada, nora = db.session.scalars(select(Registration).order_by(Registration.id))
    assert (ada.person_id, ada.organisation_id, ada.status) == (firm.ada.id, firm.company.id, RegistrationStatus.CONFIRMED)
    assert (ada.mode, nora.mode, ada.source) == (Mode.VIRTUAL, Mode.IN_PERSON, Source.IMPORT)
    assert ada.registered_at == datetime(2027, 1, 12, 6, 26, tzinfo=UTC), "in the event's zone"
    assert ada.checked_in_at == datetime(2027, 5, 18, 6, 1, tzinfo=UTC)
    member = db.session.scalars(select(Membership).where(Membership.person_id == nora.person_id)).one()
    assert member.organisation_id == firm.company.id
    assert (
        db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id == nora.person_id)).one()
        == "new@donau.example"
    )
    assert db.session.scalars(select(OutboxMail)).all() == []
    all_right()


def test_a_stranger_stays_no_member(event: Event, firm: Firm) -> None:
    other = factories.organisation("Isar Netze AG")
    take_in(event, {"Firma": "Isar Netze"})
    made = db.session.scalars(select(Registration)).one()
    assert (made.organisation_id, made.person_id) == (other.id, firm.ada.id)
    assert db.session.scalars(select(Membership.organisation_id).where(Membership.person_id == firm.ada.id)).all() == [
        firm.company.id
    ]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"E-Mail": "nobody"}, "invalid_email"),
        ({"E-Mail": ""}, "invalid_email"),
        ({"Vorname": "", "Nachname": " "}, "empty_name"),
        ({"Firma": "  "}, "empty_company"),
        ({"Status": "maybe"}, "unknown_state"),
        ({"Angemeldet am": "31.02.2027 10:00"}, "broken_date"),
        ({"Angemeldet am": "28.03.2027 02:30"}, "broken_date"),
        ({"Eingecheckt": "0001-01-01T00:00+14:00"}, "broken_date"),
        ({"Eingecheckt": "9999-12-31T23:59"}, "broken_date"),
        ({"Eingecheckt": "31.12.9999 23:59"}, "broken_date"),
        ({"Eingecheckt": "soon"}, "broken_date"),
        ({"Vorname": "x" * 101}, "too_long:given_name"),
        ({"Firma": "x" * 300}, "too_long:company"),
        ({"Mode": "by boat"}, "unknown_mode"),
    ],
)
def test_rows_that_make_no_sense_are_refused(event: Event, firm: Firm, cells: dict[str, str], reason: str) -> None:
    batch_id, found = take_in(event, cells)
    assert (found["rejected"], reasons(batch_id)) == (1, [reason])
    at_fault = next(iter(cells.values()))
    if reason not in ("empty_name", "empty_company"):
        said = sentence(ImportKind.REGISTRATIONS, reason, found["rejected_values"][1])
        assert said == "There is no e-mail address." if not at_fault else f"“{shortened(at_fault)}”" in said
    assert db.session.scalars(select(Registration)).all() == []


@pytest.mark.parametrize("value", ["=cmd()", "<b>x</b>", "\x00nul", "Ω" * 250, "'; DROP TABLE person; --", "\u202eevil"])
def test_hostile_names_wait_and_break_nothing(event: Event, firm: Firm, organizer: PageClient, value: str) -> None:
    batch_id, found = take_in(event, {"Firma": value})
    assert found["unsure"] == 1
    assert organizer.get(f"{BASE}/{batch_id}/names").status_code == 200
    assert organizer.get(f"/admin/imports/{batch_id}/").status_code == 200


def test_states_without_times_and_times_without_states(event: Event, firm: Firm) -> None:
    batch_id, _found = take_in(
        event,
        {"Eingecheckt": ""},
        {"E-Mail": "ben@donau.example", "Status": "no-show"},
        {"E-Mail": "c@donau.example", "Status": "storniert"},
        {"E-Mail": "d@donau.example", "Status": "", "Eingecheckt": ""},
    )
    ada, ben, c, d = db.session.scalars(select(Registration).order_by(Registration.id))
    assert ada.checked_in_at == event.starts_at
    assert ben.checked_in_at is not None, "who has a time has come"
    assert (c.status, c.checked_in_at, c.cancelled_at) == (RegistrationStatus.CANCELLED, None, c.registered_at)
    assert (d.status, d.checked_in_at) == (RegistrationStatus.CONFIRMED, None)
    warnings = [[code for code, _value in row.warnings if code != "new_person"] for row in rows_of(batch_id)]
    assert warnings == [["no_check_in_time"], [], ["cancelled_but_came"], []]
    all_right()


def test_repeats_and_conflicts_within_the_file(event: Event, firm: Firm) -> None:
    again = {"Angemeldet am": "13.01.2027 09:00"}
    batch_id, found = take_in(event, {}, {}, again, {"Status": "storniert", "Eingecheckt": "", **again})
    outcomes = [row.outcome for row in rows_of(batch_id)]
    assert outcomes == [RowOutcome.CREATE, RowOutcome.REPEAT, RowOutcome.CONFLICT, RowOutcome.CREATE]
    assert (found["repeats"], found["conflicts"]) == (1, 1)
    assert found["people"]["cancelled_and_registered_again"] == ["ada@donau.example"]


def test_a_later_file_only_adds_who_came(event: Event, firm: Firm) -> None:
    take_in(event, {"Status": "confirmed", "Eingecheckt": ""})
    batch_id, found = take_in(event, {})
    assert (found["updated"], found["registrations_created"]) == (1, 0)
    made = db.session.scalars(select(Registration)).one()
    assert made.checked_in_at is not None
    _id, third = take_in(event, {})
    assert third["unchanged"] == 1
    cancelled, _found = take_in(event, {"Status": "cancelled", "Eingecheckt": ""})
    assert [row.warnings for row in rows_of(cancelled)] == [[["cancel_by_hand", ""]]]
    with transaction():
        undo(batch_id, by=BY, at=NOW)
    db.session.refresh(made)
    assert made.checked_in_at is None
    all_right()


def test_more_than_there_are_places_is_a_visible_overbooking(event: Event, firm: Firm) -> None:
    small = factories.event(slug="small", capacity=1, quotas={"ready": 1})
    take_in(small, {}, {"E-Mail": "ben@donau.example"})
    pool = small.pool
    db.session.refresh(pool)
    assert (pool.taken, pool.overbooked) == (2, 1)
    all_right()


def test_who_objected_is_left_out(event: Event, firm: Firm) -> None:
    privacy.object_in_general(firm.ada.id, by=BY, now=NOW)
    factories.commit()
    batch_id, found = take_in(event, {})
    assert (found["rejected"], reasons(batch_id)) == (1, ["objected"])


def test_programme_ids_legal_names_and_aliases_find_companies(event: Event, firm: Firm) -> None:
    firm.company.legal_name = "Donau Systemhaus Beteiligungs GmbH"
    db.session.add(Alias(organisation_id=firm.company.id, name="DSH"))
    factories.commit()
    rows = [
        {"Programme ID": firm.company.programme_id or "", "Firma": "whatever"},
        {"E-Mail": "b@x.example", "Firma": "donau systemhaus beteiligungs"},
        {"E-Mail": "c@x.example", "Firma": "dsh"},
    ]
    _id, found = take_in(event, *rows)
    assert found["registrations_created"] == 3
    assert {r.organisation_id for r in db.session.scalars(select(Registration))} == {firm.company.id}


def test_a_merged_company_s_name_finds_the_one_it_went_into(event: Event, firm: Firm) -> None:
    from eventapp.lifecycle.merging import companies as merging  # the world above registrations

    gone = factories.organisation("Enns Technik AG")
    merging.merge(firm.company, gone, by=BY, at=NOW)
    factories.commit()
    take_in(event, {"Firma": "Enns Technik"})
    assert db.session.scalars(select(Registration.organisation_id)).all() == [firm.company.id]


def test_names_in_plain_form() -> None:
    assert matching.normal("FAROL DA NÉVOA INFORMÁTICA S.A.") == matching.normal("Farol da Névoa Informática")
    assert matching.normal("A/S") == "as", "a name of legal forms only stays"
    assert matching.normal("GmbH & Co. KG") == "gmbh"
    assert matching.normal("Société d'Énergie SàRL") == "société dénergie"
    assert matching.key_of("X" * 400, "AT") == matching.key_of("x" * 400, "AT")
    assert len(matching.key_of("X" * 400, "AT")) == 250


def unsure(event: Event) -> tuple[int, Organisation]:
    meant = factories.organisation("Ginsterreiher Infrastruktur AG", domain="ginsterreiher.example", country_code="DE")
    rows = [{"E-Mail": f"p{n}@ginsterreiher.example", "Firma": "Ginserreiher Infrastruktur", "Land": "DE"} for n in range(3)]
    batch_id, found = take_in(event, *rows)
    assert (found["unsure"], found["registrations_created"]) == (3, 0)
    return batch_id, meant


def test_one_decision_takes_in_all_rows_of_a_name(event: Event, firm: Firm, organizer: PageClient) -> None:
    batch_id, meant = unsure(event)
    page = organizer.get(f"{BASE}/{batch_id}/names").text
    assert "Ginserreiher Infrastruktur" in page
    assert "the address is of its domain" in page
    assert 'data-key="1"' in page
    data = {**hidden(page), "key": queries.questions(db.session.get_one(ImportBatch, batch_id))[0].key}
    answer = organizer.post(f"{BASE}/{batch_id}/names", data={**data, "organisation": str(meant.id)})
    assert answer.status_code == 302
    made = db.session.scalars(select(Registration)).all()
    assert {(r.organisation_id, r.source) for r in made} == {(meant.id, Source.IMPORT)}
    assert len(made) == 3
    assert "Every name is clear" in organizer.get(f"{BASE}/{batch_id}/names").text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "import.decide")).one()
    assert entry.changes == {"company_name": "Ginserreiher Infrastruktur", "company": meant.name, "rows": 3}
    late = organizer.post(f"{BASE}/{batch_id}/names", data={**data, "once_key": "", "organisation": "none"})
    assert late.status_code == 409
    assert "This name is decided already." in late.text
    again, found = take_in(event, {"E-Mail": "p9@ginsterreiher.example", "Firma": "GINSERREIHER Infrastruktur", "Land": "DE"})
    assert (found["company_matching"]["decided"], found["registrations_created"]) == (1, 1), "it counts for later files"
    with transaction():
        undo(again, by=BY, at=NOW)
        undo(batch_id, by=BY, at=NOW)
    assert db.session.scalars(select(Registration)).all() == []
    all_right()


def test_rows_can_be_left_out_and_another_company_typed(event: Event, firm: Firm, organizer: PageClient) -> None:
    batch_id, _meant = unsure(event)
    page = organizer.get(f"{BASE}/{batch_id}/names").text
    data = {**hidden(page), "key": queries.questions(db.session.get_one(ImportBatch, batch_id))[0].key}
    wrong = organizer.post(f"{BASE}/{batch_id}/names", data={**data, "company": "No such company"})
    assert wrong.status_code == 422
    assert "No company has this programme ID or name" in wrong.text
    assert "No such company" in wrong.text
    for hostile in ("0", "99999999999", "²", "-1"):
        assert organizer.post(f"{BASE}/{batch_id}/names", data={**data, "organisation": hostile}).status_code in (409, 422)
    assert organizer.post(f"{BASE}/{batch_id}/names", data={**data, "organisation": "none"}).status_code == 302
    assert reasons(batch_id) == ["left_out"] * 3
    assert db.session.scalars(select(Registration)).all() == []


def test_decisions_before_applying_can_be_taken_back(event: Event, firm: Firm, organizer: PageClient) -> None:
    content = table([{**ROW, "Firma": "Nowhere Ltd"}, {**ROW, "E-Mail": "ben@donau.example"}])
    page = organizer.get(BASE).text
    answer = organizer.post(BASE, data={**hidden(page), "file": (io.BytesIO(content), "list.csv")})
    assert answer.status_code == 302
    columns = answer.location
    answer = organizer.post(columns, data=fields(organizer.get(columns).text, ""))
    shown = organizer.get(answer.location).text
    assert "The company of 1 row is not clear." in shown
    batch = db.session.scalars(select(ImportBatch)).one()
    names = f"{BASE}/{batch.id}/names"
    data = {**hidden(organizer.get(names).text), "key": queries.questions(batch)[0].key}
    assert organizer.post(names, data={**data, "organisation": str(firm.company.id)}).status_code == 302
    db.session.refresh(batch)
    assert (batch.counts["registrations_created"], batch.counts["unsure"]) == (2, 0), "looked through again"
    assert organizer.post(f"{names}/forget", data=hidden(organizer.get(names).text)).status_code == 302
    db.session.refresh(batch)
    assert (batch.counts["registrations_created"], batch.counts["unsure"]) == (1, 1)
    assert db.session.scalars(select(NameDecision)).all() == []
    assert organizer.post(f"/admin/imports/{batch.id}/apply", data=hidden(organizer.get(f"/admin/imports/{batch.id}/").text))
    assert len(db.session.scalars(select(Registration)).all()) == 1
    undone = f"/admin/imports/{batch.id}/undo"
    assert "Registrations that go" in organizer.get(undone).text
    assert organizer.post(undone, data=hidden(organizer.get(undone).text)).status_code == 302
    assert db.session.scalars(select(Registration)).all() == []


def test_another_event_s_import_is_not_there(event: Event, firm: Firm, organizer: PageClient) -> None:
    batch_id, _meant = unsure(event)
    factories.event(slug="other")
    assert organizer.get(f"/admin/events/other/registrations/import/{batch_id}/names").status_code == 404


def test_what_was_changed_since_is_not_thrown_away(event: Event, firm: Firm) -> None:
    batch_id, _found = take_in(event, {}, {"E-Mail": "n@donau.example", "Vorname": "Nora"})
    made = db.session.scalars(select(Registration).where(Registration.person_id == firm.ada.id)).one()
    made.note = "By hand"
    factories.commit()
    with pytest.raises(RuleError, match="was changed or deleted since"), transaction():
        undo(batch_id, by=BY, at=NOW)
    assert len(db.session.scalars(select(Registration)).all()) == 2


ALONG = {"E-Mail": "", "Firma": "", "Eingecheckt": "", "Status": "confirmed"}


def test_people_come_along_without_an_address(event: Event, firm: Firm) -> None:
    other = factories.registration(event, firm.company, "Ben", "Host", email="ben@donau.example")
    rows = (
        {"Gast von": ""},
        {**ALONG, "Vorname": "Inês", "Nachname": "Óváry", "Gast von": "ADA@donau.example"},
        {**ALONG, "Vorname": "Jo", "Nachname": "Two", "Gast von": "Ada Lang", "Eingecheckt": "18.05.2027 08:02"},
        {**ALONG, "Vorname": "Kim", "Nachname": "Three", "Gast von": "Ben Host"},
        {**ALONG, "Vorname": "Inês", "Nachname": "Óváry", "Gast von": "ada@donau.example"},
        {**ALONG, "Vorname": "Lee", "Nachname": "Nobody", "Gast von": "Who Ever"},
        {**ALONG, "Vorname": "Max", "Nachname": "Own", "E-Mail": "max@home.example", "Gast von": "ada@donau.example"},
    )
    batch_id, counts = take_in(event, *rows)
    assert [row.outcome.value for row in rows_of(batch_id)] == [
        *("create", "create", "create", "create", "repeat", "rejected", "create")
    ]
    assert rows_of(batch_id)[5].reason == "no_host"
    assert (counts["registrations_created"], counts["people"]["distinct_emails"]) == (5, 2)
    found = {r.name: r for r in db.session.scalars(select(Registration))}
    ada = found["Ada Lang"]
    assert {n: r.guest_of_id for n, r in found.items() if r.guest_of_id} == {
        **{"Inês Óváry": ada.id, "Jo Two": ada.id, "Kim Three": other.id, "Max Own": ada.id}
    }
    assert {r.organisation_id for r in found.values()} == {firm.company.id}
    assert found["Jo Two"].checked_in_at is not None
    assert len(list(db.session.scalars(select(PersonEmail).where(PersonEmail.person_id == found["Jo Two"].person_id)))) == 0
    assert list(doctor.without_address(NOW)) == []
    all_right()
    again, counts = take_in(event, *rows, {**ALONG, "Vorname": "Kim", "Nachname": "Three", "Gast von": "ben@donau.example"})
    assert counts["registrations_created"] == 0
    with transaction():
        undo(again, by=BY, at=NOW)
    with transaction():
        undo(batch_id, by=BY, at=NOW)
    db.session.expire_all()
    assert [r.name for r in db.session.scalars(select(Registration))] == ["Ben Host"]
    assert not {"Jo", "Kim", "Inês"} & set(db.session.scalars(select(Person.given_name)))
    all_right()


def test_an_import_is_not_undone_under_somebody_who_is_brought_along_since(event: Event, firm: Firm) -> None:
    event.plus_ones = 1
    batch_id, _counts = take_in(event, {})
    host = db.session.scalars(select(Registration)).one()
    bring(registrations.by_token(host.token), "Inês", "Óváry", by=factories.TESTS, at=NOW)
    factories.commit()
    with pytest.raises(RuleError, match=r"^Inês Óváry comes along with a person of this import by now"), transaction():
        undo(batch_id, by=BY, at=NOW)
    db.session.rollback()
    assert len(db.session.scalars(select(Registration)).all()) == 2


def test_undoing_lets_the_waiting_move_up(event: Event, firm: Firm) -> None:
    small = factories.event(slug="small", capacity=1)
    batch_id, _found = take_in(small, {})
    waiting = factories.registration(small, firm.company, "Ben", "Moser", email="ben@donau.example")
    assert waiting.status is RegistrationStatus.WAITING
    with transaction():
        undo(batch_id, by=BY, at=NOW + timedelta(hours=1))
    db.session.refresh(waiting)
    assert waiting.status is RegistrationStatus.CONFIRMED
    assert db.session.get(Person, firm.ada.id) is not None, "only people who came with the file go"
    all_right()


def test_the_command_takes_a_list_in(
    app: Flask, event: Event, firm: Firm, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventapp.app.create_app", lambda _settings, **_parts: app)
    (command,) = COMMANDS["import"]
    file = tmp_path / "list.csv"
    file.write_bytes(table([ROW, {**ROW, "E-Mail": "nobody"}, {**ROW, "E-Mail": "b@x.example", "Firma": "Nowhere"}]))

    def call(*arguments: str, code: int = 0) -> str:
        db.session.commit()
        result = CliRunner().invoke(command, arguments, obj=app.config["SETTINGS"], catch_exceptions=False)
        db.session.rollback()
        db.session.expire_all()
        assert result.exit_code == code, result.output
        return result.output

    found = json.loads(call("summit", str(file), "--dry-run", "--json"))
    assert (found["registrations_created"], found["unsure"], found["rejected"], found["dry_run"]) == (1, 1, 1, True)
    assert db.session.scalars(select(Registration)).all() == []
    text = call("summit", str(file))
    assert "line 3: “nobody” is no e-mail address." in text
    made = db.session.scalars(select(Registration)).one()
    assert made.registered_by == "command line"
    assert "There is no event 'nowhere'." in call("nowhere", str(file), code=1)


def test_the_files_that_we_write_are_recognised(app: Flask) -> None:
    headers = ["given_name", "family_name", "email", "registered_at", "checked_in_at", "times_in_zone"]
    names = ("given_name", "family_name", "address", "registered_at", "checked_in_at", "zone")
    assert guess(ImportKind.REGISTRATIONS, headers) == {name: n for n, name in enumerate(names)}
