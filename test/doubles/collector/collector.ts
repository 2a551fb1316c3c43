import { appendFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** A collector of traces that takes OTLP over HTTP in JSON, and refuses what is not that. */
const attribute = z.strictObject({
  key: z.string(),
  value: z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
    z.strictObject({ boolValue: z.boolean() }),
  ]),
});
const nanoseconds = z.string().regex(/^\d{19}$/);
const span = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1),
  kind: z.number().int().min(1).max(5),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: z.array(attribute),
  status: z.strictObject({ code: z.literal(2), message: z.string() }).optional(),
});
const request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(span) })),
    }),
  ),
});
export const collectedSpan = span.extend({ service: z.string() });
export type CollectedSpan = z.infer<typeof collectedSpan>;

export type Collector = {
  url: string;
  spans: CollectedSpan[];
  headers: IncomingHttpHeaders[];
  /** The status of the next answers; undefined for the usual one. */
  answers: (number | undefined)[];
  close: () => Promise<void>;
};

/** `file`: where each span is written as a line too, for readers in another process. */
export async function startCollector({ port = 0, file }: { port?: number; file?: string } = {}): Promise<Collector> {
  const server = createServer((incoming, outgoing) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    incoming.on("end", () => {
      collector.headers.push(incoming.headers);
      const status = collector.answers.shift();
      if (status !== undefined) return void outgoing.writeHead(status).end();
      if (incoming.method !== "POST" || incoming.url !== "/v1/traces") return void outgoing.writeHead(404).end();
      if (incoming.headers["content-type"] !== "application/json") return void outgoing.writeHead(415).end();
      const parsed = request.safeParse(JSON.parse(body));
      if (!parsed.success) return void outgoing.writeHead(400).end(parsed.error.message);
      const all = parsed.data.resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const name = resource.attributes.find(({ key }) => key === "service.name")?.value;
        const service = name && "stringValue" in name ? name.stringValue : "";
        return scopeSpans.flatMap(({ spans }) => spans.map((each) => ({ ...each, service })));
      });
      collector.spans.push(...all);
      if (file) appendFileSync(file, all.map((each) => `${JSON.stringify(each)}\n`).join(""));
      outgoing.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const collector: Collector = {
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans: [], headers: [], answers: [] },
    close: () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
  return collector;
}
