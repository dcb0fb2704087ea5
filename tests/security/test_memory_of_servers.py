"""What a warm server holds in memory, read from outside, byte by byte."""

import contextlib
import inspect
import os
from pathlib import Path

import psutil
import pytest

import reference.recurrent
from autograder.course import instructor_answers


def memory_holds(pid, secrets):
    """Return which of the secrets stand in the memory of a process."""
    found = set()
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            span, rights, _, _, inode, *_ = line.split()
            if "r" not in rights or "[v" in line or (inode != "0" and "w" not in rights):
                continue  # read-only parts of library files
            start, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError, OverflowError, ValueError):
                memory.seek(start)
                block = memory.read(end - start)
                found |= {secret for secret in secrets if secret in block}
    return found


def long_lines(text):
    """The lines that nobody writes by chance."""
    return {line.strip().encode() for line in text.splitlines() if len(line.strip()) > 40}


@pytest.mark.skipif(os.geteuid() != 0, reason="reading another process's memory needs root")
def test_the_students_server_holds_no_secret(judge, preparer, honest):
    """Neither checks, solutions, reference, keys, seeds nor tokens; the check server holds them."""
    manifest = preparer.manifest("recurrent")
    report = judge.grade("recurrent", honest("recurrent"))
    checks = set().union(*(long_lines(path.read_text()) for path in manifest.checks.values()))
    solutions = set().union(*map(long_lines, instructor_answers(manifest).values()))
    model = long_lines(inspect.getsource(reference.recurrent))
    mine = {canary.encode() for canary in judge.canaries.by_place.values()}
    secrets = checks | solutions | model | mine | {report.key.encode(), str(report.seed).encode()}
    assert min(map(len, (checks, solutions, model, mine))) > 0
    programs = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended meanwhile
            if "autograder.sandbox.zygote" in child.cmdline():
                programs.append(child)
    confined = [program for program in programs if program.uids().real != 0]
    trusted = [program for program in programs if program.uids().real == 0]
    assert confined
    assert [memory_holds(program.pid, secrets) for program in confined] == [set()] * len(confined)
    seen = set().union(*(memory_holds(program.pid, secrets) for program in trusted))
    assert seen & checks, "the search itself finds nothing"
