"""Measures the thresholds of an exported network and writes its contract, `embedder.json`.

    python -m training.embedder.calibrate --onnx models/embedder.onnx --faces DIR --version 1.0.0 --samples 300000 --seed 1 --commit HEAD --command "…"

What the last four say of the training is in its log; the rest is read from the file or measured on it.
Pairs are made of the faces of the 300 identities that are never trained on. A false-match rate is the share of the pairs of strangers that
reach the threshold. Two people of `fiw` may be relatives, and some people bear two labels: such pairs are no strangers (see `strangers`).
For partial faces one side is a protocol patch, and the thresholds go by how much of the face it leaves.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from .align import FILL, PROTOCOL_EYES, PROTOCOL_TEMPLATE, warp
from .data import Faces, load_faces
from .evaluate import run, shipped
from .prepare import LEAK
from .protocol import CENTRES, patch
from .teacher import MEAN, SCALE

RATES = (1e-2, 1e-3, 1e-4, 1e-5)
BINS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0))
FACE = (24, 24, 136, 152)  # x0, y0, x1, y1 of the face itself in the 160 px chip: visibility is the share of this box that is left
PATCHES = 2  # partial probes made of each face


def threshold(impostors: np.ndarray, rate: float) -> float:
    """The lowest score that at most `rate` of the impostor scores reach. Asked for less than one pair: just above the highest."""
    allowed = int(rate * len(impostors) + 1e-9)
    if allowed == 0:
        return float(impostors.max()) + 1e-4
    return float(np.partition(impostors, len(impostors) - allowed)[len(impostors) - allowed])


def thresholds(impostors: np.ndarray) -> dict[str, float]:
    return {f"1e-{i + 2}": round(threshold(impostors, rate), 4) for i, rate in enumerate(RATES)}


def chips(faces: Faces) -> np.ndarray:
    return np.stack([warp(faces.crops[row], matrix.numpy(), 160) for row, matrix in zip(faces.rows, faces.matrices)])


def partial_probes(whole: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """→ probes [n · PATCHES, 160, 160, 3], which face each is of, and how much of FACE it shows. Factors .1 to .9, half of them centred."""
    x0, y0, x1, y1 = FACE
    probes, owners, shares = [], [], []
    ones = np.zeros((160, 160, 1), np.uint8)
    for owner, chip in enumerate(whole):
        for _ in range(PATCHES):
            part, factor = rng.choice(list(CENTRES)), rng.uniform(0.1, 0.9)
            probes.append(patch(chip, part, factor, bool(rng.random() < 0.5)))
            owners.append(owner)
            shares.append((patch(ones, part, factor, False)[y0:y1, x0:x1] != FILL).mean())
    return np.stack(probes), np.array(owners), np.array(shares)


def strangers(faces: Faces) -> np.ndarray:
    """bool [n, n]: pairs that surely are of two unrelated people. Not two of `fiw`, which is made of families; and not two labels that
    the teacher takes for one person (cosine above LEAK), as happens where two sets have the same celebrity."""
    names, targets = faces.names, faces.targets.numpy()
    family = np.char.startswith(names, "fiw")
    relatives = family[:, None] & family[None]
    return (names[:, None] != names[None]) & ~relatives & (targets @ targets.T <= LEAK)


def measure(path: Path, faces: Faces) -> tuple[dict, dict]:
    """→ the contract's thresholds, and what the model card says of them."""
    embed, people = shipped(path), faces.identities.numpy()
    images = chips(faces)
    whole = run(embed, images).numpy()
    pairs = np.triu_indices(len(whole), 1)
    genuine, impostor = people[:, None] == people[None], strangers(faces)
    scores = whole @ whole.T
    found = {"whole": thresholds(scores[pairs][impostor[pairs]]), "byVisibility": []}
    card = {"whole": rates(scores[pairs], genuine[pairs], impostor[pairs], found["whole"])}
    related = ~genuine & ~impostor
    card["whole, relatives and double labels"] = rates(scores[pairs], genuine[pairs], related[pairs], found["whole"])
    probes, owners, shares = partial_probes(images, np.random.default_rng(0))
    scores_of_parts = run(embed, probes).numpy() @ whole.T
    for low, high in BINS:
        chosen = (shares >= low) & (shares < high if high < 1 else shares <= 1)
        score, owner = scores_of_parts[chosen], owners[chosen]
        mate = genuine[owner] & (owner[:, None] != np.arange(len(whole))[None])  # a probe never meets its own photograph
        values = thresholds(score[impostor[owner]])
        found["byVisibility"].append({"min": low, "max": high, "fmr": values})
        card[f"visible {low} to {high}"] = rates(score, mate, impostor[owner], values)
    card["by brightness of the face"] = by_brightness(images, scores[pairs], genuine[pairs], impostor[pairs], pairs, found["whole"]["1e-3"])
    return found, card


def rates(scores: np.ndarray, genuine: np.ndarray, impostor: np.ndarray, at: dict[str, float]) -> dict:
    """How many pairs there are, and which share of each kind reaches the thresholds."""
    share = lambda chosen, value: float(f"{(scores[chosen] >= value).mean():.4g}")  # noqa: E731
    return {
        "genuine pairs": int(genuine.sum()), "impostor pairs": int(impostor.sum()),
        "accepted at FMR": {rate: share(genuine, value) for rate, value in at.items()},
        "false matches": {rate: share(impostor, value) for rate, value in at.items()},
    }  # fmt: skip


def by_brightness(images: np.ndarray, scores: np.ndarray, genuine: np.ndarray, impostor: np.ndarray, pairs: tuple, at: float) -> dict:
    """The rates at one threshold within each third of the faces by brightness: skin and light together, a crude proxy, but
    the data has no labels of people's groups."""
    x0, y0, x1, y1 = FACE
    light = np.array([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[y0 + 20 : y1 - 20, x0 + 20 : x1 - 20].mean() for image in images])
    third = np.digitize(light, np.quantile(light, [1 / 3, 2 / 3]))
    result = {}
    for number, name in enumerate(("darkest third", "middle third", "brightest third")):
        within = (third[pairs[0]] == number) & (third[pairs[1]] == number)
        result[name] = rates(scores, genuine & within, impostor & within, {"1e-3": at})
    return result


def contract(args: argparse.Namespace, found: dict) -> dict:
    session = onnxruntime.InferenceSession(str(args.onnx), providers=["CPUExecutionProvider"])
    parts, attention = session.run(["parts", "attention"], {"input": np.zeros((1, 3, 112, 112), np.float32)})
    commit = subprocess.run(["git", "rev-parse", args.commit], capture_output=True, text=True, check=True).stdout.strip()
    scale = 112 / 160
    return {
        "name": "glimpse-embedder-small", "version": args.version, "file": args.onnx.name,
        "sha256": hashlib.sha256(args.onnx.read_bytes()).hexdigest(),
        "input": {"name": "input", "width": 112, "height": 112, "colour": "RGB", "mean": [MEAN] * 3, "scale": [SCALE] * 3},
        "alignment": {
            "template": [[round(float(v) * scale, 4) for v in point] for point in PROTOCOL_TEMPLATE],
            "eyesMidpoint": [round(float(v) * scale, 4) for v in PROTOCOL_EYES], "fill": FILL,
        },
        "outputs": {name: name for name in ("embedding", "importance", "parts", "attention")},
        "dimensions": parts.shape[2], "maps": parts.shape[1], "attentionSize": attention.shape[2:], "thresholds": found,
        "training": {"commit": commit, "seed": args.seed, "samples": args.samples, "command": args.command},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", required=True, type=Path)
    parser.add_argument("--faces", required=True, type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--samples", required=True, type=int, help="how many the training has seen, for the contract")
    parser.add_argument("--seed", required=True, type=int, help="the training's, for the contract")
    parser.add_argument("--commit", default="HEAD", help="the one that the training ran at, for the contract")
    parser.add_argument("--command", required=True, help="the training command, for the contract")
    args = parser.parse_args()
    found, card = measure(args.onnx, load_faces(args.faces, "held_out"))
    target = args.onnx.with_suffix(".json")
    target.write_text(json.dumps(contract(args, found), indent=2) + "\n")
    print(json.dumps(card, indent=2))


if __name__ == "__main__":
    main()
