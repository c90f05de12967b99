"""Where generated code runs: one seam, and its backends."""
