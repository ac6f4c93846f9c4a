"""Fullscript, simulated: OAuth, REST, Embed, dynamic links, events and webhooks."""
