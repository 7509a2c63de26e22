"""The night of the programme: every company judged by every rule, each person holding a certificate."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select

from bench import data
from bench.figures import Figure
from bench.measures import Bench, _child
from eventapp import create_app
from eventapp.core.db import db, transaction
from eventapp.partners.models import Person, Tier
from eventapp.training.models import Certificate, Credential, CredentialKind, ProgrammeRule, RuleCredential

KINDS = (CredentialKind.TECHNICAL, CredentialKind.SALES)


def compliance(bench: Bench) -> Iterator[Figure]:
    """Evaluating all companies, against reading the same certificates and writing the same verdicts; memory, and the pages."""
    database = bench.engine.new("compliance")
    sizes = bench.sizes
    data.generate(database, companies=sizes.companies, people=sizes.people, registrations=0)
    app = create_app(database.settings())
    with app.app_context():
        with transaction():
            _certify(datetime.now(UTC))
        db.session.remove()
    took = _child(database.environ(), "compliance")
    name = f"programme over {sizes.companies:,} companies, {sizes.people:,} people"
    note = f"{took['verdicts']:,.0f} verdicts, {took['statements']:,.0f} statements"
    yield Figure(f"{name}, the night", bench.kind, took["seconds"], "s", at_most=10, note=note)
    floor_is = "certificates and memberships read, verdicts written, nothing judged"
    yield Figure(f"{name}, beside its rows", bench.kind, took["seconds"], "s", took["floor"], floor_is, at_most=6)
    yield Figure(f"{name}, memory on top", bench.kind, took["MB"], "MB", at_most=60, note="beside the application as it starts")
    yield Figure(f"{name}, a changed rule tried out", bench.kind, took["simulated"], "s", at_most=5)
    page = "/admin/training/programme/"
    shown = _child(database.environ(), "pages", data.ORGANIZER, page)
    yield Figure("page of the programme", bench.kind, shown[page], "ms", note="median of 30, server side")


def _certify(at: datetime) -> None:
    """A certificate for each person, every seventh of them ending soon; two rules for each tier."""
    today = at.date()
    credentials = [Credential(code=kind.value, name=kind.value, kind=kind) for kind in KINDS]
    db.session.add_all(credentials)
    db.session.flush()
    for tier in db.session.scalars(select(Tier.key)).all():
        for credential, people in zip(credentials, (2, 1), strict=True):
            rule = ProgrammeRule(tier_key=tier, name=f"{tier} {credential.name}", people_min=people, created_at=at)
            db.session.add(rule)
            db.session.flush()
            db.session.add(RuleCredential(rule_id=rule.id, credential_id=credential.id))
    people = db.session.scalars(select(Person.id).order_by(Person.id)).all()
    rows = [_row(n, person_id, credentials[n % 3 == 0].id, today, at) for n, person_id in enumerate(people)]
    db.session.execute(insert(Certificate), rows)


def _row(n: int, person_id: int, credential_id: int, today: date, at: datetime) -> dict[str, object]:
    return {
        "code": f"{n:012}",
        "person_id": person_id,
        "credential_id": credential_id,
        "name": "Bench",
        "completed_on": today - timedelta(days=400),
        "expires_on": today + timedelta(days=30 if n % 7 == 0 else 400),
        "issued_at": at,
        "issued_by": "bench",
        "salt": "",
    }
