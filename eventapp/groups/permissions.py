"""Who may let access needs decide about places."""

from eventapp.accounts.permissions import NEEDS_READERS, Viewer


def may_ask_needs(viewer: Viewer) -> bool:
    """Whether the viewer may learn that somebody has access needs; organizers only if that role was granted to them too."""
    return bool(viewer.roles & NEEDS_READERS)
