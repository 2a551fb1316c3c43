import type { ServiceName } from "../../schema/environment/environment.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import { accessName, grantAccess, makeServiceEnv, type ServiceAccess } from "./service-access.ts";
import { roomServices, startRoomServices } from "./services-container.ts";

/**
 * The services of one clean room: as an agent's workspace has them, with nothing in them. They start while
 * the room does other things; the first copy of the commit waits for them.
 */
export class RoomServices {
  /** The variables of the room's checks, from the first `beFresh` on. */
  env: readonly string[] = [];
  private readonly host: Host;
  private readonly container: string;
  private readonly opening: Promise<ServiceAccess>;

  /** `room`: the name of its container. */
  constructor(host: Host, row: LedgerStackRow, room: string, asked: { repo: string; services: readonly ServiceName[] }) {
    this.host = host;
    this.container = roomServices(room);
    this.opening = this.open(row, room, asked);
    this.opening.catch(() => undefined); // whoever needs them hears of it
  }
  private async open(row: LedgerStackRow, room: string, { repo, services }: { repo: string; services: readonly ServiceName[] }) {
    await startRoomServices(this.host, row, room);
    const name = accessName(repo.slice(repo.indexOf("/") + 1), "dev");
    return grantAccess(this.host, this.container, { name, way: name, services });
  }
  /**
   * Empties them where a check may have used them. `clock`: that of the checks, which the servers have too:
   * work that asks them for the time learns nothing else, and work that compares the two finds them the same.
   */
  async beFresh(clock: readonly string[]): Promise<void> {
    const access = await this.opening;
    if (this.env.length > 0) {
      const cmd = ["services.sh", "reset", clock.join(" "), access.name, access.name, ...access.services];
      const { code, err } = await execInContainer(this.host.engine, this.container, { cmd, ms: 60_000 });
      if (code !== 0) throw new AppError("too_large", { what: "services of a clean room", err: err.slice(-300) });
    }
    this.env = Object.entries(makeServiceEnv(access)).map(([name, value]) => `${name}=${value}`);
  }
}
