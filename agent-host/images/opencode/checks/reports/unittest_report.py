"""`python -m unittest` with a report beside what it prints: see report.mjs."""

import json
import os
import sys
import unittest
import uuid

sys.path[0] = os.getcwd()
sys.argv[0] = "python -m unittest"
folder = os.environ.pop("TEST_REPORTS", "/dev/null")
path = os.path.join(folder, f"{uuid.uuid4()}.lines")


def add(**line):
    with open(path, "a", encoding="utf-8") as report:
        report.write(json.dumps(line) + "\n")


def tell(test, outcome):
    module = getattr(sys.modules.get(type(test).__module__), "__file__", None) or ""
    name = test.id().removeprefix(f"{type(test).__module__}.")
    add(file=module[:1000], name=name[:300], outcome=outcome)


class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        tell(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        tell(test, "failed")

    def addError(self, test, err):
        super().addError(test, err)
        tell(test, "failed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        tell(test, "skipped")

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        tell(test, "expected")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        tell(test, "failed")


class Runner(unittest.TextTestRunner):
    resultclass = Result

    def run(self, test):
        add(begins="unittest")
        result = super().run(test)
        add(ends=True)
        return result


if __name__ == "__main__":  # a process that a test starts loads this too
    os.makedirs(folder, exist_ok=True)
    unittest.main(module=None, testRunner=Runner)
