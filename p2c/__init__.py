"""p2c: a machine-learning paper in, a code repository that runs out."""

__version__ = "0.1.0"
