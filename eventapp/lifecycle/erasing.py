"""Erasing a person (GDPR Article 17): what is theirs goes or becomes empty, counts and the log's chain stay."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Table, delete, func, insert, or_, select, update

from eventapp.accounts.models import Grant, Role
from eventapp.audit import service as audit
from eventapp.audit.models import AuditEntry
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.imports.service import source_of
from eventapp.partners.models import (
    ImportBatch,
    ImportState,
    Membership,
    MembershipRole,
    MembershipState,
    Person,
    PersonEmail,
    PersonWord,
)
from eventapp.partners.rules import person_sort_key, person_words
from eventapp.places import service as places
from eventapp.privacy.registry import ERASED, ERASED_FAMILY, ERASED_GIVEN, MENTIONS, PERSONAL, Way, acting
from eventapp.privacy.subjects import TABLES, Subject, holds, mentions, others, owned, subject_of
from eventapp.registrations import queries as registrations
from eventapp.registrations import service as registering
from eventapp.registrations.answers import service as answers
from eventapp.registrations.invitations.models import OPEN as OPEN_INVITATIONS
from eventapp.registrations.invitations.models import Invitation, InvitationState
from eventapp.registrations.models import ENDED, Registration
from eventapp.registrations.rules import new_code, new_token
from eventapp.training.rules import new_salt

PORTION = 500
FRESH: dict[str, Callable[[], str]] = {
    "registration.code": new_code,
    "registration.token": new_token,
    "registration.uid": lambda: str(uuid.uuid4()),
    "invitation.token": new_token,
    "certificate.code": new_code,
    "certificate.salt": new_salt,
    "speaker.token": new_token,
    "speaker.code": new_code,
    "speaker.guid": lambda: str(uuid.uuid4()),
}
NAMES = {"given_name": ERASED_GIVEN, "family_name": ERASED_FAMILY}
# Whoever is in a list has an address. This one reaches nobody, and nobody can type it (RFC 2606).
NO_ADDRESS = "erased-{}@erased.invalid"
# JSON columns that hold lists.
LISTS = frozenset({"import_row.cells", "import_row.warnings", "merge.moved"})
# Rows that go with the login. The login itself is last: they refer to it.
LAST = "user_account"


@dataclass(frozen=True)
class Consequence:
    """What an erasure would do, in numbers."""

    label: str
    number: int


def preview(person: Person, now: datetime) -> list[Consequence]:
    """What erasing the person would do, in numbers. Changes nothing."""
    subject = subject_of(person)
    waiting = _upcoming(subject, now)
    admin_of = _left_without_admin(subject)
    along = registrations.guests_of(r.id for r in waiting)
    return [
        Consequence(_("Upcoming registrations cancelled; the places go to the next"), len(waiting)),
        *([Consequence(_("People who come along with them, cancelled too"), len(along))] if along else []),
        Consequence(_("Past registrations that stay, without a name"), len(subject.registration_ids) - len(waiting)),
        Consequence(_("Memberships in companies ended"), _count("membership", subject)),
        Consequence(_("Companies left without an admin"), len(admin_of)),
        Consequence(_("Logins removed"), len(subject.user_ids)),
        Consequence(_("Invitations withdrawn or without a name"), _count("invitation", subject)),
        Consequence(_("E-mail addresses removed"), _count("person_email", subject)),
        Consequence(
            _("Consents, needs and objections removed"), sum(_count(t, subject) for t in ("consent", "needs", "objection"))
        ),
        Consequence(_("Answers to questions of events removed"), _count("answer", subject)),
        Consequence(_("Mails to the person blanked"), _count("outbox_mail", subject)),
        Consequence(_("Mails to others in which the name is replaced"), _count_mentions(subject)),
        Consequence(_("Log entries in which the name is replaced"), _count_log(subject)),
        Consequence(_("Rows of imported files blanked"), _count("import_row", subject)),
    ]


def _count(name: str, subject: Subject) -> int:
    return db.session.scalar(select(func.count()).select_from(TABLES[name]).where(owned(name, subject))) or 0


def _count_mentions(subject: Subject) -> int:
    columns = (mentions("outbox_mail", column, subject) for column in MENTIONS["outbox_mail"])
    query = select(func.count()).select_from(TABLES["outbox_mail"]).where(or_(*columns), others("outbox_mail", subject))
    return db.session.scalar(query) or 0


def _count_log(subject: Subject) -> int:
    query = select(func.count()).select_from(TABLES["audit_entry"])
    return db.session.scalar(query.where(or_(owned("audit_entry", subject), _in_log(subject)))) or 0


def _in_log(subject: Subject) -> ColumnElement[bool]:
    dialect = db.session.get_bind().dialect.name
    columns = (AuditEntry.changes, AuditEntry.object_name, AuditEntry.actor, AuditEntry.on_behalf)
    return or_(*(holds(column, subject.terms, dialect) for column in columns))


def _upcoming(subject: Subject, now: datetime) -> list[Registration]:
    query = (
        select(Registration)
        .options(*registrations.LOADED)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Registration.person_id.in_(subject.person_ids),
            Registration.status.not_in(ENDED),
            Event.ends_at > now,
        )
        .order_by(Registration.id)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _left_without_admin(subject: Subject) -> set[int]:
    """Companies whose only admins are this person."""
    active = (Membership.state == MembershipState.ACTIVE, Membership.role == MembershipRole.ADMIN)
    own = set(db.session.scalars(select(Membership.organisation_id).where(*active, Membership.person_id.in_(subject.person_ids))))
    further = select(Membership.organisation_id).where(
        *active, Membership.organisation_id.in_(own), Membership.person_id.not_in(subject.person_ids)
    )
    return own - set(db.session.scalars(further))


def erase(person_id: int, *, by: Actor, now: datetime) -> None:
    """Erases a person in the caller's transaction, with everybody who was merged into them.

    Raises NotFoundError for an unknown person, RuleError for one who is erased already, who erases themselves or who
    still works for the vendor.
    """
    # Whoever registers takes the pool of the event first: they come before this, or find no such address any more.
    places.lock(db.session.scalars(select(Event.pool_id).where(Event.ends_at > now)))
    query = select(Person).where(Person.id == person_id).with_for_update().execution_options(populate_existing=True)
    person = db.session.scalar(query)
    if person is None or person.merged_into_id is not None:
        raise NotFoundError(person_id)
    if person.erased_at is not None:
        raise RuleError(_("This person is erased already."))
    subject = subject_of(person)
    if by.actor_id in subject.user_ids:
        raise RuleError(_("Somebody else has to erase you."))
    if roles := _roles(subject, now):
        raise RuleError(_("Take away the rights at the vendor first: %(roles)s.", roles=", ".join(sorted(roles))))
    subject.batch_ids = _open_files(subject)
    cancelled = _upcoming(subject, now)
    # The places of options go back; those of past events stay counted, without a name.
    answers.forget(r.id for r in cancelled)
    _from_log(subject, by=by, now=now)
    _from_mentions(subject)
    _own_rows(subject, now)
    db.session.expire_all()
    _rename(subject, now)
    # Last: what this writes into the log and into mails knows no name any more.
    going = list(db.session.scalars(_again(cancelled)))
    registering.cancel(going, reason="", by=by, at=now, tell=False)
    record("person.erase", by=by, at=now, object_type="person", object_id=person_id, object_name=ERASED, person_id=person_id)
    db.session.flush()


def _again(found: list[Registration]) -> Any:
    return select(Registration).options(*registrations.LOADED).where(Registration.id.in_([r.id for r in found]))


def _roles(subject: Subject, now: datetime) -> set[Role]:
    query = select(Grant.role).where(Grant.user_id.in_(subject.user_ids), (Grant.ends_at.is_(None)) | (Grant.ends_at > now))
    return set(db.session.scalars(query))


def _open_files(subject: Subject) -> set[int]:
    """Files not imported yet in which one of the addresses stands: importing them would bring the person back."""
    found = set()
    waiting = select(ImportBatch).where(ImportBatch.state.in_((ImportState.UPLOADED, ImportState.PREVIEWED, ImportState.QUEUED)))
    for batch in db.session.scalars(waiting):
        text = "\n".join(str(cell) for row in source_of(batch).records() for cell in row.cells).casefold()
        if any(address in text for address in subject.addresses):
            found.add(batch.id)
    return found


def _from_log(subject: Subject, *, by: Actor, now: datetime) -> None:
    """Takes names out of the log: in the person's own entries every word, in others the full names and addresses."""
    own = owned("audit_entry", subject)
    for person_id in sorted(subject.person_ids):
        audit.erase(own, [*subject.terms, *subject.words], person_id=person_id, replacement=ERASED, by=by, at=now)
    audit.erase(_in_log(subject), subject.terms, replacement=ERASED, by=by, at=now)


def _from_mentions(subject: Subject) -> None:
    """Replaces names and addresses in texts to or about others."""
    terms = [form for term in subject.terms for form in _forms(term)]
    for name, columns in MENTIONS.items():
        table = TABLES[name]
        named = or_(*(mentions(name, column, subject) for column in columns)) & others(name, subject)
        last = 0
        while ids := list(
            db.session.scalars(select(table.c.id).where(named, table.c.id > last).order_by(table.c.id).limit(PORTION))
        ):
            last = ids[-1]
            rows = db.session.execute(select(table.c.id, *(table.c[c] for c in columns)).where(table.c.id.in_(ids)))
            for row in rows.all():
                values = {c: _without(getattr(row, c), terms) for c in columns}
                db.session.execute(update(table).where(table.c.id == row.id).values(**values))


def _forms(term: str) -> list[str]:
    """A name as it may stand in a text, in HTML, and folded into the lines of a calendar file."""
    html = term.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;").replace('"', "&#34;")
    return [term] if html == term else [html, term]


def _without(value: Any, terms: list[str]) -> Any:
    if isinstance(value, list):
        return [_without(item, terms) for item in value]
    if isinstance(value, dict):
        return {key: _without(item, terms) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    for term in terms:
        value = _replaced(value, term)
    return value


def _replaced(text: str, term: str) -> str:
    folded, wanted = text.lower(), term.lower()
    if len(folded) != len(text) or wanted not in folded:
        return text.replace(term, ERASED)
    parts, start = [], 0
    while (at := folded.find(wanted, start)) >= 0:
        parts += [text[start:at], ERASED]
        start = at + len(wanted)
    return "".join([*parts, text[start:]])


def _own_rows(subject: Subject, now: datetime) -> None:
    """Carries out the registry, table by table."""
    _no_more_mail(subject)
    _no_more_invitations(subject)
    _no_more_plans(subject, now)
    _no_more_blocks(subject)
    changed = {name: columns for name, columns in PERSONAL.items() if Way.ROW not in columns.values()}
    for name, columns in changed.items():
        _empty(TABLES[name], columns, subject, now)
    for name in PERSONAL:
        _erase_actor(TABLES[name], acting(name), subject)
    _let_go_of_logins(subject)
    gone = [name for name, columns in PERSONAL.items() if Way.ROW in columns.values() and name != LAST]
    for name in [*(n for n in ("event_staff", "user_grant")), *gone, LAST]:
        db.session.execute(delete(TABLES[name]).where(owned(name, subject)))


def _no_more_plans(subject: Subject, now: datetime) -> None:
    """Ends the person's part in teams of joint plans; what they did there stays as done by an erased person."""
    open_ones = update(TABLES["plan_member"]).where(TABLES["plan_member"].c.left_at.is_(None))
    db.session.execute(open_ones.where(owned("plan_member", subject)).values(left_at=now))
    # The packs of workshops print who was in the teams. They are drawn anew for a workshop that is still to come.
    theirs = select(TABLES["plan_member"].c.plan_id).where(owned("plan_member", subject))
    workshops = update(TABLES["plan_workshop"]).where(TABLES["plan_workshop"].c.plan_id.in_(theirs))
    db.session.execute(workshops.values(pack=None, pack_at=None))


def _no_more_blocks(subject: Subject) -> None:
    """From whom the person wanted no requests for meetings, and who wanted none from them, has no meaning any more."""
    table = TABLES["meeting_block"]
    db.session.execute(delete(table).where(or_(*(table.c[n].in_(subject.person_ids) for n in ("person_id", "blocked_id")))))


def _no_more_mail(subject: Subject) -> None:
    """Mails to the person that have not gone out never will."""
    unsent = OutboxMail.state.in_((MailState.QUEUED, MailState.SENDING))
    db.session.execute(delete(TABLES["outbox_mail"]).where(owned("outbox_mail", subject), unsent))


def _no_more_invitations(subject: Subject) -> None:
    """Invitations that nobody has answered are open to nobody any more."""
    statement = update(Invitation).where(owned("invitation", subject), Invitation.state.in_(OPEN_INVITATIONS))
    db.session.execute(statement.values(state=InvitationState.WITHDRAWN), execution_options={"synchronize_session": False})


def _empty(table: Table, columns: dict[str, Way], subject: Subject, now: datetime) -> None:
    """Empties and renames the columns of the person's own rows."""
    values: dict[str, Any] = {}
    for name, way in columns.items():
        if way is Way.EMPTY:
            values[name] = _nothing(table, name)
        elif way is Way.NAMED:
            values[name] = NAMES.get(name, ERASED)
    if table.name == "merge":
        values["undo_until"] = now  # nothing is left to undo it with
    fresh = [name for name, way in columns.items() if way is Way.FRESH]
    if not values and not fresh:
        return
    condition = owned(table.name, subject)
    if fresh:
        for (row_id,) in db.session.execute(select(table.c.id).where(condition)).all():
            new = {name: FRESH[f"{table.name}.{name}"]() for name in fresh}
            db.session.execute(update(table).where(table.c.id == row_id).values(**new))
    # The condition may ask for what is emptied here, so the rows are fixed first.
    key = list(table.primary_key.columns)
    rows = db.session.execute(select(*key).where(condition)).all()
    for row in rows:
        db.session.execute(update(table).where(*(c == v for c, v in zip(key, row, strict=True))).values(**values))


def _nothing(table: Table, name: str) -> Any:
    column = table.c[name]
    if column.nullable:
        return None
    if isinstance(column.type, JSON):
        return [] if f"{table.name}.{name}" in LISTS else {}
    return column.type.python_type()


def _erase_actor(table: Table, columns: list[str], subject: Subject) -> None:
    for name in columns:
        statement = update(table).where(table.c[name].in_(subject.actors)).values({name: ERASED})
        db.session.execute(statement)


def _let_go_of_logins(subject: Subject) -> None:
    """What others did through this login stays, without it."""
    for table in TABLES.values():
        for column in table.c:
            of_user = any(key.target_fullname == "user_account.id" for key in column.foreign_keys)
            if of_user and column.nullable and table.name != "account_link":
                db.session.execute(update(table).where(column.in_(subject.user_ids)).values({column.name: None}))


def _rename(subject: Subject, now: datetime) -> None:
    """What is made of the name, and what has no text: memberships end, the search finds nobody."""
    for person in db.session.scalars(select(Person).where(Person.id.in_(subject.person_ids))):
        person.sort_key = person_sort_key(ERASED_GIVEN, ERASED_FAMILY)
        person.erased_at = person.updated_at = now
        address = NO_ADDRESS.format(person.id)
        db.session.add(PersonEmail(person_id=person.id, address=address, is_primary=True))
        words = person_words(ERASED_GIVEN, ERASED_FAMILY, "", [address])
        db.session.execute(insert(PersonWord), [{"word": word, "person_id": person.id} for word in sorted(words)])
    open_ = (MembershipState.ACTIVE, MembershipState.REQUESTED)
    memberships = select(Membership).where(Membership.person_id.in_(subject.person_ids))
    for membership in db.session.scalars(memberships):
        membership.function = None
        if membership.state in open_:
            membership.state = MembershipState.ENDED
            membership.valid_to = max(now.date(), membership.valid_from or now.date())
    db.session.flush()


def typed_right(person: Person, text: str) -> bool:
    """Whether the confirmation is the person's full name, as it is shown."""
    return secrets.compare_digest(" ".join(text.split()).encode(), " ".join(person.full_name.split()).encode())
