"""The embedder: a network that turns a face, or whatever part of it is visible, into 256 numbers."""
