"""Devices in words: browser and system from the User-Agent, and the network without its last part."""

import ipaddress

from eventapp.accounts.rules import network_of

# Marks in the User-Agent, the more special ones first: nearly every browser also calls itself Safari and Mozilla.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Browser and system, for example "Firefox, Linux"; as much of it as is known, or nothing."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, [browser, system]))


def short_network(address: str | None) -> str:
    """The network as somebody recognises it and nobody is located by it: /24 of IPv4, /48 of IPv6; empty if unknown."""
    network = network_of(address)
    if network == "unknown":
        return ""
    first = network.partition("/")[0]
    return str(ipaddress.ip_network((first, 48 if ":" in first else 24), strict=False))
