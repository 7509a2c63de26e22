"""“Finish later” on the forms for registering: kept for its owner alone, mailed once, gone when it is done or old."""

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import MembershipRole
from eventapp.questions.models import Kind, Scope
from eventapp.registrations.answers.models import AnswerDraft, AnswerFile
from eventapp.registrations.models import Registration
from tests.registrations.conftest import Firm
from tests.registrations.test_public import ask, link_in
from tests.support import factories, forms
from tests.support.browsing import check, confirm, mails, register_url, rows, send, send_page
from tests.support.pages import PageClient, fields

LAST_TIME = "Here is what you typed last time"


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(slug="summit", title="Summit")


def names() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Registration.name)))


class TestCompany:
    def test_the_form_comes_back_as_it_was_typed(self, petra: PageClient, firm: Firm, event: Event) -> None:
        stand = forms.question(event, forms.section(event), "Stand?", scope=Scope.GROUP).id
        typed = {
            "colleagues": [str(firm.ada.id)],
            **rows([("Žofie", "<b>Nová", "not an address")]),
            "paste": "half a li",
            f"group-q{stand}": "Hall 7",
        }
        answer = send(petra, register_url(event), {**typed, "later": "1"})
        assert (answer.status_code, answer.location) == (302, "/events/summit/")
        assert names() == []
        page = petra.get(register_url(event))
        assert LAST_TIME in page.text
        back = fields(page.text)
        assert back["people-0-family_name"] == "<b>Nová"
        assert back["people-0-email"] == "not an address"
        assert back[f"group-q{stand}"] == "Hall 7"
        assert "half a li</textarea>" in page.text
        assert f'id="colleague-{firm.ada.id}" value="{firm.ada.id}" checked' in page.text
        assert "There is a problem" not in page.text

    def test_page_two_comes_back_with_its_answers(self, petra: PageClient, firm: Firm, event: Event) -> None:
        nick = forms.question(event, forms.section(event), "Nickname?").id
        page = check(petra, event, colleagues=[str(firm.ada.id)])
        prefix = f"c{firm.ada.id}-"
        send_page(petra, page, register_url(event), {f"{prefix}q{nick}": "Adi", "later": "1"})
        page = petra.get(register_url(event))
        page = send_page(petra, page, register_url(event), {"colleagues": [str(firm.ada.id)]})
        assert 'value="Adi"' in page.text
        assert confirm(petra, event, page).status_code == 302
        assert names() == ["Ada Lang"]
        assert LAST_TIME not in petra.get(register_url(event)).text, "it is finished"

    def test_one_mail_has_the_link(self, petra: PageClient, firm: Firm, event: Event) -> None:
        for n in range(2):
            send(petra, register_url(event), {**rows([(f"Given{n}", "", "")]), "later": "1"})
        (mail,) = mails("registrations.draft_link")
        assert mail.to_address == "petra@donau.example"
        assert "/events/summit/register" in mail.text
        assert fields(petra.get(register_url(event)).text)["people-0-given_name"] == "Given1"

    def test_it_is_begun_anew(self, petra: PageClient, firm: Firm, event: Event) -> None:
        send(petra, register_url(event), {**rows([("Zoe", "", "")]), "later": "1"})
        page = petra.get(register_url(event))
        token = fields(page.text)["csrf_token"]
        assert petra.post(register_url(event), data={"csrf_token": token, "anew": "1"}).status_code == 302
        assert "Zoe" not in petra.get(register_url(event)).text

    def test_nobody_else_sees_it(self, app: Flask, petra: PageClient, firm: Firm, event: Event) -> None:
        send(petra, register_url(event), {**rows([("Zzcanary", "", "")]), "later": "1"})
        colleague = factories.company_admin(firm.company, "paul@donau.example")
        other = factories.company_admin(factories.organisation("Isar AG"), "iris@isar.example")
        for user in (colleague, other):
            client = PageClient(app, app.response_class, use_cookies=True).sign_in(user)
            assert "Zzcanary" not in client.get(register_url(event)).text
            send(client, register_url(event), {**rows([("Own", "", "")]), "later": "1"})
        assert "Zzcanary" in petra.get(register_url(event)).text
        db.session.rollback()
        assert len(db.session.scalars(select(AnswerDraft)).all()) == 3

    def test_whoever_runs_two_companies_has_a_draft_in_each(
        self, app: Flask, client: PageClient, firm: Firm, event: Event
    ) -> None:
        second = factories.organisation("Isar AG")
        factories.second_seat(firm.admin, second, MembershipRole.ADMIN)
        client.sign_in(firm.admin)
        send(client, register_url(event), {**rows([("Zzcanary", "", "")]), "later": "1"})
        found = db.session.scalars(select(AnswerDraft)).one()
        assert found.organisation_id in (firm.company.id, second.id)

    def test_a_draft_of_hostile_fields_opens(self, petra: PageClient, firm: Firm, event: Event) -> None:
        nasty = {"colleagues": ["x", str(2**70)], "mode": "nowhere", "kind": "-1", "people-0-email": "a\x00b" * 500}
        send(petra, register_url(event), {**nasty, "later": "1"})
        assert petra.get(register_url(event)).status_code == 200


class TestSinglePerson:
    def test_it_comes_back_behind_the_link_of_the_mail(
        self, client: PageClient, firm: Firm, event: Event, clock: time_machine.Traveller
    ) -> None:
        nick = forms.question(event, forms.section(event), "Nickname?").id
        url = link_in(ask(client, event, "ada@donau.example"))
        assert send(client, url, {f"q{nick}": "Adi", "note": "I come <late>", "later": "1"}).status_code == 302
        assert names() == []
        clock.shift(timedelta(days=3))
        assert client.get(url).status_code == 410, "the first link was good for two days"
        later = link_in(mails("registrations.draft_link")[0].text)
        page = client.get(later)
        assert LAST_TIME in page.text
        assert 'value="Adi"' in page.text
        assert fields(page.text)["note"] == "I come <late>"
        assert send_page(client, page, later, {}).status_code == 302
        assert names() == ["Ada Lang"]
        db.session.rollback()
        assert db.session.scalars(select(AnswerDraft)).all() == []

    def test_the_link_ends_as_well(self, client: PageClient, firm: Firm, event: Event, clock: time_machine.Traveller) -> None:
        forms.question(event, forms.section(event), "Nickname?")
        url = link_in(ask(client, event, "ada@donau.example"))
        send(client, url, {"later": "1"})
        later = link_in(mails("registrations.draft_link")[0].text)
        clock.shift(timedelta(days=14, minutes=1))
        assert client.get(later).status_code == 410

    def test_another_address_sees_nothing_of_it(self, client: PageClient, firm: Firm, event: Event) -> None:
        nick = forms.question(event, forms.section(event), "Nickname?").id
        url = link_in(ask(client, event, "ada@donau.example"))
        send(client, url, {f"q{nick}": "Zzcanary", "later": "1"})
        other = link_in(ask(client, event, "ben@donau.example"))
        assert "Zzcanary" not in client.get(other).text

    def test_it_is_there_for_whoever_is_signed_in_too(self, client: PageClient, firm: Firm, event: Event) -> None:
        nick = forms.question(event, forms.section(event), "Nickname?").id
        url = link_in(ask(client, event, "ada@donau.example"))
        send(client, url, {f"q{nick}": "Adi", "later": "1"})
        client.sign_in(factories.user("ada@donau.example"))
        assert 'value="Adi"' in client.get(url).text


def test_a_file_that_was_sent_is_there_again_too(client: PageClient, firm: Firm, event: Event) -> None:
    slides = forms.question(event, forms.section(event), "Slides?", Kind.FILE).id
    one = factories.registration(event, firm.company, "Ada", "Lang")
    url = f"/r/{one.token}/edit"
    data = {**fields(client.get(url).text), f"q{slides}": (io.BytesIO(b"%PDF-1.7"), "talk.pdf"), "later": "1"}
    assert client.post(url, data=data, content_type="multipart/form-data").status_code == 302
    page = client.get(url)
    assert "talk.pdf" in page.text
    assert client.post(url, data=fields(page.text)).status_code == 302
    db.session.rollback()
    assert db.session.scalars(select(AnswerFile.name)).all() == ["talk.pdf"]
    assert "Given already:" in client.get(url).text
