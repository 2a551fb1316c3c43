import { z } from "zod";
import { commandLine } from "../proof/check.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";
import { type CommandOutputLine, commandOutputLine, commandSeconds, commandStops } from "./project-command.ts";

/** POST /stacks/:member/commands, by the member's actor. */
export const hostCommandIn = z.strictObject({
  id: id("cmd"),
  repo: z.string(),
  commit: commitHash,
  command: commandLine,
  seconds: z.number().int().min(1).max(commandSeconds.max),
});
export type HostCommandIn = z.infer<typeof hostCommandIn>;
/**
 * One line (NDJSON) of the answer: what happens as it happens, then one `complete` or `error`. Empty lines
 * between say that it goes on.
 */
export const hostCommandLine = z.discriminatedUnion("type", [
  /** What it waits for, in words. */
  z.object({ type: z.literal("waits"), detail: z.string() }),
  /** What installs it, or it itself, is started. */
  z.object({ type: z.literal("begun") }),
  z.object({ type: z.literal("output"), ...commandOutputLine.shape }),
  /** `cut`: not all that it printed was told; `tail` is the end of it then. */
  z.object({
    type: z.literal("complete"),
    exit_code: z.number().int(),
    ms: z.number().int(),
    stopped: z.enum(commandStops).optional(),
    cut: z.literal(true).optional(),
    tail: z.string().optional(),
  }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
export type HostCommandLine = z.infer<typeof hostCommandLine>;
export type HostCommandEnd = Extract<HostCommandLine, { type: "complete" }>;

/** So many bytes of lines are told of a command, as they are stored; of its setup a part of that. */
export const mostToldBytes = { all: 64 * 1024, setup: 16 * 1024 } as const;
/** So much of the end of what was printed, where not all of it is told. */
export const mostCommandTail = 4 * 1024;
const lineEncoder = new TextEncoder();
export const countToldBytes = (line: CommandOutputLine): number => lineEncoder.encode(JSON.stringify(line)).length + 1;
/** Which lines of a command are still told; once one is not, none of its source is. */
export class ToldBudget {
  private bytes = 0;
  private setup = 0;
  private readonly full = new Set<CommandOutputLine["from"]>();

  take({ from, line }: CommandOutputLine): boolean {
    const bytes = countToldBytes({ from, line });
    const setup = this.setup + (from === "setup" ? bytes : 0);
    if (this.full.has(from) || this.bytes + bytes > mostToldBytes.all || setup > mostToldBytes.setup) {
      this.full.add(from);
      return false;
    }
    this.bytes += bytes;
    this.setup = setup;
    return true;
  }
  get cut(): boolean {
    return this.full.size > 0;
  }
}

/** A line that is longer is told in pieces. */
export const longestToldLine = 4_000;
/** Units of the first piece: no character of two halves is torn. */
const pieceOf = (line: string): number =>
  /[\ud800-\udbff]/.test(line.charAt(longestToldLine - 1)) ? longestToldLine - 1 : longestToldLine;
/** Cuts what is printed into lines, each told when its end is printed; `end` tells what is left. */
export class PrintedLines {
  private rest = "";
  private readonly tell: (line: string) => void;

  constructor(tell: (line: string) => void) {
    this.tell = tell;
  }
  add(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.tellPieces(line.endsWith("\r") ? line.slice(0, -1) : line);
    for (; this.rest.length > longestToldLine; this.rest = this.rest.slice(pieceOf(this.rest)))
      this.tell(this.rest.slice(0, pieceOf(this.rest)));
  }
  end(): void {
    if (this.rest !== "") this.tellPieces(this.rest);
    this.rest = "";
  }
  private tellPieces(line: string): void {
    let rest = line;
    for (; rest.length > longestToldLine; rest = rest.slice(pieceOf(rest))) this.tell(rest.slice(0, pieceOf(rest)));
    this.tell(rest);
  }
}
