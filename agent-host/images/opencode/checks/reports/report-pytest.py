"""A plugin of pytest that reports each test: see report.mjs."""

import json
import os
import uuid

folder = os.environ.pop("TEST_REPORTS", None)
path = folder and os.path.join(folder, f"{uuid.uuid4()}.lines")


def add(**line):
    if path:
        with open(path, "a", encoding="utf-8") as report:
            report.write(json.dumps(line) + "\n")


def pytest_configure(config):
    if path and not hasattr(config, "workerinput"):  # workers of xdist tell theirs
        os.makedirs(folder, exist_ok=True)


def pytest_sessionstart(session):
    add(begins="pytest")


def pytest_runtest_logreport(report):
    if report.when != "call" and report.outcome == "passed":
        return
    outcome = "expected" if hasattr(report, "wasxfail") or "xfail" in report.keywords else report.outcome
    file, *names = report.nodeid.split("::")
    add(file=os.path.join(root, file)[:1000], name=" > ".join(names)[:300], outcome=outcome)


def pytest_sessionfinish(session):
    add(ends=True)


def pytest_collection(session):
    global root
    root = str(session.config.rootpath)
