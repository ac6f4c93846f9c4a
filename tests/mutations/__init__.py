"""Each wall between practices taken down in turn: is it noticed? `make soak-mutations`."""
