"""Who may do what in a company. A seat is what somebody is in the company that they act for."""

from eventapp.accounts.permissions import Viewer
from eventapp.partners.models import MembershipRole


def may_read_company(viewer: Viewer) -> bool:
    """Whether the viewer may read all of the company acted for: its admins and executives. Members see their own only."""
    return viewer.seat is not None and viewer.seat.role in (MembershipRole.ADMIN, MembershipRole.EXECUTIVE)


def may_run_company(viewer: Viewer) -> bool:
    """Whether the viewer may act for the company: its admins."""
    return viewer.seat is not None and viewer.seat.role == MembershipRole.ADMIN
