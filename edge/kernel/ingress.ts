import type { EdgeConfig } from "../env.ts";

export type IngressCredential = Partial<Pick<EdgeConfig, "INGRESS_ID" | "INGRESS_SECRET">>;
/**
 * What opens the cell's private ingress, on each call to the database, the engine and the relay: the service
 * token of Cloudflare Access. Nothing where the cell is on this machine.
 */
export const ingressHeaders = ({ INGRESS_ID, INGRESS_SECRET }: IngressCredential): Record<string, string> =>
  INGRESS_ID && INGRESS_SECRET ? { "CF-Access-Client-Id": INGRESS_ID, "CF-Access-Client-Secret": INGRESS_SECRET } : {};

/** `fetch` for a client that makes its requests itself. */
export const fetchThroughIngress =
  (credential: IngressCredential): typeof fetch =>
  (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    for (const [name, value] of Object.entries(ingressHeaders(credential))) headers.set(name, value);
    return fetch(input, { ...init, headers, redirect: "manual" }); // nobody leads its credential elsewhere
  };
