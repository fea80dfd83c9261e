"""How the weights are made: synthetic mismatches, data, losses and the training loop."""
