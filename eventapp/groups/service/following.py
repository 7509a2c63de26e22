"""What becomes of places when registrations change: free at once where somebody takes part no more; whoever comes instead
inherits the place if the rules hold for them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.groups import queries
from eventapp.groups.models import GroupPlace, GroupRule, GroupRuleMember, GroupSet, GroupTold
from eventapp.groups.rules.checking import harms
from eventapp.groups.rules.words import group_label, when_text
from eventapp.groups.service.log import record_person
from eventapp.groups.service.seating import seat
from eventapp.registrations import hooks
from eventapp.registrations.models import Registration

_UNSYNCHRONISED = {"synchronize_session": False}


def follow(registrations: Sequence[Registration], person: bool, by: Actor, at: datetime) -> None:
    """Frees the places of registrations that take part no more, or whose new person a rule does not allow to sit there.

    `person`: somebody else comes; what was pinned, told or ruled for the former person does not hold for them. The caller
    holds the lock of the event.
    """
    ids = [registration.id for registration in registrations]
    if person:
        _forget(ids)
    seated: dict[int, list[int]] = defaultdict(list)
    sets: dict[int, GroupSet] = {}
    for found, registration_id, _group_id in queries.of_registrations(ids):
        sets[found.id] = found
        seated[found.id].append(registration_id)
    by_id = {registration.id: registration for registration in registrations}
    for set_id, here in seated.items():
        found = sets[set_id]
        staying = set(queries.taking_part(found, here))
        if person:
            staying = {guest for guest in staying if not _harms(found, guest)}
        leaving = [guest for guest in here if guest not in staying]
        seat(found, dict.fromkeys(leaving), at=at)
        for guest in leaving:
            record_person("groups.free", found, by_id[guest], by, at, {})


def _forget(ids: Sequence[int]) -> None:
    for statement in (
        delete(GroupTold).where(GroupTold.registration_id.in_(ids)),
        delete(GroupRuleMember).where(GroupRuleMember.registration_id.in_(ids)),
        update(GroupPlace).where(GroupPlace.registration_id.in_(ids), GroupPlace.pinned).values(pinned=False),
    ):
        db.session.execute(statement, execution_options=_UNSYNCHRONISED)
    about_nobody = GroupRule.id.not_in(select(GroupRuleMember.rule_id))
    db.session.execute(delete(GroupRule).where(about_nobody), execution_options=_UNSYNCHRONISED)


def _harms(found: GroupSet, guest: int) -> bool:
    taking = queries.taking(found, queries.groups_of(found), set(), anew=True)
    return harms(taking.facts, guest, taking.places)


def own_lines(registration: Registration) -> list[tuple[Any, str]]:
    """What stands on the registration's own page: where the person sits, once that was announced."""
    lines = []
    for found, group in queries.announced_places(registration.id):
        parts = (group_label(found.kind, group.number, group.name), found.place, when_text(found, registration.event.time_zone))
        lines.append((found.name, " · ".join(part for part in parts if part)))
    return lines


hooks.CHANGED.append(follow)
hooks.FURTHER.append(own_lines)
