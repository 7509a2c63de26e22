"""The organizer's pages about mail: what was sent to whom, what is stuck and why."""

import re
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ColumnElement, func, or_, select

from eventapp.audit import words
from eventapp.audit.words import Thing
from eventapp.core.clock import now
from eventapp.core.db import after_commit, db
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.saving import saving
from eventapp.core.tables import Column, Filter, Table
from eventapp.core.web.audiences import audience, belongs_to, may_open
from eventapp.core.web.carrying import carry_out_at_once
from eventapp.mail import (
    queries,
    sender,  # noqa: F401 - registers the job that sends
    service,
)
from eventapp.mail.models import MailState, OutboxMail

blueprint = Blueprint("mail_admin", __name__)
organizer, reader = audience("organizer"), audience("reader")

STATES = {
    MailState.QUEUED: ("wait", _l("Waiting")),
    MailState.SENDING: ("info", _l("Being sent")),
    MailState.SENT: ("ok", _l("Sent")),
    MailState.FAILED: ("bad", _l("Failed")),
}
STUCK = "stuck"
# Mails of these kinds may carry a link that is as good as a password.
ABOUT_LOGINS = "accounts."
_LINK = re.compile(r"https?://[^\s<>]+")
_FOLD = re.compile(r"\r?\n[ \t]")


@blueprint.record_once
def _setup(state: BlueprintSetupState) -> None:
    """Lets the banner over the organizer's pages ask how many mails are stuck."""
    state.app.extensions["stuck_mail"] = stuck_mail


def stuck_mail() -> int:
    """How many mails are stuck, asked for once in a request."""
    if "stuck_mail" not in g:
        g.stuck_mail = queries.stuck(now(), confidential=_confidential())
    found: int = g.stuck_mail
    return found


def _table() -> Table:
    choices = [*((state.value, str(label), None) for state, (_tone, label) in STATES.items()), (STUCK, _("Stuck"), None)]
    return Table(
        path=url_for(".index"),
        always=queries.readable(_confidential()),
        columns=[
            Column("written", _("Written (UTC)"), OutboxMail.created_at.expression),
            Column("to", _("To")),
            Column("subject", _("Subject")),
            Column("state", _("State")),
        ],
        key=OutboxMail.id.expression,
        default="-written",
        filters=[Filter("state", _("State"), choices, _in_states), *_of_event(request.args.get("about", ""))],
        search=queries.matches,
        search_label=_("Name, address or subject"),
    )


def _of_event(asked: str) -> list[Filter]:
    """The filter by the event that the address names, as an event's own pages do."""
    number = asked.removeprefix("event:")
    if number == asked or not (number.isascii() and number.isdigit() and len(number) < 10):
        return []
    named = words.find("event", [int(number)]).get(int(number))
    return [Filter("about", _("Event"), [(asked, named.name, None)], OutboxMail.about.in_)] if named else []


def _in_states(values: list[str]) -> ColumnElement[bool]:
    states = [MailState(value) for value in values if value != STUCK]
    return or_(OutboxMail.state.in_(states), queries.is_stuck(now())) if STUCK in values else OutboxMail.state.in_(states)


def _totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    count = db.session.scalar(select(func.count(OutboxMail.id)).where(*conditions)) or 0
    return [(count, _("mails") if count != 1 else _("mail"))]


@blueprint.get("/admin/mail/")
@reader
def index() -> ResponseReturnValue:
    """Every mail, the newest first."""
    columns: Any = select(
        OutboxMail.id,
        OutboxMail.created_at,
        OutboxMail.to_name,
        OutboxMail.to_address,
        OutboxMail.subject,
        OutboxMail.state,
        OutboxMail.attempts,
        OutboxMail.error,
    )
    listing = _table().page(columns, request.args, _totals)
    may_act = may_open("mail_admin.send_failed")
    return render_template(
        "mail/admin/index.html",
        listing=listing,
        states=STATES,
        failed=queries.unsent_after_a_try(now(), confidential=_confidential()) if may_act else 0,
        form=ActionForm(),
        **_where_mail_goes(),
    )


@blueprint.get("/admin/mail/<id:mail_id>")
@reader
def show(mail_id: int) -> ResponseReturnValue:
    """One mail: its text, its state and why it is stuck."""
    mail = queries.mail(mail_id, confidential=_confidential())
    may_act = may_open("mail_admin.send")
    # Where mails go nowhere else, this page is how the product is tried.
    with_links = may_act and not _goes_out()
    return render_template(
        "mail/admin/show.html",
        mail=mail,
        text=mail.text if with_links else _without_links(mail.text),
        # Unfolded: else the end of a long link would stay on the next line.
        calendar=mail.calendar if with_links else _without_links(_FOLD.sub("", mail.calendar or "")),
        may_act=may_act,
        with_links=with_links,
        state=STATES[mail.state],
        secret=_is_secret(mail),
        about=_about(mail),
        form=ActionForm(),
        **_where_mail_goes(),
    )


@blueprint.post("/admin/mail/<id:mail_id>/send")
@organizer
def send(mail_id: int) -> ResponseReturnValue:
    """Sends a mail again: a failed one as it is, a sent one as a new mail."""
    mail = queries.mail(mail_id, confidential=_confidential())
    form = ActionForm()
    if form.validate_on_submit():
        with saving(form) as saved:
            row = service.send_again(mail, now())
            db.session.flush()
            saved.location = url_for(".show", mail_id=row.id)
        if saved.ok:
            flash(_("The mail is on its way."), "success")
            return redirect(saved.location)
        if saved.error is not None:
            flash(saved.error.message, "danger")
    return redirect(url_for(".show", mail_id=mail_id))


@blueprint.post("/admin/mail/send-failed")
@organizer
def send_failed() -> ResponseReturnValue:
    """Sends all mails at once that were tried in vain, as after an outage of the mail server."""

    def act() -> None:
        number = service.send_all_failed(confidential=_confidential(), by=current_user, at=now())
        said = ngettext("%(num)s mail is on its way.", "%(num)s mails are on their way.", number)
        after_commit(lambda: flash(said, "success"))

    return carry_out_at_once(ActionForm(), act, url_for(".index"))


def _confidential() -> bool:
    return belongs_to("confidential_reader")


def _without_links(text: str) -> str:
    """The text for everybody but its receiver: a link is the right to act as that person and to see their answers."""
    return _LINK.sub(_("(link)"), text)


def _about(mail: OutboxMail) -> Thing:
    """What the mail is about, by its name and with its page where there is one; else by its kind and number."""
    kind, _colon, number = mail.about.rpartition(":")
    if not kind or not (number.isascii() and number.isdigit() and len(number) < 10):
        return Thing(mail.about, "")
    return words.find(kind, [int(number)]).get(int(number)) or Thing(f"{words.kind_label(kind)} {number}", "")


def _is_secret(mail: OutboxMail) -> bool:
    """Whether the text may hold a link that opens somebody's login; shown only where mails go nowhere else."""
    return mail.kind.startswith(ABOUT_LOGINS) and _goes_out()


def _goes_out() -> bool:
    """Whether this may be more than a trial: in production, or with a mail server."""
    return current_app.config["PRODUCTION"] or bool(_where_mail_goes()["mail_server"])


def _where_mail_goes() -> dict[str, str]:
    settings = current_app.config["SETTINGS"]
    return {"mail_server": (settings.mail_url and "yes") or "", "mail_folder": str(settings.instance / "mail")}
