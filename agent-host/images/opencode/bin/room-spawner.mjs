// Starts programs in a clean room, each as the user that the order names, and says what they print and how
// they end. One of it serves a room, for `docker exec` takes longer than most of what is started. It runs as
// root with the capabilities to become another user and to end others' processes; what it starts has none.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

const groups = new Map();
/** What ended only because its time was over, as `timeout` says it. */
const lateCode = 124;

async function report(line) {
  if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, "drain");
}

/**
 * The processes of users. The status file names the owner even of one that hides its folder's.
 */
function listProcesses(isMeant) {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const status = readFileSync(`/proc/${name}/status`, "latin1");
      const [, state] = /^State:\t(\w)/m.exec(status) ?? [];
      const [, owner] = /^Uid:\t(\d+)/m.exec(status) ?? [];
      return owner !== undefined && isMeant(Number(owner)) && state !== "Z" && state !== "X" ? [{ pid: Number(name), state }] : [];
    } catch {
      return []; // it has ended
    }
  });
}
/** Answers how many of them were there still. */
function signalProcesses(processes, signal) {
  return processes.filter(({ pid }) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false; // it has ended
    }
  }).length;
}
/**
 * Kills all that users run, children in sessions of their own included. All are stopped first, until nothing
 * moves: killed one by one, a program that only forks would fill each place that falls free.
 */
async function sweepUsers(isMeant) {
  const moving = () => listProcesses(isMeant).filter(({ state }) => state !== "T");
  for (let round = 0; round < 500; round += 1) {
    for (let again = 0; again < 20; again += 1) if (signalProcesses(moving(), "SIGSTOP") === 0) break;
    if (signalProcesses(listProcesses(isMeant), "SIGKILL") === 0) return;
    await wait(2);
  }
  throw Object.assign(new Error(), { code: "ESWEEP" });
}
const sweepUser = (uid) => sweepUsers((owner) => owner === uid);

/** Hands on what comes, no faster than it is taken. */
async function tell(id, name, stream) {
  for await (const chunk of stream) await report({ id, [name]: chunk.toString("base64") });
}
/** Ends the group of a program after so many seconds. Answers whether it had to, and a way to stop that. */
function limitTime(pid, seconds) {
  const late = { isOver: false };
  const kill = (signal) => signalProcesses([{ pid: -pid }], signal);
  let timer = setTimeout(() => {
    late.isOver = true;
    kill("SIGTERM");
    timer = setTimeout(() => kill("SIGKILL"), 1_000);
  }, seconds * 1_000);
  return { late, stop: () => clearTimeout(timer) };
}
async function run({ id, uid, groups: more, cmd, env, cwd, input, sweep, seconds }) {
  const others = more.length > 0 ? `--groups=${more.join(",")}` : "--clear-groups";
  const user = [`--reuid=${uid}`, `--regid=${uid}`, others, "--inh-caps=-all", "--bounding-set=-all"];
  const stdio = [input === undefined ? "ignore" : "pipe", "pipe", "pipe"];
  const child = spawn("/usr/bin/setpriv", [...user, "--", ...cmd], { cwd, env, stdio, detached: true });
  const ended = once(child, "exit"); // rejects where it can't be started
  const told = Promise.all([tell(id, "out", child.stdout), tell(id, "err", child.stderr)]);
  told.catch(() => undefined); // where it can't be started, that is told
  groups.set(id, child.pid);
  const limit = seconds === undefined || child.pid === undefined ? undefined : limitTime(child.pid, seconds);
  child.stdin?.on("error", () => undefined); // a program need not read its input
  child.stdin?.end(Buffer.from(input, "base64"));
  try {
    const [code, signal] = await ended;
    limit?.stop();
    if (sweep) await sweepUser(uid); // before its end is told, so that the next one meets nothing of it
    await told;
    return limit?.late.isOver ? lateCode : (code ?? 128 + constants.signals[signal]);
  } finally {
    limit?.stop();
    groups.delete(id);
  }
}
async function obey(order) {
  const { id, kill, uid, cmd } = order;
  try {
    if (kill !== undefined) {
      if (groups.get(kill)) process.kill(-groups.get(kill), "SIGKILL");
    } else if (cmd) await report({ id, code: await run(order) });
    else await sweepUser(uid).then(() => report({ id, code: 0 }));
  } catch (error) {
    if (id !== undefined) await report({ id, failed: error.code ?? "EUNKNOWN" });
  }
}

// What one before this has left, which was killed.
const swept = process.env.SWEEPS;
await sweepUsers((owner) => (swept ? owner === Number(swept) : owner !== 0));
createInterface({ input: process.stdin }).on("line", (line) => void obey(JSON.parse(line)));
