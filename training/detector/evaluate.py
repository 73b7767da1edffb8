"""Measures an exported detector on the held-out fifth of `crowds` and `scenes` and prints one JSON object.

    python -m training.detector.evaluate --data DIR --model models/detector.onnx

Photographs are fed at 640 px (long side); sizes are those of the stored photograph: sqrt(width x height) of the box.
A detection is right when its IoU with a labelled face, each taken once and best score first, is at least 0.35.
`--calibrate` writes the score at which precision on crowds is 0.9 into the contract beside the model.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from training.common.records import ImageSet, numbers
from training.detector.data import HELD_OUT_EVERY, Photo, photos
from training.detector.detect import Found, detect, overlaps, session

MATCH_IOU = 0.35
PRECISION = 0.9
HALVES = {"left": (0, 0, .5, 1), "right": (.5, 0, 1, 1), "upper": (0, 0, 1, .5), "lower": (0, .5, 1, 1)}


def match(found: Found, truth: np.ndarray) -> np.ndarray:
    """For each detection (best first) the index of the face it finds, or -1. int [n]."""
    overlap = overlaps(found.boxes, truth)
    owner = np.full(len(found.scores), -1)
    for i in range(len(owner)):
        if len(truth) and overlap[i].max() >= MATCH_IOU:
            owner[i] = overlap[i].argmax()
            overlap[:, owner[i]] = -1
    return owner


class Tally:
    """Detections and faces of many photographs."""

    def __init__(self) -> None:
        self.scores, self.right = [], []     # per detection
        self.best, self.size, self.kind = [], [], []  # per face: the score that found it, or -1
        self.errors = []                     # (score, landmark errors [5] in eye distances, seen [5])
        self.photos = 0

    def add(self, found: Found, truth: np.ndarray, points: np.ndarray, visible: np.ndarray, kinds: list[str]) -> None:
        owner = match(found, truth)
        best = np.full(len(truth), -1.0)
        best[owner[owner >= 0]] = found.scores[owner >= 0]
        self.scores += list(found.scores)
        self.right += list(owner >= 0)
        self.best += list(best)
        self.size += list(np.sqrt(np.prod(truth[:, 2:] - truth[:, :2], 1)))
        self.kind += kinds
        self.photos += 1
        for i in np.flatnonzero(owner >= 0):
            face = owner[i]
            eyes = np.linalg.norm(points[face, 0] - points[face, 1])
            error = np.linalg.norm(found.points[i] - points[face], axis=1) / eyes
            self.errors.append((found.scores[i], error, visible[face] == 1))

    def score_at(self, precision: float) -> float:
        """The lowest score above which the share of right detections is at least `precision`."""
        order = np.argsort(-np.array(self.scores))
        right = np.cumsum(np.array(self.right)[order]) / np.arange(1, len(order) + 1)
        good = np.flatnonzero(right >= precision)
        return float(np.array(self.scores)[order][good[-1]]) if len(good) else 1.0

    def recall(self, score: float, low: float = 0, high: float = np.inf, kind: str | None = None) -> float:
        size, best = np.array(self.size), np.array(self.best)
        asked = (size >= low) & (size < high) & np.array([kind in (None, k) for k in self.kind], bool)
        return float((best[asked] >= score).mean()) if asked.any() else float("nan")

    def precision(self, score: float) -> float:
        kept = np.array(self.scores) >= score
        return float(np.array(self.right)[kept].mean()) if kept.any() else float("nan")

    def false_per_photo(self, score: float) -> float:
        return float(((np.array(self.scores) >= score) & ~np.array(self.right)).sum() / max(1, self.photos))

    def landmark_errors(self, score: float) -> np.ndarray:
        """Of every seen landmark of every found face, in eye distances. [k]"""
        kept = [error[seen] for s, error, seen in self.errors if s >= score]
        errors = np.concatenate(kept) if kept else np.zeros(0)
        return errors[np.isfinite(errors)]


def crowds(runner, folder: str) -> Tally:
    tally = Tally()
    for photo in photos(folder, "crowds", held_out=True):
        faces = photo.faces
        tally.add(detect(runner, photo.image), faces.boxes, faces.points, faces.visible, photo.kinds)
    return tally


def scene_photos(folder: str) -> list[Photo]:
    """Held-out scenes with the reference boxes as they are (training moves them to the people's convention)."""
    images = ImageSet(folder, "scenes")
    kept = photos(folder, "scenes", held_out=True)
    for photo, index in zip(kept, range(0, len(images), HELD_OUT_EVERY), strict=True):
        for face, part in enumerate(filter(None, images.rows[index]["faces"].split(";"))):
            x, y, w, h = numbers(part)[:4]
            photo.faces.boxes[face] = x, y, x + w, y + h
    return kept


def cover_half(image: np.ndarray, boxes: np.ndarray, half: str) -> np.ndarray:
    """Every face's left, right, upper or lower half turned to grey 128."""
    image = image.copy()
    x0, y0, x1, y1 = HALVES[half]
    for left, top, right, bottom in boxes:
        w, h = right - left, bottom - top
        a, b = max(0, round(left + x0 * w)), max(0, round(top + y0 * h))
        image[b : max(0, round(top + y1 * h)), a : max(0, round(left + x1 * w))] = 128
    return image


def scenes(runner, kept: list[Photo], half: str | None = None) -> Tally:
    tally = Tally()
    for photo in kept:
        faces = photo.faces
        image = cover_half(photo.image, faces.boxes, half) if half else photo.image
        tally.add(detect(runner, image), faces.boxes, faces.points, faces.visible, photo.kinds)
    return tally


def milliseconds(runner, height: int, width: int, times: int = 15) -> dict[str, float]:
    """Median and best time of one run on one thread; they part where other work shares the machine."""
    image, spent = np.zeros((1, 3, height, width), np.float32), []
    for _ in range(times):
        begun = time.perf_counter()
        runner.run(None, {"input": image})
        spent.append(time.perf_counter() - begun)
    return {"median": float(np.median(spent) * 1000), "best": min(spent) * 1000}


def measure(runner, folder: str, score: float | None = None) -> dict:
    """All figures at `score`, or at the score where precision on crowds is 0.9."""
    crowd, kept = crowds(runner, folder), scene_photos(folder)
    score = crowd.score_at(PRECISION) if score is None else score
    whole = scenes(runner, kept)
    halves = {half: scenes(runner, kept, half).recall(score) for half in HALVES}
    vga, full = milliseconds(runner, 480, 640, times=60), milliseconds(runner, 1088, 1920)
    errors, crowd_errors = whole.landmark_errors(score), crowd.landmark_errors(score)
    return {
        "crowds": {"recall20": crowd.recall(score, 20), "recall12to20": crowd.recall(score, 12, 20),
                   "recallUnder12": crowd.recall(score, 0, 12), "recallMasked20": crowd.recall(score, 20, kind="masked"),
                   "recallBare20": crowd.recall(score, 20, kind="bare"), "precision": crowd.precision(score), "score": score},
        "scenes": {"recall": whole.recall(score), "falsePerPhoto": whole.false_per_photo(score),
                   "recallHalfCovered": float(np.mean(list(halves.values()))), "recallByHalf": halves},
        "landmarkErrorPct": float(100 * errors.mean()), "landmarkErrorMedianPct": float(100 * np.median(errors)),
        "landmarkErrorCrowdsPct": float(100 * np.median(crowd_errors)),
        "msVga": vga["median"], "ms1080p": full["median"], "msVgaBest": vga["best"], "ms1080pBest": full["best"],
    }


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return round(value, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", default="models/detector.onnx")
    parser.add_argument("--score", type=float, default=None, help="measure at this score instead")
    parser.add_argument("--calibrate", action="store_true", help="write the score into the contract beside the model")
    o = parser.parse_args()
    figures = measure(session(o.model), o.data, o.score)
    print(json.dumps(rounded(figures), indent=2))
    if o.calibrate:
        path = Path(o.model).with_suffix(".json")
        text = json.loads(path.read_text())
        text["score"] = round(figures["crowds"]["score"], 3)
        path.write_text(json.dumps(text, indent=2) + "\n")


if __name__ == "__main__":
    main()
