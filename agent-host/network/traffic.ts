import type { Socket } from "node:net";
import { type EgressDay, type EgressUse, egressDaysKept } from "../../schema/stack/egress-use.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

const writeEvery = 2_000;
/** So many names of a member are told apart in a day; what is asked of others is counted together. */
const mostNames = 500;
const otherNames = "other names";

/** A name as it is counted, told and compared. */
export const normalName = (hostname: string): string => hostname.toLowerCase().replace(/\.$/, "").slice(0, 253);

/** A connection of a box or an `app` through the proxy. `bytes`: those of it that are counted already. */
type Open = { member: string; name: string; app?: string | undefined; bytes: number };
/** What a member has used on a day, as far as this process has read and counted it. */
type Day = { day: number; bytes: number; names: Set<string> };
type Count = EgressDay & { member: string };

const readDay = (now: number) => Math.floor(now / dayMs);
const countBytes = (socket: Socket) => socket.bytesRead + socket.bytesWritten;
/** What a plan lets through in a day, in bytes. */
export const mostEgressBytes = ({ limits }: LedgerStackRow): number => limits.egressMb * 1024 * 1024;

/**
 * Counts what goes out of boxes by member, name and day, and ends what goes beyond a plan's volume. What was
 * counted is written every two seconds, at once: a daemon that is killed forgets no more than that.
 */
export class Traffic {
  private readonly host: Host;
  private readonly open = new Map<Socket, Open>();
  private readonly days = new Map<string, Day>();
  /** Counted and not written yet, by member, day and name. */
  private unwritten = new Map<string, Count>();
  private readonly timer: NodeJS.Timeout;
  private swept = 0;

  constructor(host: Host) {
    this.host = host;
    this.timer = setInterval(() => this.write(), writeEvery).unref();
  }
  /** Whether the member has used what the plan lets through on this day. */
  isUsedUp(row: LedgerStackRow): boolean {
    return this.readToday(row.member).bytes >= mostEgressBytes(row);
  }
  /** Counts a request, and all that goes over its connection until the next one. `app`: its project. */
  count(row: LedgerStackRow, hostname: string, socket: Socket, app?: string): void {
    const { member } = row;
    const { names } = this.readToday(member);
    const asked = normalName(hostname);
    const name = names.has(asked) || names.size < mostNames ? asked : otherNames;
    names.add(name);
    const known = this.open.get(socket);
    if (known) this.take(socket, known);
    else socket.once("close", () => this.close(socket));
    this.open.set(socket, { member, name, app, bytes: countBytes(socket) });
    this.add({ member, name, app }, { requests: 1, bytes: 0 });
  }
  /** For the member: what their boxes asked for, and how much of today's volume is used. */
  describe(row: LedgerStackRow): EgressUse {
    this.write();
    const days = this.host.ledger.egress.list(row.member);
    const ofToday = days.filter(({ day }) => day === readDay(this.host.now()));
    const sum = (pick: "requests" | "bytes") => ofToday.reduce((total, each) => total + each[pick], 0);
    return { days, today: { requests: sum("requests"), bytes: sum("bytes") }, mostBytes: mostEgressBytes(row) };
  }
  stop(): void {
    clearInterval(this.timer);
    this.write();
  }

  private readToday(member: string): Day {
    const day = readDay(this.host.now());
    const known = this.days.get(member);
    if (known?.day === day) return known;
    const rows = this.host.ledger.egress.list(member).filter((row) => row.day === day);
    const read = { day, bytes: rows.reduce((total, { bytes }) => total + bytes, 0), names: new Set(rows.map(({ name }) => name)) };
    this.days.set(member, read);
    return read;
  }
  private add({ member, name, app }: Omit<Open, "bytes">, { requests, bytes }: Pick<Count, "requests" | "bytes">): void {
    const today = this.readToday(member);
    const key = `${member} ${today.day} ${name} ${app ?? ""}`;
    const before = this.unwritten.get(key) ?? { member, day: today.day, name, ...(app ? { app } : {}), requests: 0, bytes: 0 };
    this.unwritten.set(key, { ...before, requests: before.requests + requests, bytes: before.bytes + bytes });
    today.bytes += bytes;
  }
  /** Counts what a connection has carried since the last time. */
  private take(socket: Socket, open: Open): void {
    const carried = countBytes(socket);
    if (carried > open.bytes) this.add(open, { requests: 0, bytes: carried - open.bytes });
    open.bytes = carried;
  }
  private close(socket: Socket): void {
    const open = this.open.get(socket);
    this.open.delete(socket);
    if (open) this.take(socket, open);
  }
  /** A full disk costs a delay of the count, not the connections. */
  private write(): void {
    try {
      this.endUsedUp();
      const counts = [...this.unwritten.values()];
      if (counts.length > 0) this.host.ledger.egress.add(counts);
      this.unwritten = new Map();
      this.forgetOld();
    } catch (error) {
      this.host.log("warn", "egress was not counted", { error });
    }
  }
  private endUsedUp(): void {
    for (const [socket, open] of this.open) {
      this.take(socket, open);
      const row = this.host.ledger.stack(open.member);
      if (!row || this.isUsedUp(row)) socket.destroy();
    }
  }
  private forgetOld(): void {
    const today = readDay(this.host.now());
    if (today === this.swept) return;
    for (const [member, { day }] of this.days) if (day !== today) this.days.delete(member);
    this.host.ledger.egress.removeBefore(today - egressDaysKept);
    this.swept = today;
  }
}
