"""A person's own steps: being matched by a proven address, asking a company, telling about a company, withdrawing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_date
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from eventapp.accounts.models import User
from eventapp.accounts.permissions import roles_of
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.text import fold
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.joining import mails, queries
from eventapp.partners.joining.rules import ASK_AGAIN_AFTER, Way, asked_role, may_ask_from, parted, way_of
from eventapp.partners.models import (
    CompanyRequest,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
)
from eventapp.partners.service import hooks


def match(user: User, *, by: Actor, at: datetime) -> Way:
    """Ties the login to its person and the person to a company, as far as the proven address of the login says which.

    Called when the address has just been proven; called again it changes nothing that stands. See `way_of` for the rule.
    """
    if roles_of(user, at):
        # Who works for the vendor is nobody's colleague by an address.
        return Way.MEMBER
    is_new = queries.person_of(user.id) is None
    person = link(user, by=by, at=at)
    if person is None:
        return Way.SEARCH
    hold(person)
    candidates = [c for c in queries.by_domain(user.email) if not _refused_until(person, c.organisation_id, at)]
    waiting = queries.own_request(person.id)
    # Who registered for an event before has asked without a login; with one it counts anew.
    anew = is_new and waiting is not None and [c.organisation_id for c in candidates] == [waiting.organisation_id]
    way = way_of(
        member=bool(partners.seats_of(user.id, at.date())),
        pending=(waiting is not None and not anew) or queries.own_company_request(person.id) is not None,
        candidates=len(candidates),
    )
    if way is not Way.ASKED:
        return way
    membership = ask(user, person, candidates[0].organisation_id, anew=anew, by=by, at=at)
    return Way.JOINED if membership.state is MembershipState.ACTIVE else Way.ASKED


def link(user: User, *, by: Actor, at: datetime) -> Person | None:
    """The person behind a login whose address is proven: the one who has the address, else a new one.

    None if the address is that of a person who has another login: nobody takes over somebody else.
    """
    own = queries.person_of(user.id)
    known = partners.person_by_address(user.email)
    if own is not None:
        if known is None:
            people.change_person(own, address=user.email, by=by, at=at)
        return own
    if known is None:
        given, family = parted(user.name, user.email)
        known = people.create_person(given, family, user.email, at=at)
    elif user.name and not queries.has_belonged(known.id):
        # Only typed by a company until now, maybe by the wrong one: who proves the address says who they are.
        given, family = parted(user.name, user.email)
        people.change_person(known, given_name=given, family_name=family, phone="", by=by, at=at)
    free = update(Person).where(Person.id == known.id, Person.user_id.is_(None), Person.merged_into_id.is_(None))
    if db.session.execute(free.values(user_id=user.id), execution_options={"synchronize_session": False}).rowcount != 1:  # type: ignore[attr-defined]
        return None
    db.session.refresh(known)
    record(
        "person.link",
        by=by,
        at=at,
        object_type="person",
        object_id=known.id,
        object_name=known.full_name,
        person_id=known.id,
        changes={"login": user.email},
    )
    hooks.logged_in(known, by=by, at=at)
    return known


def hold(person: Person) -> None:
    """Puts everything that a person asks in a row: one company at a time holds also for parallel clicks."""
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())


def ask(
    user: User, person: Person, organisation_id: int, *, note: str = "", anew: bool = False, by: Actor, at: datetime
) -> Membership:
    """Asks to belong to a company; asking once more changes nothing, unless `anew`.

    Whoever has an address of the company's own domain joins at once where the company lets its domain in. Raises
    `NotFoundError` for a company that takes nobody, and `RuleError` if the person waits for another one, belongs to it
    already, or was refused within a week.
    """
    hold(person)
    company = queries.company_that_takes_people(organisation_id)
    current = partners.open_membership(person.id, company.id)
    if current is not None and current.state is MembershipState.ACTIVE:
        raise RuleError(_("You belong to %(company)s already.", company=company.name))
    waiting = queries.own_request(person.id)
    if waiting is not None and waiting.organisation_id == company.id and current is not None:
        if not anew:
            return current
    else:
        _refuse_second(person)
    until = _refused_until(person, company.id, at)
    if until is not None:
        raise RuleError(_("You can ask %(company)s again from %(day)s.", company=company.name, day=format_date(until)))
    domains = queries.by_domain(user.email) if user.verified_at is not None else []
    proven = any(candidate.organisation_id == company.id for candidate in domains)
    joins = proven and company.auto_join
    has_admin = queries.company_has_admin(company.id, at.date())
    values: dict[str, Any] = {
        "state": MembershipState.ACTIVE if joins else MembershipState.REQUESTED,
        "role": MembershipRole.MEMBER if joins else asked_role(has_admin),
        "matched_by": (MatchedBy.CHOICE if len(domains) > 1 else MatchedBy.DOMAIN) if proven else MatchedBy.SEARCH,
        "valid_from": at.date(),
        "requested_at": at,
        "request_note": note,
        "decided_at": at if joins else None,
        "decided_by": "domain" if joins else "",
        # Who speaks for themselves is no longer called what a colleague has typed.
        **dict.fromkeys(("given_name", "family_name", "sort_key", "phone", "address")),
    }
    membership = _open(person, company, current, values)
    _record("membership.join" if joins else "membership.ask", membership, person, by, at, {"by": values["matched_by"]})
    if joins:
        hooks.joined(person, company, by=by, at=at)
    else:
        mails.send_asked(membership, person, company, user.email, today=at.date(), at=at)
    return membership


def _open(person: Person, company: Organisation, current: Membership | None, values: dict[str, Any]) -> Membership:
    """The one open membership of the person in the company, with these values; it may stand there by somebody else."""
    if current is None:
        made = Membership(person_id=person.id, organisation_id=company.id, **values)
        try:
            with db.session.begin_nested():
                db.session.add(made)
                db.session.flush()
            return made
        except IntegrityError:
            current = partners.open_membership(person.id, company.id)
            if current is None or current.state is MembershipState.ACTIVE:
                raise
    for name, value in values.items():
        setattr(current, name, value)
    db.session.flush()
    return current


def _refuse_second(person: Person) -> None:
    waiting = queries.own_request(person.id)
    if waiting is not None:
        raise RuleError(_("You have asked %(company)s. Withdraw that first.", company=waiting.company))
    told = queries.own_company_request(person.id)
    if told is not None:
        raise RuleError(_("You have told us about %(company)s. Withdraw that first.", company=told.name))


def _refused_until(person: Person, organisation_id: int, at: datetime) -> datetime | None:
    return may_ask_from(queries.last_refusal(person.id, organisation_id), at)


def wish(person: Person, organisation_id: int, *, by: Actor, at: datetime) -> None:
    """A member asks to look after a company that nobody looks after; the vendor decides. Asking once more changes nothing.

    Raises `NotFoundError` for a company that the person does not belong to, and `RuleError` if the company has an admin
    or the wish was refused within a week.
    """
    hold(person)
    membership = partners.open_membership(person.id, organisation_id)
    if membership is None or membership.state is not MembershipState.ACTIVE:
        raise NotFoundError(organisation_id)
    company = queries.company_that_takes_people(organisation_id)
    if queries.company_has_admin(company.id, at.date()):
        raise RuleError(_("%(company)s has an admin. Ask there.", company=company.name))
    if membership.requested_at is not None and membership.decided_at is None:
        return
    until = _refused_until(person, company.id, at)
    if until is not None:
        raise RuleError(_("You can ask again from %(day)s.", day=format_date(until)))
    membership.requested_at, membership.decided_at, membership.decided_by = at, None, ""
    membership.decline_reason = ""
    db.session.flush()
    _record("membership.wish", membership, person, by, at, {"role": MembershipRole.ADMIN})


@dataclass(frozen=True)
class Told:
    """What somebody tells about a company that is not in the list."""

    name: str
    country_code: str
    city: str = ""
    website: str = ""
    programme_id: str = ""
    note: str = ""


def tell(person: Person, told: Told, *, by: Actor, at: datetime) -> CompanyRequest:
    """Tells the vendor about a company that is not in the list. Raises `RuleError` like `ask`."""
    hold(person)
    _refuse_second(person)
    for refused in queries.refused_company_requests(person.id, at - ASK_AGAIN_AFTER):
        until = may_ask_from(refused.decided_at, at)
        if fold(refused.name) == fold(told.name) and until is not None:
            raise RuleError(_("You can tell us about this company again from %(day)s.", day=format_date(until)), "name")
    made = CompanyRequest(person_id=person.id, requested_at=at, **vars(told))
    db.session.add(made)
    db.session.flush()
    record(
        "company_request.tell",
        by=by,
        at=at,
        object_type="company_request",
        object_id=made.id,
        object_name=told.name,
        person_id=person.id,
        changes={"country_code": told.country_code, "city": told.city, "programme_id": told.programme_id},
    )
    return made


def withdraw(person: Person, *, by: Actor, at: datetime) -> None:
    """Takes back whatever the person waits for. Raises `RuleError` if nothing waits any more."""
    hold(person)
    asked, told, wished = (
        queries.own_request(person.id),
        queries.own_company_request(person.id),
        queries.own_wish(person.id),
    )
    for found in filter(None, (asked, wished)):
        membership = db.session.get_one(Membership, found.membership_id)
        _record("membership.withdraw", membership, person, by, at, {"role": membership.role})
    if asked is not None:
        # It was never in force: the log keeps it, the company's list of people does not.
        _one(delete(Membership).where(Membership.id == asked.membership_id, queries.ASKS))
    if told is not None:
        record(
            "company_request.withdraw",
            by=by,
            at=at,
            object_type="company_request",
            object_id=told.id,
            object_name=told.name,
            person_id=person.id,
        )
        _one(delete(CompanyRequest).where(CompanyRequest.id == told.id, CompanyRequest.state == told.state))
    if wished is not None:
        _one(update(Membership).where(Membership.id == wished.membership_id, queries.WISHES).values(requested_at=None))
    if asked is None and told is None and wished is None:
        raise RuleError(_("Nothing waits any more: it has been decided."))


def _one(statement: object) -> None:
    done = db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
    if done.rowcount != 1:
        raise RuleError(_("Nothing waits any more: it has been decided."))
    db.session.expire_all()


def _record(action: str, membership: Membership, person: Person, by: Actor, at: datetime, changes: dict[str, object]) -> None:
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
