import { portOpenedEvent } from "../../schema/preview/preview.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";
import type { EventSource } from "../opencode/told-between.ts";
import { listAgentPorts } from "./preview.ts";

const lookEvery = 2_000;
/** A command has ended: what it has started may be the last that the agent does in its turn. */
const commandEnded = (piece: Buffer) => piece.includes('"tool":"bash"') && piece.includes('"status":"completed"');

/** Says each port on which a program of the agent begins to listen from now on. */
export const watchPorts =
  (host: Host, row: LedgerStackRow, agent: Id<"agt">): EventSource =>
  (say, hear) => {
    let known: ReadonlySet<number> | undefined;
    let [looking, again] = [false, false];
    const look = async () => {
      again = looking;
      if (looking) return;
      looking = true;
      try {
        const { ports } = await listAgentPorts(host, row, agent);
        const opened = known === undefined ? [] : ports.filter((port) => !known?.has(port));
        known = new Set(ports);
        for (const port of opened) say(portOpenedEvent, { port });
      } catch (error) {
        host.log("debug", "ports were not looked at", { member: row.member, agent, error }); // its box is just being stopped
      } finally {
        looking = false;
      }
      if (again) await look();
    };
    void look();
    hear((piece) => {
      if (commandEnded(piece)) void look();
    });
    const timer = setInterval(look, lookEvery);
    return () => clearInterval(timer);
  };
