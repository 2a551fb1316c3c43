import { connect } from "node:net";
import { z } from "zod";
import { readStateFile } from "../machine/machine.ts";

/**
 * `node agent-host/cli/health.ts`, for a container's health check: ends with 1 unless the daemon of this
 * state folder listens where it joined. One that has not joined is well: it waits, and this says so.
 */
const { STATE_FOLDER = "", HOST_ADDRESS, HOST_PORT } = process.env;
const record = readStateFile(STATE_FOLDER, "machine.json");
const end = (code: number, words: string) => {
  console.log(words);
  process.exit(code);
};
if (record === undefined) end(0, "waits: not joined");
else {
  const machine = z.object({ id: z.string(), address: z.string(), port: z.number() }).parse(JSON.parse(record));
  const host = HOST_ADDRESS || machine.address;
  const port = Number(HOST_PORT || machine.port);
  const place = `${host}:${port}`;
  if (readStateFile(STATE_FOLDER, "ready.json") === undefined) end(1, `${machine.id} does not serve yet: the edge has taken no heartbeat`);
  connect({ host, port, timeout: 3_000 })
    .on("connect", () => end(0, `${machine.id} serves at ${place}`))
    .on("timeout", () => end(1, `${place} does not answer`))
    .on("error", ({ message }) => end(1, `${place}: ${message}`));
}
