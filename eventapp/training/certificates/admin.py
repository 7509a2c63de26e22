"""The organizer's pages of certificates: the list, one of them, issuing by hand, what becomes of it, many at once."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events.models import EventFormat
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.training.certificates import (
    changing,
    exports,
    issuing,
    listing,
    noticing,  # noqa: F401 - registers the job that sends notices
    printing,
    queries,
)
from eventapp.training.certificates import files as documents
from eventapp.training.certificates.forms import IssueForm, NameForm, RevokeForm
from eventapp.training.certificates.issuing import ByHand
from eventapp.training.certificates.rules import shown_code, state_of
from eventapp.training.certificates.verifying import TONES
from eventapp.training.models import CERTIFICATE_LABELS, Certificate, CertificateState, CourseVersion, Credential
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("certificates_admin", __name__)
FORMATS = [(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")]
# As many as one ZIP holds, and as one click writes to.
MOST = 2000


@blueprint.get("/admin/training/certificates/")
@reader
def index() -> str:
    """All certificates."""
    return render_template(
        "training/certificates/admin/index.html",
        subnav=training_tabs("certificates"),
        listing=listing.page(viewer(), url_for(".index"), request.args, now().date()),
        formats=FORMATS,
        state_tones=TONES,
        labels=CERTIFICATE_LABELS,
        form=ActionForm(),
    )


@blueprint.get("/admin/training/certificates/<id:certificate_id>")
@reader
def show(certificate_id: int) -> str:
    """One certificate: what stands on it, why it was issued, what became of it."""
    certificate = queries.by_id(viewer(), certificate_id)
    state = state_of(certificate, now().date())
    return render_template(
        "training/certificates/admin/show.html",
        subnav=training_tabs("certificates"),
        certificate=certificate,
        successor=queries.successor_of(certificate),
        title=printing.title_of(certificate),
        version=printing.code_and_version(certificate),
        facts=printing.facts_of(certificate),
        code=shown_code(certificate.code),
        state=state,
        tone=TONES[state],
        label=CERTIFICATE_LABELS[state],
        counts=state in (CertificateState.VALID, CertificateState.EXPIRED),
    )


@blueprint.get("/admin/training/certificates/<id:certificate_id>/pdf")
@reader
def pdf(certificate_id: int) -> Response:
    """The certificate on paper."""
    return documents.pdf(queries.by_id(viewer(), certificate_id), now().date())


def _choice(form: IssueForm) -> CourseVersion | Credential:
    """What the certificate is of. Its ids come out of the form's own choices."""
    versions, credentials = queries.subjects()
    found: dict[str, CourseVersion | Credential] = {f"v{version.id}": version for version in versions}
    found.update({f"c{credential.id}": credential for credential in credentials})
    return found[form.of.data]


@blueprint.route("/admin/training/certificates/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """Issues a certificate by hand."""
    form = IssueForm().offering(*queries.subjects())

    def act() -> str:
        person = partners.person_by_address(form.who.data or "")
        if person is None:
            raise RuleError(_("Nobody in the list of people has this address."), "who", 422)
        details = ByHand(
            of=_choice(form),
            name=form.name.data or "",
            completed_on=form.completed_on.data,
            minutes=form.minutes.data or 0,
            mode=EventFormat(form.mode.data),
            reason=form.reason.data or "",
            expires_on=form.expires_on.data,
        )
        issued = issuing.by_hand(person, details, by=current_user, at=now())
        return url_for(".show", certificate_id=issued.certificates[0].id)

    def page(_stale: bool) -> str:
        tabs = training_tabs("certificates")
        return render_template("training/certificates/admin/new.html", form=form, subnav=tabs, has_errors=form.refused)

    return carry_out(form, act, page, said=lambda: _("Issued, and sent to the person."))


@blueprint.route("/admin/training/certificates/<id:certificate_id>/revoke", methods=["GET", "POST"])
@organizer
def revoke(certificate_id: int) -> ResponseReturnValue:
    """Revokes a certificate."""
    certificate = queries.by_id(viewer(), certificate_id)
    form = RevokeForm(data={"version": certificate.version})
    gone: list[Certificate] = []

    def act() -> str:
        reason = form.reason.data or ""
        gone.extend(changing.revoke(certificate_id, reason, version=version_in(form), by=current_user, at=now()))
        return url_for(".show", certificate_id=certificate_id)

    def said() -> str:
        others = len(gone) - 1
        if others < 1:
            return _("Revoked, and the person was told.")
        return ngettext(
            "Revoked with %(num)s credential that stood on it, and the person was told.",
            "Revoked with %(num)s credentials that stood on it, and the person was told.",
            others,
        )

    return carry_out(form, act, lambda stale: _form_page("revoke", certificate_id, form, stale), said=said)


@blueprint.route("/admin/training/certificates/<id:certificate_id>/replace", methods=["GET", "POST"])
@organizer
def replace(certificate_id: int) -> ResponseReturnValue:
    """Replaces a certificate by one with another spelling of the name."""
    certificate = queries.by_id(viewer(), certificate_id)
    form = NameForm(data={"name": certificate.name, "version": certificate.version})

    def act() -> str:
        name = form.name.data or ""
        made = changing.replace(certificate_id, name, version=version_in(form), by=current_user, at=now())
        return url_for(".show", certificate_id=made.id)

    def page(stale: bool) -> str:
        return _form_page("replace", certificate_id, form, stale)

    return carry_out(form, act, page, said=lambda: _("Replaced, and sent to the person."))


def _form_page(name: str, certificate_id: int, form: Any, stale: bool) -> str:
    certificate = queries.by_id(viewer(), certificate_id)
    if stale:
        form.version.data = str(certificate.version)
    values = {"certificate": certificate, "title": printing.title_of(certificate), "form": form, "has_errors": form.refused}
    values["subnav"] = training_tabs("certificates")
    if name == "revoke":
        return render_template("training/certificates/admin/revoke.html", **values)
    return render_template("training/certificates/admin/replace.html", **values)


@blueprint.post("/admin/training/certificates/<id:certificate_id>/restore")
@organizer
def restore(certificate_id: int) -> ResponseReturnValue:
    """Takes a revocation back."""
    queries.by_id(viewer(), certificate_id)
    back = url_for(".show", certificate_id=certificate_id)
    text = _("It counts again.")
    return carry_out_at_once(ActionForm(), lambda: changing.restore(certificate_id, by=current_user, at=now()), back, text)


@blueprint.post("/admin/training/certificates/<id:certificate_id>/resend")
@organizer
def resend(certificate_id: int) -> ResponseReturnValue:
    """Sends a certificate once more."""
    queries.by_id(viewer(), certificate_id)
    with saving(ActionForm()) as saved:
        sent = changing.resend(queries.chosen([certificate_id]), by=current_user, at=now())
        saved.location = url_for(".show", certificate_id=certificate_id)
    flash(_("It is on its way.") if sent else _("There is nobody to write to."), "success" if sent else "warning")
    return redirect(saved.location)


@blueprint.post("/admin/training/certificates/bulk")
@organizer
def bulk() -> ResponseReturnValue:
    """Downloads or sends again the ticked certificates, or all that the list shows."""
    chosen, at = _chosen(), now()
    back = url_for(".index") + (f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else "")
    if not chosen:
        flash(_("Tick certificates, or take all that the list shows."), "warning")
        return redirect(back)
    if request.form.get("act") == "zip":
        with saving():
            _record_download("zip", len(chosen))
        return documents.zipped(chosen, at.date(), f"certificates-{at:%Y-%m-%dT%H%MZ}")
    with saving(ActionForm()) as saved:
        people = changing.resend(queries.chosen(chosen), by=current_user, at=at)
        saved.location = back
    flash(ngettext("Sent to %(num)s person.", "Sent to %(num)s people.", people), "success" if people else "warning")
    return redirect(back)


def _chosen() -> list[int]:
    if "everything" in request.form:
        return listing.ids(viewer(), request.args, now().date(), MOST)
    found = request.form.getlist("ids")[:MOST]
    ids = [int(one) for one in found if one.isascii() and one.isdigit() and len(one) < 11 and int(one) <= MAX_ID]
    return [one.id for one in queries.chosen(ids)]


def _record_download(name: str, number: int) -> None:
    changes = {"format": name, "certificates": number, "filter": request.query_string.decode("ascii", "replace")[:500]}
    record("certificates.download", by=current_user, at=now(), object_type="certificate", object_id=None, changes=changes)


@blueprint.post("/admin/training/certificates/export")
@reader
def export() -> ResponseReturnValue:
    """Gives what the list shows, a row for each certificate; the download stands in the log."""
    name, at = asked_format(), now()
    today = at.date()
    conditions = [*listing.table("", today).condition(request.args), *listing.of_company(request.args)]
    with saving():
        changes = {"format": name, "filter": request.query_string.decode("ascii", "replace")[:500]}
        record("certificates.export", by=current_user, at=at, object_type="certificate", object_id=None, changes=changes)
    return table_file(
        exports.rows(conditions, today),
        exports.columns(today),
        name,
        of="training",
        content="certificates",
        title=_("Certificates"),
        zone="UTC",
        at=at,
    )
