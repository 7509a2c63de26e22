"""Whether every stored version still is what was signed."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans.models import Plan, PlanSignature, PlanVersion
from eventapp.plans.signing.canonical import digest


def changed_versions(_at: datetime) -> Iterator[str]:
    """Versions whose content does not have its hash, and signatures under another hash than their version's."""
    query = select(Plan.code, PlanVersion.major, PlanVersion.minor, PlanVersion.content, PlanVersion.content_hash)
    query = query.join(Plan, Plan.id == PlanVersion.plan_id).order_by(PlanVersion.id).execution_options(yield_per=100)
    for code, major, minor, content, content_hash in db.session.execute(query):
        if digest(content) != content_hash:
            yield f"{code}: the content of version {major}.{minor} does not have its hash"
    signed = select(Plan.code, PlanSignature.id).join(Plan, Plan.id == PlanSignature.plan_id)
    signed = signed.join(PlanVersion, PlanVersion.id == PlanSignature.version_id).order_by(PlanSignature.id)
    for code, signature_id in db.session.execute(signed.where(PlanSignature.content_hash != PlanVersion.content_hash)):
        yield f"{code}: signature {signature_id} is under another hash than its version"
