"""Who takes part in a decision, and so may read it; who follows it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from eventapp.accounts.models import User
from eventapp.accounts.permissions import Viewer, works_for_vendor
from eventapp.accounts.permissions import roles_of as vendor_roles_of
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.decisions import mails, permissions, references
from eventapp.decisions.models import (
    PART_LABELS,
    Decision,
    DecisionContext,
    DecisionFollower,
    DecisionReader,
    DecisionRole,
    Openness,
    Part,
)
from eventapp.decisions.queries import companies_by_ids, companies_of, following, roles_of, seat_of
from eventapp.decisions.references import Member
from eventapp.decisions.service.log import about, lock, touch
from eventapp.partners.models import Organisation
from eventapp.partners.queries import seats_of

MOST_ROLES = 200


def name_part(decision: Decision, address: str, part: Part, *, within: int | None, by: Actor, at: datetime) -> DecisionRole:
    """Gives the person with that login a part, and tells them.

    `within`: a company whose people alone may be named, for owners who work for a partner: otherwise the answer would tell
    who has a login. Raises RuleError where nobody is found, for an auditor, who only reads, for a part that they have, and for
    a second decider.
    """
    decision = lock(decision)
    user = db.session.scalar(select(User).where(User.email == address, User.active))
    seats = seats_of(user.id, at.date()) if user is not None else ()
    for_vendor = user is not None and works_for_vendor(user, at)
    limited = references.companies_of(decision.context, decision.context_id)
    # Who sits in several companies takes part for the one that it belongs to.
    fitting = [seat for seat in seats if within in (None, seat.company_id)]
    seat = next((seat for seat in fitting if limited is None or seat.company_id in limited), fitting[0] if fitting else None)
    auditor = user is not None and permissions.only_reads(vendor_roles_of(user, at))
    if user is None or (within is not None and (seat is None or auditor)) or (seat is None and not for_vendor):
        if within is not None:
            raise RuleError(
                _("Nobody of your company has a login with this address. The vendor names people of others."), "address"
            )
        raise RuleError(_("Nobody who works here or for a partner has a login with this address."), "address")
    if auditor:
        raise RuleError(_("Auditors only read decisions. Name somebody else."), "address")
    if for_vendor and within is None:
        seat = None
    company_id, company = (seat.company_id, seat.company_name) if seat is not None else (None, "")
    if not references.admits(decision.context, decision.context_id, decision.openness, Member(user.id, company_id)):
        raise RuleError(
            _("Only those take part whom it belongs to: its team, or the people of both organisations if those may read it."),
            "address",
        )
    roles = roles_of(decision)
    if any(role.user_id == user.id and role.part is part for role in roles):
        raise RuleError(_("They have this part already."), "address")
    if part is Part.DECIDER and (decision.decider_body or any(role.part is Part.DECIDER for role in roles)):
        raise RuleError(_("There is a decider already: exactly one person or body decides."), "part")
    if len(roles) >= MOST_ROLES:
        raise RuleError(_("%(n)s parts are enough.", n=MOST_ROLES))
    made = add(decision, user, company_id, company, part, at=at)
    rewrite_readers(decision, companies_of(decision))
    touch(decision, at)
    record("decisions.add_role", by=by, **about(decision, at, {"name": made.name, "role": part.value}))
    mails.send_part(decision, user, PART_LABELS[part], at=at)
    return made


def name_body(decision: Decision, body: str, *, by: Actor, at: datetime) -> None:
    """Says that a named body decides; empty takes that back. Raises RuleError while a person is the decider."""
    decision = lock(decision)
    if body and any(role.part is Part.DECIDER for role in roles_of(decision)):
        raise RuleError(_("There is a decider already: exactly one person or body decides."), "body")
    changes = {"decider": [decision.decider_body, body]}
    decision.decider_body = body
    touch(decision, at)
    record("decisions.decider", by=by, **about(decision, at, changes))


def remove_role(decision: Decision, role: DecisionRole, *, by: Actor, at: datetime) -> None:
    """Takes a part away. Raises RuleError for the last owner."""
    decision = lock(decision)
    owners = [one for one in roles_of(decision) if one.part is Part.OWNER]
    if role.part is Part.OWNER and len(owners) < 2:
        raise RuleError(_("A decision needs an owner. Name another one first."))
    companies = companies_of(decision)
    record("decisions.remove_role", by=by, **about(decision, at, {"name": [role.name, ""], "role": role.part.value}))
    db.session.delete(role)
    db.session.flush()
    rewrite_readers(decision, companies)
    touch(decision, at)


def add(
    decision: Decision,
    user: User,
    organisation_id: int | None,
    company: str,
    part: Part,
    *,
    at: datetime,
    by_reference: bool = False,
) -> DecisionRole:
    """Adds a part, without telling anybody. Name and company are kept as they are now."""
    made = DecisionRole(
        decision_id=decision.id,
        user_id=user.id,
        organisation_id=organisation_id,
        part=part,
        name=user.display_name,
        company=company,
        by_reference=by_reference,
        since=at,
    )
    db.session.add(made)
    db.session.add(DecisionReader(decision_id=decision.id, user_id=user.id, organisation_id=organisation_id))
    db.session.flush()
    return made


def rewrite_readers(decision: Decision, companies: Sequence[Organisation]) -> None:
    """Writes down anew who reads the decision beyond its openness: who has a part, and all of these companies."""
    company_ids = [one.id for one in companies]
    db.session.execute(delete(DecisionReader).where(DecisionReader.decision_id == decision.id))
    people = {(role.user_id, role.organisation_id) for role in roles_of(decision) if role.user_id is not None}
    for user_id, company_id in sorted(people, key=repr):
        db.session.add(DecisionReader(decision_id=decision.id, user_id=user_id, organisation_id=company_id))
    db.session.add_all(DecisionReader(decision_id=decision.id, organisation_id=id_, everybody=True) for id_ in company_ids)
    db.session.flush()


def follow_team(context: DecisionContext, context_id: int, *, by: Actor, at: datetime) -> None:
    """Makes the team of a plan or workshop take part in its decisions: who came is added, who left loses what came with it.

    Of a plan whoever left loses every part, unless the decision is open to both organisations and they belong to one of them.
    """
    for decision in _all_of(context, context_id):
        changed = join_team(decision, at=at) + _leave_team(decision) + let_go(decision, at)
        if changed:
            rewrite_readers(decision, companies_of(decision))
            record("decisions.follow_team", by=by, **about(decision, at, {"people": changed}))


def hand_over(context: DecisionContext, context_id: int, former: Member, successor: Member, *, by: Actor, at: datetime) -> None:
    """Gives the successor the parts that somebody had in decisions of a plan or the like."""
    user = db.session.get_one(User, successor.user_id)
    company = db.session.get(Organisation, successor.organisation_id) if successor.organisation_id is not None else None
    for decision in _all_of(context, context_id):
        roles = roles_of(decision)
        held = [one for one in roles if (one.user_id, one.organisation_id) == (former.user_id, former.organisation_id)]
        has = {one.part for one in roles if one.user_id == successor.user_id}
        for role in held:
            db.session.delete(role)
            db.session.flush()
            if role.part not in has:
                name = company.name if company is not None else ""
                add(decision, user, successor.organisation_id, name, role.part, at=at, by_reference=role.by_reference)
        if held:
            rewrite_readers(decision, companies_of(decision))
            touch(decision, at)
            record("decisions.hand_over", by=by, **about(decision, at, {"people": len(held)}))


def narrow(context: DecisionContext, context_id: int, reason: str, *, by: Actor, at: datetime) -> None:
    """Brings decisions that are more open than what they belong to allows now down to that, and lets go who may read no more."""
    limit = references.widest(context, context_id)
    for decision in _all_of(context, context_id):
        if decision.openness is None or not references.too_open(decision.openness, limit):
            continue
        changes = {"openness": [decision.openness, limit], "reason": [decision.openness_reason, reason]}
        decision.openness, decision.openness_reason = limit, reason
        let_go(decision, at)
        named = references.companies_of(context, context_id) or () if limit is Openness.ORGANISATIONS else ()
        rewrite_readers(decision, companies_by_ids(named))
        touch(decision, at)
        record("decisions.openness", by=by, **about(decision, at, changes))


def _all_of(context: DecisionContext, context_id: int) -> Iterator[Decision]:
    """The decisions of something, each locked in its turn."""
    query = select(Decision).where(Decision.context == context, Decision.context_id == context_id).order_by(Decision.id)
    for found in db.session.scalars(query).all():
        yield lock(found)


def join_team(decision: Decision, *, at: datetime) -> int:
    """Adds those of the team who have no part yet, as stakeholders. Returns how many."""
    there = {(role.user_id, role.organisation_id) for role in roles_of(decision)}
    team = references.team_of(decision.context, decision.context_id)
    new = [member for member in team if (member.user_id, member.organisation_id) not in there]
    for member in new:
        company = db.session.get(Organisation, member.organisation_id) if member.organisation_id is not None else None
        user = db.session.get_one(User, member.user_id)
        name = company.name if company is not None else ""
        add(decision, user, member.organisation_id, name, Part.STAKEHOLDER, at=at, by_reference=True)
    return len(new)


def _leave_team(decision: Decision) -> int:
    team = {(m.user_id, m.organisation_id) for m in references.team_of(decision.context, decision.context_id)}
    gone = [r for r in roles_of(decision) if r.by_reference and (r.user_id, r.organisation_id) not in team]
    for role in gone:
        db.session.delete(role)
    db.session.flush()
    return len(gone)


def let_go(decision: Decision, at: datetime) -> int:
    """Takes the parts from those who may have none any more. Returns how many; the last owner stays where nobody is to follow."""
    here = decision.context, decision.context_id
    roles = [one for one in roles_of(decision) if one.user_id is not None]
    as_open = (*here, decision.openness)
    gone = [one for one in roles if not references.admits(*as_open, Member(one.user_id or 0, one.organisation_id))]
    owners = [one for one in roles if one.part is Part.OWNER]
    if owners and all(one in gone for one in owners):
        last = owners[0]
        keeper = references.keeper_of(*here, Member(last.user_id or 0, last.organisation_id))
        if keeper is None:
            gone.remove(last)
        else:
            company = db.session.get(Organisation, keeper.organisation_id) if keeper.organisation_id is not None else None
            user, name = db.session.get_one(User, keeper.user_id), company.name if company is not None else ""
            add(decision, user, keeper.organisation_id, name, Part.OWNER, at=at)
    for role in gone:
        db.session.delete(role)
    db.session.flush()
    return len(gone)


def follow(decision: Decision, viewer: Viewer, *, at: datetime) -> None:
    """From now on the viewer hears what becomes of the decision. Twice is once."""
    assert viewer.user is not None
    decision = lock(decision)
    if following(viewer, decision) is None:
        db.session.add(DecisionFollower(decision_id=decision.id, user_id=viewer.user.id, organisation_id=seat_of(viewer)))
        db.session.flush()
        record("decisions.follow", by=viewer.user, **about(decision, at))


def unfollow(decision: Decision, viewer: Viewer, *, at: datetime) -> None:
    """The viewer does not want to hear of it any more."""
    assert viewer.user is not None
    found = following(viewer, decision)
    if found is not None:
        db.session.delete(found)
        db.session.flush()
        record("decisions.unfollow", by=viewer.user, **about(decision, at))
