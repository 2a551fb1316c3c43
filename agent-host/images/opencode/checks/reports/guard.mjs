/* node:coverage disable */
// In a run with GUARDED_RUN the work has no say in the program that judges it: it can't end it with 0, nor
// take an error from it, nor put functions of its own in the place of those that node:assert and the
// project's other modules give. Files that belong to another user were there before, or are installed: they
// may do all of that, and so may a program of the work and a runner of tests, for which there are false
// ones.
import assert from "node:assert";
import { readFileSync, realpathSync, statSync, writeSync } from "node:fs";
import Module, { createRequire, syncBuiltinESMExports } from "node:module";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as util from "node:util";
import { isMainThread } from "node:worker_threads";

const ownUser = process.getuid();
const self = import.meta.url;
const look = statSync; // as they are before any work is loaded
const print = writeSync;
const sites = util.getCallSites; // a Node that is older than 22.9 has none
const toPath = fileURLToPath;
const real = { exit: process.exit, reallyExit: process.reallyExit, emit: process.emit, execve: process.execve };

function isOwn(path) {
  try {
    const zip = path.indexOf(".zip/");
    return look(zip < 0 ? path : path.slice(0, zip + 4)).uid === ownUser;
  } catch {
    return true; // it is gone
  }
}
const nobody = "a call that no file has made";
/** The file of the work that calls this, if one does: of those on the stack the nearest that has a name. */
function findWork() {
  for (const { scriptName } of sites(200, { sourceMap: false })) {
    if (scriptName.startsWith("node:") || scriptName === self) continue;
    const path = scriptName.startsWith("file:") ? toPath(scriptName) : scriptName;
    if (path.startsWith("/")) return isOwn(path) ? path : undefined;
    if (path.startsWith("[")) return undefined; // the command line
  }
  return nobody;
}
/** Says so once it is seen, whoever takes the error. */
function seeWork() {
  const work = findWork();
  if (work) print(2, `The work ends or bends what judges it: ${work}\n`);
  return work;
}
function refuseWork() {
  const work = seeWork();
  if (work) throw new Error(`not by ${work}`);
}
/** A property that others than the work may set. `give`: what of its value the reader gets. */
function keep(target, name, value, give = (current) => current) {
  let current = value;
  const { enumerable = true } = Object.getOwnPropertyDescriptor(target, name) ?? {};
  Object.defineProperty(target, name, {
    enumerable,
    configurable: false,
    get: () => give(current),
    set(next) {
      if (!seeWork()) current = next;
    },
  });
}

const isGood = (code) => (Number(code ?? process.exitCode ?? 0) & 255) === 0;
/** What ends the program so: a function of who reads it, for who calls it may not be seen. */
function keepEnd(name, ends) {
  if (!real[name]) return;
  const end = (...given) => real[name].apply(process, given);
  const freely = (...given) => {
    if (ends(given) && findWork() !== nobody) refuseWork();
    return end(...given);
  };
  const guarded = (...given) => {
    if (ends(given)) refuseWork();
    return end(...given);
  };
  keep(process, name, undefined, (set) => set ?? (findWork() ? guarded : freely));
}
const taking = new Set(["uncaughtException", "unhandledRejection"]); // who listens takes the error
const ending = new Set(["beforeExit", "exit"]); // who listens has the last word on the code
const ofWork = new WeakSet();
function emitKept(event, ...given) {
  const listeners = process.rawListeners(event);
  const others = listeners.filter((each) => !ofWork.has(each.listener ?? each));
  if (others.length === listeners.length || !(taking.has(event) || ending.has(event)))
    return Reflect.apply(real.emit, this, [event, ...given]);
  for (const each of others) Reflect.apply(each, this, given);
  const last = ending.has(event) && isGood() ? listeners.filter((each) => !others.includes(each)) : [];
  for (const each of last) Reflect.apply(each, this, given);
  return others.length > 0;
}

function keepFunctions(module) {
  for (const [name, { value, configurable }] of Object.entries(Object.getOwnPropertyDescriptors(module)))
    if (typeof value === "function" && configurable) keep(module, name, value);
}
const { load } = Module.prototype;
function loadKept(filename) {
  load.call(this, filename);
  if (isOwn(filename) || filename.includes("/node_modules/")) return;
  if (Object.isExtensible(this.exports)) keepFunctions(this.exports);
  keep(this, "exports", this.exports);
}

const testRunners =
  /\/node_modules\/(?:@[^/]+\/)?(?:vitest|jest|jest-cli|mocha|ava|uvu|tap|tape|run|core|jasmine|qunit|playwright|karma|cypress|c8|nyc)\//;
const testFolder = /(?:^|\/)(?:tests?|__tests__|specs?|checks?|e2e|acceptance)\//i;
const testName = /(?:^|[._-])(?:tests?|specs?|checks?|verify|e2e)(?:[._-]|$)/i;
const loads = /^(?:const [\w{}, ]+ = |import [\w{}*, ]+ from |import |)(?:await )?(?:require\(|import\()?["'](\.[^"']*)["']\)?;?$/;
const starts = /^(?:await )?\w+\((?:process\.argv(?:\.slice\(2\))?)?\)(?:\.(?:then|catch)\([\w.]+\))*;?$/;
/** Whether a program of before does nothing but load files of the work and start them. */
function startsWork(program) {
  const lines = readFileSync(program, "utf8")
    .replace(/^#!.*/, "")
    .split("\n", 20)
    .map((line) => line.trim());
  const rest = lines.filter((line) => line !== "" && !line.startsWith("//") && !/^["']use strict["'];?$/.test(line));
  const loaded = rest.flatMap((line) => loads.exec(line)?.[1] ?? []);
  const find = createRequire(program);
  return (
    loaded.length > 0 && rest.every((line) => loads.test(line) || starts.test(line)) && loaded.every((name) => isOwn(find.resolve(name)))
  );
}
/** Whether this process judges. */
function judges() {
  if (process.env.NODE_TEST_CONTEXT || process.execArgv.some((word) => word.startsWith("--test"))) return false;
  let program = "";
  try {
    program = realpathSync(createRequire(join(process.cwd(), "x")).resolve(process.argv[1]));
    if (startsWork(program)) return false;
  } catch {
    if (program === "") return true; // it runs no file
  }
  return (
    !isOwn(program) && !testRunners.test(program) && !testFolder.test(relative(process.cwd(), program)) && !testName.test(basename(program))
  );
}
if (process.env.GUARDED_RUN && isMainThread && sites) {
  if (judges()) {
    keepEnd("exit", ([code]) => isGood(code));
    keepEnd("reallyExit", ([code]) => isGood(code));
    keepEnd("execve", () => true);
    process.on("newListener", (_event, listener) => findWork() && ofWork.add(listener));
    keep(process, "emit", emitKept);
    const { removeAllListeners } = process;
    keep(process, "removeAllListeners", (...given) => (seeWork() ? process : removeAllListeners.apply(process, given)));
    keep(process, "setUncaughtExceptionCaptureCallback", () => undefined);
    keep(process, "_fatalException", process._fatalException);
    for (const module of new Set([assert, assert.strict])) keepFunctions(module);
    keep(util.default, "isDeepStrictEqual", util.isDeepStrictEqual);
    keep(Module.prototype, "load", loadKept);
    keep(Module.prototype, "require", Module.prototype.require);
    for (const name of ["_load", "_resolveFilename"]) keep(Module, name, Module[name]);
    for (const name of ["register", "registerHooks"]) {
      const register = Module[name];
      if (register) keep(Module, name, (...given) => (seeWork() ? undefined : register(...given)));
    }
    syncBuiltinESMExports();
  } else delete process.env.GUARDED_RUN; // nor do those judge that it starts
}
