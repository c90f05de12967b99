"""What is sent into sandboxes as source: standard library only, Python 3.8 syntax."""
