"""Automatic placing: seen before it is done, done once, and taken back."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.groups import queries
from eventapp.groups.models import Group, GroupPlacing, GroupSet
from eventapp.groups.permissions import may_ask_needs
from eventapp.groups.rules.checking import Problem, problems
from eventapp.groups.rules.facts import Facts, pairs
from eventapp.groups.rules.placing import place
from eventapp.groups.service.log import record_act
from eventapp.groups.service.seating import hold, seat


@dataclass(frozen=True)
class Draft:
    """A placing that was thought of: who would sit where, what it would not fulfil, who is meant by which rule, and what
    tells whether it still holds."""

    facts: Facts
    before: dict[int, int]
    after: dict[int, int]
    problems: list[Problem]
    names: dict[int, list[str]]
    fingerprint: str

    @property
    def moved(self) -> list[tuple[int, int | None, int | None]]:
        """Whom it moves: registration, group before, group after."""
        guests = sorted({*self.before, *self.after})
        found = [(guest, self.before.get(guest), self.after.get(guest)) for guest in guests]
        return [line for line in found if line[1] != line[2]]

    @property
    def pairs(self) -> int:
        """How many pairs of one company would sit in the same group."""
        return pairs(self.after, self.facts.companies())

    @property
    def sizes(self) -> Counter[int]:
        """How many people each group would have."""
        return Counter(self.after.values())


def draft(viewer: Viewer, event: Event, found: GroupSet, *, anew: bool, seed: int) -> Draft:
    """What automatic placing would do now: of those without a place or, `anew`, of everybody who is not pinned.

    Raises RuleError if everybody is to be placed anew by rules of which the viewer may not know enough.
    """
    if anew and found.near_door and not may_ask_needs(viewer):
        raise RuleError(
            _(
                "People with access needs sit near the door here. Only who may know of these needs (the role Catering) can place"
                " everybody anew; or turn that rule off."
            )
        )
    taking = queries.taking(found, queries.groups_of(found), queries.needing_door(viewer, event, found), anew=anew)
    after = place(taking.facts, seed)
    return Draft(taking.facts, taking.places, after, problems(taking.facts, after), taking.names, taking.facts.fingerprint())


def apply(
    viewer: Viewer, event: Event, found: GroupSet, *, anew: bool, seed: int, fingerprint: str, by: Actor, at: datetime
) -> Draft:
    """Places people as the preview with that fingerprint showed. Raises RuleError if something has changed since."""
    hold(found)
    made = draft(viewer, event, found, anew=anew, seed=seed)
    if made.fingerprint != fingerprint:
        raise RuleError(_("People, groups or rules have changed since this was shown. Look again, then place."))
    seat(found, {guest: after for guest, _before, after in made.moved}, at=at)
    _keep(found, made, by, at)
    changes = {"people": len(made.moved), "anew": anew, "unplaced": len(made.facts.guests) - len(made.after)}
    record_act("groups.place", found, by, at, changes)
    return made


def _keep(found: GroupSet, made: Draft, by: Actor, at: datetime) -> None:
    row = db.session.get(GroupPlacing, found.id, populate_existing=True)
    if row is None:
        row = GroupPlacing(set_id=found.id)
        db.session.add(row)
    row.at, row.by, row.undone_at = at, by.actor_name[:254], None
    row.moved = [list(line) for line in made.moved]
    db.session.flush()


def undo(found: GroupSet, *, by: Actor, at: datetime) -> tuple[int, int]:
    """Takes the last automatic placing back: whoever still sits where it put them. Returns how many went back, and how
    many stay: moved by hand since, gone, or their old place is taken.

    Raises RuleError if there is none to take back.
    """
    hold(found)
    last = db.session.get(GroupPlacing, found.id, populate_existing=True)
    if last is None or last.undone_at is not None:
        raise RuleError(_("There is no automatic placing to take back."))
    here = queries.placed_ids(found)
    groups = {one.id: one for one in queries.groups_of(found)}
    taking = set(queries.taking_part(found, [line[0] for line in last.moved]))
    back = {
        guest: before
        for guest, before, after in last.moved
        if here.get(guest) == after and (before is None or (before in groups and guest in taking))
    }
    _fit(back, here, groups)
    seat(found, back, at=at)
    last.undone_at = at
    db.session.flush()
    stay = len(last.moved) - len(back)
    record_act("groups.undo_placing", found, by, at, {"people": len(back), "stay": stay})
    return len(back), stay


def _fit(back: dict[int, int | None], here: dict[int, int], groups: dict[int, Group]) -> None:
    """Leaves those where they are whose old group has no room any more, even when all others have gone back."""
    while True:
        after = Counter({**here, **back}.values())
        full = next((g for g, one in groups.items() if one.pool.capacity is not None and after[g] > one.pool.capacity), None)
        staying = next((guest for guest, group in reversed(back.items()) if group == full), None) if full is not None else None
        if staying is None:
            return
        del back[staying]
