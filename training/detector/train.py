"""Trains the detector. Resumable: run the same command again. Progress goes to `--log` (tab-separated) and the screen.

    python -m training.detector.train --data DIR --out .work/detector/run --steps 30000
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from training.detector.assign import cells
from training.detector.data import crops, photos
from training.detector.losses import Targets, losses
from training.detector.mosaic import Composer, Sources
from training.detector.network import MEAN, SCALE, Detector

COLUMNS = ["step", "samples", "minutes", "rate", "total", "score", "box", "points", "visible"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", required=True, help="folder of the .bin/.tsv files")
    add("--out", required=True, help="folder for checkpoints and the cache of decoded crops")
    add("--log", default="training/runs/detector/log.tsv")
    add("--steps", type=int, default=30000)
    add("--cool", type=float, default=0.4, help="last share of the steps in which the rate falls to nothing")
    add("--batch", type=int, default=16)
    add("--side", type=int, default=320, help="canvas side, px, a multiple of 32")
    add("--rate", type=float, default=2e-3)
    add("--seed", type=int, default=1)
    add("--workers", type=int, default=1, help="processes that make pictures")
    add("--threads", type=int, default=1, help="threads of the training process")
    add("--device", default="cpu")
    add("--crops", type=int, default=None, help="use about so many crops only (tiny runs)")
    add("--every", type=int, default=100, help="steps between log lines and checkpoints")
    return parser.parse_args()


class Canvases(IterableDataset):
    """Batches without end: uint8 pictures [N, 3, S, S] and `Targets`. Worker w from step s draws its own stream."""

    def __init__(self, sources: Sources, batch: int, side: int, seed: tuple[int, ...]) -> None:
        self.sources, self.batch, self.side, self.seed = sources, batch, side, seed

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        composer = Composer(self.sources, np.random.default_rng([*self.seed, worker.id if worker else 0]))
        while True:
            pairs = [composer.canvas(self.side) for _ in range(self.batch)]
            images = np.stack([image for image, _ in pairs]).transpose(0, 3, 1, 2)
            index = np.repeat(np.arange(self.batch), [len(faces) for _, faces in pairs])
            fields = [np.concatenate([getattr(faces, name) for _, faces in pairs])
                      for name in ("boxes", "points", "visible", "weight")]
            yield torch.from_numpy(np.ascontiguousarray(images)), Targets(*map(torch.from_numpy, [index, *fields]))


class Average:
    """An exponential moving average of the weights: what is evaluated and shipped."""

    def __init__(self, network: Detector) -> None:
        self.network = copy.deepcopy(network).eval()

    @torch.no_grad()
    def update(self, network: Detector, step: int) -> None:
        keep = min(0.999, (1 + step) / (10 + step))
        for mine, theirs in zip(self.network.state_dict().values(), network.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - keep)


def rate_at(step: int, steps: int, cool: float) -> float:
    """Warm up over 300 steps, hold, then fall along a half cosine over the last `cool` of the steps. 0..1."""
    start = steps * (1 - cool)
    fall = max(0.0, min(1.0, (step - start) / max(1, steps - start)))
    return min(1.0, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * fall))


def save(path: Path, state: dict) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.rename(path)


def parameter_groups(network: Detector) -> list[dict]:
    """Weight decay for kernels only."""
    kernels = [p for p in network.parameters() if p.ndim > 1]
    return [{"params": kernels, "weight_decay": 0.02},
            {"params": [p for p in network.parameters() if p.ndim == 1], "weight_decay": 0.0}]


def log_line(path: Path, values: list) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.exists()
    with path.open("a") as file:
        if fresh:
            file.write("\t".join(COLUMNS) + "\n")
        file.write("\t".join(f"{v:.5g}" if isinstance(v, float) else str(v) for v in values) + "\n")


def main() -> None:
    o = options()
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    out = Path(o.out)
    out.mkdir(parents=True, exist_ok=True)
    network = Detector().to(o.device, memory_format=torch.channels_last)
    average = Average(network)
    optimiser = torch.optim.AdamW(parameter_groups(network), lr=o.rate, betas=(0.9, 0.99))
    first, minutes, checkpoint = 0, 0.0, out / "last.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=o.device, weights_only=True)
        network.load_state_dict(state["network"])
        average.network.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        first, minutes = state["step"], state["minutes"]
        print(f"resumed at step {first}")

    pixels, points = crops(o.data, out / "cache", o.crops)
    sources = Sources(photos(o.data, "crowds", held_out=False), photos(o.data, "scenes", held_out=False), pixels, points)
    stream = DataLoader(Canvases(sources, o.batch, o.side, (o.seed, first)), batch_size=None,
                        num_workers=o.workers, prefetch_factor=4 if o.workers else None)
    grid = cells(o.side, o.side)
    for name in ("centres", "strides", "levels"):
        setattr(grid, name, getattr(grid, name).to(o.device))
    sums, begun = dict.fromkeys(COLUMNS[4:], 0.0), time.time()
    for step, (images, targets) in zip(range(first, o.steps), stream):
        for group in optimiser.param_groups:
            group["lr"] = o.rate * rate_at(step, o.steps, o.cool)
        x = ((images.to(o.device).float() - MEAN) * SCALE).contiguous(memory_format=torch.channels_last)
        targets = Targets(*(v.to(o.device) for v in vars(targets).values()))
        with torch.autocast(o.device, torch.bfloat16):
            maps = network(x)
        parts = losses(grid, maps, targets)
        optimiser.zero_grad()
        parts["total"].backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        average.update(network, step)
        for name in sums:
            sums[name] += parts[name].item() / o.every
        if (step + 1) % o.every == 0:
            minutes, begun = minutes + (time.time() - begun) / 60, time.time()
            line = [step + 1, (step + 1) * o.batch, minutes, optimiser.param_groups[0]["lr"], *sums.values()]
            log_line(Path(o.log), line)
            print("  ".join(f"{k} {v:.4g}" for k, v in zip(COLUMNS, line)), flush=True)
            sums = dict.fromkeys(sums, 0.0)
            save(checkpoint, {"network": network.state_dict(), "average": average.network.state_dict(),
                              "optimiser": optimiser.state_dict(), "step": step + 1, "minutes": minutes,
                              "options": vars(o)})


if __name__ == "__main__":
    main()
