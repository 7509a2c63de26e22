"""A company's own pages of seat blocks: what it holds and allots, and what others have allotted to it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.wall import whole
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import Organisation
from eventapp.registrations.blocks import queries, service
from eventapp.registrations.blocks.forms import OwnAllotForm, OwnShareForm, share_problems
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.blocks.rules import BlockState, naming_blocker

blueprint = Blueprint("company_blocks", __name__)


@blueprint.get("/company/blocks/")
@company_reader
def index() -> str:
    """The blocks that the company holds, and the places that others have allotted to it."""
    held, allotted, at = queries.held(viewer()), queries.allotted_to(viewer()), now()
    return render_template(
        "registrations/blocks/company/index.html",
        held=held,
        allotted=allotted,
        held_states={one.id: one.state(at).value for one in held},
        states={one.share_id: one.state(at).value for one in allotted},
        subnav=company_tabs("blocks"),
        subnav_title=company_name(),
    )


@blueprint.get("/company/blocks/<id:block_id>")
@company_reader
def show(block_id: int) -> str:
    """A block that the company holds: its places, to whom they are allotted, and who was named."""
    return _show(queries.held_block(viewer(), block_id))


def _show(block: SeatBlock, *, allot: OwnAllotForm | None = None, wrong: tuple[int, OwnShareForm] | None = None) -> str:
    """The page, with the one of its forms that was refused."""
    at, numbers = now(), queries.numbers(block)
    supplied = queries.supplied_ids(block.organisation_id, at.date())
    with whole():  # once for all that is asked by ids which the wall has let through
        shares, companies = queries.shares_of(block), queries.names_of(supplied)
        people = queries.named_in([one.id for one in shares])
    form = (allot or OwnAllotForm(formdata=None)).offer(companies)
    return render_template(
        "registrations/blocks/company/show.html",
        block=block,
        event=block.event,
        numbers=numbers,
        state=numbers.state(at).value,
        open_state=BlockState.NAMING.value,
        blocker=naming_blocker(block.event, block.name_until, block.released_at, at),
        shares=shares,
        own=next(one for one in shares if not one.allotted),
        people=people,
        supplied=companies,
        allot_form=form,
        wrong=wrong,
        problems=share_problems(wrong),
        has_errors=form.refused or bool(wrong and wrong[1].refused),
        subnav=company_tabs("blocks"),
        subnav_title=company_name(),
    )


@blueprint.post("/company/blocks/<id:block_id>/allot")
@company_admin
def allot(block_id: int) -> ResponseReturnValue:
    """Gives places to a company that the holder supplies."""
    block = queries.held_block(viewer(), block_id)
    form = OwnAllotForm().offer(queries.names_of(queries.supplied_ids(block.organisation_id, now().date())))
    status = 422
    if form.validate():
        with saving(form) as saved:
            company = db.session.get(Organisation, form.company.data)
            if company is None:
                raise RuleError(_("Choose a company that you supply."), "company", 422)
            service.allot(block, company, form.places.data, supplied_only=True, by=current_user, at=now())
            saved.location = url_for(".show", block_id=block_id)
        if saved.ok:
            flash(_("Allotted."), "success")
            return redirect(saved.location)
        status = saved.status
        block = queries.held_block(viewer(), block_id)
    return _show(block, allot=form), status


@blueprint.post("/company/blocks/<id:block_id>/shares/<id:share_id>")
@company_admin
def change_share(block_id: int, share_id: int) -> ResponseReturnValue:
    """Changes how many places a reseller has; unused ones come back."""
    block = queries.held_block(viewer(), block_id)
    share = queries.share(block, share_id)
    form = OwnShareForm()
    status = 422
    if form.validate():
        with saving(form) as saved:
            service.change_share(block, share, form.places.data, by=current_user, at=now())
            saved.location = url_for(".show", block_id=block_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        block = queries.held_block(viewer(), block_id)
    return _show(block, wrong=(share_id, form)), status
