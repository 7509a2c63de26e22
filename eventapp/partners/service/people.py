"""Adding and changing people, and their memberships in companies."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.partners import queries
from eventapp.partners.models import (
    JobFunction,
    MatchedBy,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.partners.rules import person_sort_key, person_words
from eventapp.partners.service import hooks


def add_person(
    company: Organisation,
    given_name: str,
    family_name: str,
    address: str,
    *,
    state: MembershipState = MembershipState.ACTIVE,
    role: MembershipRole = MembershipRole.MEMBER,
    job_title: str = "",
    function: JobFunction | None = None,
    phone: str = "",
    matched_by: MatchedBy | None = None,
    typed: bool = False,
    by: Actor,
    at: datetime,
) -> Person:
    """The person with this address (in normal form) as a member of the company.

    A known address is the person that has it: names stay as they are, whatever is given here, and a missing membership
    is added; one that was only asked for comes into force when `state` is active. Nobody is ever entered twice, also
    when two requests add the same address at once. `matched_by` says who asks for a membership that is only asked for:
    `company` if the company typed the address, anything else if the person did it. With `typed` the company goes on
    seeing what it typed, and not what is known of the person; the caller then tells later features that somebody joined,
    since it holds locks.
    """
    person = queries.person_by_address(address)
    if person is not None and _waits_for_erasing(person):
        # Somebody was erasing the person: now the address is nobody's.
        person = queries.person_by_address(address)
    if person is None:
        person = create_person(given_name, family_name, address, phone=phone, at=at)
    membership = queries.open_membership(person.id, company.id)
    joins = membership is None or membership.state is MembershipState.REQUESTED
    if membership is None:
        membership = _create_membership(person, company, state, role, job_title, function, matched_by, at)
        record(
            "person.add",
            by=by,
            at=at,
            object_type="person",
            object_id=person.id,
            # As typed, but by the vendor: the company's own log must not tell a stranger's name.
            object_name=(
                person.full_name if state is MembershipState.ACTIVE and not typed else f"{given_name} {family_name}".strip()
            )
            or address,
            person_id=person.id,
            organisation_id=company.id,
            changes={"address": address, "role": membership.role, "state": membership.state},
        )
        if state is MembershipState.ACTIVE and not typed:
            hooks.joined(person, company, by=by, at=at)
    elif state is MembershipState.ACTIVE:
        if membership.state is MembershipState.REQUESTED:
            # Whoever adds says as what; to have asked to be an admin gives nothing.
            membership.role = role
        accept_membership(membership, person, typed=f"{given_name} {family_name}".strip() if typed else "", by=by, at=at)
    if typed and joins:
        call(membership, person, given_name, family_name, phone)
        if membership.state is MembershipState.REQUESTED or queries.address_of(person.id) != address:
            membership.address = address
    db.session.flush()
    return person


def _waits_for_erasing(person: Person) -> bool:
    """Whether the person was erased or merged until a moment ago. As long as this transaction lasts nobody can do it now."""
    kept = select(Person.id).where(Person.id == person.id, Person.erased_at.is_(None), Person.merged_into_id.is_(None))
    return db.session.scalar(kept.with_for_update(read=True, key_share=True)) is None


def call(membership: Membership, person: Person, given_name: str, family_name: str, phone: str) -> None:
    """Lets the company call somebody what it has entered; nothing of its own where that is what the person says too.

    Who has not confirmed yet is always called so: what the person says is not for the company.
    """
    own = (given_name, family_name, phone)
    if membership.state is MembershipState.ACTIVE and own == (person.given_name, person.family_name, person.phone):
        membership.given_name = membership.family_name = membership.sort_key = membership.phone = None
        return
    membership.given_name, membership.family_name, membership.phone = own
    membership.sort_key = person_sort_key(given_name, family_name)


def _forget_typed(membership: Membership) -> None:
    membership.given_name = membership.family_name = membership.sort_key = None
    membership.phone = membership.address = None


def create_person(given_name: str, family_name: str, address: str, *, phone: str = "", at: datetime) -> Person:
    """A new person of no company yet; the one that a parallel request has just created if there is one.

    Somebody may have no address (empty): then nobody can tell whether we know them.
    """
    person = Person(
        given_name=given_name,
        family_name=family_name,
        sort_key=person_sort_key(given_name, family_name),
        phone=phone,
        created_at=at,
        updated_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(person)
            db.session.flush()
            if address:
                db.session.add(PersonEmail(person_id=person.id, address=address, is_primary=True))
                db.session.flush()
    except IntegrityError:
        found = queries.person_by_address(address)
        if found is None:
            raise
        return found
    _index(person, [address] if address else [])
    return person


def _create_membership(
    person: Person,
    company: Organisation,
    state: MembershipState,
    role: MembershipRole,
    job_title: str,
    function: JobFunction | None,
    matched_by: MatchedBy | None,
    at: datetime,
) -> Membership:
    membership = Membership(
        person_id=person.id,
        organisation_id=company.id,
        role=role,
        state=state,
        job_title=job_title,
        function=function,
        valid_from=at.date(),
        matched_by=matched_by,
        requested_at=at if state is MembershipState.REQUESTED else None,
    )
    try:
        with db.session.begin_nested():
            db.session.add(membership)
            db.session.flush()
    except IntegrityError:
        found = queries.open_membership(person.id, company.id)
        if found is None:
            raise
        return found
    return membership


def change_person(
    person: Person,
    *,
    version: int | None = None,
    by: Actor,
    at: datetime,
    given_name: str | None = None,
    family_name: str | None = None,
    badge_name: str | None = None,
    phone: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
    address: str | None = None,
) -> None:
    """Changes what is given of a person; `address` replaces the primary one.

    Raises `StaleError` if the person is no longer at `version`, and `RuleError` if another person has the address or
    no name would be left.
    """
    if version is not None and person.version != version:
        raise StaleError(_("Somebody else has saved this in the meantime."))
    given = {
        "given_name": given_name,
        "family_name": family_name,
        "badge_name": badge_name,
        "phone": phone,
        "language": language,
        "time_zone": time_zone,
    }
    changes = {k: [getattr(person, k), v] for k, v in given.items() if v is not None and v != getattr(person, k)}
    for name, (_old, new) in changes.items():
        setattr(person, name, new)
    if not person.full_name:
        raise RuleError(_("Enter a name."), "family_name", 422)
    emails = db.session.query(PersonEmail).filter_by(person_id=person.id).all()
    primary = next((e for e in emails if e.is_primary), None)
    if address and (primary is None or primary.address != address):
        changes["address"] = [primary.address if primary else "", address]
        _replace_address(person, emails, address)
        emails = db.session.query(PersonEmail).filter_by(person_id=person.id).all()
    if not changes:
        return
    person.sort_key = person_sort_key(person.given_name, person.family_name)
    person.updated_at = at
    db.session.flush()
    _index(person, [e.address for e in emails])
    record(
        "person.change",
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=person.full_name,
        person_id=person.id,
        changes=changes,
    )


def _replace_address(person: Person, emails: list[PersonEmail], address: str) -> None:
    owner = queries.person_by_address(address)
    if owner is not None and owner.id != person.id:
        raise RuleError(_("%(name)s already has this address.", name=owner.full_name), "email", 409)
    known = next((e for e in emails if e.address == address), None)
    for email in emails:
        email.is_primary = False
    # One primary address at a time, so the old one steps back before the new one takes over.
    db.session.flush()
    if known is not None:
        known.is_primary = True
    else:
        db.session.add(PersonEmail(person_id=person.id, address=address, is_primary=True))
        for email in emails:
            db.session.delete(email)
    db.session.flush()


def change_membership(
    membership: Membership,
    person: Person,
    *,
    role: MembershipRole,
    job_title: str,
    function: JobFunction | None,
    by: Actor,
    at: datetime,
) -> None:
    """Changes what somebody does for the company."""
    given = {"role": role, "job_title": job_title, "function": function}
    changes = {k: [getattr(membership, k), v] for k, v in given.items() if v != getattr(membership, k)}
    if not changes:
        return
    for name, (_old, new) in changes.items():
        setattr(membership, name, new)
    person.updated_at = at
    db.session.flush()
    record(
        "membership.change",
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=membership.name_of(person),
        person_id=person.id,
        organisation_id=membership.organisation_id,
        changes=changes,
    )


def end_membership(membership: Membership, person: Person, *, reason: str = "", by: Actor, at: datetime) -> None:
    """The person has left the company. What they did for it stays; a new membership may begin later.

    `reason` stands in the log.
    """
    if membership.state is MembershipState.ENDED:
        return
    before = membership.state
    membership.state = MembershipState.ENDED
    membership.valid_to = max(at.date(), membership.valid_from or at.date())
    person.updated_at = at
    db.session.flush()
    record(
        "membership.end",
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=membership.name_of(person),
        person_id=person.id,
        organisation_id=membership.organisation_id,
        changes={"state": [before, MembershipState.ENDED], **({"reason": reason} if reason else {})},
    )
    if before is MembershipState.ACTIVE:
        hooks.left(person, db.session.get_one(Organisation, membership.organisation_id), by=by, at=at)


def renew_words(person: Person) -> None:
    """Writes the search index of a person anew. One that was merged into another is found under that one only."""
    query = select(PersonEmail.address).where(PersonEmail.person_id == person.id)
    if person.merged_into_id is not None:
        db.session.execute(delete(PersonWord).where(PersonWord.person_id == person.id))
    else:
        _index(person, list(db.session.scalars(query)))


def _index(person: Person, addresses: list[str]) -> None:
    """Writes the search index of a person anew."""
    db.session.execute(delete(PersonWord).where(PersonWord.person_id == person.id))
    found = person_words(person.given_name, person.family_name, person.badge_name, addresses)
    db.session.execute(insert(PersonWord), [{"word": word, "person_id": person.id} for word in sorted(found)])


def accept_membership(membership: Membership, person: Person, *, typed: str = "", by: Actor, at: datetime) -> None:
    """Brings a membership that was only asked for into force. `typed` is the name that a company has typed: see `add_person`."""
    if membership.state is not MembershipState.REQUESTED:
        return
    membership.state = MembershipState.ACTIVE
    membership.valid_from = membership.valid_from or at.date()
    membership.decided_at, membership.decided_by = at, by.actor_name[:254]
    _forget_typed(membership)
    person.updated_at = at
    db.session.flush()
    record(
        "person.accept",
        by=by,
        at=at,
        object_type="person",
        object_id=person.id,
        object_name=typed or membership.name_of(person),
        person_id=person.id,
        organisation_id=membership.organisation_id,
        changes={"state": [MembershipState.REQUESTED, MembershipState.ACTIVE]},
    )
    if not typed:
        hooks.joined(person, db.session.get_one(Organisation, membership.organisation_id), by=by, at=at)
