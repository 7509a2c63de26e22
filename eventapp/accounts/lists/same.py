"""Lists that show what another one shows, for another purpose: a filter that is saved in one of them serves both."""

_SAME: dict[str, str] = {}


def shows_the_same(endpoint: str, other: str) -> None:
    """Says, when a feature is imported, that the list `endpoint` has the search and the filters of the list `other`."""
    _SAME[endpoint] = other


def list_of(endpoint: str) -> str:
    """The list under whose name filters of `endpoint` are kept."""
    return _SAME.get(endpoint, endpoint)
