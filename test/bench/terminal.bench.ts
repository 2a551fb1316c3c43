import Docker from "dockerode";
import WebSocket from "ws";
import { dockerName } from "../../schema/machine/instance.ts";
import { terminalNews, terminalProtocol, terminalTicketOut, terminalTicketPrefix } from "../../schema/terminal/terminal.ts";
import { newId } from "../../schema/wire/id.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench, Ground, Ready } from "./ground.ts";

/**
 * A key pressed in a member's terminal until its letter comes back, beside the same shell on a PTY of `docker
 * exec`; then while another terminal of the same stack, and one of another stack, print a hundred megabytes.
 */
const keys = 200;
const pauseMs = 20;
const megabytes = 100;
const printing = `head -c ${megabytes << 20} /dev/zero | tr '\\0' x; echo; echo pri''nted\r`;
const printed = /printed/;

/** A terminal as its viewer has it. `heard` gets what it prints. */
type Screen = { type(text: string): void; heard: (text: string) => void; bytes: number; close(): void };
const silence = () => undefined;

async function openTerminal({ product }: Ground, { member }: Ready): Promise<Screen> {
  const id = newId("trm");
  const { ticket } = terminalTicketOut.parse(await member.call("PUT", `/terminals/${id}`, { device: "bench" }));
  const address = new URL(`/terminals/${id}/connect?columns=80&rows=24`, product.edgeUrl.replace(/^http/, "ws"));
  const socket = new WebSocket(address, [terminalProtocol, terminalTicketPrefix + ticket], { origin: product.url });
  const screen: Screen = {
    type: (text) => socket.send(Buffer.from(text)),
    heard: silence,
    bytes: 0,
    close: () => socket.close(),
  };
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", (code) => reject(new Error(`the terminal closed with ${code}`)));
    socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) return terminalNews.safeParse(JSON.parse(data.toString())).success && resolve();
      screen.bytes += data.length;
      socket.send(JSON.stringify({ type: "seen", bytes: data.length }));
      screen.heard(data.toString("latin1"));
    });
  });
  return screen;
}
/** A shell of the same container, by Docker's own API. */
async function openRawShell(ground: Ground, memberId: string): Promise<Screen> {
  const container = new Docker().getContainer(dockerName(ground.instance, "opencode", memberId));
  const made = await container.exec({ Cmd: ["sh"], Tty: true, AttachStdin: true, AttachStdout: true, Env: ["TERM=xterm"] });
  const stream = await made.start({ hijack: true, stdin: true, Tty: true });
  const screen: Screen = { type: (text) => void stream.write(text), heard: silence, bytes: 0, close: () => void stream.end() };
  stream.on("data", (data: Buffer) => {
    screen.bytes += data.length;
    screen.heard(data.toString("latin1"));
  });
  return screen;
}

function hears(screen: Screen, sought: RegExp, ms: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${sought} was not heard within ${ms} ms`)), ms);
    let last = "";
    screen.heard = (text) => {
      last = (last + text).slice(-200);
      if (!sought.test(last)) return;
      clearTimeout(timer);
      screen.heard = silence;
      resolve(performance.now());
    };
  });
}
/** The shell has answered once: from now on a letter that comes is an echo. */
async function settle(screen: Screen): Promise<void> {
  const there = hears(screen, /here/, 20_000);
  screen.type("echo he''re\r");
  await there;
  await pause(300);
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function measureEcho(screen: Screen, count = keys): Promise<Series> {
  const series: Series = [];
  for (let n = 0; n < count; n++) {
    const letter = String.fromCharCode(97 + (n % 26));
    const began = performance.now();
    const back = hears(screen, new RegExp(letter), 10_000);
    screen.type(letter);
    series.push((await back) - began);
    if (n % 40 === 39) screen.type("\u0015"); // the line is emptied before it is full
    await pause(pauseMs);
  }
  screen.type("\u0015");
  return series.slice(5); // the first ones warm it up
}
/** How fast a hundred megabytes come, in MB/s. */
async function measurePrint(screen: Screen): Promise<number> {
  const before = screen.bytes;
  const end = hears(screen, printed, 120_000);
  const began = performance.now();
  screen.type(printing);
  const took = (await end) - began;
  if (screen.bytes - before < megabytes << 20) throw new Error(`only ${screen.bytes - before} bytes came`);
  return megabytes / (took / 1_000);
}

export const bench: Bench = {
  title: `a key's echo in the terminal, alone and beside ${megabytes} MB`,
  seconds: 240,
  async run(ground) {
    const [subject, neighbour] = [await ground.ready("terminal"), await ground.ready("neighbour")];
    const [ours, loud, beside] = [
      await openTerminal(ground, subject),
      await openTerminal(ground, subject),
      await openTerminal(ground, neighbour),
    ];
    const raw = await openRawShell(ground, subject.memberId);
    for (const screen of [ours, loud, beside, raw]) await settle(screen);
    const [alone, aloneRaw, besideAlone] = [await measureEcho(ours), await measureEcho(raw), await measureEcho(beside)];
    const speed = [await measurePrint(loud)];
    const speedRaw = [await measurePrint(raw)];
    const whileIt = async (screen: Screen): Promise<Series> => {
      let over = false;
      const print = (async () => {
        while (!over) await measurePrint(loud);
      })();
      const series = await measureEcho(screen, 100);
      over = true;
      await print;
      return series;
    };
    const [sameStack, otherStack] = [await whileIt(ours), await whileIt(beside)];
    for (const screen of [ours, loud, beside, raw]) screen.close();
    return [
      makeFigure("terminal: a key's echo, beside `docker exec`", alone, aloneRaw),
      makeFigure(`terminal: ${megabytes} MB printed, beside \`docker exec\``, speed, speedRaw, { unit: "MB/s" }),
      makeFigure(`terminal: a key's echo while another of the stack prints ${megabytes} MB, beside itself alone`, sameStack, alone),
      makeFigure(`terminal: a key's echo while another stack prints ${megabytes} MB, beside itself alone`, otherStack, besideAlone),
    ];
  },
};
