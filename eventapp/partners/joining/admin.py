"""The vendor's queue: one thing at a time, the next one after each decision, the last decision can be taken back."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import partner_manager, partner_reader
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.saving import Saved, saving
from eventapp.partners.audiences import viewer
from eventapp.partners.forms import with_choices
from eventapp.partners.joining import decisions, queue
from eventapp.partners.joining.decisions import Decision
from eventapp.partners.joining.forms import DecideForm, DeclineForm, NewCompanyForm, number_of
from eventapp.partners.joining.likeness import Suggestion, own_domain, suggestions
from eventapp.partners.joining.queue import Item, Kind, Why
from eventapp.partners.joining.rules import UNDO_WITHIN, Reason, Wanted
from eventapp.partners.models import CompanyRequest, MembershipRole, Organisation, OrganisationStatus, PartnerType
from eventapp.partners.rules import PROGRAMME_ID, normal_domain

blueprint = Blueprint("queue_admin", __name__)

LAST = "last_decision"
SHOWN = 50
SURE, LIKELY = 7, 4

KIND_LABELS = {Kind.JOIN: _l("Wants to join"), Kind.COMPANY: _l("New company"), Kind.UNSURE: _l("Unsure match")}
KIND_TONES = {Kind.JOIN: "wait", Kind.COMPANY: "info", Kind.UNSURE: "warn"}
REASON_LABELS = {
    Reason.PROGRAMME_ID: _l("same programme ID"),
    Reason.DOMAIN: _l("owns the domain of the address"),
    Reason.SAME_NAME: _l("same name"),
    Reason.SIMILAR_NAME: _l("similar name"),
    Reason.WEBSITE: _l("same website"),
    Reason.COUNTRY: _l("same country"),
}


@blueprint.get("/admin/queue/")
@partner_reader
def index() -> str:
    """The thing to decide now, and what else waits."""
    return _page(DeclineForm(formdata=None))


def _page(decline: DeclineForm, key: str | None = None) -> str:
    at = now()
    waiting = queue.items(viewer(), at)
    key = key or request.args.get("item")
    place = next((n for n, item in enumerate(waiting) if item.key == key), 0)
    item = waiting[place] if waiting else None
    near = max(0, min(place - SHOWN // 2, len(waiting) - SHOWN))
    return render_template(
        "partners/joining/queue.html",
        item=item,
        place=place,
        number=len(waiting),
        listed=waiting[near : near + SHOWN],
        before=waiting[place - 1].key if place else None,
        after=waiting[place + 1].key if place + 1 < len(waiting) else None,
        may_decide=item is not None and queue.may_decide(viewer(), item),
        suggestions=_suggestions(item) if item is not None else [],
        why=_words(item) if item is not None else [],
        kind_labels=KIND_LABELS,
        kind_tones=KIND_TONES,
        reason_labels=REASON_LABELS,
        likely=_likely,
        decline=decline,
        button=ActionForm(formdata=None),
        undo=_last(at),
        has_errors=decline.refused,
    )


def _suggestions(item: Item) -> list[Suggestion]:
    domain = own_domain(item.address)
    if item.kind is Kind.COMPANY:
        wanted = Wanted(item.company, item.country_code, domain, item.website, item.programme_id)
        return suggestions(viewer(), wanted)
    if Why.OWN_DOMAIN in item.why or not domain:
        return []
    return suggestions(viewer(), Wanted("", item.country_code, domain, domain), item.organisation_id)


def _likely(points: int) -> str:
    if points >= SURE:
        return _("very likely")
    return _("likely") if points >= LIKELY else _("possible")


def _words(item: Item) -> list[tuple[str, str]]:
    """What speaks for and against it, each with its tone."""
    texts = {
        Why.NO_ADMIN: ("info", _("Nobody at the company can decide: it has no admin who can sign in.")),
        Why.WISH: ("info", _("Belongs to the company already and wants to look after it.")),
        Why.WAITS_LONG: ("wait", _("The company's admins have not decided for five days.")),
        Why.OWN_DOMAIN: ("ok", _("The address has the company's own domain.")),
        Why.OTHER_DOMAIN: ("warn", _("The domain of the address belongs to %(company)s.", company=item.owner)),
        Why.FREE_MAIL: ("warn", _("The address is one of a mail provider and says nothing about a company.")),
        Why.TYPED: ("warn", _("The company has entered this person, who has not asked for it.")),
        Why.SEVERAL: ("warn", _("%(number)s others with this domain wait, and no company owns it.", number=item.others)),
    }
    return [texts[why] for why in item.why]


def _next(key: str) -> str:
    """The page of what comes after the item with that key, as the list stands before the decision."""
    waiting = queue.items(viewer(), now())
    place = next((n for n, item in enumerate(waiting) if item.key == key), None)
    if place is None or len(waiting) < 2:
        return url_for(".index")
    return url_for(".index", item=waiting[place + 1 if place + 1 < len(waiting) else 0].key)


def _done(saved: Saved, decision: Decision | None, key: str, message: str) -> ResponseReturnValue:
    """Keeps what undoing needs, and goes on; a refusal says who was faster."""
    if saved.ok:
        if decision is not None:
            session[LAST] = _kept(decision, message)
            flash(message, "success")
        return redirect(saved.location)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    still = any(item.key == key for item in queue.items(viewer(), now()))
    return redirect(url_for(".index", item=key if still else None))


@blueprint.post("/admin/queue/requests/<id:membership_id>/approve")
@partner_manager
def approve(membership_id: int) -> ResponseReturnValue:
    """Lets somebody in, as member or as admin; `company` may name the company that is really meant."""
    membership, person = queue.membership(viewer(), membership_id)
    form = DecideForm()
    key, decision = f"m{membership_id}", None
    role, instead = _role(form), _chosen()
    with saving(form) as saved:
        saved.location = _next(key)
        decision = decisions.approve(membership, person, role=role, instead=instead, by=current_user, at=now())
    return _done(saved, decision, key, _("%(name)s is let in.", name=person.full_name))


@blueprint.post("/admin/queue/requests/<id:membership_id>/decline")
@partner_manager
def decline(membership_id: int) -> ResponseReturnValue:
    """Does not let somebody in, with the reason."""
    membership, person = queue.membership(viewer(), membership_id)
    form = DeclineForm()
    key, decision = f"m{membership_id}", None
    if not form.validate_on_submit():
        return _page(form, key), 422
    with saving(form) as saved:
        saved.location = _next(key)
        decision = decisions.decline(membership, person, reason=form.reason.data or "", by=current_user, at=now())
    return _done(saved, decision, key, _("%(name)s is declined.", name=person.full_name))


@blueprint.post("/admin/queue/companies/<id:request_id>/found")
@partner_manager
def found(request_id: int) -> ResponseReturnValue:
    """The company is in the list: `company` says which one."""
    told, person = queue.company_request(viewer(), request_id)
    form = DecideForm()
    key, decision = f"c{request_id}", None
    role, company = _role(form), _chosen()
    if company is None:
        flash(_("Choose a company."), "danger")
        return redirect(url_for(".index", item=key))
    with saving(form) as saved:
        saved.location = _next(key)
        decision = decisions.found_company(told, company, role=role, by=current_user, at=now())
    return _done(saved, decision, key, _("%(name)s belongs to %(company)s now.", name=person.full_name, company=company.name))


@blueprint.post("/admin/queue/companies/<id:request_id>/decline")
@partner_manager
def decline_company(request_id: int) -> ResponseReturnValue:
    """Does not add the company, with the reason."""
    told, _person = queue.company_request(viewer(), request_id)
    form = DeclineForm()
    key, decision = f"c{request_id}", None
    if not form.validate_on_submit():
        return _page(form, key), 422
    with saving(form) as saved:
        saved.location = _next(key)
        decision = decisions.decline_company(told, reason=form.reason.data or "", by=current_user, at=now())
    return _done(saved, decision, key, _("%(company)s is declined.", company=told.name))


@blueprint.route("/admin/queue/companies/<id:request_id>/add", methods=["GET", "POST"])
@partner_manager
def add(request_id: int) -> ResponseReturnValue:
    """Adds the company, from what was told about it. A look-alike must be looked at first."""
    told, person = queue.company_request(viewer(), request_id)
    address = decisions.address_of(person)
    form = with_choices(NewCompanyForm(data=_prefilled(told, address)))
    status, key, decision = 200, f"c{request_id}", None
    alike = _alike(form, told, address)
    if form.validate_on_submit():
        with saving(form) as saved:
            if alike and not form.is_another.data:
                raise RuleError(_("Look at the companies named above first, then tick this."), "is_another", 422)
            saved.location = _next(key)
            role = MembershipRole(form.person_role.data)
            decision = decisions.add_company(told, form.details(), role=role, by=current_user, at=now())
        if saved.ok or told.decided_at is not None:
            return _done(saved, decision, key, _("%(company)s is in the list.", company=form.name.data))
        status = saved.status
        told, person = queue.company_request(viewer(), request_id)
    elif request.method == "POST":
        status = 422
    elif told.decided_at is not None:
        flash(decisions.decided_words(told), "danger")
        return redirect(url_for(".index"))
    page = render_template(
        "partners/joining/add.html",
        told=told,
        person=person,
        address=address,
        form=form,
        alike=alike,
        reason_labels=REASON_LABELS,
        likely=_likely,
        back=url_for(".index", item=key),
        has_errors=form.refused,
    )
    return page, status


def _prefilled(told: CompanyRequest, address: str) -> dict[str, Any]:
    return {
        "name": told.name,
        "country_code": told.country_code,
        "city": told.city,
        "website": told.website,
        "programme_id": told.programme_id if PROGRAMME_ID.fullmatch(told.programme_id) else "",
        "domains": own_domain(address),
        "primary_type": PartnerType.SOLUTION_PROVIDER.value,
        "status": OrganisationStatus.ACTIVE.value,
        "person_role": MembershipRole.ADMIN.value,
    }


def _alike(form: NewCompanyForm, told: CompanyRequest, address: str) -> list[Suggestion]:
    """Companies of the list that what is typed now resembles."""
    typed = [normal_domain(part) or "" for part in (form.domains.data or "").split()]
    wanted = Wanted(
        form.name.data or told.name,
        form.country_code.data or told.country_code,
        next(filter(None, typed), own_domain(address)),
        form.website.data or "",
        form.programme_id.data or "",
    )
    return [s for s in suggestions(viewer(), wanted) if s.points >= LIKELY]


def _role(form: DecideForm) -> MembershipRole:
    """The role on the button that was pressed; a member where it is none of ours."""
    return MembershipRole.ADMIN if form.role.data == MembershipRole.ADMIN.value else MembershipRole.MEMBER


def _chosen() -> Organisation | None:
    """The company named in the form, if one is. Raises `NotFoundError` for one that the viewer may not put people into."""
    text = request.form.get("company")
    if not text:
        return None
    number = number_of(text)
    if number is None:
        raise NotFoundError
    return queue.company_meant(viewer(), number)


@blueprint.post("/admin/queue/undo")
@partner_manager
def undo() -> ResponseReturnValue:
    """Takes the visitor's last decision back."""
    at = now()
    kept = session.get(LAST)
    if not kept:
        flash(_("There is nothing to take back."), "info")
        return redirect(url_for(".index"))
    decision = _restored(kept)
    key = f"c{decision.request_id}" if decision.request_id is not None else f"m{decision.membership_id}"
    with saving(ActionForm()) as saved:
        decisions.undo(decision, by=current_user, at=at)
        saved.location = url_for(".index", item=key)
    session.pop(LAST, None)
    if saved.ok:
        flash(_("Taken back. It waits again."), "success")
        return redirect(saved.location)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    return redirect(url_for(".index"))


def _kept(decision: Decision, message: str) -> dict[str, Any]:
    return {**vars(decision), "at": decision.at.isoformat(), "message": message}


def _restored(kept: dict[str, Any]) -> Decision:
    values = {name: value for name, value in kept.items() if name != "message"}
    return Decision(**{**values, "at": datetime.fromisoformat(kept["at"])})


def _last(at: datetime) -> str | None:
    """What was decided last, while it can be taken back."""
    kept = session.get(LAST)
    if not kept or at - datetime.fromisoformat(kept["at"]) > UNDO_WITHIN - timedelta(seconds=5):
        return None
    return str(kept["message"])
