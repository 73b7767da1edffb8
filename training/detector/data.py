"""The photographs and crops the detector learns from and is measured on, with one convention for boxes.

People's boxes on `crowds` are the truth. YuNet's on `scenes` are taller and sit higher; they are brought to the
people's convention by the medians of both kinds of box in units of the landmarks' spread (`people_box`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.common.records import ImageSet, available, landmarks, numbers
from training.detector.faces import Faces

LONG_SIDE = 640     # px: photographs are brought to this, up or down
HELD_OUT_EVERY = 5  # photographs whose index is a multiple of this are never trained on
CROPS = ["train-fiw", "train-pins", "train-celeba", "train-utk"]
TEMPLATE = np.array([[46.3, 59.7], [81.5, 59.5], [64.0, 79.7], [49.5, 100.4], [78.7, 100.2]], np.float32)
SEEN_BY_CLASS = {"bare": [1, 1, 1, 1, 1], "masked": [1, 1, 0, 0, 0], "badly_worn": [1, 1, np.nan, np.nan, np.nan]}


@dataclass
class Photo:
    image: np.ndarray  # uint8 [H, W, 3], RGB
    faces: Faces
    kinds: list[str]   # per face: bare, masked, badly_worn; reference (a machine's label)


def people_box(box: np.ndarray) -> np.ndarray:
    """YuNet's x, y, w, h [4] -> left, top, right, bottom [4] as people draw it: 6 % wider, the lower 84 % and a bit.

    Medians over the training photographs, in units of the landmarks' mean distance from their centre: YuNet centre
    -0.38, sides 3.74 x 5.11; people (bare faces) centre +0.21, sides 3.96 x 4.32."""
    x, y, w, h = box
    cx, cy = x + w / 2, y + h / 2 + 0.115 * h
    half = np.array([1.059 * w, 0.845 * h]) / 2
    return np.array([cx - half[0], cy - half[1], cx + half[0], cy + half[1]], np.float32)


def crop_faces(points: np.ndarray) -> Faces:
    """The one face of an aligned crop: landmarks [5, 2] -> labels in crop pixels (same medians as `people_box`).

    The spread is the template's, not the face's own: a profile's landmarks are narrow, its head is not."""
    middle = points.mean(0)
    spread = np.linalg.norm(TEMPLATE - TEMPLATE.mean(0), axis=1).mean()
    centre, half = middle + [0, 0.206 * spread], np.array([3.96, 4.32]) / 2 * spread
    box = np.concatenate([centre - half, centre + half])[None].astype(np.float32)
    return Faces(box, points[None], np.ones((1, 5), np.float32), np.ones(1, np.float32))


def crowd_faces(text: str) -> tuple[Faces, list[str]]:
    groups, kinds = [], []
    for part in filter(None, text.split(";")):
        fields = part.split(",")
        x, y, w, h = map(float, fields[:4])
        known = len(fields) == 15
        points = np.array(fields[5:], np.float32).reshape(1, 5, 2) if known else np.full((1, 5, 2), np.nan, np.float32)
        seen = np.array([SEEN_BY_CLASS[fields[4]]], np.float32)
        if not known:  # the teacher found no face: hidden is certain, seen is not
            seen[seen == 1] = np.nan
        groups.append(Faces(np.array([[x, y, x + w, y + h]], np.float32), points, seen, np.ones(1, np.float32)))
        kinds.append(fields[4])
    return Faces.joined(groups), kinds


def scene_faces(text: str) -> tuple[Faces, list[str]]:
    groups = []
    for part in filter(None, text.split(";")):
        values = numbers(part)
        seen = np.full((1, 5), 1 if values[4] > 0.8 else np.nan, np.float32)
        groups.append(Faces(people_box(values[:4])[None], values[5:].reshape(1, 5, 2), seen, values[4:5]))
    return Faces.joined(groups), ["reference"] * len(groups)


def photos(folder: Path | str, name: str, held_out: bool) -> list[Photo]:
    """The photographs of `crowds` or `scenes`, either the fifth that is kept out or the rest."""
    images = ImageSet(folder, name)
    read = crowd_faces if name == "crowds" else scene_faces
    chosen = [i for i in range(len(images)) if (i % HELD_OUT_EVERY == 0) == held_out]
    return [Photo(images.decode(i), *read(images.rows[i]["faces"])) for i in chosen]


def crops(folder: Path | str, cache: Path | str, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """All aligned crops: uint8 [n, 128, 128, 3] (memory-mapped from `cache`, decoded once) and landmarks [n, 5, 2]."""
    sets = [ImageSet(folder, name) for name in available(folder, CROPS)]
    index = [(s, i) for s in sets for i in range(len(s))]
    index = index[:: max(1, len(index) // limit)] if limit else index
    points = np.stack([landmarks(s.rows[i]["landmarks_xy5"]) for s, i in index])
    key = hashlib.sha256("".join(f"{s.name}:{s.rows[i]['offset']} " for s, i in index).encode()).hexdigest()[:12]
    path = Path(cache) / f"crops-{key}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        pixels = np.lib.format.open_memmap(part, "w+", np.uint8, (len(index), 128, 128, 3))
        for row, (s, i) in enumerate(index):
            pixels[row] = s.decode(i)
        pixels.flush()
        part.rename(path)  # a cut-short run leaves no half-filled cache behind
    return np.load(path, mmap_mode="r"), points
