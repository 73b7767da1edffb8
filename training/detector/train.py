"""Trains the detector. Resumable: run the same command again. Progress goes to `--log` (tab-separated) and the screen.

    python -m training.detector.train --data DIR --out .work/detector/run --steps 30000
"""

from __future__ import annotations

import argparse
import copy
import math
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from training.common.arithmetic import autocast
from training.common.clock import Clock
from training.detector.assign import Cells, cells
from training.detector.data import crops, photos
from training.detector.faces import MIRRORED
from training.detector.losses import Targets, losses
from training.detector.mosaic import Composer, Sources
from training.detector.network import MEAN, SCALE, Detector, averaged, restored, thawed

STATE = ("network", "average", "optimiser")
COLUMNS = ["step", "samples", "minutes", "rate", "total", "score", "box", "points", "visible"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", required=True, help="folder of the .bin/.tsv files")
    add("--out", required=True, help="folder for checkpoints and the cache of decoded crops")
    add("--log", default="training/runs/detector/log.tsv")
    add("--steps", type=int, default=30000)
    add("--minutes", type=float, default=None, help="end after so long instead, the rate having fallen by then: for a "
        "machine that others use as well")
    add("--cool", type=float, default=0.4, help="last share of the steps in which the rate falls to nothing")
    add("--batch", type=int, default=16)
    add("--side", type=int, default=320, help="canvas side, px, a multiple of 32")
    add("--plain", type=float, default=0.0, help="share of the pictures that are windows of photographs at the scale at which "
        "they are fed, hardly worn, nothing pasted: for the second run")
    add("--rate", type=float, default=2e-3)
    add("--seed", type=int, default=1)
    add("--workers", type=int, default=1, help="processes that make pictures")
    add("--threads", type=int, default=1, help="threads of the training process")
    add("--device", default="cpu")
    add("--crops", type=int, default=None, help="use about so many crops only (tiny runs)")
    add("--finish", metavar="CHECKPOINT", default=None, help="a second run that begins with the averaged weights of "
        "a first one (its checkpoint, or the .onnx made of it), its norms folded and its stem held: less than half the work a step; use --rate 4e-4 --cool 1")
    add("--thaw", metavar="FILE", default=None, help="a run that begins with a shipped file's weights, its batch norms put back and nothing held: for training on at the full rate")
    add("--every", type=int, default=100, help="steps between log lines and checkpoints")
    return parser.parse_args()


class Canvases(IterableDataset):
    """Batches without end: uint8 pictures [N, S, S, 3] and `Targets`. Worker w from step s draws its own stream."""

    def __init__(self, sources: Sources, o: argparse.Namespace, first: int) -> None:
        self.sources, self.batch, self.side, self.plain, self.seed = sources, o.batch, o.side, o.plain, (o.seed, first)

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        composer = Composer(self.sources, np.random.default_rng([*self.seed, worker.id if worker else 0]), self.plain)
        while True:
            pairs = [composer.canvas(self.side) for _ in range(self.batch)]
            images = torch.from_numpy(np.stack([image for image, _ in pairs]))
            index = np.repeat(np.arange(self.batch), [len(faces) for _, faces in pairs])
            fields = [np.concatenate([getattr(faces, name) for _, faces in pairs])
                      for name in ("boxes", "points", "visible", "weight")]
            yield images, Targets(*map(torch.from_numpy, [index, *fields]))


def commit() -> str:
    """The commit this runs from, for the record."""
    try:
        return subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True).stdout.strip() or "unknown"
    except FileNotFoundError:
        return "unknown"


def rate_at(step: int, steps: int, cool: float, done: float | None = None) -> float:
    """Warm up over 300 steps (a twentieth of a short run), hold, then fall along a half cosine over the last `cool` of the run, of
    which `done` is over (`step / steps` unless given). 0..1."""
    done = step / steps if done is None else done
    fall = max(0.0, min(1.0, (done - (1 - cool)) / max(1e-9, cool)))
    return min(1.0, (step + 1) / max(1, min(300, steps / 20))) * (0.5 + 0.5 * math.cos(math.pi * fall))


def parameter_groups(network: Detector) -> list[dict]:
    """Weight decay for kernels only."""
    kernels = [p for p in network.parameters() if p.ndim > 1]
    return [{"params": kernels, "weight_decay": 0.02},
            {"params": [p for p in network.parameters() if p.ndim == 1], "weight_decay": 0.0}]


class Run:
    """What a checkpoint holds: the network in training, its moving average (evaluated and shipped), the optimiser."""

    def __init__(self, o: argparse.Namespace) -> None:
        self.options, self.path = o, Path(o.out) / "last.pt"
        network = restored(averaged(o.finish)).fold() if o.finish else Detector()
        self.network = network.to(o.device, memory_format=torch.channels_last)
        self.network.stem.requires_grad_(not o.finish)
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = torch.optim.AdamW(parameter_groups(self.network), lr=o.rate, betas=(0.9, 0.99))
        self.step, self.clock = 0, Clock()
        if self.path.exists():
            self._resume()

    def _resume(self) -> None:
        state = torch.load(self.path, map_location=self.options.device, weights_only=True)
        for name in STATE:
            getattr(self, name).load_state_dict(state[name])
        self.step = state["step"]
        self.clock.earlier = state["minutes"]
        print(f"resumed at step {self.step}")

    def thaw(self, images: torch.Tensor) -> None:
        """Begins with the weights of --thaw; the norms are measured on pictures uint8 [N, S, S, 3]."""
        weights = thawed(restored(averaged(self.options.thaw)), normalised(images)).state_dict()
        for network in (self.network, self.average):
            network.load_state_dict(weights)

    def done(self) -> float:
        """The share of the run that is over. 0..1 and beyond."""
        o = self.options
        return self.step / o.steps if o.minutes is None else self.clock.minutes / o.minutes

    def save(self) -> None:
        part = self.path.with_suffix(".part")
        parts = {name: getattr(self, name).state_dict() for name in STATE}
        torch.save({**parts, "step": self.step, "minutes": self.clock.minutes, "options": vars(self.options),
                    "commit": commit()}, part)
        part.rename(self.path)  # a cut-short save leaves the previous checkpoint whole

    def learn(self, grid: Cells, images: torch.Tensor, targets: Targets) -> dict[str, torch.Tensor]:
        """One step on a batch: uint8 [N, S, S, 3] and its faces -> the losses."""
        o = self.options
        for group in self.optimiser.param_groups:
            group["lr"] = o.rate * rate_at(self.step, o.steps, o.cool, self.done())
        x = normalised(images.to(o.device))
        x = x * torch.empty(len(x), 1, 1, 1, device=o.device).uniform_(0.8, 1.25)
        with autocast(o.device):
            maps = self.network(x)
        parts = losses(grid, maps, Targets(*(v.to(o.device) for v in vars(targets).values())))
        self.optimiser.zero_grad()
        parts["total"].backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimiser.step()
        self._follow()
        self.step += 1
        return {name: part.detach() for name, part in parts.items()}

    @torch.no_grad()
    def _follow(self) -> None:
        keep = min(0.999, (1 + self.step) / (10 + self.step))
        for mine, theirs in zip(self.average.state_dict().values(), self.network.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - keep)


def normalised(images: torch.Tensor) -> torch.Tensor:
    """uint8 [N, S, S, 3] -> float32 [N, 3, S, S]."""
    return images.permute(0, 3, 1, 2).float().sub_(MEAN).mul_(SCALE)


def log_line(path: Path, values: list) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.exists()
    with path.open("a") as file:
        if fresh:
            file.write("\t".join(COLUMNS) + "\n")
        file.write("\t".join(f"{v:.5g}" if isinstance(v, float) else str(v) for v in values) + "\n")


def mirrored(images: torch.Tensor, targets: Targets) -> tuple[torch.Tensor, Targets]:
    """The same batch in a mirror: a second use of pictures that cost as much to make as to learn from."""
    side = images.shape[2]
    left, top, right, bottom = targets.boxes.unbind(1)
    points = targets.points[:, MIRRORED] * torch.tensor([-1.0, 1.0]) + torch.tensor([float(side), 0.0])
    boxes = torch.stack([side - right, top, side - left, bottom], 1)
    return images.flip(2), Targets(targets.image, boxes, points, targets.visible[:, MIRRORED], targets.weight)


def echoed(stream: Iterable) -> Iterator:
    for images, targets in stream:
        yield images, targets
        yield mirrored(images, targets)


def batches(o: argparse.Namespace, first: int) -> DataLoader:
    pixels, points = crops(o.data, Path(o.out) / "cache", o.crops)
    crowds, scenes = (photos(o.data, name, held_out=False) for name in ("crowds", "scenes"))
    canvases = Canvases(Sources(crowds, scenes, pixels, points), o, first)
    return DataLoader(canvases, batch_size=None, num_workers=o.workers, prefetch_factor=4 if o.workers else None)


def main() -> None:
    o = options()
    torch.set_num_threads(o.threads)
    cv2.setNumThreads(0)  # a pool of threads does not survive the fork of the workers
    torch.manual_seed(o.seed)
    Path(o.out).mkdir(parents=True, exist_ok=True)
    torch.backends.cudnn.benchmark = True
    run = Run(o)
    grid = Cells(*(v.to(o.device) for v in vars(cells(o.side, o.side)).values()))
    stream = echoed(batches(o, run.step))
    if o.thaw and run.step == 0:
        run.thaw(next(stream)[0])
    run.clock.start()
    sums, since = dict.fromkeys(COLUMNS[4:], 0.0), run.step
    while run.done() < 1:
        images, targets = next(stream)
        for name, value in run.learn(grid, images, targets).items():
            sums[name] += value
        if run.step % o.every == 0 or run.done() >= 1:
            rate = run.optimiser.param_groups[0]["lr"]
            means = [float(value) / (run.step - since) for value in sums.values()]
            line = [run.step, run.step * o.batch, run.clock.minutes, rate, *means]
            log_line(Path(o.log), line)
            print("  ".join(f"{k} {v:.4g}" for k, v in zip(COLUMNS, line)), flush=True)
            sums, since = dict.fromkeys(sums, 0.0), run.step
            run.save()


if __name__ == "__main__":
    main()
