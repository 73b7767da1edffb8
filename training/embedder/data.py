"""The prepared training faces, and how pixels become network input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .align import protocol_matrix
from .teacher import MEAN, SCALE


def normalise(image: Tensor) -> Tensor:
    """uint8 or float [N, H, W, 3], RGB, 0..255 → float32 [N, 3, H, W], channels last in memory."""
    return ((image.float() - MEAN) * SCALE).permute(0, 3, 1, 2)


@dataclass
class Faces:
    """`n` training faces in memory; row i of each array is one face. Pixels stay on disk until asked for, or lie on the GPU (`to`)."""

    crops: np.ndarray | Tensor  # uint8 [n, 128, 128, 3], RGB
    points: Tensor  # [n, 5, 2] landmarks in crop pixels
    matrices: Tensor  # [n, 2, 3], crop pixels → pixels of the protocol's 160 px chip
    names: np.ndarray  # [n] label of the identity, e.g. "fiw-00012"; empty: unlabelled
    identities: Tensor  # int64 [n]; -1: unlabelled
    targets: Tensor  # [n, 256] the mean of the teacher's embeddings of the face and of its mirror image, L2 norm 1
    basis: Tensor  # [512, 256] the teacher's subspace
    rows: np.ndarray  # int64 [n], where each face lies in `crops`

    def __len__(self) -> int:
        return len(self.rows)

    def pixels(self, index: Tensor) -> Tensor:
        """uint8 [B, 128, 128, 3], where the crops are."""
        if isinstance(self.crops, Tensor):
            return self.crops[index]
        return torch.from_numpy(self.crops[self.rows[index.numpy()]])

    def to(self, device: torch.device) -> Faces:
        """The same faces with everything that a batch is made of on a GPU (2 GB for 38,000); on a CPU they stay as they are."""
        if device.type == "cpu":
            return self
        moved = {name: getattr(self, name).to(device) for name in ("points", "matrices", "identities", "targets", "basis")}
        crops = torch.from_numpy(self.crops[self.rows]).to(device)
        return replace(self, crops=crops, rows=np.arange(len(self)), **moved)

    @property
    def people(self) -> int:
        return int(self.identities.max()) + 1


def load_faces(folder: Path | str, part: str = "train") -> Faces:
    """What `prepare` wrote: `part` is "train" or "held_out"."""
    folder = Path(folder)
    stored = np.load(folder / "faces.npz")
    rows = stored[part]
    names = stored["names"][rows]
    known = {name: number for number, name in enumerate(sorted(set(names) - {""}))}
    points = stored["points"][rows]
    return Faces(
        crops=np.load(folder / "crops.npy", mmap_mode="r"),
        points=torch.from_numpy(points),
        matrices=torch.from_numpy(np.stack([protocol_matrix(p) for p in points])).float(),
        names=names,
        identities=torch.tensor([known.get(name, -1) for name in names]),
        targets=F.normalize(torch.from_numpy(stored["targets"][rows]).sum(1)),
        basis=torch.from_numpy(stored["basis"]),
        rows=rows,
    )
