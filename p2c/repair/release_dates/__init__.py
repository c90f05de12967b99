"""Code that today's releases broke: the day whose releases it was written for, found out and put into the contract."""

from __future__ import annotations

from p2c.repair.release_dates.strategy import make_era

__all__ = ["make_era"]
