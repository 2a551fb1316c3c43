import {
  type HostCommandEnd,
  type HostCommandIn,
  type HostCommandLine,
  mostCommandTail,
  PrintedLines,
  ToldBudget,
} from "../../../schema/project/host-command.ts";
import type { CheckFailure, RunIn } from "../../../schema/proof/proof.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { siblingId } from "../../../schema/wire/id.ts";
import type { Host } from "../../host.ts";
import type { LedgerStackRow } from "../../ledger.ts";
import { FairQueue } from "../fair-queue.ts";
import { refuseInstalled } from "../prove-commit.ts";
import { makeFreshCopy } from "../room/fresh-copy.ts";
import { cutNetwork, hasRunOutOfMemory, openCleanRoom, type RoomResult, runLimits } from "../room/run-room.ts";
import { drawRoomLayout, type ProofRoom } from "../room/workplace.ts";
import type { InstalledGround, Runs } from "../run.ts";
import { runCheckCommand } from "../run-check.ts";
import { checkHead, fetchBranches, readCommitFacts } from "../run-clone.ts";
import { requireIntact } from "../setup/installed.ts";
import { layOutCommit } from "./lay-out.ts";

type TellLine = (line: HostCommandLine) => void;
/** What its room and an image that is missing may take, beside its setup and its own seconds. */
const marginMs = 15 * 60_000;
const killedCode = 137;

/** What a clean room is told of a command: the commit as main's own, with nothing to be proven. */
const asRun = ({ id, repo, commit }: HostCommandIn): RunIn => ({
  ...{ id: siblingId("wrk", id), repo, commit, branch: "main" },
  ...{ begun: { main: commit, handed: [] }, outputs: [], checks: [] },
});
function refuseFirst([first]: readonly (CheckFailure | undefined)[]): void {
  if (first) throw new AppError("conflict", { what: first.check }, { message: first.reason });
}

/** `stop` ends it: its caller is gone, or its stack. `over`: its end is told. */
type CommandEntry = { id: HostCommandIn["id"]; stop: AbortController; over: boolean };
/**
 * Lines that members run in clean checkouts of their projects, one at a time of each member and two of the
 * machine. Their rooms are those of proofs: they wait in the same queue, behind those, and are removed
 * whatever happens.
 */
export class ProjectCommands {
  private readonly host: Host;
  private readonly runs: Runs;
  private readonly entries = new Map<string, CommandEntry>();
  private readonly places = new FairQueue({ width: 2, each: 1, most: 4 });

  constructor(host: Host, runs: Runs) {
    this.host = host;
    this.runs = runs;
  }
  /**
   * Takes the member's place. Refused while another command has it; the same one asked for again ends what
   * runs of it, and one that is ending is waited for.
   */
  enter({ member }: LedgerStackRow, { id }: HostCommandIn, left: AbortSignal): CommandEntry {
    const before = this.entries.get(member);
    if (before && before.id !== id && !before.over && !before.stop.signal.aborted)
      throw new AppError("conflict", { what: "command" }, { message: "Another command of this member runs." });
    if (this.host.full()) throw new AppError("storage_full", { what: "host" });
    before?.stop.abort();
    const entry = { id, stop: new AbortController(), over: false };
    const stop = () => entry.stop.abort();
    if (left.aborted) stop();
    else left.addEventListener("abort", stop, { once: true });
    this.entries.set(member, entry);
    return entry;
  }
  /** Runs to its end, and gives the place back. */
  async run(row: LedgerStackRow, input: HostCommandIn, entry: CommandEntry, tell: TellLine): Promise<void> {
    try {
      await this.runInPlace(row, input, entry, tell);
    } finally {
      if (this.entries.get(row.member) === entry) this.entries.delete(row.member);
    }
  }
  private async runInPlace(row: LedgerStackRow, input: HostCommandIn, entry: CommandEntry, tell: TellLine): Promise<void> {
    const left = entry.stop.signal;
    const waits = () => tell({ type: "waits", detail: "It waits until a clean room of its machine is free" });
    const wish = {
      ms: (this.host.setupSeconds + input.seconds) * 1_000 + marginMs,
      yields: true,
      waits,
    };
    const run = asRun(input);
    const told = new ToldLines(tell);
    const runInGround = async (ground: InstalledGround, requireRoom: () => void) => {
      told.end();
      refuseFirst([ground.failure]);
      const room = await this.openRoom(row, run, ground, requireRoom);
      requireRoom();
      told.begin();
      const end = await runLine(room, input, told);
      entry.over = true; // the next one may be asked for, and waits until this room is gone
      tell(end);
    };
    const emit = told.hearSetup();
    await this.places.run(row.member, () => this.runs.install(row, { input: run }, emit, left, runInGround, wish), { signal: left, waits });
  }
  /** A room off every network, with the commit alone in its place. */
  private async openRoom(row: LedgerStackRow, run: RunIn, ground: InstalledGround, requireRoom: () => void): Promise<ProofRoom> {
    const { snapshot, address, image } = ground;
    const layout = drawRoomLayout(this.host, run.repo, run.branch);
    const volumes = snapshot ? [{ name: snapshot.volume, to: layout.packages, readOnly: { folders: snapshot.folders } }] : [];
    const opened = await openCleanRoom(this.host, row, run.id, { address, image, volumes, layout });
    requireRoom();
    const room = { ...opened, layout, place: layout.places[0] };
    if (snapshot) await requireIntact(room, layout.packages, snapshot);
    requireRoom();
    const head = await checkHead(room, run, await fetchBranches(room, run));
    if (head?.why !== "moved") refuseFirst([head]); // main has gone on since: the commit is still its own
    await cutNetwork(room);
    const facts = await readCommitFacts(room, run);
    if (!facts) throw new AppError("conflict", { what: "commit" }, { message: "main holds more files than a clean room can take." });
    refuseFirst(refuseInstalled(room, facts));
    refuseFirst(await layOutCommit(room, run, facts));
    await makeFreshCopy(room);
    return room;
  }
}

/** Tells what is printed line by line, each stream's own, until so much is told. */
class ToldLines {
  private readonly budget = new ToldBudget();
  private readonly streams: Record<"setup" | "out" | "err", PrintedLines>;
  private readonly tell: TellLine;
  private begun = false;
  /** The end of what the command has printed, for where nobody else has it. */
  tail = "";

  constructor(tell: TellLine) {
    this.tell = tell;
    const streamOf = (from: "setup" | "command") =>
      new PrintedLines((line) => {
        if (this.budget.take({ from, line })) tell({ type: "output", from, line });
      });
    this.streams = { setup: streamOf("setup"), out: streamOf("command"), err: streamOf("command") };
  }
  /** It has begun, with what installs it or with itself: an image that is missing was waited for before. */
  begin(): void {
    if (!this.begun) this.tell({ type: "begun" });
    this.begun = true;
  }
  hearSetup(): Parameters<Runs["install"]>[2] {
    return (line) => {
      if (line.type === "output") {
        this.begin();
        this.streams.setup.add(line.text);
      }
      if (line.type === "waits") this.tell({ type: "waits", detail: line.detail });
    };
  }
  add(text: string, stream: "out" | "err"): void {
    this.streams[stream].add(text);
    this.tail = (this.tail + text).slice(-mostCommandTail);
  }
  end(): void {
    for (const stream of Object.values(this.streams)) stream.end();
  }
  get cut(): boolean {
    return this.budget.cut;
  }
}

/** The end of what was printed, from a whole character on. */
const tailOf = (out: Buffer): string => new TextDecoder().decode(out.subarray(-mostCommandTail)).replace(/^\uFFFD+/, "");

/**
 * Both streams in one, in the order in which they are printed. Read apart they come in any order, and the
 * reason why a line failed would not stand at the end of what it printed.
 */
const asPrinted = (command: string): string => `exec 2>&1; ${command}`;

async function runLine(room: ProofRoom, { command, seconds }: HostCommandIn, told: ToldLines): Promise<HostCommandEnd> {
  const began = performance.now();
  const outOfMemory = () => hasRunOutOfMemory(room).catch(() => false); // what can't be asked is not known
  let result: RoomResult;
  try {
    result = await runCheckCommand(room, asPrinted(command), seconds, (text, stream) => told.add(text, stream));
  } catch (error) {
    if (!(await outOfMemory())) throw error; // else it has ended with what starts programs in its room
    told.end();
    const ms = Math.round(performance.now() - began);
    return { type: "complete", exit_code: killedCode, ms, stopped: "memory", ...(told.cut ? { cut: true, tail: told.tail } : {}) };
  }
  told.end();
  const { code, ms, ended, bytes, out } = result;
  const isFull = ended === "itself" && code !== 0 && (await outOfMemory());
  const stopped = ended === "itself" ? (isFull ? "memory" : undefined) : ended;
  const cut = told.cut || bytes > runLimits.streamed;
  return { type: "complete", exit_code: code, ms, ...(stopped ? { stopped } : {}), ...(cut ? { cut, tail: tailOf(out) } : {}) };
}
