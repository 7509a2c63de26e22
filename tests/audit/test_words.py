"""Doors, masks and words: what entries say, and what they must not."""

import ast
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import commands
from eventapp.audit import words
from eventapp.audit.models import AuditEntry
from eventapp.audit.queries import for_company, in_words, of_company, value_in_words
from eventapp.audit.service import LONGEST_VALUE, NamedActor, is_secret, record, shown
from eventapp.core.db import db, transaction
from eventapp.core.doors import Door, current_door, through
from eventapp.core.jobs import JOBS, run_job
from eventapp.core.tables import MultiDict
from eventapp.events.models import EventStatus
from eventapp.partners.imports import service as imports
from eventapp.partners.models import ImportKind
from tests.conftest import NOW
from tests.support import factories
from tests.support.pages import PageClient, fields, hidden

PACKAGE = Path(__file__).resolve().parents[2] / "eventapp"
TESTS = NamedActor("tests")
PARTNERS = b"Programme ID;Company name;Type;Tier;Country\nKP-700001;Enns AG;Reseller;Ready;AT\n"


SECRETS = (
    "password",
    "new_password",
    "totp_secret",
    "token",
    "Token",
    "reset-token",
    "code",
    "recovery_codes",
    "key_hash",
    "api_key",
)


def last(action: str) -> AuditEntry:
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalars(query).one()


class TestDoors:
    """By which door an act came, and for whom it was done."""

    def test_a_page_and_for_which_company(self, client: PageClient, clock: Any) -> None:
        company = factories.organisation("Donau GmbH", domain="donau.example")
        client.sign_in(factories.company_admin(company, "petra@donau.example"))
        event = factories.event()
        guest = factories.registration(event, company, "Ada", "Lang")
        path = f"/events/{event.slug}/registrations/{guest.id}/cancel"
        page = client.get(path).text
        assert client.post(path, data=hidden(page)).status_code in (200, 302)
        entry = last("registrations.cancel")
        assert (entry.door, entry.on_behalf, entry.person_id) == (Door.PAGE, "Donau GmbH", guest.person_id)
        assert entry.actor == "petra@donau.example"

    def test_a_page_of_the_vendor_is_for_nobody_else(self, client: PageClient, clock: Any) -> None:
        client.sign_in(factories.organizer())
        page = client.get("/admin/companies/add").text
        data = fields(page) | {"name": "Enns AG", "programme_id": "KP-700001", "primary_type": "reseller", "country_code": "AT"}
        assert client.post("/admin/companies/add", data=data).status_code == 302
        entry = last("company.create")
        assert (entry.door, entry.on_behalf) == (Door.PAGE, "")

    def test_a_secret_link(self, client: PageClient, clock: Any) -> None:
        guest = factories.registration(factories.event(), factories.organisation(), "Ada", "Lang")
        path = f"/r/{guest.token}/cancel"
        assert client.post(path, data=hidden(client.get(path).text)).status_code == 302
        entry = last("registrations.cancel")
        assert (entry.door, entry.on_behalf, entry.person_id) == (Door.LINK, "", guest.person_id)

    def test_a_command(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("eventapp.app.create_app", lambda _settings, **_parts: app)
        done = CliRunner().invoke(commands.add, ["new@karmin.example"], obj=app.config["SETTINGS"])
        assert done.exit_code == 0, done.output
        assert last("user.added").door is Door.COMMAND
        assert current_door() is None

    def test_a_job(self, app: Flask) -> None:
        def work() -> None:
            with transaction():
                record("events.quota", by=TESTS, at=NOW, object_type="event", object_id=1)

        JOBS["test.door"] = work
        try:
            run_job(app, "test.door")
        finally:
            del JOBS["test.door"]
        assert last("events.quota").door is Door.JOB

    def test_an_import_stays_one_whoever_runs_it(self, app: Flask) -> None:
        with through(Door.JOB), transaction():
            batch = imports.begin(ImportKind.PARTNERS, "partners.csv", PARTNERS, by=TESTS, at=NOW)
            imports.apply(batch.id, by=TESTS, at=NOW)
        assert last("import.apply").door is Door.IMPORT

    def test_the_api(self, app: Flask) -> None:
        from eventapp.core.web.requests import _door

        with app.test_request_context("/api/v1/events"):
            assert _door() is Door.API


class TestMasks:
    """No secret and no novel gets into the log."""

    @pytest.mark.parametrize("name", SECRETS)
    def test_secrets_are_masked_by_the_name_of_their_field(self, name: str) -> None:
        assert shown(name, "s3cret") == "•••"
        assert shown(name, [None, "s3cret"]) == [None, "•••"]
        assert shown(name, ["", ["a", "b"]]) == ["", ["•••", "•••"]]
        assert shown(name, 123456) == "•••"
        assert shown(name, True) is True

    @pytest.mark.parametrize("name", ["country_code", "tier_key", "sub_region_key", "name", "monkey", "decoded", "status"])
    def test_others_are_not(self, name: str) -> None:
        assert not is_secret(name)

    def test_inside_as_well_and_long_values_are_cut(self, app: Flask) -> None:
        changes = {"provider": {"label": "Okta", "client_secret": "s3cret"}, "about": ["x" * 700, "y"], "n": 0.5, 3: None}
        with transaction():
            record(
                "company.change",
                by=TESTS,
                at=NOW,
                object_type="organisation",
                object_id=1,
                changes={str(k): v for k, v in changes.items()},
            )
        kept = last("company.change").changes
        assert kept["provider"] == {"label": "Okta", "client_secret": "•••"}
        assert kept["about"] == ["x" * LONGEST_VALUE + "… (700)", "y"]
        assert kept["n"] == "0.5"


def literals(node: ast.AST) -> list[str]:
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def actions() -> Iterator[tuple[str, str]]:
    """Every action that the code records, with its file. One is put together from a prefix and the names beside it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        prefixes, names = [], {status.value for status in EventStatus} if path.parts[-2:] == ("events", "service.py") else set()
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if not re.fullmatch(r"_?(record|record_\w+|note)", name):
                continue
            first = node.args[0]
            if isinstance(first, ast.JoinedStr):
                prefixes.append(literals(first)[0])
                continue
            for text in literals(first):
                if re.fullmatch(r"[a-z_]+\.[a-z_]+", text):
                    yield text, path.relative_to(PACKAGE).as_posix()
                elif re.fullmatch(r"[a-z_]+", text):
                    names.add(text)
        for prefix in prefixes:
            assert names, f"{path}: what follows {prefix}?"
            yield from ((f"{prefix}{name}", path.relative_to(PACKAGE).as_posix()) for name in sorted(names))


class TestWords:
    """The log is read by people."""

    def test_every_action_in_the_code_has_words(self, app: Flask) -> None:
        found = dict(actions())
        assert len(found) > 40
        assert not {name: path for name, path in found.items() if name not in words.ACTS}

    def test_every_kind_of_object_has_words(self, app: Flask) -> None:
        used = set()
        for path in PACKAGE.rglob("*.py"):
            used |= set(re.findall(r'object_type="([a-z_]+)"', path.read_text()))
        assert used <= words.KINDS.keys()

    def test_labels_are_sentences(self, app: Flask) -> None:
        for action, act in words.ACTS.items():
            assert re.fullmatch(r"[A-Z][\w’' ,-]+", str(act.label)), action

    def test_values_in_plain_form(self, app: Flask) -> None:
        with app.test_request_context():
            assert value_in_words(None) == value_in_words("") == value_in_words([]) == "–"
            assert (value_in_words(True), value_in_words(False)) == ("yes", "no")
            assert value_in_words(["a", "b"]) == "a, b"
            assert value_in_words("in_person") == "in person"
            assert value_in_words("2027-05-18T07:00:00+00:00") == "2027-05-18 07:00 UTC"
            assert value_in_words("Foo_bar") == "Foo_bar"
            assert [tuple(c) for c in in_words({"tier_key": [None, "ready"], "made_up": 3})] == [
                ("Tier", "–", "ready"),
                ("Made up", None, "3"),
            ]


class TestForCompany:
    """A company reads only what was declared visible, of itself, without names of the vendor's."""

    @pytest.fixture
    def noted(self, app: Flask) -> int:
        company, other = factories.organisation("Donau GmbH"), factories.organisation("Isar AG")
        organizer, admin = factories.organizer("olga@karmin.example"), factories.company_admin(company, "petra@donau.example")
        admin.on_behalf = "Donau GmbH"
        with transaction():
            for owner in (company, other):
                record(
                    "company.change",
                    by=organizer,
                    at=NOW,
                    object_type="organisation",
                    object_id=owner.id,
                    object_name=owner.name,
                    organisation_id=owner.id,
                    changes={"city": ["Wien", "Graz"], "notes": [None, "late payer"], "partner_manager": "Max"},
                )
            common: dict[str, Any] = {
                "at": NOW,
                "object_type": "organisation",
                "object_id": company.id,
                "organisation_id": company.id,
            }
            record("company.merge", by=organizer, **common)
            record("made.up", by=organizer, **common)
            record("company.profile", by=admin, **common, changes={"phone": ["1", "2"], "notes": "secret"})
        return company.id

    def test_default_deny(self, app: Flask, noted: int) -> None:
        with app.test_request_context():
            newest, oldest = of_company(noted)
            assert (newest.actor, oldest.actor) == ("petra@donau.example", "the organizer")
            assert (newest.act, oldest.act) == ("Changed the company profile", "Changed a company")
            assert [tuple(c) for c in oldest.changes] == [("City", "Wien", "Graz")]
            assert [tuple(c) for c in newest.changes] == [("Phone", "1", "2")]
            assert of_company(noted, before=newest.id) == [oldest]
            assert of_company(noted, limit=1) == [newest]
            assert of_company(0) == []

    def test_an_action_that_is_not_declared_shows_nothing(self, app: Flask, noted: int) -> None:
        with app.test_request_context():
            entry = last("made.up")
            entry.changes = {"x": "y"}
            assert for_company(entry).changes == []
            db.session.rollback()

    def test_a_strangers_name_does_not_get_in(self, app: Flask, now: datetime) -> None:
        company, event = factories.organisation("Donau GmbH"), factories.event()
        factories.person(factories.organisation("Isar AG"), "Xaverius", "Geheim", "x@isar.example")
        factories.register(event, company, factories.attendee("Typed", "Name", "x@isar.example"), at=now)
        with app.test_request_context():
            shown_to_company = repr(of_company(company.id))
        assert "Typed Name" in shown_to_company
        assert "Geheim" not in shown_to_company


def test_hostile_filters_choose_nothing(app: Flask) -> None:
    from eventapp.audit.listing import table

    with app.test_request_context("/admin/log/"):
        for name in ("of", "company", "person", "by", "event", "when", "group", "door", "object"):
            for value in ("", "\x00", "-", "x-1", "organisation-99999999999", "organisation-²", "9" * 30, "-1", "2027-00"):
                conditions = table("/admin/log/", MultiDict([(name, value)]), NOW, confidential=True).condition(
                    MultiDict([(name, value)])
                )
                if conditions:
                    assert name == "by"


def test_no_two_groups_or_kinds_are_called_alike(app: Flask) -> None:
    for labels in ([str(label) for label in words.GROUPS.values()], [str(kind.label) for kind in words.KINDS.values()]):
        assert sorted(set(labels)) == sorted(labels)
