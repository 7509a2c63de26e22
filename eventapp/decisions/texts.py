"""What the pages of decisions show: words and colours of states, and everything that stands on the base of facts."""

from datetime import datetime
from typing import Any

from flask import render_template, url_for

from eventapp.accounts.permissions import Viewer
from eventapp.core.i18n import _l
from eventapp.decisions import permissions, queries, references, rules
from eventapp.decisions.models import (
    CONTEXT_LABELS,
    FEEDBACK_LABELS,
    MATURITY_LABELS,
    OPENNESS_LABELS,
    PART_LABELS,
    PHASES,
    REOPENABLE,
    STATE_LABELS,
    UNDECIDED,
    Decision,
    DecisionState,
    FeedbackState,
    Openness,
)

_S = DecisionState
STATE_TONES = {
    _S.IDEATE: "neutral",
    _S.RESEARCH: "info",
    _S.DEVELOP: "info",
    _S.DECIDED: "ok",
    _S.LAUNCHED: "ok",
    _S.CLOSED: "off",
    _S.PAUSED: "wait",
    _S.REOPENED: "warn",
    _S.WITHDRAWN: "off",
    _S.SUPERSEDED: "off",
}
FEEDBACK_TONES = {
    FeedbackState.NEW: "wait",
    FeedbackState.ACKNOWLEDGED: "info",
    FeedbackState.ADOPTED: "ok",
    FeedbackState.PARTLY: "ok",
    FeedbackState.NOT_ADOPTED: "off",
}
WORDS = {
    "states": STATE_LABELS,
    "state_tones": STATE_TONES,
    "contexts": CONTEXT_LABELS,
    "levels": OPENNESS_LABELS,
    "parts": PART_LABELS,
    "feedback_states": FEEDBACK_LABELS,
    "feedback_tones": FEEDBACK_TONES,
    "maturities": MATURITY_LABELS,
    "undecided": UNDECIDED,
}


# Label and endpoint of the pages that stand beside each other, and the name by which templates say which is open.
TABS = (
    ("decisions", _l("Decisions"), "decisions.index"),
    ("archive", _l("All decisions"), "decisions.archive"),
    ("ideas", _l("Ideas and needs"), "ideas.index"),
    ("practice", _l("Exercises"), "decisions.practice"),
)


def tabs(active: str) -> list[tuple[str, str, bool]]:
    """The pages of decisions and ideas: label, address, and whether it is the open one."""
    return [(str(label), url_for(endpoint), key == active) for key, label, endpoint in TABS]


def page(template: str, active: str = "", **values: Any) -> str:
    """A page with the words for states, parts and levels, and with the tabs if it is one of them (`active`)."""
    return render_template(template, **WORDS, **values, subnav=tabs(active) if active else [])


def shown(viewer: Viewer, found: Decision, at: datetime, *, follows: bool) -> dict[str, Any]:
    """Everything that the base of facts of a decision shows to that viewer, who `follows` it or not."""
    roles = queries.roles_of(found)
    feedback, risks = queries.feedback_of(found), queries.risks_of(found)
    standing = queries.standing(viewer, found, roles, feedback)
    options, (criteria, scores) = queries.options_of(found), queries.criteria_and_scores(found)
    counts = rules.outcome_counts(one.state for one in feedback)
    reopenings, given = queries.reopenings_of(found), [one.weight for one in criteria]
    facts = queries.facts_from(found, roles, len(options), given, counts, len(risks), reopenings, at.date())
    weights = {one.id: one.weight for one in criteria}
    forward = rules.next_phase(found.state)
    return {
        "decision": found,
        "standing": standing,
        "roles": roles,
        "decider": queries.decider_of(found, roles),
        "companies": queries.companies_of(found) if found.openness is Openness.ORGANISATIONS and viewer.roles else [],
        "options": options,
        "option_titles": {one.id: one.title for one in options},
        "criteria": criteria,
        "scores": scores,
        "totals": {one.id: rules.score(weights, scores.get(one.id, {})) for one in options},
        "weights_missing": rules.weights_missing([one.weight for one in criteria]) if criteria else "",
        "feedback": feedback,
        "is_mine": lambda row: queries.is_mine(viewer, row),
        "counts": counts,
        "risks": risks,
        "place": references.place_of(viewer, found, [one.id for one in risks]),
        "entries": queries.entries_of(found),
        "reopenings": reopenings,
        "follows": follows,
        "speaks": permissions.speaks(viewer),
        "takes_feedback": rules.may_give_feedback(standing, found.state, found.feedback_until, at.date()),
        "may_reopen": rules.may_ask_to_reopen(standing, found.state),
        "decided": found.state in REOPENABLE,
        "steps": rules.steps(standing, found.state, found.paused_from),
        "forward": forward,
        "missing": rules.missing(facts, found.state, forward) if forward is not None and standing.parts else [],
        "phases": [(state.value, STATE_LABELS[state]) for state in PHASES],
        "lines": rules.lines,
        "today": at.date(),
        "successor": queries.successor(viewer, found),
    }
