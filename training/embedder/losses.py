"""What the embedder is trained for. Each loss is a mean over the batch; `Weights` are their λ (weight decay is the optimiser's).

B: batch, K: maps, D: dimensions, C: identities, M: size of a bank of teacher embeddings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..common.arithmetic import dtype


@dataclass(frozen=True)
class Weights:
    cosine: float = 2.0
    parts: float = 0.5
    relation: float = 1.0
    identity: float = 0.1
    diversity: float = 0.1
    balance: float = 0.2


def cosine_distance(embedding: Tensor, target: Tensor) -> Tensor:
    """1 − cos between the student's [B, D] and the teacher's whole-face embedding [B, D] (both L2 norm 1)."""
    return 1 - (embedding * target).sum(1).mean()


def parts_distance(parts: Tensor, importance: Tensor, target: Tensor) -> Tensor:
    """Σ_k s_k (1 − cos(f_k, target)): every f_k [B, K, D] is taught what the whole face looks like, as far as it has a say."""
    cosines = torch.einsum("bkd,bd->bk", parts, target)
    return (importance * (1 - cosines)).sum(1).mean()


def relation(embedding: Tensor, target: Tensor, bank: Tensor, temperature: float = 0.05) -> Tensor:
    """KL divergence between how the teacher and how the student ranks the faces of a bank [M, D].

    The batch's own targets join the bank: the student has to find its face among M + B, and is told which others are similar.
    """
    bank = torch.cat([target, bank]).to(dtype(embedding.device) if embedding.device.type == "cpu" else embedding.dtype)
    taught = F.softmax((target.to(bank.dtype) @ bank.T).float() / temperature, 1)
    learned = F.log_softmax((embedding.to(bank.dtype) @ bank.T).float() / temperature, 1)
    return F.kl_div(learned, taught, reduction="batchmean")


def weighted_cross_entropy(
    parts: Tensor, importance: Tensor, classifier: Tensor, identity: Tensor, margin: float = 0.0, scale: float = 32.0
) -> Tensor:
    """Σ_k s_k · CE(softmax(scale · (cos(f_k, W) − margin at the true class)), identity), one classifier W [C, D] for all k.

    `identity` [B] is −1 for faces without a label: they do not count. `margin` 0 is the plain softmax.
    """
    logits = F.linear(parts, F.normalize(classifier))  # B×K×C
    logits = logits - margin * F.one_hot(identity.clamp_min(0), len(classifier)).to(logits.dtype).unsqueeze(1)
    every = identity.repeat_interleave(parts.shape[1])
    losses = F.cross_entropy((scale * logits).flatten(0, 1), every, reduction="none", ignore_index=-1)
    return (importance * losses.view_as(importance)).sum() / (identity >= 0).sum().clamp_min(1)


def diversity(maps: Tensor, importance: Tensor) -> Tensor:
    """1 − Σ_ij max_k(s_k P_ijk), P_k = softmax_ij(A_k): 0 when the maps [B, K, h, w] do not overlap, 1 − 1/K when all are alike."""
    shares = maps.flatten(2).float().softmax(2)
    return 1 - (importance.unsqueeze(2) * shares).amax(1).sum(1).mean()


def balance(importance: Tensor) -> Tensor:
    """log K − entropy of the mean of s [B, K] over the batch: 0 when all maps have as much to say on average, log K when one has it all, which
    diversity alone would reward. What a single image makes of its maps is left to it."""
    share = importance.mean(0)
    return math.log(len(share)) + (share * share.clamp_min(1e-9).log()).sum()
