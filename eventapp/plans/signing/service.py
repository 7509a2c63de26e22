"""Ready, freeze, sign, decline, take back, lapse. All under the plan's lock."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries, steps
from eventapp.plans.log import about
from eventapp.plans.models import (
    Amendment,
    Plan,
    PlanSignature,
    PlanStatus,
    PlanVersion,
    Side,
    SignatureState,
    VersionState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import checking, mails  # noqa: F401 - the check is there once it is imported
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing.canonical import canonical, content_of, digest
from eventapp.plans.signing.rules import LASTS, Signer, complete, same_name

STATEMENT = (
    "I have read this version of the plan. I sign it for my side, knowing that its content is fixed by the hash shown with it."
)


def may_be_ready(plan: Plan) -> bool:
    """Whether it is the time for the owners to say that they stand by the plan as it is."""
    if plan.suspended_at is not None:
        return False
    return plan.status is PlanStatus.FINAL_REVIEW or plan.amendment in (Amendment.EDITING, Amendment.FINAL_REVIEW)


def ready(plan: Plan, *, revision: int, standing: Standing, by: Actor, at: datetime) -> PlanVersion | None:
    """An owner stands by the plan as it is; when both do, it is frozen and everybody is asked to sign.

    Raises StaleError if the plan was changed since `revision`, RuleError if something is missing.
    """
    plan = queries.lock(plan)
    if not may_be_ready(plan):
        raise RuleError(_("The plan is not in its final review."))
    if plan.revision != revision:
        raise StaleError(_("The plan was changed since you opened the page. Read it again before you say that you are ready."))
    if lacks := steps.asked(plan, PlanStatus.FINAL_REVIEW, PlanStatus.IN_SIGNATURE):
        raise RuleError(lacks[0].text)
    if standing.side is Side.A:
        plan.ready_a_at = plan.ready_a_at or at
    else:
        plan.ready_b_at = plan.ready_b_at or at
    db.session.flush()
    record("plans.ready", by=by, at=at, **about(plan), changes={"side": standing.side})
    return _freeze(plan, standing, by, at) if plan.ready_a_at and plan.ready_b_at else None


def _freeze(plan: Plan, standing: Standing, by: Actor, at: datetime) -> PlanVersion:
    major, minor = versions.next_number(plan)
    text = canonical(content_of(plan))
    made = PlanVersion(
        plan_id=plan.id,
        major=major,
        minor=minor,
        content=text,
        content_hash=digest(text),
        created_by_id=standing.member.id if standing.member is not None else None,
        created_at=at,
        state=VersionState.IN_SIGNATURE,
        due_at=at + LASTS,
    )
    db.session.add(made)
    _put(plan, PlanStatus.IN_SIGNATURE, Amendment.IN_SIGNATURE)
    db.session.flush()
    for one in versions.required(plan, made):
        mails.send("asked", plan, made, one.member, at=at)
    record("plans.freeze", by=by, at=at, **about(plan), changes={"version": made.number})
    return made


def keep(plan: Plan, standing: Standing, *, by: Actor, at: datetime) -> PlanVersion:
    """Freezes the plan as it is, to compare with: a version that nobody signs, numbered from 0.9. The first to sign is 1.0."""
    text = canonical(content_of(plan))
    major, minor = versions.next_kept(plan)
    made = PlanVersion(
        plan_id=plan.id,
        major=major,
        minor=minor,
        content=text,
        content_hash=digest(text),
        created_by_id=standing.member.id if standing.member is not None else None,
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    record("plans.keep", by=by, at=at, **about(plan), changes={"version": made.number})
    return made


def _put(plan: Plan, status: PlanStatus, amendment: Amendment) -> None:
    """A plan in force stays in force; of it the amendment moves."""
    if plan.status is PlanStatus.ACTIVE:
        plan.amendment = amendment
    else:
        plan.status = status


def is_open(plan: Plan, version: PlanVersion, at: datetime) -> bool:
    """Whether the version can be signed now: it waits for it, its time is not over, and the plan is not suspended."""
    waits = version.state is VersionState.IN_SIGNATURE and plan.suspended_at is None
    return waits and version.due_at is not None and at <= version.due_at


def signer_of(standing: Standing, required: Sequence[Signer]) -> Signer | None:
    """Whether the viewer is among those who have to sign, and for whom."""
    me = standing.member.id if standing.member is not None else None
    return next((one for one in required if one.member.id == me), None)


def sign(
    plan: Plan,
    version: PlanVersion,
    *,
    content_hash: str,
    typed_name: str,
    standing: Standing,
    proven_at: datetime,
    network: str,
    by: Actor,
    at: datetime,
) -> PlanSignature:
    """Signs the version that was shown. The last signature puts it in force.

    Raises StaleError if another content was shown, RuleError for whoever does not have to sign, has signed, is too late, or
    types another name.
    """
    plan, signer = _signing(plan, version, standing, at)
    if version.content_hash != content_hash or digest(version.content) != content_hash:
        raise StaleError(_("What you have read is not the version that is being signed now. Read it again."))
    assert standing.member is not None
    if not same_name(typed_name, standing.member.name):
        raise RuleError(_("Type your name as it stands in the team: %(name)s.", name=standing.member.name), "typed_name", 422)
    made = PlanSignature(
        plan_id=plan.id,
        version_id=version.id,
        member_id=standing.member.id,
        for_sponsor_id=signer.for_sponsor,
        side=standing.member.side,
        function=standing.member.function,
        statement=STATEMENT,
        typed_name=typed_name,
        proven_at=proven_at,
        signed_at=at,
        network=network[:60],
        content_hash=content_hash,
    )
    db.session.add(made)
    db.session.flush()
    record("plans.sign", by=by, at=at, **about(plan), changes={"version": version.number, "side": made.side})
    if complete(versions.required(plan, version), _of(plan, version), version.content_hash):
        _put_in_force(plan, version, by, at)
    return made


def _signing(plan: Plan, version: PlanVersion, standing: Standing, at: datetime) -> tuple[Plan, Signer]:
    plan = queries.lock(plan)
    db.session.refresh(version)
    if version.state is not VersionState.IN_SIGNATURE or version.due_at is None:
        raise RuleError(_("This version is not being signed any more."))
    if plan.suspended_at is not None:
        raise RuleError(_("The plan is suspended: an organisation was merged or ended. Its owners decide what becomes of it."))
    if at > version.due_at:
        raise RuleError(_("The time to sign this version is over."))
    signer = signer_of(standing, versions.required(plan, version))
    if signer is None:
        raise RuleError(_("Your signature is not asked for."))
    if any(one.member_id == signer.member.id and one.state is SignatureState.VALID for one in _of(plan, version)):
        raise RuleError(_("You have signed this version already."))
    return plan, signer


def _of(plan: Plan, version: PlanVersion) -> list[PlanSignature]:
    return [one for one in versions.signatures(plan) if one.version_id == version.id]


def _put_in_force(plan: Plan, version: PlanVersion, by: Actor, at: datetime) -> None:
    before = versions.with_state(plan, VersionState.IN_FORCE)
    if before is not None:
        before.state, before.closed_at = VersionState.SUPERSEDED, at
        db.session.flush()
    version.state, version.closed_at = VersionState.IN_FORCE, at
    plan.status, plan.amendment = PlanStatus.ACTIVE, None
    # What the owners stood by is signed: the next version asks both of them anew.
    plan.ready_a_at = plan.ready_b_at = None
    db.session.flush()
    for one in queries.team(plan):
        mails.send("in_force", plan, version, one, at=at)
    record("plans.in_force", by=by, at=at, **about(plan), changes={"version": version.number})


def decline(plan: Plan, version: PlanVersion, reason: str, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Somebody who has to sign does not, and says why: the plan is back in its final review."""
    if not reason:
        raise RuleError(_("Say why, so that both sides know."), "reason", 422)
    plan, signer = _signing(plan, version, standing, at)
    assert standing.member is not None
    facts = {"side": standing.member.side, "function": standing.member.function, "content_hash": version.content_hash}
    declined = PlanSignature(
        plan_id=plan.id,
        version_id=version.id,
        member_id=signer.member.id,
        statement="",
        state=SignatureState.DECLINED,
        reason=reason,
        signed_at=at,
        ended_at=at,
        **facts,
    )
    db.session.add(declined)
    drop(plan, version, VersionState.DROPPED, at)
    record("plans.decline", by=by, at=at, **about(plan), changes={"version": version.number, "side": standing.member.side})


def withdraw(plan: Plan, version: PlanVersion, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Takes the own signature back while others are still to sign: the plan is back in its final review."""
    plan = queries.lock(plan)
    db.session.refresh(version)
    if version.state is not VersionState.IN_SIGNATURE:
        raise RuleError(_("This version is not being signed any more."))
    me = standing.member.id if standing.member is not None else None
    mine = next((one for one in _of(plan, version) if one.member_id == me and one.state is SignatureState.VALID), None)
    if mine is None:
        raise RuleError(_("You have not signed this version."))
    mine.state, mine.ended_at = SignatureState.WITHDRAWN, at
    drop(plan, version, VersionState.DROPPED, at)
    record("plans.withdraw", by=by, at=at, **about(plan), changes={"version": version.number, "side": mine.side})


def reopen(plan: Plan, *, by: Actor, at: datetime) -> None:
    """An owner takes the plan back to change it; everybody signs the next version anew."""
    plan = queries.lock(plan)
    version = versions.with_state(plan, VersionState.IN_SIGNATURE)
    if version is None:
        raise RuleError(_("The plan is not being signed."))
    drop(plan, version, VersionState.DROPPED, at)
    record("plans.reopen", by=by, at=at, **about(plan), changes={"version": version.number})


def lapse(plan: Plan, *, by: Actor, at: datetime) -> None:
    """Not signed in time: the plan is back in its final review. Nothing happens if that is not so any more."""
    plan = queries.lock(plan)
    version = versions.with_state(plan, VersionState.IN_SIGNATURE)
    if version is None or version.due_at is None or version.due_at >= at:
        return
    drop(plan, version, VersionState.LAPSED, at)
    record("plans.lapse", by=by, at=at, **about(plan), changes={"version": version.number})


def drop(plan: Plan, version: PlanVersion, state: VersionState, at: datetime, *, tell: str = "back") -> None:
    """Ends a version in signature: its signatures are superseded, the owners have to be ready anew, the teams are told."""
    version.state, version.closed_at = state, at
    for one in _of(plan, version):
        if one.state is SignatureState.VALID:
            one.state, one.ended_at = SignatureState.SUPERSEDED, at
    plan.ready_a_at = plan.ready_b_at = None
    _put(plan, PlanStatus.FINAL_REVIEW, Amendment.FINAL_REVIEW)
    db.session.flush()
    for signer in versions.required(plan, version):
        mails.send(tell, plan, version, signer.member, at=at)


def _end_with_plan(plan: Plan, at: datetime) -> None:
    """A plan that is given up is not signed any more, and one that was in force is so no longer."""
    version = versions.with_state(plan, VersionState.IN_SIGNATURE)
    if version is not None:
        drop(plan, version, VersionState.DROPPED, at, tell="cancelled")
    in_force = versions.with_state(plan, VersionState.IN_FORCE)
    if in_force is not None:
        in_force.state, in_force.closed_at = VersionState.SUPERSEDED, at
        db.session.flush()


steps.ENDING.append(_end_with_plan)


def amend(plan: Plan, *, by: Actor, at: datetime) -> None:
    """Opens the change of a plan in force. The signed version holds until everybody has signed the next one."""
    plan = queries.lock(plan)
    if plan.status is not PlanStatus.ACTIVE or plan.amendment is not None or plan.suspended_at is not None:
        raise RuleError(_("Only a plan in force that is not being amended can be amended."))
    plan.amendment = Amendment.EDITING
    plan.ready_a_at = plan.ready_b_at = None
    db.session.flush()
    record("plans.amend", by=by, at=at, **about(plan), changes={})


def remind(plan: Plan, version: PlanVersion, *, times: int, at: datetime) -> int:
    """Writes to whoever has not signed yet, and notes that it was the so-many-eth time. Returns how many."""
    version.reminded = times
    signed = {one.member_id for one in _of(plan, version) if one.state is SignatureState.VALID}
    waiting = [one.member for one in versions.required(plan, version) if one.member.id not in signed]
    for member in waiting:
        mails.send("reminder", plan, version, member, at=at)
    return len(waiting)
