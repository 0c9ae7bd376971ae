"""Hands commands of `uptospeed archive` to Ray, one task a command, and says what became of each.

One JSON object a line comes in: {"task": number, "words": [program, argument, ...]}. One goes out when the command has
ended: {"task": number} or {"task": number, "failed": why}. The end of the input ends it. A command writes beside its
place and renames, so that Ray may run it again, or twice at once.
"""

import json
import os
import queue
import subprocess
import sys
import threading

# How often a command is begun again whose worker, or machine, was lost.
RETRIES = 20

# Commands that Ray knows of at once; a run may have hundreds of thousands.
UNDER_WAY_MAX = 1000

try:
    import ray
except ImportError as error:
    print(f"{sys.executable}: {error}")
    sys.exit(1)


class Killed(Exception):
    """A signal ended the command: another attempt may go well."""


@ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=[Killed])
def command(words):
    """Runs one command to its end; gives why it failed, or nothing."""
    environment = dict(os.environ, RAYON_NUM_THREADS="1")
    done = subprocess.run(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode < 0:
        raise Killed(f"signal {-done.returncode}")
    if done.returncode > 0:
        return done.stderr.decode(errors="replace").strip() or f"ended with {done.returncode}"
    return None


def say(answer):
    """Prints one line."""
    OUT.write(json.dumps(answer) + "\n")
    OUT.flush()


def result(reference):
    """Gives why a command that is over failed, or nothing."""
    try:
        return ray.get(reference)
    except Exception as error:  # whatever Ray says: the run goes on with the others
        return f"Ray gave up: {error}"


def read(asked):
    """Puts what comes in into the queue, and nothing at its end."""
    for line in sys.stdin:
        asked.put(json.loads(line))
    asked.put(None)


def main():
    """Runs commands until there are no more."""
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    options = {"log_to_driver": False, "include_dashboard": False, "logging_level": "ERROR"}
    if not os.environ.get("RAY_ADDRESS"):
        options["num_cpus"] = jobs or os.cpu_count()
    ray.init(**options)
    OUT.write("ready\n")
    OUT.flush()
    asked = queue.Queue()
    threading.Thread(target=read, args=(asked,), daemon=True).start()
    under_way, goes_on = {}, True
    while goes_on or under_way:
        while goes_on and len(under_way) < UNDER_WAY_MAX:
            try:
                # With nothing under way there is nothing else to wait for.
                task = asked.get(block=not under_way)
            except queue.Empty:
                break
            if task is None:
                goes_on = False
            else:
                under_way[command.remote(task["words"])] = task["task"]
        if under_way:
            for reference in ray.wait(list(under_way), timeout=0.2)[0]:
                why = result(reference)
                task = under_way.pop(reference)
                say({"task": task} if why is None else {"task": task, "failed": why})
    ray.shutdown()


# Ray and its libraries print where they like; the answers have the first output for themselves.
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
main()
