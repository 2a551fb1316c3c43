import { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "../../schema/wire/trace.ts";
import { Tracer } from "../../schema/wire/tracer.ts";
import { log } from "../runner/log.ts";

/** The runner's part of traces: actions, works of the outbox, and the calls they make. */
export const runnerTraces = new Tracer("growqr-runner", log, new AsyncLocalStorage<Span>());
