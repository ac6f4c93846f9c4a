"""WholeScripts' EMR API, simulated after the reference's section 12. Base path /api/EMR."""
