"""How long a run has been going, over as many starts as it took."""

from __future__ import annotations

import time


class Clock:
    def __init__(self) -> None:
        self.earlier = 0.0  # minutes that earlier starts took
        self.begun: float | None = None

    def start(self) -> None:
        self.begun = time.monotonic()

    @property
    def minutes(self) -> float:
        return self.earlier + (0.0 if self.begun is None else (time.monotonic() - self.begun) / 60)
