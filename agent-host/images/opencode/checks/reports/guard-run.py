"""In a run with GUARDED_RUN the work has no say in the program that judges it: see guard.mjs."""

import os
import sys


def guard():
    import _thread
    import builtins
    import posix
    import re
    from importlib.machinery import SourceFileLoader
    from types import FunctionType, ModuleType

    here = guard.__code__.co_filename
    own_user, pid = os.getuid(), os.getpid()
    standard = os.path.dirname(os.__file__) + "/"
    # As they are before any work is loaded.
    look, frame_of, real_pid, say = os.stat, sys._getframe, os.getpid, os.write
    judging = [True]

    def is_own(path):
        if path == here:
            return False
        try:
            return look(re.sub(r"\.(zip|egg|pex|whl)/.*$", r".\1", path)).st_uid == own_user
        except OSError:
            return True  # it is gone

    def is_standard(path):
        return path.startswith("<frozen") or path.startswith(standard) and "-packages/" not in path

    def ends_itself(frame):
        """A module of the standard library that is run as the program, by its own last line."""
        if frame is None or frame.f_code.co_name != "<module>" or frame.f_globals is not vars(sys.modules["__main__"]):
            return False
        if frame.f_code.co_filename.startswith("<") or not is_standard(frame.f_code.co_filename) or frame.f_back is None:
            return False
        while frame.f_back is not None:
            frame = frame.f_back
            if frame.f_code.co_filename != "<frozen runpy>":
                return False
        return True

    def find_work():
        """The file of the work that calls this, if one does: of those on the stack the nearest that has a name."""
        if not judging[0] or real_pid() != pid:
            return None
        frame = frame_of(1)
        while frame is not None and frame.f_code.co_filename == here:
            frame = frame.f_back
        if ends_itself(frame):
            return None
        while frame is not None:
            path = frame.f_code.co_filename
            main = frame.f_globals.get("__name__") == "__main__"
            frame = frame.f_back
            if path == here or is_standard(path):
                continue
            if not path.startswith("<"):
                return path if is_own(path) else None
            if main:
                return None  # the command line
        return "a call that no file has made"

    def tell(work):
        say(2, f"The work ends or bends what judges it: {work}\n".encode())

    def see_work():
        """Says so once it is seen, whoever takes the error."""
        work = find_work()
        if work:
            tell(work)
        return work

    def refuse():
        work = see_work()
        if work:
            raise RuntimeError(f"not by {work}")

    def is_good(code):
        return code is None or isinstance(code, int) and code & 255 == 0

    real_code = SystemExit.code

    class Ending(SystemExit):
        """Who catches it may: it is refused where it comes to the top, from where no frame asks for its code."""

        def __init__(self, *given):
            super().__init__(*given)
            self.__dict__["by"] = find_work()

        @property
        def code(self):
            value, by = real_code.__get__(self), self.__dict__.get("by")
            try:
                frame_of(1)
            except ValueError:
                if by and is_good(value):
                    tell(by)
                    return 1
            return value

        @code.setter
        def code(self, value):
            self.__dict__["by"] = find_work() or self.__dict__.get("by")
            real_code.__set__(self, value)

    Ending.__name__ = Ending.__qualname__ = "SystemExit"
    Ending.__module__ = "builtins"

    def leave(code=None):
        raise Ending() if code is None else Ending(code)

    def keep(name, real, ends):
        def guarded(*given, **more):
            if ends(given):
                refuse()
            return real(*given, **more)

        for module in (os, posix):
            setattr(module, name, guarded)

    builtins.SystemExit = Ending
    sys.exit = _thread.exit = _thread.exit_thread = leave
    keep("_exit", posix._exit, lambda given: not given or is_good(given[0]))
    for name in ("execv", "execve"):
        keep(name, getattr(posix, name), lambda given: True)

    first = {}  # functions of each kept module, by its id

    class Kept(ModuleType):
        def __getattribute__(self, name):
            value = super().__getattribute__(name)
            was = first[id(self)].get(name, value)
            if not judging[0] or value is was or isinstance(value, FunctionType) and not is_own(value.__code__.co_filename):
                return value
            return was

        def __setattr__(self, name, value):
            if isinstance(self.__dict__.get(name), FunctionType) and see_work():
                return
            first[id(self)].pop(name, None)
            super().__setattr__(name, value)

    def keep_module(module):
        first[id(module)] = {name: value for name, value in vars(module).items() if isinstance(value, FunctionType)}
        module.__class__ = Kept

    load = SourceFileLoader.exec_module

    def load_kept(loader, module):
        load(loader, module)
        strange = "-packages/" in loader.path or loader.path.startswith(standard) or is_own(loader.path)
        if judging[0] and type(module) is ModuleType and not strange:
            keep_module(module)

    SourceFileLoader.exec_module = load_kept

    runners = {"unittest", "pytest", "nose2", "tox", "nox", "coverage", "behave", "robot", "trial", "stestr", "green", "ward"}
    programs = {*runners, "py.test", "unittest_report.py"}
    imports = re.compile(r"from \.?([\w.]+) import \w+|import sys|if __name__ == .__main__.:|(sys\.exit\()?\w+\(\)+|(\"\"\".*\"\"\"|#.*)?")

    def starts_work(program):
        """Whether a program of before does nothing but load files of the work and start them."""
        with open(program, encoding="utf-8") as file:
            found = [imports.fullmatch(line.strip()) for line in file.read(4_000).split("\n")]
        names = [match[1].split(".")[-1] for match in found if match and match[1]]
        beside = os.path.dirname(program)
        return all(found) and names != [] and all(is_own(os.path.join(beside, f"{name}.py")) for name in names)

    def judges(program):
        name = os.path.basename(program)
        tests = name.startswith("test_") or name.endswith("_test.py") or name == "manage.py" and "test" in sys.argv
        try:
            return name not in programs and not tests and not is_own(program) and not starts_work(program)
        except (OSError, ValueError):
            return True

    def judges_module(module):
        at = module.replace(".", "/")
        ways = [os.path.join(folder, way) for folder in ("", *sys.path) for way in (f"{at}.py", f"{at}/__main__.py")]
        program = next((way for way in ways if os.path.isfile(way)), None)
        return module.split(".")[0] not in runners and (program is None or judges(program))

    def begin(judged):
        judging[0] = judged
        if not judged:
            os.environ.pop("GUARDED_RUN", None)  # nor do those judge that it starts
        elif type(sys.modules["__main__"]) is ModuleType:
            keep_module(sys.modules["__main__"])

    def hear(event, given):
        if event == "cpython.run_file":
            begin(judges(os.path.abspath(given[0])))
        elif event == "cpython.run_module":
            begin(judges_module(given[0]))
        elif event == "cpython.run_command":
            begin(not given[0].startswith("from multiprocessing."))
        elif event == "object.__setattr__" and isinstance(given[0], FunctionType) and not is_own(given[0].__code__.co_filename):
            refuse()
        elif event == "ctypes.dlsym" and str(given[1]) in ("exit", "_exit", "_Exit", "quick_exit", "execv", "execve", "syscall"):
            refuse()

    sys.addaudithook(hear)


if hasattr(sys, "addaudithook"):
    guard()
