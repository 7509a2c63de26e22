"""Lists of certificates: the organizer's of all, a company's of its people as they are now."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, case, false, func, literal, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import MAX_ID, db
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Choice, Column, Filter, Listing, Table
from eventapp.partners.company.queries import found_by, read_id
from eventapp.partners.models import (
    CALLED_FAMILY,
    CALLED_GIVEN,
    CALLED_SORT,
    IN_PROGRAMME,
    Membership,
    MembershipState,
    Organisation,
    Person,
)
from eventapp.partners.queries import company_matches, person_matches
from eventapp.training.certificates.queries import LIVE
from eventapp.training.certificates.rules import normal_code
from eventapp.training.models import (
    CERTIFICATE_LABELS,
    Certificate,
    CertificateState,
    Course,
    CourseVersion,
    Credential,
)

ENDS_WITHIN = (30, 90, 180)
OF = func.coalesce(CourseVersion.title, Credential.name, "")
CODE_OF = func.coalesce(Course.code, Credential.code, "")
LAST_DAY = func.coalesce(Certificate.expires_on, literal(date.max, Date()))
# The company that somebody belongs to now; of several the first.
COMPANY = (
    select(Organisation.name)
    .join(Membership, Membership.organisation_id == Organisation.id)
    .where(Membership.person_id == Certificate.person_id, Membership.state == MembershipState.ACTIVE, IN_PROGRAMME)
    .order_by(Membership.id)
    .limit(1)
    .correlate(Certificate)
    .scalar_subquery()
)


_COUNTED: Any = select(func.count(Certificate.id), func.count(Certificate.person_id.distinct()))


def _conditions(today: date) -> dict[CertificateState, ColumnElement[bool]]:
    """What each state means in SQL, as `rules.state_of` has it."""
    ended = and_(Certificate.expires_on.is_not(None), Certificate.expires_on < today)
    return {
        CertificateState.VALID: and_(*LIVE, ~ended),
        CertificateState.EXPIRED: and_(*LIVE, ended),
        CertificateState.REVOKED: Certificate.revoked_at.is_not(None),
        CertificateState.REPLACED: and_(Certificate.revoked_at.is_(None), Certificate.replaced_by_id.is_not(None)),
    }


def state_in_sql(today: date) -> ColumnElement[str]:
    """The state of a certificate that day, as its value."""
    found = _conditions(today)
    return case(*((condition, literal(state.value)) for state, condition in found.items()), else_=literal(""))


def _state_filter(today: date) -> Filter:
    choices = [(state.value, str(label), None) for state, label in CERTIFICATE_LABELS.items()]
    found = _conditions(today)
    return Filter("state", _("State"), choices, lambda values: or_(*(found[CertificateState(v)] for v in values)))


def _ending_filter(today: date) -> Filter:
    choices = [(str(days), ngettext("%(num)s day", "%(num)s days", days), None) for days in ENDS_WITHIN]

    def clause(values: list[str]) -> ColumnElement[bool]:
        last = today + timedelta(days=max(int(value) for value in values))
        return and_(*LIVE, Certificate.expires_on.between(today, last))

    return Filter("ends", _("Ends within"), choices, clause)


def _subject_choices() -> list[Choice]:
    courses = (
        select(Course.id, Course.code, func.max(CourseVersion.title))
        .join(CourseVersion, CourseVersion.course_id == Course.id)
        .where(CourseVersion.id.in_(select(Certificate.version_id)))
        .group_by(Course.id, Course.code)
        .order_by(Course.code)
    )
    credentials = select(Credential.id, Credential.name).order_by(Credential.name)
    return [
        *((f"v{id_}", f"{code} {title}", None) for id_, code, title in db.session.execute(courses)),
        *((f"c{id_}", name, None) for id_, name in db.session.execute(credentials)),
    ]


def _subject_filter() -> Filter:
    def clause(values: list[str]) -> ColumnElement[bool]:
        courses = [int(value[1:]) for value in values if value.startswith("v")]
        credentials = [int(value[1:]) for value in values if value.startswith("c")]
        return or_(CourseVersion.course_id.in_(courses), Certificate.credential_id.in_(credentials))

    return Filter("of", _("Course or credential"), _subject_choices(), clause)


def _search(text: str) -> ColumnElement[bool] | None:
    """By name or address of the person, by their company, or by the code."""
    at_company = select(Membership.person_id).where(Membership.state == MembershipState.ACTIVE)
    company = company_matches(Membership.organisation_id, text)
    person = person_matches(Certificate.person_id, text)
    return or_(
        Certificate.code == normal_code(text),
        person if person is not None else false(),
        Certificate.person_id.in_(at_company.where(company)) if company is not None else false(),
    )


def _from(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Certificate)
        .join(Person, Person.id == Certificate.person_id)
        .outerjoin(CourseVersion, CourseVersion.id == Certificate.version_id)
        .outerjoin(Course, Course.id == CourseVersion.course_id)
        .outerjoin(Credential, Credential.id == Certificate.credential_id)
    )


def _columns(name: Any, today: date) -> Sequence[Any]:
    return (
        Certificate.id,
        name.label("name"),
        OF.label("of"),
        CODE_OF.label("of_code"),
        Certificate.completed_on,
        Certificate.expires_on,
        Certificate.half_credits,
        state_in_sql(today).label("state"),
    )


def table(path: str, today: date) -> Table:
    """The organizer's list."""
    return Table(
        path=path,
        columns=[
            Column("name", _("Name"), Person.sort_key),
            Column("of", _("Course or credential"), OF),
            Column("company", _("Company")),
            Column("completed", _("Completed"), Certificate.completed_on),
            Column("expires", _("Valid until"), LAST_DAY),
            Column("state", _("State")),
        ],
        key=Certificate.id,
        default="-completed",
        filters=[_state_filter(today), _subject_filter(), _ending_filter(today)],
        search=_search,
        search_label=_("Name, e-mail, company or code"),
        kept=("company",),
    )


def of_company(args: MultiDict[str, str]) -> list[ColumnElement[bool]]:
    """The condition that the address asks for one company's people, by `company`, its id."""
    text = args.get("company", "")
    if not (text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= MAX_ID):
        return []
    own = select(Membership.person_id).where(Membership.organisation_id == int(text), Membership.state == MembershipState.ACTIVE)
    return [Certificate.person_id.in_(own)]


def page(_viewer: Viewer, path: str, args: MultiDict[str, str], today: date) -> Listing:
    """A page of all certificates, for the vendor's readers."""
    narrow = of_company(args)
    query = _from(select(*_columns(Certificate.name, today), Certificate.code, func.coalesce(COMPANY, "").label("company")))
    return table(path, today).page(query.where(*narrow), args, lambda found: _totals([*narrow, *found]))


def _totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    certificates, people = db.session.execute(_from(_COUNTED).where(*conditions)).one()
    return [
        (certificates, ngettext("certificate", "certificates", certificates)),
        (people, ngettext("person", "people", people)),
    ]


def ids(_viewer: Viewer, args: MultiDict[str, str], today: date, most: int) -> list[int]:
    """The ids of the certificates that the list shows with these arguments, at most so many."""
    conditions = [*table("", today).condition(args), *of_company(args)]
    query = _from(select(Certificate.id)).where(*conditions).order_by(Certificate.id).limit(most)
    return list(db.session.scalars(query))


def company_page(viewer: Viewer, path: str, args: MultiDict[str, str], today: date) -> Listing:
    """The certificates of the people who belong to the company acted for now, under the names that it knows."""
    company_id = read_id(viewer)
    own = (Membership.organisation_id == company_id, Membership.state == MembershipState.ACTIVE)
    counts = Certificate.replaced_by_id.is_(None)
    called = func.trim(CALLED_GIVEN + " " + CALLED_FAMILY)
    shown = Table(
        path=path,
        columns=[
            Column("name", _("Name"), CALLED_SORT),
            Column("of", _("Course or credential"), OF),
            Column("completed", _("Completed"), Certificate.completed_on),
            Column("expires", _("Valid until"), LAST_DAY),
            Column("state", _("State")),
        ],
        key=Certificate.id,
        default="name",
        filters=[_state_filter(today), _ending_filter(today)],
        search=lambda text: found_by(company_id, text),
        search_label=_("Name or address"),
    )

    def joined(query: Select[Any]) -> Select[Any]:
        return _from(query).join(Membership, Membership.person_id == Certificate.person_id).where(*own, counts)

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        certificates, people = db.session.execute(joined(_COUNTED).where(*conditions)).one()
        return [
            (certificates, ngettext("certificate", "certificates", certificates)),
            (people, ngettext("person", "people", people)),
        ]

    return shown.page(joined(select(*_columns(called, today))), args, totals)
