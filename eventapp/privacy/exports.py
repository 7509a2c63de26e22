"""All data of one person, found by the registry: for a readable page and as JSON."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from flask import Response
from sqlalchemy import Boolean, Date, false, func, literal_column, or_, select

from eventapp.core.db import UtcDateTime, db
from eventapp.core.i18n import _, _l
from eventapp.core.web.templates import day, short_moment
from eventapp.partners.models import Person
from eventapp.privacy.registry import MENTIONS, PERSONAL, SECRET, Way, acting
from eventapp.privacy.subjects import OWNERS, TABLES, Subject, about, mentions, others, owned, subject_of

TITLES: dict[str, Any] = {
    "person": _l("Person"),
    "person_email": _l("E-mail addresses"),
    "person_word": _l("Words under which you are found"),
    "membership": _l("Companies"),
    "company_request": _l("Companies asked to be added"),
    "registration": _l("Registrations"),
    "registration_comment": _l("Comments of the organizers"),
    "invitation": _l("Invitations"),
    "invitation_batch": _l("Lists of people to invite"),
    "session_sign_up": _l("Places in sessions"),
    "feedback_answer": _l("What you said about sessions"),
    "course_interest": _l("Courses of interest"),
    "waiver": _l("Courses taken without what they ask for"),
    "enrolment": _l("Courses"),
    "attendance_report": _l("Attendance reports imported"),
    "attendance_interval": _l("Attendance"),
    "roll_call": _l("Roll calls"),
    "assessment_attempt": _l("Assessments"),
    "submission": _l("Recordings handed in"),
    "submission_piece": _l("Recordings handed in, their content"),
    "course_feedback": _l("What you said about courses"),
    "certificate": _l("Certificates"),
    "counts_for": _l("The company you count for"),
    "agenda_feed": _l("Address of your private calendar"),
    "speaker": _l("As a speaker"),
    "proposal_speaker": _l("As a speaker whom a company proposed"),
    "proposal_review": _l("Reviews of proposals"),
    "session_proposal": _l("Sessions proposed"),
    "speaker_away": _l("Times at which you cannot speak"),
    "speaker_task": _l("What you still owe us as a speaker"),
    "agenda_picture": _l("Pictures of you as a speaker"),
    "agenda_import": _l("Schedules imported"),
    "agenda_release": _l("Releases of agendas"),
    "decision_role": _l("Parts in decisions"),
    "decision_feedback": _l("Feedback on decisions"),
    "decision_reopening": _l("Decisions asked to be reopened"),
    "idea": _l("Ideas and needs posted"),
    "idea_contributor": _l("Contributions to ideas"),
    "listing": _l("Entry in the directory of partners"),
    "meeting_request": _l("Meetings asked for"),
    "needs": _l("Food and access"),
    "answer": _l("Answers to questions of events"),
    "answer_file": _l("Files given as answers"),
    "answer_draft": _l("Forms to be finished later"),
    "consent": _l("Consents"),
    "objection": _l("Objection"),
    "user_account": _l("Login"),
    "user_grant": _l("Rights"),
    "user_session": _l("Devices signed in"),
    "saved_filter": _l("Saved filters"),
    "account_link": _l("Links in mails about the login"),
    "passkey": _l("Passkeys"),
    "recovery_code": _l("Recovery codes"),
    "identity": _l("Other sign-in services"),
    "territory": _l("Territory"),
    "event_staff": _l("Events helped with"),
    "outbox_mail": _l("Mails"),
    "import_row": _l("Rows of imported files"),
    "import_batch": _l("Files not yet imported"),
    "merge": _l("Merges"),
    "plan_member": _l("Teams of joint plans"),
    "plan_signature": _l("Signatures of joint plans"),
    "audit_entry": _l("Log"),
}
# The page leaves out what another field says in a readable way, the file has it.
ONLY_IN_FILE = frozenset(
    {
        "answer.value",
        "answer.special",
        "answer_draft.fields",
        "outbox_mail.html",
        "outbox_mail.calendar",
        "person.sort_key",
        "person_word.word",
    }
)
# Only the person, and whoever may see needs, gets them. What was said about a decision is for those who may read that one.
CONFIDENTIAL = frozenset({"needs", "decision_feedback", "decision_reopening"})
# The person alone, whoever else may see what: what partners say to each other is not even there for the vendor.
PRIVATE = frozenset({"meeting_request"})
HIDDEN = "•••"
ABOUT_OTHERS = "about_others"
# A link in a mail opens a registration, or a login.
LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Section:
    """Rows of one table: each a list of (label, value)."""

    title: str
    rows: list[list[tuple[str, str]]]


@dataclass(frozen=True)
class PersonData:
    """All that is kept about somebody: by table for the file, in sections for the page."""

    person_id: int
    name: str
    at: datetime
    tables: dict[str, list[dict[str, Any]]]
    elsewhere: list[dict[str, Any]]

    @property
    def sections(self) -> list[Section]:
        """The page."""
        found = []
        for name, rows in self.tables.items():
            shown = [
                [(_label(k), _text(v)) for k, v in row.items() if v not in (None, "", [], {}) and _on_page(name, k)]
                for row in rows
            ]
            if shown := [row for row in shown if row]:
                found.append(Section(str(TITLES[name]), shown))
        if self.elsewhere:
            lines = [
                (_("%(where)s, times: %(times)s", where=line["where"], times=line["times"]), line["as"])
                for line in self.elsewhere
            ]
            found.append(Section(_("Named in other rows"), [lines]))
        return found


def _on_page(table: str, column: str) -> bool:
    return f"{table}.{column}" not in ONLY_IN_FILE | SECRET


def _label(column: str) -> str:
    return column.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value is True or value is False:
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{_label(key)}: {_change(item)}" for key, item in value.items())
    if isinstance(value, datetime):
        return f"{short_moment(value)} UTC"
    return day(value) if isinstance(value, date) else str(value)


def _change(value: Any) -> str:
    """A value of the log: new, or old and new."""
    if isinstance(value, list) and len(value) == 2:
        return f"{_text(value[0]) or '–'} → {_text(value[1]) or '–'}"
    return _text(value)


def collect(person: Person, at: datetime, *, confidential: bool = True, private: bool = True) -> PersonData:
    """All data of the person. Without `confidential` it only says that there are needs, not which.

    Without `private` it leaves out what is between the person and other partners.
    """
    subject = subject_of(person)
    tables: dict[str, list[dict[str, Any]]] = {}
    for name in (one for one in OWNERS if private or one not in PRIVATE):
        columns = _columns(name)
        query = select(*columns.values()).where(owned(name, subject))
        if name == "audit_entry":
            columns[ABOUT_OTHERS] = literal_column("0")
            mine = or_(
                about(subject), TABLES[name].c.actor_user_id.in_(subject.user_ids), TABLES[name].c.actor.in_(subject.actors)
            )
            query = select(*list(columns.values())[:-1], func.coalesce(about(subject), false()) == false()).where(mine)
        for table, key in (("organisation", "organisation_id"), ("event", "event_id")):
            if key in TABLES[name].c and name != "audit_entry":
                query = query.outerjoin(TABLES[table], TABLES[table].c.id == TABLES[name].c[key])
        if name == "answer":
            query = _with_question(query)
        rows = [
            {key: _value(name, key, value, subject, confidential) for key, value in zip(_keys(name, columns), row, strict=True)}
            for row in db.session.execute(query.order_by(*TABLES[name].primary_key.columns))
        ]
        if rows:
            tables[name] = [_in_confidence(row, confidential) if name == "answer" else _of_me(row) for row in rows]
    return PersonData(person.id, person.full_name, at, tables, _elsewhere(subject))


def _keys(name: str, columns: dict[str, Any]) -> list[str]:
    return [*columns, "question", "special"] if name == "answer" else list(columns)


def _with_question(query: Any) -> Any:
    """Answers with their questions as they were asked, and whether these are special-category now."""
    question, asked, now = TABLES["question"], TABLES["question_version"], TABLES["question_version"].alias("question_now")
    answer = TABLES["answer"]
    return (
        query.join(asked, asked.c.id == answer.c.version_id)
        .join(question, question.c.id == answer.c.question_id)
        .join(now, (now.c.question_id == question.c.id) & (now.c.number == question.c.current))
        .add_columns(asked.c.label, now.c.special)
    )


def _in_confidence(row: dict[str, Any], confidential: bool) -> dict[str, Any]:
    """An answer; of special-category data, without `confidential`, only that there is one."""
    return {**row, "value": HIDDEN, "text": HIDDEN} if row["special"] and not confidential else row


def _of_me(row: dict[str, Any]) -> dict[str, Any]:
    """An entry of the log without whom it is about, if that is somebody else: that this person acted is all."""
    if row.pop(ABOUT_OTHERS, False):
        return {**row, "object_name": HIDDEN, "on_behalf": HIDDEN, "changes": HIDDEN}
    return row


def _columns(name: str) -> dict[str, Any]:
    """What is given out of a table: the personal columns, times, yes or no, kinds, and the names of company and event."""
    table = TABLES[name]
    found: dict[str, Any] = {}
    if name != "audit_entry":
        for other, key, label in (("organisation", "organisation_id", "name"), ("event", "event_id", "title")):
            if key in table.c:
                found[other] = TABLES[other].c[label]
    for column in table.c:
        plain = isinstance(column.type, UtcDateTime | Date | Boolean) or hasattr(column.type, "enums")
        if column.name in PERSONAL[name] or plain or (name, column.name) == ("audit_entry", "action"):
            found[column.name] = column
    return found


def _value(table: str, column: str, value: Any, subject: Subject, confidential: bool) -> Any:
    way = PERSONAL[table].get(column)
    if value in (None, "", [], {}):
        return value
    if f"{table}.{column}" in SECRET or (table in CONFIDENTIAL and way is not None and not confidential):
        return HIDDEN
    # Who else acted is another person.
    if way is Way.ACTOR or (table, column) in (("audit_entry", "actor"), ("registration", "registered_by")):
        return value if value in subject.actors or column == "registered_by" else HIDDEN
    if table == "outbox_mail" and isinstance(value, str):
        return LINK.sub(HIDDEN, value)
    return value.value if isinstance(value, Enum) else value


def _in_file(value: Any) -> Any:
    """Moments and days as JSON has them, in ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat()


def _elsewhere(subject: Subject) -> list[dict[str, Any]]:
    """Where else the person is named, without what stands beside it: that is about others."""
    found = []
    for name in PERSONAL:
        table = TABLES[name]
        for column in acting(name):
            acted = table.c[column].in_(subject.actors)
            query = select(table.c[column], func.count()).where(acted, others(name, subject)).group_by(table.c[column])
            found += [{"where": f"{name}.{column}", "as": who, "times": n} for who, n in db.session.execute(query)]
    for name, names in MENTIONS.items():
        query = select(func.count()).select_from(TABLES[name])
        query = query.where(or_(*(mentions(name, column, subject) for column in names)), others(name, subject))
        if times := db.session.scalar(query):
            found.append({"where": name, "as": subject.terms[0], "times": times})
    return found


def as_file(found: PersonData, at: datetime) -> Response:
    """The JSON file, to download."""
    content = {
        "person": found.person_id,
        "at": at.isoformat(timespec="seconds"),
        "data": found.tables,
        "named_in": found.elsewhere,
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, default=_in_file)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="person_{found.person_id}_{at:%Y-%m-%dT%H%MZ}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response
