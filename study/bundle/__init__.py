"""Put a study into one archive for publication, and read it back."""
