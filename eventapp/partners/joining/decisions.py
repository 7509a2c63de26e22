"""Deciding about who asks: by a company's admins, or by the vendor. Whoever is second is told who was first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from eventapp.audit.models import AuditEntry
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.joining import mails, queries
from eventapp.partners.joining.mails import address_of
from eventapp.partners.joining.rules import UNDO_WITHIN, asked_role
from eventapp.partners.models import (
    CompanyRequest,
    CompanyRequestState,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
)
from eventapp.partners.service import CompanyDetails, hooks

__all__ = [
    "Decision",
    "add_company",
    "address_of",
    "approve",
    "decided_words",
    "decline",
    "decline_company",
    "found_company",
    "takes_people",
    "undo",
]


@dataclass(frozen=True)
class Decision:
    """What the vendor decided last, with what undoing it needs. `act` is approve, decline, added or found.

    `membership_id` is the membership that came to be, or was asked for; `made` says that it did not exist before.
    """

    act: str
    at: datetime
    membership_id: int | None = None
    request_id: int | None = None
    organisation_id: int | None = None
    was_wish: bool = False
    made: bool = False


def approve(
    membership: Membership,
    person: Person,
    *,
    role: MembershipRole = MembershipRole.MEMBER,
    instead: Organisation | None = None,
    by: Actor,
    at: datetime,
) -> Decision:
    """Lets somebody in who asks, as a member unless `role` says otherwise, and tells them.

    A member's wish to be admin is granted likewise. What was asked for never decides the role: the first person of a
    company asks to be its admin, and only the vendor calls this with that. `instead` is another company that the
    vendor knows to be meant. Raises `RuleError` if it is decided already, or the company takes nobody any more.
    """
    company = instead or db.session.get_one(Organisation, membership.organisation_id)
    if not takes_people(company):
        raise RuleError(_("%(company)s takes nobody at present.", company=company.name))
    is_wish = membership.state is MembershipState.ACTIVE
    before = membership.organisation_id
    if company.id != before and (is_wish or partners.open_membership(person.id, company.id) is not None):
        raise RuleError(_("%(name)s belongs to %(company)s or asks there already.", name=person.full_name, company=company.name))
    values: dict[str, Any] = {"role": MembershipRole.ADMIN if is_wish else role, "organisation_id": company.id}
    if not is_wish:
        values |= {"state": MembershipState.ACTIVE, "valid_from": at.date()}
    _decide(membership, is_wish, values, by, at)
    changes: dict[str, Any] = {"role": membership.role}
    if before != company.id:
        changes["organisation_id"] = [before, company.id]
    _record("membership.accept", membership, person, by, at, changes)
    if not is_wish:
        hooks.joined(person, company, by=by, at=at)
    mails.send_approved(membership, person, company, at=at)
    return Decision("approve", at, membership.id, None, before, is_wish)


def decline(membership: Membership, person: Person, *, reason: str, by: Actor, at: datetime) -> Decision:
    """Does not let somebody in who asks, or does not make a member admin, and tells them the reason.

    Raises `RuleError` if it is decided already.
    """
    company = db.session.get_one(Organisation, membership.organisation_id)
    is_wish = membership.state is MembershipState.ACTIVE
    values: dict[str, Any] = {"decline_reason": reason[:300]}
    if not is_wish:
        values["state"] = MembershipState.DECLINED
    _decide(membership, is_wish, values, by, at)
    _record("membership.decline", membership, person, by, at, {"reason": reason})
    mails.send_declined(person, company, company.name, reason, wish=is_wish, at=at)
    return Decision("decline", at, membership.id, None, company.id, is_wish)


def takes_people(company: Organisation) -> bool:
    """Whether people may join the company."""
    query = select(Organisation.id).where(Organisation.id == company.id, queries.TAKES_PEOPLE)
    return db.session.scalar(query) is not None


def _decide(membership: Membership, is_wish: bool, values: dict[str, Any], by: Actor, at: datetime) -> None:
    """Writes a decision if nobody was faster."""
    id_, still_open = membership.id, queries.WISHES if is_wish else queries.ASKS
    statement = update(Membership).where(Membership.id == id_, still_open)
    values |= {"decided_at": at, "decided_by": by.actor_name[:254]}
    if _count(statement.values(**values)) != 1:
        now_there = db.session.get(Membership, id_, populate_existing=True)
        raise RuleError(decided_words(now_there))
    db.session.refresh(membership)


def decided_words(membership: Membership | CompanyRequest | None) -> str:
    """Says that somebody was faster, and who."""
    if membership is None:
        return _("This was withdrawn in the meantime.")
    if not membership.decided_by:
        return _("This has been settled in the meantime.")
    if membership.state in (MembershipState.DECLINED, CompanyRequestState.DECLINED):
        return _("%(who)s has declined this already.", who=membership.decided_by)
    return _("%(who)s has decided this already.", who=membership.decided_by)


def add_company(request: CompanyRequest, details: CompanyDetails, *, role: MembershipRole, by: Actor, at: datetime) -> Decision:
    """Adds the company that somebody told about, with that person in it.

    Raises `RuleError` if it is decided already, or like `create_organisation`.
    """
    _settle(request, CompanyRequestState.ADDED, by, at)
    company = people.create_organisation(details, by=by, at=at)
    request.organisation_id = company.id
    membership, person, made = _seat(request, company, role, by, at)
    _record_request("company_request.add", request, by, at, {"organisation_id": company.id, "role": role})
    mails.send_company_added(membership, person, company, at=at)
    return Decision("added", at, membership.id, request.id, company.id, made=made)


def found_company(request: CompanyRequest, company: Organisation, *, role: MembershipRole, by: Actor, at: datetime) -> Decision:
    """The company that somebody told about is in the list: puts the person there.

    Raises `RuleError` if it is decided already, or the company takes nobody.
    """
    if not takes_people(company):
        raise RuleError(_("%(company)s takes nobody at present.", company=company.name))
    _settle(request, CompanyRequestState.FOUND, by, at)
    request.organisation_id = company.id
    membership, person, made = _seat(request, company, role, by, at)
    _record_request("company_request.found", request, by, at, {"organisation_id": company.id, "role": role})
    mails.send_approved(membership, person, company, at=at)
    return Decision("found", at, membership.id, request.id, company.id, made=made)


def decline_company(request: CompanyRequest, *, reason: str, by: Actor, at: datetime) -> Decision:
    """Does not add the company, and tells the person the reason. Raises `RuleError` if it is decided already."""
    _settle(request, CompanyRequestState.DECLINED, by, at)
    request.decline_reason = reason[:300]
    db.session.flush()
    _record_request("company_request.decline", request, by, at, {"reason": reason})
    person = db.session.get_one(Person, request.person_id)
    mails.send_declined(person, None, request.name, reason, wish=False, at=at)
    return Decision("decline", at, None, request.id)


def _settle(request: CompanyRequest, state: CompanyRequestState, by: Actor, at: datetime) -> None:
    id_ = request.id
    statement = update(CompanyRequest).where(CompanyRequest.id == id_, CompanyRequest.state == CompanyRequestState.OPEN)
    if _count(statement.values(state=state, decided_at=at, decided_by=by.actor_name[:254])) != 1:
        raise RuleError(decided_words(db.session.get(CompanyRequest, id_, populate_existing=True)))
    db.session.refresh(request)


def _seat(
    request: CompanyRequest, company: Organisation, role: MembershipRole, by: Actor, at: datetime
) -> tuple[Membership, Person, bool]:
    """The person's membership in force, in a company that the vendor says is theirs; whether it is a new one."""
    person = db.session.get_one(Person, request.person_id)
    membership = partners.open_membership(person.id, company.id)
    if membership is not None and membership.state is MembershipState.ACTIVE:
        if role is MembershipRole.ADMIN:
            membership.role = role
            db.session.flush()
        return membership, person, False
    made = membership is None
    if membership is None:
        membership = Membership(person_id=person.id, organisation_id=company.id, valid_from=at.date())
        db.session.add(membership)
    membership.state, membership.role = MembershipState.ACTIVE, role
    membership.matched_by, membership.requested_at = MatchedBy.VENDOR, request.requested_at
    membership.decided_at, membership.decided_by = at, by.actor_name[:254]
    db.session.flush()
    _record("membership.accept", membership, person, by, at, {"role": role})
    hooks.joined(person, company, by=by, at=at)
    return membership, person, made


def undo(decision: Decision, *, by: Actor, at: datetime) -> None:
    """Takes the vendor's last decision back: what was asked waits again.

    Raises `RuleError` after 15 minutes, if somebody has decided otherwise since, or if the person or, for a company
    just added, anybody has done something there since.
    """
    if not decision.at <= at <= decision.at + UNDO_WITHIN:
        raise RuleError(_("A decision can be taken back for 15 minutes only."))
    if decision.request_id is not None:
        _undo_request(decision, by, at)
    elif decision.membership_id is not None:
        _undo_membership(decision, by, at)


def _undo_membership(decision: Decision, by: Actor, at: datetime) -> None:
    membership = db.session.get(Membership, decision.membership_id, with_for_update=True, populate_existing=True)
    if membership is None or membership.decided_at != decision.at or membership.decided_by != by.actor_name[:254]:
        raise RuleError(_("This has changed since."))
    person = db.session.get_one(Person, membership.person_id)
    if decision.act == "approve":
        _refuse_if_used(membership.organisation_id, person, decision.at)
    elif queries.own_request(person.id) or queries.own_company_request(person.id):
        raise RuleError(_("The person has asked for something else since."))
    organisation_id = decision.organisation_id or membership.organisation_id
    if decision.was_wish:
        membership.role = MembershipRole.MEMBER
    else:
        membership.state, membership.organisation_id = MembershipState.REQUESTED, organisation_id
        # Without it, so that they do not count as the company's admin themselves.
        membership.role = MembershipRole.MEMBER
        db.session.flush()
        membership.role = asked_role(queries.company_has_admin(organisation_id, at.date()))
    membership.decided_at, membership.decided_by, membership.decline_reason = None, "", ""
    db.session.flush()
    _record("membership.undo", membership, person, by, at, {"decision": decision.act})


def _undo_request(decision: Decision, by: Actor, at: datetime) -> None:
    request = db.session.get(CompanyRequest, decision.request_id, with_for_update=True, populate_existing=True)
    if request is None or request.decided_at != decision.at or request.decided_by != by.actor_name[:254]:
        raise RuleError(_("This has changed since."))
    if queries.own_request(request.person_id) or queries.own_company_request(request.person_id):
        raise RuleError(_("The person has asked for something else since."))
    person = db.session.get_one(Person, request.person_id)
    company_id = request.organisation_id
    request.organisation_id = None
    request.state, request.decided_at, request.decided_by = CompanyRequestState.OPEN, None, ""
    request.decline_reason = ""
    db.session.flush()
    if company_id is not None and decision.act in ("added", "found"):
        _refuse_if_used(company_id, None if decision.act == "added" else person, decision.at)
        if decision.made:
            db.session.execute(delete(Membership).where(Membership.id == decision.membership_id))
        elif decision.act == "found":
            raise RuleError(_("%(name)s belonged to the company before. Change it there.", name=person.full_name))
        if decision.act == "added":
            db.session.execute(delete(Organisation).where(Organisation.id == company_id))
        db.session.expire_all()
    _record_request("company_request.undo", request, by, at, {"decision": decision.act})


def _refuse_if_used(organisation_id: int, person: Person | None, since: datetime) -> None:
    """Raises `RuleError` if something hangs on the decision: an act of or about the person there, or any act there."""
    query = (
        select(func.count())
        .select_from(AuditEntry)
        .where(
            AuditEntry.organisation_id == organisation_id,
            # What the decision itself has done to registrations hangs on it too.
            or_(AuditEntry.at > since, (AuditEntry.at == since) & (AuditEntry.object_type == "registration")),
        )
    )
    if person is not None:
        about = (AuditEntry.object_type == "person") & (AuditEntry.object_id == person.id)
        theirs = AuditEntry.person_id == person.id
        done_by = AuditEntry.actor_user_id == (person.user_id or 0)
        query = query.where(or_(about, theirs, done_by))
    if db.session.scalar(query):
        raise RuleError(_("Something has been done there since; end the membership instead."))


def _count(statement: Any) -> int:
    return int(db.session.execute(statement, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]


def _record(action: str, membership: Membership, person: Person, by: Actor, at: datetime, changes: dict[str, Any]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=person.full_name,
        organisation_id=membership.organisation_id,
        person_id=person.id,
        changes=changes,
    )


def _record_request(action: str, request: CompanyRequest, by: Actor, at: datetime, changes: dict[str, Any]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="company_request",
        object_id=request.id,
        object_name=request.name,
        organisation_id=request.organisation_id,
        person_id=request.person_id,
        changes=changes,
    )
