import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { z } from "zod";
import type { AskedName } from "../../../schema/proof/needs.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { withDeadline } from "../../deadline.ts";
import { leadToDoor } from "../../network/network.ts";
import { sleepTitle, startTitled, titledEnv } from "./room-spawner.ts";
import { type CleanRoom, roomUsers } from "./run-room.ts";

/** No program takes this port by itself, and no server has it for its own. */
const doorPort = 61_081;
/** Whoever runs checks, in the place of a stranger or of an agent, and not those of the platform. */
const lastUser = Math.min(...Object.values(roomUsers)) - 1;
/** Between two looks at what was wanted. */
const mostWanted = 50;
const doorLine = z.strictObject({ name: z.string().optional(), program: z.string().default("") });

/**
 * Where programs of a clean room learn that it has no network, at once, whether they ask for a name or for
 * the way out of a box (`images/opencode/bin/room-door.mjs`). It keeps what they wanted.
 */
export class RoomDoor {
  private wanted: AskedName[] = [];

  /** Opens it in a room that is on no network. */
  static async open(room: CleanRoom): Promise<RoomDoor> {
    const door = new RoomDoor();
    const { engine, instance } = room.host;
    const { State } = await engine.call("run inspect", engine.docker.getContainer(room.name).inspect());
    await Promise.all([door.start(room), leadToDoor(State.Pid, instance.gateway, doorPort)]);
    return door;
  }
  private async start(room: CleanRoom): Promise<void> {
    const out = new PassThrough();
    const env = [...titledEnv("room-door.mjs"), `DOOR=${[doorPort, 1, lastUser].join(" ")}`];
    const program = { cmd: startTitled(sleepTitle), env, uid: roomUsers.door };
    const { end } = room.spawner.start(program, (chunk, from) => void (from === "out" && out.write(chunk)));
    const ended = end.then(() => {
      throw new AppError("internal", { what: "the door of a room" });
    });
    const ready = new Promise<void>((resolve) =>
      createInterface({ input: out }).on("line", (line) => {
        const { name, program } = readDoorLine(line);
        if (name === undefined) resolve();
        else if (this.wanted.length < mostWanted) this.wanted.push({ name, program });
      }),
    );
    ended.catch(() => undefined); // later it ends with its room
    await withDeadline(Promise.race([ready, ended]), 15_000, "the door of a room");
  }
  /** What programs wanted since the last time. */
  take(): AskedName[] {
    return this.wanted.splice(0);
  }
}
/** What a room's process says is not worth a failure of the platform. */
function readDoorLine(line: string): z.infer<typeof doorLine> {
  try {
    return doorLine.parse(JSON.parse(line));
  } catch {
    return { name: "?", program: "" };
  }
}
