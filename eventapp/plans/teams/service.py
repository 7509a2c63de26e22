"""Joining, leaving, handing over. Each row of a team is a chapter of its history: it is ended, never rewritten."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Person
from eventapp.plans import queries
from eventapp.plans.content.editing import note, touch
from eventapp.plans.log import about
from eventapp.plans.models import (
    ENDED_ACTIONS,
    ENDED_PLANS,
    PLAN_FUNCTION_LABELS,
    SINGLE_FUNCTIONS,
    Amendment,
    EnablementLine,
    GovernanceLine,
    Initiative,
    MemberFunction,
    Objective,
    Plan,
    PlanAction,
    PlanDelegation,
    PlanMember,
    PlanRisk,
    PlanStatus,
    ResourceLine,
    Side,
    TargetAccount,
)

# Sign for their side in any case; further ones are chosen.
ALWAYS_SIGN = (MemberFunction.EXEC_SPONSOR, MemberFunction.OWNER)
# Told when a successor takes over: (plan, former, successor, by, at).
HANDED_OVER: list[Callable[[Plan, PlanMember, PlanMember, Actor, datetime], None]] = []
# Told whenever others are in the teams than before, after HANDED_OVER: (plan, by, at).
TEAM_CHANGED: list[Callable[[Plan, Actor, datetime], None]] = []
# Told when a row of a team takes over what another one held, also of the same person: (plan, former, successor, at).
PASSED_ON: list[Callable[[Plan, PlanMember, PlanMember, datetime], None]] = []
# Say how many further things a member (by id) still looks after.
OPEN_WORK: list[Callable[[int], int]] = []
# Told of somebody who is new in the plan, and of those who are in it no more; not of whoever only changes the function.
JOINED: list[Callable[[Plan, PlanMember, datetime], None]] = []
LEFT: list[Callable[[Plan, Sequence[PlanMember], datetime], None]] = []


@dataclass(frozen=True)
class Candidate:
    """Somebody who may join: a login of the vendor, or a person of the other organisation, and what they are called."""

    name: str
    user_id: int | None = None
    person_id: int | None = None

    @property
    def side(self) -> Side:
        """The side that they can be on."""
        return Side.A if self.user_id is not None else Side.B


def join(plan: Plan, who: Candidate, function: MemberFunction, *, signatory: bool = False, by: Actor, at: datetime) -> PlanMember:
    """Puts somebody into the team of their side. Raises RuleError if they are in it, or the function is taken."""
    plan = queries.lock(plan)
    check_open(plan)
    made = _chapter(plan, who, function, signatory, by, at)
    touch(plan, None, at)
    record("plans.join", by=by, at=at, **about(plan), changes={"side": made.side, "function": function})
    for tell in JOINED:
        tell(plan, made, at)
    _tell_of_team(plan, by, at)
    return made


def change(plan: Plan, member: PlanMember, function: MemberFunction, *, signatory: bool, by: Actor, at: datetime) -> PlanMember:
    """What somebody does from now on; another function begins a new chapter, which takes over what the old one held."""
    plan = queries.lock(plan)
    check_open(plan)
    signs = signatory or function in ALWAYS_SIGN
    if member.function is function:
        if member.signatory is not signs:
            member.signatory = signs
            touch(plan, None, at)
            record("plans.change_member", by=by, at=at, **about(plan), changes={"side": member.side, "signatory": signs})
        return member
    if member.function is MemberFunction.OWNER:
        raise RuleError(_("A side always has an owner. Hand the plan over to somebody first."), "function")
    who = Candidate(member.name, member.user_id, member.person_id)
    member.left_at = at
    db.session.flush()
    made = _chapter(plan, who, function, signatory, by, at)
    _pass_on(plan, member, made, at)
    _keep_delegations(member, made, at)
    touch(plan, None, at)
    changes = {"side": made.side, "function": [member.function, function]}
    record("plans.change_member", by=by, at=at, **about(plan), changes=changes)
    _tell_of_team(plan, by, at)
    return made


def leave(plan: Plan, member: PlanMember, *, by: Actor, at: datetime) -> None:
    """Ends somebody's chapter without a successor.

    Raises RuleError for an owner, and for somebody who still holds something open: that is handed over.
    """
    plan = queries.lock(plan)
    check_open(plan)
    if member.function is MemberFunction.OWNER:
        raise RuleError(_("A side always has an owner. Hand the plan over to somebody first."))
    if held := open_work(member):
        text = _(
            "%(name)s still looks after %(number)s things in the plan. Hand them over to somebody.", name=member.name, number=held
        )
        raise RuleError(text)
    member.left_at = at
    _end_delegations(member, at)
    touch(plan, None, at)
    db.session.flush()
    record("plans.leave", by=by, at=at, **about(plan), changes={"side": member.side, "function": member.function})
    for tell in LEFT:
        tell(plan, [member], at)
    _tell_of_team(plan, by, at)


def hand_over(plan: Plan, member: PlanMember, successor: Candidate | PlanMember, *, by: Actor, at: datetime) -> PlanMember:
    """Somebody takes over from somebody: the function, open actions, rows of sections and signatures that are due.

    A successor who is in the team already keeps no other function beside it. Old records keep the old name.
    Raises RuleError if the successor is of the other side, or is the same person.
    """
    plan = queries.lock(plan)
    check_open(plan)
    if successor.side is not member.side:
        raise RuleError(_("Choose somebody of the same side."), "successor", 422)
    if isinstance(successor, PlanMember):
        if successor.id == member.id:
            raise RuleError(_("Choose somebody else."), "successor", 422)
        if successor.function is MemberFunction.OWNER:
            raise RuleError(_("The owner of the plan stays its owner. Choose somebody else."), "successor", 422)
        successor.left_at = at
        who = Candidate(successor.name, successor.user_id, successor.person_id)
    else:
        who = successor
    member.left_at = at
    db.session.flush()
    made = _chapter(plan, who, member.function, member.signatory, by, at)
    member.successor_id = made.id
    if isinstance(successor, PlanMember):
        successor.successor_id = made.id
        _pass_on(plan, successor, made, at)
        _keep_delegations(successor, made, at)
    _pass_on(plan, member, made, at)
    _end_delegations(member, at)
    db.session.flush()
    touch(plan, None, at)
    for tell in HANDED_OVER:
        tell(plan, member, made, by, at)
    for tell_left in LEFT:
        tell_left(plan, [member], at)
    for tell_joined in JOINED if not isinstance(successor, PlanMember) else ():
        tell_joined(plan, made, at)
    record("plans.hand_over", by=by, at=at, **about(plan), changes={"side": member.side, "function": member.function})
    _tell_of_team(plan, by, at)
    return made


# Where rows of sections name who looks after them.
HELD = (
    *(
        column
        for model in (Objective, TargetAccount, Initiative, EnablementLine, GovernanceLine)
        for column in (model.owner_a_id, model.owner_b_id)
    ),
    PlanRisk.owner_id,
    ResourceLine.member_id,
)


def open_work(member: PlanMember) -> int:
    """How many rows of sections and open actions name somebody."""
    actions = select(func.count()).where(PlanAction.accountable_id == member.id, PlanAction.status.not_in(ENDED_ACTIONS))
    counts = [actions, *(select(func.count()).where(column == member.id) for column in HELD)]
    return sum(db.session.scalar(count) or 0 for count in counts) + sum(ask(member.id) for ask in OPEN_WORK)


def _pass_on(plan: Plan, former: PlanMember, successor: PlanMember, at: datetime) -> None:
    """Rows of sections and open actions get the successor's name; what is over keeps the former's."""
    for column in HELD:
        for row in db.session.scalars(select(column.class_).where(column == former.id)).all():
            setattr(row, column.key, successor.id)
            db.session.flush()
            note(plan, row.section_id, row, {column.key: [former.id, successor.id]}, member_id=None, at=at)
    actions = select(PlanAction).where(PlanAction.plan_id == plan.id, PlanAction.status.not_in(ENDED_ACTIONS))
    for action in db.session.scalars(actions.where(PlanAction.accountable_id == former.id)).all():
        action.accountable_id = successor.id
        if action.helper_id == successor.id:
            action.helper_id = None
    for action in db.session.scalars(actions.where(PlanAction.helper_id == former.id)).all():
        action.helper_id = successor.id if action.accountable_id != successor.id else None
    db.session.flush()
    for tell in PASSED_ON:
        tell(plan, former, successor, at)


def _chapter(plan: Plan, who: Candidate, function: MemberFunction, signatory: bool, by: Actor, at: datetime) -> PlanMember:
    """A new row of the team.

    Raises RuleError if the person is in it already or on the other side, or the function has its one holder.
    """
    team = queries.team(plan)
    now_in = [one for one in team if one.side is who.side]
    if is_across(who, team):
        raise RuleError(_("%(name)s is in the team of the other side. Nobody stands on both.", name=who.name), "who", 422)
    if any((one.person_id, one.user_id) == (who.person_id, who.user_id) for one in now_in):
        raise RuleError(_("%(name)s is in the team already.", name=who.name), "who", 422)
    if function in SINGLE_FUNCTIONS and any(one.function is function for one in now_in):
        label = str(PLAN_FUNCTION_LABELS[function])
        raise RuleError(_("This side has a “%(function)s” already. Hand the function over.", function=label), "function", 422)
    made = PlanMember(
        plan_id=plan.id,
        side=who.side,
        user_id=who.user_id,
        person_id=who.person_id,
        name=who.name[:200],
        name_salt=secrets.token_hex(16),
        function=function,
        signatory=signatory or function in ALWAYS_SIGN,
        joined_at=at,
        added_by=by.actor_name,
    )
    db.session.add(made)
    db.session.flush()
    return made


def is_across(who: Candidate, team: Sequence[PlanMember]) -> bool:
    """Whether the same human stands on the other side of a team: the login of the vendor and that of the person are one."""
    across = [one for one in team if one.side is not who.side]
    people = {who.person_id} if who.person_id is not None else {one.person_id for one in across}
    logins = set(db.session.scalars(select(Person.user_id).where(Person.id.in_(people - {None}), Person.user_id.is_not(None))))
    return who.user_id in logins if who.person_id is None else any(one.user_id in logins for one in across)


def may_change_now(plan: Plan) -> bool:
    """Whether it is the time to change who belongs to the teams and signs."""
    return plan.status not in ENDED_PLANS and not _is_being_signed(plan)


def _is_being_signed(plan: Plan) -> bool:
    """Of a plan in force an amendment is signed: the plan itself stays in force meanwhile."""
    return plan.status is PlanStatus.IN_SIGNATURE or plan.amendment is Amendment.IN_SIGNATURE


def check_open(plan: Plan) -> None:
    """Raises RuleError if the team is not to be changed now: when the plan is over, and while it is being signed."""
    if plan.status in ENDED_PLANS:
        raise RuleError(_("This plan is over; nothing of it changes any more."))
    if _is_being_signed(plan):
        raise RuleError(_("The plan is being signed. Take it back into the final review first."))


def _keep_delegations(former: PlanMember, same: PlanMember, at: datetime) -> None:
    """A chapter of somebody ends and another of theirs begins: who signs for a sponsor goes on to, a sponsor's word ends.

    Whoever has become the sponsor signs for nobody else any more.
    """
    query = select(PlanDelegation).where(PlanDelegation.ended_at.is_(None))
    for one in db.session.scalars(query.where(PlanDelegation.sponsor_id == former.id)).all():
        one.ended_at = at
    for one in db.session.scalars(query.where(PlanDelegation.delegate_id == former.id)).all():
        if same.function is MemberFunction.EXEC_SPONSOR:
            one.ended_at = at
        else:
            one.delegate_id = same.id
    db.session.flush()


def _end_delegations(member: PlanMember, at: datetime) -> None:
    query = select(PlanDelegation).where(PlanDelegation.ended_at.is_(None))
    query = query.where((PlanDelegation.sponsor_id == member.id) | (PlanDelegation.delegate_id == member.id))
    for one in db.session.scalars(query):
        one.ended_at = at


def _tell_of_team(plan: Plan, by: Actor, at: datetime) -> None:
    for tell in TEAM_CHANGED:
        tell(plan, by, at)
