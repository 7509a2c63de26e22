"""The pages on which providers are set up, and the requests that leave for them."""

import socket
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Grant, IdentityProvider, ProviderGroup, Role, User
from eventapp.accounts.oidc import client as oidc_client
from eventapp.accounts.oidc import net, queries, rules
from eventapp.accounts.oidc.client import ProviderError
from eventapp.accounts.oidc.rules import Provider
from eventapp.audit.models import AuditEntry
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.partners.models import CompanyProvider
from tests.support import factories
from tests.support.browsing import press, send
from tests.support.pages import PageClient, fields

INDEX = "/admin/sign-in-providers/"
SECRET = "a secret nobody reads"
FILLED = {"key": "entra", "label": "Karmin login", "issuer": "http://127.0.0.1:9/tenant", "client_id": "c1", "secret": SECRET}


@pytest.fixture
def admin(client: PageClient) -> PageClient:
    return client.sign_in(factories.user("boss@karmin.example", Role.SYSTEM_ADMIN))


def add(client: PageClient, **values: Any) -> str:
    answer = send(client, f"{INDEX}add", {**FILLED, **values})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def row() -> IdentityProvider:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(IdentityProvider)).one()


def test_the_secret_is_encrypted_and_never_shown(admin: PageClient) -> None:
    url = add(admin)
    assert row().client_secret != SECRET
    assert queries.ready(row()).secret == SECRET
    assert row().for_staff
    page = admin.get(url).text
    assert "http://events.test/login/oidc/entra/callback" in page
    everything = page + admin.get(INDEX).text + admin.get("/admin/log/").text
    assert SECRET not in everything
    assert row().client_secret not in everything
    assert SECRET not in str([e.changes for e in db.session.scalars(select(AuditEntry))])
    send(admin, url, {"label": "Other", "secret": ""}, action=url)
    assert (row().label, queries.ready(row()).secret) == ("Other", SECRET)
    send(admin, url, {"secret": "another secret"}, action=url)
    assert queries.ready(row()).secret == "another secret"
    changes = [e.changes for e in db.session.scalars(select(AuditEntry).where(AuditEntry.action == "provider.changed"))]
    assert "another secret" not in str(changes)
    assert "client_secret" in str(changes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"key": "No!"}, "small letters, digits and hyphens"),
        ({"key": "company-1"}, "small letters, digits and hyphens"),
        ({"issuer": "javascript:alert(1)"}, "Enter the issuer"),
        ({"issuer": "https://user@idp.example"}, "Enter the issuer"),
        ({"issuer": "https://idp.example/?a=b"}, "Enter the issuer"),
        ({"issuer": "https://[::1"}, "Enter the issuer"),
        ({"secret": ""}, "Enter the client secret"),
        ({"label": " "}, "Fill this in."),
    ],
)
def test_what_will_not_do(admin: PageClient, values: dict[str, str], message: str) -> None:
    answer = send(admin, f"{INDEX}add", {**FILLED, **values})
    assert answer.status_code == 422
    assert message in answer.text
    assert SECRET not in answer.text
    assert db.session.scalars(select(IdentityProvider)).all() == []


def test_a_key_is_used_once(admin: PageClient) -> None:
    add(admin)
    assert "There is a provider with this key already." in send(admin, f"{INDEX}add", FILLED).text


def test_another_issuer_gets_neither_the_old_secret_nor_the_old_people(admin: PageClient) -> None:
    url = add(admin)
    answer = send(admin, url, {"issuer": "http://127.0.0.1:9/other"}, action=url)
    assert "Another issuer needs its own client secret." in answer.text
    assert row().issuer == FILLED["issuer"]
    assert send(admin, url, {"issuer": "http://127.0.0.1:9/other", "secret": "new"}, action=url).status_code == 302
    found = row()
    from eventapp.accounts.models import Identity

    db.session.add(Identity(user_id=factories.user().id, provider_id=found.id, subject="x", created_at=now()))
    factories.commit()
    answer = send(admin, url, {"issuer": "http://127.0.0.1:9/third", "secret": "new"}, action=url)
    assert "People log in by this provider" in answer.text


def test_two_who_save_at_once(admin: PageClient) -> None:
    url = add(admin)
    old = fields(admin.get(url).text, url)
    send(admin, url, {"label": "First"}, action=url)
    answer = admin.post(url, data={**old, "label": "Second"})
    assert "Somebody else has saved this in the meantime." in answer.text
    assert row().label == "First"


def test_groups_and_switching_off(admin: PageClient) -> None:
    url = add(admin)
    groups = f"{url}/groups"
    assert send(admin, url, {"group": "orga", "role": "organizer"}, action=groups).status_code == 302
    assert "This group has this role already." in send(admin, url, {"group": "orga", "role": "organizer"}, action=groups).text
    send(admin, url, {"group": "orga", "role": "trainer"}, action=groups)
    rita = factories.user("rita@karmin.example")
    rita.grants = [Grant(role=r, granted_by="provider:entra", granted_at=now()) for r in (Role.ORGANIZER, Role.TRAINER)]
    rita.grants.append(Grant(role=Role.FINANCE, granted_by="boss@karmin.example", granted_at=now()))
    factories.commit()
    send(admin, url, {"group": "orga", "role": "organizer"}, action=f"{groups}/remove")
    assert {(g.group_name, g.role) for g in db.session.scalars(select(ProviderGroup))} == {("orga", Role.TRAINER)}
    assert held(rita.id) == {Role.TRAINER, Role.FINANCE}
    press(admin, url, f"{url}/switch/off")
    assert not row().active
    assert held(rita.id) == {Role.FINANCE}
    press(admin, url, f"{url}/switch/on")
    assert row().active


def held(user_id: int) -> set[Role]:
    db.session.rollback()
    db.session.expire_all()
    found = db.session.get_one(User, user_id)
    return {g.role for g in found.grants if g.ends_at is None or g.ends_at > now()}


def test_checking_whether_it_answers(admin: PageClient) -> None:
    url = add(admin)
    press(admin, url, f"{url}/check")
    assert "The provider does not answer." in admin.get(url).text


def test_a_company_gets_its_own(admin: PageClient) -> None:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    choose = f"{INDEX}company"
    factories.organisation("Isar Netze AG")
    factories.organisation("Isar Netze AG")
    for text, said in (
        ("nobody", "No company has this programme ID or name."),
        ("", "Fill this in."),
        ("x" * 300, "At most 200 characters."),
        ("a\x00b", "No company has this programme ID or name."),
        ("Isar Netze AG", "Several companies have this name."),
    ):
        assert send(admin, INDEX, {"company": text}, action=choose).location == INDEX
        assert said in admin.get(INDEX).text, text
    url = send(admin, INDEX, {"company": "Donau Systemhaus GmbH"}, action=choose).location
    assert url == f"/admin/companies/{company.id}/sign-in"
    answer = send(admin, url, {"issuer": "http://127.0.0.1:9", "client_id": "c", "secret": SECRET})
    assert (answer.status_code, answer.location) == (302, url)
    found = row()
    assert (found.key, found.label, found.for_staff, found.groups_claim) == (
        f"company-{company.id}", "Donau Systemhaus GmbH", False, ""
    )  # fmt: skip
    assert db.session.scalars(select(CompanyProvider.organisation_id)).all() == [company.id]
    assert admin.get(f"{INDEX}{found.id}").status_code == 404, "its groups give no roles"
    assert admin.post(f"{INDEX}{found.id}/groups", data=fields(admin.get(INDEX).text)).status_code == 404
    assert "Only addresses of donau.example are let in." in admin.get(url).text
    assert SECRET not in admin.get(url).text
    switch = f"{INDEX}{found.id}/switch/off"
    assert press(admin, url, switch).location == url
    assert not row().active


def test_organizers_do_not_set_up_providers(app: Flask, client: PageClient) -> None:
    client.sign_in(factories.organizer())
    assert client.get(INDEX).status_code == 403
    assert "/admin/sign-in-providers/" not in client.get("/admin/staff/").text


# G14: no request leaves for a private address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "2002:0a00:0001::", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "::10.0.0.1", "2001:0:5ef5:79fd::1", "2001:db8::1",
        "x", "",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not net.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert net.is_public(address)


def in_production(issuer: str) -> str:
    provider = Provider(1, "k", "K", issuer, "c", "s", "", for_staff=True)
    with pytest.raises(ProviderError) as refused:
        oidc_client.discover(provider, production=True)
    return refused.value.detail


def test_production_asks_nobody_inside() -> None:
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.3)
        port = inside.getsockname()[1]
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
            assert "ForbiddenAddress" in in_production(f"https://{host}:{port}") or "not a public" in in_production(
                f"https://{host}:{port}"
            )
        with pytest.raises(TimeoutError):
            inside.accept()
    assert "not allowed" in in_production(f"http://127.0.0.1:{port}")


def test_a_name_with_one_private_address_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the name is asked once, all of its answers must be public, and only these are connected to."""
    asked = []

    def answers(host: str, port: int, **_kwargs: Any) -> list[Any]:
        asked.append(host)
        addresses = ["93.184.215.14", "10.0.0.7"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    assert "not a public" in in_production("https://rebinding.example")
    assert asked == ["rebinding.example"]


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://login.example/t", True),
        ("http://login.example", False),
        ("https://", False),
        ("https://a b", False),
        ("https://x.example/\r\nSet-Cookie: a=b", False),
        ("https://u:p@x.example", False),
        ("https://x.example/#a", False),
        ("https://x.example:99999", False),
        ("ftp://x.example", False),
        ("https://x.example/" + "a" * 3000, False),
    ],
)
def test_usable_addresses_of_providers(url: str, usable: bool) -> None:
    assert rules.is_usable_url(url, production=True) is usable


@pytest.mark.parametrize("subject", [None, "", 7, "x" * 256, "a\x00b", ["a"]])
def test_subjects_that_are_none(subject: object) -> None:
    with pytest.raises(ValueError, match="subject"):
        rules.said({"sub": subject}, "groups")


def test_hostile_claims_are_cleaned() -> None:
    claims = {
        "sub": "1", "email": "nonsense\r\nBcc: x", "email_verified": True, "name": "A\x00\u202eB" * 200, "given_name": {"a": 1},
        "family_name": None, "groups": {"a": ["b"]},
    }  # fmt: skip
    found = rules.said(claims, "groups")
    assert found.address == ""
    assert len(found.name) <= 200
    assert "\x00" not in found.name
    assert (found.given_name, found.family_name, found.groups) == ("", "", frozenset())
