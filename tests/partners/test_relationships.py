"""Connections between companies: added, refused, ended, taken up again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.models import Organisation, Relationship
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import press, send, summary
from tests.support.pages import PageClient

TODAY = NOW.date()
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def pair(client: PageClient) -> tuple[Organisation, Organisation]:
    client.sign_in(factories.organizer())
    return factories.organisation("Alpen Distribution"), factories.organisation("Enns Software GmbH")


def url(company: Organisation) -> str:
    return f"/admin/companies/{company.id}/relationships"


def connect(client: PageClient, company: Organisation, other: Organisation, way: str = "supplies_to", **values: str) -> str:
    answer = send(client, url(company), {"way": way, "other": other.programme_id, **values})
    return "" if answer.status_code == 302 else summary(answer)


def rows() -> list[Relationship]:
    db.session.rollback()
    return list(db.session.scalars(select(Relationship).order_by(Relationship.id)))


def test_who_supplies_whom_is_the_same_from_either_end(client: PageClient, pair: tuple[Organisation, Organisation]) -> None:
    distributor, reseller = pair
    assert "Say below" in client.get(url(reseller)).text
    assert not connect(client, reseller, distributor, "supplies_by", valid_from="2026-01-01")
    (row,) = rows()
    assert (row.from_id, row.to_id, row.valid_from.isoformat()) == (distributor.id, reseller.id, "2026-01-01")
    assert "Supplied by" in client.get(url(reseller)).text
    assert "Supplies" in client.get(url(distributor)).text
    assert "Enns" in client.get(f"{url(distributor)}?way=supplies_to&q=enns&state=now&sort=-from").text
    assert "Nothing found" in client.get(f"{url(distributor)}?state=over").text


def test_what_makes_no_sense_is_refused_at_its_field(client: PageClient, pair: tuple[Organisation, Organisation]) -> None:
    one, other = pair
    assert "Copy the ID" in summary(send(client, url(one), {"way": "supplies_to", "other": "nobody"}))
    assert "another company" in connect(client, one, one)
    assert "before the first" in connect(client, one, other, valid_from="2027-02-01", valid_to="2027-01-01")
    for day in ("0001-01-01", "9999-12-31"):
        assert "Enter a year between 1990 and 2200." in connect(client, one, other, valid_from=day)
        assert "Enter a year between 1990 and 2200." in connect(client, one, other, valid_to=day)
    assert not connect(client, one, other)
    assert "already" in connect(client, one, other)
    assert "other way round" in connect(client, other, one)
    assert not connect(client, one, other, "alliance_to")
    assert "already" in connect(client, other, one, "alliance_to")
    assert len(rows()) == 2


def test_ending_keeps_the_history_and_it_can_be_taken_up_again(
    client: PageClient, pair: tuple[Organisation, Organisation]
) -> None:
    one, other = pair
    connect(client, one, other, valid_from="2026-01-01")
    (row,) = rows()
    assert press(client, url(other), f"{url(other)}/{row.id}/end").status_code == 302
    assert [(r.valid_from.isoformat(), r.valid_to) for r in rows()] == [("2026-01-01", TODAY)]
    assert "Over" in client.get(url(one)).text
    assert not connect(client, one, other, valid_from="2027-06-01")
    assert [r.valid_to for r in rows()] == [None]
    assert press(client, url(one), f"{url(one)}/{row.id}/end").status_code == 302
    assert rows() == [], "it had not begun"


def test_a_connection_of_others_is_not_found(client: PageClient, pair: tuple[Organisation, Organisation]) -> None:
    one, other = pair
    connect(client, one, other)
    (row,) = rows()
    third = factories.organisation("Isar Netze AG")
    page = client.get(url(third))
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert client.post(f"{url(third)}/{row.id}/end", data={"csrf_token": token}).status_code == 404
    assert [r.valid_to for r in rows()] == [None]
    assert row.valid_from is None or row.valid_from < TODAY + timedelta(days=1)
