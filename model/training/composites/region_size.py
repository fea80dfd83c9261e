"""Hold what the two searches for regions have in common."""

SMALLEST, LARGEST = 0.03, 0.5  # share of the image
SAMPLES = 1500  # pixels for the k-means iteration
LIGHTNESS, CHROMA, POSITION = 0.7, 1.5, 0.5  # weights of Lab levels and of pixel coordinates
SIDE = 128  # half the input size, which takes a quarter of the time
