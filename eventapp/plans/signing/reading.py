"""A frozen version in words: its content as both sides read it before they sign, and what differs from another one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from eventapp.core.i18n import _
from eventapp.core.times import day_text
from eventapp.plans import models
from eventapp.plans.content.lines import KINDS
from eventapp.plans.forms import MONTHS, PlanForm
from eventapp.plans.models import PLAN_FUNCTION_LABELS, MemberFunction, PlanMember, SectionKind, Side
from eventapp.plans.permissions import Standing, reads_confidential
from eventapp.plans.signing.rules import Change, difference

# Choices by the name of their field; where kinds of rows use the same name, by kind as well.
LABELS: dict[str, Mapping[Any, Any]] = {
    "quadrant": models.QUADRANT_LABELS,
    "category": models.OBJECTIVE_CATEGORY_LABELS,
    "unit": models.OBJECTIVE_UNIT_LABELS,
    "direction": models.DIRECTION_LABELS,
    "roll_up": models.ROLL_UP_LABELS,
    "source": models.ACTUAL_SOURCE_LABELS,
    "value_for": models.VALUE_FOR_LABELS,
    "layer": models.GOVERNANCE_LAYER_LABELS,
    "cadence": models.CADENCE_LABELS,
    "initiatives.kind": models.INITIATIVE_KIND_LABELS,
    "resources.kind": models.RESOURCE_KIND_LABELS,
}
PEOPLE = frozenset({"owner_a_id", "owner_b_id", "owner_id", "member_id"})
SIDES = frozenset({"side", "for_side"})


def masked(content: Mapping[str, Any], standing: Standing) -> dict[str, Any]:
    """The content as the reader may see it: of confidential accounts that are not theirs only that there are some."""

    def hides(row: Mapping[str, Any]) -> bool:
        return bool(row.get("confidential")) and not reads_confidential(standing, (row["owner_a_id"], row["owner_b_id"]))

    def mask(row: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"id": row["id"], "customer": _("Confidential account")} if hides(row) else row

    sections = [{**one, "rows": [mask(row) for row in one["rows"]]} if "rows" in one else one for one in content["sections"]]
    return {**content, "sections": sections}


_RowsById = Mapping[tuple[str, int], Mapping[str, Any]]
# Says what stands in a field of a row, by the kind of its section.
Say = Callable[[SectionKind, Mapping[str, Any], str], str]


class Words:
    """Says what stands in a content, with what people and sides are called."""

    def __init__(self, people: Mapping[int, PlanMember], names: Mapping[Side, str]) -> None:
        self.people, self.names = people, names

    def team(self, content: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
        """Side, name, function, and whether they sign, of everybody in the team then."""
        return [
            (
                self.names[Side(one["side"])],
                self.name(one["member"]),
                str(PLAN_FUNCTION_LABELS[MemberFunction(one["function"])]),
                one["signatory"],
            )
            for one in content["team"]
        ]

    def name(self, member_id: Any) -> str:
        """What a member is called."""
        member = self.people.get(int(member_id))
        return member.name if member is not None else f"#{member_id}"

    def _title(self, kind: SectionKind, row: Mapping[str, Any]) -> str:
        """What a row is called: by its first field that says something."""
        names = KINDS[kind].form().names() if kind in KINDS else list(row)
        return next((self.value(kind, name, row[name]) for name in names if row.get(name) not in (None, "", False)), "–")

    def value(self, kind: SectionKind | None, name: str, value: Any) -> str:
        """A value of a field in words."""
        if value in (None, ""):
            return ""
        if kind is None and (text := _fact(name, value)):
            return text
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if name in PEOPLE:
            return self.name(value)
        if name in SIDES:
            return self.names[Side(value)]
        labels = LABELS.get(f"{kind}.{name}") or LABELS.get(name)
        if labels is not None:
            return str(next((text for one, text in labels.items() if one.value == value), value))
        return str(value)

    def changes(
        self, old: Mapping[str, Any], new: Mapping[str, Any], *, before: Say | None = None, after: Say | None = None
    ) -> list[tuple[str, str, str]]:
        """What differs, for the macro `changes`: where, before, now.

        `before` and `after` say what stands in the rows of each content, which know their units.
        """
        return list(self._changes(old, new, (before, after)))

    def _changes(
        self, old: Mapping[str, Any], new: Mapping[str, Any], says: tuple[Say | None, Say | None]
    ) -> Iterator[tuple[str, str, str]]:
        kinds = {one["key"]: (SectionKind(one["kind"]), one["title"]) for one in (*old["sections"], *new["sections"])}
        was, now = _rows(old), _rows(new)
        for one in difference(old, new):
            yield self._where(one, kinds, {**was, **now}), *self._both(one, kinds, tuple(zip(says, (was, now), strict=True)))

    def _both(self, one: Change, kinds: Mapping[str, Any], sources: Iterable[tuple[Say | None, _RowsById]]) -> tuple[str, str]:
        people = {"team": self._role, "delegations": self._delegation}.get(one.section)
        if people is not None:
            return people(one.old), people(one.new)
        kind = kinds.get(one.section, (None, ""))[0]
        found = []
        for value, (say, rows) in zip((one.old, one.new), sources, strict=True):
            row = rows.get((one.section, one.row_id or 0))
            found.append(say(kind, row, one.field) if say is not None and row is not None else self.value(kind, one.field, value))
        return found[0], found[1]

    def _role(self, cell: Sequence[Any] | None) -> str:
        """What somebody does in a team, and whether they sign."""
        if cell is None:
            return ""
        side, function, signs = cell
        words = [self.names[Side(side)], str(PLAN_FUNCTION_LABELS[MemberFunction(function)])]
        return ", ".join([*words, _("signs")] if signs else words)

    def _delegation(self, cell: Sequence[Any] | None) -> str:
        """Who signs for a sponsor, in the sponsor's words."""
        return "" if cell is None else f"{self.name(cell[0])}: {cell[1]}"

    def delegations(self, content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Which sponsor, who signs for them, and in which words, of each delegation in a content."""
        return [(self.name(one["sponsor"]), self.name(one["delegate"]), one["text"]) for one in content.get("delegations", ())]

    def _where(self, one: Change, kinds: Mapping[str, Any], rows: Mapping[tuple[str, int], Any]) -> str:
        if one.section == "team":
            return _("Team: %(name)s", name=self.name(one.field))
        if one.section == "delegations":
            return _("Signs for %(name)s", name=self.name(one.field))
        kind, title = kinds.get(one.section, (None, _("Plan")))
        parts = [title]
        if one.row_id is not None and kind is not None:
            parts.append(self._title(kind, rows[one.section, one.row_id]))
        return " · ".join([*parts, label(kind, one.field)])


def _rows(content: Mapping[str, Any]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """The rows of a content by the key of their section and their number."""
    return {(one["key"], row["id"]): row for one in content["sections"] for row in one.get("rows", [])}


def _fact(name: str, value: Any) -> str:
    """A fact of the plan itself in words; empty for one that is said like any other field."""
    if name in ("period_start", "period_end"):
        return day_text(date.fromisoformat(value))
    if name == "fiscal_start":
        return str(MONTHS[value - 1])
    return ""


def label(kind: SectionKind | None, name: str) -> str:
    """What a field is called, as in its form."""
    form = PlanForm if kind is None else KINDS[kind].form if kind in KINDS else None
    if form is not None:
        unbound: Any = getattr(form, name, None)
        if unbound is not None:
            return str(unbound.args[0])
    return name.replace("_", " ").capitalize()
