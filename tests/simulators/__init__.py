"""The three vendors, simulated: one process of its own, four real HTTP servers.

`python -m tests.simulators` serves a control page, Fullscript, WholeScripts and
ScriptRun, each on its own port of 127.0.0.1, so each is a separate origin. The demo,
the tests and the browser tests all talk to the same code over HTTP.

How a vendor plugs in: the package `tests.simulators.<name>` has a module `vendor.py`
with `VENDOR = Vendor(...)` (see `registry.Vendor`, which explains each hook). Views are
ordinary Django views; they reach everything through `world.current()`.
"""
