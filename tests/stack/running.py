"""The site as it runs: web processes, workers and beat, which tests kill."""

from collections import Counter

from tests.stack import processes
from tests.stack.ports import listen


class Stack:
    """What `start` names runs on the suite's database, broker and simulators, with `env` on top
    of their environment. `kills` counts the KILLs by name."""

    def __init__(self, ground, **env: str):
        self.ground = ground
        self.env = {**ground.environment, **env}
        self.kills: Counter = Counter()
        self.started: dict[str, processes.Process] = {}
        self.socket = None

    def start(self, *names: str):
        self.socket = listen(0)
        log = self.ground.scratch
        given = {"env": self.env}
        made = {
            "web": processes.web(self.socket, log=log / "stack-web.log", **given),
            "worker": processes.worker(log=log / "stack-worker.log", **given),
        }
        for beat in ("beat", "second beat"):
            schedule = log / f"stack-{beat}.db"
            made[beat] = processes.beat(log=log / f"stack-{beat}.log", schedule=schedule, **given)
        self.started = {name: made[name] for name in names}
        for process in self.started.values():
            process.start()
        for process in self.started.values():
            process.wait_ready()
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def kill(self, name: str):
        """KILL, and a new one at once."""
        self.started[name].kill()
        self.started[name].start().wait_ready()
        self.kills[name] += 1

    def deploy(self) -> dict[str, int]:
        """TERM to all, and new ones when they have ended: the exit codes, -9 for who had to be
        killed after half a minute."""
        for process in self.started.values():
            process.ask_to_end()
        for process in self.started.values():
            process.stop(30)
        codes = {name: process.child.returncode for name, process in self.started.items()}
        for process in self.started.values():
            process.start()
        for process in self.started.values():
            process.wait_ready()
        return codes

    def stop(self):
        for process in self.started.values():
            process.ask_to_end()
        for process in self.started.values():
            process.stop()
        self.socket.close()
