"""A review on one page, as PDF. The plan's title is not among what both sides accept, so it does not stand there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eventapp.core.i18n import _
from eventapp.core.links import site_name
from eventapp.core.markdown import to_parts
from eventapp.core.pdf import typeset
from eventapp.core.times import day_text
from eventapp.core.web.templates import moment
from eventapp.plans.content.lines import Context
from eventapp.plans.content.objectives import amount
from eventapp.plans.models import (
    ACTION_STATUS_LABELS,
    RAG_LABELS,
    REVIEW_STATE_LABELS,
    Direction,
    PlanAction,
    Rag,
    Review,
    ReviewState,
    Side,
)
from eventapp.plans.queries import Seen
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.numbers import NumberLine, kept
from eventapp.plans.reviews.rules import accepted_at, accepted_by
from eventapp.plans.rules import fiscal_name

# What finds room on one page beside ten objectives.
MOST_COMMITMENTS, LONGEST_COMMITMENT, LONGEST_STATEMENT = 10, 90, 90
MOST_LINES, LONGEST_EXTRACT = 8, 700


def cut(text: str, length: int) -> str:
    """The text in one paragraph, and not longer than that."""
    plain = " ".join(text.split())
    return plain if len(plain) <= length else plain[: length - 1].rstrip() + "…"


def extract(minutes: str) -> list[str]:
    """How the minutes begin, as lines of plain text."""
    found: list[str] = []
    lines = [line for part in to_parts(minutes) for line in part.text.split("\n") if line.strip()]
    left = LONGEST_EXTRACT
    for line in lines[:MOST_LINES]:
        if left <= 1:
            break
        found.append(cut(line, left))
        left -= len(found[-1])
    if found and len(lines) > len(found) and not found[-1].endswith("…"):
        found[-1] += " …"
    return found


def percent(value: Any, context: Context) -> str:
    """A percentage, or a dash."""
    return "–" if value is None else _("%(number)s %%", number=context.number(value))


def wanted(one: NumberLine, context: Context) -> str:
    """A target, or the two values between which it shall stay."""
    if one.direction is Direction.BAND:
        return _("%(low)s to %(high)s", low=amount(one.low, one.unit, context), high=amount(one.high, one.unit, context))
    return amount(one.target, one.unit, context)


def _line(one: NumberLine, context: Context) -> dict[str, str]:
    return {
        "statement": cut(one.statement, LONGEST_STATEMENT),
        "weight": str(one.weight),
        "target": wanted(one, context),
        "actual": amount(one.actual, one.unit, context),
        "attainment": percent(one.attainment, context),
        "year": percent(one.year_attainment, context) if one.adds_up else "",
        "rag": one.rag.value,
        "word": str(RAG_LABELS[one.rag]),
    }


def _commitment(one: PlanAction, context: Context) -> dict[str, str]:
    return {
        "text": cut(one.text, LONGEST_COMMITMENT),
        "who": cut(context.name(one.accountable_id), 40),
        "until": day_text(one.due_on),
        "status": str(ACTION_STATUS_LABELS[one.status]),
    }


def _acceptance(review: Review, side: Side, context: Context) -> dict[str, str]:
    when, who = accepted_at(review, side), accepted_by(review, side)
    return {
        "side": cut(context.names[side], 60),
        "text": _("accepted by %(name)s, %(moment)s", name=context.name(who), moment=moment(when))
        if when
        else _("not accepted yet"),
    }


def _there(review: Review, context: Context) -> str:
    ids: Sequence[int] = [one.member_id for one in reviews.attendees(review).values() if one.attended]
    return cut(", ".join(sorted(context.people[id_].name for id_ in ids)), 300)


def one_pager(seen: Seen, review: Review, context: Context, at: datetime) -> bytes:
    """The review as PDF: one page A4, tagged. For the two teams: it says what the plan says."""
    plan, numbers = seen.plan, kept(review.numbers)
    context = context._replace(currency=numbers.currency)
    promised = reviews.commitments(plan, review).now
    held = _("held on %(day)s", day=day_text(review.held_on)) if review.held_on else moment(review.planned_at, review.time_zone)
    rag = numbers.rag if numbers.reviewable else Rag.GREY
    data = {
        "lang": "en",
        "site": site_name(),
        "heading": _("Quarterly review"),
        "code": plan.code,
        "sides": [cut(seen.names[side], 60) for side in Side],
        "quarter": fiscal_name(plan.period_start, review.quarter, plan.fiscal_start),
        "held": held,
        "state": str(REVIEW_STATE_LABELS[review.state]),
        "accepted": review.state is ReviewState.ACCEPTED,
        "score": context.number(numbers.score),
        "score_label": _("Score"),
        "year_score": _("%(score)s since the year began", score=context.number(numbers.year_score)),
        "rag": rag.value,
        "word": str(RAG_LABELS[rag]) if numbers.reviewable else _("Not reviewable"),
        "basis": _(
            "Numbers frozen %(moment)s, targets of version %(number)s. Score: attainments in percent with two decimals, weighed.",
            moment=moment(review.frozen_at),
            number=numbers.version or "–",
        ),
        "heads": [_("Objective"), _("Weight"), _("Target"), _("Reached"), _("Attainment"), _("Year to date"), _("How it stands")],
        "lines": [_line(one, context) for one in numbers.lines],
        "commitments_heading": _("Commitments"),
        "commitment_heads": [_("Commitment"), _("Accountable"), _("Until"), _("Status")],
        "commitments": [_commitment(one, context) for one in promised[:MOST_COMMITMENTS]],
        "more": _("and %(number)s more", number=len(promised) - MOST_COMMITMENTS) if len(promised) > MOST_COMMITMENTS else "",
        "none": _("None were written down."),
        "minutes_heading": _("From the minutes"),
        "minutes": extract(review.minutes) or ["–"],
        "there": _there(review, context),
        "there_label": _("Present"),
        "next": _("Next review: %(day)s", day=day_text(review.next_on)) if review.next_on else "",
        "acceptance_heading": _("Acceptance"),
        "acceptance": [_acceptance(review, side, context) for side in Side],
        "footer": _("Confidential: for the two teams of plan %(code)s. Made %(moment)s.", code=plan.code, moment=moment(at)),
    }
    return typeset("review.typ", data)
