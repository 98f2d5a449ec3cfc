"""tuiqc: visual quality control of microscopy segmentations in the terminal."""

__version__ = "0.1.0"
