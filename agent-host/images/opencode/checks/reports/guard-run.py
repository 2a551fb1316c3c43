"""In a run with GUARDED_RUN the work has no say in the program that judges it: see guard.mjs.

Python hides nothing from a program that looks for it. So what decides here stands behind an audit hook, to which no
object leads (the handler of a signal that comes just then sees its frames all the same). What others can reach asks that hook, and holds nothing itself: no closure, no global. Code is trusted
for who brought it, not for the file's name that it bears: what this file has not read itself, and no program of before
has run, is the work's.
"""

import sys


def guard():
    import _imp
    import _thread
    import atexit
    import gc
    import marshal
    import opcode
    import os
    import posix
    import re
    from importlib.machinery import SourceFileLoader
    from importlib.util import MAGIC_NUMBER
    from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace

    # As they are before any work is loaded. What runs afterwards calls no function of Python that the work can change.
    pid, own_user, main_thread, modules = posix.getpid(), posix.getuid(), _thread.get_ident(), sys.modules
    frame_of, frames_of_all, thread_of, real_pid = sys._getframe, sys._current_frames, _thread.get_ident, posix.getpid
    real = {name: getattr(posix, name) for name in ("_exit", "execv", "execve")}
    look, open_file, read, close, write = posix.stat, posix.open, posix.read, posix.close, posix.write
    unpack, rename, create_builtin, code_of = marshal.loads, _imp._fix_co_filename, _imp.create_builtin, SystemExit.code
    mro_of, name_of, read_dict = (type.__dict__[name].__get__ for name in ("__mro__", "__name__", "__dict__"))
    standard, cached = os.path.dirname(os.__file__) + "/", f".{sys.implementation.cache_tag}.pyc"
    find_zip = re.compile(r"\.(?:zip|egg|pex|whl)/").search
    flags, plainly, os_names = sys.flags, posix.O_RDONLY | posix.O_CLOEXEC, vars(os)
    question = "growqr.guard"
    ask = MethodType(sys.audit, question)
    nobody = "a call that no file has made"

    made_with = {}

    def bare(function):
        """This function with no other names than its arguments."""
        alone = FunctionType(function.__code__.replace(), {"__builtins__": {}}, function.__name__, function.__defaults__)
        alone.__kwdefaults__ = function.__kwdefaults__
        return mark(alone)

    def mark(function):
        """One of those that ask: `answer` looks at whether it has what it was made with."""
        names = function.__code__.co_varnames[: function.__code__.co_argcount][-len(function.__defaults__ or ()) :]
        given = {**dict(zip(names, function.__defaults__ or ())), **(function.__kwdefaults__ or {})}
        learn(function.__code__, OURS)
        known_as = {name: value for name, value in given.items() if value is not None}
        made_with[id(function.__code__)] = (function.__code__, known_as)
        return function

    # --- Whose code it is ---

    OURS, LIBRARY, JUDGE, WORK = "ours", "library", "judge", "work"
    known = {}  # code that is not the work's, and its kind, by its id
    program = {"code": None, "frame": None}  # what was started, and where it is once work is loaded
    calls = {opcode.opmap[name] for name in opcode.opmap if name.startswith("CALL")}
    raises, spread = opcode.opmap["RAISE_VARARGS"], opcode.opmap["CALL_FUNCTION_EX"]
    returns = {opcode.opmap[name] for name in opcode.opmap if name.startswith("RETURN_")}

    def learn(code, kind):
        known[id(code)] = (code, kind)
        for each in code.co_consts:
            if type(each) is CodeType:
                learn(each, kind)

    def kind_of(code):
        was, kind = known.get(id(code), (None, None))
        return kind if was is code else None

    def is_own(path):
        found = find_zip(path)
        try:
            return look(path[: found.end() - 1] if found else path).st_uid == own_user
        except (OSError, ValueError):
            return True  # it is gone

    def is_library(path):
        return path.startswith(standard) or "-packages/" in path

    def file_of(code):
        return str.__str__(code.co_filename)

    def callers():
        """The frames above this file's own."""
        frame = frame_of(1)
        while frame is not None and kind_of(frame.f_code) is OURS:
            frame = frame.f_back
        return frame

    def operation(frame):
        """What it does, and whether it has begun a function of Python by it: CPython counts on past its notes then."""
        code, at = frame.f_code.co_code, frame.f_lasti
        while at > 0 and code[at] == 0:
            at -= 2
        return code[at], at != frame.f_lasti or not notes

    notes = sys.version_info >= (3, 11)

    def calls_by_line(frame, called, first):
        """`called`: the name of what runs for it. Objects that are compared, printed or let go of are not called."""
        now, begun = operation(frame)
        called_so = begun or now == spread or called in ("__init__", "__call__", "hear")
        return now in calls and called_so or first and now == raises

    def name_code(code):
        path = file_of(code)
        return path if kind_of(code) is None and path[:1] != "<" and is_own(path) else None

    def name_work(frame):
        while frame is not None:
            path = name_code(frame.f_code)
            if path:
                return path
            frame = frame.f_back
        return "a text that it runs"

    def find_work(named=(), by_line=False):
        """
        The work that calls this, by a file where one is seen: None where a judge is nearer, with nothing but libraries
        before it. `named`: the first that calls is to name one of these. `by_line`: it and the judge are to call by a
        line of theirs, which comparing, printing or letting go of an object is not.
        """
        if real_pid() != pid:
            return None
        frame, called, first = frame_of(1), "", True
        while frame is not None and kind_of(frame.f_code) is OURS:
            frame, called = frame.f_back, frame.f_code.co_name
        while frame is not None:
            kind = kind_of(frame.f_code)
            if kind is None:
                return name_work(frame)
            if first and named and not any(name in frame.f_code.co_names for name in named):
                if frame.f_code.co_name != "__init__":
                    return nobody
                frame, called = frame.f_back, "__init__"  # of a judge's own kind of ending
                continue
            if by_line and (first or kind is JUDGE) and not calls_by_line(frame, called, first):
                return nobody
            if kind is JUDGE:
                return None
            frame, called, first = frame.f_back, frame.f_code.co_name, False
        return nobody

    def tell(work):
        if work:
            write(2, b"The work ends or bends what judges it: " + work.encode("utf-8", "replace") + b"\n")
        return work

    def end_if(work):
        if tell(work):
            real["_exit"](1)

    def see_program():
        """Where the program is, as soon as there is work that it may be kept from."""
        frame = callers()
        for start in [frame, *frames_of_all().values()] if program["frame"] is None else []:
            while start is not None and start.f_code is not program["code"]:
                start = start.f_back
            program["frame"] = program["frame"] or start

    # --- What ends the program ---

    allowed = {}  # endings that others than the work have made, and their codes, by their id
    end = {"well": False, "told": False, "code": 1, "by": nobody, "over": False}

    def is_good(code):
        return code is None or issubclass(type(code), int) and int.__and__(code, 255) == 0

    class Ending(SystemExit):
        """Who catches it may: it is refused where it comes to the top, from where no frame asks for its code."""

        @bare
        def __init__(self, *given, ask=ask, init=SystemExit.__init__):
            init(self, *given)
            ask("made", self)

        @bare
        def get(self, ask=ask):
            reply = []
            ask("code", self, reply)
            return reply[0]

        @bare
        def put(self, value, ask=ask, put=code_of.__set__):
            put(self, value)
            ask("made", self)

        code = property(get, put)
        del get, put

    Ending.__name__ = Ending.__qualname__ = "SystemExit"
    Ending.__module__ = "builtins"

    ways = {}  # name and kind of each function that ends the program, by its code, which no other has

    def make_way(function, name, kind):
        way = FunctionType(function.__code__.replace(), {"__builtins__": {}}, name, function.__defaults__)
        way.__kwdefaults__ = function.__kwdefaults__
        ways[id(way.__code__)] = (way.__code__, name, kind)
        return mark(way)

    def raise_ending(code=None, /, *, ending=Ending):
        raise ending() if code is None else ending(code)

    def ask_end(*given, ask=ask, **more):
        reply = []
        ask("end", given, more, reply)
        raise reply[0]

    def find_way():
        """Which of these is called: the nearest."""
        frame = frame_of(1)
        while frame is not None and kind_of(frame.f_code) is OURS:
            if id(frame.f_code) in ways:
                return ways[id(frame.f_code)][1:]
            frame = frame.f_back
        return None, None

    def made(ending):
        names = [name_of(each) for each in mro_of(type(ending)) if each is not Ending and issubclass(each, SystemExit)]
        _, kind = find_way()
        named = {"free": (), "named": ("exit", "quit")}.get(kind, ("SystemExit", *names))
        work = find_work(named, by_line=True) or kind == "work" and nobody
        if work:
            allowed.pop(id(ending), None)
            end["by"] = work
        else:
            allowed[id(ending)] = (ending, code_of.__get__(ending))

    def tell_code(ending, reply):
        was, value = allowed.get(id(ending), (None, None))
        if callers() is not None or thread_of() != main_thread or real_pid() != pid:
            reply.append(code_of.__get__(ending))
            return
        end["told"], end["well"] = True, was is ending
        if was is not ending:
            value = code_of.__get__(ending)
            if is_good(value):
                tell(end["by"])
                value = 1
            if issubclass(type(value), int):
                end["code"] = int.__and__(value, 255)
        reply.append(value)

    def do_end(given, more, reply):
        name, kind = find_way()
        code = given[0] if given else more.get("status", 0)
        if real_pid() == pid and (name != "_exit" or type(code) is not int or is_good(code)):
            frame = callers()
            inside = kind != "inside" or frame is not None and frame.f_globals is os_names
            end_if(find_work(by_line=True) or (kind == "work" or not inside) and nobody)
        try:
            real[name](*given, **more)
        except BaseException as error:
            reply.append(error.with_traceback(None))

    # --- What stands in the place of what ends it ---

    kept_ids = set()
    put_there = {}  # what others than the work have put in its place
    ends = {
        **{name: {kind: make_way(ask_end, name, kind) for kind in ("free", "work", "inside")} for name in real},
        "exit": {kind: make_way(raise_ending, "exit", kind) for kind in ("free", "work", "named")},
    }
    ends["exit_thread"] = ends["exit"]

    def give_end(module, name, reply):
        reply.append(put_there.get((id(module), name), ends[name]["work" if find_work() else "free"]))

    def put_end(module, name, value):
        if tell(find_work()):
            return
        if any(value is way for way in ends[name].values()):
            put_there.pop((id(module), name), None)
        else:
            put_there[(id(module), name)] = value

    def keep_ends(module, *names):
        """Who reads one of these gets one for it: a judge may hand it on, and the work's are refused whoever calls."""
        new = bare(lambda cls, *given, plain=ModuleType: plain(*given))  # importlib asks `type(sys)` for modules
        own, kept = vars(module), {"__new__": new}
        for name in names:

            @bare
            def get(self, ask=ask, name=name):
                reply = []
                ask("give", self, name, reply)
                return reply[0]

            @bare
            def put(self, value, ask=ask, name=name):
                ask("put", self, name, value)

            kept[name] = property(get, put)
            own[name] = ends[name].get("inside", ends[name]["work"])
        kept_ids.add(id(module))
        module.__class__ = type("module", (Watched,), kept)

    # --- What it uses ---

    first = {}  # functions of each module of before, by the module's id

    def is_of_work(value):
        return type(value) is FunctionType and kind_of(value.__code__) is None

    class Watched(ModuleType):
        @bare
        def __setattr__(self, name, value, ask=ask, put=ModuleType.__setattr__):
            ask("alter", self, name)
            put(self, name, value)

    class Kept(ModuleType):
        @bare
        def __getattribute__(self, name, ask=ask, get=ModuleType.__getattribute__):
            reply = [get(self, name)]
            ask("get", self, name, reply)
            return reply[-1]

        @bare
        def __setattr__(self, name, value, ask=ask, put=ModuleType.__setattr__):
            reply = []
            ask("set", self, name, reply)
            if reply:
                put(self, name, value)

    def get_kept(module, name, reply):
        if type(name) is not str:
            return
        was = first.get(id(module), (None, {}))[1].get(name, reply[0])
        if reply[0] is not was and is_of_work(reply[0]):
            reply.append(was)

    def set_kept(module, name, reply):
        if type(name) is not str or name == "__name__" and tell(find_work()):
            return
        now = ModuleType.__getattribute__(module, "__dict__").get(name)
        kept = issubclass(type(now), (FunctionType, ModuleType, type)) and not is_of_work(now)
        if not kept or not tell(find_work()):
            first.get(id(module), (None, {}))[1].pop(name, None)
            reply.append(True)

    def keep_module(module):
        if id(module) in first:
            return
        kept_ids.add(id(module))
        first[id(module)] = (module, {name: value for name, value in vars(module).items() if type(value) is FunctionType})
        module.__class__ = Kept

    read_before = {}  # code of judges of before, by their files
    watched = {}  # of each library, by its id: its names, what is called by them, and the functions of its classes
    altered = {}  # the work that has set a name of a library, or None for another, by both
    kinds = {}  # of classes, by their ids
    built_in = set()  # names that each module has
    meant = {"print", "showwarning", "formatwarning", "default"}  # for programs to put their own there

    def dict_of(cls):
        return read_dict(cls) or {}  # a class of C may not be ready

    def origin(value):
        """Whose function it is; None: none."""
        if type(value) in (staticmethod, classmethod):
            value = value.__func__
        elif type(value) is property:
            value = value.fget
        return kind_of(value.__code__) or WORK if type(value) is FunctionType else None

    def owner(value):
        """Whose function, class or object it is; None: no function of Python stands behind it."""
        cls = value if issubclass(type(value), type) else type(value)
        was, kind = kinds.get(id(cls), (None, None))
        if was is not cls:
            found = {origin(each) for base in mro_of(cls) for each in dict_of(base).values()}
            kind = WORK if WORK in found else LIBRARY if found != {None} else None
            kinds[id(cls)] = (cls, kind)
        return origin(value) or kind

    def watch(module):
        own = ModuleType.__getattribute__(module, "__dict__")
        called = {name: value for name, value in own.items() if callable(value) or owner(value) or name == "executable"}
        classes = [value for value in called.values() if issubclass(type(value), type)]
        functions = {
            each: {name: value for name, value in dict_of(each).items() if origin(value)}
            for each in classes
            if dict_of(each).get("__module__") == own.get("__name__")
        }
        watched[id(module)] = (module, set(own), called, functions)
        kept_ids.add(id(module))
        if type(module) is ModuleType:
            module.__class__ = Watched

    def alter(module, name):
        if type(name) is str and id(module) in watched:
            altered[(id(module), name)] = find_work()

    def sets_itself(functions, name):
        """Whether a library has a function by which this name of its is set: it is there to be given others."""
        for each in functions:
            code = each.__code__ if type(each) is FunctionType else None
            if code is not None and name in code.co_names:
                at = code.co_names.index(name) & 255
                found = zip(code.co_code[::2], code.co_code[1::2])
                if (opcode.opmap["STORE_GLOBAL"], at) in found:
                    return True
        return False

    def find_altered(module, names, called, functions):
        """What is the work's in a library, or was put there by it."""
        own = ModuleType.__getattribute__(module, "__dict__")
        for name, was in called.items():
            now = own.get(name)
            if now is was or name in meant or name.endswith("hook") or sets_itself(called.values(), name):
                continue
            if altered.get((id(module), name), owner(now) is WORK):
                return name
        for name in own.keys() & built_in - names:
            if owner(own[name]) is WORK:
                return name
        for each, known_as in functions.items():
            for name, was in known_as.items():
                now = dict_of(each).get(name, was)
                if now is not was and owner(now) in (WORK, None) and name not in meant:
                    return f"{name_of(each)}.{name}"
        return None

    def defined_by(code):
        """Names of functions that this code of a module defines, and sets once. What decorates one gives another."""
        names, plain, more = [], set(), 0
        for at in range(0, len(code.co_code), 2):
            here = code.co_code[at + 1] | more << 8
            more = here if code.co_code[at] == opcode.EXTENDED_ARG else 0
            if code.co_code[at] == opcode.opmap["STORE_NAME"]:
                names.append(code.co_names[here])
                if code.co_code[at - 2] == opcode.opmap["MAKE_FUNCTION"]:
                    plain.add(code.co_names[here])
        return {name for name in plain if names.count(name) == 1}

    def is_in_place(name, path):
        """Whether this module is none of the standard library's or of the judge's own folder, and bears such a name."""
        if name in sys.stdlib_module_names and type(path) is not str:
            return True
        beside = os.path.join(os.path.dirname(file_of(program["code"])), *name.split("."))
        files = [f"{beside}.py", f"{beside}/__init__.py"]
        return any(path != each and os.path.isfile(each) and not is_own(each) for each in files)

    def find_bent():
        """What the work has put in a library or in this file, or a function of its in the place of a judge's."""
        if any(dict_of(each).get(name) is not value for each, was in fixed.items() for name, value in was.items()):
            return "a class of the guard"
        if vars(modules["__main__"]).get("__name__") != "__main__":
            return "__name__ of __main__"
        if b"GUARDED_RUN" not in os.environ._data:
            return "GUARDED_RUN"
        for module, *was in list(watched.values()):
            name = find_altered(module, *was)
            if name:
                return f"{name} of {ModuleType.__getattribute__(module, '__dict__').get('__name__')}"
        for name, module in list(modules.items()):
            if type(name) is not str or not issubclass(type(module), ModuleType) or id(module) in watched:
                continue
            own = ModuleType.__getattribute__(module, "__dict__")
            path = own.get("__file__")
            code = program["code"] if name == "__main__" else read_before.get(path if type(path) is str else "")
            if code is None and name != "__main__" and is_in_place(name, path):
                return f"the module {name}"
            for held in defined_by(code) if code is not None else ():
                if held in own and owner(own[held]) in (WORK, None):
                    return type(own[held]) is FunctionType and name_code(own[held].__code__) or f"{held} of {name}"
        return None

    # --- What is loaded and run ---

    def read_file(path):
        found, file = [], open_file(path, plainly)
        try:
            while True:
                part = read(file, 1 << 20)
                if not part:
                    return b"".join(found)
                found.append(part)
        finally:
            close(file)

    def read_code(path):
        """The code of a file of before, by what lies beside it where that is as old."""
        folder, _, name = path.rpartition("/")
        beside, about = f"{folder}/__pycache__/{name.removesuffix('.py')}{cached}", look(path)
        if not is_own(beside) and not flags.optimize:
            data = read_file(beside)
            dates = [int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12)]
            if data[:4] == MAGIC_NUMBER and dates == [0, int(about.st_mtime) & 0xFFFFFFFF, about.st_size & 0xFFFFFFFF]:
                code = unpack(data[16:])
                rename(code, path)
                return code
        return compile(read_file(path), path, "exec", dont_inherit=True)

    def path_of(loader):
        own = object.__getattribute__(loader, "__dict__") if type(loader) is SourceFileLoader else {}
        return own.get("path") if all(type(name) is str for name in own) else None

    def load(loader, reply):
        path = path_of(loader)
        if type(path) is not str or is_own(path):
            see_program()
            return
        try:
            code = read_code(path)
        except (OSError, ValueError, SyntaxError, EOFError, TypeError):
            return  # the import says so
        learn(code, LIBRARY if is_library(path) else JUDGE)
        if not is_library(path):
            read_before[path] = code
        reply.append(code)

    def loaded(loader, module):
        path = path_of(loader)
        if type(module) is ModuleType and type(path) is str and not is_own(path):
            (watch if is_library(path) else keep_module)(module)

    def create_again(name, reply):
        """A module of the interpreter's own; those that it has are kept from the work."""
        end_if(name in ("sys", "posix", "_thread", "builtins", "_imp") and find_work())
        try:
            reply += [create_builtin(SimpleNamespace(name=name)), None]
        except BaseException as error:
            reply += [None, error.with_traceback(None)]

    def kind_of_file(path, code):
        if is_own(path) or read_code(path) != code:
            return None
        return LIBRARY if is_library(path) else JUDGE

    def hear_text(source, path):
        last["text"] = source if type(source) is bytes else source.encode() if type(source) is str else None

    def kind_of_text():
        """Whose text it is that is run: a judge's where it stands in the judge itself, as it might have read it."""
        frame = callers()
        kind = kind_of(frame.f_code)
        if kind is LIBRARY:
            return None if program["frame"] else LIBRARY
        return kind if any(type(each) is str and each.encode() == last["text"] for each in frame.f_code.co_consts) else None

    def hear_exec(code):
        if program["code"] is None and thread_of() == main_thread:
            frame = callers()
            while frame is not None and kind_of(frame.f_code) is LIBRARY and file_of(frame.f_code) == "<frozen runpy>":
                frame = frame.f_back
            if frame is None:
                program["code"] = code
                learn(code, JUDGE)
        elif kind_of(code) is None:
            path = file_of(code)
            text = path[:1] == "<"
            kind = kind_of_text() if text else kind_of_file(path, code)
            if kind and not find_work(("exec", "eval"), by_line=True):
                learn(code, kind)
            else:
                see_program()

    say_over, fixed = [], {}  # the classes of this file, as they are

    def over():
        """All that the program has run is over, but for what is let go of."""
        if program["frame"] is None or real_pid() != pid:
            return
        if callers() is not None:
            atexit.register(say_over[0])  # a judge has run what is run at the end
            return
        if not end["told"]:
            end["well"] = operation(program["frame"])[0] in returns
            tell(not end["well"] and nobody)
        bent = end["well"] and find_bent()
        end["well"], end["over"] = end["well"] and not tell(bent), True

    def leave_for_good():
        if program["frame"] is not None and real_pid() == pid and not (end["over"] and end["well"]):
            real["_exit"](end["code"] or 1)

    # --- What is heard ---

    last = {"text": None}
    asked = {
        **{"made": made, "code": tell_code, "end": do_end, "give": give_end, "put": put_end},
        **{"get": get_kept, "set": set_kept, "load": load, "loaded": loaded, "over": over},
        **{"create": create_again, "alter": alter, "watch": watch},
    }

    def answer(name, *given):
        frame = frame_of(2)
        code, names = made_with.get(id(frame.f_code), (None, {}))
        has = frame.f_locals if code is frame.f_code else {}
        if code is not None and all(each in has and has[each] is value for each, value in names.items()):
            asked[name](*given)

    def hear_set(target, name, *value):
        kind = kind_of(target.__code__) if type(target) is FunctionType else None
        if kind or name == "__class__" and id(target) in kept_ids:
            frame = callers()
            end_if((frame is None or kind_of(frame.f_code) is None) and name_work(frame))
            if kind and name == "__code__":
                learn(*value, kind)

    def hear_error(*error):
        end["told"] = True

    ends_in_c = {"exit", "_exit", "_Exit", "quick_exit", "pthread_exit", "thrd_exit", "fexecve", "syscall"}
    ends_in_c.update(("err", "errx", "verr", "verrx", "dlsym", "dlvsym"))

    def hear_c(library, name, *more):
        if str(name) in ends_in_c or str(name).startswith("exec"):
            end_if(find_work())

    def refuse(*given):
        end_if(find_work())

    refused = ("gc.get_objects", "gc.get_referrers", "sys.settrace", "sys._current_frames")
    refused = (*refused, "cpython.PyInterpreterState_New")
    unsure = ("object.__setattr__", "ctypes.dlsym", "cpython.PyInterpreterState_Clear", *refused)
    while_judging = {
        **{question: answer, "exec": hear_exec, "compile": hear_text, "object.__setattr__": hear_set},
        **{"ctypes.dlsym": hear_c, "sys.excepthook": hear_error, "cpython.PyInterpreterState_Clear": leave_for_good},
        **{event: refuse for event in refused},
    }

    def begin(judged):
        heard.clear()
        if not judged:
            os.environ.pop("GUARDED_RUN", None)  # nor do those judge that it starts
            return
        import runpy  # by what starts programs of `-m`

        for each in gc.get_objects():
            if type(each) is FunctionType:
                learn(each.__code__, LIBRARY)
        learn(guard.__code__, OURS)
        for code, _ in made_with.values():
            learn(code, OURS)
        import builtins

        builtins.SystemExit = Ending
        keep_ends(sys, "exit")
        keep_ends(_thread, "exit", "exit_thread")
        keep_ends(posix, *real)
        keep_ends(os, *real)
        builtins.quit = builtins.exit = ends["exit"]["named"]
        built_in.update(vars(builtins))
        for name, module in list(modules.items()):
            if name != "__main__" and issubclass(type(module), ModuleType):
                watch(module)
        if type(modules["__main__"]) is ModuleType:
            keep_module(modules["__main__"])

        @bare
        def get_code(self, name, /, *, ask=ask, real=SourceFileLoader.get_code):
            reply = []
            ask("load", self, reply)
            return reply[0] if reply else real(self, name)

        @bare
        def exec_module(self, module, /, *, ask=ask, real=SourceFileLoader.exec_module):
            real(self, module)
            ask("loaded", self, module)

        @bare
        def create(spec, /, *, ask=ask):
            reply = []
            ask("create", spec.name, reply)
            made, error = reply
            if error:
                raise error
            return made

        def make_run(real):
            def run(module, /, *, ask=ask, real=real):
                result = real(module)
                ask("watch", module)
                return result

            # C code imports by the built-in functions of its caller.
            alone = FunctionType(run.__code__.replace(), {"__builtins__": vars(builtins)}, "run")
            alone.__kwdefaults__ = run.__kwdefaults__
            return mark(alone)

        @bare
        def say(*, ask=ask):
            ask("over")

        SourceFileLoader.get_code, SourceFileLoader.exec_module, _imp.create_builtin = get_code, exec_module, create
        _imp.exec_builtin, _imp.exec_dynamic = make_run(_imp.exec_builtin), make_run(_imp.exec_dynamic)
        say_over.append(say)
        atexit.register(say)
        fixed.update((each, dict(dict_of(each))) for each in (Ending, Kept, Watched, *map(type, (sys, _thread, posix, os))))
        heard.update(while_judging)

    # --- Which program judges ---

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
        places = [os.path.join(folder, way) for folder in ("", *sys.path) for way in (f"{at}.py", f"{at}/__main__.py")]
        program = next((place for place in places if os.path.isfile(place)), None)
        return module.split(".")[0] not in runners and (program is None or judges(program))

    heard = {
        "cpython.run_file": lambda path: begin(judges(os.path.abspath(path))),
        "cpython.run_module": lambda module: begin(judges_module(module)),
        "cpython.run_command": lambda line: begin(not line.startswith("from multiprocessing.")),
        "cpython.run_stdin": lambda *given: begin(True),
    }

    def hear(event, given):
        handler, veto = heard.get(event), False
        collects = handler is not None and event != "cpython.PyInterpreterState_Clear" and gc.isenabled()
        try:
            if collects:
                gc.disable()  # what runs as objects go would see these frames
            if handler is not None:
                handler(*given)
            elif event == "sys.addaudithook":
                veto = question in heard and find_work()
        except BaseException:  # what it would show of this file is for nobody
            if event in unsure:
                real["_exit"](1)
        finally:
            if collects:
                gc.enable()
        if veto:
            raise RuntimeError(f"not by {veto}")

    sys.addaudithook(hear)


if hasattr(sys, "addaudithook"):
    guard()
