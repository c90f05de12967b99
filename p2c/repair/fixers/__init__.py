"""Strategies that need no model."""
