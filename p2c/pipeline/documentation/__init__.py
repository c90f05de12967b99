"""What a build delivers says what it is: README, docs, lock and Dockerfile, written from what is there at its end."""

from p2c.pipeline.documentation.deliver import BuildFacts, delivered

__all__ = ["BuildFacts", "delivered"]
