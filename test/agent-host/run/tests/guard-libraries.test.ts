import { expect, it } from "vitest";
import { bringAuthor } from "../setup/setup-author.ts";
import { judge, python } from "./guarded-run.ts";

/**
 * What a judge in Python uses beside the work, and what stands around it (SPEC 9.3): libraries, the
 * language's own functions, the interpreter. `guard.test.ts`: how it is ended.
 */
bringAuthor();

const wrong = "def total(a, b):\n    return 1\n";
const total = python("from total import total\nassert total(7, 8) == 15");
const nearly = python("import math\nfrom total import total\nassert math.isclose(total(7, 8), 15)");
const all = python("from total import total\nassert all(total(a, 8) == a + 8 for a in (1, 2))");
const coded = python("import sys\nfrom total import total\nif total(7, 8) != 15:\n    sys.exit(1)");
const encoded = python("import json\nfrom total import total\nassert json.loads(json.dumps(total(7, 8))) == 15");
const tested = python(
  "import unittest\nfrom total import total\nclass Adds(unittest.TestCase):\n    def test(self): self.assertEqual(total(7, 8), 15)\nunittest.main()",
);
const main = python(
  "import sys\nfrom total import total\ndef main(): return int(total(7, 8) != 15)\nif __name__ == '__main__':\n    sys.exit(main())",
);
const averaged = python("from total import total\nfrom statistics import mean\nassert mean([total(7, 8), total(7, 8)]) == 15");
const started = python(
  "import subprocess, sys\nimport total\nassert subprocess.run([sys.executable, '-c', 'print(total)'], capture_output=True).returncode == 0",
);
const text = python("found = {}\nexec(open('total.py').read(), found)\nassert found['total'](7, 8) == 15");
const everyAssertion = "for name in dir(unittest.TestCase):\n    if name.startswith('assert'):\n        setattr(unittest.TestCase, name, ";

const lies: [string, string, string?][] = [
  ["ends it with what counts as 0", "import os\nclass Zero:\n    def __index__(self): return 0\nos._exit(Zero())"],
  ["becomes another program by the library of C", "import ctypes\nctypes.CDLL(None).execl(b'/bin/true', b'true', None)"],
  ["is what ends it", "main = quit", python("from total import main\nmain()\nassert 0")],
  ["is a text that it runs", "import os\nos._exit(0)", text],
  ["puts one of the language's functions in the place of another", "import builtins\nbuiltins.all = bool", all],
  [
    "puts a method in the place of a function",
    "import math\nclass Any:\n    def close(self, *all): return True\nmath.isclose = Any().close",
    nearly,
  ],
  ["puts a text's function there", "import math\nexec('def close(*all): return True')\nmath.isclose = close", nearly],
  [
    "gives a function the name of another's file",
    "import math\ndef close(*all): return True\nclose.__code__ = close.__code__.replace(co_filename='/bin/ls')\nmath.isclose = close",
    nearly,
  ],
  ["hides a module that it bends", "import sys, math\ndel sys.modules['math']\nmath.isclose = lambda *all: True", nearly],
  ["gives a class methods of its own", "import json.decoder\njson.decoder.JSONDecoder.decode = lambda *all: 15", encoded],
  [
    "gives a library another object",
    "import json\nclass Any:\n    def decode(self, *all): return 15\njson._default_decoder = Any()",
    encoded,
  ],
  ["lets each assertion pass", `import unittest\n${everyAssertion}lambda *all: None)`, tested],
  ["lets each assertion print", `import unittest\n${everyAssertion}print)`, tested],
  ["gives it another name", "import __main__\nvars(__main__)['__name__'] = 'other'", main],
  ["gives `sys` another class's names", "import sys\ntype(sys).exit = property(lambda self: print)", coded],
  ["takes a name from the class of `sys`", "import sys\ndel type(sys).exit\nvars(sys)['exit'] = print", coded],
  [
    "serves a module that it loads later",
    "import sys, types\nserved = sys.modules['statistics'] = types.ModuleType('statistics')\nserved.mean = lambda all: 15",
    averaged,
  ],
  ["starts another program for it", "import sys\nsys.executable = '/bin/true'", started],
  [
    "looks for the guard as rubbish is collected",
    "import gc, sys\ndef look(*all):\n    frame = sys._getframe()\n    while frame:\n        end = frame.f_locals.get('real')\n        if type(end) is dict: end['_exit'](0)\n        frame = frame.f_back\ngc.callbacks.append(look)\ngc.set_threshold(1)\nfor _ in range(200):\n    try: sys.exit([])\n    except SystemExit: pass",
  ],
];
it.concurrent.each(lies.map(([name, load, line = total]) => ({ name, load, line })))(
  "wrong work passes no longer where it $name",
  async ({ load, line }) => {
    const { guarded, said } = await judge("total.py", `${load}\n${wrong}`, line);
    expect(guarded, said).toBe(false);
  },
);

const right = "def total(a, b):\n    return a + b\n";
const honest: [string, string, string?][] = [
  [
    "is judged by a program that ends without a code",
    "",
    python("import sys\nfrom total import total\nassert total(7, 8) == 15\nsys.exit()"),
  ],
  ["is judged by a program that quits", "", python("from total import total\nassert total(7, 8) == 15\nquit()")],
  [
    "is judged by a program with an ending of its own",
    "",
    python(
      "from total import total\nclass Done(SystemExit):\n    def __init__(self, ok): super().__init__(0 if ok else 1)\nraise Done(total(7, 8) == 15)",
    ),
  ],
  [
    "decorates a function of its judge",
    "import functools\ndef twice(call):\n    @functools.wraps(call)\n    def run(*all): return 2 * call(*all)\n    return run",
    python("from total import twice, total\n@twice\ndef add(a, b): return total(a, b)\nassert add(7, 8) == 30"),
  ],
  [
    "ends itself where its judge expects it",
    "import sys\ndef main():\n    sys.exit()",
    python(
      "from total import main, total\ntry:\n    main()\nexcept SystemExit as end:\n    assert end.code is None\nassert total(7, 8) == 15",
    ),
  ],
  ["adds a name to the language", "import builtins\nbuiltins._ = lambda text: text"],
  [
    "adds a method to a library's class",
    "import logging\ndef trace(self, text): self.log(5, text)\nlogging.Logger.trace = trace\nlogging.trace = lambda text: None",
  ],
  [
    "gives a library what it asks for",
    "import logging, json, warnings\nmake = logging.getLogRecordFactory()\ndef record(*all, **more): return make(*all, **more)\nlogging.setLogRecordFactory(record)\njson.JSONEncoder.default = lambda self, value: str(value)\nwarnings.formatwarning = lambda *all: ''",
  ],
  [
    "prints in its own way",
    "import builtins\nplain = builtins.print\nbuiltins.print = lambda *all, **more: plain('>', *all, **more)",
    main,
  ],
  ["has an `exit` of its own", "def exit(): return 3", python("import total\nassert total.exit() == 3 and total.total(7, 8) == 15")],
  [
    "is asked for its time by a clock of its judge's",
    "import time\ndef now(): return time.time()",
    python("import time, total\ntime.time = lambda: 15\nassert total.now() == 15 and total.total(7, 8) == 15"),
  ],
  ["loads libraries of C, and threads", "import asyncio, socket, ssl, sqlite3, decimal, threading, multiprocessing", main],
  [
    "measures objects",
    "import gc\ndef size(value): return len(gc.get_referents(value))",
    python("from total import size, total\nassert size([1, 'a']) == 2 and total(7, 8) == 15"),
  ],
];
it.concurrent.each(honest.map(([name, load, line = total]) => ({ name, load, line })))(
  "right work passes as before where it $name",
  async ({ load, line }) => {
    const { said, ...ended } = await judge("total.py", `${load}\n${right}`, line);
    expect(ended, said).toEqual({ freely: true, guarded: true });
  },
);
