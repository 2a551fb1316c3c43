import { request } from "node:http";
import { z } from "zod";
import { previewOut } from "../../schema/preview/preview.ts";
import { previewTokenOut } from "../../schema/preview/preview-access.ts";
import { inspect } from "../harness/member-containers.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench, Ready } from "./ground.ts";
import { isEvent } from "./member.ts";

/**
 * A preview of a program in the box, by every part between, beside the same program asked at its container.
 */
const port = 5_200;
const megabytes = 64;
/** Programs that are looked at at once, each by a preview of its own, and what each sends then. */
const many = 20;
const partMegabytes = 8;
const server = `import { createServer } from "node:http";
const piece = Buffer.alloc(1 << 20, "0123456789abcdef");
const sizes = { "/large": ${megabytes}, "/part": ${partMegabytes} };
async function serve(request, answer) {
  const size = sizes[request.url];
  if (!size) return answer.end("hello");
  answer.writeHead(200, { "content-type": "application/octet-stream", "content-length": piece.length * size });
  for (let n = 0; n < size; n++) if (!answer.write(piece)) await new Promise((go) => answer.once("drain", go));
  answer.end();
}
for (let n = 0; n < ${many}; n++) createServer(serve).listen(${port} + n, "0.0.0.0");
`;
const sent = z.object({ turnId: z.string() });

async function startServer({ member, agent }: Ready): Promise<void> {
  const steps = [
    { tool: "write", args: { filePath: "server.mjs", content: server } },
    { tool: "bash", args: { command: "node server.mjs >server.log 2>&1 & sleep 2; cat server.log", description: "serve" } },
    { text: "done" },
  ];
  const stream = await member.events(agent);
  const text = `bench SCRIPT:${JSON.stringify(steps)}END`;
  const { turnId } = sent.parse(await member.call("POST", `/actors/${agent}/message`, { clientId: `bench-${crypto.randomUUID()}`, text }));
  const over = (body: Record<string, unknown>) => body.turnId === turnId && body.state === "done";
  await stream.until("the server runs", (arrival) => isEvent(arrival, "turn.state", over), 60_000);
  await stream.close();
}

type Place = { host: string; port: number; headers: Record<string, string> };
type Took = { first: number; whole: number; bytes: number };
function ask({ host, port: at, headers }: Place, path: string): Promise<Took> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request({ host, port: at, path, headers, agent: false }, (answer) => {
      const first = performance.now() - began;
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.once("error", reject);
      answer.once("end", () => {
        if (answer.statusCode === 200) resolve({ first, whole: performance.now() - began, bytes });
        else reject(new Error(`${path} answered ${answer.statusCode}`));
      });
    });
    asked.once("error", reject);
    asked.end();
  });
}

async function measureFirst(place: Place): Promise<Series> {
  const series: Series = [];
  for (let n = 0; n < 100; n++) series.push((await ask(place, "/")).first);
  return series.slice(10); // the first ones warm it up
}
async function measureThroughput(place: Place): Promise<Series> {
  const series: Series = [];
  for (let n = 0; n < 6; n++) {
    const { bytes, whole } = await ask(place, "/large");
    if (bytes !== megabytes << 20) throw new Error(`${bytes} bytes came`);
    series.push(megabytes / (whole / 1_000));
  }
  return series.slice(1);
}

/** All of them asked at the same time, in rounds. */
async function measureMany(places: readonly Place[]): Promise<{ first: Series; through: Series }> {
  const [first, through]: [Series, Series] = [[], []];
  for (let round = 0; round < 6; round++) {
    const asked = await Promise.all(places.map((place) => ask(place, "/")));
    const began = performance.now();
    const parts = await Promise.all(places.map((place) => ask(place, "/part")));
    const seconds = (performance.now() - began) / 1_000;
    if (parts.some(({ bytes }) => bytes !== partMegabytes << 20)) throw new Error("not all bytes came");
    if (round === 0) continue; // it warms them up
    first.push(...asked.map((took) => took.first));
    through.push((places.length * partMegabytes) / seconds);
  }
  return { first, through };
}

export const bench: Bench = {
  title: `a preview's first byte, ${megabytes} MB through it, and ${many} previews at once`,
  seconds: 240,
  async run(ground) {
    const subject = await ground.ready("preview");
    await startServer(subject);
    const { member, agent, memberId } = subject;
    const open = async (nth: number): Promise<Place> => {
      const { preview } = previewOut.parse(await member.call("POST", "/previews", { agent, port: port + nth }));
      const pass = previewTokenOut.parse(await member.call("POST", `/previews/${preview.id}/token`, {}));
      const url = new URL(pass.address);
      return { host: "127.0.0.1", port: Number(url.port), headers: { host: url.host, [pass.header]: pass.token } };
    };
    const ours = await open(0);
    const { NetworkSettings } = await inspect(ground.instance.name, "opencode", memberId);
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
    const raw = { host: address, port, headers: {} };
    const [first, firstRaw] = [await measureFirst(ours), await measureFirst(raw)];
    const [through, throughRaw] = [await measureThroughput(ours), await measureThroughput(raw)];
    const [all, allRaw]: [Place[], Place[]] = [[ours], [raw]];
    for (let nth = 1; nth < many; nth++) {
      all.push(await open(nth));
      allRaw.push({ ...raw, port: port + nth });
    }
    const [together, togetherRaw] = [await measureMany(all), await measureMany(allRaw)];
    return [
      makeFigure("preview: first byte, beside the container directly", first, firstRaw, { contains: true }),
      makeFigure(`preview: ${megabytes} MB, beside the container directly`, through, throughRaw, { unit: "MB/s", must: "ratio ≥ 0.7" }),
      makeFigure(`${many} previews at once: first byte, beside the container directly`, together.first, togetherRaw.first, {
        contains: true,
      }),
      makeFigure(
        `${many} previews at once: ${partMegabytes} MB each, beside the container directly`,
        together.through,
        togetherRaw.through,
        {
          unit: "MB/s",
        },
      ),
    ];
  },
};
