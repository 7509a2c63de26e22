"""Partner managers: their own companies first, all by choice; they change only their own."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.partners.models import Organisation, Territory
from tests.support import factories
from tests.support.browsing import press, send, summary
from tests.support.pages import PageClient, hidden

Sign = Callable[[User], PageClient]


@pytest.fixture
def sign(app: Flask) -> Sign:
    """A browser of its own for somebody."""

    def signed(user: User) -> PageClient:
        client = app.test_client()
        assert isinstance(client, PageClient)
        return client.sign_in(user)

    return signed


@pytest.fixture
def mona(app: Flask) -> User:
    """A partner manager of DACH."""
    user = factories.user("mona@karmin.example", Role.PARTNER_MANAGER)
    add(user, sub_region_key="dach")
    return user


def add(user: User, **names: object) -> None:
    db.session.add(Territory(user_id=user.id, granted_at=user.created_at, granted_by="tests", **names))
    factories.commit()


@pytest.fixture
def firms(app: Flask) -> dict[str, Organisation]:
    """One company at home, one named after the manager, two abroad."""
    return {
        "home": factories.organisation("Wien Zentral GmbH", country_code="AT"),
        "named": factories.organisation("Lyon Nommé SA", country_code="FR", partner_manager="Mona Keller"),
        "abroad": factories.organisation("Aarhus Abroad A/S", country_code="DK"),
        "single": factories.organisation("Madrid Single SL", country_code="ES"),
    }


def names_of(page: str, firms: dict[str, Organisation]) -> list[str]:
    """Which of the companies the list shows, in its order."""
    found = [(page.find(f"<bdi>{firm.name}</bdi>"), key) for key, firm in firms.items()]
    return [key for at, key in sorted(found) if at > 0]


def test_own_companies_come_alone_and_all_by_choice(mona: User, firms: dict[str, Organisation], sign: Sign) -> None:
    client = sign(mona)
    page = client.get("/admin/companies/").text
    assert names_of(page, firms) == ["home"]
    assert "My companies" in page
    assert "<b>1</b> company" in page
    everything = client.get("/admin/companies/?own=all").text
    assert names_of(everything, firms) == ["home", "abroad", "named", "single"], "mine first, the others by name"
    assert "All, mine first" in everything
    assert "· mine" in everything
    assert names_of(client.get("/admin/companies/?own=all&sort=-name").text, firms) == ["single", "named", "abroad", "home"]
    assert 'name="own" value="all"' in everything, "searching keeps the choice"
    assert names_of(client.get("/admin/companies/?own=all&q=aarhus").text, firms) == ["abroad"]
    nothing = client.get("/admin/companies/?q=aarhus").text
    assert "Look among all companies" in nothing
    assert "own=all" in nothing
    assert client.get("/admin/companies/?own=theirs").status_code == 200


def test_a_territory_is_regions_names_and_companies(mona: User, firms: dict[str, Organisation], sign: Sign) -> None:
    add(mona, manager_name="Mona Keller")
    add(mona, organisation_id=firms["single"].id)
    client = sign(mona)
    assert set(names_of(client.get("/admin/companies/").text, firms)) == {"home", "named", "single"}


def test_pages_of_a_long_list_go_on_where_they_ended(mona: User, sign: Sign) -> None:
    for n in range(60):
        factories.organisation(f"Firm {n:03}", country_code="AT" if n % 2 else "FR")
    client = sign(mona)
    first = client.get("/admin/companies/?own=all").text
    following = next(
        part
        for part in first.split('href="')
        if 'rel="next"' in first and part.startswith("/admin/companies/?") and "after=" in part
    )
    second = client.get(following.split('"')[0].replace("&amp;", "&")).text
    shown = [n for n in range(60) if f"<bdi>Firm {n:03}</bdi>" in first] + [
        n for n in range(60) if f"<bdi>Firm {n:03}</bdi>" in second
    ]
    assert len(shown) == 60
    assert set(shown) == set(range(60))


def test_others_keep_their_list(firms: dict[str, Organisation], sign: Sign) -> None:
    for role in (Role.ORGANIZER, Role.AUDITOR):
        page = sign(factories.user(None, role)).get("/admin/companies/?own=mine").text
        assert len(names_of(page, firms)) == 4
        assert "My companies" not in page


def test_only_own_companies_are_changed(mona: User, firms: dict[str, Organisation], sign: Sign) -> None:
    client = sign(mona)
    people = {key: factories.person(firm) for key, firm in firms.items()}
    assert people
    home, abroad = (f"/admin/companies/{firms[key].id}" for key in ("home", "abroad"))
    assert "Add a person" in client.get(home).text
    assert "Add a person" not in client.get(abroad).text, "read, not changed"
    assert send(client, f"{home}/edit", {"city": "Linz"}).status_code == 302
    token = hidden(client.get(f"{home}/edit").text)
    unknown = "/admin/companies/987654"
    for path in ("edit", "people/add", "people/1"):
        assert client.get(f"{abroad}/{path}").status_code == client.get(f"{unknown}/{path}").status_code == 404
        assert client.post(f"{abroad}/{path}", data=token).status_code == 404
    for path in ("people/1/accept", "people/1/end", "people/1/invite"):
        assert client.post(f"{abroad}/{path}", data={"csrf_token": token["csrf_token"]}).status_code == 404
    assert client.get("/admin/companies/add").status_code == 403
    assert client.get("/admin/imports/").status_code == 403
    db.session.rollback()
    assert db.session.scalars(select(Organisation.city).where(Organisation.id == firms["home"].id)).one() == "Linz"


def test_registrations_are_read_and_nothing_on_events_is_written(mona: User, firms: dict[str, Organisation], sign: Sign) -> None:
    event = factories.event(slug="summit")
    draft = factories.event(slug="draft", published=False)
    factories.registration(event, firms["abroad"], "Anna", "Reads")
    client = sign(mona)
    assert "summit" in client.get("/admin/").text
    assert draft.slug not in client.get("/admin/").text.replace("draft-", "")
    page = client.get("/admin/events/summit/registrations/").text
    assert "Anna Reads" in page
    assert "Add somebody" not in page
    assert "Export" not in page
    assert 'name="ids"' not in page
    assert client.get("/admin/events/draft/").status_code == client.get("/admin/events/nowhere/").status_code == 404
    assert client.post("/admin/events/summit/status/closed", data=hidden(client.get("/account/password").text)).status_code == 403


def test_the_page_of_a_territory(mona: User, firms: dict[str, Organisation], sign: Sign) -> None:
    client, page = sign(factories.organizer()), f"/admin/staff/{mona.id}/territory"
    assert "Sub-region" in client.get(f"/admin/staff/{mona.id}").text
    assert send(client, page, {"manager_name": "Mona Keller"}).status_code == 302
    assert send(client, page, {"company": firms["single"].programme_id}).status_code == 302
    shown = client.get(page).text
    assert "<b>3</b>" in shown, "each company once"
    for values, said in (
        ({}, "Fill in one of the three"),
        ({"region": "iberia", "company": "x"}, "Fill in one of the three"),
        ({"region": "dach"}, "in the territory already"),
        ({"manager_name": "Mona Keller"}, "in the territory already"),
        ({"company": "Nobody GmbH"}, "No company has this"),
    ):
        answer = send(client, page, values)
        assert answer.status_code in (409, 422)
        assert said in summary(answer)
    assert send(client, page, {"region": "mars"}).status_code == 422
    part = db.session.scalars(select(Territory).where(Territory.sub_region_key == "dach")).one()
    assert press(client, page, f"{page}/{part.id}/remove").status_code == 302
    assert names_of(sign(mona).get("/admin/companies/").text, firms) == ["named", "single"] or set(
        names_of(sign(mona).get("/admin/companies/").text, firms)
    ) == {"named", "single"}


def test_territories_are_for_partner_managers_and_their_own_lines(mona: User, sign: Sign) -> None:
    organizer = factories.organizer()
    client = sign(organizer)
    other = factories.user(None, Role.PARTNER_MANAGER)
    part = db.session.scalars(select(Territory)).one()
    token = hidden(client.get(f"/admin/staff/{mona.id}/territory").text)
    assert client.get(f"/admin/staff/{organizer.id}/territory").status_code == 404
    for number in (part.id, 987_654):
        assert client.post(f"/admin/staff/{other.id}/territory/{number}/remove", data=token).status_code == 404
    assert sign(mona).get(f"/admin/staff/{mona.id}/territory").status_code == 403
