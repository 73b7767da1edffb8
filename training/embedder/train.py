"""Trains an embedder by distillation.

    python -m training.embedder.train --faces DIR --teacher fr_feature.onnx --name NAME --samples 300000

Resumable: the same command goes on from the last checkpoint, a larger --samples goes on after the end. The learning rate is constant after
a warm-up and falls in a straight line to zero over the last part (--cooldown), so a run can be lengthened from the checkpoint that
was stored where the fall began. `--minutes` ends a run by the clock instead. CUDA is used where it is, and the batches are made there too; on a CPU
the arithmetic is bf16 where the CPU has it, else float32.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from . import losses
from .augment import Mix
from .batches import Batches, whole_chips
from .data import Faces, load_faces
from ..common.arithmetic import autocast
from ..common.clock import Clock
from .kernels import speed_up
from .network import INPUT_SIZE, Design, Embedder, attentional_pooling
from .runlog import RunLog
from .teacher import Target, fill, initialise, initialise_attention, load_teacher, runner


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--faces", required=True, type=Path, help="what prepare wrote")
    add("--teacher", required=True, type=Path, help="fr_feature.onnx")
    add("--name", required=True, help="of the run")
    add("--checkpoints", type=Path, default=Path("training/checkpoints"))
    add("--runs", type=Path, default=Path("training/runs"))
    add("--start", type=Path, help="a shipped embedder.onnx whose weights the run begins with")
    add("--fresh-maps", action="store_true", help="with --start: keep the trunk and the features alone, and begin anew with the maps")
    add("--samples", type=int, default=560_000)
    add("--cooldown", type=int, default=160_000, help="samples over which the learning rate falls to zero at the end")
    add("--minutes", type=float, help="end after so long instead of after --samples; the rate falls over the same share of the run, --cooldown / --samples")
    add("--batch", type=int, default=64)
    add("--rate", type=float, default=1e-3, help="learning rate of new layers")
    add("--trunk-rate", type=float, default=0.3, help="that of the teacher's layers, as a share of --rate")
    add("--freeze", type=int, default=0, help="first layers of the stem that stay as the teacher has them")
    add("--seed", type=int, default=1)
    add("--size", choices=["small", "large"], default="small")
    add("--maps", type=int, default=12)
    add("--no-attention", action="store_true")
    add("--no-importance", action="store_true", help="f is the plain mean of the f_k")
    add("--sigmoid-on", choices=["raw", "relu"], default="raw")
    add("--no-partial", action="store_true", help="train on whole faces only")
    add("--whole", type=float, default=0.25, help="share of a batch of which nothing is hidden")
    add("--blended", type=float, default=0.3, help="share of a batch that is faces of nobody, made of one or two of others")
    add("--weight", action="append", default=[], metavar="LOSS=λ", help="change a loss's weight, e.g. diversity=0")
    add("--margin", type=float, default=0.2)
    add("--compile", action="store_true", help="let PyTorch compile the network: a minute at the start, for long runs on CUDA")
    return parser.parse_args()


class Trainer:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(args.seed)
        design = Design(args.size, args.maps, 256, not args.no_attention, args.sigmoid_on, not args.no_importance)
        self.net = Embedder(design)
        teacher = self.teacher = load_teacher(args.teacher)
        if args.size == "small":
            initialise(self.net, teacher)
        self.faces = load_faces(args.faces).to(self.device)
        target = Target(runner(teacher, self.device), self.faces.basis)
        hidden = 0 if args.no_partial else 1 - args.whole
        mix = Mix(patch=hidden * 2 / 3, occlusion=hidden / 3, blended=args.blended)
        self.batches = Batches(self.faces, target, mix, args.batch, args.seed, INPUT_SIZE[args.size])
        self.weights = replace(losses.Weights(), **{k: float(v) for k, v in (w.split("=") for w in args.weight)})
        self.classifier = nn.Parameter(class_means(self.faces.targets, self.faces.identities))
        self.net.to(self.device, memory_format=torch.channels_last)
        if self.device.type == "cpu":
            speed_up(self.net)
        torch.backends.cudnn.benchmark = True
        self.run = torch.compile(self.net, dynamic=False) if args.compile else self.net
        for layer in self.net.stem[: args.freeze]:
            layer.requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.groups(), lr=args.rate, betas=(0.9, 0.98), weight_decay=0.02, fused=self.device.type == "cuda")
        self.average = torch.optim.swa_utils.AveragedModel(self.net, multi_avg_fn=moving_average)
        self.turn = torch.eye(self.faces.targets.shape[1], device=self.device)
        self.seen, self.clock = 0, Clock()

    def begin(self) -> None:
        """A first step from a shipped network, or from the teacher's trunk, maps that look at different regions and a fitted aggregation."""
        if self.args.start is not None:
            fill(self.net, onnx.load(str(self.args.start)).graph)
            if self.args.fresh_maps and self.net.design.attention and self.args.size == "small":
                initialise_attention(self.net, self.teacher)
        if self.args.start is None or self.args.fresh_maps:
            if self.net.design.attention:
                seed_maps(self.net, self.faces)
            fit_aggregation(self.net, self.batches)
        else:
            self.turn_targets(turn_towards(self.net, self.faces))
        self.average.module.load_state_dict(self.net.state_dict())

    def turn_targets(self, turn: Tensor) -> None:
        """Turns the space of what is taught: cosines stay, and a network that was taught in another basis need not learn this one first."""
        self.turn = turn
        self.faces.targets, self.faces.basis = self.faces.targets @ turn, self.faces.basis @ turn
        self.batches.target.basis = self.faces.basis
        self.classifier.data.copy_(class_means(self.faces.targets, self.faces.identities))

    def groups(self) -> list[dict]:
        taught = [p for p in (*self.net.stem.parameters(), *self.net.features.parameters()) if p.requires_grad]
        fresh = [p for n, p in self.net.named_parameters() if not n.startswith(("stem", "features"))]
        share = self.args.trunk_rate if self.args.size == "small" else 1.0
        return [{"params": taught, "share": share}, {"params": [*fresh, self.classifier], "share": 1.0}]

    def done(self) -> float:
        """The share of the run that is over."""
        args = self.args
        return self.seen / args.samples if args.minutes is None else self.clock.minutes / args.minutes

    def cool(self) -> float:
        """The last share of the run, over which the rate falls."""
        return max(1, self.args.cooldown) / self.args.samples

    def rate(self) -> float:
        """The share of the full learning rate at this point: warm-up over 60 steps, constant, then down to zero."""
        return min(1.0, (self.seen + self.args.batch) / (60 * self.args.batch), max((1 - self.done()) / self.cool(), 0.0))

    def step(self) -> dict[str, Tensor]:
        for group in self.optimiser.param_groups:
            group["lr"] = self.args.rate * group["share"] * self.rate()
        batch = self.batches.next()
        with autocast(self.device):
            out = self.run(batch.chips)
        terms = {
            "cosine": losses.cosine_distance(out.embedding, batch.targets),
            "parts": losses.parts_distance(out.parts, out.importance, batch.targets),
            "relation": losses.relation(out.embedding, batch.targets, batch.bank),
            "identity": losses.weighted_cross_entropy(out.parts, out.importance, self.classifier, batch.identities, self.args.margin),
            "diversity": losses.diversity(out.maps, out.importance),
            "balance": losses.balance(out.importance),
        }
        total = sum(getattr(self.weights, name) * term for name, term in terms.items())
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_([p for g in self.optimiser.param_groups for p in g["params"]], 5.0)
        self.optimiser.step()
        self.average.update_parameters(self.net)
        self.seen += len(batch.chips)
        return {name: term.detach() for name, term in terms.items()}

    def state(self) -> dict:
        return {
            "seen": self.seen, "minutes": self.clock.minutes, "design": asdict(self.net.design), "net": self.net.state_dict(),
            "average": self.average.module.state_dict(), "updates": self.average.n_averaged,
            "classifier": self.classifier.data, "optimiser": self.optimiser.state_dict(), "batches": self.batches.state(), "turn": self.turn,
            "args": {k: str(v) for k, v in vars(self.args).items()},
        }  # fmt: skip

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(self.state(), path.with_suffix(".new"))
        os.replace(path.with_suffix(".new"), path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device)
        self.net.load_state_dict(state["net"])
        self.average.module.load_state_dict(state["average"])
        self.average.n_averaged.copy_(state["updates"])
        self.turn_targets(state["turn"])
        self.classifier.data.copy_(state["classifier"])
        if [len(g["params"]) for g in state["optimiser"]["param_groups"]] == [len(g["params"]) for g in self.optimiser.param_groups]:
            self.optimiser.load_state_dict(state["optimiser"])
        else:
            print("other layers are frozen than before: the optimiser starts afresh", flush=True)
        self.batches.restore(state["batches"])
        self.seen = state["seen"]
        self.clock.earlier = state.get("minutes", 0.0)


@torch.no_grad()
def seed_maps(net: Embedder, faces: Faces, count: int = 1024, rounds: int = 20) -> None:
    """Gives every map a region of its own to begin with: the pixels of the attention branch's features over whole faces fall into K clusters (k-means); a map
    lights up on the one and a half K-th of them that is most like its cluster."""
    generator, device = torch.Generator().manual_seed(0), next(net.parameters()).device
    some = torch.randperm(len(faces), generator=generator)[:count]
    pixels = []
    for index in some.split(64):
        with autocast(device):
            pixels.append(net.attention[0](net.stem(whole_chips(faces, index))).float().permute(0, 2, 3, 1).flatten(0, 2).cpu())
    pixels = torch.cat(pixels)
    mean, deviation = pixels.mean(0), pixels.std(0) + 1e-6
    pixels = (pixels - mean) / deviation
    centres = farthest(pixels, net.design.maps, generator)
    for _ in range(rounds):
        nearest = torch.cdist(pixels, centres).argmin(1)
        centres = torch.stack([pixels[nearest == k].mean(0) if (nearest == k).any() else centres[k] for k in range(len(centres))])
    toward = nn.functional.normalize(centres - centres.mean(0))
    seen = pixels @ toward.T
    edge = torch.quantile(seen[torch.randperm(len(seen), generator=generator)[:100_000]], 1 - 1.5 / len(centres), dim=0)
    gain = 1.5 / seen.std(0)
    net.attention[1].weight.copy_((gain[:, None] * toward / deviation)[:, :, None, None])
    net.attention[1].bias.copy_(-gain * (edge + toward @ (mean / deviation)))


def farthest(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """So many of the points, each far from those before it (k-means++, Arthur and Vassilvitskii 2007)."""
    chosen = points[torch.randint(len(points), (1,), generator=generator)]
    while len(chosen) < count:
        distance = torch.cdist(points, chosen).amin(1) ** 2
        chosen = torch.cat([chosen, points[torch.multinomial(distance[: 1 << 20], 1, generator=generator)]])
    return chosen


@torch.no_grad()
def fit_aggregation(net: Embedder, batches: Batches, faces: int = 3840, ridge: float = 1e-2) -> None:
    """Starts every map's layer from the ridge regression of the teacher's embedding on what the map pools, faces weighted by its importance: hours of gradient
    saved."""
    pooled, importance, targets, device = [], [], [], next(net.parameters()).device
    for _ in range(-(-faces // batches.size)):
        batch = batches.next()
        with autocast(device):
            shared = net.stem(batch.chips)
            features = net.features(shared)
            raw = net.attend(shared, features)
            pooled.append(attentional_pooling(features, torch.sigmoid(raw)).float())
        importance.append(torch.softmax(torch.relu(raw).float().mean((2, 3)), 1))
        targets.append(batch.targets)
    x, s, y = torch.cat(pooled), torch.cat(importance), torch.cat(targets)  # B×K×C, B×K, B×D
    for k in range(x.shape[1]):
        share = (s[:, k] / s[:, k].sum())[:, None]
        mean, middle = (share * x[:, k]).sum(0), (share * y).sum(0)
        inputs = x[:, k] - mean
        gram = (share * inputs).T @ inputs
        gram += ridge * gram.diagonal().mean() * torch.eye(len(gram), device=device)
        weight = torch.linalg.solve(gram, (share * inputs).T @ (y - middle))
        net.weight[k] = weight
        net.bias[k] = middle - mean @ weight


@torch.no_grad()
def turn_towards(net: Embedder, faces: Faces, count: int = 4096) -> Tensor:
    """The rotation [D, D] that brings the targets closest to a network's embeddings of whole faces (orthogonal Procrustes, Schönemann 1966)."""
    some = torch.randperm(len(faces), generator=torch.Generator().manual_seed(0))[:count]
    device, share = faces.targets.device, 0
    for index in some.split(128):
        with autocast(device):
            known = net(whole_chips(faces, index)).embedding.float()
        share = share + faces.targets[index].T @ known
    left, _, right = torch.linalg.svd(share)
    return left @ right


@torch.no_grad()
def moving_average(averages: list[Tensor], values: list[Tensor], updates: Tensor) -> None:
    """Over the last few hundred steps, or over the last tenth of them while they are few."""
    share = max(0.002, 9 / (10 + float(updates)))
    torch._foreach_lerp_(averages, values, share)


def class_means(targets: Tensor, identities: Tensor) -> Tensor:
    """The classifier's first guess: each identity's mean teacher embedding → [C, D]."""
    sums = torch.zeros(int(identities.max()) + 1, targets.shape[1], device=targets.device)
    known = identities >= 0
    return nn.functional.normalize(sums.index_add_(0, identities[known], targets[known]))


def main() -> None:
    args = parse()
    trainer = Trainer(args)
    path = args.checkpoints / args.name / "last.pt"
    if path.exists():
        trainer.resume(path)
    else:
        trainer.begin()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name("pid").write_text(str(os.getpid()))
    log = RunLog(args.runs / args.name, trainer.seen)
    trainer.clock.start()
    saved = time.monotonic()
    falling = False
    while trainer.done() < 1:
        if not falling and trainer.done() >= 1 - trainer.cool():
            falling = True
            trainer.save(path.with_name("before-cooldown.pt"))
        terms = trainer.step()
        log.add(trainer.seen, terms, trainer.rate() * args.rate, trainer.done())
        if time.monotonic() - saved > 120:
            trainer.save(path)
            saved = time.monotonic()
    trainer.save(path)
    log.close(trainer.seen, trainer.rate() * args.rate)


if __name__ == "__main__":
    main()
