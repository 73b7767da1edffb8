"""The seven PartialLFW columns in Python, to watch a run; `npm run eval:partial` is the measure that is published.

    python -m training.embedder.evaluate --data DIR --checkpoint FILE [--teacher fr_feature.onnx] [--folds 1,2] [--factors .1,.3,.5]

`--checkpoint` may be repeated; `--onnx FILE` evaluates a shipped file; `--teacher` adds the untouched teacher's row.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from ..common.records import ImageSet, landmarks, read_table
from ..common.arithmetic import dtype
from .align import PROTOCOL_EYES, PROTOCOL_TEMPLATE, protocol_matrix, warp
from .data import normalise
from .network import Design, Embedder
from .protocol import FACTORS, HALVES, patch
from .teacher import load_teacher, runner

Embed = Callable[[np.ndarray], torch.Tensor]  # uint8 160 px chips [B, 160, 160, 3] → [B, D], L2 norm 1

COLUMNS = ["holistic", *HALVES, *("centred" + name[0].upper() + name[1:] for name in HALVES)]


class Lfw:
    """The pairs of some folds and the chips of their images."""

    def __init__(self, folder: Path, folds: list[int] | None) -> None:
        images = ImageSet(folder, "lfw")
        pairs = [p for p in read_table(folder / "lfw-pairs.tsv") if folds is None or int(p["fold"]) in folds]
        used = sorted({p[side] for p in pairs for side in ("image_a", "image_b")})
        place = {name: i for i, name in enumerate(used)}
        rows = {row["image"]: i for i, row in enumerate(images.rows)}
        self.chips = np.stack([self.chip(images, rows[name]) for name in used])
        self.first = np.array([place[p["image_a"]] for p in pairs])
        self.second = np.array([place[p["image_b"]] for p in pairs])
        self.same = np.array([p["same"] == "1" for p in pairs])
        self.fold = np.array([int(p["fold"]) for p in pairs])

    @staticmethod
    def chip(images: ImageSet, row: int) -> np.ndarray:
        return warp(images.decode(row), protocol_matrix(landmarks(images.rows[row]["landmarks_xy5"])), 160)


def accuracy(scores: np.ndarray, same: np.ndarray, fold: np.ndarray) -> float:
    """Mean over the folds of the accuracy at the threshold that is best on the other folds (on its own where there is only one)."""
    results = []
    for held in np.unique(fold):
        test = fold == held
        rest = ~test if not test.all() else test
        threshold = best_threshold(scores[rest], same[rest])
        results.append(np.mean((scores[test] >= threshold) == same[test]))
    return float(np.mean(results))


def best_threshold(scores: np.ndarray, same: np.ndarray) -> float:
    """The threshold with the most correct decisions, half-way between two neighbouring scores."""
    order = np.argsort(scores)
    ranked, truth = scores[order], same[order]
    correct = np.concatenate([[0], np.cumsum(~truth)]) + truth.sum() - np.concatenate([[0], np.cumsum(truth)])
    best = int(np.argmax(correct))
    low = ranked[best - 1] if best else ranked[0] - 1
    high = ranked[best] if best < len(ranked) else ranked[-1] + 1
    return float((low + high) / 2)


def evaluate(embed: Embed, lfw: Lfw, factors: tuple[float, ...] = FACTORS) -> dict[str, float]:
    """→ percent for each column, in the order of `COLUMNS`."""
    measure = lambda a, b: accuracy((a * b).sum(1).numpy(), lfw.same, lfw.fold) * 100  # noqa: E731
    first, second = torch.from_numpy(lfw.first), torch.from_numpy(lfw.second)
    whole = run(embed, lfw.chips)
    sums = {name: [] for name in COLUMNS}
    sums["holistic"].append(measure(whole[first], whole[second]))
    for centred in (False, True):
        names = COLUMNS[4:] if centred else COLUMNS[1:4]
        for factor in factors:
            parts = {"whole": whole}
            for part in ("left", "right", "nose", "mouth"):
                parts[part] = run(embed, np.stack([patch(chip, part, factor, centred) for chip in lfw.chips]))
            for name, halves in zip(names, HALVES.values()):
                for a, b in halves:
                    sums[name].append(measure(parts[a][first], parts[b][second]))
                    if a != b:
                        sums[name].append(measure(parts[b][first], parts[a][second]))
    return {name: float(np.mean(values)) for name, values in sums.items()}


def run(embed: Embed, chips: np.ndarray, batch: int = 128) -> torch.Tensor:
    with torch.inference_mode():
        return torch.cat([embed(chips[i : i + batch]).float() for i in range(0, len(chips), batch)])


def student_input(chips: np.ndarray, size: int) -> torch.Tensor:
    """The protocol's chips at the network's own scale (160 px drawn `size` px wide), normalised."""
    matrix = np.array([[size / 160, 0, 0], [0, size / 160, 0]])
    return normalise(torch.from_numpy(np.stack([warp(chip, matrix, size) for chip in chips])))


def student(net: Embedder, size: int = 112) -> Embed:
    kind = dtype("cpu")
    net = net.to(kind).to(memory_format=torch.channels_last).eval()
    return lambda chips: net(student_input(chips, size).to(kind)).embedding


def teacher_row(path: Path) -> Embed:
    """The untouched teacher. From the chip to its 112 px: eye distance 35.2 px, midpoint of the eyes at (55.9, 51.6), grey beyond."""
    net = runner(load_teacher(path), "cpu")
    scale = 35.2 / (PROTOCOL_TEMPLATE[1, 0] - PROTOCOL_TEMPLATE[0, 0])
    matrix = np.array([[scale, 0, 55.9 - scale * PROTOCOL_EYES[0]], [0, scale, 51.6 - scale * PROTOCOL_EYES[1]]])

    def embed(chips: np.ndarray) -> torch.Tensor:
        image = normalise(torch.from_numpy(np.stack([warp(chip, matrix, 112) for chip in chips])))
        return F.normalize(net(image))

    return embed


def shipped(path: Path) -> Embed:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda chips: torch.from_numpy(session.run(["embedding"], {"input": student_input(chips, 112).numpy()})[0])


def load_student(path: Path, averaged: bool = True) -> Embedder:
    """The network of a checkpoint, with the moving average of its weights."""
    state = torch.load(path, map_location="cpu")
    net = Embedder(Design(**state["design"]))
    net.load_state_dict(state["average" if averaged else "net"])
    return net.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--checkpoint", type=Path, action="append", default=[])
    parser.add_argument("--onnx", type=Path, action="append", default=[])
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--raw", action="store_true", help="the last weights, not their moving average")
    parser.add_argument("--folds", type=lambda text: [int(f) for f in text.split(",")])
    parser.add_argument("--factors", type=lambda text: tuple(float(f) for f in text.split(",")), default=FACTORS)
    args = parser.parse_args()
    rows: dict[str, Embed] = {str(p): student(load_student(p, not args.raw)) for p in args.checkpoint}
    rows |= {str(p): shipped(p) for p in args.onnx}
    if args.teacher:
        rows["teacher"] = teacher_row(args.teacher)
    lfw = Lfw(args.data, args.folds)
    for name, embed in rows.items():
        result = evaluate(embed, lfw, args.factors)
        print(name, json.dumps({k: round(v, 2) for k, v in result.items()}), flush=True)


if __name__ == "__main__":
    main()
