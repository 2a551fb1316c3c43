import type { z } from "zod";
import { signCall } from "../schema/machine/machine.ts";
import { AppError, errorBody } from "../schema/wire/error.ts";
import { newId } from "../schema/wire/id.ts";
import type { HostMachine } from "./machine/machine.ts";

/** Reads an answer of the edge with its shape; a refusal becomes the AppError of its code. */
export async function readEdgeAnswer<T extends z.ZodType>(response: Response, shape: T): Promise<z.infer<T>> {
  const text = await response.text().catch((cause: unknown) => {
    throw new AppError("unavailable", { what: "edge" }, { cause }); // it broke off in the middle
  });
  const json = parseAnswer(text);
  if (response.ok) {
    const body = shape.safeParse(json);
    if (body.success) return body.data;
    throw new AppError("upstream", { what: "edge answer", status: response.status }, { cause: body.error });
  }
  const refusal = errorBody.safeParse(json);
  if (refusal.success) throw new AppError(refusal.data.error.code, { from: "edge" }, { message: refusal.data.error.message });
  throw new AppError("upstream", { what: "edge", status: response.status });
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the shape refuses it
  }
}

/** One call to the edge. Not reaching it is `unavailable`. */
export async function callEdge<T extends z.ZodType>(
  edgeUrl: string,
  call: { method: string; path: string; body?: unknown; shape: T; ms?: number; machine?: Pick<HostMachine, "id" | "key"> },
): Promise<z.infer<T>> {
  const body = call.body === undefined ? "" : JSON.stringify(call.body);
  const headers: Record<string, string> = { "content-type": "application/json", "x-request-id": newId("req") };
  if (call.method === "POST") headers["idempotency-key"] = newId("req");
  if (call.machine) headers.authorization = await signRequest(call.machine, call.method, call.path, body);
  const request: RequestInit = {
    method: call.method,
    headers,
    redirect: "manual",
    signal: AbortSignal.timeout(call.ms ?? 10_000),
    ...(body ? { body } : {}),
  };
  const response = await fetch(edgeUrl + call.path, request).catch((cause: unknown) => {
    throw new AppError("unavailable", { what: "edge" }, { cause });
  });
  return readEdgeAnswer(response, call.shape);
}

function signRequest(machine: Pick<HostMachine, "id" | "key">, method: string, path: string, body: string): Promise<string> {
  return signCall(machine.id, machine.key, { method, path, body }, Math.floor(Date.now() / 1000));
}
