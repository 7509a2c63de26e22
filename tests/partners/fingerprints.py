"""Fingerprints of the partner list as it stands in the database; `about.fingerprints` of expected.json says how."""

import hashlib
from collections import defaultdict

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.imports.parsing import TYPE_NAMES
from eventapp.partners.models import (
    TYPE_GROUPS,
    EmailDomain,
    Identifier,
    Membership,
    MembershipRole,
    MissingSupplier,
    Organisation,
    OrganisationType,
    Person,
    PersonEmail,
    Relationship,
    Tier,
)

GROUP_OF = {kind: group for group, kinds in TYPE_GROUPS.items() for kind in kinds}


def digest(values: dict[str, str]) -> str:
    lines = sorted(f"{key}\t{value}\n".encode() for key, value in values.items())
    return hashlib.sha256(b"".join(lines)).hexdigest()


def of_partners(refused: dict[str, list[str]]) -> dict[str, str]:
    """`refused` are claims to free-mail domains: the fingerprint counts them, the database does not hold them."""
    tiers = {row.key: row.label for row in db.session.execute(select(Tier.key, Tier.label))}
    companies = db.session.scalars(select(Organisation)).all()
    keys = {o.id: o.programme_id for o in companies}
    numbers = {(i.organisation_id, i.scheme.value): i.value for i in db.session.scalars(select(Identifier))}
    domains = defaultdict(list)
    for owner, domain in db.session.execute(select(EmailDomain.organisation_id, EmailDomain.domain)):
        domains[keys[owner]].append(domain)
    for domain, owners in refused.items():
        for key in owners:
            domains[key].append(domain)
    types = defaultdict(list)
    for row in db.session.scalars(select(OrganisationType)):
        types[row.organisation_id].append(TYPE_NAMES[row.type.value])
    suppliers = defaultdict(list)
    for from_id, to_id in db.session.execute(select(Relationship.from_id, Relationship.to_id)):
        suppliers[to_id].append(keys[from_id])
    for row in db.session.scalars(select(MissingSupplier)):
        suppliers[row.organisation_id].append(row.programme_id)
    columns = {
        "account_name": lambda o: o.name,
        "type": lambda o: GROUP_OF[o.primary_type],
        "other_types": lambda o: ",".join(sorted(types[o.id])),
        "tier": lambda o: tiers.get(o.tier_key, "none"),
        "country": lambda o: o.country_code,
        "city": lambda o: o.city,
        "vat_id": lambda o: numbers.get((o.id, "vat"), ""),
        "duns": lambda o: numbers.get((o.id, "duns"), ""),
        "email_domains": lambda o: ",".join(sorted(domains[o.programme_id])),
        "partner_since": lambda o: o.partner_since.isoformat() if o.partner_since else "",
        "status": lambda o: o.status.value.title(),
        "partner_manager": lambda o: o.partner_manager,
        "parent_account": lambda o: o.parent_name,
        "supplied_by": lambda o: ",".join(sorted(suppliers[o.id])),
        "employees": lambda o: "" if o.employees is None else str(o.employees),
        "crm_id": lambda o: numbers.get((o.id, "crm"), ""),
        "notes": lambda o: o.notes,
    }
    return {name: digest({o.programme_id: show(o) for o in companies}) for name, show in columns.items()}


def of_people() -> dict[str, str]:
    addresses = {row.person_id: row.address for row in db.session.execute(select(PersonEmail.person_id, PersonEmail.address))}
    people = db.session.scalars(select(Person)).all()
    members: dict[int, list[Membership]] = defaultdict(list)
    for member in db.session.scalars(select(Membership).order_by(Membership.id)):
        members[member.person_id].append(member)
    keys = {row.id: row.programme_id for row in db.session.execute(select(Organisation.id, Organisation.programme_id))}
    columns = {
        "given_name": lambda p: p.given_name,
        "family_name": lambda p: p.family_name,
        "badge_name": lambda p: p.badge_name,
        "job_title": lambda p: members[p.id][0].job_title,
        "function": lambda p: members[p.id][0].function.value.title(),
        "phone": lambda p: p.phone,
        "language": lambda p: p.language,
        "time_zone": lambda p: p.time_zone,
        "programme_id": lambda p: keys[members[p.id][0].organisation_id],
        "org_admin": lambda p: "yes" if members[p.id][0].role is MembershipRole.ADMIN else "no",
    }
    return {name: digest({addresses[p.id]: show(p) for p in people}) for name, show in columns.items()}
