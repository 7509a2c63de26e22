"""G12: no 5xx from input, and the same verdict on both databases.

Every route and every field of every form is given texts that break such systems. Two applications, one on SQLite and one
on Postgres, hold the same world and are asked the same; nothing is kept, so each value meets the same rows.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import html5lib
import pytest
from flask import Flask

from eventapp import create_app
from eventapp.core import forms, once, saving
from eventapp.core.db import db
from eventapp.events.views import pages
from tests.conftest import settings_for
from tests.guarantees.world import QuickClient, World, browser, build, path_of, routes
from tests.support.databases import Backend, PostgresBackend, SqliteBackend
from tests.support.pages import fields

# As they stand in the body, percent-encoded where they are no text.
HOSTILE = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF%FE",
    "-1",
    "2147483648",
    "9223372036854775808",
    "9" * 5000,
    quote("'; DROP TABLE event; --"),
    quote("\u202egnp.exe\u2066\u200b\ufeff"),
    quote("😀" * 40),
    quote("{{ 7 * 7 }} ${7*7} %s %(x)s {0.__class__}"),
    quote("²٣"),
    "%0D%0ASet-Cookie:%20x=1",
    quote("<script>alert(1)</script>"),
    "1e999",
    quote("../../../../etc/passwd"),
    quote("2027-05-18T25:61"),
    "x" * 400_000,
]
NAMES = (
    *("q", "sort", "after", "before", "next", "company", "sent", "state", "about", "kind", "page", "new", "filter", "outcome"),
    *("status", "mode", "tier", "type", "country", "waiting", "door", "action", "object", "region", "sub_region", "format"),
)
ADDRESSES = [
    *("0", "-1", "2147483648", "9223372036854775808", "9" * 400, "%00", "%ED%A0%80", "a%2Fb", "..", "%C2%B2", "x" * 3000, "'--"),
]


class Twins:
    """The same world twice, on both databases."""

    def __init__(self, apps: dict[str, Flask]) -> None:
        self.apps = apps
        self.worlds: dict[str, World] = {}
        self.clients: dict[str, dict[str, QuickClient]] = {}
        for name, app in apps.items():
            with app.app_context():
                world = self.worlds[name] = build(app)
                users = {"anonymous": None, "company": world.mine.admin, "organizer": world.organizer}
                self.clients[name] = {role: browser(app, user) for role, user in users.items()}

    def ask(self, role: str, method: str, paths: dict[str, str], body: dict[str, str] | None = None) -> dict[str, int]:
        """The status of the same request on each."""
        return {
            name: self.clients[name][role]
            .open(paths[name], method=method, data=body and body[name], content_type="application/x-www-form-urlencoded")
            .status_code
            for name in self.apps
        }


@pytest.fixture
def twins(app: Flask, backend: Backend, tmp_path: Path, clock: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twins]:
    """Both databases at once; runs with Postgres, and brings SQLite along."""
    if not isinstance(backend, PostgresBackend):
        pytest.skip("runs together with Postgres")
    second = SqliteBackend(tmp_path)
    other = create_app(settings_for(second.url, tmp_path / "instance"), TESTING=True, PROPAGATE=False)
    monkeypatch.setitem(app.config, "PROPAGATE", False)
    second.prepare(other)
    with other.app_context():
        db.create_all()
    made = Twins({"postgres": app, "sqlite": other})
    real = saving.commit

    def flush_only() -> None:
        db.session.flush()
        db.session.rollback()

    monkeypatch.setattr(saving, "commit", flush_only)
    pages.pages.clear()
    yield made
    monkeypatch.setattr(saving, "commit", real)
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def agree(found: dict[str, int], what: object) -> None:
    assert max(found.values()) < 500, (what, found)
    assert found["postgres"] == found["sqlite"], (what, found)


def test_no_address_breaks_anything(twins: Twins) -> None:
    """Ids, slugs and secrets in the path; search, filters and keys behind it."""
    app = twins.apps["postgres"]
    asked = 0
    for number, rule in enumerate(routes(app, "GET")):
        at = {name: path_of(world, rule, world.mine) for name, world in twins.worlds.items()}
        for value in HOSTILE[number % 5 : -1 : 5]:
            query = "&".join(f"{name}={value}" for name in NAMES)[:8000]
            agree(twins.ask("organizer", "GET", {n: f"{path}?{query}" for n, path in at.items()}), (rule.endpoint, value[:40]))
            asked += 1
        for name in rule.arguments - {"status"}:
            here = f"/{_value(twins, rule, name)}"
            assert here in at["postgres"]
            for value in ADDRESSES[number % 3 :: 3]:
                path = at["postgres"].replace(here, f"/{value}", 1)
                agree(twins.ask("organizer", "GET", dict.fromkeys(twins.apps, path)), (rule.endpoint, name, value[:40]))
                asked += 1
    assert asked > 200


def _value(twins: Twins, rule: Any, name: str) -> Any:
    world = twins.worlds["postgres"]
    known = {**world.names, **world.mine.names}
    return known.get(rule.endpoint, known[name]) if name == "token" else known[name]


def forms_of(twins: Twins, role: str) -> Iterator[tuple[str, dict[str, str], dict[str, dict[str, Any]]]]:
    """Each form of each page: a name for it, where it is sent, and its fields, on each database."""
    app = twins.apps["postgres"]
    for rule in routes(app, "GET"):
        texts, paths = {}, {}
        for name in twins.apps:
            paths[name] = path_of(twins.worlds[name], rule, twins.worlds[name].mine)
            answer = twins.clients[name][role].get(paths[name])
            texts[name] = answer.text if answer.status_code == 200 and answer.mimetype == "text/html" else ""
        if not all(texts.values()):
            continue
        actions = []
        for text in texts.values():
            document = html5lib.parse(text, namespaceHTMLElements=False)
            own = [f for f in document.iter("form") if (f.get("method") or "").lower() == "post"]
            actions.append([f.get("action") for f in own if f.get("action") != "/logout"])
        for number, action in enumerate(actions[0]):
            filled = {name: fields(text, found[number]) for (name, text), found in zip(texts.items(), actions, strict=True)}
            targets = {name: found[number] or paths[name] for (name, _text), found in zip(texts.items(), actions, strict=True)}
            yield f"{rule.endpoint} → {action or 'itself'}", targets, filled


def body_of(filled: dict[str, Any], hostile: dict[str, str]) -> str:
    """An urlencoded body; `hostile` values are percent-encoded already."""
    kept = urlencode({k: v for k, v in filled.items() if k not in hostile}, doseq=True)
    return kept + "".join(f"&{quote_plus(name)}={value}" for name, value in hostile.items())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", ["anonymous", "company", "organizer"])
def test_no_field_of_any_form_breaks_anything(twins: Twins, role: str) -> None:
    seen, sent = set(), 0
    for label, targets, filled in forms_of(twins, role):
        names = sorted(set(filled["postgres"]) - {"csrf_token"} | {"ids", "colleagues", "confirm", "foreign_confirmed", "format"})
        key = (label.partition(" → ")[2] if "itself" not in label else label, tuple(names))
        if key in seen:
            continue
        seen.add(key)
        values = dict(enumerate(HOSTILE))
        # All fields at once with every fourth value, then every other field alone with one of them: in turn, so that over
        # all forms each value has met each kind of field.
        attacks = [dict.fromkeys(names, values[n]) for n in range(len(seen) % 4, len(HOSTILE) - 1, 4)]
        attacks += [{name: values[(n + len(seen)) % len(HOSTILE)]} for n, name in enumerate(names[len(seen) % 2 :: 2])]
        for hostile in attacks:
            body = {name: body_of(form, hostile) for name, form in filled.items()}
            agree(twins.ask(role, "POST", targets, body), (label, {k: v[:30] for k, v in hostile.items()}))
            sent += 1
    assert sent > 20, "there are forms"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"a": "\\ud800"}', "application/json"),
        ("[" * 5_000, "application/json"),
        ("null", "application/json"),
        ("a" * 10_000, "multipart/form-data"),
        ('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n', "multipart/form-data; boundary=x"),
        ("title[]=1&title[a][b]=2&title=3&title=4", "application/x-www-form-urlencoded"),
        ("&&&===;;;%", "application/x-www-form-urlencoded"),
        ("a=1", "text/plain; charset=utf-7"),
        ("a=1", "application/x-www-form-urlencoded; charset=nonsense"),
    ],
)
def test_no_body_breaks_anything(app: Flask, world: World, body: str, kind: str) -> None:
    client = browser(app, world.organizer)
    for rule in routes(app, "POST"):
        answer = client.post(path_of(world, rule, world.mine), data=body, content_type=kind)
        assert answer.status_code in (400, 404, 413, 415, 422), (rule.endpoint, answer.status_code)


def test_control_uncleaned_text_is_another_verdict(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "one_line", lambda value: value)
    url = "/admin/events/summit/registrations/add"
    hostile = {
        "company": "Isar+Netze+AG",
        "given_name": "a%00b",
        "family_name": "c",
        "address": "a@isar.example",
        "mode": "virtual",
    }
    body = {n: body_of(fields(c["organizer"].get(url).text), hostile) for n, c in twins.clients.items()}
    found = twins.ask("organizer", "POST", dict.fromkeys(twins.apps, url), body)
    assert found["sqlite"] == 302
    assert found["postgres"] != 302


def test_control_unchecked_keys_break_postgres(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "well_formed", lambda key: bool(key))
    assert not once.well_formed("a\x00b")
    url = "/events/summit/register"
    hostile = {"once_key": "a%00b", "email": "p2@donau.example"}
    body = {n: body_of(fields(c["anonymous"].get(url).text), hostile) for n, c in twins.clients.items()}
    found = twins.ask("anonymous", "POST", dict.fromkeys(twins.apps, url), body)
    assert found["postgres"] != found["sqlite"]
