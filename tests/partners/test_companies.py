"""The organizer's list of companies, their pages, and changing them."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.partners.models import (
    Alias,
    EmailDomain,
    Identifier,
    IdentifierScheme,
    MembershipState,
    Organisation,
    OrganisationStatus,
    OrganisationWord,
    PartnerType,
    Person,
    PersonEmail,
    Relationship,
)
from eventapp.partners.queries import company_matches, company_named, person_matches
from tests.partners.files import run_partners, run_people
from tests.support import factories
from tests.support.pages import PageClient, fields


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer())


def found(text: str) -> list[str]:
    condition = company_matches(Organisation.id, text)
    assert condition is not None
    return list(db.session.scalars(select(Organisation.name).where(condition).order_by(Organisation.sort_key)))


def test_search_over_names_aliases_domains_and_numbers(app: Flask) -> None:
    run_partners(
        {"Account Name": "Nováková Systémy s.r.o.", "VAT ID": "CZ 12345678", "D-U-N-S": "12-345-6789", "CRM ID": "00042"},
        {"Programme ID": "KP-100001", "Account Name": "Straße & Söhne", "Email Domains": "grünschleuse-netze.example"},
        {"Programme ID": "KP-100002", "Account Name": "Łódź Øre ılık"},
        {"Programme ID": "KP-100003", "Account Name": "نجم الزعتر للحلول"},
    )
    company = db.session.scalars(select(Organisation).where(Organisation.programme_id == "KP-100002")).one()
    db.session.add_all(
        [Alias(organisation_id=company.id, name="Formerly"), OrganisationWord(word="formerly", organisation_id=company.id)]
    )
    db.session.commit()
    for text in (
        "Novakova",
        "NOVÁKOVÁ",
        "novak sys",
        "kp-182660",
        "182660",
        "KP-182660",
        "CZ12345678",
        "CZ 12345678",
        "12345678",
    ):
        assert found(text) == ["Nováková Systémy s.r.o."], text
    for text in ("123456789", "12 345 6789", "12-345-6789", "00042"):
        assert found(text) == ["Nováková Systémy s.r.o."], text
    for text in ("strasse", "Sohne", "grunschleuse-netze.example", "grünschleuse"):
        assert found(text) == ["Straße & Söhne"], text
    for text in ("lodz", "Łódź", "ore ilik", "formerly"):
        assert found(text) == ["Łódź Øre ılık"], text
    assert found("نجم") == ["نجم الزعتر للحلول"]
    assert found("nothing such") == []
    assert found("novak strasse") == []
    assert company_matches(Organisation.id, " %_'-- ") is None


def test_people_are_found_without_accents(app: Flask) -> None:
    run_partners({})
    run_people({"Given Name": "Jana", "Family Name": "Nováková", "Email": "jana@donau.example"})
    for text in ("novakova jana", "JANA", "donau", "jana@donau.example"):
        condition = person_matches(Person.id, text)
        assert condition is not None
        assert db.session.scalars(select(Person.given_name).where(condition)).all() == ["Jana"], text


def test_filters_pills_and_totals(organizer: PageClient) -> None:
    one = factories.organisation("Alpha", tier_key="premier", country_code="DE", primary_type=PartnerType.ISV)
    factories.organisation("Beta", tier_key=None, country_code="FR", primary_type=PartnerType.DISTRIBUTOR)
    factories.organisation("Gamma", country_code="AT", status=OrganisationStatus.ENDED)
    factories.person(one)
    factories.person(one)
    cases = {
        "": (2, 3, ["Alpha", "Beta", "Gamma"]),
        "?tier=premier": (2, 1, ["Alpha"]),
        "?tier=none&tier=premier": (2, 2, ["Alpha", "Beta"]),
        "?type=distributor": (0, 1, ["Beta"]),
        "?region=dach": (2, 2, ["Alpha", "Gamma"]),
        "?country=FR": (0, 1, ["Beta"]),
        "?status=ended": (0, 1, ["Gamma"]),
        "?q=alp": (2, 1, ["Alpha"]),
        "?q=alp&status=ended": (0, 0, []),
        "?tier=bogus&sort=bogus&after=bogus": (2, 3, ["Alpha", "Beta", "Gamma"]),
    }
    for query, (people, companies, names) in cases.items():
        page = organizer.get(f"/admin/companies/{query}").get_data(as_text=True)
        assert [name for name in ("Alpha", "Beta", "Gamma") if f"<bdi>{name}</bdi>" in page] == names, query
        assert f"<b>{people}</b> people" in page, query
        assert f"<b>{companies}</b> {'company' if companies == 1 else 'companies'}" in page, query
    for sort, first in (("-name", "Gamma"), ("tier", "Gamma"), ("-tier", "Beta"), ("country", "Gamma"), ("-people", "Alpha")):
        page = organizer.get(f"/admin/companies/?sort={sort}").get_data(as_text=True)
        shown = sorted(("Alpha", "Beta", "Gamma"), key=lambda name: page.index(f"<bdi>{name}</bdi>"))
        assert shown[0] == first, sort


def test_the_list_and_the_page_cost_the_same_for_one_row_and_three(organizer: PageClient, count_queries: Any) -> None:
    first = factories.organisation("One")
    factories.person(first)
    counts = []
    for _round in range(2):
        with count_queries() as queries:
            organizer.get("/admin/companies/")
        with count_queries() as page:
            organizer.get(f"/admin/companies/{first.id}")
        counts.append((len(queries), len(page)))
        for name in ("Two", "Three"):
            factories.organisation(name, parent_id=first.id)
            factories.person(first)
    assert counts[0] == counts[1]


COMPANY = {
    "name": "Donau Systemhaus GmbH",
    "programme_id": "KP-182660",
    "primary_type": "reseller",
    "tier_key": "ready",
    "country_code": "AT",
    "status": "active",
}


def add_company(client: PageClient, **values: Any) -> Any:
    form = fields(client.get("/admin/companies/add").get_data(as_text=True))
    return client.post("/admin/companies/add", data={**form, **COMPANY, **values})


def test_adding_and_changing_a_company(organizer: PageClient) -> None:
    factories.organisation("Holding", programme_id="KP-100001", domain="")
    factories.organisation("Dist", programme_id="KP-100002", domain="")
    answer = add_company(
        organizer,
        parent="kp-none",
        domains="Donau.example\n@x.example",
        aliases="DSH\nDonau",
        duns="12-345-6789",
        vat="atu 12345678",
        suppliers="KP-100002",
        other_types=["isv", "msp"],
        partner_since="2014-03-01",
        employees="1250",
        website="donau.example",
        notes="one\r\ntwo",
    )
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "No company has this programme ID or name." in page
    assert "DSH\nDonau" in page.replace("\r", "")
    form = fields(page)
    answer = organizer.post("/admin/companies/add", data={**form, "parent": "Holding"})
    assert answer.status_code == 302
    company = db.session.scalars(select(Organisation).where(Organisation.programme_id == "KP-182660")).one()
    assert (company.sort_key, company.parent_name, company.employees) == ("donau systemhaus gmbh", "Holding", 1250)
    assert company.notes == "one\ntwo"
    domains = db.session.scalars(select(EmailDomain.domain).order_by(EmailDomain.domain)).all()
    assert domains == ["donau.example", "x.example"]
    numbers = {row.scheme: row.value for row in db.session.scalars(select(Identifier))}
    assert numbers == {IdentifierScheme.DUNS: "123456789", IdentifierScheme.VAT: "ATU12345678"}
    assert db.session.query(Relationship).count() == 1
    assert found("dsh") == ["Donau Systemhaus GmbH"]
    shown = organizer.get(answer.location).get_data(as_text=True)
    for text in ("123456789", "Holding", "Dist", "DSH", "https://donau.example", "1,250"):
        assert text in shown, text

    url = f"/admin/companies/{company.id}/edit"
    form = fields(organizer.get(url).get_data(as_text=True))
    assert organizer.post(url, data=form).status_code == 302
    assert db.session.query(AuditEntry).filter_by(action="company.change").count() == 0
    form = fields(organizer.get(url).get_data(as_text=True))
    answer = organizer.post(
        url, data={**form, "name": "Renamed", "aliases": "", "domains": "", "duns": "", "suppliers": "", "parent": ""}
    )
    assert answer.status_code == 302
    assert found("renamed") == ["Renamed"]
    assert found("dsh") == []
    assert db.session.query(Relationship).count() == 0
    entry = db.session.query(AuditEntry).filter_by(action="company.change").one()
    assert entry.changes["name"] == ["Donau Systemhaus GmbH", "Renamed"]


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"name": " "}, "Enter the name of the company."),
    ({"programme_id": "KP-1"}, "Enter a programme ID like KP-123456."),
    ({"programme_id": "KP-100001"}, "Taken GmbH has this programme ID."),
    ({"duns": "123"}, "Enter nine digits."),
    ({"duns": "123456789"}, "Taken GmbH has this D-U-N-S."),
    ({"domains": "gmail.com"}, "gmail.com belongs to a mail provider"),
    ({"domains": "no domain!"}, "Enter domains like company.com"),
    ({"suppliers": "KP-999999"}, "No company has the programme ID KP-999999."),
    ({"suppliers": "KP-182660"}, "A company cannot supply itself."),
    ({"country_code": "XX"}, "Not a valid choice"),
    ({"name": "x" * 201}, "At most 200 characters."),
    ({"employees": "-1"}, "Enter a whole number."),
    ({"partner_since": "0001-01-01"}, "Enter a year between"),
]


def test_what_is_refused_stands_at_its_field(organizer: PageClient) -> None:
    taken = factories.organisation("Taken GmbH", programme_id="KP-100001")
    db.session.add(Identifier(organisation_id=taken.id, scheme=IdentifierScheme.DUNS, value="123456789"))
    db.session.commit()
    form = fields(organizer.get("/admin/companies/add").get_data(as_text=True))
    for values, message in REFUSED:
        answer = organizer.post("/admin/companies/add", data={**form, **COMPANY, **values})
        assert answer.status_code in (409, 422), values
        page = answer.get_data(as_text=True)
        assert "There is a problem" in page
        assert message in page, values
    assert db.session.query(Organisation).count() == 1


def test_a_company_cannot_stand_above_itself(organizer: PageClient) -> None:
    top = factories.organisation("Top", programme_id="KP-100001")
    child = factories.organisation("Child", parent_id=top.id, parent_name="Top")
    url = f"/admin/companies/{top.id}/edit"
    form = fields(organizer.get(url).get_data(as_text=True))
    answer = organizer.post(url, data={**form, "parent": child.programme_id})
    assert answer.status_code == 422
    assert "A company cannot stand above itself." in answer.get_data(as_text=True)


def test_a_stale_edit_shows_both_versions_and_keeps_what_was_typed(organizer: PageClient) -> None:
    company = factories.organisation("Donau", city="Wien")
    url = f"/admin/companies/{company.id}/edit"
    first = fields(organizer.get(url).get_data(as_text=True))
    second = fields(organizer.get(url).get_data(as_text=True))
    assert organizer.post(url, data={**first, "city": "Linz"}).status_code == 302
    answer = organizer.post(url, data={**second, "city": "Graz", "notes": "typed with care"})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    for text in ("Linz", "Graz", "typed with care"):
        assert text in page
    db.session.expire_all()
    assert db.session.get_one(Organisation, company.id).city == "Linz"
    assert organizer.post(url, data=fields(page)).status_code == 302
    db.session.expire_all()
    assert db.session.get_one(Organisation, company.id).city == "Graz"


def test_adding_changing_and_ending_people(organizer: PageClient) -> None:
    company = factories.organisation("Donau", domain="donau.example")
    other = factories.organisation("Other")
    add = f"/admin/companies/{company.id}/people/add"
    form = fields(organizer.get(add).get_data(as_text=True))
    bad = organizer.post(add, data={**form, "family_name": "Huber", "email": "no address"})
    assert bad.status_code == 422
    good = {**form, "given_name": "Petra", "family_name": "Huber", "email": "Petra@Donau.example", "phone": "0043 1 2345678"}
    assert organizer.post(add, data={**good, "role": "admin", "function": "sales"}).status_code == 302
    person = db.session.scalars(select(Person)).one()
    assert (person.phone, person.full_name) == ("+4312345678", "Petra Huber")
    form = fields(organizer.get(f"/admin/companies/{other.id}/people/add").get_data(as_text=True))
    again = {**form, "given_name": "Somebody", "family_name": "Else", "email": "petra@donau.example"}
    answer = organizer.post(f"/admin/companies/{other.id}/people/add", data=again)
    assert "Petra Huber was known" in organizer.get(answer.location).get_data(as_text=True)
    assert db.session.query(Person).count() == 1

    shown = organizer.get(f"/admin/companies/{company.id}").get_data(as_text=True)
    url = shown.split(f'href="/admin/companies/{company.id}/people/')[2].split('"')[0]
    edit = f"/admin/companies/{company.id}/people/{url}"
    form = fields(organizer.get(edit).get_data(as_text=True), None)
    stale = fields(organizer.get(edit).get_data(as_text=True))
    answer = organizer.post(edit, data={**form, "family_name": "Maier", "email": "p.maier@donau.example", "job_title": "CEO"})
    assert answer.status_code == 302
    db.session.expire_all()
    assert db.session.scalars(select(PersonEmail.address)).all() == ["p.maier@donau.example"]
    answer = organizer.post(edit, data={**stale, "family_name": "Gruber"})
    assert answer.status_code == 409
    assert "Maier" in answer.get_data(as_text=True)
    assert organizer.get(f"/admin/companies/{other.id}/people/{url}").status_code == 404
    token = {"csrf_token": form["csrf_token"]}
    assert organizer.post(f"{edit}/end", data=token).status_code == 302
    page = organizer.get(f"/admin/companies/{company.id}").get_data(as_text=True)
    assert "Has left" in page


def test_somebody_who_asked_is_accepted(organizer: PageClient) -> None:
    company = factories.organisation("Donau")
    person = factories.person(company)
    membership = db.session.scalars(select(factories.Membership).where(factories.Membership.person_id == person.id)).one()
    membership.state = MembershipState.REQUESTED
    db.session.commit()
    page = organizer.get(f"/admin/companies/{company.id}").get_data(as_text=True)
    assert "Asks to belong" in page
    action = f"/admin/companies/{company.id}/people/{membership.id}/accept"
    organizer.post(action, data=fields(page, action))
    db.session.expire_all()
    assert db.session.get_one(factories.Membership, membership.id).state is MembershipState.ACTIVE


def test_later_features_add_sections_to_the_page(organizer: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from markupsafe import Markup

    company = factories.organisation("Donau")
    monkeypatch.setitem(app.extensions, "company_sections", [lambda o: Markup("<p>Known: {}</p>").format(o.name)])
    assert "<p>Known: Donau</p>" in organizer.get(f"/admin/companies/{company.id}").get_data(as_text=True)
    assert organizer.get("/admin/companies/999").status_code == 404


def test_a_name_that_several_companies_have_is_asked_about(app: Flask) -> None:
    for number in ("KP-100001", "KP-100002"):
        factories.organisation("Donau Systemhaus GmbH", programme_id=number)
    assert company_named("kp-100002").programme_id == "KP-100002"
    with pytest.raises(RuleError, match=r"Several companies have this name.*KP-100001, KP-100002") as several:
        company_named("donau systemhaus gmbh", "first")
    assert (several.value.field, several.value.status) == ("first", 422)
    with pytest.raises(RuleError, match="No company has this programme ID or name"):
        company_named("Nobody GmbH")
