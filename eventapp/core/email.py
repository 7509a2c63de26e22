"""E-mail addresses: shape and normal form. Nothing is looked up on the network."""

from email_validator import EmailNotValidError, validate_email


class EmailError(ValueError):
    """The text is no e-mail address."""


def normal_address(text: str) -> str:
    """The address in normal form, lower case, its domain in Unicode.

    Raises `EmailError` if the text is none, among others for control characters and invisible look-alikes.
    """
    stripped = text.strip(" \t\r\n")
    if len(stripped) > 254:
        raise EmailError(text)
    try:
        found = validate_email(stripped, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise EmailError(text) from error
    address = found.normalized.lower()
    if len(address) > 254 or address.rpartition("@")[2].isdigit():
        raise EmailError(text)
    return address


def domain_of(address: str) -> str:
    """The domain of an address in normal form."""
    return address.rpartition("@")[2]
