"""The small part of CBOR (RFC 8949) that AWS's rpc-v2-cbor protocol needs for parameters and errors."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 32
"""Deeper nesting is no AWS request, and would only eat the stack."""


class CborError(ValueError):
    """The bytes are not CBOR, or a kind of it that AWS does not send."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        if len(piece) != length:
            raise CborError("the CBOR ends in the middle of a value")
        self._at += length
        return piece

    def at_break(self) -> bool:
        if self._data[self._at : self._at + 1] == b"\xff":
            self._at += 1
            return True
        return False

    def head(self) -> tuple[int, int, int | None]:
        """Major type, the five low bits, and the number that they stand for; None means an indefinite length."""
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            return major, low, low
        if low <= 27:
            return major, low, int.from_bytes(self.take(1 << (low - 24)), "big")
        if low == 31 and major in {2, 3, 4, 5}:
            return major, low, None
        raise CborError(f"unknown CBOR head {first:#x}")

    def value(self, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise CborError("the CBOR is nested too deeply")
        major, low, number = self.head()
        if major in {2, 3}:
            raw = self._bytes(major, number)
            return raw if major == 2 else raw.decode()
        if major == 4:
            return self._list(number, depth)
        if major == 5:
            return self._map(number, depth)
        if number is None:
            raise CborError("an indefinite length is not allowed here")
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 6:
            # A tag says what the value means (1: a time); the value itself is all that is needed.
            return self.value(depth + 1)
        return self._simple(low, number)

    def _bytes(self, major: int, length: int | None) -> bytes:
        if length is not None:
            return self.take(length)
        pieces = []
        while not self.at_break():
            piece_major, _, piece_length = self.head()
            if piece_major != major or piece_length is None:
                raise CborError("a piece of a long string is of another kind")
            pieces.append(self.take(piece_length))
        return b"".join(pieces)

    def _list(self, length: int | None, depth: int) -> list[Any]:
        if length is not None:
            return [self.value(depth + 1) for _ in range(length)]
        items = []
        while not self.at_break():
            items.append(self.value(depth + 1))
        return items

    def _map(self, length: int | None, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        left = length
        while (left is None and not self.at_break()) or (left is not None and left > 0):
            key = self.value(depth + 1)
            found[str(key)] = self.value(depth + 1)
            left = None if left is None else left - 1
        return found

    @staticmethod
    def _simple(low: int, number: int) -> Any:
        simple = {20: False, 21: True, 22: None, 23: None}
        if low in simple:
            return simple[low]
        formats = {25: "e", 26: "f", 27: "d"}
        if low in formats:
            return struct.unpack(f">{formats[low]}", number.to_bytes(1 << (low - 24), "big"))[0]
        raise CborError(f"unknown simple CBOR value {low}")


def decode_cbor(data: bytes) -> dict[str, Any]:
    """The map that a request's body holds; an empty body is an empty map.

    Raises
    ------
    CborError: the body is not CBOR or not a map.
    """
    if not data:
        return {}
    value = _Reader(data).value()
    if not isinstance(value, dict):
        raise CborError("the body of a request has to be a map")
    return value


def encode_text_map(values: Mapping[str, str]) -> bytes:
    """A map of texts, which is all that an error answer consists of."""
    parts = [_head(5, len(values))]
    for key, value in values.items():
        for text in (key.encode(), value.encode()):
            parts.extend((_head(3, len(text)), text))
    return b"".join(parts)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for low, size in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << (8 * size):
            return bytes([major << 5 | low]) + number.to_bytes(size, "big")
    raise CborError("the text is too long")
