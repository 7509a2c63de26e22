"""Companies' own sign-in providers when each of thousands of companies has one."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from eventapp.accounts.models import IdentityProvider, Role
from eventapp.core.db import db
from eventapp.partners.models import CompanyProvider, EmailDomain, Organisation, PartnerType
from eventapp.partners.providers import queries
from tests.conftest import NOW
from tests.partners.test_joining_pages import browser
from tests.support import factories

MANY = 3000


@pytest.fixture
def many(app: Flask) -> None:
    """Companies, each with a domain and a provider of its own."""
    ids = range(10_001, 10_001 + MANY)
    times = {"created_at": NOW, "updated_at": NOW}
    company = {"primary_type": PartnerType.RESELLER, "country_code": "AT", **times}
    rows: dict[Any, list[dict[str, Any]]] = {
        Organisation: [{"id": n, "name": f"Company {n}", "sort_key": f"company {n}", **company} for n in ids],
        EmailDomain: [{"organisation_id": n, "domain": f"c{n}.example"} for n in ids],
        IdentityProvider: [provider(n) for n in ids],
        CompanyProvider: [{"organisation_id": n, "provider_id": n} for n in ids],
    }
    for table, values in rows.items():
        db.session.execute(insert(table), values)
    factories.commit()


def provider(n: int) -> dict[str, Any]:
    where = {"issuer": f"https://id.c{n}.example", "client_id": "eventapp", "client_secret": "x"}
    return {
        "id": n,
        "key": f"p{n}",
        "label": f"Company {n}",
        **where,
        "groups_claim": "groups",
        "active": True,
        "created_at": NOW,
    }


@pytest.mark.usefixtures("many")
def test_an_address_finds_its_company_s_among_all(app: Flask, count_queries: Any) -> None:
    db.session.rollback()
    with count_queries() as asked:
        assert queries.key_for("nora@c11234.example") == "p11234"
    assert len(asked) == 2
    assert queries.key_for("nora@elsewhere.example") is None


@pytest.mark.usefixtures("many")
def test_the_page_of_providers_stays_a_page(app: Flask, count_queries: Any) -> None:
    client = browser(app, factories.user("ada@karmin.example", Role.SYSTEM_ADMIN))
    with count_queries() as asked:
        page = client.get("/admin/sign-in-providers/")
    assert page.status_code == 200
    assert page.text.count('/sign-in"><bdi>') == 100
    assert "There are more." in page.text
    assert len(asked) <= 12
