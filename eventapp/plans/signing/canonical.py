"""What is signed, as bytes that anybody can hash again.

The rule, which stands with every downloaded version: JSON (RFC 8259) in UTF-8, keys sorted by code point, no blanks, text
not escaped beyond what JSON demands, no floating-point numbers: amounts are texts with a point and two decimals at most,
days are ISO 8601. The hash is SHA-256 over these bytes, so `sha256sum FILE` of the download gives it.

Organisations and people stand in it by their numbers. What a member was called is there as SHA-256 over the salt and the
name; the salt is known to both teams, and goes when somebody is erased.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans import queries
from eventapp.plans.content.editing import LINES
from eventapp.plans.content.merging import plain
from eventapp.plans.models import Plan, PlanDelegation, PlanMember, PlanSection

FORMAT = "eventapp-plan/1"


def content_of(plan: Plan) -> dict[str, Any]:
    """What the plan says at this moment, as far as it is signed."""
    team = sorted(queries.team(plan), key=lambda one: one.id)
    return {
        "format": FORMAT,
        "code": plan.code,
        "kind": plan.kind.value,
        "sides": {"a": plan.side_a_id, "b": plan.side_b_id},
        **{name: plain(getattr(plan, name)) for name in plan.fields if name not in plan.unsigned},
        "small_partner": plan.small_reason,
        "team": [_member(one) for one in team],
        "delegations": _delegations(plan, {one.id for one in team}),
        "sections": [_section(one) for one in queries.sections(plan)],
    }


def canonical(content: Mapping[str, Any]) -> str:
    """The content as the text whose UTF-8 bytes are hashed."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def name_hash(member: PlanMember) -> str:
    """What says who a member is without saying their name."""
    return hashlib.sha256(f"{member.name_salt}{member.name}".encode()).hexdigest()


def _member(one: PlanMember) -> dict[str, Any]:
    facts = {"side": one.side.value, "function": one.function.value, "signatory": one.signatory}
    return {"member": one.id, "name_sha256": name_hash(one), **facts}


def _delegations(plan: Plan, team: Collection[int]) -> list[dict[str, Any]]:
    """Those that hold between people who are in the team."""
    query = select(PlanDelegation).where(PlanDelegation.plan_id == plan.id, PlanDelegation.ended_at.is_(None))
    rows = db.session.scalars(query.order_by(PlanDelegation.id))
    there = [one for one in rows if one.sponsor_id in team and one.delegate_id in team]
    return [{"sponsor": one.sponsor_id, "delegate": one.delegate_id, "text": one.text} for one in there]


def _section(section: PlanSection) -> dict[str, Any]:
    found: dict[str, Any] = {"key": section.key, "kind": section.kind.value, "title": section.title}
    model: Any = LINES.get(section.kind)
    if model is None:
        return {**found, "text": section.text}
    rows = db.session.scalars(select(model).where(model.section_id == section.id).order_by(model.position, model.id))
    signed = [name for name in model.fields if name not in model.unsigned]
    return {**found, "rows": [{"id": row.id, **{name: plain(getattr(row, name)) for name in signed}} for row in rows]}
