import os from "node:os";
import { parseArgs } from "node:util";
import { AppError } from "../schema/wire/error.ts";
import { logger } from "../schema/wire/log.ts";
import { describeMachine, drainMachine, removeMachine } from "./cli/commands.ts";
import { runDoctor } from "./cli/doctor.ts";
import { startDaemon } from "./cli/serve.ts";
import { waitForJoin } from "./cli/wait-for-join.ts";
import { type HostSettings, readHostSettings } from "./config.ts";
import { joinHost, readJoinToken } from "./machine/join.ts";
import { findOwnAddress } from "./machine/own-address.ts";

const usageText = `agent-host join <token> [--name <name>] [--address <address>] [--port <port>]
agent-host serve | status | doctor | drain | leave [--force]
agent-host --help

status ends with 1 on a machine that has not joined, doctor when a check fails.
Settings come from the environment; agent-host/README.md lists them.`;
const options = {
  name: { type: "string" },
  address: { type: "string" },
  port: { type: "string" },
  force: { type: "boolean" },
  help: { type: "boolean" },
} as const;
type Given = { name?: string; address?: string; port?: string; force?: boolean };
/** What a command does with the settings and what was given to it; answers its exit code. */
type Command = (config: HostSettings, given: Given, token: string) => Promise<number>;
const printLine = (line: string) => process.stdout.write(`${line}\n`);

const commands: Record<string, Command> = {
  join: async (config, { name = os.hostname(), port = config.port, ...given }, token) => {
    const address = given.address ?? config.address ?? (await findOwnAddress(config.edgeUrl ?? readJoinToken(token).edge));
    const machine = await joinHost(config, token, { name, address, port: Number(port) });
    printLine(`joined as ${machine.id}; runners reach it at ${address}:${port}`);
    return 0;
  },
  serve: serveUntilSignal,
  status: async (config) => {
    const text = describeMachine(config);
    printLine(text ?? "This machine has not joined.");
    return text === undefined ? 1 : 0;
  },
  doctor: async (config) => {
    const checks = await runDoctor(config);
    for (const { name, ok, detail } of checks) printLine(`${ok ? "ok  " : "FAIL"} ${name}: ${detail}`);
    return checks.every(({ ok }) => ok) ? 0 : 1;
  },
  drain: async (config) => {
    printLine(drainMachine(config));
    return 0;
  },
  leave: async (config, { force = false }) => {
    printLine(await removeMachine(config, force));
    return 0;
  },
};

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [name = "", token = ""] = positionals;
  if (values.help) {
    printLine(usageText);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command || (name === "join" && !token)) {
    process.stderr.write(`${usageText}\n`);
    return 2;
  }
  return command(readHostSettings(process.env), values, token);
}

async function serveUntilSignal(config: HostSettings): Promise<number> {
  const log = logger("host", (line) => process.stdout.write(`${line}\n`));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // a full disk loses lines of the log, no more
  // One stack's stray failure must not end the daemon of all the others: the clock tries its work again.
  process.on("unhandledRejection", (error) => log("error", "a promise failed unheard", { error }));
  const ending = new AbortController();
  const ended = new Promise<string>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve(name));
  });
  void ended.then(() => ending.abort());
  await waitForJoin(config.state, log, ending.signal);
  if (ending.signal.aborted) return 0;
  const { stop } = await startDaemon(config, log);
  log("info", "stopping; containers stay as they are", { signal: await ended });
  await stop();
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`agent-host: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof AppError && error.cause instanceof Error) process.stderr.write(`  because: ${error.cause.message}\n`);
    process.exit(1);
  },
);
