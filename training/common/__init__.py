"""What the embedder's and the detector's training share: reading the data sets."""
