// join.mjs <token>…: enrols this machine by one token for a runner, one for a host, or both:
// `docker compose run --rm join <token>…`. The parts that wait for it go on by themselves.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const { RUNNER_STATE = "", HOST_STATE = "", HOST_ADDRESS = "" } = process.env;
const joinPrograms = {
  runner: { program: "actors/main.ts", state: RUNNER_STATE },
  host: { program: "agent-host/main.ts", state: HOST_STATE },
};
const howTo =
  "docker compose run --rm join <token> [<token>]\nA token is for a host or for a runner: an operator makes one of each in the app, at /machine. It lives for a quarter of an hour.";

/** What a token is for, by its own words. */
function readRole(token) {
  try {
    const { role } = JSON.parse(Buffer.from(token.replace(/^gqj_/, ""), "base64url").toString("utf8"));
    return Object.hasOwn(joinPrograms, role) ? role : undefined;
  } catch {
    return undefined; // it is none
  }
}
function endWith(...lines) {
  console.error(lines.join("\n"));
  process.exit(2);
}

const tokens = process.argv.slice(2);
const roles = tokens.map(readRole);
if (tokens.length === 0) endWith(howTo);
if (roles.includes(undefined)) endWith(`The ${roles.indexOf(undefined) + 1}. word is not a join token. Nothing was changed.`, howTo);
const twice = roles.find((role, at) => roles.indexOf(role) !== at);
if (twice) endWith(`Two of these tokens are for a ${twice}: one machine is one of each. Nothing was changed.`);

/** Runners of the same machine reach its host by loopback, others by what agent-host finds out. */
const hasRunner = roles.includes("runner") || existsSync(`${RUNNER_STATE}/machine.json`);
const hostAddress = HOST_ADDRESS || (hasRunner ? "127.0.0.1" : "");
// The runner first: the host's address follows from it.
for (const role of ["runner", "host"].filter((each) => roles.includes(each))) {
  const { program, state } = joinPrograms[role];
  const words = role === "host" && hostAddress !== "" ? ["--address", hostAddress] : [];
  const { status } = spawnSync(process.execPath, [program, "join", tokens[roles.indexOf(role)], ...words], {
    stdio: "inherit",
    env: { ...process.env, STATE_FOLDER: state },
  });
  if (status !== 0) process.exit(status ?? 1);
}
