"""One's own certificates, for whoever is signed in."""

from collections.abc import Callable

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.audit.service import Actor
from eventapp.core.clock import now
from eventapp.core.i18n import _, language_name
from eventapp.core.web.audiences import signed_in
from eventapp.core.web.carrying import carry_out, version_in
from eventapp.partners.audiences import viewer
from eventapp.partners.models import Person
from eventapp.training.assessing.queries import own_courses
from eventapp.training.certificates import changing, files, printing, queries
from eventapp.training.certificates.forms import NameForm
from eventapp.training.certificates.rules import shown_code, state_of
from eventapp.training.certificates.verifying import TONES
from eventapp.training.enrolling.listing import TONES as ENROLMENT_TONES
from eventapp.training.models import CERTIFICATE_LABELS, ENROLMENT_LABELS, Certificate

blueprint = Blueprint("my_training", __name__)


@blueprint.get("/my/training")
@signed_in
def index() -> str:
    """One's transcript: all that one has completed, and what it is worth today."""
    own = queries.of_person(queries.own_id(viewer()))
    today = now().date()
    return render_template(
        "training/certificates/mine.html",
        certificates=[(one, state_of(one, today), printing.title_of(one), printing.code_and_version(one)) for one in own],
        half_credits=sum(one.half_credits for one in own if one.revoked_at is None),
        credits_text=printing.credits_text,
        state_tones=TONES,
        labels=CERTIFICATE_LABELS,
        shown_code=shown_code,
        known=queries.own_id(viewer()) is not None,
        courses=own_courses(viewer(), now()),
        states=ENROLMENT_LABELS,
        enrolment_tones=ENROLMENT_TONES,
        language_name=language_name,
    )


@blueprint.get("/my/training/transcript.pdf")
@signed_in
def transcript() -> Response:
    """The same on paper."""
    person = queries.person(queries.own_id(viewer()))
    return files.transcript(_name(person), queries.of_person(person.id), now().date())


def _name(person: Person) -> str:
    """The name that the newest certificate bears, which the person may have corrected; else that in the list of people."""
    own = queries.of_person(person.id)
    return own[0].name if own else person.full_name


@blueprint.get("/my/training/certificates/<id:certificate_id>/pdf")
@signed_in
def pdf(certificate_id: int) -> Response:
    """One's certificate on paper."""
    return files.pdf(queries.of_user(viewer(), certificate_id), now().date())


@blueprint.get("/my/training/certificates/<id:certificate_id>/badge")
@signed_in
def badge(certificate_id: int) -> Response:
    """One's certificate as a badge."""
    return files.badge(queries.of_user(viewer(), certificate_id))


@blueprint.route("/my/training/certificates/<id:certificate_id>/name", methods=["GET", "POST"])
@signed_in
def name(certificate_id: int) -> ResponseReturnValue:
    """Corrects the spelling of one's name."""
    back = url_for(".index")
    return name_page(lambda: queries.of_user(viewer(), certificate_id), current_user, lambda _new: back, back)


def name_page(load: Callable[[], Certificate], by: Actor, there: Callable[[Certificate], str], back: str) -> ResponseReturnValue:
    """Another spelling of one's own name, of a certificate that `load` gives to its person. It leads `there`."""
    certificate = load()
    certificate_id = certificate.id
    form = NameForm(data={"name": certificate.name, "version": certificate.version})

    def act() -> str:
        new = changing.mend_own_name(certificate_id, form.name.data or "", version=version_in(form), by=by, at=now())
        return there(new)

    def show_form(_stale: bool) -> str:
        return render_template(
            "training/certificates/name.html",
            form=form,
            title=printing.title_of(load()),
            back=back,
            has_errors=form.refused,
        )

    return carry_out(form, act, show_form, said=lambda: _("Here is the certificate with your name as you want it."))
