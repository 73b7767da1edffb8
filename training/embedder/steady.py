"""Makes directions of the embedding count by how steady they are within one person, after the training.

    python -m training.embedder.steady --checkpoint FILE --faces DIR --out FILE

Within-class covariance normalisation (Hatch, Kajarekar, Stolcke, Interspeech 2006), softened: f becomes f A with A = (S + λ tr(S)/D I)^-½, where S is the mean covariance of a
person's embeddings over training faces seen whole and in part. A is linear, so it goes into the layers of the aggregation and costs nothing at run time. The share λ was chosen
on the held-out people.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..common.arithmetic import dtype
from .augment import Augmenter, Mix
from .data import Faces, load_faces, normalise
from .evaluate import load_student
from .network import INPUT_SIZE, Embedder

MOST = 20  # of a person's faces that count: some have hundreds


def within(embeddings: Tensor, people: Tensor) -> Tensor:
    """[N, D] and labels [N] → [D, D], the mean covariance within a person, of all who have two faces at least (of each as of MOST at most)."""
    order = torch.argsort(people, stable=True)
    total, count = torch.zeros(embeddings.shape[1], embeddings.shape[1], dtype=torch.float64), 0.0
    for faces in embeddings[order].double().split(torch.unique(people, return_counts=True)[1].tolist()):
        if len(faces) < 2:
            continue
        weight = min(len(faces), MOST)
        apart = faces - faces.mean(0)
        total += weight / (len(faces) - 1) * apart.T @ apart
        count += weight
    return total / count


def steadying(covariance: Tensor, share: float) -> Tensor:
    """(S + λ tr(S)/D I)^-½, scaled to a mean eigenvalue of 1 → float32 [D, D], symmetric."""
    size = len(covariance)
    values, vectors = torch.linalg.eigh(covariance + share * covariance.trace() / size * torch.eye(size, dtype=covariance.dtype))
    values = values**-0.5
    return ((vectors * (values / values.mean())) @ vectors.T).float()


@torch.no_grad()
def fold(net: Embedder, matrix: Tensor) -> None:
    """f → f A, in place: every part's layer is followed by A."""
    net.weight.copy_(net.weight @ matrix)
    net.bias.copy_(net.bias @ matrix)


@torch.no_grad()
def views(net: Embedder, faces: Faces, seed: int) -> tuple[Tensor, Tensor]:
    """Every labelled face once, whole, in part or behind something → embeddings [N, D], people [N]."""
    kind, size = dtype("cpu"), INPUT_SIZE[net.design.size]
    quick = Embedder(net.design)
    quick.load_state_dict(net.state_dict())
    quick = quick.to(kind).to(memory_format=torch.channels_last).eval()
    augment = Augmenter(Mix(patch=0.43, occlusion=0.22), torch.Generator().manual_seed(seed), size)
    known = torch.nonzero(faces.identities >= 0)[:, 0]
    parts = []
    for index in known.split(96):
        chips, _ = augment(faces.pixels(index).permute(0, 3, 1, 2).float(), faces.matrices[index])
        parts.append(quick(normalise(chips.permute(0, 2, 3, 1)).to(kind)).embedding.float())
    return F.normalize(torch.cat(parts)), faces.identities[known]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--faces", required=True, type=Path, help="what prepare wrote")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--share", type=float, default=5.0, help="λ: 0 makes all directions as steady as each other, much leaves them as they are")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    net = load_student(args.checkpoint)
    matrix = steadying(within(*views(net, load_faces(args.faces), args.seed)), args.share)
    fold(net, matrix)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({**state, "net": net.state_dict(), "average": net.state_dict(), "steady": matrix}, args.out)
    values = np.linalg.eigvalsh(matrix.numpy())
    print(f"{args.out}: directions count from {values[0]:.2f} to {values[-1]:.2f}")


if __name__ == "__main__":
    main()
