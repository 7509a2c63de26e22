"""Decisions through their phases: guards in force, replies, launches, reopening, people, mails, the log."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.core.jobs import run_job
from eventapp.decisions import queries, references, service
from eventapp.decisions.models import (
    Decision,
    DecisionContext,
    DecisionEntry,
    DecisionReader,
    DecisionState,
    FeedbackState,
    Openness,
    Part,
)
from eventapp.decisions.references import Member, Reference
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, MembershipRole, MembershipState
from tests.conftest import NOW
from tests.support import decisions as make
from tests.support import factories

S = DecisionState


@pytest.fixture
def owner(app: Flask) -> User:
    return factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia Lindner")


@pytest.fixture
def partner(app: Flask) -> User:
    return factories.company_admin(factories.organisation("Donau GmbH"), "petra@donau.example")


def mails(kind: str = "") -> list[OutboxMail]:
    return list(
        db.session.scalars(select(OutboxMail).where(OutboxMail.kind.startswith(f"decision.{kind}")).order_by(OutboxMail.id))
    )


def test_from_the_problem_to_what_changed_through_you(owner: User, partner: User) -> None:
    made = make.weighed(make.decision(owner), owner)
    make.step(made, owner, S.RESEARCH, S.DEVELOP)
    said = make.feedback(made, partner)
    make.feedback(made, partner, "And quietly: too dear.", anonymous=True)
    make.ready(made, owner)
    with pytest.raises(RuleError, match="nobody has answered"):
        make.step(made, owner, S.DECIDED)
    db.session.rollback()
    for one in queries.feedback_of(made):
        make.answer(made, one, owner, FeedbackState.ADOPTED, "It is autumn now.")
    make.step(made, owner, S.DECIDED, S.LAUNCHED)
    launch = mails("launched")
    assert [mail.to_address for mail in launch] == ["olivia@karmin.example", "petra@donau.example"]
    assert "Autumn suits us." in launch[1].text
    assert "It is autumn now." in launch[1].text
    assert "too dear" not in launch[1].text, "who said it without a name gets no mail that would tell"
    assert "What changed through you" not in launch[0].text
    assert made.code == "DEC-2027-001"
    with pytest.raises(RuleError, match="learned"):
        make.step(made, owner, S.CLOSED)
    db.session.rollback()
    service.note_lessons(made, service.Lessons("Ask earlier."), version=made.version, by=owner, at=NOW)
    make.step(made, owner, S.CLOSED)
    entries = db.session.scalars(select(DecisionEntry.state).where(DecisionEntry.state.is_not(None)).order_by(DecisionEntry.id))
    assert list(entries) == [S.IDEATE, S.RESEARCH, S.DEVELOP, S.DECIDED, S.LAUNCHED, S.CLOSED]
    assert said.state is FeedbackState.ADOPTED


def test_an_answer_needs_words_and_reaches_who_asked_for_it(owner: User, partner: User) -> None:
    made = make.decision(owner)
    one = make.feedback(made, partner)
    with pytest.raises(RuleError, match="Say why"):
        make.answer(made, one, owner, FeedbackState.NOT_ADOPTED, "")
    db.session.rollback()
    make.answer(made, one, owner, FeedbackState.ACKNOWLEDGED, "")
    make.answer(made, one, owner, FeedbackState.NOT_ADOPTED, "Autumn is too late.")
    with pytest.raises(StaleError):
        service.reply(made, one, FeedbackState.ADOPTED, "x", version=1, by=owner, at=NOW)
    db.session.rollback()
    told = [mail for mail in mails("note") if mail.to_address == "petra@donau.example"]
    assert len(told) == 2
    assert "Autumn is too late." in told[1].text


def test_of_anonymous_feedback_nothing_says_who_it_was(owner: User, partner: User) -> None:
    made = make.decision(owner)
    one = make.feedback(made, partner, "Secret opinion", anonymous=True)
    assert (one.user_id, one.organisation_id, one.name, one.company) == (None, None, "", "")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "decisions.feedback")).one()
    assert (entry.actor, entry.actor_user_id, entry.on_behalf) == ("anonymous", None, "")
    make.answer(made, one, owner)
    assert [mail for mail in mails() if mail.to_address == "petra@donau.example"] == []
    assert not queries.standing(make.viewer(partner), made).gave


def test_feedback_is_taken_until_the_window_closes(owner: User, partner: User) -> None:
    made = make.decision(owner)
    viewer = make.viewer(partner)
    service.give_feedback(made, "On the last day", None, anonymous=False, viewer=viewer, at=NOW + timedelta(days=21))
    with pytest.raises(RuleError, match="not taken any more"):
        service.give_feedback(made, "Late", None, anonymous=False, viewer=viewer, at=NOW + timedelta(days=22))
    auditor = make.viewer(factories.user(None, Role.AUDITOR))
    with pytest.raises(RuleError, match="not taken any more"):
        service.give_feedback(made, "I only read", None, anonymous=False, viewer=auditor, at=NOW)


def test_exactly_one_decides(owner: User, partner: User) -> None:
    made = make.decision(owner)
    with pytest.raises(RuleError, match="decider already"):
        make.part(made, partner, Part.DECIDER, owner)
    db.session.rollback()
    service.name_body(made, "", by=owner, at=NOW)
    make.part(made, partner, Part.DECIDER, owner)
    with pytest.raises(RuleError, match="decider already"):
        make.part(made, owner, Part.DECIDER, owner)
    db.session.rollback()
    with pytest.raises(RuleError, match="decider already"):
        service.name_body(made, "Board", by=owner, at=NOW)
    db.session.rollback()
    make.ready(make.weighed(made, owner), owner)
    make.step(made, owner, S.RESEARCH, S.DEVELOP)
    with pytest.raises(RuleError, match="not by you"):
        make.step(made, owner, S.DECIDED)
    db.session.rollback()
    make.step(made, partner, S.DECIDED)
    assert made.state is S.DECIDED


def test_the_last_owner_stays(owner: User, partner: User) -> None:
    made = make.decision(owner)
    (role,) = queries.roles_of(made)
    with pytest.raises(RuleError, match="needs an owner"):
        service.remove_role(made, role, by=owner, at=NOW)
    db.session.rollback()
    make.part(made, partner, Part.OWNER, owner)
    service.remove_role(made, role, by=owner, at=NOW)
    factories.commit()
    assert [one.name for one in queries.roles_of(made)] == [partner.display_name]


def test_a_partner_names_only_their_own_people_and_learns_nothing_of_others(owner: User, partner: User) -> None:
    made = make.decision(owner)
    company_id = make.viewer(partner).acting_for
    factories.company_admin(factories.organisation("Isar AG"), "xaver@isar.example")
    refusals = set()
    for address in ("xaver@isar.example", "nobody@nowhere.example", owner.email):
        with pytest.raises(RuleError) as refused:
            service.name_part(made, address, Part.SPONSOR, within=company_id, by=partner, at=NOW)
        refusals.add(refused.value.message)
        db.session.rollback()
    assert len(refusals) == 1
    service.name_part(made, partner.email, Part.SPONSOR, within=company_id, by=partner, at=NOW)


def test_asking_to_reopen(owner: User, partner: User) -> None:
    made = make.decision(owner)
    make.answer(made, make.feedback(made, partner), owner)
    stranger = factories.company_admin(factories.organisation("Isar AG"), "xaver@isar.example")
    make.ready(make.weighed(made, owner), owner)
    with pytest.raises(RuleError, match="taken part"):
        service.ask_to_reopen(made, "New", viewer=make.viewer(partner), at=NOW)
    db.session.rollback()
    make.step(made, owner, S.RESEARCH, S.DEVELOP, S.DECIDED)
    with pytest.raises(RuleError, match="taken part"):
        service.ask_to_reopen(made, "New", viewer=make.viewer(stranger), at=NOW)
    db.session.rollback()
    asked = service.ask_to_reopen(made, "The law has changed.", viewer=make.viewer(partner), at=NOW)
    with pytest.raises(RuleError, match="asked already"):
        service.ask_to_reopen(made, "Again", viewer=make.viewer(partner), at=NOW)
    db.session.rollback()
    asked = service.ask_to_reopen(made, "The law has changed.", viewer=make.viewer(partner), at=NOW)
    factories.commit()
    assert asked.answer_by == NOW + timedelta(days=10)
    service.answer_reopening(made, asked, True, "Right, we look again.", by=owner, at=NOW)
    factories.commit()
    assert (made.state, made.feedback_until) == (S.REOPENED, None)
    with pytest.raises(RuleError, match="answered already"):
        service.answer_reopening(made, asked, False, "No", by=owner, at=NOW)
    db.session.rollback()
    make.step(made, owner, S.DEVELOP, S.DECIDED)
    assert "The decision is open again." in mails("note")[-1].text or any("open again" in m.text for m in mails("note"))


def test_owners_are_reminded_once(app: Flask, owner: User, partner: User, clock: Any) -> None:
    made = make.launched(owner)
    make.part(made, partner, Part.STAKEHOLDER, owner)
    service.ask_to_reopen(made, "New facts", viewer=make.viewer(partner), at=NOW)
    factories.commit()
    before = len(mails())
    with transaction():
        assert service.remind(at=NOW) == 0
    with transaction():
        assert service.remind(at=NOW + timedelta(days=9)) == 1
        assert service.remind(at=NOW + timedelta(days=10)) == 0
    clock.move_to(NOW.replace(month=9, day=1))
    for _twice in range(2):
        run_job(app, "decisions.remind")
    db.session.rollback()
    assert [mail.subject[:16] for mail in mails()[before:]] == ["To be answered: ", "To look at again"]
    assert {mail.to_address for mail in mails()[before:]} == {owner.email}


def test_updates_reach_who_follows_and_still_may(owner: User, partner: User) -> None:
    made = make.decision(owner)
    service.follow(made, make.viewer(partner), at=NOW)
    service.follow(made, make.viewer(partner), at=NOW)
    service.post_update(made, "We talk to ten partners.", viewer=make.viewer(owner), at=NOW)
    assert [mail.to_address for mail in mails("note")] == [partner.email], "who wrote it knows it"
    membership = db.session.scalars(select(Membership)).one()
    membership.state, membership.valid_to = MembershipState.ENDED, date(2027, 1, 19)
    db.session.flush()
    service.post_update(made, "Again", viewer=make.viewer(owner), at=NOW)
    assert len(mails("note")) == 1
    service.unfollow(made, make.viewer(partner), at=NOW)


def test_pausing_goes_on_where_it_was_and_a_successor_takes_the_place(owner: User) -> None:
    made = make.step(make.decision(owner), owner, S.RESEARCH, S.PAUSED)
    with pytest.raises(RuleError, match="cannot be taken"):
        make.step(made, owner, S.DEVELOP)
    db.session.rollback()
    make.step(made, owner, S.RESEARCH)
    assert made.paused_from is None
    old, new = make.launched(owner, title="Old"), make.decision(owner, title="New")
    for code in ("", "DEC-2027-999", old.code):
        with pytest.raises(RuleError, match="code of another"):
            service.take_step(old, S.SUPERSEDED, viewer=make.viewer(owner), at=NOW, superseded_by=code)
        db.session.rollback()
    service.take_step(old, S.SUPERSEDED, viewer=make.viewer(owner), at=NOW, superseded_by=new.code.lower())
    factories.commit()
    assert queries.successor(make.viewer(owner), old) is new


def test_an_exercise_stays_inside(owner: User, partner: User) -> None:
    made = make.launched(partner, practice=True)
    assert made.code == "PRA-2027-001"
    assert mails() == []
    assert queries.board(make.viewer(owner)) == []
    with pytest.raises(NotFoundError):
        queries.decision(make.viewer(owner), made.id)
    with pytest.raises(RuleError, match="its team alone"):
        service.set_openness(made, Openness.PUBLIC, "", [], version=made.version, by=partner, at=NOW)
    db.session.rollback()
    service.delete_practice(made, by=partner, at=NOW)
    factories.commit()
    assert db.session.scalars(select(Decision)).all() == []
    real = make.decision(owner)
    with pytest.raises(RuleError, match="Only an exercise"):
        service.delete_practice(real, by=owner, at=NOW)


def test_a_team_comes_and_goes_with_what_the_decision_belongs_to(
    owner: User, partner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id = make.viewer(partner).acting_for
    team = [Member(partner.id, company_id)]
    plan = Reference(names=lambda _v, ids: dict.fromkeys(ids, "Plan 7"), team=lambda _id: team, widest=lambda _id: Openness.TEAM)
    monkeypatch.setitem(references.REFERENCES, DecisionContext.PLAN, plan)
    made = make.decision(owner, context=DecisionContext.PLAN, context_id=7, openness=None)
    assert queries.decision(make.viewer(partner), made.id) is made
    with pytest.raises(RuleError, match="confidential"):
        service.set_openness(made, Openness.PARTNERS, "x", [], version=made.version, by=owner, at=NOW)
    db.session.rollback()
    team.clear()
    service.follow_team(DecisionContext.PLAN, 7, by=owner, at=NOW)
    factories.commit()
    with pytest.raises(NotFoundError):
        queries.decision(make.viewer(partner), made.id)
    assert references.name_of(make.viewer(owner), made) == "Plan 7"


def test_the_log_of_a_team_s_decision_says_no_words(owner: User) -> None:
    made = make.decision(owner, openness=Openness.TEAM, title="Zebra", problem="Giraffe.")
    make.ready(make.weighed(made, owner), owner)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "decision")).all()
    assert len(entries) > 5
    assert {entry.object_name for entry in entries} == {made.code}
    text = str([entry.changes for entry in entries])
    for word in ("Zebra", "Giraffe", "Autumn", "autumn", "upgrades"):
        assert word not in text
    assert "rationale" in text, "which fields changed stays"


def test_an_erased_reader_opens_nothing_to_the_company(owner: User, partner: User) -> None:
    """Whoever is erased leaves a row without a login; that must not mean everybody of their company."""
    made = make.decision(owner, openness=Openness.TEAM)
    make.part(made, partner, Part.STAKEHOLDER, owner)
    for row in db.session.scalars(select(DecisionReader).where(DecisionReader.user_id == partner.id)):
        row.user_id = None
    factories.commit()
    company_id = make.viewer(partner).acting_for
    colleague = factories.user()
    factories.person(None, "Eva", "Neu", colleague.email, user=colleague)
    factories.second_seat(colleague, db.session.get_one(queries.Organisation, company_id), MembershipRole.MEMBER)
    with pytest.raises(NotFoundError):
        queries.decision(make.viewer(colleague), made.id)


def test_numbers_run_by_kind(owner: User) -> None:
    codes = [make.decision(owner).code, make.decision(owner, practice=True).code, make.decision(owner).code]
    assert codes == ["DEC-2027-001", "PRA-2027-001", "DEC-2027-002"]


def test_two_who_save_at_once(owner: User) -> None:
    made = make.decision(owner)
    facts = service.DecisionFacts("Other", "Other.")
    with pytest.raises(StaleError):
        service.change_facts(made, facts, version=made.version - 1, by=owner, at=NOW)
    viewer = replace(make.viewer(owner))
    assert queries.standing(viewer, made).owns
