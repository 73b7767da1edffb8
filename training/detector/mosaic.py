"""Makes training pictures: windows of real photographs, collages of crops, four-in-one mosaics, then covers and wear."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.detector import clutter
from training.detector.data import LONG_SIDE, Photo, crop_faces
from training.detector.degrade import degrade, light
from training.detector.faces import Faces
from training.detector.occlude import cover

SMALLEST = 7.0  # px on the canvas: below it a face is neither asked for nor punished


@dataclass
class Sources:
    crowds: list[Photo]
    scenes: list[Photo]
    crops: np.ndarray        # uint8 [n, 128, 128, 3]
    crop_points: np.ndarray  # float32 [n, 5, 2]


class Composer:
    """`canvas(side)` -> a square picture and its faces. One composer a worker; the generator makes it repeatable."""

    def __init__(self, sources: Sources, rng: np.random.Generator, plain: float = 0.0) -> None:
        """`plain`: the share of the pictures that look as photographs do when they are fed."""
        self.sources, self.rng, self.plain = sources, rng, plain

    def canvas(self, side: int) -> tuple[np.ndarray, Faces]:
        """uint8 [side, side, 3] RGB and the faces on it."""
        if self.rng.random() < self.plain:
            return self._plain(side)
        if self.rng.random() < 0.12:
            image, faces = self._quarters(side)
        else:
            image, faces = self._scene(side)
        self._cover(image, faces)
        return degrade(self.rng, image), faces.clipped(side, side, SMALLEST)

    def _plain(self, side: int) -> tuple[np.ndarray, Faces]:
        """A window of a photograph at about the scale at which it is fed, some of its faces covered, otherwise hardly changed."""
        rng = self.rng
        name, covered = ("crowds", 0.3) if rng.random() < 0.65 else ("scenes", 0.5)
        photo = self._any(getattr(self.sources, name))
        scale = LONG_SIDE / max(photo.image.shape) * np.exp(rng.normal(0, 0.15))
        image, faces = self._window(photo, side, None, scale)
        self._cover(image, faces, covered)
        return (light(rng, image) if rng.random() < 0.5 else image), faces.clipped(side, side, SMALLEST)

    def _scene(self, side: int) -> tuple[np.ndarray, Faces]:
        roll = self.rng.random()
        if roll < 0.25:
            image = self._background(side)
            count, sizes = ((4, 30), (9, 0.35 * side)) if roll < 0.12 else ((1, 6), (30, 0.85 * side))
            return image, self._paste(image, Faces.none(), int(self.rng.integers(*count)), sizes)
        name, sizes = ("crowds", (9, 170)) if roll < 0.75 else ("scenes", (24, 330))
        image, faces = self._window(self._any(getattr(self.sources, name)), side, sizes)
        if self.rng.random() < 0.5:
            faces = self._paste(image, faces, int(self.rng.integers(1, 8)), (9, 0.5 * side))
        if self.rng.random() < 0.3:
            self._distract(image, faces)
        return image, faces

    def _quarters(self, side: int) -> tuple[np.ndarray, Faces]:
        half, groups = side // 2, []
        image = np.empty((side, side, 3), np.uint8)
        for x, y in ((0, 0), (half, 0), (0, half), (half, half)):
            image[y : y + half, x : x + half], faces = self._scene(half)
            groups.append(faces.clipped(half, half, SMALLEST).moved(np.array([[1, 0, x], [0, 1, y]], np.float32)))
        return image, Faces.joined(groups)

    def _any(self, things):
        return things[int(self.rng.integers(len(things)))]

    def _window(self, photo: Photo, side: int, sizes: tuple[float, float] | None, scale: float = 1.0) -> tuple[np.ndarray, Faces]:
        """A turned, mirrored, scaled window of a photograph, mostly around one of its faces, which gets a size
        log-uniform in `sizes` (pictures are enlarged at most fourfold, and fill most of the canvas) or comes at `scale`."""
        rng, faces, image = self.rng, photo.faces, photo.image
        if len(faces):
            which = int(rng.integers(len(faces)))
            middle, size = (faces.boxes[which, :2] + faces.boxes[which, 2:]) / 2, faces.sizes()[which]
        else:
            middle, size = np.array(image.shape[1::-1]) / 2, 60
        if rng.random() < 0.2:  # clothes, hands and lettering at the scale of the photograph's faces
            middle = rng.uniform(0, image.shape[1::-1])
        if sizes is not None:
            scale = float(np.clip(np.exp(rng.uniform(*np.log(sizes))) / size, 0.6 * side / max(image.shape), 4))
        linear = similarity(rng, scale)
        room = min(0.4, size * scale / side)
        target = rng.uniform(room, 1 - room, 2) * side
        if scale < 0.6:  # bilinear sampling would alias
            image = cv2.blur(image, (int(1 / scale) | 1,) * 2)
        matrix = np.concatenate([linear, (target - linear @ middle)[:, None]], 1).astype(np.float32)
        behind = self._background(side) if rng.random() < 0.75 else clutter.flat(rng, side, side)
        drawn = cv2.warpAffine(image, matrix, (side, side), behind, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
        return drawn, faces.moved(matrix).clipped(side, side, SMALLEST)

    def _background(self, side: int) -> np.ndarray:
        """Face-free: a drawn texture, or a piece of a photograph that no labelled face touches."""
        rng = self.rng
        if rng.random() < 0.3:
            return clutter.drawn(rng, side, side)
        for _ in range(8):
            photo = self._any(self.sources.crowds if rng.random() < 0.5 else self.sources.scenes)
            height, width = photo.image.shape[:2]
            span = int(min(height, width) * rng.uniform(0.25, 0.8))
            x, y = int(rng.integers(0, width - span + 1)), int(rng.integers(0, height - span + 1))
            if photo.faces.overlap(np.array([x, y, x + span, y + span])) < 0.05:
                return cv2.resize(photo.image[y : y + span, x : x + span], (side, side))
        return clutter.drawn(rng, side, side)

    def _paste(self, image: np.ndarray, faces: Faces, count: int, sizes: tuple[float, float]) -> Faces:
        """Up to `count` crops, face sizes log-uniform in `sizes`, mostly where no face is yet. Draws on `image`."""
        side, rng = image.shape[0], self.rng
        drawn = np.exp(rng.uniform(*np.log(sizes), count))
        for size in -np.sort(-drawn):  # small ones last: in a crowd nobody small stands behind somebody large
            which = int(rng.integers(len(self.sources.crops)))
            crop, points = self.sources.crops[which], self.sources.crop_points[which]
            linear = similarity(rng, size / 86)  # 86 px: the size of the face in a crop
            matrix = np.concatenate([linear, (rng.uniform(0, side, 2) - linear @ [64, 84])[:, None]], 1).astype(np.float32)
            face = crop_faces(points).moved(matrix)
            if faces.overlap(face.boxes[0]) > 0.15 * (rng.random() < 0.9) + 0.02:
                continue
            stamp(rng, image, crop, matrix)
            faces = Faces.joined([faces, face])
        return faces

    def _distract(self, image: np.ndarray, faces: Faces) -> None:
        """Stamps face-free patches with the very outlines that faces are pasted with. Draws on `image`."""
        side, rng = image.shape[0], self.rng
        for _ in range(int(rng.integers(1, 6))):
            linear = similarity(rng, np.exp(rng.uniform(np.log(9), np.log(side * 0.4))) / 86)
            matrix = np.concatenate([linear, (rng.uniform(0, side, 2) - linear @ [64, 84])[:, None]], 1).astype(np.float32)
            box = crop_faces(self.sources.crop_points[0]).moved(matrix).boxes[0]
            if faces.overlap(box) < 0.05:
                stamp(rng, image, self._background(128), matrix)

    def _cover(self, image: np.ndarray, faces: Faces, share: float = 0.42) -> None:
        elsewhere = self._any(self.sources.scenes).image
        for which in np.flatnonzero((faces.sizes() > 13) & (faces.weight > 0)):
            if self.rng.random() < share:
                cover(self.rng, image, faces, which, elsewhere)


def similarity(rng: np.random.Generator, scale: float) -> np.ndarray:
    """2x2: scale, a turn (mostly small, seldom up to 45 degrees), a mirror half of the time, a slight stretch."""
    turn = np.radians(rng.normal(0, 8) if rng.random() < 0.85 else rng.uniform(-45, 45))
    cos, sin = np.cos(turn), np.sin(turn)
    mirror = np.diag([rng.choice([-1.0, 1.0]) * np.exp(rng.normal(0, 0.06)), 1.0])
    return np.array([[cos, -sin], [sin, cos]]) @ mirror * scale


def outline(rng: np.random.Generator) -> np.ndarray:
    """How much of a 128 px crop is pasted, float32 [128, 128] in 0..1: an oval head, the whole square, soft or hard."""
    mask = np.zeros((128, 128), np.float32)
    if rng.random() < 0.6:
        axes = int(rng.uniform(46, 62)), int(rng.uniform(56, 70))
        cv2.ellipse(mask, (64, 72), axes, 0, 0, 360, 1.0, -1)
    else:
        edge = int(rng.integers(1, 14))
        mask[edge : 128 - edge, edge : 128 - edge] = 1
    return cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.5, 6)))


def stamp(rng: np.random.Generator, image: np.ndarray, crop: np.ndarray, matrix: np.ndarray) -> None:
    """Blends a 128 px crop into `image` [S, S, 3] under a 2x3 similarity, in place, within its own rectangle."""
    corners = np.array([[0, 0], [128, 0], [0, 128], [128, 128]]) @ matrix[:, :2].T + matrix[:, 2]
    low = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(0)).astype(int), image.shape[0])
    if (high - low < 2).any():
        return
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    shrink = 0.5 ** max(0, int(np.log2(0.75 / scale)) + 1) if scale < 0.75 else 1.0
    crop, mask = (cv2.resize(a, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else a
                  for a in (crop, outline(rng)))
    local = matrix.copy()
    local[:, :2] /= shrink
    local[:, 2] -= low
    size = tuple(int(v) for v in high - low)
    share = cv2.warpAffine(mask, local, size)[..., None]
    view = image[low[1] : high[1], low[0] : high[0]]
    view[:] = (view * (1 - share) + cv2.warpAffine(crop, local, size) * share).astype(np.uint8)
