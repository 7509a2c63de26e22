"""Who reads what: at each level, as each role, by crawl of every page and file. A word of the decision is heard or it is not."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eventapp.accounts.models import Role, User
from eventapp.decisions import queries, service
from eventapp.decisions.models import Decision, Openness, Part
from eventapp.partners.models import MembershipRole
from tests.guarantees.world import browser, csrf
from tests.support import decisions as make
from tests.support import factories

WORD = "zzcanary"
LEVELS = [None, Openness.TEAM, Openness.ORGANISATIONS, Openness.PARTNERS, Openness.PUBLIC]
READERS = {
    None: {"owner", "participant", "auditor"},
    Openness.TEAM: {"owner", "participant", "auditor"},
    Openness.ORGANISATIONS: {"owner", "participant", "auditor", "organizer", "colleague"},
    Openness.PARTNERS: {"owner", "participant", "auditor", "organizer", "colleague", "other_partner"},
    Openness.PUBLIC: {"owner", "participant", "auditor", "organizer", "colleague", "other_partner", "stranger"},
}
PAGES = ("", "/summary", "/feedback", "/reopen", "/facts", "/openness", "/people", "/outcome", "/lessons", "/criteria", "/scores")
MORE = ("/options/new", "/premortem/new", "/update", "/step/research", "/step/withdrawn")


@pytest.fixture
def users(app: Flask) -> dict[str, User | None]:
    """One of each role; the participant is of the company between organisations, the other partner is not."""
    donau, isar = factories.organisation("Donau GmbH"), factories.organisation("Isar AG")
    return {
        "owner": factories.user("owner@karmin.example", Role.PARTNER_MANAGER),
        "participant": factories.seat(donau, MembershipRole.MEMBER),
        "colleague": factories.seat(donau, MembershipRole.ADMIN),
        "other_partner": factories.seat(isar, MembershipRole.ADMIN),
        "organizer": factories.organizer(),
        "auditor": factories.user(None, Role.AUDITOR),
        "stranger": factories.user(),
        "anonymous": None,
    }


def marked(users: dict[str, Any], level: Openness | None) -> Decision:
    """A decision at that level with the word in all that people type."""
    owner, participant = users["owner"], users["participant"]
    company = make.company_of(participant)
    made = make.decision(
        owner, openness=level, companies=[company], title=f"{WORD}1 title", problem=f"{WORD}2 problem.", context_label=f"{WORD}3"
    )
    make.part(made, participant, Part.STAKEHOLDER, owner)
    make.weighed(made, owner)
    make.answer(made, make.feedback(made, participant, f"{WORD}4"), owner, text=f"{WORD}5")
    service.post_update(made, f"{WORD}6", viewer=make.viewer(owner), at=make.NOW)
    factories.commit()
    return made


def crawl(client: FlaskClient, made: Decision, token: str) -> dict[str, str]:
    """Every page that might tell of the decision; also lists, files, the log and the mails."""
    found = {}
    paths = [f"/decisions/{made.id}{page}" for page in (*PAGES, *MORE)]
    lists = ["/decisions/", f"/decisions/archive?q={WORD}", "/decisions/archive?sort=title", "/decisions/practice", "/"]
    staff = ["/admin/mail/", "/admin/log/", f"/admin/log/?q={WORD}", *(f"/admin/mail/{n}" for n in range(1, 9))]
    for path in [*paths, *lists, *staff]:
        answer = client.get(path)
        found[path] = str(answer.headers) + answer.get_data(as_text=True)
    for path in ("/decisions/export", f"/decisions/{made.id}/export", f"/decisions/{made.id}/follow"):
        answer = client.post(path, data={"csrf_token": token, "format": "json"})
        found[path] = str(answer.headers) + answer.get_data(as_text=True)
    return found


def singing(pages: dict[str, str]) -> list[str]:
    """Pages on which the word stands; what was searched for is the bare word."""
    return [path for path, text in pages.items() if any(f"{WORD}{n}" in text for n in range(1, 7))]


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_each_level_holds_to_the_byte(users: dict[str, User | None], app: Flask, level: Openness | None) -> None:
    made = marked(users, level)
    for role, user in users.items():
        client = browser(app, user)
        token = csrf(client, user)
        heard = singing(crawl(client, made, token))
        if role in READERS[level]:
            assert f"/decisions/{made.id}" in heard, role
            assert "/decisions/export" in heard, role
        elif level is Openness.PUBLIC:
            assert f"/decisions/{made.id}/summary" in heard, "everybody reads the summary"
            assert f"/decisions/{made.id}" not in heard
        else:
            assert heard == [], role


def test_control_mails_and_log_that_are_not_discreet_sing(
    users: dict[str, User | None], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventapp.decisions.mails.discreet", lambda _decision: False)
    monkeypatch.setattr("eventapp.decisions.service.log.discreet", lambda _decision: False)
    made = marked(users, Openness.TEAM)
    client = browser(app, users["organizer"])
    heard = singing(crawl(client, made, csrf(client, users["organizer"])))
    assert "/admin/log/" in heard
    assert "/admin/mail/" in heard


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_what_may_not_be_read_answers_like_what_is_not_there(
    users: dict[str, User | None], app: Flask, level: Openness | None
) -> None:
    made = marked(users, level)
    for role in users.keys() - READERS[level] - {"anonymous", "stranger"}:
        client = browser(app, users[role])
        for page in (*PAGES, *MORE):
            one, other = (client.get(f"/decisions/{n}{page}") for n in (made.id, 987_654))
            assert one.status_code == other.status_code == 404, (role, page)
            assert strip(one.text) == strip(other.text)


def strip(text: str) -> str:
    """A page without what is new on every request."""
    text = re.sub(r'<code id="error-id">\w+</code>|name="csrf_token" value="[^"]+"|name="once_key"[^>]*value="[^"]+"', "", text)
    return re.sub(r'data-now="[^"]+"', "", text)


def test_who_may_work_on_it(users: dict[str, User | None], app: Flask) -> None:
    """Readers read and speak; only the owner works on it, for all others those pages are not there."""
    made = marked(users, Openness.PARTNERS)
    work = [page for page in (*PAGES, *MORE) if page not in ("", "/summary", "/feedback", "/reopen")]
    for role in ("owner", "participant", "colleague", "other_partner", "organizer", "auditor"):
        client = browser(app, users[role])
        for page in work:
            wanted = 200 if role == "owner" or (role == "participant" and page.startswith("/step/")) else 404
            assert client.get(f"/decisions/{made.id}{page}").status_code == wanted, (role, page)
        speaks = role != "auditor"
        assert client.get(f"/decisions/{made.id}/feedback").status_code == (200 if speaks else 404), role


def test_narrowing_takes_effect_at_the_next_request(users: dict[str, User | None], app: Flask) -> None:
    made, owner = marked(users, Openness.ORGANISATIONS), users["owner"]
    assert owner is not None
    client = browser(app, users["colleague"])
    assert client.get(f"/decisions/{made.id}").status_code == 200
    service.set_openness(made, Openness.TEAM, "Prices", [], version=made.version, by=owner, at=make.NOW)
    factories.commit()
    assert client.get(f"/decisions/{made.id}").status_code == 404
    # And back: the companies were forgotten with the level.
    assert queries.companies_of(made) == []
