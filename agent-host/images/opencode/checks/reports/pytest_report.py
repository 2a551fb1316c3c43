"""The plugin of pytest in report-pytest.py. Programs that measure which lines run would count those of a file."""

import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "report-pytest.py"), encoding="utf-8") as plugin:
    exec(compile(plugin.read(), "<report-pytest>", "exec"))
