import { z } from "zod";
import { typeName } from "./task/spec.ts";
import { trimTail } from "./wire/foreign-text.ts";
import { isPublicAddress } from "./wire/public-address.ts";
import type { Issue, Parsed } from "./wire/yaml.ts";

/**
 * A service an agent may call through the platform: an MCP server
 * or an HTTP API, with the operations it is allowed and no others.
 */
const operationName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$/, "letters, digits, _ . and -, at most 60");
export const httpMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const aboutText = z.string().trim().min(1).max(300);
const operationPath = z
  .string()
  .regex(/^(\/([A-Za-z0-9._~-]+|\{[A-Za-z0-9_]{1,40}\}))+\/?$/, "must be a path such as /items/{id}")
  .max(200)
  .refine((path) => !path.split("/").some((part) => part === "." || part === ".."), "must not go up");
const operationShape = z.union([
  operationName,
  z.strictObject({
    name: operationName,
    about: aboutText.optional(),
    method: z.enum(httpMethods).optional(),
    path: operationPath.optional(),
  }),
]);
export const secretName = z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "lower-case letters, digits and -, 2 to 40");

export const serviceShape = z.strictObject({
  name: typeName,
  kind: z.enum(["mcp", "http"]),
  url: z.url({ protocol: /^https?$/ }).max(500),
  operations: z.array(operationShape).min(1).max(50),
  /** By the name under which the member keeps it; it is added outside the box, in this header. */
  secret: z
    .strictObject({
      name: secretName,
      header: z
        .string()
        .regex(/^(authorization|api-key|x-[a-z0-9-]{1,40})$/, "must be authorization, api-key or x-…")
        .default("authorization"),
    })
    .optional(),
});
export type Service = z.infer<typeof serviceShape>;
export type ServiceOperation = { name: string; method: (typeof httpMethods)[number]; path: string; about: string };

/** An HTTP operation without a method and a path is `POST <url>/<name>`. */
export function operationsOf(service: Service): ServiceOperation[] {
  return service.operations.map((operation) => {
    const { name, method, path, about = "" } = typeof operation === "string" ? { name: operation } : operation;
    return { name, method: method ?? "POST", path: path ?? `/${name}`, about };
  });
}
/**
 * One that an agent names: of the list, or off it, where an HTTP API's are
 * named by method and path (`DELETE /items/{id}`). Undefined: it can't be sent.
 */
export function findOperation(service: Service, name: string): { operation: ServiceOperation; listed: boolean } | undefined {
  const known = operationsOf(service);
  const same = known.find((operation) => operation.name === name);
  if (same) return { operation: same, listed: true };
  if (service.kind === "mcp")
    return operationName.safeParse(name).success
      ? { operation: { name, method: "POST", path: `/${name}`, about: "" }, listed: false }
      : undefined;
  const [method, path] = name.split(" ", 2);
  const read = z.object({ method: z.enum(httpMethods), path: operationPath }).safeParse({ method, path });
  if (!read.success || name !== `${method} ${path}`) return undefined;
  const twin = known.find((operation) => operation.method === read.data.method && operation.path === read.data.path);
  return twin ? { operation: twin, listed: true } : { operation: { name, ...read.data, about: "" }, listed: false };
}
export function capabilitiesOf(service: Service): { path: string; capability: string }[] {
  const operations = operationsOf(service).map(({ name }, index) => ({
    path: `operations.${index}`,
    capability: `service:${service.name}/${name}`,
  }));
  return service.secret ? [...operations, { path: "secret.name", capability: `secret:${service.secret.name}` }] : operations;
}

/** What is wrong with a service beyond its shape. */
export function serviceIssues(service: Service): Issue[] {
  const url = new URL(service.url);
  const issues: Issue[] = [];
  if (url.username || url.password) issues.push({ path: "url", message: "must not hold a password; keep it as a secret and name it" });
  if (url.search || url.hash) issues.push({ path: "url", message: "must have no ? and no #" });
  const operations = operationsOf(service);
  for (const [index, { name }] of operations.entries()) {
    const given = service.operations[index];
    if (operations.findIndex((other) => other.name === name) !== index)
      issues.push({ path: `operations.${index}`, message: `${name} is listed twice` });
    if (service.kind === "mcp" && typeof given === "object" && (given.method || given.path))
      issues.push({ path: `operations.${index}`, message: "an MCP server's operations have no method and no path" });
  }
  return issues;
}

/**
 * Why an address may not be called for a member, as far as its text tells;
 * what a name resolves to is looked at when it is dialled. `local` are origins
 * that this installation allows besides the internet, for services beside it.
 */
export function findAddressIssue(url: string, local: readonly string[]): string | undefined {
  const { protocol, hostname, origin } = new URL(url);
  if (local.includes(origin)) return undefined;
  if (protocol !== "https:") return "must be https";
  const literal = /^[\d.]+$/.test(hostname) || hostname.startsWith("[");
  if (literal ? !isPublicAddress(hostname) : !/^[^.]+(\.[^.]+)+$/.test(hostname) || /\.(localhost|local|internal|lan)$/i.test(hostname))
    return "must be on the internet: this address is private";
  return undefined;
}

/**
 * JSON in which nothing is invisible: what a screen would hide or turn
 * around is written as its escape, which reads back as the same text.
 */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cc}]/gu, (character) =>
    [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}
export type ServiceRequest = { method: ServiceOperation["method"]; url: string; body?: string };
/**
 * The call of one HTTP operation. Every name in its path must be given;
 * what is left goes into the query of a GET or DELETE, else into the body.
 */
export function buildServiceRequest(
  service: Service,
  { method, path }: ServiceOperation,
  given: Readonly<Record<string, unknown>>,
): Parsed<ServiceRequest> {
  const left = new Map(Object.entries(given));
  const issues: Issue[] = [];
  const filled = path.replace(/\{([A-Za-z0-9_]+)\}/g, (_, name: string) => {
    const value = left.get(name);
    left.delete(name);
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    if (/^\.{0,2}$/.test(text)) issues.push({ path: `arguments.${name}`, message: "must be given: it is part of the address" });
    return encodeURIComponent(text);
  });
  const url = new URL(trimTail(service.url, "/") + filled);
  if (method !== "GET" && method !== "DELETE")
    return issues.length > 0
      ? { ok: false, issues }
      : { ok: true, value: { method, url: url.href, body: visibleJson(Object.fromEntries(left)) } };
  for (const [name, value] of left)
    if (typeof value === "object") issues.push({ path: `arguments.${name}`, message: "must be plain: it goes into the address" });
    else url.searchParams.set(name, String(value));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: { method, url: url.href } };
}

/** What an agent reads of its service. */
export function describeService(service: Service): string {
  const list = operationsOf(service).map(({ name, method, path, about: says }) => {
    const how = service.kind === "http" ? ` (${method} ${path})` : "";
    return `- ${name}${how}${says ? `: ${says}` : ""}`;
  });
  const others =
    service.kind === "http"
      ? "Another one you name by method and path, such as DELETE /items/{id}"
      : "Another one you name as it is called there";
  return `You may call the service ${service.name} with call_service. You hold no key for it; the platform adds it. These operations go through at once:\n${list.join("\n")}\n${others}; the member is asked first, and your call waits.`;
}
