"""Saved filters of every list: the address `?filter=<id>` that opens one, the menu, saving, changing, deleting.

A list takes part by showing the macro `toolbar`; its own code knows nothing of this.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import RequestRedirect

from eventapp.accounts.audiences import visitors_roles
from eventapp.accounts.lists import queries, service
from eventapp.accounts.lists.forms import FilterForm
from eventapp.accounts.lists.models import SavedFilter
from eventapp.accounts.lists.same import list_of
from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.saving import CONSTRAINT_MESSAGES, saving
from eventapp.core.web.audiences import may_open, safe_target, signed_in

blueprint = Blueprint("lists", __name__)

CONSTRAINT_MESSAGES["uq_saved_filter_user_id_endpoint_name"] = CONSTRAINT_MESSAGES["saved_filter.user_id"] = (
    "name",
    _l("A filter of this name was saved at the same moment. Choose another name, or send this again."),
)


def for_vendor() -> bool:
    """Whether the visitor shares filters and has those of others: whoever works for the vendor, no company."""
    return bool(visitors_roles())


def init_lists(app: Flask) -> None:
    """Lets `?filter=<id>` open a list with what was saved, and the toolbar of a list know what there is."""

    @app.before_request
    def open_saved() -> ResponseReturnValue | None:
        if b"filter=" not in request.query_string:  # as for nearly every request
            return None
        asked = request.args.get("filter")
        if asked is None or request.method != "GET" or request.endpoint is None or not current_user.is_authenticated:
            return None
        if not (asked.isascii() and asked.isdigit() and len(asked) <= len(str(MAX_ID)) and 0 < int(asked) <= MAX_ID):
            abort(404)
        try:
            found = queries.saved_filter(current_user, list_of(request.endpoint), int(asked), for_vendor=for_vendor())
        except NotFoundError:
            abort(404)
        return redirect(f"{request.path}?{found.query}")

    app.jinja_env.globals["saved_filters"] = saved_filters


@dataclass(frozen=True)
class Menu:
    """What the menu of a list shows. `active` is the filter that stands in the address now."""

    own: list[SavedFilter]
    others: list[SavedFilter]
    active: SavedFilter | None
    path: str


def saved_filters(query: str) -> Menu | None:
    """The menu of the list shown, which looks for `query`; none for visitors who are not signed in."""
    if request.endpoint is None or request.method != "GET" or not current_user.is_authenticated:
        return None
    if "saved_filters" not in g:
        g.saved_filters = queries.of_list(current_user, list_of(request.endpoint), for_vendor=for_vendor())
    found: list[SavedFilter] = g.saved_filters
    shown = sorted(parse_qsl(query))
    own = [one for one in found if one.user_id == current_user.id]
    others = [one for one in found if one.user_id != current_user.id]
    active = next((one for one in found if sorted(parse_qsl(one.query)) == shown), None)
    return Menu(own, others, active, request.path)


@blueprint.route("/lists/filters/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    """Gives what a list shows a name."""
    path, query = request.values.get("path", ""), request.values.get("query", "")
    endpoint = list_at(path)
    if endpoint is None:
        abort(404)
    form, status = _form(), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            values = {"shared": _shared(form), "by": current_user, "at": now()}
            found = service.save(current_user, list_of(endpoint), form.name.data or "", query, **values)
            saved.location = f"{path}?filter={found.id}"
        if saved.ok:
            flash(_("Saved. You find it in the list under “Saved filters”."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    page = render_template(
        "accounts/lists/new.html", form=form, path=path, query=query, back=f"{path}?{query}", has_errors=form.refused
    )
    return page, status


@blueprint.route("/lists/filters/<id:filter_id>", methods=["GET", "POST"])
@signed_in
def edit(filter_id: int) -> ResponseReturnValue:
    """Renames a filter of one's own, shares it or takes it back."""
    found = _own(filter_id)
    form, status, back = _form(found), 200, _back(found)
    if form.validate_on_submit():
        with saving(form) as saved:
            service.change(found, name=form.name.data or "", shared=_shared(form), by=current_user, at=now())
            saved.location = back
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        found = _own(filter_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "accounts/lists/edit.html",
        form=form,
        found=found,
        path=request.values.get("path", ""),
        back=back,
        has_errors=form.refused,
    )
    return page, status


@blueprint.post("/lists/filters/<id:filter_id>/delete")
@signed_in
def delete(filter_id: int) -> ResponseReturnValue:
    """Deletes a filter of one's own."""
    found = _own(filter_id)
    back = _back(found)
    with saving(ActionForm()) as saved:
        service.delete(found, by=current_user, at=now())
        saved.location = back
    flash(*((_("Deleted."), "success") if saved.error is None else (saved.error.message, "danger")))
    return redirect(back)


def _form(found: SavedFilter | None = None) -> FilterForm:
    form = FilterForm(data={"name": found.name, "shared": found.shared} if found is not None else None)
    if not for_vendor():
        del form.shared
    return form


def _shared(form: FilterForm) -> bool:
    return "shared" in form and bool(form.shared.data)


def _own(filter_id: int) -> SavedFilter:
    try:
        return queries.own_filter(current_user, filter_id)
    except NotFoundError:
        abort(404)


def _back(found: SavedFilter) -> str:
    """The list that the visitor came from, if it is one that has this filter; else the first page."""
    path = request.values.get("path", "")
    endpoint = list_at(path)
    return path if endpoint is not None and list_of(endpoint) == found.endpoint else "/"


def list_at(path: str) -> str | None:
    """The view at that path of this site, if the visitor may open it."""
    if safe_target(path) is None or "?" in path or "#" in path:
        return None
    try:
        endpoint, _values = current_app.url_map.bind("localhost").match(path, method="GET")
    except (RequestRedirect, HTTPException):
        return None
    return str(endpoint) if may_open(endpoint) else None
