"""Hashes of the ledger: event, chain and Merkle root. Pure.

A chain link covers the event and all before it, so that an edit, a deletion or a swap shows at the first
place it was made. The root of a day (RFC 9162 §2.1.1) allows a short proof that one event is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

START = "0" * 64
"""What the first link of a chain follows."""


def canonical(fields: Mapping[str, object]) -> bytes:
    """The one way to write an event as bytes: JSON with sorted keys, UTF-8, no spaces."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf_hash(entry: bytes) -> str:
    """The hash of one event (RFC 9162: 0x00 before the entry)."""
    return hashlib.sha256(b"\x00" + entry).hexdigest()


def link(previous: str, leaf: str) -> str:
    """The chain's hash after an event, from the one before it."""
    return hashlib.sha256(bytes.fromhex(previous) + bytes.fromhex(leaf)).hexdigest()


def merkle_root(leaves: Sequence[str]) -> str:
    """The root over the leaf hashes (RFC 9162 §2.1.1); of nothing the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    return _root([bytes.fromhex(leaf) for leaf in leaves]).hex()


def inclusion_proof(leaves: Sequence[str], index: int) -> list[str]:
    """The hashes with which `leaves[index]` gives the root (RFC 9162 §2.1.3.1). Raises `IndexError`."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    return [part.hex() for part in _path([bytes.fromhex(leaf) for leaf in leaves], index)]


def is_included(leaf: str, index: int, size: int, proof: Sequence[str], root: str) -> bool:
    """Whether the proof shows the leaf at `index` of `size` under `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last = index, size - 1
    value = bytes.fromhex(leaf)
    for part in proof:
        if last == 0:
            return False
        sibling = bytes.fromhex(part)
        if number & 1 or number == last:
            value = _node(sibling, value)
            while number & 1 == 0 and number:
                number, last = number >> 1, last >> 1
        else:
            value = _node(value, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and value.hex() == root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = _split(len(leaves))
    return _node(_root(leaves[:half]), _root(leaves[half:]))


def _path(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*_path(leaves[:half], index), _root(leaves[half:])]
    return [*_path(leaves[half:], index - half), _root(leaves[:half])]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
