// Compresses texts in front of the Worker on this machine, as Cloudflare's network does. workerd compresses a
// response that has a `content-encoding`.
const textTypes = /^(text\/(html|css|plain|javascript)|application\/(json|javascript|manifest\+json)|image\/svg\+xml)\b/;

/** As Cloudflare chooses: the best of what the client takes. */
function encodingFor(accepted) {
  const names = accepted.split(",").map((part) => part.split(";")[0].trim());
  return ["br", "gzip"].find((name) => names.includes(name));
}

/**
 * A request as Cloudflare would pass it on: with https, which the proxy has ended, and with the caller's
 * address, which it has put last. All else a client can say of itself, and would be counted as another with
 * each call.
 */
function readProxied(request) {
  const headers = new Headers(request.headers);
  const caller = (headers.get("x-forwarded-for") ?? "").split(",").pop().trim();
  headers.delete("cf-connecting-ip");
  if (caller !== "") headers.set("cf-connecting-ip", caller);
  const url = new URL(request.url);
  url.protocol = "https:";
  return new Request(new Request(url, request), { headers });
}

export default {
  async fetch(request, { WORKER, IS_PROXIED }) {
    const accepted = request.headers.get("accept-encoding") ?? "";
    const answer = await WORKER.fetch(IS_PROXIED ? readProxied(request) : request);
    const { headers } = answer;
    const encoding = encodingFor(accepted);
    const fits =
      answer.body !== null &&
      answer.status === 200 &&
      !headers.has("content-encoding") &&
      textTypes.test(headers.get("content-type") ?? "");
    const small = Number(headers.get("content-length") ?? Number.POSITIVE_INFINITY) < 500;
    if (!encoding || !fits || small || request.method === "HEAD") return answer;
    const compressed = new Response(answer.body, answer); // workerd compresses by this header
    compressed.headers.set("content-encoding", encoding);
    compressed.headers.delete("content-length");
    compressed.headers.append("vary", "accept-encoding");
    return compressed;
  },
};
