"""Logs runs of any program into a Scanline workspace, where they appear with live curves.

    import scanline_log

    with scanline_log.init("mnist", config={"lr": 3e-4, "layers": 12}, workspace="~/scanline") as run:
        for step in range(1000):
            run.log({"train/loss": loss, "lr": lr}, step=step)

Copy this file beside your program, or import it from where Scanline is installed. It needs Python 3.8 or later and
nothing else. Every call of log() appends one line to a file of its own in the workspace's folder "inbox"; the window,
or `scanline-cli inbox`, reads new lines. A program that is killed loses nothing that it has logged. Values may be
numbers, NaN and infinities included, and anything that float() takes, such as a tensor of one element.
"""

import atexit
import json
import math
import os
import re
import sys
import threading
import time
import uuid

__all__ = ["init", "log", "finish", "Run"]
__version__ = "1"

_FORMAT = 1
_current = None


def _default_workspace():
    """$SCANLINE_WORKSPACE, else the workspace that Scanline opens by itself."""
    given = os.environ.get("SCANLINE_WORKSPACE")
    if given:
        return given
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(data, "scanline")


def _number(value):
    """A float, or the text that stands for one that JSON cannot write."""
    number = float(value)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number


def _plain(value):
    """A value of the configuration as JSON has it; other types become text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return str(value)


def _identity():
    """This process, so that Scanline sees when it is gone: pid, start time and boot, as Linux tells them."""
    try:
        with open("/proc/self/stat", "rb") as file:
            fields = file.read().decode("ascii", "replace").rpartition(")")[2].split()
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
        return {"pid": os.getpid(), "start": int(fields[19]), "boot": boot}
    except (OSError, ValueError, IndexError):
        return {}


class Run:
    """One run. Any thread may log; a program that forks logs in one of its processes only."""

    def __init__(self, name, config=None, workspace=None, project=None):
        folder = os.path.join(os.path.expanduser(workspace or _default_workspace()), "inbox")
        os.makedirs(folder, exist_ok=True)
        self.id = uuid.uuid4().hex
        self.name = str(name)
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._step = -1
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", self.name).strip("-.")[:60] or "run"
        self.path = os.path.join(folder, "%s-%s.jsonl" % (plain, self.id[:12]))
        # O_APPEND and one write a line: a line is there whole, or its end is missing and it is passed over.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self._file = os.open(self.path, flags, 0o666)
        header = {"scanline_log": _FORMAT, "id": self.id, "name": self.name, "time": time.time()}
        if project is not None:
            header["project"] = str(project)
        if config:
            header["config"] = _plain(dict(config))
        header.update(_identity())
        self._write(header)
        os.fsync(self._file)

    def _write(self, line):
        data = (json.dumps(line, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")
        while data:  # a signal may cut a write short
            data = data[os.write(self._file, data):]

    def log(self, values, step=None):
        """Appends the values, by name, at a step; without one, at the step after the last."""
        with self._lock:
            if self._file is None:
                raise RuntimeError('the run "%s" is finished; begin another with init()' % self.name)
            at = self._step + 1 if step is None else int(step)
            line = {"step": at, "time": time.time(), "values": {str(k): _number(v) for k, v in values.items()}}
            self._write(line)
            self._step = at

    def finish(self, state="finished", reason=None):
        """Ends the run: "finished", "stopped" or "failed". Everything is on the disk when it returns."""
        with self._lock:
            if self._file is None:
                return
            line = {"finish": state, "time": time.time()}
            if reason:
                line["reason"] = str(reason)
            try:
                self._write(line)
                os.fsync(self._file)
            finally:
                os.close(self._file)
                self._file = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.finish()
        elif issubclass(kind, KeyboardInterrupt):
            self.finish("stopped", "Ctrl+C")
        else:
            self.finish("failed", "%s: %s" % (kind.__name__, error))
        return False


def init(name=None, config=None, workspace=None, project=None):
    """Begins a run, and makes it the one that the functions of this module log to.

    name: the name of the run; without one, the project's name.
    config: settings, shown with the run.
    workspace: a folder that Scanline opens; without one $SCANLINE_WORKSPACE, else Scanline's own.
    """
    global _current
    if _current is not None:
        _current.finish()
    _current = Run(name or project or "run", config, workspace, project)
    return _current


def log(values, step=None):
    """As Run.log() of the run that init() began."""
    if _current is None:
        raise RuntimeError("there is no run; begin one with init()")
    _current.log(values, step)


def finish(state="finished", reason=None):
    """As Run.finish() of the run that init() began."""
    global _current
    if _current is not None:
        _current.finish(state, reason)
        _current = None


@atexit.register
def _finish_at_exit():
    if _current is None or _current._pid != os.getpid():  # a forked process leaves the run to its parent
        return
    error = getattr(sys, "last_value", None)  # the exception that ended the program, if any
    if error is None:
        finish()
    else:
        finish("failed", "%s: %s" % (type(error).__name__, error))
