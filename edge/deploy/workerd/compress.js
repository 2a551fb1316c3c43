// Compresses texts in front of the Worker on this machine, as Cloudflare's network does. workerd compresses a
// response that has a `content-encoding`.
const textTypes = /^(text\/(html|css|plain|javascript)|application\/(json|javascript|manifest\+json)|image\/svg\+xml)\b/;

/** As Cloudflare chooses: the best of what the client takes. */
function encodingFor(accepted) {
  const names = accepted.split(",").map((part) => part.split(";")[0].trim());
  return ["br", "gzip"].find((name) => names.includes(name));
}

export default {
  async fetch(request, { WORKER }) {
    const accepted = request.headers.get("accept-encoding") ?? "";
    const answer = await WORKER.fetch(request);
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
