"""The portfolio of the vendor's people: the plans of whose teams they are, or all of them for auditors, added up."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import format_currency, format_decimal

from eventapp.core.clock import now
from eventapp.core.tables import Filter, Listing
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.plans import queries as plans
from eventapp.plans.audiences import plan_portfolio
from eventapp.plans.exports.downloading import FORMATS, LABELS, download
from eventapp.plans.exports.rows import FILES, File, rows
from eventapp.plans.log import SEVERAL
from eventapp.plans.models import (
    KIND_LABELS,
    OBJECTIVE_CATEGORY_LABELS,
    PLAN_STATUS_LABELS,
    RAG_LABELS,
    ObjectiveCategory,
    PlanStatus,
    Rag,
)
from eventapp.plans.pages import list_tabs
from eventapp.plans.portfolio import exports, queries
from eventapp.plans.portfolio.amended import amended
from eventapp.plans.portfolio.amounts import Amounts, Sum, together
from eventapp.plans.portfolio.filters import BEFORE, NO_TIER, QUARTER, UNDER_WAY, conditions, filters, quarters_back
from eventapp.plans.portfolio.queries import Tally

blueprint = Blueprint("plan_portfolio", __name__)


@blueprint.get("/plans/portfolio")
@plan_portfolio
def index() -> str:
    """The numbers, each leading to its list."""
    at, args = now(), request.args
    back = quarters_back(viewer(), args, at)
    found_filters = filters(viewer(), at, back)
    wanted = conditions(found_filters, args)
    changed = amended([plans.visible(viewer()), *wanted], at.date(), back=back)
    cells = queries.cells(viewer(), wanted, changed, at, back=back)
    found = queries.sums(viewer(), wanted, changed, _summed(args.getlist("status")))
    category = _category(args.get("category", ""), found)
    of_category = [one for one in found if one.category == category]
    names = {one.name: {value: label for value, label, _count in one.choices} for one in found_filters}
    return render_template(
        "plans/portfolio/index.html",
        total=queries.added(cells),
        by_status={status: queries.added(some) for status, some in queries.by(cells, lambda one: one.status).items()},
        by_rag=_by_rag(cells),
        by_country=_lines(cells, "country", names["country"]),
        by_tier=_lines(cells, "tier", names["tier"]),
        sums=together(found, lambda one: (one.category, one.currency)),
        categories=[one for one in ObjectiveCategory if any(some.category == one for some in found)],
        category=category,
        sums_by_country=_sums(of_category, "country", names["country"]),
        sums_by_tier=_sums(of_category, "tier", names["tier"]),
        listing=_listing(found_filters),
        narrowed=bool(wanted),
        summed=_summed(args.getlist("status"))[0],
        back=back,
        listed=_listed,
        amount=_amount,
        here=_here,
        files=[(LABELS[key], _here("plan_portfolio.export", plan_export=key)) for key in ("plans", "sums", *FILES)],
        formats=FORMATS,
        status_labels=PLAN_STATUS_LABELS,
        kind_labels=KIND_LABELS,
        rag_labels=RAG_LABELS,
        category_labels=OBJECTIVE_CATEGORY_LABELS,
        active=PlanStatus.ACTIVE,
        **list_tabs("portfolio"),
    )


def _amount(value: Decimal, currency: str) -> str:
    """An amount of money, or a number of things."""
    return str(format_currency(value, currency, format_type="standard") if currency else format_decimal(value))


def _summed(statuses: list[str]) -> list[PlanStatus]:
    """Over which plans targets are added up: those in force, or those that are over where only such are asked for."""
    over = statuses and PlanStatus.ACTIVE not in statuses and PlanStatus.COMPLETED in statuses
    return [PlanStatus.COMPLETED] if over else [PlanStatus.ACTIVE]


def _category(asked: str, found: list[Sum]) -> ObjectiveCategory | None:
    """The category shown by country and tier: the one asked for, else the first that there is."""
    there = [one for one in ObjectiveCategory if any(some.category == one for some in found)]
    return next((one for one in there if one.value == asked), there[0] if there else None)


def _by_rag(cells: list[queries.Cell]) -> dict[Rag, int]:
    groups = queries.by([one for one in cells if one.rag is not None], lambda one: one.rag)
    return {rag: queries.added(groups.get(rag, [])).plans for rag in Rag}


def _lines(cells: list[queries.Cell], name: str, labels: dict[str, str]) -> list[tuple[str, str, Tally, dict[Any, int]]]:
    """By country or tier: value, label, the numbers, and how many plans are in force and stand so, in the order of the filter."""
    groups = queries.by(cells, lambda one: getattr(one, name) or NO_TIER)
    found = []
    for value, label in labels.items():
        if some := groups.get(value):
            in_force = [one for one in some if one.status is PlanStatus.ACTIVE]
            stands: dict[Any, int] = {PlanStatus.ACTIVE: queries.added(in_force).plans}
            stands |= {rag: queries.added(one for one in in_force if one.rag is rag).plans for rag in Rag}
            found.append((value, label, queries.added(some), stands))
    return found


def _sums(found: list[Sum], name: str, labels: dict[str, str]) -> list[tuple[str, str, str, Amounts]]:
    """Of one category: country or tier, its label, currency, and the amounts."""
    groups = together(found, lambda one: (getattr(one, name) or NO_TIER, one.currency))
    order = list(labels)
    keys = sorted(groups, key=lambda key: (order.index(key[0]), key[1]))
    return [(value, labels[value], currency, groups[value, currency]) for value, currency in keys]


NAMES = ("status", "kind", "rag", "due", "country", "tier")


def _pairs(**changed: str) -> list[tuple[str, str]]:
    """What the address narrows by, with something put in place of what it said."""
    kept = [(n, v) for n, v in request.args.items(multi=True) if n in (*NAMES, QUARTER) and v and n not in changed]
    return kept + [(n, v) for n, v in changed.items() if v]


def _here(endpoint: str = "plan_portfolio.index", *, plan_export: str | None = None, **changed: str) -> str:
    """This page, or another one, narrowed in the same way with something changed."""
    pairs, path = _pairs(**changed), url_for(endpoint, plan_export=plan_export) if plan_export else url_for(endpoint)
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _listed(**changed: str) -> str:
    """The list of the plans that a number counts."""
    return _here("plans.index", **changed)


def _listing(found: list[Filter]) -> Listing:
    """The filters as the macros of lists show them; the rows are no page of a table, but sums."""
    chosen = [(one, one.chosen(request.args)) for one in found]

    def without(name: str, value: str) -> str:
        pairs = [pair for pair in _pairs() if pair != (name, value)]
        return f"{url_for('.index')}?{urlencode(pairs)}" if pairs else url_for(".index")

    pills = [
        (str(one.label), str({v: label for v, label, _n in one.choices}[value]), without(one.name, value))
        for one, values in chosen
        for value in values
    ]
    kept = [(QUARTER, asked)] if (asked := request.args.get(QUARTER, "")) in (BEFORE, UNDER_WAY) else []
    return Listing(
        rows=[],
        search="",
        search_label="",
        filters=[(one.name, str(one.label), one.choices, values) for one, values in chosen],
        pills=pills,
        clear_url=f"{url_for('.index')}?{urlencode(kept)}" if kept else url_for(".index"),
        columns=[],
        next_url=None,
        previous_url=None,
        first=None,
        totals=[],
        query=urlencode(_pairs()),
        hidden=kept,
    )


@blueprint.post("/plans/portfolio/export/<any(plans, sums, objectives, actuals, actions):plan_export>")
@plan_portfolio
def export(plan_export: str) -> Response:
    """The same plans as the page shows, as a file."""
    at, args, seen_by = now(), request.args, viewer()
    # Files say what both teams alone may know; of a workshop that somebody only facilitates they say nothing.
    back = quarters_back(seen_by, args, at)
    wanted = [plans.in_team(seen_by), *conditions(filters(seen_by, at, back), args)]
    if plan_export == "sums":
        changed = amended(wanted, at.date())
        lines = exports.sums(queries.sums(seen_by, wanted, changed, _summed(args.getlist("status"))), dict(partners.tiers()))
        return download(plan_export, exports.SUM_COLUMNS, lines, SEVERAL, stem="portfolio", at=at)
    file: File = exports.plans(at, back) if plan_export == "plans" else FILES[plan_export]
    return download(plan_export, file.columns, rows(file, wanted, at.date()), SEVERAL, stem="portfolio", at=at)
