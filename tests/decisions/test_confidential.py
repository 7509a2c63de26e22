"""Side doors: mails to who reads it no more, what is not decided yet, ideas made private; and auditors write nothing."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Grant, Role, User
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.decisions import queries, references, service
from eventapp.decisions.ideas import service as ideas
from eventapp.decisions.ideas.models import Idea, IdeaKind, IdeaState
from eventapp.decisions.ideas.rules import Answer
from eventapp.decisions.ideas.service import IdeaDetails
from eventapp.decisions.models import Decision, DecisionState, FeedbackState, Openness, Part
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import MembershipRole, Organisation
from tests.conftest import NOW
from tests.support import decisions as make
from tests.support import factories
from tests.support.pages import PageClient, fields

S = DecisionState
WORD = "zzcanary"


@pytest.fixture
def owner(app: Flask, clock: Any) -> User:
    return factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Keller")


@pytest.fixture
def donau(app: Flask) -> User:
    return factories.seat(factories.organisation("Donau GmbH"), MembershipRole.ADMIN)


@pytest.fixture
def isar(app: Flask) -> User:
    return factories.seat(factories.organisation("Isar AG"), MembershipRole.ADMIN)


def narrow(made: Decision, owner: User, openness: Openness, *companies: Organisation) -> None:
    service.set_openness(made, openness, "Prices", list(companies), version=made.version, by=owner, at=NOW)
    factories.commit()


def update(made: Decision, owner: User, text: str) -> set[str]:
    """Writes an update. Who got it."""
    service.post_update(made, text, viewer=make.viewer(owner), at=NOW)
    factories.commit()
    return told(text)


def told(word: str) -> set[str]:
    """Who got a mail with that word."""
    return {mail.to_address for mail in db.session.scalars(select(OutboxMail)) if word in mail.text + mail.subject}


class TestMails:
    """Only those who may read a decision when the mail is written get it."""

    def test_followers_hear_what_they_may_read_and_no_more(self, owner: User, donau: User, isar: User) -> None:
        organizer, company = factories.organizer(), make.company_of(donau)
        made = make.decision(owner, openness=Openness.PARTNERS)
        for user in (donau, isar, organizer):
            service.follow(made, make.viewer(user), at=NOW)
        assert update(made, owner, "First news") == {donau.email, isar.email, organizer.email}
        narrow(made, owner, Openness.ORGANISATIONS, company)
        assert update(made, owner, "Second news") == {donau.email, organizer.email}
        narrow(made, owner, Openness.TEAM)
        before = len(told(made.code))
        assert update(made, owner, "Third news") == set(), "nobody but the team"
        assert len(told(made.code)) == before
        narrow(made, owner, Openness.PUBLIC)
        assert update(made, owner, "Fourth news") == {donau.email, isar.email, organizer.email}, "they still follow"

    def test_a_part_is_enough_and_an_auditor_who_followed_before_reads_all(self, owner: User, donau: User) -> None:
        manager = factories.user("milan@karmin.example", Role.PARTNER_MANAGER)
        made = make.decision(owner, openness=Openness.TEAM)
        make.part(made, donau, Part.STAKEHOLDER, owner)
        service.follow(made, make.viewer(manager), at=NOW)
        manager.grants = [Grant(role=Role.AUDITOR, granted_by="boss@karmin.example", granted_at=NOW)]
        factories.commit()
        service.take_step(made, S.RESEARCH, viewer=make.viewer(owner), at=NOW)
        factories.commit()
        assert told("Plan and research") == {donau.email, manager.email}

    def test_authors_hear_what_came_of_it_while_they_read_it(self, owner: User, donau: User, isar: User) -> None:
        made = make.weighed(make.decision(owner, openness=Openness.PARTNERS), owner)
        said = [make.feedback(made, user, f"Words of {user.email}") for user in (donau, isar)]
        make.ready(made, owner)
        narrow(made, owner, Openness.ORGANISATIONS, make.company_of(donau))
        for one in said:
            make.answer(made, one, owner, FeedbackState.ADOPTED, "Prices of Donau")
        assert told("Prices of Donau") == {donau.email}
        make.step(made, owner, S.RESEARCH, S.DEVELOP, S.DECIDED, S.LAUNCHED)
        assert told("We release in autumn.") == {donau.email, owner.email}


class TestUndecided:
    """What is to be decided is told when it is, before that to those with a part alone."""

    @staticmethod
    def row(client: PageClient, user: User) -> dict[str, Any]:
        client.sign_in(user)
        token = fields(client.get("/decisions/archive").text, "/decisions/export")["csrf_token"]
        (found,) = json.loads(client.post("/decisions/export", data={"csrf_token": token, "format": "json"}).text)
        return dict(found)

    def test_the_file_says_what_the_page_says(self, client: PageClient, owner: User, donau: User, isar: User) -> None:
        made = make.ready(make.weighed(make.decision(owner), owner), owner)
        make.part(made, donau, Part.STAKEHOLDER, owner)
        service.note_lessons(made, service.Lessons("Ask earlier."), version=made.version, by=owner, at=NOW)
        factories.commit()
        outcome = ("result", "rationale", "trade_offs", "revisit_on", "lessons")
        for user, has_part in ((owner, True), (donau, True), (isar, False)):
            row = self.row(client, user)
            assert [bool(row[name]) for name in outcome] == [has_part] * len(outcome), user.email
            client.sign_in(user)
            shown = client.get(f"/decisions/{made.id}").text
            for text in ("We release in autumn.", "Ask earlier."):
                assert (text in shown) == has_part, (user.email, text)
        make.step(made, owner, S.RESEARCH, S.DEVELOP, S.DECIDED)
        row = self.row(client, isar)
        assert [row[name] for name in ("result", "revisit_on", "lessons")] == [
            "We release in autumn.",
            "2027-09-01",
            "Ask earlier.",
        ]

    def test_the_archive_finds_the_outcome_once_it_is_one(self, client: PageClient, owner: User, isar: User) -> None:
        made = make.ready(make.weighed(make.decision(owner), owner), owner)
        client.sign_in(isar)
        address = "/decisions/archive?q=most+partners+asked"
        assert made.title not in client.get(address).text
        assert made.title in client.get("/decisions/archive?q=two+releases").text
        make.step(made, owner, S.RESEARCH, S.DEVELOP, S.DECIDED)
        assert made.title in client.get(address).text
        asked = service.ask_to_reopen(made, "New facts", viewer=make.viewer(owner), at=NOW)
        service.answer_reopening(made, asked, True, "Yes.", by=owner, at=NOW)
        factories.commit()
        assert made.title not in client.get(address).text, "open again"


class TestIdeas:
    """What is not shared is read by the own company and the vendor, also by way of mails and decisions."""

    @staticmethod
    def posted(user: User, *, shared: bool) -> Idea:
        made = ideas.post(IdeaDetails(IdeaKind.IDEA, "Harmless", "Text", shared), viewer=make.viewer(user), at=NOW)
        factories.commit()
        return made

    @staticmethod
    def share(idea: Idea, by: User, *, shared: bool) -> None:
        details = IdeaDetails(IdeaKind.IDEA, f"{WORD} title", "Text", shared)
        ideas.change(idea, details, version=idea.version, by=by, at=NOW)
        factories.commit()

    def test_made_private_it_is_answered_to_the_own_company_alone(self, owner: User, donau: User, isar: User) -> None:
        idea = self.posted(donau, shared=True)
        for user in (isar, owner):
            ideas.contribute(idea, "Me too", viewer=make.viewer(user), at=NOW)
        self.share(idea, donau, shared=False)
        made = ideas.open_decision(idea, "Generic", "A problem.", viewer=make.viewer(owner), at=NOW)
        assert isar.id not in {role.user_id for role in queries.roles_of(made)}
        ideas.answer(idea, Answer(IdeaState.SHAPED, f"{WORD} answer"), version=idea.version, by=owner, at=NOW)
        factories.commit()
        assert told(WORD) == {donau.email, owner.email}

    def test_who_does_not_read_it_any_more_leaves_its_decision_and_comes_back(self, owner: User, donau: User, isar: User) -> None:
        idea = self.posted(donau, shared=True)
        ideas.contribute(idea, "Me too", viewer=make.viewer(isar), at=NOW)
        made = ideas.open_decision(idea, "Generic", "A problem.", viewer=make.viewer(owner), at=NOW)
        factories.commit()
        assert queries.decision(make.viewer(isar), made.id) is made
        self.share(idea, donau, shared=False)
        with pytest.raises(NotFoundError):
            queries.decision(make.viewer(isar), made.id)
        assert queries.decision(make.viewer(donau), made.id) is made
        self.share(idea, donau, shared=True)
        assert queries.decision(make.viewer(isar), made.id) is made

    def test_a_decision_tells_the_title_of_its_idea_to_those_who_read_the_idea(
        self, client: PageClient, owner: User, donau: User, isar: User
    ) -> None:
        idea = self.posted(donau, shared=False)
        self.share(idea, donau, shared=False)
        made = ideas.open_decision(idea, "Generic", "A problem.", viewer=make.viewer(owner), at=NOW)
        narrow(made, owner, Openness.ORGANISATIONS, make.company_of(donau), make.company_of(isar))
        assert WORD not in made.searched
        assert references.name_of(make.viewer(donau), made) == f"{WORD} title"
        client.sign_in(isar)
        token = fields(client.get("/decisions/archive").text, "/decisions/export")["csrf_token"]
        heard = client.post("/decisions/export", data={"csrf_token": token, "format": "json"}).text
        for path in (f"/decisions/{made.id}", f"/decisions/{made.id}/summary", "/decisions/", "/decisions/archive"):
            heard += client.get(path).text
        assert "Generic" in heard
        assert WORD not in heard


class TestAuditors:
    """They read, and write nothing, whatever part they had before."""

    def test_an_auditor_gets_no_part(self, owner: User, donau: User) -> None:
        auditor = factories.user("aud@karmin.example", Role.AUDITOR)
        made = make.decision(owner)
        for part in Part:
            with pytest.raises(RuleError, match="Auditors only read"):
                service.name_part(made, auditor.email, part, within=None, by=owner, at=NOW)
            db.session.rollback()
        company = make.company_of(donau)
        donau.grants = [Grant(role=Role.AUDITOR, granted_by="boss@karmin.example", granted_at=NOW)]
        factories.commit()
        with pytest.raises(RuleError, match="Nobody of your company"):
            service.name_part(made, donau.email, Part.OWNER, within=company.id, by=owner, at=NOW)
        db.session.rollback()
        both = factories.user("both@karmin.example", Role.AUDITOR, Role.PARTNER_MANAGER)
        assert make.part(made, both, Part.OWNER, owner).name == both.display_name

    @pytest.mark.parametrize("part", [Part.OWNER, Part.DECIDER])
    def test_whoever_becomes_one_works_on_it_no_more(self, client: PageClient, owner: User, part: Part) -> None:
        other = factories.user("other@karmin.example", Role.PARTNER_MANAGER)
        made = make.decision(owner, openness=Openness.PARTNERS)
        service.name_body(made, "", by=owner, at=NOW)
        make.part(made, other, part, owner)
        work = f"/decisions/{made.id}/{'update' if part is Part.OWNER else 'outcome'}"
        client.sign_in(other)
        values = fields(client.get(work).text)
        other.grants = [Grant(role=Role.AUDITOR, granted_by="boss@karmin.example", granted_at=NOW)]
        factories.commit()
        assert client.get(f"/decisions/{made.id}").status_code == 200
        assert client.get(work).status_code == 404
        assert client.post(work, data={**values, "text": "Mine", "result": "Mine", "rationale": "Mine"}).status_code == 404
        with pytest.raises(RuleError, match="not by you"):
            service.take_step(made, S.WITHDRAWN, viewer=make.viewer(other), at=NOW)
