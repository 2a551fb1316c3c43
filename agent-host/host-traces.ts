import { AsyncLocalStorage } from "node:async_hooks";
import { logger } from "../schema/wire/log.ts";
import type { Span } from "../schema/wire/trace.ts";
import { Tracer } from "../schema/wire/tracer.ts";

/** The host's part of traces: calls of the edge and of runners, and what they ask of Docker. */
export const hostTraces = new Tracer(
  "growqr-host",
  logger("host", (line) => process.stdout.write(`${line}\n`)),
  new AsyncLocalStorage<Span>(),
);
