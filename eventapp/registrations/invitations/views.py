"""The personal link `/i/<token>`: what one is invited to, and the ways to answer. No account needed.

A GET never writes, and programs that look through mails open every link in them. So that somebody has seen the page is
told by a small script of ours, with a POST (`opened`); everything beyond it is a button that a person presses.
"""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm, Form
from eventapp.core.i18n import _
from eventapp.core.saving import Saved, saving
from eventapp.core.web.audiences import public
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.registrations import choices
from eventapp.registrations.address_links import sign
from eventapp.registrations.invitations import answering, queries, rules
from eventapp.registrations.invitations.forms import DeclineForm, DeputyForm
from eventapp.registrations.invitations.models import OPEN, Invitation

blueprint = Blueprint("event_invitations", __name__)


@blueprint.after_request
def keep_secret(response: Response) -> Response:
    """The address is the secret: it must not travel on as a referrer, nor be indexed."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/i/<token:token>")
@public
def show(token: str) -> str:
    """Event, who invites whom to it, and the ways to answer."""
    return _page(queries.by_token(token))


def _page(invitation: Invitation) -> str:
    event, at = invitation.event, now()
    blockers = rules.blockers(invitation, event, at)
    return render_template(
        "registrations/invitations/show.html",
        invitation=invitation,
        event=event,
        blockers=blockers,
        company=invitation.organisation,
        has_company=not blockers and (invitation.of_company or _has_company(invitation)),
        speaks_for_company=_speaks_for(invitation),
        undecided=invitation.state in OPEN,
        form=ActionForm(),
    )


def _has_company(invitation: Invitation) -> bool:
    """Whether there is a company to come for: of the address, named by the organizer, or named by the person."""
    person = partners.person_by_address(invitation.address)
    found = choices.companies_for(invitation.address, person)
    return bool(found or invitation.organisation is not None or choices.claim_of(person))


def _speaks_for(invitation: Invitation) -> bool:
    """Whether the visitor is signed in as an admin of the invited company, and acts for it."""
    return invitation.of_company and invitation.organisation_id in viewer().company_ids


def _actor(invitation: Invitation) -> NamedActor:
    return NamedActor(f"{invitation.full_name or invitation.address} (by link)")


@blueprint.post("/i/<token:token>/opened")
@public
def opened(token: str) -> ResponseReturnValue:
    """Our script says that a browser shows the page. Whatever could fake that gains nothing but this word in a list."""
    invitation = queries.by_token(token)
    with saving():
        answering.note_opened(invitation, at=now())
    return "", 204


@blueprint.post("/i/<token:token>/register")
@public
def start(token: str) -> ResponseReturnValue:
    """On to the form: a person to the form for one, with the address proven; an admin to the company's."""
    invitation = queries.by_token(token)
    here = url_for(".show", token=token)
    if invitation.of_company and not _speaks_for(invitation):
        return _not_the_admin(here)
    by = viewer().user if invitation.of_company else _actor(invitation)
    with saving(ActionForm()) as saved:
        answering.start(invitation, by=by or _actor(invitation), at=now())
        saved.location = _form_of(invitation)
    return _answer(saved, here)


def _form_of(invitation: Invitation) -> str:
    event = invitation.event
    if invitation.of_company:
        return url_for("registrations.new", slug=event.slug)
    return url_for("registrations.verify", slug=event.slug, token=sign(event, invitation.address))


def _not_the_admin(here: str) -> ResponseReturnValue:
    """A forwarded link to a company's invitation gives nobody the right to answer for it."""
    if viewer().user is None:
        return redirect(url_for("security.login", next=here))
    flash(_("Only the company's admin can answer, and only while acting for this company."), "danger")
    return redirect(here)


def _answer(saved: Saved, here: str) -> ResponseReturnValue:
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(here)
    return redirect(saved.location)


@blueprint.route("/i/<token:token>/decline", methods=["GET", "POST"])
@public
def decline(token: str) -> ResponseReturnValue:
    """Says no, with a reason or without."""
    invitation = queries.by_token(token)
    here = url_for(".show", token=token)
    if invitation.of_company and not _speaks_for(invitation):
        return _not_the_admin(here)
    form = DeclineForm()
    status = 200
    if form.validate_on_submit():
        by = viewer().user if invitation.of_company else _actor(invitation)
        with saving(form) as saved:
            answering.decline(invitation, form.reason.data or "", by=by or _actor(invitation), at=now())
            saved.location = here
        if saved.ok:
            flash(_("Thank you for telling us."), "success")
            return redirect(saved.location)
        status = saved.status
        invitation = queries.by_token(token)
    elif request.method == "POST":
        status = 422
    return _form_page("decline", invitation, form, status)


@blueprint.route("/i/<token:token>/deputy", methods=["GET", "POST"])
@public
def delegate(token: str) -> ResponseReturnValue:
    """Names a colleague who comes instead. The deputy gets an own link, and this one is void."""
    invitation = queries.by_token(token)
    form = DeputyForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            answering.delegate(
                invitation,
                form.given_name.data,
                form.family_name.data,
                form.address.data,
                form.reason.data,
                by=_actor(invitation),
                at=now(),
            )
            saved.location = url_for(".show", token=token)
        if saved.ok:
            flash(_("Passed on. Your deputy gets a mail with a link of their own."), "success")
            return redirect(saved.location)
        status = saved.status
        invitation = queries.by_token(token)
    elif request.method == "POST":
        status = 422
    return _form_page("delegate", invitation, form, status)


PAGES = {
    "decline": "registrations/invitations/decline.html",
    "delegate": "registrations/invitations/delegate.html",
}


def _form_page(name: str, invitation: Invitation, form: Form, status: int) -> ResponseReturnValue:
    """The page of a form; instead of it the invitation's own page once that cannot be answered any more."""
    if rules.blockers(invitation, invitation.event, now()):
        return _page(invitation), status if request.method == "POST" else 200
    page = render_template(
        PAGES[name],
        invitation=invitation,
        event=invitation.event,
        company=invitation.organisation,
        form=form,
        back=url_for(".show", token=invitation.token),
        has_errors=form.refused,
    )
    return page, status
