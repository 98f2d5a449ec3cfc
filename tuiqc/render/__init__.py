"""What does it look like? Pixels, labels and a style become an RGB picture. Knows no tables."""
