"""Language models: one seam, and what can stand behind or around it."""
