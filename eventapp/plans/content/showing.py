"""How a conflict is shown: what was typed stays, what stands there now beside it, and what only others changed anew."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from eventapp.core.forms import Form
from eventapp.core.i18n import _
from eventapp.plans.content.merging import ConflictError, Plain
from eventapp.plans.models import PlanMember


class Met:
    """Remembers a conflict that passes by on its way to the form: `with met: editing.change(…)`."""

    error: ConflictError | None = None

    def __enter__(self) -> "Met":
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        if isinstance(error, ConflictError):
            self.error = error


def watching() -> Met:
    """A new one for a request."""
    return Met()


def show_conflict(form: Form, met: Met, row: Any, people: Mapping[int, PlanMember]) -> None:
    """Puts what others wrote beside what was typed; sent again, the form then says what shall hold."""
    if met.error is None:
        return
    for name, value, member_id in met.error.theirs:
        field: Any = form[name]
        who = people[member_id].name if member_id is not None else _("Somebody")
        text = _("%(name)s has written: %(text)s", name=who, text=_in_words(field, value))
        field.errors = [*field.errors, text]
    for name in met.error.left:
        field = form[name]
        field.data, field.raw_data = getattr(row, name), None
    version: Any = form["version"]
    version.data, version.raw_data = str(row.version), None


def _in_words(field: Any, value: Plain) -> str:
    """A value as the field would show it: choices by their label."""
    if value in (None, ""):
        return _("nothing")
    if hasattr(field, "iter_choices"):
        return next((str(one.label) for one in field.iter_choices() if str(one.value) == str(value)), str(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
