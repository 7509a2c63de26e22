"""What the log calls acts on companies, people and imports, and where those are found."""

from collections.abc import Collection, Mapping

from flask import url_for
from sqlalchemy import select

from eventapp.audit.words import Thing, declare_acts, declare_fields, declare_kind
from eventapp.core.db import db
from eventapp.core.i18n import _l
from eventapp.core.web.audiences import may_open
from eventapp.partners.models import ImportBatch, Membership, MembershipState, Organisation, Person


def _companies(ids: Collection[int]) -> Mapping[int, Thing]:
    rows = db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    may = may_open("partners_admin.show")
    return {id_: Thing(name, url_for("partners_admin.show", organisation_id=id_) if may else "") for id_, name in rows}


def _people(ids: Collection[int]) -> Mapping[int, Thing]:
    """People with the page of their latest membership."""
    query = (
        select(Person.id, Person.given_name, Person.family_name, Membership.id, Membership.organisation_id)
        .outerjoin(Membership, (Membership.person_id == Person.id) & (Membership.state == MembershipState.ACTIVE))
        .where(Person.id.in_(ids))
        .order_by(Membership.id)
    )
    may, found = may_open("partners_admin.edit_person"), {}
    for id_, given, family, membership, company in db.session.execute(query):
        url = ""
        if may and membership is not None:
            url = url_for("partners_admin.edit_person", organisation_id=company, membership_id=membership)
        found[id_] = Thing(f"{given} {family}".strip(), url)
    return found


def _imports(ids: Collection[int]) -> Mapping[int, Thing]:
    rows = db.session.execute(select(ImportBatch.id, ImportBatch.file_name).where(ImportBatch.id.in_(ids)))
    may = may_open("imports_admin.show")
    return {id_: Thing(name, url_for("imports_admin.show", batch_id=id_) if may else "") for id_, name in rows}


declare_acts(
    "company",
    _l("Companies"),
    {
        "create": _l("Added a company"),
        "change": _l("Changed a company"),
        "profile": _l("Changed the company profile"),
        "auto_join": _l("Changed how colleagues join"),
    },
    visible={
        "create": (),
        "change": ("name", "city", "website", "tier_key", "status", "domains"),
        "profile": ("name", "city", "website", "phone", "about", "language", "time_zone"),
        "auto_join": ("auto_join",),
    },
)
declare_acts(
    "person",
    _l("People"),
    {
        "add": _l("Added a person"),
        "accept": _l("Accepted a person"),
        "change": _l("Changed a person"),
        "invite": _l("Invited a person to sign in"),
        "link": _l("Tied a login to a person"),
    },
    visible={"add": ("address", "role", "state"), "accept": ("state",), "invite": ("address",), "change": ()},
)
declare_acts(
    "membership",
    _l("Memberships"),
    {
        "ask": _l("Asked to join a company"),
        "wish": _l("Asked to look after a company"),
        "join": _l("Joined a company"),
        "accept": _l("Accepted a request to join"),
        "decline": _l("Declined a request to join"),
        "withdraw": _l("Withdrew a request to join"),
        "take_back": _l("Took back somebody who had not confirmed"),
        "change": _l("Changed a membership"),
        "end": _l("Ended a membership"),
        "appoint": _l("Made somebody an admin"),
        "step_down": _l("Took the admin role away"),
        "undo": _l("Took a decision back"),
    },
    visible={
        "ask": ("state",),
        "wish": ("state",),
        "join": ("state",),
        "accept": ("state", "role"),
        "decline": ("state",),
        "withdraw": ("state",),
        "take_back": ("state",),
        "change": ("role", "job_title", "function"),
        "end": ("state", "reason"),
        "appoint": ("role",),
        "step_down": ("role",),
    },
)
declare_acts(
    "company_request",
    _l("New companies"),
    {
        "tell": _l("Told of a new company"),
        "withdraw": _l("Withdrew a new company"),
        "add": _l("Added a company as asked"),
        "found": _l("Found the company that was asked for"),
        "decline": _l("Declined a new company"),
        "undo": _l("Took a decision back"),
    },
)
declare_acts(
    "import",
    _l("Imports"),
    {
        "apply": _l("Imported a file"),
        "undo": _l("Took an import back"),
        "decide": _l("Said which company a name in a file means"),
        "forget_decisions": _l("Took decisions about names in a file back"),
    },
)
declare_fields(
    address=_l("E-mail"),
    auto_join=_l("Colleagues join at once"),
    country_code=_l("Country"),
    domains=_l("E-mail domains"),
    employees=_l("Employees"),
    function=_l("Function"),
    job_title=_l("Job title"),
    kind=_l("Kind"),
    other_types=_l("Other types"),
    partner_manager=_l("Partner manager"),
    primary_type=_l("Type"),
    programme_id=_l("Programme ID"),
    put_back=_l("Put back"),
    state=_l("State"),
    suppliers=_l("Suppliers"),
    tier_key=_l("Tier"),
)
declare_kind("organisation", _l("Company"), _companies)
declare_kind("person", _l("Person"), _people)
declare_kind("import", _l("Import"), _imports)
declare_kind("company_request", _l("New company"))
declare_acts(
    "territory",
    _l("Territories"),
    {"added": _l("Added to a territory"), "removed": _l("Took out of a territory")},
)
declare_acts(
    "relationship",
    _l("Connections of companies"),
    {"add": _l("Connected two companies"), "end": _l("Ended a connection between companies")},
)
