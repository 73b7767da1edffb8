"""Prepares the data once: decodes every crop, embeds it with the teacher, finds who is in LFW and who is held out.

    python -m training.embedder.prepare --data DIR --teacher fr_feature.onnx --out DIR

Writes `crops.npy` (uint8 [n, 128, 128, 3]) and `faces.npz` (see data.py). `--limit` takes the first images of each set only.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from ..common.records import ImageSet, available, landmarks
from .align import teacher_matrix, warp
from .data import normalise
from .teacher import Run, load_teacher, runner

SETS = ["train-fiw", "train-pins", "train-celeba", "train-utk"]
LEAK = 0.6  # a training face this close to an LFW face (teacher's cosine) may be the same person
HELD_OUT = 300  # identities (a third of them at most) that are never trained on: thresholds are measured on them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--teacher", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--no-mirror", action="store_true", help="ask the teacher for the crops alone, not for their mirror images too: half the time")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    crops, points, names = decode_all(args.data, args.limit)
    np.save(args.out / "crops.npy", crops)
    teacher = runner(load_teacher(args.teacher), "cpu")
    plain = embed(teacher, crops[:, 8:120, 8:120])
    mirrored = plain if args.no_mirror else embed(teacher, crops[:, 8:120, 119:7:-1])
    closest = closest_in_lfw(teacher, args.data, plain, args.limit)
    train, held_out = split(names, closest)
    if len(train) < 256:
        raise SystemExit(f"{len(train)} faces to train on: the teacher's subspace needs 256 at least")
    basis = torch.linalg.svd(plain[torch.from_numpy(train)], full_matrices=False)[2][:256].T
    targets = torch.stack([F.normalize(plain @ basis), F.normalize(mirrored @ basis)], 1)
    kept = (plain @ basis).norm(dim=1).mean()
    np.savez(
        args.out / "faces.npz", points=points, names=np.array(names), train=train, held_out=held_out,
        basis=basis.numpy(), targets=targets.numpy(), closest=closest,
    )  # fmt: skip
    report(names, train, held_out, float(kept))


def decode_all(folder: Path, limit: int | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """→ crops uint8 [n, 128, 128, 3], landmarks float32 [n, 5, 2], identities (empty: unlabelled)."""
    crops, points, names = [], [], []
    for name in available(folder, SETS):
        images = ImageSet(folder, name)
        for index, row in enumerate(images.rows[:limit]):
            crops.append(images.decode(index))
            points.append(landmarks(row["landmarks_xy5"]))
            names.append(row["identity"])
        print(f"{name}: {len(crops)} crops so far", flush=True)
    return np.stack(crops), np.stack(points), names


@torch.no_grad()
def embed(teacher: Run, chips: np.ndarray, batch: int = 128) -> torch.Tensor:
    """uint8 [n, 112, 112, 3] → float32 [n, 512], L2 norm 1."""
    parts = []
    for start in range(0, len(chips), batch):
        image = normalise(torch.from_numpy(np.ascontiguousarray(chips[start : start + batch])))
        parts.append(F.normalize(teacher(image)))
    return torch.cat(parts)


def closest_in_lfw(teacher: Run, folder: Path, faces: torch.Tensor, limit: int | None) -> np.ndarray:
    """For each training face the cosine of the closest LFW face → float32 [n]. Without LFW in the folder: −1."""
    if not available(folder, ["lfw"]):
        return np.full(len(faces), -1, np.float32)
    images = ImageSet(folder, "lfw")
    rows = images.rows[:limit]
    chips = [warp(images.decode(i), teacher_matrix(landmarks(row["landmarks_xy5"])), 112) for i, row in enumerate(rows)]
    known = embed(teacher, np.stack(chips))
    return torch.cat([(part @ known.T).amax(1) for part in faces.split(2048)]).numpy()


def split(names: list[str], closest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """→ indices to train on, and to hold out. The held-out identities are those of fiw and celeba with the smallest SHA-256 of
    their name, so that the choice stays whatever else changes; they have two images at least and nobody in LFW."""
    array = np.array(names)
    leaked = set(array[(closest > LEAK) & (array != "")])
    counts = dict(zip(*np.unique(array, return_counts=True)))
    eligible = [n for n, c in counts.items() if n.startswith(("fiw", "celeba")) and c >= 2 and n not in leaked]
    chosen = set(sorted(eligible, key=lambda n: hashlib.sha256(n.encode()).hexdigest())[: min(HELD_OUT, len(eligible) // 3)])
    held = np.array([n in chosen for n in names])
    dropped = (closest > LEAK) | np.array([n in leaked for n in names])
    return np.flatnonzero(~held & ~dropped), np.flatnonzero(held)


def report(names: list[str], train: np.ndarray, held_out: np.ndarray, kept: float) -> None:
    array = np.array(names)
    used = np.zeros(len(array), bool)
    used[train], used[held_out] = True, True
    people = set(array[~used]) - {""}
    by_set = {s: sum(n.startswith(s) for n in people) for s in ("fiw", "pins", "celeba")}
    print(f"{len(array)} crops; {len(train)} to train on ({len(set(array[train]) - {''})} identities), "
          f"{len(held_out)} held out ({len(set(array[held_out]))} identities)")  # fmt: skip
    print(f"dropped, too close to LFW (> {LEAK}): {len(people)} identities {by_set} with {int((array[~used] != '').sum())} crops, "
          f"{int((array[~used] == '').sum())} unlabelled crops")  # fmt: skip
    print(f"256 dimensions keep {kept:.4f} of the norm of a normalised teacher embedding")


if __name__ == "__main__":
    main()
