"""Train the decoder that finds masks, on photographs with masks."""
