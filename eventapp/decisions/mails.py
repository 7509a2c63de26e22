"""Mails about decisions, to those who may read them at that moment.

Of one that is its team's alone, or of a plan, they say the code and nothing else: others read mails too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, false, or_, select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import works_for_vendor
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.decisions import permissions, references
from eventapp.decisions.models import (
    FEEDBACK_LABELS,
    Decision,
    DecisionFeedback,
    DecisionFollower,
    DecisionReader,
    DecisionRole,
    Openness,
    Part,
    Reopening,
)
from eventapp.mail.render import render
from eventapp.mail.service import Letter, letter, queue_all
from eventapp.partners.models import Membership, MembershipState, Person

# How long before an answer is due its owners are reminded.
AHEAD = timedelta(days=2)


@dataclass(frozen=True)
class Said:
    """What somebody said, what came of it, and why, as the mail at the launch has it."""

    text: str
    state: str
    reply: str


def discreet(decision: Decision) -> bool:
    """Whether it may not be learned what it is about by whoever looks after mails and the log."""
    of_two = decision.context_id is not None and decision.context in references.reserved()
    return of_two or decision.openness in (None, Openness.TEAM)


def title_of(decision: Decision) -> str:
    """What a mail or the log calls the decision."""
    return decision.code if discreet(decision) else f"{decision.code} {decision.title}"


def send_part(decision: Decision, user: User, part: Any, *, at: datetime) -> None:
    """Tells somebody that they have a part."""
    lines = [_("You take part in this decision: %(part)s.", part=part)]
    _send(decision, [user], _("You take part in a decision: %(title)s", title=title_of(decision)), lines, at)


def send_reply(decision: Decision, feedback: DecisionFeedback, state: Any, *, at: datetime) -> None:
    """Tells whoever gave feedback what came of it."""
    if feedback.user_id is None:
        return
    lines = [_("What came of your feedback: %(state)s.", state=state)]
    if not discreet(decision):
        lines += [
            _("You said: %(text)s", text=feedback.text),
            *([_("Answer: %(text)s", text=feedback.reply)] * bool(feedback.reply)),
        ]
    users = _readers(decision, {(feedback.user_id, feedback.organisation_id)}, at)
    _send(decision, users, _("Your feedback was answered: %(title)s", title=title_of(decision)), lines, at)


def send_news(decision: Decision, text: str, *, at: datetime, moved: str = "", but: int | None = None) -> None:
    """A note, or a step to the state `moved`, to everybody who takes part or follows, without who wrote it."""
    lines = [_("It is now: %(state)s.", state=moved)] if moved else []
    if text and not discreet(decision):
        lines.append(text)
    users = [user for user in _readers(decision, _taking_part(decision), at) if user.id != but]
    _send(decision, users, _("News on a decision: %(title)s", title=title_of(decision)), lines, at)


def send_launched(decision: Decision, *, at: datetime) -> None:
    """What we decided, why, and what changed through you: to all who gave feedback, who take part and who follow."""
    if decision.practice:
        return
    said: dict[int, list[Said]] = {}
    authors: set[tuple[int, int | None]] = set()
    query = select(DecisionFeedback).where(DecisionFeedback.decision_id == decision.id, DecisionFeedback.user_id.is_not(None))
    for one in db.session.scalars(query.order_by(DecisionFeedback.id)):
        assert one.user_id is not None
        authors.add((one.user_id, one.organisation_id))
        said.setdefault(one.user_id, []).append(Said(one.text, str(FEEDBACK_LABELS[one.state]), one.reply))
    secret, letters = discreet(decision), []
    for user in _readers(decision, authors | _taking_part(decision), at):
        mine = [] if secret else said.get(user.id, [])
        subject, text, html = render(
            "decisions/launched",
            name=user.display_name,
            title=title_of(decision),
            decision=decision,
            secret=secret,
            said=mine,
            link=absolute("decisions.show", decision_id=decision.id),
        )
        letters.append(_letter("decision.launched", decision, user, subject, text, html, at))
    queue_all(letters)


def send_reopening_asked(decision: Decision, request: Reopening, *, at: datetime) -> None:
    """Tells the owners that somebody has new facts."""
    lines = [_("Somebody who took part asks to reopen this decision. Answer within ten days.")]
    if not discreet(decision):
        lines += [_("%(name)s writes: %(text)s", name=request.name, text=request.facts)]
    _send(decision, _owners(decision, at), _("Asked to reopen: %(title)s", title=title_of(decision)), lines, at)


def send_reopening_due(decision: Decision, request: Reopening, *, at: datetime) -> int:
    """Reminds the owners of a request. Returns how many mails."""
    lines = [_("A request to reopen this decision, asked on %(day)s, is to be answered.", day=f"{request.asked_at:%d.%m.%Y}")]
    return _send(decision, _owners(decision, at), _("To be answered: %(title)s", title=title_of(decision)), lines, at)


def send_reopening_answered(decision: Decision, request: Reopening, *, at: datetime) -> None:
    """Tells whoever asked what the owner says."""
    if request.user_id is None:
        return
    lines = [_("The decision is open again.") if request.accepted else _("The decision stays as it is.")]
    if not discreet(decision):
        lines.append(request.answer)
    users = _readers(decision, {(request.user_id, request.organisation_id)}, at)
    _send(decision, users, _("Your request was answered: %(title)s", title=title_of(decision)), lines, at)


def send_revisit(decision: Decision, *, at: datetime) -> int:
    """Tells the owners that the day has come to look at a decision again. Returns how many mails."""
    lines = [_("Today is the day that was set to look at this decision again.")]
    return _send(decision, _owners(decision, at), _("To look at again: %(title)s", title=title_of(decision)), lines, at)


def _owners(decision: Decision, at: datetime) -> list[User]:
    query = select(DecisionRole.user_id, DecisionRole.organisation_id).where(
        DecisionRole.decision_id == decision.id, DecisionRole.part == Part.OWNER, DecisionRole.user_id.is_not(None)
    )
    return _readers(decision, {(user, company) for user, company in db.session.execute(query) if user is not None}, at)


def _taking_part(decision: Decision) -> set[tuple[int, int | None]]:
    found: set[tuple[int, int | None]] = set()
    for model in (DecisionRole, DecisionFollower):
        query = select(model.user_id, model.organisation_id).where(model.decision_id == decision.id)
        found |= {(user, company) for user, company in db.session.execute(query) if user is not None}
    return found


def _readers(decision: Decision, people: Iterable[tuple[int, int | None]], at: datetime) -> list[User]:
    """Those of them who are reachable and may read the decision now, as who they were. Each once, by id."""
    rows = db.session.scalars(select(DecisionReader).where(DecisionReader.decision_id == decision.id)).all()
    there = _present(people, at)
    return _once(user for (_u, company), user in there.items() if permissions.reads(decision, rows, user, company, at))


def reachable(people: Iterable[tuple[int, int | None]], at: datetime) -> list[User]:
    """Those of them who are still who they were: active, and in that company or with the vendor. Each once, by id."""
    return _once(_present(people, at).values())


def _once(users: Iterable[User]) -> list[User]:
    return sorted(set(users), key=lambda user: user.id)


def _present(people: Iterable[tuple[int, int | None]], at: datetime) -> dict[tuple[int, int | None], User]:
    wanted = set(people)
    users = {user.id: user for user in db.session.scalars(select(User).where(User.id.in_({u for u, _c in wanted}), User.active))}
    in_company = or_(false(), *(and_(Person.user_id == u, Membership.organisation_id == c) for u, c in wanted if c is not None))
    seats: set[tuple[int, int]] = set()
    if any(company is not None for _u, company in wanted):
        query = select(Person.user_id, Membership.organisation_id).join(Membership, Membership.person_id == Person.id)
        today = at.date()
        query = query.where(
            in_company,
            Membership.state == MembershipState.ACTIVE,
            or_(Membership.valid_to.is_(None), Membership.valid_to >= today),
        )
        seats = {(u, c) for u, c in db.session.execute(query) if u is not None}
    return {
        (user_id, company): users[user_id]
        for user_id, company in wanted
        if user_id in users and ((user_id, company) in seats if company is not None else works_for_vendor(users[user_id], at))
    }


def _send(decision: Decision, users: Iterable[User], subject: str, lines: list[str], at: datetime) -> int:
    """One mail to each of them, unless it is an exercise. Returns how many."""
    if decision.practice:
        return 0
    letters = []
    for user in users:
        link = absolute("decisions.show", decision_id=decision.id)
        title = title_of(decision)
        made = render("decisions/note", name=user.display_name, heading=subject, title=title, lines=lines, link=link)
        letters.append(_letter("decision.note", decision, user, *made, at))
    queue_all(letters)
    return len(letters)


def _letter(kind: str, decision: Decision, user: User, subject: str, text: str, html: str, at: datetime) -> Letter:
    return letter(
        kind=kind,
        about=f"decision:{decision.id}",
        to_name=user.display_name,
        to_address=user.email,
        subject=subject,
        text=text,
        html=html,
        at=at,
    )
