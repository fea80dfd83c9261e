"""Make synthetic composites for training."""
