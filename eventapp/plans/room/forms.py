"""Forms of the room."""

from typing import Any

from wtforms import HiddenField

from eventapp.core.forms import Form


class MoveOnForm(Form):
    """Moves the agenda on from the part that was under way when the button was shown; none before the first."""

    version = HiddenField()


class AttendForm(Form):
    """Somebody is here, or has gone."""

    member = HiddenField()


def number_in(field: Any) -> int | None:
    """The id in a hidden field; none for anything that is none."""
    text = field.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
