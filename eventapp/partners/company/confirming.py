"""Behind the link in the mail to somebody whom a company has entered: only they say whether they belong to it."""

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public
from eventapp.partners.company import queries, service
from eventapp.partners.models import Membership, MembershipState

blueprint = Blueprint("company_confirming", __name__)

LINK_DAYS = 30


def link(membership: Membership) -> str:
    """The address of the page on which the person says whether they belong to the company. Good for 30 days."""
    return absolute("company_confirming.show", token=token_of(membership))


def token_of(membership: Membership) -> str:
    """The secret of that page's address."""
    return str(_serializer().dumps([membership.id, _moment(membership)]))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="company-entered")


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.route("/colleague/<token:token>", methods=["GET", "POST"])
@public
def show(token: str) -> ResponseReturnValue:
    """Asks whether one belongs to the company, and takes the answer. Mail scanners open links, so a GET changes nothing."""
    membership_id, moment = _read(token)
    membership, person, company = queries.entered_by_link(membership_id)
    if _moment(membership) != moment:
        # SQLite gives the id of a row that is gone to the next one.
        raise NotFoundError(token)
    form, is_open = ActionForm(), membership.state is MembershipState.REQUESTED
    status = 200
    if is_open and form.validate_on_submit():
        yes, by = "yes" in request.form, NamedActor(f"{membership.given_name} {membership.family_name} (by link)")
        with saving(form) as saved:
            if yes:
                service.confirm(membership, person, by=by, at=now())
            else:
                service.take_back(membership, by=by, at=now())
            saved.location = request.path if yes else url_for("overview.home")
        if saved.ok:
            if not yes:
                flash(_("You were taken out. %(company)s learns nothing else of you.", company=company.name), "success")
            return redirect(saved.location)
        status = saved.status
    page = render_template(
        "partners/company/confirm.html", company=company.name, address=membership.address, form=form, is_open=is_open
    )
    return page, status


def _moment(membership: Membership) -> str:
    """When the company entered the person: of several entries a link belongs to one."""
    return membership.requested_at.isoformat() if membership.requested_at is not None else ""


def _read(token: str) -> tuple[int, str]:
    try:
        membership_id, moment = _serializer().loads(token, max_age=LINK_DAYS * 86400)
    except (BadData, ValueError, TypeError) as error:
        raise NotFoundError(token) from error
    return int(membership_id), str(moment)
