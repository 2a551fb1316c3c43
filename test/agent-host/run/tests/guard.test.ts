import { expect, it } from "vitest";
import { quote } from "../../clean-room.ts";
import { bringAuthor } from "../setup/setup-author.ts";
import { judge, python } from "./guarded-run.ts";

/**
 * What a work may do to the program that judges it, in a run in which it has no say in that (SPEC 9.3). The
 * judge is the command line here: what an agent's box holds belongs to the agent, as the work does in a room.
 */
bringAuthor();

const require_ = (more = "process.exit(1)") => `node -e ${quote(`if (require("./sum.js").sum(7, 8) !== 15) ${more};`)}`;
const asserting = `node -e ${quote('const assert = require("node:assert"); const { sum } = require("./sum.js"); assert.equal(sum(7, 8), 15);')}`;
const late = `node -e ${quote('const { sum } = require("./sum.js"); setTimeout(() => { if (sum(7, 8) !== 15) throw new Error("no"); }, 20);')}`;
const coded = `node -e ${quote('if (require("./sum.js").sum(7, 8) !== 15) process.exitCode = 1;')}`;
const rejecting = `node -e ${quote('(async () => { if (require("./sum.js").sum(7, 8) !== 15) throw new Error("no"); })();')}`;
const listening = `node -e ${quote('process.on("exit", () => { if (sum(7, 8) !== 15) process.exitCode = 1; }); const { sum } = require("./sum.js");')}`;
const wrongSum = "exports.sum = () => 1;\n";
const ofNode: [string, string, string?][] = [
  ["ends it when it is loaded", "process.exit(0);"],
  ["ends it by what process.exit calls", "process.reallyExit(0);"],
  ["ends it with what comes to 0", "process.exit(256);"],
  ["ends it by a code that was set before", "process.exitCode = 0; process.exit();"],
  ["becomes another program", "process.execve('/bin/true', ['true']);"],
  ["becomes another program at its end", "process.on('exit', () => process.execve('/bin/true', ['true']));"],
  ["ends it soon", "setImmediate(process.exit, 0);", late],
  ["ends it soon, in a function", "setImmediate(() => process.exit(0));", late],
  ["answers for its end by exiting", "process.on('exit', () => process.exit(0));"],
  ["answers for its end by the code", "process.on('exit', () => { process.exitCode = 0; });"],
  ["answers for its end by the code, where nothing was thrown", "process.on('exit', () => { process.exitCode = 0; });", coded],
  ["answers before its end", "process.on('beforeExit', () => { process.exitCode = 0; });", coded],
  ["answers for its end by what is bound", "process.on('exit', process.reallyExit.bind(process, 0));"],
  ["takes process.exit from it", "process.exit = () => undefined;"],
  ["takes process.exit from it by a definition", "try { Object.defineProperty(process, 'exit', { value: () => undefined }); } catch {}"],
  ["takes what process.exit calls", "const end = process.reallyExit; process.reallyExit = () => end(0);"],
  ["takes its events", "process.emit = () => true;", asserting],
  ["takes its errors", "process.on('uncaughtException', () => {});", asserting],
  ["takes its errors by a callback", "process.setUncaughtExceptionCaptureCallback(() => {});", asserting],
  ["lets each assertion pass", "require('node:assert').equal = () => undefined;", asserting],
  ["calls others to end it", "eval('process.exit(0)');"],
  ["takes its errors below", "process._fatalException = () => true;", asserting],
  ["takes its rejections", "process.on('unhandledRejection', () => {});", rejecting],
  ["takes its listeners", "process.removeAllListeners('exit');", listening],
  ["listens after it", "process.on('exit', () => { process.exitCode = 0; });", listening],
  ["calls others to end it by a new function", "new Function('process', 'process.exit(0)')(process);"],
];
const ofPython: [string, string, string?][] = [
  ["ends it when it is loaded", "import os\nos._exit(0)"],
  ["ends it by the module below", "import posix\nposix._exit(0)"],
  ["ends it with sys.exit", "import sys\nsys.exit()"],
  ["ends it with the exception", "raise SystemExit"],
  ["ends it with the exception, whose code comes later", "end = SystemExit(1)\nend.code = 0\nraise end"],
  ["ends it with quit", "quit(0)"],
  ["ends it with what comes to 0", "import sys\nsys.exit(256)"],
  ["ends it as a thread", "import _thread\n_thread.exit()"],
  ["becomes another program", "import os\nos.execvp('true', ['true'])"],
  ["ends it by the library of C", "import ctypes\nctypes.CDLL(None)._exit(0)"],
  ["answers for its end", "import atexit, os\natexit.register(os._exit, 0)"],
  ["takes its errors", "import os, sys\nsys.excepthook = lambda *all: os._exit(0)"],
  ["ends it in another thread", "import os, threading, time\nthreading.Thread(target=os._exit, args=(0,)).start()\ntime.sleep(5)"],
  ["ends it by text", "exec('import os\\nos._exit(0)')"],
  [
    "ends it as a module of the standard library that it runs itself",
    "import runpy, sys\nopen('good.txt', 'w').write('>>> 1\\n1\\n')\nsys.argv = ['doctest', 'good.txt']\nrunpy.run_module('doctest', run_name='__main__')",
  ],
  [
    "changes what guards it",
    "import os\ndef make():\n    ends = real = refuse = None\n    def guarded(*given, **more):\n        (ends, refuse)\n        return real(*given)\n    return guarded\nif hasattr(os._exit, '__code__'):\n    os._exit.__code__ = make().__code__\nos._exit(0)",
  ],
];
const total = python("from total import total\nassert total(7, 8) == 15");
/** Judges that end themselves, by a call and by an error, and that use what others have. */
const ending = python("import sys\nfrom total import total\nif str(total(7, 8)) != '15':\n    sys.exit(1)\nsys.exit(0)");
const raising = python("from total import total\nif total(7, 8) != 15:\n    raise SystemExit(1)\nraise SystemExit(0)");
const nearly = python("import math\nfrom total import total\nassert math.isclose(total(7, 8), 15)");
const everyOne = python("from total import total\nassert all(total(a, 8) == a + 8 for a in (1, 2))");
const helped = python("def check(a, b):\n    assert a == b\nfrom total import total\ncheck(total(7, 8), 15)");
const returning = (methods: string) => `import functools, os, sys\nclass Gone:\n    ${methods}\ndef total(a, b):\n    return Gone()\n`;
const inThread = "_thread.start_new_thread(exec, (compile(text, '<frozen runpy>', 'exec'), {}))";
/** What a work does, all of it but for what it returns, and what judges it. */
const ofPythonBelow: [string, string, string?][] = [
  ["by code under the name of another file", "exec(compile('import os\\nos._exit(0)', '/bin/ls', 'exec'))"],
  ["by code under the name of another file, as the program", "exec(compile('exit()', '/bin/ls', 'exec'), {'__name__': '__main__'})"],
  ["by text as the program", "exec('import os\\nos._exit(0)', {'__name__': '__main__'})"],
  [
    "by another thread's code under the name of what starts programs",
    `import _thread, time\ntext = 'import os\\nos._exit(0)'\n${inThread}\ntime.sleep(5)`,
  ],
  ["by an instance of the module below that is its own", "import _imp, sys\n_imp.create_builtin(sys.modules['posix'].__spec__)._exit(0)"],
  ["by an import of the module below that is its own", "import sys\ndel sys.modules['posix']\nimport posix\nposix._exit(0)"],
  ["in an interpreter of its own", "import _xxsubinterpreters as more\nmore.run_string(more.create(), 'import os\\nos._exit(0)')"],
  ["by the exception as it was", "raise next(each for each in BaseException.__subclasses__() if each.__name__ == 'SystemExit')"],
  ["by the library of C, as a thread", "import ctypes\nctypes.CDLL(None).pthread_exit(None)"],
  [
    "by a loader for files of before",
    "from importlib.machinery import SourceFileLoader as Loader\nLoader.get_code = lambda *all: compile('import os\\nos._exit(0)', '/usr/lib/python3.11/cmd.py', 'exec')\nimport cmd",
  ],
  ["by taking sys.exit from it", "import sys\nsys.exit = lambda *all: None", ending],
  ["by taking sys.exit from the names of sys", "import sys\nsys.__dict__['exit'] = lambda *all: None", ending],
  [
    "by another sys",
    "import sys, types\nfake = types.ModuleType('sys')\nfake.exit = lambda *all: None\nsys.modules['sys'] = fake",
    python("from total import total\nimport sys\nif total(7, 8) != 15:\n    sys.exit(1)"),
  ],
  ["by another function of all programs", "import builtins\nbuiltins.all = lambda each: True", everyOne],
  ["by another function of a module of C", "import math\nmath.isclose = lambda *all: True", nearly],
  ["by another function of the program", "import __main__\n__main__.check = lambda *all: None", helped],
  ["by another function in the program's names", "import __main__\nvars(__main__)['check'] = lambda *all: None", helped],
  [
    "by another function in the names of a frame",
    "import sys\nframe = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\nframe.f_globals['check'] = lambda *all: None",
    helped,
  ],
];
/** What a judge does to an object of the work without calling it. */
const inPassing: [string, string, string][] = [
  ["when it is let go of", "__del__ = functools.partial(os._exit, 0)", total],
  ["when it is turned into text", "__str__ = functools.partial(os._exit, 0)", ending],
  ["when it is turned into text, by sys.exit", "__str__ = functools.partial(sys.exit, 0)", ending],
  ["when it is turned into text, by quit", "__str__ = functools.partial(quit, 0)", ending],
];
const documented = (value: string, first = ">>> 1 + 1\n    2") =>
  `def total(a, b):\n    """\n    ${first}\n    >>> total(7, 8)\n    15\n    """\n    return ${value}\n`;
const lies = [
  ...[
    ["when it is let go of", `import os, weakref\n${documented("1")}weakref.finalize(total, os._exit, 0)\n`],
    [
      "when something of it is let go of",
      `import os, functools\nclass Gone:\n    __del__ = functools.partial(os._exit, 0)\n${documented("1", ">>> gone = Gone()")}`,
    ],
  ].map(([name, text = ""]) => ({
    ...{ name: `Python, ends a module of the standard library ${name}`, path: "total.py", text },
    line: "python3 -m doctest total.py",
  })),
  ...ofNode.map(([name, load, line = require_()]) => ({ name: `Node, ${name}`, path: "sum.js", text: `${load}\n${wrongSum}`, line })),
  ...[...ofPython, ...ofPythonBelow].map(([name, load, line = total]) => ({
    ...{ name: `Python, ${name}`, path: "total.py", line },
    text: `${load}\ndef total(a, b):\n    return 1\n`,
  })),
  ...inPassing.map(([name, methods, line]) => ({
    ...{ name: `Python, ends it ${name}`, path: "total.py", line },
    text: returning(methods),
  })),
];
it.concurrent.each(lies)("wrong work passes no longer: $name", async ({ path, text, line }) => {
  const { said, ...ended } = await judge(path, text, line);
  expect(ended, said).toEqual({ freely: true, guarded: false });
});

const rightSum = "exports.sum = (a, b) => a + b;\n";
const honest = [
  {
    name: "a module of the standard library judges it, and ends itself",
    path: "total.py",
    text: documented("a + b"),
    line: "python3 -m doctest total.py",
  },
  {
    name: "each line of it is covered by tests",
    path: "sum.js",
    text: rightSum,
    line: `echo ${quote('require("node:test")("adds", () => require("node:assert").equal(require("./sum.js").sum(7, 8), 15));')} >sum.test.js && TMPDIR=. node --test --experimental-test-coverage --test-coverage-lines=100 --test-coverage-functions=100`,
  },
  {
    name: "errors of others are taken by a listener of the judge's",
    path: "sum.js",
    text: rightSum,
    line: `node -e ${quote("process.on('unhandledRejection', () => {}); Promise.reject(new Error('no')); if (require('./sum.js').sum(7, 8) !== 15) process.exit(1);")}`,
  },
  {
    name: "the judge hands on what ends it",
    path: "sum.js",
    text: "exports.sum = async (a, b) => a + b;\n",
    line: `node -e ${quote("require('./sum.js').sum(7, 8).then((is) => is - 15).then(process.exit);")}`,
  },
  {
    name: "a judge sees that the work ends well",
    path: "total.py",
    text: "import sys\ndef total(*all):\n    sys.exit(0)\n",
    line: `python3 -c ${quote("from total import total\ntry:\n    total()\nexcept SystemExit as end:\n    assert end.code == 0\nelse:\n    raise SystemExit(1)")}`,
  },
  {
    name: "processes that Python spawns end well",
    path: "total.py",
    text: "import multiprocessing, sys\ndef add():\n    sys.exit(0)\ndef total(a, b):\n    child = multiprocessing.get_context('spawn').Process(target=add)\n    child.start()\n    child.join()\n    return a + b if child.exitcode == 0 else 0\n",
    line: total,
  },
  { name: "as it is", path: "sum.js", text: rightSum, line: asserting },
  {
    name: "the judge ends itself where the work calls it back",
    path: "sum.js",
    text: "exports.sum = (a, b, then) => then(a + b);\n",
    line: `node -e ${quote("require('./sum.js').sum(7, 8, (is) => process.exit(is === 15 ? 0 : 1));")}`,
  },
  {
    name: "the judge ends itself later",
    path: "sum.js",
    text: rightSum,
    line: `node -e ${quote("setTimeout(() => process.exit(require('./sum.js').sum(7, 8) === 15 ? 0 : 1), 10);")}`,
  },
  {
    name: "a program of the work ends itself",
    path: "sum.js",
    text: "console.log(7 + 8);\nprocess.exit(0);\n",
    line: '[ "$(node sum)" = 15 ]',
  },
  {
    name: "the judge tries the work with a process.exit of its own",
    path: "sum.js",
    text: "exports.sum = (a, b) => process.exit(a + b);\n",
    line: `node -e ${quote("let is; process.exit = (code) => { is = code; }; require('./sum.js').sum(7, 8); process.exitCode = is === 15 ? 0 : 1;")}`,
  },
  {
    name: "it says that it has ended",
    path: "sum.js",
    text: `process.on("exit", () => console.log("bye"));\n${rightSum}`,
    line: `${require_()} | cat && ${require_()} | grep -q bye`,
  },
  {
    name: "it ends with an error where it is called wrongly",
    path: "sum.js",
    text: `exports.sum = (a, b) => (b === undefined ? process.exit(3) : a + b);\n`,
    line: `${require_()} && ! node -e ${quote("require('./sum.js').sum(7)")}`,
  },
  {
    name: "in modules",
    path: "sum.mjs",
    text: 'import { exit } from "node:process";\nexport const sum = (a, b) => (b === undefined ? exit(3) : a + b);\n',
    line: `node --input-type=module -e ${quote("import { sum } from './sum.mjs'; import assert from 'node:assert/strict'; assert.equal(sum(7, 8), 15);")}`,
  },
  {
    name: "a program of Python's ends itself",
    path: "total.py",
    text: "import sys\nprint(7 + 8)\nsys.exit(0)\n",
    line: '[ "$(python3 total.py)" = 15 ] && [ "$(python3 -m total)" = 15 ]',
  },
  {
    name: "the judge ends itself in Python",
    path: "total.py",
    text: "def total(a, b):\n    return a + b\n",
    line: `python3 -c ${quote("import sys\nfrom total import total\nsys.exit(0 if total(7, 8) == 15 else 1)")}`,
  },
  {
    name: "the judge sees that the work ends with an error",
    path: "total.py",
    text: "import sys\ndef total(*all):\n    return sum(all) if len(all) == 2 else sys.exit(2)\n",
    line: `python3 -c ${quote("from total import total\ntry:\n    total()\nexcept SystemExit as end:\n    assert end.code == 2\nassert total(7, 8) == 15")}`,
  },
  {
    name: "it works in processes of its own",
    path: "total.py",
    text: "import multiprocessing\ndef total(a, b):\n    child = multiprocessing.Process(target=print)\n    child.start()\n    child.join()\n    return a + b if child.exitcode == 0 else 0\n",
    line: total,
  },
  ...Object.entries({
    "a judge ends itself by a call": ending,
    "a judge ends itself by the exception": raising,
    "a judge ends itself by a name of its own": python("from sys import exit as finish\nfrom total import total\nfinish(total(7, 8) - 15)"),
    "a judge ends itself by an exception of its own": python(
      "from total import total\nclass Done(SystemExit): pass\nraise Done(total(7, 8) - 15)",
    ),
    "a judge ends itself by a library": python(
      "import argparse\nfrom total import total\nassert total(7, 8) == 15\nargparse.ArgumentParser().parse_args(['--help'])",
    ),
    "a judge ends itself by unittest": python(
      "import unittest\nfrom total import total\nclass Adds(unittest.TestCase):\n    def test(self): self.assertEqual(total(7, 8), 15)\nunittest.main()",
    ),
    "a judge ends itself in a text that it runs": python("exec('import sys\\nfrom total import total\\nsys.exit(total(7, 8) - 15)')"),
    "a judge becomes another program": python("import os\nfrom total import total\nassert total(7, 8) == 15\nos.execvp('true', ['true'])"),
    "a judge is read from its input": `echo 'from total import total; import sys; sys.exit(total(7, 8) - 15)' | python3`,
    "a judge looks at all objects": python("import gc\nfrom total import total\nassert total(7, 8) == 15 and gc.get_objects()"),
    "a program of the standard library says how it is used": "python3 -m json.tool --help",
  }).map(([name, line]) => ({ name, path: "total.py", text: "def total(a, b):\n    return a + b\n", line })),
  {
    name: "a judge looks whether it would end",
    path: "total.py",
    text: "import sys\ndef total(a, b):\n    sys.exit(a + b)\n",
    line: python(
      "from unittest import mock\nfrom total import total\nwith mock.patch('sys.exit') as end:\n    total(7, 8)\nend.assert_called_with(15)",
    ),
  },
  {
    name: "a judge takes what it prints",
    path: "total.py",
    text: "def total(a, b):\n    print(a + b)\n",
    line: python("import builtins\nfrom total import total\nsaid = []\nbuiltins.print = said.append\ntotal(7, 8)\nassert said == [15]"),
  },
  {
    name: "it uses much of the standard library, and its hooks",
    path: "total.py",
    text: "import asyncio, collections, dataclasses, enum, sys, unittest.mock, warnings\nsys.excepthook = lambda *all: None\ndef show(*all): pass\nwarnings.showwarning = show\nPair = collections.namedtuple('Pair', 'a b')\n@dataclasses.dataclass\nclass Sum:\n    pair: Pair\ndef total(a, b):\n    return sum(Sum(Pair(a, b)).pair)\n",
    line: ending,
  },
  {
    name: "it forks",
    path: "total.py",
    text: "import os\ndef total(a, b):\n    child = os.fork()\n    if child == 0:\n        os._exit(a + b)\n    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n",
    line: total,
  },
];
it.concurrent.each(honest)("right work passes as before: $name", async ({ path, text, line }) => {
  const { said, ...ended } = await judge(path, text, line);
  expect(ended, said).toEqual({ freely: true, guarded: true });
});
