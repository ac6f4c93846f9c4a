"""ScriptRun, simulated after the reference's section 10: orders in, signed webhooks out."""
