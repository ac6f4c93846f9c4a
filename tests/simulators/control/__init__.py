"""The control page for people and its JSON API for tests, on a port of its own."""
