"""Checks of the embedder's training code, run by hand: `python -m training.embedder.checks`.

Each function is one check and stands alone, so pytest can collect this file too. None needs data.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..common.arithmetic import dtype
from . import kernels, losses
from .align import PROTOCOL_TEMPLATE, protocol_matrix, similarity
from .augment import SIZE, Augmenter, Mix, sample
from .batches import mirror_matrices, whole_chips
from .calibrate import threshold
from .data import Faces
from .evaluate import accuracy, best_threshold
from .export import export, largest_difference
from .jpeg import compressed
from .network import Design, Embedder, attentional_pooling
from .protocol import CENTRES, patch
from .teacher import fill
from .train import seed_maps, turn_towards


def close(got: Tensor | float, wanted: object, within: float = 1e-5) -> None:
    got, wanted = torch.as_tensor(got, dtype=torch.float64), torch.as_tensor(wanted, dtype=torch.float64)
    said = f"{got.tolist()} is not {wanted.tolist()}" if got.numel() < 20 else f"off by {(got - wanted).abs().max().item():.1e}"
    assert torch.allclose(got, wanted, atol=within, rtol=0), said


def unit_rows(*rows: list[float]) -> Tensor:
    return F.normalize(torch.tensor(rows, dtype=torch.float32), dim=1)


def check_shapes_of_small() -> None:
    for maps, attention in ((12, True), (4, True), (12, False)):
        net = Embedder(Design("small", maps, attention=attention)).eval()
        out = net(torch.randn(3, 3, 112, 112))
        assert out.embedding.shape == (3, 256) and out.importance.shape == (3, maps)
        assert out.parts.shape == (3, maps, 256) and out.attention.shape == (3, maps, 14, 14)
        close(out.embedding.norm(dim=1).detach(), [1, 1, 1])
        close(out.importance.sum(1).detach(), [1, 1, 1])
        if not attention:
            close(out.importance.detach(), torch.full((3, maps), 1 / maps))


def check_large_trains() -> None:
    """Shapes of the paper's table, and three steps on two images that must bring the loss down."""
    torch.manual_seed(0)
    net = Embedder(Design("large", 12))
    image = torch.randn(2, 3, 160, 160)
    shared = net.stem(image)
    assert shared.shape == (2, 512, 20, 20) and net.features(shared).shape == (2, 1024, 20, 20)
    target = F.normalize(torch.randn(2, 256))
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3)
    seen = []
    for _ in range(4):
        out = net(image)
        loss = losses.cosine_distance(out.embedding, target)
        seen.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert out.attention.shape == (2, 12, 20, 20)
    assert seen[-1] < seen[0] - 0.1, seen


def check_pooling() -> None:
    """Two channels on two pixels: weights 1 : 3 of (2, 10) and (6, 20) are (5, 17.5), up to the floor. A dark map averages: (4, 15)."""
    features = torch.tensor([[[[2.0, 6.0]], [[10.0, 20.0]]]])
    gate = torch.tensor([[[[0.2, 0.6]]]])
    close(attentional_pooling(features, gate), [[[5.0, 17.5]]], 2e-3)
    close(attentional_pooling(features, gate * 1e-12), [[[4.0, 15.0]]])


def check_cosine_losses() -> None:
    """cos = 0.6 and 1 → distances 0.4 and 0: mean 0.2. Parts: 0.25 · (1 − 0.6) + 0.75 · (1 − 0) = 0.85."""
    close(losses.cosine_distance(unit_rows([3, 4], [1, 0]), unit_rows([1, 0], [1, 0])), 0.2)
    parts, importance = torch.stack([unit_rows([3, 4], [0, 1])]), torch.tensor([[0.25, 0.75]])
    close(losses.parts_distance(parts, importance, unit_rows([1, 0])), 0.85)


def check_relation() -> None:
    """Zero where the student agrees. Bank of two orthogonal faces, temperature 1, the student on the wrong one:
    teacher (p, 1 − p), student (1 − p, p) with p = e / (e + 1) → KL = (2p − 1) · ln(p / (1 − p)) = 2p − 1."""
    a, b = unit_rows([1, 0]), unit_rows([0, 1])
    close(losses.relation(a, a, b, 1.0), 0)
    p = np.e / (np.e + 1)
    close(losses.relation(b, a, b, 1.0), 2 * p - 1)


def check_weighted_cross_entropy() -> None:
    """Two classes on the axes, scale 1, s = (¼, ¾). f_1 on the true class: ln(1 + e⁻¹); f_2 on the other: ln(1 + e). With margin 1 the
    true logit falls by one: ln 2 and ln(1 + e²). Faces without a label do not count."""
    parts, importance = torch.stack([unit_rows([1, 0], [0, 1])] * 2), torch.tensor([[0.25, 0.75]] * 2)
    classifier, identity = torch.eye(2), torch.tensor([0, -1])
    plain = 0.25 * np.log(1 + np.exp(-1)) + 0.75 * np.log(1 + np.e)
    close(losses.weighted_cross_entropy(parts, importance, classifier, identity, 0, 1), plain)
    margin = 0.25 * np.log(2) + 0.75 * np.log(1 + np.e**2)
    close(losses.weighted_cross_entropy(parts, importance, classifier, identity, 1, 1), margin)
    close(losses.weighted_cross_entropy(parts, importance, classifier, torch.tensor([-1, -1])), 0)


def check_diversity() -> None:
    """0 for maps far apart; 1 − 1/K for K flat maps; unequal importance (0.7, 0.3) of flat maps: 1 − 0.7."""
    apart = torch.zeros(1, 2, 1, 2)
    apart[0, 0, 0, 0] = apart[0, 1, 0, 1] = 50
    half = torch.tensor([[0.5, 0.5]])
    close(losses.diversity(apart, half), 1 - (0.5 + 0.5), 1e-4)
    close(losses.diversity(torch.zeros(1, 4, 3, 3), torch.full((1, 4), 0.25)), 0.75)
    close(losses.diversity(torch.zeros(1, 2, 3, 3), torch.tensor([[0.7, 0.3]])), 0.3)


def check_balance() -> None:
    """Nothing when both maps have as much to say over the batch, whoever has it where; ln 2 when one has all of it; s = ¼ and ¾ on average: ln 2 − H."""
    close(losses.balance(torch.tensor([[1.0, 0.0], [0.0, 1.0]])), 0)
    close(losses.balance(torch.tensor([[1.0, 0.0]] * 3)), np.log(2))
    close(losses.balance(torch.tensor([[0.5, 0.5], [0.0, 1.0]])), np.log(2) + 0.25 * np.log(0.25) + 0.75 * np.log(0.75))


def check_first_maps() -> None:
    """On faces whose halves differ, maps that were seeded look at different places, each at a share of the pixels, and all count alike."""
    torch.manual_seed(1)
    net, faces = Embedder(Design(maps=4)), made_up_faces(64)
    seed_maps(net, faces, 64)
    out = net.eval()(whole_chips(faces, torch.arange(64)))
    lit = (out.attention > 0.5).float().mean((0, 2, 3))
    assert ((lit > 0.1) & (lit < 0.8)).all(), lit
    assert losses.balance(out.importance) < 0.1 and losses.diversity(out.maps, out.importance) < 0.7


def check_alignment() -> None:
    """A turned, scaled and moved template comes back; the eyes' midpoint lands at (80, 64) of the chip, at (56, 44.8) of 112."""
    angle, scale = 0.3, 1.7
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = PROTOCOL_TEMPLATE @ linear.T + [12, -5]
    fit = similarity(PROTOCOL_TEMPLATE, points)
    close(fit[:, :2], linear, 1e-9)
    close(fit[:, 2], [12, -5], 1e-9)
    for size, eyes in ((160, [80, 64]), (112, [56, 44.8])):
        matrix = protocol_matrix(points, size)
        close(matrix[:, :2] @ points[:2].mean(0) + matrix[:, 2], eyes, 1e-9)


def check_protocol_patch() -> None:
    """Factor 0.1 about the nose: 54 by 41 pixels; moved to the middle they are the same pixels about (80, 80)."""
    chip = np.random.default_rng(0).integers(0, 100, (160, 160, 3), np.uint8)
    in_place, centred = patch(chip, "nose", 0.1, False), patch(chip, "nose", 0.1, True)
    rows, columns = np.nonzero((in_place != 128).any(2))
    assert np.ptp(columns) + 1 == 54 and abs(np.ptp(rows) + 1 - 41) <= 1
    assert abs(columns.mean() - CENTRES["nose"][0]) < 1 and abs(rows.mean() - CENTRES["nose"][1]) < 1
    there, here = np.nonzero((centred != 128).any(2))
    assert abs(there.mean() - 80) < 1 and abs(here.mean() - 80) < 1
    assert np.array_equal(centred[centred != 128], in_place[in_place != 128])


def check_accuracy() -> None:
    """Separable scores: 100 %. A fold whose scores all lie lower by 0.5 is judged by the other's threshold: half of it is wrong."""
    same = np.array([True, True, False, False] * 2)
    fold = np.array([1] * 4 + [2] * 4)
    scores = np.array([0.9, 0.8, 0.2, 0.1] * 2)
    close(accuracy(scores, same, fold), 1)
    close(best_threshold(scores, same), 0.5)
    close(accuracy(scores - 0.5 * (fold == 2), same, fold), 0.5)


def check_threshold() -> None:
    """Of the scores 0, 0.01 … 0.99 one in ten is at or above 0.90."""
    close(threshold(np.arange(100) / 100, 0.1), 0.90)


def check_augmentation() -> None:
    """With everything off but alignment jitter a chip has no grey; patches hide more than half; the same seed draws the same."""
    crops = torch.full((16, 3, 128, 128), 60.0)
    points = torch.tensor([[46.3, 59.7], [81.5, 59.5], [64.0, 79.7], [49.5, 100.4], [78.7, 100.2]])
    matrices = torch.from_numpy(protocol_matrix(points.numpy())).float().expand(16, 2, 3)
    draw = lambda mix: Augmenter(mix, torch.Generator().manual_seed(3))(crops, matrices)  # noqa: E731
    chips, visible = draw(Mix(patch=0, occlusion=0))
    assert chips.shape == (16, 3, SIZE, SIZE) and (visible == 1).all()
    patched, seen = draw(Mix(patch=1, occlusion=0))
    assert seen.max() < 0.75 and seen.min() < 0.25
    assert torch.equal(patched, draw(Mix(patch=1, occlusion=0))[0])


def check_larger_chips() -> None:
    """A chip of 160 pixels shows what one of 112 shows: brought down to 112 it differs by little (nothing hidden, no loss of detail)."""
    ramp = torch.linspace(0, 255, 128).expand(8, 3, 128, 128)
    points = torch.tensor([[46.3, 59.7], [81.5, 59.5], [64.0, 79.7], [49.5, 100.4], [78.7, 100.2]])
    matrices = torch.from_numpy(protocol_matrix(points.numpy())).float().expand(8, 2, 3)
    augmenters = [Augmenter(Mix(patch=0, occlusion=0), torch.Generator().manual_seed(3), pixels) for pixels in (SIZE, 160)]
    small, large = (a.jitter(matrices) for a in augmenters)
    close(small, large, 1e-6)
    small, large = (sample(ramp, small, a.grid.expand(8, -1, -1, -1)) for a in augmenters)
    inner = (F.interpolate(large, SIZE, mode="bilinear", antialias=True) - small)[:, :, 8:-8, 8:-8]
    assert inner.abs().max() < 2, inner.abs().max()


def check_jpeg() -> None:
    """Beside a real encoder and decoder the same image comes back: far closer to theirs than theirs is to the original, at every quality."""
    noise = F.interpolate(torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(0)) * 255, (96, 96), mode="bicubic").clamp(0, 255)
    image = noise[0].permute(1, 2, 0).round().byte().numpy()
    for quality in (20, 50, 90):
        data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        real = torch.from_numpy(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1].copy()).float()
        mine = compressed(torch.from_numpy(image).permute(2, 0, 1)[None].float(), torch.tensor([float(quality)]))[0].permute(1, 2, 0)
        loss, apart = (real - torch.from_numpy(image).float()).abs().mean(), (real - mine).abs().mean()
        assert apart < 0.4 * loss, (quality, apart, loss)


def check_mirrored_matrix() -> None:
    """A point and its mirror image land on mirrored places of the chip (160 − x, so that the eyes' midpoint stays at 80)."""
    matrix = torch.tensor([[[1.4, 0.1, -9.0], [-0.1, 1.4, -20.0]]])
    flipped = mirror_matrices(matrix, torch.tensor([True]))
    place = matrix[0] @ torch.tensor([30.0, 50.0, 1.0])
    mirrored = flipped[0] @ torch.tensor([127 - 30.0, 50.0, 1.0])
    close(mirrored, [160 - place[0].item(), place[1].item()], 1e-4)


def check_fast_kernels() -> None:
    """The kernels against PyTorch in float32 (to three digits in bf16). Passes by without a compiler, where they are not used."""
    if kernels.library() is None:
        return
    for kind, within in ((torch.bfloat16, 1e-2), (torch.float32, 1e-5)):
        torch.manual_seed(0)
        compare_kernels(kind, within)


def compare_kernels(kind: torch.dtype, within: float) -> None:
    for stride, dilation in ((1, 1), (2, 1), (1, 2)):
        layer = nn.Conv2d(128, 128, 3, stride, dilation, dilation, 128)
        x = torch.randn(2, 128, 9, 9).to(memory_format=torch.channels_last, dtype=kind).requires_grad_()
        wanted_out = layer(x.float())
        grad = torch.randn_like(wanted_out).to(kind)
        inputs = [x, layer.weight, layer.bias]
        wanted = torch.autograd.grad(wanted_out, inputs, grad.float())
        got = torch.autograd.grad(kernels.FastDepthwise.apply(x, layer.weight, layer.bias, stride, dilation), inputs, grad)
        for a, b in zip(got, wanted):
            assert (a.float() - b.float()).abs().max() <= within * b.float().abs().max()
    slope = torch.full((128,), 0.25, requires_grad=True)
    grad = torch.randn_like(x)
    got = torch.autograd.grad(kernels.FastPReLU.apply(x, slope), [x, slope], grad)
    wanted = torch.autograd.grad(F.prelu(x.float(), slope), [x, slope], grad.float())
    for a, b in zip(got, wanted):
        assert (a.float() - b.float()).abs().max() <= within * b.float().abs().max()


def check_start_from_file() -> None:
    """A network filled from an exported file gives that file's outputs, and what it is taught is turned into its own basis."""
    torch.manual_seed(0)
    net, copy = Embedder(Design(maps=4)).eval(), Embedder(Design(maps=4)).eval()
    with tempfile.TemporaryDirectory() as folder:
        export(net, Path(folder) / "net.onnx")
        fill(copy, onnx.load(str(Path(folder) / "net.onnx")).graph)
    image = torch.randn(2, 3, 112, 112)
    close(copy(image).parts, net(image).parts, 1e-6)
    faces = made_up_faces(12)
    with torch.no_grad():
        known = net(whole_chips(faces, torch.arange(12))).embedding
    turn = torch.linalg.qr(torch.randn(256, 256))[0]
    faces.targets = known @ turn.T
    close(faces.targets @ turn_towards(net, faces), known, 1e-4 if dtype("cpu") == torch.float32 else 3e-3)


def made_up_faces(count: int) -> Faces:
    rng = np.random.default_rng(0)
    template = torch.from_numpy(PROTOCOL_TEMPLATE).float()
    points = (template * 0.7 + 8).expand(count, -1, -1)
    return Faces(
        crops=rng.integers(0, 256, (count, 128, 128, 3), np.uint8), points=points,
        matrices=torch.from_numpy(np.stack([protocol_matrix(p) for p in points.numpy()])).float(), names=np.full(count, ""),
        identities=torch.full((count,), -1), targets=torch.zeros(count, 256), basis=torch.zeros(512, 256), rows=np.arange(count),
    )  # fmt: skip


def check_export() -> None:
    """onnxruntime gives what PyTorch gives, for each kind of network, to 1e-5."""
    designs = [Design(), Design(sigmoid_on="relu", maps=4), Design(weighted=False), Design(attention=False)]
    for design in designs:
        torch.manual_seed(0)
        net = Embedder(design).eval()
        with tempfile.TemporaryDirectory() as folder:
            export(net, Path(folder) / "net.onnx")
            difference = largest_difference(net, Path(folder) / "net.onnx")
        assert difference <= 1e-5, (design, difference)


def main() -> None:
    checks = [(name, f) for name, f in globals().items() if name.startswith("check_")]
    failed = 0
    for name, check in checks:
        started = time.monotonic()
        try:
            check()
            verdict = "ok"
        except AssertionError as error:
            verdict, failed = f"FAILED {error}", failed + 1
        print(f"{name.removeprefix('check_').replace('_', ' '):32s} {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
