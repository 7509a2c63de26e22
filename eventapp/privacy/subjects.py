"""Everything by which a person can be found in the tables: ids, names, addresses, and the rows that are theirs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, and_, cast, false, func, or_, select

from eventapp.accounts.models import User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import Base, db
from eventapp.partners.models import Person, PersonEmail
from eventapp.registrations.models import Registration

TABLES = Base.metadata.tables


@dataclass
class Subject:
    """A person with those that were merged into them. `names` have two words or more: one word is anybody's."""

    person_ids: set[int]
    user_ids: set[int] = field(default_factory=set)
    registration_ids: set[int] = field(default_factory=set)
    event_ids: set[int] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    batch_ids: set[int] = field(default_factory=set)
    invitation_ids: set[int] = field(default_factory=set)

    @property
    def terms(self) -> list[str]:
        """Names and addresses, the longest first."""
        return sorted(self.addresses | self.names, key=lambda term: (-len(term), term))

    @property
    def actors(self) -> set[str]:
        """How the log and other rows name this person as the one who acted."""
        return self.addresses | self.names | {f"{name} (by link)" for name in self.names | self.words}


def subject_of(person: Person) -> Subject:
    """Finds out by what the person is known, also under earlier names and addresses."""
    found = Subject({person.id})
    while (
        more := set(db.session.scalars(select(Person.id).where(Person.merged_into_id.in_(found.person_ids)))) - found.person_ids
    ):
        found.person_ids |= more
    names: set[str] = set()
    query = select(Person).where(Person.id.in_(found.person_ids))
    for one in db.session.scalars(query):
        names |= {one.full_name, one.badge_name}
        found.words |= {one.given_name, one.family_name, one.phone}
        if one.user_id is not None:
            found.user_ids.add(one.user_id)
    for user in db.session.scalars(select(User).where(User.id.in_(found.user_ids))):
        names.add(user.name)
        found.addresses.add(user.email)
    rows = select(Registration.id, Registration.event_id, Registration.name, Registration.badge_name)
    for registration_id, event_id, name, badge in db.session.execute(rows.where(Registration.person_id.in_(found.person_ids))):
        found.registration_ids.add(registration_id)
        found.event_ids.add(event_id)
        names |= {name, badge}
    _from_invitations(found, names)
    found.addresses |= set(db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id.in_(found.person_ids))))
    _earlier(found, names)
    found.names = {name for name in names if len(name.split()) > 1}
    found.words = {word for word in found.words | names if len(word) > 1}
    return found


def _from_invitations(found: Subject, names: set[str]) -> None:
    """Names that were typed when the person was invited, and events that they were only invited to."""
    invitations = TABLES["invitation"]
    rows = select(*(invitations.c[n] for n in ("id", "event_id", "given_name", "family_name", "address")))
    own = or_(invitations.c.person_id.in_(found.person_ids), invitations.c.address.in_(_addresses_of(found)))
    for invitation_id, event_id, given, family, address in db.session.execute(rows.where(own)):
        found.invitation_ids.add(invitation_id)
        found.event_ids.add(event_id)
        names.add(f"{given} {family}".strip())
        found.addresses.add(address)


def _addresses_of(found: Subject) -> Any:
    return select(PersonEmail.address).where(PersonEmail.person_id.in_(found.person_ids))


def _earlier(found: Subject, names: set[str]) -> None:
    """Names, addresses and events that the log knows from before: a place that was handed on is another's now."""
    entries = select(AuditEntry.object_name, AuditEntry.changes).where(
        AuditEntry.object_type == "person", AuditEntry.object_id.in_(found.person_ids), AuditEntry.erased_at.is_(None)
    )
    for name, changes in db.session.execute(entries):
        names.add(name)
        for key in ("address", "email"):
            values = changes.get(key)
            found.addresses |= {v for v in (values if isinstance(values, list) else [values]) if isinstance(v, str) and "@" in v}
    handed_on = select(AuditEntry.object_name, AuditEntry.event_id).where(
        AuditEntry.object_type == "registration", AuditEntry.person_id.in_(found.person_ids), AuditEntry.erased_at.is_(None)
    )
    for name, event_id in db.session.execute(handed_on):
        names.add(name)
        if event_id is not None:
            found.event_ids.add(event_id)


def holds(column: Any, terms: Iterable[str], dialect: str) -> ColumnElement[bool]:
    """The condition of a text or JSON column in which one of `terms` stands. JSON on SQLite is ASCII with escapes."""
    text = func.lower(cast(column, Text))
    found = []
    for term in terms:
        found.append(text.contains(term.lower(), autoescape=True))
        if not term.isascii() and dialect == "sqlite":
            # SQLite's lower() leaves capitals with marks alone.
            for form in {term, term.lower(), _escaped(term), _escaped(term.lower())}:
                found.append(cast(column, Text).contains(form, autoescape=True))
    return or_(*found) if found else false()


def _escaped(term: str) -> str:
    return term.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")


def _by_person(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.person_id.in_(subject.person_ids)


def _by_user(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.user_id.in_(subject.user_ids)


def _people(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.id.in_(subject.person_ids)


def _users(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.id.in_(subject.user_ids)


def _of_registrations(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.registration_id.in_(subject.registration_ids)


def _said(table: Table, subject: Subject) -> ColumnElement[bool]:
    feedback = TABLES["feedback"]
    return table.c.feedback_id.in_(select(feedback.c.id).where(feedback.c.registration_id.in_(subject.registration_ids)))


def _of_enrolments(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.enrolment_id.in_(_enrolments(subject))


def _enrolments(subject: Subject) -> Any:
    enrolments = TABLES["enrolment"]
    return select(enrolments.c.id).where(enrolments.c.person_id.in_(subject.person_ids))


def _attended(table: Table, subject: Subject) -> ColumnElement[bool]:
    """Lines of reports that were matched to the person, and those that hold an address of theirs."""
    return or_(table.c.enrolment_id.in_(_enrolments(subject)), func.lower(table.c.address).in_(subject.addresses))


def _recorded(table: Table, subject: Subject) -> ColumnElement[bool]:
    submissions = TABLES["submission"]
    own = select(submissions.c.id).where(submissions.c.enrolment_id.in_(_enrolments(subject)))
    return table.c.submission_id.in_(own)


def _of_speakers(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.speaker_id.in_(_speakers(subject))


def _speakers(subject: Subject) -> Any:
    speakers = TABLES["speaker"]
    return select(speakers.c.id).where(speakers.c.person_id.in_(subject.person_ids))


def _proposed(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.address.in_(subject.addresses)


def _pictures(table: Table, subject: Subject) -> ColumnElement[bool]:
    speakers = TABLES["speaker"]
    return table.c.id.in_(select(speakers.c.picture_id).where(speakers.c.person_id.in_(subject.person_ids)))


def _drafts(table: Table, subject: Subject) -> ColumnElement[bool]:
    of_registration, of_user = table.c.registration_id.in_(subject.registration_ids), table.c.user_id.in_(subject.user_ids)
    own = or_(of_registration, of_user, table.c.address.in_(subject.addresses))
    return or_(own, holds(table.c.fields, subject.addresses, _dialect()))


def _links(table: Table, subject: Subject) -> ColumnElement[bool]:
    return or_(table.c.user_id.in_(subject.user_ids), table.c.address.in_(subject.addresses))


def _mails(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.to_address.in_(subject.addresses)


def _rows(table: Table, subject: Subject) -> ColumnElement[bool]:
    batches = TABLES["import_batch"]
    people = select(batches.c.id).where(batches.c.kind == "people")
    registrations = select(batches.c.id).where(batches.c.kind == "registrations")
    own = or_(
        and_(table.c.object_id.in_(subject.person_ids), table.c.batch_id.in_(people)),
        and_(table.c.object_id.in_(subject.registration_ids), table.c.batch_id.in_(registrations)),
    )
    cells = (holds(table.c[name], subject.addresses, _dialect()) for name in ("cells", "key", "label", "changes", "warnings"))
    return or_(own, *cells)


def _batches(table: Table, subject: Subject) -> ColumnElement[bool]:
    return table.c.id.in_(subject.batch_ids)


def _invitations(table: Table, subject: Subject) -> ColumnElement[bool]:
    return or_(table.c.person_id.in_(subject.person_ids), table.c.address.in_(subject.addresses))


def _invitation_lists(table: Table, subject: Subject) -> ColumnElement[bool]:
    """Lists of people who are not invited yet: whoever is erased goes with the whole draft, or it would bring them back."""
    return holds(table.c.people, subject.addresses, _dialect())


def _merges(table: Table, subject: Subject) -> ColumnElement[bool]:
    return and_(
        table.c.kind == "person", or_(table.c.kept_id.in_(subject.person_ids), table.c.dropped_id.in_(subject.person_ids))
    )


def _log(table: Table, subject: Subject) -> ColumnElement[bool]:
    return or_(
        table.c.person_id.in_(subject.person_ids),
        table.c.actor_user_id.in_(subject.user_ids),
        table.c.actor.in_(subject.actors),
        and_(table.c.object_type == "person", table.c.object_id.in_(subject.person_ids)),
        and_(table.c.object_type == "registration", table.c.object_id.in_(subject.registration_ids)),
        and_(table.c.object_type == "invitation", table.c.object_id.in_(subject.invitation_ids)),
        and_(table.c.object_type == "user", table.c.object_id.in_(subject.user_ids)),
    )


def about(subject: Subject) -> ColumnElement[bool]:
    """The condition of log entries about the person. A registration's may be about whoever had the place before."""
    table = TABLES["audit_entry"]
    return or_(
        table.c.person_id.in_(subject.person_ids),
        and_(table.c.object_type == "person", table.c.object_id.in_(subject.person_ids)),
        and_(table.c.object_type == "user", table.c.object_id.in_(subject.user_ids)),
    )


def _dialect() -> str:
    return db.session.get_bind().dialect.name


def _plan_members(table: Table, subject: Subject) -> ColumnElement[bool]:
    return or_(table.c.person_id.in_(subject.person_ids), table.c.user_id.in_(subject.user_ids))


def _signed(table: Table, subject: Subject) -> ColumnElement[bool]:
    members = TABLES["plan_member"]
    return table.c.member_id.in_(select(members.c.id).where(_plan_members(members, subject)))


def _met(table: Table, subject: Subject) -> ColumnElement[bool]:
    columns = ("from_person_id", "to_person_id", "answered_by_id")
    return or_(*(table.c[name].in_(subject.person_ids) for name in columns))


OWNERS: dict[str, Callable[[Table, Subject], ColumnElement[bool]]] = {
    "person": _people,
    "person_email": _by_person,
    "person_word": _by_person,
    "membership": _by_person,
    "company_request": _by_person,
    "registration": _by_person,
    "registration_comment": _of_registrations,
    "session_sign_up": _of_registrations,
    "feedback_answer": _said,
    "course_interest": _by_person,
    "waiver": _by_person,
    "enrolment": _by_person,
    "attendance_interval": _attended,
    "roll_call": _of_enrolments,
    "assessment_attempt": _of_enrolments,
    "submission": _of_enrolments,
    "submission_piece": _recorded,
    "course_feedback": _of_enrolments,
    "certificate": _by_person,
    "counts_for": _by_person,
    "agenda_feed": _of_registrations,
    "speaker": _by_person,
    "proposal_speaker": _proposed,
    "proposal_review": _by_user,
    "speaker_away": _of_speakers,
    "speaker_task": _of_speakers,
    "agenda_picture": _pictures,
    "needs": _of_registrations,
    "answer": _of_registrations,
    "answer_file": _of_registrations,
    "answer_draft": _drafts,
    "decision_role": _by_user,
    "decision_feedback": _by_user,
    "decision_reopening": _by_user,
    "idea": _by_user,
    "idea_contributor": _by_user,
    "listing": _by_person,
    "meeting_request": _met,
    "invitation": _invitations,
    "invitation_batch": _invitation_lists,
    "consent": _by_person,
    "objection": _by_person,
    "user_account": _users,
    "user_grant": _by_user,
    "user_session": _by_user,
    "saved_filter": _by_user,
    "account_link": _links,
    "passkey": _by_user,
    "recovery_code": _by_user,
    "identity": _by_user,
    "territory": _by_user,
    "event_staff": _by_user,
    "outbox_mail": _mails,
    "import_row": _rows,
    "import_batch": _batches,
    "merge": _merges,
    "plan_member": _plan_members,
    "plan_signature": _signed,
    "audit_entry": _log,
}


def owned(name: str, subject: Subject) -> ColumnElement[bool]:
    """The condition of the person's own rows in that table; false where nothing is anybody's own."""
    return OWNERS[name](TABLES[name], subject) if name in OWNERS else false()


def others(name: str, subject: Subject) -> ColumnElement[bool]:
    """The condition of all other rows of that table, those without an owner among them."""
    return func.coalesce(owned(name, subject), false()) == false()


def mentions(name: str, column: str, subject: Subject) -> ColumnElement[bool]:
    """The condition of rows whose text may name the person: an address anywhere, a name only where the person belongs.

    Namesakes have the same name: a mail about an event that this person has nothing to do with is not touched.
    """
    table = TABLES[name]
    found = holds(table.c[column], subject.addresses, _dialect())
    if name == "registration_comment":
        here = select(Registration.id).where(Registration.event_id.in_(subject.event_ids))
        return or_(found, and_(table.c.registration_id.in_(here), holds(table.c[column], subject.names, _dialect())))
    if name != "outbox_mail":
        return found
    about = [f"event:{n}" for n in subject.event_ids] + [f"person:{n}" for n in subject.person_ids]
    return or_(found, and_(table.c.about.in_(about), _named(table.c[column], subject)))


def _named(column: Any, subject: Subject) -> ColumnElement[bool]:
    from_html = {name.replace("&", "&amp;").replace("'", "&#39;") for name in subject.names}
    return holds(column, subject.names | from_html, _dialect())
