"""For people and their company's admins: saying that no date of a course fits."""

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.saving import CONSTRAINT_MESSAGES
from eventapp.core.web.carrying import carry_out, carry_out_at_once
from eventapp.partners import queries as partners
from eventapp.partners.audiences import company_admin, company_member, viewer
from eventapp.training.catalogue import queries as catalogue
from eventapp.training.catalogue.interest import queries, service
from eventapp.training.catalogue.interest.forms import WantForm

blueprint = Blueprint("interests", __name__)
# The admin and the person themselves at the same moment.
CONSTRAINT_MESSAGES["pk_course_interest"] = CONSTRAINT_MESSAGES["course_interest.course_id"] = (
    None,
    _l("This was noted a moment ago already."),
)


@dataclass(frozen=True)
class Wish:
    """What the visitor has to do with the wish for a date: `own` and of how many colleagues it is noted.

    Without `may` they cannot say it: nobody has confirmed yet to which company they belong, or they have no login.
    """

    may: bool
    own: bool = False
    colleagues: int = 0
    admin: bool = False


def wish_of_visitor(course_id: int) -> Wish:
    """The wish for a date of this course, as the page of the course shows it."""
    seat = viewer().seat
    if seat is None or seat.person_id is None:
        return Wish(False)
    noted = queries.own_company(viewer(), course_id)
    return Wish(True, seat.person_id in noted, len(noted - {seat.person_id}), bool(viewer().company_ids))


@blueprint.post("/courses/<course_code:course_code>/wanted/<any(want, withdraw):wish>")
@company_member
def change(course_code: str, wish: str) -> ResponseReturnValue:
    """The visitor wants a date, or does not any more."""
    version = catalogue.offered(course_code)
    seat = viewer().seat
    if seat is None or seat.person_id is None:
        raise NotFoundError(course_code)
    company_id, person_id = seat.company_id, seat.person_id
    back = url_for("courses.show", course_code=version.course.code, _anchor="wanted")
    if wish == "want":
        return carry_out_at_once(
            ActionForm(),
            lambda: service.want(version, company_id, [person_id], "", by=current_user, at=now()),
            back,
            _("Noted. We write to you when there is a new date."),
        )
    return carry_out_at_once(
        ActionForm(),
        lambda: service.withdraw(version, company_id, [person_id], by=current_user, at=now()),
        back,
        _("Taken back."),
    )


@blueprint.route("/courses/<course_code:course_code>/wanted", methods=["GET", "POST"])
@company_admin
def colleagues(course_code: str) -> ResponseReturnValue:
    """The admin says for colleagues who wants a date; who is not ticked any more is taken back."""
    version = catalogue.offered(course_code)
    (company,) = partners.organisations_of(viewer())
    people = [(one.person_id, one.full_name) for one in partners.colleagues(viewer(), company.id)]
    known = {id_ for id_, _name in people}
    noted = queries.own_company(viewer(), version.course_id) & known
    rows = queries.of_people(version.course_id, sorted(noted))
    note = next((row.note for row in rows if row.note), "")
    form = WantForm(data={"people": [str(id_) for id_ in sorted(noted)], "note": note}).offer(people)
    back = url_for("courses.show", course_code=version.course.code, _anchor="wanted")

    def act() -> str:
        chosen = {int(value) for value in form.people.data or ()}
        if gone := noted - chosen:
            service.withdraw(version, company.id, gone, by=current_user, at=now())
        if chosen:
            service.want(version, company.id, chosen, form.note.data or "", by=current_user, at=now())
        return back

    def show_again(_stale: bool) -> str:
        return render_template(
            "training/catalogue/interest/colleagues.html",
            form=form,
            version=version,
            company=company,
            back=back,
            has_errors=form.refused,
        )

    return carry_out(form, act, show_again, said=lambda: _("Noted. We write to them when there is a new date."))
