"""Refusals that a person can mend. Anything else that goes wrong is a bug and shows the error page."""


class RuleError(Exception):
    """A rule of the product said no.

    `message` is shown as it is; `field` is the form field that it belongs to (none: the form as a whole);
    `status` is the HTTP status of the answer: 409 where the world has moved on, 422 where the input is at fault.
    """

    status = 409

    def __init__(self, message: str, field: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if status is not None:
            self.status = status


class StaleError(RuleError):
    """Somebody else saved the same row since the form was opened."""


class NotFoundError(Exception):
    """The object does not exist, or not for this viewer: both are the same 404."""
