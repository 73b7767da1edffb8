"""Reads the data sets: `NAME.bin` holds WebP images end to end, `NAME.tsv` one line for each.

A line begins with `offset` and `bytes`; the header names the rest. Some headers explain a field in brackets
(`faces(x,y,w,h,…)`): a field's name ends at the bracket.
"""

from __future__ import annotations

import mmap
from pathlib import Path

import cv2
import numpy as np

Record = dict[str, str]


def read_table(path: Path) -> list[Record]:
    """The rows of a tab-separated file, each a dict from field name to text (empty fields are kept)."""
    lines = path.read_text(encoding="utf-8").split("\n")
    names = [name.split("(")[0] for name in lines[0].split("\t")]
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        values = line.split("\t")
        if len(values) != len(names):
            raise ValueError(f"{path}:{number}: {len(values)} fields, the header has {len(names)}")
        rows.append(dict(zip(names, values)))
    return rows


class ImageSet:
    """One `.bin`/`.tsv` pair. `len(images)`, `images.rows[i]`, and `images.decode(i)` → uint8 [H, W, 3], RGB."""

    def __init__(self, folder: Path | str, name: str) -> None:
        folder = Path(folder)
        self.name = name
        self.rows = read_table(folder / f"{name}.tsv")
        with open(folder / f"{name}.bin", "rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self.rows)

    def decode(self, index: int) -> np.ndarray:
        row = self.rows[index]
        start = int(row["offset"])
        data = self._bytes[start : start + int(row["bytes"])]
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"{self.name}: image {index} cannot be decoded")
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def numbers(text: str) -> np.ndarray:
    """Comma-separated numbers → float32 [n]; an empty text gives an empty array."""
    return np.array([float(part) for part in text.split(",")] if text else [], np.float32)


def landmarks(text: str) -> np.ndarray:
    """`landmarks_xy5` → float32 [5, 2]: left eye, right eye, nose, left and right mouth corner (as seen in the image)."""
    points = numbers(text)
    if points.size != 10:
        raise ValueError(f"five landmarks are ten numbers, not {points.size}")
    return points.reshape(5, 2)


def available(folder: Path | str, names: list[str]) -> list[str]:
    """Those of `names` whose two files are in the folder, in the order given."""
    folder = Path(folder)
    return [name for name in names if (folder / f"{name}.bin").exists() and (folder / f"{name}.tsv").exists()]
