"""The naming rules of general purpose buckets."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ALPHABET = re.compile(r"[a-z0-9.-]+")


def bucket_name_problem(name: str) -> str | None:
    """Which rule the name breaks; None when it is a good name.

    Source
    ------
    AWS docs: Amazon S3 user guide, general purpose bucket naming rules, seen 2026-11-23.
    """
    problem = None
    if not 3 <= len(name) <= 63:
        problem = "it needs 3 to 63 characters"
    elif not _ALPHABET.fullmatch(name):
        problem = "only lowercase letters, digits, dots and hyphens are allowed"
    elif not (name[0].isalnum() and name[-1].isalnum()):
        problem = "it has to begin and end with a letter or a digit"
    elif ".." in name:
        problem = "two dots in a row are not allowed"
    elif _is_address(name):
        problem = "it looks like an IP address"
    elif name.startswith(PREFIXES):
        problem = "its prefix is reserved"
    elif name.endswith(SUFFIXES):
        problem = "its suffix is reserved"
    return problem


def _is_address(name: str) -> bool:
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True
