import os from "node:os";
import { parseArgs } from "node:util";
import { AppError } from "../schema/wire/error.ts";
import { logger } from "../schema/wire/log.ts";
import { describeMachine, drainMachine, removeMachine } from "./cli/commands.ts";
import { runDoctor } from "./cli/doctor.ts";
import { startDaemon } from "./cli/serve.ts";
import { readHostSettings } from "./config.ts";
import { joinHost } from "./machine/join.ts";

const usageText = `agent-host join <token> [--name <name>] [--address <address>] [--port <port>]
agent-host serve | status | doctor | drain | leave [--force]
agent-host --help

status ends with 1 on a machine that has not joined, doctor when a check fails.
Settings come from the environment; agent-host/README.md lists them.`;
const commands = ["join", "serve", "status", "doctor", "drain", "leave"];

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: "string" },
      address: { type: "string" },
      port: { type: "string" },
      force: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const [command, token] = positionals;
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (values.help) {
    say(usageText);
    return 0;
  }
  if (!commands.includes(command ?? "") || (command === "join" && !token)) {
    process.stderr.write(`${usageText}\n`);
    return 2;
  }
  const config = readHostSettings(process.env);
  if (command === "join" && token) {
    const port = values.port === undefined ? config.port : Number(values.port);
    const as = { name: values.name ?? os.hostname(), address: values.address ?? config.address ?? "127.0.0.1", port };
    say(`joined as ${(await joinHost(config, token, as)).id}`);
    return 0;
  }
  if (command === "serve") return serveUntilSignal(config);
  if (command === "status") {
    const text = describeMachine(config);
    say(text ?? "This machine has not joined.");
    return text === undefined ? 1 : 0;
  }
  if (command === "doctor") {
    const checks = await runDoctor(config);
    for (const { name, ok, detail } of checks) say(`${ok ? "ok  " : "FAIL"} ${name}: ${detail}`);
    return checks.every(({ ok }) => ok) ? 0 : 1;
  }
  say(command === "drain" ? drainMachine(config) : await removeMachine(config, values.force === true));
  return 0;
}

async function serveUntilSignal(config: ReturnType<typeof readHostSettings>): Promise<number> {
  const log = logger("host", (line) => process.stdout.write(`${line}\n`));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined); // a full disk loses lines of the log, no more
  // One stack's stray failure must not end the daemon of all the others: the clock tries its work again.
  process.on("unhandledRejection", (error) => log("error", "a promise failed unheard", { error }));
  const { stop } = await startDaemon(config, log);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve(name));
  });
  log("info", "stopping; containers stay as they are", { signal });
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
