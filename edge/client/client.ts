import createClient, { type FetchResponse, type MaybeOptionalInit } from "openapi-fetch";
import type { MediaType, PathsWithMethod, RequiredKeysOf } from "openapi-typescript-helpers";
import type { paths } from "./api-types.ts";
import { readAnsweredRefusal, readThrown } from "./growqr-error.ts";
import { type RetryBounds, repeatCall, usualBounds } from "./repeat-call.ts";

export type ClientSettings = {
  /** The origin of GrowQR, as `https://app.example.com`. No other origin is told the token. */
  baseUrl: string;
  /** A session token, or what gives a fresh one: they live a minute, so it is asked before each try. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Milliseconds until an answer begins; what it takes to its end is not limited. */
  answerWithin?: number;
  retry?: Partial<RetryBounds>;
  /** In place of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
};

type Methods = { GET: "get"; POST: "post"; PUT: "put"; PATCH: "patch"; DELETE: "delete" };
export type MethodName = keyof Methods;
export type PathOf<Name extends MethodName> = PathsWithMethod<paths, Methods[Name]>;
type Init<Path extends keyof paths, Method extends keyof paths[Path]> = MaybeOptionalInit<paths[Path], Method>;
/** What a call of that address takes: none, or parameters and body. */
export type CallArguments<Name extends MethodName, Path extends PathOf<Name>> = Arguments<Init<Path, Methods[Name]>>;
type Arguments<Given> = RequiredKeysOf<Given> extends never ? [init?: Given] : [init: Given];
type Answered<Operation, Given> =
  Operation extends Record<string | number, unknown>
    ? Extract<FetchResponse<Operation, Given, MediaType>, { data: unknown }>["data"]
    : never;
export type GrowqrClient = {
  [Name in MethodName]: <Path extends PathOf<Name>, Given extends Init<Path, Methods[Name]>>(
    path: Path,
    ...init: Arguments<Given>
  ) => Promise<Answered<paths[Path][Methods[Name]], Given>>;
};
type AnyInit = {
  params?: { path?: Record<string, unknown>; header?: Record<string, unknown> };
  body?: unknown;
  headers?: HeadersInit;
  signal?: AbortSignal;
};
type AnyClient = {
  request: (method: string, path: string, init: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
};

/** Aborts with a TimeoutError where no answer has begun by then. */
async function fetchWithin(ms: number, send: (request: Request) => Promise<Response>, request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException("No answer in time.", "TimeoutError")), ms);
  try {
    return await send(new Request(request, { signal: AbortSignal.any([request.signal, late.signal]) }));
  } finally {
    clearTimeout(timer);
  }
}
/** A path segment of dots would lead to another address. */
function refuseDots(path: Record<string, unknown> = {}): void {
  for (const [name, value] of Object.entries(path))
    if (/^\.{0,2}$/.test(String(value))) throw new TypeError(`${name} must be a name or an id`);
}

/**
 * The API of GrowQR, typed by its OpenAPI document. A call gives the answer's body or throws a GrowqrError.
 * It is repeated within bounds where no answer came, and at 429 and 503; what changes something has one
 * idempotency key over all its tries.
 */
export function createGrowqrClient(settings: ClientSettings): GrowqrClient {
  const { baseUrl, token, answerWithin = 30_000, fetch: send = (request) => fetch(request, { redirect: "error" }) } = settings;
  const { origin } = new URL(baseUrl);
  const bounds = { ...usualBounds, ...settings.retry };
  const client = createClient<paths>({
    baseUrl: origin,
    redirect: "error",
    bodySerializer: (body) => (typeof body === "object" && (body as unknown) instanceof Blob ? body : JSON.stringify(body)),
    fetch: (request) => fetchWithin(answerWithin, send, request),
  }) as unknown as AnyClient;

  async function callOnce(method: string, path: string, init: AnyInit, headers: Record<string, string>): Promise<unknown> {
    const jwt = typeof token === "function" ? await token() : token;
    const authorization = jwt === undefined ? {} : { authorization: `Bearer ${jwt}` };
    const sent = { ...init, baseUrl: origin, headers: { ...headers, ...authorization } };
    const { data, error, response } = await client.request(method, path, sent).catch((cause: unknown) => {
      init.signal?.throwIfAborted(); // the caller's own abort is thrown as it is
      throw readThrown(cause);
    });
    if (!response.ok) throw readAnsweredRefusal(response, error);
    return data;
  }
  const call = async (method: string, path: string, init: AnyInit = {}): Promise<unknown> => {
    refuseDots(init.params?.path);
    const headers: Record<string, string> = Object.fromEntries(new Headers(init.headers));
    if (init.body instanceof Blob) headers["content-type"] = "application/octet-stream";
    if (method !== "GET") headers["idempotency-key"] ??= String(init.params?.header?.["Idempotency-Key"] ?? crypto.randomUUID());
    return repeatCall(() => callOnce(method, path, init, headers), bounds, init.signal);
  };
  const calls = Object.fromEntries(["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) => [method, call.bind(undefined, method)]));
  return calls as GrowqrClient;
}
