"""Who the pages of plans are for. Which plan somebody reads is said by the queries: all others are not there."""

from eventapp.accounts.models import Role
from eventapp.core.web.audiences import Audience
from eventapp.partners.audiences import viewer


def _may_read() -> bool:
    return bool(viewer().roles) or viewer().seat is not None


def _may_write() -> bool:
    return bool(viewer().roles - {Role.AUDITOR}) or viewer().seat is not None


# Somebody of the vendor or of a company: only such people can be in a team.
plan_reader = Audience("plan_reader", _may_read)
# The same without auditors, who read and change nothing.
plan_writer = Audience("plan_writer", _may_write)
# Opens plans with companies of the own territory.
plan_founder = Audience("plan_founder", lambda: Role.PARTNER_MANAGER in viewer().roles)
# The vendor's people, who can own a plan for side a, without auditors.
plan_vendor = Audience("plan_vendor", lambda: bool(viewer().roles - {Role.AUDITOR}))
# Sees the plans of the own teams added up: the vendor's people. Companies have few plans, and find them in the list.
plan_portfolio = Audience("plan_portfolio", lambda: bool(viewer().roles))
