"""Registering: a company admin for colleagues in two pages, a single person by a link to the own address."""

from collections.abc import Sequence
from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.rules import network_of
from eventapp.accounts.service import throttled
from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.core.saving import saving
from eventapp.core.wall import whole
from eventapp.core.web.audiences import public
from eventapp.core.web.errors import RefusedPage
from eventapp.events import hooks
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.admission.rules import WayIn
from eventapp.events.models import Event, Mode
from eventapp.events.rules import registration_blockers
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.audiences import company_admin, viewer
from eventapp.partners.joining import queries as joining
from eventapp.partners.models import MembershipState, Organisation
from eventapp.registrations import choices, later, mails, outlook, queries, service
from eventapp.registrations import hooks as registering
from eventapp.registrations.address_links import DRAFT_DAYS, address_in, sign
from eventapp.registrations.answers import drafts, jobs, keeping  # noqa: F401 - the worker counts, and answers follow a changed form
from eventapp.registrations.answers import forms as answer_forms
from eventapp.registrations.blocks import choices as block_choices
from eventapp.registrations.blocks import queries as block_queries
from eventapp.registrations.company.registering import colleagues_page
from eventapp.registrations.forms import AddressForm, OwnForm
from eventapp.registrations.invitations import terms as invitations
from eventapp.registrations.models import Side, Source
from eventapp.registrations.no_shows import applying as no_shows
from eventapp.registrations.no_shows.rules import places_left
from eventapp.registrations.rules import may_undo
from eventapp.registrations.terms import Terms
from eventapp.registrations.waiting import texts

blueprint = Blueprint("registrations", __name__)

# In a quarter of an hour, for one address and from one network address.
MAILS_ASKED_FOR = (5, 60)


@blueprint.route("/events/<slug:slug>/register", methods=["GET", "POST"])
@public
def new(slug: str) -> ResponseReturnValue:
    """The way in: the company's form for whoever registers its people, else the own address."""
    event = events.event_by_slug(viewer(), slug)
    if viewer().company_ids:
        (company,) = partners.organisations_of(viewer())
        owner, link = later.of_company(event, company), partial(absolute, "registrations.new", slug=slug)
        name, address = current_user.display_name, current_user.email
        return later.pressed(owner, event, name=name, address=address, link=link) or colleagues_page(event, company)
    if request.method == "GET" and (address := _proven_address()):
        return redirect(url_for(".verify", slug=event.slug, token=sign(event, address)))
    return _own_address(event)


def _proven_address() -> str | None:
    """The address of the visitor's login, if it is proven and leads to a company: it need not be typed and proven again."""
    user = viewer().user
    if user is None or user.verified_at is None or viewer().is_organizer:
        return None
    # Whoever has proven the address may know whose domain it is.
    with whole():
        person = partners.person_by_address(user.email)
        return user.email if choices.companies_for(user.email, person) or choices.claim_of(person) else None


def _own_address(event: Event) -> ResponseReturnValue:
    """Asks for the address and always answers alike: what we know of it is only said by mail to that address."""
    form = AddressForm()
    status = 200
    headers: dict[str, str] = {}
    blockers = registration_blockers(event, now())
    if form.validate_on_submit():
        at = now()
        with saving(form) as saved:
            keys = [form.email.data, network_of(request.remote_addr)]
            wait = throttled("registration_link", keys, MAILS_ASKED_FOR, at=at)
            if wait is not None:
                headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
                minutes = int(wait.total_seconds() // 60) + 1
                raise RuleError(_("Too many mails were asked for. Try again in %(n)d minutes.", n=minutes), status=429)
            for blocker in blockers:
                raise RuleError(blocker.message)
            person = partners.person_by_address(form.email.data)
            known = bool(choices.companies_for(form.email.data, person) or choices.claim_of(person))
            link = absolute("registrations.verify", slug=event.slug, token=sign(event, form.email.data))
            mails.send_address_link(event, form.email.data, link if known else None, at=at)
            saved.location = url_for(".new", slug=event.slug, sent=1)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), event.slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/address.html",
        event=event,
        form=form,
        blockers=blockers,
        sent="sent" in request.args,
        above=registering.above_form(event, now()),
        organizer=viewer().is_organizer,
        has_errors=form.refused,
    )
    return page, status, headers


@blueprint.route("/events/<slug:slug>/register/<token:token>", methods=["GET", "POST"])
@public
def verify(slug: str, token: str) -> ResponseReturnValue:
    """Behind the link in the mail: the address is proven, now register."""
    event = events.event_by_slug(viewer(), slug)
    try:
        address = address_in(event, token)
    except RefusedPage as refused:
        if request.method == "POST":
            raise  # the page of the error keeps what was typed
        return render_template("registrations/broken_link.html", event=event, text=refused.description), refused.code or 404
    person, registered, company_full = queries.applicant(event.id, address)
    if registered is not None:
        return redirect(url_for("registrations_link.show", token=registered))
    own = invitations.own_of(event, address, person.id if person else None, now())
    companies = choices.companies_for(address, person) or ([own.organisation] if own and own.organisation else [])
    claim = choices.claim_of(person) if not companies else ""
    if not companies and not claim:
        raise NotFoundError(address)
    owner, name = later.of_address(event, address), person.full_name if person else ""

    def link() -> str:
        return absolute("registrations.verify", slug=slug, token=sign(event, address, days=DRAFT_DAYS))

    if (answer := later.pressed(owner, event, name=name, address=address, link=link)) is not None:
        return answer
    begun = later.begun(owner) if event.has_form else None
    named = person or own
    form = OwnForm(
        **({"formdata": begun} if begun else {}),
        data={"given_name": named.given_name, "family_name": named.family_name} if named else None,
    )
    asking: list[Organisation | None] = [*companies] or [None]
    with whole():  # rules may list companies, of which nothing shows
        way = admission.way_in(event)
    ways = [invitations.ways_in(event, company, own, now(), way) for company in asking]
    kinds = {kind.id: kind for offered, _blockers in ways for kind in offered}
    choices.offer(form, event, companies, claim, list(kinds.values()))
    status = 200
    chosen = next((c for c in companies if c.id == form.company.data), companies[0] if companies else None)
    asked = answer_forms.NewPeople(event, chosen, at=now(), by_others=False)
    answers = asked.of(form.mode.data or event.modes[0], form.kind.data or None, answer_forms.sent() or begun)
    form.parts = [answers]
    if answer_forms.asks_further():
        pass
    elif form.validate_on_submit():
        with saving(form) as saved:
            # Who only says where they belong takes no place of that company, and is not shown to it.
            company = people.unconfirmed(at=now()) if claim else next(c for c in companies if c.id == form.company.data)
            attendee = service.Attendee(
                form.given_name.data,
                form.family_name.data,
                address,
                Mode(form.mode.data),
                "given_name",
                note=form.note.data or "",
                kind_id=int(form.kind.data) if form.kind.data else None,
                answers=answer_forms.given(answers),
            )
            made = service.register(
                event,
                company,
                [attendee],
                source=Source.PERSON,
                by=NamedActor(address),
                at=now(),
                joining=MembershipState.REQUESTED,
                terms=Terms(company_quota=not claim, claim=claim),
            )
            if event.has_form:
                drafts.drop(**owner)
            saved.location = url_for("registrations_link.show", token=made[0].token)
        if saved.ok:
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/verify.html",
        event=event,
        form=form,
        address=address,
        answers=answers,
        begun=bool(begun),
        pending=bool(claim or joining.pending(viewer())),
        above=registering.above_form(event, now()),
        blockers=next((() for _kinds, found in ways if not found), ways[0][1]),
        # Of the event's own places we know without asking; a new person's company is asked about.
        foreseen=_ways_of_one(event, way, chosen, form, address, claim)
        if company_full or person is None or _tight(event)
        else (),
        has_errors=form.refused,
    )
    return page, status


def _tight(event: Event) -> bool:
    """Whether somebody might not get a place, as far as is known of the event itself."""
    pools = (event.pool, *(event.in_person_pool if m is Mode.IN_PERSON else event.virtual_pool for m in event.modes))
    return event.restricted or event.shared_quota or any(pool.waiting or pool.free == 0 for pool in pools)


def _ways_of_one(
    event: Event, way: WayIn, company: Organisation | None, form: OwnForm, address: str, claim: str
) -> Sequence[str]:
    """What a single person should know of full places, over all ways in which they may come."""
    kinds: list[int | None] = [int(choice.value) for choice in form.kind.choices] or [None]
    ways = [service.Attendee("", "", address, mode, kind_id=kind) for kind in kinds for mode in event.modes]
    terms = Terms(company_quota=not claim, claim=claim)
    with whole():
        found = partners.unconfirmed() if claim else company
        if found is None:
            return ()
        foreseen = service.forecast(event, found, ways, at=now(), source=Source.PERSON, terms=terms, way=way, apart=True)
    return outlook.for_one(event, foreseen)


@blueprint.get("/events/<slug:slug>/registrations")
@company_admin
def index(slug: str) -> ResponseReturnValue:
    """What became of the company's people: status, reason, position, and the acts on each."""
    event = events.event_by_slug(viewer(), slug)
    (company,) = partners.organisations_of(viewer())
    invited = invitations.of_company(event, company, [], now())
    _kinds, blockers = invitations.ways_of_company(event, company, invited, now())
    registrations = queries.of_company(event.id, company.id)
    of_blocks = [r.id for r in registrations if r.source is Source.BLOCK]
    places, taken = events.places_of_company(event, company)
    places = places_left(places, no_shows.follows(event, company, now()).consequence)
    return render_template(
        "registrations/index.html",
        event=event,
        group_asked=answer_forms.asks_group(event),
        pages=hooks.company_pages(event),
        company=company,
        registrations=registrations,
        positions=texts.positions(registrations),
        reasons={r.id: queries.waiting_reason(r) for r in registrations},
        places=places,
        taken=taken,
        holders=block_queries.claimed_through(of_blocks) if of_blocks else {},
        undoable={r.id for r in registrations if may_undo(r, now(), Side.COMPANY)},
        blockers=[] if block_choices.usable(viewer(), event, now()) else blockers,
    )
