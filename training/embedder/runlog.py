"""A run's log: a line of progress now and then, `log.tsv`, and its picture `curve.png`."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

EVERY = 2560  # samples a line, or forty steps if they are more


class RunLog:
    def __init__(self, folder: Path, seen: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.written = folder / "log.tsv", seen
        self.sums: dict[str, Tensor | float] = defaultdict(float)
        self.steps, self.started = 0, time.monotonic()

    def add(self, seen: int, terms: dict[str, Tensor], rate: float, done: float) -> None:
        """The losses of a step: read when a line is written only, as a GPU has to be waited for."""
        for name, value in terms.items():
            self.sums[name] += value
        self.steps += 1
        if seen - self.written >= EVERY and self.steps >= 40:
            self.write(seen, rate, done)

    def write(self, seen: int, rate: float, done: float) -> None:
        now = time.monotonic()
        speed = (seen - self.written) / (now - self.started)
        row = {"samples": seen, "rate": f"{rate:.6f}", "speed": f"{speed:.0f}"}
        row |= {name: f"{float(value) / self.steps:.4f}" for name, value in self.sums.items()}
        if not self.path.exists():
            self.path.write_text("\t".join(row) + "\n")
        with self.path.open("a") as file:
            file.write("\t".join(map(str, row.values())) + "\n")
        print(" ".join(f"{k} {v}" for k, v in row.items()), f"done {100 * done:.0f} %", flush=True)
        self.sums.clear()
        self.steps, self.written, self.started = 0, seen, now

    def close(self, seen: int, rate: float) -> None:
        if self.steps:
            self.write(seen, rate, 1.0)
        if self.path.exists():
            draw(self.path)


def draw(path: Path, width: int = 900, height: int = 500) -> None:
    """`curve.png` beside the log: each loss against samples, scaled to its own largest value."""
    head, *lines = path.read_text().splitlines()
    names = head.split("\t")
    table = np.array([[float(v) for v in line.split("\t")] for line in lines])
    image = np.full((height, width, 3), 255, np.uint8)
    colours = [(180, 60, 20), (20, 140, 20), (20, 20, 200), (160, 20, 160), (0, 140, 200), (90, 90, 90)]
    for i, name in enumerate(names[3:]):
        values, colour = table[:, 3 + i], colours[i % len(colours)]
        x = 50 + (width - 70) * table[:, 0] / table[-1, 0]
        y = height - 30 - (height - 60) * values / max(values.max(), 1e-9)
        cv2.polylines(image, [np.stack([x, y], 1).astype(np.int32)], False, colour, 1, cv2.LINE_AA)
        label = f"{name}: {values[0]:.3f} to {values[-1]:.3f}"
        cv2.putText(image, label, (width - 260, 30 + 18 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    cv2.putText(image, f"{int(table[-1, 0])} samples", (width - 150, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.imwrite(str(path.with_name("curve.png")), image)
