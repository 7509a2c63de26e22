"""A form's whole life in a view: shown, refused with everything typed still there, or carried out once."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from eventapp.core.errors import StaleError
from eventapp.core.forms import Form
from eventapp.core.i18n import _
from eventapp.core.saving import saving


def version_in(form: Any, otherwise: int = 0) -> int:
    """Which version of the row the form was opened with; `otherwise`, which no row has, for anything that is none."""
    # A number is what the row itself says: the form was sent without its version.
    text = form.version.data if isinstance(form.version.data, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def carry_out(
    form: Form, act: Callable[[], str], show: Callable[[bool], str], *, said: Callable[[], str] | None = None
) -> ResponseReturnValue:
    """A form's whole life: shown, refused with 409 or 422 and everything typed still there, or carried out once.

    `act` does the work and returns where the answer stands; `show` makes the page, and is told whether somebody else saved
    meanwhile. `said` is what is flashed when it worked.
    """
    status, stale = 200, False
    if form.validate_on_submit():
        with saving(form) as saved:
            saved.location = act()
        if saved.ok:
            flash(said() if said else _("Saved."), "success")
            return redirect(saved.location)
        status, stale = saved.status, isinstance(saved.error, StaleError)
    elif request.method == "POST":
        status = 422
    return show(stale), status


def carry_out_at_once(form: Form, act: Callable[[], Any], back: str, said: str = "") -> ResponseReturnValue:
    """A button: carried out, or refused in words, and back to the page that it stands on."""
    with saving(form) as saved:
        act()
        saved.location = back
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif said:
        flash(said, "success")
    return redirect(back)
