"""The embedder: a network that turns a face, or whatever part of it is visible, into 256 numbers."""

import torch

# The teacher has dead channels whose weights are below 1e-30. Their products are denormal, and x86 multiplies those
# some twenty times slower. Set before the first thread starts, so that every thread inherits it.
torch.set_flush_denormal(True)
