"""Checks to run by hand: shapes, losses against examples worked on paper, labels under geometry, ONNX against PyTorch.

    python -m training.detector.checks [--model models/detector.onnx [--checkpoint RUN/last.pt]]

Without the checkpoint the file is held against the network that a warm start makes of it.
"""

from __future__ import annotations

import argparse
import copy
import math
import tempfile
from pathlib import Path

import numpy as np
import torch

from training.detector.assign import assign, boxes_at, cells, iou
from training.detector.data import TEMPLATE, crop_faces
from training.detector.detect import decode, session, suppressed
from training.detector.export import Shipped, write_onnx
from training.detector.losses import EYES, Targets, box_loss, ignored, losses, points_loss, score_loss, unit
from training.detector.network import CHANNELS, STRIDES, Detector, averaged, restored, thawed
from training.detector.occlude import hide
from training.detector.train import mirrored, rate_at


def near(got, want, within: float = 1e-5) -> None:
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    assert got.shape == want.shape, f"shape {got.shape}, not {want.shape}"
    assert np.abs(got - want).max(initial=0) <= within, f"{got} is not {want}"


def one_face(box, size: int = 64) -> Targets:
    points = torch.full((1, 5, 2), float(size) / 2)
    return Targets(torch.zeros(1, dtype=torch.long), torch.tensor([box]).float(), points, torch.ones(1, 5), torch.ones(1))


def check_shapes() -> None:
    network = Detector().eval()
    assert sum(p.numel() for p in network.parameters()) < 400_000
    maps = network(torch.zeros(2, 3, 96, 160))
    assert [tuple(m.shape) for m in maps] == [(2, CHANNELS, 96 // s, 160 // s) for s in STRIDES]


def check_folding() -> None:
    network = Detector()
    network(torch.randn(4, 3, 64, 64))  # batch statistics that are not the neutral ones
    image = torch.randn(1, 3, 64, 96)
    before = [m.detach() for m in network.eval()(image)]
    for a, b in zip(before, network.fold()(image)):
        near(b.detach(), a)


def check_thawing() -> None:
    """A folded network whose norms are put back still says the same, also of pictures that they were not measured on."""
    torch.manual_seed(0)
    folded = Detector().eval().fold()
    for unit in folded.units():
        torch.nn.init.normal_(unit.conv.bias, std=0.1)
    network = thawed(folded, torch.randn(4, 3, 64, 64))
    assert all(p.requires_grad for p in network.parameters()) and network.training
    x = torch.randn(2, 3, 64, 96)
    for mine, theirs in zip(network.eval()(x), folded(x)):
        near(mine.detach(), theirs.detach(), 1e-4)


def check_overlap() -> None:
    a, b = torch.tensor([[0., 0, 2, 2], [0, 0, 1, 1]]), torch.tensor([[1., 0, 3, 2], [2, 0, 3, 1]])
    near(iou(a, b), [1 / 3, 0])              # 2 shared of 6; nothing shared
    near(box_loss(a, b), [2 / 3, 1 + 1 / 3])  # hull = union: no surplus; hull 3, union 2


def check_score_and_points() -> None:
    ones = torch.ones(1)
    near(score_loss(torch.zeros(1), ones, ones), 0.25 * math.log(2))
    near(score_loss(torch.zeros(1), ones * 0.5, ones), 0)       # sigmoid(0) is already the target
    near(score_loss(torch.zeros(1), ones, ones * 0), 0)         # not asked for
    moved = torch.zeros(1, 5, 2)
    moved[0, 2, 0] = 10
    near(points_loss(moved, torch.zeros(1, 5, 2), torch.tensor([100.])), [[0, 0, 0.1 - 0.005, 0, 0]])


def check_unit() -> None:
    """A face of 40 px: measured in its size where it looks ahead, in less the closer its eyes are, in half of it at least."""
    target = one_face([0, 0, 40, 40])
    for apart, wanted in ((40 * EYES, 40), (40 * EYES * 0.75, 30), (1, 20)):
        target.points[0, 0], target.points[0, 1] = torch.tensor([0., 0]), torch.tensor([float(apart), 0])
        near(unit(target), [wanted], 1e-4)


def check_rate() -> None:
    near([rate_at(1000, 2000, 1.0), rate_at(1500, 2000, 0.5), rate_at(1000, 2000, 0.5)], [0.5, 0.5, 1])
    near([rate_at(7000, 30000, 1.0, done=0.5), rate_at(7000, 30000, 1.0, done=1.0)], [0.5, 0])  # by the clock


def check_assignment() -> None:
    """A face of 32 px around (36, 36): its centre is that of cell (4, 4) at stride 8, and 36/8 - 0.5 = 4."""
    grid = cells(64, 64)
    assert len(grid.centres) == 64 + 16 + 4
    near(grid.centres[4 * 8 + 4], [36, 36])
    box = torch.tensor([[20., 20, 52, 52]])
    distances = torch.full((1, 84, 4), 2.0)  # right at (4, 4): 2 strides of 8 each way
    scores = torch.zeros(1, 84)
    face, cell = assign(grid, torch.zeros(1, dtype=torch.long), box, scores, distances)
    assert 4 * 8 + 4 in cell.tolist() and set(face.tolist()) == {0}
    near(iou(boxes_at(grid, distances[0, :1], torch.tensor([36])), box), [1])
    nobody = assign(grid, torch.zeros(0, dtype=torch.long), torch.zeros(0, 4), scores, distances)
    assert len(nobody[0]) == 0
    twice = assign(grid, torch.zeros(2, dtype=torch.long), box.repeat(2, 1) + torch.tensor([[0.], [1.]]), scores, distances)
    assert len(set(twice[1].tolist())) == len(twice[1]), "a cell serves two faces"


def check_ignored() -> None:
    target = one_face([0, 0, 15, 15])
    target.weight[:] = 0
    mask = ignored(cells(64, 64), target, 1)
    assert mask.sum() == 4 + 1  # 2x2 cells of stride 8 and one of stride 16; the centre of stride 32 lies outside


def check_total() -> None:
    torch.manual_seed(0)
    maps = Detector()(torch.randn(1, 3, 64, 64))
    target = one_face([20, 20, 52, 52])
    parts = losses(cells(64, 64), maps, target)
    assert all(torch.isfinite(part) for part in parts.values())
    target.points[:] = float("nan")
    target.visible[:] = float("nan")
    blind = losses(cells(64, 64), maps, target)
    assert blind["points"] == 0 and blind["visible"] == 0, "unknown landmarks must not be learnt"
    near(blind["box"].detach(), parts["box"].detach())


def check_geometry() -> None:
    face = crop_faces(TEMPLATE)
    quarter = face.moved(np.array([[0, -1, 0], [1, 0, 0]], np.float32))
    near(quarter.boxes[0, 2:] - quarter.boxes[0, :2], (face.boxes[0, 2:] - face.boxes[0, :2])[::-1], 1e-3)
    mirror = face.moved(np.array([[-1, 0, 128], [0, 1, 0]], np.float32))
    assert mirror.points[0, 0, 0] < mirror.points[0, 1, 0], "left eye is the one on the left of the image"
    cut = face.clipped(64, 128, 7)  # the right half lies off the canvas
    near(cut.visible[0, [1, 4]], [0, 0])
    near(cut.visible[0, 0], 1)


def check_mirror() -> None:
    target = one_face([4, 8, 20, 40])
    target.points = torch.arange(10.).view(1, 5, 2)
    target.visible = torch.tensor([[0., 1, 1, 1, 1]])
    images, seen = mirrored(torch.arange(64.).view(1, 1, 64, 1).expand(1, 64, 64, 3), target)
    assert images[0, 0, 0, 0] == 63
    near(seen.boxes, [[44, 8, 60, 40]])
    near(seen.points[0, 1], [64, 1])  # the left eye of before
    near(seen.visible, [[1, 0, 1, 1, 1]])


def check_hiding() -> None:
    face = crop_faces(TEMPLATE)
    hide(face, np.full((40, 80), 255, np.uint8), np.array([20, 75]))  # from below the eyes to below the mouth
    near(face.visible[0], [1, 1, 0, 0, 0])


def check_decoding() -> None:
    maps = [np.zeros((1, CHANNELS, 64 // s, 64 // s), np.float32) for s in STRIDES]
    maps[0][0, :, 4, 4] = [0.9, 2, 2, 2, 2, *[1, 0] * 5, *[1] * 5]
    maps[0][0, :, 4, 5] = [0.8, 3, 2, 1, 2, *[0, 0] * 5, *[1] * 5]  # the same box from the next cell: suppressed
    found = suppressed(decode(maps, scale=2, floor=0.5))
    near(found.boxes, [[10, 10, 26, 26]])
    near(found.points[0], [[22, 18]] * 5)
    maps[0][0, :, 5, 3] = [0.7, 2, 1, 0.5, 1, *[0, 0] * 5, *[1] * 5]  # 0.6 of it in the better box: stays, with less of a score
    near(suppressed(decode(maps, scale=2, floor=0.5)).scores, [0.9, 0.7 * (1 - 0.7 * (0.6 - 0.3))])


def check_onnx(network: Detector, path: Path) -> float:
    """Largest difference between the exported file and PyTorch, at two sizes and two batch sizes."""
    shipped, runner, worst = Shipped(network), session(path), 0.0
    for shape in ((1, 3, 96, 160), (2, 3, 320, 224)):
        image = torch.randn(shape)
        with torch.no_grad():
            pairs = zip(shipped(image), runner.run(None, {"input": image.numpy()}))
        worst = max(worst, *(float(np.abs(a.numpy() - b).max()) for a, b in pairs))
    assert worst <= 1e-5, f"ONNX differs by {worst:.2g}"
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=None)
    parser.add_argument("--checkpoint", default=None)
    o = parser.parse_args()
    torch.manual_seed(1)
    for name, check in list(globals().items()):
        if name.startswith("check_") and name != "check_onnx":
            check()
            print(f"ok  {name[6:]}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(o.model) if o.model else Path(folder) / "detector.onnx"
        source = o.checkpoint or o.model
        network = restored(averaged(source)).eval() if source else Detector()
        if not o.model:
            write_onnx(copy.deepcopy(network), path)  # exporting folds the norms in place
        print(f"ok  onnx (largest difference {check_onnx(network, path):.1e})")


if __name__ == "__main__":
    main()
