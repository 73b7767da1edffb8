"""Makes an INT8 copy of a network (static quantisation, a scale for each channel of the weights) and says what it is worth.

    python -m training.quantise --data DIR --kind embedder --onnx models/embedder.onnx --out OUT/embedder.onnx
    python -m training.quantise --data DIR --kind detector --onnx models/detector.onnx --out OUT/detector.onnx

Calibrated on training crops (half of them behind a patch of the protocol) or on training photographs; no image of LFW and no photograph that
is kept out of training is looked at. Where the new file's contract lies beside the old one, a copy with the new hash is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.common.records import ImageSet, available, landmarks
from training.detector.data import HELD_OUT_EVERY
from training.detector.detect import prepare, session
from training.embedder.align import FILL, PROTOCOL_SIZE, PROTOCOL_TEMPLATE, protocol_matrix, warp
from training.embedder.teacher import MEAN, SCALE

CROPS = ["train-fiw", "train-pins", "train-celeba", "train-utk"]
PHOTOGRAPHS = ["crowds", "scenes"]
FACTORS = [0.1, 0.3, 0.5]
PASSES = 40


def faces(folder: Path, count: int, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """`count` training crops as the embedder sees them, float32 [1, 3, size, size]; every second one shows a patch alone."""
    sets = [ImageSet(folder, name) for name in available(folder, CROPS)]
    for number in range(count):
        images = sets[number % len(sets)]
        row = int(rng.integers(len(images)))
        chip = warp(images.decode(row), protocol_matrix(landmarks(images.rows[row]["landmarks_xy5"]), size), size)
        if number // len(sets) % 2:
            chip = patch(chip, PROTOCOL_TEMPLATE[rng.integers(3)], float(rng.choice(FACTORS)))
        yield ((chip.astype(np.float32) - MEAN) * SCALE).transpose(2, 0, 1)[None]


def patch(chip: np.ndarray, centre: np.ndarray, factor: float) -> np.ndarray:
    """What the protocol leaves of a face around a point of its template; the rest is grey."""
    scale = chip.shape[0] / PROTOCOL_SIZE
    half = np.array([15 + 120 * factor, 10 + 105 * factor])
    (left, top), (right, bottom) = ((np.clip(centre + sign * half, 0, PROTOCOL_SIZE) * scale).astype(int) for sign in (-1, 1))
    shown = np.full_like(chip, FILL)
    shown[top:bottom, left:right] = chip[top:bottom, left:right]
    return shown


def photographs(folder: Path, count: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """`count` photographs that training may see, as the detector is fed them: float32 [1, 3, h, w]."""
    sets = [ImageSet(folder, name) for name in available(folder, PHOTOGRAPHS)]
    for number in range(count):
        images = sets[number % len(sets)]
        rows = [row for row in range(len(images)) if row % HELD_OUT_EVERY]
        yield prepare(images.decode(int(rng.choice(rows))))[0]


class Reader(CalibrationDataReader):
    def __init__(self, name: str, inputs: list[np.ndarray]) -> None:
        self.feeds = iter([{name: values} for values in inputs])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.feeds, None)


def quantise(source: Path, out: Path, inputs: list[np.ndarray], args: argparse.Namespace) -> None:
    """Weights of 7 bits, unless told otherwise: AVX2 adds two products of 8 bits into 16, which overflow; VNNI does not."""
    out.parent.mkdir(parents=True, exist_ok=True)
    name = onnx.load(str(source)).graph.input[0].name
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared), str(out), Reader(name, inputs), per_channel=True, reduce_range=not args.full_range,
            quant_format=QuantFormat.QDQ if args.format == "qdq" else QuantFormat.QOperator,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=args.operators,
            calibrate_method=CalibrationMethod.MinMax if args.method == "minmax" else CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": 99.99},
        )  # fmt: skip


def milliseconds(path: Path, inputs: np.ndarray) -> list[float]:
    """Of one pass on one thread: each of PASSES, once warm."""
    running = session(path)
    name = running.get_inputs()[0].name
    spent = []
    for _ in range(PASSES + 5):
        start = time.perf_counter()
        running.run(None, {name: inputs})
        spent.append(1000 * (time.perf_counter() - start))
    return sorted(spent[5:])


def agreement(source: Path, out: Path, inputs: list[np.ndarray]) -> dict[str, float]:
    """Mean cosine between each output of both files, over inputs that were not calibrated on."""
    before, after = session(source), session(out)
    feed = before.get_inputs()[0].name
    names = [output.name for output in before.get_outputs()]
    pairs = [(before.run(None, {feed: x}), after.run(None, {feed: x})) for x in inputs]
    cosine = lambda a, b: float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))  # noqa: E731
    return {name: float(np.mean([cosine(a[i], b[i]) for a, b in pairs])) for i, name in enumerate(names)}


def write_contract(source: Path, out: Path) -> None:
    """The old contract with the new file's name and hash. Its thresholds were measured on the old file: `calibrate` measures new ones."""
    old = source.with_suffix(".json")
    if not old.exists():
        return
    contract = json.loads(old.read_text(encoding="utf-8"))
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    contract |= {"file": out.name, "sha256": digest, "version": contract["version"] + "-int8"}
    out.with_suffix(".json").write_text(json.dumps(contract, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--kind", required=True, choices=["embedder", "detector"])
    parser.add_argument("--onnx", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--images", type=int, default=0, help="calibrated on as many (400 crops, 60 photographs)")
    parser.add_argument("--format", choices=["qdq", "qoperator"], default="qdq")
    parser.add_argument("--method", choices=["minmax", "percentile"], default="minmax")
    parser.add_argument("--operators", nargs="+", default=["Conv"], help="which are computed in INT8")
    parser.add_argument("--full-range", action="store_true", help="weights of 8 bits, for processors with VNNI")
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    count = args.images or (400 if args.kind == "embedder" else 60)
    if args.kind == "embedder":
        size = onnx.load(str(args.onnx)).graph.input[0].type.tensor_type.shape.dim[2].dim_value
        shown = list(faces(args.data, count + 100, size, rng))
    else:
        shown = list(photographs(args.data, count + 10, rng))
    quantise(args.onnx, args.out, shown[:count], args)
    write_contract(args.onnx, args.out)
    size_of = lambda path: f"{path.stat().st_size / 1e6:.1f} MB"  # noqa: E731
    print(f"onnxruntime {onnxruntime.__version__}, {args.format}, {' '.join(args.operators)}, weights of {8 if args.full_range else 7} bits")
    print(f"{size_of(args.onnx)} -> {size_of(args.out)}")
    # In turns, so that a machine that slows down does so for both.
    trials = [(milliseconds(args.onnx, shown[-1]), milliseconds(args.out, shown[-1])) for _ in range(3)]
    for name, times in zip(["float32", "int8"], zip(*trials)):
        every = np.concatenate(times)
        print(f"{name}: {np.median(every):.2f} ms a pass on one thread ({np.percentile(every, 5):.2f} - {np.percentile(every, 95):.2f})")
    print("cosine to the float32 outputs:", {name: round(value, 5) for name, value in agreement(args.onnx, args.out, shown[count:]).items()})


if __name__ == "__main__":
    main()
