"""Pages of certificates: public, one's own, the company's, the organizer's, and those of a run."""

import base64
import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, MembershipState, Organisation, Person
from eventapp.registrations import service as registering
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from eventapp.training import completing
from eventapp.training.certificates.links import holder_token
from eventapp.training.models import AttendanceState, Certificate, Enrolment
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.pages import PageClient, fields

CANARY = "zzcanary"


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def admin(company: Organisation) -> User:
    return factories.company_admin(company, "petra@donau.example")


def held(person: Person, **values: Any) -> Certificate:
    version = training.course(title="Edge gateways", summary="How they are set up.")
    return training.certificate(person, version, **{"completed_on": date(2027, 1, 4), "minutes": 90, "half_credits": 3, **values})


def person_of(user: User) -> Person:
    return db.session.scalars(select(Person).where(Person.user_id == user.id)).one()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "This certificate is valid."),
        ({"expires_on": date(2027, 1, 20)}, "This certificate is valid."),
        ({"expires_on": date(2027, 1, 19)}, "was valid until 19 Jan 2027"),
        ({"revoked_at": NOW, "revoked_reason": CANARY, "revoked_by": CANARY}, "was revoked on 20 Jan 2027"),
    ],
)
def test_the_public_page_says_what_a_certificate_is_worth(
    client: PageClient, company: Organisation, values: dict[str, Any], said: str, clock: Any
) -> None:
    one = held(factories.person(company, "Zoë", "Łukasiewicz"), **values)
    answer = client.get(f"/verify/{one.code}")
    assert answer.status_code == 200
    assert said in answer.text
    assert "Zoë Łukasiewicz" in answer.text
    assert "Edge gateways" in answer.text
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert client.get(f"/verify/{one.code[:4].lower()}-{one.code[4:]}").status_code == 200


def test_the_public_page_gives_away_nothing_more(client: PageClient, clock: Any) -> None:
    company = factories.organisation(f"{CANARY} GmbH", domain=f"{CANARY}.example")
    person = factories.person(company, "Zoë", "Berg", f"{CANARY}@{CANARY}.example")
    one = held(person, by_hand=True, reason=CANARY, issued_by=CANARY, salt=CANARY)
    other = held(person, name=CANARY)
    for path in (f"/verify/{one.code}", f"/badges/revocations/{one.code}"):
        text = client.get(path).text
        assert CANARY not in text
        assert other.code not in text


def test_a_replaced_one_says_so_and_not_by_what(client: PageClient, company: Organisation, clock: Any) -> None:
    person = factories.person(company)
    new = held(person, name="New Name")
    old = held(person, name="Old Name", replaced_by_id=new.id)
    text = client.get(f"/verify/{old.code}").text
    assert "was replaced" in text
    assert new.code not in text
    assert "New Name" not in text


@pytest.mark.parametrize("code", ["ABCDEFGHJKLM", "ABCD-EFGH-JKLM", "nonsense", "A" * 400, "ABCDEFGHJKL0"])
def test_an_unknown_code_is_answered_alike_whatever_it_looks_like(client: PageClient, code: str, app: Flask) -> None:
    answer = client.get(f"/verify/{code}")
    assert answer.status_code == 404
    assert "There is no certificate with this code." in answer.text
    typed = client.post("/verify/", data={**fields(client.get("/verify/").text, "/verify/"), "code": code[:100]})
    assert typed.status_code in (302, 404)


def test_a_typed_code_leads_to_its_page_and_typing_is_throttled(client: PageClient, company: Organisation, clock: Any) -> None:
    one = held(factories.person(company))
    form = fields(client.get("/verify/").text, "/verify/")
    answer = client.post("/verify/", data={**form, "code": f" {one.code.lower()[:6]}-{one.code[6:]} "})
    assert answer.location == f"/verify/{one.code}"
    assert client.post("/verify/", data={**fields(client.get("/verify/").text, "/verify/"), "code": ""}).status_code == 422
    codes = [client.post("/verify/", data={**form, "once_key": "", "code": f"ABCDEFGHJK{n:02}"}).status_code for n in range(60)]
    assert codes[-1] == 429


def test_ones_own_pages_show_all_that_is_ones_own(client: PageClient, company: Organisation, admin: User, clock: Any) -> None:
    mine, theirs = held(person_of(admin), expires_on=date(2029, 1, 4)), held(factories.person(company))
    client.sign_in(admin)
    page = client.get("/my/training")
    assert page.status_code == 200
    assert mine.code[:4] in page.text
    assert "1.5 credits" in page.text
    assert f"/certificates/{theirs.id}/" not in page.text
    assert client.get(f"/my/training/certificates/{mine.id}/pdf").data.startswith(b"%PDF-")
    assert client.get("/my/training/transcript.pdf").data.startswith(b"%PDF-")
    for page_of in ("pdf", "badge", "name"):
        assert client.get(f"/my/training/certificates/{theirs.id}/{page_of}").status_code == 404
        assert client.get(f"/my/training/certificates/{theirs.id + 9}/{page_of}").status_code == 404


def test_ones_own_page_says_what_comes_and_leads_to_it(
    client: PageClient, company: Organisation, admin: User, clock: Any
) -> None:
    me, other = person_of(admin), factories.person(company)
    start, hour = factories.STARTS, timedelta(hours=1)
    run = training.run(
        training.course(title="In parts"),
        capacity=2,
        language="pt-BR",
        slots=[(start + n * timedelta(days=9), start + n * timedelta(days=9) + hour) for n in range(3)],
    )
    full = training.run(training.course(title="Waited for"), capacity=1)
    gone = training.run(training.course(title="Given up"))
    begun = training.run(training.course(title="Begun"))
    training.enrol(full, company, other)
    enrolments = {one.id: training.enrol(one, company, me) for one in (run, full, gone, begun)}
    left = select(Registration).options(*LOADED).where(Registration.id == enrolments[gone.id].registration_id)
    registering.cancel([db.session.scalars(left).one()], reason="", by=factories.TESTS, at=factories.AT)
    event = db.session.get_one(Event, begun.event_id)
    event.starts_at, event.ends_at = start - 30 * timedelta(days=1), start - 29 * timedelta(days=1)
    factories.commit()
    clock.move_to(start - 20 * timedelta(days=1))
    client.sign_in(admin)
    text = client.get("/my/training").text
    coming, begun_part = text.index('id="coming"'), text.index('id="courses"')
    assert coming < text.index("In parts") < begun_part < text.index("Begun")
    assert "3 parts, the last on 5 Jun 2027" in text
    assert "Portuguese (Brazil)" in text
    assert "pt-BR" not in text
    assert text.index("Waited for") < text.index("Waiting</span>") < begun_part
    assert "Given up" not in text
    registration = db.session.get_one(Registration, enrolments[full.id].registration_id)
    led = client.get(f"/my/training/{enrolments[full.id].id}/registration")
    assert led.location == f"/r/{registration.token}"
    theirs = db.session.scalars(select(Enrolment.id).where(Enrolment.person_id == other.id)).one()
    assert client.get(f"/my/training/{theirs}/registration").status_code == 404


def test_who_is_nobody_in_the_list_has_an_empty_page(client: PageClient, app: Flask) -> None:
    client.sign_in(factories.user())
    assert "Nobody in the list of people has your login" in client.get("/my/training").text
    assert client.get("/my/training/transcript.pdf").status_code == 404


def test_the_link_of_the_mail_opens_one_certificate_and_the_code_alone_does_not(
    client: PageClient, company: Organisation, clock: Any
) -> None:
    one = held(factories.person(company, "Zoe", "Berg"))
    page = client.get(f"/certificate/{holder_token(one.code)}")
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(f"/certificate/{holder_token(one.code)}/pdf").data.startswith(b"%PDF-")
    for token in (one.code, f"{one.code}.", f"{one.code}.{'A' * 24}", holder_token("ABCDEFGHJKLM"), holder_token("")):
        assert client.get(f"/certificate/{token}").status_code == 404


def test_people_correct_the_spelling_of_their_name_and_nobody_elses(
    client: PageClient, company: Organisation, clock: Any
) -> None:
    one = held(factories.person(company, "Zoe", "Lukasiewicz"))
    path = f"/certificate/{holder_token(one.code)}/name"
    wrong = client.post(path, data={**fields(client.get(path).text), "name": "Bert Gruber"})
    assert wrong.status_code == 422
    assert "Bert Gruber" in wrong.text
    assert "another person" in wrong.text
    answer = client.post(path, data={**fields(client.get(path).text), "name": "Zoë Łukasiewicz"})
    new = db.session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
    assert new
    assert new.name == "Zoë Łukasiewicz"
    assert answer.location == f"/certificate/{holder_token(new.code)}"
    assert "was replaced" in client.get(f"/verify/{one.code}").text
    again = client.post(path, data={**fields(client.get(path).text), "name": "Zoe Lukasiewitz"})
    assert again.status_code == 409
    for number in range(2):
        path = f"/certificate/{holder_token(new.code)}/name"
        client.post(path, data={**fields(client.get(path).text), "name": f"Zoë Łukasiewicz {'I' * (number + 1)}"})
        new = db.session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
        assert new
    path = f"/certificate/{holder_token(new.code)}/name"
    last = client.post(path, data={**fields(client.get(path).text), "name": "Zoë Łukasiewicz"})
    assert last.status_code == 409
    assert "ask the organizer" in last.text


def test_step_by_step_nobody_becomes_somebody_else(client: PageClient, company: Organisation, clock: Any) -> None:
    one = held(factories.person(company, "Ada", "Lovelace"))
    path = f"/certificate/{holder_token(one.code)}/name"
    married = client.post(path, data={**fields(client.get(path).text), "name": "Ada Smith"})
    assert married.status_code == 302
    path = f"{married.location}/name"
    other = client.post(path, data={**fields(client.get(path).text), "name": "John Smith"})
    assert other.status_code == 422
    assert "another person" in other.text
    names = db.session.scalars(select(Certificate.name).order_by(Certificate.id)).all()
    assert names == ["Ada Lovelace", "Ada Smith"]


def decoded(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_badge_is_verified_by_another_library_with_what_the_issuer_publishes(
    client: PageClient, company: Organisation, clock: Any
) -> None:
    one = held(factories.person(company, "Zoë", "Berg", "zoe@donau.example"), expires_on=date(2029, 1, 4))
    answer = client.get(f"/certificate/{holder_token(one.code)}/badge")
    token = answer.get_data(as_text=True)
    header = decoded(token.split(".")[0])
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    key = client.get(header["kid"].removeprefix("http://events.test")).json
    assert key == client.get("/.well-known/jwks.json").json["keys"][0]
    claims = jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"]).claims
    assert claims["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert claims["iss"] == claims["issuer"]["id"]
    assert claims["jti"] == claims["id"]
    assert client.get(claims["issuer"]["id"].removeprefix("http://events.test")).json["type"] == ["Profile"]
    assert (claims["validFrom"], claims["validUntil"]) == ("2027-01-04T00:00:00Z", "2029-01-04T23:59:59Z")
    assert claims["nbf"] == datetime(2027, 1, 4, tzinfo=UTC).timestamp()
    assert claims["exp"] == datetime(2029, 1, 4, 23, 59, 59, tzinfo=UTC).timestamp()
    subject = claims["credentialSubject"]
    assert (subject["type"], subject["achievement"]["name"], subject["creditsEarned"]) == (
        ["AchievementSubject"],
        "Edge gateways",
        1.5,
    )
    (identity,) = subject["identifier"]
    digest = hashlib.sha256(("zoe@donau.example" + identity["salt"]).encode()).hexdigest()
    assert identity["hashed"]
    assert identity["identityHash"] == f"sha256${digest}"
    assert "zoe@" not in json.dumps(claims)
    assert "Berg" not in json.dumps(claims)
    achievement = client.get(subject["achievement"]["id"].removeprefix("http://events.test")).json
    assert achievement["criteria"] == subject["achievement"]["criteria"]
    changed = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    with pytest.raises(Exception, match="signature"):
        jwt.decode(changed, ECKey.import_key(key), algorithms=["ES256"])


def test_the_list_of_a_badge_says_when_it_was_revoked(client: PageClient, company: Organisation, clock: Any) -> None:
    one = held(factories.person(company))
    path = f"/badges/revocations/{one.code}"
    assert client.get(path).json["revokedCredential"] == []
    one.revoked_at = NOW
    factories.commit()
    assert client.get(path).json["revokedCredential"][0]["id"] == f"http://events.test/verify/{one.code}"
    assert client.get("/badges/revocations/ABCDEFGHJKLM").status_code == 404


def test_a_company_sees_what_its_people_hold_as_long_as_they_are_its(
    client: PageClient, company: Organisation, admin: User, clock: Any
) -> None:
    person = factories.person(company, "Zoë", "Berg")
    held(person)
    held(factories.person(factories.organisation(), "Xaver", "Fremd"))
    client.sign_in(admin)
    page = client.get("/company/certificates")
    assert "Zoë Berg" in page.text
    assert "Fremd" not in page.text
    membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    membership.state = MembershipState.ENDED
    factories.commit()
    assert "Berg" not in client.get("/company/certificates").text


def test_a_company_reads_the_names_that_it_knows(client: PageClient, company: Organisation, admin: User, clock: Any) -> None:
    person = factories.person(company, CANARY, CANARY)
    held(person)
    membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    membership.given_name, membership.family_name, membership.sort_key = "Zoë", "Berg", "berg zoe"
    factories.commit()
    client.sign_in(admin)
    text = client.get("/company/certificates").text
    assert "Zoë Berg" in text
    assert CANARY not in text


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.AUDITOR])
def test_the_list_is_searched_filtered_and_taken_out(
    client: PageClient, company: Organisation, role: Role, clock: Any, count_queries: Any
) -> None:
    person = factories.person(company, "Zoë", "Berg")
    one = held(person, expires_on=date(2027, 2, 1))
    client.sign_in(factories.user(None, role))
    path = "/admin/training/certificates/"
    with count_queries() as first:
        assert "Zoë Berg" in client.get(path).text
    for state in ({"revoked_at": NOW}, {"expires_on": date(2027, 1, 10)}):
        held(factories.person(company, "Anton", "Alt"), **state)
    with count_queries() as second:
        assert "Anton Alt" in client.get(path).text
    assert len(first) == len(second) <= 12
    for query in (f"q={one.code.lower()}", "q=berg", "q=donau", "state=valid", "ends=30", f"company={company.id}"):
        assert "Zoë Berg" in client.get(f"{path}?{query}").text, query
    for query in ("q=nobody", "state=revoked", "state=expired", "company=99999", "of=c7777", "state=replaced"):
        text = client.get(f"{path}?{query}").text
        assert "Zoë Berg" not in text or query == "of=c7777", query
    token = fields(client.get(path).text, "export")["csrf_token"]
    for name in ("excel-eu", "json", "xlsx"):
        answer = client.post(f"{path}export?state=valid", data={"csrf_token": token, "format": name})
        assert answer.status_code == 200
        assert answer.data
        if name == "json":
            (row,) = answer.json
            assert (row["code"], row["state"], row["credits"], row["company"]) == (one.code, "valid", 1.5, company.name)


def test_many_are_downloaded_in_one_file_and_sent_again(client: PageClient, company: Organisation, clock: Any) -> None:
    ids = [held(factories.person(company, "Zoë", f"Berg{n}")).id for n in range(3)]
    client.sign_in(factories.organizer())
    form = {"csrf_token": fields(client.get("/admin/training/certificates/").text, "bulk")["csrf_token"]}
    answer = client.post("/admin/training/certificates/bulk", data={**form, "act": "zip", "ids": ids[:2]})
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert len(archive.namelist()) == 2
    assert archive.testzip() is None
    assert all(archive.read(name).startswith(b"%PDF-") for name in archive.namelist())
    answer = client.post("/admin/training/certificates/bulk?q=berg2", data={**form, "act": "zip", "everything": "1"})
    assert len(zipfile.ZipFile(io.BytesIO(answer.data)).namelist()) == 1
    client.post("/admin/training/certificates/bulk", data={**form, "act": "resend", "ids": ids})
    assert len(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "certificates.issued")).all()) == 3
    answer = client.post("/admin/training/certificates/bulk", data={**form, "act": "zip", "ids": ["x", "99999999999", "0"]})
    assert answer.status_code == 302


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_that_nobody_means_is_on_no_certificate(client: PageClient, company: Organisation, clock: Any, day: str) -> None:
    version = training.course(validity_months=12)
    factories.person(company, "Zoë", "Berg", "zoe@donau.example")
    client.sign_in(factories.organizer())
    typed = {"who": "zoe@donau.example", "of": f"v{version.id}", "completed_on": day, "reason": "Was"}
    answer = client.post(
        "/admin/training/certificates/new", data=fields(client.get("/admin/training/certificates/new").text) | typed
    )
    assert answer.status_code == 422
    assert "Enter a year between 1990 and 2200." in answer.text
    assert db.session.scalars(select(Certificate)).all() == []


def test_an_organizer_issues_by_hand_revokes_takes_it_back_and_replaces(
    client: PageClient, company: Organisation, clock: Any
) -> None:
    version = training.course(title="Edge gateways", validity_months=12)
    person = factories.person(company, "Zoë", "Berg", "zoe@donau.example")
    client.sign_in(factories.organizer())
    form = fields(client.get("/admin/training/certificates/new").text)
    typed = {
        "who": "nobody@donau.example",
        "of": f"v{version.id}",
        "completed_on": "2027-01-04",
        "minutes": "90",
        "reason": "Was",
    }
    wrong = client.post("/admin/training/certificates/new", data={**form, **typed})
    assert wrong.status_code == 422
    assert "Nobody in the list" in wrong.text
    assert "2027-01-04" in wrong.text
    form = fields(wrong.text)
    answer = client.post("/admin/training/certificates/new", data={**form, "who": "Zoe@Donau.example"})
    one = db.session.scalars(select(Certificate)).one()
    assert (answer.status_code, one.person_id, one.expires_on) == (302, person.id, date(2028, 1, 4))
    here = f"/admin/training/certificates/{one.id}"
    form = fields(client.get(f"{here}/revoke").text)
    assert client.post(f"{here}/revoke", data={**form, "reason": " "}).status_code == 422
    assert client.post(f"{here}/revoke", data={**form, "version": "99", "reason": "Cheated"}).status_code == 409
    form = fields(client.get(f"{here}/revoke").text)
    client.post(f"{here}/revoke", data={**form, "reason": "Cheated"})
    assert "was revoked on" in client.get(f"/verify/{one.code}").text
    assert client.post(f"{here}/revoke", data={**fields(client.get(f"{here}/revoke").text), "reason": "x"}).status_code == 409
    client.post(f"{here}/restore", data=fields(client.get(here).text, "restore"))
    assert "This certificate is valid." in client.get(f"/verify/{one.code}").text
    answer = client.post(f"{here}/replace", data={**fields(client.get(f"{here}/replace").text), "name": "Zoë Berg-Tal"})
    assert answer.status_code == 302
    assert "Replaced by" in client.get(here).text
    client.post(f"{answer.location}/resend", data=fields(client.get(answer.location).text, "resend"))
    kinds = db.session.scalars(select(OutboxMail.kind).order_by(OutboxMail.id)).all()
    assert kinds == ["certificates.issued", "certificates.revoked", "certificates.issued", "certificates.issued"]


def test_a_trainer_makes_the_results_final_and_sees_who_is_certified(
    client: PageClient, company: Organisation, clock: Any
) -> None:
    trainer = factories.user(None, Role.TRAINER)
    ends = NOW + timedelta(hours=3)
    run = training.run(training.course(), trainers=[trainer], starts_at=ends - timedelta(hours=2), ends_at=ends)
    whole = {"attendance": AttendanceState.ATTENDED, "settled_at": NOW, "settled_by": "x", "settled_reason": "Was there"}
    people = [factories.person(company, *name) for name in (("Zoë", "Berg"), ("Anna", "\U0010fffd"), ("Otto", "Fern"))]
    enrolments = [training.enrol(run, company, one, **whole) for one in people[:2]]
    training.enrol(run, company, people[2], attendance=AttendanceState.NO_SHOW)
    completing.look(enrolments, by=factories.TESTS, at=ends)
    factories.commit()
    clock.move_to(ends + timedelta(hours=1))
    client.sign_in(trainer)
    path = f"/teach/{run.id}/certificates"
    page = client.get(path).text
    assert "As things stand that is 1." in page
    assert "Names that cannot be printed" in page
    assert "@" not in page.split("<main")[1]
    close = f"/teach/{run.id}/close"
    client.post(close, data=fields(client.get(close).text))
    page = client.get(path).text
    assert "Results are final" in page
    assert "Waits for the name" in page
    client.post(f"{path}/issue", data={**fields(page, "issue"), f"name-{enrolments[1].id}": "Anna Wang"})
    names = db.session.scalars(select(Certificate.name).order_by(Certificate.id)).all()
    assert names == ["Zoë Berg", "Anna Wang"]
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{path}.zip").data))
    assert len(archive.namelist()) == 2
    other = training.run(training.course())
    assert client.get(f"/teach/{other.id}/certificates").status_code == 404
