"""Signing in at a provider that runs in a process of its own: who gets in, and everything that does not."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from eventapp.accounts.models import Grant, Identity, IdentityProvider, Role, User, UserSession
from eventapp.accounts.oidc import net, protocol, providers
from eventapp.accounts.oidc.providers import ProviderDetails
from eventapp.audit.models import AuditEntry
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners.models import MatchedBy, Membership, MembershipRole, MembershipState, Organisation, Person
from eventapp.partners.providers import service as company_providers
from tests.accounts.oidc_provider import CLIENT_ID, CLIENT_SECRET
from tests.accounts.support import PASSWORD, is_in, log_in
from tests.support import factories
from tests.support.browsing import mails
from tests.support.pages import PageClient, fields

RITA = {"sub": "rita-1", "email": "rita@karmin.example", "email_verified": True, "name": "Rita Moser", "groups": ["orga"]}
PETRA = {"sub": "p-1", "email": "petra@donau.example", "email_verified": True, "given_name": "Petra", "family_name": "Huber"}


class Remote:
    """The provider in its own process."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"

    def says(self, claims: dict[str, Any] | None = None, **values: Any) -> None:
        """What it says from now on; `wrong` names what is wrong with it."""
        data = {
            "wrong": "",
            "userinfo": {},
            "asked": [],
            "shift": 0,
            **({"claims": claims} if claims is not None else {}),
            **values,
        }
        request = urllib.request.Request(f"{self.issuer}/control", json.dumps(data).encode())
        urllib.request.urlopen(request, timeout=5).close()

    def asked(self) -> list[str]:
        with urllib.request.urlopen(f"{self.issuer}/asked", timeout=5) as answer:
            return list(json.load(answer))

    def visit(self, url: str) -> str:
        """Where the provider sends the browser back to: path and query at our site."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_args: Any) -> None:
                return None

        try:
            urllib.request.build_opener(Stay).open(url, timeout=5)
        except urllib.error.HTTPError as answer:
            back = answer.headers["Location"]
            answer.close()
        assert back.startswith("http://events.test/login/oidc/"), back
        return back.removeprefix("http://events.test")


@pytest.fixture(scope="session")
def running() -> Iterator[Remote]:
    command = [sys.executable, str(Path(__file__).with_name("oidc_provider.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Remote(int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


@pytest.fixture
def remote(running: Remote) -> Iterator[Remote]:
    protocol.forget_discovered()
    running.says(RITA)
    yield running
    protocol.forget_discovered()


def add_staff(remote: Remote, key: str = "karmin", **values: Any) -> IdentityProvider:
    details = ProviderDetails(
        **{
            "label": "Karmin",
            "issuer": remote.issuer,
            "client_id": CLIENT_ID,
            "secret": CLIENT_SECRET,
            "groups_claim": "groups",
            **values,
        }
    )
    made = providers.add(key, details, for_staff=True, production=False, by=factories.TESTS, at=now())
    factories.commit()
    return made


@pytest.fixture
def staff(app: Flask, remote: Remote) -> IdentityProvider:
    return add_staff(remote)


@pytest.fixture
def donau(app: Flask, remote: Remote) -> Organisation:
    """A company with a provider of its own."""
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    details = ProviderDetails("Donau", remote.issuer, CLIENT_ID, CLIENT_SECRET)
    company_providers.set_up(company, details, production=False, by=factories.TESTS, at=now())
    factories.commit()
    remote.says(PETRA)
    return company


def leave(client: PageClient, key: str = "karmin", target: str = "") -> str:
    """The address at the provider that the page leads to."""
    url = f"/login/oidc/{key}" if key == "karmin" else "/login/company"
    data = fields(client.get("/login" if key == "karmin" else url).text, url)
    answer = client.post(url, data={**data, "next": target, "email": "petra@donau.example"})
    assert answer.status_code == 200, answer.location
    url = answer.headers["Refresh"].removeprefix("0; url=")
    assert url.replace("&", "&amp;") in answer.text, "without the header there is a link"
    return url


def csrf(client: PageClient) -> dict[str, str]:
    return {"csrf_token": fields(client.get("/login").text, "/login")["csrf_token"]}


def come_back(client: PageClient, back: str) -> TestResponse:
    page = client.get(back)
    if page.status_code != 200:
        return page
    path = urlsplit(back).path
    return client.post(path, data=fields(page.text, path))


def enter(client: PageClient, remote: Remote, key: str = "karmin", target: str = "") -> TestResponse:
    """The whole way: the button, the provider, and back."""
    return come_back(client, remote.visit(leave(client, key, target)))


def user(address: str) -> User | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalar(select(User).where(User.email == address))


def roles(address: str) -> dict[Role, str]:
    """The roles in force and who gave them."""
    found = user(address)
    assert found is not None
    return {g.role: g.granted_by for g in found.grants if g.ends_at is None or g.ends_at > now()}


def map_group(staff: IdentityProvider, group: str, role: Role) -> None:
    providers.map_group(db.session.get_one(IdentityProvider, staff.id), group, role, by=factories.TESTS, at=now())
    factories.commit()


def fresh(app: Flask) -> PageClient:
    made = app.test_client()
    assert isinstance(made, PageClient)
    return made


def flashed(client: PageClient, url: str = "/login") -> str:
    return client.get(url).text


def test_the_first_sign_in_makes_a_login_with_the_roles_of_its_groups(
    client: PageClient, remote: Remote, staff: IdentityProvider
) -> None:
    map_group(staff, "orga", Role.ORGANIZER)
    answer = enter(client, remote, target="/admin/log/?q=x")
    assert (answer.status_code, answer.location) == (302, "/admin/log/?q=x")
    assert is_in(client)
    found = user("rita@karmin.example")
    assert found is not None
    assert (found.name, found.verified_at is not None, found.password) == ("Rita Moser", True, None)
    assert roles(found.email) == {Role.ORGANIZER: "provider:karmin"}
    identity = db.session.scalars(select(Identity)).one()
    assert (identity.user_id, identity.provider_id, identity.subject) == (found.id, staff.id, "rita-1")
    assert db.session.scalars(select(UserSession.methods)).one() == "staff_oidc"
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"provider.added", "provider.mapped", "user.added", "user.connected", "user.granted", "user.signed_in"} <= actions
    assert "Provider for staff" in client.get("/account/sessions").text
    assert remote.asked() == ["/.well-known/openid-configuration", "/authorize", "/token", "/keys"]


def test_what_is_sent_to_the_provider(client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    client.environ_base["HTTP_X_FORWARDED_HOST"] = "evil.example"
    first, second = (parse_qs(urlsplit(leave(client)).query) for _n in range(2))
    assert first["redirect_uri"] == ["http://events.test/login/oidc/karmin/callback"]
    assert (first["scope"], first["response_type"]) == (["openid email profile"], ["code"])
    assert first["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]
    assert "client_secret" not in str(first)


def test_the_subject_says_who_it_is_and_not_the_address(
    app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider
) -> None:
    enter(client, remote)
    remote.says({**RITA, "email": "rita.moser@karmin.example", "email_verified": False})
    other = fresh(app)
    assert enter(other, remote).location == "/"
    assert is_in(other)
    assert user("rita.moser@karmin.example") is None
    assert len(db.session.scalars(select(Identity)).all()) == 1
    remote.says({**RITA, "sub": "somebody-else"})
    third = fresh(app)
    enter(third, remote)
    assert not is_in(third), "the same address, another person"
    assert "There is a login for rita@karmin.example already" in flashed(third)


@pytest.mark.parametrize(
    "wrong",
    [
        "nonce", "no nonce", "issuer", "audience", "azp", "no azp", "signature", "kid", "none", "public key as secret",
        "expired", "no expiry", "future", "no subject", "at_hash", "mixed up", "token down",
    ],
)  # fmt: skip
def test_what_is_not_exactly_right_lets_nobody_in(
    client: PageClient, remote: Remote, staff: IdentityProvider, wrong: str
) -> None:
    url = leave(client)
    remote.says(RITA, wrong=wrong)
    answer = come_back(client, remote.visit(url))
    assert (answer.status_code, answer.location) == (302, "/login")
    page = flashed(client)
    assert "Karmin" in page
    assert "(Number " in page
    assert not is_in(client)
    assert user("rita@karmin.example") is None


@pytest.mark.parametrize("wrong", ["down", "large", "redirect", "deep", "discovery issuer", "endpoint"])
def test_a_provider_that_is_down_or_says_nonsense_is_a_clear_page(
    client: PageClient, remote: Remote, staff: IdentityProvider, wrong: str
) -> None:
    remote.says(RITA, wrong=wrong)
    data = fields(client.get("/login?next=/account/").text, "/login/oidc/karmin")
    answer = client.post("/login/oidc/karmin", data=data)
    assert (answer.status_code, answer.location) == (302, "/login?next=/account/")
    assert "(Number " in flashed(client)
    assert "Refresh" not in answer.headers
    remote.says(RITA)
    enter(client, remote)
    assert is_in(client), "what was wrong is not remembered"


@pytest.mark.parametrize("wrong", ["slow", "drip"])
def test_a_slow_provider_holds_nothing_up_for_long(
    client: PageClient, remote: Remote, staff: IdentityProvider, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert net.READ_SECONDS < net.WHOLE_SECONDS < 10
    monkeypatch.setattr(net, "READ_SECONDS", 1)
    monkeypatch.setattr(net, "WHOLE_SECONDS", 2)
    remote.says(RITA, wrong=wrong)
    begun = now()
    assert client.post("/login/oidc/karmin", data=csrf(client)).location == "/login"
    assert (now() - begun).total_seconds() < 5
    assert "does not answer at the moment" in flashed(client)


def test_nobody_listens(client: PageClient, remote: Remote) -> None:
    add_staff(remote, issuer="http://127.0.0.1:9")
    assert client.post("/login/oidc/karmin", data=csrf(client)).location == "/login"
    assert "does not answer at the moment" in flashed(client)


def test_state_is_of_this_browser_and_works_once(app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    back = remote.visit(leave(client))
    stranger = fresh(app)
    assert client.get(back).status_code == 200
    assert stranger.get(back).location == "/login", "somebody else's browser"
    wrong = back.replace("state=", "state=x")
    assert come_back(client, wrong).location == "/login"
    assert not is_in(client)
    with client.session_transaction() as session:
        kept = dict(session)
    path = urlsplit(back).path
    data = fields(client.get(back).text, path)
    assert client.post(path, data=data).location == "/"
    assert is_in(client)
    # An old copy of the cookie brings nothing back: neither the state nor the code work again.
    with stranger.session_transaction() as session:
        session.update(kept)
    again = stranger.post(path, data=data)
    assert again.status_code in (302, 400)
    assert not is_in(stranger)
    with stranger.session_transaction() as session:
        session.update(kept)
    other = fields(stranger.get(back).text, path)
    stranger.post(path, data={**other, "once_key": data["once_key"][::-1]})
    assert not is_in(stranger)


def test_a_code_works_once_at_the_provider(app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    first = remote.visit(leave(client))
    come_back(client, first)
    thief = fresh(app)
    second = remote.visit(leave(thief))
    stolen = second.split("code=")[0] + first[first.index("code=") :].split("&")[0] + "&" + second[second.index("state=") :]
    come_back(thief, stolen)
    assert not is_in(thief)
    assert "did not work" in flashed(thief)


def test_an_unused_code_of_another_browser_is_worth_nothing(
    app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider
) -> None:
    """PKCE: a code that was caught on the way needs the verifier of the browser that began."""
    caught = parse_qs(urlsplit(remote.visit(leave(client))).query)["code"][0]
    thief = fresh(app)
    own = parse_qs(urlsplit(remote.visit(leave(thief))).query)["state"][0]
    come_back(thief, f"/login/oidc/karmin/callback?code={caught}&state={own}")
    assert not is_in(thief)


def test_too_long_on_the_way(client: PageClient, remote: Remote, staff: IdentityProvider, clock: Any) -> None:
    back = remote.visit(leave(client))
    clock.shift(11 * 60)
    assert client.get(back).location == "/login"


def test_saying_no_at_the_provider(client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    remote.says(RITA, wrong="denied")
    assert enter(client, remote).location == "/login"
    assert "You did not log in at Karmin." in flashed(client)


@pytest.mark.parametrize("verified", [None, False, 0, "no", "false", 1.5])
def test_an_address_that_is_not_verified_makes_no_login(
    client: PageClient, remote: Remote, staff: IdentityProvider, verified: object
) -> None:
    remote.says({**RITA, "email_verified": verified})
    enter(client, remote)
    assert not is_in(client)
    assert "Karmin has not confirmed your e-mail" in flashed(client)
    assert user("rita@karmin.example") is None


def test_claims_out_of_userinfo(client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    map_group(staff, "orga", Role.TRAINER)
    rest = {k: v for k, v in RITA.items() if k != "sub"}
    remote.says({"sub": "rita-1"}, userinfo=rest)
    enter(client, remote)
    assert roles("rita@karmin.example") == {Role.TRAINER: "provider:karmin"}


def test_userinfo_about_somebody_else(client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    remote.says({"sub": "rita-1"}, userinfo={**RITA, "sub": "another"})
    enter(client, remote)
    assert not is_in(client)


def test_a_taken_address_is_connected_by_its_owner_only(
    app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider
) -> None:
    owner = factories.user("rita@karmin.example", Role.AUDITOR, password=PASSWORD)
    enter(client, remote)
    assert not is_in(client)
    assert "Log in as usual, then connect Karmin" in flashed(client)
    log_in(client, owner.email)
    data = fields(client.get("/account/providers").text, "/account/providers/karmin/connect")
    answer = client.post("/account/providers/karmin/connect", data=data)
    back = remote.visit(answer.headers["Refresh"].removeprefix("0; url="))
    assert come_back(client, back).location == "/account/providers"
    assert "Karmin" in client.get("/account/providers").text
    assert [m.to_address for m in mails("accounts.second_factor")] == ["rita@karmin.example"]
    other = fresh(app)
    enter(other, remote)
    assert is_in(other)
    assert roles("rita@karmin.example") == {Role.AUDITOR: "tests"}
    # Another's login cannot take the same one, and connecting needs a fresh proof.
    second = factories.user("otto@karmin.example", Role.TRAINER)
    thief = fresh(app).sign_in(second)
    data = fields(thief.get("/account/providers").text, "/account/providers/karmin/connect")
    page = thief.post("/account/providers/karmin/connect", data=data)
    come_back(thief, remote.visit(page.headers["Refresh"].removeprefix("0; url=")))
    assert "is connected with another login" in thief.get("/account/providers").text
    with thief.session_transaction() as session:
        session["proof"] = 0
    assert thief.post("/account/providers/karmin/connect", data=data).location.startswith("/account/confirm")


def test_disconnecting(app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    map_group(staff, "orga", Role.ORGANIZER)
    enter(client, remote)
    identity = db.session.scalars(select(Identity.id)).one()
    stranger = fresh(app).sign_in(factories.user())
    data = csrf_of(stranger)
    assert stranger.post(f"/account/providers/{identity}/disconnect", data=data).status_code == 404
    url = f"/account/providers/{identity}/disconnect"
    client.post(url, data=fields(client.get("/account/providers").text, url))
    assert "Set a password or make a passkey first" in client.get("/account/providers").text
    db.session.execute(update(User).where(User.email == "rita@karmin.example").values(password="x"))
    factories.commit()
    client.post(url, data=fields(client.get("/account/providers").text, url))
    assert "Disconnected." in client.get("/account/providers").text
    assert db.session.scalars(select(Identity)).all() == []
    assert roles("rita@karmin.example") == {}


def csrf_of(client: PageClient) -> dict[str, str]:
    return {"csrf_token": fields(client.get("/account/password").text)["csrf_token"]}


def test_roles_follow_the_groups(app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    map_group(staff, "orga", Role.ORGANIZER)
    map_group(staff, "money", Role.FINANCE)
    map_group(staff, "admins", Role.SYSTEM_ADMIN)
    remote.says({**RITA, "groups": ["orga", "money", "unknown", 7, None]})
    enter(client, remote)
    assert set(roles("rita@karmin.example")) == {Role.ORGANIZER, Role.FINANCE}
    found = user("rita@karmin.example")
    assert found is not None
    found.grants.append(Grant(role=Role.TRAINER, granted_by="boss@karmin.example", granted_at=now()))
    factories.commit()
    remote.says({**RITA, "groups": "money"})
    enter(fresh(app), remote)
    assert roles("rita@karmin.example") == {Role.FINANCE: "provider:karmin", Role.TRAINER: "boss@karmin.example"}
    assert client.get("/admin/log/").status_code == 403, "the session that is open has lost it too"
    remote.says({k: v for k, v in RITA.items() if k != "groups"})
    enter(fresh(app), remote)
    assert roles("rita@karmin.example") == {Role.TRAINER: "boss@karmin.example"}
    remote.says({**RITA, "groups": ["orga"]})
    enter(fresh(app), remote)
    assert set(roles("rita@karmin.example")) == {Role.ORGANIZER, Role.TRAINER}
    # The last system admin stays one: only that role can mend the mapping.
    remote.says({**RITA, "groups": ["admins"]})
    enter(fresh(app), remote)
    remote.says({**RITA, "groups": []})
    enter(fresh(app), remote)
    assert Role.SYSTEM_ADMIN in roles("rita@karmin.example")
    factories.user("other@karmin.example", Role.SYSTEM_ADMIN)
    enter(fresh(app), remote)
    assert Role.SYSTEM_ADMIN not in roles("rita@karmin.example")


def test_a_role_given_by_hand_is_not_taken_over(app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    enter(client, remote)
    found = user("rita@karmin.example")
    assert found is not None
    found.grants.append(Grant(role=Role.ORGANIZER, granted_by="boss@karmin.example", granted_at=now()))
    factories.commit()
    map_group(staff, "orga", Role.ORGANIZER)
    enter(fresh(app), remote)
    remote.says({**RITA, "groups": []})
    enter(fresh(app), remote)
    assert roles("rita@karmin.example") == {Role.ORGANIZER: "boss@karmin.example"}


def test_switched_off_and_disabled(app: Flask, client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    map_group(staff, "orga", Role.ORGANIZER)
    enter(client, remote)
    late = fresh(app)
    back = remote.visit(leave(late))
    providers.switch(db.session.get_one(IdentityProvider, staff.id), False, by=factories.TESTS, at=now())
    factories.commit()
    assert come_back(late, back).status_code == 404
    assert not is_in(late)
    assert roles("rita@karmin.example") == {}, "what its groups gave ends at once"
    assert "Log in at Karmin" not in fresh(app).get("/login").text
    assert late.post("/login/oidc/karmin", data=csrf(late)).status_code == 404
    providers.switch(db.session.get_one(IdentityProvider, staff.id), True, by=factories.TESTS, at=now())
    db.session.execute(update(User).values(active=False))
    factories.commit()
    enter(late, remote)
    assert not is_in(late)
    assert "This login was disabled" in flashed(late)


def test_the_staff_provider_is_two_factors(client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    from eventapp.accounts.service import policy

    boss = factories.user("boss@karmin.example", Role.SYSTEM_ADMIN)
    policy.require_second_factor_of_staff(True, by=boss, at=now())
    map_group(staff, "orga", Role.ORGANIZER)
    enter(client, remote)
    assert client.get("/admin/").status_code == 200


def test_tries_are_counted(client: PageClient, remote: Remote, staff: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventapp.accounts.throttling.TRIES_PER_NETWORK", 3)
    for _n in range(3):
        enter(client, remote)
        assert is_in(client), "a success gives the tries back"
        client.post("/logout", data=csrf_of(client))
    for _n in range(3):
        leave(client)
    answer = client.post("/login/oidc/karmin", data=csrf(client))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_where_to_go_stays_on_the_site(client: PageClient, remote: Remote, staff: IdentityProvider) -> None:
    assert enter(client, remote, target="https://evil.example/").location == "/"


# Companies


def test_a_partner_finds_the_company_by_the_address(client: PageClient, remote: Remote, donau: Organisation) -> None:
    page = client.get("/login").text
    assert "/login/company" in page
    data = fields(client.get("/login/company?next=/account/").text, "/login/company")
    unknown = client.post("/login/company", data={**data, "email": "x@elsewhere.example"})
    assert unknown.status_code == 422
    assert "There is no company login for this address" in unknown.text
    answer = client.post("/login/company", data={**data, "email": "Petra@Donau.example"})
    url = answer.headers["Refresh"].removeprefix("0; url=")
    assert parse_qs(urlsplit(url).query)["login_hint"] == ["petra@donau.example"]
    assert come_back(client, remote.visit(url)).location == "/account/"
    assert is_in(client)
    found = user("petra@donau.example")
    assert found is not None
    membership = db.session.scalars(select(Membership)).one()
    person = db.session.scalars(select(Person)).one()
    assert (membership.state, membership.role, membership.matched_by) == (
        MembershipState.ACTIVE, MembershipRole.MEMBER, MatchedBy.PROVIDER
    )  # fmt: skip
    assert (person.full_name, person.user_id) == ("Petra Huber", found.id)
    assert db.session.scalars(select(UserSession.methods)).one() == "oidc"


def test_a_company_provider_signs_in_its_own_domain_only(client: PageClient, remote: Remote, donau: Organisation) -> None:
    factories.organisation("Isar Netze AG", domain="isar.example")
    for address in ("xaver@isar.example", "boss@karmin.example", "x@sub.donau.example", "x@gmail.com"):
        remote.says({**PETRA, "email": address})
        enter(client, remote, f"company-{donau.id}")
        assert not is_in(client)
        assert f"{address} is not an address of this company" in flashed(client)
        assert user(address) is None
    remote.says({**PETRA, "email_verified": False})
    enter(client, remote, f"company-{donau.id}")
    assert not is_in(client)


def test_a_company_provider_gives_no_roles(client: PageClient, remote: Remote, donau: Organisation) -> None:
    row = db.session.scalars(select(IdentityProvider)).one()
    row.groups_claim = "groups"
    factories.commit()
    with pytest.raises(NotFoundError):
        map_group(row, "orga", Role.SYSTEM_ADMIN)
    db.session.rollback()
    remote.says({**PETRA, "groups": ["orga"]})
    enter(client, remote, f"company-{donau.id}")
    assert is_in(client)
    assert roles("petra@donau.example") == {}


def test_an_existing_login_of_the_company_is_found_by_its_verified_address(
    client: PageClient, remote: Remote, donau: Organisation
) -> None:
    admin = factories.company_admin(donau, "petra@donau.example")
    enter(client, remote, f"company-{donau.id}")
    assert is_in(client)
    assert db.session.scalars(select(Identity.user_id)).one() == admin.id
    assert db.session.scalars(select(Membership.role)).one() is MembershipRole.ADMIN
    assert [m.to_address for m in mails("accounts.second_factor")] == ["petra@donau.example"]


def test_a_company_provider_lets_in_nobody_who_does_more(
    app: Flask, client: PageClient, remote: Remote, donau: Organisation
) -> None:
    """Whoever runs a company's provider could come in as any of its people: it must open nothing of others."""
    key = f"company-{donau.id}"
    factories.user("petra@donau.example", Role.ORGANIZER)
    enter(client, remote, key)
    assert not is_in(client)
    db.session.execute(update(User).values(email="moved@karmin.example"))
    factories.commit()
    enter(client, remote, key)
    assert is_in(client)
    petra = user("petra@donau.example")
    assert petra is not None
    isar = factories.organisation("Isar Netze AG", domain="isar.example")
    person = db.session.scalars(select(Person).where(Person.user_id == petra.id)).one()
    db.session.add(Membership(person_id=person.id, organisation_id=isar.id, role=MembershipRole.ADMIN))
    factories.commit()
    other = fresh(app)
    enter(other, remote, key)
    assert not is_in(other)
    assert "You do not only work for Donau" in flashed(other)
    db.session.execute(update(Membership).where(Membership.organisation_id == donau.id).values(state=MembershipState.ENDED))
    factories.commit()
    enter(other, remote, key)
    assert not is_in(other)
    assert "You do not belong to Donau" in flashed(other)


def test_who_has_left_does_not_come_back_by_the_provider(client: PageClient, remote: Remote, donau: Organisation) -> None:
    factories.person(donau, "Petra", "Huber", "petra@donau.example")
    db.session.execute(update(Membership).values(state=MembershipState.ENDED))
    factories.commit()
    enter(client, remote, f"company-{donau.id}")
    assert not is_in(client)
    assert user("petra@donau.example") is None, "nothing of it stays"


def test_a_second_factor_here_is_asked_for_after_a_company_provider(
    client: PageClient, remote: Remote, donau: Organisation
) -> None:
    admin = factories.company_admin(donau, "petra@donau.example")
    admin.totp_secret = "x"
    factories.commit()
    assert enter(client, remote, f"company-{donau.id}").location == "/login/second"
    assert not is_in(client)


def test_a_partner_connects_the_provider_of_the_own_company(
    app: Flask, client: PageClient, remote: Remote, donau: Organisation, staff: IdentityProvider
) -> None:
    admin = factories.company_admin(donau, "office@donau.example")
    client.sign_in(admin)
    remote.says(PETRA)
    page = client.get("/account/providers").text
    assert "/account/providers/karmin/connect" not in page, "the vendor's is for staff"
    url = f"/account/providers/company-{donau.id}/connect"
    answer = client.post(url, data=fields(page, url))
    assert come_back(client, remote.visit(answer.headers["Refresh"].removeprefix("0; url="))).location == "/account/providers"
    assert db.session.scalars(select(Identity.user_id)).one() == admin.id
    isar = factories.organisation("Isar Netze AG", domain="isar.example")
    company_providers.set_up(
        isar, ProviderDetails("Isar", remote.issuer, CLIENT_ID, CLIENT_SECRET), production=False, by=factories.TESTS, at=now()
    )
    factories.commit()
    for key in ("karmin", f"company-{isar.id}", "nowhere"):
        assert client.post(f"/account/providers/{key}/connect", data=csrf_of(client)).status_code == 404
    stranger = fresh(app)
    for url in (f"/login/oidc/company-{isar.id}", f"/login/oidc/company-{isar.id}/callback", "/login/oidc/nowhere/callback"):
        assert "Isar" not in stranger.get(url).text
