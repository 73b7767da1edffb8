"""Trains variants of the embedder alike (same samples, seed and start) and compares them on PartialLFW.

    python -m training.embedder.ablation --data DIR --faces DIR --teacher fr_feature.onnx --samples 40000 [--only no-attention,maps-4]

Resumable: a variant that has its line in `training/runs/ablation/results.tsv` is left out. `README.md` beside it gets the table.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from .evaluate import COLUMNS, Lfw, evaluate, load_student, student

VARIANTS: dict[str, list[str]] = {
    "as shipped": [],
    "no attention (average pooling)": ["--no-attention"],
    "no diversity term": ["--weight", "diversity=0"],
    "no balance term": ["--weight", "balance=0"],
    "no importance weights": ["--no-importance"],
    "K = 4": ["--maps", "4"],
    "K = 8": ["--maps", "8"],
    "K = 16": ["--maps", "16"],
    "sigmoid on ReLU'd maps": ["--sigmoid-on", "relu"],
    "no distillation (identities only)": ["--weight", "cosine=0", "--weight", "parts=0", "--weight", "relation=0", "--weight", "identity=1"],
    "no identities (distillation only)": ["--weight", "identity=0"],
    "plain softmax, no margin": ["--margin", "0"],
    "no partial faces": ["--no-partial"],
}


def train(args: argparse.Namespace, name: str, extra: list[str]) -> Path:
    slug = "".join(c if c.isalnum() else "-" for c in name.lower())
    command = [
        sys.executable, "-m", "training.embedder.train", "--faces", str(args.faces), "--teacher", str(args.teacher), "--name", slug,
        "--checkpoints", str(args.checkpoints), "--runs", str(args.runs), "--samples", str(args.samples),
        "--cooldown", str(args.samples // 3), "--freeze", "10", *extra,
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return args.checkpoints / slug / "last.pt"


def table(lines: list[str], args: argparse.Namespace) -> str:
    head = "| | " + " | ".join(COLUMNS) + " |\n" + "|---" * (len(COLUMNS) + 1) + "|\n"
    rows = "".join("| " + " | ".join(line.split("\t")) + " |\n" for line in lines)
    return (
        f"# Ablation\n\nEach variant was trained on {args.samples} samples with the same seed from the same start, first ten layers frozen, and measured on "
        f"folds {args.folds} and area factors {args.factors}: compare the rows with each other, not with the full protocol.\n\n"
        f"`python -m training.embedder.ablation --data DIR --faces DIR --teacher fr_feature.onnx --samples {args.samples}`\n\n{head}{rows}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--data", "--faces", "--teacher"):
        parser.add_argument(name, required=True, type=Path)
    parser.add_argument("--samples", type=int, default=40_000)
    parser.add_argument("--checkpoints", type=Path, default=Path("training/checkpoints/ablation"))
    parser.add_argument("--runs", type=Path, default=Path("training/runs/ablation"))
    parser.add_argument("--folds", default="1,2")
    parser.add_argument("--factors", default="0.1,0.3,0.5")
    parser.add_argument("--only", help="names of variants, separated by commas")
    args = parser.parse_args()
    results = args.runs / "results.tsv"
    args.runs.mkdir(parents=True, exist_ok=True)
    lines = results.read_text().splitlines() if results.exists() else []
    chosen = args.only.split(",") if args.only else list(VARIANTS)
    lfw = Lfw(args.data, [int(f) for f in args.folds.split(",")])
    for name in chosen:
        if any(line.startswith(name + "\t") for line in lines):
            continue
        checkpoint = train(args, name, VARIANTS[name])
        row = evaluate(student(load_student(checkpoint)), lfw, tuple(float(f) for f in args.factors.split(",")))
        lines.append("\t".join([name, *(f"{row[column]:.2f}" for column in COLUMNS)]))
        results.write_text("\n".join(lines) + "\n")
        (args.runs / "README.md").write_text(table(lines, args))


if __name__ == "__main__":
    main()
