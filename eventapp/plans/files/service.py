"""Keeping and removing files. Who may is said by what they belong to."""

import secrets
from datetime import datetime
from typing import IO

from sqlalchemy import func, select

from eventapp.agenda.content.materials import BEGINS
from eventapp.agenda.content.materials import read as read_file
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.files.queries import Owner, owned
from eventapp.plans.files.rules import takes_files
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanAction, PlanFile, PlanMember

MOST_FILES = 10
# Besides documents also what a phone or a scanner makes of a receipt; like all others it is saved, never shown.
TAKEN = {**BEGINS, "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}


def read(file_name: str | None, stream: IO[bytes]) -> tuple[str, bytes]:
    """Name and contents of an upload. Raises RuleError unless it is of a type that we take, and small enough."""
    return read_file(file_name, stream, TAKEN)


def keep(plan: Plan, owner: Owner, found: tuple[str, bytes], *, member: PlanMember, by: Actor, at: datetime) -> PlanFile:
    """Keeps what `read` has found. Raises RuleError beyond MOST_FILES, and if it is not the time (`takes_files`)."""
    plan = queries.lock(plan)
    _check(plan, owner)
    count = db.session.scalar(select(func.count()).select_from(PlanFile).where(owned(owner))) or 0
    if count >= MOST_FILES:
        raise RuleError(_("%(number)s files are enough.", number=MOST_FILES), "file")
    name, content = found
    belongs = {"action_id": owner.id} if isinstance(owner, PlanAction) else {"claim_id": owner.id}
    made = PlanFile(
        plan_id=plan.id,
        key=secrets.token_urlsafe(18),
        name=name,
        type=name.rpartition(".")[2].lower()[:20],
        content=content,
        member_id=member.id,
        uploaded_at=at,
        **belongs,
    )
    db.session.add(made)
    db.session.flush()
    record("plans.add_file", by=by, at=at, **about(plan), changes={"side": member.side})
    return made


def remove(plan: Plan, owner: Owner, file: PlanFile, *, member: PlanMember, by: Actor, at: datetime) -> None:
    """Deletes a file for good. Raises RuleError if it is not the time (`takes_files`)."""
    plan = queries.lock(plan)
    _check(plan, owner)
    db.session.delete(file)
    db.session.flush()
    record("plans.remove_file", by=by, at=at, **about(plan), changes={"side": member.side})


def _check(plan: Plan, owner: Owner) -> None:
    db.session.refresh(owner)
    if not takes_files(plan, owner):
        raise RuleError(_("Files are not added or removed here any more."))
