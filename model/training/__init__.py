"""Train the network: synthetic composites, losses, training phases and the training loop."""
