import { createInterface } from "node:readline";
import { type Duplex, PassThrough } from "node:stream";
import { z } from "zod";
import { AppError } from "../../../schema/wire/error.ts";
import type { Engine } from "../../docker.ts";

/**
 * What is started in a room, and as whom: a user and its own group, and more groups. `sweep`: at its end all
 * that runs under that user is killed.
 */
export type RoomProgram = {
  cmd: readonly string[];
  uid: number;
  groups?: readonly number[];
  env?: readonly string[];
  input?: Buffer;
  sweep?: true;
  /** Seconds after which it is asked to end, and one later made to. Its code is 124 then. */
  seconds?: number;
};
type OnPrinted = (chunk: Buffer, from: "out" | "err") => void;
type OpenOrder = { printed: OnPrinted; end: (code: number) => void; fail: (error: Error) => void };

const spawnerLine = z.union([
  z.strictObject({ id: z.int(), out: z.base64() }),
  z.strictObject({ id: z.int(), err: z.base64() }),
  z.strictObject({ id: z.int(), code: z.int() }),
  z.strictObject({ id: z.int(), failed: z.string() }),
]);
const programPath = "PATH=/opt/growqr/bin:/usr/local/bin:/usr/bin:/bin";
/**
 * How a program of the platform is started in a room, so that it is called there as a program of a box is:
 * what runs in a room sees all its processes. Node runs the file in `images/opencode/titles` that the second
 * word names.
 */
export type ProgramTitle = readonly [program: string, ...words: string[]];
export const sleepTitle: ProgramTitle = ["sleep", "infinity"];
export const startTitled = ([program, ...words]: ProgramTitle): string[] => [
  ...["bash", "-c", 'cd /opt/growqr/titles && exec -a "$0" node "$@"'],
  ...[program, ...words],
];
export const titledEnv = (name: string): string[] => [`PLATFORM_PROGRAM=/opt/growqr/bin/${name}`, "NODE_OPTIONS=--v8-pool-size=1"];

/**
 * Starts programs in one clean room by a process of the platform that waits there for orders
 * (`images/opencode/bin/room-spawner.mjs`). Where a check has ended that process, with all the room's memory
 * for instance, what ran fails, and the next order starts another.
 */
export class RoomSpawner {
  private readonly engine: Engine;
  private readonly room: string;
  private readonly waiting = new Map<number, OpenOrder>();
  private stream: Promise<Duplex> | undefined;
  private next = 0;
  private readonly title: ProgramTitle;
  private readonly sweeps: number | undefined;

  /** `sweeps`: the user whose programs it ends when it starts; undefined: all. */
  constructor(engine: Engine, room: string, { title = sleepTitle, sweeps }: { title?: ProgramTitle; sweeps?: number } = {}) {
    this.title = title;
    this.sweeps = sweeps;
    this.engine = engine;
    this.room = room;
  }
  /** Starts a program. `end`: its exit code; it rejects where none could be started or seen to its end. */
  start({ env = [], ...wanted }: RoomProgram, printed: OnPrinted): { end: Promise<number>; kill: () => void } {
    const { id, end } = this.order(
      {
        ...{ cmd: wanted.cmd, uid: wanted.uid, groups: wanted.groups ?? [], cwd: "/", sweep: wanted.sweep ?? false },
        env: Object.fromEntries([programPath, ...env].map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)])),
        ...(wanted.seconds === undefined ? {} : { seconds: wanted.seconds }),
        ...(wanted.input ? { input: wanted.input.toString("base64") } : {}),
      },
      printed,
    );
    return {
      end,
      kill: () => void this.stream?.then((stream) => stream.write(`${JSON.stringify({ kill: id })}\n`)).catch(() => undefined),
    };
  }
  /** Kills all that runs under a user. */
  async sweep(uid: number): Promise<void> {
    await this.order({ uid }, () => undefined).end;
  }
  /** Starts the process, which the first order does else. */
  async enter(): Promise<void> {
    this.stream ??= this.open();
    await this.stream;
  }
  /** Ends the process; the next order starts another. */
  async leave(): Promise<void> {
    (await this.stream?.catch(() => undefined))?.destroy();
  }
  private order(fields: object, printed: OnPrinted): { id: number; end: Promise<number> } {
    const id = ++this.next;
    const end = new Promise<number>((resolve, reject) => {
      this.waiting.set(id, { printed, end: resolve, fail: reject });
      this.stream ??= this.open();
      this.stream.then((stream) => stream.write(`${JSON.stringify({ id, ...fields })}\n`)).catch((error: unknown) => this.close(error));
    });
    return { id, end: end.finally(() => this.waiting.delete(id)) };
  }
  private async open(): Promise<Duplex> {
    const { engine } = this;
    const attach = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
    const asked = engine.docker.getContainer(this.room).exec({
      ...{ Cmd: startTitled(this.title), User: "0:0", Env: [programPath, ...titledEnv("room-spawner.mjs"), `SWEEPS=${this.sweeps ?? ""}`] },
      ...attach,
    });
    const handle = await engine.call("run exec", asked);
    const stream = await engine.call("run exec start", handle.start({ hijack: true, stdin: true }));
    const [out, err] = [new PassThrough(), new PassThrough()];
    engine.docker.modem.demuxStream(stream, out, err);
    err.resume();
    let over = false;
    const end = (cause?: unknown) => {
      if (over) return;
      over = true;
      stream.destroy();
      this.close(cause);
    };
    createInterface({ input: out }).on("line", (line) => {
      try {
        if (!over) this.hear(spawnerLine.parse(JSON.parse(line)));
      } catch (error) {
        end(error);
      }
    });
    for (const event of ["end", "close", "error"]) stream.once(event, end);
    return stream;
  }
  private hear({ id, ...said }: z.infer<typeof spawnerLine>): void {
    const asked = this.waiting.get(id);
    if ("out" in said) asked?.printed(Buffer.from(said.out, "base64"), "out");
    else if ("err" in said) asked?.printed(Buffer.from(said.err, "base64"), "err");
    else if ("code" in said) asked?.end(said.code);
    else asked?.fail(new AppError("internal", { what: "a program in a room", failed: said.failed }));
  }
  private close(cause: unknown): void {
    this.stream = undefined;
    for (const { fail } of this.waiting.values()) fail(new AppError("internal", { what: "the spawner of a room" }, { cause }));
    this.waiting.clear();
  }
}
