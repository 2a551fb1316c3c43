/** What lets a cache that several people share keep an answer, or would say again what is said below. */
const shared = new Set(["public", "private", "s-maxage"]);
/** Headers that speak to such a cache alone, and count more there than `cache-control`. */
const sharedHeaders = ["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"];
/** Without a word of the program's own each look asks again: the pass is looked at then. */
function privateDirectives(said: string | null): string {
  const kept = (said ?? "no-cache").split(",").map((part) => part.trim());
  return ["private", ...kept.filter((part) => part !== "" && !shared.has(part.split("=")[0]!.trim().toLowerCase()))].join(", ");
}
/**
 * What a program answers to whoever has a pass for it: nobody but that person's own browser keeps it, nobody
 * finds it by a search, and only the app shows it in a frame.
 */
export function keepPrivate(headers: Headers, app: string): void {
  headers.set("cache-control", privateDirectives(headers.get("cache-control")));
  for (const name of sharedHeaders) headers.delete(name);
  headers.append("vary", "cookie");
  headers.append("content-security-policy", `frame-ancestors 'self' ${app}`);
  headers.set("x-robots-tag", "noindex");
}
