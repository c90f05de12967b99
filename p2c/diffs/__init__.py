"""Applying what models call a diff: from the reply's envelope to the built files, or a refusal."""
