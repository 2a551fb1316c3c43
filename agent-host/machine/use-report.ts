import type { HeartbeatIn } from "../../schema/machine/host.ts";
import { egressDaysKept } from "../../schema/stack/egress-use.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Host } from "../host.ts";
import type { MemberDay } from "../network/egress-ledger.ts";
import type { DiskUse } from "../stack/disk-use.ts";

/**
 * So many days go into one heartbeat, over all stacks; the next one has the rest. A host that begins anew
 * tells a month of every stack, and the edge takes no more than `limits.bodyBytes` in one body.
 */
export const mostDaysTold = 1_000;

type ToldStack = Pick<HeartbeatIn["stacks"][number], "egress" | "disk">;
/** What one heartbeat says of each stack. `noteTaken`: the edge keeps it. */
export type ReadUse = { describe: (member: string) => ToldStack; noteTaken: () => void };

/**
 * What stacks use of this machine, as far as the edge has not taken it yet. What it has taken is known in
 * memory alone: it keeps the largest number of a day, so a daemon that begins anew may say all of it again.
 */
export class UseReport {
  private readonly host: Pick<Host, "ledger" | "now">;
  private readonly disk: Pick<DiskUse, "list">;
  /** The bytes that were taken, by member and day. */
  private readonly takenDays = new Map<string, MemberDay>();
  /** When each disk was measured of which the edge has taken the use. */
  private takenDisks = new Map<string, number>();
  /** All days before this one are taken. */
  private from = 0;

  constructor(host: Pick<Host, "ledger" | "now">, disk: Pick<DiskUse, "list">) {
    this.host = host;
    this.disk = disk;
  }
  read(): ReadUse {
    const days = this.readDays();
    const told = days.slice(0, mostDaysTold);
    const disks = this.disk.list();
    const egress = Map.groupBy(told, ({ member }) => member);
    const describe = (member: string): ToldStack => {
      const counted = egress.get(member)?.map(({ day, bytes }) => ({ day, bytes }));
      const disk = disks.get(member);
      return { ...(counted ? { egress: counted } : {}), ...(disk && disk.at !== this.takenDisks.get(member) ? { disk } : {}) };
    };
    const noteTaken = () => {
      for (const each of told) this.takenDays.set(memberDayKey(each), each);
      if (told.length === days.length) this.from = Number.POSITIVE_INFINITY;
      this.takenDisks = new Map([...disks].map(([member, { at }]) => [member, at]));
    };
    return { describe, noteTaken };
  }
  /** The days whose numbers the edge has not taken, of those that are kept. */
  private readDays(): MemberDay[] {
    const { ledger, now } = this.host;
    const today = Math.floor(now() / dayMs);
    const oldest = today - egressDaysKept;
    for (const [key, { day }] of this.takenDays) if (day < oldest) this.takenDays.delete(key);
    this.from = Math.min(this.from, ledger.egress.takeChangedFrom());
    if (this.from > today) return [];
    // What a clock that was wrong has left is told neither: the edge refuses a heartbeat with more days.
    const days = ledger.egress.sumDays(Math.max(this.from, oldest), today);
    return days.filter((each) => each.bytes !== (this.takenDays.get(memberDayKey(each))?.bytes ?? 0));
  }
}
const memberDayKey = ({ member, day }: MemberDay) => `${member} ${day}`;
