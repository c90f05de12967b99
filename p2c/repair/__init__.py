"""A report becomes a better repository: fixers, the debugger, guards and the loop."""
