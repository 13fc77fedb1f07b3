"""Hides what looks like a secret in data that is kept or handed on; two values can still be told apart.

What stands in its place says how long the value was, roughly, and a fingerprint made with a key that stays in the state
directory: the same value has the same fingerprint, and nobody without the key can try values against it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from runbook.calls import HIDDEN
from runbook.errors import JournalError

KEY_FILE: Final = "redaction.key"
_KEY_BYTES: Final = 32
_DEEPEST: Final = 3
"""How often a text inside a text is unpacked: base64 of base64 of base64."""

_WORDS: Final = (
    r"pass(?:word|wd|phrase)|pwd|secret(?:[_-]?(?:string|binary|value|key|access[_-]?key))?|(?<!next)token|"
    r"api[_-]?key(?:[_-]?value)?|access[_-]?key|private[_-]?key|account[_-]?key|credentials?|authorization|auth|"
    r"signature|connection[_-]?string|cookie"
)
_NAME: Final = re.compile(rf"(?i)(?:{_WORDS})[_-]?\d*\Z")
_HARMLESS: Final = re.compile(
    r"(?i)(?:client|idempotency|request|next|pagination|continuation|marker|client_?request)_?-?token"
)
"""Tokens of AWS that open nothing."""
_LONGEST_NAME: Final = 60
_SHORT: Final = 100
_REMEMBERED: Final = 5000
_REFERENCE: Final = re.compile(r"arn:[^\s\"]+|\$\{[a-z][a-z0-9.-]*\.[a-z][a-z0-9_]*\}|/[A-Za-z0-9/._-]+")
"""What names a secret in place of holding it."""
_SECRET_NAMES: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,63}")

_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_KEY_ID: Final = re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b")
_ISSUED: Final = re.compile(
    r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk_(?:live|test)_|rk_live_|sk-(?:proj-|ant-)?|npm_|hf_|dop_v1_|AIza|SG\.)"
    r"[A-Za-z0-9_.-]{16,}"
)
"""Keys that their issuers mark by what they begin with."""
_TOKEN: Final = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_=-]+)*=*")
_IN_URL: Final = re.compile(r"(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)")
_SIGNED: Final = re.compile(
    r"(?i)((?:x-amz-(?:signature|security-token|credential)|sig|signature|awsaccesskeyid)=)([^&\s\"'\\]+)"
)
_QUOTE: Final = r"\\*[\"']"
_NAMED: Final = re.compile(
    rf"(?i)((?:{_WORDS})[_-]?\d*(?:{_QUOTE}\s*:\s*|\s*=\s*|:\s+)(?:(?:basic|bearer|aws4-hmac-sha256)\s+)?)"
    rf"(?:({_QUOTE})(.*?)(?=\2)|([^\s,;&\"'\\]+))"
)
_BEFORE: Final = re.compile(r"[A-Za-z0-9_.-]*\Z")
_HINTS: Final = re.compile(r"(?i)pass|pwd|secret|token|key|credential|auth|signature|connection|cookie|sig=|-u\s")
_PAIR: Final = re.compile(
    rf"(?i)({_QUOTE}(?:name|key){_QUOTE}\s*:\s*{_QUOTE}[^\"'\\]*(?:{_WORDS}){_QUOTE}\s*,\s*{_QUOTE}value{_QUOTE}\s*:\s*{_QUOTE})([^\"'\\]+)"
)
_FLAG: Final = re.compile(rf"(?i)(--?[a-z-]*(?:{_WORDS})\s+|(?<!\w)-u\s+[^\s:]+:)([^\s\"'-][^\s\"']*)")
_COOKIE: Final = re.compile(r"(?i)((?:set-)?cookie:\s*)([^\n\"]+)")
_SCHEME: Final = re.compile(r"\b((?i:basic|bearer)\s+)([A-Za-z0-9+/._~-]{12,}=*)")
_SECRET_KEY: Final = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_LETTERS: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{41,}(?![A-Za-z0-9])")
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}={0,2}(?![A-Za-z0-9+/_=-])")
_ENCODED: Final = re.compile(r"[^\s\"'&]*%[0-9A-Fa-f]{2}[^\s\"'&]*")
_OPAQUE_KEYS: Final = frozenset(
    {
        "request_id",
        "RequestId",
        "HostId",
        "VersionId",
        "version",
        "ETag",
        "etag",
        "hash",
        "previous",
        "digest",
        "sha256",
    }
)
"""Fields whose long random words are names of things, not keys to them."""


class Redactor:
    """Takes secrets out of texts and data.

    Parameters
    ----------
    key: for the fingerprints.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._plain: set[str] = set()
        """Short texts in which nothing was found; the same tags and names come again and again."""

    def data(self, value: Any, name: str = "", *, names_of_secrets: bool = False) -> Any:
        """JSON data with every secret in it hidden; data without one comes back equal.

        Parameters
        ----------
        name: the field that holds the value.
        names_of_secrets: the value maps variables to names of secrets, which are no secrets.
        """
        if type(value) is str:
            if names_of_secrets and _SECRET_NAMES.fullmatch(value):
                return value
            if name and self._is_secret_name(name) and not self._is_no_value(value):
                return self.mark(value)
            return self.text(value, opaque=name in _OPAQUE_KEYS)
        if isinstance(value, Mapping):
            return self._fields(value, names_of_secrets=name == "secrets")
        if isinstance(value, list | tuple):
            return [self.data(item, name) for item in value]
        return value

    def _fields(self, fields: Mapping[Any, Any], *, names_of_secrets: bool) -> dict[Any, Any]:
        named = next((fields[one] for one in ("name", "Name", "Key", "key") if type(fields.get(one)) is str), "")
        secret = bool(named) and self._is_secret_name(named)
        made = {}
        for key, item in fields.items():
            if secret and key in ("value", "Value") and type(item) is str and not self._is_no_value(item):
                made[key] = self.mark(item)
            else:
                made[key] = self.data(item, key if type(key) is str else "", names_of_secrets=names_of_secrets)
        return made

    def text(self, text: str, *, opaque: bool = False, depth: int = 0) -> str:
        """A text with every secret in it hidden.

        Parameters
        ----------
        opaque: long random words are expected in it.
        depth: how often it was unpacked from another text.
        """
        if len(text) < 6 or text in self._plain:
            return text
        found = self._searched(text, opaque=opaque, depth=depth)
        if found == text and not opaque and depth == 0 and len(text) <= _SHORT and len(self._plain) < _REMEMBERED:
            self._plain.add(text)
        return found

    def _searched(self, text: str, *, opaque: bool, depth: int) -> str:
        text = _PEM.sub(self._whole, text) if "PRIVATE KEY" in text else text
        if "@" in text:
            text = _IN_URL.sub(self._whole, text)
        if _HINTS.search(text):
            text = _COOKIE.sub(self._second, _SIGNED.sub(self._second, text))
            text = _FLAG.sub(self._second, _PAIR.sub(self._second, _NAMED.sub(self._named, text)))
        text = _TOKEN.sub(self._whole, _ISSUED.sub(self._whole, _KEY_ID.sub(self._whole, text)))
        text = _SCHEME.sub(self._scheme, text)
        if not opaque:
            text = _LETTERS.sub(self._mixed, _SECRET_KEY.sub(self._mixed, text))
        if depth < _DEEPEST:
            text = _BASE64.sub(lambda found: self._packed(found[0], depth), text)
            text = _ENCODED.sub(lambda found: self._quoted(found[0], depth), text) if "%" in text else text
        return text

    def mark(self, value: str) -> str:
        """What stands in the place of a value."""
        if not value or value.startswith(HIDDEN):
            return value
        most = 8
        while most < len(value) and most < 4096:
            most *= 2
        letters = f"up to {most}" if len(value) <= most else f"over {most}"
        print_ = hmac.new(self._key, value.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:10]
        return f"{HIDDEN}[{letters} letters, {print_}]"

    def _is_secret_name(self, name: str) -> bool:
        end = name[-_LONGEST_NAME:]
        return _NAME.search(end) is not None and _HARMLESS.fullmatch(end) is None

    def _is_no_value(self, value: str) -> bool:
        return not value or value.startswith(HIDDEN) or _REFERENCE.fullmatch(value) is not None

    def _whole(self, found: re.Match[str]) -> str:
        return self.mark(found[0])

    def _second(self, found: re.Match[str]) -> str:
        return found[0] if found[2].startswith(HIDDEN) else f"{found[1]}{self.mark(found[2])}"

    def _named(self, found: re.Match[str]) -> str:
        value = found[3] if found[2] else found[4]
        before = _BEFORE.search(found.string, max(0, found.start() - _LONGEST_NAME), found.start())
        name = (before[0] if before else "") + re.split(r"[\"'\\=:\s]", found[1], maxsplit=1)[0]
        if value is None or self._is_no_value(value) or _HARMLESS.fullmatch(name):
            return found[0]
        return f"{found[1]}{found[2] or ''}{self.mark(value)}"

    def _scheme(self, found: re.Match[str]) -> str:
        random = re.search(r"[0-9=]", found[2]) or re.search(r"[a-z][A-Z]", found[2])
        return f"{found[1]}{self.mark(found[2])}" if random else found[0]

    def _mixed(self, found: re.Match[str]) -> str:
        kinds = (re.search(kind, found[0]) for kind in ("[A-Z]", "[a-z]", "[0-9]"))
        # A path has words between its slashes; of 40 random letters hardly ten in a row are lower case.
        return self.mark(found[0]) if all(kinds) and not re.search(r"[a-z]{9}", found[0]) else found[0]

    def _packed(self, word: str, depth: int) -> str:
        """A word in base64 whose content holds a secret."""
        inside = _unpacked(word)
        if not inside:
            return word
        login = re.fullmatch(r"[\w.@-]{1,64}:\S{4,}", inside) is not None
        return self.mark(word) if login or self.text(inside, depth=depth + 1) != inside else word

    def _quoted(self, word: str, depth: int) -> str:
        """A word with percent signs whose content holds a secret that the word itself does not show."""
        inside = unquote(word)
        return self.mark(word) if inside != word and self.text(inside, depth=depth + 1) != inside else word


def _unpacked(word: str) -> str:
    """What a word in base64 stands for; empty when it is no text."""
    try:
        raw = base64.b64decode(
            word.rstrip("=").translate(str.maketrans("-_", "+/")) + "=" * (-len(word.rstrip("=")) % 4)
        )
        text = raw.decode()
    except (binascii.Error, ValueError):
        return ""
    return text if all(one.isprintable() or one in "\r\n\t" for one in text) else ""


def redactor_of(folder: Path) -> Redactor:
    """The redactor of a state directory, whose key is made when there is none.

    Raises
    ------
    JournalError: the key can be neither read nor written.
    """
    path = folder / KEY_FILE
    try:
        return Redactor(_key(path))
    except OSError as error:
        raise JournalError(
            f"{path}: the key for hidden values cannot be kept here: {error.strerror}",
            hint="Choose another place with --state-dir, or give this one back to your user.",
        ) from error


def _key(path: Path) -> bytes:
    if not path.exists():
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            # Another process may make the key at the same moment: the first one counts for both.
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_bytes()
