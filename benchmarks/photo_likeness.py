"""How many changed copies the photo hashes find, how many honest pairs they doubt, and how fast they compare.

The photographs are drawn (`zerentian/rounds/tests/pictures.py`): a guide, not proof. A town's first month of
real photos is the measure. Run: .venv/bin/python benchmarks/photo_likeness.py [pairs]
"""

from __future__ import annotations

import sys
import time

import numpy as np

from zerentian.rounds import likeness
from zerentian.rounds.limits import limits
from zerentian.rounds.tests.pictures import Shot, packed, taken
from zerentian.rounds.tests.test_likeness import CHANGES, PIXELS, hashed, on_a_screen

PHOTOS = limits().photos


def honest_pairs(count: int) -> None:
    """Second photos of the same site by hand, with other light and other litter."""
    alike = doubted = 0
    for number in range(1000, 1000 + count):
        first, second = packed(taken(number)), packed(taken(number, Shot.by_hand(number)))
        apart = int(likeness.distances(hashed(second), likeness.library([hashed(first)]))[0])
        if apart <= PHOTOS.suspicion:
            alike += 1
            doubted += likeness.agreement(second, first, PIXELS) >= PHOTOS.agreement
    print(
        f"honest pairs: {count}; like hashes {alike} ({alike / count:.1%}), doubted {doubted} ({doubted / count:.1%})"
    )


def changed_copies(count: int) -> None:
    """Each change of a copy, and photos of a screen."""
    scenes = [taken(number) for number in range(count)]
    earlier = likeness.library([hashed(one) for one in scenes])
    changes = CHANGES | {"photographed from a screen": lambda one: (on_a_screen(one, id(one) % 1000), 80)}
    for name, change in changes.items():
        apart = [int(likeness.distances(hashed(packed(*change(one))), earlier).min()) for one in scenes]
        found, held = (sum(one <= most for one in apart) for most in (PHOTOS.suspicion, PHOTOS.holds))
        print(f"{name}: found {found} of {count}, held {held}")


def comparing(count: int = 20_000) -> None:
    """One photo with all earlier ones of a contractor."""
    chance = np.random.default_rng(1)
    earlier = chance.integers(0, 2**63, size=(count, likeness.HASHES), dtype=np.uint64)
    kept = [b"".join(int(one).to_bytes(8, "big") for one in row) for row in earlier]
    began = time.perf_counter()
    read = likeness.library(kept)
    loaded = time.perf_counter() - began
    began = time.perf_counter()
    for one in kept[:100]:
        likeness.nearest(one, read)
    print(
        f"{count} photos: {loaded * 1000:.0f} ms to lay out, {(time.perf_counter() - began) * 10:.2f} ms a photo to compare"
    )


def hashing() -> None:
    """A phone's photo of twelve megapixels."""
    large = packed(taken(1).resize((4000, 3000)))
    began = time.perf_counter()
    for _ in range(5):
        hashed(large)
    print(f"12 megapixels: {(time.perf_counter() - began) * 200:.0f} ms to decode and hash")


if __name__ == "__main__":
    comparing()
    hashing()
    changed_copies(200)
    honest_pairs(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
